"""The clips in Media."""

from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
from yarl import URL

from custom_components.hearthcam import media_folders
from custom_components.hearthcam.engine.protocol import ClipOpened
from custom_components.hearthcam.library.models import Event, LibraryError
from custom_components.hearthcam.media_identifiers import Identifier, IdentifierError
from custom_components.hearthcam.system import async_get_system
from homeassistant.components.media_player.browse_media import SearchMediaQuery
from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    Unresolvable,
    async_browse_media,
    async_resolve_media,
    async_search_media,
)
from homeassistant.core import HomeAssistant

from .media_fixtures import (
    BERLIN,
    CONTENT,
    NAME,
    NOW,
    ROOT,
    MediaHarness,
    afternoon_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)

pytestmark = pytest.mark.usefixtures("afternoon")


async def browse(hass: HomeAssistant, path: str = "") -> BrowseMediaSource:
    """Return a folder of the integration."""
    item = await async_browse_media(hass, f"{ROOT}{path}")
    assert isinstance(item, BrowseMediaSource)
    return item


def titles(item: BrowseMediaSource) -> list[str]:
    """Return the titles of what is in a folder."""
    return [child.title for child in item.children or ()]


async def test_from_the_system_down_to_a_clip(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """Cameras by name, days and clips newest first, in local time."""
    await media.clip(1, datetime(2026, 11, 20, 23, 59, 59, tzinfo=BERLIN))
    await media.clip(2, datetime(2026, 11, 21, 0, 0, 1, tzinfo=BERLIN))
    early = await media.clip(3, NOW - timedelta(hours=2), seconds=125)
    late = await media.clip(4, NOW - timedelta(hours=1))
    gone = await media.clip(
        5, NOW - timedelta(days=3), camera_id="back_yard", thumbnail=False
    )

    root = await browse(hass)
    assert root.title == "Hearthcam"
    assert titles(root) == ["Back yard", NAME]
    assert [child.media_content_id for child in root.children or ()] == [
        f"{ROOT}/camera/back_yard",
        f"{ROOT}/camera/front_door",
    ]
    assert [child.thumbnail for child in root.children or ()] == [
        None,
        f"/api/hearthcam/thumbnail/{late.clip_id}",
    ]

    camera = await browse(hass, "/camera/front_door")
    assert camera.title == NAME
    assert titles(camera) == [
        "Today (2)",
        "Yesterday (1)",
        "Friday 20 November 2026 (1)",
    ]
    assert camera.children is not None
    assert camera.children[0].media_content_id == f"{ROOT}/day/front_door/2026-11-22"
    assert camera.children[0].thumbnail == f"/api/hearthcam/thumbnail/{late.clip_id}"

    day = await browse(hass, "/day/front_door/2026-11-22")
    assert day.title == f"{NAME} · Today"
    assert day.children_media_class == MediaClass.VIDEO
    assert titles(day) == ["14:00:00 · 18 s", "13:00:00 · 2 min 5 s"]
    assert [child.as_dict() for child in day.children or ()][1] == {
        "title": "13:00:00 · 2 min 5 s",
        "media_class": MediaClass.VIDEO,
        "media_content_type": "video/mp4",
        "media_content_id": f"{ROOT}/clip/{early.clip_id}",
        "children_media_class": None,
        "can_play": True,
        "can_expand": False,
        "can_search": False,
        "search_media_classes": None,
        "thumbnail": f"/api/hearthcam/thumbnail/{early.clip_id}",
        "not_shown": 0,
        "children": [],
    }

    clip = await browse(hass, f"/clip/{gone.clip_id}")
    assert clip.can_play
    assert clip.title == "Back yard · 2026-11-19 · 15:00:00 · 18 s"


async def test_a_camera_without_clips_is_an_empty_folder(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """It is there before its first clip."""
    assert titles(await browse(hass)) == [NAME]
    assert titles(await browse(hass, "/camera/front_door")) == []
    assert titles(await browse(hass, "/day/front_door/2026-11-22")) == []


async def test_a_full_day_comes_in_pages(
    hass: HomeAssistant, media: MediaHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No clip is out of reach, however many there are."""
    monkeypatch.setattr(media_folders, "PAGE", 2)
    for number in range(5):
        await media.clip(number, NOW - timedelta(minutes=number))

    seen: list[str] = []
    path = "/day/front_door/2026-11-22"
    while path:
        page = await browse(hass, path)
        path = ""
        for child in page.children or ():
            if child.can_expand:
                assert child.title == "Older clips"
                path = child.media_content_id.removeprefix(ROOT)
            else:
                seen.append(child.title.partition(" ")[0])

    assert seen == ["15:00:00", "14:59:00", "14:58:00", "14:57:00", "14:56:00"]


async def test_a_clip_resolves_to_a_url_that_plays(
    hass: HomeAssistant,
    media: MediaHarness,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """Signed by Home Assistant, so that a player without login may fetch it."""
    clip = await media.clip(1, NOW)
    uri = f"{ROOT}/clip/{clip.clip_id}"

    played = await async_resolve_media(hass, uri, None)
    assert played.url == f"/api/hearthcam/clip/{clip.clip_id}.mp4"
    assert played.mime_type == "video/mp4"
    assert played.path == media.root / clip.path

    websocket = await hass_ws_client(hass)
    await websocket.send_json_auto_id(
        {"type": "media_source/resolve_media", "media_content_id": uri}
    )
    answer: dict[str, Any] = await websocket.receive_json()
    client = await hass_client_no_auth()
    response = await client.get(answer["result"]["url"])
    assert response.status == 200
    assert await response.read() == CONTENT


@pytest.mark.parametrize(
    "path",
    [
        "/clip/unknown00",
        "/clip/x",
        "/camera/nowhere",
        "/camera/../x",
        "/day/nowhere/2026-11-22",
        "/day/front_door/2026-13-01",
        "/day/front_door/9999-12-31",
        "/day/front_door/2026-11-22/-1",
        "/day/front_door/2026-11-22/1/2",
        "/other",
    ],
)
async def test_what_does_not_exist_is_said_so(
    hass: HomeAssistant, media: MediaHarness, path: str
) -> None:
    """In the user's words, for browsing and for playing."""
    with pytest.raises(BrowseError, match="no such clip or folder") as browsing:
        await browse(hass, path)
    assert browsing.value.translation_key == "media_not_found"
    with pytest.raises(Unresolvable, match="no such clip or folder"):
        await async_resolve_media(hass, f"{ROOT}{path}", None)


async def test_folders_and_clips_without_a_file_do_not_play(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """Only what is on disk resolves."""
    clip = await media.clip(1, NOW)
    (media.root / clip.path).unlink()

    for path in ("", "/camera/front_door", f"/clip/{clip.clip_id}"):
        with pytest.raises(Unresolvable):
            await async_resolve_media(hass, f"{ROOT}{path}", None)


async def test_without_a_library_media_says_why(
    hass: HomeAssistant, media: MediaHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is closed, and when its database fails."""
    query = SearchMediaQuery(search_query="x")

    async def fail(*_: object, **__: object) -> None:
        raise LibraryError

    with monkeypatch.context() as patch:
        for name in ("get", "cameras", "search"):
            patch.setattr(media.library, name, fail)
        with pytest.raises(BrowseError, match="could not be read"):
            await browse(hass)
        with pytest.raises(BrowseError, match="could not be read"):
            await async_search_media(hass, ROOT, query)
        with pytest.raises(Unresolvable, match="could not be read"):
            await async_resolve_media(hass, f"{ROOT}/clip/unknown00", None)

    async_get_system(hass).storage.library = None
    with pytest.raises(BrowseError, match="not open"):
        await browse(hass)
    with pytest.raises(BrowseError, match="not open"):
        await async_search_media(hass, ROOT, query)
    with pytest.raises(Unresolvable, match="not open"):
        await async_resolve_media(hass, f"{ROOT}/clip/unknown00", None)


async def test_classes_and_protected_clips_have_folders(
    hass: HomeAssistant, media: MediaHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all cameras and of one; where there is only one class, none is needed."""
    person = await media.clip(1, NOW, kind="person")
    assert titles(await browse(hass)) == [NAME]
    motion = await media.clip(2, NOW - timedelta(days=1))
    other = await media.clip(3, NOW, camera_id="back_yard", kind="person")
    await media.library.protect(motion.clip_id)

    assert titles(await browse(hass)) == [
        "Back yard",
        NAME,
        "Motion (1)",
        "People (2)",
        "Protected",
    ]
    people = await browse(hass, "/kind/person")
    assert {child.media_content_id for child in people.children or ()} == {
        f"{ROOT}/clip/{clip.clip_id}" for clip in (person, other)
    }
    assert titles(await browse(hass, "/camera/front_door"))[-2:] == [
        "Motion (1)",
        "People (1)",
    ]
    here = await browse(hass, "/kind/person/front_door")
    assert here.title == f"{NAME} · People"
    assert titles(here) == [f"{NAME} · 2026-11-22 · 15:00:00 · 18 s · People"]
    assert titles(await browse(hass, "/protected")) == [
        f"{NAME} · 2026-11-21 · ★ 15:00:00 · 18 s"
    ]

    monkeypatch.setattr(media_folders, "PAGE", 1)
    page = await browse(hass, "/kind/person")
    assert (page.children or [])[-1].media_content_id == f"{ROOT}/kind/person/+1"
    assert len((await browse(hass, "/kind/person/+1")).children or ()) == 1


async def test_what_is_recorded_all_day_is_shown_as_hours_and_events(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """Not as hundreds of files; both play as one film, signed for the player."""
    begin = NOW.replace(hour=12, minute=55)
    for number in range(8):
        moment = begin + timedelta(minutes=5 * number)
        await media.clip(number, moment, kind="continuous", seconds=300)
    start = (begin + timedelta(minutes=7)).timestamp()
    event = Event("event0001", "front_door", "person", start, start + 12)
    await media.library.put_event(event)

    day = await browse(hass, "/day/front_door/2026-11-22")
    assert titles(day) == ["13:00 – 14:00", "12:00 – 13:00", "13:02:00 · 12 s · People"]
    hour, _, happened = day.children or ()
    assert hour.thumbnail == "/api/hearthcam/thumbnail/01JD0000000000000000000007"
    assert happened.thumbnail == (
        "/api/hearthcam/picture/01JD0000000000000000000001?width=320&at=120.0"
    )
    for item, first, last in (
        (hour, NOW.replace(hour=13).timestamp(), NOW.replace(hour=14).timestamp()),
        (happened, start - 5, start + 22),
    ):
        played = await async_resolve_media(hass, item.media_content_id, None)
        assert played.mime_type == "application/x-mpegURL"
        url = URL(played.url)
        assert url.path == "/api/hearthcam/play/front_door/index.m3u8"
        assert (float(url.query["start"]), float(url.query["end"])) == (first, last)
        assert url.query["authSig"]

    for path in ("/hour/front_door/0", "/hour/nowhere/1795350000", "/event/unknown00"):
        with pytest.raises(Unresolvable):
            await async_resolve_media(hass, f"{ROOT}{path}", None)


async def test_a_clip_that_grows_is_on_top(
    hass: HomeAssistant, media: MediaHarness
) -> None:
    """And plays as a film that does not end yet."""
    path = media.root / "front_door" / "2026-11-22" / "15-00-00_growing01.mp4"
    async_get_system(hass).growing.report(
        ClipOpened("front_door", "growing01", "e", NOW.timestamp(), str(path), "person")
    )

    for folder in ("/camera/front_door", "/day/front_door/2026-11-22"):
        assert titles(await browse(hass, folder))[0] == "Now · People"
    played = await async_resolve_media(hass, f"{ROOT}/clip/growing01", None)
    assert played.url == "/api/hearthcam/clip/growing01/index.m3u8"
    assert played.mime_type == "application/x-mpegURL"

    async_get_system(hass).growing.engine_ended()
    assert titles(await browse(hass, "/camera/front_door")) == []


@given(
    st.text() | st.from_regex(r"(day|clip|camera)/[a-z0-9_]*(/[0-9-]{10}(/[0-9]*)?)?")
)
def test_identifiers_are_read_strictly(text: str) -> None:
    """What is accepted is what would be written."""
    try:
        identifier = Identifier.parse(text)
    except IdentifierError:
        return
    assert Identifier.parse(str(identifier)) == identifier
