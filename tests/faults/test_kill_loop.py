"""`kill -9` of a recording engine, again and again, at random moments.

How often is told by the environment variable HEARTHCAM_FAULT_RUNS (8 without it); the
figures are kept in the file that HEARTHCAM_FAULT_FIGURES names.
"""

import json
import os
from pathlib import Path
import random
import statistics
import time
from typing import Final

import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Recover,
    Recovered,
)
from tests.engine.conftest import configuration, simulated
from tests.engine.process import EngineProcess
from tests.simulator import SimulatorProcess

from .played import end_of

pytestmark = pytest.mark.faults

RUNS: Final = int(os.environ.get("HEARTHCAM_FAULT_RUNS", "8"))
CAMERAS: Final = ("one", "two", "three")
BOUND: Final = 1.0
"""Seconds of video that a kill may cost."""
ON_THE_WAY: Final = 0.4
"""Seconds from the camera's clock to the engine's queue, on a loaded machine."""


def opened(engine: EngineProcess) -> set[str]:
    """Return the cameras that have told of a clip."""
    return {clip.camera_id for clip in engine.of(ClipOpened)}


def record_until_killed(
    simulator: SimulatorProcess, folder: Path, seconds: float
) -> float:
    """Record with every camera, and kill the engine so long after; return when."""
    engine = EngineProcess()
    for name in CAMERAS:
        engine.send(
            configuration(
                simulator.cameras[0],
                str(folder / name),
                camera_id=name,
                sub=None,
                continuous=True,
                segment=5.0,
            )
        )
    engine.wait_for(ClipOpened, lambda _: opened(engine) == set(CAMERAS))
    time.sleep(seconds)  # The moment is the point.
    engine.process.kill()
    killed = time.time()
    engine.stop()
    return killed


def repair(folder: Path) -> list[ClipClosed]:
    """Start an engine that repairs what the one before it left."""
    with EngineProcess() as engine:
        engine.send(Recover("1", str(folder)))
        engine.wait_for(Recovered, timeout=60)
        return engine.of(ClipClosed)


def test_kill_at_any_moment_costs_less_than_the_bound_and_no_file(
    tmp_path: Path,
) -> None:
    """Cameras record all the time, in segments of a few seconds."""
    chance = random.Random(RUNS)
    losses: list[float] = []
    repaired: list[ClipClosed] = []
    ends: dict[Path, tuple[str, float]] = {}
    with simulated(audio="aac") as simulator:
        for _ in range(RUNS):
            seconds = chance.uniform(0.0, 6.0)
            killed = record_until_killed(simulator, tmp_path, seconds)
            repaired += repair(tmp_path)
            assert not list(tmp_path.rglob("*.mp4.*"))
            for path in set(tmp_path.rglob("*.mp4")) - ends.keys():
                ends[path] = end_of(path)
            for name in CAMERAS:
                last = max(end for camera_id, end in ends.values() if camera_id == name)
                losses.append(killed - last)
    figures = {
        "kills": RUNS,
        "cameras": len(CAMERAS),
        "files": len(ends),
        "repaired": len(repaired),
        "lost_median": round(statistics.median(losses), 2),
        "lost_most": round(max(losses), 2),
    }
    if kept := os.environ.get("HEARTHCAM_FAULT_FIGURES"):
        Path(kept).write_text(json.dumps(figures), encoding="utf-8")
    assert max(losses) <= BOUND + ON_THE_WAY, figures
