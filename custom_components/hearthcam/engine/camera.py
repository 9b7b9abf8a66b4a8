"""One camera in the engine: its streams, ring, detection, clips and viewers."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
import socket
from threading import RLock, Thread
from typing import Final

from ..privacy.local_only import Resolver
from .clip_order import Hiding
from .clock import Clock
from .coverage import Coverage
from .detection import Detection
from .feed import Feeds
from .masking.broadcast import BURST
from .meter import Meter
from .packet import AudioParameters, Packet, VideoParameters
from .policy import Step
from .protocol import (
    BlockCause,
    CameraSaw,
    CameraStats,
    ConfigureCamera,
    Mode,
    MotionStarted,
    Output,
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
from .showing import Showing

_MARGIN: Final = 1.0
_LEAST_LATENCY: Final = 5.0
_ENDED_WITHIN: Final = 1.0


class Camera:
    """Everything the engine does for one camera.

    ``showing`` serves whoever looks at it, ``analyst`` takes orders and a pace,
    ``features`` is to be flushed now and then, files that ``recorder`` has open must
    not be repaired.
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
        self._mode = config.mode
        self._ring = Ring(config.pre_roll + _LEAST_LATENCY + _MARGIN)
        # Ring, recorder and viewers see every packet once, in the same order; and
        # what is hidden changes between two packets.
        self._lock = RLock()
        common = common or Common()
        self.showing = Showing(
            config, self._ring, report, clock, self._lock, self._is_live, common.effort
        )
        self._recording = Recording(
            self._of_now(config),
            self._ring,
            report,
            clock,
            common,
            Hiding(
                self.showing.curtain,
                common.effort,
                failed=partial(self.showing.guard.failed, Output.CLIPS),
                works=partial(self.showing.guard.works, Output.CLIPS),
            ),
        )
        self.recorder = self._recording.recorder
        self._coverage = Coverage(config.camera_id, report)
        self._detection = Detection(config, clock, self._happened, self.sources_seen)
        self.analyst = self._detection.analyst
        self.features = self._detection.features
        # Whether packets are of no use until the next keyframe.
        self._broken = True
        self._meter = Meter(clock.now())
        self._feeds = Feeds(self, config.camera_id, clock, resolver)
        if not config.shut:
            self._feeds.use(Profile.MAIN, config.main)
            self._feeds.use(Profile.SUB, config.sub)

    def configure(self, config: ConfigureCamera) -> None:
        """Change in place; only a changed source reconnects."""
        with self._lock:
            # First of all: should anything fail, nothing is shown that is hidden.
            changed = self.showing.configure(config)
            old, self.config = self.config, config
            self._mode = config.mode
            if changed:
                self.recorder.mask_changed()
            steps = self._recording.configure(self._of_now(config))
            if config.shut and not old.shut:
                self._shut()
            self._fit_ring()
        self._detection.configure(config)
        self._recording.pass_on(steps)
        main, sub = (None, None) if config.shut else (config.main, config.sub)
        before = (None, None) if old.shut else (old.main, old.sub)
        if main != before[0]:
            self._feeds.use(Profile.MAIN, None)
            self._interrupted()
            self._feeds.use(Profile.MAIN, main)
        if sub != before[1]:
            self._feeds.use(Profile.SUB, sub)
            self._analyse(Profile.SUB if sub else Profile.MAIN)
        self._watch()

    def refuse(self, cause: BlockCause) -> None:
        """Show and record nothing any more, until a configuration can be used."""
        self.configure(replace(self.config, mode=self._mode, blocked=cause))

    def _of_now(self, config: ConfigureCamera) -> ConfigureCamera:
        """Return how to record: not at all in privacy mode."""
        return replace(config, mode=Mode.OFF) if config.shut else config

    def _shut(self) -> None:
        """Forget all that came: what follows must not reach back before the shutter."""
        self.recorder.cancel(manual=True)
        self._ring.clear()
        self._broken = True

    def set_mode(self, mode: Mode) -> None:
        """Off, detect or record; takes effect at once."""
        with self._lock:
            self._mode = mode
            if self.config.shut:
                return
            steps = self._recording.set_mode(mode)
        self._recording.pass_on(steps)
        self._watch()

    def sources_seen(self) -> None:
        """Hide what the camera does not black out by itself (in any thread)."""
        with self._lock:
            if self.showing.sources_seen(self._detection.at_source):
                self.recorder.mask_changed()

    # --- what the streams bring ------------------------------------------------

    def stream_opened(
        self, profile: Profile, video: VideoParameters, audio: AudioParameters | None
    ) -> None:
        """Take note of a stream's parameters (in the stream's thread)."""
        self._detection.opened(profile, video)
        if profile is not Profile.MAIN:
            return
        with self._lock:
            if self.config.shut:
                return
            if self.showing.is_another(video, audio):
                self._ring.clear()
            self.showing.parameters(video, audio)
            self.recorder.parameters(video, audio)

    def stream_packet(self, profile: Profile, packet: Packet) -> None:
        """Pass a packet on (in the stream's thread)."""
        self._detection.packet(profile, packet)
        self._meter.count(packet, profile)
        if profile is not Profile.MAIN:
            return
        with self._lock:
            if self._broken:
                if packet.is_audio or not packet.is_keyframe or self.config.shut:
                    return
                self._broken = False
            self._ring.append(packet)
            self.recorder.packet(packet)
            self._coverage.packet(packet, self.recorder.recording)
            self.showing.packet(packet)

    def stream_state(
        self,
        profile: Profile,
        status: StreamStatus,
        error: StreamError | None,
        info: StreamInfo | None,
    ) -> None:
        """Tell of a stream that came or went (in the stream's thread)."""
        if status is StreamStatus.OFFLINE:
            self._detection.interrupted(profile)
            if profile is Profile.MAIN:
                self._interrupted()
        self._report(StreamState(self.config.camera_id, profile, status, error, info))

    def _interrupted(self) -> None:
        with self._lock:
            self._broken = True
            self.recorder.interrupted()
            self._coverage.interrupted()

    def saw(self, command: CameraSaw) -> None:
        """Report what the camera itself saw, and record; have the detector look."""
        self._detection.saw(command, self._ring.state().seconds)

    def look_after(self) -> None:
        """End what the camera saw, where that is over."""
        self._detection.look_after()

    def _watch(self) -> None:
        """Look for motion, and believe the camera, or not."""
        self._detection.enable(self._mode is not Mode.OFF and not self.config.shut)

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
        """Record for a while, whatever the mode; not with a closed shutter."""
        with self._lock:
            if not self.config.shut:
                self._recording.record_now(command)

    def stop_now(self) -> None:
        """End what `record_now` began."""
        with self._lock:
            self._recording.stop_now()

    @property
    def is_starting(self) -> bool:
        """Whether the first keyframe of a stream is still to come, and soon."""
        return self._feeds.is_coming(Profile.MAIN) and not self._ring.last_gop()

    def _is_live(self) -> bool:
        return self._feeds.is_expected(Profile.MAIN)

    def tick(self) -> CameraStats:
        """Do what is due every few seconds, and return what was measured since."""
        now = self.clock.now()
        self._feeds.check()
        with self._lock:
            self._fit_ring()
            self.recorder.look_after()
            self._coverage.flush()
            self.showing.look_after()
        self._analyse(self._feeds.to_analyse(self._detection.profile))
        return self._meter.stats(
            self.config.camera_id,
            now,
            self.analyst,
            self._ring.state(),
            len(self.showing),
        )

    def _fit_ring(self) -> None:
        latency = max(self.analyst.latency, _LEAST_LATENCY)
        seconds = self.config.pre_roll + latency + _MARGIN + self._recording.undecided
        self._ring.seconds = max(seconds, BURST)

    def _analyse(self, profile: Profile) -> None:
        self._detection.analyse(profile, self._feeds.video(profile))

    def close(self) -> None:
        """Finish clips, end viewers and threads; a blocked read ends by itself."""
        for profile in Profile:
            self._feeds.use(profile, None)
        self._detection.close()
        self._recording.pass_on(self._recording.set_mode(Mode.OFF))
        # In threads of their own: a disk that hangs must not keep the engine.
        flushing = Thread(target=self.features.flush, name="features", daemon=True)
        flushing.start()
        self.recorder.close()
        flushing.join(_ENDED_WITHIN)
        with self._lock:
            self._coverage.interrupted()
            broadcast = self.showing.close()
        if broadcast is not None:
            broadcast.join(_ENDED_WITHIN)
