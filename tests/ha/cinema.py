"""Clips of one stream, finished and growing, and a player of HLS."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from http import HTTPStatus
import io
from pathlib import Path
import re

from aiohttp import hdrs
from aiohttp.test_utils import TestClient
import av
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.engine.protocol import ClipOpened
from custom_components.hearthcam.library.layout import part_path
from custom_components.hearthcam.library.models import Clip
from custom_components.hearthcam.system import async_get_system
from homeassistant.core import HomeAssistant
from tests.engine.films import between, write_film
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


@pytest.fixture(name="cinema")
async def cinema_fixture(
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
