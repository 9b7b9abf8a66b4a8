"""Times and durations as cameras write them, however wrong."""

from datetime import UTC, datetime
import re
from xml.etree.ElementTree import Element

from .trees import child, text

# A clock outside of these years is no clock (0000-00-00 before NTP).
_FIRST_YEAR = 1970
_LAST_YEAR = 2100
_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[Tt ](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?"
    r"(\.\d{1,12})?\s*(?:[Zz]|([+-])(\d{2}):?(\d{2}))?",
    re.ASCII,
)
# What is no lease any more, in seconds.
_LONGEST_LEASE = 7 * 86400.0


def moment(told: str | None) -> datetime | None:
    """Return an xsd:dateTime in UTC, None when there is no such time.

    A time without a zone is taken for UTC, as ONVIF wants it.
    """
    match = _MOMENT.fullmatch((told or "").strip()[:64])
    if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        return None
    year, month, day, hour, minute = (int(match[group]) for group in range(1, 6))
    fraction = int(float(match[7] or 0) * 1e6)
    try:
        found = datetime(
            year,
            month,
            day,
            hour,
            minute,
            min(int(match[6] or 0), 59),
            fraction,
            tzinfo=UTC,
        )
    except ValueError:
        return None
    offset = int(match[9] or 0) * 3600 + int(match[10] or 0) * 60
    if not offset:
        return found
    if match[8] == "+":
        offset = -offset
    return datetime.fromtimestamp(found.timestamp() + offset, UTC)


def lease(message: Element) -> float | None:
    """Return how many seconds a subscription lives on, by the camera's own clock.

    None when the answer does not tell, or what cannot be.
    """
    now = moment(text(child(message, "CurrentTime")))
    end = moment(text(child(message, "TerminationTime")))
    if now is None or end is None:
        return None
    left = (end - now).total_seconds()
    return left if 0 < left <= _LONGEST_LEASE else None


def duration(seconds: float) -> str:
    """Return an xsd:duration of whole seconds."""
    return f"PT{max(0, round(seconds))}S"


def absolute(epoch: float) -> str:
    """Return an xsd:dateTime in UTC, whole seconds (``Z``: Hikvision wants it so)."""
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%dT%H:%M:%SZ}"
