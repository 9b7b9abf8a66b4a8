"""The options of a camera: when it records what, and when it is closed."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfTime
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .arming import Policy, policies_of
from .const import (
    CONF_CAMERA_ID,
    CONF_INCIDENT,
    CONF_MAX_CLIP,
    CONF_POST_ROLL,
    CONF_PRE_ROLL,
    CONF_PRESENCE,
    CONF_PRESENCE_RULE,
    CONF_PRIVACY_PRESET,
    CONF_PRIVACY_TURN_BACK,
    CONF_RECORD_AUDIO,
    CONF_RECORD_CLASSES,
    CONF_RECORD_ZONES,
)
from .device import HearthcamCamera
from .presence import DOMAINS
from .presets import named
from .privacy_ruling import PresenceRule, PrivacyOptions
from .recording_options import RECORD_CLASSES, UNRECOGNISED, RecordingOptions
from .system import async_camera_names, async_get_system
from .zones import zones_of

SECTION_RECORDING: Final = "recording"
SECTION_ARMING: Final = "arming"
SECTION_INCIDENT: Final = "incident"
SECTION_PRIVACY: Final = "privacy"

_POLICY = SelectSelector(
    SelectSelectorConfig(
        options=[policy.value for policy in Policy],
        mode=SelectSelectorMode.DROPDOWN,
        translation_key="camera_policy",
    )
)


class CameraOptionsFlow(OptionsFlow):
    """Changes the options; a loaded camera applies them without a reload."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin."""
        return await self.async_step_camera()

    async def async_step_camera(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for everything at once; what is in use is the proposal."""
        entry = self.config_entry
        if user_input is not None:
            # A choice is missing where there was nothing to choose among.
            answer: dict[str, Any] = {
                key: []
                for key in (
                    *(CONF_RECORD_CLASSES, CONF_RECORD_ZONES, CONF_INCIDENT),
                    CONF_PRESENCE,
                )
            }
            answer[CONF_PRIVACY_PRESET] = None
            for fields in user_input.values():
                answer |= fields
            return self.async_create_entry(data={**entry.options, **answer})
        motion_zones = {
            zone.zone_id: zone.name
            for zone in zones_of(entry)[0].values()
            if zone.is_motion
        }
        camera_id = entry.data[CONF_CAMERA_ID]
        camera = async_get_system(self.hass).cameras.get(camera_id)
        others = async_camera_names(self.hass)
        others.pop(camera_id, None)
        return self.async_show_form(
            step_id="camera",
            data_schema=camera_schema(
                entry.options,
                camera.reported if camera else frozenset(),
                motion_zones,
                others,
                _presets(camera),
            ),
            description_placeholders={"name": entry.title},
        )


def camera_schema(
    options: Mapping[str, Any],
    reported: frozenset[str],
    zones: Mapping[str, str],
    cameras: Mapping[str, str],
    presets: Iterable[str] | None,
) -> vol.Schema:
    """Return the form, filled in with the options.

    ``reported`` are the classes that the camera is known to report: others would
    be waited for in vain, and are offered only where they were chosen before.
    ``zones`` and ``cameras`` are the names of the motion zones and of the other
    cameras by their ids; what the options name beside them is gone, and left out.
    ``presets`` are the names of those of a camera that moves, as far as known.
    """
    now = RecordingOptions.from_options(options)
    modes = {
        vol.Required(arming.option, default=policy.value): _POLICY
        for arming, policy in policies_of(options).items()
    }
    recording: dict[Any, Any] = {}
    classes = [kind for kind in RECORD_CLASSES if kind in reported | set(now.classes)]
    if now.classes or set(classes) - {UNRECOGNISED}:
        field = _chosen(CONF_RECORD_CLASSES, now.classes, classes)
        recording[field] = _classes(classes)
    if zones:
        recording[_chosen(CONF_RECORD_ZONES, now.zones, zones)] = _named(zones)
    recording |= {
        vol.Required(CONF_PRE_ROLL, default=now.pre_roll): _seconds(0, 30),
        vol.Required(CONF_POST_ROLL, default=now.post_roll): _seconds(2, 120),
        vol.Required(CONF_MAX_CLIP, default=now.max_clip): _seconds(30, 3600),
        vol.Required(CONF_RECORD_AUDIO, default=now.audio): BooleanSelector(),
    }
    form: dict[Any, Any] = {
        vol.Required(SECTION_ARMING): section(vol.Schema(modes)),
        vol.Required(SECTION_RECORDING): section(vol.Schema(recording)),
    }
    if cameras:
        incident = {_chosen(CONF_INCIDENT, now.incident, cameras): _named(cameras)}
        form[vol.Required(SECTION_INCIDENT)] = section(
            vol.Schema(incident), {"collapsed": True}
        )
    form[vol.Required(SECTION_PRIVACY)] = section(
        _privacy_schema(PrivacyOptions.from_options(options), presets),
        {"collapsed": True},
    )
    return vol.Schema(form)


def _privacy_schema(now: PrivacyOptions, presets: Iterable[str] | None) -> vol.Schema:
    """Return what is asked of who is home, and of where a camera looks when closed."""
    fields: dict[Any, Any] = {
        # A person that does not exist at the moment stays chosen: it comes back.
        vol.Optional(
            CONF_PRESENCE,
            default=list,
            description={"suggested_value": list(now.persons)},
        ): EntitySelector(EntitySelectorConfig(domain=list(DOMAINS), multiple=True)),
        vol.Required(CONF_PRESENCE_RULE, default=now.rule.value): SelectSelector(
            SelectSelectorConfig(
                options=[rule.value for rule in PresenceRule],
                mode=SelectSelectorMode.LIST,
                translation_key="presence_rule",
            )
        ),
    }
    if presets is not None or now.preset is not None:
        names = dict.fromkeys(presets or ())
        if now.preset is not None:
            # Nobody can be asked which there are while the camera is closed.
            names[now.preset] = None
        fields[
            vol.Optional(
                CONF_PRIVACY_PRESET,
                description={"suggested_value": now.preset},
            )
        ] = SelectSelector(
            SelectSelectorConfig(options=list(names), mode=SelectSelectorMode.DROPDOWN)
        )
        fields[vol.Required(CONF_PRIVACY_TURN_BACK, default=now.turn_back)] = (
            BooleanSelector()
        )
    return vol.Schema(fields)


def _presets(camera: HearthcamCamera | None) -> list[str] | None:
    """Return the names of a camera's presets, None for one that has none."""
    if camera is None or (onvif := camera.onvif) is None:
        return None
    if not onvif.abilities.movement.presets:
        return None
    return list(named(onvif.readings.data.presets))


def _chosen(key: str, chosen: Iterable[str], possible: Iterable[str]) -> vol.Optional:
    """Return the marker of a field with several choices, none of them by default."""
    left = [value for value in possible if value in set(chosen)]
    return vol.Optional(key, default=list, description={"suggested_value": left})


def _classes(classes: Iterable[str]) -> SelectSelector:
    """Return a choice of several classes."""
    return SelectSelector(
        SelectSelectorConfig(
            options=list(classes),
            multiple=True,
            mode=SelectSelectorMode.LIST,
            translation_key="record_class",
        )
    )


def _named(names: Mapping[str, str]) -> SelectSelector:
    """Return a choice of several among what the user gave names to."""
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=value, label=name)
                for value, name in names.items()
            ],
            multiple=True,
            mode=SelectSelectorMode.LIST,
        )
    )


def _seconds(least: float, most: float) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=least,
            max=most,
            step=1,
            unit_of_measurement=UnitOfTime.SECONDS,
            mode=NumberSelectorMode.BOX,
        )
    )
