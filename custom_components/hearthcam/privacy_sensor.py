"""How a camera's privacy zones are kept black, by output."""

from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory

from .engine.protocol import Output
from .entity import DescribedCameraEntity
from .privacy_state import Kept

PRIVACY_ZONES = SensorEntityDescription(
    key="privacy_zones",
    translation_key="privacy_zones",
    device_class=SensorDeviceClass.ENUM,
    options=[kept.value for kept in Kept],
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
