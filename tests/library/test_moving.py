"""Spooled clips on their way to the media folder."""

import asyncio
from dataclasses import replace
from datetime import UTC
import errno
import os
from pathlib import Path
import subprocess
import sys
from typing import BinaryIO

import pytest

from custom_components.hearthcam.library import hidden, layout, moving
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import (
    moving_path,
    relative_thumbnail,
    thumbnail_path,
)
from custom_components.hearthcam.library.models import (
    MEDIA,
    SPOOL,
    Clip,
    ClipGoneError,
    StorageError,
    Totals,
)

from .clips import JPEG, make_clip, write_file


async def spool_in(library: Library, number: int, content: bytes = b"clip") -> Clip:
    """Add a spooled clip with its file and thumbnail."""
    assert library.spool is not None
    clip = make_clip(number, library.spool, UTC, store=SPOOL, size=len(content))
    clip = replace(clip, thumbnail=relative_thumbnail(clip.path))
    write_file(library.spool, clip, content)
    await library.add(clip)
    return clip


async def test_a_spooled_clip_moves_with_all_that_belongs_to_it(
    library: Library, root: Path, spool: Path
) -> None:
    late, early = await spool_in(library, 2), await spool_in(library, 1)
    assert await library.spooled() == [early, late]
    assert await library.file_of(early) == spool / early.path

    moved = await library.move_to_media(early)

    assert moved == replace(early, store=MEDIA)
    assert await library.get(early.clip_id) == moved
    assert (root / early.path).read_bytes() == b"clip"
    assert thumbnail_path(root / early.path).read_bytes() == JPEG
    assert not (spool / early.path).exists()
    assert await library.spooled() == [late]
    assert await library.totals(SPOOL) == Totals(1, 4)
    assert await library.totals(MEDIA) == Totals(1, 4)
    # Who read the row before the move finds the file nevertheless.
    assert await library.file_of(early) == root / early.path
    assert await library.move_to_media(moved) == moved


async def test_a_clip_larger_than_a_slice_moves_whole(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "SLICE", 1000)
    content = bytes(range(256)) * 17
    clip = await spool_in(library, 1, content)

    await library.move_to_media(clip)

    assert (root / clip.path).read_bytes() == content


async def test_a_clip_that_is_deleted_on_its_way_is_gone(
    library: Library, root: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await spool_in(library, 1)
    loop = asyncio.get_running_loop()
    real = layout.clip_file

    def find(folder: Path, relative: str) -> Path | None:
        file = real(folder, relative)
        removing = library.remove(clip.clip_id)
        asyncio.run_coroutine_threadsafe(removing, loop)
        return file

    monkeypatch.setattr(f"{moving.__name__}.clip_file", find)

    with pytest.raises((ClipGoneError, StorageError)):
        await library.move_to_media(clip)

    assert await library.get(clip.clip_id) is None
    for folder in (root, spool):
        assert [path for path in folder.rglob("*.mp4*") if path.is_file()] == []


async def test_a_full_media_folder_leaves_the_clip_where_it_is(
    library: Library, root: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await spool_in(library, 1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError):
            await library.move_to_media(clip)

    assert await library.get(clip.clip_id) == clip
    assert (spool / clip.path).exists()
    assert not moving_path(root / clip.path).exists()
    await library.move_to_media(clip)


@pytest.mark.parametrize("way", ["gone", "empty"])
async def test_nothing_moves_to_a_folder_that_is_not_ours(
    library: Library, root: Path, spool: Path, way: str
) -> None:
    """An empty mount point would hide the clip when the share comes back."""
    first, clip = await spool_in(library, 1), await spool_in(library, 2)
    await library.move_to_media(first)
    root.rename(root.with_name("share"))
    if way == "empty":
        root.mkdir()

    with pytest.raises(StorageError):
        await library.move_to_media(clip)

    assert (spool / clip.path).exists()
    assert not root.exists() or list(root.iterdir()) == []


async def test_a_share_that_goes_while_it_is_copied_to_loses_nothing(
    library: Library, root: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = await spool_in(library, 1)
    real = Path.open

    def open_and_lose(path: Path, mode: str = "r", buffering: int = -1) -> BinaryIO:
        file = real(path, mode, buffering)
        if path.name.endswith(".moving"):
            (root / ".hearthcam").unlink()
        return file  # type: ignore[return-value]  # opened as bytes

    monkeypatch.setattr(Path, "open", open_and_lose)

    with pytest.raises(StorageError):
        await library.move_to_media(clip)

    assert await library.get(clip.clip_id) == clip
    assert (spool / clip.path).exists()
    assert not (root / clip.path).exists()


async def test_a_link_in_the_media_folder_is_not_followed(
    library: Library, root: Path, tmp_path: Path
) -> None:
    clip = await spool_in(library, 1)
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / clip.camera_id).symlink_to(outside)

    with pytest.raises(StorageError):
        await library.move_to_media(clip)

    assert list(outside.iterdir()) == []


@pytest.mark.faults
@pytest.mark.parametrize(
    ("job", "least"), [("move", 12), ("protect", 1), ("remove", 3)]
)
async def test_a_kill_at_any_step_leaves_one_clip_and_one_row(
    tmp_path: Path, job: str, least: int
) -> None:
    """Every step of a move, of giving free, and of a deletion."""
    repository = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.library.interrupted", job, tmp_path),
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    told, complaints = await process.communicate()

    assert process.returncode == 0, complaints.decode()
    assert int(told) >= least


async def test_what_a_move_left_behind_goes_when_the_clip_is_blacked_out(
    library: Library, root: Path, spool: Path
) -> None:
    """It would be found, with all that is hidden, while the media folder is away."""
    moved = await library.move_to_media(await spool_in(library, 1))
    write_file(spool, moved, b"clip")

    done = await library.blacked_out(moved.clip_id, ("0" * 12,), 5, "h264", (4, 2))

    assert done is not None
    assert not (spool / moved.path).exists()
    assert not thumbnail_path(spool / moved.path).exists()
    (root / moved.path).unlink()
    assert await library.file_of(done) is None


async def test_pictures_that_a_move_left_are_not_those_of_a_black_clip(
    library: Library, root: Path, spool: Path
) -> None:
    """Where a kill came before its row had been told, which was lost then."""
    moved = await library.move_to_media(await spool_in(library, 1))
    write_file(spool, moved, b"clip")
    write_file(root, replace(moved, thumbnail=None), b"black")
    thumbnail_path(root / moved.path).unlink()
    await library.add(replace(moved, mask=("0" * 12,), size=5))

    await library.reconcile()

    assert (root / moved.path).read_bytes() == b"black"
    assert not (spool / moved.path).exists()
    assert not thumbnail_path(root / moved.path).exists()


async def test_clip_is_not_black_where_what_a_move_left_cannot_be_deleted(
    library: Library, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = await library.move_to_media(await spool_in(library, 1))

    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(hidden, "unlink", refuse)
    with pytest.raises(StorageError):
        await library.blacked_out(moved.clip_id, ("0" * 12,), 5, "h264", (4, 2))
    assert await library.get(moved.clip_id) == moved
