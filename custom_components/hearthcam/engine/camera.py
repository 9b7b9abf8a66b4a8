"""One camera in the engine: its streams, ring, detection, clips and viewers."""

from collections.abc import Callable
import logging
import socket
from threading import RLock
from typing import Final

from ..privacy.local_only import Resolver
from .analyst import Analyst
from .clock import Clock
from .feed import Feed
from .ids import new_id
from .live import BURST, Viewer
from .motion import MotionBegan, MotionEvent
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .protocol import (
    CameraStats,
    ConfigureCamera,
    Mode,
    MotionEnded,
    MotionStarted,
    Profile,
    Report,
    StreamError,
    StreamInfo,
    StreamSource,
    StreamState,
    StreamStatus,
)
from .recorder import Recorder
from .ring import Ring
from .stills import StillCache

_LOGGER = logging.getLogger(__name__)

_MARGIN: Final = 1.0
_LEAST_LATENCY: Final = 5.0
_PATIENCE: Final = 15.0
"""Seconds viewers wait for a stream that broke off, and detection for the sub."""


class Camera:
    """Everything the engine does for one camera."""

    def __init__(
        self,
        config: ConfigureCamera,
        report: Callable[[Report], None],
        clock: Clock,
        resolver: Resolver = socket.getaddrinfo,
    ) -> None:
        """Open the streams."""
        self.config = config
        self.clock = clock
        self._report = report
        self._resolver = resolver
        self._ring = Ring(config.pre_roll + _LEAST_LATENCY + _MARGIN)
        self._recorder = Recorder(config, self._ring, report)
        self._analyst = Analyst(config.camera_id, self._motion)
        self._analyst.set_enabled(config.mode is not Mode.OFF)
        self._analysed = Profile.SUB if config.sub else Profile.MAIN
        # Ring, recorder and viewers see every packet once, in the same order.
        self._lock = RLock()
        self._viewers: set[Viewer] = set()
        self._video: VideoParameters | None = None
        self._audio: AudioParameters | None = None
        self._mode = config.mode
        self._motion_now: MotionStarted | None = None
        self._frames = 0
        self._bytes = 0
        self._counted = (clock.now(), 0)
        self._stills = StillCache()
        self._feeds: dict[Profile, Feed] = {}
        self._start(Profile.MAIN, config.main)
        if config.sub is not None:
            self._start(Profile.SUB, config.sub)

    def _start(self, profile: Profile, source: StreamSource) -> None:
        name = f"{self.config.camera_id}/{profile.value}"
        feed = Feed(self, profile, name, source, self.clock, self._resolver)
        self._feeds[profile] = feed
        feed.start()

    def _stop(self, profile: Profile) -> None:
        if (feed := self._feeds.pop(profile, None)) is not None:
            feed.detach()

    def configure(self, config: ConfigureCamera) -> None:
        """Change in place; only a changed source reconnects."""
        with self._lock:
            old, self.config = self.config, config
            self._recorder.configure(config)
            self._fit_ring()
        if config.main != old.main:
            self._stop(Profile.MAIN)
            self._recorder.interrupted()
            self._start(Profile.MAIN, config.main)
        if config.sub != old.sub:
            self._stop(Profile.SUB)
            if config.sub is not None:
                self._start(Profile.SUB, config.sub)
            self._analyse(Profile.SUB if config.sub else Profile.MAIN)
        self.set_mode(config.mode)

    def set_mode(self, mode: Mode) -> None:
        """Off, detect or record; takes effect at once."""
        with self._lock:
            self._mode = mode
            if mode is not Mode.RECORD:
                self._recorder.cancel()
            elif self._motion_now is not None:
                # Armed while somebody is moving: that is what it is for.
                self._record(self._motion_now)
        self._analyst.set_enabled(mode is not Mode.OFF)

    # --- what the streams bring ------------------------------------------------

    def stream_opened(
        self, profile: Profile, video: VideoParameters, audio: AudioParameters | None
    ) -> None:
        """Take note of a stream's parameters (in the stream's thread)."""
        if profile is self._analysed:
            self._analyst.parameters(video)
        if profile is not Profile.MAIN:
            return
        with self._lock:
            if self._video is not None and not self._video.same_picture(video):
                self._ring.clear()
                self._close_viewers()
            self._video, self._audio = video, audio
            self._recorder.parameters(video, audio)

    def stream_packet(self, profile: Profile, packet: Packet) -> None:
        """Pass a packet on (in the stream's thread)."""
        if profile is self._analysed and not packet.is_audio:
            self._analyst.packet(packet)
        if profile is not Profile.MAIN:
            return
        self._bytes += len(packet.data)
        self._frames += not packet.is_audio
        with self._lock:
            self._ring.append(packet)
            self._recorder.packet(packet)
            for viewer in self._viewers:
                viewer.offer(packet)

    def stream_state(
        self,
        profile: Profile,
        status: StreamStatus,
        error: StreamError | None,
        info: StreamInfo | None,
    ) -> None:
        """Tell of a stream that came or went (in the stream's thread)."""
        if status is StreamStatus.OFFLINE:
            if profile is self._analysed:
                self._analyst.interrupted()
            if profile is Profile.MAIN:
                with self._lock:
                    self._recorder.interrupted()
        self._report(StreamState(self.config.camera_id, profile, status, error, info))

    def _motion(self, events: list[MotionEvent]) -> None:
        """Turn what the detector found into events (in the analyst's thread)."""
        camera_id = self.config.camera_id
        for event in events:
            if isinstance(event, MotionBegan):
                started = MotionStarted(
                    camera_id, new_id(event.time), event.time, event.score, event.boxes
                )
                self._report(started)
                with self._lock:
                    self._motion_now = started
                    if self._mode is Mode.RECORD:
                        self._record(started)
            elif self._motion_now is not None:
                with self._lock:
                    event_id = self._motion_now.event_id
                    self._motion_now = None
                    self._recorder.end(event.end, event.peak, event.score)
                self._report(
                    MotionEnded(
                        camera_id,
                        event_id,
                        event.start,
                        event.end,
                        event.peak,
                        event.score,
                    )
                )

    def _record(self, motion: MotionStarted) -> None:
        self._recorder.begin(motion.event_id, motion.time, motion.kind, motion.score)

    # --- what others ask for ---------------------------------------------------

    def add_viewer(
        self, viewer: Viewer
    ) -> tuple[VideoParameters, AudioParameters | None] | None:
        """Send a viewer the past seconds and all that follows; None without a stream."""
        with self._lock:
            backlog = self._ring.since(self.clock.now() - int(BURST * TIME_BASE))
            if self._video is None or not backlog or not self._feeds_main:
                return None
            for packet in backlog:
                viewer.offer(packet)
            self._viewers.add(viewer)
            return self._video, self._audio

    @property
    def is_starting(self) -> bool:
        """Whether the stream is open, and its first keyframe is still to come."""
        feed = self._feeds.get(Profile.MAIN)
        return feed is not None and feed.online and not self._ring.last_gop()

    @property
    def _feeds_main(self) -> bool:
        feed = self._feeds.get(Profile.MAIN)
        return feed is not None and feed.seconds_offline() < _PATIENCE

    def remove_viewer(self, viewer: Viewer) -> None:
        """Stop sending to a viewer."""
        with self._lock:
            self._viewers.discard(viewer)

    def _close_viewers(self) -> None:
        for viewer in self._viewers:
            viewer.close()

    def still(self, width: int | None, fresh: bool) -> bytes | None:
        """Return a JPEG of the last keyframe, or of the last frame; None without one.

        Blocks while decoding; the picture is kept for the next who asks the same.
        """
        with self._lock:
            video, gop = self._video, self._ring.last_gop()
            if video is None or not gop or not self._feeds_main:
                return None
        return self._stills.get(video, gop, width, fresh=fresh)

    def tick(self) -> CameraStats:
        """Do what is due every few seconds, and return what was measured since."""
        now = self.clock.now()
        for feed in tuple(self._feeds.values()):
            feed.check()
        with self._lock:
            self._fit_ring()
            if not self._feeds_main:
                self._close_viewers()
        self._choose_analysed()
        since, analysed_before = self._counted
        seconds = max((now - since) / TIME_BASE, 0.001)
        frames, size = self._frames, self._bytes
        self._frames = self._bytes = 0
        analysed = self._analyst.analysed_frames
        self._counted = now, analysed
        ring = self._ring.state()
        return CameraStats(
            camera_id=self.config.camera_id,
            fps=round(frames / seconds, 2),
            bitrate=round(size * 8 / 1000 / seconds, 1),
            gop=round(ring.gop, 2),
            ring_seconds=round(ring.seconds, 1),
            ring_bytes=ring.size,
            rung=self._analyst.rung,
            analysed_fps=round((analysed - analysed_before) / seconds, 2),
            viewers=len(self._viewers),
        )

    def _fit_ring(self) -> None:
        latency = max(self._analyst.latency, _LEAST_LATENCY)
        self._ring.seconds = max(self.config.pre_roll + latency + _MARGIN, BURST)

    def _choose_analysed(self) -> None:
        """Analyse the main stream while a sub stream is missing for long."""
        sub = self._feeds.get(Profile.SUB)
        if sub is None:
            return
        if sub.online:
            self._analyse(Profile.SUB)
        elif sub.seconds_offline() > _PATIENCE:
            self._analyse(Profile.MAIN)

    def _analyse(self, profile: Profile) -> None:
        if profile is self._analysed:
            return
        self._analyst.interrupted()
        self._analysed = profile
        feed = self._feeds.get(profile)
        if feed is not None and feed.video is not None:
            self._analyst.parameters(feed.video)

    @property
    def recorder(self) -> Recorder:
        """The recorder (its open files must not be repaired)."""
        return self._recorder

    def close(self) -> None:
        """Finish clips, end viewers and threads; a blocked read ends by itself."""
        for profile in tuple(self._feeds):
            self._stop(profile)
        self._analyst.close()
        self._recorder.close()
        with self._lock:
            self._close_viewers()
