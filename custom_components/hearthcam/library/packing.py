"""How a clip is a row: what follows from another column, or comes often, is short.

100,000 rows and their indexes then take some 70 MB instead of 100. Blocks, in the
rows' thread.
"""

from collections.abc import Sequence
from dataclasses import fields
import sqlite3
from typing import Final

from .layout import CLIP_SUFFIX, relative_thumbnail
from .models import Clip

COLUMNS: Final = tuple(
    "place" if field.name == "path" else field.name for field in fields(Clip)
)
"""A clip's fields; ``place`` is ``<date>/<time>`` of its path."""
_NAMES: Final = ", ".join(COLUMNS)

SELECT: Final = f"SELECT {_NAMES} FROM clip"
"""What `Packing.clip` takes."""
SELECT_AND: Final = f"SELECT {_NAMES},"
"""Its begin, where more is asked for."""
INSERT: Final = f"INSERT INTO clip ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"
"""What takes `Packing.values`."""


class Packing:
    """Packs and unpacks; knows zones by the numbers that stand for them in rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Prepare for a connection whose tables may not be there yet."""
        self._connection = connection
        self._numbers: dict[str, int] = {}
        self._zones: dict[int, str] = {}

    def forget(self) -> None:
        """Read the numbers anew: those of a transaction may have been taken back."""
        self._numbers.clear()
        self._zones.clear()

    def _learn(self) -> None:
        rows = self._connection.execute("SELECT zone_id, id FROM zone")
        self._numbers = dict(rows.fetchall())
        self._zones = {number: zone for zone, number in self._numbers.items()}

    def _number(self, zone_id: str) -> int:
        if zone_id not in self._numbers:
            self._connection.execute(
                "INSERT OR IGNORE INTO zone (zone_id) VALUES (?)", (zone_id,)
            )
            self._learn()
        return self._numbers[zone_id]

    def packed(self, zones: Sequence[str]) -> str:
        """Return zones as a text in which each number stands between commas."""
        numbers = [str(self._number(zone_id)) for zone_id in zones]
        return f",{','.join(numbers)}," if numbers else ""

    def sought(self, zone_id: str) -> str | None:
        """Return what to look for in such a text, None for an unknown zone."""
        if zone_id not in self._numbers:
            self._learn()
        number = self._numbers.get(zone_id)
        return None if number is None else f",{number},"

    def unpacked(self, text: str) -> tuple[str, ...]:
        """Return the zones of `packed`."""
        if not text:
            return ()
        numbers = [int(number) for number in text.strip(",").split(",")]
        if not self._zones.keys() >= set(numbers):
            self._learn()
        return tuple(self._zones[number] for number in numbers)

    def clip(self, row: Sequence[object]) -> Clip:
        """Return the clip of a row of `SELECT`."""
        columns = dict(zip(COLUMNS, row, strict=True))
        path = path_of(columns["camera_id"], columns.pop("place"), columns["clip_id"])
        thumbnail = relative_thumbnail(path) if columns["thumbnail"] else None
        zones = self.unpacked(str(columns["zones"]))
        for name in ("has_audio", "recovered", "protected"):
            columns[name] = bool(columns[name])
        mask = self.unpacked(str(columns["mask"]))
        columns |= {"path": path, "thumbnail": thumbnail, "zones": zones, "mask": mask}
        return Clip(**columns)  # type: ignore[arg-type]  # the table is STRICT

    def values(self, clip: Clip) -> list[object]:
        """Return the row of a clip, whose path must be that of its ids."""
        values: dict[str, object] = {
            name: place_of(clip) if name == "place" else getattr(clip, name)
            for name in COLUMNS
        }
        values["thumbnail"] = clip.thumbnail is not None
        values["zones"] = self.packed(clip.zones)
        values["mask"] = self.packed(clip.mask)
        return list(values.values())


def path_of(camera_id: object, place: object, clip_id: object) -> str:
    """Return a clip's path below its store's root."""
    return f"{camera_id}/{place}_{clip_id}{CLIP_SUFFIX}"


def place_of(clip: Clip) -> str:
    """Return what of a clip's path does not follow from its ids."""
    return clip.path.removeprefix(f"{clip.camera_id}/").partition("_")[0]
