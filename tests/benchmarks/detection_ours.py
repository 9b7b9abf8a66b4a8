"""What Hearthcam's own ladder tells of a file, fed with its packets as they are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from custom_components.hearthcam.engine.ladder import Ladder, Rung
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.motion import MotionBegan, MotionOver
from custom_components.hearthcam.engine.motion.zone_events import (
    ZonedMotionBegan,
    ZonesChanged,
)
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.parts import Point, Zone, ZoneKind
from tests.engine.motion.footage import EPOCH, load, looped

from .detection_clips import Span, ZoneLabel
from .detection_score import Told

HOLD = 2.0
"""Seconds for which a zone's motion goes on after the last that moved in it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the ladder told of one file, times in s from its first picture."""

    told: tuple[Told, ...]
    cpu: float
    """CPU seconds of all turns."""
    cpu_later: float
    """CPU seconds of all turns but the first, in which everything is learnt."""
    rungs: tuple[tuple[float, str], ...]
    """Each change of the rung: when, and to what."""
    seconds: float
    """Length of one turn."""
    gop: float
    """The longest time between keyframes."""

    def rung_at(self, when: float) -> str:
        """Return the rung just before a time."""
        before = [rung for time, rung in self.rungs if time < when]
        return before[-1] if before else Rung.FULL.value

    def woke(self, when: float) -> float | None:
        """Return when the ladder first left its rest at or after a time."""
        return next((t for t, r in self.rungs if t >= when and r != Rung.REST), None)


def run_ladder(path: Path, turns: int = 1) -> Watched:
    """Return what the ladder tells of a file, played once or several times over."""
    parameters, packets = load(path)
    ladder = Ladder(NOTHING)
    told: list[Told] = []
    rungs: list[tuple[float, str]] = []
    turn = _turn(packets)
    first = 0.0

    def played() -> Iterator[Packet]:
        nonlocal first
        for packet in looped(packets, turns):
            if packet.time - EPOCH < turn:
                first = ladder.cpu_seconds
            yield packet

    for now, event in _feed(ladder, parameters, played(), rungs):
        if isinstance(event, MotionBegan):
            began = now
        elif isinstance(event, MotionOver):
            span = Span(event.start - EPOCH, event.end - EPOCH)
            told.append(Told(began, span))
    return Watched(
        tuple(told),
        ladder.cpu_seconds,
        ladder.cpu_seconds - first,
        tuple(rungs),
        turn,
        _longest_gop(packets),
    )


def _turn(packets: Sequence[Packet]) -> float:
    """Return the length of one turn, as `looped` has it."""
    last = packets[-1].time - packets[0].time
    return last + packets[1].time - packets[0].time


def _longest_gop(packets: Sequence[Packet]) -> float:
    keys = [packet.time for packet in packets if packet.is_keyframe]
    return max((b - a for a, b in pairwise(keys)), default=0.0)


def run_zones(path: Path, zones: Sequence[ZoneLabel]) -> dict[str, tuple[Span, ...]]:
    """Return, by zone, when the ladder says that there is motion in it."""
    parameters, packets = load(path)
    ladder = Ladder(NOTHING)
    ladder.set_zones(
        tuple(
            Zone(
                zone.name, ZoneKind.MOTION, tuple(Point(x, y) for x, y in zone.polygon)
            )
            for zone in zones
        ),
        50,
    )
    spans: dict[str, list[Span]] = {zone.name: [] for zone in zones}
    open_since: dict[str, float] = {}

    def follow(wanted: Iterable[str], on: float, off: float) -> None:
        names = set(wanted)
        for name in names - set(open_since):
            open_since[name] = on
        for name in set(open_since) - names:
            start = open_since.pop(name)
            spans[name].append(Span(start, max(start, off)))

    for now, event in _feed(ladder, parameters, packets, []):
        if isinstance(event, ZonedMotionBegan):
            follow(event.zones, event.time - EPOCH, now)
        elif isinstance(event, ZonesChanged):
            follow(event.zones, event.time - EPOCH, event.time - EPOCH - HOLD)
        elif isinstance(event, MotionOver):
            follow((), now, event.end - EPOCH)
    return {name: tuple(found) for name, found in spans.items()}


def _feed(
    ladder: Ladder,
    parameters: VideoParameters,
    packets: Iterable[Packet],
    rungs: list[tuple[float, str]],
) -> Iterator[tuple[float, object]]:
    """Yield every event with the time of the packet that brought it."""
    now = 0.0
    for event in ladder.set_parameters(parameters):
        yield now, event
    for packet in packets:
        now = packet.time - EPOCH
        for event in ladder.feed(packet):
            yield now, event
        if not rungs or rungs[-1][1] != ladder.rung.value:
            rungs.append((now, ladder.rung.value))
    for event in ladder.close():
        yield now, event
