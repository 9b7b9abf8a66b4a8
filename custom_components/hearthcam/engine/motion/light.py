"""Light or thing: a light that comes on leaves the edges where they were.

Gain of the whole picture is fitted elsewhere; this is about sun, lamps and shadows
that fall on a part of it. They scale what was there, so differences between
neighbouring cells keep their pattern. A thing covers it with a pattern of its own.
"""

from typing import Final

import numpy as np

from .blobs import Blob
from .grid import Cells, Mask

LIKE: Final = 0.75
"""From this correlation on, a change is taken for one of light."""
_SMALLEST: Final = 12
_FLATTEST: Final = 2.0
"""Mean difference between neighbours, in luma, below which there is no pattern."""


def structure_kept(mean: Cells, luma: Cells, changed: Mask, blob: Blob) -> float:
    """Return how well a region's pattern matches the background's, -1..1.

    It is the correlation of differences between neighbouring changed cells; 0 where
    the region is too small or too flat to tell.
    """
    if blob.area < _SMALLEST:
        return 0.0
    window = slice(blob.top, blob.bottom), slice(blob.left, blob.right)
    inside, before, now = changed[window], mean[window], luma[window]
    across, down = inside[:, 1:] & inside[:, :-1], inside[1:] & inside[:-1]
    old = np.concatenate((np.diff(before)[across], np.diff(before, axis=0)[down]))
    new = np.concatenate((np.diff(now)[across], np.diff(now, axis=0)[down]))
    if old.size < _SMALLEST or float(np.abs(old).mean()) < _FLATTEST:
        return 0.0
    return float(old @ new) / (float(np.sqrt((old @ old) * (new @ new))) + 1e-6)
