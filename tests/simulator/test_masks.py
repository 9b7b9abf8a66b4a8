"""Privacy masks that are set by ONVIF are black in what the camera sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import io

import aiohttp
import av
import numpy as np
import pytest

from custom_components.hearthcam.onvif import OnvifCamera, OnvifFaultError
from custom_components.hearthcam.onvif.masks import Masks
from tests.simulator import SimulatedCamera, small_source
from tests.simulator.conftest import StartCamera
from tests.simulator.onvif_mask_habits import MaskHabits
from tests.simulator.onvif_options import OnvifOptions
from tests.simulator.scene import Scene

ZONE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75))
SCENE = Scene(2.0)
BLACK = 20
"""The most that a codec makes of 16."""


@asynccontextmanager
async def masks_of(camera: SimulatedCamera) -> AsyncIterator[Masks]:
    """Connect the real client."""
    async with aiohttp.ClientSession() as session:
        client = OnvifCamera(session, camera.state.host, camera.state.onvif_port)
        yield Masks(client, "v0")


@pytest.fixture
def start(start_camera: StartCamera) -> StartCamera:
    """Return what starts a camera that has masks, in two small streams."""
    main = small_source(scene=SCENE, gop=0.5)

    async def started(**habits: object) -> SimulatedCamera:
        options = OnvifOptions(masks=MaskHabits(**habits))  # type: ignore[arg-type]  # what each test says
        camera: SimulatedCamera = await start_camera(
            main=main, sub=main.sub(160, 90, 10), onvif=True, onvif_options=options
        )
        return camera

    return started


type Luma = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


def first_picture(file: str | io.BytesIO) -> Luma:
    """Return the luma of a stream's or file's first picture; blocks."""
    options = {"analyzeduration": "200000", "fpsprobesize": "0"}
    with av.open(file, "r", options=options, timeout=10) as container:
        frame = next(container.decode(video=0))
        luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
        return luma.reshape(frame.height, frame.width)


async def sent(camera: SimulatedCamera, stream: str = "main") -> Luma:
    """Return the luma of the last keyframe that was sent."""
    jpeg = await asyncio.to_thread(camera.snapshot, stream)
    return first_picture(io.BytesIO(jpeg or b""))


def is_black(luma: Luma, x: float, y: float) -> bool:
    """Tell whether a few pixels around a place are."""
    height, width = luma.shape
    row, column = int(y * height), int(x * width)
    return bool(luma[row - 3 : row + 3, column - 3 : column + 3].max() < BLACK)


async def until(camera: SimulatedCamera, x: float, y: float, *, black: bool) -> None:
    """Wait until a place is so in both streams."""
    async with asyncio.timeout(30):
        for stream in ("main", "sub"):
            while is_black(await sent(camera, stream), x, y) is not black:
                await asyncio.sleep(0.05)


async def test_mask_is_black_in_both_streams_and_gone_when_deleted(
    start: StartCamera,
) -> None:
    camera = await start()
    assert not is_black(await sent(camera), 0.6, 0.4)
    async with masks_of(camera) as masks:
        options = await masks.options()
        assert options.can_black_out and options.black is not None
        token = await masks.create(ZONE, options.black)
        assert token is not None
        await until(camera, 0.6, 0.4, black=True)
        for stream in ("main", "sub"):
            url = camera.rtsp_url(stream)
            played = await asyncio.to_thread(first_picture, url)
            assert is_black(played, 0.6, 0.4)
            # Outside of the triangle there is still a picture.
            assert not is_black(played, 0.3, 0.65)
        await masks.change(token, ((0.2, 0.5), (0.4, 0.5), (0.4, 0.8)), options.black)
        await until(camera, 0.35, 0.6, black=True)
        assert not is_black(await sent(camera), 0.6, 0.4)
        await masks.delete(token)
        await until(camera, 0.35, 0.6, black=False)
        assert await masks.all() == ()


async def test_mask_may_be_accepted_and_not_painted_or_painted_elsewhere(
    start: StartCamera,
) -> None:
    camera = await start()
    async with masks_of(camera) as masks:
        await camera.control.paint_masks(works=False)
        await masks.create(ZONE, None)
        assert len(await masks.all()) == 1
        assert not is_black(await sent(camera), 0.6, 0.4)
        await camera.control.paint_masks(shift=0.3)
        await until(camera, 0.9, 0.4, black=True)
        assert not is_black(await sent(camera), 0.5, 0.35)
        await camera.control.paint_masks(luma=90)
        await until(camera, 0.9, 0.4, black=False)
        # A flat grey.
        assert int(np.ptp((await sent(camera))[60:80, 190:210])) < 12


@pytest.mark.parametrize("forgets", [False, True])
async def test_masks_outlive_a_reboot_unless_they_are_forgotten(
    start: StartCamera, forgets: bool
) -> None:
    camera = await start(forgets=forgets)
    async with masks_of(camera) as masks:
        await masks.create(ZONE, None)
        await until(camera, 0.6, 0.4, black=True)
        await camera.control.reboot(0.2)
        assert len(await masks.all()) == (0 if forgets else 1)
        await until(camera, 0.6, 0.4, black=not forgets)


@pytest.mark.parametrize(
    "habits", [{"rectangles_only": True}, {"points": 2}, {"most": 0}, {"types": ()}]
)
async def test_masks_that_the_firmware_does_not_take_are_refused(
    start: StartCamera, habits: dict[str, object]
) -> None:
    camera = await start(**habits)
    async with masks_of(camera) as masks:
        with pytest.raises(OnvifFaultError):
            await masks.create(ZONE, None)
        assert await masks.all() == ()
