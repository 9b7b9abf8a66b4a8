"""URLs of streams as people type them, taken apart so that no secret stays inside.

RTSP mostly, or HTTP where a camera gives pictures only.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
import re
from urllib.parse import unquote

DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
RTSP = ("rtsp", "rtsps")
PICTURES = ("http", "https")

_HOST = re.compile(r"^(?:[0-9A-Za-z](?:[0-9A-Za-z_.-]*[0-9A-Za-z])?\.?)$")
_IPV6 = re.compile(r"^\[[0-9A-Fa-f:.]+(?:%[0-9A-Za-z._~-]+)?\]$")


class InvalidRtspUrlError(ValueError):
    """The text is no RTSP URL; its text is kept out, it may hold a password."""

    def __init__(self) -> None:
        """Say nothing of the text."""
        super().__init__("not an RTSP URL")


@dataclass(frozen=True, slots=True)
class RtspUrl:
    """A stream's URL in parts; credentials are decoded, and ``None`` when not typed.

    ``host`` is lower case, IPv6 in brackets; ``rest`` is path and query, as typed:
    some firmware compares it letter by letter.
    """

    scheme: str
    host: str
    port: int
    rest: str
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The URL without credentials, the same text for the same stream."""
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.rest}"


def parse_rtsp_url(text: str, schemes: tuple[str, ...] = RTSP) -> RtspUrl:
    """Take apart what was typed or what a camera said.

    Passwords with ``@``, ``:``, ``/``, ``?`` or ``#`` are understood though not
    percent-encoded, since that is how they get pasted. A missing scheme is the first
    of those that are allowed. Raises InvalidRtspUrlError.
    """
    text = text.strip()
    if not text or any(char.isspace() or not char.isprintable() for char in text):
        raise InvalidRtspUrlError
    scheme, separator, remainder = text.partition("://")
    if not separator:
        scheme, remainder = schemes[0], text
    scheme = scheme.lower()
    if scheme not in schemes:
        raise InvalidRtspUrlError
    authority, slash, path = remainder.partition("/")
    userinfo, _, location = authority.rpartition("@")
    parsed = _parse_location(location, scheme)
    if "@" in path and not (parsed and is_literal(parsed[0])):
        # A slash within the password that was not encoded: user:pa/ss@host/path.
        # What may be a piece of a password is not taken for a name to look up.
        longer, _, behind = remainder.rpartition("@")
        location, other_slash, other_path = behind.partition("/")
        other = _parse_location(location, scheme)
        if other and (parsed is None or is_literal(other[0])):
            userinfo, slash, path, parsed = longer, other_slash, other_path, other
    if parsed is None:
        raise InvalidRtspUrlError
    host, port, query = parsed
    username, colon, password = userinfo.partition(":")
    return RtspUrl(
        scheme=scheme,
        host=host,
        port=port,
        rest=f"{query}{slash}{path}",
        username=unquote(username) or None,
        password=unquote(password) if colon else None,
    )


def _parse_location(location: str, scheme: str) -> tuple[str, int, str] | None:
    """Return host, port and a query that follows without a path."""
    location, mark, query = location.partition("?")
    host, port = location, ""
    if location.startswith("["):
        host, bracket, port = location.partition("]")
        host += bracket
        if port and not port.startswith(":"):
            return None
        port = port.removeprefix(":")
    elif ":" in location:
        host, _, port = location.rpartition(":")
    if not (_HOST.match(host) or _IPV6.match(host)):
        return None
    if not port:
        number = DEFAULT_PORTS[scheme]
    elif port.isascii() and port.isdigit() and 0 < int(port) < 65536:
        number = int(port)
    else:
        return None
    return host.lower(), number, f"{mark}{query}"


def is_literal(host: str) -> bool:
    """Tell whether a host, IPv6 in brackets, is an address and no name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def with_host(url: str, host: str) -> str:
    """Return the URL of the same stream at another host (IPv6 without brackets)."""
    parsed = parse_rtsp_url(url, RTSP + PICTURES)
    return RtspUrl(parsed.scheme, bracketed(host), parsed.port, parsed.rest).url


def bracketed(host: str) -> str:
    """Return a host as a URL spells it."""
    host = host.strip().strip("[]").lower()
    return f"[{host}]" if ":" in host else host
