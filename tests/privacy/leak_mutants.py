"""Takes the masking out of the engine, one place at a time.

A place is a call that applies a mask, or that lets something pass without one. It is
found by reading the source, and taken out by giving its function other code: of the
same source, with that one call changed.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
import importlib
import inspect
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final, override

ENGINE: Final = "custom_components.hearthcam.engine"
_FOLDER: Final = Path(str(importlib.import_module(ENGINE).__file__)).parent

APPLIED: Final = {
    "show_frame": 1,
    "open_veil": 1,
    "MaskedVeil": 1,
    "MaskedBroadcast": 1,
    "hide": -1,
    "blacken": 2,
    "make_thumbnail": 3,
    "Curtain": 0,
    "Analyst": 2,
    "Ladder": 0,
}
"""Calls that take a mask, and as which argument, where what follows a star counts as
one; what is taken out gets an empty mask."""
PASSES: Final = frozenset(("ClearVeil", "ClearBroadcast"))
"""Calls that let everything pass, in a branch that is taken where nothing is hidden."""
SINCE: Final = "curtain.since"
"""What was hidden in the past; what is taken out knows of the present only."""
TOLD: Final = "mask_changed"
"""Who is told that more is hidden; what is taken out tells nobody."""


@dataclass(frozen=True, slots=True)
class Place:
    """One call: in which module, in which function, which of its calls of that name."""

    module: str
    function: str
    call: str
    number: int = 1

    @override
    def __str__(self) -> str:
        """Return it in short."""
        number = f" {self.number}" if self.number > 1 else ""
        return f"{self.module}:{self.function}:{self.call}{number}"


def name_of(call: ast.Call) -> str | None:
    """Return the name of what is called where it is one of those that count."""
    match call.func:
        case ast.Attribute(attr="set", value=ast.Attribute(attr="curtain")):
            return "curtain.set"
        case ast.Attribute(
            attr="since",
            value=ast.Attribute(attr="curtain") | ast.Name(id="curtain"),
        ):
            return SINCE
        case ast.Attribute(attr="mask_changed"):
            return TOLD
        case ast.Attribute(attr="paint"):
            return "paint"
        case ast.Name(id=name) | ast.Attribute(attr=name):
            if name in PASSES or (name in APPLIED and call.args):
                return name
    return None


@cache
def _tree(module: str) -> ast.Module:
    path = _FOLDER.joinpath(*module.split(".")).with_suffix(".py")
    return ast.parse(path.read_text())


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield all calls with the qualified names of their functions, in order."""

    def visit(node: ast.AST, where: tuple[str, ...]) -> Iterator[tuple[str, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = (*where, child.name)
            if isinstance(child, ast.Call):
                yield ".".join(where), child
            yield from visit(child, inner)

    yield from visit(tree, ())


def _numbered(tree: ast.AST, module: str) -> Iterator[tuple[Place, ast.Call]]:
    seen: Counter[tuple[str, str]] = Counter()
    for function, call in _calls(tree):
        if name := name_of(call):
            seen[function, name] += 1
            yield Place(module, function, name, seen[function, name]), call


def places() -> list[Place]:
    """Return all places of the engine."""
    found = []
    for path in sorted(_FOLDER.rglob("*.py")):
        module = ".".join(path.relative_to(_FOLDER).with_suffix("").parts)
        found += [place for place, _ in _numbered(_tree(module), module)]
    return found


def _empty(mask: ast.expr) -> ast.expr:
    """Return an expression for a mask of the same kind that hides nothing."""
    return ast.parse(f"type({ast.unparse(mask)})(())", mode="eval").body


class _Taken(ast.NodeTransformer):
    """Takes the masking out at one call."""

    def __init__(self, call: ast.Call, name: str) -> None:
        self._call, self._name = call, name

    @override
    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Give the call an empty mask."""
        if node is not self._call:
            return self.generic_visit(node)
        if self._name == "paint":
            # What was to be painted, as it is.
            return node.args[0]
        if self._name in PASSES:
            return node
        if self._name == TOLD:
            return ast.Constant(None)
        if self._name == SINCE:
            assert isinstance(node.func, ast.Attribute)
            return ast.Attribute(node.func.value, "mask", ast.Load())
        place = APPLIED.get(self._name, 0)
        node.args[place] = _empty(node.args[place])
        return node

    @override
    def visit_If(self, node: ast.If) -> ast.AST:
        """Go where everything passes, whatever the mask."""
        if self._name in PASSES and any(
            part is self._call for one in node.body for part in ast.walk(one)
        ):
            # A name that is given there stays given.
            node.test = ast.BoolOp(ast.Or(), [node.test, ast.Constant(True)])
        return self.generic_visit(node)


def _code_of(code: CodeType, path: list[str]) -> CodeType:
    for name in path:
        code = next(
            one
            for one in code.co_consts
            if isinstance(one, CodeType) and one.co_name == name
        )
    return code


def _function(module: Any, path: list[str]) -> FunctionType:
    found = module
    for name in path:
        found = inspect.getattr_static(found, name)
    while not isinstance(found, FunctionType):
        found = found.__wrapped__ if hasattr(found, "__wrapped__") else found.fget
    return found


@contextmanager
def taken_out(place: Place) -> Iterator[None]:
    """Run the engine, as far as it is in this process, without one place's mask."""
    source = ast.unparse(_tree(place.module))
    tree = ast.parse(source)
    call = dict(_numbered(tree, place.module))[place]
    changed = ast.fix_missing_locations(_Taken(call, place.call).visit(tree))
    assert ast.unparse(changed) != source, place
    path = place.function.split(".")
    code = _code_of(compile(changed, str(place), "exec"), path)
    function = _function(importlib.import_module(f"{ENGINE}.{place.module}"), path)
    original = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = original
