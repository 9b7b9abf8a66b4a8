"""The benchmark's end of `home`: starts the process, and talks to it."""

import json
from pathlib import Path
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from tests.simulator.process import RemoteCamera

_REPOSITORY = Path(__file__).parents[2]


class HomeError(Exception):
    """The process did not do as told; carries the end of its log."""


class Home:
    """A Home Assistant core in a process, between `__enter__` and `__exit__`."""

    def __init__(self, folder: Path, *, patient: bool = False) -> None:
        """Prepare; its files go to ``folder``."""
        self._folder = folder
        self._log = folder / "home.log"
        self._patient = patient
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it, and wait until it runs."""
        command = [sys.executable, "-m", "tests.benchmarks.home"]
        command += ["--config", str(self._folder)]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command + ["--patient"] * self._patient,
                cwd=_REPOSITORY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it, and the engine with it."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    @property
    def pid(self) -> int:
        """The process."""
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise HomeError("not running")
        return self._process

    def _answer(self) -> dict[str, Any]:
        pipe = self._running.stdout
        line = pipe.readline() if pipe else ""
        if not line:
            raise HomeError(f"Home Assistant ended:\n{self._log.read_text()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ask(self, do: str, **details: Any) -> dict[str, Any]:
        pipe = self._running.stdin
        if pipe is None:
            raise HomeError("not running")
        print(json.dumps({"do": do, **details}), file=pipe, flush=True)
        return self._answer()

    def add(self, cameras: list[RemoteCamera]) -> None:
        """Add cameras, and wait until both streams of each are there."""
        details = [
            {"id": c.name, "main": c.rtsp_url(), "sub": c.rtsp_url("sub")}
            for c in cameras
        ]
        self._ask("add", cameras=details)
        self.wait_for("online", len(cameras))

    def describe(self) -> dict[str, Any]:
        """Return how the engine and the cameras fare (see `home.describe`)."""
        return self._ask("describe")

    def record(self, camera: str, seconds: float) -> None:
        """Record a camera for a while, and the pre-roll."""
        self._ask("record", camera=camera, seconds=seconds)

    def stop_recording(self, camera: str) -> None:
        """End what `record` began."""
        self._ask("stop_recording", camera=camera)

    def lags(self) -> list[float]:
        """Return the event loop's lags since the last call, in seconds."""
        lags: list[float] = self._ask("lags")["lags"]
        return lags

    def wait_for(self, what: str, least: int, timeout: float = 60.0) -> None:
        """Wait until a number of `describe` is reached."""
        deadline = time.monotonic() + timeout
        while (told := self.describe())[what] < least:
            if time.monotonic() > deadline:
                raise HomeError(f"{what} stays below {least}: {told}")
            time.sleep(0.05)

    def wait_for_rung(self, rung: str, count: int, timeout: float = 40.0) -> bool:
        """Wait until that many cameras are on a rung; False if they never are."""
        deadline = time.monotonic() + timeout
        while self.describe()["rungs"].count(rung) < count:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.25)
        return True
