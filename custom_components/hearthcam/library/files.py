"""What is done to the files of a clip. Everything here blocks and raises OSError."""

from contextlib import suppress
from datetime import date, datetime, tzinfo
import logging
import os
from pathlib import Path
import secrets
import stat

from .layout import (
    DRAFT_SUFFIX,
    MARKER,
    THUMBNAIL_FOLDER,
    clip_file,
    keep_file,
    keep_path,
    parse_day,
    preview_file,
    preview_path,
    thumbnail_file,
)
from .models import MEDIA, StorageError

_LOGGER = logging.getLogger(__name__)


def unlink(root: Path, store: str, relative: str) -> None:
    """Delete a clip's file and what belongs to it.

    Nothing that is reached through a link below the root. Raises StorageError where
    the file is missing because its whole media folder is.
    """
    file = clip_file(root, relative)
    if file is not None:
        file.unlink(missing_ok=True)
    elif store == MEDIA and not has_marker(root):
        raise StorageError("the media folder is away")
    for find in (thumbnail_file, preview_file, keep_file):
        if (file := find(root, relative)) is not None:
            file.unlink(missing_ok=True)


def remove_preview(root: Path, relative: str) -> None:
    """Delete a clip's preview, if it has one."""
    if (file := preview_file(root, relative)) is not None:
        file.unlink(missing_ok=True)


def write_preview(root: Path, relative: str, data: bytes) -> None:
    """Write a clip's preview, whole or not at all; nothing is reached through links."""
    if (file := clip_file(root, relative)) is None:
        return
    path = preview_path(file)
    own_folder(root, path.parent.relative_to(root).as_posix())
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}{DRAFT_SUFFIX}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def has_marker(root: Path) -> bool:
    """Tell whether a media folder has the marker of one."""
    return os.path.lexists(root / MARKER)


def keep(root: Path, relative: str) -> None:
    """Note beside the clip that it is protected; nothing is reached through links."""
    if (file := clip_file(root, relative)) is None or keep_file(root, relative):
        return
    path = keep_path(file)
    own_folder(root, path.parent.relative_to(root).as_posix())
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(path, flags, 0o666))
    sync_folder(path.parent)


def unkeep(root: Path, relative: str) -> None:
    """Take that note away."""
    if (file := keep_file(root, relative)) is not None:
        file.unlink(missing_ok=True)
        sync_folder(file.parent)


def own_folder(root: Path, relative: str) -> None:
    """Make a folder below the root; StorageError where a link leads elsewhere."""
    path = root
    for name in relative.split("/"):
        path /= name
        path.mkdir(exist_ok=True)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise StorageError("a folder of clips is a link")


def today(zone: tzinfo) -> date:
    """Return the date in the zone."""
    return datetime.now(zone).date()


def remove_empty_day(root: Path, folder: str, *, before: date) -> None:
    """Remove ``<camera_id>/<date>`` if it is empty and so old that nobody writes there.

    Never raises: a folder that stays does no harm.
    """
    day = parse_day(folder.rpartition("/")[2])
    if day is None or day >= before:
        return
    with suppress(OSError):
        (root / folder / THUMBNAIL_FOLDER).rmdir()
    with suppress(OSError):
        (root / folder).rmdir()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable where that can be done. Blocks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network shares cannot sync a folder; what was done is done.
        _LOGGER.debug("Cannot sync a folder")
    finally:
        os.close(descriptor)
