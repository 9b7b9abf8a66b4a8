"""Which profile is recorded and which is analysed."""

from collections.abc import Iterable
from dataclasses import dataclass

from .models import MediaProfile

SUB_AREA = 640 * 360
SUB_MIN_WIDTH = 320
_VIDEO_CODECS = ("h264", "h265")


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """The two profiles; ``sub`` is None when no smaller one fits."""

    main: MediaProfile
    sub: MediaProfile | None


def choose_streams(
    profiles: Iterable[MediaProfile], source: str | None = None
) -> StreamChoice | None:
    """Choose main and sub of one video source, None when there is no video.

    Main is the largest picture. Sub is smaller and at least 320 pixels wide, H.264
    before H.265, then nearest to 640x360; profiles in other codecs (MJPEG) are only
    used as main, and only when there is nothing else. Without ``source`` the one of
    the first profile that has video is taken: a recorder's first channel.
    """
    candidates = [profile for profile in profiles if profile.codec]
    usable = [p for p in candidates if p.codec in _VIDEO_CODECS] or candidates
    if source is None and usable:
        source = usable[0].source
    usable = [profile for profile in usable if profile.source == source]
    if not usable:
        return None
    # max and min keep the first of equals: cameras list their main stream first.
    main = max(usable, key=_area)
    subs = [
        profile
        for profile in usable
        if profile.codec in _VIDEO_CODECS
        and (profile.width or 0) >= SUB_MIN_WIDTH
        and 0 < _area(profile) < _area(main)
    ]
    return StreamChoice(main, min(subs, key=_unfitness, default=None))


def _area(profile: MediaProfile) -> int:
    """Return the pixels of a picture, 0 when not told."""
    return (profile.width or 0) * (profile.height or 0)


def _unfitness(profile: MediaProfile) -> tuple[bool, float]:
    """Order sub streams: the least is the best."""
    area = _area(profile)
    return profile.codec != "h264", max(area / SUB_AREA, SUB_AREA / area)
