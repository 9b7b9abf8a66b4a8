"""The supervisor with real processes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
import logging
import os
from pathlib import Path
import signal

import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipPart,
    ConfigureCamera,
    EngineStats,
    Lost,
    LostCause,
    Mode,
    RenderKind,
    Report,
    StreamSource,
)
from custom_components.hearthcam.exceptions import EngineError
from custom_components.hearthcam.supervision import Timing
from custom_components.hearthcam.supervisor import Supervisor
from homeassistant.core import HomeAssistant
from tests.unhidden import UNHIDDEN

from .conftest import QUICK, FakeEngineControl, open_files, wait_for

CAMERA = ConfigureCamera(
    "front_door",
    "Front door",
    "/nowhere",
    StreamSource("rtsp://u:secret@127.0.0.1/"),
    **UNHIDDEN,
)
STATS = EngineStats(1.0, 2, 3)


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        """Start empty."""
        self.reports: list[Report] = []
        self.changes = 0

    def engine_report(self, report: Report) -> None:
        """Take a report."""
        self.reports.append(report)

    def engine_changed(self) -> None:
        """Count."""
        self.changes += 1


type Make = Callable[..., Supervisor]


@pytest.fixture
def listener() -> Listener:
    """Return who is told."""
    return Listener()


@pytest.fixture
async def make(
    hass: HomeAssistant, fake_engine: FakeEngineControl, listener: Listener
) -> AsyncGenerator[Make]:
    """Return what makes supervisors; all are stopped in the end."""
    made: list[Supervisor] = []

    def make(timing: Timing = QUICK) -> Supervisor:
        supervisor = Supervisor(
            hass, listener, command=fake_engine.command, timing=timing
        )
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        await supervisor.async_stop()


def engine_pid(supervisor: Supervisor) -> int:
    """Return the id of the running process."""
    assert supervisor._process is not None
    return supervisor._process.pid


async def killed(supervisor: Supervisor, listener: Listener) -> None:
    """Kill the engine and wait until it is back."""
    changes = listener.changes
    os.kill(engine_pid(supervisor), signal.SIGKILL)
    await wait_for(lambda: listener.changes == changes + 2)


async def test_start_serves_and_stop_leaves_no_process_and_no_file(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    before = open_files()
    supervisor = make()
    await supervisor.async_start()
    pid = engine_pid(supervisor)
    assert supervisor.status.av_version == "fake"
    await supervisor.async_stop()
    assert not Path(f"/proc/{pid}").exists()
    assert not supervisor.running
    assert supervisor.url("") is None
    assert open_files() <= before
    assert listener.changes == 2
    assert fake_engine.commands()[-1]["type"] in ("Stop", "EOF")


async def test_cameras_are_configured_before_and_after_the_start(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    supervisor.configure(CAMERA)
    await supervisor.async_start("/media/hearthcam")
    await wait_for(lambda: fake_engine.commands("Recover"))
    names = [message["type"] for message in fake_engine.commands()]
    assert names == ["Start", "ConfigureCamera", "Recover"]
    assert fake_engine.commands("Recover")[0]["directory"] == "/media/hearthcam"
    supervisor.remove("front_door")
    await wait_for(lambda: fake_engine.commands("RemoveCamera"))


async def test_killed_engine_is_restarted_with_the_same_address_and_all_cameras(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start("/media/hearthcam")
    supervisor.configure(CAMERA)
    supervisor.configure(replace(CAMERA, mode=Mode.OFF))
    url = supervisor.url("")
    await wait_for(lambda: fake_engine.commands("SetMode"))
    await killed(supervisor, listener)
    await wait_for(lambda: len(fake_engine.commands("Recover")) == 2)
    assert supervisor.url("") == url
    assert listener.changes == 3
    configured = fake_engine.commands("ConfigureCamera")
    assert [data["mode"] for data in configured] == ["record", "off"]
    tokens = {data["token"] for data in fake_engine.commands("Start")}
    assert len(tokens) == 1
    assert supervisor.status.restarts == 1


async def test_seconds_without_an_engine_are_reported_as_lost(
    make: Make, listener: Listener
) -> None:
    supervisor = make()
    await supervisor.async_start()
    supervisor.configure(CAMERA)
    await killed(supervisor, listener)
    (lost,) = listener.reports
    assert isinstance(lost, Lost)
    assert lost.cause is LostCause.ENGINE_STOPPED
    assert lost.end >= lost.start


async def test_restarts_in_a_row_wait_longer_each_time(
    make: Make, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = make(Timing(back_off=(0.0, 0.001, 0.002), good=3600))
    await supervisor.async_start()
    for _ in range(4):
        await killed(supervisor, listener)
    delays = [
        record.args[1]
        for record in caplog.records
        if record.msg.startswith("The engine ended") and isinstance(record.args, tuple)
    ]
    assert delays == [0.0, 0.001, 0.002, 0.002]


async def test_a_good_life_starts_the_back_off_anew(
    make: Make, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    supervisor = make(Timing(back_off=(0.0, 0.001, 0.002), good=0.0))
    await supervisor.async_start()
    for _ in range(3):
        await killed(supervisor, listener)
    assert caplog.text.count("restart in 0.0 s") == 3


async def test_garbage_and_a_huge_line_are_counted_and_not_shown(
    make: Make,
    listener: Listener,
    fake_engine: FakeEngineControl,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake_engine.options.append("--garbage")
    supervisor = make()
    await supervisor.async_start()
    url = supervisor.url("")
    assert url
    await fake_engine.emit(url, STATS)
    await wait_for(lambda: STATS in listener.reports)
    await supervisor.async_stop()
    assert supervisor.status.bad_lines >= 4
    assert "no json" not in caplog.text
    assert "xxxx" not in caplog.text


async def test_hung_engine_is_killed_and_restarted(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    supervisor = make(Timing(silence=0.2, back_off=(0.0,)))
    await supervisor.async_start()
    os.kill(engine_pid(supervisor), signal.SIGSTOP)
    await wait_for(lambda: supervisor.status.restarts >= 1)
    assert supervisor.status.ends[0].startswith("silent")


async def test_engine_that_reports_is_not_taken_for_hung(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    supervisor = make(Timing(silence=3.0))
    await supervisor.async_start()
    url = supervisor.url("")
    assert url
    for _ in range(10):
        await fake_engine.emit(url, STATS)
        await asyncio.sleep(0.01)
    await wait_for(lambda: len(listener.reports) == 10)
    assert supervisor.status.restarts == 0


async def test_what_the_engine_knows_is_not_told_again(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    detecting = replace(CAMERA, mode=Mode.DETECT)
    for camera in (
        *(CAMERA, CAMERA, detecting, detecting),
        replace(detecting, pre_roll=9.0),
        replace(CAMERA, continuous=True),
    ):
        supervisor.configure(camera)
    await wait_for(lambda: len(fake_engine.commands("ConfigureCamera")) == 3)
    first, second, third = fake_engine.commands("ConfigureCamera")
    assert fake_engine.commands("SetMode") == [
        {"camera_id": "front_door", "mode": "detect"}
    ]
    assert second == first | {"mode": "detect", "pre_roll": 9.0}
    assert third == first | {"continuous": True}


async def test_engine_that_reads_no_commands_is_ended(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    os.kill(engine_pid(supervisor), signal.SIGSTOP)
    for number in range(2000):
        supervisor.configure(replace(CAMERA, name=f"Camera {number}"))
    await wait_for(lambda: supervisor.status.ends)
    assert supervisor.status.ends[0].startswith("stuck")


async def test_engine_that_does_not_stop_is_killed(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    fake_engine.options.append("--deaf")
    supervisor = make(Timing(stop=0.2))
    await supervisor.async_start()
    pid = engine_pid(supervisor)
    await supervisor.async_stop()
    assert not Path(f"/proc/{pid}").exists()


async def test_engine_that_leaves_at_once_fails_the_start(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    before = open_files()
    fake_engine.options.append("--exit")
    supervisor = make()
    with pytest.raises(EngineError):
        await supervisor.async_start()
    assert fake_engine.spawned == 1
    assert open_files() <= before


async def test_engine_that_never_gets_ready_fails_the_start(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    fake_engine.options.append("--silent")
    supervisor = make(Timing(ready=0.5, stop=1.0))
    with pytest.raises(EngineError):
        await supervisor.async_start()


async def test_missing_interpreter_fails_the_start(
    hass: HomeAssistant, listener: Listener, socket_enabled: None
) -> None:
    supervisor = Supervisor(
        hass, listener, command=lambda listen_fd: ["/nowhere/python"]
    )
    with pytest.raises(EngineError):
        await supervisor.async_start()


async def test_supervisor_can_be_started_again(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    await supervisor.async_stop()
    await supervisor.async_start()
    assert supervisor.running
    tokens = {data["token"] for data in fake_engine.commands("Start")}
    assert len(tokens) == 2


async def test_probe_is_answered(make: Make) -> None:
    supervisor = make()
    await supervisor.async_start()
    probed = await supervisor.async_probe(StreamSource("rtsp://127.0.0.1/x"))
    assert probed.info
    assert probed.info.width == 640


async def test_probe_without_an_engine_is_an_error(make: Make) -> None:
    with pytest.raises(EngineError):
        await make().async_probe(StreamSource("rtsp://127.0.0.1/x"))


async def test_probe_ends_when_the_engine_does(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    os.kill(engine_pid(supervisor), signal.SIGSTOP)
    probe = asyncio.ensure_future(
        supervisor.async_probe(StreamSource("rtsp://127.0.0.1/x"))
    )
    await asyncio.sleep(0)
    os.kill(engine_pid(supervisor), signal.SIGKILL)
    with pytest.raises(EngineError):
        await probe


async def test_engine_leaves_when_its_stdin_closes(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    assert supervisor._process is not None
    supervisor._process._stdin.close()
    await wait_for(lambda: fake_engine.commands("EOF"))
    await wait_for(lambda: supervisor.status.restarts == 1)


async def test_an_error_in_a_listener_does_not_end_the_reading(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    url = supervisor.url("")
    assert url
    taken: list[Report] = []

    def first_fails(report: Report) -> None:
        taken.append(report)
        if len(taken) == 1:
            raise RuntimeError

    listener.engine_report = first_fails  # type: ignore[method-assign]  # to fail once
    await fake_engine.emit(url, STATS, STATS)
    await wait_for(lambda: len(taken) == 2)
    assert supervisor.status.restarts == 0


async def test_log_of_the_engine_is_forwarded_without_credentials(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    supervisor = make()
    await supervisor.async_start()
    await wait_for(lambda: "engine: started" in caplog.text)
    assert "secret" not in caplog.text


async def test_environment_holds_no_proxy(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1")
    monkeypatch.setenv("all_proxy", "http://192.0.2.1")
    supervisor = make()
    await supervisor.async_start()
    environment = Path(f"/proc/{engine_pid(supervisor)}/environ").read_text()
    assert "PATH=" in environment
    assert "proxy" not in environment.lower()


async def test_export_and_picture_are_answered(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    part = ClipPart("/media/a.mp4", 1.0, 2.0)
    exported = await supervisor.async_export(
        [part], 1.0, 2.0, "/media/b.mp4", privacy=()
    )
    assert exported.size == 7
    rendered = await supervisor.async_render(
        RenderKind.PICTURE,
        "/media/a.mp4",
        "/media/a.jpg",
        at=0.5,
        width=640,
        privacy=(),
    )
    assert rendered.done
    (export,) = fake_engine.commands("Export")
    assert export["clips"] == [
        {"path": "/media/a.mp4", "start": 1.0, "end": 2.0, "mask": []}
    ]
    (render,) = fake_engine.commands("Render")
    assert (render["kind"], render["at"], render["width"]) == ("picture", 0.5, 640)


async def test_recording_by_hand_is_asked_for_once_and_not_again_after_a_restart(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start()
    supervisor.record_now("front_door", "EVENT00001", 20.0, pre_roll=5.0)
    supervisor.stop_recording("front_door")
    await wait_for(lambda: fake_engine.commands("StopRecording"))
    await killed(supervisor, listener)
    (record,) = fake_engine.commands("RecordNow")
    assert (record["duration"], record["pre_roll"]) == (20.0, 5.0)
    assert record["kind"] == "manual"


async def test_without_an_engine_nothing_is_recorded_exported_or_shown(
    make: Make,
) -> None:
    supervisor = make()
    with pytest.raises(EngineError):
        supervisor.record_now("front_door", "EVENT00001", 20.0)
    with pytest.raises(EngineError):
        supervisor.stop_recording("front_door")
    with pytest.raises(EngineError):
        await supervisor.async_export([], 0.0, 1.0, "/a.mp4", privacy=())
    with pytest.raises(EngineError):
        await supervisor.async_render(
            RenderKind.PICTURE, "/a.mp4", "/a.jpg", privacy=()
        )


async def test_engine_that_forgets_an_export_is_not_waited_for_without_end(
    make: Make,
) -> None:
    supervisor = make()
    await supervisor.async_start()
    os.kill(engine_pid(supervisor), signal.SIGSTOP)
    with pytest.raises(EngineError):
        await supervisor.async_export([], 0.0, 1.0, "/a.mp4", timeout=0.01, privacy=())
    with pytest.raises(EngineError):
        await supervisor.async_render(
            RenderKind.PREVIEW, "/a.mp4", "/a.webp", timeout=0.01, privacy=()
        )
    os.kill(engine_pid(supervisor), signal.SIGCONT)


async def test_every_folder_is_searched_for_unfinished_clips_at_each_start(
    make: Make, listener: Listener, fake_engine: FakeEngineControl
) -> None:
    supervisor = make()
    await supervisor.async_start("/media/hearthcam", "/config/hearthcam/spool")
    supervisor.recover("/nas/hearthcam")
    await wait_for(lambda: len(fake_engine.commands("Recover")) == 3)
    await killed(supervisor, listener)
    await wait_for(lambda: len(fake_engine.commands("Recover")) == 4)
    folders = [data["directory"] for data in fake_engine.commands("Recover")]
    assert folders == [
        "/media/hearthcam",
        "/config/hearthcam/spool",
        "/nas/hearthcam",
        "/nas/hearthcam",
    ]


async def test_export_of_many_clips_is_passed_on_and_of_too_many_clips_refused(
    make: Make, fake_engine: FakeEngineControl
) -> None:
    """With a text; nothing waits for an answer that cannot come."""
    supervisor = make()
    await supervisor.async_start()
    path = (
        "/media/hearthcam/front_door/2026-11-22/14-00-00_01JD0000000000000000000000.mp4"
    )
    part = ClipPart(path, 1_795_350_000.123456, 1_795_350_018.123456)
    await supervisor.async_export([part] * 3000, 1.0, 2.0, "/media/b.mp4", privacy=())
    with pytest.raises(EngineError) as refused:
        await supervisor.async_export(
            [part] * 50_000, 1.0, 2.0, "/media/b.mp4", privacy=()
        )
    assert refused.value.translation_key == "export_too_long"
    assert not supervisor._asked
