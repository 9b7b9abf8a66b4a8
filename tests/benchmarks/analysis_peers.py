"""Programs of others that look for motion: an `ffmpeg` pipeline, Debian's `motion`."""

from collections.abc import Sequence
from pathlib import Path
import shutil
import subprocess
from threading import Thread
import time
from types import TracebackType
from typing import Self

from . import nvr

SIZE = 640, 360
_PATIENCE = 60.0
_RTSP = ("-rtsp_transport", "tcp", "-timeout", "5000000")
_MOTION = """\
daemon off
log_level 4
target_dir {folder}
netcam_url {url}
netcam_params rtsp_transport=tcp
width {width}
height {height}
framerate {rate}
movie_output off
picture_output off
webcontrol_port 0
stream_port 0
"""


class ProgramError(Exception):
    """A program did not do what it is measured for; carries the end of its log."""


def motion_version() -> str | None:
    """Return the version of `motion`, or None where there is no such program."""
    if (program := shutil.which("motion")) is None:
        return None
    answer = subprocess.run([program, "-h"], capture_output=True, check=False)
    words = answer.stdout.decode().split()
    return words[2].rstrip(",") if len(words) > 2 else "unknown"


def recorder_command(main: str, sub: str | None, folder: Path) -> list[str]:
    """Return what a recorder runs: five pictures a second to a pipe, and segments.

    Without a sub stream the main one is decoded and scaled; it is fetched once.
    """
    if sub is not None:
        return nvr.command(main, sub, folder)
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"),
        *(*_RTSP, "-i", main),
        *("-map", "0:v", "-vf", f"fps=5,scale={SIZE[0]}:{SIZE[1]}", "-threads", "1"),
        *("-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"),
        *("-map", "0:v", "-c", "copy", "-f", "segment", "-segment_time", "10"),
        *("-segment_format", "mp4", "-reset_timestamps", "1"),
        str(folder / "%06d.mp4"),
    ]


def decode_command(url: str) -> list[str]:
    """Return the decoding alone: five pictures a second of one stream to a pipe."""
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"),
        *(*_RTSP, "-i", url),
        *("-map", "0:v", "-vf", f"fps=5,scale={SIZE[0]}:{SIZE[1]}", "-threads", "1"),
        *("-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"),
    ]


def motion_command(url: str, folder: Path, *, big: bool) -> list[str]:
    """Return the command line of `motion`: it detects, and writes and serves nothing.

    Its detector gets five pictures a second, in the stream's own size.
    """
    width, height = (1920, 1080) if big else SIZE
    config = folder / "motion.conf"
    config.write_text(
        _MOTION.format(folder=folder, url=url, width=width, height=height, rate=5)
    )
    return ["motion", "-n", "-c", str(config)]


class Program:
    """A program between `__enter__` and `__exit__`; what it writes is thrown away."""

    def __init__(self, command: Sequence[str], folder: Path, *, pipes: bool) -> None:
        """Prepare; ``pipes``: it has begun when something comes from its pipe."""
        self._command = command
        self._log = folder / f"{command[0]}.log"
        self._folder = folder
        self._pipes = pipes
        self._bytes = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process."""
        if self._process is None or self._process.poll() is not None:
            log = self._log.read_text(errors="replace")[-1500:]
            raise ProgramError(f"{self._command[0]} does not run:\n{log}")
        return self._process.pid

    @property
    def pictures(self) -> int:
        """How many pictures came from its pipe."""
        return self._bytes // (SIZE[0] * SIZE[1] * 3 // 2)

    def __enter__(self) -> Self:
        """Start it, and wait until it works."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        Thread(target=self._read, daemon=True).start()
        deadline = time.monotonic() + _PATIENCE
        while self._pipes and self.pictures < 5:
            if time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise ProgramError(f"{self._command[0]} gives no pictures")
            time.sleep(0.1)
            _ = self.pid
        return self

    def _read(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        while got := len(process.stdout.read1(1 << 20)):  # type: ignore[attr-defined]  # a pipe is buffered
            self._bytes += got

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
