"""Clips of some age with files, and disks of some size, for retention."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.library.retention import DAY, Limits

from .clips import make_clip, write_file

NOW = 1_795_350_000.0
PLENTY = 10**15
FOREVER = Limits(days=None, kinds={})


def clip_of_age(number: int, root: Path, days: float, **changes: object) -> Clip:
    """Return a clip of 20 s that ended so many days ago."""
    end = NOW - days * DAY
    clip = make_clip(number, root, UTC, start=end - 20, **changes)
    return replace(clip, end=end)


async def keep_in(
    library: Library, clip: Clip, size: int = 100, *, thumbnail: bool = True
) -> Clip:
    """Add a clip with a file of that size, in the store that it names."""
    root = library.root_of(clip.store)
    write_file(root, clip, b"x" * size, thumbnail=thumbnail)
    clip = replace(clip, size=size)
    await library.add(clip)
    return clip


def free_of(library: Library, capacity: int) -> Callable[[], int]:
    """Return what tells the free bytes of a disk that holds the media folder only."""

    def free() -> int:
        files = library.root.glob("*/*/*.mp4")
        return capacity - sum(file.stat().st_size for file in files)

    return free
