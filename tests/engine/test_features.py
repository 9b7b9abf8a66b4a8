"""The detector's log: small, whole, and good enough to detect from it once more."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from custom_components.hearthcam.engine.feature_files import KEEP_DAYS, FeatureFiles
from custom_components.hearthcam.engine.features import (
    FOLDER,
    MOST_BYTES,
    FeatureLog,
    Record,
    framed,
    read,
)
from custom_components.hearthcam.engine.ladder import Ladder
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.motion import MotionSettings
from custom_components.hearthcam.engine.motion.observation import (
    Observation,
    quiet,
    region_of,
)
from custom_components.hearthcam.engine.motion.zone_events import (
    ZonedMotionBegan,
    ZonedMotionOver,
    ZoneEvent,
)
from custom_components.hearthcam.engine.motion.zones import Geometry
from custom_components.hearthcam.engine.protocol import Point, Zone, ZoneKind
from custom_components.hearthcam.engine.replay import replay
from custom_components.hearthcam.library.index import Library
from tests.engine.motion.drawn import EPOCH, Walker, encode, pictures, scenery

GEOMETRY = Geometry(45, 80, 1 / 80, 1 / 45)
MIDNIGHT = datetime(2027, 1, 15, tzinfo=UTC).timestamp()


def _logged(
    folder: Path, walkers: list[Walker], sensitivity: int = 50
) -> tuple[list[ZoneEvent], list[Record]]:
    """Return what a ladder told of a drawn scene, and what was written down of it."""
    parameters, packets = encode(
        pictures(30, fps=10, walkers=walkers, sigma=2.0, scene=scenery() * 0 + 120)
    )
    log = FeatureLog()
    files = FeatureFiles(log, folder, "UTC")
    ladder = Ladder(NOTHING, MotionSettings(sensitivity), log)
    told = ladder.set_parameters(parameters)
    for number, packet in enumerate(packets):
        told += ladder.feed(packet)
        if number % 100 == 0:
            files.flush()
    told += ladder.close()
    files.flush()
    (path,) = (folder / FOLDER).iterdir()
    assert path.name == f"{datetime.fromtimestamp(EPOCH, UTC).date()}.bin"
    motions = [
        event for event in told if isinstance(event, ZonedMotionBegan | ZonedMotionOver)
    ]
    return [*motions], list(read(path))


def _spans(events: list[ZoneEvent]) -> list[tuple[float, float]]:
    return [
        (round(event.start - EPOCH, 1), round(event.end - EPOCH, 1))
        for event in events
        if isinstance(event, ZonedMotionOver)
    ]


def _strip(
    zone_id: str, top: float, bottom: float, kind: ZoneKind = ZoneKind.MOTION
) -> Zone:
    """Return a zone as wide as the picture."""
    corners = (0.0, top), (1.0, top), (1.0, bottom), (0.0, bottom)
    return Zone(zone_id, kind, tuple(Point(*corner) for corner in corners))


def _seen(
    time: float, random: np.random.Generator, *, cells: int = 700, share: float = 0.2
) -> Observation:
    """Return a picture full of motion and noise."""
    excess = np.where(
        random.random((45, 80)) < share, random.uniform(0.5, 1.0, (45, 80)), 0.0
    ).astype(np.float32)
    flat = random.choice(3600, cells, replace=False)
    excess.ravel()[flat] = random.uniform(1.01, 30.0, cells)
    region = region_of(
        excess, flat // 80, flat % 80, 1 / 80, 1 / 45, since=time - 1, confirmed=True
    )
    return quiet(time, excess).of([region])


def test_the_same_settings_give_the_same_motions_again(tmp_path: Path) -> None:
    walkers = [Walker(10.0, 14.0, luma=40), Walker(20.0, 25.0, luma=60, stops=22.0)]
    live, records = _logged(tmp_path, walkers)
    again = replay(records)
    assert _spans(live) == _spans(again) != []
    for before, after in zip(live, again, strict=True):
        assert isinstance(before, ZonedMotionBegan | ZonedMotionOver)
        assert type(before) is type(after)
        assert before.score == pytest.approx(after.score, abs=0.05)


def test_another_sensitivity_gives_others(tmp_path: Path) -> None:
    """A faint thing walks below a clear one; at 50 only the clear one was seen."""
    clear, faint = Walker(10.0, 18.0, speed=30, top=20), Walker(11.0, 16.0, luma=116)
    live, records = _logged(tmp_path, [clear, faint])
    assert len(_spans(live)) == 1
    below = _strip("below", 0.5, 1.0)
    assert _spans(replay(records, (below,))) == []
    keen = replay(records, (replace(below, sensitivity=100),))
    ((start, end),) = _spans(keen)
    assert 11.0 <= start <= 12.5
    assert 15.0 <= end <= 17.0


def test_zones_drawn_later_are_asked_of_the_log(tmp_path: Path) -> None:
    """The walker crosses the lower half of the picture from the left."""
    live, records = _logged(tmp_path, [Walker(10.0, 14.0, luma=40)])
    assert len(_spans(live)) == 1
    path, sky = _strip("path", 0.5, 0.8), _strip("sky", 0.0, 0.4)
    ground = _strip("ground", 0.4, 1.0, ZoneKind.IGNORE)
    ends = [e for e in replay(records, (path, sky)) if isinstance(e, ZonedMotionOver)]
    assert [end.zones for end in ends] == [("path",)]
    assert replay(records, (sky,)) == []
    assert replay(records, (ground,)) == []


def test_a_wild_day_stays_below_the_bound(tmp_path: Path) -> None:
    """Whatever comes, at any hour; and something is kept to the end of the day."""
    random = np.random.default_rng(3)
    several = [_seen(0.0, random) for _ in range(8)]
    log = FeatureLog()
    files = FeatureFiles(log, tmp_path, "UTC")
    path = tmp_path / FOLDER / "2027-01-15.bin"
    for minute in range(0, 24 * 60, 2):
        for number in range(30):
            time = MIDNIGHT + minute * 60 + number * 0.2
            seen = several[number % len(several)]
            log.add(quiet(time, seen.cells).of(seen.regions), GEOMETRY, 1.0)
        files.flush()
        assert path.stat().st_size <= MOST_BYTES * (0.1 + 0.9 * minute / 1440) + 1
    assert path.stat().st_size > 0.9 * MOST_BYTES
    last = max(record.observation.time for record in read(path))
    assert last > MIDNIGHT + 23 * 3600
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_what_waits_in_memory_is_bounded() -> None:
    random = np.random.default_rng(4)
    seen = _seen(MIDNIGHT, random)
    log = FeatureLog()
    for number in range(2000):
        at = quiet(MIDNIGHT + number * 0.1, seen.cells).of(seen.regions)
        log.add(at, GEOMETRY, 1.0)
    assert sum(len(block) for _, block in log.take()) < 500_000


def test_a_torn_end_is_ignored_and_what_follows_is_read(tmp_path: Path) -> None:
    """The engine was killed in the middle of a block, and started again."""
    random = np.random.default_rng(5)
    path = tmp_path / FOLDER / "2027-01-15.bin"
    for minute in range(3):
        log = FeatureLog()
        log.add(_seen(MIDNIGHT + minute * 60, random, cells=20), GEOMETRY, 1.0)
        FeatureFiles(log, tmp_path, "UTC").flush()
        if minute == 1:
            path.write_bytes(path.read_bytes()[:-7])
            assert [r.observation.time for r in read(path)] == [MIDNIGHT]
    times = [record.observation.time for record in read(path)]
    assert times == [MIDNIGHT, MIDNIGHT + 120]


def test_a_block_of_nonsense_raises_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(framed(b"") + framed(bytes(200)) + b"HCF1\xff")
    assert list(read(path)) == []


def test_old_days_go_and_other_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    today = date(2027, 1, 15)
    for days in (1, KEEP_DAYS, KEEP_DAYS + 1, 400):
        (folder / f"{today - timedelta(days)}.bin").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    log = FeatureLog()
    log.add(quiet(MIDNIGHT, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
    FeatureFiles(log, tmp_path, "UTC").flush()
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "2027-01-01.bin",
        "2027-01-14.bin",
        "2027-01-15.bin",
        "notes.txt",
    ]


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_bytes(b"in the way")
    log = FeatureLog()
    files = FeatureFiles(log, tmp_path, "UTC")
    for number in range(3):
        time = MIDNIGHT + number
        log.add(quiet(time, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
        files.flush()
    (tmp_path / FOLDER).unlink()
    log.add(quiet(MIDNIGHT + 9, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
    files.flush()
    assert len(list(read(tmp_path / FOLDER / "2027-01-15.bin"))) == 1


async def test_the_library_does_not_take_the_log_for_clips(tmp_path: Path) -> None:
    root = tmp_path / "hearthcam"
    log = FeatureLog()
    log.add(quiet(MIDNIGHT, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
    FeatureFiles(log, root / "front_door", "UTC").flush()
    library = Library(tmp_path / "library.db", root)
    await library.open()
    try:
        outcome = await library.reconcile(None)
        assert (outcome.added, outcome.dropped) == (0, 0)
    finally:
        await library.close()
    assert (root / "front_door" / FOLDER / "2027-01-15.bin").is_file()


def test_nothing_is_written_to_a_mount_point_whose_share_is_away(
    tmp_path: Path,
) -> None:
    """The clips' folder is known by its marker; a bare one would fill the wrong disk."""
    marker = tmp_path / ".hearthcam"
    log = FeatureLog()
    files = FeatureFiles(log, tmp_path / "front_door", "UTC", marker)
    log.add(quiet(MIDNIGHT, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
    files.flush()
    assert list(tmp_path.iterdir()) == []

    marker.touch()
    log.add(quiet(MIDNIGHT + 9, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
    files.flush()
    written = tmp_path / "front_door" / FOLDER / "2027-01-15.bin"
    assert len(list(read(written))) == 1

    other = tmp_path / "other"
    other.mkdir()
    files.move(other / "front_door", "UTC", other / ".hearthcam")
    log.add(quiet(MIDNIGHT + 18, np.zeros((45, 80), np.float32)), GEOMETRY, 1.0)
    files.flush()
    assert list(other.iterdir()) == []
