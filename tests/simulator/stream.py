"""One stream of a camera: sends its loop in real time to whoever plays it."""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
import random
import time

from .audio import AudioTrack
from .delivery import Delivery
from .rtp import Batch, Numbering, goodbye, sender_report, stamp, without
from .state import CameraState
from .track import SAME_TIME, VIDEO_CLOCK, Unit, VideoTrack

REPORT_INTERVAL = 5.0
# Later than this, a camera drops pictures instead of sending a burst.
_TOO_LATE = 3.0


@dataclass(frozen=True, slots=True)
class Pass:
    """A round of the loop, as it was or will be sent."""

    wall: float
    """Wall clock (epoch seconds, without the camera's skew) of its beginning."""
    loop_time: float
    """Where in the loop it began: 0, or elsewhere after a jump of the scene."""

    def wall_of(self, loop_time: float) -> float:
        """Return when a time of the loop is sent in this round."""
        return self.wall + loop_time - self.loop_time


@dataclass(slots=True, eq=False)
class Subscriber:
    """A client of one stream."""

    lost: Callable[[], None]
    """Called when the client stopped to read."""
    video: Delivery | None = None
    audio: Delivery | None = None
    waiting: bool = True
    """Nothing is sent before the next keyframe."""


@dataclass(slots=True)
class Clock:
    """Where the camera's streams began: they show the same moment."""

    origin: float = field(default_factory=time.monotonic)
    wall: float = field(default_factory=time.time)


class Stream:
    """Paces one loop of video, and audio beside it."""

    def __init__(
        self,
        token: str,
        state: CameraState,
        clock: Clock,
        track: VideoTrack,
        audio: AudioTrack | None,
        duration: float,
        begin: float,
    ) -> None:
        """Loop over the first `duration` seconds of `track`.

        It begins with the keyframe at or before `begin` seconds.
        """
        self.token = token
        self.track = track
        self.audio = audio
        self.loss = 0.0
        self.passes: deque[Pass] = deque(maxlen=1000)
        self.last_key: Unit = track.units[0]
        self._state = state
        self._clock = clock
        self._duration = duration
        self._subscribers: list[Subscriber] = []
        self._wanted: VideoTrack | None = None
        self._jump: float | None = None
        self._shift = 0.0
        self._silent = False
        self._random = random.Random(1)
        self._index = track.units.index(track.keyframe_at(begin))
        self._pass_start = 0.0
        self._audio_round = self._audio_index = 0
        self._next_report = 0.0
        self.numberings: dict[str, Numbering] = {}
        self.renumber()
        self._begin_pass(0.0, track.units[self._index].time)

    @property
    def clients(self) -> int:
        """Return how many clients play the stream."""
        return len(self._subscribers)

    @property
    def chosen(self) -> VideoTrack:
        """Return the encoding that is sent, or will be from the next keyframe on."""
        return self._wanted or self.track

    def renumber(self) -> None:
        """Begin SSRCs, sequence numbers and timestamps anew, as after a boot."""
        self._shift = 0.0
        for kind in ("video", "audio"):
            self.numberings[kind] = Numbering(
                random.getrandbits(32), random.getrandbits(16), random.getrandbits(32)
            )

    def add(self, subscriber: Subscriber) -> None:
        """Send to a client from the next keyframe on."""
        subscriber.waiting = True
        if subscriber not in self._subscribers:
            self._subscribers.append(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Send nothing more to a client."""
        if subscriber in self._subscribers:
            self._subscribers.remove(subscriber)

    def say_goodbye(self, subscriber: Subscriber) -> None:
        """Tell a client by RTCP that the stream ends."""
        for kind, delivery in _deliveries(subscriber):
            delivery.rtcp(goodbye(self.numberings[kind]))

    def change_track(self, track: VideoTrack) -> None:
        """Go over to another encoding of the same loop at its next keyframe."""
        self._wanted = track

    def jump_to(self, loop_time: float) -> None:
        """Continue with the keyframe at or before a time of the loop."""
        self._jump = loop_time

    def shift_timestamps(self, seconds: float) -> None:
        """Let the RTP timestamps of all tracks jump."""
        self._shift += seconds

    def set_loss(self, ratio: float, seed: int) -> None:
        """Lose a part of the RTP packets, the same for the same seed."""
        self.loss = ratio
        self._random = random.Random(seed)

    def start_of_play(self, kind: str) -> tuple[int, int]:
        """Return the sequence number and RTP timestamp that a new client gets first.

        For RTP-Info (RFC 2326, 12.33); like a camera's, it is not exact in audio.
        """
        numbering = self.numberings[kind]
        if kind == "audio" or self._index >= len(self.track.units):
            return numbering.sequence, self._timestamp(kind, self._next_video())
        units, totals = self.track.units, self.track.packet_totals
        following = (i for i in range(self._index, len(units)) if units[i].key)
        index = next(following, len(units))
        when = units[index].time if index < len(units) else self._duration
        sequence = numbering.sequence + totals[index] - totals[self._index]
        return sequence & 0xFFFF, self._timestamp(kind, self._pass_start + when)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            video, audio = self._next_video(), self._next_audio()
            due = self._clock.origin + min(video, audio)
            if (delay := due - time.monotonic()) > 0:
                await asyncio.sleep(delay)
            self._silent = self._state.stalled or delay < -_TOO_LATE
            if self._silent:
                await asyncio.sleep(0)
                for subscriber in self._subscribers:
                    subscriber.waiting = True
            if audio < video:
                await self._send_audio(audio)
            else:
                await self._send_video(video)

    def _next_video(self) -> float:
        if self._index < len(self.track.units):
            when = self.track.units[self._index].time
            if when < self._duration - SAME_TIME:
                return self._pass_start + when
        return self._pass_start + self._duration

    def _next_audio(self) -> float:
        if self.audio is None:
            return float("inf")
        begin = self._audio_round * self.audio.duration
        return begin + self.audio.units[self._audio_index].time

    def _begin_pass(self, stream_time: float, loop_time: float) -> None:
        self._pass_start = stream_time - loop_time
        self.passes.append(Pass(self._clock.wall + stream_time, loop_time))

    async def _send_video(self, when: float) -> None:
        if when >= self._pass_start + self._duration - SAME_TIME:
            self._index = 0
            self._begin_pass(when, 0.0)
        self._follow_wishes(when)
        unit = self.track.units[self._index]
        self._index += 1
        if unit.key:
            self.last_key = unit
            if not self._silent:
                self._admit(when)
        if when >= self._next_report:
            self._next_report = when + REPORT_INTERVAL
            for subscriber in self._subscribers:
                if not subscriber.waiting:
                    self._report(subscriber, when)
        await self._send("video", unit.batch, when)

    async def _send_audio(self, when: float) -> None:
        if self.audio is None:
            return
        unit = self.audio.units[self._audio_index]
        self._audio_index += 1
        if self._audio_index == len(self.audio.units):
            self._audio_index = 0
            self._audio_round += 1
        await self._send("audio", unit.batch, when)

    def _follow_wishes(self, when: float) -> None:
        """Switch the encoding, or the place in the loop, where that is due now."""
        units = self.track.units
        if self._jump is not None:
            self._index = units.index(self.track.keyframe_at(self._jump))
            self._jump = None
            self._begin_pass(when, units[self._index].time)
        if self._wanted is not None:
            loop_time = units[self._index].time
            others = self._wanted.units
            index = bisect_left(
                others, loop_time - SAME_TIME, key=lambda unit: unit.time
            )
            if index < len(others) and others[index].key:
                if others[index].time < loop_time + 0.5 / self._wanted.fps:
                    self.track, self._index, self._wanted = self._wanted, index, None

    def _admit(self, when: float) -> None:
        """Let the clients in that wait for a keyframe."""
        for subscriber in self._subscribers:
            if subscriber.waiting:
                subscriber.waiting = False
                self._report(subscriber, when)

    def _report(self, subscriber: Subscriber, when: float) -> None:
        for kind, delivery in _deliveries(subscriber):
            delivery.rtcp(
                sender_report(
                    self.numberings[kind],
                    wall=self._clock.wall + when + self._state.clock_skew,
                    timestamp=self._media_time(kind, when),
                    name=f"{self._state.serial}@{self._state.host}",
                )
            )

    def _media_time(self, kind: str, when: float) -> int:
        clock = VIDEO_CLOCK if kind == "video" or not self.audio else self.audio.clock
        return round((when + self._shift) * clock)

    def _timestamp(self, kind: str, when: float) -> int:
        base = self.numberings[kind].timestamp_base
        return (base + self._media_time(kind, when)) & 0xFFFFFFFF

    async def _send(self, kind: str, batch: Batch, when: float) -> None:
        receivers = [
            (subscriber, delivery)
            for subscriber in self._subscribers
            if not subscriber.waiting
            and (delivery := getattr(subscriber, kind)) is not None
        ]
        numbering = self.numberings[kind]
        if not receivers:
            numbering.sequence = (numbering.sequence + len(batch)) & 0xFFFF
            return
        data = stamp(batch, numbering, self._media_time(kind, when))
        if self.loss:
            lost = [self._random.random() < self.loss for _ in range(len(batch))]
            if all(lost):
                return
            data, batch = without(data, batch, lost)
        for subscriber, delivery in receivers:
            if not await delivery.rtp(data, batch):
                self.remove(subscriber)
                subscriber.lost()


def _deliveries(subscriber: Subscriber) -> list[tuple[str, Delivery]]:
    both = (("video", subscriber.video), ("audio", subscriber.audio))
    return [(kind, delivery) for kind, delivery in both if delivery is not None]
