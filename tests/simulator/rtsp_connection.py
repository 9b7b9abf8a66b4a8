"""One client of a simulated camera's RTSP server: its connection and session."""

import asyncio
from collections.abc import Callable
import re
import secrets
import socket
import time
from typing import TYPE_CHECKING

from .delivery import Datagrams, Delivery, Interleaved
from .rtsp_message import (
    BadRequestError,
    Request,
    answer,
    challenge,
    logged_in,
    read_request,
)
from .sdp import CONTROLS, describe
from .stream import Stream, Subscriber

if TYPE_CHECKING:
    from .rtsp import RtspServer

PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_PORTS = re.compile(r"(interleaved|client_port)=(\d+)(?:-(\d+))?")
# The kernel's share of what may wait for a client.
_KERNEL_SHARE = 8


class Connection:
    """One client: its connection, which is also its session."""

    def __init__(
        self,
        server: RtspServer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Serve the client behind reader and writer."""
        self._server = server
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._session = secrets.token_hex(8)
        self._subscriber = Subscriber(self.abort)
        self._stream: Stream | None = None
        self._ports: set[int] = set()
        self._seen = time.monotonic()
        self._watch: asyncio.TimerHandle | None = None
        self._aborted = False
        own: socket.socket = writer.get_extra_info("socket")
        own.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, server.max_backlog // _KERNEL_SHARE
        )
        self._methods: dict[str, Callable[[Request], bytes]] = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "PAUSE": self._pause,
            "GET_PARAMETER": self._parameter,
            "SET_PARAMETER": self._parameter,
            "TEARDOWN": self._teardown,
        }

    def abort(self) -> None:
        """Cut the connection."""
        self._aborted = True
        self._end()
        self._writer.transport.abort()

    def heard(self, host: str, port: int) -> None:
        """Note a datagram from the client's address."""
        if port in self._ports and host == self._peer():
            self._seen = time.monotonic()

    async def run(self) -> None:
        """Answer until the client leaves or is cut off."""
        self._check()
        try:
            while request := await read_request(self._reader):
                while self._server.state.stalled and not self._aborted:
                    await asyncio.sleep(0.02)
                self._seen = time.monotonic()
                if isinstance(request, Request):
                    self._writer.write(self._answer(request))
        except BadRequestError:
            self._writer.write(answer(None, 400))
        finally:
            self._end()
            self._writer.close()

    def _end(self) -> None:
        if self._watch:
            self._watch.cancel()
            self._watch = None
        if self._stream:
            self._stream.remove(self._subscriber)

    def _check(self) -> None:
        """Cut the client off when it gave no sign of life for too long."""
        limit = self._server.session_timeout
        if time.monotonic() - self._seen > limit:
            self.abort()
            return
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(limit / 4, self._check)

    def _peer(self) -> str:
        return str(self._writer.get_extra_info("peername")[0])

    def _answer(self, request: Request) -> bytes:
        method = self._methods.get(request.method)
        if (elsewhere := self._server.state.redirect) is not None:
            return answer(request, 302, {"Location": f"rtsp://{elsewhere}"})
        if method is None:
            return answer(request, 501, {"Public": PUBLIC})
        if request.method != "OPTIONS" and not self._allowed(request):
            scheme = self._server.scheme
            return answer(
                request, 401, {"WWW-Authenticate": challenge(scheme, self._nonce)}
            )
        session = request.headers.get("session", "").split(";")[0].strip()
        if session and session != self._session:
            return answer(request, 454)
        return method(request)

    def _allowed(self, request: Request) -> bool:
        state = self._server.state
        if state.refuse_logins:
            return False
        return state.username is None or logged_in(
            request, self._server.scheme, self._nonce, state.username, state.password
        )

    def _find(self, request: Request) -> tuple[Stream | None, str | None]:
        """Return the stream and the kind of track that a URL names."""
        _, _, rest = request.path.partition("/")
        token, _, control = rest.partition("/")
        if token in self._server.hidden:
            return None, None
        return self._server.streams.get(token), CONTROLS.get(control)

    def _options(self, request: Request) -> bytes:
        return answer(request, 200, {"Public": PUBLIC})

    def _describe(self, request: Request) -> bytes:
        stream, _ = self._find(request)
        if stream is None:
            return answer(request, 404)
        state = self._server.state
        base = f"{request.url.rstrip('/')}/"
        elsewhere = ""
        if state.media_host != "0.0.0.0":
            host = state.media_host
            host = f"[{host}]" if ":" in host else host
            base = elsewhere = f"rtsp://{host}{request.path}/"
        body = describe(
            state.name,
            state.host,
            state.media_host,
            stream.chosen,
            stream.audio,
            elsewhere,
        )
        headers = {"Content-Base": base, "Content-Type": "application/sdp"}
        return answer(request, 200, headers, body.encode())

    def _setup(self, request: Request) -> bytes:
        stream, kind = self._find(request)
        if stream is None or kind is None or (kind == "audio" and not stream.audio):
            return answer(request, 404)
        if self._stream not in {None, stream}:
            return answer(request, 459)
        ssrc = stream.numberings[kind].ssrc
        for offer in request.headers.get("transport", "").split(","):
            if (made := self._delivery(offer.strip())) is None:
                continue
            delivery, transport = made
            self._stream = stream
            if kind == "video":
                self._subscriber.video = delivery
            else:
                self._subscriber.audio = delivery
            state = self._server.state
            timeout = state.told_timeout or self._server.session_timeout
            headers = {
                "Transport": f"{transport};ssrc={ssrc:08X};mode=play"
                + state.transport_tail,
                "Session": f"{self._session};timeout={max(1, round(timeout))}",
            }
            return answer(request, 200, headers)
        return answer(request, 461)

    def _delivery(self, offer: str) -> tuple[Delivery, str] | None:
        """Return what an offered transport leads to, None where it is refused."""
        ports = {m[1]: (int(m[2]), m[3]) for m in _PORTS.finditer(offer)}
        tcp = offer.startswith("RTP/AVP/TCP")
        if "multicast" in offer or not offer.startswith("RTP/AVP"):
            return None
        if ("tcp" if tcp else "udp") not in self._server.transports:
            return None
        if tcp:
            used = (self._subscriber.video is not None) * 2
            channel, second = ports.get("interleaved", (used, None))
            rtcp = int(second) if second else channel + 1
            return (
                Interleaved(
                    self._writer.transport, channel, rtcp, self._server.max_backlog
                ),
                f"RTP/AVP/TCP;unicast;interleaved={channel}-{rtcp}",
            )
        if "client_port" not in ports or self._server.udp is None:
            return None
        port, _ = ports["client_port"]
        self._ports |= {port, port + 1}
        own = self._server.udp[0].getsockname()[1]
        return (
            Datagrams(self._server.udp, self._peer(), port),
            f"RTP/AVP;unicast;client_port={port}-{port + 1}"
            f";server_port={own}-{own + 1}",
        )

    def _play(self, request: Request) -> bytes:
        stream = self._stream
        if stream is None:
            return answer(request, 455)
        most = self._server.most_clients
        if most is not None and stream.clients >= most:
            return answer(request, 453)
        base = request.url.rstrip("/")
        infos = []
        for control, kind in CONTROLS.items():
            if getattr(self._subscriber, kind):
                sequence, timestamp = stream.start_of_play(kind)
                infos.append(f"url={base}/{control};seq={sequence};rtptime={timestamp}")
        # The answer goes out before the first packet: both are written from here on
        # by the same event loop, and the stream's next turn comes after this one.
        stream.add(self._subscriber)
        headers = {
            "Session": self._session,
            "Range": "npt=now-",
            "RTP-Info": ",".join(infos),
        }
        return answer(request, 200, headers)

    def _pause(self, request: Request) -> bytes:
        if self._stream is None:
            return answer(request, 455)
        self._stream.remove(self._subscriber)
        return answer(request, 200, {"Session": self._session})

    def _parameter(self, request: Request) -> bytes:
        return answer(request, 200, {"Session": self._session})

    def _teardown(self, request: Request) -> bytes:
        if self._stream:
            self._stream.say_goodbye(self._subscriber)
            self._stream.remove(self._subscriber)
        self._stream = None
        self._subscriber = Subscriber(self.abort)
        return answer(request, 200, {"Session": self._session})
