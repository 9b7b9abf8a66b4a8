"""Picture settings as generic numbers and choices (Imaging service 2.0)."""

from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement
from xml.sax.saxutils import escape

from ..device import OnvifCamera
from ..errors import OnvifFaultError, OnvifResponseError
from ..qualified import SCHEMA, child, local, namespace_of, parse_qualified, serialise
from ..services import IMAGING
from ..soap import Request
from ..xmltree import find, find_all, signed, text_of
from .ranges import Range, read_range, written
from .settings import CHOICES, FOLLOWERS, NUMBERS, ORDER

MAX_CHOICES = 16


@dataclass(frozen=True, slots=True)
class PictureSetting:
    """One thing that can be set.

    Attributes:
        key: our name (``brightness``, ``ir_cut_filter``), see `settings`.
        path: where it is in ImagingSettings20.
        range: of a number; None for a choice.
        choices: of a choice, as the camera writes them.
        value: the present one; None when the camera does not tell.
    """

    key: str
    path: tuple[str, ...]
    range: Range | None = None
    choices: tuple[str, ...] = ()
    value: float | str | None = None


def read_settings(
    options: Element, current: Element | None
) -> tuple[PictureSetting, ...]:
    """Return what can be set, of a GetOptionsResponse and GetImagingSettingsResponse.

    What the options do not list is left out, as are numbers without a range and
    choices of one.
    """
    ranges = find(options, "ImagingOptions")
    settings = find(current, "ImagingSettings")
    found: list[PictureSetting] = []
    for key, option, path in NUMBERS:
        if (scope := read_range(ranges, *option)) is not None:
            value = signed(text_of(settings, *path, limit=32))
            found.append(PictureSetting(key, path, scope, (), value))
    for key, option, path in CHOICES:
        parent = find(ranges, *option[:-1]) if option[:-1] else ranges
        words = [(e.text or "").strip() for e in find_all(parent, option[-1])]
        choices = tuple(dict.fromkeys(w for w in words if 0 < len(w) <= 64))
        if 1 < len(choices) <= MAX_CHOICES:
            value_text = _spelt(text_of(settings, *path), choices)
            found.append(PictureSetting(key, path, None, choices, value_text))
    return tuple(found)


class Imaging:
    """The picture settings of one video source; raises as `OnvifCamera`."""

    def __init__(self, camera: OnvifCamera, source: str) -> None:
        """Take the token of the video source; nothing is asked yet."""
        self._camera = camera
        self._source = f"<VideoSourceToken>{escape(source)}</VideoSourceToken>"
        self._options: Element | None = None

    async def settings(self) -> tuple[PictureSetting, ...]:
        """Return what can be set and how it is; the options are asked for once."""
        if self._options is None:
            self._options = await self._camera.call(IMAGING, "GetOptions", self._source)
        try:
            current = await self._camera.call(
                IMAGING, "GetImagingSettings", self._source
            )
        except OnvifResponseError:
            current = None
        return read_settings(self._options, current)

    async def change(self, setting: PictureSetting, value: float | str) -> None:
        """Set one thing, leaving the others as they are.

        First alone with what belongs to it; where the camera refuses that, once more
        with all that it told of itself. Both as it came, namespaces included.
        """
        text = value if isinstance(value, str) else written(value)
        if setting.range is not None and not isinstance(value, str):
            text = written(setting.range.clamp(value))
        elif setting.range is not None or text not in setting.choices:
            raise OnvifResponseError("The camera has no such setting")
        current = await self._current()
        try:
            await self._set(changed_settings(current, setting.path, text))
        except OnvifFaultError:
            await self._set(changed_settings(current, setting.path, text, whole=True))

    async def read_back(self, setting: PictureSetting) -> PictureSetting:
        """Return a setting with its present value, to see whether it was taken."""
        message = await self._camera.call(IMAGING, "GetImagingSettings", self._source)
        text = text_of(message, "ImagingSettings", *setting.path)
        value = _spelt(text, setting.choices) if setting.choices else signed(text)
        return replace(setting, value=value)

    async def focus(self, speed: float) -> None:
        """Move the focus continuously, -1 (near) to 1 (far), until 0."""
        if speed == 0:
            await self._camera.call(IMAGING, "Stop", self._source, lenient=True)
            return
        body = (
            f'{self._source}<Focus><Continuous xmlns="{SCHEMA}">'
            f"<Speed>{written(speed)}</Speed></Continuous></Focus>"
        )
        await self._camera.call(IMAGING, "Move", body, lenient=True)

    async def _current(self) -> Element:
        request = Request("", IMAGING, "GetImagingSettings", self._source)
        answer = await self._camera.exchange(request)
        root = parse_qualified(answer.data)
        found = child(root, "Body", "GetImagingSettingsResponse", "ImagingSettings")
        return found if found is not None else Element(f"{{{IMAGING}}}ImagingSettings")

    async def _set(self, settings: Element) -> None:
        body = (
            f"{self._source}{serialise(settings, f'{{{IMAGING}}}ImagingSettings')}"
            "<ForcePersistence>true</ForcePersistence>"
        )
        await self._camera.call(IMAGING, "SetImagingSettings", body, lenient=True)


def changed_settings(
    current: Element, path: tuple[str, ...], text: str, *, whole: bool = False
) -> Element:
    """Return settings to send: the changed one in its group, or all of them.

    A group that the camera told is kept, but for what belongs to another mode than
    the one that is chosen (manual exposure times while the mode is AUTO).
    """
    settings = Element(f"{{{IMAGING}}}ImagingSettings")
    for told in current:
        if whole or local(told.tag).lower() == path[0].lower():
            settings.append(_copied(told))
    target = settings
    for name in path:
        found = child(target, name)
        if found is None:
            found = _inserted(target, name)
        target = found
    for inner in tuple(target):
        target.remove(inner)
    target.text = text
    if path[-1] == "Mode" and (group := child(settings, *path[:-1])) is not None:
        for name in FOLLOWERS.get((path[0], text.upper()), ()):
            if (unwanted := child(group, name)) is not None:
                group.remove(unwanted)
    return settings


def _inserted(parent: Element, name: str) -> Element:
    """Add a child where the schema wants it: the order matters to strict servers."""
    order = ORDER.get(local(parent.tag), ())
    inner = [namespace_of(e.tag) for e in parent]
    element = SubElement(parent, f"{{{inner[0] if inner else SCHEMA}}}{name}")
    if name in order:
        later = set(order[order.index(name) + 1 :])
        for index, other in enumerate(tuple(parent)):
            if local(other.tag) in later:
                parent.remove(element)
                parent.insert(index, element)
                break
    return element


def _copied(element: Element) -> Element:
    """Return a deep copy; depth is bounded by the parser."""
    copy = Element(element.tag, dict(element.attrib))
    copy.text, copy.tail = element.text, None
    copy.extend([_copied(inner) for inner in element])
    return copy


def _spelt(text: str | None, choices: tuple[str, ...]) -> str | None:
    """Return a choice as the options spell it, whatever its case."""
    if text is None:
        return None
    return next((word for word in choices if word.lower() == text.lower()), None)
