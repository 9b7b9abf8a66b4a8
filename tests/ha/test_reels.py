"""The bytes of clips that grow, break or are gone, over HTTP."""

from http import HTTPStatus

from aiohttp import ClientError, ClientResponse, hdrs
import pytest

from custom_components.hearthcam.engine.protocol import ClipOpened, Render
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playback_views import playlist_url, span_url
from custom_components.hearthcam.system import async_get_system
from custom_components.hearthcam.views import clip_url

from .cinema import (
    ZERO,
    Cinema,
    cinema_fixture,  # noqa: F401 - pytest finds it by name
    frames,
)
from .media_fixtures import (
    engine_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)


async def test_ranges_are_served_as_http_wants(cinema: Cinema) -> None:
    """From either end, conditional, and beyond what there is."""
    clip = await cinema.finished(1, 0, 6)
    url = f"/api/hearthcam/clip/{clip.clip_id}/media.mp4"

    async def get(**headers: str) -> ClientResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response: ClientResponse = await cinema.user.get(url, headers=names)
        return response

    response = await get()
    whole = await response.read()
    etag = response.headers[hdrs.ETAG]
    assert response.status == HTTPStatus.OK
    assert response.headers[hdrs.ACCEPT_RANGES] == "bytes"
    assert int(response.headers[hdrs.CONTENT_LENGTH]) == len(whole)
    assert frames(whole) == 60

    response = await get(Range="bytes=-100")
    assert response.status == HTTPStatus.PARTIAL_CONTENT
    assert await response.read() == whole[-100:]
    response = await get(Range="bytes=100-199")
    assert response.headers[hdrs.CONTENT_RANGE] == f"bytes 100-199/{len(whole)}"
    assert await response.read() == whole[100:200]
    response = await get(Range="bytes=100-", If_Range=etag)
    assert await response.read() == whole[100:]
    response = await get(Range="bytes=100-", If_Range='"other"')
    assert response.status == HTTPStatus.OK
    assert await response.read() == whole
    response = await get(Range=f"bytes={len(whole)}-")
    assert response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert response.headers[hdrs.CONTENT_RANGE] == f"bytes */{len(whole)}"
    assert (await get(If_None_Match=etag)).status == HTTPStatus.NOT_MODIFIED
    response = await cinema.user.head(url)
    assert int(response.headers[hdrs.CONTENT_LENGTH]) == len(whole)
    assert await response.read() == b""


async def test_the_video_of_a_growing_clip_is_what_there_is(cinema: Cinema) -> None:
    """A whole MP4, so that an app that saves it has something that plays."""
    clip, _ = cinema.growing(1, 0, 12)

    response = await cinema.user.get(clip_url(clip.clip_id))

    assert response.status == HTTPStatus.OK
    assert response.headers[hdrs.CACHE_CONTROL] == "private, no-store"
    assert 60 <= frames(await response.read()) < 120


async def test_clips_that_are_gone_or_broken_are_not_found(cinema: Cinema) -> None:
    """In a span they are left out."""
    gone = await cinema.finished(1, 0, 3)
    broken = await cinema.finished(2, 3, 6)
    await cinema.finished(3, 6, 9)
    (cinema.media.root / gone.path).unlink()
    (cinema.media.root / broken.path).write_bytes(b"\0\0\0\x08moov" * 9)

    for clip_id in (gone.clip_id, broken.clip_id, "unknown00"):
        for url in (playlist_url(clip_id), f"/api/hearthcam/clip/{clip_id}/media.mp4"):
            assert (await cinema.user.get(url)).status == HTTPStatus.NOT_FOUND
    text = await cinema.playlist(span_url("front_door", ZERO, ZERO + 9))
    assert text.count("#EXT-X-MAP") == 1


async def test_a_growing_clip_has_a_picture(
    cinema: Cinema, engine: list[Render]
) -> None:
    """For the notification that comes first, and for "Now" in Media."""
    clip, _ = cinema.growing(1, 0, 12)

    response = await cinema.user.get(f"{picture_url(clip.clip_id)}?width=160")

    assert response.status == HTTPStatus.OK
    assert (await response.read())[:2] == b"\xff\xd8"
    # It shows what happens right now, and is another one in a minute.
    assert response.headers[hdrs.CACHE_CONTROL] == "private, no-store"
    assert engine[0].clip.endswith(".mp4.part")
    response = await cinema.user.get(preview_url(clip.clip_id))
    assert response.status == HTTPStatus.NOT_FOUND


async def test_a_disk_that_fails_breaks_the_connection(
    cinema: Cinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody takes half a film for a whole one."""
    clip = await cinema.finished(1, 0, 3)

    async def fail(*_: object) -> bytes:
        raise OSError

    monkeypatch.setattr(cinema.media.library, "read_reel", fail)
    url = f"/api/hearthcam/clip/{clip.clip_id}/media.mp4"

    async def fetch() -> None:
        await (await cinema.user.get(url)).read()

    with pytest.raises(ClientError):
        await fetch()


async def test_a_path_outside_of_the_folders_shows_nothing(
    cinema: Cinema, engine: list[Render]
) -> None:
    """Whatever an engine reports that a hostile camera has taken over."""
    root = cinema.media.root
    (root.parent / "secret.mp4.part").write_bytes(b"secret")
    for number, path in enumerate(
        (root / ".." / "secret.mp4", root.parent / "secret.mp4", root / "a" / "b.mp4")
    ):
        clip_id = f"growing{number:02}"
        async_get_system(cinema.hass).growing.report(
            ClipOpened("front_door", clip_id, "e" * 8, ZERO, str(path))
        )
        response = await cinema.user.get(f"/api/hearthcam/clip/{clip_id}/media.mp4")
        assert response.status == HTTPStatus.NOT_FOUND
        response = await cinema.user.get(picture_url(clip_id))
        assert response.status == HTTPStatus.NOT_FOUND
    assert engine == []


@pytest.mark.parametrize("query", ["width=nan", "width=inf", "at=nan", "at=inf"])
async def test_nonsense_instead_of_a_number_is_refused(
    cinema: Cinema, query: str
) -> None:
    clip = await cinema.finished(1, 0, 3)
    response = await cinema.user.get(f"{picture_url(clip.clip_id)}?{query}")
    assert response.status == HTTPStatus.BAD_REQUEST
