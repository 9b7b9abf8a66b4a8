"""Which movement a camera is asked for, by what its node declares."""

from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest

from custom_components.hearthcam.camera_errors import CameraError
from custom_components.hearthcam.onvif.control import Preset, PtzNode, Range
from custom_components.hearthcam.onvif.control.ptz import Plane
from custom_components.hearthcam.presets import named
from custom_components.hearthcam.ptz_moves import PtzMover
from custom_components.hearthcam.session_view import SessionView

BOUND = Range(-1.0, 1.0)
FULL = Plane(BOUND, BOUND, BOUND)
TURNS = Plane(BOUND, BOUND, None)


class WrittenDown:
    """Stands for `Ptz`: writes down what it is asked for."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.asked: list[tuple[Any, ...]] = []

    async def move(self, *speeds: float, timeout: float) -> None:
        """Take a movement."""
        self.asked.append(("move", *speeds, timeout))

    async def move_by(self, *steps: float) -> None:
        """Take a step."""
        self.asked.append(("by", *(round(step, 3) for step in steps)))

    async def stop(self) -> None:
        """Take a stop."""
        self.asked.append(("stop",))

    async def goto_preset(self, token: str) -> None:
        """Take a preset."""
        self.asked.append(("goto", token))


def mover(node: PtzNode, ptz: WrittenDown | None) -> PtzMover:
    """Return the mover of a camera with this node."""

    async def do(call: Coroutine[Any, Any, Any]) -> Any:
        return await call

    session = SimpleNamespace(
        entry=SimpleNamespace(title="Front door"),
        control=SimpleNamespace(ptz=ptz, capabilities=SimpleNamespace(ptz=node)),
        async_do=do,
    )
    return PtzMover(cast(SessionView, session), lambda: None)


async def test_continuous_movement_is_preferred() -> None:
    ptz = WrittenDown()
    node = PtzNode("node", continuous=FULL, relative=FULL)
    await mover(node, ptz).async_move(0.5, 0.0, 0.0, 0.01)
    assert ptz.asked == [("move", 0.5, 0.0, 0.0, 0.01), ("stop",)]


async def test_step_is_taken_where_nothing_moves_continuously() -> None:
    ptz = WrittenDown()
    node = PtzNode("node", continuous=TURNS, relative=FULL)
    await mover(node, ptz).async_move(0.0, 0.0, -0.5, 0.5)
    await mover(node, ptz).async_move(0.0, 0.0, 1.0, 60.0)
    assert ptz.asked == [("by", 0.0, 0.0, -0.1), ("by", 0.0, 0.0, 1.0)]


@pytest.mark.parametrize("ptz", [None, WrittenDown()])
async def test_what_no_plane_has_is_refused(ptz: WrittenDown | None) -> None:
    node = PtzNode("node", continuous=TURNS)
    with pytest.raises(CameraError) as refused:
        await mover(node, ptz).async_move(0.0, 0.0, 1.0, 0.01)
    assert refused.value.translation_key == "camera_cannot_move"


async def test_preset_is_left_by_a_movement() -> None:
    ptz = WrittenDown()
    moves = mover(PtzNode("node", continuous=FULL), ptz)
    await moves.async_goto("1")
    assert moves.preset == "1"
    await moves.async_move(0.5, 0.0, 0.0, 0.01)
    assert moves.preset is None


def test_presets_of_one_name_are_told_apart() -> None:
    presets = [Preset("1", "Gate"), Preset("2", "Door"), Preset("3", "Gate")]
    assert named(presets) == {"Gate (1)": "1", "Door": "2", "Gate (3)": "3"}
