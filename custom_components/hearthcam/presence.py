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
from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData
from homeassistant.helpers.event import (
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)
from homeassistant.helpers.start import async_at_started

from .const import CONF_AT_HOME, CONF_PRESENCE, CONF_PRESENCE_IDS
from .presence_entities import ChosenEntities
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
    - One that is renamed is followed. One that is deleted counts no more, and a Repair
      says that it is gone: it will never tell that somebody left.
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
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._is_started = False
        self._home = remembered_home(entry.data, options)
        self._chosen = ChosenEntities(hass, entry)
        self._renamed: dict[str, str] = {}
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
        self._chosen.forget_strangers(self._watched)
        self._take(self._hass.states.get(one) for one in self._watched)
        if self._is_started:
            self._follow()

    @callback
    def _follow(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()
        if not self._is_started:
            self._chosen.tell(())
            return
        # They may have been renamed, or deleted, while nobody looked.
        self._settle(self._chosen.renamed(self._watched))
        if self._watched:
            self._unsubscribe += (
                async_track_state_change_event(
                    self._hass, self._watched, self._state_changed
                ),
                async_track_entity_registry_updated_event(
                    self._hass, self._watched, self._registry_changed
                ),
            )
        self._remember()

    @callback
    def _registry_changed(self, event: Event[EventEntityRegistryUpdatedData]) -> None:
        """Follow what was renamed, and forget what was deleted."""
        before = self._home
        if event.data["action"] == "update" and "old_entity_id" not in event.data:
            return
        self._follow()
        if self._home != before:
            self._changed()

    def _settle(self, renamed: Mapping[str, str]) -> None:
        """Go by new names, and by no entity that is gone."""
        self._renamed = dict(renamed)
        self._watched = tuple(renamed.get(one, one) for one in self._watched)
        self._home = frozenset(renamed.get(one, one) for one in self._home)
        gone = self._chosen.settle(self._watched, renamed)
        self._home -= gone
        self._chosen.tell(sorted(gone))

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
        data, options = dict(self._entry.data), dict(self._entry.options)
        for key, known in (
            (CONF_AT_HOME, sorted(self._home)),
            (CONF_PRESENCE_IDS, self._chosen.ids),
        ):
            if known or key in data:
                data[key] = known
        if chosen := options.get(CONF_PRESENCE):
            # Only the names: others may have been chosen a moment ago.
            options[CONF_PRESENCE] = [self._renamed.get(one, one) for one in chosen]
        self._renamed = {}
        if data != self._entry.data or options != self._entry.options:
            self._hass.config_entries.async_update_entry(
                self._entry, data=data, options=options
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
