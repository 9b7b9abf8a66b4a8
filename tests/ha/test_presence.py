"""Who is home, whatever is not known of it."""

from collections.abc import Generator
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import CONF_AT_HOME, CONF_PRESENCE, DOMAIN
from custom_components.hearthcam.presence import Presence, says_home
from custom_components.hearthcam.privacy_ruling import PresenceRule, PrivacyOptions
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .conftest import make_camera_entry

ANNA, BEN, HOUSE = "person.anna", "person.ben", "zone.home"


class Follower:
    """Follows who is home, and counts the news."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: MockConfigEntry,
        *persons: str,
        rule: PresenceRule = PresenceRule.CLOSE,
    ) -> None:
        """Begin."""
        options = PrivacyOptions(persons=persons, rule=rule)
        self.news = 0
        self.presence = Presence(hass, entry, options, self._changed)
        self.stop = self.presence.start()

    def _changed(self) -> None:
        self.news += 1

    @property
    def home(self) -> set[str]:
        """Who is home."""
        return set(self.presence.home)


@pytest.fixture(name="entry")
def entry_fixture(hass: HomeAssistant) -> MockConfigEntry:
    """Return the entry of a camera that is not set up."""
    entry = make_camera_entry()
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def starting(hass: HomeAssistant) -> Generator[HomeAssistant]:
    """Return a Home Assistant that has not started yet."""
    hass.set_state(CoreState.starting)
    yield hass
    hass.set_state(CoreState.running)


async def say(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Let an entity tell something."""
    hass.states.async_set(entity_id, state)
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("entity_id", "state", "expected"),
    [
        (ANNA, "home", True),
        (ANNA, "not_home", False),
        (ANNA, "Work", False),
        (ANNA, "unknown", None),
        (ANNA, "unavailable", None),
        (HOUSE, "2", True),
        (HOUSE, "0", False),
        (HOUSE, "?", None),
        ("group.family", "home", True),
        ("device_tracker.phone", "not_home", False),
        ("binary_sensor.bed", "on", True),
        ("input_boolean.guests", "off", False),
    ],
)
def test_each_kind_of_entity_says_it_in_its_own_way(
    entity_id: str, state: str, expected: bool | None
) -> None:
    assert says_home(State(entity_id, state)) is expected


async def test_coming_and_going_is_told_once(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await say(hass, ANNA, "not_home")
    house = Follower(hass, entry, ANNA, BEN)
    assert not house.home
    await say(hass, ANNA, "home")
    await say(hass, BEN, "home")
    assert house.home == {ANNA, BEN}
    assert house.news == 2
    await say(hass, BEN, "Work")
    await say(hass, BEN, "not_home")
    assert house.home == {ANNA}
    assert house.news == 3
    house.stop()
    await say(hass, ANNA, "not_home")
    assert house.news == 3


@pytest.mark.parametrize("silence", ["unknown", "unavailable", None])
@pytest.mark.parametrize("state", ["home", "not_home"])
async def test_entity_that_falls_silent_counts_as_before(
    hass: HomeAssistant, entry: MockConfigEntry, state: str, silence: str | None
) -> None:
    """A failure neither opens a camera nor keeps it from recording."""
    await say(hass, ANNA, state)
    house = Follower(hass, entry, ANNA)
    if silence is None:
        hass.states.async_remove(ANNA)
        await hass.async_block_till_done()
    else:
        await say(hass, ANNA, silence)
    assert bool(house.home) is (state == "home")
    assert house.news == 0
    house.stop()


@pytest.mark.parametrize("before", [[], [ANNA]])
async def test_after_a_restart_it_is_as_it_was_until_it_is_known(
    starting: HomeAssistant, entry: MockConfigEntry, before: list[str]
) -> None:
    starting.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_AT_HOME: before}
    )
    house = Follower(starting, entry, ANNA, BEN)
    assert house.home == set(before)
    await say(starting, ANNA, "unknown")
    assert house.home == set(before)
    house.stop()


async def test_nobody_has_left_while_home_assistant_starts(
    starting: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Zones begin with nobody in them."""
    starting.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_AT_HOME: [HOUSE]}
    )
    await say(starting, HOUSE, "0")
    house = Follower(starting, entry, HOUSE, BEN)
    await say(starting, BEN, "home")
    assert house.home == {HOUSE, BEN}
    starting.set_state(CoreState.running)
    starting.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await starting.async_block_till_done()
    assert house.home == {BEN}
    assert house.news == 2
    house.stop()


async def test_who_is_home_is_remembered_in_the_entry(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    house = Follower(hass, entry, ANNA, BEN)
    await say(hass, BEN, "home")
    await say(hass, ANNA, "home")
    assert entry.data[CONF_AT_HOME] == [ANNA, BEN]
    await say(hass, BEN, "not_home")
    assert entry.data[CONF_AT_HOME] == [ANNA]
    house.stop()


async def test_person_that_was_never_known_is_not_home(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    house = Follower(hass, entry, "person.mistyped")
    assert not house.home
    house.stop()


async def test_other_persons_are_gone_by_from_now_on(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await say(hass, ANNA, "home")
    house = Follower(hass, entry, ANNA)
    house.presence.use(PrivacyOptions(persons=(BEN,), rule=PresenceRule.CLOSE))
    assert not house.home
    assert entry.data[CONF_AT_HOME] == []
    await say(hass, ANNA, "not_home")
    assert house.news == 0
    await say(hass, BEN, "home")
    assert house.home == {BEN}
    house.stop()


async def test_without_a_rule_nobody_is_followed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await say(hass, ANNA, "home")
    house = Follower(hass, entry, ANNA, rule=PresenceRule.NOTHING)
    await say(hass, ANNA, "not_home")
    await say(hass, ANNA, "home")
    assert not house.home
    assert house.news == 0
    assert CONF_AT_HOME not in entry.data
    house.stop()


def register(hass: HomeAssistant, entity_id: str) -> er.RegistryEntry:
    """Have an entity in the registry."""
    domain, _, name = entity_id.partition(".")
    return er.async_get(hass).async_get_or_create(
        domain, "test", name, object_id_base=name
    )


@pytest.mark.parametrize("followed", [True, False])
async def test_entity_that_was_renamed_is_followed(
    hass: HomeAssistant, entry: MockConfigEntry, followed: bool
) -> None:
    """Also where that was done while the camera was not loaded."""
    options = {**entry.options, CONF_PRESENCE: [ANNA, BEN]}
    hass.config_entries.async_update_entry(entry, options=options)
    register(hass, ANNA)
    await say(hass, ANNA, "home")
    house = Follower(hass, entry, ANNA, BEN)
    if not followed:
        house.stop()
    er.async_get(hass).async_update_entity(ANNA, new_entity_id="person.anne")
    hass.states.async_remove(ANNA)
    await hass.async_block_till_done()
    if not followed:
        house = Follower(hass, entry, *entry.options[CONF_PRESENCE])
    assert entry.options[CONF_PRESENCE] == ["person.anne", BEN]
    assert house.home == {"person.anne"}
    assert entry.data[CONF_AT_HOME] == ["person.anne"]
    news = house.news
    await say(hass, "person.anne", "not_home")
    assert not house.home
    assert house.news == news + 1
    house.stop()


@pytest.mark.parametrize("followed", [True, False])
async def test_entity_that_was_deleted_while_home_counts_no_more_and_is_told_of(
    hass: HomeAssistant, entry: MockConfigEntry, followed: bool
) -> None:
    """It will never say that somebody left."""
    registry = er.async_get(hass)
    issue = f"presence_gone_{entry.entry_id}"
    register(hass, ANNA)
    await say(hass, ANNA, "home")
    house = Follower(hass, entry, ANNA, BEN)
    # Unavailable is something else.
    await say(hass, ANNA, "unavailable")
    assert house.home == {ANNA}
    if not followed:
        house.stop()
    registry.async_remove(ANNA)
    hass.states.async_remove(ANNA)
    await hass.async_block_till_done()
    if not followed:
        house = Follower(hass, entry, ANNA, BEN)
    assert not house.home
    assert entry.data[CONF_AT_HOME] == []
    assert house.news == followed
    told = ir.async_get(hass).async_get_issue(DOMAIN, issue)
    assert told is not None
    assert told.translation_placeholders == {"name": entry.title, "entities": ANNA}

    # Back again, it counts again.
    register(hass, ANNA)
    await say(hass, ANNA, "home")
    assert house.home == {ANNA}
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    registry.async_remove(ANNA)
    await hass.async_block_till_done()
    house.presence.use(PrivacyOptions(persons=(BEN,), rule=PresenceRule.CLOSE))
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue) is None
    house.stop()


@pytest.mark.parametrize("rubbish", [{"presence_rule": "party"}])
def test_options_that_are_not_ours_are_refused(rubbish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="party"):
        PrivacyOptions.from_options(rubbish)
