"""Having a camera black out its privacy zones by itself, where it can.

What the camera then says that it holds is a claim, for the engine to see with its own
eyes; until it did, and whenever it does not, the engine paints. No claim is made from
memory: after each loss of the camera or its stream it is asked again.
"""

import asyncio
from contextlib import suppress
import logging
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE, callback

from .abilities import Abilities
from .camera_errors import CameraError
from .const import (
    CONF_MAIN_PROFILE,
    CONF_MASK_AT_SOURCE,
    CONF_ONVIF_MASKS,
    CONF_SUB_PROFILE,
)
from .onvif.mask_keeping import Kept, MaskKeeper, Obstacle, OwnMask
from .onvif.masks import MaskOptions, Masks
from .onvif.outline import Outline
from .onvif_mask_data import data_of, owned_of
from .privacy_zones import privacy_rules
from .session_view import SessionTopic

if TYPE_CHECKING:
    from .device import HearthcamCamera
    from .onvif_side import OnvifSide

_LOGGER = logging.getLogger(__package__)

CHECK_EVERY: Final = 300.0
"""Seconds after which the camera is asked again, when it is looked at anyway."""
RETRY_AFTER: Final = 30.0
"""Seconds after a failure."""


class OnvifMasks:
    """The masks of one camera at its source.

    Attributes:
        obstacle: why the camera does not hold all that was wanted, when it was asked
            last.
    """

    def __init__(self, camera: HearthcamCamera, onvif: OnvifSide) -> None:
        """Prepare; nothing is asked before `start`."""
        self._camera = camera
        self._onvif = onvif
        self._session = onvif.session
        self.obstacle: Obstacle | None = None
        self._held: dict[str, Outline] = {}
        # What the switch is about to become.
        self._turning: bool | None = None
        self._asked: dict[str, Outline] | None = None
        self._losses = 0
        self._was_ready = False
        self._was_streaming = False
        self._is_due = False
        self._tried: float | None = None
        self._failed = False
        self._worker: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Follow the camera; return what ends that."""
        stops = [
            self._session.subscribe(self._session_changed),
            self._session.subscribe(self._session_changed, SessionTopic.CAPABILITIES),
            self._camera.subscribe(self._camera_changed),
        ]

        @callback
        def stop() -> None:
            for one in stops:
                one()
            self._cancel()

        return stop

    @property
    def is_on(self) -> bool:
        """Whether the user wants the camera to do it."""
        return bool(self._camera.entry.options.get(CONF_MASK_AT_SOURCE, False))

    @property
    def still_held(self) -> frozenset[str]:
        """The zones, as they are now, that the camera said it blacks out."""
        if not self.is_on or not self._was_streaming:
            # A camera that goes down may answer still, before it forgets.
            return frozenset()
        return frozenset(
            zone
            for zone, outline in self._zones().items()
            if self._held.get(zone) == outline
        )

    async def async_turn_on(self) -> None:
        """Have the camera hold the zones; raises CameraError where it holds none."""
        try:
            self._turning = True
            kept = await self._async_keep()
            if self._zones() and not kept.held:
                self._turning = False
                with suppress(CameraError):
                    await self._async_keep()
                raise CameraError(
                    kept.obstacle or Obstacle.NOT_TAKEN, self._camera.entry.title
                )
            self._camera.set_option(CONF_MASK_AT_SOURCE, True)
        finally:
            self._turning = None
        self._publish()

    async def async_turn_off(self) -> None:
        """Have the camera remove what it was given, now or when it answers again."""
        self._camera.set_option(CONF_MASK_AT_SOURCE, False)
        self._publish()
        try:
            await self._async_keep()
        except CameraError as error:
            _LOGGER.info(
                "The masks of %s are removed later: %s",
                self._camera.entry.title,
                error.translation_key,
            )
            self._is_due = self._failed = True

    @callback
    def entry_updated(self) -> None:
        """Follow changed zones."""
        if self._asked is not None and self._wanted() != self._asked:
            self._schedule()

    @property
    def _is_ready(self) -> bool:
        """Whether the camera can be asked."""
        session = self._session
        return (
            session.reachable
            and not session.is_shut
            and session.capabilities is not None
        )

    @property
    def _options(self) -> MaskOptions:
        found = self._session.capabilities
        return (found.masks if found else None) or MaskOptions()

    @property
    def _owned(self) -> tuple[OwnMask, ...]:
        return owned_of(self._camera.entry.data.get(CONF_ONVIF_MASKS))

    def _wanted(self) -> dict[str, Outline]:
        """Return what the camera is to hold now."""
        on = self.is_on if self._turning is None else self._turning
        return self._zones() if on else {}

    def _zones(self) -> dict[str, Outline]:
        """Return the outlines of the zones that are always black, where it can."""
        if not can_mask(self._onvif.abilities):
            return {}
        return {
            zone.zone_id: tuple((point.x, point.y) for point in zone.polygon)
            for zone in privacy_rules(self._camera.entry).zones
            if zone.enabled and not zone.modes
        }

    @callback
    def _session_changed(self) -> None:
        was_ready, self._was_ready = self._was_ready, self._is_ready
        if not self._was_ready:
            if was_ready:
                self._lost()
            if self._session.is_shut:
                self._cancel()
            return
        now, tried = self._camera.hass.loop.time(), self._tried
        wait = RETRY_AFTER if self._failed else CHECK_EVERY
        if not was_ready or tried is None or now - tried >= wait:
            self._schedule()

    @callback
    def _camera_changed(self) -> None:
        if self._was_streaming is self._camera.streaming:
            return
        self._was_streaming = self._camera.streaming
        self._lost()
        if self._was_streaming:
            self._schedule()

    @callback
    def _lost(self) -> None:
        """Claim nothing any more: a camera that was restarted may have forgotten."""
        self._losses += 1
        self._held = {}
        self._publish()

    @callback
    def _publish(self) -> None:
        self._camera.set_masked_at_source(self.still_held)

    @callback
    def _cancel(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    @callback
    def _schedule(self) -> None:
        """Ask the camera soon, where there is anything to ask."""
        if not self._is_ready or not (self.is_on or self._owned):
            return
        self._is_due = True
        if self._worker is None or self._worker.done():
            self._worker = self._camera.entry.async_create_background_task(
                self._camera.hass,
                self._async_work(),
                f"hearthcam masks {self._camera.camera_id}",
            )

    async def _async_work(self) -> None:
        name = self._camera.entry.title
        while self._is_due and self._is_ready:
            self._is_due = False
            try:
                kept = await self._async_keep()
            except CameraError as error:
                if not self._failed:
                    _LOGGER.info(
                        "The masks of %s are not known: %s", name, error.translation_key
                    )
                self._failed = True
                return
            self._failed = False
            if kept.obstacle is not None and kept.obstacle != self.obstacle:
                _LOGGER.info(
                    "%s does not black out all zones by itself: %s", name, kept.obstacle
                )
            self.obstacle = kept.obstacle

    async def _async_keep(self) -> Kept:
        """Bring the camera's masks up to date and take down what it holds then."""
        async with self._lock:
            self._tried = self._camera.hass.loop.time()
            self._asked = wanted = self._wanted()
            losses, control = self._losses, self._session.control
            keeper = MaskKeeper(
                tuple(Masks(control.camera, used) for used in self._used()),
                self._options,
                self._owned,
                self._remember,
            )
            kept = await self._session.async_do(keeper.keep(wanted))
            if losses == self._losses:
                self._held = {zone: wanted[zone] for zone in kept.held}
                self._publish()
            return kept

    def _used(self) -> tuple[str, ...]:
        """Return the tokens of the video source configurations of our streams."""
        profiles = self._session.profiles
        data = self._camera.entry.data
        ours = [data.get(CONF_MAIN_PROFILE), data.get(CONF_SUB_PROFILE)]
        found = [p for p in profiles if p.token in ours] or list(profiles[:1])
        used = (profile.source_configuration for profile in found)
        return tuple(dict.fromkeys(token for token in used if token))

    @callback
    def _remember(self, owned: tuple[OwnMask, ...]) -> None:
        """Keep in the entry which masks are ours."""
        entry = self._camera.entry
        data = {**entry.data, CONF_ONVIF_MASKS: data_of(owned)}
        self._camera.hass.config_entries.async_update_entry(entry, data=data)


def can_mask(abilities: Abilities) -> bool:
    """Tell whether a camera can be trusted with zones.

    Not one that moves: its masks move with what they cover, zones do not.
    """
    moves = abilities.movement.pan_tilt or abilities.movement.zoom
    return abilities.masks and not moves
