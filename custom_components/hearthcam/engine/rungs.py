"""The ladder's states and the rules for going from one to another, as a pure function.

=========  ====================================================  ======
from       when (the first line that holds)                      to
=========  ====================================================  ======
any        detection is switched off                             OFF
OFF        it is switched on                                     FULL
any        the governor leaves this camera keyframes only        REST
REST       something stirred, sizes rose, somebody watches the   FULL
           detector, or keyframes are too rare to rest on
FULL       the background is not learnt, a motion goes on,       FULL
           something stirred lately, or somebody watches
FULL       keyframes are frequent enough                         REST
FULL       keyframes are known to be too rare                    WATCH
WATCH      something stirred, or somebody watches                FULL
WATCH      keyframes have become frequent enough                 REST
=========  ====================================================  ======

Otherwise a state stays. Every state but OFF sees every keyframe.
"""

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """What of a stream is decoded and analysed."""

    OFF = "off"
    """Nothing."""
    REST = "rest"
    """Keyframes; the compressed sizes of the others are watched."""
    WATCH = "watch"
    """All is decoded, and analysed at half the rate."""
    FULL = "full"
    """All is decoded, and analysed about five times a second."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice of a rung depends on, after a packet.

    ``learnt``: the background is. ``moving``: a motion goes on. ``stirring``:
    something suspicious was seen within the last seconds; ``stirred``: in this very
    packet. ``loud``: compressed sizes suggest motion. ``may_rest``: keyframes are
    frequent enough; ``rare``: they are known not to be. ``watched``: somebody looks
    at what the detector sees. ``starved``: the governor allows keyframes only.
    """

    enabled: bool = True
    learnt: bool = True
    moving: bool = False
    stirring: bool = False
    stirred: bool = False
    loud: bool = False
    may_rest: bool = True
    rare: bool = False
    watched: bool = False
    starved: bool = False


def next_rung(rung: Rung, facts: Facts) -> Rung:
    """Return the rung that follows; see the table above."""
    if not facts.enabled:
        return Rung.OFF
    if rung is Rung.OFF:
        return Rung.FULL
    if facts.starved:
        return Rung.REST
    if facts.watched or facts.stirred:
        return Rung.FULL
    match rung:
        case Rung.REST:
            wake = facts.loud or not facts.may_rest
            return Rung.FULL if wake else Rung.REST
        case Rung.WATCH:
            return Rung.REST if facts.may_rest else Rung.WATCH
        case _:
            if not facts.learnt or facts.moving or facts.stirring:
                return Rung.FULL
            if facts.may_rest:
                return Rung.REST
            return Rung.WATCH if facts.rare else Rung.FULL
