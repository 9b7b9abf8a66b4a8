"""Searching for clips in Media."""

from datetime import timedelta
from types import MappingProxyType

import pytest

from homeassistant.components.media_player.browse_media import SearchMediaQuery
from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import async_search_media
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant

from .media_fixtures import (
    NOW,
    ROOT,
    MediaHarness,
    afternoon_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)

pytestmark = pytest.mark.usefixtures("afternoon")


async def test_search_finds_zones_and_protected_clips(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """By the names that the user gave."""
    entry = hass.config_entries.async_entries("hearthcam")[0]
    zone = ConfigSubentry(
        data=MappingProxyType({}), subentry_type="zone", title="Drive", unique_id=None
    )
    hass.config_entries.async_add_subentry(entry, zone)
    found = await media.clip(1, NOW, kind="person", zones=(zone.subentry_id,))
    other = await media.clip(2, NOW - timedelta(hours=3), kind="vehicle")
    await media.library.protect(other.clip_id)

    async def search(text: str) -> list[str]:
        query = SearchMediaQuery(search_query=text)
        result = (await async_search_media(hass, ROOT, query)).result
        return [item.media_content_id.rpartition("/")[2] for item in result]

    assert await search("drive") == [found.clip_id]
    assert await search("drive people today") == [found.clip_id]
    assert await search("vehicles") == [other.clip_id]
    assert await search("drive vehicle") == []
    assert await search("protected 12:00") == [other.clip_id]


async def test_search_finds_by_camera_day_time_and_kind(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """All words must match; where one searches limits what is found."""
    today = await media.clip(1, NOW - timedelta(hours=1))
    before = await media.clip(2, NOW - timedelta(days=2), kind="person")
    other = await media.clip(3, NOW - timedelta(hours=2), camera_id="back_yard")

    async def search(text: str, path: str = "") -> list[str]:
        query = SearchMediaQuery(search_query=text)
        found = await async_search_media(hass, f"{ROOT}{path}", query)
        return [item.media_content_id.rpartition("/")[2] for item in found.result]

    assert await search("today") == [today.clip_id, other.clip_id]
    assert await search("TÜR today") == [today.clip_id]
    assert await search("2026-11-20") == [before.clip_id]
    assert await search("friday november") == [before.clip_id]
    assert await search("person") == [before.clip_id]
    assert await search("13:00") == [other.clip_id]
    assert await search("motion", "/camera/front_door") == [today.clip_id]
    assert await search("motion", "/day/front_door/2026-11-20") == []
    assert await search("nothing") == []
    assert await search(" ") == []

    music = SearchMediaQuery(
        search_query="today", media_filter_classes=[MediaClass.MUSIC]
    )
    assert (await async_search_media(hass, ROOT, music)).result == []
    with pytest.raises(BrowseError):
        await search("today", f"/clip/{today.clip_id}")
