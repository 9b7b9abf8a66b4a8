"""Stress by the camera itself: noise of its sensor, a clock in its picture."""

from dataclasses import dataclass
from typing import override

import numpy as np

from .scene import Scene
from .stress_canvas import Brush, Canvas, Effect, Moment, random_at

CLOCK = (0.02, 0.03, 0.36, 0.085)
"""The part of the picture that the clock covers: left, top, right, bottom."""
# Each digit's segments: top, left above, right above, middle, left below, right
# below, bottom.
_SEGMENTS = {
    **dict(
        zip(
            "0123456789",
            (
                "1110111",
                "0010010",
                "1011101",
                "1011011",
                "0111010",
                "1101011",
                "1101111",
                "1010010",
                "1111111",
                "1111011",
            ),
            strict=True,
        )
    ),
    "-": "0001000",
}
_WIDE, _HIGH = 5, 9
_START = 1_790_000_000


@dataclass(frozen=True, slots=True)
class Noise(Effect):
    """Noise of the sensor; ``sigma`` in luma, half of it in chroma where colourful."""

    sigma: float

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        field = random_at(scene, 6).standard_normal(
            (height + 61, width + 127), dtype=np.float32
        )

        def paint(canvas: Canvas, moment: Moment) -> None:
            # One field, read at another place, and another way round, each time.
            random = random_at(scene, 7, moment.number)
            top, left = int(random.integers(61)), int(random.integers(127))
            part = field[top : top + height, left : left + width]
            part = part[:: random.choice((-1, 1)), :: random.choice((-1, 1))]
            canvas.luma += np.float32(self.sigma * random.choice((-1, 1))) * part
            if (canvas.u != 128).any():
                canvas.u += np.float32(self.sigma / 2) * part[::2, ::2]
                canvas.v += np.float32(self.sigma / 2) * part[1::2, 1::2]

        return paint


@dataclass(frozen=True, slots=True)
class Clock(Effect):
    """Date and time in the picture's corner, white on black, a tick a second."""

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        left, top = round(CLOCK[0] * width), round(CLOCK[1] * height)
        right, bottom = round(CLOCK[2] * width), round(CLOCK[3] * height)

        def paint(canvas: Canvas, moment: Moment) -> None:
            second = _START + int(moment.time + 1e-6)
            text = str(np.datetime64(second, "s")).replace("T", " ")
            drawn = _written(text)
            rows = np.arange(bottom - top) * drawn.shape[0] // (bottom - top)
            columns = np.arange(right - left) * drawn.shape[1] // (right - left)
            canvas.luma[top:bottom, left:right] = drawn[rows[:, None], columns]
            for plane in (canvas.u, canvas.v):
                plane[top // 2 : bottom // 2, left // 2 : right // 2] = 128

        return paint


def _written(text: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    picture = np.full((_HIGH + 4, (_WIDE + 2) * len(text) + 2), 20, dtype=np.float32)
    for number, letter in enumerate(text):
        glyph = picture[2 : 2 + _HIGH, 2 + number * (_WIDE + 2) :][:, :_WIDE]
        if letter == ":":
            glyph[2:4, 2:4] = glyph[5:7, 2:4] = 230
        parts = (
            (slice(0, 1), slice(None)),
            (slice(0, 5), slice(0, 1)),
            (slice(0, 5), slice(4, 5)),
            (slice(4, 5), slice(None)),
            (slice(4, 9), slice(0, 1)),
            (slice(4, 9), slice(4, 5)),
            (slice(8, 9), slice(None)),
        )
        for part, drawn in zip(parts, _SEGMENTS.get(letter, "0" * 7), strict=True):
            if drawn == "1":
                glyph[part] = 230
    return picture
