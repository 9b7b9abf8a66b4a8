"""Whether a camera really blacks out the zones that it says it does.

Both of its streams are looked at, keyframe by keyframe until the zones were black
several times in a row, then each second or so. A picture in which one is not ends that
at once: the engine then blacks it out itself. So does a new connection, for a camera
that was restarted may have forgotten its masks.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from av.video.frame import VideoFrame

from ..packet import TIME_BASE
from ..parts import PrivacyZone, Profile
from .inside import pixels_of, seen_in

NEEDED: Final = 3
"""Pictures of each stream in which a zone must be black before it is believed."""
INTERVAL: Final = TIME_BASE
"""Between two looks (µs) at a stream whose zones are believed to be black."""
MAIN_INTERVAL: Final = 5 * TIME_BASE
"""The same for the main stream where there is a sub stream, which costs far less."""
_BLACK: Final = 40
"""The most of red, green or blue (0..255) that counts as black, after a camera's
encoder."""
_FLAT: Final = 16
"""How far the pixels of a zone may differ: a dark scene has its noise."""


class SourceWatch:
    """Looks after the zones of one camera. Thread-safe.

    ``seen`` is told, in any thread and never under the lock, which zones are black.
    """

    def __init__(self, seen: Callable[[frozenset[str]], None]) -> None:
        """Begin without a zone that the camera is said to black out."""
        self._seen = seen
        self._lock = Lock()
        self._zones: dict[str, PrivacyZone] = {}
        self._profiles: frozenset[Profile] = frozenset((Profile.MAIN,))
        # How many pictures in a row were black.
        self._black: dict[tuple[Profile, str], int] = {}
        self._looked: dict[Profile, int] = {}
        self._told: frozenset[str] = frozenset()

    def claim(self, zones: Iterable[PrivacyZone], profiles: Iterable[Profile]) -> None:
        """Look after the zones that the camera is said to black out."""
        claimed = {zone.zone_id: zone for zone in zones if zone.at_source}
        with self._lock:
            for zone_id, zone in claimed.items():
                if self._zones.get(zone_id) != zone:
                    self._doubt(zone_id)
            self._zones, self._profiles = claimed, frozenset(profiles)
        self._tell()

    def reset(self, profile: Profile) -> None:
        """Believe nothing any more: the stream begins anew."""
        with self._lock:
            self._looked.pop(profile, None)
            for known in [key for key in self._black if key[0] is profile]:
                del self._black[known]
        self._tell()

    @property
    def believed(self) -> frozenset[PrivacyZone]:
        """The zones that the camera is seen to black out now.

        ``seen`` may be told by two threads at once, the older word last: whoever acts
        on it asks here.
        """
        with self._lock:
            return self._believed()

    def wants(self, profile: Profile, now: int) -> bool:
        """Tell whether a keyframe of a time (µs) should be looked at."""
        if not self._zones:
            return False
        with self._lock:
            if profile not in self._profiles:
                return False
            sure = all(
                self._black.get((profile, zone_id), 0) >= NEEDED
                for zone_id in self._zones
            )
            spared = profile is Profile.MAIN and len(self._profiles) > 1
            interval = MAIN_INTERVAL if spared else INTERVAL
            return not sure or now - self._looked.get(profile, 0) >= interval

    def look(self, profile: Profile, frame: VideoFrame, now: int) -> None:
        """Look at a picture, before anything was painted into it."""
        with self._lock:
            zones = dict(self._zones)
            self._looked[profile] = now
        pixels = pixels_of(frame)
        for zone_id, zone in zones.items():
            seen = seen_in(pixels, (zone.polygon,))
            dark = seen.brightest <= min(_BLACK, seen.darkest + _FLAT)
            with self._lock:
                if self._zones.get(zone_id) != zone:
                    continue
                key = profile, zone_id
                self._black[key] = self._black.get(key, 0) + 1 if dark else 0
        self._tell()

    def _doubt(self, zone_id: str) -> None:
        for profile in Profile:
            self._black.pop((profile, zone_id), None)

    def _tell(self) -> None:
        with self._lock:
            black = frozenset(zone.zone_id for zone in self._believed())
            if black == self._told:
                return
            self._told = black
        self._seen(black)

    def _believed(self) -> frozenset[PrivacyZone]:
        return frozenset(
            zone
            for zone_id, zone in self._zones.items()
            if all(
                self._black.get((profile, zone_id), 0) >= NEEDED
                for profile in self._profiles
            )
        )
