"""What was measured of a camera, as one page in Home Assistant's language.

The flow's description has one placeholder for all of it; its words are in ``common``
of the translations.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN
from .engine.protocol import Profile
from .onvif import MediaProfile
from .stream_advice import CLOCK_OFF, Candidate, Finding, Hurt

_CODECS: Final = {"h264": "H.264", "h265": "H.265", "mjpeg": "MJPEG", "jpeg": "JPEG"}
_SOUND: Final = {
    "pcm_alaw": "G.711",
    "pcm_mulaw": "G.711",
    "aac": "AAC",
    "opus": "Opus",
}
_COLUMNS: Final = ("stream", "picture", "fps", "gop", "bitrate", "sound", "viewers")
# What would be a link, a heading, a table or an element in Markdown.
_MARKDOWN: Final = re.compile(r"[|\[\]()<>*`~#!\\\x00-\x1f]|://")
_NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class StreamReport:
    """The words of one language."""

    texts: Mapping[str, str]

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Self:
        """Load those of Home Assistant's language."""
        texts = await async_get_translations(
            hass, hass.config.language, "common", [DOMAIN]
        )
        prefix = f"component.{DOMAIN}.common."
        return cls({key.removeprefix(prefix): text for key, text in texts.items()})

    def word(self, key: str, **values: Any) -> str:
        """Return a text with its placeholders filled in."""
        return self.texts.get(key, key).format(**values)

    def table(self, candidates: Iterable[Candidate]) -> str:
        """Return a Markdown table of the streams."""
        lines = [
            [self.word(f"measured_{column}") for column in _COLUMNS],
            ["---"] * len(_COLUMNS),
            *(self._row(candidate) for candidate in candidates),
        ]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def _row(self, one: Candidate) -> list[str]:
        name = plain(one.name) or plain(one.token)
        if one.codec == "jpeg":
            name = self.word("still_pictures")
        if one.info is None:
            key = f"measured_error_{one.error}"
            why = self.word(key if key in self.texts else "measured_error_unknown")
            return [name, why, *[_NOTHING] * (len(_COLUMNS) - 2)]
        codec = plain(_CODECS.get(one.true_codec or "", one.true_codec or ""))
        cells = [name, f"{codec} {one.info.width}×{one.info.height}"]
        sound = one.info.audio_codec
        heard = _SOUND.get(sound, plain(sound)) if sound else self.word("measured_none")
        if (seen := one.measured) is None:
            return [*cells, *[_NOTHING] * 3, heard, _NOTHING]
        if not seen.gop:
            gop = _NOTHING
        elif seen.gop_complete:
            gop = f"{seen.gop:.1f} s"
        else:
            gop = self.word("measured_at_least", seconds=f"{seen.gop:.0f}")
        viewers = {
            True: self.word("measured_yes"),
            False: self.word("measured_no"),
            None: _NOTHING,
        }[seen.second_connection]
        rate = f"{seen.bitrate / 1000:.1f} Mbit/s"
        return [*cells, f"{seen.fps:.0f}", gop, rate, heard, viewers]

    def label(self, profile: MediaProfile, one: Candidate | None) -> str:
        """Return what tells a profile from the others, as it was measured if it was."""
        codec, width, height = profile.codec, profile.width, profile.height
        fps = profile.fps
        if one is not None and one.info is not None:
            codec, width, height = one.true_codec, one.info.width, one.info.height
            if one.measured is not None:
                fps = round(one.measured.fps)
        if codec == "jpeg":
            return self.word("still_pictures")
        parts = [_CODECS.get(codec or "", codec or "")]
        if width and height:
            parts.insert(0, f"{width}×{height}")
        if fps:
            parts.append(f"{fps:g} fps")
        return f"{profile.name}: {', '.join(parts)}"

    def clock(self, offset: float | None) -> str:
        """Return how right the camera's clock is."""
        if offset is None:
            return self.word("measured_clock_unknown")
        if abs(offset) <= CLOCK_OFF:
            return self.word("measured_clock_right")
        way = "ahead" if offset > 0 else "behind"
        return self.word(f"measured_clock_{way}", time=_duration(abs(offset)))

    def finding(self, one: Finding) -> str:
        """Return what hurts, in plain words."""
        if one.hurt is Hurt.CLOCK:
            return self.clock(one.value)
        stream = self.profile(one.profile) if one.profile else ""
        value = "" if one.value is None else f"{one.value:.0f}"
        return self.word(f"hurt_{one.hurt}", stream=stream, value=value)

    def page(
        self,
        candidates: Iterable[Candidate],
        found: Iterable[Finding],
        offset: float | None,
        before: str = "",
        *,
        tells_clock: bool = True,
    ) -> str:
        """Return the table, the clock, and what hurts."""
        found = list(found)
        parts = [before, self.table(candidates)]
        if tells_clock and not any(one.hurt is Hurt.CLOCK for one in found):
            parts.append(self.clock(offset))
        if found:
            parts.append(self.listed(self.finding(one) for one in found))
        else:
            parts.append(self.word("measured_fine"))
        return "\n\n".join(part for part in parts if part)

    def profile(self, profile: Profile) -> str:
        """Return what a stream is called."""
        return self.word(f"stream_{profile}")

    @staticmethod
    def listed(lines: Iterable[str]) -> str:
        """Return a Markdown list."""
        return "\n".join(f"- {line}" for line in lines)


def plain(text: str) -> str:
    """Return what a camera calls something without any Markdown in it."""
    return " ".join(_MARKDOWN.sub(" ", text).split())[:40]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s"
