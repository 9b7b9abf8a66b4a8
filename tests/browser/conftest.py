"""The parts of a browser test: a camera, a Home Assistant, a Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex
import shutil

from playwright.async_api import BrowserContext
import pytest

from tests.simulator import CameraOptions, DrawnScene, SimulatedCamera, short_scene

from .chromium import find_chromium, open_chromium
from .home_assistant import HomeAssistant
from .pages import UserInterface
from .seed import REPOSITORY

CAMERA_LOGIN = ("admin", "pa:ss@w/rd")


@pytest.fixture
def source() -> DrawnScene:
    """Return what the camera sees: somebody walks by."""
    return DrawnScene(short_scene(), 1280, 720, bitrate=1_500_000)


@pytest.fixture
async def camera(
    source: DrawnScene, socket_enabled: None
) -> AsyncIterator[SimulatedCamera]:
    """Give a camera that answers to discovery, with a login.

    Its name is its own: cameras of other tests may answer on this machine too.
    """
    username, password = CAMERA_LOGIN
    options = CameraOptions(
        name=f"Porch {token_hex(2)}",
        main=source,
        sub=source.sub(),
        username=username,
        password=password,
        onvif=True,
        discovery=True,
    )
    async with SimulatedCamera(options) as camera:
        yield camera


@pytest.fixture
async def home(tmp_path: Path, socket_enabled: None) -> AsyncIterator[HomeAssistant]:
    """Give a fresh Home Assistant, which has an owner and nothing else."""
    async with HomeAssistant(tmp_path / "config") as home:
        yield home


@pytest.fixture
async def chromium(socket_enabled: None) -> AsyncIterator[BrowserContext]:
    """Give a fresh profile in Chromium."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium or Chrome is installed")
    async with open_chromium(executable) as context:
        yield context


@pytest.fixture
async def ui(
    home: HomeAssistant, chromium: BrowserContext, request: pytest.FixtureRequest
) -> AsyncIterator[UserInterface]:
    """Give a page; its screenshots are kept in artifacts/, named after the test."""
    pictures = REPOSITORY / "artifacts" / request.node.name.removeprefix("test_")
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    page = await chromium.new_page()
    ui = UserInterface(page, home, pictures)
    yield ui
    await ui.photograph("end")
