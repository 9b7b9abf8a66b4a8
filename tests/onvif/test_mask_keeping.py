"""A camera holds the masks that are wanted, and nobody else's is touched."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from custom_components.hearthcam.onvif import OnvifCamera, OnvifConnectionError
from custom_components.hearthcam.onvif.mask_keeping import (
    Kept,
    MaskKeeper,
    Obstacle,
    OwnMask,
)
from custom_components.hearthcam.onvif.masks import Masks
from custom_components.hearthcam.onvif.outline import Outline, covers
from tests.simulator.onvif_asker import Asker
from tests.simulator.onvif_mask_habits import MaskHabits
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.state import PaintedMask

from .against_simulator import client

pytestmark = pytest.mark.usefixtures("socket_enabled")

WINDOW: Outline = ((0.1, 0.1), (0.3, 0.1), (0.3, 0.3), (0.1, 0.3))
PATH: Outline = ((0.5, 0.5), (0.9, 0.5), (0.7, 0.9))
FOREIGN = PaintedMask("theirs", ((0.8, 0.0), (1.0, 0.0), (1.0, 0.2)))
BOTH = {"window": WINDOW, "path": PATH}
MADE = ("CreateMask", "SetMask", "DeleteMask")


@dataclass
class Home:
    """Who keeps the masks of one camera, and remembers them over restarts."""

    camera: OnvifCamera
    masks: Masks
    asker: Asker
    owned: tuple[OwnMask, ...] = ()

    async def keep(self, wanted: Mapping[str, Outline]) -> Kept:
        """Keep them, as after a restart of ours."""
        options = await self.masks.options()
        keeper = MaskKeeper((self.masks,), options, self.owned, self.remember)
        return await keeper.keep(wanted)

    def remember(self, owned: tuple[OwnMask, ...]) -> None:
        """Take down which are ours."""
        self.owned = owned

    @property
    def shown(self) -> list[PaintedMask]:
        """What the camera has."""
        return list(self.asker.state.masks)

    def made(self) -> list[int]:
        """How often masks were made, changed, deleted."""
        return [self.asker.device.calls[name] for name in MADE]


@asynccontextmanager
async def home(*present: PaintedMask, **habits: object) -> AsyncIterator[Home]:
    """Run a camera that has some masks already."""
    options = OnvifOptions(masks=MaskHabits(**habits))  # type: ignore[arg-type]  # what each test says
    async with client(options) as (camera, asker):
        asker.state.masks = present
        yield Home(camera, Masks(camera, "v0"), asker)


@pytest.mark.parametrize(
    "habits",
    [
        {},
        {"rectangles_only": True},
        {"rectangles_only": True, "tells_rectangles_only": False},
        {"points": 4},
        {"tells_tokens": False},
        {"tokens_are_numbers": True},
        {"grid": 200},
        {"colours": ()},
        {"one_colour": True},
    ],
    ids=str,
)
async def test_zones_are_held_and_let_go_again(habits: dict[str, object]) -> None:
    async with home(FOREIGN, **habits) as ours:
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert len(ours.shown) == 3
        for outline in BOTH.values():
            assert any(covers(mask.outline, outline) for mask in ours.shown)
        made = ours.made()
        # Once more: there is nothing to do.
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert ours.made() == made
        assert await ours.keep({"path": PATH}) == Kept(frozenset({"path"}))
        assert len(ours.shown) == 2
        assert await ours.keep({}) == Kept()
        assert [mask.outline for mask in ours.shown] == [FOREIGN.outline]
        assert not ours.owned


async def test_changed_zone_changes_its_mask() -> None:
    async with home() as ours:
        await ours.keep(BOTH)
        moved = tuple((x + 0.3, y) for x, y in WINDOW)
        kept = await ours.keep(BOTH | {"window": moved})
        assert kept == Kept(frozenset(BOTH))
        assert ours.made() == [2, 1, 0]
        assert len(ours.shown) == 2
        assert not any(covers(mask.outline, WINDOW) for mask in ours.shown)


async def test_forgotten_masks_are_set_anew() -> None:
    async with home() as ours:
        await ours.keep(BOTH)
        ours.asker.state.masks = ()
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert len(ours.shown) == 2


async def test_switched_off_mask_is_switched_on_again() -> None:
    async with home() as ours:
        await ours.keep(BOTH)
        ours.asker.state.masks = tuple(
            replace(mask, enabled=False) for mask in ours.shown
        )
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert ours.made() == [2, 2, 0]


async def test_token_that_became_somebody_elses_is_left_alone() -> None:
    async with home() as ours:
        await ours.keep({"window": WINDOW})
        (mask,) = ours.shown
        theirs = replace(FOREIGN, token=mask.token)
        ours.asker.state.masks = (theirs,)
        assert await ours.keep({"window": WINDOW}) == Kept(frozenset({"window"}))
        assert theirs in ours.shown and len(ours.shown) == 2
        await ours.keep({})
        assert ours.shown == [theirs]


async def test_mask_that_was_edited_at_the_camera_is_the_users_own() -> None:
    async with home() as ours:
        await ours.keep({"window": WINDOW})
        edited = replace(ours.shown[0], outline=FOREIGN.outline)
        ours.asker.state.masks = (edited,)
        await ours.keep({})
        assert ours.shown == [edited]


async def test_somebodys_mask_over_a_zone_is_enough() -> None:
    whole = replace(FOREIGN, outline=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
    async with home(whole) as ours:
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert ours.made() == [0, 0, 0]
        # Blurred it hides nothing.
        ours.asker.state.masks = (replace(whole, type="Blurred"),)
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert ours.made() == [2, 0, 0]


async def test_zones_beyond_the_room_are_not_held() -> None:
    async with home(FOREIGN, most=2) as ours:
        kept = await ours.keep(BOTH)
        assert kept == Kept(frozenset({"window"}), Obstacle.NO_ROOM)
        # A deleted zone makes room for another one.
        assert await ours.keep({"path": PATH}) == Kept(frozenset({"path"}))


async def test_masks_of_another_colour_are_not_made_black() -> None:
    grey = replace(FOREIGN, colour=(90, 90, 90))
    colours = ((0, 0, 0), (90, 90, 90))
    async with home(grey, one_colour=True, colours=colours) as ours:
        assert await ours.keep(BOTH) == Kept(frozenset(), Obstacle.OTHER_COLOUR)
        assert ours.shown == [grey]
    async with home(grey, colours=colours) as ours:
        assert await ours.keep(BOTH) == Kept(frozenset(BOTH))
        assert grey in ours.shown


async def test_what_the_camera_does_not_hold_does_not_count() -> None:
    async with home(ignores=True) as ours:
        assert await ours.keep(BOTH) == Kept(frozenset(), Obstacle.NOT_TAKEN)
    async with home(points=2) as ours:
        assert await ours.keep(BOTH) == Kept(frozenset(), Obstacle.REFUSED)
    # A coarse grid cuts an edge of the zone off.
    async with home(grid=8) as ours:
        assert await ours.keep({"window": WINDOW}) == Kept(
            frozenset(), Obstacle.NOT_TAKEN
        )


async def test_refused_deletion_is_tried_again() -> None:
    async with home() as ours:
        await ours.keep({"window": WINDOW})
        fault = (
            b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
            b"<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault>"
            b"</s:Body></s:Envelope>"
        )
        ours.asker.device.answer_next("DeleteMask", fault, 500)
        assert await ours.keep({}) == Kept(frozenset(), Obstacle.REFUSED)
        assert len(ours.owned) == 1
        await ours.keep({})
        assert [*ours.owned, *ours.shown] == []


async def test_both_configurations_must_hold_a_zone() -> None:
    async with home() as ours:
        options = await ours.masks.options()
        other = Masks(ours.camera, "v1")
        keeper = MaskKeeper((ours.masks, other), options, (), ours.remember)
        # There is none of that name.
        assert await keeper.keep(BOTH) == Kept(frozenset(), Obstacle.REFUSED)
        assert {own.configuration for own in ours.owned} == {"v0"}


@pytest.mark.parametrize("answered", [0, 1, 2, 3])
@pytest.mark.parametrize("is_new", [False, True])
async def test_call_that_is_cut_off_leaves_no_mask_behind(
    answered: int, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home(FOREIGN) as ours:
        if not is_new:
            await ours.keep({"window": WINDOW})
        options = await ours.masks.options()
        whole, left = OnvifCamera.call, answered

        async def call(*args: Any, **named: Any) -> Element:
            nonlocal left
            # What is asked for is done, the answer is lost.
            message = await whole(*args, **named)
            left -= 1
            if left < 0:
                raise OnvifConnectionError("cut")
            return message

        moved = tuple((x, y + 0.3) for x, y in WINDOW)
        keeper = MaskKeeper((ours.masks,), options, ours.owned, ours.remember)
        with monkeypatch.context() as cable:
            cable.setattr(OnvifCamera, "call", call)
            # All there is to do are three calls: look, make or change, look.
            with suppress(OnvifConnectionError):
                await keeper.keep({"window": moved})
        assert await ours.keep({"window": moved}) == Kept(frozenset({"window"}))
        assert len(ours.shown) == 2
        await ours.keep({})
        assert ours.shown == [FOREIGN]
