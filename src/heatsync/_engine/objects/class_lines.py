"""The line where a class begins: from Python 3.13 on it tells that itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.compiling import CLASSES_TELL_LINES
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.places import first_line
from heatsync._engine.texts.source import Statement
from heatsync._resident.live import Running

NAME = "__firstlineno__"


def move(journal: Journal, cls: Any, line: int) -> None:
    journal.set_attribute(cls, NAME, line)


def move_head(journal: Journal, cls: Any, lines: int) -> None:
    """The class that a section begins with, if that tells its line."""
    if cls is not None:
        move(journal, cls, class_dict(cls)[NAME] + lines)


def move_class(journal: Journal, running: Running, statement: Statement) -> None:
    """Gives a class, and those in it, the lines of their statement."""
    for part in (statement, *statement.every_member()) if CLASSES_TELL_LINES else ():
        cls = live_class(running.namespace, part.qualname) if part.is_class else None
        if cls is not None and NAME in class_dict(cls):
            move(journal, cls, part.line)


def move_inside(journal: Journal, running: Running, pair: Pair) -> None:
    """Gives classes that are defined on a condition the lines where they stand now."""
    if not CLASSES_TELL_LINES or pair.old is None or pair.old.line == pair.new.line:
        return
    lines: dict[str, dict[int, int]] = {}  # by name, as each branch may have one
    pairs = zip(_classes_in(pair.old), _classes_in(pair.new), strict=False)
    for (name, before), (_, after) in pairs:
        lines.setdefault(name, {})[before] = after
    for name, moved in lines.items():
        cls = live_class(running.namespace, pair.new.qualified(name))
        line = class_dict(cls).get(NAME) if cls is not None else None
        if line in moved:
            move(journal, cls, moved[line])


def _classes_in(statement: Statement) -> Iterator[tuple[str, int]]:
    lines = statement.line - first_line(statement.node)
    for node in statement.classes:
        for name, nested in _with_inner(node, ""):
            yield name, first_line(nested) + lines


def _with_inner(node: ast.ClassDef, owner: str) -> Iterator[tuple[str, ast.ClassDef]]:
    yield owner + node.name, node
    for part in node.body:
        if isinstance(part, ast.ClassDef):
            yield from _with_inner(part, f"{owner}{node.name}.")


def are_told_in(function: FunctionType) -> bool:
    """Whether a function makes classes, whose lines are among the constants of its code."""
    return CLASSES_TELL_LINES and _makes_classes(function.__code__)


def _makes_classes(code: CodeType) -> bool:
    nested = nested_codes(code)
    return any(not c.co_flags & inspect.CO_OPTIMIZED or _makes_classes(c) for c in nested)
