"""The only way from FFmpeg to a camera: a relay that knows where it may lead.

FFmpeg follows RTSP redirects, and sends UDP wherever a camera's ``Transport`` header
names as its source, without asking anyone. So FFmpeg only ever gets a loopback
address; the engine itself connects, to the address that the gate checked, and reads
along (`handshake`) until the stream plays:

- a redirect ends the connection (`Relay.redirect` tells where to, for the gate);
- ``source`` and ``destination`` in a ``Transport`` answer become the checked address.

From then on FFmpeg acts on no address any more, and the kernel passes bytes on
unread; but for media that comes as datagrams, whose connection is read to its end. One thread (`pump`) serves every camera of the engine.
"""

from collections.abc import Collection
import logging
import selectors
import socket
import ssl
from threading import Event
import time
from typing import Final

from .handshake import Handshake, RelayError
from .pump import PUMP
from .tunnel import TunnelTarget, open_tunnel, tunnel_ports, upwards
from .ways import CAN_SPLICE, Copied, Spliced, Way

_LOGGER = logging.getLogger(__name__)

_LOOPBACK: Final = "127.0.0.1"
_ACCEPT_WITHIN: Final = 5.0


class Relay:
    """One connection to a camera, offered once to FFmpeg on loopback."""

    def __init__(
        self,
        address: str,
        port: int,
        *,
        timeout: float,
        tls: bool = False,
        tunnel: TunnelTarget | None = None,
    ) -> None:
        """Connect to the checked address, through a ``tunnel`` where one is given.

        Raises OSError, within ``timeout`` s, and StreamFailure for a tunnel that is
        refused.
        """
        self._tls = tls
        self._handshake = Handshake(address)
        self._camera, self._up = _sides(address, port, timeout, tls=tls, tunnel=tunnel)
        self._client: socket.socket | None = None
        self._ways: tuple[Way, Way] | None = None
        self._ending = False
        self._gone = Event()
        self._listening = socket.socket()
        self._listening.bind((_LOOPBACK, 0))
        self._listening.listen(1)
        self._listening.setblocking(False)
        self._expires = time.monotonic() + _ACCEPT_WITHIN
        self.port: int = self._listening.getsockname()[1]
        PUMP.add(self)

    @property
    def redirect(self) -> str | None:
        """Where the camera wanted to lead, if that is why the connection ended."""
        return self._handshake.redirect

    @property
    def is_playing(self) -> bool:
        """Whether the stream plays, so that bytes may gather."""
        return self._handshake.playing

    def close(self, timeout: float = 1.0) -> None:
        """End both sides, from any thread; FFmpeg's blocked read ends with it."""
        self._ending = True
        PUMP.wake()
        self._gone.wait(timeout)

    # --- what the pump's thread calls ------------------------------------------

    def interests(self) -> dict[socket.socket, int]:
        """Return the sockets to watch, and for what."""
        if self._client is None or self._ways is None:
            return {self._listening: selectors.EVENT_READ}
        to_camera, to_client = (way.pending for way in self._ways)
        # A side that does not take bytes stops the other: TCP slows the camera.
        watched = {
            self._camera: 0 if to_client else selectors.EVENT_READ,
            self._client: (0 if to_camera else selectors.EVENT_READ)
            | (selectors.EVENT_WRITE if to_client else 0),
        }
        up = self._up or self._camera
        watched[up] = watched.get(up, 0) | (selectors.EVENT_WRITE if to_camera else 0)
        return watched

    def advance(self, ready: Collection[socket.socket]) -> bool:
        """Pass on what the ready sockets have; False when the connection is over."""
        if self._ending:
            return False
        try:
            if self._ways is None:
                return self._accept()
            going_on = True
            for way in self._ways:
                if way.source in ready or way.pending:
                    going_on &= way.advance()
            if going_on:
                self._take_hands_off()
        except (RelayError, OSError, ssl.SSLError) as error:
            _LOGGER.debug("A connection ended: %s", type(error).__name__)
            return False
        return going_on

    def _accept(self) -> bool:
        try:
            self._client, _ = self._listening.accept()
        except BlockingIOError:
            return time.monotonic() < self._expires
        self._client.setblocking(False)
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # One connection only: nobody else on this machine gets in.
        self._listening.close()
        asked: Way
        if self._up is None:
            asked = Copied(self._client, self._camera, self._handshake.request)
        else:
            asked = Copied(self._client, self._up, self._wrapped)
        self._ways = (
            asked,
            Copied(self._camera, self._client, self._handshake.answer),
        )
        return True

    def _wrapped(self, data: bytes) -> bytes:
        return upwards(
            data if self._handshake.unread else self._handshake.request(data)
        )

    def _take_hands_off(self) -> None:
        """Leave the bytes to the kernel, once the stream plays in this connection."""
        if (
            self._client is None
            or self._ways is None
            or self._tls
            or not CAN_SPLICE
            or not self._handshake.unread
            or isinstance(self._ways[1], Spliced)
            or any(way.pending for way in self._ways)
        ):
            return
        asked = self._ways[0]
        if self._up is None:
            asked = Spliced(self._client, self._camera)
        self._ways = (asked, Spliced(self._camera, self._client))

    def dispose(self) -> None:
        """Close everything (in the pump's thread)."""
        self._ending = True
        for way in self._ways or ():
            way.close()
        for side in (self._listening, self._camera, self._up, self._client):
            if side is not None:
                side.close()
        self._gone.set()


def _sides(
    address: str, port: int, timeout: float, *, tls: bool, tunnel: TunnelTarget | None
) -> tuple[socket.socket, socket.socket | None]:
    """Return what comes from the camera, and what goes to it where that is another."""
    if tunnel is None:
        camera = _connect(address, port, timeout, tls=tls)
        camera.setblocking(False)
        return camera, None
    opened = open_tunnel(
        tunnel,
        tunnel_ports("rtsps" if tls else "rtsp", port),
        lambda port: _connect(address, port, timeout, tls=tls),
        timeout,
    )
    opened.down.setblocking(False)
    opened.up.setblocking(False)
    return opened.down, opened.up


def _connect(address: str, port: int, timeout: float, *, tls: bool) -> socket.socket:
    plain = socket.create_connection((address, port), timeout)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected = _encrypted(plain) if tls else plain
    except BaseException:
        plain.close()
        raise
    return connected


def _encrypted(plain: socket.socket) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Cameras sign their own certificates; the address was checked.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)
