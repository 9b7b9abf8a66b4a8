"""What a clip's writer is to do, and what became of it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..library.tag import ClipTag
from .clip_file import ClipFile
from .masking.curtain import Curtain
from .masking.effort import Effort
from .masking.mask import Mask
from .packet import AudioParameters, VideoParameters
from .protocol import BlockCause, ClipClosed, LostCause
from .storage import Place, cause_of
from .waiting import MAX_QUEUED


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """What to write, and where; ``tag`` is what is known at the start.

    ``mask`` is black in it, ``hidden`` tells what is to be black in its thumbnail by
    the time that is made. Pictures up to the time ``after`` (µs) are left out: those
    that follow cannot be decoded without them.
    """

    tag: ClipTag
    place: Place
    path: Path
    video: VideoParameters
    audio: AudioParameters | None
    mask: Mask
    hidden: Callable[[], Mask]
    effort: Effort
    sync: bool = True
    max_queued: int = MAX_QUEUED
    after: int | None = None


@dataclass(frozen=True, slots=True)
class ClipResult:
    """A finished clip; times in seconds of the Unix epoch, size in bytes."""

    tag: ClipTag
    path: Path
    thumbnail: Path | None
    start: float
    end: float
    size: int
    video: VideoParameters
    has_audio: bool


@dataclass(frozen=True, slots=True)
class ClipFailure:
    """A clip that could not be finished.

    ``cause`` is None where it was not the disk's fault. ``part`` is what was left,
    if that may hold a picture.
    """

    cause: LostCause | None
    part: Path | None


def closed(result: ClipResult) -> ClipClosed:
    """Return the report of a finished clip."""
    tag = result.tag
    return ClipClosed(
        camera_id=tag.camera_id,
        clip_id=tag.clip_id,
        event_id=tag.event_id,
        path=str(result.path),
        thumbnail=str(result.thumbnail) if result.thumbnail else None,
        start=result.start,
        end=result.end,
        event_start=tag.event_start,
        size=result.size,
        codec=result.video.codec,
        width=result.video.width,
        height=result.video.height,
        has_audio=result.has_audio,
        kind=tag.kind,
        score=tag.score,
        zones=tag.zones,
        mask=tag.mask,
    )


def failure_of(error: Exception, file: ClipFile | None, part: Path) -> ClipFailure:
    """Return what is left of a clip after an error."""
    if file is None:
        cause = cause_of(error) if isinstance(error, OSError) else None
        return ClipFailure(cause, None)
    disk = file.error or (error if isinstance(error, OSError) else None)
    if not file.has_fragments:
        # Not even one fragment: there is nothing to repair.
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return ClipFailure(
        cause_of(disk) if disk else None, part if file.has_fragments else None
    )


def described(error: Exception, file: ClipFile | None) -> str:
    """Return what happened without the path (it holds the camera's name)."""
    if file is not None and file.error is not None:
        error = file.error
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__} {error}".strip()


@dataclass(frozen=True, slots=True)
class Hiding:
    """What of a camera is hidden, and who is told whether that can be done in clips.

    ``failed`` and ``works`` are called in any thread, maybe with locks held.
    """

    curtain: Curtain
    effort: Effort
    failed: Callable[[BlockCause], None]
    works: Callable[[], None]
