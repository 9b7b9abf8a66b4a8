"""What a camera says of its privacy masks, and what is asked of it."""

from dataclasses import replace
import math

from hypothesis import assume, given, settings, strategies as st
import pytest

from custom_components.hearthcam.onvif.control import read_capabilities
from custom_components.hearthcam.onvif.mask_keeping import GROWTH, HELD_GROWTH
from custom_components.hearthcam.onvif.masks import (
    RGB,
    YCBCR,
    MaskColour,
    MaskOptions,
    Masks,
    mask_body,
    read_mask_options,
    read_masks,
)
from custom_components.hearthcam.onvif.outline import (
    Corner,
    Outline,
    along,
    area,
    box_of,
    covers,
    distance,
    edges,
    is_simple,
    same,
)
from custom_components.hearthcam.onvif.outline_around import around, shields
from custom_components.hearthcam.onvif.services import MEDIA2
from custom_components.hearthcam.onvif.xmltree import parse
from tests.simulator.onvif_mask_habits import MaskHabits
from tests.simulator.onvif_options import OnvifOptions

from .against_simulator import client

SQUARE: Outline = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
ELL: Outline = (
    *((0.2, 0.2), (0.8, 0.2), (0.8, 0.4)),
    *((0.4, 0.4), (0.4, 0.8), (0.2, 0.8)),
)
LEAST_AREA = 0.0005


@st.composite
def outlines(draw: st.DrawFn) -> Outline:
    """Draw polygons that do not cross themselves: notches, spikes, at any border."""
    x, y = draw(st.floats(0.05, 0.95)), draw(st.floats(0.05, 0.95))
    rays = draw(
        st.lists(
            st.tuples(st.integers(0, 359), st.floats(0.02, 0.7)),
            min_size=3,
            max_size=32,
            unique_by=lambda ray: ray[0],
        )
    )
    corners = tuple(
        (
            round(min(max(x + far * math.cos(math.radians(angle)), 0.0), 1.0), 4),
            round(min(max(y + far * math.sin(math.radians(angle)), 0.0), 1.0), 4),
        )
        for angle, far in sorted(rays)
    )
    corners = tuple(dict.fromkeys(corners))
    assume(len(corners) > 2 and is_simple(corners))
    assume(abs(area(corners)) / 2 >= LEAST_AREA)
    return corners


def on_the_wire(outline: Outline) -> Outline:
    """Return an outline after it was sent to a camera, and told by it again."""
    body = mask_body("t", "v0", outline, None).replace("<Mask ", "<Masks ")
    xml = f"<R>{body.replace('</Mask>', '</Masks>')}</R>"
    (mask,) = read_masks(parse(xml.encode()))
    assert (mask.token, mask.configuration, mask.is_black) == ("t", "v0", True)
    return mask.outline


def holds(outline: Outline, point: Corner) -> bool:
    """Tell whether a point is inside or (up to what the wire rounds) on the edge."""
    inside = False
    for (x1, y1), (x2, y2) in edges(outline):
        if (y1 > point[1]) != (y2 > point[1]):
            inside ^= point[0] < x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1)
    return inside or any(distance(point, *edge) < 1e-5 for edge in edges(outline))


@settings(max_examples=120, deadline=None)
@given(outlines(), st.integers(0, 40), st.data())
def test_what_is_sent_covers_the_zone_and_more(
    outline: Outline, most: int, data: st.DataObject
) -> None:
    sent = around(outline, GROWTH, most)
    assert len(sent) <= max(most, 4)
    assert is_simple(sent)
    assert all(0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 for x, y in sent)
    told = on_the_wire(sent)
    assert shields(told, outline, HELD_GROWTH)
    assert covers(box_of(told), told)
    # By an arithmetic of its own: what is near the zone is inside.
    places = st.tuples(
        st.sampled_from(list(edges(outline))),
        st.floats(0.0, 1.0),
        st.floats(-GROWTH, GROWTH),
        st.floats(-GROWTH, GROWTH),
    )
    for edge, part, across, down in data.draw(st.lists(places, max_size=20)):
        x, y = along(*edge, part)
        near = min(max(x + across, 0.0), 1.0), min(max(y + down, 0.0), 1.0)
        assert holds(told, near)


def test_few_corners_make_a_rectangle_only_where_they_must() -> None:
    larger = ((0.1, 0.1), (0.7, 0.1), (0.7, 0.7), (0.1, 0.7))
    assert same(around(SQUARE, 0.1, 4), larger, 1e-9)
    assert len(around(ELL, 0.02, 6)) == 6
    five = around(ELL, 0.02, 5)
    assert len(five) == 5
    # The notch is filled as far as it must be, not up to the rectangle.
    assert area(five) < area(box_of(five)) * 0.9
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert same(around(whole, 0.02, 8), whole, 0.0)


def test_narrow_notch_is_filled_rather_than_turned_inside_out() -> None:
    # Moved outwards, the sides of its notch pass each other.
    notch: Outline = (
        *((0.3611, 0.9696), (0.266, 0.9746), (0.2544, 0.9269)),
        *((0.3274, 0.9592), (0.3241, 0.9516), (0.3428, 0.9394)),
    )
    assert shields(on_the_wire(around(notch, GROWTH, 40)), notch, GROWTH - 1e-5)


def test_covering_knows_notches_and_crossed_outlines() -> None:
    assert covers(SQUARE, SQUARE)
    assert covers(box_of(ELL), ELL)
    assert not covers(ELL, box_of(ELL))
    # All corners are inside, the notch between them is not.
    assert not covers(ELL, ((0.25, 0.25), (0.75, 0.35), (0.35, 0.75)))
    bow: Outline = ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0))
    assert not is_simple(bow)
    assert not covers(bow, ((0.1, 0.45), (0.2, 0.5), (0.1, 0.55)))
    assert not covers((), SQUARE)
    assert not covers(SQUARE, SQUARE[:2])


def test_same_outline_may_begin_anywhere_and_go_either_way() -> None:
    assert same(SQUARE, SQUARE[2:] + SQUARE[:2], 0.0)
    assert same(SQUARE, SQUARE[::-1], 0.0)
    assert not same(SQUARE, ELL, 1.0)
    assert not same(SQUARE, ((0.2, 0.2), (0.6, 0.2), (0.7, 0.6), (0.2, 0.6)), 0.01)


def test_coordinates_go_up_on_the_wire_and_down_here() -> None:
    body = mask_body(None, "v<0", ((0.0, 0.0), (1.0, 0.25), (0.5, 1.0)), None)
    assert 'x="-1" y="1"' in body
    assert 'x="1" y="0.5"' in body
    assert 'x="0" y="-1"' in body
    assert "<ConfigurationToken>v&lt;0</ConfigurationToken>" in body
    assert "token=" not in body and "Color " not in body
    coloured = mask_body('a"b', "v0", SQUARE, MaskColour(16, 128, 128, YCBCR))
    assert "token='a\"b'" in coloured
    assert f'<Color X="16" Y="128" Z="128" Colorspace="{YCBCR}"/>' in coloured
    assert "e-" not in mask_body(None, "v0", ((0.5 + 1e-9, 0.5), *SQUARE), None)


def options_of(inside: str, attributes: str = "") -> MaskOptions:
    """Read the options of a camera."""
    xml = f"<R><Options {attributes}>{inside}</Options></R>"
    return read_mask_options(parse(xml.encode()))


@pytest.mark.parametrize(
    ("inside", "attributes", "can", "black", "corners"),
    [
        (
            # As a fixed camera of today says it.
            "<tr2:MaxMasks>4</tr2:MaxMasks><tr2:MaxPoints>4</tr2:MaxPoints>"
            "<tr2:Types>Color</tr2:Types><tr2:Color><tt:ColorList X='0.00' Y='0.00' "
            "Z='0.00' Colorspace='RGB'/></tr2:Color>",
            'RectangleOnly="true" SingleColorOnly="true"',
            True,
            MaskColour(0, 0, 0, "RGB"),
            4,
        ),
        (
            # A range of one colour.
            "<MaxMasks>8</MaxMasks><MaxPoints>10</MaxPoints><Types>Color</Types>"
            "<Types>Pixelated</Types><Color><ColorspaceRange><X><Min>0.0</Min><Max>0.0"
            f"</Max></X><Y><Min>0</Min><Max>0</Max></Y><Colorspace>{RGB}</Colorspace>"
            "</ColorspaceRange></Color>",
            'RectangleOnly="false" SingleColorOnly="1"',
            True,
            MaskColour(0, 0, 0, RGB),
            10,
        ),
        (
            "<MaxMasks>8</MaxMasks><MaxPoints>9</MaxPoints><Types>Color</Types><Color>"
            f"<ColorspaceRange><Colorspace>{YCBCR}</Colorspace></ColorspaceRange>"
            "</Color>",
            "",
            True,
            MaskColour(16, 128, 128, YCBCR),
            9,
        ),
        # Grey only.
        (
            "<MaxMasks>8</MaxMasks><Types>Color</Types><Color><ColorList X='100' "
            f"Y='100' Z='100' Colorspace='{YCBCR}'/></Color>",
            "",
            False,
            None,
            4,
        ),
        # Blurred only.
        ("<MaxMasks>8</MaxMasks><Types>Blurred, Pixelated</Types>", "", False, None, 4),
        # No colours told: that it has one is seen on the pixels.
        ("<MaxMasks>8</MaxMasks><Types>Pixelated Color</Types>", "", True, None, 4),
        ("<MaxMasks>8</MaxMasks><RectangleOnly>true</RectangleOnly>"
         "<MaxPoints>8</MaxPoints>", "", True, None, 4),
        ("<MaxMasks>0</MaxMasks><Types>Color</Types>", "", False, None, 4),
        ("<MaxMasks>many</MaxMasks><MaxPoints>-1</MaxPoints>", "", False, None, 4),
        # Firmware without masks.
        ("", 'xsi:nil="true"', False, None, 4),
    ],
)  # fmt: skip # a table of answers
def test_options_are_understood_however_they_are_written(
    inside: str, attributes: str, can: bool, black: MaskColour | None, corners: int
) -> None:
    options = options_of(inside, attributes)
    assert options.can_black_out is can
    assert options.black == black
    assert options.corners == corners


def test_no_options_at_all_are_none() -> None:
    assert not read_mask_options(parse(b"<R/>")).can_black_out


@pytest.mark.parametrize(
    ("xml", "black"),
    [
        ("<Type>Color</Type><Enabled>true</Enabled>", True),
        ("<type>COLOR</type><enabled>1</enabled>", True),
        ("<Type>Blurred</Type><Enabled>true</Enabled>", False),
        ("<Type>Color</Type><Enabled>false</Enabled>", False),
        # What it does not tell it does not confirm.
        ("<Type>Color</Type>", False),
        ("<Enabled>true</Enabled>", False),
        ("<Type>Color</Type><Color X='9' Y='9' Z='9'/><Enabled>true</Enabled>", False),
        ("<Type>Color</Type><Color X='0' Y='0' Z='0'/><Enabled>true</Enabled>", True),
        (
            f"<Type>Color</Type><Color X='0' Y='0' Z='0' Colorspace='{YCBCR}'/>"
            "<Enabled>true</Enabled>",
            # That is green.
            False,
        ),
        ("<Type>Color</Type><Color X='black'/><Enabled>true</Enabled>", False),
        (
            "<Type>Color</Type><Color X='0' Y='0' Z='0' Colorspace='CIELAB'/>"
            "<Enabled>true</Enabled>",
            False,
        ),
    ],
)
def test_only_what_is_surely_black_counts(xml: str, black: bool) -> None:
    points = "<Point x='-1' y='1'/><Point x='1' y='1'/><Point x='0' y='-1'/>"
    masks = f"<R><Masks token='m'><Polygon>{points}</Polygon>{xml}</Masks></R>"
    (mask,) = read_masks(parse(masks.encode()))
    assert mask.is_black is black
    assert mask.outline == ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0))


def test_mask_whose_points_cannot_all_be_read_covers_nothing() -> None:
    for points in (
        "<Point x='0' y='0'/><Point x='1' y='nan'/><Point x='1' y='1'/>",
        "<Point/>" * 4,
        "<Point x='0' y='0'/>" * 300,
    ):
        xml = f"<R><Masks token=' '><Polygon>{points}</Polygon></Masks><Masks/></R>"
        first, second = read_masks(parse(xml.encode()))
        assert first.outline == second.outline == ()
        assert first.token is second.token is None


@pytest.mark.usefixtures("socket_enabled")
async def test_capabilities_tell_of_masks_only_where_there_are_any() -> None:
    habits = MaskHabits(rectangles_only=True, most=4)
    async with client(OnvifOptions(masks=habits)) as (camera, asker):
        found = await read_capabilities(camera, await camera.profiles(), "main")
        assert found.masks is not None
        assert found.masks.can_black_out
        assert (found.masks.most, found.masks.corners) == (4, 4)
        assert asker.device.calls["GetMaskOptions"] == 1
    for options in (OnvifOptions(), OnvifOptions(masks=habits, media2=False)):
        async with client(options) as (camera, asker):
            found = await read_capabilities(camera, await camera.profiles(), "main")
            assert found.masks is None
            assert "masks" not in found.unread
            assert asker.device.calls["GetMaskOptions"] == int(options.media2)


@pytest.mark.usefixtures("socket_enabled")
async def test_masks_are_made_changed_and_deleted() -> None:
    habits = MaskHabits(space=YCBCR, colours=((100, 128, 128), (16, 128, 128)))
    async with client(OnvifOptions(masks=habits)) as (camera, asker):
        masks = Masks(camera, "v0")
        options = await masks.options()
        assert options.black == MaskColour(16, 128, 128, YCBCR)
        token = await masks.create(ELL, options.black)
        (mask,) = await masks.all()
        assert mask.token == token
        assert mask.is_black and same(mask.outline, ELL, 1e-6)
        assert token is not None
        await masks.change(token, SQUARE, options.black)
        (mask,) = await masks.all()
        assert same(mask.outline, SQUARE, 1e-6)
        await masks.delete(token)
        assert await masks.all() == ()
        assert asker.state.masks == ()


@pytest.mark.usefixtures("socket_enabled")
async def test_firmware_that_lists_all_masks_only_is_asked_for_all() -> None:
    async with client(OnvifOptions(masks=MaskHabits())) as (camera, asker):
        masks = Masks(camera, "v0")
        await masks.create(SQUARE, None)
        fault = (
            b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
            b"<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault></s:Body>"
            b"</s:Envelope>"
        )
        asker.device.answer_next("GetMasks", fault, 400)
        (mask,) = await masks.all()
        assert mask.is_black
        # One of another channel of the recorder is none of ours.
        other = replace(mask, configuration="v1")
        assert other.configuration != masks.configuration
        answer = (
            f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            f'xmlns:tr2="{MEDIA2}"><s:Body><tr2:GetMasksResponse>'
            '<tr2:Masks token="x"><tr2:ConfigurationToken>v1</tr2:ConfigurationToken>'
            "</tr2:Masks><Masks token='y'/></tr2:GetMasksResponse></s:Body>"
            "</s:Envelope>"
        )
        asker.device.answer_next("GetMasks", answer.encode())
        assert [mask.token for mask in await masks.all()] == ["y"]
