"""Repairs what a kill or a power cut left of a clip.

An unfinished clip is a fragmented MP4 that ends anywhere. Its whole packets are
copied into a regular MP4, written as every clip is, which then takes the clip's name;
only after that the rest is deleted, so that a repair that is itself interrupted is
done again.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
import errno
import logging
import os
from pathlib import Path
from threading import Lock
import time
from typing import Final

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from ..library.layout import (
    BLACK_OUT_SUFFIX,
    CLIP_SUFFIX,
    DRAFT_SUFFIX,
    PART_SUFFIX,
    REPAIR_SUFFIX,
    THUMBNAIL_FOLDER,
    clip_of_part,
    parse_clip,
    thumbnail_path,
)
from ..library.mp4 import read_mp4, tag_in
from ..library.tag import ClipTag, TagError
from .black_out import discard_draft
from .clip_file import MP4_OPTIONS, publish
from .masking.mask import NOTHING
from .protocol import ClipClosed
from .thumbnail import make_thumbnail

_LOGGER = logging.getLogger(__name__)

_SPARE: Final = 8 * 1024 * 1024
"""Bytes that must be free beyond a copy: clips being written come first."""

_SETTLED: Final = 60.0
"""Seconds after which nobody is writing a small picture any more."""

_ONE_BY_ONE: Final = Lock()
"""So that a draft which is there when a repair begins is what a kill left of one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many clips were repaired, and how many held no picture."""

    repaired: int
    discarded: int


@dataclass(frozen=True, slots=True)
class _Remuxed:
    tag: ClipTag
    seconds: float
    codec: str
    width: int
    height: int
    has_audio: bool


def leave(_part: Path) -> None:
    """Leave what cannot be repaired now to the next start."""


def recover(
    root: Path,
    in_use: Callable[[], set[Path]],
    told: Callable[[ClipClosed], None],
    later: Callable[[Path], None] = leave,
) -> Outcome:
    """Repair every unfinished clip below ``root`` that nobody writes.

    ``in_use`` returns the final paths of clips being written, asked anew for each;
    ``later`` takes those that their disk does not let be repaired now.
    """
    repaired = discarded = 0
    for part in _unfinished(root):
        if clip_of_part(part) in in_use():
            continue
        try:
            clip = recover_file(part)
        except OSError as error:
            # The disk, not the clip.
            _LOGGER.warning("A clip cannot be repaired now: %s", error.strerror)
            later(part)
        except TagError:
            # Not written by us, so not ours to delete.
            _LOGGER.warning("An unfinished file in the clips' folder is not a clip")
        else:
            if clip is None:
                discarded += 1
            else:
                repaired += 1
                told(clip)
    return Outcome(repaired, discarded)


def recover_file(part: Path) -> ClipClosed | None:
    """Repair one unfinished clip; None if there is no need, and it is deleted.

    It holds no picture then, or the clip is whole already.

    Raises OSError for a disk that cannot be written now, TagError for what is not a
    clip of ours.
    """
    final = clip_of_part(part)
    draft = part.with_name(final.name + REPAIR_SUFFIX)
    with _ONE_BY_ONE:
        draft.unlink(missing_ok=True)
        size = part.stat().st_size
        space = os.statvfs(part.parent)
        if space.f_bavail * space.f_frsize < size + _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        clip = None if _is_masked(final) else _repair(part, final, draft)
        part.unlink(missing_ok=True)
        return clip


def _is_masked(final: Path) -> bool:
    """Tell whether a clip is whole already, with zones that are black in it.

    A kill came between its repair and the end of what was repaired; the zones may
    have been made black since, so it must not be replaced.
    """
    try:
        tag = tag_in(read_mp4(final))
    except OSError, ValueError:
        return False
    return tag is not None and bool(tag.mask)


def _unfinished(root: Path) -> Iterator[Path]:
    """Yield unfinished clips, and delete drafts of repairs that a kill left.

    Files of other names than ours are left alone.
    """
    for folder, names, files in os.walk(root):
        names.sort()
        for name in sorted(files):
            path = Path(folder, name)
            if _is_ours(path, PART_SUFFIX):
                yield path
            elif _is_ours(path, REPAIR_SUFFIX):
                with _ONE_BY_ONE, suppress(OSError):
                    path.unlink(missing_ok=True)
            elif _is_ours(path, BLACK_OUT_SUFFIX):
                with suppress(OSError):
                    discard_draft(path)
            elif _is_picture_draft(path):
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def _is_picture_draft(path: Path) -> bool:
    """Tell whether a kill left this of a clip's thumbnail or preview.

    Nobody else would ever delete it, whatever becomes of the clip.
    """
    *_, camera_id, day, folder, name = ("", "", "", *path.parts)
    if folder != THUMBNAIL_FOLDER or not name.endswith(DRAFT_SUFFIX):
        return False
    if parse_clip(f"{camera_id}/{day}/{name.partition('.')[0]}{CLIP_SUFFIX}") is None:
        return False
    try:
        return time.time() - path.stat().st_mtime > _SETTLED
    except OSError:
        return False


def _is_ours(path: Path, suffix: str) -> bool:
    if not path.name.endswith(CLIP_SUFFIX + suffix):
        return False
    return parse_clip("/".join(path.parts[-3:]).removesuffix(suffix)) is not None


def _repair(part: Path, final: Path, draft: Path) -> ClipClosed | None:
    try:
        remuxed = _remux(part, draft)
    except TagError, OSError:
        draft.unlink(missing_ok=True)
        raise
    except MemoryError as error:
        # That says nothing of the clip.
        draft.unlink(missing_ok=True)
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from error
    except (av.FFmpegError, ValueError) as error:
        _LOGGER.info("An unfinished clip held no picture: %s", type(error).__name__)
        draft.unlink(missing_ok=True)
        return None
    with draft.open("rb") as file:
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
    publish(draft, final)
    tag = remuxed.tag
    # What had to be black is so in the file itself.
    thumbnail = make_thumbnail(
        final, thumbnail_path(final), tag.event_start - tag.start, NOTHING
    )
    return ClipClosed(
        camera_id=tag.camera_id,
        clip_id=tag.clip_id,
        event_id=tag.event_id,
        path=str(final),
        thumbnail=str(thumbnail) if thumbnail else None,
        start=tag.start,
        end=tag.start + remuxed.seconds,
        event_start=tag.event_start,
        size=size,
        codec=remuxed.codec,
        width=remuxed.width,
        height=remuxed.height,
        has_audio=remuxed.has_audio,
        kind=tag.kind,
        score=tag.score,
        recovered=True,
        zones=tag.zones,
        mask=tag.mask,
    )


def _remux(part: Path, draft: Path) -> _Remuxed:
    """Copy the whole packets. Raises ValueError where there is no picture."""
    with av.open(str(part), format="mp4") as source:
        if not source.streams.video:
            raise ValueError("no video")
        try:
            tag = ClipTag.from_json(source.metadata.get("comment", ""))
        except TagError:
            if not any(packet.size for packet in source.demux(video=0)):
                # The head itself was cut.
                raise ValueError("no frames") from None
            raise
        video = source.streams.video[0]
        context = video.codec_context
        with av.open(str(draft), "w", format="mp4", options=MP4_OPTIONS) as target:
            target.metadata["comment"] = tag.to_json()
            seconds, heard = _copy(source, target)
        if seconds <= 0:
            raise ValueError("no frames")
        return _Remuxed(
            tag, seconds, context.name, context.width, context.height, heard
        )


def _copy(source: InputContainer, target: OutputContainer) -> tuple[float, bool]:
    streams: dict[int, Stream] = {}
    for stream in source.streams:
        if stream.type in ("video", "audio"):
            copied = target.add_stream_from_template(stream)
            if stream.codec_context.name == "hevc":
                copied.codec_context.codec_tag = "hvc1"
            streams[stream.index] = copied
    seconds, heard = 0.0, False
    try:
        for packet in source.demux(list(source.streams)):
            copied_to = streams.get(packet.stream_index)
            if copied_to is None or packet.dts is None or not packet.size:
                continue
            if packet.is_corrupt:
                break
            is_video = packet.stream.type == "video"
            end = (packet.pts or packet.dts) + (packet.duration or 0)
            time = float(end * packet.time_base)
            packet.stream = copied_to
            target.mux_one(packet)
            if is_video:
                seconds = max(seconds, time)
            else:
                heard = True
    except av.error.InvalidDataError, av.error.EOFError:
        # The last fragment was cut: what came before it is whole.
        _LOGGER.debug("The end of a clip was cut")
    return seconds, heard
