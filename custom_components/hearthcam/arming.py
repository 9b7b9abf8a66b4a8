"""The arming mode of the house, and what it makes each camera do."""

from collections.abc import Mapping
from enum import StrEnum
import logging
import os
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .engine.protocol import Mode

_LOGGER = logging.getLogger(__package__)

_STORE_VERSION: Final = 1
_STORE_KEY: Final = f"{DOMAIN}.arming"
_MODE: Final = "mode"


class Policy(StrEnum):
    """What a camera does; the values are those of its options."""

    OFF = "off"
    DETECT = "detect"
    RECORD_CHOSEN = "record_chosen"
    """Only motion of the chosen classes and in the chosen zones."""
    RECORD = "record"
    CONTINUOUS = "continuous"
    CLOSED = "closed"
    """Privacy mode: the camera is not connected."""

    @property
    def mode(self) -> Mode:
        """What the engine calls it; which motions count is told to it beside that."""
        match self:
            case Policy.OFF | Policy.CLOSED:
                return Mode.OFF
            case Policy.DETECT:
                return Mode.DETECT
        return Mode.RECORD


class ArmingMode(StrEnum):
    """The modes; the values are states of an alarm control panel."""

    DISARMED = "disarmed"
    ARMED_HOME = "armed_home"
    ARMED_AWAY = "armed_away"
    ARMED_NIGHT = "armed_night"

    @property
    def option(self) -> str:
        """The key of a camera entry's options that says what it does in this mode."""
        return f"mode_{self.value}"

    @property
    def default(self) -> Policy:
        """What a camera does in this mode until the user decides otherwise."""
        return Policy.DETECT if self is ArmingMode.DISARMED else Policy.RECORD


FIRST_MODE: Final = ArmingMode.ARMED_HOME
"""That of a new installation: it records without a click."""


def policies_of(options: Mapping[str, Any]) -> dict[ArmingMode, Policy]:
    """Return what a camera does in each arming mode; raises ValueError."""
    return {
        arming: Policy(options.get(arming.option, arming.default))
        for arming in ArmingMode
    }


def policy_in(
    arming: ArmingMode | None,
    policies: Mapping[ArmingMode, Policy],
    *,
    armed: bool,
    detection: bool,
) -> Policy:
    """Return what a camera does in a mode of the house; None: nobody knows which.

    ``policies`` is what it does in each of them. Without its own ``armed`` switch it
    counts as disarmed, whatever the house is; without ``detection`` it is only
    watched, unless it is closed. Where the mode is not known it is closed if it is in
    any mode; else it does what it does in a new installation.
    """
    if arming is None and armed and Policy.CLOSED in policies.values():
        return Policy.CLOSED
    policy = policies[arming or FIRST_MODE if armed else ArmingMode.DISARMED]
    return policy if detection or policy is Policy.CLOSED else Policy.OFF


class Arming:
    """The mode of the house: kept in a file of its own, so that it outlives all else.

    It is read before the first camera is given to the engine: no camera is in a wrong
    mode during the first seconds after a restart.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` comes first."""
        self._hass = hass
        self._store = Store[dict[str, Any]](
            hass, _STORE_VERSION, _STORE_KEY, atomic_writes=True
        )
        self._mode: ArmingMode | None = FIRST_MODE
        self._loaded = False
        self._listeners: set[CALLBACK_TYPE] = set()

    @property
    def mode(self) -> ArmingMode | None:
        """The mode of the house; None: what was kept of it cannot be read.

        Until somebody sets it anew, all that any mode hides is hidden.
        """
        return self._mode

    @callback
    def subscribe(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have the listener called at each change; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def set(self, mode: ArmingMode) -> None:
        """Change the mode: the cameras follow at once, and it is written at once."""
        if mode is self._mode:
            return
        self._mode = mode
        self._store.async_delay_save(self._data, 0)
        for listener in list(self._listeners):
            listener()

    async def async_load(self) -> None:
        """Take up the mode of before; once, since afterwards it is known better here.

        Where it cannot be read it is not known: rather recorded than not, and rather
        hidden than shown. That is kept, too, where Home Assistant put the file aside.
        """
        if self._loaded:
            return
        path = self._store.path
        was_there = await self._hass.async_add_executor_job(os.path.exists, path)
        try:
            data = await self._store.async_load()
            if data is not None:
                kept = data[_MODE]
                self._mode = None if kept is None else ArmingMode(kept)
            elif was_there:
                self._mode = None
                self._store.async_delay_save(self._data, 0)
        except (HomeAssistantError, KeyError, TypeError, ValueError) as err:
            _LOGGER.error("The arming mode could not be read: %s", err)
            self._mode = None
        if self._mode is None:
            _LOGGER.warning(
                "The arming mode is not known: until it is set anew cameras act as in "
                "%s, and what is closed or black in any mode is",
                FIRST_MODE,
            )
        self._loaded = True

    async def async_forget(self) -> None:
        """Be as in a new installation."""
        await self._store.async_remove()
        self._mode = FIRST_MODE

    def _data(self) -> dict[str, Any]:
        return {_MODE: self._mode and self._mode.value}
