"""A privacy zone is drawn while somebody is being given a clip of before."""

import asyncio
from http import HTTPStatus
import os
from pathlib import Path
from typing import Any

from aiohttp import ClientError
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam import reel_response
from custom_components.hearthcam.engine.inspection import inspect
from custom_components.hearthcam.engine.protocol import (
    ClipOpened,
    Inspect,
    Render,
    Rendered,
    RenderKind,
)
from custom_components.hearthcam.engine.render import render
from custom_components.hearthcam.library.layout import preview_path
from custom_components.hearthcam.library.models import Clip, HiddenError
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playables import async_playable
from custom_components.hearthcam.playback_views import span_url
from custom_components.hearthcam.privacy_result import async_check_store
from custom_components.hearthcam.system import async_get_system
from custom_components.hearthcam.views import clip_url
from homeassistant.core import HomeAssistant

from .media_fixtures import (
    engine_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)
from .test_past import (
    POLYGON,
    Past,
    draw,
    past_fixture,  # noqa: F401 - pytest finds it by name
)
from .test_past_doubts import CAMERA, MARK, PASSED, leak, masked_clip

LONG = 64 * 1024 * 1024
"""Bytes, more than any socket takes before somebody reads them."""


class SlowEngine:
    """Renders at once, and hands the outcome over when it is told to."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Take its time."""
        self.hass = hass
        self.rendered = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(
        self, kind: RenderKind, clip: str, path: str, **options: Any
    ) -> Rendered:
        """Render."""
        command = Render("r", kind, clip, path, **options)
        answer = await self.hass.async_add_executor_job(render, command)
        self.rendered.set()
        await self.go_on.wait()
        return answer


@pytest.fixture
def slow(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> SlowEngine:
    """Have pictures rendered slowly."""
    engine = SlowEngine(hass)
    supervisor = async_get_system(hass).supervisor
    monkeypatch.setattr(supervisor, "async_render", engine)
    return engine


def is_black(picture: bytes, folder: Path) -> bool:
    """Tell whether a picture shows nothing of the zone."""
    file = folder / "shown"
    file.write_bytes(picture)
    found = inspect(Inspect("r", str(file), (POLYGON,)))
    assert found.error is None
    return found.leaked == 0


async def test_picture_in_memory_is_not_that_of_before(
    hass: HomeAssistant,
    past: Past,
    engine: list[Render],
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    """A notification's picture is kept for the next telephone."""
    clip = await past.clip(1)
    client = await hass_client()
    before = await (await client.get(picture_url(clip.clip_id))).read()
    assert not await hass.async_add_executor_job(is_black, before, tmp_path)

    draw(hass)
    past.keeper.start(past.media.library)
    await past.done(clip)

    after = await (await client.get(picture_url(clip.clip_id))).read()
    assert await hass.async_add_executor_job(is_black, after, tmp_path)


async def test_picture_in_memory_is_not_that_of_a_leak(
    hass: HomeAssistant,
    past: Past,
    engine: list[Render],
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    """Though the clip says what it said before: that the zone is black in it."""
    zone_id = draw(hass)
    clip = await masked_clip(past, 1)
    client = await hass_client()
    before = await (await client.get(picture_url(clip.clip_id))).read()
    assert not await hass.async_add_executor_job(is_black, before, tmp_path)

    await leak(hass, past, zone_id)
    async_check_store(hass).put(CAMERA, PASSED)
    assert await past.keeper._do_next(past.media.library) is not None
    row = await past.media.library.get(clip.clip_id)
    assert row is not None
    assert row.mask == clip.mask

    after = await (await client.get(picture_url(clip.clip_id))).read()
    assert await hass.async_add_executor_job(is_black, after, tmp_path)


async def test_what_grew_during_a_leak_is_not_believed(
    hass: HomeAssistant, past: Past
) -> None:
    """As long as it has no row; its file may be repaired late."""
    zone_id, library = draw(hass), past.media.library
    clip = await past.clip(1)
    await library.remove(clip.clip_id)
    path = str(library.root / clip.path)
    async_get_system(hass).growing.report(
        ClipOpened(CAMERA, clip.clip_id, "e" * 8, clip.start, path, mask=(MARK,))
    )
    found = await async_playable(hass, library, clip.clip_id)
    assert found is not None
    library.check_shown(CAMERA, found.mask)

    await leak(hass, past, zone_id)
    async_check_store(hass).put(CAMERA, PASSED)
    found = await async_playable(hass, library, clip.clip_id)
    assert found is not None
    with pytest.raises(HiddenError):
        library.check_shown(CAMERA, found.mask)


async def test_picture_that_is_ready_too_late_is_not_given(
    hass: HomeAssistant,
    past: Past,
    slow: SlowEngine,
    hass_client: ClientSessionGenerator,
) -> None:
    clip = await past.clip(1)
    client = await hass_client()
    asked = hass.async_create_task(client.get(picture_url(clip.clip_id)))
    await slow.rendered.wait()
    draw(hass)
    slow.go_on.set()
    assert (await asked).status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_preview_that_is_ready_too_late_is_not_kept(
    hass: HomeAssistant,
    past: Past,
    slow: SlowEngine,
    hass_client: ClientSessionGenerator,
) -> None:
    """It shows what the clip showed when it was begun, and would be found for ever."""
    clip = await past.clip(1)
    preview = preview_path(past.media.root / clip.path)
    preview.unlink()
    client = await hass_client()
    asked = hass.async_create_task(client.get(preview_url(clip.clip_id)))
    await slow.rendered.wait()

    draw(hass)
    past.keeper.start(past.media.library)
    await past.done(clip)
    slow.go_on.set()

    assert (await asked).status == HTTPStatus.SERVICE_UNAVAILABLE
    assert not preview.exists()


async def test_file_that_is_being_sent_breaks_off(
    hass: HomeAssistant,
    past: Past,
    hass_client: ClientSessionGenerator,
) -> None:
    clip = await past.clip(1)
    await hass.async_add_executor_job(os.truncate, past.media.root / clip.path, LONG)
    client = await hass_client()
    response = await client.get(clip_url(clip.clip_id))
    await response.content.readexactly(1000)

    draw(hass)

    with pytest.raises(ClientError):
        await response.read()


async def test_reel_that_is_being_sent_breaks_off(
    hass: HomeAssistant,
    past: Past,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clip = await past.clip(1)
    monkeypatch.setattr(reel_response, "CHUNK", 1024)
    read, library = past.media.library.read_reel, past.media.library

    async def draw_meanwhile(*asked: Any) -> bytes:
        data = await read(*asked)
        if asked[1]:
            draw(hass)
        return data

    monkeypatch.setattr(library, "read_reel", draw_meanwhile)
    client = await hass_client()
    response = await client.get(f"/api/hearthcam/clip/{clip.clip_id}/media.mp4")
    with pytest.raises(ClientError):
        await response.read()


async def test_film_of_a_span_leaves_out_what_is_hidden_yet(
    hass: HomeAssistant,
    past: Past,
    hass_client: ClientSessionGenerator,
) -> None:
    """What is black already is shown, and the rest becomes black next."""
    clips: list[Clip] = [await past.clip(number) for number in (1, 2, 3)]
    draw(hass)
    past.keeper.want(clips[1])
    assert await past.keeper._do_next(past.media.library) is not None
    url = span_url("front_door", clips[0].start, clips[2].end)
    client = await hass_client()

    response = await client.get(url)
    assert response.status == HTTPStatus.OK
    text = await response.text()
    assert [clip.clip_id in text for clip in clips] == [False, True, False]

    assert await past.keeper._do_next(past.media.library) is not None
    # Oldest first, as it is to be seen; else the newest would have been next.
    assert clips[0].clip_id in past.engine.asked[-1]


async def test_film_of_which_all_is_hidden_is_not_there_yet(
    hass: HomeAssistant,
    past: Past,
    hass_client: ClientSessionGenerator,
) -> None:
    clip = await past.clip(1)
    draw(hass)
    client = await hass_client()
    response = await client.get(span_url("front_door", clip.start, clip.end))
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
