"""A camera that changes while it is recorded: its size, its clock, its connection."""

from itertools import pairwise
from pathlib import Path

import av
import pytest

from custom_components.hearthcam.engine.protocol import ClipClosed, ClipOpened, Lost
from tests.engine.conftest import configuration, simulated
from tests.engine.process import EngineProcess
from tests.simulator.barcode import read
from tests.simulator.process import RemoteCamera

pytestmark = pytest.mark.faults


def numbers(clip: ClipClosed) -> list[int]:
    """Return the frame numbers that are drawn into a clip's pictures."""
    with av.open(clip.path) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        found = [read(frame) for frame in container.decode(stream)]
    return [number for number in found if number is not None]


def start(engine: EngineProcess, camera: RemoteCamera, folder: Path) -> None:
    """Record all the time, in segments of 3 s."""
    engine.send(
        configuration(
            camera, str(folder), camera_id="test", continuous=True, segment=3.0
        )
    )
    engine.wait_for(ClipOpened)


def after(engine: EngineProcess, count: int) -> list[ClipClosed]:
    """Wait for so many more clips; return all."""
    wanted = len(engine.of(ClipClosed)) + count
    engine.wait_for(ClipClosed, lambda _: len(engine.of(ClipClosed)) >= wanted)
    return engine.of(ClipClosed)


def test_camera_that_changes_its_resolution_starts_another_clip(tmp_path: Path) -> None:
    """Each file has one size, plays alone, and holds pictures of its own size only."""
    with simulated(audio="aac") as simulator, EngineProcess() as engine:
        camera = simulator.cameras[0]
        start(engine, camera, tmp_path / "test")
        after(engine, 1)
        camera.switch("set_resolution", width=480, height=272)
        engine.wait_for(ClipClosed, lambda clip: clip.width == 480)
        clips = after(engine, 1)
    sizes = [clip.width for clip in clips]
    assert sizes == sorted(sizes, key=lambda width: width == 480)
    for clip in clips:
        assert len(numbers(clip)) > 0
        with av.open(clip.path) as container:
            assert {frame.width for frame in container.decode(video=0)} == {clip.width}


@pytest.mark.parametrize("jump", [-3600.0, 3600.0, -7.0, 7.0])
def test_camera_whose_clock_jumps_loses_no_frame(tmp_path: Path, jump: float) -> None:
    """Files go on as if nothing had been: without a hole, an overlap or a stop."""
    with simulated() as simulator, EngineProcess() as engine:
        camera = simulator.cameras[0]
        start(engine, camera, tmp_path / "test")
        after(engine, 1)
        camera.switch("jump_timestamps", seconds=jump)
        clips = after(engine, 2)
        lost = engine.of(Lost)
    frames = [number for clip in clips for number in numbers(clip)]
    assert all(b - a == 1 for a, b in pairwise(frames) if b > a)
    for one, other in pairwise(clips):
        assert other.start == pytest.approx(one.end, abs=1.0)
    assert not lost
