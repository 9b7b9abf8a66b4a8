"""The page on events says what the code does."""

from .documented import BEGIN, END, MAKERS, PAGE, TABLES, current, makers


def test_tables_of_the_page_are_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in TABLES:
        assert BEGIN.format(name) in page
        assert END.format(name) in page
    assert current(page) == page


def test_everything_that_makers_send_is_understood() -> None:
    assert "unknown" not in makers()
    assert list(MAKERS) == sorted(MAKERS)
