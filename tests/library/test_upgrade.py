"""A library that an earlier version wrote."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path
import sqlite3
from zoneinfo import ZoneInfo

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import relative_thumbnail
from custom_components.hearthcam.library.models import (
    Clip,
    ClipQuery,
    MediaState,
    Reconciled,
)
from custom_components.hearthcam.library.schema import SCHEMA, UPGRADES

from .clips import film, make_clip, tag_of, write_file

# In the order of the first version's table.
COLUMNS = (
    *("clip_id", "camera_id", "event_id", "kind", "start", "end", "event_start"),
    *("path", "thumbnail", "size", "codec", "width", "height", "has_audio"),
    *("score", "recovered"),
)


def write_version_1(database: Path, clips: list[Clip]) -> None:
    """Write the clips as the first version did."""
    database.parent.mkdir(parents=True)
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in UPGRADES[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    connection.executemany(
        "INSERT INTO clip VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [[getattr(clip, name) for name in COLUMNS] for clip in clips],
    )
    connection.close()


async def test_the_first_versions_rows_are_all_taken_over(
    library: Library, database: Path, root: Path
) -> None:
    await library.close()
    clips = [
        make_clip(n, root, ZoneInfo("Europe/Berlin"), camera_id=camera_id)
        for n, camera_id in enumerate(["front_door", "a", "b_2"] * 20)
    ]
    clips[7] = replace(clips[7], thumbnail=relative_thumbnail(clips[7].path))
    clips[8] = replace(clips[8], recovered=True, has_audio=False, score=0.25)
    database.unlink()
    database.parent.rmdir()
    write_version_1(database, clips)

    await library.open()

    assert await library.search(ClipQuery()) == list(reversed(clips))
    version = await library._run(
        lambda db: db.connection.execute("PRAGMA user_version").fetchone()
    )
    assert version == (SCHEMA,)
    assert not database.with_name("library.db.damaged").exists()


async def test_a_folder_from_before_the_marker_is_known_by_its_cameras(
    library: Library, database: Path, root: Path
) -> None:
    """It is marked then; an empty one is not taken for it."""
    await library.close()
    clip = make_clip(1, root, UTC)
    database.unlink()
    database.parent.rmdir()
    write_version_1(database, [clip])
    await library.open()

    assert await library.check_media() is MediaState.STRANGE
    write_file(root, clip, b"1", thumbnail=False)
    assert await library.check_media() is MediaState.HERE
    assert await library.reconcile() == Reconciled(0, 0)
    assert await library.get(clip.clip_id) == clip


async def test_a_file_of_the_first_version_is_read(
    library: Library, root: Path
) -> None:
    """Its note has neither zones nor a time in words."""
    clip = make_clip(1, root, UTC)
    tag = tag_of(clip)
    text = tag.to_json()
    old = text[: text.index(',"utc"')] + text[text.index(',"event_start"') :]
    assert len(old) < len(text)
    expected = film(root, clip, tag=tag, comment=old)

    assert await library.reconcile() == Reconciled(1, 0)
    found = await library.get(clip.clip_id)
    assert found is not None
    assert replace(found, end=expected.end) == expected
