"""Encodes pictures once, without B-frames and with a fixed distance of keyframes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
import hashlib
import os
from pathlib import Path
import tempfile
import threading

import av

from .painter import Painter
from .scene import Scene

_DRAWING = ("scene.py", "painter.py", "barcode.py", "encode.py")
# One encoding at a time: cameras that start together share its result.
_encoding = threading.Lock()


@dataclass(frozen=True, slots=True)
class Encoding:
    """How pictures are encoded."""

    codec: str
    """"h264" or "hevc"."""
    width: int
    height: int
    fps: float
    gop: float
    """Seconds from keyframe to keyframe."""
    bitrate: int
    """Upper bound in bits per second."""
    quality: int | None = None
    """Quantiser (CRF) to hold below that bound; None: the bound itself is held."""

    @property
    def rate(self) -> Fraction:
        """Return the frames per second as a fraction."""
        return Fraction(self.fps).limit_denominator(1001)


def default_cache() -> Path:
    """Return the folder in which encodings are kept between runs."""
    return Path(tempfile.gettempdir()) / f"hearthcam-simulator-{os.getuid()}"


def encode_scene(scene: Scene, encoding: Encoding, cache: Path, *, strip: bool) -> Path:
    """Return a file with the scene's loop, encoded now or earlier; blocks."""

    def pictures() -> Iterator[av.VideoFrame]:
        painter = Painter(scene, encoding.width, encoding.height)
        for number in range(round(scene.duration * encoding.fps)):
            array = painter.frame(number, encoding.fps, strip=strip)
            yield av.VideoFrame.from_ndarray(array, format="yuv420p")

    return encode_pictures(cache, repr((scene, strip)), encoding, pictures)


def encode_file(source: Path, encoding: Encoding, cache: Path) -> Path:
    """Return a file with the source's pictures, encoded anew; blocks."""

    def pictures() -> Iterator[av.VideoFrame]:
        with av.open(str(source)) as container:
            container.streams.video[0].thread_type = "AUTO"
            origin: float | None = None
            number = 0
            for frame in container.decode(video=0):
                origin = frame.time if origin is None else origin
                # Each tick of the wanted rate gets a picture. (The time is read
                # once: encoding stamps the frame anew.)
                reached = frame.time - origin + 1e-6
                while number / encoding.fps <= reached:
                    yield frame.reformat(encoding.width, encoding.height, "yuv420p")
                    number += 1

    details = source.stat()
    name = repr((source.name, details.st_size, details.st_mtime_ns))
    return encode_pictures(cache, name, encoding, pictures)


def encode_pictures(
    cache: Path,
    name: str,
    encoding: Encoding,
    pictures: Callable[[], Iterable[av.VideoFrame]],
) -> Path:
    """Return a file of pictures, encoded now or earlier; blocks.

    ``name`` says all that the pictures depend on besides the modules that draw.
    """
    drawing = b"".join(Path(__file__).with_name(n).read_bytes() for n in _DRAWING)
    digest = hashlib.sha256(drawing + repr((name, encoding)).encode()).hexdigest()
    path = cache / f"{digest[:32]}.mp4"
    with _encoding:
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(f".{os.getpid()}.mp4")
            try:
                _encode(unfinished, encoding, pictures())
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
    return path


def _encode(path: Path, encoding: Encoding, pictures: Iterable[av.VideoFrame]) -> None:
    frames = max(1, round(encoding.gop * encoding.fps))
    options = {"preset": "superfast", "forced-idr": "1"}
    if encoding.codec == "h264":
        options |= {"sc_threshold": "0", "keyint_min": str(frames)}
    else:
        options["preset"] = "ultrafast"
        options["x265-params"] = (
            f"bframes=0:keyint={frames}:min-keyint={frames}:scenecut=0:open-gop=0"
            ":log-level=error:info=0"
        )
    if encoding.quality is not None:
        # As a camera does, without looking ahead.
        options |= {"crf": str(encoding.quality), "tune": "zerolatency"}
    options["maxrate"] = str(encoding.bitrate)
    options["bufsize"] = str(encoding.bitrate)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264" if encoding.codec == "h264" else "libx265",
            rate=encoding.rate,
            options=options,
        )
        stream.width, stream.height = encoding.width, encoding.height
        stream.pix_fmt = "yuv420p"
        stream.gop_size = frames
        stream.max_b_frames = 0
        if encoding.quality is None:
            stream.bit_rate = encoding.bitrate
        stream.time_base = stream.codec_context.time_base = 1 / encoding.rate
        for number, picture in enumerate(pictures):
            picture.pts = number
            picture.time_base = 1 / encoding.rate
            picture.pict_type = av.video.frame.PictureType.NONE
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
