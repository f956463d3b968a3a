"""Live functions of a section that only moved, found without parsing it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Iterator
from types import CodeType, FunctionType
from typing import Any

from heatsync._engine.codes import nested_codes
from heatsync._engine.kinds import class_dict
from heatsync._engine.sections import Section, Stretch
from heatsync._resident.live import Running


def functions_in(section: Section, running: Running) -> list[FunctionType] | None:
    """The outermost functions of a section; None where there may be more than its name leads to.

    There are no more where as many are found as the words `def` and `lambda` stand in its text.
    A class in a class would have to be looked into, too.
    """
    file = running.source.file
    first, last = section.line, section.line + section.stretch.lines
    found: dict[FunctionType, CodeType] = {}
    for function in _led_to(running.namespace.get(section.stretch.head)):
        code = function.__code__
        if first <= code.co_firstlineno <= last and code.co_filename == file:
            found[function] = code
    codes = {id(code): code for code in found.values()}
    return [*found] if _are_all(codes.values(), section.stretch) else None


def _are_all(codes: Collection[CodeType], stretch: Stretch) -> bool:
    """Whether there are no more outermost functions than these, which is found out once."""
    if stretch.outermost is not None:
        return len(codes) == stretch.outermost
    if stretch.classes > 1 or sum(map(_functions_of, codes)) != stretch.functions:
        return False
    stretch.outermost = len(codes)
    return True


def class_in(section: Section, running: Running) -> Any:
    """The class that a section begins with, if that tells its line."""
    value: Any = running.namespace.get(section.stretch.head)
    is_class = issubclass(type(value), type) and "__firstlineno__" in class_dict(value)
    return value if is_class else None


def _led_to(value: Any) -> Iterator[FunctionType]:
    if type(value) is FunctionType:
        yield value
    elif issubclass(type(value), type):
        for member in class_dict(value).values():
            kind = type(member)
            if kind is FunctionType:
                yield member
            elif parts := _PARTS.get(id(kind)):
                found = (getattr(member, name) for name in parts)
                yield from (part for part in found if type(part) is FunctionType)


_PARTS: dict[int, tuple[str, ...]] = {
    id(staticmethod): ("__func__",),
    id(classmethod): ("__func__",),
    id(property): ("fget", "fset", "fdel"),
    id(functools.cached_property): ("func",),
}


def _functions_of(code: CodeType) -> int:
    """How many functions are compiled to a code object, itself included."""
    is_function = code.co_flags & inspect.CO_OPTIMIZED and (
        not code.co_name.startswith("<") or code.co_name == "<lambda>"
    )
    return bool(is_function) + sum(map(_functions_of, nested_codes(code)))
