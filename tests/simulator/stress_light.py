"""Stress by light: exposure steps, lamps, the infra-red switch, shadows of clouds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import override

import numpy as np

from .painter import Painter
from .scene import Scene
from .stress_canvas import (
    BLACK,
    Brush,
    Canvas,
    Effect,
    Floats,
    Moment,
    coordinates,
    sigmoid,
)


@dataclass(frozen=True, slots=True)
class GainSteps(Effect):
    """The camera's gain jumps, from one picture to the next.

    ``steps`` are (time, gain from then on); 1 is the scene as drawn.
    """

    steps: tuple[tuple[float, float], ...]

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        def paint(canvas: Canvas, moment: Moment) -> None:
            _lighten(canvas, _latest(self.steps, moment.time)[1])

        return paint


@dataclass(frozen=True, slots=True)
class Lamp(Effect):
    """A lamp is switched: on at even places of ``times``, off at odd ones.

    ``dark`` is the light without it. ``half``: it lights the right half only, with a
    soft edge. The camera's exposure overshoots, and settles within a second.
    """

    times: tuple[float, ...]
    dark: float = 0.45
    half: bool = False

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        x, y = coordinates(width, height)
        lit: Floats | float = 1.0
        if self.half:
            lit = sigmoid((x - 0.5 - 0.12 * y) / 0.05)

        def paint(canvas: Canvas, moment: Moment) -> None:
            done = [time for time in self.times if time <= moment.time]
            if len(done) % 2:
                overshoot = 0.2 * exp(-(moment.time - done[-1]) / 0.4)
                light = 1.0 + (0.0 if self.half else overshoot)
            else:
                light = self.dark
            _lighten(canvas, 1.0 + (light - 1.0) * lit)

        return paint


@dataclass(frozen=True, slots=True)
class Infrared(Effect):
    """The camera goes to its infra-red picture and back, at each of ``times``.

    The first goes to infra-red: chroma collapses, the camera's own lamp lights
    another part of the scene. As on the footage, some pictures are nearly white
    before the exposure settles.
    """

    times: tuple[float, ...]

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        night = Painter(replace(scene, light="night"), width, height)

        def paint(canvas: Canvas, moment: Moment) -> None:
            done = [time for time in self.times if time <= moment.time]
            if len(done) % 2:
                picture = night.frame(moment.number, fps, noise=False)
                dark = Canvas.of(picture, width, height)
                canvas.luma, canvas.u, canvas.v = dark.luma, dark.u, dark.v
            if done:
                _lighten(canvas, 1.0 + 4.0 * exp(-(moment.time - done[-1]) / 0.2))

        return paint


@dataclass(frozen=True, slots=True)
class Clouds(Effect):
    """Shadows of clouds go over everything: large, soft and slow.

    ``depth`` is the share of light that a shadow takes, ``speed`` in widths of the
    picture a second.
    """

    depth: float = 0.4
    speed: float = 0.05

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        # A quarter of the size is plenty for what is a third of the picture wide.
        x, y = coordinates(-(-width // 4), -(-height // 4))

        def paint(canvas: Canvas, moment: Moment) -> None:
            gone = self.speed * moment.time
            field = np.sin(2 * np.pi * (0.7 * (x - gone) + 0.15 * y))
            field = field + 0.6 * np.sin(2 * np.pi * (0.37 * (x - gone) - 0.4 * y + 1))
            shade = 1.0 - self.depth * sigmoid((field - 0.5) / 0.3)
            large = np.repeat(np.repeat(shade, 4, axis=0), 4, axis=1)
            _lighten(canvas, large[:height, :width])

        return paint


def _latest(steps: Sequence[tuple[float, float]], time: float) -> tuple[float, float]:
    return max((step for step in steps if step[0] <= time), default=(0.0, 1.0))


def _lighten(canvas: Canvas, gain: Floats | float) -> None:
    canvas.luma = np.minimum(BLACK + (canvas.luma - BLACK) * gain, 235.0).astype(
        np.float32, copy=False
    )
