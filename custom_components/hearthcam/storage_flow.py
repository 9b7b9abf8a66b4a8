"""The options of the system: how long clips are kept, and where."""

from collections.abc import Callable, Mapping
import os
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfInformation, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .const import LIBRARY_FOLDER
from .library.models import StorageError
from .library.workers import Workers
from .storage_options import (
    CONF_KEEP_DAYS,
    CONF_KEEP_DAYS_CAMERAS,
    CONF_KEEP_DAYS_CONTINUOUS,
    CONF_KEEP_DAYS_KINDS,
    CONF_MAX_SIZE_GB,
    CONF_MEDIA_FOLDER,
    CONF_MIN_FREE_GB,
    CONF_SPOOL_LIMIT_GB,
    CONF_SYNC,
    DEFAULT_DAYS,
    DEFAULT_DAYS_CONTINUOUS,
    DEFAULT_SPOOL_GB,
    KINDS,
    folder_in_use,
    media_folders,
)
from .system import async_camera_names

CONF_CAMERA: Final = "camera"
CONF_DAYS: Final = "days"
TRY_SECONDS: Final = 10.0
"""What a folder may take to answer before it is refused."""

_DAYS: Final = NumberSelector(
    NumberSelectorConfig(
        min=0,
        max=3650,
        step=1,
        unit_of_measurement=UnitOfTime.DAYS,
        mode=NumberSelectorMode.BOX,
    )
)
_SIZE: Final = NumberSelector(
    NumberSelectorConfig(
        min=0,
        max=1_000_000,
        step="any",
        unit_of_measurement=UnitOfInformation.GIGABYTES,
        mode=NumberSelectorMode.BOX,
    )
)
_KEEPING: Final = vol.Schema(
    {
        vol.Required(CONF_KEEP_DAYS, default=DEFAULT_DAYS): _DAYS,
        vol.Required(CONF_KEEP_DAYS_CONTINUOUS, default=DEFAULT_DAYS_CONTINUOUS): _DAYS,
        vol.Required(CONF_MAX_SIZE_GB, default=0): _SIZE,
        vol.Required(CONF_MIN_FREE_GB, default=0): _SIZE,
    }
)
_KINDS: Final = vol.Schema({vol.Optional(kind): _DAYS for kind in KINDS})
_ONE_CAMERA: Final = vol.Schema({vol.Optional(CONF_DAYS): _DAYS})


class StorageOptionsFlow(OptionsFlow):
    """Changes the options; they are applied while everything goes on."""

    def __init__(self) -> None:
        """Start with no camera chosen."""
        self._camera_id = ""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin."""
        return await self.async_step_storage()

    async def async_step_storage(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be changed."""
        steps = ["keeping", "kinds", "camera_days", "place"]
        if not async_camera_names(self.hass):
            steps.remove("camera_days")
        return self.async_show_menu(step_id="storage", menu_options=steps)

    async def async_step_keeping(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how long, and how much, is kept."""
        if user_input is not None:
            return self._save(user_input)
        return self.async_show_form(
            step_id="keeping", data_schema=self._filled(_KEEPING, self._options)
        )

    async def async_step_kinds(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for days of their own per kind; an empty field has none."""
        if user_input is not None:
            return self._save({CONF_KEEP_DAYS_KINDS: user_input})
        days = self._options.get(CONF_KEEP_DAYS_KINDS, {})
        return self.async_show_form(
            step_id="kinds", data_schema=self._filled(_KINDS, days)
        )

    async def async_step_camera_days(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the camera."""
        if user_input is not None:
            self._camera_id = user_input[CONF_CAMERA]
            return await self.async_step_one_camera()
        cameras = SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=camera_id, label=name)
                    for camera_id, name in async_camera_names(self.hass).items()
                ],
                mode=SelectSelectorMode.LIST,
            )
        )
        return self.async_show_form(
            step_id="camera_days",
            data_schema=vol.Schema({vol.Required(CONF_CAMERA): cameras}),
        )

    async def async_step_one_camera(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the camera's own days; an empty field has none."""
        days = dict(self._options.get(CONF_KEEP_DAYS_CAMERAS, {}))
        if user_input is not None:
            days.pop(self._camera_id, None)
            if CONF_DAYS in user_input:
                days[self._camera_id] = user_input[CONF_DAYS]
            return self._save({CONF_KEEP_DAYS_CAMERAS: days})
        return self.async_show_form(
            step_id="one_camera",
            data_schema=self._filled(
                _ONE_CAMERA, {CONF_DAYS: days.get(self._camera_id)}
            ),
            description_placeholders={
                "camera": async_camera_names(self.hass).get(self._camera_id, "")
            },
        )

    async def async_step_place(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the folder; one that cannot be written is not taken."""
        in_use = folder_in_use(self.hass, self._options.get(CONF_MEDIA_FOLDER))
        folders = await self._folders()
        errors: dict[str, str] = {}
        if user_input is not None:
            chosen = user_input[CONF_MEDIA_FOLDER]
            # The one in use may be away just now, and everything else still changed.
            if chosen == in_use or await self._is_writable(folders[chosen]):
                return self._save(user_input)
            errors[CONF_MEDIA_FOLDER] = "folder_not_writable"
        choice = SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=name, label=path)
                    for name, path in ({in_use: in_use} | folders).items()
                ],
                mode=SelectSelectorMode.LIST,
            )
        )
        schema = vol.Schema(
            {
                vol.Required(CONF_MEDIA_FOLDER): choice,
                vol.Required(CONF_SPOOL_LIMIT_GB, default=DEFAULT_SPOOL_GB): _SIZE,
                vol.Required(CONF_SYNC, default=True): BooleanSelector(),
            }
        )
        values = user_input or {**self._options, CONF_MEDIA_FOLDER: in_use}
        return self.async_show_form(
            step_id="place", data_schema=self._filled(schema, values), errors=errors
        )

    @property
    def _options(self) -> Mapping[str, Any]:
        return self.config_entry.options

    def _filled(self, schema: vol.Schema, values: Mapping[str, Any]) -> vol.Schema:
        return self.add_suggested_values_to_schema(schema, values)

    def _save(self, changes: Mapping[str, Any]) -> ConfigFlowResult:
        return self.async_create_entry(data={**self._options, **changes})

    async def _folders(self) -> dict[str, str]:
        """Return the folders to choose from; without shares where one hangs."""
        folders = self.hass.config.media_dirs
        return await self._ask_disk(lambda: media_folders(folders)) or dict(folders)

    async def _is_writable(self, media: str) -> bool:
        """Tell whether a media folder takes clips."""

        def attempt() -> bool:
            folder = Path(media, LIBRARY_FOLDER)
            try:
                folder.mkdir(exist_ok=True)
            except OSError:
                return False
            return os.access(folder, os.W_OK | os.X_OK)

        return bool(await self._ask_disk(attempt))

    async def _ask_disk[T](self, job: Callable[[], T]) -> T | None:
        """Do something that a share may never answer; None if it does not."""
        workers = Workers("hearthcam-folder", 1)
        try:
            return await workers.run(job, TRY_SECONDS)
        except StorageError:
            return None
        finally:
            await self.hass.async_add_executor_job(workers.close)
