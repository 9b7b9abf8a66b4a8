"""The marker that tells our media folder from any other."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import (
    SPOOL,
    Clip,
    MediaState,
    Reconciled,
    Totals,
)

from .clips import film, make_clip, tag_of


async def filmed(library: Library, number: int, **changes: object) -> Clip:
    """Add a clip that is really there."""
    clip = make_clip(number, library.root, UTC, **changes)
    clip = film(library.root, clip, tag=tag_of(clip))
    await library.add(clip)
    return clip


async def test_a_new_library_marks_its_folder(library: Library, root: Path) -> None:
    assert not library.marker.exists()

    assert await library.check_media() is MediaState.HERE

    first = library.marker.read_text()
    assert library.marker.parent == root
    assert await library.check_media() is MediaState.HERE
    assert library.marker.read_text() == first


async def test_a_folder_that_is_missing_is_not_made(
    library: Library, root: Path
) -> None:
    """It may be a mount point that is not there yet."""
    root.rmdir()

    assert await library.check_media() is MediaState.AWAY
    assert not root.exists()


async def test_a_file_in_place_of_the_folder_is_no_folder(
    library: Library, root: Path
) -> None:
    root.rmdir()
    root.write_text("in the way")

    assert await library.check_media() is MediaState.AWAY


async def test_an_empty_mount_point_costs_no_row_and_gets_no_marker(
    library: Library, root: Path
) -> None:
    clip = await filmed(library, 1)
    assert await library.check_media() is MediaState.HERE
    share = root.with_name("share")
    root.rename(share)
    root.mkdir()

    assert await library.check_media() is MediaState.STRANGE
    assert await library.reconcile() == Reconciled(0, 0, away=True)
    assert list(root.iterdir()) == []
    assert await library.get(clip.clip_id) == clip

    root.rmdir()
    share.rename(root)
    assert await library.check_media() is MediaState.HERE
    assert await library.reconcile() == Reconciled(0, 0)


async def test_another_disk_has_rows_of_its_own(
    library: Library, database: Path, root: Path
) -> None:
    """Disks are swapped: each brings its clips, none costs the other's."""
    first = await filmed(library, 1)
    await library.protect(first.clip_id)
    await library.check_media()
    drawer = root.with_name("drawer")
    root.rename(drawer)
    root.mkdir()
    assert await library.adopt_media() is MediaState.HERE
    second = await filmed(library, 2)

    assert await library.totals() == Totals(1, second.size)
    assert await library.reconcile() == Reconciled(0, 0)

    root.rename(root.with_name("other"))
    drawer.rename(root)
    assert await library.check_media() is MediaState.HERE
    assert await library.get(first.clip_id) == replace(first, protected=True)
    assert await library.get(second.clip_id) is None
    assert await library.reconcile() == Reconciled(0, 0)


async def test_another_folder_in_the_settings_starts_anew_and_back_again(
    library: Library, database: Path, root: Path, spool: Path
) -> None:
    first = await filmed(library, 1)
    waiting = make_clip(2, spool, UTC, store=SPOOL)
    await library.add(waiting)
    await library.check_media()
    await library.close()
    other_root = root.with_name("big_disk")
    other_root.mkdir()

    other = Library(database, other_root, spool)
    await other.open()
    assert await other.check_media() is MediaState.HERE
    assert other.marker.exists()
    assert await other.clips("front_door") == [waiting]
    await other.close()

    back = Library(database, root, spool)
    await back.open()
    assert await back.check_media() is MediaState.HERE
    assert await back.clips("front_door") == [waiting, first]
    await back.close()


async def test_a_new_database_takes_up_a_folder_that_is_marked(
    library: Library, database: Path, root: Path
) -> None:
    """Home Assistant was installed anew; the clips' disk is the old one."""
    clip = await filmed(library, 1)
    await library.check_media()
    marker = library.marker.read_text()
    await library.close()
    database.unlink()

    await library.open()
    assert await library.reconcile() == Reconciled(1, 0)
    assert library.marker.read_text() == marker
    assert await library.get(clip.clip_id) is not None


async def test_a_marker_that_is_damaged_or_a_link_is_none(
    library: Library, root: Path, tmp_path: Path
) -> None:
    await filmed(library, 1)
    await library.check_media()
    whole = library.marker.read_text()

    library.marker.write_text("garbage")
    assert await library.check_media() is MediaState.STRANGE
    library.marker.unlink()
    (tmp_path / "elsewhere").write_text(whole)
    library.marker.symlink_to(tmp_path / "elsewhere")
    assert await library.check_media() is MediaState.STRANGE


async def test_a_folder_that_cannot_be_marked_is_not_here(
    library: Library, root: Path
) -> None:
    """What stands in the way of the marker is a folder of the same name."""
    library.marker.mkdir()

    assert await library.check_media() is MediaState.AWAY
