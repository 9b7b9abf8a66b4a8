"""Privacy zones in what was recorded before them: hidden first, then black."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam import past_gate, past_keeper
from custom_components.hearthcam.const import DOMAIN, SUBENTRY_ZONE
from custom_components.hearthcam.engine.black_out import black_out
from custom_components.hearthcam.engine.inspection import inspect
from custom_components.hearthcam.engine.parts import Point, PrivacyZone
from custom_components.hearthcam.engine.polygon import mark_of
from custom_components.hearthcam.engine.protocol import BlackedOut, BlackOut, Inspect
from custom_components.hearthcam.exceptions import EngineError
from custom_components.hearthcam.library.layout import preview_path, thumbnail_path
from custom_components.hearthcam.library.models import Clip, HiddenError
from custom_components.hearthcam.past_gate import async_hides
from custom_components.hearthcam.past_keeper import PastKeeper
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playback_views import playlist_url
from custom_components.hearthcam.privacy_zones import privacy_rules
from custom_components.hearthcam.system import async_get_system
from custom_components.hearthcam.views import clip_url, thumbnail_url
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from tests.engine.films import write_film
from tests.engine.samples import video
from tests.library.clips import JPEG, tag_of

from .media_fixtures import (
    MediaHarness,
    media_fixture,  # noqa: F401 - pytest finds it by name
)
from .test_views import MOMENT

WINDOW = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]
POLYGON = tuple(Point(x, y) for x, y in WINDOW)
DATA = {
    "kind": "privacy",
    "polygon": WINDOW,
    "modes": [],
    "past": True,
    "enabled": True,
}


def draw(hass: HomeAssistant, **changes: Any) -> str:
    """Draw a privacy zone; return its id."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    zone = ConfigSubentry(
        data=MappingProxyType(DATA | changes),
        subentry_type=SUBENTRY_ZONE,
        title="Window",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, zone)
    return zone.subentry_id


class Engine:
    """An engine in this process that blacks out, and what it was asked for."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Run."""
        self.hass = hass
        self.running = True
        self.asked: list[str] = []
        self.error: str | None = None
        self.dies = False

    async def async_black_out(
        self,
        clip: str,
        privacy: tuple[PrivacyZone, ...],
        *,
        doubted: Sequence[str],
        thumbnail: str | None,
        at: float,
    ) -> BlackedOut:
        """Do it, or fail as told."""
        self.asked.append(clip.rpartition("/")[2])
        if self.dies:
            raise EngineError("engine_no_answer")
        if self.error:
            return BlackedOut("r", error=self.error)
        command = BlackOut("r", clip, privacy, tuple(doubted), thumbnail, at)
        return await self.hass.async_add_executor_job(black_out, command, lambda: False)


class Past:
    """The keeper of a library, and its engine."""

    def __init__(self, hass: HomeAssistant, media: MediaHarness) -> None:
        """Prepare."""
        self.media = media
        self.engine = Engine(hass)
        self.now = 0.0
        self.changed = asyncio.Event()

        async def changed() -> None:
            self.changed.set()

        self.keeper = PastKeeper(hass, self.engine, changed, lambda: self.now)  # type: ignore[arg-type]  # only what it uses

    async def clip(self, number: int) -> Clip:
        """Record a clip, with a preview."""
        moment = MOMENT + timedelta(minutes=number)
        clip = await self.media.clip(number, moment, seconds=4.0)
        file = self.media.root / clip.path
        file.unlink()
        write_film(file, *video(4.0), comment=tag_of(clip).to_json())
        preview_path(file).write_bytes(JPEG)
        return clip

    async def done(self, clip: Clip) -> Clip:
        """Wait until a clip may be shown."""
        async with asyncio.timeout(30):
            while True:
                self.changed.clear()
                known = await self.media.library.get(clip.clip_id)
                assert known is not None
                if known.mask:
                    return known
                await self.changed.wait()


@pytest.fixture(name="past")
async def past_fixture(
    hass: HomeAssistant, media: MediaHarness
) -> AsyncGenerator[Past]:
    """Return a library that hides what must not be shown."""
    media.library.hides = partial(async_hides, hass)
    bench = Past(hass, media)
    async_get_system(hass).past = bench.keeper
    yield bench
    await bench.keeper.async_stop()


async def test_old_clip_is_given_to_nobody_until_the_zone_is_black_in_it(
    hass: HomeAssistant, past: Past, hass_client: ClientSessionGenerator
) -> None:
    clip = await past.clip(1)
    file = past.media.root / clip.path
    client = await hass_client()
    urls = [
        clip_url(clip.clip_id),
        thumbnail_url(clip.clip_id),
        preview_url(clip.clip_id),
        picture_url(clip.clip_id),
        playlist_url(clip.clip_id),
        f"/api/hearthcam/clip/{clip.clip_id}/media.mp4",
    ]
    assert (await client.get(urls[0])).status == HTTPStatus.OK

    draw(hass)
    for url in urls:
        response = await client.get(url)
        assert response.status == HTTPStatus.SERVICE_UNAVAILABLE, url
    with pytest.raises(HiddenError):
        await past.media.library.file_of(clip)

    past.keeper.start(past.media.library)
    done = await past.done(clip)

    assert done.mask == (mark_of(POLYGON),)
    assert (done.size, done.codec) == (file.stat().st_size, "h264")
    for shown in (file, thumbnail_path(file)):
        found = inspect(Inspect("r", str(shown), (POLYGON,)))
        assert (found.error, found.leaked) == (None, 0)
    assert not preview_path(file).exists()
    for url in (urls[0], urls[1], urls[4]):
        assert (await client.get(url)).status == HTTPStatus.OK, url


async def test_what_the_browser_kept_of_before_is_asked_for_again(
    hass: HomeAssistant, past: Past, hass_client: ClientSessionGenerator
) -> None:
    clip = await past.clip(1)
    client = await hass_client()
    for url in (clip_url(clip.clip_id), thumbnail_url(clip.clip_id)):
        assert "no-cache" in (await client.get(url)).headers["Cache-Control"]


@pytest.mark.parametrize(
    "changes", [{"past": False}, {"modes": ["disarmed"]}, {"enabled": False}]
)
async def test_clips_stay_as_they_are_where_the_zone_does_not_ask_for_it(
    hass: HomeAssistant, past: Past, changes: dict[str, Any]
) -> None:
    clip = await past.clip(1)
    draw(hass, **changes)
    assert await past.media.library.file_of(clip) is not None


async def test_unreadable_zone_hides_old_clips_and_changes_none(
    hass: HomeAssistant, past: Past
) -> None:
    """Nobody knows what it was to hide; blacking all out could not be undone."""
    clip = await past.clip(1)
    draw(hass)
    draw(hass, polygon="?")
    with pytest.raises(HiddenError):
        await past.media.library.file_of(clip)

    assert await past.keeper._do_next(past.media.library) is None
    assert not past.engine.asked


async def test_what_somebody_wants_to_see_comes_first_then_the_newest(
    hass: HomeAssistant, past: Past
) -> None:
    clips = [await past.clip(number) for number in (1, 2, 3)]
    draw(hass)
    past.keeper.want(clips[0])
    past.keeper.start(past.media.library)
    for clip in clips:
        await past.done(clip)

    order = [name.partition("_")[2].partition(".")[0] for name in past.engine.asked]
    assert order == [clips[number].clip_id for number in (0, 2, 1)]


async def test_clip_that_cannot_be_blacked_out_stays_hidden_and_is_tried_later(
    hass: HomeAssistant, past: Past
) -> None:
    clip = await past.clip(1)
    draw(hass)
    past.engine.error = "mask_failed"
    assert await past.keeper._do_next(past.media.library) is not None
    assert await past.keeper._do_next(past.media.library) is None
    with pytest.raises(HiddenError):
        await past.media.library.file_of(clip)

    past.engine.error = None
    past.now = 3601.0
    assert await past.keeper._do_next(past.media.library) is not None

    assert len(past.engine.asked) == 2
    known = await past.media.library.get(clip.clip_id)
    assert known is not None
    assert await past.media.library.file_of(known) is not None


async def test_figures_count_what_is_hidden(hass: HomeAssistant, past: Past) -> None:
    library = past.media.library
    clip = await past.clip(1)
    await past.clip(2)
    marks = {mark_of(POLYGON)}
    assert await library.count_lacking("front_door", marks) == 2
    await library.blacked_out(clip.clip_id, marks, 10, "h264", (320, 180))
    assert await library.count_lacking("front_door", marks) == 1
    assert [c.clip_id for c in await library.lacking("front_door", marks)] != [
        clip.clip_id
    ]


async def test_clip_that_the_engine_does_not_survive_is_not_tried_at_once_again(
    hass: HomeAssistant, past: Past
) -> None:
    """Or it would end all cameras' recordings again and again."""
    clips = [await past.clip(number) for number in (1, 2)]
    draw(hass)
    past.engine.dies = True
    for _ in clips:
        with pytest.raises(EngineError):
            await past.keeper._do_next(past.media.library)
        # Who looks at a page of clips wants them all the time.
        for clip in clips:
            past.keeper.want(clip)
    asked = [name.partition("_")[2].partition(".")[0] for name in past.engine.asked]
    assert asked == [clips[1].clip_id, clips[0].clip_id]
    assert await past.keeper._do_next(past.media.library) is None

    past.now = 301.0
    past.keeper.want(clips[0])
    past.engine.dies = False
    assert await past.keeper._do_next(past.media.library) is not None
    assert clips[0].clip_id in past.engine.asked[-1]


async def test_failures_in_a_row_are_waited_after_ever_longer(
    hass: HomeAssistant, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full is not asked for clip after clip, whoever wakes the keeper."""
    for number in range(4):
        await past.clip(number)
    draw(hass)
    past.engine.error = "storage"
    pauses: list[float] = []
    tried = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        past.keeper.wake()
        if len(pauses) == 4:
            tried.set()

    monkeypatch.setattr(past_keeper, "_sleep", sleep)
    past.keeper.start(past.media.library)
    async with asyncio.timeout(10):
        await tried.wait()
    assert pauses == [5.0, 10.0, 20.0, 40.0]
    assert len(past.engine.asked) == 4


async def test_what_is_moved_out_of_the_spool_is_blacked_out(
    hass: HomeAssistant, past: Past
) -> None:
    """While it is spooled it is hidden, but may be moved at any moment."""
    clip = await past.clip(1)
    past.keeper.take(clip)
    past.keeper._wake.clear()
    draw(hass)
    async_get_system(hass).clip_moved(clip)
    assert past.keeper._wake.is_set()


async def test_preview_of_before_goes_before_the_clip_is_changed(
    hass: HomeAssistant, past: Past
) -> None:
    """The file alone says what is black in it where the rows are lost just then."""
    clip = await past.clip(1)
    draw(hass)
    past.engine.error = "mask_failed"
    assert await past.keeper._do_next(past.media.library) is not None
    assert not preview_path(past.media.root / clip.path).exists()


async def test_zones_are_read_once_however_often_is_asked(
    hass: HomeAssistant, past: Past
) -> None:
    """Whoever sends a file asks at each piece of it; changes count at once."""
    zone_id = draw(hass)
    mark = mark_of(POLYGON)
    with patch.object(past_gate, "privacy_rules", wraps=privacy_rules) as read:
        for _ in range(100):
            assert async_hides(hass, "front_door", ())
            assert not async_hides(hass, "front_door", (mark,))
        assert read.call_count <= 1

    (entry,) = hass.config_entries.async_entries(DOMAIN)
    subentry = entry.subentries[zone_id]
    smaller = DATA | {"polygon": WINDOW[:3]}
    hass.config_entries.async_update_subentry(entry, subentry, data=smaller)
    assert async_hides(hass, "front_door", (mark,))
    off = DATA | {"enabled": False}
    hass.config_entries.async_update_subentry(entry, subentry, data=off)
    assert not async_hides(hass, "front_door", ())
    hass.config_entries.async_update_subentry(entry, subentry, data=DATA)
    assert async_hides(hass, "front_door", ())
    hass.config_entries.async_remove_subentry(entry, zone_id)
    assert not async_hides(hass, "front_door", ())


async def test_only_the_file_that_the_row_speaks_of_is_blacked_out(
    hass: HomeAssistant, past: Past, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not one that a move left, or the row would call another one black."""
    clip = await past.clip(1)
    draw(hass)
    left = tmp_path / "spool" / clip.path
    monkeypatch.setattr(
        past.media.library, "hidden_file_of", AsyncMock(return_value=left)
    )
    await past.keeper._do_next(past.media.library)
    assert not past.engine.asked
    assert async_hides(hass, clip.camera_id, clip.mask)
    known = await past.media.library.get(clip.clip_id)
    assert known is not None
    assert known.mask == ()
