"""`privacy`: what masking costs, beside `ffmpeg` with drawbox and libx264.

Both read the same file, paint the same rectangle and encode with the same preset, rate
factor and keyframes, one after the other, each in one thread. Ours is what the engine
does for a viewer or a clip once packets are there: `open_veil` and `Muxer`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import takewhile
from pathlib import Path
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import av

from custom_components.hearthcam.engine.film import open_film
from custom_components.hearthcam.engine.masking.mask import Mask
from custom_components.hearthcam.engine.packet import TIME_BASE, Packet
from custom_components.hearthcam.engine.parts import PrivacyZone
from custom_components.hearthcam.engine.protocol import (
    ConfigureCamera,
    Mode,
    StreamSource,
)
from tests.engine.process import EngineProcess
from tests.simulator.encode import Encoding, default_cache, encode_file

from .cameras import GOP, Picture, start_cameras, video_of
from .measure import Usage, watch_windows
from .privacy_work import ZONE, Kind, mask, peer, pictures_of

PRESETS = ("ultrafast", "superfast", "veryfast")
SECONDS = 20.0
"""Of video: a usual clip."""
_SETTLED = 4.0


class Size(StrEnum):
    """Which stream is masked."""

    MAIN = "1080p15"
    SUB = "360p10"


@dataclass(frozen=True, slots=True)
class Run:
    """One of some rounds: CPU in ms a second of video, and bits."""

    cpu: float
    bitrate: float


@dataclass(frozen=True, slots=True)
class Cost:
    """One size, kind and preset: ours and theirs, round by round."""

    size: Size
    kind: Kind
    preset: str
    ours: tuple[Run, ...]
    theirs: tuple[Run, ...]
    sound: bool
    """Whether both gave every picture, with a black zone."""

    @property
    def engine(self) -> float:
        """Our CPU."""
        return statistics.median(run.cpu for run in self.ours)

    @property
    def ffmpeg(self) -> float | None:
        """Theirs."""
        return (
            statistics.median(run.cpu for run in self.theirs) if self.theirs else None
        )

    @property
    def ratio(self) -> float | None:
        """Ours by theirs, of the same round."""
        if not self.theirs:
            return None
        return statistics.median(
            one.cpu / other.cpu
            for one, other in zip(self.ours, self.theirs, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Privacy:
    """All that was measured; ``painting`` is in ms a picture, by size."""

    costs: tuple[Cost, ...]
    painting: dict[Size, float]
    idle_without: Usage
    """A camera that nobody watches, without a zone ("engine")."""
    idle_with: Usage
    """And with one."""
    seconds: float


def measure(
    *, seconds: float, rounds: int, windows: int, window: float, with_ffmpeg: bool
) -> Privacy:
    """Measure all of it; blocks."""
    costs = []
    painting = {}
    with tempfile.TemporaryDirectory(prefix="hearthcam-bench-") as name:
        folder = Path(name)
        for size in Size:
            source = _cut(_source(size), folder / f"{size}.mp4", seconds)
            painting[size] = _painting(source)
            for kind in Kind:
                for preset in PRESETS:
                    cost = _cost(
                        source, folder, size, kind, preset, rounds, with_ffmpeg
                    )
                    costs.append(cost)
                    print(
                        f"{size}, {kind}, {preset}: {cost.engine:.0f} ms",
                        file=sys.stderr,
                        flush=True,
                    )
        without, masked = _idle(folder, window, windows)
    return Privacy(tuple(costs), painting, without, masked, seconds)


def _source(size: Size) -> Path:
    """Return a file of what cameras send; blocks."""
    main = video_of(Picture.BUSY)
    if size is Size.MAIN:
        return main
    encoding = Encoding("h264", 640, 360, 10.0, GOP, 500_000)
    return encode_file(main, encoding, default_cache())


def _cut(source: Path, target: Path, seconds: float) -> Path:
    """Copy the first seconds of a file."""
    with av.open(str(source)) as reading, av.open(str(target), "w") as writing:
        stream = reading.streams.video[0]
        copy = writing.add_stream_from_template(stream)
        for packet in reading.demux(stream):
            if packet.pts is not None and packet.pts * packet.time_base < seconds:
                packet.stream = copy
                writing.mux(packet)
    return target


def _cost(
    source: Path,
    folder: Path,
    size: Size,
    kind: Kind,
    preset: str,
    rounds: int,
    with_ffmpeg: bool,
) -> Cost:
    ours, theirs = [], []
    made = folder / f"ours.{_SUFFIX[kind]}", folder / f"theirs.{_SUFFIX[kind]}"
    for _ in range(rounds):
        ours.append(_run(source, made[0], partial(mask, source, made[0], kind, preset)))
        if with_ffmpeg:
            call = partial(
                subprocess.run, peer(source, made[1], kind, preset), check=True
            )
            theirs.append(_run(source, made[1], call))
    wanted = len(list(_packets(source)))
    sound = all(pictures_of(path) == (wanted, True) for path in made[: 1 + with_ffmpeg])
    return Cost(size, kind, preset, tuple(ours), tuple(theirs), sound)


_SUFFIX = {Kind.LIVE: "ts", Kind.CLIP: "mp4"}


def _run(source: Path, target: Path, work: Callable[[], object]) -> Run:
    began = _cpu()
    work()
    used = _cpu() - began
    seconds = sum(packet.duration for packet in _packets(source)) / TIME_BASE
    return Run(used * 1000 / seconds, target.stat().st_size * 8 / seconds)


def _cpu() -> float:
    """Return the CPU seconds of this process and those that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _packets(source: Path) -> Iterator[Packet]:
    with open_film(source) as film:
        yield from film.packets()


def _painting(source: Path) -> float:
    """Return what painting takes of a picture that the decoder still needs, in ms."""
    mask = Mask((ZONE,))
    times: list[float] = []
    with av.open(str(source)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in takewhile(lambda _: len(times) < 100, container.decode(video=0)):
            began = time.thread_time()
            mask.paint(frame)
            times.append(time.thread_time() - began)
    return statistics.median(times) * 1000


def _idle(folder: Path, window: float, windows: int) -> tuple[Usage, Usage]:
    """Return what an engine uses for a camera at rest, without and with a zone."""
    found = []
    with start_cameras(Picture.REST, 1) as simulator:
        camera = simulator.cameras[0]
        for zones in ((), (PrivacyZone("zone", ZONE),)):
            with EngineProcess(log_level="warning") as engine:
                engine.send(
                    ConfigureCamera(
                        camera.name,
                        camera.name,
                        str(folder / "media"),
                        StreamSource(camera.rtsp_url()),
                        StreamSource(camera.rtsp_url("sub")),
                        mode=Mode.DETECT,
                        privacy=zones,
                        blocked=None,
                        shut=False,
                    )
                )
                time.sleep(_SETTLED)
                found.append(
                    watch_windows({"engine": [engine.process.pid]}, window, windows)
                )
    return found[0], found[1]
