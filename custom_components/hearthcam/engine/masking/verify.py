"""Whether a camera really blacks out the zones that it says it does.

Both of its streams are looked at, keyframe by keyframe until the zones were black
several times in a row, then each second or so. A picture in which one is not ends that
at once: the engine then blacks it out itself. So does a new connection, for a camera
that was restarted may have forgotten its masks; what is still to be looked at of the
one before proves nothing. Nor does the dark: where all of the picture is black, that of
a zone is no mask.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from av.video.frame import VideoFrame

from ..packet import TIME_BASE
from ..parts import PrivacyZone, Profile
from .inside import Pixels, lit_beside, pixels_of, seen_in

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
_LIT: Final = 0.2
"""How much of the picture beside the zones must be lit before one is believed."""
_STILL_LIT: Final = 0.05
"""And how much as long as it is."""
OVERDUE: Final = 10 * TIME_BASE
"""What was not looked at for so long (µs) although there was a reason is not believed:
the pictures cannot be decoded, or there is no time for them."""


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
        # Since when there is something to be looked at, and how much is on its way.
        self._unseen: dict[Profile, int] = {}
        self._asked = dict.fromkeys(Profile, 0)
        # Counts a profile's connections.
        self._connections: dict[Profile, int] = {}
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
            self._connections[profile] = self._connections.get(profile, 1) + 1
            self._looked.pop(profile, None)
            self._unseen.pop(profile, None)
            self._asked[profile] = 0
            self._forget(profile)
        self._tell()

    @property
    def believed(self) -> frozenset[PrivacyZone]:
        """The zones that the camera is seen to black out now.

        ``seen`` may be told by two threads at once, the older word last: whoever acts
        on it asks here.
        """
        with self._lock:
            return self._believed()

    def wants(self, profile: Profile, now: int) -> int | None:
        """Return for what connection to `look` at a keyframe of a time (µs).

        None where it is not to be looked at. Whoever is told to does so, each time.
        """
        if not self._zones:
            return None
        with self._lock:
            if not self._is_due(profile, now):
                return None
            late = now - self._unseen.setdefault(profile, now) > OVERDUE
            if late:
                self._forget(profile)
            # Whoever is slow is not given ever more to do.
            connection = None
            if self._asked[profile] < NEEDED:
                self._asked[profile] += 1
                connection = self._connections.get(profile, 1)
        if late:
            self._tell()
        return connection

    def _is_due(self, profile: Profile, now: int) -> bool:
        if profile not in self._profiles:
            return False
        sure = all(
            self._black.get((profile, zone_id), 0) >= NEEDED for zone_id in self._zones
        )
        spared = profile is Profile.MAIN and len(self._profiles) > 1
        interval = MAIN_INTERVAL if spared else INTERVAL
        return not sure or now - self._looked.get(profile, 0) >= interval

    def look(
        self, profile: Profile, frames: list[VideoFrame], now: int, connection: int
    ) -> None:
        """Look at what a keyframe shows, before anything was painted into it.

        Without a picture nothing is proven.
        """
        with self._lock:
            if self._connections.get(profile, 1) != connection:
                return
            self._asked[profile] -= 1
            if frames:
                self._unseen.pop(profile, None)
                self._looked[profile] = now
            zones = dict(self._zones)
        for frame in frames:
            self._look(profile, pixels_of(frame), zones, connection)
        self._tell()

    def _look(
        self,
        profile: Profile,
        pixels: Pixels,
        zones: dict[str, PrivacyZone],
        connection: int,
    ) -> None:
        lit = lit_beside(pixels, tuple(zone.polygon for zone in zones.values()))
        for zone_id, zone in zones.items():
            seen = seen_in(pixels, (zone.polygon,))
            # A camera's mask that is too small shows what is beside the zone's edge.
            dark = not seen.spilled and (
                seen.brightest <= min(_BLACK, seen.darkest + _FLAT)
            )
            with self._lock:
                if self._connections.get(profile, 1) != connection:
                    return
                if self._zones.get(zone_id) != zone:
                    continue
                key = profile, zone_id
                count = self._black.get(key, 0)
                proven = lit >= (_STILL_LIT if count >= NEEDED else _LIT)
                self._black[key] = count + 1 if dark and proven else 0

    def _forget(self, profile: Profile) -> None:
        for known in [key for key in self._black if key[0] is profile]:
            del self._black[known]

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
