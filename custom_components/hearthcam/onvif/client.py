"""SOAP calls to one camera: one after the other, with the login that it wants."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import time
from xml.etree.ElementTree import Element

import aiohttp

from ..privacy.local_only import AsyncResolver
from .auth import (
    AuthScheme,
    Challenge,
    Credentials,
    DigestLogin,
    basic_header,
    wsse_header,
)
from .clock import camera_time, http_time
from .errors import OnvifAuthError, OnvifFaultError, OnvifResponseError
from .soap import answer, envelope
from .transport import Endpoint, Reply, Transport

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
# A clock that moved by less cannot be why a login was refused.
_CLOCK_STEP = 2.0
_STRONG = (AuthScheme.WSSE, AuthScheme.DIGEST)
# Of access class PRE_AUTH (Core 5.12.1.1), as far as they are called here.
_PRE_AUTH = frozenset(
    {"GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetEndpointReference"}
)


@dataclass(frozen=True, slots=True)
class _Request:
    path: str
    namespace: str
    operation: str
    body: str


class SoapClient:
    """Calls operations of one camera and finds out how it wants the login.

    The login is negotiated once and remembered: WS-UsernameToken first, then what
    the camera challenges for, Digest before Basic. Basic, which tells the password,
    is never used after a stronger login has worked.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        endpoint: Endpoint,
        credentials: Credentials | None,
        *,
        device_path: str,
        scheme: AuthScheme | None = None,
        resolver: AsyncResolver | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up; nothing is contacted yet. Raises as `Transport`."""
        self.endpoint = endpoint
        self.scheme = scheme
        self.clock_offset: float | None = None
        self._clock_measured = False
        self._transport = Transport(session, endpoint, resolver)
        self._credentials = credentials
        self._device_path = device_path
        self._strong = scheme in _STRONG
        self._digest: DigestLogin | None = None
        self._challenges: list[Challenge] = []
        self._clock = clock
        self._lock = asyncio.Lock()

    async def call(
        self, path: str, namespace: str, operation: str, body: str = ""
    ) -> Element:
        """Call an operation and return the element of its response.

        ``body`` is the XML inside of the operation's element, whose default
        namespace it inherits.

        Raises:
            OnvifError: see its kinds.
            NotLocalError: the camera's host is not on the local network.
        """
        request = _Request(path, namespace, operation, body)
        async with self._lock:
            if self._credentials is None:
                return await self._attempt(request, AuthScheme.NONE)
            if not self._clock_measured:
                await self._measure_clock()
            return await self._negotiated(request)

    async def measure_clock(self) -> float | None:
        """Ask for the camera's time, without login, and return its offset.

        Seconds to add to our clock, None when the camera does not tell.
        """
        async with self._lock:
            return await self._measure_clock()

    async def _negotiated(self, request: _Request) -> Element:
        """Call with login, changing the way of it when it is refused."""
        first = self.scheme or AuthScheme.WSSE
        try:
            return await self._attempt(request, first)
        except OnvifAuthError as error:
            refusal = error
        message = None
        is_challenged = self._is_challenged()
        if not is_challenged:
            message = await self._with_token(request, first)
            # Some cameras answer a wrong WS-UsernameToken with a fault and challenge
            # only those who bring none.
            if message is None and not self._is_challenged():
                message = await self._accepted(request, AuthScheme.NONE)
        if message is None:
            message = await self._with_http_login(request)
        if message is None and is_challenged:
            # Some take no HTTP login though they challenge for one.
            message = await self._with_token(request, first)
        if message is None:
            raise refusal
        return message

    async def _with_token(
        self, request: _Request, refused: AuthScheme
    ) -> Element | None:
        """Call with WS-UsernameToken unless the very same has just been refused.

        A reboot may have set the clock back: that is not yet a wrong password.
        """
        if refused is AuthScheme.WSSE and not await self._clock_moved():
            return None
        return await self._accepted(request, AuthScheme.WSSE)

    async def _with_http_login(self, request: _Request) -> Element | None:
        """Call with what the last reply challenged for; once more with a new nonce."""
        for is_retry in (False, True):
            chosen = self._http_scheme()
            if chosen is None or (is_retry and not self._is_stale()):
                break
            if (message := await self._accepted(request, chosen)) is not None:
                return message
        return None

    async def _accepted(self, request: _Request, scheme: AuthScheme) -> Element | None:
        """Call once, None when the login is refused."""
        try:
            return await self._attempt(request, scheme)
        except OnvifAuthError:
            return None

    def _is_challenged(self) -> bool:
        """Tell whether the last reply asked for an HTTP login."""
        return any(c.scheme in ("digest", "basic") for c in self._challenges)

    def _is_stale(self) -> bool:
        """Tell whether the last reply only refused the nonce."""
        return self._digest is not None and self._digest.stale

    def _http_scheme(self) -> AuthScheme | None:
        """Return the login that answers the last challenge."""
        if (digest := DigestLogin.of(self._challenges)) is not None:
            self._digest = digest
            return AuthScheme.DIGEST
        if any(c.scheme == "basic" for c in self._challenges) and not self._strong:
            return AuthScheme.BASIC
        return None

    async def _clock_moved(self) -> bool:
        """Measure the clock again, and tell whether that gives another login."""
        before = self.clock_offset or 0.0
        after = await self._measure_clock() or 0.0
        return abs(after - before) > _CLOCK_STEP

    async def _measure_clock(self) -> float | None:
        request = _Request(self._device_path, DEVICE, "GetSystemDateAndTime", "")
        before = self._clock()
        reply = await self._send(request, AuthScheme.NONE)
        now = (before + self._clock()) / 2
        try:
            told = camera_time(_message(reply, request.operation))
        except OnvifAuthError, OnvifResponseError:
            told = None
        if told is None:
            told = http_time(reply.date)
        self.clock_offset = None if told is None else told - now
        self._clock_measured = True
        return self.clock_offset

    async def _attempt(self, request: _Request, scheme: AuthScheme) -> Element:
        """Call once with one login; when it works, remember the login.

        Nothing is learnt from operations that need none: there any login works, or
        a wrong one is refused that nobody asked for. Nor from faults, which may come
        before the login is looked at.
        """
        reply = await self._send(request, scheme)
        self._challenges = reply.challenges
        message = _message(reply, request.operation)
        if self._credentials is not None and request.operation not in _PRE_AUTH:
            self.scheme = scheme
            self._strong |= scheme in _STRONG
        return message

    async def _send(self, request: _Request, scheme: AuthScheme) -> Reply:
        """Send a request with one login."""
        operation, namespace = request.operation, request.namespace
        credentials, header = self._credentials, ""
        if credentials is not None and scheme is AuthScheme.WSSE:
            now = self._clock() + (self.clock_offset or 0.0)
            header = wsse_header(credentials, now)
        body = envelope(
            f'<{operation} xmlns="{namespace}">{request.body}</{operation}>', header
        )
        headers = {
            "Content-Type": "application/soap+xml; charset=utf-8; "
            f'action="{namespace}/{operation}"'
        }
        if credentials is not None and scheme is AuthScheme.BASIC:
            headers["Authorization"] = basic_header(credentials)
        elif credentials is not None and scheme is AuthScheme.DIGEST and self._digest:
            headers["Authorization"] = self._digest.header(
                credentials, "POST", request.path, body
            )
        return await self._transport.post(request.path, body, headers)


def _message(reply: Reply, operation: str) -> Element:
    """Return the message of a reply or raise what it means."""
    if reply.status in (401, 403):
        raise OnvifAuthError("The camera refuses the login")
    if 300 <= reply.status < 400:
        raise OnvifResponseError("The camera redirects to another address")
    try:
        return answer(reply.data, f"{operation}Response")
    except OnvifFaultError:
        raise
    except OnvifResponseError:
        if reply.status == 200:
            raise
        raise OnvifResponseError(f"The camera answers HTTP {reply.status}") from None
