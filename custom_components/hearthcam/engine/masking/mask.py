"""Which parts of a picture are black, and painting them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from threading import local
from typing import Final

from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter
import numpy as np

from ..parts import BlockCause, PrivacyZone
from ..polygon import WHOLE, mark_of
from .raster import Cells, Patch, Polygon, Samples, joined, touched

GROWN: Final = 0.006
"""By how much of the picture's longer side a polygon grows on all sides."""
LEAST_GROWN: Final = 8
"""And by how many pixels at least: a coder smears within a block of that size, so what
is inside of the polygon itself stays flat."""
LIMITED: Final = 1
FULL: Final = 2
"""FFmpeg's AVCOL_RANGE_MPEG and _JPEG."""
_PAINTED: Final = ("yuv420p", "yuvj420p")
_GREY: Final = "gray"
_NEUTRAL: Final = 128


class MaskError(Exception):
    """A picture could not be masked: it must not be shown."""

    def __init__(self, reason: str, cause: BlockCause = BlockCause.MASK_FAILED) -> None:
        """Say what failed (never what the picture holds), and which kind that is."""
        super().__init__(reason)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Mask:
    """Polygons that are black in whatever is shown; false where there are none."""

    polygons: tuple[Polygon, ...]

    @classmethod
    def of(cls, zones: Iterable[PrivacyZone]) -> Mask:
        """Return the mask of all these zones."""
        return cls(tuple(dict.fromkeys(zone.polygon for zone in zones)))

    def __bool__(self) -> bool:
        """Whether anything is hidden."""
        return bool(self.polygons)

    def union(self, other: Mask) -> Mask:
        """Return a mask that hides what either hides."""
        return Mask(tuple(dict.fromkeys((*self.polygons, *other.polygons))))

    def covers(self, other: Mask) -> bool:
        """Tell whether all that the other hides is hidden by this one."""
        return self.marks.issuperset(other.marks)

    @property
    def marks(self) -> frozenset[str]:
        """A short name of each polygon, by which a clip tells what it hides."""
        return frozenset(mark_of(polygon) for polygon in self.polygons)

    def paint(self, frame: VideoFrame) -> VideoFrame:
        """Return the picture with black polygons, in YUV 4:2:0 with 8 bits.

        What a decoder still predicts others from is left as it is. The picture given is
        used up: it may be the one that is painted and returned. Range and size stay; a
        picture that is to be smaller is scaled before. Every sample that a polygon touches is black in
        luma and chroma, and those nearer to it than `GROWN` and `LEAST_GROWN`.

        Raises MaskError, also for a picture that players would turn: then it is not
        the one on which the polygons were drawn.
        """
        try:
            painted = eight_bits(frame)
            painted.make_writable()
            black = 0 if is_full(painted) else 16
            luma, chroma = _patches(self.polygons, painted.width, painted.height)
            for plane, patches, value in zip(
                painted.planes,
                (luma, chroma, chroma),
                (black, _NEUTRAL, _NEUTRAL),
                strict=True,
            ):
                samples = _view(plane)
                for patch in patches:
                    patch.fill(samples, value)
        except MaskError:
            raise
        except Exception as error:
            raise MaskError(type(error).__name__) from error
        return painted

    def cells(self, rows: int, columns: int) -> Cells:
        """Return the cells of a grid over the picture that are to be hidden.

        Those are all that a polygon touches and their neighbours, into which scaling
        a picture down to the grid may have smeared it. Raises MaskError.
        """
        try:
            cells = [touched(polygon, columns, rows, 1) for polygon in self.polygons]
        except ValueError as error:
            raise MaskError(str(error)) from error
        return joined(cells, rows, columns)


NOTHING: Final = Mask(())
"""Where all may be seen: only who knows that says so (a test reads the source)."""
EVERYTHING: Final = Mask((WHOLE,))
"""The whole picture: what stands in for zones that cannot be read."""


def is_full(frame: VideoFrame) -> bool:
    """Tell whether a picture's black is 0, not 16."""
    return frame.format.name.startswith("yuvj") or frame.color_range == FULL


class _Scalers(local):
    """One a thread: FFmpeg prepares itself anew for each picture otherwise."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()


_SCALERS: Final = _Scalers()


def eight_bits(
    frame: VideoFrame,
    width: int | None = None,
    height: int | None = None,
    full: bool | None = None,
) -> VideoFrame:
    """Return a picture in YUV 4:2:0 with 8 bits; where nothing is to do, the same.

    Its range stays where ``full`` does not tell it. Raises MaskError for a picture that
    players would turn.
    """
    if frame.rotation:
        raise MaskError("turned")
    name = frame.format.name
    size = width or frame.width, height or frame.height
    was_full = is_full(frame)
    full = was_full if full is None else full
    if size == (frame.width, frame.height) and full == was_full:
        if name in _PAINTED:
            return frame
        if name == _GREY:
            return _coloured(frame)
    grey = name.startswith(_GREY)
    scaled = _SCALERS.scaler.reformat(
        frame,
        *size,
        format=_GREY if grey else "yuvj420p" if full else "yuv420p",
        src_color_range=FULL if was_full else LIMITED,
        dst_color_range=FULL if full else LIMITED,
        # More would be started and ended for each picture.
        threads=1,
    )
    return _coloured(scaled) if grey else scaled


def _coloured(frame: VideoFrame) -> VideoFrame:
    """Return a grey picture's copy with neutral colours, its samples untouched."""
    copy = VideoFrame(frame.width, frame.height, "yuv420p")
    copy.pts = frame.pts
    if frame.time_base:
        copy.time_base = frame.time_base
    copy.color_range, copy.colorspace = frame.color_range, frame.colorspace
    copy.color_primaries, copy.color_trc = frame.color_primaries, frame.color_trc
    for plane in copy.planes[1:]:
        _view(plane)[...] = _NEUTRAL
    _view(copy.planes[0])[...] = _view(frame.planes[0])
    return copy


def _view(plane: VideoPlane) -> Samples:
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]


@lru_cache(32)
def _patches(
    polygons: tuple[Polygon, ...], width: int, height: int
) -> tuple[tuple[Patch, ...], tuple[Patch, ...]]:
    """Return what is hidden of luma and of each chroma plane.

    It is reckoned in samples of chroma, 2x2 pixels, which lie over the same pixels in
    both, so what has lost its brightness has lost its colour.
    """
    grown = ceil(max(GROWN * max(width, height), LEAST_GROWN) / 2)
    luma: list[Patch] = []
    chroma: list[Patch] = []
    for polygon in polygons:
        cells = touched(polygon, width / 2, height / 2, grown)
        pixels = cells.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
        luma += filter(None, [Patch.around(pixels)])
        chroma += filter(None, [Patch.around(cells)])
    return tuple(luma), tuple(chroma)
