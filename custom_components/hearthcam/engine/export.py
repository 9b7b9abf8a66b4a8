"""Joins clips of one camera into one file, by stream copy where that may be.

A clip in which a privacy zone is not black yet is encoded anew on the way; so is what
could not be joined otherwise: clips of another codec or size, as a camera has before and
after its settings or zones are changed.

Where clips overlap, the later one takes over at its first frame; where nothing was
recorded, the film goes on without a pause. It begins at the keyframe at or before
the wanted time, and has sound if all its clips do.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import logging
import os
from pathlib import Path
from typing import Final

import av

from .black_out import StoppedError, blacken
from .export_track import Joined, MixedError, Shape, shape_of
from .masking.mask import Mask, MaskError
from .mux import FILM_ERRORS
from .protocol import ClipPart, Export, Exported

_LOGGER = logging.getLogger(__name__)

_SAME_MOMENT: Final = 0.005
"""Seconds between two clips' times of the same frame: they are rounded."""
_ENCODED: Final = "h264"
"""What masked pictures are encoded as."""
_FAST_START: Final = 512 * 1024 * 1024
"""Bytes up to which the index is put first, which writes everything twice."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is taken of a clip: start <= t < end, in s of the epoch.

    ``covered`` tells that all privacy zones are black in it.
    """

    path: Path
    clip_start: float
    start: float
    end: float
    shape: Shape
    covered: bool


def export(command: Export, stopped: Callable[[], bool]) -> Exported:
    """Carry out a command; blocks as long as copying takes."""
    try:
        mask = Mask.of(command.privacy)
        pieces = _pieces(command, mask)
        if not pieces:
            return Exported(command.request_id, error="nothing_recorded")
        start, end, size = _write(pieces, Path(command.path), mask, stopped)
    except MixedError:
        error = "mixed_streams"
    except MaskError as failure:
        _LOGGER.warning("An export could not be masked: %s", failure)
        error = "mask_failed"
    except StoppedError:
        error = "storage"
    except FILM_ERRORS as failure:
        # Not its text, which holds paths.
        _LOGGER.warning("An export failed: %s", type(failure).__name__)
        error = "storage"
    else:
        if size == 0:
            return Exported(command.request_id, error="nothing_recorded")
        return Exported(command.request_id, start, end, size)
    return Exported(command.request_id, error=error)


def _pieces(command: Export, mask: Mask) -> list[_Piece]:
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
            covered = mask.marks <= set(clip.mask)
            pieces.append(
                _Piece(Path(clip.path), clip.start, start, end, shape, covered)
            )
    return pieces


def _write(
    pieces: Sequence[_Piece], path: Path, mask: Mask, stopped: Callable[[], bool]
) -> tuple[float, float, int]:
    """Write the file under a name of its own first; return span and size.

    A size of 0: there was no picture. Raises OSError if ``path`` exists.
    """
    if path.exists():
        raise FileExistsError
    draft = path.with_name(f".{path.name}.hearthcam")
    masked: list[Path] = []
    try:
        span = _joined(pieces, draft, mask, masked, stopped)
        if span is None:
            return 0.0, 0.0, 0
        with draft.open("rb") as file:
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        _publish(draft, path)
    finally:
        for rest in (draft, *masked):
            with suppress(OSError):
                rest.unlink(missing_ok=True)
    return *span, size


def _joined(
    pieces: Sequence[_Piece],
    draft: Path,
    mask: Mask,
    made: list[Path],
    stopped: Callable[[], bool],
) -> tuple[float, float] | None:
    """Write the film; return the first and last frame's time, None without any.

    ``made`` are further files, to be deleted then.
    """
    try:
        return _copy(_alike(pieces, draft, mask, made, stopped), draft, stopped)
    except MixedError:
        # Their keyframes do not tell what the decoder needs.
        draft.unlink(missing_ok=True)
        every = _alike(pieces, draft, mask, made, stopped, every=True)
        return _copy(every, draft, stopped)


def _alike(
    pieces: Sequence[_Piece],
    draft: Path,
    mask: Mask,
    made: list[Path],
    stopped: Callable[[], bool],
    *,
    every: bool = False,
) -> list[_Piece]:
    """Return pieces of one codec and size in which all is black that must be.

    Of sizes it is the largest. With ``every`` all of them are encoded anew.
    """
    shapes = {(one.shape.codec, one.shape.width, one.shape.height) for one in pieces}
    is_fit = all(piece.covered for piece in pieces)
    if is_fit and len(shapes) == 1 and not every:
        return list(pieces)
    size = max(
        ((width & ~1, height & ~1) for _, width, height in shapes),
        key=lambda size: size[0] * size[1],
    )
    result: list[_Piece] = []
    for piece in pieces:
        shape = piece.shape
        as_it_is = (shape.codec, shape.width, shape.height) == (_ENCODED, *size)
        if piece.covered and as_it_is and not every:
            result.append(piece)
            continue
        made.append(draft.with_name(f"{draft.name}-{len(made)}"))
        blacken(piece.path, made[-1], mask, stopped, size=size)
        if (encoded := shape_of(made[-1])) is not None:
            result.append(replace(piece, path=made[-1], shape=encoded, covered=True))
    return result


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
