"""XML with its namespaces, for what is sent back to the camera as it came.

A setting is changed by sending the whole configuration again; what we do not know
(vendors' extensions) must not get lost, nor change its namespace.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import override
from xml.etree.ElementTree import Element
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from .errors import OnvifResponseError
from .xmltree import BoundedParser, attempts

SCHEMA = "http://www.onvif.org/ver10/schema"
# What the prefixes mean that firmware uses without declaring them, and what is
# written for these namespaces: some firmware looks at prefixes only.
_USUAL = {
    "tt": SCHEMA,
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "timg": "http://www.onvif.org/ver20/imaging/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
    "tmd": "http://www.onvif.org/ver10/deviceIO/wsdl",
    "tan": "http://www.onvif.org/ver20/analytics/wsdl",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsd": "http://www.w3.org/2001/XMLSchema",
}
MAX_NAMESPACES = 256
_XML = "http://www.w3.org/XML/1998/namespace"


def parse_qualified(data: bytes) -> Element:
    """Return the root element; names are ``{namespace}local``.

    Undeclared prefixes get their usual meaning, else that of the ONVIF schema.

    Raises:
        OnvifResponseError: no XML, with a document type, or over the bounds.
    """
    for text in attempts(data):
        with suppress(expat.ExpatError):
            return _Parser().parse(text)
    raise OnvifResponseError("The answer is not XML")


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2]


def namespace_of(name: str) -> str:
    """Return the namespace of a name."""
    return name.rpartition("}")[0].removeprefix("{")


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant along a path of local names, whatever their case."""
    for name in path:
        if element is None:
            return None
        lower = name.lower()
        element = next((c for c in element if local(c.tag).lower() == lower), None)
    return element


def children(element: Element | None, name: str) -> list[Element]:
    """Return the children of a local name, whatever its case."""
    if element is None:
        return []
    return [found for found in element if local(found.tag).lower() == name.lower()]


def serialise(element: Element, name: str | None = None) -> str:
    """Return an element as XML that declares its own namespaces.

    ``name`` (``{namespace}local``) replaces its own: the element of an answer is
    called ``Configurations``, that of the request ``Configuration``.
    """
    prefixes: dict[str, str] = {}
    body = "".join(_written(element, name or element.tag, prefixes))
    declared = "".join(
        f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in prefixes.items()
    )
    end = body.index(">")
    # Attributes are written after the name, where `<` and `>` are escaped.
    return body[:end] + declared + body[end:]


def _written(element: Element, name: str, prefixes: dict[str, str]) -> Iterator[str]:
    qname = _prefixed(name, prefixes)
    attributes = "".join(
        f" {_prefixed(key, prefixes) if '}' in key else key}={_quoted(value)}"
        for key, value in element.attrib.items()
    )
    yield f"<{qname}{attributes}>{escape(element.text or '')}"
    for inner in element:
        yield from _written(inner, inner.tag, prefixes)
        yield escape(inner.tail or "")
    yield f"</{qname}>"


def _quoted(value: str) -> str:
    return quoteattr(value, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _prefixed(name: str, prefixes: dict[str, str]) -> str:
    uri = namespace_of(name) or SCHEMA
    if uri == _XML:
        return f"xml:{local(name)}"
    if uri not in prefixes:
        usual = next((key for key, value in _USUAL.items() if value == uri), None)
        prefixes[uri] = usual or f"n{len(prefixes)}"
    return f"{prefixes[uri]}:{local(name)}"


class _Parser(BoundedParser):
    """Names with their namespaces, resolved leniently."""

    def __init__(self) -> None:
        """Begin with the usual prefixes."""
        super().__init__()
        self._scopes: list[dict[str, str]] = [{**_USUAL, "xml": _XML}]

    @override
    def opened(
        self, name: str, attributes: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """Return names as ``{namespace}local``."""
        scope = self._scopes[-1]
        declared = {
            key.partition(":")[2]: value
            for key, value in attributes.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        scope = {**scope, **declared} if declared else scope
        # Each element that declares any has a copy: no message needs that many.
        if len(scope) > MAX_NAMESPACES:
            raise OnvifResponseError("The answer declares too many namespaces")
        self._scopes.append(scope)
        return self._resolved(name, scope), {
            self._resolved(key, scope, is_attribute=True): value
            for key, value in attributes.items()
            if key != "xmlns" and not key.startswith("xmlns:")
        }

    @override
    def _end(self, name: str) -> None:
        self._scopes.pop()
        super()._end(name)

    @staticmethod
    def _resolved(
        name: str, scope: dict[str, str], *, is_attribute: bool = False
    ) -> str:
        prefix, colon, short = name.rpartition(":")
        if is_attribute and not colon:
            return name
        return f"{{{scope.get(prefix) or SCHEMA}}}{short}"
