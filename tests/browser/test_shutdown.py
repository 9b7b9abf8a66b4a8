"""What remains of a whole Home Assistant when it is stopped: clips, no processes."""

import asyncio
from urllib.parse import urlsplit

import pytest

from tests.simulator import SimulatedCamera

from .conftest import CAMERA_LOGIN
from .flows import add_onvif_camera
from .home_assistant import HomeAssistant
from .processes import children

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def test_stopping_finishes_the_clip_that_is_open(
    camera: SimulatedCamera, home: HomeAssistant
) -> None:
    address = urlsplit(camera.onvif_url)
    await add_onvif_camera(
        home, "Door", address.hostname or "", address.port or 0, CAMERA_LOGIN
    )
    media = home.folder / "media"
    async with asyncio.timeout(60):
        while not list(media.rglob("*.mp4.part")):
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
    assert home.process is not None
    engine = children(home.process.pid)
    assert engine
    await home.stop()
    assert not [process for process in engine if process.exists()]
    assert not list(media.rglob("*.part"))
    assert list(media.rglob("*.mp4"))
