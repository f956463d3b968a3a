"""What live objects own and hold, found without running any code of theirs."""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Container, Iterable, Iterator
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, cast

from heatsync._engine.codes import nested_codes
from heatsync._engine.functions import cell_contents, is_cache
from heatsync._engine.kinds import Kinds, class_dict, mro_of
from heatsync._engine.memory import CONTAINERS, MISSING, contents

_OURS = ("heatsync", "heatsync._engine", "heatsync._resident")
_REACH = 2000  # objects looked at in search of the containers that an object owns
_DEPTH = 4  # steps from an object to a container that is still its own
_RECORD = 100  # objects looked at in one entry
ATOMS = Kinds((int, float, complex, str, bytes, bool, type(None), ModuleType))
_PLAIN = Kinds((*CONTAINERS, tuple, frozenset))
_WITHOUT_PEERS = Kinds((*_PLAIN, FunctionType, type))
_BOUND = Kinds((MethodType, BuiltinMethodType))
_CONSTANTS = Kinds((str, int, bytes, float, bool))
_WEAK = (weakref.ref, weakref.WeakMethod)


def follow(value: Any, path: Iterable[str]) -> Any:
    """What attribute after attribute leads to; MISSING where only their own code could tell."""
    for name in path:
        value = _attribute(value, name)
        if value is MISSING:
            break
    return value


def _attribute(thing: Any, name: str) -> Any:
    if type(thing) is FunctionType and name in ("__name__", "__qualname__"):
        return getattr(thing, name)
    own = _own_dict(thing)
    if own is not None and name in own:
        return own[name]
    kind = thing if issubclass(type(thing), type) else type(thing)
    for cls in mro_of(kind):
        found = class_dict(cls).get(name, MISSING)
        if found is MISSING:
            continue
        if type(found) is MemberDescriptorType and kind is not thing:
            return _slot(found, thing)
        if type(found) is FunctionType:
            return found if kind is thing else MethodType(found, thing)
        if type(found) is classmethod:
            return MethodType(found.__func__, kind)
        return found.__func__ if type(found) is staticmethod else found
    return MISSING


def _own_dict(thing: Any) -> dict[str, Any] | None:
    if issubclass(type(thing), type):
        return None
    try:
        own = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return None
    return own if type(own) is dict else None


def _slot(slot: MemberDescriptorType, thing: Any) -> Any:
    try:
        return slot.__get__(thing)
    except AttributeError:  # nothing in it yet
        return MISSING


def is_our_own(thing: Any) -> bool:
    """Whether it is a function of heatsync itself, which ends by itself what it keeps."""
    function = thing.__func__ if type(thing) is MethodType else thing
    return type(function) is FunctionType and function.__globals__.get("__package__") in _OURS


# ------------------------------------------------------------------ what belongs to it


class Attribute:
    """A tuple that an object has under a name: put together anew by whoever adds to it."""

    def __init__(self, owner: dict[str, Any], name: str) -> None:
        self.owner, self.name = owner, name

    @property
    def value(self) -> tuple[Any, ...]:
        held = self.owner.get(self.name)
        return held if type(held) is tuple else ()


def identity(holder: Any) -> tuple[int, str]:
    """What tells one holder of entries from another."""
    if type(holder) is Attribute:
        return id(holder.owner), holder.name
    return id(holder), ""


def owned(target: Any) -> tuple[list[Any], list[Any]]:
    """The containers that belong to an object, nearest first, and the objects around them.

    It is itself one, or its attributes lead to some. A tree whose nodes are of one type is one
    step, however deep it is. Others of the target's own type are its peers: what they have is
    theirs.
    """
    peers = () if type(target) in _WITHOUT_PEERS else mro_of(type(target))[:-1]
    found: list[Any] = []
    around: list[Any] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, frozenset[int]]] = [(target, frozenset())]
    while waiting and len(seen) < _REACH:
        batch, waiting = waiting, []
        for thing, above in batch:
            kind = type(thing)
            if id(thing) in seen or len(above) > _DEPTH or issubclass(kind, ATOMS):
                continue
            seen.add(id(thing))
            if thing is not target and (
                kind in Kinds(peers) or (type(target) in Kinds(mro_of(kind)) and peers)
            ):
                continue
            if _is_holder(thing, kind):
                found.append(thing)
            elif (own := _own_dict(thing)) is not None and kind is not FunctionType:
                around.append(thing)
                found.extend(Attribute(own, n) for n, v in own.items() if type(v) is tuple)
            below = above if issubclass(kind, _PLAIN) else above | {id(kind)}
            waiting.extend((part, below) for part in _parts(thing, kind, len(above)))
    return found, around


def _is_holder(thing: Any, kind: type) -> bool:
    """A dict, list, set or deque, also one of a subclass; but not the globals of a module."""
    if not issubclass(kind, (dict, list, set, *CONTAINERS)):
        return False
    return not (kind is dict and "__builtins__" in thing)


def _parts(thing: Any, kind: type, steps: int) -> Iterator[Any]:
    if kind is FunctionType:
        yield from _of_function(thing) if steps < 2 else ()
    elif kind is MethodType:
        yield from (thing.__self__,) if not steps else ()
    elif issubclass(kind, type):
        yield from class_dict(thing).values() if not steps else ()
    elif issubclass(kind, dict):
        yield from dict.values(thing)
    elif issubclass(kind, _PLAIN):
        yield from contents(thing)
    if not issubclass(kind, (*_PLAIN, type, FunctionType, MethodType, *_WEAK)):
        yield from attribute_values(thing)


def _of_function(function: FunctionType) -> Iterator[Any]:
    """What a function keeps things in: its closure, its defaults, functions that are its own."""
    yield from (cell_contents(cell) for cell in function.__closure__ or ())
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for value in function.__dict__.values():
        if type(value) is FunctionType:
            yield from (cell_contents(cell) for cell in value.__closure__ or ())
        else:
            yield value


def attribute_values(thing: Any) -> Iterator[Any]:
    """What the attributes of an object hold, those that only itself knows included.

    But not the dict of a `functools.lru_cache`, whose entries know one another: to put back what
    was in it would break it.
    """
    own = _own_dict(thing)
    if own is not None:
        yield from list(own.values())
    inner: tuple[type, ...] = CONTAINERS if is_cache(thing) else ()
    for referent in gc.get_referents(thing):
        if referent is not own and not issubclass(type(referent), (type, *inner)):
            yield referent


def kept_in_by(callee: Any, depth: int = 2) -> Iterator[Any]:
    """The objects in which a callable may keep what it is given, as far as it is known.

    These are the object it is a method of, and what a function keeps for itself or finds among
    the globals that its code names.
    """
    kind = type(callee)
    if is_our_own(callee):
        return
    if kind is functools.partial:
        yield from (callee.func, *callee.args)
    elif kind in _BOUND:
        owner = callee.__self__
        if not issubclass(type(owner), ATOMS):
            yield owner
    elif kind is FunctionType:
        yield callee
        for value in map(callee.__globals__.get, _names(callee.__code__)):
            if type(value) is FunctionType:
                yield from kept_in_by(value, depth - 1) if depth else ()
            elif not issubclass(type(value), (*ATOMS, type, BuiltinMethodType)):
                yield value
    elif not issubclass(kind, (*ATOMS, type)):
        yield callee


def kept_by_class(cls: Any) -> Iterator[Any]:
    """Where instances of a class are registered unless somebody says otherwise: its defaults."""
    maker = _attribute(cls, "__init__") if issubclass(type(cls), type) else None
    if type(maker) is FunctionType:
        yield from filter(may_keep, maker.__defaults__ or ())
        yield from filter(may_keep, (maker.__kwdefaults__ or {}).values())


def may_keep(value: Any) -> bool:
    """Whether a value that is given to a call may be where that keeps something."""
    return value is not MISSING and not issubclass(
        type(value), (*ATOMS, type, FunctionType, MethodType, BuiltinMethodType)
    )


def _names(code: CodeType) -> Iterator[str]:
    """The globals and attributes that code names, that of functions inside it included."""
    yield from code.co_names
    for nested in nested_codes(code):
        yield from _names(nested)


# ------------------------------------------------------------------------ what it holds


def layers(entry: Any, depth: int = _DEPTH) -> Iterator[list[Any]]:
    """An entry, what it holds, what that holds, and so on: as a record holds what it is for."""
    layer, seen = [entry], {id(entry)}
    for steps in range(depth + 1):
        yield layer
        following = []
        for part in (part for thing in layer for part in _inside(thing, steps)):
            if id(part) not in seen and len(seen) < _RECORD:
                seen.add(id(part))
                following.append(part)
        if not following:
            return
        layer = following


def _inside(thing: Any, steps: int) -> Iterator[Any]:
    kind = type(thing)
    if issubclass(kind, (*ATOMS, type)) or (steps > 1 and _is_of_others(thing, kind)):
        return
    if issubclass(kind, _WEAK):
        yield weakref.ref.__call__(thing)
    elif kind is FunctionType and not is_our_own(thing):
        # By its code: a wrapper bears the name of what it wraps.
        if "<locals>" in thing.__code__.co_qualname or thing.__name__ == "<lambda>":
            yield from (cell_contents(cell) for cell in thing.__closure__ or ())
            yield from thing.__defaults__ or ()
    elif kind is MethodType:
        yield from (thing.__self__, thing.__func__)
    elif kind is functools.partial:
        yield from (thing.func, *thing.args, *thing.keywords.values())
    elif kind in _PLAIN:
        for part in thing.items() if issubclass(kind, dict) else ((part,) for part in thing):
            yield from part
    else:
        yield from attribute_values(thing)


def _is_of_others(thing: Any, kind: type) -> bool:
    """Whether a container deep in an entry may be there for several; a record has constants."""
    if not _is_holder(thing, kind):
        return False
    return not (issubclass(kind, dict) and any(type(v) in ATOMS for v in dict.values(thing)))


def distance(entry: Any, wanted: Container[int]) -> int | None:
    """In how many steps an entry leads to one of the things with these ids; None if it does not.

    Some registries keep the `id()` of a thing and not the thing.
    """
    if type(entry) in ATOMS and type(entry) is not int:
        return None
    for steps, layer in enumerate(layers(entry)):
        if any(id(part) in wanted or (type(part) is int and part in wanted) for part in layer):
            return steps
    return None


def is_shared(entry: Any, ours: Container[int]) -> bool:
    """Whether an entry is itself a container in which others put things too.

    It is a record where it holds constants beside what is ours, and nothing else.
    """
    is_item = type(entry) is tuple and len(entry) == 2
    inner = entry[1] if is_item else entry
    kind = type(inner)
    if not _is_holder(inner, kind) or issubclass(kind, set):
        return _is_holder(inner, kind)
    values = list(dict.values(inner)) if issubclass(kind, dict) else contents(inner)
    beside = [value for value in values if id(value) not in ours]
    if any(type(value) not in ATOMS for value in beside):
        return True
    return is_item and not beside


def atoms(entry: Any) -> set[tuple[type, Any]]:
    """The plain constants in an entry, each with its type."""
    return {
        (type(part), part)
        for layer in layers(entry, 2)
        for part in layer
        if type(part) in _CONSTANTS
    }


def definitions(entry: Any, steps: int) -> Iterator[Any]:
    """The functions and classes that an entry leads to in fewer steps than these."""
    for layer in list(layers(entry, steps - 1))[:steps] if steps > 0 else ():
        yield from (cast(Any, part) for part in layer if _is_definition(part))


def _is_definition(thing: Any) -> bool:
    return type(thing) is FunctionType or issubclass(type(thing), type)
