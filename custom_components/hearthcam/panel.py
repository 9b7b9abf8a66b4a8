"""The panel: a page of its own in Home Assistant's sidebar, for administrators.

Its modules are plain JavaScript, served as they are in `frontend/`.
"""

import hashlib
import logging
from pathlib import Path
from typing import Final

from homeassistant.components import frontend
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.components.panel_custom import async_register_panel
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_LOGGER = logging.getLogger(__package__)

PANEL: Final = "hearthcam"
"""The panel's path."""
ELEMENT: Final = "hearthcam-panel"
TITLE: Final = "Hearthcam"
ICON: Final = "mdi:cctv"
FRONTEND: Final = Path(__file__).with_name("frontend")

DATA_PANEL: HassKey[_Panel] = HassKey(f"{DOMAIN}_panel")


class _Panel:
    """Is shown while anybody keeps it."""

    def __init__(self, hass: HomeAssistant, module_url: str) -> None:
        self._hass = hass
        self._module_url = module_url
        self._kept = 0
        self._is_shown = False

    async def async_keep(self) -> CALLBACK_TYPE:
        """Show the panel; returns what ends that, once all have called theirs."""
        self._kept += 1
        if self._kept == 1:
            await self._async_show()
        return self._leave

    async def _async_show(self) -> None:
        if frontend.async_panel_exists(self._hass, PANEL):
            _LOGGER.warning("The path /%s is taken: there is no panel", PANEL)
            return
        await async_register_panel(
            self._hass,
            PANEL,
            ELEMENT,
            sidebar_title=TITLE,
            sidebar_icon=ICON,
            module_url=self._module_url,
            require_admin=True,
        )
        self._is_shown = True

    @callback
    def _leave(self) -> None:
        self._kept -= 1
        if not self._kept and self._is_shown:
            self._is_shown = False
            frontend.async_remove_panel(self._hass, PANEL)


async def async_serve_panel(hass: HomeAssistant) -> None:
    """Serve the panel's modules, once; without Home Assistant's frontend, nothing.

    What they hold is in the path, so that browsers may keep them and yet see each
    update: their imports are relative, and so carry it along.
    """
    if frontend.DOMAIN not in hass.config.components:
        return
    root = f"/{DOMAIN}_static/{await hass.async_add_executor_job(_fingerprint)}"
    await hass.http.async_register_static_paths(
        [StaticPathConfig(root, str(FRONTEND), cache_headers=True)]
    )
    hass.data[DATA_PANEL] = _Panel(hass, f"{root}/panel.js")


async def async_show_panel(hass: HomeAssistant) -> CALLBACK_TYPE:
    """Show the panel in the sidebar; returns what ends that, for the last one."""
    if (panel := hass.data.get(DATA_PANEL)) is None:
        return lambda: None
    return await panel.async_keep()


def _fingerprint() -> str:
    """Return a short name of what the modules hold. Blocks."""
    digest = hashlib.sha256()
    for file in sorted(FRONTEND.glob("*.js")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
