"""What a decorator made of a function: it is known by the function that it leads to."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterator
from types import FunctionType, MethodType
from typing import Any, cast

from heatsync._engine.objects.functions import cell_contents, is_cache, reachable
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import HEAP, own_attribute
from heatsync._engine.texts.kinds import Kinds, class_dict, mro_of

# How many decorators may stand around a function.
_DEPTH = 8
# What a class body makes of functions, and nobody holds but the class.
_OF_CLASSES = Kinds((property, staticmethod, classmethod, functools.cached_property))
_WRAPPERS = Kinds((FunctionType, MethodType, functools.partial))


def is_wrapper(thing: object) -> bool:
    """Whether it may be what a decorator made: a function or another object, but no class."""
    kind = type(thing)
    return not issubclass(kind, type) and kind not in _OF_CLASSES


def wrapped_in(thing: object) -> Iterator[FunctionType]:
    """A function with those that it wraps, or those that an object of a decorator wraps."""
    return (part for part in _parts(thing) if type(part) is FunctionType)


def classes_within(thing: object) -> Iterator[type]:
    """The classes that a function holds, or an object, which a decorator made of one of them."""
    for part in _parts(thing) if is_wrapper(thing) else ():
        for held in _held_by(part):
            if issubclass(type(held), type):
                yield cast(type, held)


def exchange_within(
    journal: Journal, wrapper: object, function: FunctionType, other: FunctionType
) -> bool:
    """Has what wraps a function wrap another one; False where what holds it is written in C."""
    holders = [part for part in _parts(wrapper) if any(one is function for one in _held_by(part))]
    objects = [part for part in holders if type(part) is not FunctionType]
    if any(type(part) in _WRAPPERS or is_cache(part) for part in objects):
        return False
    for part in objects:
        for name, value in list(_attributes(part)):
            if value is function:
                journal.set_attribute(part, name, other)
    for thing in reachable([wrapper]):
        if type(thing) is FunctionType and thing is not function:
            _exchange_in(journal, thing, function, other)
    return True


def _exchange_in(
    journal: Journal, thing: FunctionType, function: FunctionType, other: FunctionType
) -> None:
    cells = thing.__closure__ or ()
    for cell in cells:
        if cell_contents(cell) is function:
            journal.set_cell(cell, other)
    held = (value for value in map(cell_contents, cells) if type(value) is dict)
    for mapping in (thing.__dict__, *held):  # `singledispatch` has a registry
        for key, value in list(mapping.items()):
            if value is function:
                journal.set_item(mapping, key, other)


def _parts(thing: object) -> Iterator[object]:
    """A wrapper with what it wraps, the outermost first.

    It follows what a wrapper itself holds, and no containers: what is in those was registered.
    """
    waiting, seen = deque([(thing, 0)]), set[int]()
    while waiting:
        part, depth = waiting.popleft()
        if id(part) in seen or depth > _DEPTH:
            continue
        seen.add(id(part))
        yield part
        waiting.extend((held, depth + 1) for held in _held_by(part) if _leads_on(held))


def _leads_on(part: object) -> bool:
    kind = type(part)
    if kind in _WRAPPERS or is_cache(part):
        return True
    is_object = kind.__flags__ & HEAP and not issubclass(kind, type)
    return bool(is_object) and any("__call__" in class_dict(cls) for cls in mro_of(kind))


def _held_by(part: Any) -> Iterator[object]:
    kind = type(part)
    if kind is FunctionType:
        yield from map(cell_contents, part.__closure__ or ())
        yield part.__dict__.get("__wrapped__")
    elif kind is MethodType:
        yield part.__func__
    elif kind is functools.partial:
        yield from (part.func, *part.args)
    elif is_cache(part):
        yield part.__wrapped__
    elif kind.__flags__ & HEAP:
        yield from (value for _, value in _attributes(part))


def _attributes(instance: object) -> Iterator[tuple[str, object]]:
    own = own_attribute(instance, "__dict__")
    if type(own) is dict:
        yield from list(own.items())
    for cls in mro_of(type(instance)):
        slots = class_dict(cls)
        for name in slots if "__slots__" in slots else ():
            yield name, own_attribute(instance, name)
