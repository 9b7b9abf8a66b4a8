"""What is shown of the library, counted anew after each change."""

from dataclasses import dataclass
from pathlib import Path
import shutil
from typing import Final

from homeassistant.core import HomeAssistant

from .library.index import Library
from .library.models import SPOOL
from .past_gate import async_doubts, async_rules_of
from .storage_options import database_path

_DAMAGED: Final = ".damaged"
"""What `library.repair` appends to the name of a database that it sets aside."""


@dataclass(frozen=True, slots=True)
class StorageFigures:
    """Clips and their bytes, those of them on the local disk, the oldest's start.

    ``oldest`` is in seconds of the epoch, None without clips; ``local_free`` are the
    bytes free on the disk of the spool; ``rebuilt`` tells that a damaged database was
    set aside and nobody took note yet; ``hidden`` are the clips that are not shown
    until a privacy zone was blacked out in them.
    """

    count: int
    size: int
    spooled: int
    spooled_size: int
    oldest: float | None
    local_free: int
    rebuilt: bool
    hidden: int = 0


async def async_count(hass: HomeAssistant, library: Library) -> StorageFigures:
    """Ask the library and the local disk; raises LibraryError."""
    totals = await library.totals()
    spooled = await library.totals(SPOOL)
    oldest = await library.oldest()
    free, rebuilt = await hass.async_add_executor_job(
        _look_at_local_disk, database_path(hass)
    )
    return StorageFigures(
        count=totals.count,
        size=totals.size,
        spooled=spooled.count,
        spooled_size=spooled.size,
        oldest=oldest,
        local_free=free,
        rebuilt=rebuilt,
        hidden=await _async_count_hidden(hass, library),
    )


async def _async_count_hidden(hass: HomeAssistant, library: Library) -> int:
    hidden = 0
    for camera in await library.cameras():
        marks = async_rules_of(hass, camera.camera_id).past_marks
        doubts = async_doubts(hass, camera.camera_id)
        if marks or doubts:
            hidden += await library.count_lacking(camera.camera_id, marks, doubts)
    return hidden


def _look_at_local_disk(database: Path) -> tuple[int, bool]:
    """Return (bytes free, whether a damaged database was set aside). Blocks."""
    damaged = database.with_name(database.name + _DAMAGED)
    try:
        return shutil.disk_usage(database.parent).free, damaged.exists()
    except OSError:
        return 0, False


def remove_damaged(database: Path) -> None:
    """Delete the database that was set aside. Blocks."""
    for part in ("", "-wal", "-shm"):
        database.with_name(f"{database.name}{_DAMAGED}{part}").unlink(missing_ok=True)
