"""The number of a frame, drawn into the picture and read back.

A strip along the bottom holds cells of equal width: two guards, the number's
bits, a checksum. A cell's bit is its hue at a constant luma: blue is 1, red is 0.
So a motion detector that looks at luma sees a still strip, while the number
survives lossy encoding, scaling and conversion to RGB.
"""

from itertools import pairwise
from typing import Any

import av
import numpy as np
import numpy.typing as npt

_BITS = 14
_CHECK = 4
CELLS = 2 + _BITS + _CHECK
LIMIT = 1 << _BITS
"""Numbers are drawn modulo this."""
LUMA = 110
_HIGH, _LOW = 176, 80
# Mean difference of the two chroma planes below which a cell counts as no bit.
_CERTAIN = 30


def strip_height(height: int) -> int:
    """Return the rows of the strip in a picture of `height` rows."""
    return max(8, height // 30 // 2 * 2)


def draw(
    luma: npt.NDArray[np.uint8],
    u: npt.NDArray[np.uint8],
    v: npt.NDArray[np.uint8],
    number: int,
) -> None:
    """Draw a number over the bottom of the planes of a yuv420p picture."""
    height, width = luma.shape
    rows = strip_height(height)
    bits = np.array(_cells(number % LIMIT), dtype=np.bool_)
    cell = np.arange(width // 2) * CELLS // (width // 2)
    blue = bits[cell]
    luma[height - rows :] = LUMA
    u[(height - rows) // 2 :] = np.where(blue, _HIGH, _LOW)
    v[(height - rows) // 2 :] = np.where(blue, _LOW, _HIGH)


def read(frame: av.VideoFrame) -> int | None:
    """Return the number drawn in a decoded frame, None where there is none."""
    if frame.format.name not in {"yuv420p", "yuvj420p"}:
        frame = frame.reformat(format="yuv420p")
    u, v = (_plane(frame.planes[index]) for index in (1, 2))
    return _decode(u - v, strip_height(frame.height) // 2)


def read_rgb(picture: npt.NDArray[np.uint8]) -> int | None:
    """Return the number in a picture of (height, width, RGB)."""
    values = picture.astype(np.int16)
    return _decode(values[..., 2] - values[..., 0], strip_height(picture.shape[0]))


def _plane(plane: Any) -> npt.NDArray[np.int16]:
    data = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)
    return data[: plane.height, : plane.width].astype(np.int16)


def _decode(difference: npt.NDArray[np.int16], rows: int) -> int | None:
    height, width = difference.shape
    # The middle of each cell, away from what encoders smear over the edges.
    margin = rows // 4
    band = difference[height - rows + margin : height - margin].mean(axis=0)
    edges = np.arange(CELLS + 1) * width / CELLS
    means = []
    for begin, end in pairwise(edges):
        quarter = (end - begin) / 4
        means.append(band[int(begin + quarter) : max(int(end - quarter), 1)].mean())
    if min(abs(mean) for mean in means) < _CERTAIN:
        return None
    bits = [bool(mean > 0) for mean in means]
    number = sum(bit << shift for shift, bit in enumerate(reversed(bits[2:-_CHECK])))
    return number if _cells(number) == bits else None


def _cells(number: int) -> list[bool]:
    check = (number ^ number >> 4 ^ number >> 8 ^ number >> 12 ^ 0b1001) & 0b1111
    value = number << _CHECK | check
    width = _BITS + _CHECK
    return [
        True,
        False,
        *(bool(value >> shift & 1) for shift in reversed(range(width))),
    ]
