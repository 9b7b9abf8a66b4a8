"""Bright things that move in a privacy zone: who ever gets to see them?

A whole house, and everything that it gives out, through all that may happen to it.
``python -m tests.privacy.leaks`` runs the full matrix and prints its figures.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
import os
from pathlib import Path
import tempfile
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.hearthcam.camera_settings import CameraSettings
from custom_components.hearthcam.engine.protocol import ConfigureCamera
from custom_components.hearthcam.supervision import Timing
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.ha.conftest import home, no_discovery
from tests.ha.house import House, a_house, simulated

from .leak_film import CACHE, CORNER, WINDOW, film
from .leak_house import Watched, add_camera
from .leak_judge import Tally, judge_files, temporary_files
from .leak_story import Story, files_of

__all__ = ["home", "no_discovery"]

FULL = bool(os.environ.get("HEARTHCAM_LEAKS_FULL"))
FIGURES = os.environ.get("HEARTHCAM_LEAKS_FIGURES")
MOTION = {"mode_armed_home": "record"}
ALWAYS = {"mode_armed_home": "continuous"}
CAMERAS: dict[str, tuple[str, bool, dict[str, str]]] = {
    "front_door": ("h264", True, MOTION),
    "garden": ("hevc", False, ALWAYS),
}
"""Codec, whether there is a sub stream, and when it is recorded."""
MORE_CAMERAS: dict[str, tuple[str, bool, dict[str, str]]] = {
    "hall": ("h264", False, ALWAYS),
    "yard": ("hevc", True, MOTION),
}
PROCESSING = {"pre_roll": 2.0, "post_roll": 1.0}


@contextmanager
def short_clips() -> Iterator[None]:
    """Have clips cut after few seconds, those of motion too."""
    told: property = vars(CameraSettings)["engine_config"]

    def cut(camera: CameraSettings) -> ConfigureCamera:
        config: ConfigureCamera = told.__get__(camera)
        return replace(config, segment=4.0, max_clip=10.0)

    with patch.object(CameraSettings, "engine_config", property(cut)):
        yield


@pytest.fixture
async def house(
    home: HomeAssistant,
    tmp_path: Path,
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    """Return a house without a camera, whose temporary files are its own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    home.config.allowlist_external_dirs = {str(tmp_path / "out")}
    (tmp_path / "out").mkdir()
    for component in ("media_source", "websocket_api"):
        assert await async_setup_component(home, component, {})
    with (
        patch("custom_components.hearthcam.system.TIMING", Timing(back_off=(0.1, 0.2))),
        short_clips(),
    ):
        async with a_house(home, tmp_path / "media") as house:
            yield house


@pytest.mark.timeout(900 if FULL else 300)
async def test_what_is_in_a_privacy_zone_is_never_shown(
    house: House,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    tmp_path: Path,
    record_property: Any,
) -> None:
    wanted = CAMERAS | (MORE_CAMERAS if FULL else {})
    described = [
        {
            "name": camera_id,
            "video": str(film(codec)),
            "sub": sub,
            "cache": str(CACHE),
        }
        for camera_id, (codec, sub, _) in wanted.items()
    ]
    tally = Tally()
    async with simulated(*described) as remotes:
        cameras = []
        for (camera_id, (_, _, options)), remote in zip(
            wanted.items(), remotes, strict=True
        ):
            entry = await add_camera(house, camera_id, remote, **options, **PROCESSING)
            cameras.append(
                Watched(
                    *(house, camera_id, remote, await hass_client()),
                    *(await hass_client_no_auth(), tally, tmp_path / "out"),
                    *((WINDOW, CORNER), entry),
                )
            )
        story = Story(house, cameras, FULL)
        await story.each("without")
        for file in (tmp_path / "out").iterdir():
            file.unlink()
        for scenario in ("added", "zone_set", "reconnected", "resized", "reloaded"):
            await story.each(scenario)
        await story.killed()
        await story.each("by_mode")
        await story.mode_on()
        for camera in cameras:
            camera.leave_detector()
        # Players of an offline camera would be waited for.
        await house.close()
    for camera in cameras:
        camera.judge_detector()
        camera.judge_features()
    for folder in (*files_of(house), tmp_path / "out"):
        files = partial(judge_files, folder, (WINDOW, CORNER), ".bin")
        for path, seen in await asyncio.to_thread(files):
            tally.add("disk", f"files {path.suffix or path.name}", seen)
    assert not temporary_files()
    record_property("leaks", tally.table())
    if FIGURES:
        Path(FIGURES).write_text(tally.table())
    assert not tally.faults(), "\n".join([*tally.faults(), tally.table()])
