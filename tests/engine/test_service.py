"""The engine's main loop, without a process around it."""

import asyncio
from dataclasses import replace
import os
from pathlib import Path
import socket
import sys
import threading
from types import SimpleNamespace

import pytest

from custom_components.hearthcam.engine import recover, service
from custom_components.hearthcam.engine.clock import Clock
from custom_components.hearthcam.engine.jobs import _polite
from custom_components.hearthcam.engine.protocol import (
    BlackedOut,
    BlackOut,
    BlockCause,
    ClipClosed,
    ConfigureCamera,
    Inspect,
    Inspected,
    Means,
    Point,
    PrivacyState,
    PrivacyZone,
    RecordNow,
    Recover,
    Recovered,
    Rejected,
    RemoveCamera,
    Report,
    StopRecording,
    StreamSource,
)
from custom_components.hearthcam.engine.wire import encode
from tests.unhidden import UNHIDDEN

from .test_recover import unfinished


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


@pytest.mark.parametrize("last", [encode(RemoveCamera("test")), b""])
async def test_clip_that_is_being_closed_is_not_taken_for_one_to_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: bytes
) -> None:
    """A recovery may still go through the folders when a camera, or all, are closed."""
    path = tmp_path / "14-13-20_CLIP0001.mp4"
    closing, closed = threading.Event(), threading.Event()

    class Closing:
        """A camera whose last clip takes its time."""

        recorder = SimpleNamespace(open_paths=lambda: {path})

        def close(self) -> None:
            """Close when the test says so."""
            closing.set()
            assert closed.wait(20)

    monkeypatch.setattr(service, "Camera", lambda *_: Closing())
    with socket.socket() as listening:
        engine = service.Service(listening, lambda _report: None)
        lines = asyncio.StreamReader()
        source = StreamSource("rtsp://127.0.0.1/")
        lines.feed_data(
            encode(ConfigureCamera("test", "Test", str(tmp_path), source, **UNHIDDEN))
        )
        lines.feed_data(last)
        lines.feed_eof()
        running = asyncio.create_task(engine.run(lines))
        assert await asyncio.to_thread(closing.wait, 20)
        assert engine._in_use() == {path}
        closed.set()
        async with asyncio.timeout(20):
            await running


async def test_repair_that_found_no_room_is_tried_again_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a start with a full disk; room is made a moment later."""
    monkeypatch.setattr("custom_components.hearthcam.engine.repairs.WAIT", 0.01)
    monkeypatch.setattr("custom_components.hearthcam.engine.repairs.AGAIN", 0.01)
    monkeypatch.setattr(recover, "_SPARE", 1 << 60)
    path = unfinished(tmp_path)
    reports: list[Report] = []
    with socket.socket() as listening:
        engine = service.Service(listening, reports.append)
        lines = asyncio.StreamReader()
        running = asyncio.create_task(engine.run(lines))
        lines.feed_data(encode(Recover("R", str(tmp_path))))
        async with asyncio.timeout(20):
            while Recovered("R", 0, 0) not in reports:
                await asyncio.sleep(0.01)
            monkeypatch.setattr(recover, "_SPARE", 0)
            while not any(isinstance(report, ClipClosed) for report in reports):
                await asyncio.sleep(0.01)
            lines.feed_eof()
            await running
    assert path.exists()
    assert list(path.parent.glob("*.part")) == []


async def test_films_are_blacked_out_and_looked_at_in_the_background(
    tmp_path: Path,
) -> None:
    """Each is answered, also where there is no such file."""
    zone = PrivacyZone("door", (Point(0.1, 0.1), Point(0.5, 0.1), Point(0.5, 0.5)))
    gone = str(tmp_path / "gone.mp4")
    reports: list[Report] = []
    with socket.socket() as listening:
        engine = service.Service(listening, reports.append)
        lines = asyncio.StreamReader()
        running = asyncio.create_task(engine.run(lines))
        lines.feed_data(encode(BlackOut("B", gone, (zone,), (), None)))
        lines.feed_data(encode(Inspect("I", gone, (zone.polygon,))))
        async with asyncio.timeout(20):
            while len(reports) < 2:
                await asyncio.sleep(0.01)
            lines.feed_eof()
            await running
            # The engine does not wait for its workers; they are about to end.
            while any(
                thread.name.startswith(("inspect", "black out"))
                for thread in threading.enumerate()
            ):
                await asyncio.sleep(0.01)
    answers = {type(report): report for report in reports}
    blacked_out, inspected = answers[BlackedOut], answers[Inspected]
    assert isinstance(blacked_out, BlackedOut)
    assert isinstance(inspected, Inspected)
    assert (blacked_out.request_id, inspected.request_id) == ("B", "I")
    assert blacked_out.error
    assert inspected.error


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads share one")
def test_work_that_can_wait_yields_to_what_cannot() -> None:
    """In its own thread only."""

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = priority()
    with _polite("test") as executor:
        assert executor.submit(priority).result() > before
    assert priority() == before


async def test_a_camera_that_cannot_even_be_closed_off_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a change that fails in the middle nobody knows what is hidden now."""
    calls: list[str] = []

    class Failing:
        """A camera in which everything fails."""

        recorder = SimpleNamespace(open_paths=set)

        def configure(self, config: ConfigureCamera) -> None:
            """Fail."""
            calls.append("configure")
            raise RuntimeError

        def refuse(self, cause: BlockCause) -> None:
            """Fail."""
            calls.append("refuse")
            raise RuntimeError

        def close(self) -> None:
            """Close."""
            calls.append("close")

    monkeypatch.setattr(service, "Camera", lambda *_: Failing())
    reports: list[Report] = []
    with socket.socket() as listening:
        engine = service.Service(listening, reports.append)
        lines = asyncio.StreamReader()
        config = ConfigureCamera(
            "test", "Test", str(tmp_path), StreamSource("rtsp://127.0.0.1/"), **UNHIDDEN
        )
        lines.feed_data(encode(config))
        lines.feed_data(encode(replace(config, shut=True)))
        lines.feed_eof()
        async with asyncio.timeout(20):
            await engine.run(lines)
    assert calls == ["configure", "refuse", "close"]
    assert Rejected("ConfigureCamera", "RuntimeError") in reports
    (state,) = [report for report in reports if isinstance(report, PrivacyState)]
    assert {one.means for one in state.outputs} == {Means.BLOCKED}
