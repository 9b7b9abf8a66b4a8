"""Files that users have written where they wish: whole or not at all."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
import os
from pathlib import Path
import secrets
import shutil
from threading import Thread
from typing import Final

VIDEO_SUFFIX: Final = ".mp4"
_CHUNK: Final = 1 << 20


class SaveError(Exception):
    """It cannot be saved there; ``key`` names the translated text."""

    def __init__(self, key: str) -> None:
        """Remember which text."""
        super().__init__(key)
        self.key = key


async def run_apart[T](job: Callable[[], T]) -> T:
    """Do a long job in a thread of its own; a cancelled caller does not stop it.

    Home Assistant's own threads are few, and are waited for when it stops.
    """
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            result = job()
        except BaseException as err:  # noqa: BLE001 - handed to who asked
            outcome.set_exception(err)
        else:
            outcome.set_result(result)

    Thread(target=work, name="hearthcam-save", daemon=True).start()
    # Shielded, or a cancelled future could not take the result any more.
    return await asyncio.shield(asyncio.wrap_future(outcome))


def video_target(
    path: str,
    is_allowed: Callable[[str], bool],
    own: Iterable[Path],
    *,
    overwrite: bool,
) -> Path:
    """Return where to write a video, its folder resolved; blocks, raises SaveError.

    ``own`` are the folders of the library, into which nobody else writes.
    """
    wanted = Path(path)
    if not wanted.is_absolute() or not is_allowed(path):
        raise SaveError("path_not_allowed")
    if wanted.suffix.lower() != VIDEO_SUFFIX:
        raise SaveError("path_not_mp4")
    folder = _folder(wanted.parent, own)
    target = folder / wanted.name
    if target.is_dir() or (os.path.lexists(target) and not overwrite):
        raise SaveError("path_exists")
    return target


def folder_target(
    path: str, is_allowed: Callable[[str], bool], own: Iterable[Path]
) -> Path:
    """Return a folder to write to, resolved and made if missing; as `video_target`."""
    wanted = Path(path)
    if not wanted.is_absolute() or not is_allowed(path):
        raise SaveError("path_not_allowed")
    with suppress(FileExistsError):
        wanted.mkdir()
    return _folder(wanted, own)


def _folder(folder: Path, own: Iterable[Path]) -> Path:
    try:
        resolved = folder.resolve(strict=True)
    except OSError:
        raise SaveError("path_no_folder") from None
    if not resolved.is_dir():
        raise SaveError("path_no_folder")
    if any(resolved.is_relative_to(root.resolve()) for root in own):
        raise SaveError("path_in_library")
    return resolved


def temporary(target: Path) -> Path:
    """Return a hidden name beside the target, of the same kind."""
    return target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")


def copy_video(source: Path, part: Path) -> None:
    """Copy a file to a name that nothing has, and have the disk hold it; blocks.

    Raises OSError. `put_in_place` is to follow.
    """
    with source.open("rb") as reader, part.open("xb") as writer:
        shutil.copyfileobj(reader, writer, _CHUNK)
        writer.flush()
        os.fsync(writer.fileno())


def put_in_place(part: Path, target: Path, *, overwrite: bool) -> None:
    """Give a whole file its name; raises OSError, and SaveError if that is taken."""
    if not overwrite:
        try:
            os.link(part, target, follow_symlinks=False)
        except FileExistsError:
            raise SaveError("path_exists") from None
        except OSError:
            # Not every file system has hard links.
            if os.path.lexists(target):
                raise SaveError("path_exists") from None
        else:
            return
    part.replace(target)
