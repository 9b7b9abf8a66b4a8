"""What remains of a whole Home Assistant when it is stopped: clips, no processes."""

import asyncio
import contextlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.simulator import SimulatedCamera

from .conftest import CAMERA_LOGIN
from .flows import add_onvif_camera
from .home_assistant import HomeAssistant

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def children(parent: int) -> list[Path]:
    """Return the folders in /proc of a process's children."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name) state parent …; a name may hold anything.
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(status.parent)
    return found


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
