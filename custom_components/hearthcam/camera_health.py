"""Whether what hurts in a camera's streams lasts, going by what the engine measures."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .camera_state import CameraState
from .const import CONF_FIXED, CONF_MAIN_PROFILE, CONF_MEASURED, CONF_SUB_PROFILE
from .engine.protocol import CameraStats, Measured, Profile, StreamInfo
from .stream_advice import FASTEST_SUB, LONGEST_GOP, Candidate, Finding, Hurt

LASTING: Final = 300.0
"""Seconds that something must hurt before it is said: streams begin unevenly, and the
distance over a reconnection is none."""
OVER: Final = 600.0
"""Seconds without it after which it is over: a "smart" codec has good moments."""
_REMEMBERED: Final = 60
_IRREGULAR: Final = 1.6

type Problem = tuple[Hurt, Profile]


class Lasting:
    """Turns something that comes and goes into a state."""

    def __init__(self) -> None:
        """Begin without it."""
        self._first: float | None = None
        self._last = 0.0
        self.is_on = False

    def take(self, is_bad: bool, now: float) -> None:
        """Take one more look, at a time in s."""
        if is_bad:
            if self._first is None:
                self._first = now
            self._last = now
            self.is_on = self.is_on or now - self._first >= LASTING
        elif self._first is not None and now - self._last >= OVER:
            self._first, self.is_on = None, False


class StreamHealth:
    """What hurts in the streams of one camera, and was not so when it was added.

    What the user saw on the page of the flow, and left, is not said again.
    """

    def __init__(self) -> None:
        """Begin with healthy streams."""
        self._found: dict[Problem, Lasting] = {}
        self._gops: dict[Profile, deque[float]] = {}

    def forget(self) -> None:
        """The camera was changed: only what comes from now on counts."""
        self._found.clear()
        self._gops.clear()

    def take(
        self, state: CameraState, data: Mapping[str, Any], now: float
    ) -> tuple[Finding, ...]:
        """Take what was measured; return what hurts for long.

        ``data`` is that of the camera's entry, ``now`` in s.
        """
        stats = state.stats
        if stats is None:
            return ()
        measured, fixed = data.get(CONF_MEASURED, {}), data.get(CONF_FIXED, {})
        for profile in Profile:
            fps, gop = _rates(stats, profile)
            if not fps or not gop:
                continue
            before = measured.get(profile, {})
            accepted = (
                before.get("irregular_gop") or before.get("gop", 0.0) > LONGEST_GOP
            )
            self._gops.setdefault(profile, deque(maxlen=_REMEMBERED)).append(gop)
            self._take(
                (Hurt.LONG_GOP, profile), gop > LONGEST_GOP and not accepted, now
            )
        if stats.sub_fps:
            accepted = measured.get(Profile.SUB, {}).get("fps", 0.0) > FASTEST_SUB
            is_fast = stats.sub_fps > FASTEST_SUB and not accepted
            self._take((Hurt.FAST_SUB, Profile.SUB), is_fast, now)
        if (info := _info(state, Profile.MAIN)) is not None:
            wanted = fixed.get(Profile.MAIN, {}).get("codec")
            is_back = wanted == "h264" and info.codec in ("hevc", "h265")
            self._take((Hurt.H265, Profile.MAIN), is_back, now)
        return tuple(
            self._finding(hurt, profile, stats)
            for (hurt, profile), lasting in self._found.items()
            if lasting.is_on
        )

    def _take(self, problem: Problem, is_bad: bool, now: float) -> None:
        self._found.setdefault(problem, Lasting()).take(is_bad, now)

    def _finding(self, hurt: Hurt, profile: Profile, stats: CameraStats) -> Finding:
        if hurt is Hurt.FAST_SUB:
            return Finding(hurt, profile, stats.sub_fps)
        if hurt is Hurt.H265:
            return Finding(hurt, profile)
        least, most = min(self._gops[profile]), max(self._gops[profile])
        is_smart = most > _IRREGULAR * least
        return Finding(Hurt.SMART_CODEC if is_smart else hurt, profile, most)


def candidates_now(
    state: CameraState, data: Mapping[str, Any], findings: Iterable[Finding]
) -> dict[Profile, Candidate]:
    """Return the streams in use as the engine measures them, at their worst.

    Empty for a camera whose profiles are not known.
    """
    worst = {
        one.profile: one
        for one in findings
        if one.hurt in (Hurt.LONG_GOP, Hurt.SMART_CODEC)
    }
    tokens = {
        Profile.MAIN: data.get(CONF_MAIN_PROFILE),
        Profile.SUB: data.get(CONF_SUB_PROFILE),
    }
    found = {}
    for profile, token in tokens.items():
        info, stats = _info(state, profile), state.stats
        if token is None or info is None or stats is None:
            continue
        fps, gop = _rates(stats, profile)
        if (found_gop := worst.get(profile)) is not None:
            gop = max(gop, found_gop.value or 0.0)
        bitrate = stats.bitrate if profile is Profile.MAIN else 0.0
        measured = Measured(0.0, fps, bitrate, gop, gop_complete=gop > 0.0)
        found[profile] = Candidate(
            token, token, info.codec, info=info, measured=measured
        )
    return found


def is_cured(state: CameraState, found: Iterable[Finding]) -> bool:
    """Tell whether none of these findings is to be seen right now."""
    stats = state.stats
    if stats is None:
        return False
    for finding in found:
        profile = finding.profile or Profile.MAIN
        fps, gop = _rates(stats, profile)
        if not fps:
            return False
        match finding.hurt:
            case Hurt.FAST_SUB:
                if fps > FASTEST_SUB:
                    return False
            case Hurt.H265:
                info = _info(state, profile)
                if info is None or info.codec in ("hevc", "h265"):
                    return False
            case _:
                if not gop or gop > LONGEST_GOP:
                    return False
    return True


def _rates(stats: CameraStats, profile: Profile) -> tuple[float, float]:
    """Return frames per second and the last distance of keyframes (s)."""
    if profile is Profile.MAIN:
        return stats.fps, stats.gop
    return stats.sub_fps, stats.sub_gop


def _info(state: CameraState, profile: Profile) -> StreamInfo | None:
    stream = state.streams.get(profile)
    return stream.info if stream is not None else None
