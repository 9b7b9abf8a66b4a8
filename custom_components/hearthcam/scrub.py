"""A last look at what is given to strangers: nothing in it may identify."""

from collections.abc import Iterable
import re
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED

from .privacy.redact import redact

_SHORTEST: Final = 3
"""Shorter values are in every other word: nobody learns anything from them."""
_MAC = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f])"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_V6 = re.compile(
    r"(?<![0-9A-Fa-f:])(?=[0-9A-Fa-f:]*::)[0-9A-Fa-f:]{3,}(?![0-9A-Fa-f:])"
)
_LOCAL = re.compile(
    r"(?<![\d.])(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))"
    r"(?:\.\d{1,3}){2,3}(?![\d.])"
)
_URL = re.compile(r"(?i)[a-z][a-z0-9+.-]*://(?!www\.onvif\.org/)\S+")
_VERSIONS: Final = frozenset({"av_version", "firmware", "hardware", "version"})
"""What may look like an address and be none."""


class Scrubber:
    """Takes known secrets, and whatever looks like an address or identity, out.

    ``secrets`` are taken out wherever they are, ``words`` only where they stand alone:
    what people call things is part of other words. MACs and UUIDs are found in every
    way of writing them.
    """

    def __init__(
        self, secrets: Iterable[str | None], words: Iterable[str | None] = ()
    ) -> None:
        """Take the values; None is none."""
        found = {way for value in secrets if value for way in _written(value)}
        self._known = _pattern(found)
        self._words = _pattern({word for word in words if word}, alone=True)

    def scrub(self, value: Any, key: str = "") -> Any:
        """Return a value as JSON has it, with all texts in it scrubbed.

        Keys are not: those are our own words.
        """
        match value:
            case dict():
                return {name: self.scrub(one, str(name)) for name, one in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.scrub(one, key) for one in value]
            case str():
                return self._text(str(value), key)
        return value

    def _text(self, text: str, key: str) -> str:
        for known in (self._known, self._words):
            if known is not None:
                text = known.sub(REDACTED, text)
        text = redact(text)
        addresses = _LOCAL if key in _VERSIONS else _ADDRESS
        for pattern in (_URL, _MAC, _UUID, addresses, _V6):
            text = pattern.sub(REDACTED, text)
        return text


def _pattern(values: Iterable[str], *, alone: bool = False) -> re.Pattern[str] | None:
    """Return what finds the values, the longest first; None without any."""
    long = sorted((v for v in values if len(v) >= _SHORTEST), key=len, reverse=True)
    if not long:
        return None
    found = "|".join(map(re.escape, long))
    if alone:
        found = rf"(?<!\w)(?:{found})(?!\w)"
    return re.compile(found, re.IGNORECASE)


def _written(value: str) -> set[str]:
    """Return the ways in which a value may be written."""
    ways = {value}
    if _UUID.search(value):
        ways.add(value.rpartition(":")[2])
        ways.add(value.rpartition(":")[2].replace("-", ""))
    if _MAC.fullmatch(value):
        digits = re.sub("[:-]", "", value)
        ways |= {digits, value.replace(":", "-"), value.replace("-", ":")}
    return ways
