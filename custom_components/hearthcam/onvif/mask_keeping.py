"""Having a camera hold the masks that are wanted, and no other's mask touched.

What is remembered of a mask of ours is its token and its shape as the camera told it:
after a restart a token may be that of somebody else's mask.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from .errors import OnvifResponseError
from .masks import CameraMask, MaskOptions, Masks
from .outline import Outline, box_of, same
from .outline_around import around, shields

GROWTH: Final = 0.02
"""By how much of the picture a mask is larger than its zone, on all sides: codecs
smear edges, and cameras round corners to a grid of theirs."""
HELD_GROWTH: Final = 0.005
"""By how much it must be larger at least, as the camera tells it, to count."""
_SAME: Final = 0.02
"""How far the corners of a mask may be from where they were, with the same token."""
_ALIKE: Final = 0.004
"""The same, with another token."""


class Obstacle(StrEnum):
    """Why a zone has no mask at the camera. The values are keys of the translations."""

    NO_ROOM = "masks_no_room"
    OTHER_COLOUR = "masks_other_colour"
    """Somebody's masks have another colour, which ours would change."""
    REFUSED = "masks_refused"
    NOT_TAKEN = "masks_not_taken"
    """The camera answers well, and does not hold what was asked for."""


@dataclass(frozen=True, slots=True)
class OwnMask:
    """A mask that we made for a zone.

    Attributes:
        token: empty while the camera did not tell it.
        asked: what it is to cover the zone with.
        sent: what was sent, which may be the rectangle around that.
        told: what the camera then said that it is; empty before that.
    """

    zone: str
    configuration: str
    token: str
    asked: Outline
    sent: Outline
    told: Outline = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping: the zones the camera holds, and why it does not others."""

    held: frozenset[str] = frozenset()
    obstacle: Obstacle | None = None


class MaskKeeper:
    """Keeps the masks of one camera's video source configurations.

    ``remember`` is called with all masks of ours at each change, before anything else
    is asked of the camera: a mask that is forgotten would stay there for good.
    """

    def __init__(
        self,
        masks: tuple[Masks, ...],
        options: MaskOptions,
        owned: tuple[OwnMask, ...],
        remember: Callable[[tuple[OwnMask, ...]], None],
    ) -> None:
        """Nothing is asked yet."""
        self._masks = masks
        self._options = options
        self._owned = owned
        self._remember = remember
        self._obstacle: Obstacle | None = None

    async def keep(self, wanted: Mapping[str, Outline]) -> Kept:
        """Have the camera hold these zones, and none else of ours.

        A zone counts as held where what the camera tells afterwards covers it in every
        configuration. Raises `OnvifError` where the camera cannot be asked; what it
        refuses is told in the answer.
        """
        self._obstacle = None
        held = frozenset(wanted)
        for masks in self._masks:
            held &= await self._keep_in(masks, wanted)
        if held != frozenset(wanted):
            self._obstacle = self._obstacle or Obstacle.NOT_TAKEN
        return Kept(held, self._obstacle)

    async def _keep_in(
        self, masks: Masks, wanted: Mapping[str, Outline]
    ) -> frozenset[str]:
        """Keep the masks of one configuration; return the zones that it holds."""
        present = await masks.all()
        self._recognise(masks.configuration, present)
        for own in self._owned:
            if own.configuration == masks.configuration and own.zone not in wanted:
                await self._delete(masks, own)
                present = await masks.all()
                self._recognise(masks.configuration, present)
        for zone, outline in wanted.items():
            if await self._place(masks, zone, outline, present):
                present = await masks.all()
                self._note(zone, masks.configuration, present)
        held = await asyncio.to_thread(
            lambda: [zone for zone in wanted if _holds(present, wanted[zone])]
        )
        return frozenset(held)

    def _recognise(self, configuration: str, present: tuple[CameraMask, ...]) -> None:
        """Forget masks that are gone, and those that became somebody else's.

        One that has another token now (they are numbers to some cameras) is told by
        its shape.
        """
        by_token = {mask.token: mask for mask in present if mask.token}
        known: list[OwnMask] = []
        for own in self._owned:
            if own.configuration != configuration:
                known.append(own)
                continue
            mask = by_token.get(own.token)
            if mask is None or not _is_own(own, mask, _SAME):
                tokens = {other.token for other in self._owned}
                mask = next(
                    (
                        other
                        for other in by_token.values()
                        if other.token not in tokens and _is_own(own, other, _ALIKE)
                    ),
                    None,
                )
            if mask is not None and mask.token is not None:
                known.append(replace(own, token=mask.token, told=mask.outline))
        self._set_owned(tuple(known))

    def _note(
        self, zone: str, configuration: str, present: tuple[CameraMask, ...]
    ) -> None:
        """Keep what the camera made of a mask that it has just been sent."""
        own = self._own(zone, configuration)
        mask = next((m for m in present if own and m.token == own.token), None)
        if own is not None and mask is not None:
            others = tuple(other for other in self._owned if other != own)
            self._set_owned((*others, replace(own, told=mask.outline)))

    async def _delete(self, masks: Masks, own: OwnMask) -> None:
        try:
            await masks.delete(own.token)
        except OnvifResponseError:
            # Whether it is there still is seen the next time.
            self._obstacle = Obstacle.REFUSED
        else:
            self._set_owned(tuple(other for other in self._owned if other != own))

    async def _place(
        self,
        masks: Masks,
        zone: str,
        outline: Outline,
        present: tuple[CameraMask, ...],
    ) -> bool:
        """Make or change the mask of a zone where needed; tell whether it was."""
        own = self._own(zone, masks.configuration)
        mine = next((m for m in present if own and m.token == own.token), None)
        # Somebody's mask may do it already.
        enough = present if mine is None else (mine,)
        asked, is_held = await asyncio.to_thread(
            lambda: (self._shape(outline), _holds(enough, outline))
        )
        if is_held and (own is None or mine is None or own.asked == asked):
            return False
        if obstacle := self._obstacle_before(mine, present):
            self._obstacle = obstacle
            return False
        # Some take rectangles only, and do not tell so.
        for shape in dict.fromkeys((asked, box_of(asked))):
            with suppress(OnvifResponseError):
                await self._send(masks, zone, asked, shape, present)
                return True
        self._obstacle = Obstacle.REFUSED
        return True

    def _shape(self, outline: Outline) -> Outline:
        """Return what covers a zone, as this camera takes it."""
        shape = around(outline, GROWTH, self._options.corners)
        return box_of(shape) if self._options.rectangles_only else shape

    def _obstacle_before(
        self, mine: CameraMask | None, present: tuple[CameraMask, ...]
    ) -> Obstacle | None:
        """Return why a mask must not be made, or cannot be."""
        others = [mask for mask in present if mask is not mine]
        if self._options.one_colour and any(
            mask.colour is not None and not mask.colour.is_black for mask in others
        ):
            return Obstacle.OTHER_COLOUR
        most = self._options.most
        is_full = mine is None and most is not None and len(others) >= most
        return Obstacle.NO_ROOM if is_full else None

    async def _send(
        self,
        masks: Masks,
        zone: str,
        asked: Outline,
        shape: Outline,
        present: tuple[CameraMask, ...],
    ) -> None:
        """Ask for one mask, and remember it at once."""
        colour = self._options.black
        if (own := self._own(zone, masks.configuration)) is not None:
            # Both shapes are remembered: the change may be cut off half-way.
            changed = replace(own, asked=asked, sent=shape)
            others = tuple(other for other in self._owned if other != own)
            self._set_owned((*others, changed))
            await masks.change(own.token, shape, colour)
            return
        # Of a creation whose answer is lost only the shape will tell.
        new = OwnMask(zone, masks.configuration, "", asked, shape)
        others = self._owned
        self._set_owned((*others, new))
        try:
            token = await masks.create(shape, colour)
        except OnvifResponseError:
            self._set_owned(others)
            raise
        if token is None:
            known = {mask.token for mask in present}
            fresh = [m.token for m in await masks.all() if m.token not in known]
            token = fresh[0] if len(fresh) == 1 else None
        self._set_owned((*others, replace(new, token=token or "")))

    def _own(self, zone: str, configuration: str) -> OwnMask | None:
        return next(
            (
                own
                for own in self._owned
                if (own.zone, own.configuration) == (zone, configuration)
            ),
            None,
        )

    def _set_owned(self, owned: tuple[OwnMask, ...]) -> None:
        if owned != self._owned:
            self._owned = owned
            self._remember(owned)


def _holds(present: tuple[CameraMask, ...], outline: Outline) -> bool:
    """Tell whether a mask of black covers a zone, and a little more.

    With what a hostile camera may tell that takes seconds: not for an event loop.
    """
    return any(
        mask.is_black and shields(mask.outline, outline, HELD_GROWTH)
        for mask in present
    )


def _is_own(own: OwnMask, mask: CameraMask, within: float) -> bool:
    if not own.told and own.token:
        # It was made, and never looked at: there is but its token.
        return mask.token == own.token
    return any(same(mask.outline, shape, within) for shape in (own.told, own.sent))
