"""A camera without a network, whoever watches it, and what they were shown."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
import io
from pathlib import Path
import threading
from threading import Condition
import time
from typing import Any, Protocol

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
import numpy as np
from PIL import Image
import pytest

from custom_components.hearthcam.engine.camera import Camera
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.feed import Feed
from custom_components.hearthcam.engine.masking.inside import pixels_of, seen_in
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.packet import (
    TIME_BASE,
    AudioParameters,
    Packet,
    VideoParameters,
)
from custom_components.hearthcam.engine.protocol import (
    ConfigureCamera,
    Means,
    Mode,
    Output,
    OutputState,
    Point,
    PrivacyState,
    PrivacyZone,
    Profile,
    Report,
    StreamSource,
)
from tests.unhidden import UNHIDDEN

from .motion.drawn import EPOCH, Picture, encode

FPS = 10

type Stream = tuple[VideoParameters, tuple[Packet, ...]]


def box(left: float, top: float, right: float, bottom: float) -> tuple[Point, ...]:
    """Return a rectangle."""
    return (
        Point(left, top),
        Point(right, top),
        Point(right, bottom),
        Point(left, bottom),
    )


LEFT = PrivacyZone("left", box(0.1, 0.2, 0.4, 0.8))
RIGHT = PrivacyZone("right", box(0.6, 0.2, 0.9, 0.8))


def glare(
    seconds: float, width: int, height: int, *, masked: bool = False
) -> Iterator[tuple[float, Picture]]:
    """Yield bright bars that move: black nowhere, and never twice the same.

    ``masked``: but for a rectangle around ``LEFT``, as a camera does it.
    """
    columns = np.arange(width, dtype=np.float32)
    for number in range(round(seconds * FPS)):
        row = 190 + 50 * np.sin((columns + 7 * number) / 9, dtype=np.float32)
        picture = np.repeat(row[None, :], height, axis=0)
        if masked:
            top, below = round(0.15 * height), round(0.85 * height)
            picture[top:below, round(0.05 * width) : round(0.45 * width)] = 16
        yield number / FPS, picture


@cache
def film(
    seconds: float = 20.0,
    *,
    codec: str = "h264",
    width: int = 320,
    height: int = 180,
    gop: float = 1.0,
    masked: bool = False,
) -> tuple[VideoParameters, tuple[Packet, ...]]:
    """Return such bars as a camera sends them, from ``EPOCH`` on."""
    encoder = {"h264": "libx264", "hevc": "libx265"}[codec]
    pictures = glare(seconds, width, height, masked=masked)
    video, packets = encode(pictures, fps=FPS, gop=gop, codec=encoder)
    return video, tuple(packets)


class Watching:
    """Somebody who watches, and remembers all that came."""

    def __init__(self) -> None:
        """Wait to begin."""
        self.streams: tuple[VideoParameters, AudioParameters | None] | None = None
        self.packets: list[ShownPacket] = []
        self.late: list[ShownPacket] = []
        self.ended = False
        self._changed = Condition()

    def begin(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Take note of what comes."""
        assert self.streams is None
        self.streams = video, audio

    def offer(self, packet: ShownPacket) -> None:
        """Take a packet; before the first keyframe there is nothing to see."""
        with self._changed:
            if self.ended:
                self.late.append(packet)
            assert self.streams is not None
            if self.packets or (packet.is_keyframe and not packet.is_audio):
                self.packets.append(packet)
            self._changed.notify_all()

    def close(self) -> None:
        """Take note of the end."""
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait until something is the case."""
        with self._changed:
            assert self._changed.wait_for(lambda: bool(condition()), seconds)

    def until_time(self, pts: int) -> None:
        """Wait until a picture of that time (µs), or a later one, has come."""
        self.until(lambda: self.packets and self.packets[-1].pts >= pts)

    def pictures(self) -> list[VideoFrame]:
        """Decode all that came, as a player would."""
        assert self.streams is not None
        return decoded(self.streams[0], self.packets)


def decoded(video: VideoParameters, packets: Iterable[ShownPacket]) -> list[VideoFrame]:
    """Decode a stream from its first packet on; broken ones fail."""
    decoder = av.CodecContext.create(video.codec, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    decoder.options = {"err_detect": "explode"}
    frames: list[VideoFrame] = []
    for packet in packets:
        compressed = av.Packet(packet.data)
        compressed.pts = packet.pts
        frames += decoder.decode(compressed)
    return frames + decoder.decode(None)


def leaked(frames: Iterable[VideoFrame], *zones: PrivacyZone) -> int:
    """Return how many pixels of these zones are not black, over all pictures."""
    polygons = tuple(zone.polygon for zone in zones)
    return sum(seen_in(pixels_of(frame), polygons).leaked for frame in frames)


def is_black(frame: VideoFrame, zone: PrivacyZone) -> bool:
    """Tell whether nothing of a zone can be seen; else all of it has to be."""
    seen = seen_in(pixels_of(frame), (zone.polygon,))
    if not seen.leaked:
        return True
    # Bars are bright everywhere: half a mask would be a fault.
    assert seen.darkest > 60
    return False


def shown_in(jpeg: bytes | None, zone: PrivacyZone) -> bool:
    """Tell whether something of a zone is to be seen in a JPEG."""
    assert jpeg is not None
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    return bool(seen_in(pixels, (zone.polygon,)).leaked)


class Stage:
    """A camera fed by hand, whose clock is that of its packets."""

    def __init__(self, config: ConfigureCamera, packets: Iterable[Packet]) -> None:
        """Start with nothing sent."""
        self.reports: list[Report] = []
        self.now = EPOCH
        self._packets = list(packets)
        clock = Clock(lambda: EPOCH, lambda: self.now - EPOCH)
        self.config = config
        self.camera = Camera(config, self.reports.append, clock)

    def open(self, video: VideoParameters) -> None:
        """Let the stream begin, or begin anew."""
        self.camera.stream_opened(Profile.MAIN, video, None)

    def send(self, seconds: float) -> Packet:
        """Let so many seconds of packets come; return the last one."""
        for _ in range(round(seconds * FPS)):
            packet = self._packets.pop(0)
            self.now = packet.time
            self.camera.stream_packet(Profile.MAIN, packet)
        return packet

    def change(self, **changes: Any) -> None:
        """Configure the camera otherwise."""
        self.config = replace(self.config, **changes)
        self.camera.configure(self.config)

    def watch(self) -> Watching:
        """Have somebody watch, who gets something."""
        viewer = Watching()
        assert self.camera.showing.add(viewer)
        return viewer

    @property
    def states(self) -> list[PrivacyState]:
        """What was told of privacy."""
        return [told for told in self.reports if isinstance(told, PrivacyState)]

    def state_of(self, output: Output) -> OutputState:
        """Return what was last told of an output."""
        return next(one for one in self.states[-1].outputs if one.output is output)

    @property
    def means(self) -> set[Means]:
        """What was last told of all outputs."""
        return {one.means for one in self.states[-1].outputs}


@contextmanager
def stage(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    video: VideoParameters,
    packets: Iterable[Packet],
    **config: Any,
) -> Iterator[Stage]:
    """Yield a camera whose stream is there."""

    def start(feed: Feed) -> None:
        feed.online = True

    # The test is the stream.
    monkeypatch.setattr(Feed, "start", start)
    values: dict[str, Any] = {
        "camera_id": "test",
        "name": "Test",
        "directory": str(folder / "test"),
        "main": StreamSource("rtsp://127.0.0.1:1/nothing"),
        "mode": Mode.OFF,
        **UNHIDDEN,
    }
    scene = Stage(ConfigureCamera(**values | config), packets)
    try:
        scene.open(video)
        yield scene
    finally:
        scene.camera.close()
        for thread in threading.enumerate():
            # What was closed before ends after the picture that it is at.
            if thread.name in ("masked live", "shutter"):
                thread.join(20)


class Staged(Protocol):
    """Puts a camera on the stage; see `stage`."""

    def __call__(
        self, stream: Stream | None = None, **config: Any
    ) -> AbstractContextManager[Stage]:
        """Yield one whose stream is there: the usual film, or another."""


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def pts_at(seconds: float) -> int:
    """Return the time (µs) so many seconds into a film."""
    return int((EPOCH + seconds) * TIME_BASE)
