"""A library of 100,000 clips and events, and how long its pages take.

Called by the tests and by the benchmark of the recorder.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
import random
import time
from zoneinfo import ZoneInfo

from custom_components.hearthcam.library import queries
from custom_components.hearthcam.library.database import Database
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import clip_path, relative_thumbnail
from custom_components.hearthcam.library.models import Clip, ClipQuery, Event

CLIPS = 100_000
CAMERAS = 16
NEWEST = 1_795_350_000.0
"""When the newest clip starts; before it comes one every five minutes."""
BERLIN = ZoneInfo("Europe/Berlin")

_KINDS = ("motion", "person", "vehicle", "animal", "package")
_BATCH = 5_000


def scaled_clip(number: int) -> Clip:
    """Return one of the clips; the higher the number, the older."""
    chance = random.Random(number)
    start, camera_id = NEWEST - number * 300, f"camera_{number % CAMERAS}"
    clip_id = f"01JD{number:022d}"
    path = clip_path(Path(camera_id), start, BERLIN, clip_id).as_posix()
    return Clip(
        clip_id=clip_id,
        camera_id=camera_id,
        event_id=f"01JE{number:022d}",
        kind=chance.choice(_KINDS),
        start=start,
        end=start + 18.25,
        event_start=start + 5,
        path=path,
        thumbnail=relative_thumbnail(path),
        size=1_000_000,
        codec="h264",
        width=1920,
        height=1080,
        has_audio=True,
        score=0.5,
        protected=number % 500 == 0,
        zones=tuple(
            f"01JZ{chance.randrange(40):022d}" for _ in range(chance.randrange(3))
        ),
    )


async def fill(library: Library, count: int = CLIPS) -> None:
    """Give an open library so many clips, each with its event; no files."""
    for begin in range(0, count, _BATCH):
        clips = [scaled_clip(n) for n in range(begin, min(begin + _BATCH, count))]
        await library._run(lambda database: _put(database, clips))  # noqa: B023  awaited at once


def _put(database: Database, clips: list[Clip]) -> None:
    database.put_found(clips)
    with database.transaction():
        for clip in clips:
            event = Event(
                clip.event_id,
                clip.camera_id,
                clip.kind,
                clip.event_start,
                clip.end,
                clip.score,
                clip.zones,
            )
            queries.put_event(database, event)


async def time_pages(library: Library) -> dict[str, float]:
    """Return how many milliseconds each page takes, the best of three."""
    zone = (f"01JZ{7:022d}",)
    three = ("camera_1", "camera_2", "camera_3")
    deep = CLIPS - 200
    pages: dict[str, Callable[[], Awaitable[object]]] = {
        "days of a camera": lambda: library.days("camera_3", BERLIN),
        "days of a kind": lambda: library.days("camera_3", BERLIN, "person"),
        "cameras": library.cameras,
        "totals": library.totals,
        "totals of a store": lambda: library.totals("media"),
        "kinds": library.kinds,
        "kinds of a camera": lambda: library.kinds("camera_3"),
        "newest clips": lambda: library.search(ClipQuery()),
        "newest of a camera": lambda: library.clips("camera_3"),
        "oldest clips": lambda: library.search(ClipQuery(offset=deep)),
        "oldest of three cameras": lambda: library.search(
            ClipQuery(three, offset=3 * deep // CAMERAS)
        ),
        "in a zone, last page": lambda: library.search(
            ClipQuery(zones=zone, offset=2_300)
        ),
        "in an unknown zone": lambda: library.search(ClipQuery(zones=("nowhere",))),
        "camera, kind and zone": lambda: library.search(
            ClipQuery(three[:1], ("person",), zone, offset=50)
        ),
        "an unknown kind": lambda: library.search(ClipQuery(kinds=("nothing",))),
        "protected": lambda: library.search(ClipQuery(protected=True, offset=190)),
        "clips of a span": lambda: library.span("camera_3", NEWEST - 9e6, NEWEST - 8e6),
        "events in a zone": lambda: library.events(zones=zone, offset=2_300),
        "oldest events": lambda: library.events(offset=deep),
    }
    return {name: await _best(page) for name, page in pages.items()}


async def _best(page: Callable[[], Awaitable[object]]) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        await page()
        best = min(best, time.perf_counter() - began)
    return best * 1000


def size_on_disk(database: Path) -> int:
    """Return the bytes of the database with all that belongs to it."""
    return sum(file.stat().st_size for file in database.parent.glob("library.db*"))
