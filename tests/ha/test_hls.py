"""Clips that grow or belong together, as players get them."""

import asyncio
from http import HTTPStatus
import re

import pytest

from custom_components.hearthcam.engine.protocol import (
    ClipClosed,
    ClipOpened,
    Recovered,
)
from custom_components.hearthcam.library.layout import part_path
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.playback_views import playlist_url, span_url
from custom_components.hearthcam.system import async_get_system
from tests.engine.films import repair

from .cinema import (
    ZERO,
    Cinema,
    cinema_fixture,  # noqa: F401 - pytest finds it by name
    frames,
    joined,
)
from .media_fixtures import (
    engine_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)


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


async def test_a_span_of_nothing_but_a_just_begun_clip_is_not_found_yet(
    cinema: Cinema,
) -> None:
    """Nothing to play; the player asks again."""
    clip, _ = cinema.growing(1, 0, 3)
    part_path(cinema.media.root / clip.path).unlink()
    response = await cinema.user.get(span_url("front_door", ZERO, ZERO + 9))
    assert response.status == HTTPStatus.NOT_FOUND


async def test_a_clip_that_goes_on_elsewhere_grows_no_more(cinema: Cinema) -> None:
    """Its disk failed: a player of the span is not kept waiting for it for ever."""
    clip, _ = cinema.growing(1, 0, 6)
    growing = async_get_system(cinema.hass).growing
    part_path(cinema.media.root / clip.path).unlink()
    path = cinema.media.root / clip.path.replace(clip.clip_id, "FOLLOWING")
    growing.report(
        ClipOpened(
            clip.camera_id,
            "FOLLOWING",
            "e" * 8,
            clip.start + 3,
            str(path),
            follows=clip.clip_id,
        )
    )

    assert [each.clip_id for each in growing.live()] == ["FOLLOWING"]
    response = await cinema.user.get(playlist_url(clip.clip_id))
    assert response.status == HTTPStatus.NOT_FOUND
