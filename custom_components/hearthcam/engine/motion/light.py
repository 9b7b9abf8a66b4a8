"""Light or thing: a light that comes on leaves the edges where they were.

Gain of the whole picture is fitted elsewhere; this is about sun, lamps and shadows
that fall on a part of it. They scale what was there, so differences between
neighbouring cells keep their pattern. A thing covers it with a pattern of its own.
"""

from typing import Final

import numpy as np

from .blobs import Blob
from .grid import Cells, Mask

_LIKE: Final = 0.75
"""From this correlation on, a change is taken for one of light."""
_SOFT: Final = 0.25
"""Below this share of its height in its steepest steps, a change is one of light."""
_SOFT_AREA: Final = 30
_STEEPEST: Final = 0.95
_SMALLEST: Final = 12
_FLATTEST: Final = 2.0
"""Mean difference between neighbours, in luma, below which there is no pattern."""


def is_light(lit: Cells, luma: Cells, changed: Mask, blob: Blob) -> bool:
    """Tell whether a region is lit differently, and nothing is in it.

    ``lit`` is the background in the light of the whole picture.
    """
    return structure_kept(lit, luma, changed, blob) >= _LIKE or _is_soft(
        lit, luma, blob
    )


def _is_soft(lit: Cells, luma: Cells, blob: Blob) -> bool:
    """Tell whether a change has no edges: shadows of clouds, the glow of a lamp."""
    if blob.area < _SOFT_AREA:
        return False
    window = (
        slice(max(blob.top - 1, 0), blob.bottom + 1),
        slice(max(blob.left - 1, 0), blob.right + 1),
    )
    away = luma[window] - lit[window]
    height = np.abs(away[1:, 1:]).ravel()
    steps = np.maximum(
        np.abs(away[1:, 1:] - away[:-1, 1:]), np.abs(away[1:, 1:] - away[1:, :-1])
    ).ravel()
    place = int(_STEEPEST * (height.size - 1))
    steepest = float(np.partition(steps, place)[place])
    return steepest < _SOFT * float(np.partition(height, place)[place])


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
