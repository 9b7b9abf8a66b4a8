"""`cost`: CPU time and memory a camera, Home Assistant's lag, and `ffmpeg` beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
import tempfile
import time

from tests.simulator import SimulatorProcess

from .cameras import Picture, start_cameras
from .home_process import Home
from .measure import Lag, Memory, Usage, Window, watch_windows
from .nvr import FRAMES_A_SECOND, Nvr

RUNG = {Picture.REST: "rest", Picture.BUSY: "full"}
"""Where the engine's detection should be, by what the cameras see."""
_BASELINE = 3.0
_SETTLED = 2.0
_BUSY_WARM_UP = 4.0
_MAIN_RATE = 15.0


@dataclass(frozen=True, slots=True)
class Ours:
    """The engine, and what Home Assistant does for its cameras."""

    usage: Usage
    """Of "engine", "home" and "simulator"."""
    home_before: float
    """CPU of Home Assistant without cameras, ticker included, in ms a second."""
    memory: Memory
    home_memory_before: Memory
    home_memory: Memory
    lags_before: tuple[float, ...]
    """The event loop's lags without cameras, in seconds."""
    lag: Lag | None
    """None where the machine was saturated: that lag would be everybody's."""
    on_rung: int
    """How many cameras were analysed as their picture asks for, at the end."""
    recording: int
    fps: float
    """Frames a second that came of the slowest main stream (15 are sent)."""
    threads: int
    ring: float
    """MiB of compressed video that all cameras' rings hold."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The `ffmpeg` processes."""

    usage: Usage
    """Of "ffmpeg" and "simulator"."""
    memory: Memory
    fps: float
    """Pictures a second that came of the slowest pipe (5 are asked for)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One count of cameras that see one kind of picture; CPU in ms a camera-second."""

    picture: Picture
    cameras: int
    ours: Ours
    theirs: Theirs | None
    """None without an `ffmpeg` program."""

    @property
    def engine(self) -> float:
        """The engine's CPU."""
        return self.ours.usage.cpu["engine"] / self.cameras

    @property
    def home(self) -> float:
        """What Home Assistant's CPU grew by; noise may make it negative."""
        grown = self.ours.usage.cpu["home"] - self.ours.home_before
        return grown / self.cameras

    @property
    def ffmpeg(self) -> float | None:
        """The CPU of `ffmpeg`."""
        if self.theirs is None:
            return None
        return self.theirs.usage.cpu["ffmpeg"] / self.cameras

    @property
    def ratio(self) -> float | None:
        """Engine and Home Assistant together, by `ffmpeg`."""
        if self.ffmpeg is None:
            return None
        return (self.engine + max(self.home, 0.0)) / self.ffmpeg

    @property
    def complaints(self) -> list[str]:
        """What keeps this row from being taken at its word."""
        found = []
        if self.ours.usage.saturated:
            found.append("machine saturated while the engine ran")
        if self.theirs is not None and self.theirs.usage.saturated:
            found.append("machine saturated while ffmpeg ran")
        if (off := self.cameras - self.ours.on_rung) > 0:
            found.append(f"{off} of {self.cameras} not on rung {RUNG[self.picture]}")
        if self.picture is Picture.BUSY and self.ours.recording < self.cameras:
            found.append(f"{self.cameras - self.ours.recording} did not record")
        if self.ours.fps < 0.95 * _MAIN_RATE:
            found.append(f"the engine got {self.ours.fps:.1f} of 15 fps")
        if self.theirs is not None and self.theirs.fps < 0.95 * FRAMES_A_SECOND:
            found.append(f"ffmpeg gave {self.theirs.fps:.1f} of 5 fps")
        return found


def measure(
    counts: Sequence[int],
    pictures: Sequence[Picture],
    *,
    seconds: float,
    windows: int,
    with_ffmpeg: bool,
) -> Iterator[Row]:
    """Yield a row for each kind of picture and count of cameras; blocks meanwhile."""
    for picture in pictures:
        for count in counts:
            with (
                start_cameras(picture, count) as simulator,
                tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as folder,
            ):
                ours = _ours(simulator, picture, Path(folder), seconds, windows)
                theirs = None
                if with_ffmpeg:
                    theirs = _theirs(simulator, Path(folder), seconds, windows)
                yield Row(picture, count, ours, theirs)


def _ours(
    simulator: SimulatorProcess,
    picture: Picture,
    folder: Path,
    seconds: float,
    windows: int,
) -> Ours:
    cameras = simulator.cameras
    config = folder / "home"
    config.mkdir()
    with Home(config) as home:
        time.sleep(_SETTLED)
        home.lags()
        before = watch_windows({"home": [home.pid]}, _BASELINE / 2, 2)
        lags_before = tuple(home.lags())
        memory_before = Memory.of([home.pid])
        home.add(cameras)
        home.wait_for_rung(RUNG[picture], len(cameras))
        if picture is Picture.BUSY:
            home.wait_for("recording", len(cameras))
            time.sleep(_BUSY_WARM_UP)
        else:
            time.sleep(_SETTLED)
        engine: int = home.describe()["pid"]
        home.lags()
        groups = {"engine": [engine], "home": [home.pid], "simulator": [simulator.pid]}
        lags: list[float] = []

        def note(window: Window) -> None:
            came = home.lags()
            if not window.saturated:
                lags.extend(came)

        usage = watch_windows(groups, seconds, windows, note)
        told = home.describe()
        return Ours(
            usage=usage,
            home_before=before.cpu["home"],
            memory=Memory.of([engine]),
            home_memory_before=memory_before,
            home_memory=Memory.of([home.pid]),
            lags_before=lags_before,
            lag=Lag.of(lags) if lags else None,
            on_rung=told["rungs"].count(RUNG[picture]),
            recording=told["recording"],
            fps=min(told["fps"], default=0.0),
            threads=told["threads"],
            ring=sum(told["ring_bytes"]) / 1024 / 1024,
        )


def _theirs(
    simulator: SimulatorProcess, folder: Path, seconds: float, windows: int
) -> Theirs:
    segments = folder / "segments"
    segments.mkdir()
    with Nvr(simulator.cameras, segments) as nvr:
        time.sleep(_SETTLED)
        groups = {"ffmpeg": nvr.pids, "simulator": [simulator.pid]}
        frames, began = nvr.frames, time.monotonic()
        usage = watch_windows(groups, seconds, windows)
        lasted = time.monotonic() - began
        came = [b - a for a, b in zip(frames, nvr.frames, strict=True)]
        return Theirs(usage, Memory.of(nvr.pids), min(came) / lasted)
