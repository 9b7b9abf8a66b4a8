"""The forms of the config flow: what is asked, and what was meant by the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
from .engine.protocol import Profile, StreamError, Transport
from .onvif_address import OnvifAddress
from .rtsp_url import (
    DEFAULT_PORTS,
    PICTURES,
    RTSP,
    InvalidRtspUrlError,
    RtspUrl,
    parse_rtsp_url,
)

CONF_CAMERA = "camera"
CONF_FIX = "fix"
CONF_PIN = "pin"
CHOICE_RTSP = "enter_rtsp"
CHOICE_HOST = "enter_host"
CHOICE_PICTURE = "enter_picture"
CHOICE_SEARCH = "search_again"
NO_SUB = "none"
INVALID_PICTURE_URL = "invalid_picture_url"
DEFAULT_ONVIF_PORT = 80
DEFAULT_TLS_PORT = 443

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


@dataclass(frozen=True, slots=True)
class RtspAnswer:
    """An RTSP form as it was meant."""

    main_url: str
    sub_url: str | None
    host: str
    login: Login


def move_logins(
    answer: Mapping[str, Any], schemes: tuple[str, ...] = RTSP
) -> dict[str, Any]:
    """Return a form with the logins taken out of its URLs.

    A login in its own fields is the one that counts; else the one in a URL goes
    there. What is no URL of these ``schemes`` stays as it is.
    """
    moved = dict(answer)
    for key in (CONF_MAIN_URL, CONF_SUB_URL):
        try:
            url = parse_rtsp_url(answer.get(key) or "", schemes)
        except InvalidRtspUrlError:
            continue
        moved[key] = url.url
        if url.username and not (moved.get(CONF_USERNAME) or "").strip():
            moved[CONF_USERNAME] = url.username
            moved[CONF_PASSWORD] = url.password or moved.get(CONF_PASSWORD)
    return moved


def read_rtsp_form(
    answer: Mapping[str, Any],
    stored: Mapping[str, Any] | None = None,
    schemes: tuple[str, ...] = RTSP,
) -> RtspAnswer | dict[str, str]:
    """Return what was meant, or the error of each field that is no such URL.

    ``answer`` comes from `move_logins`; ``stored`` is the data of the entry that is
    being changed.
    """
    invalid = StreamError.INVALID_URL if schemes == RTSP else INVALID_PICTURE_URL
    errors: dict[str, str] = {}
    urls: dict[str, RtspUrl] = {}
    for key in (CONF_MAIN_URL, CONF_SUB_URL):
        if (text := (answer.get(key) or "").strip()) or key == CONF_MAIN_URL:
            try:
                urls[key] = parse_rtsp_url(text, schemes)
            except InvalidRtspUrlError:
                errors[key] = str(invalid)
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


def read_address(
    answer: Mapping[str, Any], known: OnvifAddress | None = None
) -> OnvifAddress:
    """Return where an ONVIF camera is meant to be.

    A pasted address of its web page is understood. The path and the pinned
    certificate of the ``known`` address stay.
    """
    text, port = str(answer[CONF_HOST]).strip(), int(answer[CONF_ONVIF_PORT])
    tls = bool(answer.get(CONF_ONVIF_TLS))
    if "://" in text:
        try:
            url = parse_rtsp_url(text, PICTURES)
        except InvalidRtspUrlError:
            pass
        else:
            tls = tls or url.scheme == "https"
            text = url.host
            if url.port != DEFAULT_PORTS[url.scheme]:
                port = url.port
    if tls and port == DEFAULT_ONVIF_PORT:
        port = DEFAULT_TLS_PORT
    host = text.strip("[]").lower()
    if known is None:
        return OnvifAddress(host, port, tls=tls)
    return replace(
        known,
        host=host,
        port=port,
        tls=tls,
        certificate=known.certificate if tls else None,
    )


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
