"""How much of a stream is decoded: as little as what happens in it allows.

`rungs` says which state follows which; this is what is done in each. From rest,
anything suspicious wakes: the packets kept since the keyframe before are decoded
after the fact, with the detector put back to what it knew then. So a motion begins
at its first moving picture, however late it was noticed.
"""

import logging
from math import inf
import time
from typing import Final

import av
from av.video.frame import VideoFrame

from .alarm import Alarm
from .cadence import Cadence, is_big
from .decoder import DecodeError, VideoDecoder
from .gops import GopStore
from .masking.cells import hide
from .masking.mask import Mask
from .motion import MotionSettings, grid_of
from .pace import Pace
from .packet import TIME_BASE, Packet, VideoParameters
from .protocol import Zone
from .rungs import Facts, Rung, next_rung
from .sight import Journal, Sight, Told

__all__ = ["Ladder", "Rung"]

_LOGGER = logging.getLogger(__name__)

_REST_INTERVAL: Final = 0.4
"""There are streams of nothing but keyframes."""
_SETTLE: Final = 6.0
"""Seconds in full analysis at the start: the background must be learnt first."""
_RECOGNITION: Final = 3.0
_LONGEST_LATENCY: Final = 20.0
_BACKWARDS: Final = -1.0
_BREAK: Final = 30.0


class Ladder:
    """Finds motion in one stream of packets. Belongs to one thread; others may read.

    Call `set_parameters` before the first packet and whenever they change, then
    `feed` with every packet. Never raises because of what a camera sends. What is
    looked for, and what is told of it, is set at ``sight``, while it goes on.
    ``pace`` may be set by any thread.
    """

    def __init__(
        self,
        mask: Mask,
        settings: MotionSettings | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Start enabled, knowing nothing; ``mask`` is not looked at."""
        self.sight = Sight(settings, journal)
        self._alarm = Alarm()
        self._mask = mask
        self._parameters: VideoParameters | None = None
        self._decoder: VideoDecoder | None = None
        self._rung = Rung.FULL
        self._gops = GopStore()
        self._last_packet: int | None = None
        self._keyframe = -inf
        self._analysed = -inf
        self.pace = Pace.FULL
        self.analysed_frames = 0
        self.cpu_seconds = 0.0

    @property
    def rung(self) -> Rung:
        """The state, for people and for statistics."""
        return self._rung

    @property
    def is_open(self) -> bool:
        """Whether a motion is going on."""
        return self.sight.is_open

    @property
    def gop(self) -> float:
        """The longest recent time between keyframes, in s; 0 while unknown."""
        return self._gops.interval or 0.0

    @property
    def worst_case_latency(self) -> float:
        """Seconds between a motion's first picture and its telling, at most.

        A ring must hold this much beyond the pre-roll, for a clip to start in time.
        """
        cadence = self._cadence
        resting = self.gop if cadence.may_rest else cadence.gap
        latency = resting + _RECOGNITION + self.sight.patience
        return min(latency, _LONGEST_LATENCY)

    @property
    def _is_big(self) -> bool:
        parameters = self._parameters
        return parameters is not None and is_big(parameters.width, parameters.height)

    @property
    def _cadence(self) -> Cadence:
        return Cadence(self.pace, self.gop, self._is_big, self.sight.is_open)

    def set_parameters(self, parameters: VideoParameters) -> list[Told]:
        """Be told of the stream's parameters; another picture starts everything anew."""
        if parameters == self._parameters and self._decoder is not None:
            return []
        before = self._parameters
        if before is None or not before.same_picture(parameters):
            self._parameters = parameters
            told = self._restart()
        else:
            # Another rate or other parameter sets of the same picture.
            told = self.finish()
        if self._decoder is not None:
            self._decoder.close()
        self._parameters = parameters
        try:
            self._decoder = VideoDecoder(
                parameters, fast=True, skip_nonref=self._is_big
            )
            self._decoder.keyframes_only = self._rung is Rung.REST
        except DecodeError as error:
            self._decoder = None
            _LOGGER.warning("No motion detection: %s", error)
        return told

    def set_enabled(self, enabled: bool) -> list[Told]:
        """Switch detection on or off; off ends a motion that is going on."""
        if enabled is (self._rung is not Rung.OFF):
            return []
        told = self._restart()
        self._rung = next_rung(self._rung, Facts(enabled=enabled))
        return told

    def set_zones(self, zones: tuple[Zone, ...], sensitivity: int) -> None:
        """Use other zones from the next picture on; what was learnt stays."""
        self.sight.set_zones(zones, sensitivity)

    def hide(self, mask: Mask) -> list[Told]:
        """See nothing of privacy zones; other ones than before start everything anew."""
        if mask == self._mask:
            return []
        self._mask = mask
        return self._restart()

    def finish(self) -> list[Told]:
        """End a motion that is going on: the stream went away.

        What was learnt stays; what comes next is decoded from its keyframe on.
        """
        if self._decoder is not None:
            self._decoder.flush()
        self._gops.interrupt()
        return self.sight.finish()

    def close(self) -> list[Told]:
        """End what is going on and free the decoder."""
        told = self.finish()
        if self._decoder is not None:
            self._decoder.close()
        self._decoder = None
        return told

    def feed(self, packet: Packet) -> list[Told]:
        """Take the next packet; return what began or ended by it, in order."""
        decoder = self._decoder
        if self._rung is Rung.OFF or packet.is_audio or decoder is None:
            return []
        began = time.thread_time()
        try:
            return self._feed(decoder, packet)
        finally:
            self.cpu_seconds += time.thread_time() - began

    def _feed(self, decoder: VideoDecoder, packet: Packet) -> list[Told]:
        told: list[Told] = []
        if self._last_packet is not None:
            step = (packet.dts - self._last_packet) / TIME_BASE
            if not _BACKWARDS <= step <= _BREAK:
                told += self._restart()
        self._last_packet = packet.dts
        self._gops.add(packet)
        alarm = self._alarm
        loud = alarm.is_loud(packet, moving=self.sight.is_open)
        if packet.is_keyframe:
            self._keyframe = packet.time
        known, stirred = self.sight.state, alarm.stirred
        if self._rung is not Rung.REST:
            if packet.time - self._keyframe >= self._cadence.burst:
                decoder.flush()
            told += self._analyse(decoder.decode(packet))
        elif packet.is_keyframe and packet.time - self._analysed >= _REST_INTERVAL:
            told += self._rest(decoder, packet)
        if self.sight.was_roused():
            alarm.stirred = max(alarm.stirred, packet.time)
        before = self._rung
        self._rung = next_rung(before, self._facts(packet.time, stirred, loud))
        if before is not Rung.REST and self._rung is Rung.REST:
            alarm.settle_down()
        elif before is Rung.REST and self._rung is not Rung.REST:
            if alarm.stirred > stirred:
                # What this keyframe showed is looked at again, in its turn.
                self.sight.state = known
            alarm.wake(packet.time, by_size=loud and alarm.stirred <= stirred)
            told += self._wake(decoder)
        return told

    def _facts(self, now: float, stirred_before: float, loud: bool) -> Facts:
        cadence = self._cadence
        return Facts(
            learnt=self.sight.age >= _SETTLE,
            moving=self.sight.is_open,
            stirring=self._alarm.lasts(now, cadence.gap),
            stirred=self._alarm.stirred > stirred_before,
            loud=loud,
            may_rest=cadence.may_rest,
            rare=self.gop > 0,
            watched=self.sight.is_watched(now),
            starved=self.pace is Pace.KEYFRAMES,
        )

    def _rest(self, decoder: VideoDecoder, packet: Packet) -> list[Told]:
        """Look at a keyframe; one that shows something is not told of but wakes."""
        told: list[Told] = []
        decoder.keyframes_only = True
        starved = self.pace is Pace.KEYFRAMES
        for frame in decoder.decode(packet):
            told += self._look(frame, tell_all=starved)
        return told

    def _wake(self, decoder: VideoDecoder) -> list[Told]:
        """Begin full analysis with the first stored packet not yet analysed."""
        decoder.keyframes_only = False
        decoder.flush()
        self._analysed = -inf
        told: list[Told] = []
        for packet in self._gops.since(self.sight.time):
            told += self._analyse(decoder.decode(packet))
        return told

    def _analyse(self, frames: list[VideoFrame]) -> list[Told]:
        """Look at those pictures whose turn it is."""
        told: list[Told] = []
        for frame in frames:
            in_doubt = self._alarm.in_doubt
            interval = self._cadence.interval(self._rung, in_doubt=in_doubt)
            if (frame.pts or 0) / TIME_BASE - self._analysed >= interval:
                told += self._look(frame, tell_all=True)
        return told

    def _look(self, frame: VideoFrame, *, tell_all: bool) -> list[Told]:
        """Analyse one picture; tell of what is suspicious only if asked to."""
        if frame.pts is None or frame.is_corrupt:
            return []
        moment = frame.pts / TIME_BASE
        if moment <= self.sight.time:
            return []
        self._analysed = moment
        self.analysed_frames += 1
        try:
            grid = grid_of(frame)
        except av.error.FFmpegError, ValueError:
            # A pixel format that cannot be converted.
            return []
        if self._mask:
            hide(grid, self._mask)
        seen = self.sight.glance(grid, moment)
        self._alarm.in_doubt = bool(seen.whole.regions)
        if seen.whole.regions or seen.whole.light is not None:
            self._alarm.stirred = moment
            if not tell_all:
                return []
        if seen.whole.moving:
            self._alarm.seen_moving()
        sure = self.pace is Pace.KEYFRAMES
        return self.sight.tell(seen, self._cadence.gap, sure=sure)

    def _restart(self) -> list[Told]:
        """Forget the stream's past: another picture, clock or will of the user."""
        told = self.sight.forget()
        if self._decoder is not None:
            self._decoder.keyframes_only = False
            self._decoder.flush()
        self._alarm = Alarm(self._parameters)
        if self._rung is not Rung.OFF:
            self._rung = Rung.FULL
        self._gops = GopStore()
        self._last_packet = None
        self._keyframe = self._analysed = -inf
        return told
