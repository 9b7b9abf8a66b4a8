"""One camera's recording: what is worth it, done, and told to the cameras beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from .clip_order import Hiding
from .clip_places import Repair, leave_unfinished
from .clock import Clock
from .masking.effort import Effort
from .packet import TIME_BASE
from .policy import UNKNOWN, Begin, Policy, Step
from .protocol import (
    APART,
    BlockCause,
    ConfigureCamera,
    Mode,
    MotionEnded,
    MotionStarted,
    MotionUpdated,
    RecordNow,
    Report,
)
from .recorder import Recorder
from .ring import Ring
from .session import INCIDENT, Reason
from .storage import Stores

_MOST_UNDECIDED: Final = 60.0
"""Seconds of a motion that is not wanted, or not yet, that the ring keeps at most."""
_ACCOMPANIED: Final = 600.0
"""Seconds after which recording along with another camera ends by itself."""


def _alone(_camera_id: str, _step: Step) -> None:
    """Let no other camera record along."""


@dataclass(frozen=True, slots=True)
class Common:
    """What the cameras of one engine share.

    ``accompany`` has the camera of an id record along with a step of another's,
    ``effort`` is how much work masking may be.
    """

    stores: Stores = field(default_factory=Stores)
    repair: Repair = leave_unfinished
    accompany: Callable[[str, Step], None] = _alone
    effort: Effort = field(default_factory=Effort)


class Recording:
    """Carries out the policy. The owner's lock keeps ring and recorder in step.

    What returns steps leaves it to the owner to `pass_on` those without that lock,
    since the other cameras take theirs.
    """

    def __init__(
        self,
        config: ConfigureCamera,
        ring: Ring,
        report: Callable[[Report], None],
        clock: Clock,
        common: Common,
        hiding: Hiding,
    ) -> None:
        """Prepare; continuous recording begins with the first keyframe.

        What ``hiding`` is told must not wait for the owner's lock.
        """
        self._config = config
        self._ring = ring
        self._clock = clock
        self._common = common
        # One event at a time each.
        self._policies = {kind: Policy(config) for kind in (UNKNOWN, *APART)}
        self._policy = self._policies[UNKNOWN]
        self.recorder = Recorder(
            config, ring, report, hiding, common.stores, common.repair
        )
        self.recorder.set_continuous(self._policy.continuous)

    def configure(self, config: ConfigureCamera) -> Sequence[Step]:
        """Use another configuration; what is being recorded is not interrupted."""
        self._config = config
        self.recorder.configure(config)
        now = self._now()
        return self._apply(
            [s for one in self._policies.values() for s in one.configure(config, now)]
        )

    def set_mode(self, mode: Mode) -> Sequence[Step]:
        """Record or not, from now on."""
        now = self._now()
        return self._apply(
            [s for one in self._policies.values() for s in one.set_mode(mode, now)]
        )

    def _apply(self, steps: Sequence[Step]) -> Sequence[Step]:
        self._carry_out(steps)
        self.recorder.set_continuous(self._policy.continuous)
        if not self._policy.records:
            self.recorder.cancel()
        return steps

    def saw(self, report: Report) -> Sequence[Step]:
        """Take what was found in the pictures, or by the camera."""
        if not isinstance(report, MotionStarted | MotionUpdated | MotionEnded):
            return ()
        policy = self._policies.get(report.kind, self._policy)
        match report:
            case MotionStarted():
                return self._carry_out(policy.started(report))
            case MotionUpdated():
                return self._carry_out(policy.updated(report))
            case MotionEnded():
                return self._carry_out(policy.ended(report))

    def _carry_out(self, steps: Sequence[Step]) -> Sequence[Step]:
        for step in steps:
            if isinstance(step, Begin):
                self.recorder.begin(
                    Reason(
                        step.event_id,
                        step.kind,
                        step.start,
                        step.score,
                        zones=set(step.zones),
                    )
                )
            else:
                self.recorder.end(step.event_id, step.end, step.peak, step.score)
        return steps

    def pass_on(self, steps: Sequence[Step]) -> None:
        """Let the neighbours record along."""
        for step in steps:
            for camera_id in self._config.incident:
                if camera_id != self._config.camera_id:
                    self._common.accompany(camera_id, step)

    def accompany(self, step: Step) -> None:
        """Record along with another camera, where this one is to record at all."""
        if not isinstance(step, Begin):
            self.recorder.end(step.event_id, step.end, step.peak, 0.0)
        elif self._policy.records:
            until = int((step.start + _ACCOMPANIED) * TIME_BASE)
            self.recorder.begin(
                Reason(step.event_id, INCIDENT, step.start, until=until)
            )

    def record_now(self, command: RecordNow) -> None:
        """Record for a while, whatever the mode; or the past, to try out masking."""
        now = self._clock.now()
        if command.trial:
            if self._config.blocked is BlockCause.LEAKED:
                reason = Reason(
                    command.event_id, command.kind, now / TIME_BASE, until=now
                )
                since = now - int(command.duration * TIME_BASE)
                self.recorder.record(self._ring.since(since), reason)
            return
        reason = Reason(
            command.event_id,
            command.kind,
            now / TIME_BASE,
            until=now + int(command.duration * TIME_BASE),
            manual=True,
        )
        self.recorder.begin(reason, command.pre_roll)

    def stop_now(self) -> None:
        """End what `record_now` began."""
        self.recorder.stop_manual(self._clock.now())

    @property
    def undecided(self) -> float:
        """Seconds that the ring must hold beyond the usual."""
        since = self._policy.undecided_since
        if since is None:
            return 0.0
        return min(max(self._now() - since, 0.0), _MOST_UNDECIDED)

    def _now(self) -> float:
        return self._clock.now() / TIME_BASE
