"""What a simulated camera shows: a drawn scene, or a video file."""

from dataclasses import dataclass, replace
import functools
from pathlib import Path
import threading
from typing import Protocol, override

import av

from .encode import Encoding, encode_file, encode_scene
from .scene import Scene, short_scene
from .track import CODECS, UnfitFileError, VideoTrack, load_video

LONG_GOP = 10.0
"""Seconds from keyframe to keyframe of a camera's "smart codec"."""
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """The drawn house front; a loop of `scene.duration` seconds."""

    truth: Scene
    width: int = 1920
    height: int = 1080
    fps: float = 15
    gop: float = 2.0
    codec: str = "h264"
    bitrate: int = 4_000_000
    strip: bool = True
    """Whether each frame carries its number (see barcode.py)."""

    @property
    def scene(self) -> Scene | None:
        """Return the ground truth."""
        return self.truth

    def with_gop(self, gop: float) -> DrawnScene:
        """Return the same pictures with another distance of keyframes."""
        return replace(self, gop=gop)

    def with_size(self, width: int, height: int) -> DrawnScene:
        """Return the same pictures in another size."""
        return replace(self, width=width, height=height)

    def encode(self, cache: Path) -> Path:
        """Return a file of which the packets can be sent as they are; blocks."""
        encoding = Encoding(
            self.codec, self.width, self.height, self.fps, self.gop, self.bitrate
        )
        return encode_scene(self.truth, encoding, cache, strip=self.strip)

    def sub(self, width: int = 640, height: int = 360, fps: float = 10) -> DrawnScene:
        """Return the sub stream that belongs to this source."""
        return replace(
            self, width=width, height=height, fps=fps, bitrate=512_000, codec="h264"
        )


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A video file, looped. Its packets are sent as they are, where they can be.

    It is encoded anew, once, where a field asks for something else than it has,
    or where it has B-frames or another codec than H.264 and H.265.
    """

    path: Path
    width: int | None = None
    height: int | None = None
    """None: as the width asks for, which then is the file's at most."""
    fps: float | None = None
    gop: float | None = None
    codec: str | None = None
    bitrate: int = 2_000_000

    @property
    def scene(self) -> Scene | None:
        """Return the ground truth: none."""
        return None

    def with_gop(self, gop: float) -> VideoFile:
        """Return the same pictures with another distance of keyframes."""
        return replace(self, gop=gop)

    def with_size(self, width: int, height: int) -> VideoFile:
        """Return the same pictures in another size."""
        return replace(self, width=width, height=height)

    def encode(self, cache: Path) -> Path:
        """Return a file of which the packets can be sent as they are; blocks."""
        asked = (self.width, self.height, self.fps, self.gop, self.codec)
        if asked == (None,) * 5 and _fit(self.path):
            return self.path
        with av.open(str(self.path)) as container:
            stream = container.streams.video[0]
            codec = stream.codec_context.name
            width, height = self.width or stream.width, self.height
            if height is None:
                width = min(width, stream.width)
                height = round(width * stream.height / stream.width)
            encoding = Encoding(
                self.codec or (codec if codec in CODECS else "h264"),
                width // 2 * 2,
                height // 2 * 2,
                self.fps or float(stream.average_rate or 25),
                self.gop or 2.0,
                self.bitrate,
            )
        return encode_file(self.path, encoding, cache)

    def sub(
        self, width: int = 640, height: int | None = None, fps: float = 10
    ) -> VideoFile:
        """Return the sub stream that belongs to this source."""
        return replace(
            self, width=width, height=height, fps=fps, bitrate=512_000, codec="h264"
        )


Source = DrawnScene | VideoFile


class Encodable(Protocol):
    """What a stream can show."""

    def encode(self, cache: Path) -> Path:
        """Return a file of which the packets can be sent as they are; blocks."""

    @override
    def __hash__(self) -> int:
        """Be remembered by what it shows."""


def small_source(
    codec: str = "h264", scene: Scene | None = None, gop: float = 1.0
) -> DrawnScene:
    """Return a source that costs next to nothing: 320x180, 10 fps, a GOP of 1 s."""
    return DrawnScene(scene or short_scene(), 320, 180, 10, gop, codec, 400_000)


def load(source: Encodable, cache: Path) -> VideoTrack:
    """Return the packetised loop of a source, shared by all who ask; blocks."""
    with _loading:
        return _load(source, cache)


# A loop of a minute at 4 Mbit/s is 30 MB: keep few.
@functools.lru_cache(maxsize=8)
def _load(source: Encodable, cache: Path) -> VideoTrack:
    return load_video(source.encode(cache))


def _fit(path: Path) -> bool:
    try:
        load_video(path)
    except UnfitFileError:
        return False
    return True
