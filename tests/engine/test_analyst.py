"""Detection in its own thread: orders in turn with packets, and no end by a fault."""

from collections.abc import Iterator
import time

import pytest

from custom_components.hearthcam.engine.analyst import Analyst
from custom_components.hearthcam.engine.ladder import Ladder
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.motion.zone_events import (
    ZonedMotionBegan,
    ZonedMotionOver,
)
from custom_components.hearthcam.engine.pace import Pace
from custom_components.hearthcam.engine.packet import Packet
from custom_components.hearthcam.engine.protocol import Point, SetZones, Zone, ZoneKind
from custom_components.hearthcam.engine.sight import Told
from tests.engine.motion.drawn import Walker, encode, pictures, scenery

PATH = Zone(
    "path",
    ZoneKind.MOTION,
    (Point(0.0, 0.5), Point(1.0, 0.5), Point(1.0, 0.8), Point(0.0, 0.8)),
)


class _Watched:
    """An analyst, and what it told."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.analyst = Analyst("test", self.told.extend, NOTHING)

    def all(self) -> list[Told]:
        """End it when it has taken everything; return what it told."""
        deadline = time.monotonic() + 30
        while self.analyst._items and time.monotonic() < deadline:
            time.sleep(0.01)
        self.analyst.close(30)
        return self.told


@pytest.fixture
def watched() -> Iterator[_Watched]:
    """Return an analyst that is closed in the end."""
    made = _Watched()
    yield made
    made.analyst.close()


def test_a_fault_begins_anew_with_zones_pace_and_parameters(
    watched: _Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    parameters, packets = encode(
        pictures(16, fps=10, walkers=[Walker(10.0, 14.0, luma=40)])
    )
    feed = Ladder.feed
    bad = packets[15]

    def fail_once(self: Ladder, packet: Packet) -> list[Told]:
        if packet is bad:
            raise ZeroDivisionError
        return feed(self, packet)

    monkeypatch.setattr(Ladder, "feed", fail_once)
    analyst = watched.analyst
    analyst.order(SetZones("test", (PATH,)))
    analyst.parameters(parameters)
    analyst.pace = Pace.SLOW
    for packet in packets:
        analyst.packet(packet)
    told = watched.all()
    assert "Motion detection of test failed" in caplog.text
    began, over = told
    assert isinstance(began, ZonedMotionBegan)
    assert isinstance(over, ZonedMotionOver)
    assert began.zones == ("path",)
    assert analyst.pace is Pace.SLOW
    assert analyst.load.cpu_seconds > 0


def test_zones_outlive_reconnections_and_other_resolutions(watched: _Watched) -> None:
    walker = Walker(8.0, 12.0, luma=40)
    first = encode(pictures(14, fps=10, walkers=[walker]))
    small = Walker(8.0, 12.0, luma=40, speed=25, width=8, height=22, top=45)
    second = encode(pictures(14, fps=10, walkers=[small], scene=scenery(160, 90)))
    analyst = watched.analyst
    analyst.order(SetZones("test", (PATH,)))
    for parameters, packets in (first, second):
        analyst.parameters(parameters)
        for packet in packets:
            analyst.packet(packet)
        analyst.interrupted()
    told = watched.all()
    zones = [e.zones for e in told if isinstance(e, ZonedMotionBegan)]
    assert zones == [("path",), ("path",)]
