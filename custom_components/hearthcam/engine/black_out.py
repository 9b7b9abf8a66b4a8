"""Makes privacy zones black in clips that were recorded before they were drawn.

A clip is decoded, painted and encoded into a draft beside it, which then takes its
place as a whole: whoever reads it has the old file or the new one, and after a kill it
is the old one, still to be done.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
import errno
import logging
import os
from pathlib import Path
from threading import Lock
from typing import Final

from ..library.layout import BLACK_OUT_SUFFIX, thumbnail_path
from ..library.mp4 import Mp4Info, read_mp4, tag_in
from ..library.tag import ClipTag
from .clip_file import MP4_OPTIONS, publish
from .film import Film, open_film
from .masking.mask import Mask, MaskError
from .masking.shown import ShownPacket
from .masking.veil import CLIP_QUALITY, open_veil
from .mux import FILM_ERRORS, Muxer
from .packet import VideoParameters
from .protocol import BlackedOut, BlackOut
from .thumbnail import make_thumbnail

_LOGGER = logging.getLogger(__name__)

_SPARE: Final = 64 * 1024 * 1024
"""Bytes that must be free beyond a copy: clips being written come first."""

_LOCK: Final = Lock()
_WORKING: Final[set[Path]] = set()
"""Drafts that are being written, as opposed to what a kill left."""


class StoppedError(Exception):
    """The engine leaves: the clip stays as it is."""


def black_out(command: BlackOut, stopped: Callable[[], bool]) -> BlackedOut:
    """Carry out a command; blocks while decoding and encoding."""
    clip = Path(command.clip)
    draft = clip.with_name(clip.name + BLACK_OUT_SUFFIX)
    with _LOCK:
        if draft in _WORKING:
            return BlackedOut(command.request_id, error="busy")
        _WORKING.add(draft)
    try:
        return _black_out(command, clip, draft, stopped)
    except MaskError as failure:
        _LOGGER.warning("A clip could not be blacked out: %s", failure)
        error = "mask_failed"
    except StoppedError:
        error = "stopped"
    except FileNotFoundError:
        error = "gone"
    except FILM_ERRORS as failure:
        # Not its text, which holds paths.
        _LOGGER.warning("A clip could not be blacked out: %s", type(failure).__name__)
        error = "storage"
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        with _LOCK:
            _WORKING.discard(draft)
    return BlackedOut(command.request_id, error=error)


def discard_draft(draft: Path) -> None:
    """Delete what a kill left of a black-out. Raises OSError."""
    with _LOCK:
        if draft not in _WORKING:
            draft.unlink(missing_ok=True)


def _black_out(
    command: BlackOut, clip: Path, draft: Path, stopped: Callable[[], bool]
) -> BlackedOut:
    mask = Mask.of(command.privacy)
    info = read_mp4(clip)
    tag = tag_in(info)
    if tag is None:
        return BlackedOut(command.request_id, error="not_a_clip")
    believed = set(tag.mask).difference(command.doubted)
    if mask.marks.issubset(believed):
        # A kill came between the file and its row.
        return _done(command, clip, info, tag)
    marks = mask.marks.union(believed)
    tag = replace(tag, mask=tuple(sorted(marks)))
    space = os.statvfs(clip.parent)
    if space.f_bavail * space.f_frsize < 2 * clip.stat().st_size + _SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    draft.unlink(missing_ok=True)
    blacken(clip, draft, mask, stopped, {"comment": tag.to_json()})
    if not clip.exists():
        # Deleted meanwhile: it must not come back.
        raise FileNotFoundError
    # First, for a kill may come in between: rather no picture than the old one, which
    # may be there although nobody knows of it.
    thumbnail_path(clip).unlink(missing_ok=True)
    publish(draft, clip)
    return _done(command, clip, read_mp4(clip), tag)


def _done(command: BlackOut, clip: Path, info: Mp4Info, tag: ClipTag) -> BlackedOut:
    """Make the picture of a clip in which all is black, and answer."""
    if command.thumbnail is not None:
        thumbnail = Path(command.thumbnail)
        # Rather none than the one of before.
        if (
            make_thumbnail(clip, thumbnail, command.at, Mask.of(command.privacy))
            is None
        ):
            thumbnail.unlink(missing_ok=True)
    return BlackedOut(
        command.request_id,
        size=clip.stat().st_size,
        codec=info.codec,
        width=info.width,
        height=info.height,
        mask=tag.mask,
    )


def blacken(
    source: Path,
    target: Path,
    mask: Mask,
    stopped: Callable[[], bool],
    metadata: dict[str, str] | None = None,
    size: tuple[int, int] | None = None,
) -> None:
    """Write a film anew with a mask. Raises MaskError, MuxError, av.FFmpegError.

    With ``size`` its pictures become as large, also where there is no mask.

    Times stay what they were; raises StoppedError as soon as that says so, and
    ValueError where there is no picture.
    """
    with open_film(source) as film:
        veil = open_veil(film.video, mask, quality=CLIP_QUALITY, size=size)
        try:
            output = _Output(target, film, metadata or {})
            try:
                for packet in film.packets():
                    if stopped():
                        raise StoppedError
                    output.write(veil.show(packet), veil.video)
                output.write(veil.finish(), veil.video)
            finally:
                output.close()
            output.sync()
        finally:
            veil.close()


class _Output:
    """The file that is written, begun with the first picture."""

    def __init__(self, path: Path, film: Film, metadata: dict[str, str]) -> None:
        self._path = path
        self._film = film
        self._metadata = metadata
        self._muxer: Muxer | None = None

    def write(self, packets: list[ShownPacket], video: VideoParameters) -> None:
        for packet in packets:
            if self._muxer is None:
                self._muxer = Muxer(
                    str(self._path),
                    "mp4",
                    packet,
                    video,
                    self._film.audio,
                    options=MP4_OPTIONS,
                    metadata=self._metadata,
                )
            self._muxer.write(packet)

    def close(self) -> None:
        if self._muxer is not None:
            self._muxer.close()

    def sync(self) -> None:
        """Have the disk hold it. Raises ValueError where there was no picture."""
        if self._muxer is None:
            raise ValueError("no picture")
        with self._path.open("rb") as file:
            os.fsync(file.fileno())
