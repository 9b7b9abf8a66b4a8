"""The library at 100,000 clips: its pages, a pass of retention, a comparison.

In a process of its own: what it hooks into Python stays there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
import multiprocessing
from pathlib import Path
import statistics
import sys
import tempfile
import threading
import time
from typing import Any

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.keeper import Keeper
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.retention import DAY, Limits
from custom_components.hearthcam.media_watch import MediaWatch
from custom_components.hearthcam.storage_figures import async_count
from custom_components.hearthcam.system import async_get_system
from homeassistant.components.media_player.browse_media import SearchMediaQuery
from homeassistant.components.media_source import async_browse_media, async_search_media
from homeassistant.core import HomeAssistant
from tests.library.clips import HYBRID, encode, write_file
from tests.library.scale import (
    BERLIN,
    CLIPS,
    NEWEST,
    fill,
    scaled_clip,
    size_on_disk,
    time_pages,
)

from .home import start_home_assistant

EXPIRED = 2_000
"""Clips that the pass deletes."""
COMPARED = 20_000
"""Clips, with their files, that are compared."""
INDEXED = 1_000
"""Files without a row."""
_TURNS = 5
_BLOCKS = ("open", "os.", "shutil.", "sqlite3.", "subprocess.", "time.sleep", "glob.")
"""Audit events of what must not be done in an event loop."""


@dataclass(frozen=True, slots=True)
class Page:
    """How many milliseconds a page took."""

    name: str
    median: float
    longest: float


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass of retention, and what of it was done in the event loop."""

    what: str
    deleted: int
    seconds: float
    in_loop: float
    """Milliseconds of all its steps."""
    longest: float
    """Milliseconds of the longest step."""
    blocking: tuple[str, ...]
    """What it did in the loop that may block."""


@dataclass(frozen=True, slots=True)
class LibraryCosts:
    """All that was measured of the library."""

    queries: dict[str, float]
    """Milliseconds of each query, the best of three."""
    pages: tuple[Page, ...]
    """Of the media source, through Home Assistant."""
    size: float
    """MB of the index."""
    passes: tuple[Pass, ...]
    compared: float
    """Clips a second."""
    indexed: float
    """Files read and given a row, a second."""


def measure() -> LibraryCosts:
    """Measure all of it; blocks."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        return pool.submit(_run).result()


def _run() -> LibraryCosts:
    with tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> LibraryCosts:
    hass = await start_home_assistant(folder / "home")
    try:
        await hass.config.async_set_time_zone(BERLIN.key)
        library = await _open(folder / "big")
        await fill(library)
        queries = await time_pages(library)
        async_get_system(hass).storage.library = library
        pages = [page async for page in _pages(hass)]
        size = size_on_disk(library._path) / 1e6
        passes = await _passes(hass, library)
        async_get_system(hass).storage.library = None
        await library.close()
        compared, indexed = await _comparisons(folder / "compared")
        return LibraryCosts(queries, tuple(pages), size, passes, compared, indexed)
    finally:
        await hass.async_stop()


async def _open(folder: Path) -> Library:
    root = folder / "media" / DOMAIN
    root.mkdir(parents=True)
    library = Library(folder / "library.db", root, folder / "spool")
    await library.open()
    return library


async def _pages(hass: HomeAssistant) -> Any:
    """Browse and search as the media browser does."""
    day = datetime.fromtimestamp(NEWEST - 40 * DAY, BERLIN).date()
    for path in (
        "",
        "/camera/camera_3",
        f"/day/camera_3/{day}",
        "/kind/person",
        "/kind/person/+4000",
        "/kind/motion/camera_3",
        "/protected",
    ):
        yield await _time(
            f"browse {path or '/'}",
            lambda: async_browse_media(hass, f"media-source://{DOMAIN}{path}"),  # noqa: B023  awaited at once
        )
    for words in ("person", "camera_3 yesterday", f"vehicles {day}", "nothing"):
        query = SearchMediaQuery(search_query=words)
        yield await _time(
            f"search “{words}”",
            lambda: async_search_media(hass, f"media-source://{DOMAIN}", query),  # noqa: B023  awaited at once
        )


async def _time(name: str, page: Callable[[], Awaitable[Any]]) -> Page:
    took = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        (await page()).as_dict()
        took.append((time.perf_counter() - began) * 1000)
    return Page(name, statistics.median(took), max(took))


# --- retention ----------------------------------------------------------------------


async def _passes(hass: HomeAssistant, library: Library) -> tuple[Pass, ...]:
    """Enforce limits that delete nothing, and then what is too old."""
    first = CLIPS - EXPIRED
    await asyncio.to_thread(_write_files, library.root, range(first, CLIPS))
    days = (time.time() - (NEWEST - (first - 1) * 300)) / DAY
    watch = MediaWatch(library)
    limits = Limits(days=None, kinds={})

    async def changed() -> None:
        await async_count(hass, library)

    keeper = Keeper(library, watch, lambda _: limits, lambda: None, changed)
    try:
        # What is imported and read once is not a pass's.
        await keeper.tidy(force=True)
        found = [await _pass("nothing is too old", library, keeper)]
        limits = Limits(days=days, kinds={})
        found.append(await _pass("the oldest go", library, keeper))
    finally:
        watch.close()
    return tuple(found)


async def _pass(what: str, library: Library, keeper: Keeper) -> Pass:
    before = (await library.totals()).count
    began = time.perf_counter()
    with _watched() as (steps, blocking):
        await keeper.tidy(force=True)
    seconds = time.perf_counter() - began
    deleted = before - (await library.totals()).count
    return Pass(
        what, deleted, seconds, sum(steps) * 1000, max(steps) * 1000, tuple(blocking)
    )


@contextmanager
def _watched() -> Iterator[tuple[list[float], list[str]]]:
    """Time every step of the event loop, and note what may block in one."""
    steps: list[float] = []
    blocking: list[str] = []
    loop_thread = threading.get_ident()
    watching = True
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        steps.append(time.thread_time() - began)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and threading.get_ident() == loop_thread:
            if event.startswith(_BLOCKS):
                blocking.append(f"{event} {arguments[:1]}")

    sys.addaudithook(audit)
    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]  # taken back below
    try:
        yield steps, blocking
    finally:
        watching = False
        asyncio.Handle._run = run  # type: ignore[method-assign]  # as it was


def _write_files(root: Path, numbers: range) -> None:
    for number in numbers:
        write_file(root, scaled_clip(number), b"clip")


# --- rows and files compared --------------------------------------------------------


async def _comparisons(folder: Path) -> tuple[float, float]:
    """Return how many clips a second are compared, and how many files indexed."""
    library = await _open(folder)
    try:
        await fill(library, COMPARED)
        await asyncio.to_thread(_write_files, library.root, range(COMPARED))
        began = time.perf_counter()
        same = await library.reconcile(zone=BERLIN)
        compared = COMPARED / (time.perf_counter() - began)
        await asyncio.to_thread(_write_films, library.root)
        began = time.perf_counter()
        more = await library.reconcile(zone=BERLIN)
        indexed = INDEXED / (time.perf_counter() - began - COMPARED / compared)
        if (same.added, same.dropped, more.added) != (0, 0, INDEXED):
            raise RuntimeError(f"compared otherwise than expected: {same}, {more}")
    finally:
        await library.close()
    return compared, indexed


def _write_films(root: Path) -> None:
    film = encode(root.parent / "film.mp4", None, HYBRID).read_bytes()
    for number in range(COMPARED, COMPARED + INDEXED):
        write_file(root, scaled_clip(number), film)
