"""An engine without media, for tests: it speaks the protocol and obeys.

Run as a process of its own, like the true one. Commands that it receives are
appended to ``--journal``, one line each. What it shall report is sent to it over
its inherited socket: ``POST /emit`` with lines for its stdout as body.
"""

import argparse
import asyncio
import json
from pathlib import Path
import socket
import sys

PACKAGE = Path(__file__).parents[2] / "custom_components" / "hearthcam"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


class FakeEngine:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Take the options."""
        self.options = options
        self.token = ""
        self.done = asyncio.Event()

    def say(self, line: bytes) -> None:
        """Write to stdout."""
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

    def report(self, name: str, **data: object) -> None:
        """Report something."""
        line = json.dumps({"v": 1, "type": name, "data": data})
        self.say(line.encode() + b"\n")

    def note(self, line: bytes) -> None:
        """Write to the journal."""
        with Path(self.options.journal).open("ab") as journal:
            journal.write(line)

    async def run(self) -> None:
        """Serve until told to stop."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20)
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        listener = socket.socket(fileno=self.options.listen_fd)
        server = await asyncio.start_server(self.serve, sock=listener)
        commands = asyncio.create_task(self.commands(reader))
        await self.done.wait()
        commands.cancel()
        server.close()

    async def commands(self, reader: asyncio.StreamReader) -> None:
        """Read commands."""
        while line := await reader.readline():
            self.note(line)
            message = json.loads(line)
            data = message["data"]
            match message["type"]:
                case "Start":
                    self.start(data)
                case "Probe":
                    self.probe(data)
                case "Export":
                    self.report("Exported", request_id=data["request_id"], size=7)
                case "Render":
                    self.report("Rendered", request_id=data["request_id"], done=True)
                case "Recover":
                    self.report(
                        "Recovered",
                        request_id=data["request_id"],
                        repaired=0,
                        discarded=0,
                    )
                case "Stop" if not self.options.deaf:
                    self.done.set()
        if not self.options.deaf:
            self.note(b'{"type": "EOF", "data": {}}\n')
            self.done.set()

    def start(self, data: dict[str, str]) -> None:
        """Answer the first command."""
        self.token = data["token"]
        if self.options.garbage:
            self.say(b"no json\n\xff\xfe\n[]\n" + b"x" * 3_000_000 + b"\n")
        if not self.options.silent:
            self.report("Ready", pid=1, av_version="fake")
        print("INFO engine: started rtsp://u:secret@192.0.2.1/", file=sys.stderr)  # noqa: T201 - its log
        sys.stderr.flush()

    def probe(self, data: dict[str, object]) -> None:
        """Every stream is a good one."""
        self.report(
            "Probed",
            request_id=data["request_id"],
            info={"codec": "h264", "width": 640, "height": 360, "fps": 15.0},
        )

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        status, body, after = "404 Not Found", b"", b""
        if path == "/emit":
            length = int(head.lower().split("content-length:")[1].split()[0])
            after = await reader.readexactly(length)
            status = "200 OK"
        elif path.startswith("/still/") and f"auth={self.token}" in path:
            status, body = "200 OK", JPEG + path.encode()
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: image/jpeg\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
        if after:
            self.say(after)


def main() -> None:
    """Run once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen-fd", type=int, required=True)
    parser.add_argument("--journal", required=True)
    parser.add_argument("--silent", action="store_true", help="never gets ready")
    parser.add_argument("--deaf", action="store_true", help="does not stop")
    parser.add_argument("--garbage", action="store_true", help="bad lines first")
    parser.add_argument("--exit", action="store_true", help="leaves at once")
    options = parser.parse_args()
    if options.exit:
        raise SystemExit(3)
    asyncio.run(FakeEngine(options).run())


if __name__ == "__main__":
    main()
