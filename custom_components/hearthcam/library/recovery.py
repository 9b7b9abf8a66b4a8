"""Making rows and files agree again: what to read, and what a file's row is.

Rows whose file is gone are dropped, files without a row get one, made from
their name, their tag and their MP4 boxes. Unfinished clips (``.part``) are the
engine's, and anything with another name is somebody else's: both are left alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
import logging
import os
from pathlib import Path

from .boxes import BoxError
from .files import has_marker
from .layout import (
    CLIP_SUFFIX,
    KEEP_SUFFIX,
    MOVING_SUFFIX,
    PART_SUFFIX,
    PREVIEW_SUFFIX,
    REPAIR_SUFFIX,
    THUMBNAIL_FOLDER,
    THUMBNAIL_SUFFIX,
    clip_file,
    is_camera_id,
    keep_file,
    moving_path,
    parse_clip,
    parse_day,
    preview_file,
    relative_thumbnail,
    thumbnail_file,
)
from .models import LATEST_TIME, MEDIA, Clip, StorageError
from .mp4 import read_mp4, tag_in
from .tag import ClipTag

_LOGGER = logging.getLogger(__name__)

type TagReader = Callable[[Path], ClipTag | None]


def clip_folders(root: Path) -> list[str]:
    """Return every ``<camera_id>/<date>`` folder; empty if there is no root.

    Blocks. Symbolic links below the root are not followed. Raises OSError where
    the disk cannot be read.
    """
    folders: list[str] = []
    for camera in folder_names(root):
        if is_camera_id(camera):
            folders.extend(
                f"{camera}/{day}"
                for day in folder_names(root / camera)
                if parse_day(day) is not None
            )
    return folders


def folder_names(folder: Path) -> list[str]:
    """Return the folders in a folder; links are none. Blocks, raises OSError."""
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name for entry in entries if entry.is_dir(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []


@dataclass(frozen=True, slots=True)
class Folder:
    """What is of ours in ``<camera_id>/<date>``; paths are those of clips.

    ``unfinished`` are being written or repaired, ``copies`` were being moved here.
    """

    clips: frozenset[str]
    unfinished: frozenset[str]
    copies: frozenset[str]
    thumbnails: frozenset[str]
    previews: frozenset[str]
    keeps: frozenset[str]

    @property
    def orphans(self) -> frozenset[str]:
        """Return the clips of which there is only what belonged to them."""
        beside = self.thumbnails | self.previews | self.keeps
        return beside - self.clips - self.unfinished

    @property
    def has_orphans(self) -> bool:
        """Tell whether something is left over."""
        return bool(self.copies or self.orphans)


def look_into(root: Path, folder: str) -> Folder:
    """Return what is in ``<camera_id>/<date>``; nothing if it is gone.

    Blocks. The folder must be one that `clip_folders` gave, or be gone. Raises
    OSError where the disk cannot be read.
    """
    names = file_names(root / folder)
    beside: list[str] = []
    thumbnails = root / folder / THUMBNAIL_FOLDER
    if thumbnails.is_dir() and not thumbnails.is_symlink():
        beside = file_names(thumbnails)

    def of(names: list[str], suffix: str) -> frozenset[str]:
        stems = (n.removesuffix(suffix) for n in names if n.endswith(suffix))
        paths = (f"{folder}/{stem}{CLIP_SUFFIX}" for stem in stems)
        return frozenset(path for path in paths if parse_clip(path) is not None)

    return Folder(
        clips=of(names, CLIP_SUFFIX),
        unfinished=of(names, CLIP_SUFFIX + PART_SUFFIX)
        | of(names, CLIP_SUFFIX + REPAIR_SUFFIX),
        copies=of(names, CLIP_SUFFIX + MOVING_SUFFIX),
        thumbnails=of(beside, THUMBNAIL_SUFFIX),
        previews=of(beside, PREVIEW_SUFFIX),
        keeps=of(beside, KEEP_SUFFIX),
    )


def file_names(folder: Path) -> list[str]:
    """Return the regular files in a folder, none if it is gone. Raises OSError."""
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name for entry in entries if entry.is_file(follow_symlinks=False)
            ]
    except FileNotFoundError:
        return []


def still_missing(root: Path, store: str, paths: Iterable[str]) -> list[str]:
    """Return those of the paths where there is no clip. Blocks.

    Raises StorageError where that is because the whole media folder is away.
    """
    missing = [path for path in paths if clip_file(root, path) is None]
    if store == MEDIA and not has_marker(root):
        raise StorageError("the media folder is away")
    return missing


def present(root: Path, paths: Iterable[str]) -> list[str]:
    """Return those of the paths where there is a clip. Blocks."""
    return [path for path in paths if clip_file(root, path) is not None]


def pictured(root: Path, paths: Iterable[str]) -> set[str]:
    """Return those of the clips at the paths that have a thumbnail. Blocks."""
    return {path for path in paths if thumbnail_file(root, path) is not None}


def clip_id_of(path: str) -> str:
    """Return the id of the clip at a path of `Folder.clips`, or of a row."""
    name = parse_clip(path)
    return "" if name is None else name.clip_id


def delete_orphans(root: Path, folder: str, found: Folder, *, copies: bool) -> None:
    """Delete what was left over, and ``copies`` if nobody makes one. Blocks.

    Looked at again first, since a clip may have come. Raises OSError.
    """
    again = look_into(root, folder)
    for path in found.orphans & again.orphans:
        for find in (thumbnail_file, preview_file, keep_file):
            if (file := find(root, path)) is not None:
                file.unlink(missing_ok=True)
    if copies:
        for path in found.copies:
            moving_path(root / path).unlink(missing_ok=True)


def read_clips(
    root: Path,
    store: str,
    paths: Iterable[str],
    read_tag: TagReader | None,
    zone: tzinfo,
) -> list[Clip]:
    """Return the rows of files that have none; unreadable files are left out.

    Blocks. ``zone`` is the local time of names, for files without a tag.
    """
    clips: list[Clip] = []
    unreadable: list[str] = []
    for path in paths:
        try:
            clip = _read_clip(root, store, path, read_tag, zone)
        except BoxError, OSError:
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
    root: Path, store: str, relative: str, read_tag: TagReader | None, zone: tzinfo
) -> Clip | None:
    file, name = clip_file(root, relative), parse_clip(relative)
    if file is None or name is None:
        return None
    info = read_mp4(file)
    tag = tag_in(info) if read_tag is None else read_tag(file)
    if tag is None or (tag.clip_id, tag.camera_id) != (name.clip_id, name.camera_id):
        # Of no tag, or of a copy under another name, the name alone counts.
        start = name.start(zone)
        tag = ClipTag(name.camera_id, name.clip_id, name.clip_id, start, start)
    if not 0 <= tag.start < LATEST_TIME:
        return None
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
        score=tag.score,
        recovered=True,
        protected=keep_file(root, relative) is not None,
        zones=tag.zones,
        store=store,
        mask=tag.mask,
    )
