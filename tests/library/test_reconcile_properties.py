"""Comparing whatever rows and files there are: twice is as good as once."""

import asyncio
from dataclasses import replace
from datetime import UTC
from pathlib import Path
import tempfile

from hypothesis import given, settings, strategies as st

from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import thumbnail_path
from custom_components.hearthcam.library.models import MEDIA, SPOOL, Clip, Reconciled

from .clips import HYBRID, encode, make_clip, write_file

PRESENCE = st.tuples(
    st.integers(0, 3),
    st.sampled_from([MEDIA, SPOOL, None]),
    st.sets(st.sampled_from([MEDIA, SPOOL])),
    st.sets(st.sampled_from(["jpg", "keep", "webp", "part", "moving"])),
    st.booleans(),
)


@settings(max_examples=30)
@given(st.lists(PRESENCE, max_size=8))
def test_comparing_again_changes_nothing(
    present: list[tuple[int, str | None, set[str], set[str], bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_compare_twice(Path(folder), present))


async def _compare_twice(
    folder: Path, present: list[tuple[int, str | None, set[str], set[str], bool]]
) -> None:
    roots = {store: folder / store for store in (MEDIA, SPOOL)}
    for root in roots.values():
        root.mkdir()
    library = Library(folder / "library.db", roots[MEDIA], roots[SPOOL])
    await library.open()
    await library.check_media()
    content = encode(folder / "one.mp4", options=HYBRID, frames=3).read_bytes()
    clips: list[Clip] = []
    for number, (day, row, files, beside, protected) in enumerate(present):
        clip = make_clip(
            number + day * 1440,
            roots[MEDIA],
            UTC,
            size=len(content),
            protected=protected,
        )
        clips.append(clip)
        for store in files:
            write_file(roots[store], clip, content, thumbnail=False)
        _put_beside(roots[MEDIA] / clip.path, beside)
        if row is not None:
            await library.add(replace(clip, store=row))

    await library.reconcile()

    rows = {clip.clip_id for clip in clips if await library.get(clip.clip_id)}
    assert rows == {
        clip.clip_id
        for clip, (_, _, files, *_) in zip(clips, present, strict=True)
        if files
    }
    for clip in clips:
        if found := await library.get(clip.clip_id):
            assert await library.file_of(found) == roots[found.store] / found.path
    before = _state(roots), [await library.get(clip.clip_id) for clip in clips]
    assert await library.reconcile() == Reconciled(0, 0)
    after = _state(roots), [await library.get(clip.clip_id) for clip in clips]
    assert before == after
    await library.close()


def _put_beside(path: Path, beside: set[str]) -> None:
    thumbnail_path(path).parent.mkdir(parents=True, exist_ok=True)
    for suffix in beside - {"part", "moving"}:
        thumbnail_path(path).with_suffix(f".{suffix}").touch()
    for suffix in beside & {"part", "moving"}:
        path.with_name(f"{path.name}.{suffix}").touch()


def _state(roots: dict[str, Path]) -> set[Path]:
    return {path for root in roots.values() for path in root.rglob("*")}
