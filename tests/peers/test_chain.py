"""From a camera that others wrote to a whole clip, a live picture and a still."""

from collections.abc import Iterator
import io
from itertools import islice, pairwise
import json
from pathlib import Path

import av
from PIL import Image
import pytest

from custom_components.hearthcam.engine.bitstream import (
    has_sequence_parameters,
    parameter_sets,
)
from custom_components.hearthcam.engine.protocol import (
    Lost,
    MotionEnded,
    MotionStarted,
    StreamState,
    StreamStatus,
)
from tests.simulator.barcode import read

from . import footage
from .cameras import (
    COMBINATIONS,
    POST_ROLL,
    PRE_ROLL,
    Peers,
    beats,
    missing,
    numbers,
    peers,
    ticks,
)

pytestmark = pytest.mark.peers

(VISIT,) = footage.SCENE.intervals
every_camera = pytest.mark.parametrize("name", COMBINATIONS)
with_sound = pytest.mark.parametrize(
    "name", [name for name, how in COMBINATIONS.items() if how.audio != "none"]
)


@pytest.fixture(scope="module")
def watched(
    footage_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peers]:
    """Return all cameras, watched at once by one engine."""
    folder = tmp_path_factory.mktemp("clips")
    yield from peers(tuple(COMBINATIONS), footage_folder, folder)


@every_camera
def test_stream_is_told_as_what_it_is(watched: Peers, name: str) -> None:
    """Whatever transport it took, at the first attempt."""
    state = watched.engine.wait_for(
        StreamState,
        lambda state: (
            state.camera_id == name and state.status is not StreamStatus.CONNECTING
        ),
    )
    how = COMBINATIONS[name]
    assert state.status is StreamStatus.ONLINE
    assert state.info is not None
    assert state.info.codec == how.codec
    assert (state.info.width, state.info.height) == (320, 180)
    assert state.info.audio_codec == (None if how.audio == "none" else how.audio)


@every_camera
def test_clip_starts_the_pre_roll_before_the_motion_and_ends_after_it(
    watched: Peers, name: str
) -> None:
    """Judged by the frame numbers that are drawn into the picture."""
    clip = watched.clip(name)
    found = numbers(clip.path)
    assert None not in found
    assert found[0] is not None
    assert found[-1] is not None
    first = footage.SCENE.first_frame(VISIT, footage.FPS)
    last = footage.SCENE.last_frame(VISIT, footage.FPS)
    assert found[0] <= first - PRE_ROLL * footage.FPS
    assert last <= found[-1] < footage.LOOP
    watched.accept(missing(clip), name)


@every_camera
def test_event_lies_where_the_motion_is_in_the_clip(watched: Peers, name: str) -> None:
    """By the clip's own clock, which is the camera's."""
    clip = watched.clip(name)
    started = watched.engine.wait_for(MotionStarted, lambda m: m.camera_id == name)
    ended = watched.engine.wait_for(MotionEnded, lambda m: m.camera_id == name)
    first = numbers(clip.path)[0]
    assert first is not None
    truth = clip.start + VISIT.start - first / footage.FPS
    assert clip.event_start == started.time == pytest.approx(truth, abs=0.8)
    assert ended.end > started.time + 2
    assert clip.end >= ended.end + POST_ROLL - 0.2
    assert not [lost for lost in watched.engine.of(Lost) if lost.camera_id == name]


@every_camera
def test_clip_is_whole_by_itself_though_the_camera_told_its_parameters_once(
    watched: Peers, name: str
) -> None:
    """Its head and its keyframes hold what only the SDP held."""
    server = watched.servers[name]
    codec = COMBINATIONS[name].codec
    with av.open(
        server.url(), format="rtsp", timeout=10, options={"fpsprobesize": "0"}
    ) as container:
        raw = next(
            packet
            for packet in container.demux(container.streams.video[0])
            if packet.is_keyframe
        )
        assert not has_sequence_parameters(codec, parameter_sets(codec, bytes(raw)))
    clip = watched.clip(name)
    with av.open(clip.path) as container:
        video = container.streams.video[0]
        assert video.codec_context.name == clip.codec == codec
        assert video.codec_context.extradata
        assert next(container.demux(video)).is_keyframe
        tag = json.loads(container.metadata["comment"])
    assert (tag["camera"], tag["clip"]) == (name, clip.clip_id)
    assert clip.size == Path(clip.path).stat().st_size
    assert clip.thumbnail is not None
    assert Path(clip.thumbnail).read_bytes()[:2] == b"\xff\xd8"


@with_sound
def test_sound_is_in_step_with_the_picture(watched: Peers, name: str) -> None:
    """A tick sounds whenever the scene's clock is at a full second."""
    clip = watched.clip(name)
    assert clip.has_audio
    shown, heard = beats(clip.path), ticks(clip.path)
    assert len(heard) >= clip.end - clip.start - 2
    for tick in heard[1:-1]:
        nearest = min(shown, key=lambda beat: abs(beat - tick))
        # The servers' own mixture of sound and picture is not exact.
        assert tick == pytest.approx(nearest, abs=0.2)


@every_camera
def test_live_view_plays(watched: Peers, name: str) -> None:
    """Every frame, in order, from the past seconds on."""
    with av.open(
        watched.engine.url(f"live/{name}.ts"), format="mpegts", timeout=10
    ) as container:
        assert container.streams.video[0].codec_context.name == COMBINATIONS[name].codec
        frames = [read(frame) for frame in islice(container.decode(video=0), 60)]
        sound = [stream.codec_context.name for stream in container.streams.audio]
    assert all(
        (later - earlier) % footage.LOOP == 1
        for earlier, later in pairwise(
            number for number in frames if number is not None
        )
    )
    assert None not in frames
    assert sound == ([] if COMBINATIONS[name].audio == "none" else ["aac"])


@every_camera
def test_still_shows_the_last_picture(watched: Peers, name: str) -> None:
    """A JPEG of the whole picture."""
    picture = Image.open(io.BytesIO(watched.engine.get(f"still/{name}.jpg?fresh=1")))
    assert (picture.format, picture.size) == ("JPEG", (320, 180))
