"""Whether each output of a camera can be kept free of privacy zones, and telling it."""

from collections.abc import Callable
from threading import Lock
import time
from typing import Final

from .protocol import (
    BlockCause,
    LostCause,
    Means,
    Output,
    OutputState,
    PrivacyState,
    Report,
)

RETRY: Final = 5.0
"""Seconds after which an output that failed is tried again for who asks for it."""
TRIAL: Final = 60.0
"""And after which it is tried for nobody, since nobody asks for what is blocked."""


def lost_to(cause: BlockCause) -> LostCause:
    """Return why pictures are in no clip that could not be masked."""
    if cause is BlockCause.NO_ENCODER:
        return LostCause.NO_ENCODER
    return LostCause.MASK_FAILED


def all_blocked(camera_id: str, cause: BlockCause) -> PrivacyState:
    """Return what is to be told of a camera of which there is nothing at all."""
    states = (OutputState(output, Means.BLOCKED, cause) for output in Output)
    return PrivacyState(camera_id, tuple(states))


class Guard:
    """Knows what may be shown, and reports it at every change. Thread-safe."""

    def __init__(
        self,
        camera_id: str,
        report: Callable[[Report], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with all blocked; call `set`."""
        self._camera_id = camera_id
        self._report = report
        self._monotonic = monotonic
        self._lock = Lock()
        self._means = Means.BLOCKED
        self._cause: BlockCause | None = BlockCause.MASK_FAILED
        self._at_source: tuple[str, ...] = ()
        self._marks: tuple[str, ...] = ()
        # Why masking failed, and when it was last tried.
        self._failures: dict[Output, BlockCause] = {}
        self._tried: dict[Output, float] = {}
        self._told: PrivacyState | None = None

    def set(
        self,
        means: Means,
        cause: BlockCause | None = None,
        at_source: tuple[str, ...] = (),
        marks: tuple[str, ...] = (),
        *,
        anew: bool = False,
    ) -> None:
        """Say how privacy zones are kept out of all outputs that do not fail.

        ``marks`` are those of all that is hidden. With ``anew`` it is reported even
        where nothing changed.
        """
        with self._lock:
            self._means, self._cause = means, cause
            self._at_source, self._marks = at_source, marks
            self._tried.clear()
            if means is not Means.ENGINE:
                self._failures.clear()
            if anew:
                self._told = None
            self._tell()

    def failed(self, output: Output, cause: BlockCause) -> None:
        """Take note that an output could not be masked: it is refused for a while."""
        with self._lock:
            if self._means is Means.ENGINE:
                self._failures[output] = cause
                self._tried[output] = self._monotonic()
                self._tell()

    def works(self, output: Output) -> None:
        """Take note that an output was masked."""
        with self._lock:
            if self._failures.pop(output, None) is not None:
                self._tried.pop(output, None)
                self._tell()

    def allows(self, output: Output) -> bool:
        """Tell whether an output may be tried now."""
        with self._lock:
            if self._means is Means.BLOCKED:
                return False
            return self._is_over(output, RETRY)

    def is_due(self, output: Output) -> bool:
        """Tell whether an output failed, and should be tried though nobody asks."""
        with self._lock:
            return output in self._failures and self._is_over(output, TRIAL)

    def _is_over(self, output: Output, pause: float) -> bool:
        tried = self._tried.get(output)
        return tried is None or self._monotonic() - tried >= pause

    def _tell(self) -> None:
        state = PrivacyState(
            self._camera_id,
            tuple(map(self._state_of, Output)),
            self._at_source,
            self._marks,
        )
        if state != self._told:
            self._told = state
            self._report(state)

    def _state_of(self, output: Output) -> OutputState:
        if (cause := self._failures.get(output)) is not None:
            return OutputState(output, Means.BLOCKED, cause)
        return OutputState(output, self._means, self._cause)
