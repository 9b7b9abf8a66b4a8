"""Finds clips by words: camera, class, zone, day, time."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from .library.index import Library
from .library.layout import day_bounds, parse_day
from .library.models import Clip, ClipQuery
from .media_identifiers import Identifier, IdentifierError, Level
from .media_titles import Titles

FOUND: Final = 100
_LOOKED_THROUGH: Final = 3000
"""Clips, the newest that the words leave, of which each one's words are compared."""


async def async_search(
    library: Library, titles: Titles, identifier: Identifier, text: str
) -> list[Clip]:
    """Return the newest clips below an item that have all the words.

    Raises LibraryError, and IdentifierError for an item with nothing below.
    """
    words = text.casefold().split()
    query = _below(titles, identifier)
    if not words:
        return []
    for word in words:
        query = _narrowed(titles, query, word)
    clips = await library.search(replace(query, limit=_LOOKED_THROUGH))
    found = (
        clip for clip in clips if all(word in titles.words(clip) for word in words)
    )
    return [clip for _, clip in zip(range(FOUND), found, strict=False)]


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
    if (day := _day(titles, word)) is not None:
        start, end = day_bounds(day, titles.zone)
        return replace(query, start=max(query.start, start), end=min(query.end, end))
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


def _day(titles: Titles, word: str) -> date | None:
    if word == titles.text("media_today").casefold():
        return titles.today
    if word == titles.text("media_yesterday").casefold():
        return titles.today - timedelta(days=1)
    day = parse_day(word)
    return day if day is not None and 1970 <= day.year < 9000 else None


def _means_time(word: str) -> bool:
    """Tell whether the word may be part of a date, a clock's time or a duration."""
    return any(character.isdigit() for character in word)
