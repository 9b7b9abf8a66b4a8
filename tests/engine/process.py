"""Drives a real engine process over its real pipes, for tests and benchmarks."""

from collections.abc import Callable
from pathlib import Path
import secrets
import socket
import subprocess
import sys
from threading import Condition, Thread
import time
from typing import Self
from urllib.request import urlopen

from custom_components.hearthcam.engine import protocol
from custom_components.hearthcam.engine.wire import decode_report, encode
from tests import closed_network

INTEGRATION = Path(protocol.__file__).parents[1]


class EngineProcess:
    """A running engine; everything it reported is kept in ``reports``."""

    def __init__(self, *stand_in: str, log_level: str = "info") -> None:
        """Start it, and wait until it is ready.

        ``stand_in`` is a script that runs it, and its first arguments.
        """
        self.token = secrets.token_hex(8)
        self.reports: list[protocol.Report] = []
        self.log: list[str] = []
        self._changed = Condition()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port = self._socket.getsockname()[1]
        descriptor = self._socket.fileno()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                *stand_in,
                str(INTEGRATION / "engine" / "__main__.py"),
                "--listen-fd",
                str(descriptor),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(descriptor,),
        )
        self._threads = [
            Thread(target=self._read_reports, daemon=True),
            Thread(target=self._read_log, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self.send(protocol.Start(self.token, log_level))
        self.wait_for(protocol.Ready)

    def _read_reports(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            report = decode_report(line)
            with self._changed:
                self.reports.append(report)
                self._changed.notify_all()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.decode(errors="replace").rstrip())
            closed_network.hear(self.log[-1])

    def send(self, command: protocol.Command) -> None:
        """Send a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(encode(command))
        self.process.stdin.flush()

    def wait_for[R](
        self,
        kind: type[R],
        condition: Callable[[R], bool] = lambda _: True,
        timeout: float = 30.0,
    ) -> R:
        """Return the first report that fits, of those that came and will come."""
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for report in self.reports[seen:]:
                    if isinstance(report, kind) and condition(report):
                        return report
                seen = len(self.reports)
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    told = "\n".join(map(repr, self.reports[-10:]))
                    raise AssertionError(
                        f"no {kind.__name__} within {timeout} s; told:\n{told}\n"
                        + "\n".join(self.log[-20:])
                    )

    def of[R](self, kind: type[R]) -> list[R]:
        """Return every report of a kind so far."""
        with self._changed:
            return [report for report in self.reports if isinstance(report, kind)]

    def url(self, path: str) -> str:
        """Return a URL of the loopback server."""
        mark = "&" if "?" in path else "?"
        return f"http://127.0.0.1:{self.port}/{path}{mark}auth={self.token}"

    def get(self, path: str) -> bytes:
        """Fetch something from the loopback server."""
        with urlopen(self.url(path), timeout=10) as response:
            body: bytes = response.read()
        return body

    def stop(self, timeout: float = 10.0) -> int:
        """End it as Home Assistant does, by closing its input; return its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            return self.process.wait(timeout)
        finally:
            self.process.kill()
            self.process.wait()
            for thread in self._threads:
                thread.join(2)
            self._socket.close()
            for pipe in (self.process.stdout, self.process.stderr):
                assert pipe is not None
                pipe.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.stop()
