"""One camera's parts together: what analysis can never do to a recording."""

from pathlib import Path
from threading import Event

import av
import pytest

from custom_components.hearthcam.engine.camera import Camera
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.feed import Feed
from custom_components.hearthcam.engine.ids import new_id
from custom_components.hearthcam.engine.ladder import Ladder
from custom_components.hearthcam.engine.pace import Pace
from custom_components.hearthcam.engine.packet import Packet
from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ConfigureCamera,
    Profile,
    Report,
    StreamSource,
)
from custom_components.hearthcam.engine.session import Reason
from custom_components.hearthcam.engine.sight import Told
from tests.engine.motion.drawn import EPOCH, encode, pictures
from tests.unhidden import UNHIDDEN


@pytest.mark.parametrize("pace", [Pace.FULL, Pace.KEYFRAMES])
def test_a_stuck_or_slowed_analysis_costs_a_recording_no_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace
) -> None:
    """The detector hangs in its first picture; every packet is in the clip."""
    go_on = Event()

    def stuck(self: Ladder, packet: Packet) -> list[Told]:
        go_on.wait(30)
        return []

    monkeypatch.setattr(Ladder, "feed", stuck)
    # The test is the stream.
    monkeypatch.setattr(Feed, "start", lambda self: None)
    parameters, packets = encode(pictures(30, fps=10))
    reports: list[Report] = []
    source = StreamSource("rtsp://127.0.0.1:1/nothing")
    config = ConfigureCamera("test", "Test", str(tmp_path / "test"), source, **UNHIDDEN)
    camera = Camera(config, reports.append, Clock())
    try:
        camera.analyst.pace = pace
        camera.stream_opened(Profile.MAIN, parameters, None)
        for packet in packets:
            camera.stream_packet(Profile.MAIN, packet)
            if packet is packets[100]:
                camera.recorder.begin(Reason(new_id(EPOCH), "motion", EPOCH + 9.0))
        camera.recorder.cancel()
    finally:
        go_on.set()
        camera.close()
    (clip,) = [report for report in reports if isinstance(report, ClipClosed)]
    with av.open(clip.path) as container:
        frames = sum(1 for _ in container.decode(video=0))
    # From the keyframe before the pre-roll on.
    assert clip.start - EPOCH == pytest.approx(4.0)
    assert frames == 300 - 40
