"""FFmpeg, through PyAV, plays what the simulated camera sends."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import av
import numpy as np
import pytest

from tests.simulator import VideoFile, barcode, small_source
from tests.simulator.audio import TICK
from tests.simulator.conftest import GOP, StartCamera

USERNAME, PASSWORD = "admin", "pa:ss@w/rd"


@dataclass(frozen=True, slots=True)
class Played:
    """What a client decoded."""

    kinds: Sequence[tuple[str, str]]
    numbers: Sequence[int | None]
    """The frames' numbers."""
    times: Sequence[float]
    """Timestamps of the frames (from the second on: the first may have none)."""
    sizes: Sequence[tuple[int, int]]
    ticks: Sequence[float]
    """Times at which the microphone's tick begins, without one heard in part."""


def play(url: str, transport: str, frames: int, login: bool = True) -> Played:
    """Decode some frames of video, and the audio that comes with them; blocks."""
    if login:
        credentials = f"{USERNAME}:{quote(PASSWORD, safe='')}"
        url = url.replace("rtsp://", f"rtsp://{credentials}@")
    options = {
        "rtsp_transport": transport,
        "analyzeduration": "200000",
        "fpsprobesize": "0",
    }
    numbers: list[int | None] = []
    times: list[float] = []
    sizes: list[tuple[int, int]] = []
    ticks: list[float] = []
    listening: float | None = None
    with av.open(url, options=options, timeout=10) as container:
        kinds = [(s.type, s.codec_context.name) for s in container.streams]
        for packet in container.demux():
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    numbers.append(barcode.read(frame))
                    sizes.append((frame.width, frame.height))
                    if frame.time is not None:
                        times.append(frame.time)
                elif isinstance(frame, av.AudioFrame) and frame.time is not None:
                    sound = frame.to_ndarray().astype(np.float64).reshape(-1)
                    listening = frame.time if listening is None else listening
                    loud = np.abs(sound) > (
                        8000 if frame.format.name == "s16" else 0.25
                    )
                    begin = frame.time + int(loud.argmax()) / frame.sample_rate
                    latest = ticks[-1] if ticks else listening
                    if loud.any() and begin - latest > 2 * TICK:
                        ticks.append(begin)
            if len(numbers) >= frames:
                break
    return Played(kinds, numbers, times, sizes, ticks)


@pytest.mark.parametrize(
    ("codec", "audio", "heard"),
    [("h264", "aac", "aac"), ("hevc", "pcm_alaw", "pcm_alaw")],
)
async def test_video_and_audio_play_over_tcp_and_udp(
    start_camera: StartCamera, codec: str, audio: str, heard: str
) -> None:
    camera = await start_camera(
        main=small_source(codec, gop=GOP),
        audio=audio,
        username=USERNAME,
        password=PASSWORD,
    )
    both = await asyncio.gather(
        asyncio.to_thread(play, camera.rtsp_url(), "tcp", 17),
        asyncio.to_thread(play, camera.rtsp_url(), "udp", 17),
    )
    for played in both:
        assert sorted(played.kinds) == [("audio", heard), ("video", codec)]
        numbers = [number for number in played.numbers if number is not None]
        assert len(numbers) == len(played.numbers)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert numbers[0] % 5 == 0
        steps = [after - before for before, after in pairwise(played.times)]
        assert steps == pytest.approx([0.1] * len(steps), abs=0.002)
        # The tick sounds at full seconds of the loop: sound and picture agree.
        offset = played.times[-1] - numbers[-1] / 10
        assert played.ticks
        for tick in played.ticks:
            assert abs((tick - offset + 0.5) % 1 - 0.5) < 0.03


async def test_timestamps_go_on_over_the_wrap_for_video_and_mulaw(
    start_camera: StartCamera,
) -> None:
    camera = await start_camera(begin=19.0, audio="pcm_mulaw")
    played = await asyncio.to_thread(play, camera.rtsp_url(), "tcp", 16, login=False)
    assert ("audio", "pcm_mulaw") in played.kinds
    assert 199 in played.numbers
    assert 0 in played.numbers
    steps = [after - before for before, after in pairwise(played.times)]
    assert steps == pytest.approx([0.1] * len(steps), abs=0.002)


async def test_a_wrong_password_is_refused(start_camera: StartCamera) -> None:
    camera = await start_camera(username=USERNAME, password="another")
    with pytest.raises(av.error.HTTPUnauthorizedError):
        await asyncio.to_thread(play, camera.rtsp_url(), "tcp", 1)


@pytest.mark.parametrize("scheme", ["digest", "basic"])
async def test_an_unknown_path_is_not_found(
    start_camera: StartCamera, scheme: str
) -> None:
    camera = await start_camera(username=USERNAME, password=PASSWORD, scheme=scheme)
    url = camera.rtsp_url().replace("/main", "/other")
    with pytest.raises(av.error.HTTPNotFoundError):
        await asyncio.to_thread(play, url, "tcp", 1)


async def test_a_file_is_sent_as_it_is_and_its_sub_stream_smaller(
    start_camera: StartCamera, cache: Path
) -> None:
    path = await asyncio.to_thread(small_source(gop=GOP).encode, cache)
    file = VideoFile(path)
    assert file.encode(cache) == path
    camera = await start_camera(main=file, sub=file.sub(160, 90, 5).with_gop(GOP))
    main, sub = await asyncio.gather(
        asyncio.to_thread(play, camera.rtsp_url("main"), "tcp", 6, login=False),
        asyncio.to_thread(play, camera.rtsp_url("sub"), "tcp", 3, login=False),
    )
    assert set(main.sizes) == {(320, 180)}
    assert set(sub.sizes) == {(160, 90)}
    assert None not in main.numbers
    assert camera.scene is None


async def test_footage_of_a_real_camera_plays(
    start_camera: StartCamera, shared: Path
) -> None:
    clip = shared / "footage" / "clips" / "tree-then-hand.mp4"
    camera = await start_camera(main=VideoFile(clip))
    played = await asyncio.to_thread(play, camera.rtsp_url(), "tcp", 3, login=False)
    assert set(played.sizes) == {(320, 240)}
