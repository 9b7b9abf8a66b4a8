"""Kills a process at every step of a job on clips' files, and looks what is left.

Run as a process of its own, since it forks: ``python -m tests.library.interrupted
move|protect|remove FOLDER``. Tells the count of steps at which it was killed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC
import os
from pathlib import Path
import shutil
import sys

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import (
    keep_path,
    preview_path,
    thumbnail_path,
)
from custom_components.hearthcam.library.models import MEDIA, SPOOL, Clip

from .clips import JPEG, film, make_clip, tag_of

# What is told of before it is done (PEP 578); a write to an open file is not.
STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile")
_KILLED = 9


def library_in(folder: Path) -> Library:
    """Return the library of a folder, not open."""
    return Library(folder / "library.db", folder / "media", folder / "spool")


async def prepare(folder: Path) -> Clip:
    """Make a library with one spooled clip that has all that can belong to one."""
    (folder / "media").mkdir(parents=True)
    clip = make_clip(1, folder / "spool", UTC, store=SPOOL)
    clip = replace(film(folder / "spool", clip, tag=tag_of(clip)), store=SPOOL)
    preview_path(folder / "spool" / clip.path).write_bytes(b"a preview")
    library = library_in(folder)
    await library.open()
    await library.check_media()
    await library.add(clip)
    await library.protect(clip.clip_id)
    await library.close()
    return clip


async def move(library: Library, clip: Clip) -> None:
    """Move the clip."""
    await library.move_to_media(clip)


async def give_free(library: Library, clip: Clip) -> None:
    """Take the clip's protection away."""
    await library.protect(clip.clip_id, False)


async def remove(library: Library, clip: Clip) -> None:
    """Delete the clip."""
    await library.remove(clip.clip_id, force=True)


type Job = Callable[[Library, Clip], Awaitable[None]]

JOBS: dict[str, Job] = {"move": move, "protect": give_free, "remove": remove}


def run_and_die(folder: Path, job: Job, clip: Clip, step: int) -> bool:
    """Do the job in a process that dies before a step; True if it did."""
    if (child := os.fork()) == 0:
        left = step
        armed = False

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if armed and event in STEPS and str(folder) in str(arguments[0]):
                left -= 1
                if left < 0:
                    os._exit(_KILLED)

        async def work() -> None:
            nonlocal armed
            library = library_in(folder)
            await library.open()
            armed = True
            await job(library, clip)

        sys.addaudithook(watch)
        asyncio.run(work())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, _KILLED), f"the job failed with {code}"
    return code == _KILLED


async def look(folder: Path, clip: Clip, name: str) -> None:
    """Check that nothing is lost, and that a comparison leaves one of everything."""
    video = JOBS[name] is not remove
    roots = {store: folder / store for store in (MEDIA, SPOOL)}
    copies = [root / clip.path for root in roots.values()]
    whole = [path for path in copies if path.exists()]
    assert all(path.stat().st_size == clip.size for path in whole)
    assert whole or not video, "the clip is lost"
    library = library_in(folder)
    await library.open()
    await library.reconcile(zone=UTC)
    row = await library.get(clip.clip_id)
    if row is None:
        assert not video, "the row is lost"
    else:
        row = await library.move_to_media(row)
        assert row.store == MEDIA
        assert row.protected or JOBS[name] is not move
    assert (await library.totals()).count == (row is not None)
    again = await library.reconcile(zone=UTC)
    assert (again.added, again.dropped) == (0, 0)
    await library.close()
    _check_files(folder, clip, row)


def _check_files(folder: Path, clip: Clip, row: Clip | None) -> None:
    final = folder / MEDIA / clip.path
    expected: set[Path] = set()
    if row is not None:
        expected = {final, thumbnail_path(final), preview_path(final)}
        assert thumbnail_path(final).read_bytes() == JPEG
        assert row.thumbnail is not None
        if row.protected:
            expected.add(keep_path(final))
    found = {
        path
        for store in (MEDIA, SPOOL)
        for path in (folder / store).rglob("*")
        if path.is_file() and path.name != ".hearthcam"
    }
    assert found == expected, found ^ expected


def main() -> None:
    """Kill at one step after the other until the job comes to its end."""
    name, place = sys.argv[1:]
    start = Path(place) / "start"
    clip = asyncio.run(prepare(start))
    step = 0
    while True:
        folder = Path(place) / "now"
        shutil.copytree(start, folder)
        if not run_and_die(folder, JOBS[name], clip, step):
            break
        asyncio.run(look(folder, clip, name))
        shutil.rmtree(folder)
        step += 1
    sys.stdout.write(f"{step}\n")


if __name__ == "__main__":
    main()
