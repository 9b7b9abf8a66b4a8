"""Finds in source what could show pictures of a camera past its privacy zones."""

import ast
from collections.abc import Iterator

SHOWN = frozenset({"ShownPacket", "ShownFrame"})
"""The types of what may be shown: whoever makes one says that it was masked."""

_HIDES = frozenset({"Curtain", "Hiding", "Mask", "PrivacyZone"})
_TO_HIDE = frozenset({"blocked", "doubted", "hiding", "privacy", "shut"})
"""By which types, or else names, something says what of a camera is hidden."""

_CONTENT = ("data", "picture")
"""What is in them."""

_CALLS = {
    "fromarray": "a picture of pixels",
    "frombytes": "a picture of pixels",
    "mux": "packets into a container",
    "mux_one": "packets into a container",
    "save": "a picture's file",
    "savez": "a file",
    "savez_compressed": "a file",
    "sendfile": "a file",
    "to_image": "a frame's pixels",
    "to_ndarray": "a frame's pixels",
    "tofile": "a file",
    "write_bytes": "a file",
    "Response": "an answer",
    "StreamResponse": "an answer",
    "FileResponse": "an answer",
}
_WRITES = frozenset("wax+")
_OS_WRITES = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND"})


def makers(source: str) -> Iterator[int]:
    """Yield the lines that make what may be shown, or hand out who makes it.

    Naming the types in annotations, comparing with them and importing them under
    their own names is nothing.
    """
    tree = ast.parse(source)
    harmless = {id(name) for node in ast.walk(tree) for name in _harmless(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in SHOWN:
                if id(node) not in harmless:
                    yield node.lineno
            case ast.alias(name=name, asname=str(other)) if name in SHOWN:
                if other != name:
                    yield node.lineno
            case ast.Constant(value=str(text)) if text in SHOWN:
                yield node.lineno


def copies(source: str) -> Iterator[int]:
    """Yield the lines that may make what may be shown of another, not naming its type."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_copy(node):
            yield node.lineno


def _is_copy(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id="replace") | ast.Attribute(attr="replace" | "__replace__"):
            # With something else in it, or nobody knows what.
            return any(word.arg in (None, *_CONTENT) for word in call.keywords)
        case ast.Attribute(attr="of", value=ast.Call(func=ast.Name(id="type"))):
            return True
        case ast.Call(func=ast.Name(id="type")) | ast.Attribute(attr="__class__"):
            return True
    return False


def _harmless(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the names in places of a node where they are only looked at."""
    places: list[ast.AST | None] = []
    match node:
        case ast.arg() | ast.AnnAssign():
            places = [node.annotation]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            places = [node.returns]
        case ast.TypeAlias():
            places = [node.value]
        case ast.Subscript():
            places = [node.slice]
        case ast.Compare():
            places = list(node.comparators)
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
            places = [kinds]
    for place in places:
        if place is not None:
            yield from _looked_at(place)


def _looked_at(place: ast.AST) -> Iterator[ast.AST]:
    """Yield a place and all in it, but for what is called there."""
    if not isinstance(place, ast.Call):
        yield place
        for part in ast.iter_child_nodes(place):
            yield from _looked_at(part)


def forgettable(source: str) -> Iterator[int]:
    """Yield the lines of what is to be hidden, where it may be left out.

    Those are parameters and dataclass fields that have a default.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(args=given) | ast.AsyncFunctionDef(args=given):
                for argument in _optional(given):
                    if _is_to_hide(argument.arg, argument.annotation):
                        yield argument.lineno
            case ast.ClassDef():
                for one in node.body:
                    match one:
                        case ast.AnnAssign(
                            target=ast.Name(id=name), value=ast.expr() as value
                        ):
                            if _is_default(value) and _is_to_hide(name, one.annotation):
                                yield one.lineno


def _optional(given: ast.arguments) -> Iterator[ast.arg]:
    """Yield the parameters that have a default."""
    places = [*given.posonlyargs, *given.args]
    yield from places[len(places) - len(given.defaults) :]
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if default is not None:
            yield argument


def _is_default(value: ast.expr) -> bool:
    """Tell whether a dataclass field has a default."""
    match value:
        case ast.Call(func=ast.Name(id="field")):
            words = {word.arg for word in value.keywords}
            return bool(words & {"default", "default_factory"})
    return True


def _is_to_hide(name: str, annotation: ast.expr | None) -> bool:
    if name in _TO_HIDE:
        return True
    return annotation is not None and any(
        isinstance(one, ast.Name) and one.id in _HIDES for one in ast.walk(annotation)
    )


def reveals(source: str) -> Iterator[int]:
    """Yield the lines that say that nothing is to be hidden."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(module=str(module)) if module.endswith("mask"):
                if any(one.name == "NOTHING" for one in node.names):
                    yield node.lineno
            case ast.Attribute(attr="NOTHING", value=ast.Name(id="mask")):
                yield node.lineno
            case ast.Call(
                func=ast.Name(id="Mask") | ast.Attribute(value=ast.Name(id="Mask")),
                args=[] | [ast.Tuple(elts=[])],
                keywords=[],
            ):
                yield node.lineno
            case ast.keyword(
                arg="privacy" | "polygons",
                value=ast.Tuple(elts=[]) | ast.List(elts=[]),
            ):
                yield node.lineno


def doors(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines through which pictures could leave, and as what."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(attr="open", value=ast.Name(id="os")):
                flags = {
                    one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)
                }
                if flags & _OS_WRITES:
                    yield node.lineno, "a file"
            case ast.Attribute(attr="open", value=ast.Name(id="av")):
                if _mode_of(node, 1) - {"r"}:
                    yield node.lineno, "a container"
            case ast.Attribute(attr="open"):
                # Much has such a method; only a path's takes words like these.
                if _mode_of(node, 0) & _WRITES and _is_told(node, 0):
                    yield node.lineno, "a file"
            case ast.Name(id="open"):
                if _mode_of(node, 1) & _WRITES:
                    yield node.lineno, "a file"
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in _CALLS:
                yield node.lineno, _CALLS[name]


def _is_told(call: ast.Call, place: int) -> bool:
    """Tell whether the mode stands there."""
    given = [word.value for word in call.keywords if word.arg == "mode"]
    given += call.args[place : place + 1]
    return isinstance(given[0], ast.Constant) if given else False


def _mode_of(call: ast.Call, place: int) -> set[str]:
    """Return the letters of the mode that something is opened in."""
    given = [word.value for word in call.keywords if word.arg == "mode"]
    given += call.args[place : place + 1]
    match given:
        case []:
            return set()
        case [ast.Constant(value=str(mode)), *_]:
            return set(mode)
    # Not known before it runs, so it may be anything.
    return set(_WRITES)
