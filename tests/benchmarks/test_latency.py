"""What is said of latency and of cost follows from what was measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from tests.simulator.process import RemoteCamera

from . import analysis_report, latency_report
from .analysis import Analysis, Cost
from .analysis_peers import motion_command, recorder_command
from .cameras import Picture
from .latency import Latency, Live, Onset, _clip, _sent
from .measure import Usage


class _Camera:
    """A camera that says what the simulator would say of its rounds."""

    def __init__(self, *passes: Mapping[str, Any]) -> None:
        self._passes = passes

    def get(self) -> Mapping[str, Any]:
        """Return its description."""
        return {"passes": self._passes}


def onset(told: float | None, *, rung: str = "rest", drawn: bool = True) -> Onset:
    """Return an onset told of so many seconds later."""
    return Onset("it", drawn, rung, told, told, 2.0)


def usage(cpu: float) -> Usage:
    """Return what a program used, of one good window."""
    return Usage({"program": cpu}, 0.2, 0.0, 1, 1)


def test_the_first_pictures_of_every_round_are_known() -> None:
    camera = _Camera(
        {"wall": 1000.0, "loop_time": 14.0}, {"wall": 1042.0, "loop_time": 0.0}
    )
    clip = _clip()
    first, second, third = (start for start, _ in clip.present)
    sent = list(_sent(cast(RemoteCamera, camera), clip))
    assert sent == pytest.approx(
        [
            # The round that began at 14 s had its first visitor already.
            1000 + second - 14,
            1000 + third - 14,
            1042 + first,
            1042 + second,
            1042 + third,
        ]
    )


def test_what_is_told_late_or_not_at_all_misses_its_target() -> None:
    good = Live("full", (0.4, 0.5), 0, True)
    late = Live("rest", (1.0, 2.9), 0, True)
    deaf = Live("full", (0.4,), 1, True)
    told = latency_report.verdicts(Latency((good, late, deaf), ()))
    assert "met" in told[0]
    assert "missed by 0.30 s" in told[1]
    assert "1 not told of" in told[2]


def test_the_share_woken_by_sizes_is_of_those_at_rest() -> None:
    onsets = (*(onset(0.6),) * 8, onset(1.2), onset(None), onset(5.0, rung="full"))
    told = latency_report.verdicts(Latency((), onsets))
    assert all("met (0.80 of 10)" in line for line in told)
    table = latency_report.tables(Latency((), onsets))
    assert "| drawn, at rest | 10 | 80% | 80% | 90% |" in table


def test_cost_is_compared_with_the_recorder_of_the_same_run() -> None:
    rest = Cost(
        Picture.REST, True, usage(2.0), 1.0, True, usage(30.0), usage(20.0), None
    )
    busy = Cost(
        Picture.BUSY, True, usage(20.0), 9.0, True, usage(30.0), usage(20.0), None
    )
    found = Analysis((rest, busy), 0.2, 0.28, 90.0, 16.0, ())
    told = analysis_report.verdicts(found)
    assert ["met" in line for line in told] == [True, False, True, False]
    assert "missed by 0.17 (0.67, at most 0.5)" in told[1]
    assert "| rest, main + sub | 2.0 | 1.0 | 30.0 | 20.0 | - | 0.07 | 0.05 | - |" in (
        analysis_report.tables(found)
    )


def test_programs_of_others_write_and_serve_nothing_elsewhere(tmp_path: Path) -> None:
    command = motion_command("rtsp://127.0.0.1:1/sub", tmp_path, big=False)
    config = Path(command[-1]).read_text()
    for line in ("movie_output off", "picture_output off", "webcontrol_port 0"):
        assert line in config.splitlines()
    assert str(tmp_path) in recorder_command("rtsp://main", None, tmp_path)[-1]
