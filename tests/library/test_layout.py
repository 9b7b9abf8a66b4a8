"""Names of clips, both ways."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.hearthcam.library.layout import (
    clip_file,
    clip_of_part,
    clip_path,
    parse_clip,
    parse_day,
    part_path,
    relative_thumbnail,
    thumbnail_file,
    thumbnail_path,
)

BERLIN = ZoneInfo("Europe/Berlin")
ROOT = Path("/media/hearthcam")
CLIP_ID = "01JD0000000000000000000000"


def test_a_clip_lies_in_its_local_day() -> None:
    """23:30 UTC is the next day in Berlin."""
    start = datetime(2026, 11, 21, 23, 30, 5, tzinfo=UTC).timestamp()

    path = clip_path(ROOT / "front_door", start, BERLIN, CLIP_ID)

    assert path == ROOT / "front_door" / "2026-11-22" / f"00-30-05_{CLIP_ID}.mp4"
    assert thumbnail_path(path) == path.parent / ".thumbs" / f"00-30-05_{CLIP_ID}.jpg"
    assert part_path(path) == path.parent / f"00-30-05_{CLIP_ID}.mp4.part"
    assert clip_of_part(part_path(path)) == path


@given(
    camera_id=st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True),
    clip_id=st.from_regex(r"[0-9A-Za-z]{8,40}", fullmatch=True),
    start=st.floats(0, 250_000_000_000),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Havana"]),
)
def test_names_are_read_back(
    camera_id: str, clip_id: str, start: float, zone: str
) -> None:
    """Ids come back exactly, the start to the second (or the hour it came twice)."""
    local = ZoneInfo(zone)
    path = clip_path(ROOT / camera_id, start, local, clip_id)
    relative = path.relative_to(ROOT).as_posix()

    name = parse_clip(relative)

    assert name is not None
    assert (name.camera_id, name.clip_id) == (camera_id, clip_id)
    assert 0 <= start - name.start(local) < 1 or 3600 <= start - name.start(local) < (
        3601
    )
    assert ROOT / relative_thumbnail(relative) == thumbnail_path(path)


@given(st.text() | st.from_regex(r"[a-z./_-]*[0-9]{4}-[0-9]{2}.*"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is accepted leads nowhere but three names deep."""
    parse_day(text)
    if parse_clip(text) is not None:
        assert len(Path(text).parts) == 3
        assert ".." not in Path(text).parts


@pytest.mark.parametrize(
    "relative",
    [
        "",
        f"2026-11-22/00-30-05_{CLIP_ID}.mp4",
        f"/front_door/2026-11-22/00-30-05_{CLIP_ID}.mp4",
        f"../2026-11-22/00-30-05_{CLIP_ID}.mp4",
        f"Front/2026-11-22/00-30-05_{CLIP_ID}.mp4",
        f"front_door/2026-13-22/00-30-05_{CLIP_ID}.mp4",
        f"front_door/2026-11-22/24-30-05_{CLIP_ID}.mp4",
        f"front_door/2026-11-22/00-30-05_{CLIP_ID}.mp4.part",
        f"front_door/2026-11-22/00-30-05_{CLIP_ID}.mp4\n",
        f"front_door/2026-11-22/00-30-05_{CLIP_ID}.MP4",
        "front_door/2026-11-22/00-30-05_short.mp4",
        "front_door/2026-11-22/00-30-05_../../../x.mp4",
        f"front_door/２０２６-11-22/00-30-05_{CLIP_ID}.mp4",
        f"front_door/2026-11-22/.thumbs/00-30-05_{CLIP_ID}.mp4",
    ],
)
def test_other_names_are_somebody_elses(relative: str) -> None:
    """Nothing but the exact form is a clip."""
    assert parse_clip(relative) is None


def test_the_hour_that_comes_twice_is_the_first() -> None:
    """A name cannot say which of the two it was."""
    name = parse_clip(f"front_door/2026-10-25/02-30-00_{CLIP_ID}.mp4")

    assert name is not None
    assert name.start(BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("clip_id", ["", "short", "../../../../etc", "a" * 41])
def test_a_malformed_id_makes_no_path(clip_id: str) -> None:
    """No path is made of what could lead elsewhere."""
    with pytest.raises(ValueError):
        clip_path(ROOT / "front_door", 0, BERLIN, clip_id)


def _write(root: Path, relative: str) -> Path:
    path = root / relative
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    thumbnail_path(path).parent.mkdir()
    thumbnail_path(path).write_bytes(b"x")
    return path


RELATIVE = f"front_door/2026-11-22/00-30-05_{CLIP_ID}.mp4"


def test_files_below_the_root_are_found(tmp_path: Path) -> None:
    """Clip and thumbnail, also where the root itself is a link of the user's."""
    root = tmp_path / "hearthcam"
    path = _write(root, RELATIVE)

    assert clip_file(root, RELATIVE) == path
    assert thumbnail_file(root, RELATIVE) == thumbnail_path(path)

    (tmp_path / "link").symlink_to(root)
    assert clip_file(tmp_path / "link", RELATIVE) == tmp_path / "link" / RELATIVE


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_links_below_the_root_are_not_followed(tmp_path: Path, depth: int) -> None:
    """Neither a camera's folder, nor a day's, nor a file may be a link."""
    root, outside = tmp_path / "hearthcam", tmp_path / "outside"
    _write(outside, RELATIVE)
    link = Path(*Path(RELATIVE).parts[: depth + 1])
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside / link)

    assert (root / RELATIVE).is_file()
    assert clip_file(root, RELATIVE) is None
    if depth < 2:
        assert thumbnail_file(root, RELATIVE) is None


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    """Only regular files are given out."""
    (tmp_path / RELATIVE).mkdir(parents=True)

    assert clip_file(tmp_path, RELATIVE) is None
    assert clip_file(tmp_path, "../x") is None
    assert thumbnail_file(tmp_path, "../x") is None
