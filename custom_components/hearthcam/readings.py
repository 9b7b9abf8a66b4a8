"""What of a camera is read back: its picture's settings and its presets."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .camera_errors import CameraError
from .onvif.control import PictureSetting, Preset
from .session_view import SessionTopic, SessionView

_LOGGER = logging.getLogger(__package__)

INTERVAL: Final = timedelta(minutes=10)
"""How often is looked whether somebody changed something at the camera itself."""


class Part(StrEnum):
    """What a listener wants to have read; what nobody wants is not asked for."""

    PICTURE = "picture"
    PRESETS = "presets"


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read last; nothing before that.

    Attributes:
        picture: values of settings by their key.
    """

    picture: Mapping[str, float | str | None] = field(default_factory=dict)
    presets: tuple[Preset, ...] = ()


class CameraReadings(DataUpdateCoordinator[Readings]):
    """Reads back what is set on a camera; never fails: it may be away any time."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], session: SessionView
    ) -> None:
        """Prepare; nothing is asked before somebody listens."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"hearthcam readings {entry.entry_id}",
            update_interval=INTERVAL,
            always_update=False,
        )
        self.data = Readings()
        self._entry = entry
        self._session = session
        self._was_here = False
        self._wanted = False
        self._reader: asyncio.Task[None] | None = None
        session.subscribe(self._capabilities_known, SessionTopic.CAPABILITIES)
        session.subscribe(self._state_changed)

    @callback
    def refresh_soon(self) -> None:
        """Read in the background: once more at most, however many ask for it."""
        self._wanted = True
        if self._reader is None or self._reader.done():
            self._reader = self._entry.async_create_background_task(
                self.hass, self._async_read(), self.name
            )

    async def _async_read(self) -> None:
        while self._wanted:
            self._wanted = False
            await self.async_refresh()

    @override
    async def _async_update_data(self) -> Readings:
        """Ask for what is listened to; what is not answered stays as it was."""
        data, wanted = self.data, set(self.async_contexts())
        session = self._session
        if not session.reachable or not wanted:
            return data
        with suppress(CameraError):
            if Part.PRESETS in wanted and (ptz := session.control.ptz) is not None:
                presets = await session.async_do(ptz.presets())
                data = replace(data, presets=presets)
        with suppress(CameraError):
            if Part.PICTURE in wanted and (imaging := session.control.imaging):
                picture = _values(await session.async_do(imaging.settings()))
                data = replace(data, picture=picture)
        return data

    @callback
    def _capabilities_known(self) -> None:
        """Take what was told with the abilities, and ask for the rest."""
        if (found := self._session.capabilities) is None:
            return
        if found.pictures:
            self.data = replace(self.data, picture=_values(found.pictures))
            self.async_update_listeners()
        if Part.PRESETS in self.async_contexts():
            self.refresh_soon()

    @callback
    def _state_changed(self) -> None:
        """Read again what may have changed while the camera was away."""
        is_here = self._session.reachable
        if is_here and not self._was_here and any(self.async_contexts()):
            self.refresh_soon()
        self._was_here = is_here


def _values(settings: tuple[PictureSetting, ...]) -> dict[str, float | str | None]:
    return {setting.key: setting.value for setting in settings}
