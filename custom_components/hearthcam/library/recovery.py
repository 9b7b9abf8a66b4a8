"""Making rows and files agree again: what to read, and what a file's row is.

Rows whose file is gone are dropped, files without a row get one, made from
their name, their tag and their MP4 boxes. Unfinished clips (``.part``) are the
engine's, and anything with another name is somebody else's: both are left alone.
"""

from collections.abc import Callable, Iterable
from datetime import tzinfo
import logging
import os
from pathlib import Path

from .layout import (
    clip_file,
    is_camera_id,
    parse_clip,
    parse_day,
    relative_thumbnail,
    thumbnail_file,
)
from .models import Clip
from .mp4 import Mp4Error, read_mp4
from .tag import ClipTag, TagError

_LOGGER = logging.getLogger(__name__)

type TagReader = Callable[[Path], ClipTag | None]


def clip_folders(root: Path) -> list[str]:
    """Return every ``<camera_id>/<date>`` folder; empty if there is no root.

    Blocks. Symbolic links below the root are not followed. Raises OSError where
    the disk cannot be read.
    """
    folders: list[str] = []
    for camera in _folder_names(root):
        if is_camera_id(camera):
            folders.extend(
                f"{camera}/{day}"
                for day in _folder_names(root / camera)
                if parse_day(day) is not None
            )
    return folders


def _folder_names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name for entry in entries if entry.is_dir(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []


def clips_in(root: Path, folder: str) -> list[str]:
    """Return the relative paths of the clips in ``<camera_id>/<date>``.

    Blocks. The folder must be one that `clip_folders` gave, or be gone. Raises
    OSError where the disk cannot be read.
    """
    try:
        with os.scandir(root / folder) as entries:
            names = [
                entry.name for entry in entries if entry.is_file(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []
    paths = (f"{folder}/{name}" for name in names)
    return sorted(path for path in paths if parse_clip(path) is not None)


def still_missing(root: Path, paths: Iterable[str]) -> list[str]:
    """Return those of the paths where there is no clip. Blocks."""
    return [path for path in paths if clip_file(root, path) is None]


def read_clips(
    root: Path, paths: Iterable[str], read_tag: TagReader | None, zone: tzinfo
) -> list[Clip]:
    """Return the rows of files that have none; unreadable files are left out.

    Blocks. ``zone`` is the local time of names, for files without a tag.
    """
    clips: list[Clip] = []
    unreadable: list[str] = []
    for path in paths:
        try:
            clip = _read_clip(root, path, read_tag, zone)
        except Mp4Error, OSError:
            unreadable.append(path)
            continue
        if clip is not None:
            clips.append(clip)
    if unreadable:
        _LOGGER.warning(
            "%d files cannot be read and stay out of the library, the first is %s",
            len(unreadable),
            unreadable[0],
        )
    return clips


def _read_clip(
    root: Path, relative: str, read_tag: TagReader | None, zone: tzinfo
) -> Clip | None:
    file, name = clip_file(root, relative), parse_clip(relative)
    if file is None or name is None:
        return None
    info = read_mp4(file)
    tag = _tag(info.comment) if read_tag is None else read_tag(file)
    if tag is None or (tag.clip_id, tag.camera_id) != (name.clip_id, name.camera_id):
        # Of no tag, or of a copy under another name, the name alone counts.
        start = name.start(zone)
        tag = ClipTag(name.camera_id, name.clip_id, name.clip_id, start, start)
    has_thumbnail = thumbnail_file(root, relative) is not None
    return Clip(
        clip_id=name.clip_id,
        camera_id=name.camera_id,
        event_id=tag.event_id,
        kind=tag.kind,
        start=tag.start,
        end=tag.start + info.duration,
        event_start=tag.event_start,
        path=relative,
        thumbnail=relative_thumbnail(relative) if has_thumbnail else None,
        size=file.stat().st_size,
        codec=info.codec,
        width=info.width,
        height=info.height,
        has_audio=info.has_audio,
        recovered=True,
    )


def _tag(comment: str | None) -> ClipTag | None:
    if comment is None:
        return None
    try:
        return ClipTag.from_json(comment)
    except TagError:
        return None
