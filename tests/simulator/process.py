"""Simulated cameras in a process of their own, for tests that block or measure."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
import json
from pathlib import Path
import subprocess
import sys
from types import TracebackType
from typing import Any, Self
import urllib.request

_REPOSITORY = Path(__file__).parents[2]


@dataclass(slots=True)
class RemoteCamera:
    """A camera of another process; its fields are what its control API says."""

    name: str
    urls: Mapping[str, str]
    """RTSP URLs by token, without credentials."""
    onvif: str | None
    control: str
    details: Mapping[str, Any] = field(repr=False)

    def rtsp_url(self, stream: str = "main") -> str:
        """Return the URL of "main" or "sub", without credentials."""
        return self.urls[stream]

    def get(self, path: str = "") -> Any:
        """Ask the control API: "" for the camera, "sightings" for who was sent when."""
        with urllib.request.urlopen(f"{self.control}/{path}", timeout=10) as answer:
            return json.load(answer)

    def switch(self, name: str, **arguments: Any) -> None:
        """Use a switch of `Control`, such as `switch("stall", on=True)`; blocks."""
        request = urllib.request.Request(
            f"{self.control}/{name}",
            json.dumps(arguments).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120):
            return


class SimulatorProcess:
    """Runs `python -m tests.simulator` between `start` and `stop`.

    Each camera is a mapping of the command line's options without their dashes,
    such as {"name": "Front", "scene": "day", "sub": True, "audio": "aac"}.
    """

    def __init__(self, *cameras: Mapping[str, Any]) -> None:
        """Prepare; nothing runs yet."""
        self._asked: Sequence[Mapping[str, Any]] = cameras
        self._process: subprocess.Popen[str] | None = None
        self.cameras: list[RemoteCamera] = []

    @property
    def pid(self) -> int:
        """Return the process id; it must run."""
        if self._process is None:
            raise RuntimeError("the simulator does not run")
        return self._process.pid

    def __enter__(self) -> Self:
        """Start the process."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.stop()

    def start(self) -> None:
        """Start the process and wait until its cameras play; blocks."""
        command = [sys.executable, "-m", "tests.simulator", "--json", "--attached"]
        self._process = subprocess.Popen(
            [*command, "--cameras", json.dumps(self._asked)],
            cwd=_REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout is None:
            raise RuntimeError("the process has no output")
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the simulator did not start; see its errors above")
        self.cameras = [
            RemoteCamera(c["name"], c["urls"], c["onvif"], c["control"], c)
            for c in json.loads(line)
        ]

    def stop(self) -> None:
        """End the process and wait for it; blocks."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.communicate()
