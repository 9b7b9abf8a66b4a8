"""What the trapped home gives out is fetched, as its user's browser would."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession

from custom_components.hearthcam.const import DOMAIN
from custom_components.hearthcam.system import HearthcamSystem, async_get_system
from homeassistant.components.camera import async_request_stream
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant


class Watcher:
    """Its commands."""

    def __init__(self, hass: HomeAssistant, folder: Path) -> None:
        """Take Home Assistant as it runs, and where files may be written."""
        self._hass = hass
        self._folder = folder
        self._session = ClientSession()

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    @property
    def _system(self) -> HearthcamSystem:
        return async_get_system(self._hass)

    async def watched(self, entities: list[str]) -> list[int]:
        """Play cameras at once; return the bytes of each."""
        return await asyncio.gather(*map(self._watched, entities))

    async def _watched(self, entity: str) -> int:
        """Play a camera by HLS and by the engine's own stream; return bytes."""
        server = f"http://127.0.0.1:{self._hass.http.server_port}"
        url = await async_request_stream(self._hass, entity, "hls")
        base = f"{server}{url.rpartition('/')[0]}"
        seen = 0
        async with self._session.get(f"{server}{url}") as answer:
            assert answer.status == 200
            playlist = (await answer.text()).split()[-1]
        async with self._session.get(f"{base}/{playlist}") as answer:
            text = await answer.text()
        for line in text.splitlines():
            if line.startswith("#EXT-X-MAP"):
                init = line.split('"')[1]
                async with self._session.get(f"{base}/{init}") as answer:
                    seen += len(await answer.read())
        camera = self._system.cameras[entity.partition(".")[2]]
        assert camera.live_url is not None
        async with self._session.get(camera.live_url) as answer:
            seen += len(await answer.content.readexactly(188 * 50))
        still = await camera.async_still()
        assert still is not None
        return seen + len(still)

    async def clip(self, entity: str) -> list[int]:
        """Record a clip; return the sizes of all that can be fetched of it."""
        actions = self._hass.services
        target = {"entity_id": entity}
        await actions.async_call(
            DOMAIN, "record", {**target, "duration": 2}, blocking=True
        )
        library = self._system.library
        assert library is not None
        async with asyncio.timeout(40):
            while (clip := await library.latest(entity.partition(".")[2])) is None:
                await asyncio.sleep(0.1)
        sizes = [
            await self._fetched(f"/api/hearthcam/{kind}")
            for kind in (
                f"clip/{clip.clip_id}.mp4",
                f"clip/{clip.clip_id}/index.m3u8",
                f"thumbnail/{clip.clip_id}",
                f"preview/{clip.clip_id}",
                f"picture/{clip.clip_id}",
            )
        ]
        self._hass.config.allowlist_external_dirs = {str(self._folder)}
        files = [self._folder / name for name in ("export.mp4", "snapshot.jpg")]
        await actions.async_call(
            DOMAIN,
            "export",
            {
                **target,
                "start": datetime.fromtimestamp(clip.start, UTC).isoformat(),
                "end": datetime.fromtimestamp(clip.end, UTC).isoformat(),
                "filename": str(files[0]),
            },
            blocking=True,
            return_response=actions.supports_response(DOMAIN, "export") != "none",
        )
        await actions.async_call(
            "camera", "snapshot", {**target, "filename": str(files[1])}, blocking=True
        )
        return [*sizes, *(file.stat().st_size for file in files)]

    async def _fetched(self, path: str) -> int:
        signed = async_sign_path(
            self._hass, path, timedelta(minutes=1), use_content_user=True
        )
        url = f"http://127.0.0.1:{self._hass.http.server_port}{signed}"
        async with self._session.get(url) as answer:
            assert answer.status == 200, f"{path}: {answer.status}"
            return len(await answer.read())
