"""Masks that were made at a camera, in a form that outlives a restart."""

from typing import Any

from .onvif.mask_keeping import OwnMask
from .onvif.outline import Outline


def data_of(owned: tuple[OwnMask, ...]) -> list[list[Any]]:
    """Return masks as an entry's data holds them."""
    return [
        [
            *(own.zone, own.configuration, own.token),
            *([list(corner) for corner in o] for o in (own.asked, own.sent, own.told)),
        ]
        for own in owned
    ]


def owned_of(data: Any) -> tuple[OwnMask, ...]:
    """Read what `data_of` returned; nothing where it cannot be read."""
    try:
        return tuple(
            OwnMask(
                *(str(zone), str(configuration), str(token)),
                *(_outline(asked), _outline(sent), _outline(told)),
            )
            for zone, configuration, token, asked, sent, told in data or ()
        )
    except TypeError, ValueError:
        return ()


def _outline(data: Any) -> Outline:
    return tuple((float(x), float(y)) for x, y in data)
