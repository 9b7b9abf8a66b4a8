"""Finding elements in whatever case a firmware writes their names."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of a name, in whatever case."""
    return next(children(element, name), None)


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children of a name, in whatever case."""
    wanted = name.lower()
    for found in () if element is None else element:
        if found.tag.lower() == wanted:
            yield found


def descendants(element: Element, name: str) -> Iterator[Element]:
    """Yield all elements of a name at any depth, the element itself included."""
    wanted = name.lower()
    for found in element.iter():
        if found.tag.lower() == wanted:
            yield found


def text(element: Element | None) -> str | None:
    """Return the text of an element, None without the element."""
    return None if element is None else element.text or ""


def attribute(element: Element | None, name: str) -> str | None:
    """Return an attribute, in whatever case its name is."""
    if element is None:
        return None
    if (value := element.get(name)) is not None:
        return value
    wanted = name.lower()
    return next((v for k, v in element.attrib.items() if k.lower() == wanted), None)
