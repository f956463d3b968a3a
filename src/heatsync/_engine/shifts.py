"""Live functions of a section that only moved, found without parsing it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Iterator
from types import CodeType, FunctionType
from typing import Any

from heatsync._engine.functions import class_dict, nested_codes
from heatsync._engine.sections import Section, Stretch
from heatsync._resident.live import Running


def functions_in(section: Section, running: Running) -> list[FunctionType] | None:
    """The outermost functions of a section; None where there may be more than its name leads to.

    There are no more where as many are found as the words `def` and `lambda` stand in its text.
    A class in a class would have to be looked into, too.
    """
    value: Any = running.namespace.get(section.stretch.head)
    first, last = section.line, section.line + section.stretch.text.count("\n")
    found: dict[int, FunctionType] = {}
    for function in _led_to(value, section):
        code = function.__code__
        if code.co_filename == running.source.file and first <= code.co_firstlineno <= last:
            found[id(function)] = function
    codes = {id(function.__code__): function.__code__ for function in found.values()}
    if _are_all(codes.values(), section.stretch):
        return list(found.values())
    return None


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


def _led_to(value: Any, section: Section) -> Iterator[FunctionType]:
    if type(value) is FunctionType:
        yield value
    elif issubclass(type(value), type):
        for member in class_dict(value).values():
            yield from (part for part in _parts(member) if type(part) is FunctionType)


def _parts(member: Any) -> tuple[Any, ...]:
    kind = type(member)
    if kind in (staticmethod, classmethod):
        return (member.__func__,)
    if kind is property:
        return member.fget, member.fset, member.fdel
    return (member.func,) if kind is functools.cached_property else (member,)


def _functions_of(code: CodeType) -> int:
    """How many functions are compiled to a code object, itself included."""
    is_function = code.co_flags & inspect.CO_OPTIMIZED and (
        not code.co_name.startswith("<") or code.co_name == "<lambda>"
    )
    return bool(is_function) + sum(map(_functions_of, nested_codes(code)))
