"""Real cameras, labelled by eye: what the whole ladder makes of them.

The floors are what is reached, with a margin, over all clips together: they guard
against getting worse, and are tuned to no single clip. The table is logged; see it
with ``--log-cli-level=INFO``.
"""

from dataclasses import dataclass
import json
import logging
from pathlib import Path

import pytest

from custom_components.hearthcam.engine.ladder import Ladder
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.motion import MotionBegan, MotionOver

from .footage import EPOCH, load, looped, run

_LOGGER = logging.getLogger(__name__)
_HEAD = (
    "per clip:",
    "| clip | intervals | s covered | false | s empty | told after | ms/s | motions |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
)
_TOLERANCE = 0.4
_UNLABELLED = 1.0


@dataclass(frozen=True, slots=True)
class _Result:
    name: str
    hits: int
    intervals: int
    covered: float
    present: float
    false: int
    empty: float
    motions: list[tuple[float, float]]
    latest: float
    cpu: float

    def row(self) -> str:
        spans = " ".join(f"{start:.1f}-{end:.1f}" for start, end in self.motions)
        return (
            f"| {self.name} | {self.hits}/{self.intervals} | {self.covered:.1f} of"
            f" {self.present:.1f} | {self.false} | {self.empty:.0f} |"
            f" {self.latest:.1f} | {self.cpu:.1f} | {spans} |"
        )


@pytest.fixture(scope="module")
def results(shared: Path) -> dict[str, _Result]:
    """Run every clip once through a fresh ladder."""
    found: dict[str, _Result] = {}
    for label in json.loads((shared / "footage" / "labels.json").read_text()):
        ladder = Ladder(NOTHING)
        told = run(*load(shared / "footage" / label["file"]), ladder)
        motions = [
            (event.start - EPOCH, event.end - EPOCH)
            for _, event in told
            if isinstance(event, MotionOver)
        ]
        late = [
            told_at - (event.time - EPOCH)
            for told_at, event in told
            if isinstance(event, MotionBegan)
        ]
        present = [tuple(interval) for interval in label["present"]]
        found[label["name"]] = _Result(
            label["name"],
            sum(any(_meet(m, p, _TOLERANCE) for m in motions) for p in present),
            len(present),
            sum(
                max(0.0, min(m[1], p[1]) - max(m[0], p[0]))
                for m in motions
                for p in present
            ),
            sum(end - start for start, end in present),
            sum(not any(_meet(m, p, _UNLABELLED) for p in present) for m in motions),
            sum(end - start for start, end in label["empty"]),
            motions,
            max(late, default=0.0),
            ladder.cpu_seconds / label["duration"] * 1000,
        )
    _LOGGER.info("\n".join((*_HEAD, *(result.row() for result in found.values()))))
    return found


def _meet(
    motion: tuple[float, float], interval: tuple[float, float], slack: float
) -> bool:
    return motion[0] <= interval[1] + slack and motion[1] >= interval[0] - slack


def test_nearly_all_that_happens_is_told_of(results: dict[str, _Result]) -> None:
    hits = sum(result.hits for result in results.values())
    assert hits / sum(result.intervals for result in results.values()) >= 0.92


def test_most_of_the_time_in_which_something_happens_is_motion(
    results: dict[str, _Result],
) -> None:
    covered = sum(result.covered for result in results.values())
    assert covered / sum(result.present for result in results.values()) >= 0.82


def test_where_nothing_happens_nothing_is_told_of(
    results: dict[str, _Result],
) -> None:
    assert sum(result.false for result in results.values()) == 0


@pytest.mark.parametrize(
    "name", ["frigate-ir-to-day-empty", "residential-cctv-sun-comes-out"]
)
def test_a_change_of_light_in_an_empty_scene_is_no_motion(
    results: dict[str, _Result], name: str
) -> None:
    assert results[name].motions == []


def test_motions_are_told_of_within_the_bound(results: dict[str, _Result]) -> None:
    assert max(result.latest for result in results.values()) <= 2.0 + 3.0


def test_who_stands_almost_still_for_long_is_not_told_of_again_and_again(
    results: dict[str, _Result],
) -> None:
    visitors = results["visitors-one-by-one"]
    assert visitors.hits == visitors.intervals
    assert len(visitors.motions) <= 1.5 * visitors.intervals


@pytest.mark.parametrize(
    "name", ["visitors-one-by-one", "driveway-street", "frigate-person-mopping"]
)
def test_a_clip_in_a_loop_is_seen_in_every_turn(shared: Path, name: str) -> None:
    parameters, packets = load(shared / "footage" / "clips" / f"{name}.mp4")
    turns = 4
    told = run(parameters, list(looped(packets, turns)))
    length = packets[-1].time - EPOCH
    begun = [event.time - EPOCH for _, event in told if isinstance(event, MotionBegan)]
    assert {int(time // length) for time in begun} >= set(range(turns))
