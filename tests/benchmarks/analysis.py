"""`analysis`: what looking for motion costs, beside programs that do the same."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import statistics
import sys
import tempfile
import time

import av

from custom_components.hearthcam.engine.motion import MotionDetector, grid_of
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    ConfigureCamera,
    StreamSource,
)
from tests.engine.process import EngineProcess
from tests.simulator import VideoFile
from tests.simulator.encode import default_cache
from tests.simulator.process import RemoteCamera
from tests.simulator.stress import present_clip
from tests.unhidden import UNHIDDEN

from .analysis_peers import (
    Program,
    ProgramError,
    decode_command,
    motion_command,
    motion_version,
    recorder_command,
)
from .cameras import Picture, start_cameras, video_of
from .cost import RUNG
from .detection_ours import run_ladder
from .measure import Memory, Usage, watch_windows
from .nvr import ffmpeg_version

FURTHER = 4
"""How many cameras are added to the first, to see what each takes of memory."""
_SETTLED = 3.0
_RING_FULL = 22.0
"""Seconds until the rings hold their pre-roll."""
_PRE_ROLL = 10.0
_TURNS = 4
"""How often the ladder is fed with the cameras' loop; the first is not counted."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One camera that sees one kind of picture; CPU in ms a camera-second.

    None where a program is not installed, or did not do its work.
    """

    picture: Picture
    sub: bool
    """Whether it has a sub stream to analyse."""
    engine: Usage
    ladder: float
    """The CPU of looking for motion alone, of the same video fed to the ladder."""
    on_rung: bool
    """Whether the engine was on the rung that the picture asks for, at the end."""
    recorder: Usage | None
    decode: Usage | None
    motion: Usage | None

    @property
    def ours(self) -> float:
        """The engine's CPU: receiving, ring, analysis, and recording while busy."""
        return self.engine.cpu["program"]

    def ratio(self, other: Usage | None) -> float | None:
        """The engine's CPU by another program's."""
        return None if other is None else self.ours / other.cpu["program"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was measured."""

    costs: tuple[Cost, ...]
    detector_idle: float
    """Milliseconds a picture of 640x360: its grid and the detector, nobody there."""
    detector_busy: float
    rss_first: float
    """MiB of the engine with one camera at rest, its ring full."""
    rss_further: float
    """MiB for each further camera."""
    notes: tuple[str, ...]


def measure(*, seconds: float, windows: int) -> Analysis:
    """Measure all of it; blocks."""
    notes: list[str] = []
    costs: list[Cost] = []
    for picture in Picture:
        with start_cameras(picture, 1) as simulator:
            camera = simulator.cameras[0]
            for sub in (True, False):
                cost = _cost(camera, picture, sub, seconds, windows, notes)
                costs.append(cost)
                layout = "main + sub" if sub else "main only"
                print(
                    f"{picture.value}, {layout}: {cost.ours:.1f} ms",
                    file=sys.stderr,
                    flush=True,
                )
    idle, busy = detector_costs()
    first, further = _memory()
    return Analysis(tuple(costs), idle, busy, first, further, tuple(notes))


def _cost(
    camera: RemoteCamera,
    picture: Picture,
    sub: bool,
    seconds: float,
    windows: int,
    notes: list[str],
) -> Cost:
    main, analysed = camera.rtsp_url(), camera.rtsp_url("sub" if sub else "main")
    sub_url = camera.rtsp_url("sub") if sub else None

    def watch(pid: int) -> Usage:
        time.sleep(_SETTLED)
        return watch_windows({"program": [pid]}, seconds, windows)

    def other(name: str, command: Sequence[str], folder: Path) -> Usage | None:
        try:
            with Program(command, folder, pipes=name != "motion") as program:
                if name == "motion":
                    time.sleep(_SETTLED)
                usage = watch(program.pid)
                _ = program.pid
                return usage
        except ProgramError as error:
            notes.append(str(error))
            return None

    with tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as name:
        folder = Path(name)
        with EngineProcess(log_level="warning") as engine:
            _configure(engine, [camera], folder, sub=sub)
            _wait_for_rung(engine, RUNG[picture])
            usage = watch(engine.process.pid)
            rung = engine.of(CameraStats)[-1].rung
        with_ffmpeg = ffmpeg_version() is not None
        return Cost(
            picture,
            sub,
            usage,
            ladder_cost(video_of(picture), sub=sub),
            rung == RUNG[picture],
            other("recorder", recorder_command(main, sub_url, folder), folder)
            if with_ffmpeg
            else None,
            other("decode", decode_command(analysed), folder) if with_ffmpeg else None,
            other("motion", motion_command(analysed, folder, big=not sub), folder)
            if motion_version() is not None
            else None,
        )


def _configure(
    engine: EngineProcess, cameras: Sequence[RemoteCamera], folder: Path, *, sub: bool
) -> None:
    for camera in cameras:
        engine.send(
            ConfigureCamera(
                camera.name,
                camera.name,
                str(folder / camera.name),
                StreamSource(camera.rtsp_url()),
                StreamSource(camera.rtsp_url("sub")) if sub else None,
                pre_roll=_PRE_ROLL,
                **UNHIDDEN,
            )
        )


def _wait_for_rung(engine: EngineProcess, rung: str) -> None:
    seen = len(engine.of(CameraStats))
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        told = engine.of(CameraStats)
        if any(report.rung == rung for report in told[seen:]):
            return
        time.sleep(0.2)


def ladder_cost(video: Path, *, sub: bool) -> float:
    """Return the CPU of the ladder alone, in ms a second of video, once it has learnt.

    ``video`` is what the simulated camera plays; its sub stream is made of that.
    """
    analysed = VideoFile(video).sub().encode(default_cache()) if sub else video
    watched = run_ladder(analysed, _TURNS)
    return watched.cpu_later / (watched.seconds * (_TURNS - 1)) * 1000


def detector_costs() -> tuple[float, float]:
    """Return the milliseconds of grid and detector a picture: nobody there, somebody.

    The pictures are decoded beforehand, five a second.
    """
    clip = present_clip("noise-day")
    idle: list[float] = []
    busy: list[float] = []
    detector = MotionDetector()
    for when, frame in _frames(clip.encode()):
        began = time.thread_time()
        detector.feed(grid_of(frame), when)
        spent = (time.thread_time() - began) * 1000
        if when < 2.0:
            continue
        there = any(start <= when <= end for start, end in clip.present)
        (busy if there else idle).append(spent)
    return statistics.median(idle), statistics.median(busy)


def _frames(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 2 == 0:
                yield frame.time, frame


def _memory() -> tuple[float, float]:
    """Return the engine's memory with one camera, and what each further one adds."""
    with (
        start_cameras(Picture.REST, 1 + FURTHER) as simulator,
        _engine() as (engine, folder),
    ):
        _configure(engine, simulator.cameras[:1], folder, sub=True)
        time.sleep(_RING_FULL)
        first = Memory.of([engine.process.pid]).rss
        _configure(engine, simulator.cameras[1:], folder, sub=True)
        time.sleep(_RING_FULL)
        every = Memory.of([engine.process.pid]).rss
    return first, (every - first) / FURTHER


@contextmanager
def _engine() -> Iterator[tuple[EngineProcess, Path]]:
    with (
        tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as folder,
        EngineProcess(log_level="warning") as engine,
    ):
        yield engine, Path(folder)
