"""`latency`: from the first changed picture to the telling of a motion.

Live: a real engine process watches simulated cameras of which it is known when who is
sent. Offline: the ladder is fed with labelled clips, which says how many events the
compressed sizes alone would wake it for.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
import multiprocessing
import os
from pathlib import Path
import sys
import tempfile
import time

from custom_components.hearthcam.engine.ladder import Rung
from custom_components.hearthcam.engine.protocol import (
    CameraStats,
    ConfigureCamera,
    Mode,
    MotionStarted,
    StreamSource,
    WatchDetector,
)
from tests.engine.process import EngineProcess
from tests.simulator import Scene, SimulatorProcess, crossing
from tests.simulator.process import RemoteCamera
from tests.simulator.stress import StressClip
from tests.simulator.stress_sensor import Noise
from tests.unhidden import UNHIDDEN

from .detection_clips import Clip, drawn_clips, footage_clips, footage_folder
from .detection_ours import run_ladder
from .detection_score import LEARNING

SOON = 0.6
"""Seconds that the issue allows in full analysis."""
_LOOP = 56.0
_CROSSINGS = (10.3, 24.9, 39.4)
"""When somebody comes; each at another place of the 2 s from keyframe to keyframe."""
_LASTS = 4.0
_AT_REST, _WATCHED = 2, 2
"""How many cameras rest, and how many are kept in full analysis."""
_WARM_UP = 9.0
_AGAIN = 25.0
"""Seconds after which watching must be asked for again (the engine ends it after a
minute)."""
_LATE = 6.0
_NICE = 10


@dataclass(frozen=True, slots=True)
class Live:
    """Latencies of the cameras in one state, in s."""

    state: str
    seconds: tuple[float, ...]
    """From the sending of the first picture that shows somebody."""
    missed: int
    on_rung: bool
    """Whether the cameras said throughout that they were in that state."""


@dataclass(frozen=True, slots=True)
class Onset:
    """Somebody labelled comes into the picture."""

    clip: str
    drawn: bool
    rung: str
    """The ladder's state when he came."""
    woken: float | None
    """Seconds until it left its rest; None: it did not, or was not at rest."""
    told: float | None
    """Seconds until the motion was told of; None: missed."""
    gop: float


@dataclass(frozen=True, slots=True)
class Latency:
    """All that was measured."""

    live: tuple[Live, ...]
    onsets: tuple[Onset, ...]


def measure(*, quick: bool) -> Latency:
    """Measure both; blocks."""
    return Latency(tuple(measure_live(1 if quick else 2)), tuple(measure_offline()))


def _clip() -> StressClip:
    people = tuple(
        crossing("person", start, start + _LASTS, height=0.4, leftwards=bool(i % 2))
        for i, start in enumerate(_CROSSINGS)
    )
    return StressClip("latency", "", Scene(_LOOP, people), (Noise(1.5),))


def measure_live(rounds: int) -> list[Live]:
    """Watch so many loops of four cameras; blocks."""
    clip = _clip()
    count = _AT_REST + _WATCHED
    asked = [
        {"name": f"latency_{i}", "video": str(clip.encode()), "begin": i * 14.0}
        for i in range(count)
    ]
    with (
        SimulatorProcess(*asked) as simulator,
        EngineProcess(log_level="warning") as engine,
        tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as folder,
    ):
        for camera in simulator.cameras:
            engine.send(
                ConfigureCamera(
                    camera.name,
                    camera.name,
                    str(Path(folder) / camera.name),
                    StreamSource(camera.rtsp_url()),
                    mode=Mode.DETECT,
                    **UNHIDDEN,
                )
            )
        began = time.time()
        told = _collect(engine, began + _WARM_UP + rounds * _LOOP)
        rungs = [(report.camera_id, report.rung) for report in engine.of(CameraStats)]
        names = [camera.name for camera in simulator.cameras]
        return [
            _judge(state, wanted, simulator.cameras, told, began, rungs)
            for state, wanted in (
                (Rung.REST.value, names[:_AT_REST]),
                (Rung.FULL.value, names[_AT_REST:]),
            )
        ]


def _collect(engine: EngineProcess, until: float) -> list[tuple[str, float]]:
    """Return camera and time of every motion that is told of until then."""
    told: list[tuple[str, float]] = []
    seen: set[str] = set()
    ask = 0.0
    while (now := time.time()) < until:
        if now >= ask:
            for number in range(_AT_REST, _AT_REST + _WATCHED):
                engine.send(WatchDetector(f"latency_{number}", True))
            ask = now + _AGAIN
        try:
            report = engine.wait_for(
                MotionStarted,
                lambda report: report.event_id not in seen,
                min(until, ask) - now,
            )
        except AssertionError:
            continue
        told.append((report.camera_id, time.time()))
        seen.add(report.event_id)
    return told


def _judge(
    state: str,
    names: Sequence[str],
    cameras: Sequence[RemoteCamera],
    told: Sequence[tuple[str, float]],
    began: float,
    rungs: Sequence[tuple[str, str]],
) -> Live:
    clip = _clip()
    found: list[float] = []
    missed = 0
    last = max((when for _, when in told), default=began)
    for camera in cameras:
        if camera.name not in names:
            continue
        for sent in _sent(camera, clip):
            if not began + _WARM_UP <= sent <= last:
                continue
            mine = [
                when - sent
                for name, when in told
                if name == camera.name and -0.05 <= when - sent <= _LATE
            ]
            if mine:
                found.append(min(mine))
            else:
                missed += 1
    # Statistics come every few seconds, also while somebody is there.
    said = [rung for name, rung in rungs if name in names]
    return Live(state, tuple(found), missed, state in said)


def _sent(camera: RemoteCamera, clip: StressClip) -> Iterator[float]:
    """Yield the wall clock at which each first picture of somebody was sent."""
    for turn in camera.get()["passes"]:
        for start, _ in clip.present:
            if start >= turn["loop_time"]:
                yield turn["wall"] + start - turn["loop_time"]


def measure_offline() -> list[Onset]:
    """Feed the ladder with everything labelled; blocks."""
    clips, _ = footage_clips(footage_folder())
    clips = [clip for clip in clips if clip.present and clip.empty]
    clips += [clip for clip in drawn_clips(20.0) if clip.present]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), context, initializer=os.nice, initargs=(_NICE,)
    ) as pool:
        onsets: list[Onset] = []
        for clip, found in zip(clips, pool.map(_onsets, clips), strict=True):
            onsets += found
            print(f"{clip.name}: {len(found)} onsets", file=sys.stderr, flush=True)
    return onsets


def _onsets(clip: Clip) -> list[Onset]:
    # Short footage is played twice over: what was learnt in the first turn makes the
    # second like any later minute.
    turns = 1 if clip.seconds > 60 else 2
    watched = run_ladder(clip.path(), turns)
    found: list[Onset] = []
    for turn in range(turns):
        for span in clip.present:
            start = span.start + turn * watched.seconds
            end = span.end + turn * watched.seconds
            before = start - clip.tolerance
            if span.start < LEARNING:
                continue
            if any(m.span.start < before < m.span.end for m in watched.told):
                # Another motion is still going on.
                continue
            rung = watched.rung_at(before)
            woken = watched.woke(before) if rung == Rung.REST else None
            told = [m.told for m in watched.told if before <= m.told <= end + 2.0]
            found.append(
                Onset(
                    clip.name,
                    not isinstance(clip.source, Path),
                    rung,
                    None if woken is None or woken > end else max(woken - start, 0.0),
                    max(min(told) - start, 0.0) if told else None,
                    watched.gop,
                )
            )
    return found
