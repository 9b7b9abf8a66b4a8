"""Zones that the camera itself blacks out, against a simulated one."""

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.hearthcam.const import CONF_ONVIF_MASKS, SUBENTRY_ZONE
from custom_components.hearthcam.engine.protocol import StreamStatus
from custom_components.hearthcam.onvif.mask_keeping import OwnMask
from custom_components.hearthcam.onvif_mask_data import data_of, owned_of
from homeassistant.config_entries import ConfigSubentry
from homeassistant.exceptions import HomeAssistantError
from tests.simulator.onvif_mask_habits import MaskHabits
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.state import PaintedMask

from .ability_fixtures import Begin, call, shown
from .conftest import wait_for
from .session_fixtures import OnvifHarness

pytest_plugins = ["tests.ha.ability_fixtures"]

SWITCH = "switch.front_door_let_the_camera_black_zones_out"
MASKING = OnvifOptions(masks=MaskHabits())
WINDOW = [[0.1, 0.1], [0.3, 0.1], [0.3, 0.3], [0.1, 0.3]]
GATE = [[0.6, 0.6], [0.9, 0.6], [0.9, 0.9]]
FOREIGN = PaintedMask("theirs", ((0.8, 0.0), (1.0, 0.0), (1.0, 0.2)))


def privacy_zone(
    harness: OnvifHarness, zone_id: str = "WINDOW", **data: Any
) -> ConfigSubentry:
    """Add a privacy zone, ``data`` replacing parts of it."""
    zone = ConfigSubentry(
        data=MappingProxyType(
            {
                "kind": "privacy",
                "polygon": WINDOW,
                "modes": [],
                "past": False,
                "enabled": True,
            }
            | data
        ),
        subentry_type=SUBENTRY_ZONE,
        title=zone_id.title(),
        unique_id=None,
        subentry_id=zone_id,
    )
    harness.hass.config_entries.async_add_subentry(harness.entry, zone)
    return zone


async def switch(harness: OnvifHarness, on: bool) -> None:
    """Use the switch."""
    await harness.state(SWITCH, "off" if on else "on")
    if on:
        await harness.stream()
    await call(harness, f"switch.turn_{'on' if on else 'off'}", entity_id=SWITCH)
    await harness.hass.async_block_till_done()


def claimed(harness: OnvifHarness) -> set[str]:
    """Return the zones of which the engine was told last that the camera has them."""
    told = harness.engine.commands("ConfigureCamera")[-1]["privacy"]
    return {zone["zone_id"] for zone in told if zone["at_source"]}


def masks_of(harness: OnvifHarness) -> list[PaintedMask]:
    """Return what the camera has."""
    return list(harness.state_of_device.masks)


async def claims(harness: OnvifHarness, *zones: str) -> None:
    """Wait until the engine was told so."""
    await wait_for(lambda: claimed(harness) == set(zones))


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """Ask the camera again whenever it is looked at."""
    with (
        patch("custom_components.hearthcam.onvif_masks.CHECK_EVERY", 0.0),
        patch("custom_components.hearthcam.onvif_masks.RETRY_AFTER", 0.0),
    ):
        yield


async def test_camera_that_can_is_asked_for_nothing_unless_it_is_wished(
    begin: Begin,
) -> None:
    async with begin(MASKING) as harness:
        await harness.state(SWITCH, "off")
        assert harness.device.calls["GetMasks"] == 0


@pytest.mark.parametrize(
    "options",
    [
        OnvifOptions(),
        OnvifOptions(masks=MaskHabits(types=("Blurred",))),
        OnvifOptions(masks=MaskHabits(colours=((100, 100, 100),))),
        # A camera that moves: its masks go with it.
        OnvifOptions(masks=MaskHabits(), ptz=True),
    ],
)
async def test_there_is_no_switch_where_the_camera_cannot(
    begin: Begin, options: OnvifOptions
) -> None:
    async with begin(options) as harness:
        await wait_for(lambda: harness.session.capabilities)
        await harness.hass.async_block_till_done()
        assert harness.hass.states.get(SWITCH) is None


async def test_zones_are_given_to_the_camera_and_taken_back(begin: Begin) -> None:
    async with begin(MASKING) as harness:
        harness.state_of_device.masks = (FOREIGN,)
        privacy_zone(harness)
        # By arming mode, and switched off: those stay with Hearthcam.
        privacy_zone(harness, "NIGHT", modes=["armed_night"])
        privacy_zone(harness, "NEVER", enabled=False)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        assert shown(harness, SWITCH).state == "on"
        assert len(masks_of(harness)) == 2
        assert harness.entry.runtime_data.masked_at_source == {"WINDOW"}
        await switch(harness, on=False)
        await claims(harness)
        assert masks_of(harness) == [FOREIGN]
        assert harness.entry.data[CONF_ONVIF_MASKS] == []


async def test_zone_that_changes_is_not_claimed_until_the_camera_holds_it(
    begin: Begin,
) -> None:
    async with begin(MASKING) as harness:
        zone = privacy_zone(harness)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        entries = harness.hass.config_entries
        told = len(harness.engine.commands("ConfigureCamera"))
        entries.async_update_subentry(
            harness.entry, zone, data={**zone.data, "polygon": GATE}
        )
        await wait_for(lambda: harness.device.calls["SetMask"] == 1)
        await claims(harness, "WINDOW")
        for command in harness.engine.commands("ConfigureCamera")[told:]:
            (sent,) = command["privacy"]
            if not sent["at_source"]:
                break
        else:
            pytest.fail("claimed at once")
        assert len(masks_of(harness)) == 1
        privacy_zone(harness, "SECOND")
        await claims(harness, "WINDOW", "SECOND")
        entries.async_remove_subentry(harness.entry, "WINDOW")
        await claims(harness, "SECOND")
        await wait_for(lambda: len(masks_of(harness)) == 1)


async def test_masks_that_a_restarted_camera_forgot_are_set_anew(
    begin: Begin,
) -> None:
    async with begin(MASKING) as harness:
        privacy_zone(harness)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        await harness.device.stop()
        await harness.reachable(False)
        # Nobody knows what it holds by now.
        await claims(harness)
        harness.state_of_device.masks = (FOREIGN,)
        await harness.device.start()
        await claims(harness, "WINDOW")
        assert len(masks_of(harness)) == 2


async def test_lost_stream_has_the_camera_asked_again(begin: Begin) -> None:
    async with begin(MASKING) as harness:
        privacy_zone(harness)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        with (
            patch("custom_components.hearthcam.onvif_masks.CHECK_EVERY", 1e9),
            patch("custom_components.hearthcam.onvif_masks.RETRY_AFTER", 1e9),
        ):
            # The session notices nothing of it.
            await harness.stream(StreamStatus.CONNECTING)
            await claims(harness)
            await harness.hass.async_block_till_done()
            harness.state_of_device.masks = ()
            await harness.stream()
            await claims(harness, "WINDOW")
            assert len(masks_of(harness)) == 1


async def test_masks_are_known_again_after_a_restart_of_ours(begin: Begin) -> None:
    async with begin(MASKING) as harness:
        privacy_zone(harness)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        (mask,) = masks_of(harness)
        entries = harness.hass.config_entries
        assert await entries.async_reload(harness.entry.entry_id)
        await harness.stream()
        # Not from memory: the camera is asked first.
        await claims(harness, "WINDOW")
        assert masks_of(harness) == [mask]
        await switch(harness, on=False)
        assert masks_of(harness) == []


@pytest.mark.parametrize(
    ("habits", "present", "key"),
    [
        (MaskHabits(ignores=True), (), "masks_not_taken"),
        (MaskHabits(points=2), (), "masks_refused"),
        (MaskHabits(most=1), (FOREIGN,), "masks_no_room"),
        (
            MaskHabits(one_colour=True, colours=((0, 0, 0), (90, 90, 90))),
            (replace(FOREIGN, colour=(90, 90, 90)),),
            "masks_other_colour",
        ),
    ],
)
async def test_camera_that_does_not_hold_the_zones_is_not_trusted(
    begin: Begin, habits: MaskHabits, present: tuple[PaintedMask, ...], key: str
) -> None:
    async with begin(OnvifOptions(masks=habits)) as harness:
        harness.state_of_device.masks = present
        privacy_zone(harness)
        with pytest.raises(HomeAssistantError) as refused:
            await switch(harness, on=True)
        assert refused.value.translation_key == key
        assert shown(harness, SWITCH).state == "off"
        assert masks_of(harness) == list(present)
        await harness.hass.async_block_till_done()
        assert harness.entry.runtime_data.masked_at_source == frozenset()


async def test_zones_that_have_no_room_stay_with_hearthcam(begin: Begin) -> None:
    async with begin(OnvifOptions(masks=MaskHabits(most=1))) as harness:
        privacy_zone(harness)
        privacy_zone(harness, "GATE", polygon=GATE)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        assert len(masks_of(harness)) == 1


async def test_masks_are_removed_when_the_camera_is_back(begin: Begin) -> None:
    async with begin(MASKING) as harness:
        privacy_zone(harness)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        masks = harness.entry.runtime_data.masks
        await harness.device.stop()
        # The user is quicker than we know.
        await masks.async_turn_off()
        await claims(harness)
        await harness.reachable(False)
        assert len(masks_of(harness)) == 1
        await harness.device.start()
        await wait_for(lambda: not masks_of(harness))


async def test_camera_that_is_away_cannot_be_told(begin: Begin) -> None:
    async with begin(MASKING) as harness:
        privacy_zone(harness)
        await harness.state(SWITCH, "off")
        await harness.device.stop()
        with pytest.raises(HomeAssistantError) as away:
            await harness.entry.runtime_data.masks.async_turn_on()
        assert away.value.translation_key == "camera_unreachable"
        assert not harness.entry.runtime_data.masks.is_on


async def test_closed_camera_is_asked_nothing_and_keeps_its_masks(
    begin: Begin,
) -> None:
    async with begin(MASKING) as harness:
        privacy_zone(harness)
        await switch(harness, on=True)
        await claims(harness, "WINDOW")
        await call(
            harness, "switch.turn_on", entity_id="switch.front_door_privacy_mode"
        )
        await claims(harness)
        asked = harness.device.calls["GetMasks"]
        privacy_zone(harness, "GATE", polygon=GATE)
        await harness.hass.async_block_till_done()
        assert harness.device.calls["GetMasks"] == asked
        assert len(masks_of(harness)) == 1
        await call(
            harness, "switch.turn_off", entity_id="switch.front_door_privacy_mode"
        )
        await harness.stream()
        await claims(harness, "WINDOW", "GATE")


def test_masks_are_remembered_as_they_were() -> None:
    owned = (
        OwnMask("ZONE", "v0", "m", ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0)), ((0.0, 0.5),)),
        OwnMask("ZONE", "v1", "", (), (), ((0.25, 0.5),)),
    )
    assert owned_of(data_of(owned)) == owned
    for data in (None, "nonsense", [["a"]], [["a", "b", "c", [1], [], []]], 7):
        assert owned_of(data) == ()
