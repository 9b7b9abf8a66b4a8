"""`kill -9` of the engine while it records: what is left is repaired and plays."""

from pathlib import Path
import random
import shutil
import time

import av
import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Recover,
    Recovered,
)
from custom_components.hearthcam.engine.recover import recover
from custom_components.hearthcam.library.layout import part_path
from tests.engine.conftest import configuration, simulated, wait_online
from tests.engine.process import EngineProcess
from tests.engine.recording import writer_of
from tests.engine.samples import video

pytestmark = pytest.mark.faults


def playable_seconds(path: Path) -> float:
    """Decode a whole file, strictly; return how long it is."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        frames = list(container.decode(stream))
    return len(frames) / 10


def test_clip_open_at_the_kill_is_repaired_by_the_next_engine(tmp_path: Path) -> None:
    """Everything but the last fragment (a second) is there, index included."""
    folder = tmp_path / "test"
    with simulated(audio="aac") as simulator:
        camera = simulator.cameras[0]
        engine = EngineProcess()
        engine.send(configuration(camera, str(folder)))
        opened = engine.wait_for(ClipOpened, timeout=60)
        time.sleep(4.2)  # The point of this test: real seconds being written.
        engine.process.kill()
        killed = time.time()
        engine.stop()
        (part,) = folder.rglob("*.part")
        assert not list(folder.rglob("*.mp4"))

        with EngineProcess() as second:
            second.send(Recover("1", str(tmp_path)))
            clip = second.wait_for(ClipClosed)
            outcome = second.wait_for(Recovered)

    assert (outcome.repaired, outcome.discarded) == (1, 0)
    assert clip.recovered
    assert clip.clip_id == opened.clip_id
    assert clip.thumbnail is not None
    assert not part.exists()
    seconds = playable_seconds(Path(clip.path))
    assert seconds == pytest.approx(clip.end - clip.start, abs=0.2)
    assert killed - clip.end < 2.0
    assert clip.has_audio


def test_engine_records_again_within_three_seconds(tmp_path: Path) -> None:
    """From the start of the process to a packet in the ring."""
    with simulated() as simulator:
        camera = simulator.cameras[0]
        with EngineProcess() as first:
            first.send(configuration(camera, str(tmp_path)))
            wait_online(first)
            first.process.kill()
            began = time.monotonic()
            with EngineProcess() as second:
                second.send(configuration(camera, str(tmp_path)))
                wait_online(second)
                # The machine may have other things to do.
                assert time.monotonic() - began < 6.0


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return what a clip's file held when each of its frames had been offered."""
    folder = tmp_path_factory.mktemp("growing")
    parameters, packets = video(12.0)
    path = folder / "test" / "2026-01-01" / "00-00-00_CLIP0001.mp4"
    states: list[bytes] = []
    writer = writer_of(path, parameters, [packets[0]])
    for packet in packets[1:]:
        part = part_path(path)
        states.append(part.read_bytes() if part.exists() else b"")
        writer.offer(packet)
        while writer._queue:
            time.sleep(0.0005)
    writer.finish()
    writer.join(10)
    return states


def repaired(data: bytes, folder: Path) -> float:
    """Repair a file that was left like this; return its playable seconds."""
    day = folder / "test" / "2026-01-01"
    day.mkdir(parents=True)
    (day / "00-00-00_CLIP0001.mp4.part").write_bytes(data)
    told: list[ClipClosed] = []
    outcome = recover(folder, set, told.append)
    assert outcome.repaired + outcome.discarded == 1
    assert outcome.repaired == len(told)
    seconds = 0.0
    for clip in told:
        seconds = playable_seconds(Path(clip.path))
        assert seconds == pytest.approx(clip.end - clip.start, abs=0.15)
    assert not list(folder.rglob("*.part")) + list(folder.rglob("*.repair"))
    shutil.rmtree(folder / "test")
    return seconds


def test_a_kill_at_any_frame_loses_at_most_a_fragment(
    growing: list[bytes], tmp_path: Path
) -> None:
    """The stated bound: less than a second, what the muxer holds back included.

    The first fragment of a real clip is its pre-roll, written at once.
    """
    for frames in range(0, len(growing), 4):
        lost = frames / 10 - repaired(growing[frames], tmp_path)
        assert lost <= 1.0, f"{lost:.1f} s lost after {frames} frames"


def test_file_cut_at_any_byte_is_repaired_to_its_last_whole_fragment(
    growing: list[bytes], tmp_path: Path
) -> None:
    """As a power cut may leave it, where a file's end was never written."""
    chance = random.Random(7)
    whole = growing[-1]
    first_fragment = len(next(state for state in growing if b"mdat" in state))
    for length in sorted(chance.randrange(len(whole)) for _ in range(40)):
        seconds = repaired(whole[:length], tmp_path)
        if length >= first_fragment:
            assert seconds >= 0.7
            share = length / len(whole) * len(growing) / 10
            assert seconds >= share - 2.0


def test_clip_being_written_is_left_alone(tmp_path: Path) -> None:
    """A recovery while another camera records must not touch its file."""
    parameters, packets = video()
    path = tmp_path / "test" / "2026-01-01" / "00-00-00_CLIP0001.mp4"
    writer = writer_of(path, parameters, list(packets[:50]))
    outcome = recover(tmp_path, lambda: {path}, lambda _clip: None)
    assert (outcome.repaired, outcome.discarded) == (0, 0)
    for packet in packets[50:]:
        writer.offer(packet)
    writer.finish()
    assert writer.join(10)
    assert playable_seconds(path) == len(packets) / 10


def test_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """Somebody's `.mp4.part` without our tag is not deleted."""
    foreign = tmp_path / "download.mp4.part"
    with av.open(str(foreign), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width = stream.height = 64
        for packet in [*stream.encode(av.VideoFrame(64, 64)), *stream.encode()]:
            container.mux(packet)
    outcome = recover(tmp_path, set, lambda _clip: None)
    assert (outcome.repaired, outcome.discarded) == (0, 0)
    assert foreign.exists()
