"""What recording costs: CPU and bytes, of the engine and of `ffmpeg -c copy`.

Both record the same cameras at the same time, so whatever else the machine does slows
both. The engine only receives at first, and then records as well; it analyses nothing,
as `ffmpeg` does not.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import statistics
import subprocess
import tempfile
import time
from typing import Self

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    ConfigureCamera,
    Mode,
    RecordNow,
    StopRecording,
    StreamSource,
    StreamState,
    StreamStatus,
)
from tests.engine.process import EngineProcess
from tests.simulator.process import RemoteCamera
from tests.unhidden import UNHIDDEN

from .cameras import Picture, start_cameras
from .measure import Usage, watch_windows

_SETTLED = 3.0
_LONGEST = 3600.0
_SHORTEST = 15.0
"""Seconds of a clip: no motion makes a shorter one, with pre-roll and post-roll."""
_FLUSHED = 256 * 1024
"""Bytes of a clip after which `ffmpeg` must have written some."""


@dataclass(frozen=True, slots=True)
class Io:
    """Bytes that a process handed over to be written, and that went to a disk."""

    handed: int
    written: int

    @classmethod
    def of(cls, pid: int) -> Self:
        """Read the counters of a process; pages count when they are changed."""
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
        values = dict(line.split(": ") for line in lines)
        return cls(int(values["wchar"]), int(values["write_bytes"]))


@dataclass(frozen=True, slots=True)
class Round:
    """Some clips, one of each camera, and the time before; CPU of "engine", "ffmpeg"."""

    idle: Usage
    recording: Usage
    clips: int
    """Bytes of all clips."""
    handed: float
    """Bytes that the engine wrote for them, in all, less what it writes anyway."""
    written: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """So many cameras recorded some times; CPU in ms a camera-second."""

    cameras: int
    synced: bool
    """Whether every fragment was synced to the disk (`ffmpeg` syncs nothing)."""
    rounds: tuple[Round, ...]
    with_ffmpeg: bool
    wrote: bool
    """Whether every camera got its clip of both."""

    def _median(self, name: str, *, recording: bool) -> float:
        cpu = [(r.recording if recording else r.idle).cpu[name] for r in self.rounds]
        return statistics.median(cpu) / self.cameras

    @property
    def receiving(self) -> float:
        """The engine before it records."""
        return self._median("engine", recording=False)

    @property
    def recording(self) -> float:
        """The engine while it records: everything."""
        return self._median("engine", recording=True)

    @property
    def added(self) -> float:
        """What recording adds to it."""
        return statistics.median(
            (r.recording.cpu["engine"] - r.idle.cpu["engine"]) / self.cameras
            for r in self.rounds
        )

    @property
    def ffmpeg(self) -> float | None:
        """`ffmpeg -c copy` while the engine recorded."""
        return self._median("ffmpeg", recording=True) if self.with_ffmpeg else None

    @property
    def ratio(self) -> float | None:
        """The engine by `ffmpeg`, both receiving and recording."""
        if not self.with_ffmpeg:
            return None
        return statistics.median(
            r.recording.cpu["engine"] / r.recording.cpu["ffmpeg"] for r in self.rounds
        )

    @property
    def handed(self) -> float:
        """Bytes handed to the system, by bytes of clip."""
        return statistics.median(r.handed / r.clips for r in self.rounds)

    @property
    def written(self) -> float | None:
        """Bytes of changed pages, by bytes of clip; None on a disk in memory."""
        found = statistics.median(r.written / r.clips for r in self.rounds)
        return found or None

    @property
    def others(self) -> float:
        """What all else on the machine used, in ms a second."""
        return statistics.median(r.recording.others for r in self.rounds)

    @property
    def complaints(self) -> list[str]:
        """What keeps this from being taken at its word."""
        found = []
        if any(r.idle.saturated or r.recording.saturated for r in self.rounds):
            found.append("machine saturated")
        if not self.wrote:
            found.append("a clip is missing")
        return found


def measure(
    counts: Sequence[int],
    *,
    seconds: float,
    windows: int,
    rounds: int,
    with_ffmpeg: bool,
) -> Iterator[Recorded]:
    """Yield the cost for each count of cameras, synced and not; blocks meanwhile."""
    for count in counts:
        with (
            start_cameras(Picture.REST, count) as simulator,
            tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as name,
        ):
            folder = Path(name)
            copies = simulator.cameras if with_ffmpeg else []
            with _ffmpeg(copies, folder) as ffmpeg:
                for synced in (True, False):
                    found: list[Round] = []
                    wrote = True
                    with _engine(simulator.cameras, folder, synced=synced) as engine:
                        for _ in range(rounds):
                            made, whole = _record(
                                engine, simulator.cameras, ffmpeg, seconds, windows
                            )
                            found.append(made)
                            wrote = wrote and whole
                    sizes = [file.stat().st_size for file in folder.glob("*.mp4")]
                    if with_ffmpeg:
                        wrote = wrote and min(sizes) > _FLUSHED
                    yield Recorded(count, synced, tuple(found), with_ffmpeg, wrote)


@contextmanager
def _ffmpeg(cameras: Sequence[RemoteCamera], folder: Path) -> Iterator[list[int]]:
    """Let a process for each camera copy its main stream into a file of its own."""
    processes = [
        subprocess.Popen(
            [
                *("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error"),
                *("-rtsp_transport", "tcp", "-i", camera.rtsp_url()),
                *("-c", "copy", str(folder / f"{number}.mp4")),
            ],
            stdin=subprocess.DEVNULL,
        )
        for number, camera in enumerate(cameras)
    ]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def _engine(
    cameras: Sequence[RemoteCamera], folder: Path, *, synced: bool
) -> Iterator[EngineProcess]:
    """Let an engine receive the main streams, and look for nothing in them."""
    with EngineProcess(log_level="warning") as engine:
        for camera in cameras:
            engine.send(
                ConfigureCamera(
                    camera.name,
                    camera.name,
                    str(folder / "media" / camera.name),
                    StreamSource(camera.rtsp_url()),
                    mode=Mode.OFF,
                    sync=synced,
                    **UNHIDDEN,
                )
            )
        _wait(lambda: len(_online(engine)), len(cameras))
        time.sleep(_SETTLED)
        yield engine


def _online(engine: EngineProcess) -> set[str]:
    states = engine.of(StreamState)
    return {s.camera_id for s in states if s.status is StreamStatus.ONLINE}


def _record(
    engine: EngineProcess,
    cameras: Sequence[RemoteCamera],
    ffmpeg: list[int],
    seconds: float,
    windows: int,
) -> tuple[Round, bool]:
    """Watch, record one clip of every camera meanwhile, and tell if all came."""
    pid = engine.process.pid
    groups = {"engine": [pid], "ffmpeg": ffmpeg}
    before, began = Io.of(pid), time.monotonic()
    idle = watch_windows(groups, seconds, windows)
    start, started = Io.of(pid), time.monotonic()
    share = 1 / (started - began)
    opened, closed = len(engine.of(ClipOpened)), len(engine.of(ClipClosed))
    event = f"BENCH{opened:08d}"
    for camera in cameras:
        engine.send(RecordNow(camera.name, event, _LONGEST))
    _wait(lambda: len(engine.of(ClipOpened)) - opened, len(cameras))
    time.sleep(_SETTLED)
    recording = watch_windows(groups, seconds, windows)
    time.sleep(max(0.0, _SHORTEST - (time.monotonic() - started)))
    for camera in cameras:
        engine.send(StopRecording(camera.name))
    whole = _wait(lambda: len(engine.of(ClipClosed)) - closed, len(cameras))
    end, lasted = Io.of(pid), time.monotonic() - started
    clips = engine.of(ClipClosed)[closed:]
    return (
        Round(
            idle,
            recording,
            sum(Path(clip.path).stat().st_size for clip in clips),
            end.handed - start.handed - (start.handed - before.handed) * share * lasted,
            end.written
            - start.written
            - (start.written - before.written) * share * lasted,
        ),
        whole,
    )


def _wait(count: Callable[[], int], wanted: int, timeout: float = 30.0) -> bool:
    """Wait for so many; False if they do not come."""
    deadline = time.monotonic() + timeout
    while count() < wanted:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
