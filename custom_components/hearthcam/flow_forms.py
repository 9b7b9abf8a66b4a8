"""The forms of the config flow: what is asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import voluptuous as vol

from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_USERNAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .const import (
    CONF_MAIN_PROFILE,
    CONF_MAIN_URL,
    CONF_ONVIF_PORT,
    CONF_ONVIF_TLS,
    CONF_RECORD_AUDIO,
    CONF_SUB_PROFILE,
    CONF_SUB_URL,
    CONF_TRANSPORT,
)
from .engine.protocol import Transport

CONF_CAMERA = "camera"
CONF_FIX = "fix"
CONF_PIN = "pin"
CHOICE_RTSP = "enter_rtsp"
CHOICE_HOST = "enter_host"
CHOICE_PICTURE = "enter_picture"
CHOICE_SEARCH = "search_again"
NO_SUB = "none"
DEFAULT_ONVIF_PORT = 80

_TEXT = TextSelector()
# The browser's password manager must not offer Home Assistant's own login.
_USERNAME = TextSelector(TextSelectorConfig(autocomplete="off"))
_PASSWORD = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)
_TRANSPORT = SelectSelector(
    SelectSelectorConfig(
        options=[transport.value for transport in Transport],
        mode=SelectSelectorMode.DROPDOWN,
        translation_key="transport",
    )
)
_PORT = vol.All(
    NumberSelector(NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)),
    vol.Coerce(int),
)

_LOGIN: dict[Any, Any] = {
    vol.Optional(CONF_USERNAME): _USERNAME,
    vol.Optional(CONF_PASSWORD): _PASSWORD,
}
_RTSP: dict[Any, Any] = {
    vol.Required(CONF_MAIN_URL): _TEXT,
    vol.Optional(CONF_SUB_URL): _TEXT,
    **_LOGIN,
}
_HOST: dict[Any, Any] = {
    vol.Required(CONF_HOST): _TEXT,
    vol.Required(CONF_ONVIF_PORT, default=DEFAULT_ONVIF_PORT): _PORT,
    vol.Required(CONF_ONVIF_TLS, default=False): BooleanSelector(),
    **_LOGIN,
}
_KEEP: dict[Any, Any] = {
    vol.Required(CONF_TRANSPORT, default=Transport.AUTO.value): _TRANSPORT
}

_AUDIO: dict[Any, Any] = {
    vol.Required(CONF_RECORD_AUDIO, default=True): BooleanSelector()
}

LOGIN_SCHEMA = vol.Schema(_LOGIN)
RTSP_SCHEMA = vol.Schema({vol.Required(CONF_NAME): _TEXT, **_RTSP, **_AUDIO})
RTSP_RECONFIGURE_SCHEMA = vol.Schema({**_RTSP, **_KEEP})
PICTURE_RECONFIGURE_SCHEMA = vol.Schema({vol.Required(CONF_MAIN_URL): _TEXT, **_LOGIN})
PICTURE_SCHEMA = vol.Schema(
    {vol.Required(CONF_NAME): _TEXT, vol.Required(CONF_MAIN_URL): _TEXT, **_LOGIN}
)
CERTIFICATE_SCHEMA = vol.Schema(
    {vol.Required(CONF_PIN, default=True): BooleanSelector()}
)
HOST_SCHEMA = vol.Schema(_HOST)
HOST_RECONFIGURE_SCHEMA = vol.Schema({**_HOST, **_KEEP})


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a choice."""

    value: str
    label: str


def found_schema(found: Iterable[Option]) -> vol.Schema:
    """Return the choice among found cameras and the ways to name another one."""
    options = [SelectOptionDict(value=one.value, label=one.label) for one in found]
    # Their labels are in the translations, as are those of all fixed choices.
    options += [
        SelectOptionDict(value=choice, label=choice)
        for choice in (CHOICE_HOST, CHOICE_RTSP, CHOICE_PICTURE, CHOICE_SEARCH)
    ]
    return vol.Schema(
        {
            vol.Required(CONF_CAMERA, default=options[0]["value"]): SelectSelector(
                SelectSelectorConfig(
                    options=options,
                    mode=SelectSelectorMode.LIST,
                    translation_key="found_camera",
                )
            )
        }
    )


def profiles_schema(
    profiles: Iterable[Option],
    main: str,
    sub: str | None,
    name: str | None = None,
    *,
    fix: bool = False,
) -> vol.Schema:
    """Return the page with the proposal of main and sub.

    That of a new camera, which has a ``name``, asks for it and for audio too; where
    something can be changed on the camera, whether to ``fix`` it.
    """
    options = [SelectOptionDict(value=one.value, label=one.label) for one in profiles]
    fields: dict[Any, Any] = {}
    if name is not None:
        fields[vol.Required(CONF_NAME, default=name)] = _TEXT
    fields[vol.Required(CONF_MAIN_PROFILE, default=main)] = SelectSelector(
        SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
    )
    fields[vol.Required(CONF_SUB_PROFILE, default=sub or NO_SUB)] = SelectSelector(
        SelectSelectorConfig(
            options=[*options, SelectOptionDict(value=NO_SUB, label=NO_SUB)],
            mode=SelectSelectorMode.DROPDOWN,
            translation_key="sub_profile",
        )
    )
    if name is not None:
        fields |= _AUDIO
    if fix:
        fields[vol.Required(CONF_FIX, default=False)] = BooleanSelector()
    return vol.Schema(fields)
