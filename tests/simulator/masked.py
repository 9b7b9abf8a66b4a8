"""The pictures of a source with a camera's own privacy masks in them."""

from collections.abc import Iterator
from dataclasses import dataclass
import hashlib
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

from .encode import Encoding, encode_pictures
from .painter import planes
from .source import Encodable, Source
from .state import PaintedMask
from .track import load_video

type Outline = tuple[tuple[float, float], ...]
type Bools = np.dtype[np.bool_]


@dataclass(frozen=True, slots=True)
class Brush:
    """How masks are painted, whatever the camera says of them."""

    works: bool = True
    """False: not at all."""
    shift: float = 0.0
    """By how much of the picture's width they are too far to the right."""
    luma: int = 16
    """16 is black."""


@dataclass(frozen=True, slots=True)
class MaskedSource:
    """What a camera sends that paints outlines over a source."""

    source: Source
    outlines: tuple[Outline, ...]
    brush: Brush

    def encode(self, cache: Path) -> Path:
        """Return a file of which the packets can be sent as they are; blocks."""
        path = self.source.encode(cache)
        track = load_video(path)
        encoding = Encoding(
            track.codec,
            track.width,
            track.height,
            track.fps,
            track.gop,
            max(track.bitrate, 100_000),
        )

        def pictures() -> Iterator[av.VideoFrame]:
            hidden = self._hidden(track.width, track.height)
            with av.open(str(path)) as container:
                for frame in container.decode(video=0):
                    picture = np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)
                    luma, u, v = planes(picture, track.width, track.height)
                    luma[hidden] = self.brush.luma
                    u[hidden[::2, ::2]] = v[hidden[::2, ::2]] = 128
                    yield av.VideoFrame.from_ndarray(picture, format="yuv420p")

        details = path.stat()
        digest = hashlib.sha256(f"{path} {details.st_mtime_ns}".encode()).hexdigest()
        name = repr((digest, self.outlines, self.brush))
        return encode_pictures(cache, name, encoding, pictures)

    def _hidden(self, width: int, height: int) -> np.ndarray[tuple[int, int], Bools]:
        """Return which samples are painted: what a mask touches, in pairs."""
        image = Image.new("1", (width // 2, height // 2))
        draw = ImageDraw.Draw(image)
        for outline in self.outlines:
            draw.polygon(
                [
                    ((x + self.brush.shift) * width / 2, y * height / 2)
                    for x, y in outline
                ],
                fill=1,
                outline=1,
            )
        return np.array(image, bool).repeat(2, axis=0).repeat(2, axis=1)


def masked(source: Source, masks: tuple[PaintedMask, ...], brush: Brush) -> Encodable:
    """Return a source with the masks that show; the same where none does."""
    outlines = tuple(
        mask.outline for mask in masks if mask.enabled and mask.type == "Color"
    )
    if not outlines or not brush.works:
        return source
    return MaskedSource(source, outlines, brush)
