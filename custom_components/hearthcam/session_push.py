"""Where cameras post their events to: one port on each of our local addresses."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import logging

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .onvif.events import PushReceiver, local_address
from .privacy.local_only import NotLocalError, async_checked_host

_LOGGER = logging.getLogger(__package__)


@dataclass(slots=True)
class _Place:
    receiver: PushReceiver
    users: int = 0


@dataclass(slots=True)
class _Places:
    by_address: dict[str, _Place] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


DATA_PLACES: HassKey[_Places] = HassKey(f"{DOMAIN}_push")


@asynccontextmanager
async def async_push_receiver(
    hass: HomeAssistant, host: str
) -> AsyncGenerator[PushReceiver | None]:
    """Listen at the local address that faces a camera, together with its neighbours.

    None where that cannot be: events are pulled then.
    """
    places = hass.data.setdefault(DATA_PLACES, _Places())
    try:
        address = local_address(await async_checked_host(host))
    except NotLocalError, OSError, ValueError:
        address = None
    if address is None:
        yield None
        return
    async with places.lock:
        place = places.by_address.get(address)
        if place is None:
            place = await _async_opened(address)
            if place is not None:
                places.by_address[address] = place
        if place is not None:
            place.users += 1
    try:
        yield place.receiver if place is not None else None
    finally:
        if place is not None:
            place.users -= 1
            if not place.users:
                async with places.lock:
                    if not place.users:
                        places.by_address.pop(address, None)
                        await place.receiver.stop()


async def _async_opened(address: str) -> _Place | None:
    receiver = PushReceiver(address)
    try:
        await receiver.start()
    except OSError as error:
        _LOGGER.debug("No port for cameras' events: %s", error.strerror)
        return None
    return _Place(receiver)
