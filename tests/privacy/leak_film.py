"""What the cameras of the leak tests show: bright things that move in privacy zones.

Nothing outside of the zones is black, so that a picture that was masked can be told
from none at all; each picture has its number (see `tests.simulator.barcode`), and
somebody walks by outside of the zones, so that there is motion to record.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from custom_components.hearthcam.engine.parts import Point
from tests.simulator import barcode
from tests.simulator.encode import Encoding, default_cache, encode_pictures
from tests.simulator.painter import planes

CACHE: Final = default_cache()
"""Folder of encodings, kept between runs: that of before a test moves temporary files."""

type Polygon = tuple[Point, ...]
type Bits = npt.NDArray[np.bool_]

WIDTH: Final = 320
HEIGHT: Final = 180
FPS: Final = 10
SECONDS: Final = 40
NUMBERS: Final = FPS * SECONDS
"""Pictures of the loop, numbered from 0."""
WALK: Final = (6.0, 8.5)
"""Seconds of the loop in which somebody walks by, outside of the zones and within."""


def polygon(*corners: tuple[float, float]) -> Polygon:
    """Return a polygon of its corners."""
    return tuple(Point(x, y) for x, y in corners)


WINDOW: Final = polygon(
    *((0.10, 0.12), (0.52, 0.18), (0.38, 0.40)),
    *((0.50, 0.68), (0.12, 0.74), (0.24, 0.42)),
)
"""Dented on two sides."""
CORNER: Final = polygon((0.86, 0.0), (1.0, 0.0), (1.0, 0.2), (0.92, 0.14))
"""Small, at the picture's border."""
BED: Final = polygon((0.60, 0.10), (0.80, 0.10), (0.80, 0.34), (0.60, 0.34))
ZONES: Final = (WINDOW, CORNER, BED)


@lru_cache(64)
def within(corners: Polygon, width: int, height: int) -> Bits:
    """Return which pixels have their middle in a polygon (even-odd rule)."""
    x = (np.arange(width) + 0.5)[None, :] / width
    y = (np.arange(height) + 0.5)[:, None] / height
    inside = np.zeros((height, width), bool)
    for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
        if a.y != b.y:
            crosses = (a.y > y) != (b.y > y)
            inside ^= crosses & (x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x)
    return inside


@lru_cache(16)
def beside(width: int, height: int) -> Bits:
    """Return which pixels are in no zone at all."""
    shape = width, height
    return ~(within(WINDOW, *shape) | within(CORNER, *shape) | within(BED, *shape))


def pictures(
    width: int = WIDTH, height: int = HEIGHT, *, walk: bool = True
) -> Iterator[av.VideoFrame]:
    """Draw the loop."""
    random = np.random.default_rng(5)
    ground = random.normal(120.0, 4.0, (height, width)).clip(95, 150).astype(np.uint8)
    zones = ~beside(width, height)
    small = zones[::2, ::2]
    columns = np.arange(width, dtype=np.float64)[None, :]
    rows = np.arange(height, dtype=np.float64)[:, None]
    for number in range(NUMBERS):
        flat = np.empty(width * height * 3 // 2, np.uint8)
        luma, u, v = planes(flat, width, height)
        luma[...], u[...], v[...] = ground, 128, 128
        stripes = np.sin((columns + rows + 9 * number) / 11) > 0
        # In colour: what flickers brightly the detector soon ignores.
        luma[zones] = np.where(stripes, 235, 230)[zones]
        u[small] = np.where(stripes, 90, 160)[::2, ::2][small]
        v[small] = np.where(stripes, 180, 100)[::2, ::2][small]
        begin, end = WALK
        share = (number / FPS - begin) / (end - begin)
        if walk and 0.0 < share < 1.0:
            left = round((0.55 + 0.35 * share) * width)
            top = round(0.5 * height)
            luma[top : top + height * 2 // 5, left : left + width // 10] = 45
            # And somebody in the window, whom the detector could see as well.
            left = round((0.14 + 0.3 * share) * width)
            behind = zones[:, left : left + width // 10]
            luma[:, left : left + width // 10][behind] = 120
        barcode.draw(luma, u, v, number)
        yield av.VideoFrame.from_ndarray(
            flat.reshape(height * 3 // 2, width), format="yuv420p"
        )


@cache
def film(codec: str = "h264", gop: float = 1.0) -> Path:
    """Return a file that a simulated camera can send as it is; blocks."""
    encoding = Encoding(codec, WIDTH, HEIGHT, FPS, gop, 1_500_000, quality=24)
    drawing = Path(__file__).read_bytes()
    return encode_pictures(CACHE, repr(drawing), encoding, pictures)
