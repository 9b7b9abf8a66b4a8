"""What is compared does the same work."""

from pathlib import Path
import subprocess

import pytest

from tests.engine.films import write_film
from tests.engine.masking.moving import film

from . import privacy_report
from .measure import Usage
from .nvr import ffmpeg_version
from .privacy import Cost, Privacy, Run, Size
from .privacy_work import Kind, mask, peer, pictures_of


@pytest.mark.parametrize("kind", Kind)
def test_ours_masks_every_picture(kind: Kind, tmp_path: Path) -> None:
    source = write_film(tmp_path / "source.mp4", *film(12, width=320, height=180))
    assert pictures_of(source) == (12, False)
    mask(source, tmp_path / "ours", kind, "ultrafast")
    assert pictures_of(tmp_path / "ours") == (12, True)


@pytest.mark.skipif(ffmpeg_version() is None, reason="there is no ffmpeg program")
def test_the_peer_does_as_much(tmp_path: Path) -> None:
    source = write_film(tmp_path / "source.mp4", *film(12, width=320, height=180))
    command = peer(source, tmp_path / "theirs", Kind.CLIP, "ultrafast")
    subprocess.run(command, check=True)
    assert pictures_of(tmp_path / "theirs") == (12, True)


def test_ratios_are_those_of_the_same_round() -> None:
    ours, theirs = (
        (Run(100.0, 1.0), Run(300.0, 1.0)),
        (Run(200.0, 1.0), Run(400.0, 1.0)),
    )
    cost = Cost(Size.MAIN, Kind.LIVE, "ultrafast", ours, theirs, sound=False)
    assert cost.ratio == 0.625
    idle = Usage({"engine": 9.0}, 0.2, 0.0, 1, 1)
    told = privacy_report.tables(Privacy((cost,), {Size.MAIN: 0.3}, idle, idle, 20.0))
    assert "| 1080p15, live ! | ultrafast | 200 | 300 | 0.62 |" in told
    assert "pictures are missing, or not black" in told
