"""Presets by names that are told apart."""

from collections import Counter
from collections.abc import Iterable

from .onvif.control import Preset


def named(presets: Iterable[Preset]) -> dict[str, str]:
    """Return the tokens of presets by their names, in the camera's order.

    Where several have the same name their tokens are added to it.
    """
    known = list(presets)
    counts = Counter(preset.name for preset in known)
    return {
        preset.name
        if counts[preset.name] == 1
        else f"{preset.name} ({preset.token})": preset.token
        for preset in known
    }
