"""Both stores compared, what a kill left tidied up, a broken comparison resumed."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path
import time

import pytest

from custom_components.hearthcam.library import recovery
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import (
    keep_path,
    moving_path,
    part_path,
    preview_path,
    relative_thumbnail,
    thumbnail_path,
)
from custom_components.hearthcam.library.models import MEDIA, SPOOL, Reconciled
from custom_components.hearthcam.library.retention import DAY

from .clips import film, make_clip, tag_of, write_file

ZONES = ("01JZ0000000000000000000001", "01JZ0000000000000000000002")


async def test_everything_that_files_say_comes_back(
    library: Library, root: Path, spool: Path
) -> None:
    """From both stores: zones, class, score, protection."""
    first = make_clip(1, root, UTC, kind="person", zones=ZONES, score=0.75)
    first = replace(film(root, first, tag=tag_of(first)), protected=True)
    keep_path(root / first.path).touch()
    second = make_clip(2, spool, UTC, kind="vehicle", score=0.25, store=SPOOL)
    second = film(spool, second, tag=tag_of(second))

    assert await library.reconcile() == Reconciled(2, 0)

    for expected in (first, second):
        found = await library.get(expected.clip_id)
        assert found is not None
        assert replace(found, end=expected.end) == expected


async def test_the_note_at_the_end_of_a_file_counts_more_than_the_one_within(
    library: Library, root: Path
) -> None:
    """What was known when the clip was closed; cut short, what was known before."""
    closed, cut = make_clip(1, root, UTC), make_clip(2, root, UTC)
    for clip, size in ((closed, None), (cut, 100)):
        film(root, clip, tag=tag_of(clip))
        final = replace(tag_of(clip), kind="person", zones=ZONES, score=1.0)
        with (root / clip.path).open("ab") as file:
            file.write(final.to_box()[:size])

    assert await library.reconcile() == Reconciled(2, 0)

    found = await library.get(closed.clip_id)
    assert found is not None
    assert (found.kind, found.zones, found.score) == ("person", ZONES, 1.0)
    found = await library.get(cut.clip_id)
    assert found is not None
    assert (found.kind, found.zones) == ("motion", ())


async def test_a_kept_clip_is_protected_again_and_a_protected_one_kept(
    library: Library, root: Path
) -> None:
    """Whichever of row and file a kill prevented."""
    noted, known = make_clip(1, root, UTC), make_clip(2, root, UTC, protected=True)
    for clip in (noted, known):
        write_file(root, clip, b"1", thumbnail=False)
        await library.add(clip)
    keep_path(root / noted.path).parent.mkdir()
    keep_path(root / noted.path).touch()

    await library.reconcile()

    assert await library.get(noted.clip_id) == replace(noted, protected=True)
    assert keep_path(root / known.path).exists()


async def test_thumbnails_are_known_as_they_are(library: Library, root: Path) -> None:
    made, lost = make_clip(1, root, UTC), make_clip(2, root, UTC)
    lost = replace(lost, thumbnail=relative_thumbnail(lost.path))
    write_file(root, made, b"1")
    write_file(root, lost, b"1", thumbnail=False)
    for clip in (made, lost):
        await library.add(clip)

    await library.reconcile()

    assert await library.get(made.clip_id) == replace(
        made, thumbnail=relative_thumbnail(made.path)
    )
    assert await library.get(lost.clip_id) == replace(lost, thumbnail=None)


async def test_what_belongs_to_no_clip_is_tidied_up(
    library: Library, root: Path
) -> None:
    """But for clips that are being written or repaired, and names that are not ours."""
    there, unfinished, gone = (make_clip(n, root, UTC) for n in range(3))
    write_file(root, there, b"1")
    await library.add(there)
    for clip in (unfinished, gone):
        write_file(root, clip, b"")
        (root / clip.path).unlink()
        preview_path(root / clip.path).touch()
        keep_path(root / clip.path).touch()
    part_path(root / unfinished.path).touch()
    moving_path(root / gone.path).touch()
    foreign = thumbnail_path(root / gone.path).with_name("holiday.jpg")
    foreign.touch()

    await library.reconcile()

    left = {path.relative_to(root).name for path in root.rglob("*") if path.is_file()}
    stem, part = Path(there.path).stem, Path(unfinished.path).stem
    assert left == {
        *(f"{stem}.mp4", f"{stem}.jpg", "holiday.jpg", ".hearthcam"),
        *(f"{part}.mp4.part", f"{part}.jpg", f"{part}.webp", f"{part}.keep"),
    }


async def test_empty_days_go_unless_somebody_may_write_there(
    library: Library, root: Path
) -> None:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    old = root / "front_door" / "2020-01-01"
    (old / ".thumbs").mkdir(parents=True)
    used = root / "front_door" / "2020-01-02"
    used.mkdir()
    (used / "note.txt").touch()
    (root / "front_door" / today).mkdir()
    (root / "front_door" / "holidays").mkdir()

    await library.reconcile()

    assert {path.name for path in (root / "front_door").iterdir()} == {
        *("2020-01-02", today, "holidays")
    }


async def test_a_comparison_that_was_broken_off_goes_on_where_it_was(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the youngest days, where clips may have come since."""
    now = time.time()
    clips = [make_clip(n, root, UTC, start=now - n * DAY) for n in range(10)]
    for clip in clips:
        write_file(root, clip, b"1", thumbnail=False)
        await library.add(clip)
    looked: list[str] = []
    real = recovery.look_into

    def look_into(root: Path, folder: str) -> recovery.Folder:
        if len(looked) == 6:
            raise SystemExit
        looked.append(folder)
        return real(root, folder)

    monkeypatch.setattr(recovery, "look_into", look_into)
    module = "custom_components.hearthcam.library.reconcile.NOTE_SECONDS"
    monkeypatch.setattr(module, 0)
    with pytest.raises(SystemExit):
        await library.reconcile()
    monkeypatch.setattr(recovery, "look_into", lambda _, folder: look(folder))
    first, looked[:] = list(looked), []

    def look(folder: str) -> recovery.Folder:
        looked.append(folder)
        return real(root, folder)

    await library.reconcile()
    second, looked[:] = list(looked), []
    await library.reconcile()

    folders = [clip.path.rpartition("/")[0] for clip in clips]
    assert first == folders[:6]
    assert second == folders[:3] + folders[6:]
    assert looked == folders


async def test_a_share_that_goes_away_while_it_is_compared_costs_no_row(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every folder looks as if it were gone then."""
    clips = [make_clip(n * 1440, root, UTC) for n in range(3)]
    for clip in clips:
        write_file(root, clip, b"1", thumbnail=False)
        await library.add(clip)
    real = recovery.look_into

    def look_into(folder: Path, day: str) -> recovery.Folder:
        if root.exists():
            root.rename(root.with_name("share"))
        return real(folder, day)

    monkeypatch.setattr(recovery, "look_into", look_into)

    assert await library.reconcile() == Reconciled(0, 0, away=True)
    assert (await library.totals()).count == 3


async def test_of_two_copies_the_whole_one_counts(
    library: Library, root: Path, spool: Path
) -> None:
    """A move was killed before or after the row followed, or lost its rename."""
    before, after, half, lost = (
        make_clip(n, root, UTC, size=4, store=store)
        for n, store in enumerate((SPOOL, MEDIA, SPOOL, MEDIA))
    )
    for clip in (before, after, half):
        for folder in (root, spool):
            write_file(folder, clip, b"whole"[:4], thumbnail=False)
    (root / half.path).write_bytes(b"ha")
    write_file(spool, lost, b"1234", thumbnail=False)
    for clip in (before, after, half, lost):
        await library.add(clip)

    assert await library.reconcile() == Reconciled(0, 0)

    stores = {clip.clip_id: clip.store for clip in await library.clips("front_door")}
    assert [stores[clip.clip_id] for clip in (before, after, half, lost)] == [
        *(MEDIA, MEDIA, SPOOL, SPOOL)
    ]
    assert not (spool / before.path).exists()
    assert not (spool / after.path).exists()


async def test_a_thousand_clips_are_compared_within_a_second(
    library: Library, root: Path
) -> None:
    """With their thumbnails; the machine may be busy with other things."""
    clips = [make_clip(number, root, UTC) for number in range(3000)]
    clips = [replace(c, thumbnail=relative_thumbnail(c.path)) for c in clips]
    for clip in clips:
        write_file(root, clip, b"1")
    await library._run(lambda database: database.put_found(clips))
    began = time.perf_counter()

    assert await library.reconcile() == Reconciled(0, 0)

    assert time.perf_counter() - began < 3
