"""What classes are, without asking them: a metaclass may have an `==` and attributes of its own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


class Kinds(tuple[type, ...]):
    """Some types. A type is one of them if it is the same object; nothing is compared."""

    def __init__(self, kinds: Iterable[type]) -> None:
        self._ids = frozenset(map(id, self))

    def __contains__(self, kind: object) -> bool:
        return id(kind) in self._ids


def all_same(some: Sequence[object], others: Sequence[object]) -> bool:
    """Whether two sequences hold the same objects."""
    return len(some) == len(others) and all(map(operator.is_, some, others))


METHODS = Kinds((staticmethod, classmethod))

# What stands in a class itself, whatever its metaclass makes of `cls.__dict__`.
class_dict: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
# A class and all that it is derived from, as attributes are looked up.
mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
# The classes that a class is derived from.
bases_of: Callable[[type], tuple[type, ...]] = type.__dict__["__bases__"].__get__
# The name of a class, with the classes and functions around it.
qualname_of: Callable[[type], str] = type.__dict__["__qualname__"].__get__


def name_of(thing: Any) -> str:
    """The same of a function or class."""
    if issubclass(type(thing), type):
        return qualname_of(thing)
    return str(thing.__qualname__)


def home_of(thing: Any) -> str:
    """The name of the module in which a function or class says it was made."""
    if issubclass(type(thing), type):
        return str(class_dict(thing).get("__module__", "builtins"))
    return str(thing.__module__)
