"""Who may see a camera sees its clips, and nobody else does."""

from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.picture_views import picture_url, preview_url
from custom_components.hearthcam.playback_views import playlist_url, span_url
from custom_components.hearthcam.views import clip_url, thumbnail_url
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .cinema import (
    ZERO,
    Cinema,
    cinema_fixture,  # noqa: F401 - pytest finds it by name
)
from .media_fixtures import (
    engine_fixture,  # noqa: F401 - pytest finds it by name
    media_fixture,  # noqa: F401 - pytest finds it by name
)

MEDIA = "/api/hearthcam/clip/{}/media.mp4"


async def answers(
    cinema: Cinema, hass_client: ClientSessionGenerator, token: str
) -> set[HTTPStatus]:
    """Return how all addresses of a clip answer to whom the token belongs."""
    clip = await cinema.finished(1, 0, 6)
    client = await hass_client(token)
    urls = (
        clip_url(clip.clip_id),
        thumbnail_url(clip.clip_id),
        preview_url(clip.clip_id),
        picture_url(clip.clip_id),
        playlist_url(clip.clip_id),
        MEDIA.format(clip.clip_id),
        span_url("front_door", ZERO, ZERO + 6),
    )
    return {HTTPStatus((await client.get(url)).status) for url in urls}


@pytest.mark.usefixtures("engine")
async def test_clips_of_a_camera_that_the_user_may_not_see_are_not_served(
    cinema: Cinema,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: Any,
) -> None:
    """Not even to who knows their ids."""
    er.async_get(hass).async_get_or_create(
        Platform.CAMERA, DOMAIN, "front_door_camera", suggested_object_id="front_door"
    )
    hass_read_only_user.mock_policy({"entities": {"domains": {"light": True}}})

    found = await answers(cinema, hass_client, hass_read_only_access_token)

    assert found == {HTTPStatus.UNAUTHORIZED}


@pytest.mark.usefixtures("engine")
async def test_clips_are_served_to_who_may_see_the_camera_without_being_administrator(
    cinema: Cinema,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: Any,
) -> None:
    er.async_get(hass).async_get_or_create(
        Platform.CAMERA, DOMAIN, "front_door_camera", suggested_object_id="front_door"
    )
    hass_read_only_user.mock_policy(
        {"entities": {"entity_ids": {"camera.front_door": True}}}
    )

    found = await answers(cinema, hass_client, hass_read_only_access_token)

    # There is no thumbnail of it.
    assert found == {HTTPStatus.OK, HTTPStatus.NOT_FOUND}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"entities": {"all": {"read": True}}}, HTTPStatus.OK),
        ({"entities": {"domains": {"light": True}}}, HTTPStatus.UNAUTHORIZED),
    ],
)
async def test_clips_of_a_camera_that_was_removed_are_for_who_may_see_everything(
    cinema: Cinema,
    hass_client: ClientSessionGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: Any,
    policy: dict[str, Any],
    expected: HTTPStatus,
) -> None:
    """There is no entity any more that a policy could name."""
    hass_read_only_user.mock_policy(policy)

    found = await answers(cinema, hass_client, hass_read_only_access_token)

    assert expected in found
    assert (HTTPStatus.UNAUTHORIZED in found) is (expected is not HTTPStatus.OK)
