"""What must not be shown of a camera, and what its engine says of each output."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from .engine.protocol import (
    BlockCause,
    ConfigureCamera,
    Means,
    Output,
    OutputState,
    PrivacyState,
)
from .privacy_zones import marks_of


class Kept(StrEnum):
    """How privacy is kept; the values are states of the sensor."""

    NONE = "none"
    CAMERA = "masked_by_camera"
    ENGINE = "masked_by_hearthcam"
    BLOCKED = "blocked"
    SHUT = "shut"


_KEPT: Final[Mapping[Means, Kept]] = {
    Means.NONE: Kept.NONE,
    Means.CAMERA: Kept.CAMERA,
    Means.ENGINE: Kept.ENGINE,
    Means.BLOCKED: Kept.BLOCKED,
    Means.SHUT: Kept.SHUT,
}
_WORST_FIRST: Final = (
    Kept.BLOCKED,
    Kept.SHUT,
    Kept.ENGINE,
    Kept.CAMERA,
    Kept.NONE,
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What the engine was told not to show: ``marks`` are those of zones.

    ``blocked`` is the reason not to show anything, ``shut`` tells of privacy mode.
    """

    marks: frozenset[str]
    blocked: BlockCause | None
    shut: bool

    @classmethod
    def of(cls, config: ConfigureCamera) -> Self:
        """Return what a configuration demands."""
        return cls(marks_of(config.privacy), config.blocked, config.shut)

    def exceeds(self, other: Demand) -> bool:
        """Tell whether this hides anything that the other does not."""
        return (
            not self.marks <= other.marks
            or (self.blocked is not None and other.blocked is None)
            or (self.shut and not other.shut)
        )

    def is_met(self, report: PrivacyState | None, output: Output) -> bool:
        """Tell whether an output is known to show nothing that it must not.

        A report from before the zones changed proves nothing: it names other ones.
        """
        return self.kept(report, output) not in (None, Kept.BLOCKED)

    def kept(self, report: PrivacyState | None, output: Output) -> Kept | None:
        """Return how an output is kept free of what is hidden, None: not known yet."""
        state = _state_of(report, output)
        if self.blocked is not None:
            return Kept.BLOCKED
        if report is None or state is None:
            return None if self.marks or self.shut else Kept.NONE
        if state.means is Means.BLOCKED:
            return Kept.BLOCKED
        if (state.means is Means.SHUT) is not self.shut:
            return None
        if not self.shut and self.marks != set(report.mask):
            return None
        if self.marks and state.means is Means.NONE:
            return None
        return _KEPT[state.means]

    def overall(self, report: PrivacyState | None) -> Kept | None:
        """Return how it stands with all outputs: as with the worst, None: not known."""
        all_kept = {self.kept(report, output) for output in Output}
        if Kept.BLOCKED not in all_kept and None in all_kept:
            return None
        return next(kept for kept in _WORST_FIRST if kept in all_kept)

    def cause(self, report: PrivacyState | None, output: Output) -> BlockCause | None:
        """Return why an output is blocked, None where it is not."""
        if self.blocked is not None:
            return self.blocked
        state = _state_of(report, output)
        if state is None or state.means is not Means.BLOCKED:
            return None
        # An engine that does not say why could not do it.
        return state.cause or BlockCause.MASK_FAILED

    def first_cause(self, report: PrivacyState | None) -> BlockCause | None:
        """Return why anything is blocked, None where nothing is."""
        causes = (self.cause(report, output) for output in Output)
        return next((cause for cause in causes if cause is not None), None)


def _state_of(report: PrivacyState | None, output: Output) -> OutputState | None:
    states = report.outputs if report is not None else ()
    return next((state for state in states if state.output is output), None)
