"""`recorder`: what recording costs, how soon a clip is there, how quick its library is."""

from collections.abc import Sequence
from dataclasses import dataclass
import sys

from . import recorder_close, recorder_cost, recorder_library
from .recorder_cost import Recorded
from .recorder_library import LibraryCosts
from .start import Timing

COUNTS = (1, 4, 8)
"""How many cameras are recorded at once."""
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Recorder:
    """All that was measured."""

    costs: tuple[Recorded, ...]
    ends: tuple[Timing, ...]
    library: LibraryCosts


def measure(
    counts: Sequence[int],
    *,
    seconds: float,
    windows: int,
    repeats: int,
    with_ffmpeg: bool,
) -> Recorder:
    """Measure all of it; blocks."""
    costs = []
    for cost in recorder_cost.measure(
        counts,
        seconds=seconds,
        windows=windows,
        rounds=_ROUNDS,
        with_ffmpeg=with_ffmpeg,
    ):
        costs.append(cost)
        told = f"{cost.recording:.1f} ms, of it recording {cost.added:.2f}"
        print(f"{cost.cameras} recorded: {told}", file=sys.stderr, flush=True)
    ends = recorder_close.measure(repeats)
    return Recorder(tuple(costs), tuple(ends), recorder_library.measure())
