"""What is worth recording: from motions, the mode and the user's choice to steps.

Nothing here knows of packets or files. A motion that is not wanted at first may be
wanted later (it enters a chosen zone, or is recognised): it then begins at its start.
"""

from dataclasses import dataclass, field

from .protocol import (
    APART,
    ConfigureCamera,
    Mode,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
)

UNKNOWN = "motion"
"""The kind of a motion that nobody recognised."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Record a motion from ``start`` (s) on, or learn more of it."""

    event_id: str
    kind: str
    start: float
    score: float
    zones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class End:
    """The motion's last moving frame was at ``end`` (s), its most at ``peak``."""

    event_id: str
    end: float
    peak: float
    score: float


type Step = Begin | End


@dataclass(slots=True)
class _Motion:
    event_id: str
    start: float
    kind: str
    score: float
    zones: set[str] = field(default_factory=set)
    # What was last told of it, once it is recorded.
    told: Begin | None = None


class Policy:
    """Decides over one camera's motions. Not thread-safe."""

    def __init__(self, config: ConfigureCamera) -> None:
        """Start without a motion."""
        self._config = config
        self._mode = config.mode
        self._motion: _Motion | None = None

    @property
    def records(self) -> bool:
        """Whether the mode lets motions be recorded."""
        return self._mode is Mode.RECORD

    @property
    def continuous(self) -> bool:
        """Whether everything is recorded."""
        return self.records and self._config.continuous

    @property
    def undecided_since(self) -> float | None:
        """The start (s) of a motion that may yet have to be recorded."""
        motion = self._motion
        if motion is None or motion.told is not None or not self.records:
            return None
        return motion.start

    def configure(self, config: ConfigureCamera, now: float) -> list[Step]:
        """Choose differently at a time (s); a motion that goes on is looked at anew.

        Mode and choice change as one: what another choice would record is not begun
        in a mode that is being left.
        """
        self._config = config
        return self.set_mode(config.mode, now)

    def set_mode(self, mode: Mode, now: float) -> list[Step]:
        """Change the mode at a time (s): armed during a motion, that is recorded."""
        self._mode = mode
        if self.records:
            return self._decide()
        motion = self._motion
        if motion is None or motion.told is None:
            return []
        motion.told = None
        return [End(motion.event_id, now, motion.start, 0.0)]

    def started(self, report: MotionStarted) -> list[Step]:
        """Take a motion that began."""
        self._motion = _Motion(
            report.event_id,
            report.time,
            report.kind,
            report.score,
            set(report.zones),
        )
        return self._decide()

    def updated(self, report: MotionUpdated) -> list[Step]:
        """Take what is newly known of the motion."""
        if (motion := self._of(report)) is None:
            return []
        self._learn(motion, report.kind, report.score, report.zones)
        return self._decide()

    def ended(self, report: MotionEnded) -> list[Step]:
        """Take the motion's end, with all that is known of it."""
        if (motion := self._of(report)) is None:
            return []
        self._learn(motion, report.kind, report.score, report.zones)
        steps = self._decide()
        self._motion = None
        if motion.told is not None:
            steps.append(End(motion.event_id, report.end, report.peak, report.score))
        return steps

    def _of(self, report: MotionUpdated | MotionEnded) -> _Motion | None:
        motion = self._motion
        same = motion is not None and motion.event_id == report.event_id
        return motion if same else None

    def _learn(
        self, motion: _Motion, kind: str, score: float, zones: tuple[str, ...]
    ) -> None:
        if kind != UNKNOWN:
            motion.kind = kind
        motion.score = max(motion.score, score)
        motion.zones.update(zones)

    def _decide(self) -> list[Step]:
        motion = self._motion
        if motion is None or not self.records:
            return []
        if motion.told is None and not self._wanted(motion):
            return []
        begin = Begin(
            motion.event_id,
            motion.kind,
            motion.start,
            motion.score,
            frozenset(motion.zones),
        )
        if begin == motion.told:
            return []
        motion.told = begin
        return [begin]

    def _wanted(self, motion: _Motion) -> bool:
        classes, zones = self._config.record_classes, self._config.record_zones
        if classes and motion.kind not in classes:
            return False
        if not zones or motion.kind in APART:
            return True
        return not motion.zones.isdisjoint(zones)
