"""The pipeline that most recorders build of `ffmpeg`, as cheap as it gets.

One process a camera: it decodes the sub stream and writes raw pictures to a pipe, 5 a
second, for a detector; and it copies the main stream into segments of 10 s. The
detector behind the pipe is left out: only its reading is done, and not counted.
"""

from pathlib import Path
import shutil
import subprocess
from threading import Thread
import time
from types import TracebackType
from typing import IO, Self, override

from tests.simulator.process import RemoteCamera

FRAMES_A_SECOND = 5
_FRAME = 640 * 360 * 3 // 2


class FfmpegMissingError(Exception):
    """There is no `ffmpeg` program on the machine."""


def ffmpeg_version() -> str | None:
    """Return the program's version, or None where there is no program."""
    if (program := shutil.which("ffmpeg")) is None:
        return None
    answer = subprocess.run([program, "-version"], capture_output=True, check=True)
    return answer.stdout.decode().split("\n", 1)[0].split()[2]


def command(main: str, sub: str, folder: Path) -> list[str]:
    """Return the command line for one camera.

    One decoding thread, since more of them use more CPU time.
    """
    rtsp = ("-rtsp_transport", "tcp", "-timeout", "5000000")
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"),
        *(*rtsp, "-i", sub),
        *(*rtsp, "-i", main),
        *("-map", "0:v", "-vf", f"fps={FRAMES_A_SECOND}", "-threads", "1"),
        *("-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"),
        *("-map", "1:v", "-c", "copy", "-f", "segment", "-segment_time", "10"),
        *("-segment_format", "mp4", "-reset_timestamps", "1"),
        str(folder / "%06d.mp4"),
    ]


class _Reader(Thread):
    """Takes pictures from a pipe, and throws them away."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._pipe = pipe
        self.frames = 0

    @override
    def run(self) -> None:
        while len(self._pipe.read(_FRAME)) == _FRAME:
            self.frames += 1


class Nvr:
    """The pipelines of some cameras, from `start` to `stop`."""

    def __init__(self, cameras: list[RemoteCamera], folder: Path) -> None:
        """Prepare; the segments go below ``folder``."""
        self._cameras = cameras
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._readers: list[_Reader] = []

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [process.pid for process in self._processes]

    @property
    def frames(self) -> list[int]:
        """How many pictures came of each camera."""
        return [reader.frames for reader in self._readers]

    def __enter__(self) -> Self:
        """Start them, and wait until pictures come of each."""
        if shutil.which("ffmpeg") is None:
            raise FfmpegMissingError
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End them."""
        self.stop()

    def _start(self) -> None:
        for number, camera in enumerate(self._cameras):
            folder = self._folder / str(number)
            folder.mkdir()
            with (folder / "ffmpeg.log").open("wb") as log:
                process = subprocess.Popen(
                    command(camera.rtsp_url(), camera.rtsp_url("sub"), folder),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
            self._processes.append(process)
            if process.stdout is None:
                raise RuntimeError("the process has no output")
            reader = _Reader(process.stdout)
            reader.start()
            self._readers.append(reader)
        deadline = time.monotonic() + 60
        while min(self.frames) < FRAMES_A_SECOND:
            if time.monotonic() > deadline:
                logs = sorted(self._folder.glob("*/ffmpeg.log"))
                told = "\n".join(log.read_text(errors="replace") for log in logs)
                raise TimeoutError(f"ffmpeg gives no pictures:\n{told[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End every process."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for reader in self._readers:
            reader.join(2)
        for process in self._processes:
            if process.stdout is not None:
                process.stdout.close()
        self._processes = []
        self._readers = []
