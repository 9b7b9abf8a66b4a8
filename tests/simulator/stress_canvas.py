"""What drawn stress is made of: a picture in floats, and effects that change it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from .painter import Plane, planes
from .scene import Scene

type Floats = npt.NDArray[np.float32]

BLACK = 16.0
"""Luma of black, limited range: what a gain leaves where it is."""


@dataclass(slots=True)
class Canvas:
    """One picture on its way: luma of (height, width), chroma of half of both."""

    luma: Floats
    u: Floats
    v: Floats

    @classmethod
    def of(cls, picture: Plane, width: int, height: int) -> Canvas:
        """Take over a picture in PyAV's layout of yuv420p."""
        luma, u, v = planes(picture, width, height)
        return cls(*(plane.astype(np.float32) for plane in (luma, u, v)))

    @property
    def width(self) -> int:
        """The width in pixels."""
        return int(self.luma.shape[1])

    @property
    def height(self) -> int:
        """The height in pixels."""
        return int(self.luma.shape[0])

    def finished(self) -> Plane:
        """Return the picture in PyAV's layout of yuv420p."""
        flat = np.empty(self.width * self.height * 3 // 2, dtype=np.uint8)
        for out, plane in zip(
            planes(flat, self.width, self.height),
            (self.luma, self.u, self.v),
            strict=True,
        ):
            out[:] = np.clip(plane + 0.5, 0, 255)
        return flat.reshape(self.height * 3 // 2, self.width)


class Moment(NamedTuple):
    """A picture's number in its clip, and its time in seconds."""

    number: int
    time: float


type Brush = Callable[[Canvas, Moment], None]
"""Changes a canvas in place, the same at the same moment."""


class Effect(Protocol):
    """One kind of stress."""

    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        """Compute what all pictures share; every length scales with the picture."""


def random_at(scene: Scene, salt: int, number: int = 0) -> np.random.Generator:
    """Return a generator that belongs to one effect and one picture."""
    return np.random.default_rng((scene.seed, salt, number))


def coordinates(width: int, height: int) -> tuple[Floats, Floats]:
    """Return x of (1, width) and y of (height, 1), 0..1, at the pixels' centres."""
    x: Floats = ((np.arange(width) + 0.5) / width).astype(np.float32)
    y: Floats = ((np.arange(height) + 0.5) / height).astype(np.float32)
    return x[None, :], y[:, None]


def sigmoid(value: npt.NDArray[np.floating]) -> Floats:
    """Return 0..1, smoothly."""
    result: Floats = (1.0 / (1.0 + np.exp(-value))).astype(np.float32)
    return result


def interpolate(plane: Floats, rows: Floats, columns: Floats) -> Floats:
    """Return a plane read at broken places, bilinearly; the edge goes on outside."""
    rows = np.clip(rows, 0, plane.shape[0] - 1)
    columns = np.clip(columns, 0, plane.shape[1] - 1)
    top = np.minimum(rows.astype(np.intp), plane.shape[0] - 2)
    left = np.minimum(columns.astype(np.intp), plane.shape[1] - 2)
    down, right = rows - top, columns - left
    above = plane[top, left] * (1 - right) + plane[top, left + 1] * right
    below = plane[top + 1, left] * (1 - right) + plane[top + 1, left + 1] * right
    result: Floats = (above * (1 - down) + below * down).astype(np.float32)
    return result
