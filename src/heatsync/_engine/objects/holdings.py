"""What live objects own, found without running any code of theirs."""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Iterable, Iterator
from types import (
    BuiltinMethodType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from heatsync._engine.objects.functions import cell_contents, is_cache
from heatsync._engine.objects.memory import CONTAINERS, MISSING, contents
from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.kinds import Kinds, class_dict, mro_of

_REACH = 2000  # objects looked at in search of the containers that an object owns
_PEERS = 30  # objects of one type, each with what it owns
_DEPTH = 4  # steps from an object to a container that is still its own
ATOMS = Kinds((int, float, complex, str, bytes, bool, type(None), ModuleType))
PLAIN = Kinds((*CONTAINERS, tuple, frozenset))
_WITHOUT_PEERS = Kinds((*PLAIN, FunctionType, type))
_BOUND = Kinds((MethodType, BuiltinMethodType))
WEAK = (weakref.ref, weakref.WeakMethod)


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
    if type(function) is not FunctionType:
        return False
    return str(function.__globals__.get("__package__")).partition(".")[0] == "heatsync"


def known_by(thing: Any) -> int:
    """By what a thing is known again: a bound method is another object whenever it is asked for."""
    if type(thing) is MethodType:
        return id(thing.__self__) << 64 | id(thing.__func__)
    return id(thing)


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
    """The containers that belong to an object, nearest first, and the objects around them."""
    found, around, _ = holdings(target)
    return found, around


def owned_with_peers(target: Any) -> list[Any]:
    """The same, and those of others of its own type that it has, and of those that these have: what
    is in the routers that a router includes, though it is theirs."""
    waiting, known, found = [target], dict[int, Any](), list[Any]()
    while waiting and len(known) < _PEERS:
        peer = waiting.pop(0)
        if id(peer) not in known:
            known[id(peer)] = peer
            containers, _, peers = holdings(peer)
            found += containers
            waiting += peers
    return found


def holdings(target: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """The containers that belong to an object, the objects around them, and the object's peers.

    It is itself one, or its attributes lead to some. A tree whose nodes are of one type is one
    step, however deep it is. Others of the target's own type are its peers: what they have is
    theirs.
    """
    peers = () if type(target) in _WITHOUT_PEERS else mro_of(type(target))[:-1]
    found: list[Any] = []
    around: list[Any] = []
    met: list[Any] = []
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
                met.append(thing)
                continue
            if is_holder(thing, kind):
                found.append(thing)
            elif (own := _own_dict(thing)) is not None and kind is not FunctionType:
                around.append(thing)
                found.extend(Attribute(own, n) for n, v in own.items() if type(v) is tuple)
            below = above if issubclass(kind, PLAIN) else above | {id(kind)}
            waiting.extend((part, below) for part in _parts(thing, kind, len(above)))
    return found, around, met


def is_holder(thing: Any, kind: type) -> bool:
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
    elif issubclass(kind, PLAIN):
        yield from contents(thing)
    if not issubclass(kind, (*PLAIN, type, FunctionType, MethodType, *WEAK)):
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
        for value in map(callee.__globals__.get, named_in(callee.__code__)):
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


def named_in(code: CodeType) -> Iterator[str]:
    """The globals and attributes that code names, that of functions inside it included."""
    yield from code.co_names
    for nested in nested_codes(code):
        yield from named_in(nested)
