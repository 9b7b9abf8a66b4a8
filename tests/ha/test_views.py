"""Clips and thumbnails over HTTP."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.engine.protocol import Render
from custom_components.hearthcam.library.layout import preview_path, thumbnail_path
from custom_components.hearthcam.library.models import Clip, LibraryError
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.system import async_get_system
from custom_components.hearthcam.views import clip_url, thumbnail_url
from homeassistant.core import HomeAssistant
from tests.engine.films import write_film
from tests.engine.samples import video
from tests.library.clips import JPEG

from .media_fixtures import (
    BERLIN,
    CONTENT,
    MediaHarness,
    engine_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)

MOMENT = datetime(2026, 11, 21, 14, 3, 22, tzinfo=BERLIN)


async def test_a_clip_is_served_whole_and_in_parts(
    media: MediaHarness, hass_client: ClientSessionGenerator
) -> None:
    """Players seek by Range; the type is right whatever the browser guesses."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client()

    response = await client.get(clip_url(clip.clip_id))
    assert response.status == HTTPStatus.OK
    assert response.headers[hdrs.CONTENT_TYPE] == "video/mp4"
    assert response.headers[hdrs.ACCEPT_RANGES] == "bytes"
    assert response.headers[hdrs.CACHE_CONTROL].startswith("private")
    assert response.headers[hdrs.X_CONTENT_TYPE_OPTIONS] == "nosniff"
    assert await response.read() == CONTENT
    etag = response.headers[hdrs.ETAG]

    response = await client.get(
        clip_url(clip.clip_id), headers={hdrs.RANGE: "bytes=100-199"}
    )
    assert response.status == HTTPStatus.PARTIAL_CONTENT
    assert response.headers[hdrs.CONTENT_RANGE] == f"bytes 100-199/{len(CONTENT)}"
    assert await response.read() == CONTENT[100:200]

    response = await client.get(
        clip_url(clip.clip_id), headers={hdrs.RANGE: "bytes=99999-"}
    )
    assert response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE

    response = await client.get(
        clip_url(clip.clip_id), headers={hdrs.IF_NONE_MATCH: etag}
    )
    assert response.status == HTTPStatus.NOT_MODIFIED


async def test_head_tells_the_size(
    media: MediaHarness, hass_client: ClientSessionGenerator
) -> None:
    """Cast devices ask before they play."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client()

    response = await client.head(clip_url(clip.clip_id))

    assert response.status == HTTPStatus.OK
    assert response.headers[hdrs.CONTENT_LENGTH] == str(len(CONTENT))
    assert (await client.head(thumbnail_url(clip.clip_id))).status == HTTPStatus.OK


async def test_the_name_to_save_under_is_friendly_and_harmless(
    media: MediaHarness, hass_client: ClientSessionGenerator
) -> None:
    """A camera's name with quotes, accents and line breaks makes a sound header."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client()

    response = await client.get(clip_url(clip.clip_id))

    assert response.headers[hdrs.CONTENT_DISPOSITION] == (
        'inline; filename="T_r _vorn__ 2026-11-21 14-03-22.mp4"; '
        "filename*=UTF-8''T%C3%BCr%20_vorn__%202026-11-21%2014-03-22.mp4"
    )
    assert str(media.root) not in str(response.headers)


async def test_a_thumbnail_is_served(
    media: MediaHarness, hass_client: ClientSessionGenerator
) -> None:
    """As JPEG, for this user only."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client()

    response = await client.get(thumbnail_url(clip.clip_id))

    assert response.status == HTTPStatus.OK
    assert response.headers[hdrs.CONTENT_TYPE] == "image/jpeg"
    assert response.headers[hdrs.CACHE_CONTROL].startswith("private")
    assert await response.read() == JPEG


async def test_nobody_sees_anything_without_logging_in(
    media: MediaHarness, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Neither pictures, nor whether a clip exists."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client_no_auth()

    for clip_id in (clip.clip_id, "unknown00"):
        for url in (clip_url(clip_id), thumbnail_url(clip_id)):
            assert (await client.get(url)).status == HTTPStatus.UNAUTHORIZED
            assert (await client.head(url)).status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "clip_id", ["unknown00", "short", "..%2f..%2fetc%2fpasswd", "a" * 41, "%00" * 8]
)
async def test_unknown_and_malformed_ids_are_not_found(
    media: MediaHarness, hass_client: ClientSessionGenerator, clip_id: str
) -> None:
    """Without any path in the answer."""
    client = await hass_client()

    for url in (clip_url(clip_id), thumbnail_url(clip_id)):
        response = await client.get(url)
        # What looks like an attack, Home Assistant itself already refuses.
        assert response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
        assert str(media.root) not in await response.text()


async def test_missing_files_and_links_are_not_found(
    media: MediaHarness, hass_client: ClientSessionGenerator, tmp_path: Path
) -> None:
    """A row alone shows nothing, nor what a link in its place points to."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    clip = await media.clip(1, MOMENT)
    bare = await media.clip(2, MOMENT, thumbnail=False)
    file = media.root / clip.path
    client = await hass_client()

    for path in (file, thumbnail_path(file)):
        path.unlink()
    assert (await client.get(clip_url(clip.clip_id))).status == HTTPStatus.NOT_FOUND
    assert (
        await client.get(thumbnail_url(clip.clip_id))
    ).status == HTTPStatus.NOT_FOUND
    assert (
        await client.get(thumbnail_url(bare.clip_id))
    ).status == HTTPStatus.NOT_FOUND

    for path in (file, thumbnail_path(file)):
        path.symlink_to(secret)
    assert (await client.get(clip_url(clip.clip_id))).status == HTTPStatus.NOT_FOUND
    assert (
        await client.get(thumbnail_url(clip.clip_id))
    ).status == HTTPStatus.NOT_FOUND


async def test_without_a_library_the_service_is_unavailable(
    hass: HomeAssistant,
    media: MediaHarness,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While starting or stopping, and when its database fails."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client()

    async def fail(clip_id: str) -> None:
        raise LibraryError

    with monkeypatch.context() as patch:
        patch.setattr(media.library, "get", fail)
        response = await client.get(clip_url(clip.clip_id))
        assert response.status == HTTPStatus.SERVICE_UNAVAILABLE

    async_get_system(hass).storage.library = None
    response = await client.get(clip_url(clip.clip_id))
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE


async def film(media: MediaHarness, number: int = 1) -> Clip:
    """Add a clip that really shows something."""
    event_start = MOMENT.timestamp() + 5.0
    clip = await media.clip(number, MOMENT, seconds=6.0, event_start=event_start)
    await asyncio.to_thread(write_film, media.root / clip.path, *video(6.0))
    return clip


async def test_a_preview_is_made_once_and_kept(
    media: MediaHarness, hass_client: ClientSessionGenerator, engine: list[Render]
) -> None:
    """However many ask for it at the same time."""
    clip = await film(media)
    client = await hass_client()

    url = preview_url(clip.clip_id)
    responses = await asyncio.gather(*(client.get(url) for _ in range(5)))

    for response in responses:
        assert response.status == HTTPStatus.OK
        assert response.headers[hdrs.CONTENT_TYPE] == "image/webp"
        assert (await response.read())[8:12] == b"WEBP"
    assert len(engine) == 1
    assert preview_path(media.root / clip.path).is_file()
    assert (await client.get(url)).status == HTTPStatus.OK
    assert len(engine) == 1


async def test_a_picture_is_of_the_moment_that_matters(
    media: MediaHarness, hass_client: ClientSessionGenerator, engine: list[Render]
) -> None:
    """As large as a notification wants it; nothing of it stays on the disk."""
    clip = await film(media)
    client = await hass_client()

    for query in ("", "", "?width=160&at=1.5"):
        response = await client.get(picture_url(clip.clip_id) + query)
        assert response.status == HTTPStatus.OK
        assert response.headers[hdrs.CONTENT_TYPE] == "image/jpeg"
        assert (await response.read())[:2] == b"\xff\xd8"
    assert [(call.at, call.width) for call in engine] == [
        (pytest.approx(5.7), 1280),
        (1.5, 160),
    ]
    assert not [call for call in engine if Path(call.path).parent.exists()]
    for query in ("?width=1", "?width=x", "?width=99999", "?at=-1", "?at=nan"):
        response = await client.get(picture_url(clip.clip_id) + query)
        assert response.status == HTTPStatus.BAD_REQUEST


async def test_without_an_engine_there_is_the_thumbnail(
    media: MediaHarness, hass_client: ClientSessionGenerator
) -> None:
    """A notification with a small picture beats one without."""
    clip = await film(media)
    client = await hass_client()

    response = await client.get(picture_url(clip.clip_id))
    assert await response.read() == JPEG
    response = await client.get(preview_url(clip.clip_id))
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_pictures_are_for_users_and_of_clips_only(
    media: MediaHarness,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    engine: list[Render],
) -> None:
    """Of what cannot be shown there is no picture."""
    broken = await media.clip(1, MOMENT, thumbnail=False)
    client = await hass_client()
    stranger = await hass_client_no_auth()

    for url in (preview_url, picture_url):
        response = await stranger.get(url(broken.clip_id))
        assert response.status == HTTPStatus.UNAUTHORIZED
        for clip_id in (broken.clip_id, "unknown00"):
            assert (await client.get(url(clip_id))).status == HTTPStatus.NOT_FOUND


async def test_files_are_not_read_in_the_event_loop(
    hass: HomeAssistant,
    media: MediaHarness,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A share that hangs must not stop Home Assistant."""
    clip = await media.clip(1, MOMENT)
    client = await hass_client()
    monkeypatch.setattr(hass.loop, "sendfile", None)

    response = await client.get(
        clip_url(clip.clip_id), headers={hdrs.RANGE: "bytes=100-199"}
    )

    assert response.status == HTTPStatus.PARTIAL_CONTENT
    assert await response.read() == CONTENT[100:200]
    assert await (await client.get(thumbnail_url(clip.clip_id))).read() == JPEG
