"""Why a camera is being recorded: the events that its open clip belongs to."""

from dataclasses import dataclass, field
import math
from typing import Final
from zlib import crc32

from ..library.tag import ClipTag
from .ids import new_id
from .packet import TIME_BASE

CONTINUOUS: Final = "continuous"
INCIDENT: Final = "incident"


@dataclass(slots=True)
class Reason:
    """One event that is recorded; ``start`` is in s.

    ``until`` is the time (µs) of its last frame, post-roll included, None while that
    is not known. ``manual`` ones are recorded in any mode.
    """

    event_id: str
    kind: str
    start: float
    score: float = 0.0
    until: int | None = None
    manual: bool = False
    zones: set[str] = field(default_factory=set)


class Session:
    """The events of one uninterrupted recording, of one or more clips."""

    def __init__(self) -> None:
        """Start without an event."""
        self._reasons: dict[str, Reason] = {}
        # The time (µs) after which nothing is wanted; infinite while that is open.
        self.until: float = -math.inf
        self.continuous = False

    @property
    def active(self) -> bool:
        """Whether anything is to be recorded."""
        return self.continuous or bool(self._reasons)

    def add(self, reason: Reason) -> Reason:
        """Add an event, or what is newly known of it; return all that is known."""
        known = self._reasons.setdefault(reason.event_id, reason)
        if known is not reason:
            known.score = max(known.score, reason.score)
            known.zones |= reason.zones
            known.until = reason.until
            if known.kind != INCIDENT:
                known.kind = reason.kind
        self._fit()
        return known

    def end(self, event_id: str, until: int, score: float = 0.0) -> bool:
        """Let an event end at a time (µs); False if it is not recorded here."""
        reason = self._reasons.get(event_id)
        if reason is None:
            return False
        if reason.kind == INCIDENT or reason.until is None:
            reason.until = until
        else:
            reason.until = max(until, reason.until)
        reason.score = max(reason.score, score)
        self._fit()
        return True

    def end_manual(self, now: int) -> None:
        """Let what somebody asked for end now (µs)."""
        for reason in self._reasons.values():
            if reason.manual:
                reason.until = now
        self._fit()

    def drop(self, *, manual: bool) -> None:
        """Forget the events at once, those that somebody asked for only on request."""
        self._reasons = {
            event_id: reason
            for event_id, reason in self._reasons.items()
            if reason.manual and not manual
        }
        self._fit()

    def expire(self, now: int) -> None:
        """Forget events that are over at a time (µs)."""
        self._reasons = {
            event_id: reason
            for event_id, reason in self._reasons.items()
            if reason.until is None or reason.until >= now
        }
        self._fit()

    def _fit(self) -> None:
        self.until = max(
            (
                math.inf if reason.until is None else reason.until
                for reason in self._reasons.values()
            ),
            default=-math.inf,
        )

    def tag(self, camera_id: str, start: float) -> ClipTag:
        """Return the note of a clip that starts now, at a time (s)."""
        lead = next(iter(self._reasons.values()), None)
        if lead is None or self.continuous:
            clip_id = new_id(start)
            return ClipTag(camera_id, clip_id, clip_id, start, start, CONTINUOUS)
        return tag_of(lead, camera_id, start)

    def during(self, start: float) -> list[Reason]:
        """Return the events that were still going on at a time (s)."""
        return [
            reason
            for reason in self._reasons.values()
            if reason.until is None or reason.until >= start * TIME_BASE
        ]


def tag_of(reason: Reason, camera_id: str, start: float) -> ClipTag:
    """Return the note of a new clip of an event; ``start`` (s) is the clip's."""
    return ClipTag(
        camera_id,
        new_id(start),
        reason.event_id,
        start,
        reason.start,
        reason.kind,
        zones=tuple(sorted(reason.zones)),
    )


def next_cut(camera_id: str, start: float, segment: float) -> float:
    """Return when (s) a segment that starts at a time is to end.

    Segments end at the same times of every day, other ones for each camera, so that
    not all finish a file at once.
    """
    phase = crc32(camera_id.encode()) / 2**32 * segment
    return (math.floor((start - phase) / segment) + 1) * segment + phase
