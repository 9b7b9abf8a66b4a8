"""Privacy masks of the media service ver20, which the streams then show."""

from collections.abc import Callable
from dataclasses import replace
import itertools
import xml.etree.ElementTree as ET

from .onvif_mask_habits import MaskHabits
from .onvif_profiles import SOURCE_CONFIGURATION
from .onvif_xml import (
    NAMESPACES,
    TR2,
    Call,
    SoapFaultError,
    invalid_argument,
    tag,
    texts,
)
from .state import CameraState, PaintedMask

_ORDER = ("ConfigurationToken", "Polygon", "Type", "Color", "Enabled")
TOO_MANY = "ter:MaxMasks"


class MaskService:
    """Answers what ver20/media/wsdl has about masks."""

    def __init__(self, state: CameraState, habits: MaskHabits | None) -> None:
        """Begin with the masks of the state; without habits there are none at all."""
        self._state = state
        self._habits = habits or MaskHabits()
        self._is_there = habits is not None
        self._numbers = itertools.count(1)

    def actions(self) -> dict[str, Callable[[Call], str]]:
        """Return what is answered."""
        if not self._is_there:
            return {}
        return {
            "GetMaskOptions": self._options,
            "GetMasks": self._get,
            "CreateMask": self._create,
            "SetMask": self._set,
            "DeleteMask": self._delete,
        }

    def rebooted(self) -> None:
        """Forget what this firmware does not keep."""
        if self._habits.forgets and self._state.masks:
            self._show(())

    def _options(self, call: Call) -> str:
        self._check_configuration(call.text("tr2:ConfigurationToken"))
        habits = self._habits
        colours = "".join(
            tag("tt:ColorList", X=x, Y=y, Z=z, Colorspace=habits.space)
            for x, y, z in habits.colours
        )
        is_told = habits.rectangles_only and habits.tells_rectangles_only
        return tag(
            "tr2:Options",
            texts("tr2", MaxMasks=habits.most, MaxPoints=habits.points),
            *(texts("tr2", Types=name) for name in habits.types),
            tag("tr2:Color", colours),
            RectangleOnly="true" if is_told else "false",
            SingleColorOnly="true" if habits.one_colour else "false",
        )

    def _get(self, call: Call) -> str:
        wanted = call.text("tr2:ConfigurationToken")
        if wanted is not None:
            self._check_configuration(wanted)
        token = call.text("tr2:Token")
        return "".join(
            self._written(mask)
            for mask in self._state.masks
            if token in {None, mask.token}
        )

    def _written(self, mask: PaintedMask) -> str:
        x, y, z = mask.colour
        points = "".join(
            tag("tt:Point", x=f"{2 * x - 1:.6f}", y=f"{1 - 2 * y:.6f}")
            for x, y in mask.outline
        )
        return tag(
            "tr2:Masks",
            texts("tr2", ConfigurationToken=SOURCE_CONFIGURATION),
            tag("tr2:Polygon", points),
            texts("tr2", Type=mask.type),
            tag("tr2:Color", X=x, Y=y, Z=z, Colorspace=self._habits.space),
            texts("tr2", Enabled=mask.enabled),
            token=mask.token,
        )

    def _create(self, call: Call) -> str:
        if len(self._state.masks) >= self._habits.most:
            raise SoapFaultError(
                "Receiver",
                "ter:Action",
                TOO_MANY,
                reason="Maximum number of masks reached",
                status=500,
            )
        number = next(self._numbers)
        if self._habits.tokens_are_numbers:
            number = len(self._state.masks)
        mask = self._read(call, f"mask{number}")
        if not self._habits.ignores:
            self._show((*self._state.masks, mask))
        return texts("tr2", Token=mask.token) if self._habits.tells_tokens else ""

    def _set(self, call: Call) -> str:
        element = call.find("tr2:Mask")
        token = element.get("token", "") if element is not None else ""
        self._place_of(token)
        mask = self._read(call, token)
        if not self._habits.ignores:
            self._show(
                tuple(
                    mask if other.token == token else other
                    for other in self._state.masks
                )
            )
        return ""

    def _delete(self, call: Call) -> str:
        place = self._place_of(call.text("tr2:Token") or "")
        masks = self._state.masks[:place] + self._state.masks[place + 1 :]
        if self._habits.tokens_are_numbers:
            masks = tuple(
                replace(mask, token=f"mask{number}")
                for number, mask in enumerate(masks)
            )
        self._show(masks)
        return ""

    def _show(self, masks: tuple[PaintedMask, ...]) -> None:
        self._state.masks = masks
        if self._state.masks_changed is not None:
            self._state.masks_changed()

    def _place_of(self, token: str) -> int:
        for place, mask in enumerate(self._state.masks):
            if mask.token == token:
                return place
        raise invalid_argument("ter:NoConfig", "no such mask")

    def _read(self, call: Call, token: str) -> PaintedMask:
        """Return the mask of a request; raises SoapFaultError."""
        element = call.find("tr2:Mask")
        if element is None:
            raise invalid_argument("ter:ConfigModify", "no mask")
        names = [child.tag.removeprefix(f"{{{TR2}}}") for child in element]
        if [name for name in _ORDER if name in names] != names:
            raise invalid_argument("ter:ConfigModify", "not the schema's order")
        self._check_configuration(call.text("tr2:Mask/tr2:ConfigurationToken"))
        kind = call.text("tr2:Mask/tr2:Type") or ""
        if kind not in self._habits.types:
            raise invalid_argument("ter:ConfigModify", "unknown type")
        return PaintedMask(
            token,
            self._outline(element),
            kind,
            self._colour(element),
            call.text("tr2:Mask/tr2:Enabled") == "true",
        )

    def _outline(self, element: ET.Element) -> tuple[tuple[float, float], ...]:
        points = element.findall("tr2:Polygon/tt:Point", NAMESPACES)
        values = [(float(p.get("x", "nan")), float(p.get("y", "nan"))) for p in points]
        if not all(-1 <= x <= 1 and -1 <= y <= 1 for x, y in values):
            raise invalid_argument("ter:InvalidPolygon", "outside of the picture")
        outline = tuple(((x + 1) / 2, (1 - y) / 2) for x, y in values)
        if not 3 <= len(outline) <= self._habits.points:
            raise invalid_argument("ter:InvalidPolygon", "too many points")
        if self._habits.rectangles_only and (
            len(outline) != 4
            or len({x for x, _ in outline}) != 2
            or len({y for _, y in outline}) != 2
        ):
            raise invalid_argument("ter:InvalidPolygon", "no rectangle")
        if grid := self._habits.grid:
            outline = tuple(
                (round(x * grid) / grid, round(y * grid) / grid) for x, y in outline
            )
        return outline

    def _colour(self, element: ET.Element) -> tuple[float, float, float]:
        colours = self._habits.colours or ((0.0, 0.0, 0.0),)
        found = element.find("tr2:Color", NAMESPACES)
        if found is None:
            return colours[0]
        wanted = tuple(float(found.get(axis, "nan")) for axis in "XYZ")
        for x, y, z in colours:
            if (x, y, z) == wanted:
                if self._habits.one_colour:
                    self._state.masks = tuple(
                        replace(mask, colour=(x, y, z)) for mask in self._state.masks
                    )
                return x, y, z
        raise invalid_argument("ter:ConfigModify", "unknown colour")

    @staticmethod
    def _check_configuration(token: str | None) -> None:
        if token != SOURCE_CONFIGURATION:
            raise invalid_argument("ter:NoConfig", "no such configuration")
