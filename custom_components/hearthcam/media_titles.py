"""What clips, days and cameras are called in Media."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .library.models import Clip


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles in Home Assistant's local time, as of one moment.

    ``cameras`` holds the current names of configured cameras by their id.
    """

    cameras: dict[str, str]
    zone: tzinfo
    today: date
    today_word: str
    yesterday_word: str
    older: str

    @classmethod
    async def async_load(cls, hass: HomeAssistant, cameras: dict[str, str]) -> Self:
        """Return the titles of now, in Home Assistant's language."""
        texts = await async_get_translations(
            hass, hass.config.language, "common", [DOMAIN]
        )

        def text(key: str) -> str:
            return texts.get(f"component.{DOMAIN}.common.{key}", key)

        return cls(
            cameras,
            dt_util.get_default_time_zone(),
            dt_util.now().date(),
            text("media_today"),
            text("media_yesterday"),
            text("media_older"),
        )

    def camera(self, camera_id: str) -> str:
        """Return the camera's name; of one that is gone, its id made readable."""
        readable = camera_id.replace("_", " ").strip().capitalize()
        return self.cameras.get(camera_id) or readable or camera_id

    def day(self, day: date) -> str:
        """Return "Today", "Yesterday" or "Saturday 21 November 2026"."""
        if day == self.today:
            return self.today_word
        if day == self.today - timedelta(days=1):
            return self.yesterday_word
        return (
            f"{calendar.day_name[day.weekday()]} {day.day}"
            f" {calendar.month_name[day.month]} {day.year}"
        )

    def clip(self, clip: Clip) -> str:
        """Return "14:03:22 · 18 s", for a clip among those of its day."""
        return f"{self._start(clip):%H:%M:%S} · {_duration(clip.end - clip.start)}"

    def clip_anywhere(self, clip: Clip) -> str:
        """Return "Front door · 2026-11-21 · 14:03:22 · 18 s"."""
        day = self._start(clip).date().isoformat()
        return f"{self.camera(clip.camera_id)} · {day} · {self.clip(clip)}"

    def words(self, clip: Clip) -> str:
        """Return what a search looks through, folded."""
        day = self.day(self._start(clip).date())
        return f"{self.clip_anywhere(clip)} {day} {clip.kind}".casefold()

    def _start(self, clip: Clip) -> datetime:
        return datetime.fromtimestamp(clip.start, self.zone)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
