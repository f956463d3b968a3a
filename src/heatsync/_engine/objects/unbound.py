"""Bound methods whose methods take no instance any more: they call what their object has instead."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any, cast

from heatsync._engine.objects.functions import calling_attribute
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.kinds import METHODS, class_dict, mro_of


def method_of(old: Any, new: Any) -> FunctionType | None:
    """The function that is bound no more as it was, where a member of a class became another one."""
    function = old.__func__ if type(old) is classmethod else old
    is_bound_otherwise = type(new) in METHODS and type(new) is not type(old)
    return function if is_bound_otherwise and type(function) is FunctionType else None


def bound_anew(unbound: Iterable[tuple[FunctionType, object]]) -> Iterator[tuple[object, object]]:
    """Those that are held of some functions, each with what is to take its place.

    It looks its method up when it is called, as that may become one of instances again.
    """
    for function, member in unbound:
        followers: dict[str, FunctionType] = {}
        for held in gc.get_referrers(function):
            if type(held) is MethodType and held.__func__ is function:
                name = _name_of(member, held.__self__)
                if name:
                    known = followers.get(name) or calling_attribute(function, name)
                    followers[name] = known
                    yield held, MethodType(known, held.__self__)


def _name_of(member: object, thing: object) -> str:
    """Under which name an object has a member of its class; "" where it has another one there."""
    is_class = issubclass(type(thing), type)
    namespaces = [class_dict(cls) for cls in mro_of(cast(type, thing) if is_class else type(thing))]
    for name in [name for own in namespaces for name, value in own.items() if value is member]:
        if next(own.get(name, MISSING) for own in namespaces if name in own) is member:
            return name
    return ""
