"""What the detector is told of a privacy zone: nothing at all."""

from base64 import b64decode

import numpy as np
import pytest

from custom_components.hearthcam.engine.ladder import Ladder
from custom_components.hearthcam.engine.masking.cells import hide
from custom_components.hearthcam.engine.masking.mask import EVERYTHING, NOTHING, Mask
from custom_components.hearthcam.engine.motion import Grid, MotionBegan, Observation
from custom_components.hearthcam.engine.motion.zones import Geometry
from custom_components.hearthcam.engine.packet import Packet, VideoParameters
from custom_components.hearthcam.engine.parts import Point
from custom_components.hearthcam.engine.sight import View
from tests.engine.motion.drawn import Walker, encode, pictures

type Stream = tuple[VideoParameters, list[Packet]]


def rectangle(left: float, top: float, right: float, bottom: float) -> Mask:
    """Return the mask of a rectangle."""
    return Mask(
        (
            (
                Point(left, top),
                Point(right, top),
                Point(right, bottom),
                Point(left, bottom),
            ),
        )
    )


LEFT = rectangle(0.0, 0.0, 0.5, 1.0)


class Kept:
    """Keeps what would be written to the feature log."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seen: list[Observation] = []

    def add(self, seen: Observation, geometry: Geometry, scale: float) -> None:
        """Keep it."""
        self.seen.append(seen)


@pytest.fixture(scope="module")
def visit() -> Stream:
    """Somebody walks through the whole picture."""
    return encode(pictures(24, fps=10, walkers=[Walker(14.3, 20.0)]))


def run(mask: Mask, stream: Stream) -> tuple[list[object], list[View], Kept]:
    """Feed a stream; return what was told, what a watcher saw, what is logged."""
    kept = Kept()
    ladder = Ladder(mask, journal=kept)
    told = [*ladder.set_parameters(stream[0])]
    for packet in stream[1]:
        ladder.sight.watch(True)
        told += ladder.feed(packet)
    views = [one for one in told if isinstance(one, View)]
    return [one for one in told if not isinstance(one, View)], views, kept


def bits_of(view: View) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return the cells that a watcher sees, (rows, columns)."""
    bits = np.unpackbits(np.frombuffer(b64decode(view.cells), np.uint8))
    return bits[: view.rows * view.columns].reshape(view.rows, view.columns)


def test_motion_within_a_zone_is_not_seen(visit: Stream) -> None:
    seen, views, _ = run(NOTHING, visit)
    hidden, dark, kept = run(EVERYTHING, visit)

    assert any(isinstance(one, MotionBegan) for one in seen)
    assert any(bits_of(view).any() for view in views)
    assert not any(isinstance(one, MotionBegan) for one in hidden)
    assert dark
    assert not any(bits_of(view).any() for view in dark)
    assert not any(one.regions for one in kept.seen)


def test_neither_view_nor_boxes_nor_log_reach_into_a_zone(visit: Stream) -> None:
    told, views, kept = run(LEFT, visit)

    assert any(isinstance(one, MotionBegan) for one in told)
    columns = views[0].columns
    shown = np.sum([bits_of(view) for view in views], axis=0)
    assert shown[:, columns // 2 :].any()
    assert not shown[:, : columns // 2].any()
    boxes = [box for view in views for box in view.boxes]
    boxes += [region.box for one in kept.seen for region in one.regions]
    assert boxes
    assert min(box.x for box in boxes) >= 0.5


def test_a_zone_that_comes_or_goes_is_no_motion() -> None:
    """The picture is another one then, and learnt anew."""
    video, packets = encode(pictures(24, fps=10))
    ladder = Ladder(NOTHING)
    told = ladder.set_parameters(video)
    for number, packet in enumerate(packets):
        if number in (80, 160):
            told += ladder.hide(LEFT if number == 80 else NOTHING)
        told += ladder.feed(packet)

    assert not any(isinstance(one, MotionBegan) for one in told)


def test_cells_are_hidden_where_the_grid_is_smaller_than_the_picture() -> None:
    """What is left out at its border must not shift the zones."""
    luma = np.full((10, 10), 200.0, np.float32)
    # The grid covers 80 % of the width: its middle is at 0.4.
    hide(grid := Grid(luma, None, 0.08, 0.1), rectangle(0.41, 0.0, 1.0, 1.0))

    assert (grid.luma[:, 5:] == 0.0).all()
    assert (grid.luma[:, :4] == 200.0).all()
