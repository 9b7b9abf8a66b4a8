"""Privacy mode down the whole chain: connections at the camera, and what viewers get."""

import asyncio
from collections.abc import AsyncGenerator
import io
import logging
from pathlib import Path
import re
import time
from typing import Any

from aiohttp.test_utils import TestClient
import av
import numpy as np
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.const import (
    CONF_MAC,
    CONF_MAIN_URL,
    CONF_ONVIF_PORT,
    CONF_SERIAL,
    CONF_SUB_URL,
    DOMAIN,
)
from custom_components.hearthcam.engine.masking.shutter import shutter_jpeg
from homeassistant.components.camera import async_get_image, async_request_stream
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant
from tests.simulator import CameraOptions, SimulatedCamera, small_source
from tests.simulator.scene import Scene

from .arming_parts import call
from .conftest import (
    PASSWORD,
    CameraHarness,
    FakeEngineControl,
    make_camera_entry,
    wait_for,
)
from .test_privacy_zones import add_zone

CAMERA = "camera.front_door"
PRIVACY = "switch.front_door_privacy_mode"
LOWER = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]
QUICK = 5.0
"""Seconds within which a camera is closed or shown, however busy this machine is."""


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncGenerator[SimulatedCamera]:
    """Return a camera with two streams and events."""
    source = small_source(scene=Scene(20.0))
    options = CameraOptions(
        main=source, sub=source, username="admin", password=PASSWORD, onvif=True
    )
    async with SimulatedCamera(options) as camera:
        yield camera


@pytest.fixture
async def entry(
    home: HomeAssistant, simulator: SimulatedCamera
) -> AsyncGenerator[MockConfigEntry]:
    """Return the camera's entry, set up with the true engine."""
    entry = make_camera_entry(
        data={
            CONF_MAIN_URL: simulator.rtsp_url("main"),
            CONF_SUB_URL: simulator.rtsp_url("sub"),
            CONF_USERNAME: "admin",
            CONF_PASSWORD: PASSWORD,
            CONF_HOST: "127.0.0.1",
            CONF_ONVIF_PORT: simulator.state.onvif_port,
            CONF_MAC: simulator.state.mac,
            CONF_SERIAL: simulator.state.serial,
        }
    )
    entry.add_to_hass(home)
    assert await home.config_entries.async_setup(entry.entry_id)
    await home.async_block_till_done()
    yield entry
    for loaded in home.config_entries.async_loaded_entries(DOMAIN):
        await home.config_entries.async_unload(loaded.entry_id)


def is_shutter(picture: bytes) -> bool:
    """Tell whether a picture shows the closed shutter."""
    seen = np.asarray(Image.open(io.BytesIO(picture)).convert("L"), dtype=int)
    height, width = seen.shape
    shutter = Image.open(io.BytesIO(shutter_jpeg(width))).convert("L")
    expected = np.asarray(shutter.resize((width, height)), dtype=int)
    return bool(np.abs(seen - expected).mean() < 3)


def is_masked(picture: bytes) -> bool:
    """Tell whether a picture is black from its middle down."""
    seen = np.asarray(Image.open(io.BytesIO(picture)).convert("L"), dtype=int)
    return bool(seen[len(seen) // 2 :].max() <= 30 < seen.max())


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged of live video that an owner would be alarmed by."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and record.name.startswith(
            (
                "custom_components.hearthcam",
                "homeassistant.components.camera",
                "homeassistant.components.stream",
            )
        )
    ]


async def played(client: TestClient[Any, Any], url: str) -> bytes:
    """Return the beginning of what Home Assistant's player gets, as a film."""
    base = url.rpartition("/")[0]

    async def fetched(name: str) -> bytes:
        answer = await client.get(f"{base}/{name}")
        assert answer.status == 200
        return await answer.read()

    master = (await fetched(url.rpartition("/")[2])).decode()
    playlist = master.split()[-1]
    async with asyncio.timeout(30):
        while True:
            text = (await fetched(playlist)).decode()
            segments = re.findall(r"^[^#\s].*$", text, re.MULTILINE)
            if segments and (start := re.search(r'EXT-X-MAP:URI="([^"]+)"', text)):
                return await fetched(start[1]) + await fetched(segments[0])
            await asyncio.sleep(0.1)


def pictures_of(film: bytes) -> list[bytes]:
    """Return the pictures of a film as JPEG."""
    pictures = []
    with av.open(io.BytesIO(film), "r") as container:
        for frame in container.decode(video=0):
            picture = io.BytesIO()
            Image.fromarray(frame.to_ndarray(format="rgb24")).save(picture, "JPEG")
            pictures.append(picture.getvalue())
    return pictures


async def test_no_connection_is_left_at_a_closed_camera(
    home: HomeAssistant,
    simulator: SimulatedCamera,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And viewers get the shutter, until it is opened; also after a restart."""
    server, session = simulator.server, entry.runtime_data.session
    shown = CameraHarness(home, entry, FakeEngineControl(Path()))
    await wait_for(lambda: session.has_events)
    await wait_for(lambda: len(server.connections) == 2)
    await shown.state(CAMERA, "idle")
    assert not is_shutter((await async_get_image(home, CAMERA)).content)

    began = time.monotonic()
    await call(home, "turn_on", PRIVACY)
    await wait_for(lambda: not server.connections)
    assert time.monotonic() - began < QUICK
    await wait_for(lambda: session._task is None)
    await wait_for(lambda: entry.runtime_data.is_shut)
    await home.async_block_till_done()
    assert is_shutter((await async_get_image(home, CAMERA)).content)

    url = await async_request_stream(home, CAMERA, "hls")
    client = await hass_client()
    pictures = pictures_of(await played(client, url))
    assert pictures
    assert all(is_shutter(picture) for picture in pictures)

    assert simulator.onvif is not None
    asked = simulator.onvif.calls.total()
    assert await home.config_entries.async_reload(entry.entry_id)
    await wait_for(lambda: entry.runtime_data.is_shut)
    await shown.state(CAMERA, "idle")
    assert not server.connections
    assert simulator.onvif.calls.total() == asked

    closed = await async_request_stream(home, CAMERA, "hls")
    assert all(map(is_shutter, pictures_of(await played(client, closed))))

    caplog.clear()
    await call(home, "turn_off", PRIVACY)
    await wait_for(lambda: entry.runtime_data.online)
    began = time.monotonic()
    opened = await async_request_stream(home, CAMERA, "hls")
    # Nothing of the shutter is left, and no 6 s are waited for a whole segment.
    assert not any(map(is_shutter, pictures_of(await played(client, opened))))
    assert time.monotonic() - began < QUICK
    assert (await client.get(closed)).status == 404
    await wait_for(lambda: len(server.connections) == 2)
    await wait_for(lambda: entry.runtime_data.session.has_events)
    assert not is_shutter((await async_get_image(home, CAMERA)).content)

    add_zone(shown, polygon=LOWER)
    assert not entry.runtime_data.live_url
    await wait_for(lambda: entry.runtime_data.live_url)
    began = time.monotonic()
    masked = await async_request_stream(home, CAMERA, "hls")
    assert all(map(is_masked, pictures_of(await played(client, masked))))
    assert time.monotonic() - began < QUICK
    assert not complaints(caplog)
