"""Draws the house front and its actors as planes of YUV 4:2:0."""

from collections.abc import Callable
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import barcode
from .scene import Box, Kind, Scene

Plane = npt.NDArray[np.uint8]
Grid = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class Colour(NamedTuple):
    """Luma and chroma, 8 bit, limited range."""

    y: int
    u: int
    v: int


class Part(NamedTuple):
    """A part of an actor: what it covers of the actor's box, and its colour."""

    mask: Mask
    colour: Colour


# Luma stays this far from 0 and 255, so that adding noise never wraps.
_DARKEST, _BRIGHTEST = 24, 228
_NOISE_LIMIT = 15


class Painter:
    """Draws the frames of one scene at one size (even width and height)."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        """Draw what stands still."""
        self.scene = scene
        self.width = width
        self.height = height
        self._background = _background(scene, width, height)
        sigma = scene.noise
        if sigma is None:
            sigma = 1.2 if scene.light == "day" else 2.5
        random = np.random.default_rng(scene.seed)
        # One field of noise, read at another place for every frame.
        field = random.normal(0, sigma, (height + 61, width + 127))
        self._noise = (
            np.clip(field.round(), -_NOISE_LIMIT, _NOISE_LIMIT)
            .astype(np.int8)
            .view(np.uint8)
        )

    def frame(
        self, number: int, fps: float, *, noise: bool = True, strip: bool = False
    ) -> Plane:
        """Return frame `number` as an array of (height * 3 / 2, width).

        The layout is PyAV's yuv420p. With `strip` the frame's number is drawn
        along the bottom (see barcode.py).
        """
        flat = self._background.copy()
        luma, u, v = planes(flat, self.width, self.height)
        time = number / fps
        for actor, box in self.scene.cast(time):
            self._draw(luma, u, v, box, time, mirrored=actor.facing_left(time))
        if noise:
            random = np.random.default_rng((self.scene.seed, number))
            top, left = int(random.integers(61)), int(random.integers(127))
            luma += self._noise[top : top + self.height, left : left + self.width]
        if strip:
            barcode.draw(luma, u, v, number)
        return flat.reshape(self.height * 3 // 2, self.width)

    def _draw(
        self, luma: Plane, u: Plane, v: Plane, box: Box, time: float, *, mirrored: bool
    ) -> None:
        # Even edges, so that luma and chroma cover the same place.
        left = 2 * math.floor(box.left * self.width / 2)
        right = 2 * math.ceil((box.left + box.width) * self.width / 2)
        top = 2 * math.floor(box.top * self.height / 2)
        bottom = 2 * math.ceil((box.top + box.height) * self.height / 2)
        x0, x1 = max(left, 0), min(right, self.width)
        y0, y1 = max(top, 0), min(bottom, self.height)
        if x0 >= x1 or y0 >= y1:
            return
        across = (np.arange(x0, x1) + 0.5) / self.width - box.left
        down = (np.arange(y0, y1) + 0.5) / self.height - box.top
        x, y = np.meshgrid(
            (across / box.width).astype(np.float32),
            (down / box.height).astype(np.float32),
        )
        if mirrored:
            x = 1 - x
        night = self.scene.light == "night"
        for mask, colour in _ACTORS[box.kind](x, y, time):
            inside = mask & (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
            tone = 48 + colour.y * 5 // 8 if night else colour.y
            luma[y0:y1, x0:x1][inside] = tone
            if not night:
                half = inside[::2, ::2]
                u[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2][half] = colour.u
                v[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2][half] = colour.v


def planes(flat: Plane, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """Return the views Y, U and V of a yuv420p buffer."""
    area = width * height
    flat = flat.reshape(-1)
    chroma = (height // 2, width // 2)
    return (
        flat[:area].reshape(height, width),
        flat[area : area * 5 // 4].reshape(chroma),
        flat[area * 5 // 4 :].reshape(chroma),
    )


def _ellipse(x: Grid, y: Grid, cx: float, cy: float, rx: float, ry: float) -> Mask:
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1


def _rectangle(x: Grid, y: Grid, x0: float, y0: float, x1: float, y1: float) -> Mask:
    return (x >= x0) & (x < x1) & (y >= y0) & (y < y1)


def _person(x: Grid, y: Grid, time: float) -> list[Part]:
    swing = 0.24 * math.sin(time * 2 * math.pi * 1.6)
    leg = (y - 0.52) / 0.48 * swing
    legs = (y > 0.52) & ((abs(x - 0.42 - leg) < 0.12) | (abs(x - 0.58 + leg) < 0.12))
    return [
        Part(legs, Colour(58, 134, 124)),
        # The coat reaches to the edges, so that the box is where the person is.
        Part(_rectangle(x, y, 0, 0.2, 1, 0.44), Colour(96, 112, 172)),
        Part(_rectangle(x, y, 0.14, 0.17, 0.86, 0.58), Colour(82, 110, 178)),
        Part(_ellipse(x, y, 0.5, 0.09, 0.26, 0.09), Colour(176, 112, 148)),
        Part(_ellipse(x, y, 0.5, 0.045, 0.25, 0.05), Colour(52, 128, 130)),
    ]


def _car(x: Grid, y: Grid, time: float) -> list[Part]:
    del time
    cabin = (y >= 0) & (y < 0.45) & (abs(x - 0.47) < 0.2 + 0.3 * y)
    glass = (y >= 0.08) & (y < 0.38) & (abs(x - 0.47) < 0.15 + 0.28 * y)
    return [
        Part(_rectangle(x, y, 0, 0.38, 1, 0.82), Colour(120, 96, 200)),
        Part(cabin, Colour(112, 98, 196)),
        Part(glass & (abs(x - 0.47) > 0.012), Colour(66, 134, 122)),
        Part(_ellipse(x, y, 0.2, 0.8, 0.09, 0.2), Colour(36, 128, 128)),
        Part(_ellipse(x, y, 0.8, 0.8, 0.09, 0.2), Colour(36, 128, 128)),
        Part(_rectangle(x, y, 0.97, 0.45, 1, 0.58), Colour(222, 110, 138)),
    ]


def _cat(x: Grid, y: Grid, time: float) -> list[Part]:
    step = 0.05 * math.sin(time * 2 * math.pi * 2.4)
    fur = Colour(70, 118, 142)
    legs = (y > 0.6) & (
        (abs(x - 0.3 - step) < 0.035)
        | (abs(x - 0.36 + step) < 0.035)
        | (abs(x - 0.68 - step) < 0.035)
        | (abs(x - 0.74 + step) < 0.035)
    )
    tail = (abs(y - 0.1 - 1.6 * (x - 0.02)) < 0.09) & (x < 0.26)
    ears = (y < 0.22) & (abs(abs(x - 0.88) - 0.06) < 0.03 + 0.1 * y)
    return [
        Part(legs | tail, fur),
        Part(_ellipse(x, y, 0.5, 0.5, 0.32, 0.26), fur),
        Part(_ellipse(x, y, 0.88, 0.32, 0.12, 0.2) | ears, Colour(78, 118, 140)),
    ]


_ACTORS: dict[Kind, Callable[[Grid, Grid, float], list[Part]]] = {
    "person": _person,
    "car": _car,
    "cat": _cat,
}


def _background(scene: Scene, width: int, height: int) -> Plane:
    """Draw the house front without anybody."""
    random = np.random.default_rng(scene.seed + 1)
    x, y = np.meshgrid(
        ((np.arange(width) + 0.5) / width).astype(np.float32),
        ((np.arange(height) + 0.5) / height).astype(np.float32),
    )
    luma = 205 - 40 * y
    u = np.full_like(x, 142)
    v = np.full_like(x, 118)

    def paint(mask: Mask, colour: Colour, texture: Grid | float = 0.0) -> None:
        nonlocal luma
        luma = np.where(mask, colour.y + texture, luma)
        u[mask], v[mask] = colour.u, colour.v

    # Texture in steps of a few pixels: what grass and plaster leave in a picture.
    coarse = random.normal(0, 1, (height // 4 + 1, width // 4 + 1))
    grain = np.kron(coarse, np.ones((4, 4)))[:height, :width].astype(np.float32)
    bricks = 9.0 * ((y * 46 % 1 < 0.14) | ((x * 40 + (y * 46 // 1 % 2) / 2) % 1 < 0.07))
    paint(y > 0.62, Colour(104, 112, 116), grain * 7)  # lawn
    paint(_rectangle(x, y, 0.18, 0.26, 0.86, 0.7), Colour(138, 116, 146), bricks)
    roof = (y > 0.08) & (y < 0.28) & (abs(x - 0.52) < 0.12 + (y - 0.08) * 1.35)
    paint(roof, Colour(86, 118, 150), 8.0 * (y * 60 % 1 < 0.25))
    for left in (0.24, 0.69):
        paint(
            _rectangle(x, y, left - 0.012, 0.355, left + 0.132, 0.555),
            Colour(206, 126, 128),
        )
        bars = (abs(x - left - 0.06) < 0.004) | (abs(y - 0.455) < 0.006)
        paint(
            _rectangle(x, y, left, 0.37, left + 0.12, 0.54),
            Colour(80, 136, 122),
            100.0 * bars,
        )
    paint(_rectangle(x, y, 0.508, 0.395, 0.632, 0.7), Colour(204, 126, 130))
    paint(_rectangle(x, y, 0.52, 0.41, 0.62, 0.7), Colour(74, 122, 146), grain * 2)
    paint(_ellipse(x, y, 0.608, 0.56, 0.005, 0.009), Colour(196, 100, 144))
    path = (y > 0.7) & (y < 0.82) & (abs(x - 0.57) < 0.06 + (y - 0.7) * 0.7)
    paint(path, Colour(160, 126, 130), grain * 4)
    paint(y > 0.82, Colour(118, 128, 128), grain * 4)  # street
    paint(_ellipse(x, y, 0.075, 0.36, 0.1, 0.22), Colour(82, 114, 114), grain * 12)
    paint(_rectangle(x, y, 0.066, 0.5, 0.086, 0.72), Colour(76, 122, 138))

    if scene.light == "night":
        # An infra-red picture: no colour, bright near the camera, a porch lamp.
        lamp = np.exp(-(((x - 0.64) / 0.12) ** 2 + ((y - 0.42) / 0.2) ** 2))
        near = 0.22 + 0.3 * np.exp(-(((x - 0.5) / 0.6) ** 2)) * np.clip(y, 0, 1)
        luma = 16 + luma * np.clip(near + 0.5 * lamp, 0, 0.8)
        u[:], v[:] = 128, 128
    flat = np.empty(width * height * 3 // 2, dtype=np.uint8)
    out_luma, out_u, out_v = planes(flat, width, height)
    out_luma[:] = np.clip(luma, _DARKEST, _BRIGHTEST)
    out_u[:] = u[::2, ::2]
    out_v[:] = v[::2, ::2]
    return flat
