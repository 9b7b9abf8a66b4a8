"""The RTSP server of a simulated camera (RFC 2326)."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
import socket

from .delivery import MAX_BACKLOG, udp_pair
from .rtsp_connection import Connection
from .state import CameraState
from .stream import Stream


class RtspServer:
    """Serves a camera's streams; can be closed and opened again on the same ports."""

    def __init__(
        self,
        state: CameraState,
        streams: Mapping[str, Stream],
        *,
        scheme: str = "digest",
        session_timeout: float = 60.0,
        max_backlog: int = MAX_BACKLOG,
    ) -> None:
        """Serve `streams` by token; `scheme` of the login: "digest" or "basic"."""
        self.state = state
        self.streams = streams
        self.scheme = scheme
        self.session_timeout = session_timeout
        self.max_backlog = max_backlog
        self.transports = {"tcp", "udp"}
        self.most_clients: int | None = None
        """How many may watch one stream; who comes then gets 453. None: any number."""
        self.hidden: set[str] = set()
        """Tokens that are answered with 404."""
        self.udp: tuple[socket.socket, socket.socket] | None = None
        self.connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; on `state.rtsp_port`, which the first time is any free one."""
        host = self.state.host
        self._server = await asyncio.start_server(
            self._serve, host, self.state.rtsp_port
        )
        self.state.rtsp_port = self._server.sockets[0].getsockname()[1]
        self.udp = udp_pair(host)
        for receiver in self.udp:
            asyncio.get_running_loop().add_reader(receiver, self._heard, receiver)

    async def close(self) -> None:
        """Cut every connection and close the ports."""
        if self._server:
            self._server.close()
        self.drop_connections()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._server:
            await self._server.wait_closed()
            self._server = None
        for receiver in self.udp or ():
            asyncio.get_running_loop().remove_reader(receiver)
            receiver.close()
        self.udp = None

    def drop_connections(self) -> None:
        """Cut every connection, and what is sent for it by UDP."""
        for connection in tuple(self.connections):
            connection.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        if task := asyncio.current_task():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    def _heard(self, receiver: socket.socket) -> None:
        """Take a receiver report as a sign of life of its client."""
        with suppress(OSError):
            while True:
                _, (host, port) = receiver.recvfrom(2048)
                for connection in self.connections:
                    connection.heard(host, port)
