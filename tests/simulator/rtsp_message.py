"""RTSP requests and answers (RFC 2326), and the login in them (RFC 2617)."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
import hmac
import re
from urllib.parse import urlsplit

REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid In This State",
    459: "Aggregate Operation Not Allowed",
    461: "Unsupported Transport",
    501: "Not Implemented",
    503: "Service Unavailable",
}
REALM = "Simulated camera"
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_MAX_BODY = 65536


class BadRequestError(Exception):
    """The client sent something that is no RTSP."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a client."""

    method: str
    url: str
    headers: Mapping[str, str]
    """By lower-case name."""

    @property
    def path(self) -> str:
        """Return the URL's path without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")


async def read_request(reader: asyncio.StreamReader) -> Request | bytes | None:
    """Return the next request, an interleaved packet, or None at the end."""
    try:
        first = await reader.readexactly(1)
        if first == b"$":
            head = await reader.readexactly(3)
            return await reader.readexactly(int.from_bytes(head[1:]))
        text = (first + await reader.readuntil(b"\r\n\r\n")).decode()
        lines = text.lstrip("\r\n").split("\r\n")
        method, url, _ = lines[0].split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in lines[1:])
            if colon
        }
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= _MAX_BODY:
            raise BadRequestError("unreasonable length")
        await reader.readexactly(length)
    except asyncio.IncompleteReadError, ConnectionError:
        return None
    except (ValueError, asyncio.LimitOverrunError) as error:
        raise BadRequestError("not RTSP") from error
    return Request(method, url, headers)


def answer(
    request: Request | None,
    status: int,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> bytes:
    """Return an answer; `request` gives its CSeq."""
    lines = [f"RTSP/1.0 {status} {REASONS[status]}"]
    if request and (number := request.headers.get("cseq")):
        lines.append(f"CSeq: {number}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def challenge(scheme: str, nonce: str) -> str:
    """Return the value of WWW-Authenticate for "digest" or "basic"."""
    if scheme == "basic":
        return f'Basic realm="{REALM}"'
    return f'Digest realm="{REALM}", nonce="{nonce}", algorithm="MD5"'


def logged_in(
    request: Request, scheme: str, nonce: str, username: str, password: str
) -> bool:
    """Return whether a request carries the right login."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != scheme:
        return False
    if scheme == "basic":
        expected = base64.b64encode(f"{username}:{password}".encode()).decode()
        return hmac.compare_digest(rest.strip(), expected)
    given = {m[1].lower(): m[2] or m[3] or "" for m in _PARAMETER.finditer(rest)}
    if given.get("username") != username or given.get("nonce") != nonce:
        return False
    secret = _md5(f"{username}:{REALM}:{password}")
    what = _md5(f"{request.method}:{given.get('uri', '')}")
    middle = (
        f"{nonce}:{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
        if "qop" in given
        else nonce
    )
    return hmac.compare_digest(
        given.get("response", ""), _md5(f"{secret}:{middle}:{what}")
    )


def _md5(text: str) -> str:
    # What RTSP's digest asks for; it protects nothing here.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
