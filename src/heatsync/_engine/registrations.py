"""What statements left behind in objects made elsewhere: found, taken back, put in its place."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

from heatsync._engine.functions import class_dict
from heatsync._engine.graph import Graph, Manner, Ref
from heatsync._engine.journal import MISSING, Journal, contents, refill
from heatsync._engine.live import Live
from heatsync._engine.merge import CONTAINERS, Merger
from heatsync._engine.names import How
from heatsync._engine.source import Statement

_REACH = 2000  # objects looked at in search of the containers that an object owns
_ATOMS = (int, float, complex, str, bytes, bool, type(None), ModuleType)


class Registrations:
    """Withdraws what a statement registered before it is run again or dropped.

    In the objects that it worked on, the entries that hold what it made are taken out, and what
    its new run puts in is moved to their places. What others put there stays.
    """

    def __init__(self, graph: Graph, live: Live, journal: Journal, merger: Merger) -> None:
        self._graph = graph
        self._live = live
        self._journal = journal
        self._merger = merger
        self._shelves: dict[int, _Shelf] = {}

    def targets(self, graph: Graph, module: str, statement: Statement) -> dict[Ref, Any]:
        """The objects that a statement may have put something into, by the names that hold them."""
        found: dict[Ref, Any] = {}
        for ref in _worked_on(graph, module, statement):
            value = self._live.value_at(ref)
            if value is not MISSING and not issubclass(type(value), (*_ATOMS, FunctionType)):
                found.setdefault(ref, value)
        return found

    def refs_worked_on(self, module: str, statement: Statement) -> Iterator[Ref]:
        """The names whose objects a statement changes in place, itself or by what it calls."""
        return _worked_on(self._graph, module, statement)

    def withdraw(
        self, graph: Graph, module: str, statement: Statement, made: Iterable[object]
    ) -> Withdrawn:
        """Takes out what a statement registered, as far as that is certain.

        `graph` knows the text that it stands in: the one that was running, if it is gone.
        """
        targets = self.targets(graph, module, statement)
        ours = {id(thing): thing for thing in made if not issubclass(type(thing), _ATOMS)}
        key = _constant_key(statement)
        result = Withdrawn(module, statement, targets)
        for ref, target in targets.items():
            shelves = [self._shelf(container) for container in owned_containers(target)]
            taken = [shelf.take(ours, key) for shelf in shelves]
            result.slots.extend(zip(shelves, taken, strict=True))
            if shelves and not any(taken) and not statement.is_class:
                result.uncertain.append(ref)
        return result

    def _shelf(self, container: Any) -> _Shelf:
        shelf = self._shelves.get(id(container))
        if shelf is None:
            self._journal.protect(container)
            shelf = self._shelves[id(container)] = _Shelf(container)
        return shelf

    def settle(self) -> None:
        """Puts new entries where the old ones stood, and kept objects where discarded ones are."""
        for shelf in self._shelves.values():
            shelf.arrange(self._merger.kept_for)


class Withdrawn:
    """What was taken out for one statement, and from where."""

    def __init__(self, module: str, statement: Statement, targets: dict[Ref, Any]) -> None:
        self.module = module
        self.statement = statement
        self.targets = targets
        self.slots: list[tuple[_Shelf, list[int]]] = []
        self.uncertain: list[Ref] = []  # worked on, but nothing of the statement was found there

    def note_new(self) -> None:
        """The statement has run: what it put in belongs to the places that were emptied."""
        for shelf, slots in self.slots:
            shelf.assign(slots)

    def filled(self) -> Iterator[Ref]:
        """The names of the containers that are different now."""
        changed = {id(shelf.container) for shelf, _ in self.slots if shelf.is_changed()}
        for ref, target in self.targets.items():
            if any(id(container) in changed for container in owned_containers(target)):
                yield ref


class _Shelf:
    """A container whose entries are taken out, and put back in order.

    Entries are told apart by identity and number: a list may hold one object several times.
    """

    def __init__(self, container: Any) -> None:
        self.container = container
        self._original = contents(container)
        self._places: dict[tuple[int, ...], list[int]] = {}
        for place, entry in enumerate(self._original):
            self._places.setdefault(_key(container, entry), []).append(place)
        self._moved = False

    def take(self, ours: dict[int, object], key: object) -> list[int]:
        """Removes the entries that hold one of our things; gives their places."""
        taken, left = [], []
        for place, entry in self._placed():
            if self._is_ours(entry, ours, key):
                taken.append(place)
            else:
                left.append(entry)
        if taken:
            refill(self.container, left)
        return taken

    def _placed(self) -> Iterator[tuple[int, Any]]:
        """The entries, each with its place; one that came in later has the place after all."""
        free = {key: iter(places) for key, places in self._places.items()}
        last = len(self._original)
        for entry in contents(self.container):
            key = _key(self.container, entry)
            yield next(free[key], last) if key in free else last, entry

    def _is_ours(self, entry: Any, ours: dict[int, object], key: object) -> bool:
        if not isinstance(self.container, dict):
            return _holds(entry, ours)
        name, value = entry
        if key is not MISSING:
            return type(name) is type(key) and bool(name == key)
        return _holds(value, ours) or id(name) in ours

    def assign(self, slots: list[int]) -> None:
        """Gives the entries that came in since the last call these places, in order."""
        if not slots:
            return
        free = iter(slots)
        for place, entry in list(self._placed()):
            if place == len(self._original):
                taken = next(free, slots[-1])
                self._places.setdefault(_key(self.container, entry), []).append(taken)
                self._moved = True

    def is_changed(self) -> bool:
        now = contents(self.container)
        return not _same_entries(self.container, now, self._original)

    def arrange(self, kept_for: Callable[[Any], Any]) -> None:
        """Puts the entries to their places, and kept objects where discarded ones are."""
        placed = list(self._placed())
        if self._moved and not isinstance(self.container, set):
            placed.sort(key=_first)
        if isinstance(self.container, dict):
            wanted: list[Any] = [(kept_for(name), kept_for(value)) for _, (name, value) in placed]
        else:
            wanted = [kept_for(entry) for _, entry in placed]
        if not _same_entries(self.container, contents(self.container), wanted):
            refill(self.container, wanted)


def _same_entries(container: Any, one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        _key(container, a) == _key(container, b) for a, b in zip(one, other, strict=True)
    )


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _key(container: Any, entry: Any) -> tuple[int, ...]:
    """An entry by identity: what it holds may not like to be compared."""
    return (id(entry[0]), id(entry[1])) if isinstance(container, dict) else (id(entry),)


def _constant_key(statement: Statement) -> object:
    """The key of `REGISTRY["a"] = …`; MISSING for any other statement."""
    return statement.stored_key if statement.stored_key is not None else MISSING


# --------------------------------------------------------------------------- searching


def _worked_on(graph: Graph, module: str, statement: Statement) -> Iterator[Ref]:
    for part in (statement, *statement.every_member()):
        for path in part.names.works_on:
            yield graph.resolve(module, part.owner, path)[-1]
        for reading in graph.now(module, part):
            if reading.manner is Manner.CALL:
                yield from _filled_by(graph, reading.ref, 3)
            elif reading.manner is Manner.SUBCLASS:
                yield reading.ref


def _filled_by(graph: Graph, ref: Ref, depth: int) -> Iterator[Ref]:
    """The names that a function, called now, is seen to fill, itself or by what it calls."""
    defined = graph.definition(ref)
    if defined is None or defined[1].is_class:
        return
    yield from graph.fills(*defined)
    for use in defined[1].names.late if depth else ():
        if use.how is How.CALL:
            called = graph.resolve(defined[0], "", use.path)[-1]
            yield from _filled_by(graph, called, depth - 1)


def owned_containers(target: Any) -> list[Any]:
    """The containers that belong to an object: itself, or those that its attributes lead to."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = [(target, 0)]
    while waiting and len(seen) < _REACH:
        thing, depth = waiting.pop(0)
        kind = type(thing)
        if id(thing) in seen or depth > 4 or issubclass(kind, _ATOMS):
            continue
        seen.add(id(thing))
        if kind in CONTAINERS and "__builtins__" not in (thing if kind is dict else ()):
            found.append(thing)
        waiting.extend((part, depth + 1) for part in _parts(thing, kind, depth))
    return found


def _parts(thing: Any, kind: type, depth: int) -> Iterator[Any]:
    if kind in (FunctionType, MethodType):
        return
    if issubclass(kind, type):
        if not depth:
            yield from class_dict(thing).values()
    elif kind in CONTAINERS or kind in (tuple, frozenset):
        yield from thing.values() if isinstance(thing, dict) else thing
    else:
        yield from attribute_values(thing)


def attribute_values(thing: Any) -> Iterator[Any]:
    """What the attributes of an object hold, without running any code of it."""
    try:
        own = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        own = None
    if type(own) is dict:
        yield from list(own.values())
    for referent in gc.get_referents(thing):
        if referent is not own and not issubclass(type(referent), type):
            yield referent


def _holds(entry: Any, ours: dict[int, object]) -> bool:
    """Whether an entry is one of our things, or a record made for one."""
    if id(entry) in ours:
        return True
    kind = type(entry)
    if kind in CONTAINERS or issubclass(kind, (*_ATOMS, type, FunctionType)):
        return False
    for part in entry if kind is tuple else attribute_values(entry):
        if id(part) in ours:
            return True
        if type(part) in (dict, tuple, list):
            inner = part.values() if type(part) is dict else part
            if any(id(value) in ours for value in inner):
                return True
    return False
