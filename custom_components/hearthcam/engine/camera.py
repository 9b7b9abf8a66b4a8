"""One camera in the engine: its streams, ring, detection, clips and viewers."""

from collections.abc import Callable
from pathlib import Path
import socket
from threading import RLock, Thread
from typing import Final

from ..privacy.local_only import Resolver
from .analyst import Analyst
from .clock import Clock
from .coverage import Coverage
from .feature_files import FeatureFiles
from .features import FeatureLog
from .feed import Feeds
from .live import BURST, Audience, Viewer
from .meter import Meter
from .packet import TIME_BASE, AudioParameters, Packet, VideoParameters
from .policy import Step
from .protocol import (
    CameraSaw,
    CameraStats,
    ConfigureCamera,
    Mode,
    MotionStarted,
    Profile,
    RecordNow,
    Report,
    StreamError,
    StreamInfo,
    StreamState,
    StreamStatus,
)
from .recording import Common, Recording
from .ring import Ring
from .sight import Told
from .stills import StillCache
from .witnesses import Witnesses

_MARGIN: Final = 1.0
_LEAST_LATENCY: Final = 5.0
_FLUSHED_WITHIN: Final = 1.0


def _place_of_log(config: ConfigureCamera) -> tuple[Path, str, Path | None]:
    marker = Path(config.marker) if config.marker else None
    return Path(config.directory), config.time_zone, marker


class Camera:
    """Everything the engine does for one camera.

    ``analyst`` takes orders and a pace, ``features`` is to be flushed now and then,
    files that ``recorder`` has open must not be repaired.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        report: Callable[[Report], None],
        clock: Clock,
        resolver: Resolver = socket.getaddrinfo,
        common: Common | None = None,
    ) -> None:
        """Open the streams; ``common`` is what it shares with other cameras."""
        self.config = config
        self.clock = clock
        self._report = report
        self._ring = Ring(config.pre_roll + _LEAST_LATENCY + _MARGIN)
        self._recording = Recording(
            config, self._ring, report, clock, common or Common()
        )
        self.recorder = self._recording.recorder
        self._coverage = Coverage(config.camera_id, report)
        features = FeatureLog()
        self.features = FeatureFiles(features, *_place_of_log(config))
        self.analyst = Analyst(config.camera_id, self._motion, features)
        self.analyst.set_enabled(config.mode is not Mode.OFF)
        self._analysed = Profile.SUB if config.sub else Profile.MAIN
        # Ring, recorder and viewers see every packet once, in the same order.
        self._lock = RLock()
        self._viewers = Audience()
        self._video: VideoParameters | None = None
        self._audio: AudioParameters | None = None
        # Whether packets are of no use until the next keyframe.
        self._broken = True
        self._witnesses = Witnesses(config, clock, self._happened)
        self._meter = Meter(clock.now())
        self._stills = StillCache()
        self._feeds = Feeds(self, config.camera_id, clock, resolver)
        self._feeds.use(Profile.MAIN, config.main)
        self._feeds.use(Profile.SUB, config.sub)

    def configure(self, config: ConfigureCamera) -> None:
        """Change in place; only a changed source reconnects."""
        with self._lock:
            old, self.config = self.config, config
            steps = self._recording.configure(config)
            self._fit_ring()
        self._recording.pass_on(steps)
        self.features.move(*_place_of_log(config))
        if config.main != old.main:
            self._feeds.use(Profile.MAIN, None)
            self._interrupted()
            self._feeds.use(Profile.MAIN, config.main)
        if config.sub != old.sub:
            self._feeds.use(Profile.SUB, config.sub)
            self._analyse(Profile.SUB if config.sub else Profile.MAIN)
        self._watch(config.mode)

    def set_mode(self, mode: Mode) -> None:
        """Off, detect or record; takes effect at once."""
        with self._lock:
            steps = self._recording.set_mode(mode)
        self._recording.pass_on(steps)
        self._watch(mode)

    # --- what the streams bring ------------------------------------------------

    def stream_opened(
        self, profile: Profile, video: VideoParameters, audio: AudioParameters | None
    ) -> None:
        """Take note of a stream's parameters (in the stream's thread)."""
        if profile is self._analysed:
            self.analyst.parameters(video)
        if profile is not Profile.MAIN:
            return
        with self._lock:
            if self._video is not None and not self._video.same_picture(video):
                self._ring.clear()
                self._viewers.close()
            elif self._audio != audio:
                # One file cannot hold both kinds of sound.
                self._ring.clear()
            self._video, self._audio = video, audio
            self.recorder.parameters(video, audio)

    def stream_packet(self, profile: Profile, packet: Packet) -> None:
        """Pass a packet on (in the stream's thread)."""
        if profile is self._analysed and not packet.is_audio:
            self.analyst.packet(packet)
        self._meter.count(packet, profile)
        if profile is not Profile.MAIN:
            return
        with self._lock:
            if self._broken:
                if packet.is_audio or not packet.is_keyframe:
                    return
                self._broken = False
            self._ring.append(packet)
            self.recorder.packet(packet)
            self._coverage.packet(packet, self.recorder.recording)
            self._viewers.offer(packet)

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
                self.analyst.interrupted()
            if profile is Profile.MAIN:
                self._interrupted()
        self._report(StreamState(self.config.camera_id, profile, status, error, info))

    def _interrupted(self) -> None:
        with self._lock:
            self._broken = True
            self.recorder.interrupted()
            self._coverage.interrupted()

    def _motion(self, told: list[Told]) -> None:
        """Report what the detector found, and record (in the analyst's thread)."""
        self._witnesses.found(told, self.analyst.rung)

    def saw(self, command: CameraSaw) -> None:
        """Report what the camera itself saw, and record; have the detector look."""
        if command.active is not False:
            self.analyst.order(command)
        past = self._ring.state().seconds
        self._witnesses.said(command, past, self.analyst.zones)

    def look_after(self) -> None:
        """End what the camera saw, where that is over by now."""
        self._witnesses.look_after()

    def _watch(self, mode: Mode) -> None:
        """Look for motion, and believe the camera, or not."""
        self.analyst.set_enabled(mode is not Mode.OFF)
        self._witnesses.enable(mode is not Mode.OFF)

    def _happened(self, report: Report) -> None:
        """Report, and record (in any thread, one report after the other)."""
        self._report(report)
        with self._lock:
            steps = self._recording.saw(report)
            if isinstance(report, MotionStarted):
                self._fit_ring()
        self._recording.pass_on(steps)

    def accompany(self, step: Step) -> None:
        """Record along with another camera."""
        with self._lock:
            self._recording.accompany(step)

    def record_now(self, command: RecordNow) -> None:
        """Record for a while, whatever the mode."""
        with self._lock:
            self._recording.record_now(command)

    def stop_now(self) -> None:
        """End what `record_now` began."""
        with self._lock:
            self._recording.stop_now()

    # --- what others ask for ---------------------------------------------------

    def add_viewer(
        self, viewer: Viewer
    ) -> tuple[VideoParameters, AudioParameters | None] | None:
        """Send a viewer the past seconds and all that follows; None without a stream."""
        with self._lock:
            backlog = self._ring.since(self.clock.now() - int(BURST * TIME_BASE))
            if self._video is None or not backlog or not self._is_live:
                return None
            self._viewers.add(viewer, backlog)
            return self._video, self._audio

    @property
    def is_starting(self) -> bool:
        """Whether the stream is open, and its first keyframe is still to come."""
        return self._feeds.is_online(Profile.MAIN) and not self._ring.last_gop()

    @property
    def _is_live(self) -> bool:
        return self._feeds.is_expected(Profile.MAIN)

    def remove_viewer(self, viewer: Viewer) -> None:
        """Stop sending to a viewer."""
        with self._lock:
            self._viewers.remove(viewer)

    def still(self, width: int | None, fresh: bool) -> bytes | None:
        """Return a JPEG of the last keyframe, or of the last frame; None without one.

        Blocks while decoding; the picture is kept for the next who asks the same.
        """
        with self._lock:
            video, gop = self._video, self._ring.last_gop()
            if video is None or not gop or not self._is_live:
                return None
        return self._stills.get(video, gop, width, fresh=fresh)

    def tick(self) -> CameraStats:
        """Do what is due every few seconds, and return what was measured since."""
        now = self.clock.now()
        self._feeds.check()
        with self._lock:
            self._fit_ring()
            self.recorder.look_after()
            self._coverage.flush()
            if not self._is_live:
                self._viewers.close()
        self._analyse(self._feeds.to_analyse(self._analysed))
        return self._meter.stats(
            self.config.camera_id,
            now,
            self.analyst,
            self._ring.state(),
            len(self._viewers),
        )

    def _fit_ring(self) -> None:
        latency = max(self.analyst.latency, _LEAST_LATENCY)
        seconds = self.config.pre_roll + latency + _MARGIN + self._recording.undecided
        self._ring.seconds = max(seconds, BURST)

    def _analyse(self, profile: Profile) -> None:
        if profile is self._analysed:
            return
        self.analyst.interrupted()
        self._analysed = profile
        if (video := self._feeds.video(profile)) is not None:
            self.analyst.parameters(video)

    def close(self) -> None:
        """Finish clips, end viewers and threads; a blocked read ends by itself."""
        for profile in Profile:
            self._feeds.use(profile, None)
        self.analyst.close()
        self._witnesses.enable(False)
        self._recording.pass_on(self._recording.set_mode(Mode.OFF))
        # In threads of their own: a disk that hangs must not keep the engine.
        flushing = Thread(target=self.features.flush, name="features", daemon=True)
        flushing.start()
        self.recorder.close()
        flushing.join(_FLUSHED_WITHIN)
        with self._lock:
            self._coverage.interrupted()
            self._viewers.close()
