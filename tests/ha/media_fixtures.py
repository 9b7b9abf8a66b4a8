"""A library with clips behind a Home Assistant, for what shows and serves them."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.hearthcam.const import CONF_CAMERA_ID, DOMAIN
from custom_components.hearthcam.engine.parts import PrivacyZone
from custom_components.hearthcam.engine.protocol import Render, Rendered, RenderKind
from custom_components.hearthcam.engine.render import render
from custom_components.hearthcam.library.index import Library
from custom_components.hearthcam.library.layout import relative_thumbnail
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.system import async_get_system
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.library.clips import make_clip, write_file

BERLIN = ZoneInfo("Europe/Berlin")
CONTENT = bytes(range(256)) * 40
NAME = 'Tür "vorn"\n'
ROOT = "media-source://hearthcam"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=BERLIN)


@dataclass
class MediaHarness:
    """The library that Home Assistant shows, and clips to put in."""

    library: Library
    root: Path

    async def clip(
        self,
        number: int,
        moment: datetime,
        *,
        seconds: float = 18.25,
        thumbnail: bool = True,
        **changes: object,
    ) -> Clip:
        """Add a clip with its files that starts at the moment."""
        start = moment.timestamp()
        clip = make_clip(number, self.root, BERLIN, start=start, **changes)
        clip = replace(clip, end=start + seconds)
        if thumbnail:
            clip = replace(clip, thumbnail=relative_thumbnail(clip.path))
        write_file(self.root, clip, CONTENT, thumbnail)
        await self.library.add(clip)
        return clip


@pytest.fixture(name="afternoon")
def afternoon_fixture(freezer: FrozenDateTimeFactory) -> None:
    """Let it be a Sunday afternoon."""
    freezer.move_to(NOW)


@pytest.fixture(name="media")
async def media_fixture(
    hass: HomeAssistant, tmp_path: Path
) -> AsyncGenerator[MediaHarness]:
    """Return a library that is open in a Home Assistant in Berlin.

    The camera `front_door` is configured (not set up: no engine is wanted here).
    """
    await hass.config.async_set_time_zone("Europe/Berlin")
    root = tmp_path / "media" / "hearthcam"
    root.mkdir(parents=True)
    library = Library(tmp_path / "library.db", root)
    await library.open()
    MockConfigEntry(
        domain=DOMAIN,
        title=NAME,
        data={CONF_CAMERA_ID: "front_door"},
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    async_get_system(hass).storage.library = library
    yield MediaHarness(library, root)
    async_get_system(hass).storage.library = None
    await library.close()


@pytest.fixture(name="engine")
def engine_fixture(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> list[Render]:
    """Let an engine in this process render; return what it was asked for."""
    asked: list[Render] = []

    async def answer(
        kind: RenderKind,
        clip: str,
        path: str,
        *,
        at: float,
        width: int,
        privacy: tuple[PrivacyZone, ...],
    ) -> Rendered:
        asked.append(Render("r", kind, clip, path, at, width, privacy=privacy))
        return await hass.async_add_executor_job(render, asked[-1])

    supervisor = async_get_system(hass).supervisor
    monkeypatch.setattr(supervisor, "async_render", answer)
    return asked
