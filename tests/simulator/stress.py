"""Clips of what is no motion, drawn: each as an empty one, and with people in it.

    for clip in (*empty_clips(), *present_clips()):
        path = clip.encode(default_cache())   # H.264, made once and kept
        clip.present                          # when somebody is in the picture

Everything is a function of the clip and the picture's number: the same picture is
drawn whenever it is asked for. `StressClip.source` is what a simulated camera shows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
import hashlib
from pathlib import Path

import av

from .encode import Encoding, default_cache, encode_pictures
from .painter import Painter, Plane
from .scene import Actor, Light, Scene, crossing
from .source import VideoFile
from .stress_canvas import Canvas, Effect, Moment
from .stress_light import Clouds, GainSteps, Infrared, Lamp
from .stress_sensor import Clock, Noise
from .stress_weather import Insects, Rain, Shake, Snow, Tree

_DRAWING = ("canvas", "light", "sensor", "weather")
_QUALITY = 28
EMPTY_SECONDS = 60.0
"""Length of an empty clip, where no other is asked for."""

PEOPLE: tuple[Actor, ...] = (
    # Small and far; as people walk; large, running; as people stroll.
    crossing("person", 14.0, 28.0, height=0.08, foot=0.76),
    crossing("person", 36.0, 43.0, height=0.25, foot=0.84, leftwards=True),
    crossing("person", 51.0, 53.5, height=0.6, foot=0.98),
    crossing("person", 62.0, 80.0, height=0.35, foot=0.9, leftwards=True),
)
"""Who crosses the picture of a clip with people, one after the other."""
PRESENT_SECONDS = 88.0


@dataclass(frozen=True, slots=True)
class StressClip:
    """One clip: who is in it, and what disturbs."""

    name: str
    group: str
    """What kinds of stress belong together: "light", "weather", "wind", "camera"."""
    truth: Scene
    """The house front and its actors; its noise is not drawn, `Noise` does that."""
    effects: tuple[Effect, ...] = ()
    width: int = 640
    height: int = 360
    fps: float = 10.0
    gop: float = 2.0
    bitrate: int = 512_000
    quality: int | None = _QUALITY
    """As cameras do by default (VBR), see `Encoding`; None is CBR."""

    @property
    def seconds(self) -> float:
        """The clip's length."""
        return self.truth.duration

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return round(self.seconds * self.fps)

    @property
    def present(self) -> tuple[tuple[float, float], ...]:
        """When somebody is in the picture: times of first and last such picture."""
        return tuple(
            (
                self.truth.first_frame(interval, self.fps) / self.fps,
                self.truth.last_frame(interval, self.fps) / self.fps,
            )
            for interval in self.truth.intervals
        )

    @property
    def empty(self) -> tuple[tuple[float, float], ...]:
        """When nobody is; from the beginning to the end of the clip."""
        edges = [0.0]
        for start, end in self.present:
            edges += [start, end]
        edges.append(self.seconds)
        spans = zip(edges[::2], edges[1::2], strict=True)
        return tuple((start, end) for start, end in spans if end > start)

    def with_size(self, width: int, height: int) -> StressClip:
        """Return the same clip in another size, at a rate that fits it."""
        pixels = width * height / (self.width * self.height)
        return replace(
            self, width=width, height=height, bitrate=round(self.bitrate * pixels)
        )

    def without_people(self) -> StressClip:
        """Return the same disturbances, and nobody there."""
        return replace(self, truth=replace(self.truth, actors=()))

    def artist(self) -> Callable[[int], Plane]:
        """Return what draws any of its pictures as an array in PyAV's yuv420p."""
        painter = Painter(self.truth, self.width, self.height)
        brushes = [
            effect.prepare(self.truth, self.width, self.height, self.fps)
            for effect in self.effects
        ]

        def draw(number: int) -> Plane:
            picture = painter.frame(number, self.fps, noise=False)
            canvas = Canvas.of(picture, self.width, self.height)
            for brush in brushes:
                brush(canvas, Moment(number, number / self.fps))
            return canvas.finished()

        return draw

    def pictures(self) -> Iterator[av.VideoFrame]:
        """Yield all pictures, not encoded, with their times."""
        draw = self.artist()
        rate = Fraction(self.fps).limit_denominator(1001)
        for number in range(self.frames):
            frame = av.VideoFrame.from_ndarray(draw(number), format="yuv420p")
            frame.pts = number
            frame.time_base = 1 / rate
            yield frame

    def encode(self, cache: Path | None = None) -> Path:
        """Return an H.264 file of it, made now or earlier; blocks."""
        files = (Path(__file__).with_name(f"stress_{name}.py") for name in _DRAWING)
        drawing = hashlib.sha256(b"".join(file.read_bytes() for file in files))
        encoding = Encoding(
            "h264",
            self.width,
            self.height,
            self.fps,
            self.gop,
            self.bitrate,
            self.quality,
        )
        named = repr((self.truth, self.effects, drawing.hexdigest()))
        return encode_pictures(cache or default_cache(), named, encoding, self.pictures)

    def source(self, cache: Path | None = None) -> VideoFile:
        """Return it as what a simulated camera shows in a loop; blocks."""
        return VideoFile(self.encode(cache))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of stress; ``effects`` takes the times of its switches."""

    group: str
    effects: Callable[[tuple[float, ...]], tuple[Effect, ...]]
    light: Light = "day"
    noise: float = 1.5
    bitrate: int = 512_000
    gop: float = 2.0
    quality: int | None = _QUALITY


def _gains(times: tuple[float, ...]) -> tuple[Effect, ...]:
    gains = (1.3, 1.0, 0.7, 1.0)
    return (GainSteps(tuple((t, gains[i % 4]) for i, t in enumerate(times))),)


_KINDS: dict[str, _Kind] = {
    "ir-switch": _Kind("light", lambda times: (Infrared(times),)),
    "light-room": _Kind("light", lambda times: (Lamp(times),)),
    "light-half": _Kind("light", lambda times: (Lamp(times, 0.55, half=True),)),
    "gain-step": _Kind("light", _gains),
    "clouds": _Kind("light", lambda times: (Clouds(),)),
    "rain": _Kind("weather", lambda times: (Rain(),)),
    "snow": _Kind("weather", lambda times: (Snow(),)),
    "insects": _Kind("weather", lambda times: (Insects(),), "night", 3.0),
    "tree": _Kind("wind", lambda times: (Tree(),)),
    "shake": _Kind("wind", lambda times: (Shake(1.5),)),
    "shake-hard": _Kind("wind", lambda times: (Shake(5.0),)),
    "noise-day": _Kind("camera", lambda times: (), "day", 4.0),
    "noise-night": _Kind("camera", lambda times: (), "night", 8.0),
    "pulses": _Kind("camera", lambda times: (), "day", 3.0, 80_000, 4.0, None),
    "clock": _Kind("camera", lambda times: (Clock(),)),
}
KINDS = tuple(_KINDS)
"""The names of all kinds of stress."""


def empty_clip(
    kind: str, seconds: float = EMPTY_SECONDS, *, seed: int = 1
) -> StressClip:
    """Return a kind of stress with nobody there; what switches, does every 12 s."""
    times = tuple(15.0 + 12.0 * i for i in range(int((seconds - 15) // 12) + 1))
    return _clip(kind, kind, Scene(seconds, seed=seed), times)


def present_clip(kind: str, *, seed: int = 1) -> StressClip:
    """Return a kind of stress with people crossing.

    What switches does so while nobody is there, and while somebody is.
    """
    scene = Scene(PRESENT_SECONDS, PEOPLE, seed=seed)
    return _clip(kind, f"{kind}-people", scene, (11.0, 32.0, 47.0, 70.0))


def empty_clips(seconds: float = EMPTY_SECONDS) -> tuple[StressClip, ...]:
    """Return every kind of stress with nobody there."""
    return tuple(empty_clip(kind, seconds) for kind in _KINDS)


def present_clips() -> tuple[StressClip, ...]:
    """Return every kind of stress with people crossing."""
    return tuple(present_clip(kind) for kind in _KINDS)


def _clip(name: str, title: str, scene: Scene, times: tuple[float, ...]) -> StressClip:
    kind = _KINDS[name]
    effects = kind.effects(times)
    # What is written over the picture comes behind the sensor.
    before = tuple(effect for effect in effects if not isinstance(effect, Clock))
    behind = tuple(effect for effect in effects if isinstance(effect, Clock))
    return StressClip(
        title,
        kind.group,
        replace(scene, light=kind.light),
        (*before, Noise(kind.noise), *behind),
        gop=kind.gop,
        bitrate=kind.bitrate,
        quality=kind.quality,
    )
