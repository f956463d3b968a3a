"""Objects of a class whose layout changed, made anew as objects of the new class."""

from __future__ import annotations

import enum
import gc
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from types import (
    AsyncGeneratorType,
    CoroutineType,
    FrameType,
    GeneratorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any, NamedTuple

from heatsync._engine.objects.fields import makers
from heatsync._engine.objects.memory import HEAP, MISSING, own_attribute, put_attribute
from heatsync._engine.texts.kinds import class_dict, mro_of

# What holds objects where nobody can put others.
_CLOSED = (FrameType, GeneratorType, CoroutineType, AsyncGeneratorType, ModuleType)
_FEW = 30


class _Nobody:
    """Of these nobody holds one but those who count."""


class Remade(NamedTuple):
    """Pairs of objects and those that take their place, and whether each could have had one."""

    twins: list[tuple[Any, Any]]
    could_be: bool


def remade(instances: Iterable[Any], new: type) -> Remade:
    """Makes objects anew.

    Left out are objects that a call in progress holds, or something else that cannot be given
    the other one: there would be two of them, each with a state of its own.
    """
    twins = [(instance, _twin(instance, new)) for instance in instances]
    found = [(instance, twin) for instance, twin in twins if twin is not None]
    could_be = len(found) == len(twins)
    del twins
    states = [instance for instance, _ in found if not _is_value(instance)]
    held = _held_by_others(states)
    del states
    return Remade([pair for pair in found if id(pair[0]) not in held], could_be)


def _is_value(instance: object) -> bool:
    """Whether it cannot change, so that two of them do no harm."""
    return issubclass(type(instance), tuple | enum.Enum)


def _twin(instance: Any, new: Any) -> Any:
    if issubclass(type(new), enum.EnumType):
        return (
            new._member_map_.get(instance._name_) if issubclass(type(instance), enum.Enum) else None
        )
    if issubclass(new, tuple):
        return _named_tuple(instance, new)
    bases = (*mro_of(type(instance)), *mro_of(new))
    if any(base is not object and not base.__flags__ & HEAP for base in bases):
        return None  # a part of it is built in, and only that knows how it is made
    if any("__del__" in class_dict(base) for base in mro_of(new)):
        return None  # it would end what both have
    twin = object.__new__(new)
    for name, value in _attributes(instance):
        _put(twin, name, value)
    for name, make in makers(new).items():
        if make is not None and own_attribute(twin, name) is MISSING:
            _put(twin, name, make(twin))
    return twin


def _named_tuple(instance: Any, new: Any) -> Any:
    if not issubclass(type(instance), tuple):
        return None
    names = getattr(type(instance), "_fields", ())
    values = dict(zip(names, instance, strict=False))
    made = []
    for name, make in makers(new).items():
        if name not in values and make is None:
            return None
        made.append(values[name] if name in values or make is None else make(instance))
    return tuple.__new__(new, made) if names and made else None


def _attributes(instance: Any) -> Iterator[tuple[str, object]]:
    own = own_attribute(instance, "__dict__")
    yield from own.items() if type(own) is dict else ()
    for cls in mro_of(type(instance)):
        for name, slot in class_dict(cls).items():
            if type(slot) is MemberDescriptorType:
                value = own_attribute(instance, name)
                if value is not MISSING:
                    yield name, value


def _put(twin: object, name: str, value: object) -> None:
    try:
        put_attribute(twin, name, value)
    except AttributeError:
        return  # the new class has no place for it


def _held_by_others(instances: list[Any]) -> set[int]:
    """The ids of those objects to which there are more references than the heap shows."""
    if not instances:
        return set()
    instances.append(_Nobody())
    held = _unseen(instances)
    if held:
        gc.collect()  # what is garbage holds nothing, such as the frames of an error in a circle
        held = _unseen(instances)
    return held


def _unseen(instances: list[Any]) -> set[int]:
    """The last of them is held by nobody."""
    seen = _seen(instances)  # by a call of its own, whose variables hold none of them any more
    unseen = [sys.getrefcount(instance) - seen[id(instance)] for instance in instances]
    return {id(one) for one, count in zip(instances, unseen, strict=True) if count > unseen[-1]}


def _seen(instances: list[Any]) -> Counter[int]:
    """How often the heap refers to some objects where another one could be put."""
    ids = set(map(id, instances))
    seen: Counter[int] = Counter()
    for holder in holders_of(instances):
        if not issubclass(type(holder), _CLOSED):
            seen.update(filter(ids.__contains__, map(id, gc.get_referents(holder))))
    return seen


def holders_of(things: list[Any]) -> list[Any]:
    """What refers to some objects, as far as the garbage collector knows."""
    if len(things) <= _FEW:
        return gc.get_referrers(*things) if things else []
    ids = set(map(id, things))  # the collector would compare each reference with each of them
    return [
        holder
        for holder in gc.get_objects()
        # A module written in C may show objects on a free list, which being asked for brings back
        # to life: _asyncio is never done with it. What Python's modules hold is in their dicts.
        if not issubclass(type(holder), ModuleType)
        and not ids.isdisjoint(map(id, gc.get_referents(holder)))
    ]
