"""Logins as cameras check them: HTTP Digest, HTTP Basic, WS-UsernameToken.

Written from RFC 7616, RFC 2069 and the OASIS UsernameToken Profile 1.0, apart from
the integration's client, so that an error there is not repeated here.
"""

import base64
import binascii
from collections import deque
from datetime import UTC, datetime
import hashlib
import hmac
import secrets
from urllib.request import parse_http_list, parse_keqv_list
import xml.etree.ElementTree as ET

from aiohttp import web

from .onvif_options import Login, OnvifOptions
from .state import CameraState

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
PASSWORD_DIGEST = f"{_OASIS}username-token-profile-1.0#PasswordDigest"

REALM = "IP Camera (SIM)"
REMEMBERED = 1000


class Authenticator:
    """Decides whether a request is logged in, by the camera's clock and user."""

    def __init__(self, state: CameraState, options: OnvifOptions) -> None:
        """Check against the state's present user name and password."""
        self._state = state
        self._options = options
        self._digest_nonces: dict[str, set[int]] = {}
        self._wsse_nonces: deque[str] = deque(maxlen=REMEMBERED)

    def expire_nonces(self) -> None:
        """Make every HTTP Digest nonce that was handed out stale."""
        self._digest_nonces.clear()

    def is_tried(self, request: web.Request, header: ET.Element | None) -> bool:
        """Return whether a SOAP request brings any login, right or wrong."""
        token = None if header is None else header.find(f"{{{WSSE}}}Security")
        return "Authorization" in request.headers or token is not None

    def allows(
        self, request: web.Request, header: ET.Element | None = None, *, soap: bool
    ) -> bool:
        """Return whether any accepted login is in the request.

        `header` is the SOAP header, for WS-UsernameToken; `soap` is false for the
        pictures, which have none.
        """
        if self._state.username is None:
            return True
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        accepted = False
        if scheme.lower() == "digest" and Login.DIGEST in self._logins(soap):
            accepted = self._digest(request, credentials)
        elif scheme.lower() == "basic" and Login.BASIC in self._logins(soap):
            accepted = self._basic(credentials)
        if not accepted and header is not None and Login.WSSE in self._logins(soap):
            accepted = self._wsse(header)
        return accepted and not self._state.refuse_logins

    def challenges(self, request: web.Request, *, soap: bool) -> list[str]:
        """Return the WWW-Authenticate headers; empty where HTTP logs nobody in."""
        logins = self._logins(soap)
        challenges = []
        if Login.DIGEST in logins or self._options.vain_challenge:
            nonce = secrets.token_hex(16)
            self._digest_nonces[nonce] = set()
            qop = 'qop="auth", ' if self._options.digest_qop else ""
            stale = ", stale=true" if self._is_stale(request) else ""
            challenges.append(
                f'Digest realm="{REALM}", {qop}nonce="{nonce}", '
                f'algorithm={self._options.digest_algorithm}, opaque="5ccc"{stale}'
            )
        if Login.BASIC in logins:
            challenges.append(f'Basic realm="{REALM}"')
        return challenges

    def _logins(self, soap: bool) -> frozenset[Login]:
        # A camera of WS-UsernameToken only still asks for Digest on its pictures
        # (Home Assistant's onvif integration has an option for that).
        if not soap and Login.BASIC not in self._options.logins:
            return frozenset({Login.DIGEST})
        return self._options.logins

    def _hash(self, *parts: str) -> str:
        algorithm = self._options.digest_algorithm.replace("-", "").lower()
        return hashlib.new(algorithm, ":".join(parts).encode()).hexdigest()

    def _is_stale(self, request: web.Request) -> bool:
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        fields = _fields(credentials)
        return (
            scheme.lower() == "digest"
            and fields.get("nonce") not in self._digest_nonces
            and self._answers(request, fields)
        )

    def _digest(self, request: web.Request, credentials: str) -> bool:
        fields = _fields(credentials)
        used = self._digest_nonces.get(fields.get("nonce", ""))
        if used is None or not self._answers(request, fields):
            return False
        if not self._options.digest_qop:
            return True
        try:
            count = int(fields["nc"], 16)
        except ValueError:
            return False
        if len(fields["nc"]) != 8 or count in used:
            return False
        used.add(count)
        return True

    def _answers(self, request: web.Request, fields: dict[str, str]) -> bool:
        """Return whether the response is right for the nonce that it names."""
        username = fields.get("username", "")
        if (
            username != self._state.username
            or fields.get("realm") != REALM
            or fields.get("uri") != request.raw_path
            or fields.get("algorithm", "MD5") != self._options.digest_algorithm
        ):
            return False
        between = [fields.get("nonce", "")]
        if self._options.digest_qop:
            if fields.get("qop") != "auth" or not {"nc", "cnonce"} <= fields.keys():
                return False
            between += [fields["nc"], fields["cnonce"], "auth"]
        expected = self._hash(
            self._hash(username, REALM, self._state.password),
            *between,
            self._hash(request.method, request.raw_path),
        )
        return hmac.compare_digest(
            expected.encode(), fields.get("response", "").encode()
        )

    def _basic(self, credentials: str) -> bool:
        expected = f"{self._state.username}:{self._state.password}".encode()
        try:
            given = base64.b64decode(credentials, validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(given, expected)

    def _wsse(self, header: ET.Element) -> bool:
        token = header.find(f"{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
        if token is None:
            return False
        password = token.find(f"{{{WSSE}}}Password")
        created = token.findtext(f"{{{WSU}}}Created", "").strip()
        nonce = token.findtext(f"{{{WSSE}}}Nonce", "").strip()
        if password is None or password.get("Type") != PASSWORD_DIGEST:
            return False
        if token.findtext(f"{{{WSSE}}}Username", "").strip() != self._state.username:
            return False
        moment = _created(created)
        if moment is None or not nonce or nonce in self._wsse_nonces:
            return False
        if abs(moment - self._state.now()) > self._options.wsse_window:
            return False
        try:
            raw = base64.b64decode(nonce, validate=True)
        except binascii.Error:
            return False
        digest = hashlib.sha1(
            raw + created.encode() + self._state.password.encode(),
            usedforsecurity=False,
        ).digest()
        given = (password.text or "").strip()
        if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
            return False
        self._wsse_nonces.append(nonce)
        return True


def _fields(credentials: str) -> dict[str, str]:
    items = (item for item in parse_http_list(credentials) if "=" in item)
    return {key.strip(): value for key, value in parse_keqv_list(list(items)).items()}


def _created(text: str) -> float | None:
    """Return epoch seconds; only the Z form passes, as with Hikvision."""
    for pattern in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None
