"""Who is home, as far as the rules of a camera go by it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_HOME, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.start import async_at_started

from .const import CONF_AT_HOME
from .privacy_ruling import PrivacyOptions

DOMAINS: Final = (
    "person",
    "zone",
    "group",
    "device_tracker",
    "binary_sensor",
    "input_boolean",
)
"""Of the entities that can tell: who is where, how many are in a zone, or on and off."""


class Presence:
    """Follows the chosen entities; ``changed`` is called when somebody comes or goes.

    What is not known counts as it was known last, for each entity by itself:

    - An entity that becomes unknown or unavailable (an integration is reloaded, a
      telephone is off, Home Assistant stops) tells nothing. If it counted as away, a
      camera would be opened by a failure, in front of people who rely on that it is
      closed; if it counted as home, a failure would switch recording off in an empty
      house. So nothing changes.
    - After a restart the same holds, which is why it is remembered in the entry who
      was home: a camera that was closed stays closed until it is known that everybody
      left, one that was open stays open. An entity that was never known is not home:
      a mistyped or dead one must not keep a camera from recording for ever.
    - While Home Assistant starts, "away" is not believed yet: zones begin with nobody
      in them, before persons are there, and some trackers with everybody away. Who is
      said to be home is home at once.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        options: PrivacyOptions,
        changed: CALLBACK_TYPE,
    ) -> None:
        """Take up what is known; nothing is followed before `start`."""
        self._hass = hass
        self._entry = entry
        self._changed = changed
        self._watched = options.watched
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._is_started = False
        self._home = remembered_home(entry.data, options)
        self._take(hass.states.get(one) for one in self._watched)

    @property
    def home(self) -> frozenset[str]:
        """The chosen entities that say that somebody is home, or said so last."""
        return self._home

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin; return what ends it."""
        self._is_started = True
        self._follow()
        stop_waiting = async_at_started(self._hass, self._look)

        @callback
        def stop() -> None:
            stop_waiting()
            self._is_started = False
            self._follow()

        return stop

    @callback
    def use(self, options: PrivacyOptions) -> None:
        """Go by other entities; tells nobody of what that changes."""
        if options.watched == self._watched:
            return
        self._watched = options.watched
        self._home &= frozenset(self._watched)
        self._take(self._hass.states.get(one) for one in self._watched)
        if self._is_started:
            self._follow()

    @callback
    def _follow(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._is_started:
            if self._watched:
                self._unsubscribe = async_track_state_change_event(
                    self._hass, self._watched, self._state_changed
                )
            self._remember()

    @callback
    def _look(self, _: HomeAssistant) -> None:
        """Look at all of them, now that also "away" is believed."""
        self._apply(*(self._hass.states.get(one) for one in self._watched))

    @callback
    def _state_changed(self, event: Event[EventStateChangedData]) -> None:
        self._apply(event.data["new_state"])

    @callback
    def _apply(self, *states: State | None) -> None:
        before = self._home
        self._take(states)
        if self._home != before:
            self._remember()
            self._changed()

    def _take(self, states: Iterable[State | None]) -> None:
        for state in states:
            if state is None or (is_home := says_home(state)) is None:
                continue
            if is_home:
                self._home |= {state.entity_id}
            elif self._hass.state is CoreState.running:
                self._home -= {state.entity_id}

    @callback
    def _remember(self) -> None:
        """Keep it in the entry, where a restart finds it before anything else."""
        home = sorted(self._home)
        if self._entry.data.get(CONF_AT_HOME, []) != home:
            self._hass.config_entries.async_update_entry(
                self._entry, data={**self._entry.data, CONF_AT_HOME: home}
            )


def remembered_home(data: Mapping[str, Any], options: PrivacyOptions) -> frozenset[str]:
    """Return which of the chosen entities were home last, by an entry's data."""
    return frozenset(data.get(CONF_AT_HOME, ())).intersection(options.watched)


def says_home(state: State) -> bool | None:
    """Tell whether an entity says that somebody is home; None: it does not know."""
    value = state.state
    if value in (STATE_UNKNOWN, STATE_UNAVAILABLE):
        return None
    if state.domain == "zone":
        return int(value) > 0 if value.isdecimal() else None
    return value in (STATE_HOME, STATE_ON)
