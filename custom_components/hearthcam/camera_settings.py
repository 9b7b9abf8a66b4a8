"""What the user wishes of a camera, kept in its entry and applied while it runs."""

import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo

from .announcer import Announcer
from .arming import Policy
from .camera_state import Topic
from .devices import camera_device_info
from .engine.protocol import BlockCause, ConfigureCamera, Mode, PrivacyZone, SetZones
from .models import CameraConfig
from .presence import Presence
from .privacy_result import Outcome
from .privacy_ruling import Ruling, rule
from .privacy_zones import privacy_rules
from .recording_options import UNRECOGNISED
from .system import HearthcamSystem, async_camera_names
from .zones import ZoneConfig, zones_for_engine, zones_of

_LOGGER = logging.getLogger(__package__)


class CameraSettings(Announcer):
    """A camera's entry, read, and what the engine is told because of it."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        system: HearthcamSystem,
        config: CameraConfig,
        system_device_id: str,
    ) -> None:
        """Read the zones too."""
        super().__init__()
        self.hass = hass
        self.entry = entry
        self.system = system
        self.config = config
        self.camera_id = config.camera_id
        self.presence = Presence(hass, entry, config.privacy, self.rules_changed)
        self._system_device_id = system_device_id
        self.reported = frozenset((UNRECOGNISED,))
        self.masked_at_source: frozenset[str] = frozenset()
        self.blocked: BlockCause | None = None
        self.unloaded = False
        self._unreadable = 0
        self._read_zones()
        self.device_id = self._register_devices()

    @property
    def ruling(self) -> Ruling:
        """What this camera does now, and what of privacy makes it do so."""
        return rule(
            self.config.policy(self.system.arming.mode),
            self.config.privacy,
            somebody_home=bool(self.presence.home),
        )

    @property
    def policy(self) -> Policy:
        """What this camera does now."""
        return self.ruling.policy

    @property
    def shut(self) -> bool:
        """Whether privacy mode has it closed: nothing connects to it."""
        return self.ruling.shut

    @property
    def mode(self) -> Mode:
        """What the engine is to do now with this camera."""
        return self.policy.mode

    @property
    def record_classes(self) -> tuple[str, ...]:
        """The classes that are chosen to be recorded; none means all.

        While the camera reported none of them yet everything is recorded: a camera
        that tells nobody apart would never record.
        """
        chosen = self.config.recording.classes
        return () if self.reported.isdisjoint(chosen) else chosen

    @property
    def record_zones(self) -> tuple[str, ...]:
        """The zones whose motion is chosen to be recorded; none means any motion.

        A zone that is gone, or became an ignore zone, can hold no motion any more.
        Where no other one was chosen all motion is recorded again: a camera never
        stops recording because a zone was removed.
        """
        return tuple(
            zone_id
            for zone_id in self.config.recording.zones
            if zone_id in self.zones and self.zones[zone_id].is_motion
        )

    @property
    def privacy_now(self) -> tuple[PrivacyZone, ...]:
        """What is black in everything that is shown or recorded now.

        It follows the mode of the house, also where the camera's own switch has it
        count as disarmed: who is at home is what such a zone is about.
        """
        return self.privacy_rules.now(self.system.arming.mode, self.masked_at_source)

    @property
    def past_zones(self) -> tuple[PrivacyZone, ...]:
        """What is to be made black in what was recorded before."""
        return self.privacy_rules.past

    @property
    def past_marks(self) -> frozenset[str]:
        """The marks without which a clip of this camera is not shown."""
        return self.privacy_rules.past_marks

    @property
    def known_block(self) -> BlockCause | None:
        """Why nothing may be shown: a zone was seen, and no test has passed since.

        That counts as long as there is anything to hide, in whatever mode.
        """
        check = self.system.checks.get(self.camera_id)
        if check is None or check.outcome is not Outcome.LEAKED:
            return None
        return BlockCause.LEAKED if self.privacy_rules.now(None) else None

    @property
    def engine_config(self) -> ConfigureCamera:
        """What the engine is told of this camera, credentials included."""
        recording, policy = self.config.recording, self.policy
        chosen = policy is Policy.RECORD_CHOSEN
        others = async_camera_names(self.hass)
        return ConfigureCamera(
            camera_id=self.camera_id,
            name=self.config.name,
            main=self.config.main,
            sub=self.config.sub,
            mode=policy.mode,
            pre_roll=recording.pre_roll,
            post_roll=recording.post_roll,
            max_clip=recording.max_clip,
            record_audio=recording.audio,
            time_zone=self.hass.config.time_zone,
            continuous=policy is Policy.CONTINUOUS,
            record_classes=self.record_classes if chosen else (),
            record_zones=self.record_zones if chosen else (),
            incident=tuple(name for name in recording.incident if name in others),
            shut=policy is Policy.CLOSED,
            privacy=self.privacy_now,
            blocked=self.blocked,
            **self.system.storage.engine_folders(self.camera_id),
        )

    @property
    def engine_zones(self) -> SetZones:
        """What the engine is told of where and how sensitively to look."""
        return SetZones(
            self.camera_id,
            zones_for_engine(self.zones.values()),
            self.config.sensitivity,
        )

    @property
    def device_info(self) -> DeviceInfo:
        """What the device registry shall hold."""
        return camera_device_info(self.config, self._system_device_id)

    def zone_device_info(self, zone: ZoneConfig) -> DeviceInfo:
        """What the device registry shall hold of a zone."""
        return zone.device_info(self.camera_id, self.config.name, self.device_id)

    @callback
    def async_entry_updated(self) -> None:
        """Apply what changed in the entry, without a reload.

        A changed source makes the engine reconnect; nothing else is interrupted.
        """
        told_zones = self.engine_zones
        config, zones, rules = self.config, self.zones, self.privacy_rules
        self.config = CameraConfig.from_entry(self.entry)
        self.presence.use(self.config.privacy)
        self._read_zones()
        if is_ruled_anew := self.privacy_rules != rules:
            self.blocked = self.known_block
        self.async_configure()
        if self.engine_zones != told_zones:
            self.system.supervisor.set_zones(self.engine_zones)
        self._register_devices()
        if self.zones != zones or self.config.name != config.name:
            self._notify(Topic.ZONES)
        if is_ruled_anew:
            self.system.past.wake()
        if is_ruled_anew or self.config != config:
            self._notify(Topic.STATE)

    @callback
    def _read_zones(self) -> None:
        self.zones, unreadable = zones_of(self.entry)
        self.privacy_rules = privacy_rules(self.entry)
        if unreadable and unreadable != self._unreadable:
            _LOGGER.warning(
                "%d zones of %s cannot be read and do not count: remove them",
                unreadable,
                self.config.name,
            )
        self._unreadable = unreadable

    def _register_devices(self) -> str:
        """Bring the device registry up to date; return the camera's device's id."""
        devices = dr.async_get(self.hass)
        entry_id = self.entry.entry_id
        camera = devices.async_get_or_create(
            config_entry_id=entry_id, **self.device_info
        )
        area = ar.async_get(self.hass).async_get_area(camera.area_id or "")
        for zone in self.zones.values():
            info = zone.device_info(self.camera_id, self.config.name, camera.id)
            if area is not None:
                # A new zone is where its camera is; later the user decides.
                info["suggested_area"] = area.name
            devices.async_get_or_create(
                config_entry_id=entry_id, config_subentry_id=zone.zone_id, **info
            )
        return camera.id

    @callback
    def async_configure(self) -> None:
        """Tell the engine what it does not know of this camera yet."""
        # Who changes the rules while this is being unloaded must not bring it back.
        if not self.unloaded:
            self.system.supervisor.configure(self.engine_config)

    @callback
    def rules_changed(self) -> None:
        """Follow the mode of the house, and who is home."""
        self.async_configure()
        self._notify(Topic.STATE)

    @callback
    def set_masked_at_source(self, zones: frozenset[str]) -> None:
        """Note which privacy zones the camera says it blacks out by itself."""
        if zones != self.masked_at_source:
            self.masked_at_source = zones
            self.async_configure()

    @callback
    def set_blocked(self, cause: BlockCause | None) -> None:
        """Have nothing shown of this camera, and why; None: as its zones demand."""
        if cause is not self.blocked:
            self.blocked = cause
            self.async_configure()
            self._notify(Topic.STATE)

    @callback
    def class_reported(self, kind: str) -> None:
        """Note that the camera reports a class; from now on it may be waited for."""
        if kind not in self.reported:
            self.reported |= {kind}
            self.async_configure()

    @callback
    def set_option(self, key: str, value: bool | int | str) -> None:
        """Keep a wish in the entry's options; the update listener applies it.

        There it is known before the camera is started: a camera that was switched
        off is not recorded during the first seconds after a restart either.
        """
        self.hass.config_entries.async_update_entry(
            self.entry, options={**self.entry.options, key: value}
        )

    @callback
    def set_zone(self, zone: ZoneConfig) -> None:
        """Keep a changed zone; the update listener applies it."""
        self.hass.config_entries.async_update_subentry(
            self.entry,
            self.entry.subentries[zone.zone_id],
            title=zone.name,
            data=zone.as_data,
        )
