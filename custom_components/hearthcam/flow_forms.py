"""The forms of the config flow: what is asked, and what was meant by the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    CONF_RECORD_AUDIO,
    CONF_SUB_PROFILE,
    CONF_SUB_URL,
    CONF_TRANSPORT,
)
from .engine.protocol import Profile, StreamError, Transport
from .rtsp_url import InvalidRtspUrlError, RtspUrl, parse_rtsp_url

CONF_CAMERA = "camera"
CHOICE_RTSP = "enter_rtsp"
CHOICE_HOST = "enter_host"
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
HOST_SCHEMA = vol.Schema(_HOST)
HOST_RECONFIGURE_SCHEMA = vol.Schema({**_HOST, **_KEEP})


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the camera; without a username there is none."""

    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def as_data(self) -> dict[str, str | None]:
        """Return it as forms and entries hold it."""
        return {CONF_USERNAME: self.username, CONF_PASSWORD: self.password}


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
        for choice in (CHOICE_RTSP, CHOICE_HOST, CHOICE_SEARCH)
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
    profiles: Iterable[Option], main: str, sub: str | None, name: str | None = None
) -> vol.Schema:
    """Return the page with the proposal of main and sub.

    That of a new camera, which has a ``name``, asks for it and for audio too.
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
    return vol.Schema(fields)


@dataclass(frozen=True, slots=True)
class RtspAnswer:
    """An RTSP form as it was meant."""

    main_url: str
    sub_url: str | None
    host: str
    login: Login


def move_logins(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an RTSP form with the logins taken out of its URLs.

    A login in its own fields is the one that counts; else the one in a URL goes
    there. What is no RTSP URL stays as it is.
    """
    moved = dict(answer)
    for key in (CONF_MAIN_URL, CONF_SUB_URL):
        try:
            url = parse_rtsp_url(answer.get(key) or "")
        except InvalidRtspUrlError:
            continue
        moved[key] = url.url
        if url.username and not (moved.get(CONF_USERNAME) or "").strip():
            moved[CONF_USERNAME] = url.username
            moved[CONF_PASSWORD] = url.password or moved.get(CONF_PASSWORD)
    return moved


def read_rtsp_form(
    answer: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> RtspAnswer | dict[str, str]:
    """Return what was meant, or the error of each field that is no RTSP URL.

    ``answer`` comes from `move_logins`; ``stored`` is the data of the entry that is
    being changed.
    """
    errors: dict[str, str] = {}
    urls: dict[str, RtspUrl] = {}
    for key in (CONF_MAIN_URL, CONF_SUB_URL):
        if (text := (answer.get(key) or "").strip()) or key == CONF_MAIN_URL:
            try:
                urls[key] = parse_rtsp_url(text)
            except InvalidRtspUrlError:
                errors[key] = StreamError.INVALID_URL.value
    if errors:
        return errors
    main = urls[CONF_MAIN_URL]
    sub = urls[CONF_SUB_URL].url if CONF_SUB_URL in urls else None
    return RtspAnswer(
        main_url=main.url,
        sub_url=sub if sub != main.url else None,
        host=main.host.strip("[]"),
        login=read_login(answer, stored),
    )


def read_login(
    answer: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> Login:
    """Return the login; an empty password means the stored one of the same user."""
    if not (username := (answer.get(CONF_USERNAME) or "").strip()):
        return Login()
    password = answer.get(CONF_PASSWORD) or None
    if password is None and stored and username == stored.get(CONF_USERNAME):
        password = stored.get(CONF_PASSWORD)
    return Login(username, password)


def read_host(answer: Mapping[str, Any]) -> str:
    """Return the host of an ONVIF camera, IPv6 without brackets."""
    return str(answer[CONF_HOST]).strip().strip("[]").lower()


def without_password(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form about an existing camera shows: never its password."""
    return {key: value for key, value in answer.items() if key != CONF_PASSWORD}


def error_field(
    error: StreamError, profile: Profile, fields: Mapping[Profile, str], login: str
) -> dict[str, str]:
    """Return the errors of a form: a refused login goes to the login's field."""
    if error is StreamError.INVALID_AUTH:
        return {login: error.value}
    if error is StreamError.UNKNOWN:
        return {"base": error.value}
    return {fields[profile]: error.value}


def host_field(key: str) -> str:
    """Return the field of a form with a host that an error belongs to."""
    if key == StreamError.INVALID_AUTH:
        return CONF_PASSWORD
    return "base" if key == StreamError.UNKNOWN else CONF_HOST


def login_field(key: str) -> str:
    """Return the field of a form with a login alone that an error belongs to."""
    return CONF_PASSWORD if key == StreamError.INVALID_AUTH else "base"
