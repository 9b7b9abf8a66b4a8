"""RTSP over HTTP in front of a simulated camera's RTSP server."""

import asyncio
import base64
from contextlib import suppress
import re
from types import TracebackType
from typing import Self

_CHUNK = 65536


class TunnelServer:
    """Ties a GET and a POST by their cookie to one connection to the RTSP port."""

    def __init__(
        self,
        rtsp_port: int,
        *,
        host: str = "127.0.0.1",
        answer: bytes | None = None,
        login: str | None = None,
    ) -> None:
        """Serve the RTSP server at ``rtsp_port``.

        Args:
            rtsp_port: where the camera's RTSP server listens.
            host: the address to listen on.
            answer: what every GET gets instead of a tunnel.
            login: the challenge of a 401 that requests without a login get.
        """
        self._rtsp_port = rtsp_port
        self._host = host
        self._answer = answer
        self._login = login
        self._waiting: dict[str, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[str] = []
        """The headers of all requests."""
        self.port = 0

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(head)
                await self._take(head, reader, writer)
        finally:
            writer.close()

    async def _take(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        found = re.search(r"x-sessioncookie: (\w+)", head)
        assert found is not None
        if self._login and "Authorization:" not in head:
            writer.write(
                f"HTTP/1.0 401 No\r\nWWW-Authenticate: {self._login}\r\n\r\n".encode()
            )
            await writer.drain()
        elif self._answer is not None:
            writer.write(self._answer)
            await writer.drain()
        elif head.startswith("GET "):
            self._waiting[found[1]] = writer
            writer.write(
                b"HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
            )
            await reader.read()
        else:
            await self._bridge(reader, self._waiting.pop(found[1]))

    async def _bridge(
        self, asked: asyncio.StreamReader, down: asyncio.StreamWriter
    ) -> None:
        """Pass on what is asked, decoded, and what is answered."""
        answers, up = await asyncio.open_connection(self._host, self._rtsp_port)

        async def downwards() -> None:
            while data := await answers.read(_CHUNK):
                down.write(data)
                await down.drain()
            down.close()

        task = asyncio.create_task(downwards())
        try:
            waiting = b""
            while data := await asked.read(_CHUNK):
                waiting += data
                whole = len(waiting) // 4 * 4
                for at in range(0, whole, 4):
                    up.write(base64.b64decode(waiting[at : at + 4], validate=True))
                waiting = waiting[whole:]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            up.close()
            down.close()
