"""Adding cameras as the UI does, without the UI."""

import asyncio
from typing import Any

from .home_assistant import HomeAssistant, HomeAssistantError

FLOW = "/api/config/config_entries/flow"
OPTIONS = "/api/config/config_entries/options/flow"
SUBENTRIES = "/api/config/config_entries/subentries/flow"


async def add_onvif_camera(
    home: HomeAssistant, name: str, host: str, port: int, login: tuple[str, str]
) -> str:
    """Add the camera with the profiles that are proposed; return the entry's id.

    Raises HomeAssistantError with the form's errors when it is refused.
    """
    username, password = login
    step = await _done(home, await home.post(FLOW, {"handler": "hearthcam"}))
    step = await _answer(home, step, "pick", camera="enter_host")
    step = await _answer(
        home,
        step,
        "host",
        host=host,
        onvif_port=port,
        username=username,
        password=password,
    )
    # Its streams are measured.
    step = await _done(home, step)
    step = await _answer(home, step, "profiles", **{**_proposed(step), "name": name})
    if step["type"] != "create_entry":
        raise HomeAssistantError(f"the camera was not added: {step}")
    entry_id: str = step["result"]["entry_id"]
    return entry_id


async def _done(home: HomeAssistant, step: dict[str, Any]) -> dict[str, Any]:
    """Wait while progress is shown; return what comes then."""
    while step["type"] in {"progress", "progress_done"}:
        await asyncio.sleep(0.2)
        step = await home.get(f"{FLOW}/{step['flow_id']}")
    return step


async def add_privacy_zone(
    home: HomeAssistant, entry_id: str, name: str, points: str
) -> None:
    """Add a zone to a camera that is always black, recordings from before included.

    Raises HomeAssistantError with the form's errors when it is refused.
    """
    step = await home.post(SUBENTRIES, {"handler": [entry_id, "zone"]})
    answer = {"name": name, "kind": "privacy", "points": points}
    step = await _answer(home, step, "user", flows=SUBENTRIES, **answer)
    step = await _answer(home, step, "privacy", flows=SUBENTRIES, past=True)
    if step["type"] != "create_entry":
        raise HomeAssistantError(f"the zone was not added: {step}")


async def change_options(
    home: HomeAssistant, entry_id: str, **sections: dict[str, Any]
) -> None:
    """Answer a camera's options, each section whole."""
    step = await home.post(OPTIONS, {"handler": entry_id})
    step = await home.post(f"{OPTIONS}/{step['flow_id']}", sections)
    if step["type"] != "create_entry":
        raise HomeAssistantError(f"the options were not taken: {step}")


async def _answer(
    home: HomeAssistant,
    step: dict[str, Any],
    expected: str,
    *,
    flows: str = FLOW,
    **answer: Any,
) -> dict[str, Any]:
    """Submit the form that is expected to be shown."""
    if step["type"] != "form" or step["step_id"] != expected or step["errors"]:
        raise HomeAssistantError(f"the form '{expected}' was expected: {step}")
    result: dict[str, Any] = await home.post(f"{flows}/{step['flow_id']}", answer)
    return result


def _proposed(step: dict[str, Any]) -> dict[str, Any]:
    """Return what the form is filled with when it is shown."""
    return {
        field["name"]: field["default"]
        for field in step["data_schema"]
        if "default" in field
    }
