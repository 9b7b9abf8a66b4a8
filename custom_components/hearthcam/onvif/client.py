"""SOAP calls to one camera: one after the other, with the login that it wants."""

import asyncio
from collections.abc import Callable
import time
from xml.etree.ElementTree import Element

from .auth import (
    AuthScheme,
    Challenge,
    Credentials,
    DigestLogin,
    basic_header,
    wsse_header,
)
from .clock import camera_time, http_time
from .errors import OnvifAuthError, OnvifHttpError, OnvifResponseError
from .services import DEVICE
from .soap import Answer, Request, envelope, read_answer
from .transport import Reply, Transport

# A clock that moved by less cannot be why a login was refused.
_CLOCK_STEP = 2.0
# HTTP statuses that may stand for a refused login where no SOAP comes with them.
_UNCLEAR = frozenset({400, 500})
_STRONG = (AuthScheme.WSSE, AuthScheme.DIGEST)
# Of access class PRE_AUTH (Core 5.12.1.1), as far as they are called here.
_PRE_AUTH = frozenset(
    {"GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetEndpointReference"}
)


class SoapClient:
    """Calls operations of one camera and finds out how it wants the login.

    The login is negotiated once and remembered: WS-UsernameToken first, then what
    the camera challenges for, Digest before Basic. Basic, which tells the password,
    is never used after a stronger login has worked.
    """

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials | None,
        *,
        device_path: str,
        scheme: AuthScheme | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up; nothing is contacted yet."""
        self.endpoint = transport.endpoint
        self.scheme = scheme
        self.clock_offset: float | None = None
        self._clock_measured = False
        self.device_path = device_path
        self._transport = transport
        self._credentials = credentials
        self._strong = scheme in _STRONG
        self._is_basic_asked_for = False
        self._nonces_are_for_once = False
        self._digest: DigestLogin | None = None
        self._challenges: list[Challenge] = []
        self._clock = clock
        self._lock = asyncio.Lock()

    def twin(self) -> SoapClient:
        """Return another client of the camera that knows what this one found out.

        For what takes long, such as pulling events: calls of one client wait for
        each other.
        """
        twin = SoapClient(
            self._transport,
            self._credentials,
            device_path=self.device_path,
            scheme=self.scheme,
            clock=self._clock,
        )
        twin.clock_offset = self.clock_offset
        twin._clock_measured = self._clock_measured
        return twin

    async def call(
        self, path: str, namespace: str, operation: str, body: str = ""
    ) -> Element:
        """Call an operation and return the element of its response.

        Raises as `exchange`.
        """
        return (await self.exchange(Request(path, namespace, operation, body))).message

    async def exchange(self, request: Request) -> Answer:
        """Send a request and return its answer.

        Raises:
            OnvifError: see its kinds.
            NotLocalError: the camera's host is not on the local network.
        """
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

    async def _negotiated(self, request: Request) -> Answer:
        """Call with login, changing the way of it when it is refused."""
        first = self.scheme or AuthScheme.WSSE
        if first is AuthScheme.BASIC and not self._is_basic_asked_for:
            # Not before the camera, or what has its address now, asks for it.
            first = AuthScheme.NONE
        if first is AuthScheme.DIGEST and self._nonces_are_for_once:
            # To be challenged is no wrong login, to use a nonce twice would be one.
            first = AuthScheme.NONE
        refusal: OnvifAuthError | OnvifHttpError
        try:
            return await self._attempt(request, first)
        except OnvifAuthError as error:
            refusal = error
        except OnvifHttpError as error:
            # A server that does not know WS-Security may not even answer with SOAP.
            if error.status not in _UNCLEAR or self.scheme is not None:
                raise
            refusal = error
        found = None
        is_challenged = self._is_challenged()
        if not is_challenged:
            found = await self._with_token(request, first)
            # Some cameras answer a wrong WS-UsernameToken with a fault and challenge
            # only those who bring none.
            if found is None and not self._is_challenged():
                found = await self._accepted(request, AuthScheme.NONE)
        if found is None:
            found = await self._with_http_login(request)
        if found is None and is_challenged:
            # Some take no HTTP login though they challenge for one.
            found = await self._with_token(request, first)
        if found is None:
            raise refusal
        return found

    async def _with_token(self, request: Request, refused: AuthScheme) -> Answer | None:
        """Call with WS-UsernameToken unless the very same has just been refused.

        A reboot may have set the clock back: that is not yet a wrong password.
        """
        if refused is AuthScheme.WSSE and not await self._clock_moved():
            return None
        return await self._accepted(request, AuthScheme.WSSE)

    async def _with_http_login(self, request: Request) -> Answer | None:
        """Call with what the last reply challenged for; once more with a new nonce."""
        before = self._digest
        for is_retry in (False, True):
            chosen = self._http_scheme()
            if chosen is None or (is_retry and not self._is_stale()):
                break
            if (found := await self._accepted(request, chosen)) is not None:
                # The old nonce was refused though nothing but its age was wrong.
                self._nonces_are_for_once |= (
                    chosen is AuthScheme.DIGEST
                    and before is not None
                    and before.uses > 1
                    and self._digest is not None
                    and not self._digest.stale
                )
                return found
        return None

    async def _accepted(self, request: Request, scheme: AuthScheme) -> Answer | None:
        """Call once, None when the login is refused."""
        try:
            return await self._attempt(request, scheme)
        except OnvifAuthError:
            return None
        except OnvifHttpError as error:
            if error.status not in _UNCLEAR or self.scheme is not None:
                raise
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
            self._is_basic_asked_for = True
            return AuthScheme.BASIC
        return None

    async def _clock_moved(self) -> bool:
        """Measure the clock again, and tell whether that gives another login."""
        before = self.clock_offset or 0.0
        after = await self._measure_clock() or 0.0
        return abs(after - before) > _CLOCK_STEP

    async def _measure_clock(self) -> float | None:
        request = Request(self.device_path, DEVICE, "GetSystemDateAndTime")
        before = self._clock()
        reply = await self._send(request, AuthScheme.NONE)
        now = (before + self._clock()) / 2
        try:
            told = camera_time(read_answer(reply.status, reply.data, request).message)
        except OnvifAuthError, OnvifResponseError:
            told = None
        if told is None:
            told = http_time(reply.date)
        self.clock_offset = None if told is None else told - now
        self._clock_measured = True
        return self.clock_offset

    async def _attempt(self, request: Request, scheme: AuthScheme) -> Answer:
        """Call once with one login; when it works, remember the login.

        Nothing is learnt from operations that need none: there any login works, or
        a wrong one is refused that nobody asked for. Nor from faults, which may come
        before the login is looked at.
        """
        reply = await self._send(request, scheme)
        self._challenges = reply.challenges
        found = read_answer(reply.status, reply.data, request)
        if self._credentials is not None and request.operation not in _PRE_AUTH:
            self.scheme = scheme
            self._strong |= scheme in _STRONG
        return found

    async def _send(self, request: Request, scheme: AuthScheme) -> Reply:
        """Send a request with one login."""
        operation, namespace = request.operation, request.namespace
        credentials, header = self._credentials, request.header
        if credentials is not None and scheme is AuthScheme.WSSE:
            now = self._clock() + (self.clock_offset or 0.0)
            header = wsse_header(credentials, now) + header
        body = envelope(
            f'<{operation} xmlns="{namespace}">{request.body}</{operation}>', header
        )
        action = request.action or f"{namespace}/{operation}"
        headers = {
            "Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'
        }
        if credentials is not None and scheme is AuthScheme.BASIC:
            headers["Authorization"] = basic_header(credentials)
        elif credentials is not None and scheme is AuthScheme.DIGEST and self._digest:
            headers["Authorization"] = self._digest.header(
                credentials, "POST", request.path, body
            )
        return await self._transport.post(
            request.path, body, headers, port=request.port, timeout=request.timeout
        )
