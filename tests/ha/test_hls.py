"""Clips that grow or belong together, as players get them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from http import HTTPStatus
import io
from pathlib import Path
import re

from aiohttp import ClientError, ClientResponse, hdrs
from aiohttp.test_utils import TestClient
import av
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Recovered,
    Render,
)
from custom_components.hearthcam.library.layout import part_path
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playback_views import playlist_url, span_url
from custom_components.hearthcam.system import async_get_system
from custom_components.hearthcam.views import clip_url
from homeassistant.core import HomeAssistant
from tests.engine.films import between, repair, write_film
from tests.engine.samples import START, video
from tests.library.clips import make_clip

from .media_fixtures import (
    BERLIN,
    MediaHarness,
    engine_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)

ZERO = START / 1_000_000
PARAMETERS, PACKETS = video(20.0)


@dataclass
class Cinema:
    """Clips of one stream, and who plays them."""

    hass: HomeAssistant
    media: MediaHarness
    user: TestClient  # type: ignore[type-arg]  # of any application
    player: TestClient  # type: ignore[type-arg]  # of any application

    def film(self, number: int, start: float, end: float) -> tuple[Clip, Path]:
        """Record a span in s after the stream's begin; it is still to be closed."""
        clip = make_clip(number, self.media.root, BERLIN, start=ZERO + start)
        clip = replace(clip, end=ZERO + end)
        path = self.media.root / clip.path
        path.parent.mkdir(parents=True, exist_ok=True)
        write_film(
            path,
            PARAMETERS,
            between(PACKETS, start, end),
            copy_before_close=part_path(path),
        )
        return clip, path

    async def finished(self, number: int, start: float, end: float) -> Clip:
        """Record a span."""
        clip, path = self.film(number, start, end)
        part_path(path).unlink()
        clip = replace(clip, size=path.stat().st_size)
        await self.media.library.add(clip)
        return clip

    def growing(self, number: int, start: float, end: float) -> tuple[Clip, bytes]:
        """Record a span that goes on; return what it will be when it is closed."""
        clip, path = self.film(number, start, end)
        content = path.read_bytes()
        path.unlink()
        async_get_system(self.hass).growing.report(
            ClipOpened(clip.camera_id, clip.clip_id, "e" * 8, clip.start, str(path))
        )
        return clip, content

    async def playlist(self, url: str) -> str:
        """Return a playlist."""
        response = await self.user.get(url)
        assert response.status == HTTPStatus.OK
        assert response.headers[hdrs.CONTENT_TYPE].startswith(
            "application/vnd.apple.mpegurl"
        )
        assert "no-store" in response.headers[hdrs.CACHE_CONTROL]
        return await response.text()

    async def play(self, text: str) -> list[tuple[str, bytes]]:
        """Fetch all that a playlist names, as a player without a login does."""
        parts: list[tuple[str, bytes]] = []
        pending = ""
        for line in text.splitlines():
            if line.startswith("#EXT-X-MAP"):
                match = re.search(r'URI="([^"]+)",BYTERANGE="([0-9@]+)"', line)
                assert match is not None
                parts.append(("map", await self._fetch(match[1], match[2])))
            elif line.startswith("#EXT-X-BYTERANGE:"):
                pending = line.partition(":")[2]
            elif not line.startswith("#"):
                parts.append(("part", await self._fetch(line, pending)))
        return parts

    async def _fetch(self, url: str, byte_range: str) -> bytes:
        length, _, offset = byte_range.partition("@")
        last = int(offset) + int(length) - 1
        response = await self.player.get(
            url, headers={hdrs.RANGE: f"bytes={offset}-{last}"}
        )
        assert response.status == HTTPStatus.PARTIAL_CONTENT
        assert response.headers[hdrs.CONTENT_TYPE] == "video/mp4"
        data = await response.read()
        assert len(data) == int(length)
        return data


@pytest.fixture
async def cinema(
    hass: HomeAssistant,
    media: MediaHarness,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> AsyncGenerator[Cinema]:
    """Return a user who gets playlists, and a player without a login."""
    yield Cinema(hass, media, await hass_client(), await hass_client_no_auth())
    async_get_system(hass).growing.engine_ended()


def frames(data: bytes) -> int:
    """Decode and count pictures."""
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        return sum(1 for _ in container.decode(video=0))


def joined(parts: list[tuple[str, bytes]]) -> bytes:
    """Return the bytes behind one another."""
    return b"".join(data for _, data in parts)


async def test_a_finished_clip_plays_from_its_playlist(cinema: Cinema) -> None:
    """Every segment by itself, without a login but with the signature."""
    clip = await cinema.finished(1, 2, 12)

    text = await cinema.playlist(playlist_url(clip.clip_id))

    assert "#EXT-X-ENDLIST" in text
    assert "#EXT-X-TARGETDURATION:8" in text
    assert re.findall(r"#EXTINF:([0-9.]+)", text) == [
        "1.000000",
        "2.000000",
        "3.000000",
        "4.000000",
    ]
    parts = await cinema.play(text)
    assert [kind for kind, _ in parts] == ["map", "part", "part", "part", "part"]
    assert frames(joined(parts)) == 100
    init = parts[0][1]
    assert [frames(init + data) for _, data in parts[1:]] == [10, 20, 30, 40]


async def test_a_growing_clip_can_be_followed_to_its_end(cinema: Cinema) -> None:
    """What a player has fetched stays what it is, also when the clip is closed."""
    clip, content = cinema.growing(1, 0, 12)
    growing = async_get_system(cinema.hass).growing

    text = await cinema.playlist(playlist_url(clip.clip_id))
    assert "#EXT-X-ENDLIST" not in text
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text
    early = await cinema.play(text)
    assert 60 <= frames(joined(early)) < 120

    path = cinema.media.root / clip.path
    path.write_bytes(content)
    part_path(path).unlink()
    growing.report(closed(clip))
    text = await cinema.playlist(playlist_url(clip.clip_id))
    assert "#EXT-X-ENDLIST" in text
    await cinema.media.library.add(clip)
    growing.indexed(clip.clip_id)
    text = await cinema.playlist(playlist_url(clip.clip_id))
    assert "#EXT-X-ENDLIST" in text
    late = await cinema.play(text)
    # But for the bit rates in the description.
    assert late[1 : len(early)] == early[1:]
    assert frames(joined(late)) == 120


async def test_a_clip_whose_engine_was_killed_is_played_on(cinema: Cinema) -> None:
    """What was written plays at once, and the repaired file goes on from there."""
    clip, _ = cinema.growing(1, 0, 12)
    growing = async_get_system(cinema.hass).growing
    early = await cinema.play(await cinema.playlist(playlist_url(clip.clip_id)))

    growing.engine_ended()
    text = await cinema.playlist(playlist_url(clip.clip_id))
    assert "#EXT-X-ENDLIST" not in text

    path = cinema.media.root / clip.path
    repair(part_path(path), path)
    part_path(path).unlink()
    growing.report(closed(clip))
    growing.report(Recovered("r", 1, 0))
    assert growing.clips()
    text = await cinema.playlist(playlist_url(clip.clip_id))
    assert "#EXT-X-ENDLIST" in text
    late = await cinema.play(text)
    assert len(late) >= len(early)
    assert [len(data) for _, data in late[: len(early)]] == [
        len(data) for _, data in early
    ]
    assert frames(joined(late)) >= 100


def closed(clip: Clip) -> ClipClosed:
    """Return the engine's report of a clip."""
    return ClipClosed(
        clip.camera_id,
        clip.clip_id,
        clip.event_id,
        clip.path,
        None,
        clip.start,
        clip.end,
        clip.start,
        1,
        "h264",
        320,
        180,
        False,
    )


async def test_a_growing_clip_that_shows_nothing_yet_is_waited_for(
    cinema: Cinema,
) -> None:
    """Who is told of a motion at once may open the clip before there is any."""
    clip, _ = cinema.growing(1, 0, 6)
    part = part_path(cinema.media.root / clip.path)
    content = part.read_bytes()
    part.unlink()

    asked = asyncio.create_task(cinema.playlist(playlist_url(clip.clip_id)))
    for _ in range(5):
        await asyncio.sleep(0.05)
        assert not asked.done()
    part.write_bytes(content)

    assert "#EXTINF" in await asked


async def test_a_span_is_one_film_over_its_clips(cinema: Cinema) -> None:
    """Clips that follow each other, a pause, and one that grows."""
    await cinema.finished(1, 0, 5)
    await cinema.finished(2, 5, 10)
    await cinema.finished(3, 12, 15)
    await cinema.finished(4, 17, 20)

    text = await cinema.playlist(span_url("front_door", ZERO + 2, ZERO + 14))

    assert "#EXT-X-ENDLIST" in text
    assert text.count("#EXT-X-DISCONTINUITY\n") == 2
    assert re.findall(r"#EXT-X-PROGRAM-DATE-TIME:(.*)", text) == [
        "2026-09-21T14:13:21.000Z",
        "2026-09-21T14:13:25.000Z",
        "2026-09-21T14:13:32.000Z",
    ]
    parts = await cinema.play(text)
    films: list[bytes] = []
    for kind, data in parts:
        if kind == "map":
            films.append(data)
        else:
            films[-1] += data
    assert [frames(film) for film in films] == [40, 50, 30]

    clip, _ = cinema.growing(5, 14, 20)
    text = await cinema.playlist(span_url("front_door", ZERO + 12, ZERO + 40))
    assert "#EXT-X-ENDLIST" not in text
    assert clip.clip_id in text

    response = await cinema.user.get(span_url("front_door", ZERO + 50, ZERO + 60))
    assert response.status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?start=1",
        "?start=x&end=2",
        "?start=2&end=1",
        "?start=nan&end=1",
        "?start=0&end=9999999",
        "?start=-inf&end=inf",
    ],
)
async def test_bad_spans_are_refused(cinema: Cinema, query: str) -> None:
    """Also such as would take all day to answer."""
    response = await cinema.user.get(
        f"/api/hearthcam/play/front_door/index.m3u8{query}"
    )
    assert response.status == HTTPStatus.BAD_REQUEST


async def test_nobody_gets_a_playlist_or_film_without_a_login(cinema: Cinema) -> None:
    """A signature is good for one clip."""
    one = await cinema.finished(1, 0, 3)
    other = await cinema.finished(2, 3, 6)
    signed = re.findall("/api/.*", await cinema.playlist(playlist_url(one.clip_id)))[-1]

    for url in (
        playlist_url(one.clip_id),
        span_url("front_door", ZERO, ZERO + 9),
        f"/api/hearthcam/clip/{one.clip_id}/media.mp4",
        signed.replace(one.clip_id, other.clip_id),
        signed[:-2],
    ):
        assert (await cinema.player.get(url)).status == HTTPStatus.UNAUTHORIZED
    assert (await cinema.player.get(signed)).status == HTTPStatus.OK


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


async def test_a_span_of_nothing_but_a_just_begun_clip_is_not_found_yet(
    cinema: Cinema,
) -> None:
    """Nothing to play; the player asks again."""
    clip, _ = cinema.growing(1, 0, 3)
    part_path(cinema.media.root / clip.path).unlink()
    response = await cinema.user.get(span_url("front_door", ZERO, ZERO + 9))
    assert response.status == HTTPStatus.NOT_FOUND


async def test_a_growing_clip_has_a_picture(
    cinema: Cinema, engine: list[Render]
) -> None:
    """For the notification that comes first, and for "Now" in Media."""
    clip, _ = cinema.growing(1, 0, 12)

    response = await cinema.user.get(f"{picture_url(clip.clip_id)}?width=160")

    assert response.status == HTTPStatus.OK
    assert (await response.read())[:2] == b"\xff\xd8"
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
