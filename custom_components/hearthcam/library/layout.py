"""Where clips lie, both ways: from what they are to a path, and back.

Below the root (``<media dir>/hearthcam``)::

    <camera_id>/<YYYY-MM-DD>/<HH-MM-SS>_<clip_id>.mp4
    <camera_id>/<YYYY-MM-DD>/.thumbs/<HH-MM-SS>_<clip_id>.jpg       its picture
    <camera_id>/<YYYY-MM-DD>/.thumbs/<HH-MM-SS>_<clip_id>.webp      its preview
    <camera_id>/<YYYY-MM-DD>/.thumbs/<HH-MM-SS>_<clip_id>.keep      it is protected
    <camera_id>/<YYYY-MM-DD>/<HH-MM-SS>_<clip_id>.mp4.part          being written
    <camera_id>/<YYYY-MM-DD>/<HH-MM-SS>_<clip_id>.mp4.moving        being copied here
    .hearthcam                                                      whose root it is

Date and time are local ones of the clip's first frame. Names that do not have
exactly this form are somebody else's and are never touched.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
import os
from pathlib import Path
import re
import stat

CLIP_SUFFIX = ".mp4"
PART_SUFFIX = ".part"
THUMBNAIL_FOLDER = ".thumbs"
THUMBNAIL_SUFFIX = ".jpg"
PREVIEW_SUFFIX = ".webp"
KEEP_SUFFIX = ".keep"
MOVING_SUFFIX = ".moving"
BLACK_OUT_SUFFIX = ".masking"
REPAIR_SUFFIX = ".repair"
DRAFT_SUFFIX = ".tmp"
MARKER = ".hearthcam"

_CAMERA_ID = re.compile(r"[a-z0-9_]{1,64}")
_CLIP_ID = re.compile(r"[0-9A-Za-z]{8,40}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_STEM = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{2})_([0-9A-Za-z]{8,40})")


@dataclass(frozen=True, slots=True)
class ClipName:
    """What a clip's place tells of it: ``local`` is naive local time."""

    camera_id: str
    clip_id: str
    local: datetime

    def start(self, zone: tzinfo) -> float:
        """Return the start as seconds of the epoch.

        Of the hour that comes twice in autumn the first is taken: the name
        cannot say which it was (the tag in the file can).
        """
        return self.local.replace(tzinfo=zone).timestamp()


def is_camera_id(value: str) -> bool:
    """Tell whether the text has the form of a camera id (and of its folder)."""
    return _CAMERA_ID.fullmatch(value) is not None


def is_clip_id(value: str) -> bool:
    """Tell whether the text has the form of a clip id."""
    return _CLIP_ID.fullmatch(value) is not None


def clip_path(directory: Path, start: float, zone: tzinfo, clip_id: str) -> Path:
    """Return the final path of a clip.

    ``directory`` is the folder of the camera, ``start`` the time of the first
    frame in seconds of the epoch. Raises ValueError for a malformed id.
    """
    if not is_clip_id(clip_id):
        raise ValueError("malformed clip id")
    local = datetime.fromtimestamp(start, zone)
    name = f"{local:%H-%M-%S}_{clip_id}{CLIP_SUFFIX}"
    # Not strftime: %Y is not padded on every platform.
    return directory / local.date().isoformat() / name


def thumbnail_path(clip: Path) -> Path:
    """Return the path of the thumbnail that belongs to the clip's final path."""
    return _beside(clip, THUMBNAIL_SUFFIX)


def preview_path(clip: Path) -> Path:
    """Return the path of the preview that belongs to the clip's final path."""
    return _beside(clip, PREVIEW_SUFFIX)


def keep_path(clip: Path) -> Path:
    """Return the path of the file that marks the clip at its final path protected."""
    return _beside(clip, KEEP_SUFFIX)


def _beside(clip: Path, suffix: str) -> Path:
    return clip.parent / THUMBNAIL_FOLDER / f"{clip.stem}{suffix}"


def part_path(clip: Path) -> Path:
    """Return the path under which the clip lies while it is being written."""
    return clip.with_name(clip.name + PART_SUFFIX)


def clip_of_part(part: Path) -> Path:
    """Return the final path of the clip that a ``.part`` file will become."""
    return part.with_name(part.name.removesuffix(PART_SUFFIX))


def moving_path(clip: Path) -> Path:
    """Return the path under which the clip lies while it is copied to its place."""
    return clip.with_name(clip.name + MOVING_SUFFIX)


def day_bounds(day: date, zone: tzinfo) -> tuple[float, float]:
    """Return when a local day begins and ends, in seconds of the epoch."""
    first = datetime.combine(day, time(), zone)
    last = datetime.combine(day + timedelta(days=1), time(), zone)
    return first.timestamp(), last.timestamp()


def parse_day(name: str) -> date | None:
    """Return the date that a folder's name tells, None if it is not one."""
    if (match := _DAY.fullmatch(name)) is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def parse_clip(relative: str) -> ClipName | None:
    """Return what a clip's posix path below the root tells, None if it is not one."""
    parts = relative.split("/")
    if len(parts) != 3 or not parts[2].endswith(CLIP_SUFFIX):
        return None
    camera_id, day_name, name = parts
    match = _STEM.fullmatch(name.removesuffix(CLIP_SUFFIX))
    day = parse_day(day_name)
    if match is None or day is None or not is_camera_id(camera_id):
        return None
    hour, minute, second = map(int, match.groups()[:3])
    try:
        moment = time(hour, minute, second)
    except ValueError:
        return None
    return ClipName(camera_id, match[4], datetime.combine(day, moment))


def relative_thumbnail(relative: str) -> str:
    """Return the thumbnail's posix path below the root of the clip at ``relative``."""
    return _relative_beside(relative, THUMBNAIL_SUFFIX)


def _relative_beside(relative: str, suffix: str) -> str:
    folder, _, name = relative.rpartition("/")
    return f"{folder}/{THUMBNAIL_FOLDER}/{name.removesuffix(CLIP_SUFFIX)}{suffix}"


def clip_file(root: Path, relative: str) -> Path | None:
    """Return the clip's file if it is a regular one that truly lies below the root.

    Reads the disk. None for a name that is not a clip's, a missing file, and
    anything reached through a symbolic link below the root.
    """
    return None if parse_clip(relative) is None else _regular_file(root, relative)


def part_file(root: Path, relative: str) -> Path | None:
    """Return the unfinished file of the clip at ``relative``, as `clip_file` does."""
    if parse_clip(relative) is None:
        return None
    return _regular_file(root, relative + PART_SUFFIX)


def thumbnail_file(root: Path, relative: str) -> Path | None:
    """Return the thumbnail's file of the clip at ``relative``, as `clip_file` does."""
    return _file_beside(root, relative, THUMBNAIL_SUFFIX)


def preview_file(root: Path, relative: str) -> Path | None:
    """Return the preview's file of the clip at ``relative``, as `clip_file` does."""
    return _file_beside(root, relative, PREVIEW_SUFFIX)


def keep_file(root: Path, relative: str) -> Path | None:
    """Return the file that protects the clip at ``relative``, as `clip_file` does."""
    return _file_beside(root, relative, KEEP_SUFFIX)


def _file_beside(root: Path, relative: str, suffix: str) -> Path | None:
    if parse_clip(relative) is None:
        return None
    return _regular_file(root, _relative_beside(relative, suffix))


def _regular_file(root: Path, relative: str) -> Path | None:
    path = root
    *folders, name = relative.split("/")
    try:
        for folder in folders:
            path /= folder
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return None
        path /= name
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
    except OSError:
        return None
    return path
