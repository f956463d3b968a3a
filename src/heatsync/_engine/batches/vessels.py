"""Objects of libraries that are poured: the one that others were given becomes the one made anew."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from heatsync._engine.batches.libraries import Libraries
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import HEAP, SLOTS, contents, own_attribute
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync.adapters import POURED, instances

_NEAR = 100  # objects that are called, one in another, among which one that is poured is looked for
_PLAIN = (list, tuple)
_OF_EVERY_OBJECT = ("__dict__", "__weakref__")


class Vessels:
    """Has an object become another one: both have one `__dict__` then.

    So whatever the new one has put its own methods into works on what everybody holds, before all
    that holds the new one is given the old one. A wrapper around such an object, which is called
    in its place, is one, too.
    """

    def __init__(self, journal: Journal, libraries: Libraries) -> None:
        self._journal = journal
        self._libraries = libraries
        # What there was of its type before the batch, by id: a statement that gives one of these
        # has not made it, and two that are in use must not become one.
        self._there: dict[int, dict[int, Any]] = {}
        self._kinds: dict[int, tuple[type, bool]] = {}  # by id, so that no metaclass is asked
        self._poured: list[tuple[object, object]] = []

    def is_one(self, thing: Any) -> bool:
        """Whether an object is to become what its statement makes in its place."""
        return bool(self.layers(thing))

    def layers(self, thing: Any) -> list[Any]:
        """The wrappers around such an object, and that itself last; nothing of another thing."""
        return self._find(thing, {})

    def copies(self, thing: Any) -> bool:
        """Whether an object is one, or has copied what it was given, or is a list of such."""
        if type(thing) not in _PLAIN:
            return self.is_one(thing) or self._libraries.copies(type(thing))
        kinds = {id(type(part)): type(part) for part in contents(thing)}
        return any(map(self._libraries.copies, kinds.values()))

    def foresee(self, values: Iterable[Any]) -> None:
        """A statement is about to run that may make some values anew."""
        for kind in [type(one) for value in values for one in self.layers(value)]:
            if id(kind) not in self._there:
                self._there[id(kind)] = {id(thing): thing for thing in instances(kind)}

    def pour(self, old: Any, new: Any) -> bool:
        """Has an object become a new one of its type; False where it is not one of those."""
        around, wrapped = self.layers(old), self.layers(new)
        if not around or not wrapped or not self._is_new(new):
            return False
        inner, made = around[-1], wrapped[-1]
        if type(inner) is type(made) and self._is_new(made):
            self._become(inner, made)
            for wrapper in wrapped[:-1]:
                self._put_inside(wrapper, made, inner)
        if inner is not old:
            self._become(old, new)
        return True

    def _become(self, old: Any, new: Any) -> None:
        self._libraries.poured(old, new)
        made = own_attribute(new, "__dict__")
        # A copy: Python 3.13 keeps what is in the dict of an object inside of that, and its garbage
        # collector takes it for unreachable when that is garbage, though the dict is not.
        now = {**made, **_set_from_outside(old, made)}
        for one in (new, old):
            self._journal.set_attribute(one, "__dict__", now)
        self._poured.append((new, old))
        _let_nobody_find(new)

    def _put_inside(self, wrapper: Any, made: Any, inner: Any) -> None:
        """A wrapper is around the object that goes on, instead of the one that was made anew."""
        for name, value in list(own_attribute(wrapper, "__dict__").items()):
            if value is made:
                self._journal.set_attribute(wrapper, name, inner)

    def take_poured(self) -> list[tuple[object, object]]:
        """The new objects, and what became them; and the weak references to these."""
        poured, self._poured = self._poured, []
        self._there.clear()
        return [pair for new, old in poured for pair in ((new, old), *_weak(new, old))]

    def _is_new(self, thing: Any) -> bool:
        there = self._there.get(id(type(thing)))
        return there is not None and id(thing) not in there

    def _find(self, thing: Any, seen: dict[int, Any]) -> list[Any]:
        """An object that is poured, by itself or after the wrappers around it; else nothing."""
        if id(thing) in seen or len(seen) > _NEAR or not self._has_only_a_dict(thing):
            return []
        seen[id(thing)] = thing
        if self._libraries.pours(thing):
            return [thing]
        for inner in list(own_attribute(thing, "__dict__").values()) if _is_called(thing) else ():
            if found := self._find(inner, seen):
                return [thing, *found]
        return []

    def _has_only_a_dict(self, thing: Any) -> bool:
        """Whether its `__dict__` is all that an object has."""
        kind = type(thing)
        known = self._kinds.get(id(kind))
        if known is None:
            known = self._kinds[id(kind)] = kind, _have_only_a_dict(kind)
        return known[1] and type(own_attribute(thing, "__dict__")) is dict


def _have_only_a_dict(kind: type) -> bool:
    """Whether objects of a type may be: there are no slots, and nothing of a type in C."""
    classes = mro_of(kind)[:-1]
    if issubclass(kind, type) or not all(cls.__flags__ & HEAP for cls in classes):
        return False
    members = (item for cls in classes for item in class_dict(cls).items())
    return not any(
        type(member) in SLOTS and name not in _OF_EVERY_OBJECT for name, member in members
    )


def _set_from_outside(old: Any, made: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that an object was given after it was made, and that are no cache of its own."""
    return {
        name: value
        for name, value in own_attribute(old, "__dict__").items()
        if name not in made and not any(name in class_dict(cls) for cls in mro_of(type(old)))
    }


def _let_nobody_find(new: Any) -> None:
    """An adapter that looks for such objects has no use for one that only waits to be collected."""
    if any("__weakref__" in class_dict(cls) for cls in mro_of(type(new))):
        POURED[id(new)] = new


def _is_called(thing: Any) -> bool:
    return any("__call__" in class_dict(cls) for cls in mro_of(type(thing))[:-1])


def _weak(new: Any, old: Any) -> Iterator[tuple[object, object]]:
    """The plain weak references to an object, and those to what it became."""
    for reference in weakref.getweakrefs(new):
        if type(reference) is weakref.ref and reference.__callback__ is None:
            yield reference, weakref.ref(old)
        elif type(reference) in weakref.ProxyTypes:
            yield reference, weakref.proxy(old)
