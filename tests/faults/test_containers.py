"""Why clips are written as they are: what a kill leaves of each form of MP4."""

from collections.abc import Callable
import os
from pathlib import Path
import random
import subprocess
import sys
import time

import av
import pytest

from custom_components.hearthcam.engine.packet import TIME_BASE, AudioParameters, Packet
from tests.engine.recording import writer_of
from tests.engine.samples import video

from .container_writer import FORMS

pytestmark = pytest.mark.faults

KILLS = max(3, int(os.environ.get("HEARTHCAM_FAULT_RUNS", "8")) // 2)
REPOSITORY = Path(__file__).parents[2]


def frames(path: Path) -> int:
    """Return how many frames of a file can be decoded; 0 for one that does not play."""
    try:
        with av.open(str(path)) as container:
            return sum(1 for _ in container.decode(video=0))
    except av.FFmpegError:
        return 0


def killed(folder: Path, after: int) -> int:
    """Kill a writer after so many frames; return how many it had written."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.faults.container_writer", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= after:
                break
        process.kill()
        rest = process.stdout.read().split()
    return int(rest[-1]) if rest else after


def test_only_our_form_bounds_what_a_kill_costs(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """GOPs of 4 s: a plain MP4 is lost, a fragment each GOP costs up to a GOP."""
    chance = random.Random(5)
    lost: dict[str, list[float]] = {name: [] for name in FORMS}
    for number in range(KILLS):
        folder = tmp_path / str(number)
        written = killed(folder, chance.randrange(60, 200))
        for name, losses in lost.items():
            losses.append((written - frames(folder / f"{name}.mp4")) / 10)
    record_property("seconds_lost", str(lost))
    assert min(lost["plain"]) >= 6.0
    assert max(lost["ours"]) <= 1.0
    assert max(lost["fragmented"]) > 1.0


@pytest.fixture(params=[300, 30, 0], ids=["steady", "stops", "none"])
def sound(request: pytest.FixtureRequest) -> int:
    """Return for how many frames a camera sends sound."""
    frames_with_sound: int = request.param
    return frames_with_sound


@pytest.mark.parametrize("gop", [10, 150])
def test_no_more_than_a_second_is_in_memory_only(
    tmp_path: Path, gop: int, sound: int
) -> None:
    """With GOPs of 15 s, and with sound that comes late or never comes again.

    FFmpeg on its own would hold back ten seconds of pictures to wait for sound.
    """
    parameters, packets = video(20.0, gop=gop)
    audio = AudioParameters("pcm_mulaw", 8000, 1, b"")
    path = tmp_path / "test" / "2026-01-01" / "00-00-00_CLIP0001.mp4"
    part = path.with_name(f"{path.name}.part")
    writer = writer_of(path, parameters, [packets[0]], audio=audio)
    for number, packet in enumerate(packets[1:], 2):
        writer.offer(packet)
        for piece in range(5 if number < sound else 0):
            # Sound lags behind by 0.3 s, as encoders in cameras do.
            at = packet.pts + (piece - 15) * TIME_BASE // 50
            writer.offer(Packet(b"\xff" * 160, at, at, TIME_BASE // 50, True, True))
        while writer._queue or not writer._steps.resting:
            time.sleep(0)
        if number % 7 == 0 and number > 10:
            assert number - frames(part) <= 10, f"after {number} frames"
    writer.finish()
    assert writer.join(20)
    assert frames(path) == len(packets)
