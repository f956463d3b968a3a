"""Live functions of a section that only moved, found without parsing it."""

from __future__ import annotations

import functools
import inspect
import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Collection
from types import CodeType, FunctionType
from typing import Any

from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.once import once
from heatsync._engine.texts.sections import Section, Stretch
from heatsync._resident.live import Running

# The `def` of a function somewhere in a loop.
_IN_A_LOOP = re.compile(
    r"^([ \t]+)(?:async[ \t]+)?(?:for|while)\b.*\n(?:(?:\1[ \t].*)?\n)*?\1[ \t]+(?:async[ \t]+)?def\b",
    re.MULTILINE,
)


class Shifted:
    """What of a text stands in other lines by now."""

    def __init__(self) -> None:
        self.sections: list[tuple[Section, Section]] = []
        self.pairs: list[Pair] = []

    def at(self, line: int) -> int:
        """How many lines further down one is than it was."""
        number = bisect_right(self._parts, line, key=operator.itemgetter(0)) - 1
        first, height, lines = self._parts[number] if number >= 0 else (0, -1, 0)
        return lines if line <= first + height else 0

    @once
    def _parts(self) -> list[tuple[int, int, int]]:
        """Their first lines, how far the last ones are below these, and how far they moved."""
        found = [(a.line, a.stretch.lines, b.line - a.line) for a, b in self.sections]
        for pair in self.pairs:
            if pair.old is not None:
                height = pair.old.text.count("\n")
                found.append((pair.old.line, height, pair.new.line - pair.old.line))
        return sorted(found)


class Lookup:
    """What the names of one module lead to. It may have thousands of sections."""

    def __init__(self, running: Running) -> None:
        self._namespace = running.namespace
        self._file = running.source.file

    def functions_in(self, section: Section) -> dict[FunctionType, CodeType] | None:
        """The outermost functions of a section, with their code; None where some may be missing.

        None is where its name leads to as many as the words `def` and `lambda` stand in its text. A
        class in a class would have to be looked into, too.
        """
        stretch, file = section.stretch, self._file
        first, last = section.line, section.line + stretch.lines
        found = {
            function: code
            for function in _led_to(self._namespace.get(stretch.head))
            if first <= (code := function.__code__).co_firstlineno <= last
            and code.co_filename == file
        }
        return found if _are_all(found.values(), stretch) else None

    def class_in(self, section: Section) -> Any:
        """The class that a section begins with, if that tells its line."""
        value: Any = self._namespace.get(section.stretch.head)
        is_class = issubclass(type(value), type) and "__firstlineno__" in class_dict(value)
        return value if is_class else None


def _are_all(codes_of_all: Collection[CodeType], stretch: Stretch) -> bool:
    """Whether there are no more outermost functions than these, which is found out once."""
    if stretch.outermost is not None:
        return len(set(map(id, codes_of_all))) == stretch.outermost
    codes = {id(code): code for code in codes_of_all}
    if stretch.classes > 1 or sum(map(_functions_of, codes.values())) != stretch.functions:
        return False
    if stretch.classes and _IN_A_LOOP.search(stretch.text):  # which may have made more of them
        return False
    stretch.outermost = len(codes)
    return True


def _led_to(value: Any) -> list[FunctionType]:
    if type(value) is FunctionType:
        return [value]
    return _members(value) if issubclass(type(value), type) else []


def _members(cls: type) -> list[FunctionType]:
    found: list[FunctionType] = []
    for member in class_dict(cls).values():
        kind = type(member)
        if kind is FunctionType:
            found.append(member)
        elif parts := _PARTS.get(id(kind)):
            found += [part for part in parts(member) if type(part) is FunctionType]
    return found


_PARTS: dict[int, Callable[[Any], tuple[object, ...]]] = {
    id(staticmethod): lambda method: (method.__func__,),
    id(classmethod): lambda method: (method.__func__,),
    id(property): operator.attrgetter("fget", "fset", "fdel"),
    id(functools.cached_property): lambda found_once: (found_once.func,),
}


def _functions_of(code: CodeType) -> int:
    """How many functions are compiled to a code object, itself included."""
    is_function = code.co_flags & inspect.CO_OPTIMIZED and (
        not code.co_name.startswith("<") or code.co_name == "<lambda>"
    )
    return bool(is_function) + sum(map(_functions_of, nested_codes(code)))
