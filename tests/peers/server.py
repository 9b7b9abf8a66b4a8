"""Runs an RTSP server that others wrote, as a process."""

from dataclasses import dataclass, field
import functools
from pathlib import Path
import subprocess
from types import TracebackType
from typing import Self
from urllib.parse import quote

import pytest

SCRIPT = Path(__file__).with_name("gst_server.py")
# Its bindings belong to the distribution's Python, not to that of the tests.
PYTHON = "/usr/bin/python3"


@functools.cache
def missing() -> str:
    """Say what the server lacks on this machine; empty when it runs."""
    try:
        run = subprocess.run(
            [PYTHON, str(SCRIPT), "--check"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except OSError as error:
        return f"no {PYTHON}: {error.strerror}"
    if run.returncode:
        return "gst-rtsp-server with its bindings for the system's Python"
    return run.stdout.strip()


def require() -> None:
    """Skip the test where the server does not run."""
    if lacking := missing():
        pytest.skip(f"GStreamer's RTSP server needs {lacking}: scripts/setup, peers")


@dataclass(slots=True, kw_only=True)
class GstServer:
    """One camera: what it plays, and how it lets clients in."""

    file: Path
    """Not looked at where the codec is mjpeg."""
    codec: str
    audio: str = "none"
    protocols: str = "all"
    user: str | None = None
    password: str = field(default="", repr=False)
    basic: bool = False
    host: str = "127.0.0.2"
    """Not the tests' own address, as a camera's is not."""
    port: int = 0
    _process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it listens; on the same port as before, if any."""
        command = [PYTHON, str(SCRIPT), "--file", str(self.file)]
        command += ["--codec", self.codec, "--audio", self.audio]
        command += ["--protocols", self.protocols]
        command += ["--host", self.host, "--port", str(self.port)]
        if self.user is not None:
            command += ["--user", self.user, "--password", self.password]
            command += ["--basic"] * self.basic
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the server did not start; see its errors above"
        self.port = int(line)

    def url(self, *, path: str = "/main", password: str | None = None) -> str:
        """Return where it is watched, with its login or another password."""
        login = ""
        if self.user is not None:
            secret = self.password if password is None else password
            login = f"{quote(self.user, safe='')}:{quote(secret, safe='')}@"
        return f"rtsp://{login}{self.host}:{self.port}{path}"

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if (process := self._process) is None:
            return
        self._process = None
        process.kill()
        process.communicate()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.kill()
