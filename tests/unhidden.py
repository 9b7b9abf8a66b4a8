"""What tests say of a camera of which nothing is hidden: it always has to be said."""

from typing import Final, TypedDict

from custom_components.hearthcam.engine.clip_order import Hiding
from custom_components.hearthcam.engine.masking.curtain import Curtain
from custom_components.hearthcam.engine.masking.effort import Effort
from custom_components.hearthcam.engine.masking.mask import NOTHING
from custom_components.hearthcam.engine.protocol import BlockCause, PrivacyZone


class Privacy(TypedDict):
    """What a camera's configuration says of its privacy."""

    privacy: tuple[PrivacyZone, ...]
    blocked: BlockCause | None
    shut: bool


UNHIDDEN: Final[Privacy] = {"privacy": (), "blocked": None, "shut": False}


def hiding_nothing() -> Hiding:
    """Return what a recorder is told of such a camera."""
    return Hiding(Curtain(NOTHING), Effort(), lambda _: None, lambda: None)
