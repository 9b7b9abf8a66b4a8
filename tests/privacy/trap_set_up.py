"""Cameras are added in the trapped home, as a user adds them."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

from custom_components.hearthcam.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType


async def until(condition: Callable[[], object], what: str, seconds: float = 40) -> Any:
    """Wait until something is so, and return it."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
    return found


class SetUp:
    """Its commands."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Take Home Assistant as it runs."""
        self._hass = hass

    async def discovered(self, login: dict[str, str]) -> str:
        """Add the camera that announced itself; return its entry's title."""
        card = await until(
            lambda: [
                flow
                for flow in self._hass.config_entries.flow.async_progress_by_handler(
                    DOMAIN
                )
                if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
            ],
            "a card",
        )
        result = await self._go_on(card[0]["flow_id"], login)
        return await self._finished(result, login)

    async def by_url(self, answer: dict[str, Any]) -> str:
        """Add a camera by its URL; return its title, or the errors of the form."""
        result: ConfigFlowResult = await self._hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        result = await self._go_on(result["flow_id"])
        result = await self._go_on(result["flow_id"], {"camera": "enter_rtsp"})
        result = await self._go_on(result["flow_id"], answer)
        if errors := result.get("errors"):
            self._hass.config_entries.flow.async_abort(result["flow_id"])
            return json.dumps(errors)
        return await self._finished(result, {})

    async def _finished(self, result: ConfigFlowResult, login: dict[str, str]) -> str:
        """Take every further page as it is proposed."""
        while result["type"] is FlowResultType.FORM:
            assert not result["errors"], result["errors"]
            schema = result["data_schema"]
            assert schema is not None
            result = await self._go_on(result["flow_id"], schema({}))
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        entry = result["result"]
        self._hass.config_entries.async_update_entry(
            entry, options={**entry.options, "pre_roll": 2.0, "post_roll": 1.0}
        )
        await self._hass.async_block_till_done(wait_background_tasks=False)
        return str(entry.title)

    async def _go_on(
        self, flow_id: str, values: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        flows = self._hass.config_entries.flow
        result: ConfigFlowResult = await flows.async_configure(flow_id, values)
        while result["type"] in (
            FlowResultType.SHOW_PROGRESS,
            FlowResultType.SHOW_PROGRESS_DONE,
        ):
            task = flows._progress[flow_id].async_get_progress_task()
            if task is not None:
                await asyncio.wait([task])
            result = await flows.async_configure(flow_id)
        return result
