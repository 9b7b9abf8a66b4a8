"""What happens in front of the simulated camera: the ground truth of a drawn loop."""

from collections.abc import Iterator
from dataclasses import dataclass
import math
from typing import Literal

Kind = Literal["person", "car", "cat"]
Light = Literal["day", "night"]

# Width of an actor's box per height, on a picture of 16:9.
_PICTURE = 9 / 16
ASPECT: dict[Kind, float] = {"person": 0.36, "car": 2.4, "cat": 1.7}


@dataclass(frozen=True, slots=True)
class Box:
    """Where an actor is: left, top, width and height in parts of the picture."""

    kind: Kind
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where an actor's box stands at a time: its centre and its lower edge."""

    time: float
    """Seconds from the start of the loop."""
    x: float
    foot: float


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who goes along waypoints, visible from the first to the last."""

    kind: Kind
    height: float
    """Height of the box in parts of the picture."""
    path: tuple[Waypoint, ...]

    @property
    def width(self) -> float:
        """Width of the box in parts of the picture."""
        return self.height * ASPECT[self.kind] * _PICTURE

    @property
    def start(self) -> float:
        """Return when the box touches the picture; the next frame shows it."""
        return self.path[0].time

    @property
    def end(self) -> float:
        """Return when the box has left the picture."""
        return self.path[-1].time

    def box(self, time: float) -> Box | None:
        """Return the whole box at a loop time (it may stick out of the picture)."""
        if not self.start < time < self.end:
            return None
        for before, after in zip(self.path, self.path[1:], strict=False):
            if time <= after.time:
                part = (time - before.time) / (after.time - before.time)
                x = before.x + part * (after.x - before.x)
                foot = before.foot + part * (after.foot - before.foot)
                return Box(
                    self.kind,
                    x - self.width / 2,
                    foot - self.height,
                    self.width,
                    self.height,
                )
        return None

    def facing_left(self, time: float) -> bool:
        """Return whether the actor goes to the left at a time."""
        for before, after in zip(self.path, self.path[1:], strict=False):
            if time <= after.time and before.x != after.x:
                return after.x < before.x
        return False


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of loop time in which one actor is in the picture."""

    kind: Kind
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A loop of the house front: its light, its actors, its sensor noise."""

    duration: float
    """Seconds of the loop; a multiple of the distance of keyframes is best."""
    actors: tuple[Actor, ...] = ()
    light: Light = "day"
    noise: float | None = None
    """Standard deviation of the luma noise; None: 1.2 by day, 2.5 by night."""
    seed: int = 1

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Return when who is in the picture, in order of their starts."""
        spans = (Interval(a.kind, a.start, a.end) for a in self.actors)
        return tuple(sorted(spans, key=lambda span: span.start))

    def boxes(self, time: float) -> list[Box]:
        """Return the boxes at a loop time, clipped to the picture."""
        return [box for _, whole in self.cast(time) if (box := _clip(whole))]

    def cast(self, time: float) -> Iterator[tuple[Actor, Box]]:
        """Yield every actor in the picture with its whole box."""
        for actor in self.actors:
            if box := actor.box(time):
                yield actor, box

    def first_frame(self, interval: Interval, fps: float) -> int:
        """Return the number of the first frame that shows the interval's actor."""
        return math.floor(interval.start * fps + 1e-6) + 1

    def last_frame(self, interval: Interval, fps: float) -> int:
        """Return the number of the last frame that shows the interval's actor."""
        return math.ceil(interval.end * fps - 1e-6) - 1


def _clip(box: Box) -> Box | None:
    left, top = max(box.left, 0.0), max(box.top, 0.0)
    width = min(box.left + box.width, 1.0) - left
    height = min(box.top + box.height, 1.0) - top
    return Box(box.kind, left, top, width, height) if width > 0 < height else None


def crossing(
    kind: Kind,
    start: float,
    end: float,
    *,
    height: float = 0.45,
    foot: float = 0.88,
    leftwards: bool = False,
) -> Actor:
    """Return an actor who goes through the picture from edge to edge."""
    half = height * ASPECT[kind] * _PICTURE / 2
    edges = (1 + half, -half) if leftwards else (-half, 1 + half)
    path = (Waypoint(start, edges[0], foot), Waypoint(end, edges[1], foot))
    return Actor(kind, height, path)


def visit(
    kind: Kind, start: float, end: float, *, height: float = 0.42, at: float = 0.57
) -> Actor:
    """Return an actor who comes from the left to the door, stands and goes back."""
    half = height * ASPECT[kind] * _PICTURE / 2
    third = (end - start) / 3
    path = (
        Waypoint(start, -half, 0.9),
        Waypoint(start + third, at, 0.8),
        Waypoint(end - third, at, 0.8),
        Waypoint(end, -half, 0.9),
    )
    return Actor(kind, height, path)


def house_scene(light: Light = "day") -> Scene:
    """Return the minute of the demo: a visitor, a car, a cat, and quiet between."""
    return Scene(
        duration=60.0,
        actors=(
            visit("person", 8.0, 17.0),
            crossing("car", 29.0, 33.0, height=0.2, foot=0.93, leftwards=True),
            crossing("cat", 45.0, 51.0, height=0.12, foot=0.86),
        ),
        light=light,
    )


def short_scene(light: Light = "day") -> Scene:
    """Return a loop for tests: 8 s of quiet, a person for 5 s, 7 s of quiet."""
    return Scene(20.0, (crossing("person", 8.0, 13.0),), light)
