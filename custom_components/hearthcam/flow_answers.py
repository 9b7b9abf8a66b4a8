"""What was meant by the answer to a form of the config flow."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME

from .const import (
    CONF_MAIN_PROFILE,
    CONF_MAIN_URL,
    CONF_ONVIF_PORT,
    CONF_ONVIF_TLS,
    CONF_SUB_PROFILE,
    CONF_SUB_URL,
)
from .engine.protocol import Profile, StreamError
from .flow_forms import CONF_FIX, DEFAULT_ONVIF_PORT, NO_SUB
from .onvif_address import OnvifAddress
from .rtsp_url import (
    DEFAULT_PORTS,
    PICTURES,
    RTSP,
    InvalidRtspUrlError,
    RtspUrl,
    parse_rtsp_url,
)

DEFAULT_TLS_PORT = 443
INVALID_PICTURE_URL = "invalid_picture_url"


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the camera; without a username there is none."""

    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def as_data(self) -> dict[str, str | None]:
        """Return it as forms and entries hold it."""
        return {CONF_USERNAME: self.username, CONF_PASSWORD: self.password}


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


def chosen_profiles(answer: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the tokens of main and sub; one profile twice means no sub."""
    main, sub = answer[CONF_MAIN_PROFILE], answer[CONF_SUB_PROFILE]
    return main, None if sub in (NO_SUB, main) else sub


def take_fix(answer: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the page's answer without the wish to cure, and that wish."""
    rest = {key: value for key, value in answer.items() if key != CONF_FIX}
    return rest, bool(answer.get(CONF_FIX))
