"""A wanted change of an encoder, and the configuration that asks for it."""

from copy import deepcopy
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from ..models import EncoderSettings
from ..qualified import SCHEMA, child, local, namespace_of
from .encoder_options import EncoderOptions
from .ranges import written

_NAMES = {"h264": "H264", "h265": "H265", "mjpeg": "JPEG", "mpeg4": "MPEG4"}
# The order of the schema, which strict servers want.
_MEDIA1 = (
    "Name",
    "UseCount",
    "Encoding",
    "Resolution",
    "Quality",
    "RateControl",
    "MPEG4",
    "H264",
    "Multicast",
    "SessionTimeout",
)
_RATE = ("FrameRateLimit", "EncodingInterval", "BitrateLimit")
_TOLERANCE = 0.51


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderChange:
    """What is to be another; None stays as it is.

    Attributes:
        codec: ``h264``, ``h265``, ``mjpeg``.
        fps: frames per second; bitrate: kbit/s; gop: frames from keyframe to keyframe.
    """

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    bitrate: int | None = None
    gop: int | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what is to be another."""
        names = ("codec", "width", "height", "fps", "bitrate", "gop")
        return tuple(name for name in names if getattr(self, name) is not None)

    def missing_in(self, settings: EncoderSettings) -> tuple[str, ...]:
        """Return the names of what is not so; rates may be rounded."""
        missing = []
        for name in self.fields:
            wanted, told = getattr(self, name), getattr(settings, name)
            if isinstance(wanted, str) or told is None:
                same = wanted == told
            else:
                same = abs(wanted - told) <= _TOLERANCE
            if not same:
                missing.append(name)
        return tuple(missing)

    def fitted(self, options: EncoderOptions, codec: str | None) -> EncoderChange:
        """Return the change within what the camera can do, as far as it tells.

        ``codec`` is the present one. A codec or resolution that is not listed is
        left out.
        """
        wanted = self.codec if options.of(self.codec) else None
        found = options.of(wanted or codec)
        if found is None:
            return self
        fps, gop, bitrate = self.fps, self.gop, self.bitrate
        if fps is not None and found.rates:
            fps = min(found.rates, key=lambda rate: abs(rate - (self.fps or 0)))
        elif fps is not None and found.fps is not None:
            fps = found.fps.clamp(fps)
        if gop is not None and found.gop is not None:
            gop = int(found.gop.clamp(gop))
        if bitrate is not None and found.bitrate is not None:
            bitrate = int(found.bitrate.clamp(bitrate))
        size = (self.width, self.height)
        is_listed = not found.resolutions or size in found.resolutions
        return EncoderChange(
            codec=wanted,
            width=self.width if is_listed else None,
            height=self.height if is_listed else None,
            fps=fps,
            bitrate=bitrate,
            gop=gop,
        )


def changed_configuration(
    current: Element, change: EncoderChange, *, is_media2: bool
) -> Element:
    """Return a copy of a configuration (namespaces kept) with a change in it."""
    wanted = deepcopy(current)
    wanted.tail = None
    space = next((namespace_of(e.tag) for e in wanted), SCHEMA)
    if change.codec is not None:
        name = _NAMES.get(change.codec, change.codec.upper())
        before = child(wanted, "Encoding")
        is_other = before is None or (before.text or "").strip().upper() != name
        _set(wanted, ("Encoding",), name, space)
        if is_other and is_media2:
            # The profile is of the old codec; the camera chooses another.
            wanted.attrib.pop("Profile", None)
        elif is_other:
            for old in ("MPEG4", "H264"):
                if old != name and (found := child(wanted, old)) is not None:
                    wanted.remove(found)
    if change.width is not None and change.height is not None:
        _set(wanted, ("Resolution", "Width"), str(change.width), space)
        _set(wanted, ("Resolution", "Height"), str(change.height), space)
    if change.fps is not None:
        _set(wanted, ("RateControl", "FrameRateLimit"), written(change.fps), space)
    if change.bitrate is not None:
        _set(wanted, ("RateControl", "BitrateLimit"), str(change.bitrate), space)
    if change.gop is not None:
        _set_gop(wanted, change.gop, space, is_media2=is_media2)
    return wanted


def _set_gop(wanted: Element, gop: int, space: str, *, is_media2: bool) -> None:
    """Set the GOP length where the camera has it: an attribute in Media 2."""
    if wanted.get("GovLength") is not None or is_media2:
        wanted.set("GovLength", str(gop))
        return
    encoding = child(wanted, "Encoding")
    codec = (
        ((encoding.text if encoding is not None else None) or "H264").strip().upper()
    )
    group = child(wanted, codec)
    if group is None and codec in ("H264", "MPEG4"):
        group = _inserted(wanted, codec, _MEDIA1, space)
        SubElement(group, f"{{{space}}}GovLength").text = str(gop)
        profile = ("H264Profile", "Main") if codec == "H264" else ("Mpeg4Profile", "SP")
        SubElement(group, f"{{{space}}}{profile[0]}").text = profile[1]
    elif group is not None:
        found = child(group, "GovLength")
        if found is None:
            found = Element(f"{{{space}}}GovLength")
            group.insert(0, found)
        found.text = str(gop)


def _set(element: Element, path: tuple[str, ...], text: str, space: str) -> None:
    """Set the text at a path, making what is missing."""
    for index, name in enumerate(path):
        found = child(element, name)
        if found is None:
            found = _inserted(element, name, _RATE if index else _MEDIA1, space)
        element = found
    element.text = text


def _inserted(
    parent: Element, name: str, order: tuple[str, ...], space: str
) -> Element:
    element = Element(f"{{{space}}}{name}")
    later = set(order[order.index(name) + 1 :]) if name in order else set()
    places = (i for i, other in enumerate(parent) if local(other.tag) in later)
    parent.insert(next(places, len(parent)), element)
    return element
