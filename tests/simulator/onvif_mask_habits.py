"""What masks a simulated camera takes."""

from dataclasses import dataclass

RGB = "http://www.onvif.org/ver10/colorspace/RGB"
YCBCR = "http://www.onvif.org/ver10/colorspace/YCbCr"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskHabits:
    """A firmware's way with privacy masks; the defaults are those of a good one."""

    most: int = 8
    points: int = 8
    types: tuple[str, ...] = ("Color", "Pixelated", "Blurred")
    rectangles_only: bool = False
    tells_rectangles_only: bool = True
    colours: tuple[tuple[float, float, float], ...] = ((0, 0, 0),)
    """Of the space; none: it does not tell."""
    space: str = RGB
    one_colour: bool = False
    tells_tokens: bool = True
    """False: CreateMaskResponse is empty."""
    tokens_are_numbers: bool = False
    """True: a token is the place in the list, which a deletion changes."""
    grid: int = 0
    """Parts of the picture's width and height that corners are rounded to; 0: none."""
    ignores: bool = False
    """True: everything is answered well, and nothing is kept."""
    forgets: bool = False
    """True: masks are gone after a reboot."""
