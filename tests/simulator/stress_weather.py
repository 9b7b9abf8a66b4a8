"""Stress by weather: rain, snow, insects before the lens, wind."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sin
from typing import override

import numpy as np

from .scene import Scene
from .stress_canvas import (
    Brush,
    Canvas,
    Effect,
    Floats,
    Moment,
    coordinates,
    interpolate,
    random_at,
    sigmoid,
)


@dataclass(frozen=True, slots=True)
class Rain(Effect):
    """Streaks, bright and thin; no drop is in two pictures.

    ``drops`` far ones are in a picture, and a few near ones, broad and blurred.
    """

    drops: int = 140
    near: int = 3

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        steps = np.arange(round(0.25 * height))

        def paint(canvas: Canvas, moment: Moment) -> None:
            random = random_at(scene, 1, moment.number)
            slant = 0.12 + 0.06 * sin(0.7 * moment.time)
            count = self.drops
            length = random.uniform(0.02, 0.08, count) * height
            light = np.minimum(8 + random.exponential(12, count), 60)
            wide = np.zeros(count)
            if self.near:
                length[: self.near] = random.uniform(0.1, 0.25, self.near) * height
                light[: self.near] = random.uniform(10, 25, self.near)
                wide[: self.near] = random.uniform(0.004, 0.012, self.near) * height
            top = random.uniform(-0.1, 1, count) * height
            left = random.uniform(-0.1, 1, count) * width
            broadest = round(float(wide.max(initial=0.0)))
            for across in range(broadest + 1):
                drawn = wide >= across
                rows = (top[drawn, None] + steps).astype(np.intp)
                columns = left[drawn, None] + slant * steps + across
                columns = columns.astype(np.intp)
                inside = (steps < length[drawn, None]) & (rows >= 0) & (rows < height)
                inside &= (columns >= 0) & (columns < width)
                lights = np.broadcast_to(light[drawn, None], inside.shape)
                canvas.luma[rows[inside], columns[inside]] += lights[inside]

        return paint


@dataclass(frozen=True, slots=True)
class Snow(Effect):
    """Flakes that fall and sway; the near ones are larger and faster."""

    flakes: int = 160

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        random = random_at(scene, 2)
        depth = random.uniform(0, 1, self.flakes) ** 2
        radius = (0.7 + 3.3 * depth) * height / 360
        speed = 0.12 + 0.45 * depth
        starts = random.uniform(0, 1, (2, self.flakes))
        sway = random.uniform(0.2, 1.0, self.flakes)
        light = random.uniform(40, 120, self.flakes)
        half = int(radius.max()) + 1
        offsets = np.arange(-half, half + 1)

        def paint(canvas: Canvas, moment: Moment) -> None:
            fallen = starts[1] + speed * moment.time
            turn = np.floor(fallen)
            drift = 0.01 * np.sin(2 * pi * sway * moment.time + 9 * starts[0])
            x = ((starts[0] + 0.618 * turn + drift) % 1 * 1.04 - 0.02) * width
            y = ((fallen - turn) * 1.04 - 0.02) * height
            rows = np.round(y).astype(np.intp)[:, None] + offsets
            columns = np.round(x).astype(np.intp)[:, None] + offsets
            away = (rows - y[:, None])[:, :, None] ** 2 + (columns - x[:, None])[
                :, None, :
            ] ** 2
            soft = np.clip(radius[:, None, None] + 0.5 - np.sqrt(away), 0, 1)
            soft = soft * light[:, None, None]
            inside = (soft > 0) & ((rows >= 0) & (rows < height))[:, :, None]
            inside &= ((columns >= 0) & (columns < width))[:, None, :]
            flake, row, column = np.nonzero(inside)
            where = (rows[flake, row], columns[flake, column])
            np.add.at(canvas.luma, where, soft[inside].astype(np.float32))
            np.minimum(canvas.luma, 235, out=canvas.luma)

        return paint


@dataclass(frozen=True, slots=True)
class Insects(Effect):
    """Large, blurred, bright things that shoot past the lens, a few pictures each.

    ``every`` is the mean time between two, in s.
    """

    every: float = 3.0
    longest: float = 0.6

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        random = random_at(scene, 3)
        count = int(2 * scene.duration / self.every) + 4
        starts = np.cumsum(random.exponential(self.every, count)) + 2.0
        lengths = random.uniform(0.2, self.longest, count)
        ends = random.uniform(-0.1, 1.1, (count, 3, 2))
        sizes = random.uniform(0.03, 0.11, count) * height
        lights = random.uniform(60, 150, count)

        def paint(canvas: Canvas, moment: Moment) -> None:
            time = moment.time
            for i in np.nonzero((starts <= time) & (time < starts + lengths))[0]:
                # Blurred by its own speed: drawn where it is during the exposure.
                for part in range(3):
                    at = (time + part * 0.012 - starts[i]) / lengths[i]
                    first, bend, last = ends[i]
                    x, y = (
                        (1 - at) ** 2 * first + 2 * at * (1 - at) * bend + at**2 * last
                    )
                    _glow(canvas.luma, x * width, y * height, sizes[i], lights[i] / 3)
            np.minimum(canvas.luma, 235, out=canvas.luma)

        return paint


@dataclass(frozen=True, slots=True)
class Shake(Effect):
    """The camera trembles in the wind, in gusts.

    ``amplitude`` is the largest displacement, in pixels of a picture 640 wide.
    """

    amplitude: float

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        largest = self.amplitude * width / 640
        phases = random_at(scene, 4).uniform(0, 2 * pi, 8).tolist()

        def paint(canvas: Canvas, moment: Moment) -> None:
            across, down = self.displacement(moment.time, phases)
            for plane, share in ((canvas.luma, 1.0), (canvas.u, 0.5), (canvas.v, 0.5)):
                plane[:] = _shifted(
                    plane, down * largest * share, across * largest * share
                )

        return paint

    @staticmethod
    def displacement(time: float, phases: Sequence[float]) -> tuple[float, float]:
        """Return how far it is displaced to the right and down, each -1..1."""
        gust = 0.3 + 0.7 * max(0.0, sin(0.45 * time + phases[0])) ** 2
        across = 0.6 * sin(2 * pi * 0.9 * time + phases[1])
        across += 0.4 * sin(2 * pi * 2.3 * time + phases[2])
        down = 0.5 * sin(2 * pi * 1.4 * time + phases[3])
        down += 0.2 * sin(2 * pi * 3.1 * time + phases[4])
        return gust * across, gust * down


@dataclass(frozen=True, slots=True)
class Tree(Effect):
    """A large tree at the right waves in the wind, in front of everything."""

    amplitude: float = 6.0
    """Of its top, in pixels of a picture 640 wide."""

    @override
    def prepare(self, scene: Scene, width: int, height: int, fps: float) -> Brush:
        left, bottom = round(TREE[0] * width), round(TREE[3] * height)
        across, down = width - left, bottom
        x, y = coordinates(across, down)
        random = random_at(scene, 5)
        leaves = random.uniform(36, 128, (down // 3 + 2, across // 3 + 2))
        texture = np.kron(leaves, np.ones((3, 3)))[:down, :across].astype(np.float32)
        ragged = np.kron(
            random.normal(0, 0.09, (down // 6 + 2, across // 6 + 2)), np.ones((6, 6))
        )[:down, :across]
        crown = ((x - 0.52) / 0.36) ** 2 + ((y - 0.42) / 0.36) ** 2 + ragged
        # It ends within its part of the picture, however far it bends.
        alpha: Floats = sigmoid(((1.0 - crown) / 0.05).astype(np.float32))
        alpha *= (x > 0.1) & (y > 0.03) & (y < 0.95)
        rows, columns = np.mgrid[0:down, 0:across].astype(np.float32)
        bend = self.amplitude * width / 640 * (1.2 - y)

        def paint(canvas: Canvas, moment: Moment) -> None:
            time = moment.time
            gust = 0.35 + 0.65 * max(0.0, sin(0.5 * time)) ** 2
            whole = 0.7 * sin(2 * pi * 0.55 * time)
            flutter = 0.4 * np.sin(2 * pi * 1.7 * time + 14 * y + 5 * x)
            moved = columns - gust * bend * (whole + flutter)
            cover = interpolate(alpha, rows, moved)
            window = canvas.luma[:down, left:]
            window += cover * (interpolate(texture, rows, moved) - window)
            for plane, green in ((canvas.u, 114.0), (canvas.v, 112.0)):
                half = plane[: -(-down // 2), left // 2 :]
                part = cover[left % 2 :: 2, left % 2 :: 2]
                half = half[: part.shape[0], : part.shape[1]]
                half += part * (green - half)

        return paint


TREE = (0.7, 0.0, 1.0, 0.62)
"""The part of the picture that the tree moves in: left, top, right, bottom."""


def _glow(luma: Floats, x: float, y: float, size: float, light: float) -> None:
    reach = 2.5 * size
    top, bottom = max(int(y - reach), 0), min(int(y + reach) + 1, luma.shape[0])
    left, right = max(int(x - reach), 0), min(int(x + reach) + 1, luma.shape[1])
    if top >= bottom or left >= right:
        return
    rows = np.exp(-(((np.arange(top, bottom) - y) / size) ** 2)).astype(np.float32)
    columns = np.exp(-(((np.arange(left, right) - x) / size) ** 2)).astype(np.float32)
    luma[top:bottom, left:right] += light * rows[:, None] * columns


def _shifted(plane: Floats, down: float, across: float) -> Floats:
    """Return a plane moved by a broken number of pixels; its edge goes on."""
    reach = int(max(abs(down), abs(across))) + 2
    wide = np.pad(plane, reach, mode="edge")
    height, width = plane.shape
    row, column = reach - down, reach - across
    top, left = int(row), int(column)
    row, column = row - top, column - left
    part = wide[top : top + height + 1, left : left + width + 1]
    part = part[:-1] * np.float32(1 - row) + part[1:] * np.float32(row)
    return part[:, :-1] * np.float32(1 - column) + part[:, 1:] * np.float32(column)
