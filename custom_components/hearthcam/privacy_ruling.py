"""Privacy mode: why a camera is closed, or does not record, right now.

"Closed" is all of privacy mode: neither the engine nor the ONVIF session connects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from .arming import Policy
from .const import (
    CONF_PRESENCE,
    CONF_PRESENCE_RULE,
    CONF_PRIVACY_MODE,
    CONF_PRIVACY_PRESET,
    CONF_PRIVACY_TURN_BACK,
)
from .engine.protocol import Mode


class PresenceRule(StrEnum):
    """What happens while somebody is home; the values are those of the options."""

    NOTHING = "nothing"
    NO_RECORDING = "no_recording"
    CLOSE = "close"


class PrivacyReason(StrEnum):
    """What privacy asks of a camera now; the values are states of a sensor."""

    OPEN = "open"
    NOT_RECORDED = "not_recorded"
    """It is open, but records nothing: somebody is home."""
    SWITCH = "switch"
    ARMING_MODE = "arming_mode"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class PrivacyOptions:
    """The options, read and typed.

    ``switch`` is privacy mode as the user switched it. ``preset`` is the name of the
    preset that the camera is turned to before it is closed; ``turn_back`` has it
    turned back when it is opened.
    """

    switch: bool = False
    persons: tuple[str, ...] = ()
    rule: PresenceRule = PresenceRule.NOTHING
    preset: str | None = None
    turn_back: bool = True

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read an entry's options; raises ValueError where they are not ours."""
        return cls(
            switch=bool(options.get(CONF_PRIVACY_MODE, False)),
            persons=tuple(options.get(CONF_PRESENCE, ())),
            rule=PresenceRule(options.get(CONF_PRESENCE_RULE, PresenceRule.NOTHING)),
            preset=options.get(CONF_PRIVACY_PRESET) or None,
            turn_back=bool(options.get(CONF_PRIVACY_TURN_BACK, True)),
        )

    @property
    def watched(self) -> tuple[str, ...]:
        """The entities whose coming and going changes anything."""
        return () if self.rule is PresenceRule.NOTHING else self.persons


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a camera does now, and what of privacy makes it do so."""

    policy: Policy
    reasons: tuple[PrivacyReason, ...] = ()

    @property
    def shut(self) -> bool:
        """Whether the camera is closed."""
        return self.policy is Policy.CLOSED

    @property
    def reason(self) -> PrivacyReason:
        """The first of the reasons, which is that of the user's own hand if any is."""
        return self.reasons[0] if self.reasons else PrivacyReason.OPEN


def rule(policy: Policy, options: PrivacyOptions, *, somebody_home: bool) -> Ruling:
    """Return what a camera does that arming alone would have do ``policy``.

    Whoever closes it closes it: nothing opens a camera but the end of all reasons.
    """
    presence = options.rule if somebody_home else PresenceRule.NOTHING
    closed = {
        PrivacyReason.SWITCH: options.switch,
        PrivacyReason.ARMING_MODE: policy is Policy.CLOSED,
        PrivacyReason.PRESENCE: presence is PresenceRule.CLOSE,
    }
    if reasons := tuple(reason for reason, holds in closed.items() if holds):
        return Ruling(Policy.CLOSED, reasons)
    if presence is PresenceRule.NO_RECORDING and policy.mode is Mode.RECORD:
        return Ruling(Policy.DETECT, (PrivacyReason.NOT_RECORDED,))
    return Ruling(policy)
