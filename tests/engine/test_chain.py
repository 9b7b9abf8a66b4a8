"""From a camera's socket to a whole clip: the real engine, real RTSP, real H.264."""

from collections.abc import Iterator
from itertools import pairwise
import json
from pathlib import Path

import av
import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Mode,
    MotionEnded,
    MotionStarted,
    SetMode,
    StreamState,
)
from tests.simulator import short_scene
from tests.simulator.barcode import read

from .conftest import configuration, simulated, wait_online
from .process import EngineProcess

FPS = 10
PRE_ROLL = 5.0
POST_ROLL = 3.0
BEGIN = 16.0
"""Where in its loop the scene begins: 12 s before the visit. However slowly the engine
connects, the ring is full by then."""


@pytest.fixture(scope="module", params=["h264", "hevc"])
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[EngineProcess, ClipClosed]]:
    """Return an engine that has recorded one visit, and the clip of it."""
    folder = tmp_path_factory.mktemp("clips") / "test"
    with (
        EngineProcess() as engine,
        simulated(codec=request.param, audio="aac", begin=BEGIN) as simulator,
    ):
        camera = simulator.cameras[0]
        engine.send(
            configuration(camera, str(folder), pre_roll=PRE_ROLL, post_roll=POST_ROLL)
        )
        yield engine, engine.wait_for(ClipClosed, timeout=60)


def frames(path: Path) -> list[av.VideoFrame]:
    """Decode every frame of a clip, strictly."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        return list(container.decode(stream))


def test_clip_starts_the_pre_roll_before_the_motion_and_ends_after_it(
    recorded: tuple[EngineProcess, ClipClosed],
) -> None:
    """Judged by the frame numbers that are drawn into the picture."""
    _, clip = recorded
    scene = short_scene()
    (visit,) = scene.intervals
    first = scene.first_frame(visit, FPS)
    last = scene.last_frame(visit, FPS)

    numbers = [read(frame) for frame in frames(Path(clip.path))]

    assert None not in numbers
    assert numbers[0] is not None
    assert numbers[-1] is not None
    loop = round(scene.duration * FPS)
    assert numbers[0] <= first - PRE_ROLL * FPS
    assert numbers[-1] >= last or numbers[-1] < numbers[0], "ends before the motion"
    assert all(
        (later - earlier) % loop == 1
        for earlier, later in pairwise(n for n in numbers if n is not None)
    ), "a frame is missing or doubled"


def test_event_starts_at_the_first_moving_frame(
    recorded: tuple[EngineProcess, ClipClosed],
) -> None:
    """The event's time is the picture's, not that of its detection."""
    engine, clip = recorded
    started = engine.wait_for(MotionStarted)
    ended = engine.wait_for(MotionEnded)
    (visit,) = short_scene().intervals
    numbers = [read(frame) for frame in frames(Path(clip.path))]
    assert numbers[0] is not None
    # When the visitor became visible, by the clip's own clock.
    truth = clip.start + visit.start - numbers[0] / FPS
    assert started.time == pytest.approx(truth, abs=0.8)
    assert clip.event_start == started.time
    assert ended.end > started.time + 2
    assert clip.end >= ended.end + POST_ROLL - 0.2


def test_clip_is_a_regular_mp4_that_tells_whose_it_is(
    recorded: tuple[EngineProcess, ClipClosed],
) -> None:
    """One index, no fragments, sound as AAC, and the tag to rebuild the library."""
    _, clip = recorded
    path = Path(clip.path)
    data = path.read_bytes()
    assert b"moof" not in data[:64] + data[-4096:]
    assert data[4:8] == b"ftyp"
    assert clip.size == len(data)
    with av.open(clip.path) as container:
        codecs = {stream.type: stream.codec_context for stream in container.streams}
        assert codecs["audio"].name == "aac"
        assert codecs["video"].name == clip.codec
        if clip.codec == "hevc":
            assert codecs["video"].codec_tag == "hvc1"
        tag = json.loads(container.metadata["comment"])
        sound = sum(frame.samples for frame in container.decode(audio=0))
    assert tag["clip"] == clip.clip_id
    assert tag["camera"] == "test"
    assert clip.has_audio
    assert isinstance(codecs["audio"], av.AudioCodecContext)
    assert sound / codecs["audio"].sample_rate == pytest.approx(
        clip.end - clip.start, abs=1.0
    )
    assert not list(path.parent.glob("*.part"))


def test_thumbnail_shows_the_visitor(
    recorded: tuple[EngineProcess, ClipClosed],
) -> None:
    """A small JPEG beside the clip, hidden from folder views."""
    _, clip = recorded
    assert clip.thumbnail is not None
    data = Path(clip.thumbnail).read_bytes()
    assert data[:2] == b"\xff\xd8"
    assert len(data) <= 20 * 1024
    assert Path(clip.thumbnail).parent.name == ".thumbs"


def test_clip_is_told_of_only_when_it_is_whole(
    recorded: tuple[EngineProcess, ClipClosed],
) -> None:
    """Opened, then closed, with one id and the event that caused it."""
    engine, clip = recorded
    opened = engine.wait_for(ClipOpened)
    started = engine.wait_for(MotionStarted)
    assert (opened.clip_id, opened.event_id) == (clip.clip_id, started.event_id)
    assert engine.reports.index(opened) < engine.reports.index(clip)


def test_stopping_the_engine_finishes_the_open_clip(tmp_path: Path) -> None:
    """A restart of Home Assistant in the middle of a visit loses nothing."""
    with simulated() as simulator:
        engine = EngineProcess()
        engine.send(configuration(simulator.cameras[0], str(tmp_path / "test")))
        wait_online(engine)
        engine.wait_for(ClipOpened, timeout=60)
        assert engine.stop() == 0
        clip = engine.wait_for(ClipClosed)
        assert frames(Path(clip.path))


def test_engine_says_why_a_stream_does_not_open(
    engine: EngineProcess, tmp_path: Path
) -> None:
    """A wrong password is told as such, and neither is in the log."""
    with simulated() as simulator:
        camera = simulator.cameras[0]
        good = configuration(camera, str(tmp_path))
        wrong = good.main.url.replace("p%3Aw%40%2Fd", "s3cret")
        engine.send(configuration(camera, str(tmp_path), main=type(good.main)(wrong)))
        state = engine.wait_for(StreamState, lambda state: state.error is not None)
        assert state.error == "invalid_auth"
        assert "s3cret" not in "\n".join(engine.log)


def test_scene_is_quiet_for_the_pre_roll_before_the_visit() -> None:
    """What the tests above assume of the simulator."""
    (visit,) = short_scene().intervals
    assert visit.start > PRE_ROLL + 2


def test_arming_while_somebody_moves_records_at_once(tmp_path: Path) -> None:
    """The motion that goes on is recorded from its start, out of the ring."""
    with EngineProcess() as engine, simulated(begin=BEGIN) as simulator:
        camera = simulator.cameras[0]
        engine.send(configuration(camera, str(tmp_path / "test"), mode=Mode.DETECT))
        started = engine.wait_for(MotionStarted, timeout=60)
        assert not engine.of(ClipOpened)
        engine.send(SetMode("test", Mode.RECORD))
        opened = engine.wait_for(ClipOpened, timeout=10)
        assert opened.event_id == started.event_id
        assert opened.start <= started.time - PRE_ROLL
