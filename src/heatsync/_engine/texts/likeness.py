"""Whether two trees are the same, and how much of them."""

from __future__ import annotations

import ast
from enum import Enum, auto
from typing import Any

from heatsync._engine.texts.names import DEFINITIONS, FUNCTIONS
from heatsync._engine.texts.places import FUNCTION_NODES, first_line, is_function


def dumped(node: ast.AST, *, hollow: bool = False) -> str:
    """A tree as text, without positions; if `hollow`, without the bodies of functions.

    `ast.dump` calls itself for each level, of which some versions of Python allow few.
    """
    told: list[str] = []
    waiting: list[object] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _Mark):
            told.append(part)
        elif isinstance(part, list):
            waiting += [_Mark("]"), *reversed(part), _Mark("[")]
        elif isinstance(part, ast.AST):
            skipped = "body" if hollow and is_function(part) else ""
            fields = [value for name, value in ast.iter_fields(part) if name != skipped]
            waiting += [_Mark(")"), *reversed(fields), _Mark(f"{type(part).__name__}(")]
        else:
            told.append(f"{part!r},")
    return "".join(told)


class Likeness(Enum):
    """How much of two trees is dumped to the same text."""

    ALL = auto()
    ALL_BUT_BODIES = auto()  # of functions
    LESS = auto()


class Parts:
    """The texts of the parts of a statement."""

    def __init__(self, node: ast.stmt, text: str) -> None:
        self._lines = text.split("\n")
        self._begin = first_line(node)

    def text(self, part: ast.stmt) -> tuple[int, list[str]]:
        """The column that it begins in, and its lines."""
        first = first_line(part) if isinstance(part, DEFINITIONS) else part.lineno
        last = part.end_lineno or part.lineno
        return part.col_offset, self._lines[first - self._begin : last - self._begin + 1]

    def header(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> object:
        """The same of what stands above the body of a function; None if that begins behind it."""
        body = function.body[0]
        first, begins = first_line(function) - self._begin, first_line(body) - self._begin
        if self._lines[begins][: body.col_offset].strip(" \t"):
            return None
        return function.col_offset, self._lines[first:begins]


def likeness(one: ast.AST, other: ast.AST, parts: tuple[Parts, Parts]) -> Likeness:
    """Found out at the first difference, and without a look at what is found in both.

    Nor is it looked into statements, or headers of functions, of which the texts are the same.
    """
    bodies: list[tuple[Any, Any]] = []
    if not _alike(one, other, bodies, parts):
        return Likeness.LESS
    while bodies:
        if not _alike(*bodies.pop(), bodies, parts):
            return Likeness.ALL_BUT_BODIES
    return Likeness.ALL


def _alike(one: Any, other: Any, bodies: list[tuple[Any, Any]], parts: tuple[Parts, Parts]) -> bool:
    """Whether they are the same but for the bodies of functions, which are put aside."""
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        kind = type(a)
        if kind is not type(b):
            return False
        if kind is list and len(a) == len(b):
            waiting.extend(zip(a, b, strict=True))
        elif issubclass(kind, ast.stmt) and parts[0].text(a) == parts[1].text(b):
            continue
        elif issubclass(kind, FUNCTIONS) and _have_one_header(a, b, parts):
            bodies.append((a.body, b.body))
        elif issubclass(kind, ast.AST):
            aside = bodies if issubclass(kind, FUNCTION_NODES) else waiting
            for name in kind._fields:
                both = getattr(a, name, None), getattr(b, name, None)
                if both[0] is not both[1]:  # which names and contexts are not, as a rule
                    into = aside if name == "body" else waiting
                    into.append(both)
        elif repr(a) != repr(b):  # of a name, a number, or lists of two lengths
            return False
    return True


def _have_one_header(one: Any, other: Any, parts: tuple[Parts, Parts]) -> bool:
    header = parts[0].header(one)
    return header is not None and header == parts[1].header(other)


class _Mark(str):
    """What stands in the text of a tree between its values."""

    __slots__ = ()
