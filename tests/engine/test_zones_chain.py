"""Zones from the command to the report: the real engine, real RTSP, real H.264."""

from collections.abc import Iterator
from functools import partial

import pytest

from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    DetectorView,
    EngineStats,
    Mode,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    Point,
    Rejected,
    SetZones,
    StreamState,
    StreamStatus,
    WatchDetector,
    Zone,
    ZoneKind,
)

from .conftest import configuration, simulated
from .process import EngineProcess

CAMERAS = ("inside", "elsewhere", "ignored", "plain")


def _zone(zone_id: str, top: float, bottom: float, **changes: object) -> Zone:
    """Return a strip across the picture."""
    kind = ZoneKind.IGNORE if changes.get("ignore") else ZoneKind.MOTION
    corners = Point(0.2, top), Point(0.8, top), Point(0.8, bottom), Point(0.2, bottom)
    return Zone(zone_id, kind, corners)


def _is_of(camera_id: str, report: MotionStarted | MotionUpdated | MotionEnded) -> bool:
    return report.camera_id == camera_id


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """Return an engine after one visit, seen by cameras with other zones each.

    The visitor walks through the lower half of the picture.
    """
    folder = tmp_path_factory.mktemp("clips")
    path, sky = _zone("path", 0.45, 0.9), _zone("sky", 0.0, 0.25)
    ground = _zone("ground", 0.3, 1.0, ignore=True)
    everything = Zone(
        "all",
        ZoneKind.IGNORE,
        (Point(0.0, 0.3), Point(1.0, 0.3), Point(1.0, 1.0), Point(0.0, 1.0)),
    )
    zones = {
        "inside": (path, sky),
        "elsewhere": (sky, ground),
        "ignored": (everything,),
        "plain": (),
    }
    with simulated(begin=2.0) as simulator, EngineProcess() as process:
        for camera_id in CAMERAS:
            process.send(
                configuration(
                    simulator.cameras[0],
                    str(folder / camera_id),
                    camera_id=camera_id,
                    mode=Mode.DETECT,
                )
            )
            process.send(SetZones(camera_id, zones[camera_id]))
        process.send(WatchDetector("plain", True))
        # While somebody walks there, a zone that held nothing is put in their way.
        process.wait_for(MotionStarted, partial(_is_of, "inside"), 60)
        process.send(SetZones("elsewhere", (_zone("door", 0.5, 0.9),)))
        for camera_id in ("inside", "elsewhere", "plain"):
            process.wait_for(MotionEnded, partial(_is_of, camera_id), 60)
        yield process


def _of[R: MotionStarted | MotionUpdated | MotionEnded](
    engine: EngineProcess, kind: type[R], camera_id: str
) -> list[R]:
    return [report for report in engine.of(kind) if _is_of(camera_id, report)]


def test_motion_in_a_zone_is_told_with_that_zone_only(engine: EngineProcess) -> None:
    """And its end tells the same, with a reason for people."""
    (started,) = _of(engine, MotionStarted, "inside")
    (ended,) = _of(engine, MotionEnded, "inside")
    assert started.zones == ended.zones == ("path",)
    assert ended.event_id == started.event_id
    assert ended.reason is not None
    assert ended.reason.contrast > 1.0
    assert 0.0 < ended.reason.size < 0.5


def test_without_zones_the_whole_picture_counts_and_none_is_named(
    engine: EngineProcess,
) -> None:
    """The visitor is seen from the edge on, so earlier than in a zone."""
    (started,) = _of(engine, MotionStarted, "plain")
    assert started.zones == ()
    assert started.time < _of(engine, MotionStarted, "inside")[0].time


def test_an_ignore_zone_silences_what_moves_in_it(engine: EngineProcess) -> None:
    """Nothing at all is told of that camera's motion."""
    assert not _of(engine, MotionStarted, "ignored")
    assert not _of(engine, MotionEnded, "ignored")


def test_zones_change_while_somebody_moves_and_nothing_reconnects(
    engine: EngineProcess,
) -> None:
    """The new zone counts at once, the old one never did."""
    (started,) = _of(engine, MotionStarted, "elsewhere")
    assert started.zones == ("door",)
    online = [
        state
        for state in engine.of(StreamState)
        if state.camera_id == "elsewhere" and state.status is StreamStatus.ONLINE
    ]
    assert len(online) == 1


def test_the_detectors_view_is_told_of_the_watched_camera_only(
    engine: EngineProcess,
) -> None:
    """At most five a second."""
    views = engine.of(DetectorView)
    assert views
    assert {view.camera_id for view in views} == {"plain"}
    assert any(view.moving and view.boxes for view in views)
    seconds = views[-1].time - views[0].time
    assert len(views) <= seconds * 5.2 + 1


def test_what_analysis_costs_is_told(engine: EngineProcess) -> None:
    """Per camera and of all together, with the governor's pace."""
    stats = engine.wait_for(CameraStats, lambda report: report.analysis_ms > 0)
    assert stats.governor == "full"
    total = engine.wait_for(EngineStats, lambda report: report.analysis_used > 0)
    assert 0.3 <= total.analysis_budget <= 0.9


def test_a_polygon_that_crosses_itself_is_refused(engine: EngineProcess) -> None:
    """By its name, and the zones stay what they were."""
    bow = Point(0.1, 0.1), Point(0.9, 0.9), Point(0.9, 0.1), Point(0.1, 0.9)
    engine.send(SetZones("inside", (Zone("bow", ZoneKind.MOTION, bow),)))
    rejected = engine.wait_for(Rejected)
    assert rejected == Rejected("SetZones", "polygon_crosses_itself")
