"""Finds clips by words: camera, class, zone, day, time."""

import calendar
from dataclasses import replace
from datetime import timedelta
import re
from typing import Final

from homeassistant.core import HomeAssistant

from .library.index import Library
from .library.layout import day_bounds, parse_day
from .library.models import Clip, ClipQuery
from .media_identifiers import Identifier, IdentifierError, Level
from .media_titles import Titles

FOUND: Final = 100
_DAYS_BACK: Final = 366
_DAY_NUMBER: Final = re.compile(r"[0-9]{1,2}")
_LOOKED_THROUGH: Final = 3000
"""Clips, the newest that the words leave, of which each one's words are compared."""


async def async_search(
    hass: HomeAssistant,
    library: Library,
    titles: Titles,
    identifier: Identifier,
    text: str,
) -> list[Clip]:
    """Return the newest clips below an item that have all the words.

    Raises LibraryError, and IdentifierError for an item with nothing below.
    """
    words = text.casefold().split()
    query = _below(titles, identifier)
    if not words:
        return []
    span = _span(titles, words)
    if span is not None:
        query = replace(
            query, start=max(query.start, span[0]), end=min(query.end, span[1])
        )
    for word in words:
        query = _narrowed(titles, query, word)
    clips = await library.search(replace(query, limit=_LOOKED_THROUGH))
    return await hass.async_add_executor_job(_matching, titles, clips, words)


def _matching(titles: Titles, clips: list[Clip], words: list[str]) -> list[Clip]:
    """Return the first clips that have all the words; takes some 100 ms."""
    found = []
    for clip in clips:
        text = titles.words(clip)
        if all(word in text for word in words):
            found.append(clip)
            if len(found) == FOUND:
                break
    return found


def _below(titles: Titles, identifier: Identifier) -> ClipQuery:
    cameras = (identifier.camera_id,) if identifier.camera_id else ()
    match identifier.level:
        case Level.ROOT | Level.CAMERA:
            return ClipQuery(cameras)
        case Level.DAY:
            start, end = day_bounds(identifier.day, titles.zone)
            return ClipQuery(cameras, start=start, end=end)
        case Level.KIND:
            return ClipQuery(cameras, (identifier.kind,))
        case Level.PROTECTED:
            return ClipQuery(protected=True)
    raise IdentifierError


def _narrowed(titles: Titles, query: ClipQuery, word: str) -> ClipQuery:
    """Let the database choose where a word can only mean one kind of thing.

    The words of what it gives are compared all the same: this only makes sure that
    what is looked for is among the clips that are looked through.
    """
    cameras = [
        camera_id
        for camera_id in titles.cameras
        if word in titles.camera(camera_id).casefold()
    ]
    kinds = [
        key.removeprefix("kind_")
        for key, text in titles.texts.items()
        if key.startswith("kind_") and (word in text.casefold() or word in key[5:])
    ]
    zones = [zone for zone, name in titles.zones.items() if word in name.casefold()]
    if _means_time(word) or sum(map(bool, (cameras, kinds, zones))) != 1:
        return query
    if kinds and not query.kinds:
        return replace(query, kinds=tuple(kinds))
    if zones and not query.zones:
        return replace(query, zones=tuple(zones))
    if cameras and not query.camera_ids:
        return replace(query, camera_ids=tuple(cameras))
    return query


def _span(titles: Titles, words: list[str]) -> tuple[float, float] | None:
    """Return the span that the words name: a day, or a month; else None.

    Of a weekday or a day of the year it is the last one that there was.
    """
    days = [titles.today - timedelta(days=age) for age in range(_DAYS_BACK)]
    names = {titles.text("media_today"): 0, titles.text("media_yesterday"): 1}
    ages = {name.casefold(): age for name, age in names.items()}
    for word in words:
        if (age := ages.get(word)) is not None:
            return day_bounds(days[age], titles.zone)
        day = parse_day(word)
        if day is not None and 1970 <= day.year < 9000:
            return day_bounds(day, titles.zone)
    weekdays = {
        name.casefold(): number for number, name in enumerate(calendar.day_name)
    }
    months = {name.casefold(): n for n, name in enumerate(calendar.month_name) if n}
    weekday = next((weekdays[word] for word in words if word in weekdays), None)
    month = next((months[word] for word in words if word in months), None)
    number = next((int(word) for word in words if _DAY_NUMBER.fullmatch(word)), None)
    if weekday is None and month is None:
        return None
    fitting = [
        day
        for day in days
        if (weekday is None or day.weekday() == weekday)
        and (month is None or day.month == month)
        and (month is None or number is None or day.day == number)
    ]
    if not fitting:
        return None
    last = first = fitting[0]
    if weekday is None and number is None:
        # All of the month, of one year.
        first = last.replace(day=1)
    return day_bounds(first, titles.zone)[0], day_bounds(last, titles.zone)[1]


def _means_time(word: str) -> bool:
    """Tell whether the word may be part of a date, a clock's time or a duration."""
    return any(character.isdigit() for character in word)
