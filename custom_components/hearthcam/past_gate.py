"""Which recordings of before must not be shown: those with a zone not black yet."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import CONF_CAMERA_ID, DOMAIN
from .engine.parts import PrivacyZone
from .library.doubts import believed, doubted, with_doubts
from .privacy_result import Outcome, async_check_store
from .privacy_zones import PrivacyRules, marks_of, privacy_rules


@dataclass(frozen=True, slots=True)
class _Known:
    """The rules of an entry, and the data of its zones that they were read from.

    Whoever sends a file asks for them at each piece of it; to read hundreds of zones
    takes a tenth of a second.
    """

    read: tuple[Mapping[str, Any], ...]
    rules: PrivacyRules
    past_marks: frozenset[str]


_NO_CAMERA: Final = _Known((), PrivacyRules(), frozenset())
DATA_KNOWN: HassKey[dict[str, _Known]] = HassKey(f"{DOMAIN}_past_rules")


@callback
def async_rules_of(hass: HomeAssistant, camera_id: str) -> PrivacyRules:
    """Return the privacy zones of a camera, loaded or not.

    One that was removed has none.
    """
    return _known_of(hass, camera_id).rules


@callback
def async_hides(hass: HomeAssistant, camera_id: str, mask: Collection[str]) -> bool:
    """Tell whether a clip must not be shown, by the marks of what is black in it."""
    if not _known_of(hass, camera_id).past_marks.issubset(mask):
        return True
    marks = doubted(mask)
    if not marks:
        return False
    known, counting = _doubts_of(hass, camera_id), async_doubts(hass, camera_id)
    return any(
        # Of what nobody knows any more where it was, a zone may be any that is left.
        mark in counting
        or (mark not in known and async_rules_of(hass, camera_id).now(None))
        for mark in marks
    )


@callback
def async_doubts(hass: HomeAssistant, camera_id: str) -> frozenset[str]:
    """Return the marks that hide a clip which carries them without being believed.

    Those of which it is known what is to be made black. That was promised when these
    clips were recorded: also for zones that do not cover recordings from before.
    """
    rules = async_rules_of(hass, camera_id)
    hidden = marks_of(rules.now(None))
    return frozenset(
        mark
        for mark, zone in _doubts_of(hass, camera_id).items()
        if mark in hidden or rules.wants(zone.zone_id)
    )


@callback
def async_past_of(
    hass: HomeAssistant, camera_id: str, mask: Collection[str]
) -> tuple[PrivacyZone, ...]:
    """Return what is to be made black in a clip, by the marks that it carries."""
    past = async_rules_of(hass, camera_id).past
    marks, known = marks_of(past), _doubts_of(hass, camera_id)
    return past + tuple(
        known[mark] for mark in sorted(doubted(mask) - marks) if mark in known
    )


@callback
def async_can_paint(hass: HomeAssistant, camera_id: str, mask: Collection[str]) -> bool:
    """Tell whether a clip that must not be shown can be made one that may.

    Not while it is unknown what is to be black, nor by painting that a test has found
    to leak.
    """
    if async_rules_of(hass, camera_id).unreadable or async_leaks(hass, camera_id):
        return False
    painted = marks_of(async_past_of(hass, camera_id, mask))
    return not async_hides(hass, camera_id, after_painting(mask, painted))


def after_painting(mask: Collection[str], painted: Collection[str]) -> tuple[str, ...]:
    """Return the marks of a clip after so much was painted in it."""
    left = doubted(mask).difference(painted)
    known = sorted({*believed(mask), *painted})
    return (*known, *with_doubts(sorted(left), left))


@callback
def async_leaks(hass: HomeAssistant, camera_id: str) -> bool:
    """Tell whether a zone of a camera was seen, and no test has passed since.

    That counts as long as there is anything to hide, in whatever mode.
    """
    check = async_check_store(hass).get(camera_id)
    if check is None or check.outcome is not Outcome.LEAKED:
        return False
    return bool(async_rules_of(hass, camera_id).now(None))


def _doubts_of(hass: HomeAssistant, camera_id: str) -> dict[str, PrivacyZone]:
    """Return what marks stand for, as far as it is known."""
    known = {
        marks: zone
        for zone in async_rules_of(hass, camera_id).of_any_kind
        for marks in marks_of((zone,))
    }
    doubts = async_check_store(hass).trust(camera_id).doubts
    return known | {doubt.mark: doubt.zone for doubt in doubts}


def _known_of(hass: HomeAssistant, camera_id: str) -> _Known:
    if (entry := _entry_of(hass, camera_id)) is None:
        return _NO_CAMERA
    # Home Assistant replaces what was changed, and never changes it in place.
    data = tuple(zone.data for zone in entry.subentries.values())
    kept = hass.data.setdefault(DATA_KNOWN, {})
    known = kept.get(entry.entry_id)
    if known is None or not _are_same(known.read, data):
        rules = privacy_rules(entry)
        kept[entry.entry_id] = known = _Known(data, rules, rules.past_marks)
    return known


def _are_same(
    one: tuple[Mapping[str, Any], ...], other: tuple[Mapping[str, Any], ...]
) -> bool:
    return len(one) == len(other) and all(
        mine is yours for mine, yours in zip(one, other, strict=True)
    )


def _entry_of(hass: HomeAssistant, camera_id: str) -> ConfigEntry[Any] | None:
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.data.get(CONF_CAMERA_ID) == camera_id:
            return entry
    return None
