"""Links and dates that nobody of ours made: they lead nowhere and break nothing."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import THUMBNAIL_FOLDER
from custom_components.hearthcam.library.models import ClipQuery, MediaState

from .clips import encode, film, make_clip, tag_of

WEST = ZoneInfo("America/Los_Angeles")
EAST = ZoneInfo("Pacific/Kiritimati")


async def test_the_marker_is_not_written_through_a_link(
    library: Library, root: Path, tmp_path: Path
) -> None:
    """Who may write to the share must not write to Home Assistant's files."""
    precious = tmp_path / "precious"
    precious.write_text("untouched")
    (root / ".hearthcam.new").symlink_to(precious)

    assert await library.check_media() is MediaState.HERE

    assert precious.read_text() == "untouched"
    assert library.marker.is_file()
    assert not library.marker.is_symlink()


@pytest.mark.parametrize("dangling", [False, True])
async def test_protection_is_not_noted_through_a_link(
    library: Library, root: Path, tmp_path: Path, dangling: bool
) -> None:
    """The row protects all the same."""
    clip = make_clip(1, root, UTC)
    clip = film(root, clip, tag=tag_of(clip))
    await library.add(clip)
    outside = tmp_path / "outside"
    outside.mkdir()
    beside = (root / clip.path).parent / THUMBNAIL_FOLDER
    if dangling:
        beside.mkdir(exist_ok=True)
        note = beside / f"{Path(clip.path).stem}.keep"
        note.symlink_to(outside / "made")
    else:
        for file in beside.glob("*"):
            file.unlink()
        if beside.exists():
            beside.rmdir()
        beside.symlink_to(outside)

    protected = await library.protect(clip.clip_id)

    assert protected is not None
    assert protected.protected
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
@pytest.mark.parametrize("zone", [WEST, EAST])
async def test_a_file_of_an_impossible_day_breaks_no_list(
    library: Library, root: Path, day: str, zone: ZoneInfo
) -> None:
    """A clip has a tag that knows better; what has none is not ours."""
    clip = make_clip(1, root, UTC)
    clip = film(root, clip, tag=tag_of(clip))
    odd = root / clip.camera_id / day / "00-00-00_01JDODD0000000000000000000.mp4"
    odd.parent.mkdir()
    encode(odd, frames=3)

    await library.reconcile(zone=zone)

    assert [day.count for day in await library.days(clip.camera_id, zone)] == [1]
    assert [clip.clip_id for clip in await library.search(ClipQuery())] == [
        clip.clip_id
    ]
    assert odd.exists()
