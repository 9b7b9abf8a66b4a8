"""Playlists of HTTP Live Streaming (RFC 8216) over reels."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
import math
from typing import Final

from .library.reel import Segment

CONTENT_TYPE: Final = "application/vnd.apple.mpegurl"
_LEAST_TARGET: Final = 8
"""Seconds; the longest segment may not be longer, nor this change while a clip grows."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Segments of one clip that starts at ``start`` (s of the epoch)."""

    url: str
    start: float
    init_length: int
    segments: tuple[Segment, ...]


def playlist(scenes: Iterable[Scene], *, ended: bool) -> str:
    """Return the text; of what has not ended, players ask again for what came."""
    scenes = [scene for scene in scenes if scene.segments]
    longest = max(
        (segment.duration for scene in scenes for segment in scene.segments), default=0
    )
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{max(_LEAST_TARGET, math.ceil(longest))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        # The type may not change when a clip that grew is closed.
        "#EXT-X-PLAYLIST-TYPE:EVENT",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        # Players would begin at the end of what still grows.
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
    ]
    for number, scene in enumerate(scenes):
        if number:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += (
            f'#EXT-X-MAP:URI="{scene.url}",BYTERANGE="{scene.init_length}@0"',
            f"#EXT-X-PROGRAM-DATE-TIME:{_date(scene.start + scene.segments[0].start)}",
        )
        for segment in scene.segments:
            lines += (
                f"#EXTINF:{segment.duration:.6f},",
                f"#EXT-X-BYTERANGE:{segment.length}@{segment.offset}",
                scene.url,
            )
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def within(
    segments: Iterable[Segment], start: float, end: float
) -> tuple[Segment, ...]:
    """Return the segments that show something of start <= t < end."""
    return tuple(
        segment
        for segment in segments
        if segment.start < end and segment.start + segment.duration > start
    )


def _date(moment: float) -> str:
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
