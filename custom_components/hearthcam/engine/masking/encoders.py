"""Which encoder is used: hardware that has proven itself, else libx264."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
import logging
from pathlib import Path
from threading import Lock, Thread
import time
from typing import Final

import av

from ..parts import BlockCause
from .coding import SOFTWARE, FFmpegEncoder, Opener, PictureEncoder, Settings
from .mask import MaskError
from .proof import prove

_LOGGER = logging.getLogger(__name__)

type Prover = Callable[[Opener, Settings], bool]

PATIENCE: Final = 5.0
"""Seconds that a proof may take, or one picture at work."""

_HARDWARE: Final = {
    "h264_nvenc": "/dev/nvidia0",
    "h264_qsv": "/dev/dri",
    "h264_vaapi": "/dev/dri",
    "h264_amf": "/dev/dri",
    "h264_v4l2m2m": "/dev/video11",
    "h264_videotoolbox": "/System/Library/Frameworks/VideoToolbox.framework",
}
"""FFmpeg's hardware encoders, and the device without which there is no use in trying."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of encoder by its name, and how one is opened."""

    name: str
    open: Opener


def _kind(name: str) -> Kind:
    return Kind(name, lambda settings: FFmpegEncoder(name, settings))


@dataclass(slots=True)
class _Trial:
    """One proof, in a thread that may hang in a driver for ever."""

    thread: Thread | None = None
    passed: bool = field(default=False)


class Encoders:
    """The encoders of this process; thread-safe. The engine shares one object.

    A hardware encoder is used once it has proven itself for a size; that is tried once
    in the object's life, aside: whoever wants an encoder meanwhile gets libx264.
    """

    def __init__(
        self,
        hardware: Sequence[Kind] = (),
        software: Kind | None = None,
        *,
        prove: Prover = prove,
        patience: float = PATIENCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what there may be, the best first."""
        self._hardware = hardware
        self._software = software
        self._prove = prove
        self._patience = patience
        self._trials: dict[tuple[str, int, int], _Trial] = {}
        self._lock = Lock()
        self._monotonic = monotonic
        self._distrusted: set[str] = set()
        # Calls that have not come back: of what encoder, and since when.
        self._working: dict[object, tuple[str, float]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What there is, the best first; hardware may not have proven itself yet."""
        kinds = [*self._hardware, *([self._software] if self._software else [])]
        return tuple(kind.name for kind in kinds)

    def open(self, settings: Settings) -> PictureEncoder:
        """Return an encoder for these settings. Raises MaskError (NO_ENCODER)."""
        self.distrust_hung()
        for kind in self._hardware:
            if self._is_proven(kind, settings):
                try:
                    with self.at_work(kind.name):
                        return kind.open(settings)
                except Exception as error:  # noqa: BLE001 - drivers raise anything
                    # Such hardware may serve few streams at a time.
                    _LOGGER.debug("%s: %s", kind.name, type(error).__name__)
        if self._software is None:
            raise MaskError("no encoder", BlockCause.NO_ENCODER)
        try:
            return self._software.open(settings)
        except Exception as error:
            raise MaskError(type(error).__name__, BlockCause.NO_ENCODER) from error

    @contextmanager
    def at_work(self, name: str) -> Iterator[None]:
        """Have it noticed if an encoder does not come back within patience."""
        call = object()
        self._working[call] = name, self._monotonic()
        try:
            yield
        finally:
            del self._working[call]

    def distrust_hung(self) -> bool:
        """Use no more what does not come back; True where hardware does not."""
        now = self._monotonic()
        hung = {
            name
            for name, since in tuple(self._working.values())
            if now - since > self._patience
        }
        for name in hung:
            self.distrust(name)
        return any(kind.name in hung for kind in self._hardware)

    def distrust(self, name: str) -> None:
        """Use a kind of hardware no more, for it failed at work."""
        with self._lock:
            if name in self._distrusted:
                return
            self._distrusted.add(name)
        _LOGGER.info("Encoder %s failed at work", name)

    def settle(self) -> None:
        """Wait until all proofs are over, or their time is."""
        with self._lock:
            threads = [one.thread for one in self._trials.values()]
        for thread in filter(None, threads):
            thread.join(self._patience)

    def _is_proven(self, kind: Kind, settings: Settings) -> bool:
        key = kind.name, settings.width, settings.height
        with self._lock:
            if kind.name in self._distrusted:
                return False
            trial = self._trials.get(key)
            if trial is None:
                trial = self._trials[key] = _Trial()
                trial.thread = Thread(
                    target=self._try,
                    args=(kind, settings, trial),
                    name=f"trial of {kind.name}",
                    daemon=True,
                )
                trial.thread.start()
                if self._software is not None:
                    return False
        if self._software is None and trial.thread is not None:
            trial.thread.join(self._patience)
        return trial.passed

    def _try(self, kind: Kind, settings: Settings, trial: _Trial) -> None:
        try:
            passed = self._prove(
                kind.open, Settings(settings.width, settings.height, settings.fps)
            )
        except Exception as error:  # noqa: BLE001 - drivers raise anything
            _LOGGER.debug("%s: %s", kind.name, type(error).__name__)
            passed = False
        _LOGGER.info(
            "Encoder %s %s for %dx%d",
            kind.name,
            "works" if passed else "does not work",
            settings.width,
            settings.height,
        )
        trial.passed = passed


def available() -> Encoders:
    """Return what this machine may have."""
    hardware = [
        _kind(name)
        for name, device in _HARDWARE.items()
        if name in av.codecs_available and Path(device).exists()
    ]
    software = _kind(SOFTWARE) if SOFTWARE in av.codecs_available else None
    return Encoders(hardware, software)
