"""The real engine on real RTSP: recorded all the time, on request, side by side."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Mode,
    RecordNow,
    Rejected,
    StopRecording,
)
from tests.simulator import SimulatorProcess
from tests.simulator.barcode import read

from .conftest import configuration, simulated, wait_online
from .process import EngineProcess


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """Return a simulated camera with sound."""
    with simulated(audio="pcm_mulaw") as process:
        yield process


def numbers(clip: ClipClosed) -> list[int]:
    """Return the frame numbers that are drawn into a clip's pictures."""
    with av.open(clip.path) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        found = [read(frame) for frame in container.decode(stream)]
    assert None not in found
    return [number for number in found if number is not None]


def test_segments_of_a_real_stream_hold_each_frame_once(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """Three files, told of in order, whose frames follow each other."""
    with EngineProcess() as engine:
        engine.send(
            configuration(
                simulator.cameras[0],
                str(tmp_path / "test"),
                continuous=True,
                segment=3.0,
            )
        )
        engine.wait_for(ClipClosed, lambda _: len(engine.of(ClipClosed)) >= 3)
        clips = engine.of(ClipClosed)[:3]
    for one, other in pairwise(clips):
        assert other.start == pytest.approx(one.end, abs=0.15)
        assert numbers(other)[0] == numbers(one)[-1] + 1
    for clip in clips:
        assert clip.kind == "continuous"
        assert clip.has_audio


def test_recording_on_request_reaches_the_disk_and_stops(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """In a mode that records nothing by itself; nonsense is refused."""
    with EngineProcess() as engine:
        engine.send(
            configuration(
                simulator.cameras[0], str(tmp_path / "test"), mode=Mode.DETECT
            )
        )
        wait_online(engine)
        engine.send(RecordNow("test", "EVENT0001", 0.0))
        assert engine.wait_for(Rejected).reason == "duration"
        engine.send(RecordNow("test", "EVENT0001", 600.0, pre_roll=1.0))
        opened = engine.wait_for(ClipOpened)
        engine.send(StopRecording("test"))
        clip = engine.wait_for(ClipClosed)
    assert clip.clip_id == opened.clip_id
    assert (clip.kind, clip.event_id) == ("manual", "EVENT0001")
    assert Path(clip.path).is_file()
