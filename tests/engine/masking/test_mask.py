"""What is black: every sample that a polygon touches, and little more."""

import io
from math import ceil
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame
from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.hearthcam.engine.masking.mask import (
    GROWN,
    LEAST_GROWN,
    NOTHING,
    Mask,
    MaskError,
    is_full,
)
from custom_components.hearthcam.engine.parts import BlockCause

from .moving import (
    CORNER,
    MASK,
    STAR,
    decoded,
    decoder_of,
    film,
    inside,
    leaked,
    planes,
    zone,
)

SIZES = ((64, 48), (65, 47), (33, 90), (2, 2), (1, 7), (322, 181))


def bright(width: int, height: int, pixels: str = "yuv420p") -> VideoFrame:
    """Return a picture that is white-hot in every plane."""
    frame = VideoFrame(width, height, pixels)
    for plane in frame.planes:
        value = 3 if "10" in pixels else 200
        np.frombuffer(plane, np.uint8)[:] = value
    return frame


def hidden(frame: VideoFrame) -> list[np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return which samples of each plane were painted."""
    result = []
    for plane, black in zip(frame.planes, (16, 128, 128), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        result.append(rows[: plane.height, : plane.width] == black)
    return result


def grown(width: int, height: int) -> float:
    """Return by how many pixels a polygon grows."""
    return max(GROWN * max(width, height), LEAST_GROWN)


fraction = st.floats(0.0, 1.0)
point = st.tuples(fraction, fraction)
size = st.tuples(st.integers(1, 90), st.integers(1, 90))


@settings(max_examples=150, deadline=None)
@given(st.lists(point, min_size=3, max_size=9), size, st.data())
def test_any_point_of_any_polygon_is_painted(
    points: list[tuple[float, float]], size: tuple[int, int], data: st.DataObject
) -> None:
    width, height = size
    painted = hidden(Mask((zone(*points),)).paint(bright(width, height)))
    # On the edges, and on what joins two edges' points where that is inside.
    number = data.draw(st.integers(0, len(points) - 1))
    along = data.draw(fraction)
    (x1, y1), (x2, y2) = points[number], points[(number + 1) % len(points)]
    x, y = (x1 + (x2 - x1) * along) * width, (y1 + (y2 - y1) * along) * height
    column, row = min(int(x), width - 1), min(int(y), height - 1)
    luma, *chroma = painted
    assert luma[row, column]
    assert all(one[row // 2, column // 2] for one in chroma)
    within = inside(zone(*points), width, height)
    assert luma[within].all()


@settings(max_examples=60, deadline=None)
@given(st.lists(point, min_size=3, max_size=5), size)
def test_nothing_far_from_a_polygon_is_painted(
    points: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    width, height = size
    painted = hidden(Mask((zone(*points),)).paint(bright(width, height)))[0]
    xs = [x * width for x, _ in points]
    ys = [y * height for _, y in points]
    # Two cells are four pixels; the last cell may be cut.
    far = 2 * ceil(grown(width, height) / 2) + 4
    rows, columns = np.nonzero(painted)
    assert columns.min() >= min(xs) - far - 1
    assert columns.max() <= max(xs) + far
    assert rows.min() >= min(ys) - far - 1
    assert rows.max() <= max(ys) + far


def test_what_is_painted_around_a_concave_polygon_follows_it() -> None:
    painted = hidden(Mask((STAR,)).paint(bright(640, 360)))[0]
    # The bays between the star's arms, farther from them than it grows.
    assert not painted[30, 200]
    assert not painted[330, 320 - 10]
    assert not painted[100, 500]


def test_a_polygon_grows_by_its_share_on_every_side() -> None:
    square = Mask((zone((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)),))
    painted = hidden(square.paint(bright(1920, 1080)))[0]
    rows, columns = np.nonzero(painted)
    assert 768 - 16 <= columns.min() <= 768 - 11.5
    assert 1152 + 11.5 <= columns.max() + 1 <= 1152 + 16
    assert 432 - 16 <= rows.min() <= 432 - 11.5
    assert 648 + 11.5 <= rows.max() + 1 <= 648 + 16


@pytest.mark.parametrize("size", SIZES)
def test_the_whole_picture_can_be_hidden(size: tuple[int, int]) -> None:
    whole = zone((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert all(one.all() for one in hidden(Mask((whole,)).paint(bright(*size))))


def test_crossing_edges_hide_both_sides() -> None:
    bow = zone((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9))
    painted = hidden(Mask((bow,)).paint(bright(200, 200)))[0]
    assert painted[100, 30]
    assert painted[100, 170]
    # Twice around is inside as well.
    twice = zone(*[(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)] * 2)
    assert hidden(Mask((twice,)).paint(bright(200, 200)))[0][100, 100]


@pytest.mark.parametrize(
    "pixels",
    [
        "yuv420p",
        "yuvj420p",
        "yuv422p",
        "yuvj422p",
        "yuv444p",
        "yuv420p10le",
        "yuv422p10le",
        "gray",
        "gray10le",
        "nv12",
        "rgb24",
    ],
)
@pytest.mark.parametrize("full", [False, True])
def test_black_is_black_in_every_kind_of_picture(pixels: str, full: bool) -> None:
    frame = bright(65, 47, pixels)
    frame.color_range = 2 if full else 1
    frame.pts = 7
    painted = MASK.paint(frame)
    black_is_zero = full or "j" in pixels
    assert painted.format.name in ("yuv420p", "yuvj420p")
    assert painted.pts == 7
    assert is_full(painted) is black_is_zero
    assert leaked(painted, MASK, black=-4 + (0 if black_is_zero else 16)) == 0
    # The corner opposite, which no polygon is near, is as bright as before.
    assert planes(painted)[0][46, 2] > 60


def test_colour_range_is_not_converted() -> None:
    frame = bright(64, 48, "yuvj422p")
    painted = MASK.paint(frame)
    assert planes(painted)[0][46, 2] == 200


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_pictures_that_others_are_predicted_from_are_left_alone(
    codec: str, b_frames: int
) -> None:
    _, packets = film(codec=codec, b_frames=b_frames)
    plain, watched = decoder_of(codec), decoder_of(codec)
    for packet in packets:
        ours = plain.decode(av.Packet(packet.data))
        theirs = watched.decode(av.Packet(packet.data))
        for one, other in zip(ours, theirs, strict=True):
            before = [plane.copy() for plane in planes(other)]
            painted = MASK.paint(other)
            away = ~np.logical_or.reduce([one == 16 for one in planes(painted)[:1]])
            for raw, kept, left in zip(
                planes(one), planes(painted), before, strict=True
            ):
                assert (raw[away] == kept[away]).all()
                assert (raw == left).all()


def test_a_picture_that_players_turn_is_refused() -> None:
    _, packets = film(1)
    with av.open(io.BytesIO(packets[0].data), format="h264") as stream:
        turn = BitStreamFilterContext(
            "h264_metadata=display_orientation=insert:rotate=90",
            stream.streams.video[0],
        )
        turned = turn.filter(av.Packet(packets[0].data))
    frame = decoded(bytes(one) for one in turned)[0]
    with pytest.raises(MaskError) as raised:
        MASK.paint(frame)
    assert raised.value.cause is BlockCause.MASK_FAILED


def test_what_is_no_polygon_is_refused() -> None:
    for points in ((), ((float("nan"), 0.0), (1.0, 0.0), (1.0, 1.0))):
        with pytest.raises(MaskError):
            Mask((zone(*points),)).paint(bright(64, 48))
        with pytest.raises(MaskError):
            Mask((zone(*points),)).cells(10, 20)


def test_marks_tell_polygons_apart() -> None:
    assert MASK.marks == Mask((STAR,)).marks | Mask((CORNER,)).marks
    assert len(MASK.marks) == 2
    assert MASK.covers(Mask((STAR,)))
    assert not Mask((STAR,)).covers(MASK)
    assert not NOTHING
    assert NOTHING.union(MASK) == MASK


def test_cells_are_those_that_a_polygon_touches_and_their_neighbours() -> None:
    cells = Mask((zone((0.5, 0.5), (0.51, 0.5), (0.5, 0.51)),)).cells(10, 20)
    rows, columns = np.nonzero(cells)
    assert (rows.min(), rows.max()) == (3, 6)
    assert (columns.min(), columns.max()) == (8, 11)
    assert not NOTHING.cells(10, 20).any()
