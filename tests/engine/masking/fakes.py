"""Hardware encoders as they may be; really it is libx264."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import override

from av.video.frame import VideoFrame
import numpy as np

from custom_components.hearthcam.engine.masking.coding import (
    SOFTWARE,
    Encoded,
    FFmpegEncoder,
    PictureEncoder,
    Settings,
)
from custom_components.hearthcam.engine.masking.encoders import Encoders, Kind
from custom_components.hearthcam.engine.masking.shown import ShownFrame


class Honest:
    """Does what it should."""

    name = "fake"

    def __init__(self, settings: Settings) -> None:
        """Open it."""
        self._encoder = FFmpegEncoder(SOFTWARE, settings)

    @property
    def extradata(self) -> bytes:
        """The parameter sets."""
        return self._encoder.extradata

    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        """Encode."""
        return self._encoder.encode(shown, number, keyframe=keyframe)

    def finish(self) -> list[Encoded]:
        """Return the rest."""
        return self._encoder.finish()


class Late(Honest):
    """Holds two pictures back."""

    def __init__(self, settings: Settings) -> None:
        """Open it."""
        super().__init__(settings)
        self._held: list[Encoded] = []

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        self._held += super().encode(shown, number, keyframe=keyframe)
        done, self._held = self._held[:-2], self._held[-2:]
        return done

    @override
    def finish(self) -> list[Encoded]:
        return self._held + super().finish()


class Hangs(Honest):
    """Does not come back from its third picture before it is told to."""

    released = Event()

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        if number == 2:
            self.released.wait(60)
        return super().encode(shown, number, keyframe=keyframe)


class Lies(Honest):
    """Gives a grey picture whatever it gets."""

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        width, height = shown.picture.width, shown.picture.height
        grey = VideoFrame.from_ndarray(
            np.full((height * 3 // 2, width), 128, np.uint8), "yuv420p"
        )
        return super().encode(ShownFrame(grey), number, keyframe=keyframe)


class Loses(Honest):
    """Loses a picture."""

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        coded = super().encode(shown, number, keyframe=keyframe)
        return [] if number == 5 else coded


class Swaps(Honest):
    """Tells the wrong numbers."""

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        coded = super().encode(shown, number, keyframe=keyframe)
        return [replace(one, number=one.number ^ 1) for one in coded]


class Stubborn(Honest):
    """Makes no keyframes but the first."""

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        return super().encode(shown, number, keyframe=keyframe and number == 0)


class Breaks(Honest):
    """Passes every trial and fails at work."""

    @override
    def encode(
        self, shown: ShownFrame, number: int, *, keyframe: bool
    ) -> list[Encoded]:
        if number == 13:
            raise OSError("the device is gone")
        return super().encode(shown, number, keyframe=keyframe)


class Absent(Honest):
    """Cannot be opened."""

    def __init__(self, settings: Settings) -> None:
        """Raise."""
        raise OSError("no such device")


class Shop:
    """Opens encoders of one kind and remembers how many; only so many at a time."""

    def __init__(
        self, kind: Callable[[Settings], PictureEncoder], most: int = 1000
    ) -> None:
        """Sell that kind."""
        self._kind = kind
        self._most = most
        self.sold = 0

    def open(self, settings: Settings) -> PictureEncoder:
        """Return one."""
        if self.sold >= self._most:
            raise OSError("all are in use")
        self.sold += 1
        return self._kind(settings)


def software(settings: Settings) -> PictureEncoder:
    """Return libx264."""
    return FFmpegEncoder(SOFTWARE, settings)


def choice(
    shop: Shop, *, with_software: bool = True, patience: float = 30.0
) -> Encoders:
    """Return encoders with that hardware."""
    return Encoders(
        [Kind("fake", shop.open)],
        Kind(SOFTWARE, software) if with_software else None,
        patience=patience,
    )
