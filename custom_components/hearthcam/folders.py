"""Where clips are."""

from pathlib import Path

from homeassistant.core import HomeAssistant

from .const import LIBRARY_FOLDER


def media_root(hass: HomeAssistant) -> Path:
    """Return the folder of all clips: below "local", else the first media folder."""
    folders = hass.config.media_dirs
    media = folders.get("local") or next(
        iter(folders.values()), hass.config.path("media")
    )
    return Path(media) / LIBRARY_FOLDER


def make_folders(*folders: Path) -> None:
    """Make folders that are not there yet; blocks, raises OSError."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
