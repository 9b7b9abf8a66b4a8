"""A recorder fed by hand, and what its clips hold."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import threading
from threading import Condition
from typing import Any

import av

from custom_components.hearthcam.engine.clip import ClipWriter
from custom_components.hearthcam.engine.clip_order import (
    ClipFailure,
    ClipOrder,
    ClipResult,
    Hiding,
)
from custom_components.hearthcam.engine.masking.effort import Effort
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.packet import (
    TIME_BASE,
    AudioParameters,
    Packet,
    VideoParameters,
)
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ClipClosed,
    ConfigureCamera,
    Report,
    StoragePlace,
    StreamSource,
)
from custom_components.hearthcam.engine.recorder import Recorder
from custom_components.hearthcam.engine.recover import recover_file
from custom_components.hearthcam.engine.repairs import Repairs
from custom_components.hearthcam.engine.ring import Ring
from custom_components.hearthcam.engine.session import Reason
from custom_components.hearthcam.engine.storage import Place, Stores
from custom_components.hearthcam.library.tag import ClipTag
from tests.unhidden import UNHIDDEN, hiding_nothing

from .samples import START

ZERO = START / TIME_BASE


class Bench:
    """A recorder with a ring, fed by hand; its clips are awaited, not slept for."""

    def __init__(
        self,
        folder: Path,
        *,
        stores: Stores | None = None,
        hiding: Hiding | None = None,
        **changes: Any,
    ) -> None:
        """Make a recorder that writes below a folder."""
        self.reports: list[Report] = []
        self._changed = Condition()
        config = ConfigureCamera(
            camera_id="test",
            name="Test",
            directory=str(folder / "media" / "test"),
            main=StreamSource("rtsp://127.0.0.1/"),
            pre_roll=2.0,
            post_roll=1.0,
            # Of the disk there is nothing to learn here, and it is slow.
            sync=False,
            **UNHIDDEN,
        )
        self.config = replace(config, **changes)
        self.ring = Ring(30)
        self.stores = stores or Stores()
        self.repairs = Repairs(self.report)
        self.recorder = Recorder(
            self.config,
            self.ring,
            self.report,
            hiding or hiding_nothing(),
            self.stores,
            self.repairs.add,
        )

    def report(self, report: Report) -> None:
        """Take a report, from any thread."""
        with self._changed:
            self.reports.append(report)
            self._changed.notify_all()

    def begin(self, event_id: str, start: float, **known: Any) -> None:
        """Let an event begin."""
        self.recorder.begin(Reason(event_id, "motion", start, 0.5, **known))

    def feed(self, packets: list[Packet] | tuple[Packet, ...]) -> None:
        """Let packets come, as from a stream."""
        for packet in packets:
            self.ring.append(packet)
            self.recorder.packet(packet)

    def of[R](self, kind: type[R]) -> list[R]:
        """Return the reports of a kind."""
        return [report for report in self.reports if isinstance(report, kind)]

    def wait_for[R](self, kind: type[R], count: int = 1) -> R:
        """Return the newest report of a kind once there are so many."""
        self.wait_until(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[-1]

    def wait_until(self, condition: Callable[[], bool], timeout: float = 20.0) -> None:
        """Wait until reports fulfil a condition."""
        with self._changed:
            came = self._changed.wait_for(condition, timeout)
            assert came, f"told: {self.reports}"

    def closed(self) -> list[ClipClosed]:
        """Finish, and return the whole clips in the order of time."""
        self.recorder.close(20.0)
        self.repairs.close(20.0)
        self.stores.close()
        return sorted(self.of(ClipClosed), key=lambda clip: clip.start)

    def close(self) -> None:
        """End every thread."""
        self.closed()
        for thread in threading.enumerate():
            if thread.name.startswith(("storage", "clip ")):
                thread.join(20.0)

    def repaired(self, folder: Path) -> list[ClipClosed]:
        """Repair what was left below a folder; return those clips."""
        parts = sorted(folder.rglob("*.mp4.part"))
        return [clip for part in parts if (clip := recover_file(part)) is not None]


def times(clip: ClipClosed) -> list[float]:
    """Return when each decoded frame was, in seconds after the stream's start."""
    with av.open(clip.path) as container:
        frames = list(container.decode(video=0))
    return [round(clip.start - ZERO + float(frame.time or 0), 3) for frame in frames]


def shown_at(path: str) -> list[float]:
    """Return when each picture of a file is shown, in seconds and the file's order."""
    with av.open(path) as container:
        return [
            float(packet.pts * packet.time_base)
            for packet in container.demux(video=0)
            if packet.pts is not None
        ]


def moments(clip: ClipClosed) -> list[int]:
    """Return when each picture of a clip is shown, in tenths of s of the stream."""
    return sorted(round((clip.start - ZERO + at) * 10) for at in shown_at(clip.path))


def tenths(first: float, last: float) -> list[float]:
    """Return the times of all frames of a stretch."""
    return [tenth / 10 for tenth in range(round(first * 10), round(last * 10) + 1)]


class Alone:
    """The owner of one clip that nobody else cares for."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.result: ClipResult | ClipFailure | None = None
        self.opened = False

    def clip_opened(self, writer: ClipWriter) -> None:
        """Note that it was opened."""
        self.opened = True

    def clip_masked(self, writer: ClipWriter) -> None:
        """Expect no less."""

    def clip_blocked(self, writer: ClipWriter, cause: BlockCause) -> None:
        """Have nobody to tell."""

    def clip_tag(self, writer: ClipWriter) -> ClipTag:
        """Return what was known at the start."""
        return writer.order.tag

    def clip_done(self, writer: ClipWriter, result: ClipResult | ClipFailure) -> None:
        """Keep the result."""
        self.result = result


def writer_of(
    path: Path,
    video: VideoParameters,
    packets: list[Packet],
    *,
    audio: AudioParameters | None = None,
    tag: ClipTag | None = None,
) -> ClipWriter:
    """Start writing one clip ``<root>/<camera>/<day>/<clip>.mp4``."""
    camera = path.parent.parent
    folder = Stores().folder(camera.parent)
    start = packets[0].time
    order = ClipOrder(
        tag=tag or ClipTag(camera.name, "CLIP0001", "EVENT001", start, start),
        place=Place(StoragePlace.MEDIA, camera, folder),
        path=path,
        video=video,
        audio=audio,
        mask=NOTHING,
        hidden=lambda: NOTHING,
        effort=Effort(),
        sync=False,
    )
    writer = ClipWriter(order, packets, Alone())
    writer.begin()
    return writer
