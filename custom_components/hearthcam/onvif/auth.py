"""The logins that cameras ask for: WS-UsernameToken, HTTP Digest, HTTP Basic.

aiohttp's DigestAuthMiddleware is not used: it reads one challenge only (cameras
send Basic and Digest together), prefers ``auth-int``, which cameras announce and
get wrong, and refuses a colon in the user name.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
import hashlib
import re
import secrets
from xml.sax.saxutils import escape

_WSSE = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)
_WSU = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)
_TOKEN_PROFILE = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
)
_BASE64 = (
    "http://docs.oasis-open.org/wss/2004/01/"
    "oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)

_MAX_CHALLENGE = 4096
_WORD = re.compile(
    r"[\s,]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)"
    r'(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]*)))?'
)
# The strongest last.
_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


class AuthScheme(StrEnum):
    """How a camera wants its user to log in."""

    NONE = "none"
    WSSE = "wsse"
    DIGEST = "digest"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user of the camera."""

    username: str
    password: str = field(repr=False)


def wsse_header(credentials: Credentials, now: float) -> str:
    """Return the WS-Security SOAP header (UsernameToken profile 1.0, digest).

    ``now`` is the camera's clock in seconds of the epoch. The time ends in ``Z``:
    Hikvision refuses ``+00:00``.
    """
    nonce = secrets.token_bytes(16)
    moment = datetime.fromtimestamp(now, UTC)
    created = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    # SHA-1 is what the profile prescribes.
    digest = hashlib.sha1(
        nonce + created.encode() + credentials.password.encode(errors="replace")
    ).digest()
    return (
        f'<wsse:Security xmlns:wsse="{_WSSE}" xmlns:wsu="{_WSU}"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(credentials.username)}</wsse:Username>"
        f'<wsse:Password Type="{_TOKEN_PROFILE}#PasswordDigest">'
        f"{base64.b64encode(digest).decode()}</wsse:Password>"
        f'<wsse:Nonce EncodingType="{_BASE64}">{base64.b64encode(nonce).decode()}'
        f"</wsse:Nonce><wsu:Created>{created}</wsu:Created>"
        "</wsse:UsernameToken></wsse:Security>"
    )


def basic_header(credentials: Credentials) -> str:
    """Return the Authorization header of RFC 7617."""
    pair = f"{credentials.username}:{credentials.password}"
    return f"Basic {base64.b64encode(pair.encode(errors='replace')).decode()}"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of a WWW-Authenticate header; names in lower case."""

    scheme: str
    parameters: dict[str, str]


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Return every challenge of every WWW-Authenticate header (RFC 9110, 11.6.1).

    What is not understood is left out, nothing is raised.
    """
    challenges: list[Challenge] = []
    for header in headers:
        position, text = 0, header[:_MAX_CHALLENGE]
        current: Challenge | None = None
        while match := _WORD.match(text, position):
            position = match.end()
            quoted, plain = match["quoted"], match["plain"]
            if quoted is None and plain is None:
                current = Challenge(match["name"].lower(), {})
                challenges.append(current)
            elif current is not None:
                value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
                current.parameters.setdefault(match["name"].lower(), value)
    return challenges


@dataclass(slots=True)
class DigestLogin:
    """HTTP Digest (RFC 7616, and RFC 2069 without ``qop``) for one challenge."""

    parameters: dict[str, str]
    _count: int = field(default=0, init=False)
    _cnonce: str = field(default="", init=False)
    make_cnonce: Callable[[], str] = field(default=lambda: secrets.token_hex(8))

    @classmethod
    def of(cls, challenges: Iterable[Challenge]) -> DigestLogin | None:
        """Return the login for the strongest Digest challenge that we understand."""
        usable = [
            challenge.parameters
            for challenge in challenges
            if challenge.scheme == "digest"
            and challenge.parameters.get("nonce")
            and _algorithm(challenge.parameters)[0] in _HASHES
        ]
        if not usable:
            return None
        strength = list(_HASHES)
        return cls(max(usable, key=lambda found: strength.index(_algorithm(found)[0])))

    @property
    def uses(self) -> int:
        """How often the nonce was used."""
        return self._count

    @property
    def stale(self) -> bool:
        """Whether only the nonce was too old, not the password wrong."""
        return self.parameters.get("stale", "").lower() == "true"

    def header(
        self, credentials: Credentials, method: str, uri: str, body: bytes
    ) -> str:
        """Return the Authorization header of the next request.

        ``uri`` is the request target as it is sent: path and query, escaped.
        """
        parameters = self.parameters
        algorithm, session = _algorithm(parameters)
        realm, nonce = parameters.get("realm", ""), parameters["nonce"]
        offered = [
            word.strip() for word in parameters.get("qop", "").lower().split(",")
        ]
        qop = next((word for word in ("auth", "auth-int") if word in offered), None)
        self._count += 1
        # One for the nonce's whole life: RFC 7616 and servers disagree on which one
        # the secret of a `-sess` algorithm is made of.
        self._cnonce = self._cnonce or self.make_cnonce()
        count, cnonce = f"{self._count:08x}", self._cnonce

        def digest(data: bytes) -> str:
            return hashlib.new(
                _HASHES[algorithm], data, usedforsecurity=False
            ).hexdigest()

        def hashed(*parts: str) -> str:
            return digest(":".join(parts).encode(errors="replace"))

        secret = hashed(credentials.username, realm, credentials.password)
        if session:
            secret = hashed(secret, nonce, cnonce)
        request = [method, uri]
        if qop == "auth-int":
            request.append(digest(body))
        middle = (nonce, count, cnonce, qop) if qop else (nonce,)
        response = hashed(secret, *middle, hashed(*request))

        user_hash = parameters.get("userhash", "").lower() == "true"
        username = (
            hashed(credentials.username, realm) if user_hash else credentials.username
        )
        fields = [
            f"username={_quoted(username)}",
            f"realm={_quoted(realm)}",
            f"nonce={_quoted(nonce)}",
            f"uri={_quoted(uri)}",
            f'response="{response}"',
        ]
        if "algorithm" in parameters:
            # As the camera wrote it: some compare it letter by letter.
            fields.append(f"algorithm={_token(parameters['algorithm'])}")
        if "opaque" in parameters:
            fields.append(f"opaque={_quoted(parameters['opaque'])}")
        if qop or session:
            fields.append(f'cnonce="{cnonce}"')
        if qop:
            fields += [f"qop={qop}", f"nc={count}"]
        if user_hash:
            fields.append("userhash=true")
        return f"Digest {', '.join(fields)}"


def _algorithm(parameters: dict[str, str]) -> tuple[str, bool]:
    """Return the hash's name and whether the ``-sess`` variant is meant."""
    name = parameters.get("algorithm", "").strip().upper() or "MD5"
    return name.removesuffix("-SESS"), name.endswith("-SESS")


def _token(value: str) -> str:
    """Return what is left of a value as a token."""
    return re.sub(r"[^A-Za-z0-9-]", "", value)


def _quoted(value: str) -> str:
    """Return a quoted-string; line breaks would start another header."""
    value = re.sub(r"[\r\n\x00]", "", value)
    return f'"{value.replace("\\", "\\\\").replace('"', '\\"')}"'
