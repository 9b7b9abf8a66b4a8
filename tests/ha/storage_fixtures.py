"""Disks of a wished size, and a library with clips on them."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
import os
from pathlib import Path
import time
from zoneinfo import ZoneInfo

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import Clip
from tests.library.clips import make_clip, write_file

UTC = ZoneInfo("UTC")
MEGABYTE = 10**6


@dataclass
class Disk:
    """A disk that clips fill: what lies below ``root`` counts in megabytes a kilobyte.

    ``errors`` is raised by whoever asks for its space.
    """

    root: Path
    total: int = 1_000 * MEGABYTE
    others: int = 0
    errors: list[OSError] = field(default_factory=list)

    def space(self, folder: Path) -> tuple[int, int]:
        """Return (bytes in all, bytes free)."""
        if self.errors:
            raise self.errors[0]
        folder.stat()
        used = sum(
            (Path(path) / name).stat().st_size * 1_000
            for path, _, names in os.walk(self.root)
            for name in names
            if name.endswith(".mp4")
        )
        return self.total, max(0, self.total - self.others - used)


async def put_clips(
    library: Library,
    count: int,
    *,
    size: int = 10 * MEGABYTE,
    scale: int = 1_000,
    **changes: object,
) -> list[Clip]:
    """Add clips of today, the oldest first, with files that a `Disk` weighs.

    ``scale`` is how many of the clip's bytes each of its file's stands for.
    """
    clips = []
    start = time.time() - 60 * count - 3_600
    store = str(changes.get("store", "media"))
    root = library.root_of(store)
    known = (await library.totals()).count
    for number in range(known, known + count):
        clip = make_clip(
            number,
            root,
            UTC,
            start=start + 60 * number,
            end=start + 60 * number + 30,
            size=size,
            **changes,
        )
        write_file(root, clip, bytes(size // scale), thumbnail=False)
        await library.add(clip)
        clips.append(clip)
    return clips


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, Path]:
    """Return the media folder's root and the spool's, both there."""
    media, spool = tmp_path / "media/hearthcam", tmp_path / "spool"
    media.mkdir(parents=True)
    spool.mkdir()
    return media, spool


@pytest.fixture
async def library(roots: tuple[Path, Path], tmp_path: Path) -> AsyncGenerator[Library]:
    """Return an open library whose media folder is its own."""
    library = Library(tmp_path / "library.db", *roots)
    await library.open()
    await library.check_media()
    yield library
    await library.close()


async def left(library: Library) -> list[str]:
    """Return the ids of the clips that are left, the oldest first."""
    clips = [*await library.clips("front_door", limit=1_000)]
    return [clip.clip_id for clip in reversed(clips)]
