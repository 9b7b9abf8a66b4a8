"""The simulated camera's ONVIF device: HTTP, logins and the way to the services."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from email.utils import formatdate
import socket

from aiohttp import web

from .discovery import DiscoveryResponder
from .onvif_auth import Authenticator
from .onvif_device import SERVICES, DeviceService
from .onvif_events import SUBSCRIPTION_PATH, EventService
from .onvif_http import reserved, response
from .onvif_imaging import ImagingService
from .onvif_io import IoService
from .onvif_media import SNAPSHOT_PATH, Media1
from .onvif_media2 import Media2
from .onvif_options import OnvifOptions
from .onvif_ptz import PtzService
from .onvif_subscription import ClosedPullError, RubbishPullError, response_action
from .onvif_tls import Certificate
from .onvif_xml import (
    TDS,
    TEV,
    TIMG,
    TMD,
    TPTZ,
    TR2,
    TRT,
    WSNT,
    Call,
    SoapFaultError,
    envelope,
    not_supported,
    parse,
    tag,
)
from .state import CameraState

__all__ = ["OnvifDevice", "OnvifOptions"]

HTTP_PORT = 80
MAX_BODY = 256 * 1024
STALL_POLL = 0.05
SHUTDOWN_TIMEOUT = 0.05


class OnvifDevice:
    """An ONVIF device of one camera, living in the running event loop.

    Reads `state` on every request, so that a switch works at once. May be started
    again after `stop`, on the same port, as a camera that rebooted.
    """

    def __init__(self, state: CameraState, options: OnvifOptions | None = None) -> None:
        """Take what the camera shares and this firmware's habits."""
        self._state = state
        self._options = options or OnvifOptions()
        self._authenticator = Authenticator(state, self._options)
        self.io = IoService(self._options)
        self.ptz = PtzService(state, self._options)
        self.imaging = ImagingService(self._options)
        self._device = DeviceService(state, self._options, self._address, self.io)
        self._media = Media1(state, self._options, self._address)
        self._media2 = Media2(state, self._options, self._address)
        self.events = EventService(state, self._options, self._address)
        self._canned: defaultdict[str, deque[tuple[int, bytes]]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._responder: DiscoveryResponder | None = None
        self._remove_listener: Callable[[], None] | None = None
        self._reserved: socket.socket | None = None
        self.certificate = Certificate() if self._options.tls else None
        """Renewed by setting another one before `start`."""
        self.calls: Counter[str] = Counter()
        """How often each action was asked for, refused ones included."""
        self.wrong_logins = 0
        """How many requests brought a login and were refused."""
        self.redirected = asyncio.Event()
        """Set when a request is redirected."""

    @property
    def url(self) -> str:
        """Return the true URL of the device service."""
        port = self._state.onvif_port
        return f"{self._scheme}://{self._state.host}:{port}{SERVICES[TDS][0]}"

    @property
    def _scheme(self) -> str:
        return "https" if self._options.tls else "http"

    async def start(self) -> None:
        """Listen on state.host and state.onvif_port, which is set where it is 0."""
        app = web.Application(client_max_size=MAX_BODY)
        for namespace, (path, _, _) in self._device.available().items():
            if namespace != TEV:
                app.router.add_post(path, self._soap)
        if self._options.events:
            app.router.add_post(SERVICES[TEV][0], self._soap)
            app.router.add_post(SUBSCRIPTION_PATH, self._soap)
            app.router.add_post(f"{SUBSCRIPTION_PATH}/{{number}}", self._soap)
        app.router.add_get(f"{SNAPSHOT_PATH}{{token}}.jpg", self._snapshot)
        app.on_response_prepare.append(self._add_date)
        runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=SHUTDOWN_TIMEOUT,
        )
        await runner.setup()
        self._runner = runner
        site = web.TCPSite(
            runner,
            self._state.host,
            self._state.onvif_port,
            reuse_address=True,
            ssl_context=self.certificate.context() if self.certificate else None,
        )
        await site.start()
        self._release()
        self._state.onvif_port = runner.addresses[0][1]
        if self._options.event_habits.other_port:
            await web.TCPSite(runner, self._state.host, self.events.port or 0).start()
            self.events.port = runner.addresses[1][1]
        self._remove_listener = self._state.add_event_listener(self.events.fire)
        if self._state.discovery:
            self._responder = DiscoveryResponder(
                endpoint=self._state.endpoint,
                scopes=self._device.scopes,
                xaddrs=lambda: [self._true_port_address(SERVICES[TDS][0])],
                interface=self._state.host,
                port=self._options.discovery_port,
            )
            await self._responder.start()

    async def stop(self, *, reserve: bool = False) -> None:
        """Say Bye, cut all connections and forget all subscriptions.

        With `reserve` nobody else gets the port until it is opened again.
        """
        if self._remove_listener is not None:
            self._remove_listener()
            self._remove_listener = None
        if self._responder is not None:
            await self._responder.stop()
            self._responder = None
        self.events.expire()
        self.expire_nonces()
        if reserve:
            self._media2.masks.rebooted()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            if reserve:
                self._reserved = reserved(self._state.host, self._state.onvif_port)
        elif not reserve:
            self._release()

    def _release(self) -> None:
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def expire_nonces(self) -> None:
        """Make the HTTP Digest nonces in use stale."""
        self._authenticator.expire_nonces()

    def answer_next(self, action: str, body: bytes, status: int = 200) -> None:
        """Answer the next request of an action with these bytes, whatever they are.

        Logins are checked before; several calls queue up.
        """
        self._canned[action].append((status, body))

    def _address(self, path: str) -> str:
        """Return the URL that the device names for one of its paths."""
        if self._state.wrong_xaddrs and self._options.wrong_port is not None:
            return self._join(self._options.wrong_port, path)
        return self._true_port_address(path)

    def _true_port_address(self, path: str) -> str:
        return self._join(self._state.onvif_port, path)

    def _join(self, port: int, path: str) -> str:
        suffix = "" if port == HTTP_PORT else f":{port}"
        return f"{self._scheme}://{self._state.advertised_host()}{suffix}{path}"

    async def _add_date(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        # HTTP's Date is of the camera's own clock too.
        response.headers["Date"] = formatdate(self._state.now(), usegmt=True)

    async def _unstall(self) -> None:
        while self._state.stalled:
            await asyncio.sleep(STALL_POLL)

    async def _soap(self, request: web.Request) -> web.Response:
        if not self._is_here(request):
            raise web.HTTPNotFound
        body = await request.read()
        await self._unstall()
        try:
            call = parse(body)
            self.calls[call.action] += 1
            if (elsewhere := self._state.redirect) is not None:
                self.redirected.set()
                raise web.HTTPTemporaryRedirect(f"http://{elsewhere}{request.path}")
            if not self._is_public(request, call) and not self._authenticator.allows(
                request, call.header, soap=True
            ):
                if self._authenticator.is_tried(request, call.header):
                    self.wrong_logins += 1
                return self._refuse(request)
            if self._canned[call.action]:
                status, canned = self._canned[call.action].popleft()
                return response(canned, status)
            answer = await self._answer(request, call)
        except SoapFaultError as fault:
            return response(fault.envelope(), fault.status)
        except RubbishPullError:
            return response(b"")
        except ClosedPullError:
            if request.transport is not None:
                request.transport.abort()
            return response(b"")
        header = ""
        if call.namespace in {TEV, WSNT}:
            header = tag("wsa5:Action", response_action(call))
        return response(envelope(answer, header))

    def _is_here(self, request: web.Request) -> bool:
        """Return whether this path is served at the port that was asked."""
        if self.events.port is None or request.transport is None:
            return True
        port = request.transport.get_extra_info("sockname")[1]
        is_subscription = request.path.startswith(SUBSCRIPTION_PATH)
        return is_subscription == bool(port == self.events.port)

    def _is_public(self, request: web.Request, call: Call) -> bool:
        """Return whether nobody looks for a login in this request."""
        if call.action not in self._options.public_actions:
            return False
        return not (
            self._options.checks_needless_logins
            and self._authenticator.is_tried(request, call.header)
        )

    async def _answer(self, request: web.Request, call: Call) -> str:
        """Let the service of this path answer; other namespaces are refused."""
        services: dict[str, Callable[[Call], str]] = {
            TDS: self._device.answer,
            TRT: self._media.answer,
            TR2: self._media2.answer,
            TPTZ: self.ptz.answer,
            TIMG: self.imaging.answer,
            TMD: self.io.answer,
        }
        for namespace, answer in services.items():
            if request.path == SERVICES[namespace][0]:
                # The DeviceIO service takes the relays' messages of the device one.
                expected = {namespace, TDS} if namespace == TMD else {namespace}
                if call.namespace not in expected:
                    raise not_supported(call.action)
                return answer(call)
        if call.namespace not in {TEV, WSNT}:
            raise not_supported(call.action)
        return await self.events.answer(call, request.match_info.get("number"))

    def _refuse(self, request: web.Request) -> web.Response:
        challenges = self._authenticator.challenges(request, soap=True)
        fault = SoapFaultError(
            "Sender",
            "ter:NotAuthorized",
            reason="Sender Not Authorized",
            status=401 if challenges else self._options.fault_status,
        )
        refusal = response(fault.envelope(), fault.status)
        for challenge in challenges:
            refusal.headers.add("WWW-Authenticate", challenge)
        return refusal

    async def _snapshot(self, request: web.Request) -> web.Response:
        await self._unstall()
        if not self._authenticator.allows(request, soap=False):
            refusal = web.Response(status=401)
            for challenge in self._authenticator.challenges(request, soap=False):
                refusal.headers.add("WWW-Authenticate", challenge)
            return refusal
        token = request.match_info["token"]
        tokens = {profile.token for profile in self._state.profiles}
        if not self._options.snapshots or token not in tokens:
            raise web.HTTPNotFound
        take = self._state.snapshot
        picture = await asyncio.to_thread(take, token) if take is not None else None
        if picture is None:
            raise web.HTTPServiceUnavailable
        return web.Response(body=picture, content_type="image/jpeg")
