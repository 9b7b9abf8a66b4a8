"""How quick this machine is, in a few milliseconds."""

from fractions import Fraction
import time
from typing import Final

import av
from av.video.frame import VideoFrame
import numpy as np

from .coding import SOFTWARE, FFmpegEncoder, Settings
from .shown import ShownFrame

_REFERENCE: Final = 0.0006
"""CPU seconds that a picture of the trial takes the reference machine."""
_WIDTH: Final = 640
_HEIGHT: Final = 360
_PICTURES: Final = 6


def measured_speed() -> float:
    """Return how quick it encodes: 1 as the reference machine, 2 twice as quick."""
    try:
        encoder = FFmpegEncoder(
            SOFTWARE, Settings(_WIDTH, _HEIGHT, Fraction(15), "ultrafast")
        )
        pictures = _pictures()
        best = float("inf")
        for number, picture in enumerate(pictures):
            began = time.thread_time()
            encoder.encode(ShownFrame(picture), number, keyframe=False)
            if number:
                best = min(best, time.thread_time() - began)
    except av.FFmpegError, ValueError:
        # Whoever opens an encoder will be told.
        return 1.0
    return _REFERENCE / max(best, 1e-6)


def _pictures() -> list[VideoFrame]:
    """Return noise over something that moves, as a camera has it at night."""
    noise = np.random.default_rng(1)
    shapes = np.add.outer(np.arange(_HEIGHT * 3 // 2), np.arange(_WIDTH))
    return [
        VideoFrame.from_ndarray(
            ((shapes + 5 * number) % 160 + noise.integers(40, 56, shapes.shape)).astype(
                np.uint8
            ),
            format="yuv420p",
        )
        for number in range(_PICTURES)
    ]
