"""Drawn pictures of a fixed camera, and their H.264: all in memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
import numpy as np
import numpy.typing as npt

from custom_components.hearthcam.engine.motion import Grid, grid_of
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet, VideoParameters

EPOCH = 1_800_000_000.0
WIDTH, HEIGHT = 320, 180

type Picture = npt.NDArray[np.float32]


def scenery(width: int = WIDTH, height: int = HEIGHT, seed: int = 1) -> Picture:
    """Return a still scene, luma: walls, a sky, a path, and texture on them."""
    random = np.random.default_rng(seed)
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    picture = np.repeat(150.0 - 60.0 * rows, width, axis=1)
    for _ in range(12):
        left, top = random.integers(0, width - 20), random.integers(0, height - 20)
        right, bottom = left + random.integers(15, 90), top + random.integers(15, 60)
        picture[top:bottom, left:right] = random.uniform(50, 190)
    blocks = random.normal(0, 6, (height // 6 + 1, width // 6 + 1))
    texture = np.kron(blocks, np.ones((6, 6)))[:height, :width]
    clipped: Picture = np.clip(picture + texture, 20, 220).astype(np.float32)
    return clipped


@dataclass(frozen=True, slots=True)
class Walker:
    """A rectangle that walks from left to right, and may stop on its way.

    ``speed`` is in pixels a second; it walks between ``enters`` and ``leaves``, and
    from ``stops`` on it stands where it is then.
    """

    enters: float
    leaves: float
    speed: float = 50.0
    stops: float = float("inf")
    luma: float = 30.0
    width: int = 16
    height: int = 44
    top: int = 90

    def draw(self, picture: Picture, time: float) -> None:
        """Paint it where it is at a time (s)."""
        if self.enters <= time < self.leaves:
            left = int(10 + self.speed * (min(time, self.stops) - self.enters))
            below = self.top + self.height
            picture[self.top : below, max(left, 0) : left + self.width] = self.luma


def noisy(picture: Picture, random: np.random.Generator, sigma: float) -> Picture:
    """Return a picture with a sensor's noise."""
    return picture + random.normal(0.0, sigma, picture.shape).astype(np.float32)


def pictures(
    seconds: float,
    *,
    fps: float = 5.0,
    walkers: Iterable[Walker] = (),
    sigma: float = 4.0,
    change: Callable[[Picture, float], Picture] | None = None,
    seed: int = 7,
    scene: Picture | None = None,
) -> Iterator[tuple[float, Picture]]:
    """Yield (time from 0, luma); ``change`` alters the scene before the noise."""
    random = np.random.default_rng(seed)
    still = scenery() if scene is None else scene
    walkers = tuple(walkers)
    for number in range(round(seconds * fps)):
        time = number / fps
        picture = still.copy()
        for walker in walkers:
            walker.draw(picture, time)
        if change is not None:
            picture = change(picture, time)
        yield time, noisy(picture, random, sigma)


def frame_of(picture: Picture, *, blue: int = 110, red: int = 140) -> VideoFrame:
    """Return a picture as a frame of evenly coloured yuv420p."""
    height, width = picture.shape
    planes = np.empty((height * 3 // 2, width), dtype=np.uint8)
    planes[:height] = np.clip(picture, 0, 255)
    chroma = planes[height:].reshape(-1)
    chroma[: chroma.size // 2], chroma[chroma.size // 2 :] = blue, red
    return VideoFrame.from_ndarray(planes, format="yuv420p")


def grid(picture: Picture, *, blue: int = 110, red: int = 140) -> Grid:
    """Return a picture's grid, as a decoder's frame would give it."""
    return grid_of(frame_of(picture, blue=blue, red=red))


def encode(
    drawn: Iterable[tuple[float, Picture]],
    *,
    fps: int = 10,
    gop: float = 2.0,
    codec: str = "libx264",
    b_frames: int = 0,
) -> tuple[VideoParameters, list[Packet]]:
    """Encode pictures as a camera would; packets are Annex B, times from EPOCH."""
    encoder: VideoCodecContext | None = None
    packets: list[Packet] = []
    width = height = 0

    def keep(units: Iterable[av.Packet[VideoStream]]) -> None:
        for unit in units:
            assert unit.pts is not None
            assert unit.dts is not None
            tick = TIME_BASE // fps
            packets.append(
                Packet(
                    bytes(unit),
                    int(EPOCH * TIME_BASE) + unit.pts * tick,
                    int(EPOCH * TIME_BASE) + unit.dts * tick,
                    tick,
                    unit.is_keyframe,
                )
            )

    for number, (_, picture) in enumerate(drawn):
        if encoder is None:
            height, width = picture.shape
            created = av.CodecContext.create(codec, "w")
            assert isinstance(created, VideoCodecContext)
            encoder = created
            encoder.width, encoder.height = width, height
            encoder.pix_fmt = "yuv420p"
            encoder.time_base = Fraction(1, fps)
            encoder.framerate = Fraction(fps)
            encoder.thread_count = 1
            every = round(gop * fps)
            parameters = f"keyint={every}:min-keyint={every}:scenecut=0"
            encoder.options = {
                "preset": "ultrafast",
                "crf": "26",
                f"{codec[3:]}-params": f"{parameters}:bframes={b_frames}",
            }
        frame = frame_of(picture)
        frame.pts = number
        frame.time_base = Fraction(1, fps)
        keep(encoder.encode(frame))
    assert encoder is not None
    keep(encoder.encode(None))
    name = {"libx264": "h264", "libx265": "hevc"}[codec]
    return VideoParameters(name, width, height, float(fps), b""), packets
