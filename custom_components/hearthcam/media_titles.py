"""What clips, days and cameras are called in Media."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import CONF_CAMERA_ID, DOMAIN, SUBENTRY_ZONE
from .library.models import Clip, Event
from .system import async_camera_names

COMMON_KIND: Final = "motion"
"""What most clips are: it is not said."""
_STAR: Final = "★"


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles in Home Assistant's local time, as of one moment.

    ``cameras`` holds the current names of configured cameras by their id, ``zones``
    those of their zones.
    """

    cameras: dict[str, str]
    zones: dict[str, str]
    zone: tzinfo
    today: date
    texts: dict[str, str]

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Self:
        """Return the titles of now, in Home Assistant's language."""
        texts = await async_get_translations(
            hass, hass.config.language, "common", [DOMAIN]
        )
        prefix = f"component.{DOMAIN}.common."
        zones = {
            zone.subentry_id: zone.title
            for entry in hass.config_entries.async_entries(DOMAIN)
            if CONF_CAMERA_ID in entry.data
            for zone in entry.get_subentries_of_type(SUBENTRY_ZONE)
        }
        return cls(
            async_camera_names(hass),
            zones,
            dt_util.get_default_time_zone(),
            dt_util.now().date(),
            {key.removeprefix(prefix): text for key, text in texts.items()},
        )

    def text(self, key: str) -> str:
        """Return a word of the language."""
        return self.texts.get(key, key)

    def camera(self, camera_id: str) -> str:
        """Return the camera's name; of one that is gone, its id made readable."""
        return self.cameras.get(camera_id) or _readable(camera_id)

    def kind(self, kind: str) -> str:
        """Return what clips of a kind are called."""
        return self.texts.get(f"kind_{kind}") or _readable(kind)

    def day(self, day: date) -> str:
        """Return "Today", "Yesterday" or "Saturday 21 November 2026"."""
        if day == self.today:
            return self.text("media_today")
        if day == self.today - timedelta(days=1):
            return self.text("media_yesterday")
        return (
            f"{calendar.day_name[day.weekday()]} {day.day}"
            f" {calendar.month_name[day.month]} {day.year}"
        )

    def clip(self, clip: Clip) -> str:
        """Return "14:03:22 · 18 s · People", for a clip among those of its day.

        A star comes first: the end of a long title is cut off.
        """
        star = f"{_STAR} " if clip.protected else ""
        return f"{star}{self._short(clip.start, clip.end, clip.kind)}"

    def clip_anywhere(self, clip: Clip) -> str:
        """Return "Front door · 2026-11-21 · 14:03:22 · 18 s"."""
        day = self.local(clip.start).date().isoformat()
        return f"{self.camera(clip.camera_id)} · {day} · {self.clip(clip)}"

    def event(self, event: Event) -> str:
        """Return the like of what `clip` returns, of an event that may go on."""
        end = event.start if event.end is None else event.end
        return self._short(event.start, end, event.kind)

    def growing(self, kind: str) -> str:
        """Return "Now", or "Now · People"."""
        return f"{self.text('media_now')}{self._suffix(kind)}"

    def hour(self, start: float) -> str:
        """Return from when to when an hour goes."""
        return f"{self.local(start):%H:%M} – {self.local(start + 3600):%H:%M}"

    def words(self, clip: Clip) -> str:
        """Return what a search looks through, folded."""
        local = self.local(clip.start)
        parts = [
            self.camera(clip.camera_id),
            f"{local:%Y-%m-%d %H:%M:%S}",
            self.day(local.date()),
            clip.kind,
            self.kind(clip.kind),
            *(self.zones.get(zone, "") for zone in clip.zones),
        ]
        if clip.protected:
            parts.append(self.text("media_protected"))
        return " ".join(parts).casefold()

    def local(self, moment: float) -> datetime:
        """Return a moment (s of the epoch) in local time."""
        return datetime.fromtimestamp(moment, self.zone)

    def _short(self, start: float, end: float, kind: str) -> str:
        clock = f"{self.local(start):%H:%M:%S}"
        return f"{clock} · {_duration(end - start)}{self._suffix(kind)}"

    def _suffix(self, kind: str) -> str:
        return "" if kind == COMMON_KIND else f" · {self.kind(kind)}"


def _readable(name: str) -> str:
    return name.replace("_", " ").strip().capitalize() or name


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
