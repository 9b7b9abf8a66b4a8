"""What of a camera may be shown right now, and its single pictures."""

from datetime import datetime
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.dt import utcnow

from .camera_settings import CameraSettings
from .camera_state import CameraState, Topic
from .engine.protocol import Output, PrivacyState, Profile, StreamStatus
from .models import CameraConfig
from .privacy_issues import PrivacyIssues
from .privacy_result import CheckResult
from .privacy_state import Demand, Kept
from .privacy_trial import async_key_of_request
from .stills import async_fetch_still, async_read_thumbnail
from .system import HearthcamSystem

PICTURE_WIDTH: Final = 1280


class CameraPictures(CameraSettings):
    """A camera's outputs, as far as Home Assistant hands them on.

    ``cuts`` counts how often more had to be hidden than before: what was fetched
    before a cut is not shown after it. ``changes`` counts how often live video became
    another, with more or less of the camera: the engine ends what goes out then, and
    whoever passes it on begins anew.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        system: HearthcamSystem,
        config: CameraConfig,
        system_device_id: str,
    ) -> None:
        """Begin without a picture."""
        super().__init__(hass, entry, system, config, system_device_id)
        self.state = CameraState()
        self.cuts = 0
        self.changes = 0
        self._demand: Demand | None = None
        self._picture: bytes | None = None
        self._was_shown = False
        self._issues = PrivacyIssues(hass, entry)

    @property
    def engine_running(self) -> bool:
        """Whether the engine can tell anything of this camera."""
        return self.system.supervisor.running

    @property
    def online(self) -> bool:
        """Whether packets of the main stream arrive, and may."""
        return self.streaming and not self.shut

    @property
    def streaming(self) -> bool:
        """Whether packets of the main stream arrived when that was last told."""
        main = self.state.streams.get(Profile.MAIN)
        return (
            self.engine_running
            and main is not None
            and main.status is StreamStatus.ONLINE
        )

    @property
    def demand(self) -> Demand:
        """What must not be shown."""
        return self._demand or Demand.of(self.engine_config)

    @property
    def is_shut(self) -> bool:
        """Whether the engine shows a closed shutter instead of the camera."""
        kept = self.demand.kept(self.state.privacy, Output.LIVE)
        return self.engine_running and kept is Kept.SHUT

    def may_show(self, output: Output) -> bool:
        """Whether an output is known to show nothing that is to be hidden.

        Without an engine nobody knows, unless nothing is to be hidden.
        """
        return self.demand.is_met(self.state.privacy, output)

    def shows(self, output: Output) -> bool:
        """Whether an output has something to show that may be shown."""
        return (self.online or self.is_shut) and self.may_show(output)

    @property
    def live_url(self) -> str | None:
        """The engine's MPEG-TS of this camera, whether or not it is online.

        Home Assistant asks once and keeps the address; the engine refuses while
        there is no picture. None while it is not known to be masked as it must.
        """
        if not self.may_show(Output.LIVE):
            return None
        return self.system.supervisor.url(f"live/{self.camera_id}.ts")

    async def async_still(
        self, width: int | None = None, *, fresh: bool = False
    ) -> bytes | None:
        """Return a JPEG of now from the engine, None when there is none."""
        url = self.system.supervisor.url(f"still/{self.camera_id}.jpg")
        key = async_key_of_request(self.hass, self.camera_id)
        if url is None or not (self.shows(Output.STILL) or (key and self.online)):
            return None
        cuts = self.cuts
        picture = await async_fetch_still(self.hass, url, width, fresh=fresh, key=key)
        return picture if cuts == self.cuts else None

    async def async_last_picture(self) -> bytes | None:
        """Return the JPEG of the last motion: its still, else its thumbnail."""
        clip = self.state.last_clip
        if self._picture is not None or clip is None or clip.thumbnail is None:
            return self._picture
        if (library := self.system.library) is None:
            return None
        cuts = self.cuts
        picture = await async_read_thumbnail(self.hass, library, clip.clip_id)
        return picture if cuts == self.cuts else None

    async def _async_take_picture(self, begun: datetime) -> None:
        """Keep a still of the motion that has just begun."""
        if picture := await self.async_still(PICTURE_WIDTH, fresh=True):
            self._picture = picture
            self.state.picture_time = max(begun, self.state.picture_time or begun)
            self._notify(Topic.PICTURE)

    @callback
    @override
    def async_configure(self) -> None:
        """Tell the engine what it does not know yet; what it must hide comes first."""
        before, self._demand = self._demand, Demand.of(self.engine_config)
        try:
            # Before the engine ends it: a stream that is cut off complains of it.
            if before is not None and self._demand != before:
                self._changed(hides_more=self._demand.exceeds(before))
        finally:
            super().async_configure()
        self._issues.tell_unreadable(bool(self.privacy_rules.unreadable))
        if before is not None and before.shut and not self._demand.shut:
            # What was known when it was closed is of connections that are gone.
            self.state.forget_streams()
        self._privacy_changed()

    @property
    def privacy_check(self) -> CheckResult | None:
        """What the last self-test of the zones found."""
        return self.system.checks.get(self.camera_id)

    @callback
    def privacy_checked(self, result: CheckResult) -> None:
        """Take what a self-test found: of a camera that leaks nothing is shown."""
        self.system.checks.put(self.camera_id, result)
        self.set_blocked(self.known_block)
        self._notify(Topic.STATE)

    @callback
    def _privacy_reported(self, report: PrivacyState) -> None:
        """Take what the engine says of its outputs."""
        before, self.state.privacy = self.state.privacy, report
        if (
            self.demand.cause(before, Output.LIVE) is None
            and self.demand.cause(report, Output.LIVE) is not None
        ):
            # What was shown last may be why.
            self._changed(hides_more=True)
        elif before is not None and before.at_source != report.at_source:
            self._changed()
        self._privacy_changed()
        self._notify(Topic.STATE)

    @callback
    def _privacy_changed(self) -> None:
        """Tell who shows the camera whether that may go on."""
        self._issues.tell_blocked(self.demand.first_cause(self.state.privacy))
        is_shown = self.may_show(Output.LIVE)
        if is_shown is not self._was_shown:
            self._was_shown = is_shown
            self._notify(Topic.PRIVACY)

    @callback
    def _changed(self, *, hides_more: bool = False) -> None:
        """Have who shows live video begin anew; drop what was taken unhidden."""
        self.changes += 1
        if hides_more:
            self.cuts += 1
            self._picture = None
            if self.state.picture_time is not None:
                # Whoever keeps pictures by their time asks again.
                self.state.picture_time = utcnow()
        self._notify(Topic.PRIVACY)
        if hides_more:
            self._notify(Topic.PICTURE)
