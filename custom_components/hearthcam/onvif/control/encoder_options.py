"""What a video encoder can be set to, of Media 1 and Media 2 alike."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ..media import codec_name
from ..xmltree import find, find_all, number_of, text_of
from .ranges import Range, read_range

MAX_OPTIONS = 32
MAX_RESOLUTIONS = 128


@dataclass(frozen=True, slots=True)
class CodecOptions:
    """What goes with one codec; None or empty where the camera does not tell.

    Attributes:
        gop: frames from keyframe to keyframe.
        fps: frames per second; where the camera lists rates, ``rates`` has them.
        bitrate: kbit/s.
        profiles: as the camera writes them (``Main``, ``High``).
    """

    codec: str
    resolutions: tuple[tuple[int, int], ...] = ()
    gop: Range | None = None
    fps: Range | None = None
    rates: tuple[float, ...] = ()
    bitrate: Range | None = None
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """What an encoder can be set to."""

    codecs: tuple[CodecOptions, ...] = ()

    def of(self, codec: str | None) -> CodecOptions | None:
        """Return the options of a codec."""
        return next((one for one in self.codecs if one.codec == codec), None)


def read_options(message: Element) -> EncoderOptions:
    """Return the options of a GetVideoEncoderConfigurationOptionsResponse.

    Media 1 has an element a codec in one ``Options``, and bit rates in an extension;
    Media 2 an ``Options`` a codec.
    """
    found: dict[str, CodecOptions] = {}
    for options in find_all(message, "Options")[:MAX_OPTIONS]:
        if (word := text_of(options, "Encoding", limit=32)) is not None:
            codec = codec_name(word)
            found.setdefault(codec, _media2(options, codec))
            continue
        for name in ("JPEG", "MPEG4", "H264", "H265"):
            if (element := find(options, name)) is not None:
                extension = find(options, "Extension", name)
                codec = codec_name(name)
                found.setdefault(codec, _media1(element, extension, codec))
    return EncoderOptions(tuple(found.values()))


def _media1(element: Element, extension: Element | None, codec: str) -> CodecOptions:
    return CodecOptions(
        codec=codec,
        resolutions=_resolutions(element),
        gop=read_range(element, "GovLengthRange"),
        fps=read_range(element, "FrameRateRange"),
        bitrate=read_range(extension, "BitrateRange")
        or read_range(element, "BitrateRange"),
        profiles=_words(element, f"{element.tag}ProfilesSupported"),
    )


def _media2(element: Element, codec: str) -> CodecOptions:
    rates = tuple(sorted(set(_numbers(element.get("FrameRatesSupported")))))
    return CodecOptions(
        codec=codec,
        resolutions=_resolutions(element),
        gop=_pair(element.get("GovLengthRange")),
        fps=Range(rates[0], rates[-1]) if len(rates) > 1 else None,
        rates=rates,
        bitrate=read_range(element, "BitrateRange"),
        profiles=tuple((element.get("ProfilesSupported") or "")[:512].split()[:16]),
    )


def _resolutions(element: Element) -> tuple[tuple[int, int], ...]:
    sizes: dict[tuple[int, int], None] = {}
    for one in find_all(element, "ResolutionsAvailable")[:MAX_RESOLUTIONS]:
        width, height = number_of(one, "Width"), number_of(one, "Height")
        if width and height:
            sizes[int(width), int(height)] = None
    return tuple(sizes)


def _words(element: Element, name: str) -> tuple[str, ...]:
    words = ((one.text or "").strip() for one in find_all(element, name)[:16])
    return tuple(word for word in words if 0 < len(word) <= 64)


def _numbers(text: str | None) -> list[float]:
    """Return the numbers of a list, those above zero."""
    found = []
    for word in (text or "")[:2048].replace(",", " ").split()[:64]:
        try:
            value = float(word)
        except ValueError:
            continue
        if 0 < value <= 1e9:
            found.append(value)
    return found


def _pair(text: str | None) -> Range | None:
    """Return the range of a list of two numbers."""
    numbers = _numbers(text)
    # Some begin at 0, which is no length and was left out above.
    if len(numbers) == 1 and (text or "").strip().startswith("0"):
        numbers.insert(0, 1.0)
    if len(numbers) < 2 or numbers[0] >= numbers[-1]:
        return None
    return Range(numbers[0], numbers[-1])
