"""How much of a stream is decoded: as little as what happens in it allows.

Rungs, from cheap to dear: `Rung.OFF` decodes nothing; `Rung.REST` decodes keyframes
only and watches the compressed sizes of the others; `Rung.WATCH` decodes everything
but analyses at half the rate, where keyframes are too rare to rest on; `Rung.FULL`
decodes everything and analyses about five pictures a second.

From rest, anything suspicious wakes: the packets kept since the keyframe before are
decoded after the fact, with the detector put back to what it knew then. So a motion
begins at its first moving picture, however late it was noticed.
"""

from enum import StrEnum
import logging
import time
from typing import Final

import av
from av.video.frame import VideoFrame

from .decoder import DecodeError, VideoDecoder
from .gops import GopStore
from .motion import (
    DetectorState,
    EventTracker,
    MotionEvent,
    MotionSettings,
    detect,
    grid_of,
)
from .packet import TIME_BASE, Packet, VideoParameters
from .wake import SizeWatch

_LOGGER = logging.getLogger(__name__)

_FULL_INTERVAL: Final = 0.2
_WATCH_INTERVAL: Final = 0.4
_TOLERANCE: Final = 0.25
"""Share of an interval by which a picture may come early and still be analysed."""
_LONG_GOP: Final = 4.0
_BIG_PICTURE: Final = 1_000_000
_SETTLE: Final = 6.0
"""Seconds in full analysis at the start: the background must be learnt first."""
_CALM: Final = 3.0
_RECOGNITION: Final = 3.0
_LONGEST_LATENCY: Final = 20.0
_BACKWARDS: Final = -1.0
_BREAK: Final = 30.0


class Rung(StrEnum):
    """The ladder's states."""

    OFF = "off"
    REST = "rest"
    WATCH = "watch"
    FULL = "full"


class Ladder:
    """Finds motion in one stream of packets. Belongs to one thread; others may read.

    Call `set_parameters` before the first packet and whenever they change, then
    `feed` with every packet. Never raises because of what a camera sends.
    """

    def __init__(self, settings: MotionSettings | None = None) -> None:
        """Start enabled, knowing nothing."""
        self._settings = settings or MotionSettings()
        self._events = EventTracker(self._settings.hold)
        self._sizes = SizeWatch()
        self._parameters: VideoParameters | None = None
        self._decoder: VideoDecoder | None = None
        self._state: DetectorState | None = None
        self._rung = Rung.FULL
        self._enabled = True
        self._gops = GopStore()
        self._last_packet: int | None = None
        self._analysed = float("-inf")
        self._stirred = float("-inf")
        self._woken_by_size = False
        self.analysed_frames = 0
        self.cpu_seconds = 0.0

    @property
    def rung(self) -> Rung:
        """The state, for people and for statistics."""
        return self._rung if self._enabled else Rung.OFF

    @property
    def gop(self) -> float:
        """The longest recent time between keyframes, in s; 0 while unknown."""
        return self._gops.interval or 0.0

    @property
    def decode_errors(self) -> int:
        """Packets and pictures that were broken, since the parameters were set."""
        return self._decoder.errors if self._decoder else 0

    @property
    def worst_case_latency(self) -> float:
        """Seconds between a motion's first picture and its `MotionBegan`, at most.

        A ring must hold this much beyond the pre-roll, for a clip to start in time.
        """
        resting = self.gop if self._may_rest else 0.0
        return min(resting + _RECOGNITION, _LONGEST_LATENCY)

    @property
    def _may_rest(self) -> bool:
        """Whether keyframes are enough while nothing happens.

        With long GOPs they are not: someone can come and go between two of them. A
        small picture is then decoded throughout. Decoding a big one throughout would
        cost a tenth of a core, so it rests all the same, woken by sizes, and may be
        noticed as late as the next keyframe.
        """
        parameters = self._parameters
        big = parameters is not None and _is_big(parameters)
        return self.gop > 0 and (big or self.gop <= _LONG_GOP)

    def set_parameters(self, parameters: VideoParameters) -> list[MotionEvent]:
        """Be told of the stream's parameters; changed ones start everything anew."""
        if parameters == self._parameters and self._decoder is not None:
            return []
        events = self._restart()
        if self._decoder is not None:
            self._decoder.close()
        self._parameters = parameters
        try:
            self._decoder = VideoDecoder(
                parameters, fast=True, skip_nonref=_is_big(parameters)
            )
        except DecodeError as error:
            self._decoder = None
            _LOGGER.warning("No motion detection: %s", error)
        return events

    def set_enabled(self, enabled: bool) -> list[MotionEvent]:
        """Switch detection on or off; off ends a motion that is going on."""
        if enabled == self._enabled:
            return []
        self._enabled = enabled
        return self._restart()

    def set_settings(self, settings: MotionSettings) -> None:
        """Use other settings from the next picture on; what was learnt stays."""
        self._settings = settings
        self._events.hold = settings.hold

    def finish(self) -> list[MotionEvent]:
        """End a motion that is going on: the stream went away.

        What was learnt stays; what comes next is decoded from its keyframe on.
        """
        if self._decoder is not None:
            self._decoder.flush()
        self._gops.interrupt()
        return self._events.finish()

    def close(self) -> list[MotionEvent]:
        """End what is going on and free the decoder."""
        events = self.finish()
        if self._decoder is not None:
            self._decoder.close()
        self._decoder = None
        return events

    def feed(self, packet: Packet) -> list[MotionEvent]:
        """Take the next packet; return what began or ended by it, in order."""
        decoder = self._decoder
        if not self._enabled or packet.is_audio or decoder is None:
            return []
        began = time.thread_time()
        try:
            return self._feed(decoder, packet)
        finally:
            self.cpu_seconds += time.thread_time() - began

    def _feed(self, decoder: VideoDecoder, packet: Packet) -> list[MotionEvent]:
        events: list[MotionEvent] = []
        if self._last_packet is not None:
            step = (packet.dts - self._last_packet) / TIME_BASE
            if not _BACKWARDS <= step <= _BREAK:
                events += self._restart()
        self._last_packet = packet.dts
        self._gops.add(packet)
        loud = self._sizes.feed(packet)
        if self._rung is not Rung.REST:
            events += self._analyse(decoder.decode(packet))
            self._climb_down(packet.time)
        elif packet.is_keyframe:
            before = self._state
            decoder.keyframes_only = True
            events += self._analyse(decoder.decode(packet), every=True)
            if self._stirred >= packet.time:
                self._state = before
                events += self._wake(decoder, packet.time)
        elif loud or not self._may_rest:
            self._woken_by_size = loud
            events += self._wake(decoder, packet.time)
        return events

    def _wake(self, decoder: VideoDecoder, now: float) -> list[MotionEvent]:
        """Climb to full analysis, from the first stored packet not yet analysed."""
        self._rung = Rung.FULL
        self._stirred = max(self._stirred, now)
        decoder.keyframes_only = False
        decoder.flush()
        self._analysed = float("-inf")
        events: list[MotionEvent] = []
        known = self._state.background.time if self._state else float("-inf")
        for packet in self._gops.since(known):
            events += self._analyse(decoder.decode(packet))
        return events

    def _climb_down(self, now: float) -> None:
        """Rest when it has been quiet for long enough."""
        if self._events.is_open or now - self._stirred < _CALM:
            return
        state = self._state
        if state is None or now - state.background.born < _SETTLE:
            return
        if not self._may_rest:
            self._rung = Rung.WATCH if self.gop else Rung.FULL
            return
        if self._woken_by_size:
            self._sizes.was_wrong()
            self._woken_by_size = False
        self._rung = Rung.REST

    def _analyse(
        self, frames: list[VideoFrame], *, every: bool = False
    ) -> list[MotionEvent]:
        """Look at those pictures whose turn it is."""
        events: list[MotionEvent] = []
        interval = _WATCH_INTERVAL if self._rung is Rung.WATCH else _FULL_INTERVAL
        for frame in frames:
            if frame.pts is None or frame.is_corrupt:
                continue
            moment = frame.pts / TIME_BASE
            known = self._state.background.time if self._state else float("-inf")
            early = moment - self._analysed < interval * (1.0 - _TOLERANCE)
            if moment <= known or (early and not every):
                continue
            self._analysed = moment
            self.analysed_frames += 1
            try:
                grid = grid_of(frame)
            except av.error.FFmpegError, ValueError:
                # A pixel format that cannot be converted.
                continue
            self._state, seen = detect(self._settings, self._state, grid, moment)
            if seen.suspicious:
                self._stirred = moment
                if self._rung is Rung.WATCH:
                    self._rung = Rung.FULL
            if seen.moving:
                self._woken_by_size = False
            events += self._events.feed(seen)
        return events

    def _restart(self) -> list[MotionEvent]:
        """Forget the stream's past: another picture, clock or will of the user."""
        events = self._events.finish()
        if self._decoder is not None:
            self._decoder.keyframes_only = False
            self._decoder.flush()
        self._sizes = SizeWatch()
        self._state = None
        self._rung = Rung.FULL
        self._gops = GopStore()
        self._last_packet = None
        self._analysed = self._stirred = float("-inf")
        self._woken_by_size = False
        return events


def _is_big(parameters: VideoParameters) -> bool:
    """Tell a main stream from one meant for analysis."""
    return parameters.width * parameters.height > _BIG_PICTURE
