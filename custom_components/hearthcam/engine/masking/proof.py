"""Whether an encoder does what it should: known pictures, encoded and decoded again."""

from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
import numpy as np

from .coding import Encoded, Opener, Settings
from .shown import ShownFrame

_PICTURES: Final = 12
_KEYFRAMES: Final = (0, 7)
_BLACK: Final = 16
_NEUTRAL: Final = 128
_NOISE: Final = 6
"""By how much a flat surface may be off."""


def prove(opener: Opener, settings: Settings) -> bool:
    """Tell whether what comes out is what went in: all, in order, with its black part.

    Keyframes have to be where they were asked for, parameter sets before each. Takes
    what the driver takes, which may be for ever; raises whatever that raises.
    """
    encoder = opener(settings)
    coded: list[Encoded] = []
    for number in range(_PICTURES):
        picture = _picture(settings, number)
        coded += encoder.encode(
            ShownFrame(picture), number, keyframe=number in _KEYFRAMES
        )
    coded += encoder.finish()
    if [one.number for one in coded] != list(range(_PICTURES)):
        return False
    if not all(coded[number].is_keyframe for number in _KEYFRAMES):
        return False
    # Whoever begins at any keyframe must see the same.
    return all(_shows(coded[first:], first, settings) for first in _KEYFRAMES)


def _shows(coded: list[Encoded], first: int, settings: Settings) -> bool:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    pictures = [f for one in coded for f in decoder.decode(av.Packet(one.data))]
    pictures += decoder.decode(None)
    return len(pictures) == len(coded) and all(
        _is(picture, number, settings)
        for number, picture in enumerate(pictures, start=first)
    )


def _picture(settings: Settings, number: int) -> VideoFrame:
    """Return a picture with its number as brightness, something busy, and black."""
    width, height = settings.width, settings.height
    rows = np.arange(height, dtype=np.uint16)[:, None]
    columns = np.arange(width, dtype=np.uint16)[None, :]
    luma = ((rows * 3 + columns * 5 + number * 11) % 200 + 28).astype(np.uint8)
    luma[: height // 2, : width // 2] = _brightness(number)
    luma[height // 2 :, width // 2 :] = _BLACK
    colour = np.full((height // 2, width), 90, np.uint8)
    colour[height // 4 :, width // 4 : width // 2] = _NEUTRAL
    colour[height // 4 :, width // 2 + width // 4 :] = _NEUTRAL
    picture = VideoFrame(width, height, "yuv420p")
    for plane, samples in zip(
        picture.planes,
        (luma, colour[:, : width // 2], colour[:, width // 2 :]),
        strict=True,
    ):
        view = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        view[: plane.height, : plane.width] = samples
    return picture


def _is(picture: VideoFrame, number: int, settings: Settings) -> bool:
    width, height = settings.width, settings.height
    if (picture.width, picture.height) != (width, height):
        return False
    luma, *colours = (
        np.frombuffer(plane, np.uint8)
        .reshape(-1, plane.line_size)[: plane.height, : plane.width]
        .astype(np.int16)
        for plane in picture.reformat(format="yuv420p").planes
    )
    # A coder's blocks may smear over the border between two surfaces.
    numbered = luma[: height // 2 - 16, : width // 2 - 16]
    hidden = luma[height // 2 + 16 :, width // 2 + 16 :]
    return (
        abs(float(numbered.mean()) - _brightness(number)) < _NOISE
        and int(hidden.max(initial=_BLACK)) <= _BLACK + _NOISE
        and all(
            int(abs(colour[height // 4 + 8 :, width // 4 + 8 :] - _NEUTRAL).max())
            <= _NOISE
            for colour in colours
        )
    )


def _brightness(number: int) -> int:
    return 40 + 14 * number
