"""What was acknowledged survives the process."""

import asyncio
from datetime import UTC
from pathlib import Path
import random
import subprocess
import sys

import pytest

from custom_components.hearthcam.library import queries
from custom_components.hearthcam.library.database import Database
from custom_components.hearthcam.library.index import Library

from .clips import make_clip

ADDER = """
import asyncio, sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path

package, database, root = sys.argv[1:]
sys.path.insert(0, package)
from library.index import Library
from library.layout import clip_path
from library.models import Clip

async def main():
    library = Library(Path(database), Path(root))
    await library.open()
    number = (await library.totals()).count
    while True:
        start, clip_id = 1795350000.0 + number, f"01JD{number:022d}"
        path = clip_path(Path("front_door"), start, UTC, clip_id).as_posix()
        await library.add(Clip(
            clip_id, "front_door", clip_id, "motion", start, start + 1, start, path,
            None, 1, "h264", 64, 48, False,
        ))
        print(clip_id, flush=True)
        number += 1

asyncio.run(main())
"""


@pytest.mark.faults
async def test_every_acknowledged_row_survives_kill_9(
    database: Path, root: Path
) -> None:
    """Killed at random moments, again and again on the same database."""
    acknowledged = await asyncio.to_thread(_add_and_kill, database, root)

    assert len(acknowledged) > 100
    library = Library(database, root)
    await library.open()
    missing = [one for one in acknowledged if await library.get(one) is None]
    total = (await library.totals()).count
    await library.close()
    assert missing == []
    assert total - len(acknowledged) <= 8
    assert not database.with_name("library.db.damaged").exists()


def _add_and_kill(database: Path, root: Path) -> list[str]:
    """Return the ids that processes told of as added before they were killed."""
    package = Path(sys.modules[Library.__module__].__file__ or "").parents[1]
    moments = random.Random(7)
    acknowledged: list[str] = []

    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", ADDER, package, database, root],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            lines = (process.stdout.readline() for _ in range(moments.randrange(120)))
            acknowledged.extend(line.strip() for line in lines)
            process.kill()
            # What was written before the kill but not read yet counts as well;
            # a line that the kill cut short was not a whole acknowledgement.
            rest = process.stdout.read().splitlines(keepends=True)
            acknowledged += [line.strip() for line in rest if line.endswith("\n")]

    return acknowledged


def test_a_failed_upgrade_leaves_the_old_schema(
    database: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is one transaction: done whole, or not at all."""
    module = "custom_components.hearthcam.library.database"
    database.parent.mkdir(parents=True)
    first = Database(database)
    first.put(make_clip(1, root, UTC))
    first.close()
    upgrades = sys.modules[module].UPGRADES
    step = ("ALTER TABLE clip ADD COLUMN extra TEXT", "this is not SQL")
    monkeypatch.setattr(f"{module}.UPGRADES", (*upgrades, step))
    monkeypatch.setattr(f"{module}.SCHEMA", len(upgrades) + 1)

    with pytest.raises(Exception, match="syntax error"):
        Database(database)

    monkeypatch.undo()
    again = Database(database)
    assert queries.totals(again, None).count == 1
    again.close()
