"""`start`: how soon there is a picture, and how soon after the engine was killed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import statistics
import tempfile
import time
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import av

from .cameras import GOP, Picture, start_cameras
from .home_process import Home

_CAMERAS = 4
_PATIENCE = 30.0
_QUICK_RTSP = {"rtsp_transport": "tcp", "fpsprobesize": "0", "probesize": "32"}
"""As quick as FFmpeg opens RTSP: the first packet is all that it looks at."""
_UNLIKE = 0.618
"""Part of a GOP by which attempts are moved: they shall not all wait as long."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that something took, several times."""

    what: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def longest(self) -> float:
        """The longest one."""
        return max(self.seconds)


def measure(repeats: int) -> list[Timing]:
    """Measure all of it on four cameras at rest; blocks meanwhile."""
    with (
        start_cameras(Picture.REST, _CAMERAS) as simulator,
        tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as folder,
        Home(Path(folder), patient=True) as home,
    ):
        home.add(simulator.cameras)
        home.wait_for_rung("rest", _CAMERAS)
        described = home.describe()
        # Each round asks another camera: what one round leaves warm is not measured.
        live: list[str] = described["live"]
        rtsp = [camera.rtsp_url() for camera in simulator.cameras]
        still: list[str] = described["still"]
        found = [
            _repeat(
                "live through the engine: request to first decoded picture",
                repeats,
                lambda i: _first_picture(live[i % _CAMERAS], {}),
            ),
            _repeat(
                "the camera's own RTSP by PyAV, TCP, else its defaults",
                repeats,
                lambda i: _first_picture(rtsp[i % _CAMERAS], {"rtsp_transport": "tcp"}),
                pause=GOP,
            ),
            _repeat(
                "the camera's own RTSP by PyAV, without probing",
                repeats,
                lambda i: _first_picture(rtsp[i % _CAMERAS], _QUICK_RTSP),
                pause=GOP,
            ),
            # Another width each time, or the engine would have the picture ready.
            _repeat(
                "still of the last keyframe, about 640 wide",
                repeats,
                lambda i: _get(f"{still[i % _CAMERAS]}&width={640 + 2 * i}"),
            ),
            _repeat(
                "the same again (kept by the engine)",
                repeats,
                lambda i: _get(f"{still[0]}&width=600", warm=True),
            ),
            _repeat(
                "still of the very last frame, about 640 wide",
                repeats,
                lambda i: _get(f"{still[i % _CAMERAS]}&width={640 + 2 * i}&fresh=1"),
            ),
            _repeat(
                "still of the last keyframe, 1920 wide",
                repeats,
                lambda i: _get(f"{still[i % _CAMERAS]}&width={1920 + i}"),
            ),
        ]
        kills = []
        for number in range(max(2, repeats // 2)):
            time.sleep(number * _UNLIKE % 1.0 * GOP)
            kills.append(_kill(home, live))
        for name, column in zip(_AFTER_A_KILL, zip(*kills, strict=True), strict=True):
            found.append(Timing(name, column))
        return found


def _repeat(
    what: str, repeats: int, once: Callable[[int], float], *, pause: float = 0.0
) -> Timing:
    """Do it some times; with ``pause`` at any phase of something that long."""
    seconds = []
    for number in range(repeats):
        time.sleep(number * _UNLIKE % 1.0 * pause)
        seconds.append(once(number))
    return Timing(what, tuple(seconds))


def _first_picture(url: str, options: dict[str, str]) -> float:
    began = time.perf_counter()
    with av.open(url, options=options, timeout=20) as container:
        container.streams.video[0].thread_count = 1
        next(container.decode(video=0))
        return time.perf_counter() - began


def _get(url: str, *, warm: bool = False) -> float:
    if warm:
        urlopen(url, timeout=10).close()
    began = time.perf_counter()
    with urlopen(url, timeout=10) as answer:
        answer.read()
    return time.perf_counter() - began


_AFTER_A_KILL = (
    "kill -9 of the engine to its successor's first report",
    "… to all streams open again",
    "… to the first camera's packets for a viewer",
    "… to every camera's packets for a viewer",
)


def _kill(home: Home, live: list[str]) -> tuple[float, ...]:
    """Kill the engine; return when its successor did what `_AFTER_A_KILL` says.

    The last two wait for a keyframe, which this simulator sends when its turn is.
    """
    before: dict[str, Any] = home.describe()
    began = time.perf_counter()
    os.kill(before["pid"], signal.SIGKILL)

    def wait_for_packets(url: str) -> float:
        while not _sends(url) and time.perf_counter() - began < _PATIENCE:
            time.sleep(0.01)
        return time.perf_counter() - began

    with ThreadPoolExecutor(len(live)) as viewers:
        packets = [viewers.submit(wait_for_packets, url) for url in live]
        ready = 0.0
        while True:
            told, now = home.describe(), time.perf_counter() - began
            if told["pid"] not in (None, before["pid"]):
                ready = ready or now
                if told["online"] == len(live):
                    break
            if now > _PATIENCE:
                raise TimeoutError("the engine does not come back")
            time.sleep(0.01)
        came = [packet.result() for packet in packets]
    return ready, now, min(came), max(came)


def _sends(url: str) -> bool:
    """Tell whether a live URL gives packets right now."""
    with suppress(URLError, TimeoutError), urlopen(url, timeout=5) as answer:
        return bool(answer.read(188))
    return False
