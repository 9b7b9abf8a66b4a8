"""The ONVIF side of a camera as its entities need it: abilities, readings, movements."""

from typing import Any, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from .abilities import Abilities, with_capabilities, with_input
from .const import (
    CONF_ABILITIES,
    CONF_FIRMWARE,
    CONF_MANUFACTURER,
    CONF_MODEL,
    CONF_SERIAL,
)
from .onvif.events import CameraEvent, EventKind
from .ptz_moves import PtzMover
from .readings import CameraReadings
from .session_view import SessionTopic, SessionView


class OnvifSide:
    """Keeps what a camera can do in its entry, so that its entities are there at once.

    Attributes:
        abilities: as the camera told last, which may be before a restart.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], session: SessionView
    ) -> None:
        """Take up what is remembered, and follow the session."""
        self.session = session
        self.abilities = Abilities.of_data(entry.data.get(CONF_ABILITIES))
        self.readings = CameraReadings(hass, entry, session)
        self.mover = PtzMover(session, self.readings.async_update_listeners)
        self._hass = hass
        self._entry = entry
        self._listeners: set[CALLBACK_TYPE] = set()
        session.subscribe(self._capabilities_known, SessionTopic.CAPABILITIES)
        session.subscribe(self._state_changed)
        session.subscribe_events(self._event)

    @classmethod
    def of(
        cls, hass: HomeAssistant, entry: ConfigEntry[Any], session: SessionView | None
    ) -> Self | None:
        """Return the side of a session; None for a camera without one."""
        return None if session is None else cls(hass, entry, session)

    @callback
    def subscribe(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Have the listener called when the abilities change; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def _capabilities_known(self) -> None:
        session, known = self.session, self.abilities
        if session.capabilities is not None:
            known = with_capabilities(known, session.capabilities, session.profiles)
        self._learn(known, session.declared)

    @callback
    def _event(self, event: CameraEvent) -> None:
        if event.kind is EventKind.DIGITAL_INPUT and event.source:
            known = with_input(self.abilities, event.source)
            self._learn(known, frozenset({event.kind}))

    @callback
    def _learn(self, known: Abilities, kinds: frozenset[EventKind]) -> None:
        """Keep what is new; a class of events that came once may come again."""
        known = known.with_kinds(kinds)
        if known == self.abilities:
            return
        self.abilities = known
        self._hass.config_entries.async_update_entry(
            self._entry, data={**self._entry.data, CONF_ABILITIES: known.as_data()}
        )
        for listener in list(self._listeners):
            listener()

    @callback
    def _state_changed(self) -> None:
        """Keep what is shown of the device, which firmware may change.

        A serial is only taken where there was none: it tells cameras apart.
        """
        if (about := self.session.description) is None:
            return
        told = {
            CONF_MANUFACTURER: about.manufacturer,
            CONF_MODEL: about.model,
            CONF_FIRMWARE: about.firmware,
        }
        if not self._entry.data.get(CONF_SERIAL):
            told[CONF_SERIAL] = about.serial
        data = self._entry.data
        if news := {k: v for k, v in told.items() if v and v != data.get(k)}:
            self._hass.config_entries.async_update_entry(
                self._entry, data={**data, **news}
            )
