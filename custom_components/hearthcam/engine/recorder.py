"""How a camera's events become clips: from the ring and live packets, without a gap."""

from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Final

from .clip_order import Hiding
from .clip_places import DONE_WITHIN, Repair, leave_unfinished
from .clips import Clips
from .guard import lost_to
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import ConfigureCamera, Lost, LostCause, Report
from .ring import Ring
from .session import Reason, Session, next_cut, tag_of
from .storage import Stores

_AHEAD: Final = 30.0
"""Seconds of a clip, beyond pre-roll and post-roll, that must have room."""
_MOST_PATIENCE: Final = 30.0
"""Seconds without a further clip after so many that could not be masked."""


class Recorder:
    """Records one camera.

    ``packet`` is called in the stream's thread, the rest from any. An event that
    comes while a clip is open extends that clip; a clip that grows too long goes on
    in a next one from the same keyframe, so that no frame is lost or doubled.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        ring: Ring,
        report: Callable[[Report], None],
        hiding: Hiding,
        stores: Stores | None = None,
        repair: Repair = leave_unfinished,
    ) -> None:
        """Prepare; nothing is written before the first event.

        ``hiding`` tells what is black in the clips.
        """
        self._config = config
        self._ring = ring
        self._report = report
        self._lock = RLock()
        self._session = Session()
        self._clips = Clips(
            config,
            report,
            stores or Stores(),
            repair,
            self._lock,
            self._needed,
            self._missing,
            hiding,
        )
        self._video: VideoParameters | None = None
        self._audio: AudioParameters | None = None
        # The first packet of all that the session recorded.
        self._first: Packet | None = None
        # When (µs) the growing clip is to end at the next keyframe.
        self._cut_at = 0
        # Until when (µs) no clip is tried, since the last ones could not be masked.
        self._not_before = 0
        self._lost_since: float | None = None
        self._lost_cause = LostCause.OFFLINE

    @property
    def recording(self) -> bool:
        """Whether what comes goes into a clip."""
        return self._clips.growing

    @property
    def _sound(self) -> AudioParameters | None:
        return self._audio if self._config.record_audio else None

    def configure(self, config: ConfigureCamera) -> None:
        """Use other lengths and places from the next clip on."""
        with self._lock:
            if config.record_audio is not self._config.record_audio:
                # Not from the next clip on, but from the next keyframe.
                self._cut_at = 0
            self._config = config
            self._clips.configure(config)
            if config.blocked is not None and self._clips.growing:
                self._missing(self._newest(), lost_to(config.blocked))
                self._clips.finish()

    def parameters(self, video: VideoParameters, audio: AudioParameters | None) -> None:
        """Take note of what the packets are; other ones need another clip."""
        with self._lock:
            if self._video is not None and not (
                self._video.same_picture(video) and self._audio == audio
            ):
                self._clips.finish()
            self._video, self._audio = video, audio

    def mask_changed(self) -> None:
        """Take note that something else is hidden from now on.

        A clip in which that is visible ends at once, and goes on in a next one: what
        is not on its way to the disk yet is masked. A clip that hides more than has to
        be goes on without that from the next keyframe.
        """
        with self._lock:
            self._not_before = 0
            self._clips.mask_changed()
            self._fit_cut()

    def _fit_cut(self) -> None:
        if self._clips.hides_too_much:
            self._cut_at = 0

    def set_continuous(self, enabled: bool) -> None:
        """Record all the time, from now on, or only events."""
        with self._lock:
            if self._session.continuous == enabled:
                return
            was_active = self._session.active
            self._session.continuous = enabled
            if not self._session.active:
                self._over()
            elif not was_active:
                newest = self._newest()
                self._begin(int(newest * TIME_BASE))

    def begin(self, event: Reason, pre_roll: float | None = None) -> None:
        """Record an event from its start less the pre-roll (s), or learn more of it."""
        with self._lock:
            before = self._config.pre_roll if pre_roll is None else pre_roll
            start = int((event.start - before) * TIME_BASE)
            was_active = self._session.active
            known = self._session.add(event)
            if not was_active:
                self._begin(start)
            else:
                self._clips.join_event(known)
                self._reach_back(start, known)

    def end(self, event_id: str, end: float, peak: float, score: float) -> None:
        """End an event: its clip goes on for the post-roll after ``end`` (s)."""
        with self._lock:
            until = int((end + self._config.post_roll) * TIME_BASE)
            if self._session.end(event_id, until, score):
                self._clips.set_peak(peak)

    def stop_manual(self, now: int) -> None:
        """End what somebody asked for, now (µs)."""
        with self._lock:
            self._session.end_manual(now)

    def cancel(self, *, manual: bool = False) -> None:
        """Finish at once with what there is, but for what somebody asked for.

        With ``manual`` that too (the engine leaves).
        """
        with self._lock:
            self._session.drop(manual=manual)
            if not self._session.active:
                self._over()

    def interrupted(self) -> None:
        """Finish the clip, since the stream broke off; the event goes on after it."""
        with self._lock:
            if self._clips.growing:
                self._missing(self._newest(), LostCause.OFFLINE)
                self._clips.finish()

    def look_after(self) -> None:
        """Notice a disk that hangs while no packets come."""
        with self._lock:
            self._clips.look_after()

    def packet(self, packet: Packet) -> None:
        """Take the newest packet, which is in the ring already."""
        with self._lock:
            session, clips = self._session, self._clips
            if clips.unfinished:
                clips.look_after()
            if not session.active:
                return
            if packet.dts > session.until and not session.continuous:
                self._found(min(packet.time, session.until / TIME_BASE))
                session.expire(packet.dts)
                self._over()
                return
            if not packet.is_keyframe or packet.is_audio:
                clips.add(packet)
            elif not clips.growing:
                # After an interruption, or what could not be written.
                if packet.pts < self._not_before or self._config.blocked is not None:
                    return
                self._found(packet.time)
                self._open([packet])
            elif packet.pts >= self._cut_at:
                clips.finish()
                session.expire(packet.dts)
                self._open([packet])
            else:
                clips.add(packet)

    def _over(self) -> None:
        self._found(self._newest())
        self._first = None
        self._clips.finish()

    def _missing(self, since: float, cause: LostCause) -> None:
        if self._lost_since is None:
            self._lost_since, self._lost_cause = since, cause
        if cause.is_for_privacy:
            wait = min(2.0 ** (self._clips.failures - 1), _MOST_PATIENCE)
            self._not_before = int((self._newest() + wait) * TIME_BASE)

    def _found(self, until: float) -> None:
        if self._lost_since is not None:
            since, self._lost_since = self._lost_since, None
            if until > since:
                camera_id = self._config.camera_id
                self._report(Lost(camera_id, since, until, self._lost_cause))

    def _newest(self) -> float:
        gop = self._ring.last_gop()
        return gop[-1].time if gop else 0.0

    def _needed(self) -> int:
        """Return how many bytes the next clip may take, going by the ring."""
        ring = self._ring.state()
        seconds = self._config.pre_roll + self._config.post_roll + _AHEAD
        return int(ring.size / max(ring.seconds, 1.0) * seconds)

    def _begin(self, start: int) -> None:
        """Start the session's first clip with what the ring holds from a time (µs)."""
        if backlog := self._ring.since(start):
            self._open(backlog)

    def _open(self, packets: list[Packet]) -> None:
        if self._video is None:
            return
        config, start = self._config, packets[0].time
        if config.blocked is not None:
            self._missing(start, lost_to(config.blocked))
            return
        if self._first is None:
            self._first = packets[0]
        end = start + config.max_clip
        if self._session.continuous:
            end = next_cut(config.camera_id, start, config.segment)
        self._cut_at = int(end * TIME_BASE)
        self._clips.start(
            packets,
            self._session.tag(config.camera_id, start),
            self._session.during(start),
            self._video,
            self._sound,
        )
        self._fit_cut()

    def _reach_back(self, start: int, event: Reason) -> None:
        """Write what an event wants of the time before the session, as a clip.

        It ends where the session's first one begins.
        """
        first = self._first
        if first is None or self._config.blocked is not None:
            return
        before: list[Packet] = []
        for packet in self._ring.since(start):
            if packet is first:
                break
            before.append(packet)
        else:
            # The ring reaches back no further than the session.
            return
        if not before:
            return
        self._first = before[0]
        self.record(before, event)

    def record(self, packets: list[Packet], event: Reason) -> None:
        """Write these packets as a clip, whatever else is recorded."""
        with self._lock:
            if packets and self._video is not None:
                tag = tag_of(event, self._config.camera_id, packets[0].time)
                streams = self._video, self._sound
                self._clips.start(packets, tag, [event], *streams, whole=True)

    def open_paths(self) -> set[Path]:
        """Return the final paths of the clips that are being written."""
        with self._lock:
            return self._clips.open_paths()

    def close(self, timeout: float = DONE_WITHIN) -> None:
        """Finish everything; see `Clips.close`."""
        self.cancel(manual=True)
        self._clips.close(timeout)
