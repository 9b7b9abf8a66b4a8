"""How a camera's privacy zones are kept black, by output."""

from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.util.dt import utc_from_timestamp

from .engine.protocol import Output
from .entity import DescribedCameraEntity, LastingCameraEntity
from .privacy_result import Outcome
from .privacy_state import Kept

PRIVACY_ZONES = SensorEntityDescription(
    key="privacy_zones",
    translation_key="privacy_zones",
    device_class=SensorDeviceClass.ENUM,
    options=[kept.value for kept in Kept],
    entity_category=EntityCategory.DIAGNOSTIC,
)

PRIVACY_CHECK = SensorEntityDescription(
    key="privacy_check",
    translation_key="privacy_check",
    device_class=SensorDeviceClass.ENUM,
    options=[outcome.value for outcome in Outcome],
    entity_category=EntityCategory.DIAGNOSTIC,
)

_NAMES: Final = {Output.LIVE: "live", Output.STILL: "stills", Output.CLIPS: "clips"}


class PrivacySensor(DescribedCameraEntity, SensorEntity):
    """How it stands with all outputs: as with the worst of them."""

    @property
    @override
    def _camera_available(self) -> bool:
        """Stay available while the camera is away: zones are kept all the same."""
        return self.camera.engine_running

    @property
    @override
    def native_value(self) -> str | None:
        """What is known by now."""
        return self.camera.demand.overall(self.camera.state.privacy)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Each output, and why it is blocked where it is."""
        demand, report = self.camera.demand, self.camera.state.privacy
        found: dict[str, Any] = {}
        for output, name in _NAMES.items():
            found[name] = demand.kept(report, output)
            found[f"{name}_cause"] = demand.cause(report, output)
        return found


class PrivacyCheckSensor(LastingCameraEntity, DescribedCameraEntity, SensorEntity):
    """What the last self-test of the zones found."""

    @property
    @override
    def native_value(self) -> str | None:
        """The outcome, None before the first test."""
        check = self.camera.privacy_check
        return None if check is None else check.outcome.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """When that was, and what each output was like."""
        if (check := self.camera.privacy_check) is None:
            return {}
        return {
            "checked": utc_from_timestamp(check.time).isoformat(),
            **{
                output.output: output.error or ("leaked" if output.leaked else "black")
                for output in check.outputs
            },
        }
