"""The engine as a process: privacy zones from its first word on, and no other way."""

from collections.abc import Iterator
import io
from pathlib import Path
import sys
import time
from typing import Any
from urllib.error import HTTPError

import av
import numpy as np
from PIL import Image
import pytest

from custom_components.hearthcam.engine.masking.inside import Pixels, pixels_of, seen_in
from custom_components.hearthcam.engine.masking.mask import Mask
from custom_components.hearthcam.engine.protocol import (
    BlockCause,
    ConfigureCamera,
    Means,
    Mode,
    Point,
    PrivacyState,
    PrivacyZone,
    Rejected,
)
from tests.simulator import SimulatorProcess

from .conftest import configuration, simulated, wait_online
from .process import EngineProcess
from .watching import box

ZONE = PrivacyZone("door", box(0.2, 0.2, 0.7, 0.7))
WRONG = PrivacyZone("line", (Point(0.1, 0.1), Point(0.2, 0.2)))


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """Return a camera for all tests here."""
    with simulated() as process:
        yield process


def watching(
    simulator: SimulatorProcess, folder: Path, **changes: Any
) -> ConfigureCamera:
    """Return the command that adds the camera, with a zone; nothing is recorded."""
    options = {"mode": Mode.OFF, "privacy": (ZONE,), "sub": None}
    return configuration(simulator.cameras[0], str(folder), **options | changes)


def still(engine: EngineProcess) -> Pixels:
    """Fetch a still as soon as there is one."""
    deadline = time.monotonic() + 30
    while True:
        try:
            data = engine.get("still/test.jpg")
        except HTTPError as error:
            if error.code not in (404, 503) or time.monotonic() > deadline:
                raise
        else:
            return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        time.sleep(0.05)


def live(engine: EngineProcess, count: int = 20) -> list[Pixels]:
    """Fetch live video as a client would."""
    with av.open(engine.url("live/test.ts"), timeout=30) as container:
        return [
            pixels_of(frame)
            for frame, _ in zip(container.decode(video=0), range(count), strict=False)
        ]


def leaked(pictures: list[Pixels]) -> int:
    """Return how much of the zone is to be seen."""
    assert pictures
    return sum(seen_in(picture, (ZONE.polygon,)).leaked for picture in pictures)


def status(engine: EngineProcess, path: str) -> int:
    """Return how a request is refused."""
    with pytest.raises(HTTPError) as refused:
        engine.get(path)
    return refused.value.code


def told(engine: EngineProcess, means: Means) -> PrivacyState:
    """Wait until that was told last, of all outputs."""
    return engine.wait_for(
        PrivacyState,
        lambda state: (
            state is engine.of(PrivacyState)[-1]
            and {one.means for one in state.outputs} == {means}
        ),
    )


def test_a_restarted_engine_shows_nothing_of_a_zone_from_its_first_picture_on(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """The zones come with the camera, so there is no moment without them."""
    config = watching(simulator, tmp_path)
    for _ in range(2):
        with EngineProcess() as engine:
            engine.send(config)
            first = still(engine)
            assert leaked([first, *live(engine), still(engine)]) == 0
            # The rest of the picture is there.
            assert first[:, -40:].max() > 60
            state = engine.of(PrivacyState)[0]
            assert {one.means for one in state.outputs} == {Means.ENGINE}
            assert set(state.mask) == Mask.of((ZONE,)).marks
            engine.process.kill()


def test_a_change_that_is_refused_shows_nothing_until_a_good_one_comes(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """Whether it says nonsense, or cannot even be read."""
    clear = watching(simulator, tmp_path, privacy=())
    with EngineProcess() as engine:
        engine.send(clear)
        wait_online(engine)
        # What is hidden below is to be seen here, or the test would prove nothing.
        assert leaked([still(engine)]) > 1000

        engine.send(watching(simulator, tmp_path, privacy=(WRONG,)))
        engine.wait_for(Rejected, lambda one: one.command == "ConfigureCamera")
        state = told(engine, Means.BLOCKED)
        assert {one.cause for one in state.outputs} == {BlockCause.MASK_FAILED}
        assert status(engine, "still/test.jpg") == 503
        assert status(engine, "live/test.ts") == 503

        engine.send(watching(simulator, tmp_path))
        told(engine, Means.ENGINE)
        assert leaked([still(engine), *live(engine)]) == 0

        assert engine.process.stdin is not None
        engine.process.stdin.write(
            b'{"v": 1, "type": "ConfigureCamera",'
            b' "data": {"camera_id": "test", "privacy": "what?"}}\n'
        )
        engine.process.stdin.flush()
        engine.wait_for(Rejected, lambda one: one.command == "?")
        told(engine, Means.BLOCKED)
        assert status(engine, "still/test.jpg") == 503
        assert status(engine, "live/test.ts") == 503


def test_a_camera_whose_zones_cannot_be_read_is_not_there_at_all(
    engine: EngineProcess, simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """It is told that nothing of it is shown."""
    engine.send(watching(simulator, tmp_path, privacy=(WRONG,)))
    told(engine, Means.BLOCKED)
    assert status(engine, "still/test.jpg") == 404
    assert status(engine, "live/test.ts") == 404


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_crash_leaves_no_image_of_the_memory() -> None:
    """Neither as a file (less than a page) nor for a program that takes them (1)."""
    with EngineProcess() as engine:
        limits = Path(f"/proc/{engine.process.pid}/limits").read_text()
    (core,) = [line for line in limits.splitlines() if "core file size" in line]
    soft, hard = core.split()[4:6]
    assert soft == hard
    assert int(hard) <= 1


def test_a_closed_shutter_is_what_clients_get(
    engine: EngineProcess, simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """The camera is not even connected; opened again, it is back, masked."""
    engine.send(watching(simulator, tmp_path, shut=True))
    assert still(engine).shape == (720, 1280, 3)
    assert {picture.shape for picture in live(engine, 5)} == {(720, 1280, 3)}
    assert engine.of(PrivacyState)[0].outputs[0].means is Means.SHUT
    engine.send(watching(simulator, tmp_path))
    wait_online(engine)
    pictures = [still(engine), *live(engine)]
    assert {picture.shape for picture in pictures} == {(180, 320, 3)}
    assert leaked(pictures) == 0
