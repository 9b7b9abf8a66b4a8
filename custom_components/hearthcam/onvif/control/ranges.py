"""Ranges that a camera tells, and numbers brought into them."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ..xmltree import find, signed, text_of


@dataclass(frozen=True, slots=True)
class Range:
    """From ``minimum`` to ``maximum``, both included."""

    minimum: float
    maximum: float

    def clamp(self, value: float) -> float:
        """Return the nearest value of the range."""
        return min(max(value, self.minimum), self.maximum)

    def scale(self, value: float) -> float:
        """Return where -1 to 1 lies in the range; 0 is no movement where 0 is in it.

        Generic spaces of ONVIF are -1 to 1, those of some cameras -100 to 100 or
        0 to 1.
        """
        value = min(max(value, -1.0), 1.0)
        if self.minimum < 0 < self.maximum:
            return value * (self.maximum if value > 0 else -self.minimum)
        return self.minimum + (value + 1) / 2 * (self.maximum - self.minimum)


def read_range(element: Element | None, *path: str) -> Range | None:
    """Return the range with ``Min`` and ``Max`` at a path.

    None where it is missing or empty, as of settings that are listed but fixed.
    """
    found = find(element, *path)
    low = signed(text_of(found, "Min", limit=32))
    high = signed(text_of(found, "Max", limit=32))
    return (
        Range(low, high)
        if low is not None and high is not None and low < high
        else None
    )


def written(value: float) -> str:
    """Return a number as XML: whole ones without a point, which some cameras want."""
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"
