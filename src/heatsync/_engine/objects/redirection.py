"""Puts what took another thing's place where the heap holds that: in attributes, containers, closures."""

from __future__ import annotations

import functools
import gc
import operator
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from types import (
    CellType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, cast

from heatsync._engine.objects.functions import cell_contents, reachable
from heatsync._engine.objects.memory import SLOTS, contents, refill
from heatsync._engine.objects.remaking import holders_of
from heatsync._engine.texts.kinds import class_dict, mro_of, qualname_of

Redirect = Callable[[Any, "Redirection"], None]

# How deep tuples, bound methods and the like may stand in one another.
_DEPTH = 4


def redirect(
    replaced: Iterable[tuple[object, object]],
    discarded: Iterable[tuple[object, object]],
    notes: list[str],
) -> None:
    """Puts new objects where the heap holds old ones: in attributes, containers, closures.

    And kept classes where what they were poured from was captured: by a metaclass, a decorator,
    a descriptor that was told its owner.

    Nothing can be taken back from here on, so it is done when a batch is committed. Left alone
    are local variables of calls in progress and weak references: they cannot be written.
    """
    pairs = [pair for pair in (*replaced, *discarded) if is_held(pair)]
    if pairs:
        notes.extend(Redirection(pairs).run())


def redirect_within(
    things: Iterable[object],
    beyond: Iterable[object],
    pair: tuple[object, object],
    notes: list[str],
    holders: Iterable[object] = (),
) -> None:
    """The same for a single pair, only in what some things lead to, and not in what is `beyond`.

    The things themselves may be immutable: then others take their places in their `holders`.
    """
    found: list[Any] = [*holders]
    for thing in reachable(things, beyond=beyond):
        found.append(thing)
        if type(thing) is FunctionType:
            found.extend((*(thing.__closure__ or ()), thing.__dict__))

    def holders_of_these(wanted: list[Any]) -> list[Any]:
        ids = set(map(id, wanted))
        return [one for one in found if not ids.isdisjoint(map(id, gc.get_referents(one)))]

    notes.extend(Redirection([pair], holders_of_these).run())


def is_held(pair: tuple[object, object]) -> bool:
    """Whether anybody but the pair holds the first of it."""
    nobody = _NOBODY_OF_A_CLASS if issubclass(type(pair[0]), type) else _NOBODY
    return _holders(pair) > nobody


def _holders(pair: tuple[object, object]) -> int:
    """How many references to the first of a pair there are but its own and that of the pair.

    Counting is cheap; to look through the heap is not.
    """
    thing = pair[0]
    known = 0
    for part in (pair, *_parts(thing)):
        known += _references(part, thing)
    return sys.getrefcount(thing) - known


def _parts(cls: Any) -> Iterator[object]:
    """What belongs to a class and holds it: descriptors, and the members of an enum."""
    if not issubclass(type(cls), type):
        return
    yield mro_of(cls)
    for part in class_dict(cls).values():
        if type(part) is cls:
            yield part.__dict__
        if type(part) is cls or type(part) in SLOTS:
            yield part


def _references(holder: object, thing: object) -> int:
    return sum(map(functools.partial(operator.is_, thing), gc.get_referents(holder)))


# How many the counting itself adds.
_NOBODY = _holders((object(), None))
_NOBODY_OF_A_CLASS = _holders((type("Free", (), {}), None))


class Redirection:
    """One search for what holds some objects; what is immutable is made anew and sought in turn."""

    def __init__(
        self,
        replaced: list[tuple[object, object]],
        holders: Callable[[list[Any]], list[Any]] = holders_of,
    ) -> None:
        self._holders_of = holders
        self._ours: set[int] = {id(replaced), *map(id, replaced)}
        self._successors: dict[int, tuple[object, object]] = {}
        for old, new in reversed(replaced):  # one may have been replaced twice
            self._successors[id(old)] = (old, self.of(new))
        self._copies: list[tuple[object, object]] = []  # of the immutable things found so far
        self._owners: dict[int, type] = {}  # classes by the id of their namespace

    def run(self) -> Iterator[str]:
        """Gives what could not be written, as sentences."""
        wanted = [old for old, _ in self._successors.values()]
        for _ in range(_DEPTH):
            self._copies = []
            ours = {*self._ours, id(wanted), id(self._successors), id(self._copies)}
            ours.update(map(id, self._successors.values()))
            holders = self._holders_of(wanted)
            self._owners = _owners(holders)
            for holder in holders:
                if id(holder) not in ours:
                    yield from self._write(holder)
            wanted = [old for old, _ in self._copies]
            self._successors.update((id(old), (old, copy)) for old, copy in self._copies)

    def _write(self, holder: Any) -> Iterator[str]:
        try:
            try:
                _writer(holder)(holder, self)
            except MemoryError:  # which may be over by now
                _writer(holder)(holder, self)
        except Exception as error:  # the object's own code refused
            what = f"{type(error).__name__}: {error}"
            yield f"an object of type {qualname_of(type(holder))} still holds what was replaced: {what}"

    def of(self, thing: Any) -> Any:
        """What stands for a thing now."""
        entry = self._successors.get(id(thing))
        return entry[1] if entry else thing

    def changes(self, things: Iterable[object]) -> bool:
        return any(id(thing) in self._successors for thing in things)

    def owner(self, namespace: dict[Any, Any]) -> type | None:
        """The class that a dict is the namespace of."""
        return self._owners.get(id(namespace))

    def copied(self, old: object, copy: object) -> None:
        """An immutable thing is to be replaced by a copy, wherever it is held."""
        self._copies.append((old, copy))


def _writer(holder: Any) -> Redirect:
    """How to write to what holds an old object."""
    for kind, writer in _WRITERS.items():
        if issubclass(type(holder), kind):
            return writer
    return _in_attributes


def _in_dict(holder: Any, to: Redirection) -> None:
    if (owner := to.owner(holder)) is not None:
        _in_class(owner, holder, to)
    elif to.changes(holder):  # as keys: their order stays
        refill(holder, [(to.of(key), to.of(value)) for key, value in contents(holder)])
    else:
        for key, value in contents(holder):
            if to.of(value) is not value:
                dict.__setitem__(holder, key, to.of(value))
    if issubclass(type(holder), defaultdict) and to.changes([holder.default_factory]):
        holder.default_factory = to.of(holder.default_factory)
    _in_attributes(holder, to)


def _owners(holders: list[Any]) -> dict[int, type]:
    """The classes of those that are namespaces of classes, which are written by way of them."""
    namespaces = [thing for thing in holders if type(thing) is dict and "__module__" in thing]
    found = gc.get_referrers(*namespaces) if namespaces else []
    classes = [cast(type, thing) for thing in found if issubclass(type(thing), type)]
    return {id(part): cls for cls in classes for part in gc.get_referents(cls)}


def _in_class(cls: type, namespace: dict[str, Any], to: Redirection) -> None:
    for name, value in list(namespace.items()):
        if to.of(value) is not value:
            type.__setattr__(cls, name, to.of(value))


def _in_list(holder: list[Any], to: Redirection) -> None:
    for place, element in enumerate(holder):
        if to.of(element) is not element:
            list.__setitem__(holder, place, to.of(element))
    _in_attributes(holder, to)


def _in_elements(holder: Any, to: Redirection) -> None:
    if to.changes(holder):
        refill(holder, [to.of(element) for element in contents(holder)])
    _in_attributes(holder, to)


def _in_tuple(holder: tuple[Any, ...], to: Redirection) -> None:
    if type(holder) is tuple:
        to.copied(holder, tuple(map(to.of, holder)))
    elif make := getattr(type(holder), "_make", None):  # a named tuple
        to.copied(holder, make(map(to.of, holder)))


def _in_frozenset(holder: frozenset[Any], to: Redirection) -> None:
    if type(holder) is frozenset:
        to.copied(holder, frozenset(map(to.of, holder)))


def _in_cell(holder: CellType, to: Redirection) -> None:
    holder.cell_contents = to.of(cell_contents(holder))


def _in_function(holder: FunctionType, to: Redirection) -> None:
    if to.changes([holder.__defaults__]):
        holder.__defaults__ = to.of(holder.__defaults__)


def _in_method(holder: MethodType, to: Redirection) -> None:
    to.copied(holder, MethodType(to.of(holder.__func__), to.of(holder.__self__)))


def _in_partial(holder: functools.partial[Any], to: Redirection) -> None:
    arguments = tuple(map(to.of, holder.args))
    words = {name: to.of(value) for name, value in holder.keywords.items()}
    cast(Any, holder).__setstate__((to.of(holder.func), arguments, words, holder.__dict__ or None))


def _in_attributes(holder: Any, to: Redirection) -> None:
    """In an object of any other type: its dict, which may not exist as such yet, and its slots."""
    try:
        own = object.__getattribute__(holder, "__dict__")
    except AttributeError:
        own = None
    if type(own) is dict and to.changes(own.values()):
        _in_dict(own, to)
    for cls in mro_of(type(holder)):
        for slot in class_dict(cls).values():
            if type(slot) is MemberDescriptorType:
                _in_slot(holder, slot, to)


def _in_slot(holder: Any, slot: MemberDescriptorType, to: Redirection) -> None:
    try:
        value = slot.__get__(holder)
        if to.of(value) is not value:
            slot.__set__(holder, to.of(value))
    except (AttributeError, TypeError):
        return  # it is empty, or cannot be written


def _nowhere(holder: object, to: Redirection) -> None:
    """What Python itself holds a class by: its own tables, and calls in progress."""


_WRITERS: dict[type, Redirect] = {
    type: _nowhere,
    ModuleType: _nowhere,  # its dict is a holder of its own
    dict: _in_dict,
    list: _in_list,
    set: _in_elements,
    deque: _in_elements,
    tuple: _in_tuple,
    frozenset: _in_frozenset,
    CellType: _in_cell,
    FunctionType: _in_function,
    MethodType: _in_method,
    functools.partial: _in_partial,
}
