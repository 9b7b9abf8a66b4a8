"""The steps that find a camera: the search, and the choice among what it found."""

import asyncio
import logging
from typing import Any, Final, override

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import callback

from .discovery import async_search
from .flow_forms import (
    CHOICE_HOST,
    CHOICE_PICTURE,
    CHOICE_RTSP,
    CHOICE_SEARCH,
    CONF_CAMERA,
    Option,
    found_schema,
)
from .flow_onvif import DiscoverySteps
from .found_cameras import FoundCamera, find_found, remembered

_LOGGER = logging.getLogger(__package__)

GATHER_SECONDS: Final = 1.2
"""Cameras wait up to half a second before they answer, so that not all do at once."""


class SearchSteps(DiscoverySteps):
    """What was found is shown at once, while the search goes on."""

    def __init__(self) -> None:
        """Start with nothing searched."""
        super().__init__()
        self._search: asyncio.Task[None] | None = None
        self._gathering: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self._shown: list[str] = []

    async def async_step_search(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show that the network is being searched, until there is something to show."""
        if self._gathering is None:
            self._end_search()
            self._search = self.hass.async_create_background_task(
                self._async_search(), "hearthcam search", eager_start=False
            )
            self._gathering = self.hass.async_create_task(
                self._async_gather(self._search), "hearthcam search", eager_start=False
            )
        if not self._gathering.done():
            return self.async_show_progress(
                step_id="search",
                progress_action="search",
                progress_task=self._gathering,
            )
        self._gathering = None
        return self.async_show_progress_done(next_step_id="pick")

    async def _async_search(self) -> None:
        try:
            await async_search(self.hass, self._answered.set)
        except Exception:
            # The ways by hand are left.
            _LOGGER.exception("The network could not be searched")
        self._refresh()

    async def _async_gather(self, search: asyncio.Task[None]) -> None:
        """Wait for the first answers, at most until the end of the search."""
        gathered = asyncio.create_task(self._async_first())
        try:
            await asyncio.wait((search, gathered), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gathered.cancel()

    async def _async_first(self) -> None:
        if not self._offered():
            await self._answered.wait()
        await asyncio.sleep(GATHER_SECONDS)

    async def async_step_pick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose a found camera, or the way to name another one."""
        found = self._offered()
        choice = user_input[CONF_CAMERA] if user_input else None
        if choice is None or choice not in {*found, *_WAYS}:
            self._shown = list(found)
            return self.async_show_form(
                step_id="pick",
                data_schema=found_schema(
                    Option(key, camera.label) for key, camera in found.items()
                ),
                description_placeholders={"count": str(len(found))},
            )
        if choice == CHOICE_SEARCH:
            return await self.async_step_search()
        self._end_search()
        if step := _WAYS.get(choice):
            return await self._async_back(step)
        self._camera = found[choice]
        return await self.async_step_login()

    def _offered(self) -> dict[str, FoundCamera]:
        """Return what was found and is not configured yet."""
        return {
            camera.key: camera
            for camera in remembered(self.hass)
            if find_found(self.hass, camera) is None
        }

    @callback
    def _refresh(self) -> None:
        """Let an open list show what answered later."""
        step = self.cur_step
        if (
            step is not None
            and step.get("step_id") == "pick"
            and list(self._offered()) != self._shown
        ):
            self.async_notify_flow_changed()

    @callback
    def _end_search(self) -> None:
        if self._search is not None:
            self._search.cancel()

    @callback
    @override
    def async_remove(self) -> None:
        """The dialog was closed."""
        self._end_search()


_WAYS: Final = {
    CHOICE_HOST: "host",
    CHOICE_RTSP: "rtsp",
    CHOICE_PICTURE: "picture",
    CHOICE_SEARCH: "search",
}
