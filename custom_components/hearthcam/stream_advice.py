"""What hurts in a camera's streams as they were measured, and what would cure it.

Nothing here asks a camera or says a word: findings are turned into text by
`stream_report`, cures into changes on the camera by `flow_fix`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from .engine.protocol import Measured, Profile, StreamError, StreamInfo
from .onvif import MediaProfile, StreamChoice, choose_streams

LONGEST_GOP: Final = 4.0
"""Seconds from keyframe to keyframe: clips begin at one, and motion at rest is looked
for in keyframes only."""
GOOD_GOP: Final = 2.0
FASTEST_SUB: Final = 15.5
"""Frames per second of a sub stream above which analysing costs without a gain."""
GOOD_SUB_FPS: Final = 10.0
LARGEST_SUB: Final = 1280 * 720
CLOCK_OFF: Final = 60.0
"""Seconds that a camera's clock may be wrong before it is said."""
MOST_CANDIDATES: Final = 4

_VIDEO: Final = ("h264", "h265")
_JPEG: Final = ("mjpeg", "jpeg")
_NAMES: Final = {"hevc": "h265"}


class Hurt(StrEnum):
    """What makes a camera worse than it could be; keys of ``common.hurt_…``."""

    LONG_GOP = "long_gop"
    SMART_CODEC = "smart_codec"
    FAST_SUB = "fast_sub"
    BIG_SUB = "big_sub"
    NO_SUB = "no_sub"
    H265 = "h265"
    JPEG = "jpeg"
    ONE_VIEWER = "one_viewer"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stream that was looked at: what it is, or why it did not open.

    ``codec`` is what the camera calls it: motion JPEG arrives here as H.264.
    """

    token: str
    name: str
    codec: str | None = None
    info: StreamInfo | None = None
    measured: Measured | None = None
    error: StreamError | str | None = None
    url: str = field(default="", repr=False)

    @property
    def true_codec(self) -> str | None:
        """The codec that the camera sends, as `MediaProfile` names it."""
        if self.codec in _JPEG or self.info is None:
            return self.codec
        return _NAMES.get(self.info.codec, self.info.codec)

    def as_data(self) -> dict[str, Any] | None:
        """Return what an entry holds of it; None where nothing is known."""
        if self.info is None:
            return None
        known = asdict(self.info) | {"codec": self.true_codec}
        if self.measured is not None:
            known |= asdict(self.measured)
        return known


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that hurts; ``value`` is in the unit of its kind (s, frames/s)."""

    hurt: Hurt
    profile: Profile | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure:
    """What a stream should be set to; None: as it is. ``gop`` is in seconds."""

    gop: float | None = None
    fps: float | None = None
    codec: str | None = None


def candidates_of(
    profiles: Iterable[MediaProfile], main: str, sub: str | None
) -> list[MediaProfile]:
    """Return the profiles worth a look: of one video source, the proposed ones first.

    A camera serves one viewer after the other, so there are few of them.
    """
    known = {profile.token: profile for profile in profiles}
    source = known[main].source if main in known else None
    others = sorted(
        (
            one
            for one in known.values()
            if one.source == source and one.codec in _VIDEO and one.token != main
        ),
        key=lambda one: (one.token != sub, -(one.width or 0)),
    )
    first = [known[main]] if main in known else []
    return [*first, *others][:MOST_CANDIDATES]


def propose(
    profiles: Iterable[MediaProfile], seen: Mapping[str, Candidate], main: str
) -> StreamChoice | None:
    """Choose main and sub by what was measured; None where no stream opened.

    What was not looked at counts as the camera declares it, and only for a sub.
    """
    known = list(profiles)
    source = next((one.source for one in known if one.token == main), None)
    usable = []
    for profile in known:
        candidate = seen.get(profile.token)
        if candidate is None or candidate.info is None:
            continue
        usable.append(
            replace(
                profile,
                codec=candidate.true_codec,
                width=candidate.info.width,
                height=candidate.info.height,
            )
        )
    return choose_streams(usable, source)


def findings(
    main: Candidate | None, sub: Candidate | None, clock_offset: float | None = None
) -> tuple[Finding, ...]:
    """Return what hurts in the two streams that are to be used, worst first."""
    found: list[Finding] = []
    for profile, one in ((Profile.MAIN, main), (Profile.SUB, sub)):
        if one is None or (seen := one.measured) is None or _is_jpeg(one):
            continue
        if seen.irregular_gop:
            found.append(Finding(Hurt.SMART_CODEC, profile, seen.gop))
        elif seen.gop > LONGEST_GOP:
            found.append(Finding(Hurt.LONG_GOP, profile, seen.gop))
    if main is not None:
        if _is_jpeg(main):
            found.append(Finding(Hurt.JPEG, Profile.MAIN))
        elif main.true_codec == "h265":
            found.append(Finding(Hurt.H265, Profile.MAIN))
    if sub is None:
        if main is not None and main.info is not None and _area(main) > LARGEST_SUB:
            found.append(Finding(Hurt.NO_SUB))
    else:
        if sub.measured is not None and sub.measured.fps > FASTEST_SUB:
            found.append(Finding(Hurt.FAST_SUB, Profile.SUB, sub.measured.fps))
        if sub.info is not None and _area(sub) > LARGEST_SUB:
            found.append(Finding(Hurt.BIG_SUB, Profile.SUB))
    if main is not None and main.measured is not None:
        if main.measured.second_connection is False:
            found.append(Finding(Hurt.ONE_VIEWER, Profile.MAIN))
    if clock_offset is not None and abs(clock_offset) > CLOCK_OFF:
        found.append(Finding(Hurt.CLOCK, None, clock_offset))
    return tuple(found)


def cure(profile: Profile, candidate: Candidate, *, h264: bool = False) -> Cure | None:
    """Return what would cure a stream, None where nothing needs to be changed.

    ``h264`` is the user's wish to have the main stream played everywhere. There is no
    standard way to switch a "smart" codec off; a fixed GOP is what some obey.
    """
    seen = candidate.measured
    if seen is None or _is_jpeg(candidate):
        return None
    wanted = Cure(
        gop=GOOD_GOP if seen.irregular_gop or seen.gop > LONGEST_GOP else None,
        fps=(
            GOOD_SUB_FPS if profile is Profile.SUB and seen.fps > FASTEST_SUB else None
        ),
        codec=(
            "h264"
            if h264 and profile is Profile.MAIN and candidate.true_codec == "h265"
            else None
        ),
    )
    return wanted if wanted != Cure() else None


def measured_data(seen: Mapping[Profile, Candidate]) -> dict[str, dict[str, Any]]:
    """Return what an entry holds of the streams that were looked at."""
    return {
        profile.value: data
        for profile, one in seen.items()
        if (data := one.as_data()) is not None
    }


def _is_jpeg(candidate: Candidate) -> bool:
    return candidate.true_codec in _JPEG


def _area(candidate: Candidate) -> int:
    return candidate.info.width * candidate.info.height if candidate.info else 0
