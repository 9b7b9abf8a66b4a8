"""A recorder of a camera with privacy zones, and what its clips show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
import time
from typing import Any

import av
from av.video.frame import VideoFrame
import numpy as np
from PIL import Image

from custom_components.hearthcam.engine import clip_veil
from custom_components.hearthcam.engine.clip_order import Hiding
from custom_components.hearthcam.engine.masking.curtain import Curtain
from custom_components.hearthcam.engine.masking.effort import Effort
from custom_components.hearthcam.engine.masking.mask import NOTHING, Mask
from custom_components.hearthcam.engine.masking.shown import ShownPacket
from custom_components.hearthcam.engine.masking.veil import Veil, open_veil
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.protocol import BlockCause, ClipClosed

from .masking.moving import Film, inside, leaked, seen
from .recording import ZERO, Bench


def tireless() -> Effort:
    """Return the effort of a machine that is never too slow, whatever it does."""
    return Effort(64, monotonic=lambda: 0.0, speed=lambda: 100.0)


class HiddenBench(Bench):
    """A recorder fed by hand, whose camera has privacy zones that change."""

    def __init__(self, folder: Path, mask: Mask = NOTHING, **changes: Any) -> None:
        """Hide something from the start on."""
        self.curtain = Curtain(mask)
        self.causes: list[BlockCause] = []
        self.worked = 0
        super().__init__(
            folder,
            hiding=Hiding(self.curtain, tireless(), self.causes.append, self._works),
            **changes,
        )

    def _works(self) -> None:
        self.worked += 1

    def hide(self, mask: Mask) -> None:
        """Hide something else between two packets, as a camera does."""
        newest = self.ring.last_gop()[-1].pts
        self.curtain.set(mask, newest + 1)
        self.recorder.mask_changed()

    def settle(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Wait until the growing clip has taken all that came, or that is enough."""
        deadline = time.monotonic() + 20
        while (writer := self.recorder._clips._writer) is not None and (
            writer._queue or not writer._steps.resting
        ):
            if enough():
                return
            assert time.monotonic() < deadline
            time.sleep(0.001)


type Benches = Callable[..., HiddenBench]
"""Makes recorders with a mask and with changes of their configuration."""


@contextmanager
def benches(folder: Path, mask: Mask, film: Film) -> Iterator[Benches]:
    """Yield how to make recorders that know their stream, unless told another one."""
    made: list[HiddenBench] = []

    def make(mask: Mask = mask, film: Film = film, **changes: Any) -> HiddenBench:
        one = HiddenBench(folder, mask, **changes)
        made.append(one)
        one.recorder.parameters(film[0], None)
        return one

    yield make
    for one in made:
        one.close()


def pictures(path: str | Path) -> list[VideoFrame]:
    """Return all pictures of a file."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def leaks(path: str | Path, mask: Mask) -> int:
    """Return how many pixels of a file show what is to be hidden; it shows the rest."""
    found = pictures(path)
    assert found
    assert all(seen(frame) for frame in found)
    return sum(leaked(frame, mask) for frame in found)


def leaky(clip: ClipClosed, mask: Mask) -> list[float]:
    """Return the times (s of the stream) of pictures that show what a mask hides."""
    return [
        round(clip.start - ZERO + float(frame.time or 0), 3)
        for frame in pictures(clip.path)
        if leaked(frame, mask)
    ]


def is_black(picture: str | Path, mask: Mask) -> bool:
    """Tell whether a JPEG is dark wherever a mask hides it, and bright elsewhere."""
    with Image.open(picture) as image:
        luma = np.array(image.convert("L")).astype(int)
    height, width = luma.shape
    hidden = np.zeros(luma.shape, bool)
    for polygon in mask.polygons:
        hidden |= inside(polygon, width, height)
    assert hidden.any()
    # What JPEG makes of an edge is no picture.
    return int(luma[hidden].max()) < 60 and int(luma.max()) > 150


class SlowVeil:
    """A veil that takes as long as it is told to, or fails."""

    def __init__(self, veil: Veil, before: Callable[[Packet], None]) -> None:
        """Call something before each packet."""
        self._veil = veil
        self._before = before

    @property
    def video(self) -> VideoParameters:
        """Return what the pictures are."""
        return self._veil.video

    def show(self, packet: Packet) -> list[ShownPacket]:
        """Return what may be shown by now."""
        self._before(packet)
        return self._veil.show(packet)

    def finish(self) -> list[ShownPacket]:
        """Return what was held back."""
        return self._veil.finish()

    def lag(self, seconds: float, full: float = 0.0) -> None:
        """Pass it on."""
        self._veil.lag(seconds, full)

    def close(self) -> None:
        """Free it."""
        self._veil.close()


def slow_veils(monkeypatch: Any, before: Callable[[Packet], None]) -> None:
    """Have something called before each packet that a masked clip's veil takes."""

    def opened(video: VideoParameters, mask: Mask, **options: Any) -> Veil:
        veil = open_veil(video, mask, **options)
        return SlowVeil(veil, before) if mask else veil

    monkeypatch.setattr(clip_veil, "open_veil", opened)


class Gate:
    """Lets packets through until it is shut."""

    def __init__(self) -> None:
        """Begin open."""
        self.open, self.met = Event(), Event()
        self.open.set()

    def __call__(self, _packet: Packet) -> None:
        """Wait while it is shut."""
        if not self.open.is_set():
            self.met.set()
            assert self.open.wait(30)
