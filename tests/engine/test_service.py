"""The engine's main loop, without a process around it."""

import asyncio
import socket

import pytest

from custom_components.hearthcam.engine import service
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.protocol import (
    RecordNow,
    Rejected,
    Report,
    StopRecording,
)
from custom_components.hearthcam.engine.wire import encode


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_engine_starts_anew_when_the_clock_was_set(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """Within one run time neither jumps nor goes back; the next has the right one."""
    monkeypatch.setattr(service, "STATS_INTERVAL", 0.01)
    wall = 1_790_000_000.0
    monkeypatch.setattr(service, "Clock", lambda: Clock(lambda: wall, lambda: 0.0))
    with socket.socket() as listening:
        engine = service.Service(listening, lambda _report: None)
        lines = asyncio.StreamReader()
        running = asyncio.create_task(engine.run(lines))
        await asyncio.sleep(0.05)
        assert not running.done()
        wall += step
        async with asyncio.timeout(20):
            await running


async def test_recording_of_no_camera_and_for_no_time_is_harmless() -> None:
    """Commands may cross a camera's removal."""
    reports: list[Report] = []
    with socket.socket() as listening:
        engine = service.Service(listening, reports.append)
        lines = asyncio.StreamReader()
        lines.feed_data(encode(RecordNow("gone", "EVENT0001", 5.0)))
        lines.feed_data(encode(StopRecording("gone")))
        lines.feed_data(encode(RecordNow("gone", "EVENT0001", -1.0)))
        lines.feed_eof()
        async with asyncio.timeout(20):
            await engine.run(lines)
    assert [report for report in reports if isinstance(report, Rejected)] == [
        Rejected("RecordNow", "duration")
    ]
