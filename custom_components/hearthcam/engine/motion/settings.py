"""What a person may set of the detector, and what follows from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """How much must change, for how long, to be told of.

    ``sensitivity`` is 1 (least) to 100 (most). ``smallest`` is the least size of a
    moving thing in cells (a picture has about 3600). ``hold`` is how long, in
    seconds, nothing must move for a motion to be over.
    """

    sensitivity: int = 50
    smallest: int = 3
    hold: float = 2.0

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if not 1 <= self.sensitivity <= 100:
            raise ValueError("sensitivity must be 1 to 100")
        if self.smallest < 1 or self.hold < 0:
            raise ValueError("sizes and durations must be positive")

    @property
    def scale(self) -> float:
        """Return the factor on all thresholds: 2 (least sensitive) to 0.5."""
        return float(2.0 ** ((50 - self.sensitivity) / 50))
