"""What arming, disarming and another choice do to a recording that goes on."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.hearthcam.engine.camera import Camera
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.feed import Feed
from custom_components.hearthcam.engine.policy import Begin, End, Policy
from custom_components.hearthcam.engine.protocol import (
    ConfigureCamera,
    Mode,
    MotionStarted,
    MotionUpdated,
    Report,
    StreamSource,
)
from tests.unhidden import UNHIDDEN

from .recording import tenths, times
from .samples import video
from .test_recorder_modes import Cameras, ended, started

OFF: dict[str, Any] = {"mode": Mode.OFF}
DETECT: dict[str, Any] = {"mode": Mode.DETECT}
RECORD: dict[str, Any] = {"mode": Mode.RECORD}
CHOSEN: dict[str, Any] = {"mode": Mode.RECORD, "record_zones": ("door",)}
CONTINUOUS: dict[str, Any] = {"mode": Mode.RECORD, "continuous": True}
ALL = (OFF, DETECT, RECORD, CHOSEN, CONTINUOUS)


def test_choice_that_is_left_begins_nothing_in_the_mode_that_is_left(
    tmp_path: Path,
) -> None:
    """Disarmed during a motion that was not chosen: none of it is recorded."""
    cameras = Cameras(tmp_path, **CHOSEN)
    part, config = cameras.parts["one"], cameras.benches["one"].config
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0, "street"))
    cameras.feed(packets[60:80])
    assert part.configure(replace(config, mode=Mode.DETECT, record_zones=())) == []
    assert part.configure(replace(config, **DETECT)) == []
    cameras.feed(packets[80:])
    assert not cameras.closed("one")
    assert not cameras.closed("two")


def test_other_choice_does_not_interrupt_what_is_recorded(tmp_path: Path) -> None:
    """The clip that is open goes on to its post-roll, as one file."""
    cameras = Cameras(tmp_path, **RECORD)
    part, config = cameras.parts["one"], cameras.benches["one"].config
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0, "street"))
    cameras.feed(packets[60:70])
    part.pass_on(part.configure(replace(config, **CHOSEN)))
    cameras.feed(packets[70:80])
    cameras.saw(ended(5.0, 7.5, "street"))
    cameras.feed(packets[80:])
    (clip,) = cameras.closed("one")
    assert times(clip) == tenths(3.0, 8.5)
    (along,) = cameras.closed("two")
    assert times(along) == tenths(3.0, 8.5)


def test_wider_choice_records_a_motion_from_its_start(tmp_path: Path) -> None:
    """As arming does."""
    cameras = Cameras(tmp_path, **CHOSEN)
    part, config = cameras.parts["one"], cameras.benches["one"].config
    packets = video(12.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0, "street"))
    cameras.feed(packets[60:80])
    part.pass_on(part.configure(replace(config, record_zones=())))
    cameras.saw(ended(5.0, 8.0, "street"))
    cameras.feed(packets[80:])
    (clip,) = cameras.closed("one")
    assert times(clip) == tenths(3.0, 9.0)
    cameras.closed("two")


def test_all_the_time_and_back_loses_no_frame_of_a_motion(tmp_path: Path) -> None:
    """It goes on in the file that is open, and none of it is in two."""
    cameras = Cameras(tmp_path, **RECORD)
    part, config = cameras.parts["one"], cameras.benches["one"].config
    packets = video(20.0)[1]
    cameras.feed(packets[:60])
    cameras.saw(started(5.0))
    cameras.feed(packets[60:75])
    part.configure(replace(config, **CONTINUOUS))
    cameras.feed(packets[75:130])
    part.configure(replace(config, **RECORD))
    cameras.feed(packets[130:150])
    cameras.saw(ended(5.0, 14.5))
    cameras.feed(packets[150:])
    clips = sorted(cameras.closed("one"), key=lambda clip: clip.start)
    moments = [moment for clip in clips for moment in times(clip)]
    assert moments == tenths(3.0, 15.5)
    cameras.closed("two")


@given(steps=st.lists(st.sampled_from((*ALL, "begins", "enters", "ends")), max_size=12))
@settings(max_examples=200, deadline=None)
def test_motion_is_recorded_exactly_while_the_choice_of_now_wants_it(
    steps: list[Any],
) -> None:
    """Begun at most once, ended when the mode or the motion ends, never in between."""
    config = ConfigureCamera(
        "one", "One", "/nowhere/one", StreamSource("rtsp://127.0.0.1:1/x"), **UNHIDDEN
    )
    policy, open_events = Policy(config), set[str]()
    number, moving, wanted = 0, False, False
    zones: tuple[str, ...] = ()
    for time, step in enumerate(steps):
        made: list[Begin | End] = []
        if isinstance(step, dict):
            config = replace(
                config, **{"continuous": False, "record_zones": (), **step}
            )
            made = policy.configure(config, float(time))
        elif step == "begins" and not moving:
            number, zones, moving, wanted = number + 1, ("street",), True, False
            report = MotionStarted("one", f"E{number}", time, 0.5, zones=zones)
            made = policy.started(report)
        elif step == "enters" and moving:
            zones = ("street", "door")
            made = policy.updated(
                MotionUpdated("one", f"E{number}", time, 0.6, zones=zones)
            )
        elif step == "ends" and moving:
            moving = False
            made = policy.ended(
                replace(ended(time, time, *zones), event_id=f"E{number}")
            )
        records = config.mode is Mode.RECORD
        chosen = not config.record_zones or not set(zones).isdisjoint(
            config.record_zones
        )
        # Once it is recorded, a narrower choice does not cut it short.
        wanted = moving and records and (wanted or chosen)
        for event in made:
            if isinstance(event, Begin):
                open_events.add(event.event_id)
            else:
                open_events.remove(event.event_id)
        assert open_events == ({f"E{number}"} if wanted else set())


def test_arming_reconnects_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever changes but the addresses of the streams."""
    begun: list[Feed] = []
    monkeypatch.setattr(Feed, "start", lambda self: begun.append(self))
    source = StreamSource("rtsp://127.0.0.1:1/nothing")
    config = ConfigureCamera(
        "one", "One", str(tmp_path / "one"), source, source, **UNHIDDEN
    )
    reports: list[Report] = []
    camera = Camera(config, reports.append, Clock())
    try:
        for before, after in permutations(ALL, 2):
            camera.configure(replace(config, **before))
            camera.configure(replace(config, **after))
        assert len(begun) == 2
    finally:
        camera.close()
