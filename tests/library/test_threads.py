"""The event loop's thread touches no file, whatever the library does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
import os
from pathlib import Path
import threading

import pytest

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.models import SPOOL, Reconciled
from custom_components.hearthcam.library.retention import Limits

from .clips import film, make_clip, tag_of

BLOCKING = (
    *((os, name) for name in ("lstat", "stat", "scandir", "open", "fsync", "rename")),
    *((os, name) for name in ("replace", "unlink", "mkdir", "rmdir")),
    *(
        (Path, name)
        for name in ("open", "unlink", "mkdir", "touch", "rmdir", "replace")
    ),
)


async def test_no_file_is_touched_in_the_loops_thread(
    library: Library,
    root: Path,
    spool: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Comparing, moving, protecting, serving, deleting: all of it elsewhere."""
    clips = []
    for number, folder in enumerate((root, spool, root)):
        store = SPOOL if folder == spool else "media"
        clip = make_clip(number, folder, UTC, store=store)
        clips.append(film(folder, clip, tag=tag_of(clip)))
    loop = threading.get_ident()
    touched: list[str] = []

    def watched[**P, T](name: str, real: Callable[P, T]) -> Callable[P, T]:
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            ours = bool(args) and str(args[0]).startswith(str(tmp_path))
            if ours and threading.get_ident() == loop:
                touched.append(name)
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for owner, name in BLOCKING:
            patch.setattr(owner, name, watched(name, getattr(owner, name)))
        assert await library.reconcile() == Reconciled(3, 0)
        await library.protect(clips[0].clip_id)
        (spooled,) = await library.spooled()
        moved = await library.move_to_media(spooled)
        for find in (library.file_of, library.thumbnail_of, library.preview_of):
            await find(moved)
        await library.remove(clips[2].clip_id)
        limits = replace(Limits(), max_size=0)
        done = await library.enforce(limits, lambda: 10**12, now=clips[0].end)
        await library.close()

    assert done.deleted == 1
    assert touched == []
