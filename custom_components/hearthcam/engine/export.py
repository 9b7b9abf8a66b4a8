"""Joins clips of one camera into one file, by stream copy.

Where clips overlap, the later one takes over at its first frame; where nothing was
recorded, the film goes on without a pause. It begins at the keyframe at or before
the wanted time, and has sound if all its clips do.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
import logging
import os
from pathlib import Path
from typing import Final

import av

from .export_track import Joined, MixedError, Shape, shape_of
from .protocol import ClipPart, Export, Exported

_LOGGER = logging.getLogger(__name__)

_SAME_MOMENT: Final = 0.005
"""Seconds between two clips' times of the same frame: they are rounded."""
_FAST_START: Final = 512 * 1024 * 1024
"""Bytes up to which the index is put first, which writes everything twice."""


class StoppedError(Exception):
    """The engine leaves; nothing is kept of an unfinished export."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is taken of a clip: start <= t < end, in s of the epoch."""

    path: Path
    clip_start: float
    start: float
    end: float
    shape: Shape


def export(command: Export, stopped: Callable[[], bool]) -> Exported:
    """Carry out a command; blocks as long as copying takes."""
    try:
        pieces = _pieces(command)
        if not pieces:
            return Exported(command.request_id, error="nothing_recorded")
        start, end, size = _write(pieces, Path(command.path), stopped)
    except MixedError:
        error = "mixed_streams"
    except StoppedError:
        error = "storage"
    except (av.FFmpegError, OSError, ValueError) as failure:
        # Not its text, which holds paths.
        _LOGGER.warning("An export failed: %s", type(failure).__name__)
        error = "storage"
    else:
        if size == 0:
            return Exported(command.request_id, error="nothing_recorded")
        return Exported(command.request_id, start, end, size)
    return Exported(command.request_id, error=error)


def _pieces(command: Export) -> list[_Piece]:
    """Choose what comes from which clip, in order of time, nothing twice."""
    chosen: list[ClipPart] = []
    for clip in sorted(command.clips, key=lambda clip: (clip.start, -clip.end)):
        if clip.end <= command.start or clip.start >= command.end:
            continue
        if chosen and clip.end <= chosen[-1].end:
            continue
        chosen.append(clip)
    pieces = []
    for number, clip in enumerate(chosen, 1):
        after = chosen[number].start if number < len(chosen) else command.end
        end = min(command.end, after)
        shape = shape_of(Path(clip.path))
        start = max(command.start, clip.start)
        if shape is not None and start < end:
            pieces.append(_Piece(Path(clip.path), clip.start, start, end, shape))
    return pieces


def _write(
    pieces: Sequence[_Piece], path: Path, stopped: Callable[[], bool]
) -> tuple[float, float, int]:
    """Write the file under a name of its own first; return span and size.

    A size of 0: there was no picture. Raises OSError if ``path`` exists.
    """
    if path.exists():
        raise FileExistsError
    draft = path.with_name(f".{path.name}.hearthcam")
    try:
        span = _copy(pieces, draft, stopped)
        if span is None:
            return 0.0, 0.0, 0
        with draft.open("rb") as file:
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        _publish(draft, path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return *span, size


def _publish(draft: Path, path: Path) -> None:
    """Give the file its name, unless something else took it meanwhile."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:
        # Network shares may know no hard links.
        if path.exists():
            raise FileExistsError from None
        draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(folder)
    finally:
        os.close(folder)


def _copy(
    pieces: Sequence[_Piece], draft: Path, stopped: Callable[[], bool]
) -> tuple[float, float] | None:
    """Copy the pieces' packets; return the first and last frame's time, if any."""
    heard = all(piece.shape.sound == pieces[0].shape.sound for piece in pieces)
    small = sum(piece.path.stat().st_size for piece in pieces) <= _FAST_START
    options = {"movflags": "faststart"} if small else {}
    first: float | None = None
    last = 0.0
    with av.open(str(draft), "w", format="mp4", options=options) as target:
        target.metadata["creation_time"] = datetime.fromtimestamp(
            pieces[0].start, UTC
        ).isoformat()
        joined: Joined | None = None
        for piece in pieces:
            with av.open(str(piece.path), format="mp4") as source:
                if joined is None:
                    joined = Joined(target, source, piece.shape, sound=heard)
                begun = joined.begin(source, piece.shape)
                after = piece.start - piece.clip_start
                until = piece.end - piece.clip_start - _SAME_MOMENT
                for moment in begun.copy(after, until):
                    if stopped():
                        raise StoppedError
                    if first is None:
                        first = piece.clip_start + moment.start
                    last = piece.clip_start + moment.end
    return None if first is None else (first, last)
