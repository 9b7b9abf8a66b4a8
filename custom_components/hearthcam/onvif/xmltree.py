"""XML of cameras as a tree of local names, however sloppy it is.

Prefixes and namespaces are dropped: firmware forgets to declare them, declares
wrong ones, or mixes versions, and no ONVIF message has two elements that differ by
namespace only. Document types are refused, so that there are no entities to expand.
"""

from abc import ABC, abstractmethod
import codecs
from collections.abc import Iterator
from contextlib import suppress
import re
from typing import NoReturn, override
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .errors import OnvifResponseError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 20_000

_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
# Beside UTF-8 the encodings that cameras for some markets declare. Others, such as
# UTF-7, could hide what is looked for here.
_ENCODINGS = frozenset(
    {"gb2312", "gbk", "gb18030", "big5", "euc_kr", "shift_jis", "iso8859-1", "cp1252"}
)
# Where a message begins behind what the firmware's server printed before it.
_START = re.compile(r"<\?xml\b|<(?:[A-Za-z_][\w.-]{0,40}:)?Envelope\b")
JUNK_BEHIND = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BARE_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)"
)
_BARE_LESS = re.compile(r"<(?=[\s\d=])")


def parse(data: bytes) -> Element:
    """Return the root element; its and its children's tags are local names.

    Attributes lose their prefixes too, and ``xmlns`` declarations are left out.

    Raises:
        OnvifResponseError: no XML, with a document type, or over the bounds.
    """
    for text in attempts(data):
        with suppress(expat.ExpatError):
            return _Parser().parse(text)
    raise OnvifResponseError("The answer is not XML")


def attempts(data: bytes) -> Iterator[str]:
    """Yield what the text may be: as it came, mended, and without what is before it.

    Firmware sends blanks and worse before the declaration and zeros behind the end.
    The declaration itself says nothing that is still needed, and is at times wrong.

    Raises:
        OnvifResponseError: it is over the bounds.
    """
    if len(data) > MAX_BYTES:
        raise OnvifResponseError("The answer is too long")
    text = _NOT_XML.sub("", _decoded(data))
    start, end = text.find("<"), text.rfind(">")
    text = text[start : end + 1] if 0 <= start < end else ""
    yield _undeclared(text)
    # The likeliest flaw: URLs whose ampersands were not escaped; then a bare "<".
    text = _BARE_LESS.sub("&lt;", _BARE_AMPERSAND.sub("&amp;", text))
    yield _undeclared(text)
    match = _START.search(text, 1)
    # A document type is never skipped: it is to be refused.
    if match is not None and "<!DOCTYPE" not in text[: match.start()].upper():
        yield _undeclared(text[match.start() :])


def _undeclared(text: str) -> str:
    """Return the text without the XML declaration."""
    return text[text.find(">") + 1 :] if text.startswith("<?xml") else text


def find(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant along a path of local names.

    Where there is none, one whose name differs in case only (``Xaddr``).
    """
    for name in path:
        if element is None:
            return None
        found = next((child for child in element if child.tag == name), None)
        if found is None:
            lower = name.lower()
            found = next((c for c in element if c.tag.lower() == lower), None)
        element = found
    return element


def find_all(element: Element | None, name: str) -> list[Element]:
    """Return the children of that name; case counts only where it tells any."""
    if element is None:
        return []
    found = [child for child in element if child.tag == name]
    return found or [c for c in element if c.tag.lower() == name.lower()]


def descend(element: Element, name: str) -> Element | None:
    """Return the first element of that name at any depth."""
    return next(element.iter(name), None)


def text_of(element: Element | None, *path: str, limit: int = 256) -> str | None:
    """Return the trimmed text at a path, None when empty or longer than the limit."""
    found = find(element, *path)
    text = (found.text or "").strip() if found is not None else ""
    return text if 0 < len(text) <= limit else None


def number_of(element: Element | None, *path: str) -> float | None:
    """Return the number at a path when it is a sensible one (0 to 10⁹)."""
    return number(text_of(element, *path, limit=32))


def number(text: str | None) -> float | None:
    """Return the number that a text holds when it is a sensible one (0 to 10⁹)."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value <= 1e9 else None


def signed(text: str | None) -> float | None:
    """Return the number that a text holds when it is a sensible one (to ±10⁹)."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) <= 1e9 else None


def _decoded(data: bytes) -> str:
    """Return the text, with replacement characters where it is invalid."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        encoding = "utf-8"
    if declared := _DECLARED.search(data[:200]):
        try:
            name = codecs.lookup(declared[1].decode()).name
        except LookupError:
            name = ""
        if name in _ENCODINGS:
            encoding = name
    return data.decode(encoding, errors="replace")


class BoundedParser(ABC):
    """Expat without namespaces, feeding a bounded tree; no document types.

    How names are written is left to the subclass.
    """

    def __init__(self) -> None:
        """Set the handlers."""
        self._builder = TreeBuilder()
        self._names: list[str] = []
        self._elements = 0
        # The encoding is given: the text is decoded already, whatever it declares.
        self._expat = expat.ParserCreate("utf-8")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._builder.data
        self._expat.StartDoctypeDeclHandler = self._refuse

    def parse(self, text: str) -> Element:
        """Return the root of the tree; what is behind it does not count."""
        try:
            self._expat.Parse(text.encode(), True)
        except expat.ExpatError as error:
            # A second message, or a page, behind the first: that one is whole.
            if error.code != JUNK_BEHIND:
                raise
        root: Element = self._builder.close()
        return root

    @abstractmethod
    def opened(
        self, name: str, attributes: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """Return an element's name and attributes as they go into the tree."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._names) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise OnvifResponseError("The answer is nested too deep or too large")
        written, kept = self.opened(name, attributes)
        self._names.append(written)
        self._builder.start(written, kept)

    def _end(self, name: str) -> None:
        self._builder.end(self._names.pop())

    @staticmethod
    def _refuse(*_: object) -> NoReturn:
        raise OnvifResponseError("The answer declares a document type")


class _Parser(BoundedParser):
    """Names without their prefixes, which firmware gets wrong."""

    @override
    def opened(
        self, name: str, attributes: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """Return local names."""
        return name.rpartition(":")[2], {
            key.rpartition(":")[2]: value
            for key, value in attributes.items()
            if key != "xmlns" and not key.startswith("xmlns:")
        }
