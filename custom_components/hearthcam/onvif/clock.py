"""What time a camera thinks it is."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element

from .xmltree import find, number_of

# A clock outside of these years is no clock (0000-00-00 before NTP).
_FIRST_YEAR = 1970
_LAST_YEAR = 2100


def camera_time(message: Element | None) -> float | None:
    """Return the UTC time of a GetSystemDateAndTimeResponse, in seconds of the epoch.

    Half a second is added: cameras tell whole seconds. None when there is no usable
    UTC time; a local time alone is not, its zone is told in too many dialects.
    """
    return _moment(find(message, "SystemDateAndTime", "UTCDateTime"))


def local_time(message: Element | None) -> float | None:
    """Return the local time of a GetSystemDateAndTimeResponse as if it were UTC."""
    return _moment(find(message, "SystemDateAndTime", "LocalDateTime"))


def _moment(told: Element | None) -> float | None:
    fields = [
        number_of(told, group, name)
        for group, name in (
            ("Date", "Year"),
            ("Date", "Month"),
            ("Date", "Day"),
            ("Time", "Hour"),
            ("Time", "Minute"),
            ("Time", "Second"),
        )
    ]
    year, month, day, hour, minute, second = (int(field or 0) for field in fields)
    if None in fields or not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() + 0.5


def http_time(date: str | None) -> float | None:
    """Return the time of an HTTP Date header, in seconds of the epoch."""
    try:
        moment = parsedate_to_datetime(date or "")
    except ValueError, OverflowError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.timestamp() + 0.5
