"""The library's rows: added, found, counted, removed, and kept."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
import sqlite3
import threading
from zoneinfo import ZoneInfo

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import (
    relative_thumbnail,
    thumbnail_path,
)
from custom_components.hearthcam.library.models import (
    CameraSummary,
    Clip,
    Day,
    LibraryClosedError,
    LibraryError,
    Totals,
)

from .clips import make_clip, write_file

BERLIN = ZoneInfo("Europe/Berlin")


def clip_at(root: Path, number: int, moment: datetime, **changes: object) -> Clip:
    """Return a clip that starts at the moment."""
    return make_clip(number, root, BERLIN, start=moment.timestamp(), **changes)


async def test_a_clip_is_kept_over_a_restart(
    library: Library, database: Path, root: Path
) -> None:
    """Every field comes back, also from another connection after closing."""
    clip = make_clip(1, root, UTC)
    clip = replace(clip, thumbnail=relative_thumbnail(clip.path), recovered=True)

    await library.add(clip)
    assert await library.get(clip.clip_id) == clip
    await library.close()

    again = Library(database, root)
    await again.open()
    assert await again.get(clip.clip_id) == clip
    assert await again.get("unknown0") is None
    await again.close()


async def test_adding_again_replaces(library: Library, root: Path) -> None:
    """A clip that is told of twice is one clip, as told of last."""
    clip = make_clip(1, root, UTC)

    await library.add(clip)
    await library.add(replace(clip, score=0.9))

    assert await library.totals() == Totals(1, clip.size)
    stored = await library.get(clip.clip_id)
    assert stored is not None
    assert stored.score == 0.9


async def test_clips_come_newest_first_and_in_pages(
    library: Library, root: Path
) -> None:
    """Begin included, end excluded; other cameras stay out."""
    clips = [make_clip(number, root, UTC) for number in range(10)]
    for clip in clips:
        await library.add(clip)
    await library.add(make_clip(11, root, UTC, camera_id="garden"))

    found = await library.clips(
        "front_door", start=clips[2].start, end=clips[7].start, limit=3
    )
    assert found == [clips[6], clips[5], clips[4]]
    found = await library.clips(
        "front_door", start=clips[2].start, end=clips[7].start, limit=3, offset=3
    )
    assert found == [clips[3], clips[2]]
    assert await library.latest("front_door") == clips[9]
    assert await library.latest("nowhere") is None


async def test_days_are_local_and_know_their_picture(
    library: Library, root: Path
) -> None:
    """Berlin's midnight divides, over the change of the clocks too."""
    # On 25 October 2026 the day has 25 hours in Berlin: 22:00 UTC to 23:00 UTC.
    moments = [
        datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 24, 22, 0, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 23, 0, 0, tzinfo=UTC),
    ]
    clips = [clip_at(root, number, moment) for number, moment in enumerate(moments)]
    clips[1] = replace(clips[1], thumbnail=relative_thumbnail(clips[1].path))
    for clip in clips:
        await library.add(clip)

    assert await library.days("front_door", BERLIN) == [
        Day(date(2026, 10, 26), 1, None),
        Day(date(2026, 10, 25), 2, clips[1].clip_id),
        Day(date(2026, 10, 24), 1, None),
    ]
    assert await library.days("nowhere", BERLIN) == []


async def test_cameras_are_summed_up(library: Library, root: Path) -> None:
    """Counts, bytes and the last clip of each."""
    first, second = make_clip(1, root, UTC), make_clip(2, root, UTC)
    third = make_clip(3, root, UTC, camera_id="garden", size=5)
    assert await library.cameras() == []
    assert await library.totals() == Totals(0, 0)

    for clip in (second, first, third):
        await library.add(clip)

    assert await library.cameras() == [
        CameraSummary("front_door", 2, 2 * first.size, second.start),
        CameraSummary("garden", 1, 5, third.start),
    ]
    assert await library.totals() == Totals(3, 2 * first.size + 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "../../etc/passwd"},
        {"path": "front_door/2026-11-22/00-30-05_01JD9999999999.mp4"},
        {"camera_id": "garden"},
        {"thumbnail": "../x.jpg"},
        {"start": float("nan")},
        {"start": 1e300},
        {"end": float("inf")},
    ],
)
async def test_a_clip_that_is_not_where_it_belongs_is_refused(
    library: Library, root: Path, changes: dict[str, object]
) -> None:
    """No row ever leads outside."""
    clip = replace(make_clip(1, root, UTC), **changes)  # type: ignore[arg-type]  # given above

    with pytest.raises(ValueError):
        await library.add(clip)
    assert await library.totals() == Totals(0, 0)


async def test_removing_takes_file_thumbnail_and_row(
    library: Library, root: Path
) -> None:
    """Nothing is left of it, its neighbour stays."""
    clip, other = make_clip(1, root, UTC), make_clip(2, root, UTC)
    path, kept = write_file(root, clip, b"1"), write_file(root, other, b"2")
    for one in (clip, other):
        await library.add(one)

    await library.remove(clip.clip_id)
    await library.remove("unknown0")

    assert not path.exists()
    assert not thumbnail_path(path).exists()
    assert kept.exists()
    assert thumbnail_path(kept).exists()
    assert await library.get(clip.clip_id) is None
    assert await library.get(other.clip_id) == other


async def test_removing_does_not_follow_a_link(
    library: Library, root: Path, tmp_path: Path
) -> None:
    """A row whose file became a link goes; what it points to stays."""
    clip = make_clip(1, root, UTC)
    outside = tmp_path / "precious.mp4"
    outside.write_bytes(b"precious")
    (root / clip.path).parent.mkdir(parents=True)
    (root / clip.path).symlink_to(outside)
    await library.add(clip)

    assert await library.file_of(clip) is None
    await library.remove(clip.clip_id)

    assert outside.read_bytes() == b"precious"
    assert await library.get(clip.clip_id) is None


async def test_a_file_that_cannot_be_deleted_keeps_its_row(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody believes a clip gone that is still there."""
    clip = make_clip(1, root, UTC)
    write_file(root, clip, b"1")
    await library.add(clip)

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(LibraryError):
            await library.remove(clip.clip_id)

    assert await library.get(clip.clip_id) == clip


async def test_a_closed_library_says_so(library: Library, root: Path) -> None:
    """Before opening and after closing; closing twice is fine."""
    with pytest.raises(LibraryClosedError):
        await Library(root / "x.db", root).get("unknown0")
    with pytest.raises(LibraryClosedError):
        await Library(root / "x.db", root).reconcile(None)

    await library.close()
    await library.close()

    with pytest.raises(LibraryClosedError):
        await library.totals()


async def test_closing_ends_the_thread_and_finishes_what_was_asked(
    library: Library, database: Path, root: Path
) -> None:
    """An addition that was under way when closing began is on disk."""
    clip = make_clip(1, root, UTC)
    adding = asyncio.create_task(library.add(clip))
    await asyncio.sleep(0)

    await library.close()

    await adding
    assert not [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("hearthcam-library")
    ]
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM clip").fetchone() == (1,)
    connection.close()


async def test_rows_are_synced_at_each_commit(library: Library, root: Path) -> None:
    """WAL with FULL: what SQLite's documentation calls durable."""
    settings = await library._run(
        lambda database: [
            database.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "user_version")
        ]
    )

    assert settings == ["wal", 2, 3]


async def test_a_database_that_cannot_be_kept_lives_in_memory(
    tmp_path: Path, root: Path
) -> None:
    """Where there is no folder to be had, the library works until the next start."""
    (tmp_path / "file").write_text("in the way")
    library = Library(tmp_path / "file" / "library.db", root)
    await library.open()
    clip = make_clip(1, root, UTC)

    await library.add(clip)

    assert await library.get(clip.clip_id) == clip
    await library.close()
