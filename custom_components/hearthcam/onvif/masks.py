"""Privacy masks that a camera paints by itself (Media 2, section 5.13).

Only masks of one colour hide anything: pixelated and blurred ones can be undone. The
geometry is that of `outline`: 0..1, y downwards; on the wire it is -1..1, upwards.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from .device import OnvifCamera
from .errors import OnvifFaultError
from .outline import Outline
from .qualified import SCHEMA
from .services import MEDIA2
from .xmltree import find, find_all, number_of, signed, text_of

MAX_MASKS = 64
MAX_POINTS = 64
"""Masks, and points of one, that are read."""
RGB = "http://www.onvif.org/ver10/colorspace/RGB"
YCBCR = "http://www.onvif.org/ver10/colorspace/YCbCr"
_COLOUR_TYPE = "Color"
# What black is, in 8 bits: of full range, and of the range of television.
_BLACKS = {"rgb": ((0, 0, 0),), "ycbcr": ((16, 128, 128), (0, 128, 128))}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class MaskColour:
    """A colour; without a ``space`` it is as the camera means it."""

    x: float
    y: float
    z: float
    space: str | None = None

    @property
    def is_black(self) -> bool:
        """Whether it is black beyond doubt; zeros without a space are, in practice."""
        blacks = _BLACKS.get(_space_name(self.space) or "rgb", ())
        return any(
            max(abs(self.x - x), abs(self.y - y), abs(self.z - z)) < 0.01
            for x, y, z in blacks
        )


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """What masks a camera takes for one video source configuration.

    Attributes:
        most: masks at a time; None where it does not tell.
        points: corners of a mask; None where it does not tell.
        types: ``Color``, ``Pixelated``, ``Blurred``, as it writes them.
        has_colours: whether it tells which colours it has.
        black: how black is to be written, None where it is not to be.
        one_colour: whether a mask's colour is at once that of all others.
    """

    most: int | None = None
    points: int | None = None
    types: tuple[str, ...] = ()
    rectangles_only: bool = False
    has_colours: bool = False
    black: MaskColour | None = None
    one_colour: bool = False

    @property
    def can_black_out(self) -> bool:
        """Whether it can paint a part of the picture black, as far as it tells."""
        if not self.types and self.most is None:
            # An empty answer (``xsi:nil``) of firmware that has no masks.
            return False
        has_type = not self.types or _has_word(self.types, _COLOUR_TYPE)
        has_black = self.black is not None or not self.has_colours
        return has_type and has_black and self.most != 0

    @property
    def corners(self) -> int:
        """How many corners a mask may have; four always will do."""
        if self.rectangles_only or self.points is None:
            return 4
        return max(self.points, 4)


@dataclass(frozen=True, slots=True)
class CameraMask:
    """A mask as a camera tells of it; None for what it does not tell."""

    token: str | None
    outline: Outline
    configuration: str | None = None
    type: str | None = None
    colour: MaskColour | None = None
    enabled: bool | None = None

    @property
    def is_black(self) -> bool:
        """Whether the camera says that it covers the picture with black.

        A colour it may keep to itself: the pixels will tell.
        """
        return (
            self.enabled is True
            and (self.type or "").lower() == _COLOUR_TYPE.lower()
            and (self.colour is None or self.colour.is_black)
        )


class Masks:
    """The masks of one video source configuration; every method raises `OnvifError`."""

    def __init__(self, camera: OnvifCamera, configuration: str) -> None:
        """Nothing is asked yet."""
        self._camera = camera
        self.configuration = configuration
        self._named = (
            f"<ConfigurationToken>{escape(configuration)}</ConfigurationToken>"
        )

    async def options(self) -> MaskOptions:
        """Ask what masks there may be."""
        return read_mask_options(
            await self._camera.call(MEDIA2, "GetMaskOptions", self._named)
        )

    async def all(self) -> tuple[CameraMask, ...]:
        """Return the masks that there are, whoever made them."""
        try:
            message = await self._camera.call(MEDIA2, "GetMasks", self._named)
        except OnvifFaultError as error:
            if "ActionNotSupported" in error.codes:
                raise
            # Some know no other selection than all.
            message = await self._camera.call(MEDIA2, "GetMasks")
        return tuple(
            mask
            for mask in read_masks(message)
            if mask.configuration in (None, self.configuration)
        )

    async def create(self, outline: Outline, colour: MaskColour | None) -> str | None:
        """Add a mask; return its token, None where the camera does not tell it."""
        body = mask_body(None, self.configuration, outline, colour)
        message = await self._camera.call(MEDIA2, "CreateMask", body, lenient=True)
        return text_of(message, "Token")

    async def change(
        self, token: str, outline: Outline, colour: MaskColour | None
    ) -> None:
        """Give a mask another shape, and show it."""
        body = mask_body(token, self.configuration, outline, colour)
        await self._camera.call(MEDIA2, "SetMask", body, lenient=True)

    async def delete(self, token: str) -> None:
        """Remove a mask."""
        body = f"<Token>{escape(token)}</Token>"
        await self._camera.call(MEDIA2, "DeleteMask", body, lenient=True)


def mask_body(
    token: str | None, configuration: str, outline: Outline, colour: MaskColour | None
) -> str:
    """Return the Mask of a CreateMask (no token) or SetMask request.

    The elements are in the order of the schema, which strict servers want.
    """
    points = "".join(
        f'<Point xmlns="{SCHEMA}" x="{_written(2 * x - 1)}" y="{_written(1 - 2 * y)}"/>'
        for x, y in outline
    )
    shade = ""
    if colour is not None:
        space = f" Colorspace={quoteattr(colour.space)}" if colour.space else ""
        x, y, z = (_written(value) for value in (colour.x, colour.y, colour.z))
        shade = f'<Color X="{x}" Y="{y}" Z="{z}"{space}/>'
    name = "" if token is None else f" token={quoteattr(token)}"
    return (
        f"<Mask{name}><ConfigurationToken>{escape(configuration)}</ConfigurationToken>"
        f"<Polygon>{points}</Polygon>"
        f"<Type>{_COLOUR_TYPE}</Type>{shade}<Enabled>true</Enabled></Mask>"
    )


def read_mask_options(message: Element) -> MaskOptions:
    """Return what a GetMaskOptionsResponse says, or some attributes written inside."""
    options = find(message, "Options")
    types = [(e.text or "").strip() for e in find_all(options, "Types")]
    # One firmware lists them as one text.
    words = " ".join(word for word in types if len(word) <= 64).replace(",", " ")
    colours = find(options, "Color")
    listed = find_all(colours, "ColorList")[:MAX_POINTS]
    ranges = find_all(colours, "ColorspaceRange")[:MAX_POINTS]
    found: list[MaskColour | None] = [_colour(element) for element in listed]
    found += [_black_in(element) for element in ranges]
    return MaskOptions(
        most=_count(options, "MaxMasks"),
        points=_count(options, "MaxPoints"),
        types=tuple(dict.fromkeys(words.split()))[:16],
        rectangles_only=_truth(options, "RectangleOnly") is True,
        has_colours=bool(listed or ranges),
        black=next((c for c in found if c is not None and c.is_black), None),
        one_colour=_truth(options, "SingleColorOnly") is True,
    )


def read_masks(message: Element) -> tuple[CameraMask, ...]:
    """Return the masks of a GetMasksResponse; one without a token is nobody's."""
    return tuple(_mask(element) for element in find_all(message, "Masks")[:MAX_MASKS])


def _mask(element: Element) -> CameraMask:
    token = element.get("token", "").strip()
    points = find_all(find(element, "Polygon"), "Point")
    corners = [
        ((x + 1) / 2, (1 - y) / 2)
        for point in points[: MAX_POINTS + 1]
        if (x := signed(_value(point, "x"))) is not None
        and (y := signed(_value(point, "y"))) is not None
    ]
    # In part it would be another shape.
    is_whole = len(corners) == len(points) <= MAX_POINTS
    colour = find(element, "Color")
    return CameraMask(
        token=token if 0 < len(token) <= 256 else None,
        outline=tuple(corners) if is_whole else (),
        configuration=text_of(element, "ConfigurationToken"),
        type=text_of(element, "Type", limit=64),
        colour=_colour(colour) if colour is not None else None,
        enabled=_truth(element, "Enabled"),
    )


def _colour(element: Element) -> MaskColour:
    """Return a colour; what is no colour is not black."""
    values = [signed(_value(element, name)) for name in "XYZ"]
    x, y, z = (-1.0 if value is None else value for value in values)
    return MaskColour(x, y, z, _value(element, "Colorspace"))


def _black_in(element: Element) -> MaskColour | None:
    """Return black where a range of colours has it."""
    space = _value(element, "Colorspace")
    name = _space_name(space)
    for black in _BLACKS.get(name or "rgb", ()):
        ranges = [_span(element, axis) for axis in "XYZ"]
        if all(
            low <= value <= high
            for value, (low, high) in zip(black, ranges, strict=True)
        ):
            return MaskColour(*black, space)
    return None


def _span(element: Element, axis: str) -> tuple[float, float]:
    """Return a range, also of one value only; any value where it is not told."""
    low = signed(text_of(element, axis, "Min", limit=32))
    high = signed(text_of(element, axis, "Max", limit=32))
    return (0.0, 255.0) if low is None or high is None else (low, high)


def _space_name(space: str | None) -> str | None:
    """Return the last part of a colour space's address, in lower case."""
    return space.rstrip("/").rpartition("/")[2].lower() if space else None


def _value(element: Element | None, name: str) -> str | None:
    """Return an attribute, whatever its case, or what is written inside as well."""
    if element is None:
        return None
    for key, value in element.attrib.items():
        if key.lower() == name.lower():
            return value.strip()[:256] or None
    return text_of(element, name)


def _truth(element: Element | None, name: str) -> bool | None:
    return _TRUTHS.get((_value(element, name) or "").lower())


def _count(options: Element | None, name: str) -> int | None:
    value = number_of(options, name)
    return None if value is None else int(min(value, 1000))


def _has_word(words: tuple[str, ...], word: str) -> bool:
    return word.lower() in {other.lower() for other in words}


def _written(value: float) -> str:
    """Return a number in plain decimals: not all firmware reads exponents."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
