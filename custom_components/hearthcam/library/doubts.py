"""Marks that are not believed: a zone was seen in what was said to be black there.

Such a mark stays in its clip's row, with `_SIGN` before it. The clip does not count as
black there any more, and what once was promised of it is not forgotten.
"""

from collections.abc import Collection, Iterable
from typing import Final

_SIGN: Final = "?"


def with_doubt(mark: str) -> str:
    """Return what stands for a mark that is not believed."""
    return f"{_SIGN}{mark}"


def doubted(mask: Iterable[str]) -> frozenset[str]:
    """Return the marks that a clip carries and that are not believed."""
    return frozenset(
        mark.removeprefix(_SIGN) for mark in mask if mark.startswith(_SIGN)
    )


def believed(mask: Iterable[str]) -> tuple[str, ...]:
    """Return the marks that a clip carries and that are believed."""
    return tuple(mark for mark in mask if not mark.startswith(_SIGN))


def with_doubts(mask: Iterable[str], marks: Collection[str]) -> tuple[str, ...]:
    """Return a clip's marks after these are not believed any more."""
    return tuple(with_doubt(mark) if mark in marks else mark for mark in mask)
