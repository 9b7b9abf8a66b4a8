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
from .onvif_events import SUBSCRIPTION_PATH, EventService, response_action
from .onvif_media import SNAPSHOT_PATH, Media1, Media2
from .onvif_options import OnvifOptions
from .onvif_xml import (
    TDS,
    TEV,
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

CONTENT_TYPE = "application/soap+xml; charset=utf-8"
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
        self._device = DeviceService(state, self._options, self._address)
        self._media = Media1(state, self._options, self._address)
        self._media2 = Media2(state, self._options, self._address)
        self.events = EventService(state, self._options, self._address)
        self._canned: defaultdict[str, deque[tuple[int, bytes]]] = defaultdict(deque)
        self._runner: web.AppRunner | None = None
        self._responder: DiscoveryResponder | None = None
        self._remove_listener: Callable[[], None] | None = None
        self._reserved: socket.socket | None = None
        self.calls: Counter[str] = Counter()
        """How often each action was asked for, refused ones included."""
        self.wrong_logins = 0
        """How many requests brought a login and were refused."""

    @property
    def url(self) -> str:
        """Return the true URL of the device service."""
        port = self._state.onvif_port
        return f"http://{self._state.host}:{port}{SERVICES[TDS][0]}"

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
            runner, self._state.host, self._state.onvif_port, reuse_address=True
        )
        await site.start()
        self._release()
        self._state.onvif_port = runner.addresses[0][1]
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
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            if reserve:
                # Bound, but not listening: connections are refused.
                self._reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self._reserved.bind((self._state.host, self._state.onvif_port))
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
        return f"http://{self._state.advertised_host()}{suffix}{path}"

    async def _add_date(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        # HTTP's Date is of the camera's own clock too.
        response.headers["Date"] = formatdate(self._state.now(), usegmt=True)

    async def _unstall(self) -> None:
        while self._state.stalled:
            await asyncio.sleep(STALL_POLL)

    async def _soap(self, request: web.Request) -> web.Response:
        body = await request.read()
        await self._unstall()
        try:
            call = parse(body)
            self.calls[call.action] += 1
            if not self._is_public(request, call) and not self._authenticator.allows(
                request, call.header, soap=True
            ):
                if self._authenticator.is_tried(request, call.header):
                    self.wrong_logins += 1
                return self._refuse(request)
            if self._canned[call.action]:
                status, canned = self._canned[call.action].popleft()
                return _response(canned, status)
            answer = await self._answer(request, call)
        except SoapFaultError as fault:
            return _response(fault.envelope(), fault.status)
        header = ""
        if call.namespace in {TEV, WSNT}:
            header = tag("wsa5:Action", response_action(call))
        return _response(envelope(answer, header))

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
        }
        for namespace, answer in services.items():
            if request.path == SERVICES[namespace][0]:
                if call.namespace != namespace:
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
        response = _response(fault.envelope(), fault.status)
        for challenge in challenges:
            response.headers.add("WWW-Authenticate", challenge)
        return response

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


def _response(body: bytes, status: int = 200) -> web.Response:
    return web.Response(
        body=body, status=status, headers={"Content-Type": CONTENT_TYPE}
    )
