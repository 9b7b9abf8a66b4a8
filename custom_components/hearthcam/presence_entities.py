"""The entities that tell who is home: what they are called by now, and which are gone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .const import CONF_PRESENCE_IDS, DOMAIN

_ISSUE: Final = "presence_gone"


class ChosenEntities:
    """Knows them by the ids of the entity registry, which outlast a new name.

    Entities that are in no registry, such as zones and groups of a file, are known by
    their names only: they are never said to be gone.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Take up what was known before a restart."""
        self._hass = hass
        self._entry = entry
        self._registry = er.async_get(hass)
        self._ids: dict[str, str] = dict(entry.data.get(CONF_PRESENCE_IDS, {}))

    @property
    def ids(self) -> dict[str, str]:
        """By which ids the registry knows them, or did."""
        return dict(sorted(self._ids.items()))

    def renamed(self, watched: Iterable[str]) -> dict[str, str]:
        """Return the new names of those that have another one by now."""
        found: dict[str, str] = {}
        for entity_id in watched:
            known = self._registry.entities.get_entry(self._ids.get(entity_id, ""))
            if known is not None and known.entity_id != entity_id:
                found[entity_id] = known.entity_id
        return found

    def settle(
        self, watched: Iterable[str], renamed: Mapping[str, str]
    ) -> frozenset[str]:
        """Note what these entities are; return those that were deleted."""
        ids = {renamed.get(one, one): known for one, known in self._ids.items()}
        self._ids, gone = {}, set()
        for entity_id in watched:
            if (entry := self._registry.async_get(entity_id)) is not None:
                self._ids[entity_id] = entry.id
            elif entity_id in ids:
                self._ids[entity_id] = ids[entity_id]
                gone.add(entity_id)
        return frozenset(gone)

    def forget_strangers(self, chosen: Iterable[str]) -> None:
        """Take those that were chosen anew for what has their name by now."""
        for entity_id in chosen:
            if self._hass.states.get(entity_id) is not None:
                self._ids.pop(entity_id, None)

    @callback
    def tell(self, gone: Sequence[str]) -> None:
        """Have a Repair say which are gone."""
        issue_id = f"{_ISSUE}_{self._entry.entry_id}"
        if not gone:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            is_persistent=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=_ISSUE,
            translation_placeholders={
                "name": self._entry.title,
                "entities": ", ".join(gone),
            },
        )
