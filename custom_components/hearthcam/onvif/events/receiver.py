"""A small HTTP server that cameras post their notifications to.

A notification carries no login, so a path that nobody can guess and the camera's own
address are what tells it from a forgery. Only local addresses are listened to.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
import secrets
import socket

from aiohttp import web

from ...privacy.local_only import NotLocalError, bracketed, is_local
from ..errors import OnvifError
from .models import CameraEvent
from .parse import parse_notifications

MAX_BODY = 256 * 1024
MAX_AT_ONCE = 4
READ_TIMEOUT = 10.0
SHUTDOWN_TIMEOUT = 0.5

type Handler = Callable[[tuple[CameraEvent, ...]], None]


@dataclass(slots=True)
class Consumer:
    """One camera's place at the receiver.

    Attributes:
        url: what the camera is told; secret, like the path in it.
        refused: posts that were not the camera's, too large, or nonsense.
    """

    url: str = field(repr=False)
    address: str
    handler: Handler
    received: int = 0
    refused: int = 0
    running: int = 0


class PushReceiver:
    """Listens at one local address for any number of cameras."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Set up for a local address literal; port 0 is any free one.

        Raises:
            NotLocalError: the address is not one of the local network.
        """
        if not is_local(host):
            raise NotLocalError
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._consumers: dict[str, Consumer] = {}

    async def start(self) -> None:
        """Listen; raises OSError where the address or port cannot be had."""
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/{secret}", self._receive)
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT, lingering_time=0
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def register(self, address: str, handler: Handler) -> Consumer:
        """Return a new place for a camera at an address literal.

        ``handler`` is called in the event loop with what the camera posts.
        """
        secret = secrets.token_urlsafe(24)
        url = f"http://{bracketed(self._host)}:{self._port}/{secret}"
        consumer = Consumer(url, address, handler)
        self._consumers[secret] = consumer
        return consumer

    def unregister(self, consumer: Consumer) -> None:
        """Answer posts to this place with 404 from now on."""
        self._consumers.pop(consumer.url.rpartition("/")[2], None)

    async def _receive(self, request: web.Request) -> web.Response:
        secret = request.match_info["secret"]
        # A dictionary's look-up of 24 random bytes tells nothing by its time.
        consumer = self._consumers.get(secret)
        if consumer is None:
            raise web.HTTPNotFound
        if not _same(request.remote, consumer.address):
            consumer.refused += 1
            raise web.HTTPForbidden
        if consumer.running >= MAX_AT_ONCE:
            consumer.refused += 1
            raise web.HTTPServiceUnavailable
        consumer.running += 1
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                events = parse_notifications(await request.read())
        except OnvifError:
            consumer.refused += 1
            raise web.HTTPBadRequest from None
        except TimeoutError:
            consumer.refused += 1
            raise web.HTTPRequestTimeout from None
        except web.HTTPRequestEntityTooLarge:
            consumer.refused += 1
            raise
        finally:
            consumer.running -= 1
        consumer.received += 1
        consumer.handler(events)
        return web.Response()


def local_address(camera: str, port: int = 80) -> str | None:
    """Return our own address towards a camera's, None where there is no way.

    Nothing is sent: a connected datagram socket only looks up the route.
    """
    if not is_local(camera):
        return None
    family = socket.AF_INET6 if ":" in camera else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((camera, port))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address if is_local(address) else None


def _same(remote: str | None, address: str) -> bool:
    """Tell whether two literals are one address, IPv4 in IPv6 included."""
    try:
        return _plain(remote or "") == _plain(address)
    except ValueError:
        return False


def _plain(literal: str) -> str:
    parsed = ip_address(literal.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
