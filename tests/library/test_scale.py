"""100,000 clips: pages stay quick, the index small."""

from pathlib import Path

from custom_components.hearthcam.library.index import Library

from .scale import CLIPS, fill, size_on_disk, time_pages


async def test_a_hundred_thousand_clips_are_paged_quickly_from_a_small_index(
    library: Library, database: Path
) -> None:
    await fill(library)

    slow = {name: ms for name, ms in (await time_pages(library)).items() if ms > 200}

    assert (await library.totals()).count == CLIPS
    assert slow == {}
    await library.close()
    assert size_on_disk(database) < 100_000_000
