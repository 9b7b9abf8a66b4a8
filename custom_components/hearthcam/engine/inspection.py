"""Looks whether privacy zones are black in what an output gave to its client.

What is looked at is a file as a client got it: a picture, a clip, a piece of a live
stream. It is decoded as a player would, and compared with the polygons themselves.
"""

from collections.abc import Iterator
import itertools
import logging
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from .errors import MEDIA_ERRORS
from .masking.inside import Pixels, pixels_of, seen_in
from .protocol import Inspect, Inspected

_LOGGER = logging.getLogger(__name__)

_PICTURES: Final = ("JPEG", "WEBP", "PNG")
_FILMS: Final = ("mp4", "mpegts")
_MOST_FRAMES: Final = 5000


def inspect(command: Inspect) -> Inspected:
    """Carry out a command; blocks while decoding."""
    path = Path(command.path)
    most = min(max(command.most_frames, 1), _MOST_FRAMES)
    frames = leaked = brightest = 0
    try:
        for pixels in _all_of(path, most):
            seen = seen_in(pixels, command.polygons)
            frames += 1
            leaked += seen.leaked
            brightest = max(brightest, seen.brightest)
    except (*MEDIA_ERRORS, Image.DecompressionBombError) as failure:
        _LOGGER.debug("Nothing to be looked at: %s", type(failure).__name__)
        if not frames:
            return Inspected(command.request_id, error="undecodable")
    if not frames:
        return Inspected(command.request_id, error="no_picture")
    return Inspected(command.request_id, frames, leaked, brightest)


def _all_of(path: Path, most: int) -> Iterator[Pixels]:
    """Yield the pictures of a file in RGB, at most so many."""
    try:
        image = Image.open(path, formats=_PICTURES)
    except UnidentifiedImageError:
        yield from _film(path, most)
        return
    with image:
        for picture in itertools.islice(ImageSequence.Iterator(image), most):
            yield np.asarray(picture.convert("RGB"))


def _film(path: Path, most: int) -> Iterator[Pixels]:
    """Yield pictures from all over a film, where it has more than are wanted."""
    with av.open(str(path), format=_format_of(path)) as container:
        if not container.streams.video:
            raise ValueError("no video")
        stream: Any = container.streams.video[0]
        stream.codec_context.thread_count = 1
        rate = float(stream.average_rate or 25)
        expected = float(container.duration or 0) / av.time_base * rate
        step = max(1, round(expected / most))
        for number, frame in enumerate(container.decode(stream)):
            if number // step >= most:
                return
            if number % step == 0:
                yield pixels_of(frame)


def _format_of(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(8)
    return _FILMS[0] if head[4:8] in (b"ftyp", b"styp", b"moof") else _FILMS[1]
