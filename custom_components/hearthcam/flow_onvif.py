"""The steps about a camera that speaks ONVIF: discovered, logged in, added."""

from dataclasses import dataclass, replace
from typing import Any, override
from uuid import uuid4

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.helpers.typing import DiscoveryInfoType

from .const import CONF_ONVIF_PORT, CONF_RECORD_AUDIO
from .discovery import async_meet_camera
from .flow_answers import (
    Login,
    chosen_profiles,
    host_field,
    login_field,
    read_login,
    take_fix,
)
from .flow_base import reading_data
from .flow_check import StreamsToTry
from .flow_follow import async_follow_camera, async_move_camera
from .flow_forms import CERTIFICATE_SCHEMA, CONF_PIN, LOGIN_SCHEMA
from .flow_identity import Identity, async_learn_endpoint, find_entry, known_endpoints
from .flow_reading import (
    CameraReading,
    ReadingError,
    async_certificate,
    async_read_camera,
)
from .flow_streams import StreamSteps
from .found_cameras import FoundCamera, identities_at
from .onvif.identity import clean_mac
from .onvif_address import OnvifAddress
from .privacy.local_only import is_local


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asked for, while the camera's certificate is decided on."""

    step: str
    address: OnvifAddress
    login: Login
    answer: dict[str, Any]
    epr: str | None = None
    fingerprint: str = ""


class OnvifSteps(StreamSteps):
    """Login, certificate, entry."""

    def __init__(self) -> None:
        """Start with no camera chosen."""
        super().__init__()
        self._camera: FoundCamera | None = None
        self._asked: Asked | None = None

    async def _async_contact(self, asked: Asked) -> ConfigFlowResult:
        """Read the camera; raises ReadingError.

        Over HTTPS nothing is sent before the user decided on its certificate.
        """
        self._asked = asked
        address = asked.address
        if address.tls:
            fingerprint = await async_certificate(address)
            if fingerprint != address.certificate:
                self._asked = replace(asked, fingerprint=fingerprint)
                return await self.async_step_certificate()
        return await self._async_read(address)

    async def async_step_certificate(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether only this certificate is accepted from now on."""
        assert self._asked is not None
        asked = self._asked
        if user_input is not None:
            pin = asked.fingerprint if user_input[CONF_PIN] else None
            try:
                return await self._async_read(replace(asked.address, certificate=pin))
            except ReadingError as err:
                has_host = CONF_ONVIF_PORT in asked.answer
                field = host_field(err.key) if has_host else login_field(err.key)
                self._late = {field: err.key}
                return await self._async_back(asked.step)
        pairs = (asked.fingerprint[i : i + 2] for i in range(0, 64, 2))
        return self.async_show_form(
            step_id="certificate",
            data_schema=CERTIFICATE_SCHEMA,
            description_placeholders={
                "host": asked.address.host,
                "fingerprint": ":".join(pairs).upper(),
            },
        )

    async def _async_read(self, address: OnvifAddress) -> ConfigFlowResult:
        """Ask the camera who it is and what it has; raises ReadingError."""
        assert self._asked is not None
        asked = self._asked
        reading = await async_read_camera(self.hass, address, asked.login, asked.epr)
        self._reading = reading
        self._seen, self._made, self._answer = {}, [], None
        await self._async_identify(reading, asked.epr)
        return await self.async_step_measure()

    async def _async_identify(self, reading: CameraReading, epr: str | None) -> None:
        """Abort when the camera is configured already."""
        if entry := find_entry(self.hass, reading.identity):
            async_learn_endpoint(self.hass, entry, epr)
            async_move_camera(self.hass, entry, reading.address)
            raise AbortFlow("already_configured")
        unique_id = reading.about.unique_id_beside(known_endpoints(self.hass))
        await self.async_set_unique_id(
            unique_id or uuid4().hex, raise_on_progress=False
        )
        self._abort_if_unique_id_configured()

    async def async_step_login(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login of the camera that was picked from the found ones."""
        return await self._async_login("login", user_input)

    async def _async_login(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for the login of a found camera."""
        assert self._camera is not None
        errors = self._take_late()
        if errors and self._asked:
            user_input = self._asked.answer
        elif user_input is not None:
            try:
                return await self._async_contact(
                    Asked(
                        step_id,
                        self._camera.address,
                        read_login(user_input),
                        user_input,
                        self._camera.epr,
                    )
                )
            except ReadingError as err:
                errors[login_field(err.key)] = err.key
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(LOGIN_SCHEMA, user_input),
            description_placeholders={"name": self._camera.title},
            errors=errors,
        )

    async def async_step_profiles(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was measured; confirm the name and the streams."""
        reading = self._read
        name = (self._camera and self._camera.name) or reading.name
        errors = self._take_late()
        if user_input is not None:
            self._answer, is_to_fix = take_fix(user_input)
            if is_to_fix:
                return await self.async_step_fix()
            chosen = chosen_profiles(user_input)
            result = await self._async_try_profiles(chosen)
            if isinstance(result, StreamsToTry):
                # Another flow may have added this camera meanwhile.
                self._abort_if_unique_id_configured()
                self._async_end_other_flows(
                    reading.identity.known
                    | self._card
                    | identities_at(self.hass, reading.address)
                )
                return self._async_create_camera(
                    user_input[CONF_NAME].strip(),
                    result,
                    reading_data(reading, chosen) | self._facts(chosen),
                    {CONF_RECORD_AUDIO: user_input[CONF_RECORD_AUDIO]},
                )
            errors = result
        return await self._async_streams_form(name=name, errors=errors)

    @property
    def _card(self) -> set[str]:
        """What the discovery card of the chosen camera is known by."""
        card = self._camera.card_id if self._camera else None
        return {card} if card else set()


class DiscoverySteps(OnvifSteps):
    """Cameras that announce themselves, or that the DHCP server saw again."""

    @override
    async def async_step_integration_discovery(
        self, discovery_info: DiscoveryInfoType
    ) -> ConfigFlowResult:
        """Offer a camera that answered to WS-Discovery, or follow one that moved."""
        camera = FoundCamera.from_dict(discovery_info)
        if not is_local(camera.address.host):
            return self.async_abort(reason="not_local")
        if async_meet_camera(self.hass, camera):
            return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(camera.card_id)
        self._abort_if_unique_id_configured()
        self._camera = camera
        self.context["title_placeholders"] = {"name": camera.title}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add it, and for its login."""
        return await self._async_login("discovery_confirm", user_input)

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a configured camera to the address it was given."""
        entry = find_entry(
            self.hass, Identity(mac=clean_mac(discovery_info.macaddress))
        )
        if entry is None:
            return self.async_abort(reason="no_devices_found")
        if CONF_ONVIF_PORT in entry.data and is_local(discovery_info.ip):
            address = replace(OnvifAddress.of_data(entry.data), host=discovery_info.ip)
            async_follow_camera(self.hass, entry, address, is_sure=True)
        return self.async_abort(reason="already_configured")
