"""A camera with clips, and its actions."""

from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import relative_thumbnail
from custom_components.hearthcam.library.models import Clip
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tests.library.clips import make_clip, write_file

from .conftest import CameraHarness, OnCamera

CAMERA = "camera.front_door"
CONTENT = bytes(range(256)) * 4000


@dataclass
class Actions(OnCamera):
    """A camera with clips, and a folder that may be written to."""

    out: Path

    @property
    def library(self) -> Library:
        """The library."""
        library = self.system.library
        assert library is not None
        return library

    async def clip(self, number: int, **changes: Any) -> Clip:
        """Add a clip of a second after the one before; its content tells its number."""
        root = self.system.storage.root
        start = 1_795_350_000.0 + 60 * number
        clip = make_clip(number, root, UTC, **{"start": start, **changes})
        clip = replace(
            clip, end=clip.start + 18, thumbnail=relative_thumbnail(clip.path)
        )
        write_file(root, clip, bytes([number]) + CONTENT)
        await self.library.add(clip)
        return clip

    async def call(
        self, action: str, context: Context | None = None, /, **data: Any
    ) -> Any:
        """Call an action and return its response."""
        return await self.hass.services.async_call(
            DOMAIN,
            action,
            data,
            blocking=True,
            return_response=True,
            context=context,
        )

    async def refused(self, key: str, action: str, /, **data: Any) -> None:
        """Call an action that must be refused with a text."""
        with pytest.raises(HomeAssistantError) as refused:
            await self.call(action, **data)
        assert refused.value.translation_key == key
        assert str(refused.value) != key


@pytest.fixture(name="actions")
async def actions_fixture(camera: CameraHarness, tmp_path: Path) -> Actions:
    """Return the camera."""
    out = tmp_path / "out"
    out.mkdir()
    camera.hass.config.allowlist_external_dirs = {
        str(out),
        *camera.hass.config.media_dirs.values(),
        camera.hass.config.path(),
    }
    return Actions(camera, out)


def user_who_may(hass: HomeAssistant, *entity_ids: str, control: bool) -> Context:
    """Return the context of a user who may read cameras, and perhaps control them."""
    user = MockUser(groups=[]).add_to_hass(hass)
    allowed = {"read": True} | ({"control": True} if control else {})
    user.mock_policy({"entities": {"entity_ids": dict.fromkeys(entity_ids, allowed)}})
    return Context(user_id=user.id)


def names(folder: Path) -> list[str]:
    """Return what is in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def ids(response: Any) -> list[str]:
    """Return the ids of listed clips."""
    return [clip["clip_id"] for clip in response["clips"]]
