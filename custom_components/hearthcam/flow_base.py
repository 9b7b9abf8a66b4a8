"""What all steps of the config flow share."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.core import callback

from .const import (
    CONF_CAMERA_ID,
    CONF_ENTRY_TYPE,
    CONF_FIRMWARE,
    CONF_MAIN_PROFILE,
    CONF_MAIN_URL,
    CONF_MANUFACTURER,
    CONF_MODEL,
    CONF_SUB_PROFILE,
    CONF_SUB_URL,
    CONF_TRANSPORT,
    ENTRY_TYPE_CAMERA,
)
from .engine.protocol import Profile, Transport
from .flow_answers import Login
from .flow_check import StreamsToTry
from .flow_follow import is_connected
from .flow_identity import unique_camera_id
from .flow_reading import CameraReading


class FlowBase(ConfigFlow):
    """Making and changing the entry of a camera."""

    VERSION = 1
    MINOR_VERSION = 1

    @callback
    def _async_create_camera(
        self,
        name: str,
        streams: StreamsToTry,
        more: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> ConfigFlowResult:
        """Make the entry; its streams were opened. ``more`` is further data."""
        self._async_abort_entries_match({CONF_MAIN_URL: streams.main_url})
        return self.async_create_entry(
            title=name,
            data={
                CONF_ENTRY_TYPE: ENTRY_TYPE_CAMERA,
                CONF_CAMERA_ID: unique_camera_id(self.hass, name),
                **stream_data(streams),
                **more,
            },
            options=options,
        )

    @callback
    def _async_change_camera(
        self, entry: ConfigEntry[Any], changed: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Change the entry and leave; a loaded one hears of it by its listener."""
        if entry.update_listeners:
            return self.async_update_and_abort(entry, data_updates=changed)
        return self.async_update_reload_and_abort(entry, data_updates=changed)

    @callback
    def _async_is_watched(self, streams: StreamsToTry) -> bool:
        """Tell whether these very streams arrive, maybe as all that is served."""
        if self.source != SOURCE_RECONFIGURE:
            return False
        entry = self._get_reconfigure_entry()
        return is_connected(entry) and streams == stored_streams(
            entry.data, streams.login
        )

    @callback
    def _async_end_other_flows(self, identities: set[str]) -> None:
        """Take away the discovery card of the camera that is being added here."""
        for flow in self._async_in_progress(include_uninitialized=True):
            if flow["context"].get("unique_id") in identities:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])


def stream_data(streams: StreamsToTry) -> dict[str, Any]:
    """Return what an entry holds of its streams."""
    return {
        CONF_MAIN_URL: streams.main_url,
        CONF_SUB_URL: streams.sub_url,
        **streams.login.as_data(),
        CONF_TRANSPORT: streams.transport.value,
    }


def reading_data(
    reading: CameraReading,
    chosen: tuple[str, str | None],
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what an entry holds of the ONVIF device."""
    return {
        **reading.address.as_data(),
        **reading.identity.as_data(before or {}),
        CONF_MANUFACTURER: reading.about.manufacturer,
        CONF_MODEL: reading.about.model,
        CONF_FIRMWARE: reading.about.firmware,
        CONF_MAIN_PROFILE: chosen[0],
        CONF_SUB_PROFILE: chosen[1],
    }


def stored_streams(data: Mapping[str, Any], login: Login) -> StreamsToTry:
    """Return the streams of an entry with another login."""
    return StreamsToTry(
        main_url=data[CONF_MAIN_URL],
        sub_url=data.get(CONF_SUB_URL),
        login=login,
        transport=Transport(data.get(CONF_TRANSPORT, Transport.AUTO)),
    )


RTSP_FIELDS = {Profile.MAIN: CONF_MAIN_URL, Profile.SUB: CONF_SUB_URL}
PROFILE_FIELDS = {Profile.MAIN: CONF_MAIN_PROFILE, Profile.SUB: CONF_SUB_PROFILE}
BASE_FIELDS = {Profile.MAIN: "base", Profile.SUB: "base"}
