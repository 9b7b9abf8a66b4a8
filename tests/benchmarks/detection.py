"""`detection`: what is seen and what is told for nothing, beside other detectors."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
import multiprocessing
import os
import sys

from .detection_clips import (
    Clip,
    Span,
    ZoneLabel,
    drawn_clips,
    footage_clips,
    footage_folder,
)
from .detection_ours import run_ladder, run_zones
from .detection_peers import PEERS, run_peers
from .detection_score import Score, Told, score

OURS = "Hearthcam"
DETECTORS = (OURS, *PEERS)
EMPTY_SECONDS = 240.0
QUICK_SECONDS = 60.0
LONG_SECONDS = 600.0
_NICE = 10


@dataclass(frozen=True, slots=True)
class ZoneVerdict:
    """One interval of a zone's labels: whether it was told rightly."""

    clip: str
    zone: str
    span: Span
    moving: bool
    right: bool


@dataclass(frozen=True, slots=True)
class ClipResult:
    """What all detectors made of one clip."""

    name: str
    group: str
    scores: dict[str, Score]
    told: dict[str, tuple[Told, ...]]
    zones: tuple[ZoneVerdict, ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """All clips, and what was left out."""

    results: tuple[ClipResult, ...]
    skipped: tuple[str, ...]
    empty_seconds: float
    """Length of the drawn empty clips."""

    @property
    def groups(self) -> dict[str, list[ClipResult]]:
        """The clips by group; those of real cameras first."""
        ordered = sorted(
            self.results, key=lambda r: (r.group.startswith("drawn"), r.group)
        )
        found: dict[str, list[ClipResult]] = {}
        for result in ordered:
            found.setdefault(result.group, []).append(result)
        return found

    @property
    def zones(self) -> list[ZoneVerdict]:
        """All intervals of all zones."""
        return [verdict for result in self.results for verdict in result.zones]


def total(results: Sequence[ClipResult], detector: str) -> Score:
    """Sum up what one detector made of some clips."""
    return sum((result.scores[detector] for result in results), Score())


def measure(empty_seconds: float, seed: int = 1) -> Detection:
    """Try all detectors on all clips, in as many processes as there are processors."""
    clips, skipped = footage_clips(footage_folder())
    clips += drawn_clips(empty_seconds, seed)
    # The longest first, so that none is left over at the end.
    clips.sort(key=lambda clip: -clip.seconds)
    results = list(_all(clips))
    order = {clip.name: number for number, clip in enumerate(clips)}
    results.sort(key=lambda result: order[result.name])
    return Detection(tuple(results), tuple(skipped), empty_seconds)


def _all(clips: Sequence[Clip]) -> Iterator[ClipResult]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), context, initializer=os.nice, initargs=(_NICE,)
    ) as pool:
        jobs = [pool.submit(try_clip, clip) for clip in clips]
        for number, job in enumerate(as_completed(jobs), 1):
            result = job.result()
            print(f"{number}/{len(jobs)} {result.name}", file=sys.stderr, flush=True)
            yield result


def try_clip(clip: Clip) -> ClipResult:
    """Try all detectors on one clip; blocks."""
    path = clip.path()
    watched = run_ladder(path)
    told: dict[str, tuple[Told, ...]] = {OURS: watched.told}
    scores = {OURS: score(clip, watched.told, watched.cpu)}
    for name, (found, cpu) in run_peers(path).items():
        told[name] = tuple(found)
        scores[name] = score(clip, found, cpu)
    zones: list[ZoneVerdict] = []
    if clip.zones:
        spans = run_zones(path, clip.zones)
        for zone in clip.zones:
            zones += judge_zone(clip.name, zone, spans[zone.name])
    return ClipResult(clip.name, clip.group, scores, told, tuple(zones))


def judge_zone(
    clip: str, zone: ZoneLabel, spans: Sequence[Span]
) -> Iterator[ZoneVerdict]:
    """Yield whether each interval in which something moves was told, and none else."""
    for span in zone.present:
        told = any(span.meets(other, zone.tolerance) for other in spans)
        yield ZoneVerdict(clip, zone.name, span, True, told)
    for span in zone.empty:
        told = any(span.meets(other) for other in spans)
        yield ZoneVerdict(clip, zone.name, span, False, not told)
