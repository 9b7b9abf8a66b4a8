"""RTSP over HTTP: the tunnel that cameras behind a web port only offer.

The engine builds it, not FFmpeg, which sees plain RTSP on loopback and never speaks
HTTP: so nothing that a camera answers by HTTP, a redirect least of all, can lead it
anywhere. Two connections to the checked address, tied by a cookie: what is asked goes
up in Base64 by POST, answers and media come down as they are by GET (Apple's "Tunnelling
QuickTime RTSP and RTP over HTTP", ONVIF Streaming 5.1.1.4).
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
import hashlib
import re
import secrets
import socket
import time
from typing import Final, Self
from urllib.parse import SplitResult, unquote

from .errors import StreamFailure
from .protocol import StreamError

_MAX_HEADER: Final = 16 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_CHALLENGE: Final = re.compile(rb"(?im)^www-authenticate:[ \t]*([^\r\n]+)")
_PARAMETER: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_TYPE: Final = "application/x-rtsp-tunnelled"
_HTTP_PORTS: Final = {"rtsp": 80, "rtsps": 443}

type Opener = Callable[[int], socket.socket]
"""Connects to a port of the checked address. Raises OSError."""


@dataclass(frozen=True, slots=True)
class TunnelTarget:
    """What is asked for in the tunnel's requests; ``path`` has the query too."""

    host: str
    path: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def of_url(cls, url: SplitResult) -> Self:
        """Read a stream's URL."""
        path = url._replace(scheme="", netloc="", fragment="").geturl()
        return cls(
            url.hostname or "",
            path if path.startswith("/") else f"/{path}",
            unquote(url.username or ""),
            unquote(url.password or ""),
        )


@dataclass(frozen=True, slots=True)
class Tunnel:
    """The two connections of a tunnel."""

    down: socket.socket
    up: socket.socket


def tunnel_ports(scheme: str, port: int) -> tuple[int, ...]:
    """Return the ports to try: the stream's own, then that of the web pages."""
    return tuple(dict.fromkeys((port, _HTTP_PORTS[scheme])))


def open_tunnel(
    target: TunnelTarget, ports: tuple[int, ...], connect: Opener, timeout: float
) -> Tunnel:
    """Open a tunnel at the first port that has one.

    Blocks up to ``timeout`` s a port. Raises StreamFailure and OSError.
    """
    failure: Exception = StreamFailure(StreamError.CANNOT_CONNECT)
    for port in ports:
        try:
            return _open(target, port, connect, timeout)
        except StreamFailure as error:
            failure = error
            if error.reason is StreamError.INVALID_AUTH:
                # Accounts get locked.
                raise
        except OSError as error:
            failure = error
    raise failure


def upwards(data: bytes) -> bytes:
    """Return what FFmpeg asks as it goes up."""
    return base64.b64encode(data)


def _open(target: TunnelTarget, port: int, connect: Opener, timeout: float) -> Tunnel:
    cookie = secrets.token_hex(11)
    down = connect(port)
    try:
        header = _asked(down, _request("GET", target, port, cookie), timeout)
        login: _Login | None = None
        if _status(header) == 401 and target.username:
            # Servers of HTTP/1.0 hang up after it.
            down.close()
            login = _Login(target, header)
            down = connect(port)
            header = _asked(down, _request("GET", target, port, cookie, login), timeout)
        _check(_status(header))
        up = connect(port)
    except BaseException:
        down.close()
        raise
    try:
        up.settimeout(timeout)
        up.sendall(_request("POST", target, port, cookie, login))
    except BaseException:
        down.close()
        up.close()
        raise
    return Tunnel(down, up)


def _check(status: int) -> None:
    """Raise what a status means; a redirect is a refusal like any other."""
    if status == 200:
        return
    reasons = {
        401: StreamError.INVALID_AUTH,
        403: StreamError.INVALID_AUTH,
        404: StreamError.NOT_FOUND,
    }
    raise StreamFailure(reasons.get(status, StreamError.CANNOT_CONNECT))


def _request(
    method: str,
    target: TunnelTarget,
    port: int,
    cookie: str,
    login: _Login | None = None,
) -> bytes:
    host = f"[{target.host}]" if ":" in target.host else target.host
    lines = [
        f"{method} {target.path} HTTP/1.0",
        f"Host: {host}:{port}",
        f"x-sessioncookie: {cookie}",
        "Pragma: no-cache",
        "Cache-Control: no-cache",
    ]
    if method == "GET":
        lines.append(f"Accept: {_TYPE}")
    else:
        lines += [
            f"Content-Type: {_TYPE}",
            # The length that everybody names for what has no end.
            "Content-Length: 32767",
            "Expires: Sun, 9 Jan 1972 00:00:00 GMT",
        ]
    if login is not None:
        lines.append(f"Authorization: {login.answer(method)}")
    return "\r\n".join([*lines, "", ""]).encode()


def _asked(connection: socket.socket, request: bytes, timeout: float) -> bytes:
    """Send a request; return the header of the answer, and read not a byte more."""
    deadline = time.monotonic() + timeout
    connection.settimeout(timeout)
    connection.sendall(request)
    header = bytearray()
    while not header.endswith(b"\r\n\r\n"):
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        byte = connection.recv(1)
        if not byte or len(header) > _MAX_HEADER:
            raise StreamFailure(StreamError.CANNOT_CONNECT)
        header += byte
    return bytes(header)


def _status(header: bytes) -> int:
    found = _STATUS.match(header)
    return int(found[1]) if found else 0


class _Login:
    """Basic or Digest (RFC 7616, MD5 and SHA-256), as the camera asked for it."""

    def __init__(self, target: TunnelTarget, header: bytes) -> None:
        """Read the challenges. Raises StreamFailure for one that is not known."""
        self._target = target
        offered = [
            found.decode("latin-1").strip() for found in _CHALLENGE.findall(header)
        ]
        digests = [one for one in offered if one.lower().startswith("digest ")]
        self._digest: dict[str, str] | None = None
        if digests:
            self._digest = {
                name.lower(): quoted or bare
                for name, quoted, bare in _PARAMETER.findall(digests[0])
            }
        elif not any(one.lower().startswith("basic") for one in offered):
            raise StreamFailure(StreamError.INVALID_AUTH)
        self._count = 0

    def answer(self, method: str) -> str:
        """Return the value of the Authorization header."""
        target = self._target
        if self._digest is None:
            pair = f"{target.username}:{target.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        told = self._digest
        realm, nonce = told.get("realm", ""), told.get("nonce", "")
        algorithm = told.get("algorithm", "MD5")
        is_sha = algorithm.upper().startswith("SHA-256")

        def hashed(text: str) -> str:
            method = hashlib.sha256 if is_sha else hashlib.md5
            return method(text.encode(), usedforsecurity=False).hexdigest()

        user = hashed(f"{target.username}:{realm}:{target.password}")
        asked = hashed(f"{method}:{target.path}")
        parts = {
            "username": target.username.replace("\\", "\\\\").replace('"', '\\"'),
            "realm": realm,
            "nonce": nonce,
            "uri": target.path,
        }
        bare = {"algorithm": algorithm}
        if "auth" in re.split(r"[\s,]+", told.get("qop", "")):
            self._count += 1
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            parts["response"] = hashed(f"{user}:{nonce}:{count}:{own}:auth:{asked}")
            parts["cnonce"] = own
            bare |= {"qop": "auth", "nc": count}
        else:
            parts["response"] = hashed(f"{user}:{nonce}:{asked}")
        if "opaque" in told:
            parts["opaque"] = told["opaque"]
        written = [f'{name}="{value}"' for name, value in parts.items()]
        written += [f"{name}={value}" for name, value in bare.items()]
        return f"Digest {', '.join(written)}"
