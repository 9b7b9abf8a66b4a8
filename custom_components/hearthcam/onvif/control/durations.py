"""Durations of XML Schema (``PT1M30.5S``), as far as cameras use them."""

import re

_DURATION = re.compile(
    r"P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?)?"
)


def seconds(text: str | None) -> float | None:
    """Return the seconds of a duration, None when it is none.

    A bare number is taken for seconds, as some firmware writes it.
    """
    text = (text or "").strip().upper()
    match = _DURATION.fullmatch(text)
    if match is None or text in ("P", "PT"):
        is_bare = re.fullmatch(r"\d{1,8}(?:\.\d{1,9})?", text)
        return float(text) if is_bare else None
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def duration(value: float) -> str:
    """Return seconds as a duration."""
    return f"PT{max(value, 0.0):.3f}".rstrip("0").rstrip(".") + "S"
