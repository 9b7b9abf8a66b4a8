"""What numbers and choices of a camera's picture have in common."""

from typing import override

from .abilities import Abilities
from .camera_control import CameraControl
from .camera_errors import CameraError
from .onvif.control import PictureSetting
from .onvif_entity import OnvifEntity
from .readings import Part


class PictureEntity(OnvifEntity):
    """A setting of the picture, whose key is the description's."""

    def fits(self, setting: PictureSetting) -> bool:
        """Tell whether a setting is of the kind that this entity shows."""
        raise NotImplementedError

    @property
    def setting(self) -> PictureSetting | None:
        """What the camera lets us set."""
        return self.onvif.abilities.setting(self.entity_description.key)

    @property
    def reading(self) -> float | str | None:
        """What was read last."""
        return self.onvif.readings.data.picture.get(self.entity_description.key)

    @override
    def exists(self, abilities: Abilities) -> bool:
        """Ask for the setting."""
        setting = abilities.setting(self.entity_description.key)
        return setting is not None and self.fits(setting)

    @override
    async def async_added_to_hass(self) -> None:
        """Have the setting read, now and then."""
        await super().async_added_to_hass()
        readings = self.onvif.readings
        self.async_on_remove(readings.async_add_listener(self._changed, Part.PICTURE))
        if self.reading is None:
            readings.refresh_soon()

    async def async_update(self) -> None:
        """Read it again, when asked to."""
        await self.onvif.readings.async_refresh()

    async def async_change(self, value: float | str) -> None:
        """Set it; raises CameraError also where the camera only says that it did."""
        setting, before = self.setting, self.reading
        if setting is None:
            raise CameraError("camera_refused", self.session.entry.title)

        async def change(control: CameraControl) -> None:
            if control.imaging is None:
                raise CameraError("camera_refused", self.session.entry.title)
            await control.imaging.change(setting, value)

        await self.async_do(change)
        await self.onvif.readings.async_refresh()
        if before is not None and value != before == self.reading:
            raise CameraError("camera_ignored", self.session.entry.title)
