"""The imaging service: one video source whose settings can be set."""

from collections.abc import Callable
import xml.etree.ElementTree as ET

from .onvif_options import OnvifOptions
from .onvif_profiles import SOURCE
from .onvif_xml import NAMESPACES, TT, Call, invalid_argument, not_supported, tag, texts

VENDOR = "http://vendor.example/imaging"
RANGES = {"Brightness": 100.0, "ColorSaturation": 100.0, "Contrast": 100.0}
MODES = {
    "IrCutFilter": ("ON", "OFF", "AUTO"),
    "Exposure/Mode": ("AUTO", "MANUAL"),
    "WideDynamicRange/Mode": ("OFF", "ON"),
    "Focus/AutoFocusMode": ("AUTO",),
}
ORDER = (
    "Brightness",
    "ColorSaturation",
    "Contrast",
    "Exposure",
    "Focus",
    "IrCutFilter",
    "WideDynamicRange",
    "Extension",
)


class ImagingService:
    """Answers the requests of ver20/imaging/wsdl."""

    def __init__(self, options: OnvifOptions) -> None:
        """Begin with settings of a factory."""
        self._options = options
        self.values: dict[str, str] = {
            "Brightness": "50",
            "ColorSaturation": "50",
            "Contrast": "50",
            "Exposure/Mode": "AUTO",
            "Exposure/MinExposureTime": "33",
            "Focus/AutoFocusMode": "AUTO",
            "IrCutFilter": "AUTO",
            "WideDynamicRange/Mode": "ON",
            "WideDynamicRange/Level": "40",
        }
        self.vendor = "7"
        """What stands in the extension; it must come back."""
        self.focus: list[float] = []

    def answer(self, call: Call) -> str:
        """Return the body of the response; raises SoapFaultError."""
        actions: dict[str, Callable[[Call], str]] = {
            "GetOptions": self._get_options,
            "GetImagingSettings": self._get,
            "SetImagingSettings": self._set,
            "Move": self._move,
            "Stop": self._stop,
        }
        action = actions.get(call.action)
        if action is None:
            raise not_supported(call.action)
        if call.text("timg:VideoSourceToken") != SOURCE:
            raise invalid_argument("ter:NoSource", "unknown source")
        name = f"timg:{call.action}Response"
        return f"<{name}>{action(call)}</{name}>"

    def _get_options(self, call: Call) -> str:
        def span(low: float, high: float) -> str:
            return texts("tt", Min=low, Max=high)

        def modes(name: str, key: str) -> str:
            return "".join(texts("tt", **{name: mode}) for mode in MODES[key])

        return tag(
            "timg:ImagingOptions",
            *(tag(f"tt:{name}", span(0, top)) for name, top in RANGES.items()),
            tag(
                "tt:Exposure",
                modes("Mode", "Exposure/Mode"),
                tag("tt:MinExposureTime", span(1, 40000)),
            ),
            tag("tt:Focus", modes("AutoFocusModes", "Focus/AutoFocusMode")),
            modes("IrCutFilterModes", "IrCutFilter"),
            # Listed, but fixed.
            tag("tt:Sharpness", span(0, 0)),
            tag(
                "tt:WideDynamicRange",
                modes("Mode", "WideDynamicRange/Mode"),
                tag("tt:Level", span(0, 100)),
            ),
        )

    def _get(self, call: Call) -> str:
        groups: dict[str, list[str]] = {}
        for path, value in self.values.items():
            group, _, name = path.partition("/")
            groups.setdefault(group, []).append(
                texts("tt", **{name: value}) if name else value
            )
        extension = (
            f'<tt:Extension><v:Smart xmlns:v="{VENDOR}" level="{self.vendor}"/>'
            "</tt:Extension>"
        )
        return tag(
            "timg:ImagingSettings",
            *(tag(f"tt:{name}", *parts) for name, parts in groups.items()),
            extension,
        )

    def _set(self, call: Call) -> str:
        settings = call.find("timg:ImagingSettings")
        if settings is None:
            raise invalid_argument("ter:SettingsInvalid", "no settings")
        names = [child.tag.removeprefix(f"{{{TT}}}") for child in settings]
        places = [ORDER.index(name) if name in ORDER else -1 for name in names]
        if -1 in places or places != sorted(places):
            raise invalid_argument("ter:SettingsInvalid", "not the schema's order")
        if self._options.refuses_partial_imaging and len(names) < 6:
            raise invalid_argument("ter:SettingsInvalid", "not complete")
        smart = settings.find(f"tt:Extension/{{{VENDOR}}}Smart", NAMESPACES)
        changed = dict(self.values)
        for child in settings:
            name = child.tag.removeprefix(f"{{{TT}}}")
            if name != "Extension":
                changed.update(self._checked(name, child))
        if "Extension" in names:
            self.vendor = "lost" if smart is None else smart.get("level", "lost")
        if not self._options.ignores_settings:
            self.values = changed
        return ""

    def _checked(self, name: str, element: ET.Element) -> dict[str, str]:
        """Return the values of a group; raises SoapFaultError."""
        leaves = list(element)
        found = {
            f"{name}/{leaf.tag.removeprefix(f'{{{TT}}}')}": (leaf.text or "").strip()
            for leaf in leaves
        } or {name: (element.text or "").strip()}
        for path, value in found.items():
            if path in MODES and value not in MODES[path]:
                raise invalid_argument("ter:SettingsInvalid", "unknown mode")
            if path in RANGES and not 0 <= float(value or "nan") <= RANGES[path]:
                raise invalid_argument("ter:SettingsInvalid", "out of range")
        if found.get("WideDynamicRange/Mode") == "OFF" and len(found) > 1:
            raise invalid_argument("ter:SettingsInvalid", "a level without the mode")
        return found

    def _move(self, call: Call) -> str:
        self.focus.append(float(call.text("timg:Focus/tt:Continuous/tt:Speed") or 0))
        return ""

    def _stop(self, call: Call) -> str:
        self.focus.append(0.0)
        return ""
