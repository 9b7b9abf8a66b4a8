"""Motion in one camera's pictures: which stream is looked at, and who saw what."""

from collections.abc import Callable
from pathlib import Path

from av.video.frame import VideoFrame

from .analyst import Analyst
from .clock import Clock
from .decoder import DecodeError, VideoDecoder
from .feature_files import FeatureFiles
from .features import FeatureLog
from .masking.mask import Mask
from .masking.verify import SourceWatch
from .packet import Packet, VideoParameters
from .protocol import CameraSaw, ConfigureCamera, Mode, PrivacyZone, Profile, Report
from .sight import Told
from .witnesses import Witnesses


def _place_of_log(config: ConfigureCamera) -> tuple[Path, str, Path | None]:
    marker = Path(config.marker) if config.marker else None
    return Path(config.directory), config.time_zone, marker


class Detection:
    """Looks at the sub stream, or at the main one without it, and hears the camera.

    ``happened`` is called with what began, went on or ended, in the thread of whoever
    found it; ``sources_seen`` when `at_source` changed, in any thread. Nothing of a
    privacy zone is ever seen here.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        clock: Clock,
        happened: Callable[[Report], None],
        sources_seen: Callable[[], None],
    ) -> None:
        """Start the analyst's thread."""
        features = FeatureLog()
        self.features = FeatureFiles(features, *_place_of_log(config))
        mask = Mask.of(config.privacy)
        self.analyst = Analyst(config.camera_id, self._found, mask, features)
        self._witnesses = Witnesses(config, clock, happened)
        self._source_watch = SourceWatch(lambda _: sources_seen())
        self._profile = _wanted(config)
        self._videos: dict[Profile, VideoParameters] = {}
        self._claim(config)
        self.enable(config.mode is not Mode.OFF and not config.shut)

    def configure(self, config: ConfigureCamera) -> None:
        """Hide other zones, and write the log elsewhere, from now on."""
        self.analyst.hide(Mask.of(config.privacy))
        self.features.move(*_place_of_log(config))
        self._claim(config)

    def _claim(self, config: ConfigureCamera) -> None:
        profiles = (Profile.MAIN, Profile.SUB) if config.sub else (Profile.MAIN,)
        self._source_watch.claim(config.privacy, profiles)

    @property
    def at_source(self) -> frozenset[PrivacyZone]:
        """The privacy zones that the camera was seen to black out by itself."""
        return self._source_watch.believed

    def enable(self, enabled: bool) -> None:
        """Look for motion and believe the camera, or not."""
        self.analyst.set_enabled(enabled)
        self._witnesses.enable(enabled)

    # --- what the streams bring ------------------------------------------------

    @property
    def profile(self) -> Profile:
        """The stream that is looked at."""
        return self._profile

    def analyse(self, profile: Profile, video: VideoParameters | None) -> None:
        """Look at another stream; ``video`` is what its packets are, where known."""
        if profile is self._profile:
            return
        self.analyst.interrupted()
        self._profile = profile
        if video is not None:
            self.analyst.parameters(video)

    def opened(self, profile: Profile, video: VideoParameters) -> None:
        """Take note that a stream begins."""
        self._videos[profile] = video
        self._source_watch.reset(profile)
        if profile is self._profile:
            self.analyst.parameters(video)

    def packet(self, profile: Profile, packet: Packet) -> None:
        """Take a stream's packet; never blocks."""
        if packet.is_audio:
            return
        if profile is self._profile:
            self.analyst.packet(packet)
        if not packet.is_keyframe:
            return
        connection = self._source_watch.wants(profile, packet.pts)
        if connection is not None:
            video = self._videos[profile]
            self.analyst.do(lambda: self._check(profile, video, packet, connection))

    def interrupted(self, profile: Profile) -> None:
        """Take note that a stream broke off."""
        self._source_watch.reset(profile)
        if profile is self._profile:
            self.analyst.interrupted()

    def _check(
        self, profile: Profile, video: VideoParameters, packet: Packet, connection: int
    ) -> None:
        """See whether the camera blacks out what it says (in the analyst's thread)."""
        frames: list[VideoFrame] = []
        try:
            decoder = VideoDecoder(video, keyframes_only=True)
            try:
                frames = decoder.decode(packet)
            finally:
                decoder.close()
        except DecodeError:
            pass
        finally:
            self._source_watch.look(profile, frames, packet.pts, connection)

    # --- who saw what ----------------------------------------------------------

    def _found(self, told: list[Told]) -> None:
        self._witnesses.found(told, self.analyst.rung)

    def saw(self, command: CameraSaw, past: float) -> None:
        """Take what the camera itself saw; have the detector look.

        There are pictures of the ``past`` s.
        """
        if command.active is not False:
            self.analyst.order(command)
        self._witnesses.said(command, past, self.analyst.zones)

    def look_after(self) -> None:
        """End what the camera saw, where that is over by now."""
        self._witnesses.look_after()

    def close(self) -> None:
        """End the motion that goes on, and the thread."""
        self.analyst.close()
        self._witnesses.enable(False)


def _wanted(config: ConfigureCamera) -> Profile:
    return Profile.SUB if config.sub else Profile.MAIN
