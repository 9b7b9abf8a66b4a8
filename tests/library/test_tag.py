"""The tag in a clip's file."""

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.library.tag import ClipTag, TagError

TAG = ClipTag("front_door", "01JD0000", "01JE0000", 1.5e9, 1.5e9 + 5.25, "person")


def test_a_tag_is_read_back() -> None:
    """What was written is what is read."""
    assert ClipTag.from_json(TAG.to_json()) == TAG


def test_a_newer_tag_is_read() -> None:
    """Later versions add fields, and keep those of this one."""
    text = TAG.to_json().replace('"hearthcam":1', '"hearthcam":2,"weather":["rain"]')

    assert ClipTag.from_json(text) == TAG


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"hearthcam":1', '"hearthcam":true'),
        ('"hearthcam":1', '"hearthcam":"1"'),
        ('"hearthcam":1', '"other":1'),
        ("front_door", "../front"),
        ("01JD0000", "../../01"),
        ("01JE0000", "short"),
        ("person", "<script>"),
        ("1500000000.0", "NaN"),
        ("1500000000.0", "-1"),
        ("1500000000.0", "1e300"),
        ("1500000000.0", "1" * 400),
        ("1500000000.0", '"1500000000"'),
        ("1500000000.0", "true"),
        ('"person"', "7"),
    ],
)
def test_foreign_and_hostile_tags_are_refused(old: str, new: str) -> None:
    """Every field is checked before it is believed."""
    text = TAG.to_json()
    assert old in text

    with pytest.raises(TagError):
        ClipTag.from_json(text.replace(old, new, 1))


@given(st.text() | st.sampled_from(["[" * 4000, "{}", "[]", "null", " " * 5000]))
def test_any_text_is_refused(text: str) -> None:
    """Anything that is no tag raises its own error only."""
    with pytest.raises(TagError):
        ClipTag.from_json(text)
