"""What the user wishes of storage: the options of the system's entry, read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant, callback

from .const import CONF_ENTRY_TYPE, DOMAIN, ENTRY_TYPE_SYSTEM, LIBRARY_FOLDER

CONF_KEEP_DAYS: Final = "keep_days"
CONF_KEEP_DAYS_CONTINUOUS: Final = "keep_days_continuous"
CONF_KEEP_DAYS_KINDS: Final = "keep_days_kinds"
CONF_KEEP_DAYS_CAMERAS: Final = "keep_days_cameras"
CONF_MAX_SIZE_GB: Final = "max_size_gb"
CONF_MIN_FREE_GB: Final = "min_free_gb"
CONF_MEDIA_FOLDER: Final = "media_folder"
CONF_SYNC: Final = "sync"
CONF_SPOOL_LIMIT_GB: Final = "spool_limit_gb"

GIGABYTE: Final = 10**9
DEFAULT_DAYS: Final = 30
DEFAULT_DAYS_CONTINUOUS: Final = 3
DEFAULT_SPOOL_GB: Final = 2.0
LEAST_FREE: Final = 2**30
LEAST_FREE_SHARE: Final = 0.05
"""Bytes, and share of the disk, that stay free where the user says nothing."""

KINDS: Final = (
    *("person", "vehicle", "animal", "package", "doorbell"),
    *("sound", "motion", "manual", "incident"),
)
"""The kinds of clips with days of their own, beside `continuous`."""


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """The wishes; days may be 0 for "no limit", and so may the size.

    ``kinds`` and ``cameras`` hold days that differ from the rest. ``min_free`` is in
    bytes, None for the default that follows the disk's size; ``media_folder`` is
    what `folder_in_use` takes.
    """

    days: int = DEFAULT_DAYS
    days_continuous: int = DEFAULT_DAYS_CONTINUOUS
    kinds: Mapping[str, int] = field(default_factory=dict)
    cameras: Mapping[str, int] = field(default_factory=dict)
    max_size: int = 0
    min_free: int | None = None
    media_folder: str | None = None
    sync: bool = True
    spool_limit: int = int(DEFAULT_SPOOL_GB * GIGABYTE)

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of the system's entry; what is missing has its default."""
        free = options.get(CONF_MIN_FREE_GB)
        return cls(
            days=int(options.get(CONF_KEEP_DAYS, DEFAULT_DAYS)),
            days_continuous=int(
                options.get(CONF_KEEP_DAYS_CONTINUOUS, DEFAULT_DAYS_CONTINUOUS)
            ),
            kinds=_days(options.get(CONF_KEEP_DAYS_KINDS)),
            cameras=_days(options.get(CONF_KEEP_DAYS_CAMERAS)),
            max_size=round(options.get(CONF_MAX_SIZE_GB, 0) * GIGABYTE),
            min_free=round(free * GIGABYTE) if free else None,
            media_folder=options.get(CONF_MEDIA_FOLDER) or None,
            sync=bool(options.get(CONF_SYNC, True)),
            spool_limit=round(
                options.get(CONF_SPOOL_LIMIT_GB, DEFAULT_SPOOL_GB) * GIGABYTE
            ),
        )

    @classmethod
    @callback
    def of(cls, hass: HomeAssistant) -> Self:
        """Read those of the one system entry, which may not be there yet."""
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            if entry.data.get(CONF_ENTRY_TYPE) == ENTRY_TYPE_SYSTEM:
                return cls.read(entry.options)
        return cls()

    def root(self, hass: HomeAssistant) -> Path:
        """Return the folder of all clips, below the wished media folder."""
        name, _, share = folder_in_use(hass, self.media_folder).partition("/")
        media = Path(hass.config.media_dirs.get(name, hass.config.path("media")))
        return media / share / LIBRARY_FOLDER

    def free_wanted(self, total: int) -> int:
        """Return how many bytes of a disk of ``total`` bytes stay free."""
        if self.min_free is not None:
            return self.min_free
        # Of a small disk not more than half, or nothing would be left for clips.
        return min(max(LEAST_FREE, int(total * LEAST_FREE_SHARE)), total // 2)


def folder_in_use(hass: HomeAssistant, wished: str | None) -> str:
    """Return the media folder to use: the wished, "local", or the first; "" for none.

    It is named by its key of Home Assistant's media directories; a share that is
    mounted in one is the key, a slash and the name of the share.
    """
    folders = hass.config.media_dirs
    name, _, share = (wished or "").partition("/")
    if name in folders and not share.startswith(".") and "/" not in share:
        return wished or ""
    return "local" if "local" in folders else next(iter(folders), "")


def media_folders(folders: Mapping[str, str]) -> dict[str, str]:
    """Return the path of each folder that clips can be kept in, by its name.

    These are the media directories, and what is mounted in them: Home Assistant's
    network storage appears there. Blocks.
    """
    found: dict[str, str] = {}
    for name, path in folders.items():
        found[name] = path
        try:
            with os.scandir(path) as entries:
                shares = sorted(
                    entry.name
                    for entry in entries
                    if not entry.name.startswith(".")
                    and entry.is_dir(follow_symlinks=False)
                    and os.path.ismount(entry.path)
                )
        except OSError:
            continue
        found |= {f"{name}/{share}": f"{path}/{share}" for share in shares}
    return found


def spool_root(hass: HomeAssistant) -> Path:
    """Return the folder that stands in for the media folder, on the local disk."""
    return Path(hass.config.path(LIBRARY_FOLDER, "spool"))


def database_path(hass: HomeAssistant) -> Path:
    """Return the library's database, on the local disk."""
    return Path(hass.config.path(LIBRARY_FOLDER, "library.db"))


def _days(value: Any) -> Mapping[str, int]:
    return {str(key): int(days) for key, days in (value or {}).items()}
