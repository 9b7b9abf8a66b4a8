"""What retention deletes, and above all what it does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import keep_path, thumbnail_path
from custom_components.hearthcam.library.models import (
    SPOOL,
    Clip,
    Enforced,
    Event,
    StorageError,
)
from custom_components.hearthcam.library.retention import DAY, DOUBT_SECONDS, Limits

from .aged_clips import FOREVER, NOW, PLENTY, clip_of_age, free_of, keep_in


async def test_a_year_that_was_skipped_by_mistake_costs_no_clip(
    library: Library, root: Path
) -> None:
    clips = [await keep_in(library, clip_of_age(n, root, n)) for n in range(5)]
    assert await library.enforce(Limits(), lambda: PLENTY, now=NOW, steady=0) == (
        Enforced(0, 0)
    )

    ahead = NOW + 365 * DAY
    await library.enforce(Limits(), lambda: PLENTY, now=ahead, steady=60)
    assert (await library.totals()).count == len(clips)

    later = DOUBT_SECONDS + 60
    done = await library.enforce(
        Limits(), lambda: PLENTY, now=ahead + later, steady=later
    )
    assert done.deleted == len(clips)


async def test_clips_from_the_future_go_with_those_recorded_with_them(
    library: Library, root: Path
) -> None:
    """A clock that was wrong for an hour must not leave clips for a century."""
    first = await keep_in(library, clip_of_age(1, root, 20))
    wrong = await keep_in(library, clip_of_age(2, root, -40_000))
    second = await keep_in(library, clip_of_age(3, root, 19))
    last = await keep_in(library, clip_of_age(4, root, 0))

    done = await library.enforce(
        replace(FOREVER, max_size=200), lambda: PLENTY, now=NOW
    )
    assert done == Enforced(2, 200)
    assert await library.get(first.clip_id) is None
    assert await library.get(wrong.clip_id) is None
    assert await library.clips("front_door") == [last, second]


async def test_clips_go_with_all_that_belongs_to_them(
    library: Library, root: Path
) -> None:
    old = await keep_in(library, clip_of_age(1, root, 31))
    young = await keep_in(library, clip_of_age(2, root, 29))

    done = await library.enforce(Limits(), lambda: PLENTY, now=NOW)

    assert done == Enforced(1, old.size)
    assert await library.get(old.clip_id) is None
    assert await library.get(young.clip_id) == young
    # Nothing is left of its day.
    assert not (root / old.path).parent.exists()
    assert thumbnail_path(root / young.path).exists()


async def test_room_is_made_before_it_is_needed(library: Library, root: Path) -> None:
    clips = [await keep_in(library, clip_of_age(n, root, 10 - n)) for n in range(5)]
    free = free_of(library, 1000)
    limits = replace(FOREVER, min_free=400)
    assert await library.enforce(limits, free, now=NOW) == Enforced(0, 0)

    assert await library.make_room(250, limits, free) == Enforced(2, 200)

    left = await library.clips("front_door")
    assert left == list(reversed(clips[2:]))
    assert await library.make_room(10_000, limits, free) == Enforced(3, 300, 9_400)


async def test_protected_clips_are_kept_even_if_the_disk_stays_full(
    library: Library, root: Path
) -> None:
    kept = await keep_in(library, clip_of_age(1, root, 300))
    gone = await keep_in(library, clip_of_age(2, root, 1))
    await library.protect(kept.clip_id)

    done = await library.enforce(
        replace(Limits(), min_free=950), free_of(library, 1000), now=NOW
    )

    assert done == Enforced(1, gone.size, 50)
    assert await library.get(kept.clip_id) == replace(kept, protected=True)
    assert (root / kept.path).exists()


async def test_a_clip_that_is_protected_while_it_is_about_to_go_stays(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chosen in one moment, protected in the next."""
    clip = await keep_in(library, clip_of_age(1, root, 100))
    real = library._delete

    async def late(doing: object, clips: list[Clip]) -> None:
        await library.protect(clip.clip_id)
        await real(doing, clips)  # type: ignore[arg-type]  # what it was called with

    monkeypatch.setattr(library, "_delete", late)

    assert await library.enforce(Limits(), lambda: PLENTY, now=NOW) == Enforced(0, 0)
    assert (root / clip.path).exists()


async def test_a_media_folder_that_is_away_keeps_its_clips(
    library: Library, root: Path
) -> None:
    """Old or not: who knows what a share holds that is not there."""
    clip = await keep_in(library, clip_of_age(1, root, 100))
    await library.check_media()
    root.rename(root.with_name("elsewhere"))
    root.mkdir()

    full = replace(Limits(), min_free=10**12)
    assert await library.enforce(full, lambda: 0, now=NOW) == Enforced(0, 0)
    with pytest.raises(StorageError):
        await library.make_room(1, full, lambda: 0)

    assert await library.get(clip.clip_id) == clip


async def test_a_file_that_cannot_be_deleted_is_not_tried_for_ever(
    library: Library, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go; a folder that refuses all is said."""
    stuck = await keep_in(library, clip_of_age(1, root, 3))
    for number in (2, 3):
        await keep_in(library, clip_of_age(number, root, 3 - number / 9))
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if stuck.clip_id in self.name:
            raise PermissionError
        real(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    none = replace(FOREVER, max_size=0)

    assert await library.enforce(none, lambda: PLENTY, now=NOW) == (
        Enforced(2, 200, stuck.size)
    )
    with pytest.raises(StorageError):
        await library.enforce(none, lambda: PLENTY, now=NOW)
    assert await library.clips("front_door") == [stuck]


async def test_nothing_else_is_ever_touched(
    library: Library, root: Path, tmp_path: Path
) -> None:
    """Neither names that are not ours nor what links lead to."""
    clip = await keep_in(library, clip_of_age(1, root, 100), thumbnail=False)
    day = (root / clip.path).parent
    outside = tmp_path / "outside"
    outside.mkdir()
    precious = outside / "precious.jpg"
    precious.write_bytes(b"precious")
    (outside / Path(clip.path).name).with_suffix(".jpg").write_bytes(b"precious")
    (day / ".thumbs").symlink_to(outside)
    note = day / "note.txt"
    note.write_text("of the user")
    linked = clip_of_age(2, root, 101)
    (root / linked.path).parent.mkdir(parents=True)
    (root / linked.path).symlink_to(precious)
    await library.add(linked)

    done = await library.enforce(Limits(), lambda: PLENTY, now=NOW)

    assert done.deleted == 2
    assert note.exists()
    assert len(list(outside.iterdir())) == 2
    assert precious.read_bytes() == b"precious"


async def test_old_events_go_unless_a_protected_clip_shows_them(
    library: Library, root: Path
) -> None:
    kept = await keep_in(library, clip_of_age(1, root, 100))
    await library.protect(kept.clip_id)
    shown = Event("01JE00000001", "front_door", "motion", kept.start, kept.end)
    old = replace(shown, event_id="01JE00000002", start=shown.start - DAY)
    old = replace(old, end=old.start + 5)
    young = replace(shown, event_id="01JE00000003", start=NOW - DAY, end=NOW)
    for event in (shown, old, young):
        await library.put_event(event)

    await library.enforce(Limits(), lambda: PLENTY, now=NOW)

    assert await library.events() == [young, shown]


async def test_the_spool_has_a_limit_of_its_own(library: Library, root: Path) -> None:
    media = await keep_in(library, clip_of_age(1, root, 9))
    spooled = [
        await keep_in(library, clip_of_age(n, root, 9 - n / 9, store=SPOOL))
        for n in (2, 3, 4)
    ]

    done = await library.enforce(
        replace(FOREVER, spool_size=150), lambda: PLENTY, now=NOW
    )

    assert done == Enforced(2, 200)
    assert await library.clips("front_door") == [spooled[2], media]


async def test_protection_is_noted_beside_the_clip(
    library: Library, root: Path
) -> None:
    """So that a rebuilt library knows; given free, the note goes first."""
    clip = await keep_in(library, clip_of_age(1, root, 1))
    note = keep_path(root / clip.path)

    assert await library.protect(clip.clip_id) == replace(clip, protected=True)
    assert note.exists()
    assert await library.protect(clip.clip_id, False) == clip
    assert not note.exists()
    assert await library.protect("unknown0") is None
