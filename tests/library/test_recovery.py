"""Rows and files made to agree, and a damaged database."""

import asyncio
from dataclasses import replace
from datetime import UTC
import logging
from pathlib import Path
import shutil
from zoneinfo import ZoneInfo

import pytest

from custom_components.hearthcam.library import recovery
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import clip_path, part_path
from custom_components.hearthcam.library.models import Reconciled, Totals

from .clips import HYBRID, encode, film, make_clip, tag_of, write_file

BERLIN = ZoneInfo("Europe/Berlin")


async def test_files_without_rows_are_indexed_from_what_they_say(
    library: Library, root: Path
) -> None:
    """Tag and boxes give the whole row back."""
    clip = make_clip(1, root, BERLIN, kind="person")
    expected = film(root, clip, tag=tag_of(clip))

    assert await library.reconcile(None, zone=BERLIN) == Reconciled(1, 0)

    found = await library.get(clip.clip_id)
    assert found is not None
    assert replace(found, end=expected.end) == expected
    assert found.end == pytest.approx(expected.end, abs=0.05)


async def test_a_file_without_a_tag_is_indexed_from_its_name(
    library: Library, root: Path
) -> None:
    """Local time in the name, to the second; a foreign tag counts for nothing."""
    untagged = make_clip(1, root, BERLIN)
    copied = make_clip(2, root, BERLIN)
    film(root, untagged, tag=None)
    film(root, copied, tag=tag_of(untagged))

    assert await library.reconcile(zone=BERLIN) == Reconciled(2, 0)

    for clip in (untagged, copied):
        found = await library.get(clip.clip_id)
        assert found is not None
        assert found.start == int(clip.start)
        assert found.event_start == found.start
        assert found.event_id == clip.clip_id


async def test_a_given_reader_replaces_the_files_own_tag(
    library: Library, root: Path
) -> None:
    """Whoever knows better how to read tags may."""
    clip = make_clip(1, root, BERLIN)
    film(root, clip, tag=None)

    await library.reconcile(lambda path: replace(tag_of(clip), kind="vehicle"))

    found = await library.get(clip.clip_id)
    assert found is not None
    assert (found.kind, found.start) == ("vehicle", clip.start)


async def test_rows_without_files_are_dropped(library: Library, root: Path) -> None:
    """Of a missing file, of a missing day, of a missing camera; once."""
    kept = make_clip(0, root, UTC)
    write_file(root, kept, b"1", thumbnail=False)
    gone = [
        make_clip(1, root, UTC),
        make_clip(5000, root, UTC),
        make_clip(2, root, UTC, camera_id="garden"),
    ]
    for clip in (kept, *gone):
        await library.add(clip)

    assert await library.reconcile() == Reconciled(0, 3)
    assert await library.reconcile() == Reconciled(0, 0)

    assert await library.get(kept.clip_id) == kept
    assert await library.totals() == Totals(1, kept.size)


async def test_a_share_that_is_away_costs_no_row(library: Library, root: Path) -> None:
    """Neither a missing root nor an empty one is believed."""
    clip = make_clip(1, root, UTC)
    await library.add(clip)

    assert await library.reconcile() == Reconciled(0, 0, away=True)
    root.rmdir()
    assert await library.reconcile() == Reconciled(0, 0, away=True)

    assert await library.get(clip.clip_id) == clip


async def test_a_folder_that_cannot_be_read_costs_no_row(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are compared nevertheless."""
    ill = make_clip(1, root, UTC)
    well = make_clip(2, root, UTC, camera_id="garden")
    write_file(root, ill, b"1")
    film(root, well, tag=tag_of(well))
    await library.add(ill)
    real = recovery.look_into

    def look_into(root: Path, folder: str) -> recovery.Folder:
        if folder.startswith("front_door"):
            raise OSError(5, "Input/output error")
        return real(root, folder)

    monkeypatch.setattr(recovery, "look_into", look_into)

    assert await library.reconcile() == Reconciled(1, 0)
    assert await library.get(ill.clip_id) == ill
    assert await library.get(well.clip_id) is not None


async def test_what_is_not_ours_is_left_alone(
    library: Library, root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Unfinished clips, links, odd names and broken files stay, and stay out."""
    clip = make_clip(1, root, UTC)
    film(root, clip, tag=tag_of(clip))
    file = root / clip.path
    linked = make_clip(2, root, UTC)
    outside = tmp_path / "outside"
    film(outside, replace(linked, camera_id="garden"), tag=None)
    (root / linked.path).symlink_to(file)
    (root / "garden").symlink_to(outside / "front_door")
    broken = root / make_clip(3, root, UTC).path
    broken.write_bytes(b"half")
    others = [
        part_path(root / make_clip(4, root, UTC).path),
        root / "Front Door" / "2026-11-22" / file.name,
        root / "front_door" / "holidays" / file.name,
        file.with_name("holiday.mp4"),
        root / "notes.txt",
    ]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, other)

    with caplog.at_level(logging.WARNING):
        assert await library.reconcile() == Reconciled(1, 0)

    assert (await library.totals()).count == 1
    assert all(path.is_file() for path in (*others, broken))
    assert str(root) not in caplog.text


async def test_a_clip_that_comes_meanwhile_is_neither_dropped_nor_overwritten(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine closes a clip between the listing and the comparison."""
    old, new = make_clip(1, root, UTC), make_clip(2, root, UTC)
    film(root, old, tag=tag_of(old))
    loop = asyncio.get_running_loop()
    real = recovery.look_into

    def look_into(root: Path, folder: str) -> recovery.Folder:
        found = real(root, folder)
        write_file(root, new, b"just closed")
        for clip in (old, new):
            adding = library.add(replace(clip, score=0.75))
            asyncio.run_coroutine_threadsafe(adding, loop).result(10)
        return found

    monkeypatch.setattr(recovery, "look_into", look_into)

    assert await library.reconcile() == Reconciled(0, 0)
    for clip in (old, new):
        found = await library.get(clip.clip_id)
        assert found is not None
        assert found.score == 0.75


async def test_other_calls_go_on_while_thousands_are_compared(
    library: Library, root: Path
) -> None:
    """5,000 clips indexed in batches, then compared again without a change."""
    clips = [make_clip(number, root, UTC) for number in range(5000)]
    content = encode(root.parent / "one.mp4", options=HYBRID, frames=3).read_bytes()
    for clip in clips:
        write_file(root, clip, content, thumbnail=False)

    comparing = asyncio.create_task(library.reconcile())
    counts = []
    while not comparing.done():
        counts.append((await library.totals()).count)
        await asyncio.sleep(0.01)

    assert await comparing == Reconciled(5000, 0)
    assert any(0 < count < 5000 for count in counts)
    assert counts == sorted(counts)
    assert await library.reconcile() == Reconciled(0, 0)


async def test_a_root_that_cannot_be_read_is_said(library: Library, root: Path) -> None:
    """A file where the folder should be."""
    root.rmdir()
    root.write_text("in the way")

    assert await library.reconcile() == Reconciled(0, 0, away=True)


async def test_a_foreign_comment_counts_for_nothing(
    library: Library, root: Path
) -> None:
    """A file that another program tagged is indexed by its name."""
    clip = make_clip(1, root, UTC)
    write_file(root, clip, b"")
    encode(root / clip.path, "Encoded with love")

    assert await library.reconcile() == Reconciled(1, 0)

    found = await library.get(clip.clip_id)
    assert found is not None
    assert found.start == int(clip.start)


def test_paths_of_recovery_are_those_of_the_engine(root: Path) -> None:
    """What the engine names, the recovery lists."""
    path = clip_path(root / "front_door", 1_795_350_000, BERLIN, "01JD00000000")
    path.parent.mkdir(parents=True)
    path.touch()
    part_path(path).touch()

    (folder,) = recovery.clip_folders(root)

    found = recovery.look_into(root, folder)
    assert found.clips == found.unfinished == {path.relative_to(root).as_posix()}
