"""Messages of the protocol as lines, and back.

A line is ``{"v": 1, "type": "RemoveCamera", "data": {...}}``. Reading checks the
version, the type, every field's presence and type, and the line's length, so that
neither side can be led astray by the other.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
import json
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from .protocol import Command, Report

PROTOCOL_VERSION: Final = 1
MAX_LINE: Final = 4 * 1024 * 1024
"""The longest line either side accepts, in bytes: an export of 20,000 clips."""

COMMANDS: Final[tuple[type, ...]] = get_args(Command.__value__)
REPORTS: Final[tuple[type, ...]] = get_args(Report.__value__)


class ProtocolError(Exception):
    """A line that is no message of this protocol. Never quotes the line."""


def encode(message: Command | Report) -> bytes:
    """Return the message as one line, newline included."""
    document = {
        "v": PROTOCOL_VERSION,
        "type": type(message).__name__,
        "data": _plain(message),
    }
    line = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    if len(line) >= MAX_LINE:
        raise ProtocolError(f"{type(message).__name__} is too long")
    return line + b"\n"


def decode_command(line: bytes) -> Command:
    """Read a command; raises ProtocolError."""
    command: Command = _decode(line, COMMANDS)
    return command


def decode_report(line: bytes) -> Report:
    """Read a report; raises ProtocolError."""
    report: Report = _decode(line, REPORTS)
    return report


def _decode(line: bytes, kinds: Iterable[type]) -> Any:
    if len(line) > MAX_LINE:
        raise ProtocolError("line too long")
    try:
        document = json.loads(line, parse_constant=_no_constant)
    except ValueError, RecursionError:
        raise ProtocolError("not JSON") from None
    if not isinstance(document, dict) or document.get("v") != PROTOCOL_VERSION:
        raise ProtocolError("not a message of this version")
    name = document.get("type")
    for kind in kinds:
        if kind.__name__ == name:
            return _build(kind, document.get("data"), kind.__name__)
    raise ProtocolError("unknown message type")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(kind: Any, data: object, where: str) -> Any:
    if not isinstance(data, dict):
        raise ProtocolError(f"{where}: not an object")
    hints = _hints(kind)
    if unknown := data.keys() - hints.keys():
        raise ProtocolError(f"{where}: {len(unknown)} unknown fields")
    values = {name: _value(hints[name], data[name], f"{where}.{name}") for name in data}
    try:
        return kind(**values)
    except TypeError:
        raise ProtocolError(f"{where}: a field is missing") from None


def _value(hint: Any, value: object, where: str) -> Any:
    origin = get_origin(hint)
    if origin is UnionType or origin is Union:
        options = [option for option in get_args(hint) if option is not NoneType]
        if value is None:
            return None
        return _value(options[0], value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ProtocolError(f"{where}: not a list")
        (item, _) = get_args(hint)
        return tuple(_value(item, entry, where) for entry in value)
    if is_dataclass(hint):
        return _build(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(str(value))
        except ValueError:
            raise ProtocolError(f"{where}: not one of its values") from None
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise ProtocolError(f"{where}: wrong type")
    return value
