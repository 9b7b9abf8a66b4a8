"""The only way from FFmpeg to a camera: a relay that knows where it may lead.

FFmpeg follows RTSP redirects, and sends UDP wherever a camera's ``Transport`` header
names as its source, without asking anyone. So FFmpeg only ever gets a loopback
address; the engine itself connects, to the address that the gate checked, and reads
along until the stream plays:

- a redirect ends the connection (`Relay.redirect` tells where to, for the gate);
- ``source`` and ``destination`` in a ``Transport`` answer become the checked address.

From then on FFmpeg acts on no address any more, and bytes are passed on unread. One
thread serves every camera of the engine, in steps of a few milliseconds, so that it
wakes up a few dozen times a second however many there are.
"""

import logging
import os
import select
import socket
import ssl
from threading import Lock, Thread
import time
from typing import Final

from .handshake import Handshake, RelayError

_LOGGER = logging.getLogger(__name__)

_LOOPBACK: Final = "127.0.0.1"
_STEP: Final = 0.015
_CHUNK: Final = 1 << 17
_ACCEPT_WITHIN: Final = 5.0


class Relay:
    """One connection to a camera, offered once to FFmpeg on loopback."""

    def __init__(
        self, address: str, port: int, *, timeout: float, tls: bool = False
    ) -> None:
        """Connect to the checked address. Raises OSError, within ``timeout`` s."""
        self._handshake: Handshake | None = Handshake(address)
        self._camera = _connect(address, port, timeout, tls=tls)
        self._client: socket.socket | None = None
        self._to_client = bytearray()
        self._to_camera = bytearray()
        self._ended = False
        self.failed = False
        self.redirect: str | None = None
        self._listening = socket.socket()
        self._listening.bind((_LOOPBACK, 0))
        self._listening.listen(1)
        self._listening.setblocking(False)
        self._expires = time.monotonic() + _ACCEPT_WITHIN
        self.port: int = self._listening.getsockname()[1]
        _pump.add(self)

    @property
    def playing(self) -> bool:
        """Whether the stream plays, and bytes are passed on unread."""
        return self._handshake is None

    def close(self) -> None:
        """End both sides, from any thread."""
        self._ended = True
        _pump.wake()

    # --- what the pump's thread calls ------------------------------------------

    def interests(self) -> list[tuple[int, int]]:
        """Return the descriptors to watch, and for what."""
        if self._client is None:
            return [(self._listening.fileno(), select.POLLIN)]
        camera = select.POLLOUT if self._to_camera else 0
        client = select.POLLOUT if self._to_client else 0
        # A side that does not take bytes stops the other: TCP slows the camera.
        camera |= 0 if self._to_client else select.POLLIN
        client |= 0 if self._to_camera else select.POLLIN
        return [(self._camera.fileno(), camera), (self._client.fileno(), client)]

    def step(self) -> bool:
        """Pass on what is there; False when the connection is over."""
        if self._ended:
            return False
        try:
            return self._step()
        except RelayError as error:
            if self._handshake is not None:
                self.redirect = self._handshake.redirect
            _LOGGER.debug("Connection refused: %s", error)
            self.failed = True
        except OSError, ssl.SSLError:
            pass
        return False

    def _step(self) -> bool:
        if self._client is None:
            return self._accept()
        if not self._pass_on(self._client, self._camera, self._to_camera, "request"):
            return False
        return self._pass_on(self._camera, self._client, self._to_client, "answer")

    def _accept(self) -> bool:
        try:
            self._client, _ = self._listening.accept()
        except BlockingIOError:
            return time.monotonic() < self._expires
        self._client.setblocking(False)
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # One connection only: nobody else on this machine gets in.
        self._listening.close()
        return True

    def _pass_on(
        self,
        source: socket.socket,
        target: socket.socket,
        waiting: bytearray,
        direction: str,
    ) -> bool:
        while True:
            if waiting:
                sent = _send(target, waiting)
                del waiting[:sent]
                if waiting:
                    return True
            data = _receive(source)
            if data is None:
                return True
            if not data:
                return False
            if self._handshake is not None:
                if direction == "answer":
                    data = self._handshake.answer(data)
                    if self._handshake.playing:
                        self._handshake = None
                else:
                    data = self._handshake.request(data)
            waiting += data

    def dispose(self) -> None:
        """Close every socket (in the pump's thread)."""
        self._ended = True
        for side in (self._listening, self._camera, self._client):
            if side is not None:
                side.close()


def _connect(address: str, port: int, timeout: float, *, tls: bool) -> socket.socket:
    plain = socket.create_connection((address, port), timeout)
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected = _encrypted(plain) if tls else plain
        connected.setblocking(False)
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


def _send(target: socket.socket, data: bytearray) -> int:
    try:
        return target.send(data)
    except BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError:
        return 0


def _receive(source: socket.socket) -> bytes | None:
    try:
        return source.recv(_CHUNK)
    except BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError:
        return None


class _Pump:
    """The thread that serves every relay; it runs while there is one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._relays: set[Relay] = set()
        self._thread: Thread | None = None
        self._wakeup = os.pipe()
        os.set_blocking(self._wakeup[0], False)

    def add(self, relay: Relay) -> None:
        with self._lock:
            self._relays.add(relay)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="relay", daemon=True)
                self._thread.start()
        self.wake()

    def wake(self) -> None:
        os.write(self._wakeup[1], b"x")

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._relays:
                    self._thread = None
                    return
                relays = list(self._relays)
            self._wait(relays)
            for relay in relays:
                if not relay.step():
                    with self._lock:
                        self._relays.discard(relay)
                    relay.dispose()
            if all(relay.playing for relay in relays):
                # Bytes gather meanwhile: fewer, larger steps for all cameras.
                time.sleep(_STEP)

    def _wait(self, relays: list[Relay]) -> None:
        poll = select.poll()
        poll.register(self._wakeup[0], select.POLLIN)
        for relay in relays:
            for descriptor, events in relay.interests():
                poll.register(descriptor, events)
        poll.poll(500)
        try:
            os.read(self._wakeup[0], 4096)
        except BlockingIOError:
            return


_pump: Final = _Pump()
