"""The tag in a clip's file."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.library.tag import BOX_ID, ClipTag, TagError

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


FULL = replace(TAG, zones=("drive", "path"), score=0.5, events=("01JE0001", "01JE0002"))


def test_all_that_is_known_is_read_back() -> None:
    """And a person can read when it was."""
    assert ClipTag.from_json(FULL.to_json()) == FULL
    assert '"utc":"2017-07-14T02:40:00.000Z"' in FULL.to_json()


def test_a_note_is_never_too_long_to_be_read() -> None:
    """As many zones and events as anybody likes; what is malformed is left out."""
    many = tuple(f"{number:040d}" for number in range(100))
    tag = replace(FULL, zones=(*many, "a b", "drive"), events=many)

    read = ClipTag.from_json(tag.to_json())

    assert read == replace(FULL, zones=many[:32], events=many[:32])


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ('["drive","path"]', '"drive"', {"zones": ()}),
        ('["drive","path"]', '["drive",7,"<b>"]', {"zones": ("drive",)}),
        ('"score":0.5', '"score":"high"', {"score": 0.0}),
        ('"score":0.5', '"score":1e999', {"score": 0.0}),
        ('"01JE0001"', '"../../x"', {"events": ("01JE0002",)}),
    ],
)
def test_what_may_be_missing_may_be_wrong(
    old: str, new: str, changes: dict[str, object]
) -> None:
    """The rest of the note still counts."""
    text = FULL.to_json()
    assert old in text

    assert ClipTag.from_json(text.replace(old, new, 1)) == replace(
        FULL,
        **changes,  # type: ignore[arg-type]  # given above
    )


def test_the_box_is_one_that_players_skip() -> None:
    """Its length, the type `uuid`, 16 bytes that tell whose it is, the note."""
    box = FULL.to_box()

    assert box[:4] == len(box).to_bytes(4)
    assert box[4:8] == b"uuid"
    assert box[8:24] == BOX_ID
    assert box[24:].decode() == FULL.to_json()
