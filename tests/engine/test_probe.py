"""Measuring a stream before it is relied on."""

import asyncio

import pytest

from custom_components.hearthcam.engine import probe as module
from custom_components.hearthcam.engine.opening import open_stream
from custom_components.hearthcam.engine.probe import probe
from custom_components.hearthcam.engine.protocol import (
    Measured,
    Probe,
    StreamError,
    StreamSource,
)
from tests.simulator import CameraOptions, SimulatedCamera, small_source


async def measured(camera: SimulatedCamera, seconds: float = 2.5) -> Measured:
    """Measure the main stream."""
    command = Probe(
        "1", StreamSource(camera.rtsp_url("main")), measure=seconds, second=True
    )
    answer = await asyncio.to_thread(probe, command)
    assert answer.error is None
    assert answer.info is not None
    assert (answer.info.width, answer.info.height) == (320, 180)
    assert answer.measured is not None
    return answer.measured


async def test_rates_are_those_that_arrive() -> None:
    """10 pictures a second with a keyframe each second, whatever SDP says."""
    async with SimulatedCamera(CameraOptions(main=small_source())) as camera:
        result = await measured(camera)
    assert result.fps == pytest.approx(10, rel=0.2)
    assert result.gop == pytest.approx(1.0, abs=0.1)
    assert result.gop_complete
    assert not result.irregular_gop
    assert 10 < result.bitrate < 1000
    assert result.second_connection is True


async def test_a_long_keyframe_interval_is_told_though_it_did_not_end() -> None:
    """Nobody waits 10 s for a keyframe; that it takes longer than asked is enough."""
    source = small_source(gop=6.0)
    async with SimulatedCamera(CameraOptions(main=source)) as camera:
        result = await measured(camera, 1.2)
    assert not result.gop_complete
    assert result.gop >= 1.8


async def test_a_camera_that_serves_one_client_says_so() -> None:
    """The other one, of a recorder that is there already, would be turned away."""
    async with SimulatedCamera(CameraOptions(main=small_source())) as camera:
        camera.control.allow_clients(1)
        result = await measured(camera)
    assert result.second_connection is False


async def test_a_camera_that_falls_silent_ends_the_measuring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No read waits for ever."""
    async with SimulatedCamera(CameraOptions(main=small_source())) as camera:
        loop = asyncio.get_running_loop()

        def opened_and_stalled(*args: object, **kwargs: object) -> object:
            stream = open_stream(*args, **kwargs)  # type: ignore[arg-type]  # passed on
            loop.call_soon_threadsafe(camera.control.stall)
            return stream

        monkeypatch.setattr(module, "open_stream", opened_and_stalled)
        command = Probe(
            "1", StreamSource(camera.rtsp_url("main")), timeout=5.0, measure=0.5
        )
        async with asyncio.timeout(20):
            answer = await asyncio.to_thread(probe, command)
    assert answer.error is StreamError.TIMEOUT


async def test_without_measuring_the_first_pictures_are_enough() -> None:
    """Trying a stream is quick."""
    async with SimulatedCamera(CameraOptions(main=small_source())) as camera:
        answer = await asyncio.to_thread(
            probe, Probe("1", StreamSource(camera.rtsp_url("main")))
        )
    assert answer.info is not None
    assert answer.measured is None
