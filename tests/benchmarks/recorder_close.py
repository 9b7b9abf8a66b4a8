"""How long after its end a clip is in the library, and plays under its name."""

from pathlib import Path
import sqlite3
import tempfile
import time

import av

from custom_components.hearthcam.const import LIBRARY_FOLDER

from .cameras import Picture, start_cameras
from .home_process import Home
from .start import Timing

_CAMERAS = 2
_RECORDED = 4.0
"""Seconds that are recorded beside the pre-roll."""
_PATIENCE = 30.0
_UNLIKE = 0.618
"""Seconds by which attempts are moved: fragments shall not all be as long."""

_WHAT = (
    "told to end, to the row in the library",
    "… to the first picture decoded of the file, by its row's name",
    "… to its last picture decoded, after a seek",
)


def measure(repeats: int) -> list[Timing]:
    """Record so many clips with a Home Assistant of its own; blocks meanwhile."""
    with (
        start_cameras(Picture.REST, _CAMERAS) as simulator,
        tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as folder,
        Home(Path(folder)) as home,
    ):
        home.add(simulator.cameras)
        home.wait_for_rung("rest", _CAMERAS)
        rounds = []
        for number in range(repeats):
            camera = simulator.cameras[number % _CAMERAS].name
            home.record(camera, 600.0)
            home.wait_for("recording", 1)
            time.sleep(_RECORDED + number * _UNLIKE % 1.0)
            rounds.append(_end(home, Path(folder), camera))
        return [
            Timing(what, seconds)
            for what, seconds in zip(_WHAT, zip(*rounds, strict=True), strict=True)
        ]


def _end(home: Home, folder: Path, camera: str) -> tuple[float, float, float]:
    """End a clip; return after how many seconds what `_WHAT` says is true."""
    database = folder / LIBRARY_FOLDER / "library.db"
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        known = _newest(connection)
        began = time.perf_counter()
        home.stop_recording(camera)
        while (row := _newest(connection)) == known:
            if time.perf_counter() - began > _PATIENCE:
                raise TimeoutError("the clip does not come into the library")
            time.sleep(0.002)
        in_library = time.perf_counter() - began
    finally:
        connection.close()
    assert row is not None
    media = folder / "media" / LIBRARY_FOLDER
    path = media / row[0] / f"{row[1]}_{row[2]}.mp4"
    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        next(container.decode(video=0))
        plays = time.perf_counter() - began
        container.seek(container.duration or 0)
        for _ in container.decode(video=0):
            pass
    return in_library, plays, time.perf_counter() - began


def _newest(connection: sqlite3.Connection) -> tuple[str, str, str] | None:
    row: tuple[str, str, str] | None = connection.execute(
        "SELECT camera_id, place, clip_id FROM clip ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return row
