"""Containers whose entries are taken out, and put back in order."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Collection, Hashable, Iterator
from typing import Any

from heatsync._engine.objects.holdings import Attribute, identity
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import contents, refill
from heatsync._engine.texts.once import once

Place = tuple[float, ...]  # sorts an entry among the others


class Shelf:
    """A holder of entries while a batch is applied.

    Entries are told apart by identity and number: a list may hold one object several times.
    """

    def __init__(self, holder: Any, journal: Journal) -> None:
        self.holder = holder
        self.key = identity(holder)
        if type(holder) is Attribute:
            journal.protect_item(holder.owner, holder.name)
        else:
            journal.protect(holder)
        self.original = self._contents()
        self._new: dict[Hashable, list[Place]] = {}  # places of what this batch put in
        self._put_by: dict[Hashable, list[tuple[Hashable, Place]]] = {}
        self._moved = False
        self._is_untouched = True
        self._at_front: set[Hashable] = set()  # who put something in front of what there was
        self.is_sorted = False  # by the program, which knows by what
        self.is_anew = False  # whether its holder was made anew
        self._numbers = itertools.count()

    @once
    def _at_first(self) -> list[tuple[Place, Any]]:
        return [((number,), entry) for number, entry in enumerate(self.original)]

    @once
    def _places(self) -> dict[Hashable, list[Place]]:
        places: dict[Hashable, list[Place]] = {}
        for place, entry in self._at_first:
            places.setdefault(self._key(entry), []).append(place)
        return places

    # ---------------------------------------------------------------------- reading

    def placed(self) -> list[tuple[Place, Any]]:
        """The entries, each with its place."""
        contents = self._contents()
        if self._is_as_it_was(contents):
            return self._at_first
        free = {key: iter(places) for key, places in self._places.items()}
        placed = []
        for number, entry in enumerate(contents):
            unknown = (float(len(self.original)), float("inf"), float(number))
            placed.append((next(free.get(self._key(entry), iter(())), unknown), entry))
        return placed

    def old(self) -> list[tuple[Place, Any]]:
        """The entries that were there before the batch, as far as they still are."""
        placed = self.placed()
        if placed is self._at_first:
            return placed
        return [
            (place, entry)
            for place, entry in placed
            if place in self._places.get(self._key(entry), ())
            and place not in self._new.get(self._key(entry), ())
        ]

    def _is_as_it_was(self, contents: list[Any]) -> bool:
        """Whether nothing was taken out, put in or moved, as is so with most of what is looked at."""
        return self._is_untouched and self._is_same(contents, self.original)

    def entries(self) -> list[Any]:
        """What it holds now; of a mapping its items."""
        return self._contents()

    def at(self, places: list[Place]) -> list[Any]:
        return [entry for place, entry in self.old() if place in places]

    def at_key(self, key: object) -> Iterator[Place]:
        """Where the item stands that a mapping holds under a plain key."""
        for place, (name, _) in self.old() if not self.is_list else ():
            if type(name) is type(key) and name == key:
                yield place

    def mark_of(self, entry: Any) -> type | str:
        """What tells an entry that has no name: the text it is, or its type."""
        value = entry if self.is_list else entry[1]
        return value if type(value) is str else type(value)

    def places_of(self, owner: Hashable) -> list[Place]:
        """Where the entries stand that a statement put in during this batch."""
        return [place for _, place in self._put_by.get(owner, ())]

    @property
    def is_list(self) -> bool:
        return not issubclass(type(self.holder), dict)

    @property
    def is_ordered(self) -> bool:
        return not issubclass(type(self.holder), set)

    @property
    def container(self) -> Any:
        """What has the entries in it, or the dict of the object whose attribute has."""
        return self.holder.owner if type(self.holder) is Attribute else self.holder

    def is_changed(self) -> bool:
        return not self._is_same(self._contents(), self.original)

    # ---------------------------------------------------------------------- writing

    def take(self, places: list[Place]) -> None:
        """Takes out the entries at these places."""
        left = []
        for place, entry in self.placed():
            if place in places:
                self._places[self._key(entry)].remove(place)
            else:
                left.append(entry)
        if places:
            self._is_untouched = False
            self._refill(left)

    def give_back(self) -> None:
        """Puts in again what was there before the batch, and nothing else."""
        self._refill(self.original)
        for places in (self._places, self._new, self._put_by):
            places.clear()
        for place, entry in self._at_first:
            self._places.setdefault(self._key(entry), []).append(place)

    def note_new(self, owner: Hashable, slots: list[Place]) -> list[Any]:
        """What came in since the last call is a statement's, and gets these places, in order.

        Gives what came.
        """
        came = self.came()
        if came and not slots and self.is_list and self._begins_with(came[0]):
            self._at_front.add(owner)
        free = iter(slots)
        taken = self._taken() if slots and len(came) > len(slots) else ()
        for number, key in enumerate(map(self._key, came)):
            last = (*slots[-1], float(number)) if slots else self._end()
            given = next(free, last)
            self._moved = self._moved or bool(slots)
            self._settle(owner, key, self._free(given, taken))
        return came

    def _begins_with(self, entry: Any) -> bool:
        """Whether an entry stands in front of some that were there before."""
        first = next(iter(self._contents()), None)
        return first is entry and bool(self.old() or self._put_by)

    def came(self) -> list[Any]:
        """The entries that came in since the last call of `note_new`."""
        placed = self.placed()
        if placed is self._at_first:
            return []
        return [entry for place, entry in placed if self._is_new(place, entry)]

    def exchange(self, old: object, new: object) -> None:
        """Puts another object where entries that came in since the last call are one, or have it."""

        def other(part: Any) -> Any:
            if type(part) is tuple and part:
                parts = tuple(map(other, part))
                return part if all(map(operator.is_, part, parts)) else parts
            return new if part is old else part

        wanted = [other(e) if self._is_new(place, e) else e for place, e in self.placed()]
        if not self._is_same(self._contents(), wanted):
            self._refill(wanted)

    def _is_new(self, place: Place, entry: Any) -> bool:
        return place not in self._places.get(self._key(entry), ())

    def begin_anew(self, owner: Hashable) -> None:
        """Its holder was made anew: what was there is gone, and all that it holds is its maker's."""
        self.is_anew = True
        self._is_untouched = False
        for places in (self._places, self._new, self._put_by):
            places.clear()
        self.note_new(owner, [])

    def _end(self) -> Place:
        return (float(len(self.original)), float(next(self._numbers)))

    def _settle(self, owner: Hashable, key: Hashable, place: Place) -> None:
        self._is_untouched = False
        self._places.setdefault(key, []).append(place)
        self._new.setdefault(key, []).append(place)
        self._put_by.setdefault(owner, []).append((key, place))

    def is_put_in_front(self, owner: Hashable) -> None:
        """A statement's text tells where it puts its entries."""
        self._at_front.add(owner)

    def come_after(self, others: list[Place], owner: Hashable, own: list[Place]) -> None:
        """Puts entries of a statement where they stand if it runs after that of some others."""
        if owner in self._at_front:  # as `app.add_middleware()` does: the last comes first
            self.move_before(min(others), own)
        else:
            self.move_behind(max(others), own)

    def come_before(self, others: list[Place], owner: Hashable, own: list[Place]) -> None:
        """The same if it runs before that one."""
        if owner in self._at_front:
            self.move_behind(max(others), own)
        else:
            self.move_before(min(others), own)

    def move_behind(self, other: Place, places: list[Place]) -> None:
        """Puts entries behind another one, in the order they have."""
        for number, place in enumerate(sorted(places), 1):
            self._move(place, (*other, float(number)))

    def move_before(self, other: Place, places: list[Place]) -> None:
        self.move_behind((*other[:-1], other[-1] - 0.5), places)

    def _taken(self) -> set[Place]:
        return set(itertools.chain.from_iterable(self._places.values()))

    def _free(self, place: Place, taken: Collection[Place]) -> Place:
        """A place of its own, just behind what stands there: no entry goes with another one."""
        return (*place, float(next(self._numbers))) if place in taken else place

    def _move(self, old: Place, new: Place) -> None:
        new = new if new == old else self._free(new, self._taken())
        self._moved = True
        self._is_untouched = False
        for places in (*self._places.values(), *self._new.values()):
            places[:] = [new if place == old else place for place in places]
        for entries in self._put_by.values():
            entries[:] = [(key, new if place == old else place) for key, place in entries]

    def arrange(self, kept_for: Callable[[Any], Any]) -> bool:
        """Puts the entries to their places, and kept objects where discarded ones are.

        Gives whether the entries stand in another order than they did.
        """
        placed = self.placed()
        is_due = self._moved and self.is_ordered and not self.is_sorted
        arranged = sorted(placed, key=_first) if is_due else placed
        if issubclass(type(self.holder), dict):
            wanted: list[Any] = [(kept_for(name), kept_for(value)) for _, (name, value) in arranged]
        else:
            wanted = [kept_for(entry) for _, entry in arranged]
        if not self._is_same([entry for _, entry in placed], wanted):
            for (place, entry), kept in zip(arranged, wanted, strict=True):
                self._know_as(self._key(entry), self._key(kept), place)
            self._refill(wanted)
        return is_due and list(map(_first, arranged)) != list(map(_first, placed))

    def _know_as(self, old: Hashable, new: Hashable, place: Place) -> None:
        """The entry at a place is another object now."""
        for places in (self._places, self._new) if old != new else ():
            if place in places.get(old, ()):
                places[old].remove(place)
                places.setdefault(new, []).append(place)
        for entries in self._put_by.values() if old != new else ():
            entries[:] = [(new if at == place else key, at) for key, at in entries]

    # ------------------------------------------------------------------- the holder

    def _contents(self) -> list[Any]:
        return entries_of(self.holder)

    def _refill(self, entries: list[Any]) -> None:
        if type(self.holder) is Attribute:
            self.holder.owner[self.holder.name] = tuple(entries)
        else:
            refill(self.holder, entries)

    def _key(self, entry: Any) -> Hashable:
        """An entry by identity: what it holds may not like to be compared."""
        return (id(entry[0]), id(entry[1])) if issubclass(type(self.holder), dict) else id(entry)

    def _is_same(self, one: list[Any], other: list[Any]) -> bool:
        if len(one) != len(other):
            return False
        if self.is_list:
            return all(map(operator.is_, one, other))
        # The items of a dict are put together anew whenever they are asked for.
        pairs = zip(one, other, strict=True)
        return all(a is c and b is d for (a, b), (c, d) in pairs)


def parts_of(entry: Any) -> tuple[Any, ...]:
    """An entry, and what a pair that is one has in it: an item of a mapping is such a pair."""
    return (entry, *entry) if type(entry) is tuple else (entry,)


def entries_of(holder: Any) -> list[Any]:
    """What is in a container, or in a tuple that is an attribute."""
    return list(holder.value) if type(holder) is Attribute else contents(holder)


def _first(pair: tuple[Place, Any]) -> Place:
    return pair[0]


class Shelves:
    """All holders of entries that a batch has to do with."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._shelves: dict[Hashable, Shelf] = {}
        self._anew: dict[Hashable, Hashable] = {}  # holders that were made anew, and by whom

    def __iter__(self) -> Iterator[Shelf]:
        return iter(list(self._shelves.values()))

    def forget(self) -> None:
        """Lets go of what was held: all is in its place."""
        self._shelves.clear()

    def of(self, holder: Any) -> Shelf:
        shelf = self._shelves.get(identity(holder))
        if shelf is None:
            shelf = Shelf(holder, self._journal)
            self._shelves[shelf.key] = shelf
            if shelf.key in self._anew:
                shelf.begin_anew(self._anew[shelf.key])
        return shelf

    def made_anew(self, holder: Any, owner: Hashable) -> None:
        """A statement made a container anew, and all that fill it are to do so again."""
        self._anew[identity(holder)] = owner
        if shelf := self._shelves.get(identity(holder)):
            shelf.begin_anew(owner)

    def original(self, holder: Any) -> list[Any]:
        """What a holder held before the batch."""
        shelf = self._shelves.get(identity(holder))
        return shelf.original if shelf else entries_of(holder)
