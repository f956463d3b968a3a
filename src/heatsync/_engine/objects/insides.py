"""What the entries of registries hold, and in how many steps: looked up once while nothing runs."""

from __future__ import annotations

import functools
import weakref
from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any, NamedTuple

from heatsync._engine.objects.functions import cell_contents
from heatsync._engine.objects.holdings import (
    ATOMS,
    PLAIN,
    WEAK,
    attribute_values,
    is_holder,
    is_our_own,
    known_by,
)
from heatsync._engine.objects.memory import contents
from heatsync._engine.objects.shelves import Shelf
from heatsync._engine.texts.kinds import Kinds, name_of

_DEPTH = 4  # steps from an entry to what is still said to be in it
_RECORD = 100  # objects looked at in one entry
_CONSTANTS = Kinds((str, int, bytes, float, bool))
_Parts = dict[int, list[Any]]


class Insides:
    """What entries hold, what that holds, and so on: as a record holds what it is for.

    An application has thousands of entries, and each statement that registers something is looked
    for among them: what was seen is kept until code may have run.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, _Inside] = {}
        self._parts: tuple[_Parts, _Parts] = {}, {}  # of things near an entry, and deep in one
        self._on: dict[Hashable, set[int]] = {}
        self._words: dict[Hashable, set[Any]] = {}

    def forget(self) -> None:
        """What was seen may be different from now on."""
        self._known.clear()
        self._on.clear()
        self._words.clear()
        for parts in self._parts:
            parts.clear()

    # -------------------------------------------------------------- all that is on a shelf

    def lead_to(self, shelf: Shelf, wanted: Collection[int]) -> bool:
        """Whether any entry of a shelf leads to one of the things with these ids, and be it far.

        An application has thousands of shelves, and what a statement put somewhere is on few.
        """
        found = self._on.get(shelf.key)
        if found is None:
            found = self._on[shelf.key] = set().union(*map(self.ids, shelf.entries()))
        return not found.isdisjoint(wanted)

    def name(self, shelf: Shelf, words: Collection[str]) -> bool:
        """Whether any of these words is a constant in an entry of a shelf."""
        if not words:
            return False
        found = self._words.get(shelf.key)
        if found is None:
            constants = (self.atoms(entry) for entry in shelf.entries())
            found = self._words[shelf.key] = {value for some in constants for _, value in some}
        return not found.isdisjoint(words)

    def names_on(self, shelf: Shelf) -> frozenset[str]:
        """The names of the definitions that the entries of a shelf lead to."""
        things = (thing for entry in shelf.entries() for thing in self.definitions(entry, 4))
        return frozenset(name_of(thing).rpartition(".")[2] for thing in things)

    # ------------------------------------------------------------------------- one entry

    def ids(self, entry: Any) -> set[int]:
        """The ids of all that is in an entry, itself included; an int in it may itself be one."""
        return {known_by(entry), *self._of(entry).steps}

    def distance(self, entry: Any, wanted: Collection[int]) -> int | None:
        """In how many steps an entry leads to one of the things with these ids; None if it does not.

        Some registries keep the `id()` of a thing and not the thing.
        """
        if known_by(entry) in wanted:
            return 0
        steps = self._of(entry).steps
        return min((steps[one] for one in wanted if one in steps), default=None)

    def distance_past(
        self, entry: Any, wanted: Collection[int], avoided: Collection[int]
    ) -> int | None:
        """In how many steps an entry leads to one of some things, not by way of some others."""
        steps = self._of(entry).steps
        left = [one for one in wanted if one in steps and one not in avoided]
        past = self._past(entry, avoided).steps if left else steps
        return min((past[one] for one in left if one in past), default=None)

    def beyond(self, entry: Any, steps: int, avoided: Collection[int]) -> Iterator[int]:
        """The ids of what is in an entry, in so many steps or more, not by way of some others."""
        found = self._past(entry, avoided).steps
        yield from (one for one, far in found.items() if far >= steps)

    def _past(self, entry: Any, avoided: Collection[int]) -> _Inside:
        found = self._of(entry)
        is_past = found.steps.keys().isdisjoint(avoided)
        return found if is_past else look_into(entry, self._parts, avoided)

    def atoms(self, entry: Any) -> set[tuple[type, Any]]:
        """The plain constants in an entry, each with its type."""
        parts = self._of(entry).within(2)
        return {(type(part), part) for part in parts if type(part) in _CONSTANTS}

    def definitions(self, entry: Any, steps: int) -> list[Any]:
        """The functions and classes that an entry leads to in fewer steps than these."""
        parts = self._of(entry).within(steps - 1) if steps > 0 else ()
        return [part for part in parts if is_definition(part)]

    def is_shared(
        self, entry: Any, ours: Collection[int], is_others: Callable[[Any], bool]
    ) -> bool:
        """Whether an entry is itself a container in which others put things too.

        It is a record where it holds constants beside what is ours, and nothing that is others'.
        What a mapping has under a key may gather from the start: it is one if all else is data.
        """
        is_item = type(entry) is tuple and len(entry) == 2
        inner = entry[1] if is_item else entry
        kind = type(inner)
        if not is_holder(inner, kind) or issubclass(kind, set):
            return is_holder(inner, kind)
        values = list(dict.values(inner)) if issubclass(kind, dict) else contents(inner)
        beside = [value for value in values if known_by(value) not in ours]
        has_constants = any(type(value) in ATOMS for value in beside)
        more = [value for value in beside if not _is_data(value)]
        if more and (is_item or not has_constants):
            return True
        for value in more:
            leads_to_ours = self.distance(value, ours) is not None
            if is_others(value) or (leads_to_ours and self.is_shared(("", value), ours, is_others)):
                return True
        return is_item and not has_constants

    def _of(self, entry: Any) -> _Inside:
        # The items of a dict are put together anew whenever they are asked for.
        key: Hashable = tuple(map(id, entry)) if type(entry) is tuple else id(entry)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = look_into(entry, self._parts)
        return found


class _Inside(NamedTuple):
    """What one entry holds."""

    parts: list[Any]  # nearest first, itself among them
    ends: tuple[int, ...]  # how many of them there are within so many steps
    steps: dict[int, int]  # to the parts, by id, and to what an int in it may be the id of

    def within(self, steps: int) -> list[Any]:
        return self.parts[: self.ends[min(steps, len(self.ends) - 1)]]


def look_into(entry: Any, parts_of: tuple[_Parts, _Parts], avoided: Iterable[int] = ()) -> _Inside:
    """What one entry holds, of which the parts of some things are known; but for what is avoided."""
    parts, ends, steps = [entry], [1], dict.fromkeys((*avoided, id(entry)), 0)
    layer = [entry]
    for step in range(1, _DEPTH + 1):
        is_deep = step > 2
        known = parts_of[is_deep]
        following = []
        for thing in layer:
            inside = known.get(id(thing))
            if inside is None:
                inside = known[id(thing)] = [*_inside(thing, is_deep)]
            for part in inside:
                if id(part) not in steps and len(parts) < _RECORD:
                    steps[id(part)] = step
                    parts.append(part)
                    if type(part) is not str and type(part) is not int:  # most that hold nothing
                        following.append(part)
        if len(parts) == ends[-1]:
            break
        ends.append(len(parts))
        layer = following
    del steps[id(entry)]  # another one may hold the very same
    for end, part in enumerate(parts):
        kind = type(part)
        if kind is int or kind is MethodType:
            steps.setdefault(part if kind is int else known_by(part), bisect_right(ends, end))
    return _Inside(parts, tuple(ends), steps)


def _inside(thing: Any, is_deep: bool) -> Iterator[Any]:
    kind = type(thing)
    if issubclass(kind, (*ATOMS, type)) or (is_deep and _is_of_others(thing, kind)):
        return
    if issubclass(kind, WEAK):
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
    elif kind in PLAIN:
        for part in contents(thing):
            yield from part if issubclass(kind, dict) else (part,)
    else:
        yield from attribute_values(thing)


def _is_of_others(thing: Any, kind: type) -> bool:
    """Whether a container deep in an entry may be there for several; a record has constants."""
    if not is_holder(thing, kind):
        return False
    return not (issubclass(kind, dict) and any(type(v) in ATOMS for v in dict.values(thing)))


def _is_data(value: Any, depth: int = _DEPTH) -> bool:
    """Whether a value is a constant, or a container of such and no others."""
    kind = type(value)
    if kind in ATOMS:
        return True
    if kind not in PLAIN or not depth:
        return False
    return all(
        _is_data(part, depth - 1)
        for entry in contents(value)
        for part in (entry if issubclass(kind, dict) else (entry,))
    )


def texts_of(record: Any) -> set[str]:
    """The texts that are attributes of an object."""
    if issubclass(type(record), (*ATOMS, *PLAIN)):
        return set()
    return {value for value in attribute_values(record) if type(value) is str}


def is_definition(thing: Any) -> bool:
    """Whether it is a function or a class."""
    return type(thing) is FunctionType or issubclass(type(thing), type)


def is_record(thing: Any) -> bool:
    """Whether it is an object that was made for something, and no container or definition."""
    return not (is_definition(thing) or issubclass(type(thing), (*ATOMS, *PLAIN, MethodType)))
