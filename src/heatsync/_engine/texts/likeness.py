"""Whether two trees are the same, and how much of them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from heatsync._engine.texts.names import DEFINITIONS
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


TextOf = Callable[[ast.stmt], object]


def text_of_parts(node: ast.stmt, text: str) -> TextOf:
    """What tells the text of a part of a statement: the column that it begins in, and its lines."""
    lines, begin = text.split("\n"), first_line(node)

    def text_of(part: ast.stmt) -> tuple[int, list[str]]:
        first = first_line(part) if isinstance(part, DEFINITIONS) else part.lineno
        last = part.end_lineno or part.lineno
        return part.col_offset, lines[first - begin : last - begin + 1]

    return text_of


def likeness(one: ast.AST, other: ast.AST, texts: tuple[TextOf, TextOf]) -> Likeness:
    """Found out at the first difference, and without a look at what is found in both.

    Nor is it looked into statements of which the texts are the same.
    """
    bodies: list[tuple[Any, Any]] = []
    if not _alike(one, other, bodies, texts):
        return Likeness.LESS
    while bodies:
        if not _alike(*bodies.pop(), bodies, texts):
            return Likeness.ALL_BUT_BODIES
    return Likeness.ALL


def _alike(
    one: Any, other: Any, bodies: list[tuple[Any, Any]], texts: tuple[TextOf, TextOf]
) -> bool:
    """Whether they are the same but for the bodies of functions, which are put aside."""
    waiting = [(one, other)]
    text, text_of_other = texts
    while waiting:
        a, b = waiting.pop()
        kind = type(a)
        if kind is not type(b):
            return False
        if kind is list:
            if len(a) != len(b):
                return False
            waiting.extend(zip(a, b, strict=True))
        elif issubclass(kind, ast.stmt) and text(a) == text_of_other(b):
            continue
        elif issubclass(kind, ast.AST):
            aside = bodies if issubclass(kind, FUNCTION_NODES) else waiting
            for name in kind._fields:
                mine, theirs = getattr(a, name, None), getattr(b, name, None)
                if mine is not theirs:  # which names and contexts are not, as a rule
                    into = aside if name == "body" else waiting
                    into.append((mine, theirs))
        elif repr(a) != repr(b):
            return False
    return True


class _Mark(str):
    """What stands in the text of a tree between its values."""

    __slots__ = ()
