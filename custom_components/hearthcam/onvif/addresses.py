"""What is believed of the addresses that a camera gives: only path and RTSP port.

Cameras tell internal, factory (192.168.1.88), truncated or former addresses; a
hostile one may tell any. The host is always the one that the user configured.
"""

import re

from ..privacy.local_only import bracketed
from .errors import OnvifResponseError

MAX_URI = 2048
_URI = re.compile(
    r"(?P<scheme>[A-Za-z]{3,8})://(?P<authority>[^/?#]*)(?P<rest>[^#]*)(?:#.*)?"
)
_PORT = re.compile(r".*:(?P<port>[0-9]{1,5})")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def service_path(xaddr: str | None) -> str | None:
    """Return path and query of a service's address, None when there is none."""
    match = _matched(xaddr, "http", "https")
    if match is None or not match["rest"].startswith("/") or len(match["rest"]) < 2:
        return None
    return match["rest"]


def service_port(xaddr: str | None) -> int | None:
    """Return the port of an HTTP address, None when it is no such address."""
    match = _matched(xaddr, "http", "https")
    if match is None:
        return None
    return _port(match["authority"]) or (443 if is_tls(xaddr) else 80)


def service_host(xaddr: str | None) -> str | None:
    """Return the host of an HTTP address as it is written, without brackets."""
    match = _matched(xaddr, "http", "https")
    if match is None:
        return None
    location = match["authority"].rpartition("@")[2]
    if location.startswith("["):
        return location[1:].partition("]")[0]
    return location.partition(":")[0]


def is_tls(xaddr: str | None) -> bool:
    """Tell whether an address is an HTTPS one."""
    return _matched(xaddr, "https") is not None


def stream_url(uri: str | None, host: str) -> str:
    """Return a stream's URL at the given host (IPv6 without brackets).

    Scheme, port, path and query are the camera's; a login that it put in is left
    out: the caller adds the user's.

    Raises:
        OnvifResponseError: this is no RTSP URL.
    """
    if (match := _matched(uri, "rtsp", "rtsps")) is None:
        raise OnvifResponseError("The camera gave no RTSP address")
    port = _port(match["authority"])
    location = bracketed(host) + (f":{port}" if port else "")
    return f"{match['scheme'].lower()}://{location}{match['rest']}"


def http_url(uri: str | None, host: str, port: int, *, tls: bool) -> str:
    """Return a picture's URL at the given host, port and scheme.

    Raises:
        OnvifResponseError: this is no HTTP URL.
    """
    if (match := _matched(uri, "http", "https")) is None:
        raise OnvifResponseError("The camera gave no HTTP address")
    scheme = "https" if tls else "http"
    return f"{scheme}://{bracketed(host)}:{port}{match['rest'] or '/'}"


def _matched(uri: str | None, *schemes: str) -> re.Match[str] | None:
    """Return the parts of a URI of one of the schemes."""
    uri = (uri or "").strip()
    if len(uri) > MAX_URI:
        return None
    # Blanks in a path are the one flaw that has a safe meaning.
    match = _URI.fullmatch(uri.replace(" ", "%20"))
    if match is None or match["scheme"].lower() not in schemes:
        return None
    return None if _UNPRINTABLE.search(match["rest"]) else match


def _port(authority: str) -> int | None:
    """Return the port of an authority when it has a valid one."""
    location = authority.rpartition("@")[2]
    if location.count(":") > 1 and "]" not in location:
        return None
    match = _PORT.fullmatch(location)
    port = int(match["port"]) if match else 0
    return port if 0 < port < 65536 else None
