"""Fetches a camera's outputs as its clients do: over HTTP, from Home Assistant.

What live players get in the end, Home Assistant's own HLS as well as HomeKit and
go2rtc, is the engine's stream, so that is what is fetched of it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
import tempfile
from typing import Final

from aiohttp import ClientError, ClientTimeout

from homeassistant.components.camera.const import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.image.const import DOMAIN as IMAGE_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .const import DOMAIN
from .engine.parts import KEY_HEADER
from .privacy.local_only import bracketed, is_local
from .system import async_get_system

LIVE_SECONDS: Final = 4.0
"""How long live video is watched."""
_MOST_BYTES: Final = 256 * 1024 * 1024
_TIMEOUT: Final = ClientTimeout(total=60)
_SIGNED_FOR: Final = timedelta(minutes=5)
_CHUNK: Final = 256 * 1024


class FetchError(Exception):
    """An output gave nothing; its text is a short code."""


class Fetcher:
    """Fetches outputs into files of a folder that goes with it."""

    def __init__(
        self, hass: HomeAssistant, folder: Path, key: str | None = None
    ) -> None:
        """Prepare; see `fetcher`. With a key it is let in to a camera that leaked."""
        self.key = key
        self._headers = {} if key is None else {KEY_HEADER: key}
        self._hass = hass
        self._folder = folder
        self._count = 0

    def new_path(self) -> Path:
        """Return a path that nothing is at."""
        self._count += 1
        return self._folder / str(self._count)

    async def async_view(self, path: str) -> Path:
        """Fetch what one of Hearthcam's views gives. Raises FetchError."""
        return await self._get(async_sign_path(self._hass, path, _SIGNED_FOR))

    async def async_still(self, camera_id: str) -> Path:
        """Fetch the camera's still, as a dashboard does. Raises FetchError."""
        return await self._proxy(CAMERA_DOMAIN, "camera_proxy", f"{camera_id}_camera")

    async def async_last_motion(self, camera_id: str) -> Path:
        """Fetch the picture of the last motion. Raises FetchError."""
        unique_id = f"{camera_id}_last_motion"
        return await self._proxy(IMAGE_DOMAIN, "image_proxy", unique_id)

    async def _proxy(self, domain: str, view: str, unique_id: str) -> Path:
        registry = er.async_get(self._hass)
        entity_id = registry.async_get_entity_id(domain, DOMAIN, unique_id)
        if entity_id is None or self._hass.states.get(entity_id) is None:
            raise FetchError("no_entity")
        return await self.async_view(f"/api/{view}/{entity_id}")

    async def _get(self, path: str) -> Path:
        session = async_get_clientsession(self._hass, verify_ssl=False)
        target = self.new_path()
        try:
            async with session.get(
                f"{self.base_url}{path}",
                headers=self._headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                middlewares=(),
            ) as response:
                if response.status != 200:
                    raise FetchError(f"status_{response.status}")
                await self._write(target, await response.read())
        except TimeoutError, ClientError:
            raise FetchError("no_answer") from None
        return target

    @property
    def base_url(self) -> str:
        """Where Home Assistant itself listens on this machine."""
        http = self._hass.http
        scheme = "https" if http.ssl_certificate else "http"
        # Where it listens at some addresses only, at one that may be contacted.
        hosts = [host for host in http.server_host or () if _is_usable(host)]
        host = hosts[0] if hosts else "127.0.0.1"
        return f"{scheme}://{bracketed(host)}:{http.server_port}"

    async def async_live(self, camera_id: str, seconds: float = LIVE_SECONDS) -> Path:
        """Watch the live stream for some seconds. Raises FetchError."""
        url = async_get_system(self._hass).supervisor.url(f"live/{camera_id}.ts")
        if url is None:
            raise FetchError("no_engine")
        session = async_get_clientsession(self._hass)
        data = bytearray()
        try:
            async with session.get(
                url,
                headers=self._headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                middlewares=(),
            ) as response:
                if response.status != 200:
                    raise FetchError(f"status_{response.status}")
                try:
                    async with asyncio.timeout(seconds):
                        async for chunk in response.content.iter_chunked(_CHUNK):
                            data += chunk
                            if len(data) > _MOST_BYTES:
                                break
                except TimeoutError:
                    # It never ends by itself.
                    pass
        except TimeoutError, ClientError:
            raise FetchError("no_answer") from None
        target = self.new_path()
        await self._write(target, bytes(data))
        return target

    async def _write(self, target: Path, data: bytes) -> None:
        await self._hass.async_add_executor_job(target.write_bytes, data)


def _is_usable(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return is_local(address) and not address.is_unspecified


@asynccontextmanager
async def fetcher(
    hass: HomeAssistant, key: str | None = None
) -> AsyncGenerator[Fetcher]:
    """Return one; its files are deleted in the end."""
    folder = await hass.async_add_executor_job(_make_folder)
    try:
        yield Fetcher(hass, Path(folder.name), key)
    finally:
        await hass.async_add_executor_job(folder.cleanup)


def _make_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hearthcam-", ignore_cleanup_errors=True)
