"""What objects were made with, though statements that fill them hand on the same."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.holdings import identity, known_by
from heatsync._engine.objects.insides import Insides, is_definition
from heatsync._engine.objects.memory import CONTAINERS
from heatsync._engine.objects.shelves import Place, Shelf, Shelves
from heatsync._engine.texts.displays import given_to
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.names import ASSIGNMENTS, DEFINITIONS, FUNCTIONS, dotted
from heatsync._engine.texts.source import Statement


@dataclass(frozen=True, slots=True)
class _Given:
    """What a call was given that made an object: a definition, or a record made for some."""

    things: frozenset[int]  # the ids of the definitions
    constants: frozenset[tuple[type, Any]]
    calls: int  # how deep the record was made; 0 for a definition by itself

    def fits(self, entry: Any, ours: Collection[int], insides: Insides) -> bool:
        """Whether an entry may be this, and leads to nothing else that is ours."""
        steps = insides.distance(entry, self.things)
        if steps is None or not bool(self.calls) <= steps <= 2 * self.calls:
            return False
        ids = insides.ids(entry)
        is_all = self.things <= ids and self.constants <= insides.atoms(entry)
        return is_all and self.things.issuperset(ids.intersection(ours))


@dataclass(frozen=True, slots=True)
class _Present:
    """The entries that are what objects were given: a record wherever it was copied to."""

    records: dict[int, Any] = field(default_factory=dict)  # by id
    others: Counter[tuple[tuple[int, str], int]] = field(default_factory=Counter)

    def has(self, holder: Any, value: Any) -> bool:
        return id(value) in self.records or (identity(holder), id(value)) in self.others

    def add(self, holder: Any, value: Any, is_record: bool) -> None:
        if is_record:
            self.records[id(value)] = value
        else:
            self.others[identity(holder), id(value)] += 1

    def among(self, shelf: Shelf, candidates: list[tuple[Place, Any]]) -> Iterator[Place]:
        left = Counter(self.others)
        for place, entry in candidates:
            key = shelf.key, id(_value(shelf.is_list, entry))
            if key[1] in self.records or left[key] > 0:
                left[key] -= 1
                yield place


class Constructed:
    """Tells what is in objects since they were made: `app = App(guards=[Guard(check)])`."""

    def __init__(self, batch: Batch, targets: Targets, shelves: Shelves, insides: Insides) -> None:
        self._batch = batch
        self._targets = targets
        self._shelves = shelves
        self._insides = insides
        self._given: dict[Ref, list[_Given]] = {}
        self._present: dict[int, _Present] = {}

    def places(
        self,
        module: str,
        filler: Statement,
        ours: Collection[int],
        shelf: Shelf,
        candidates: list[tuple[Place, Any]],
    ) -> list[Place]:
        """Which of some places are taken by what an object was made with, though a statement that
        fills it handed on the same, or had it in what it handed on."""
        if isinstance(filler.node, DEFINITIONS):  # what it made is younger than the object
            return []
        found = self._present.get(id(filler))
        if found is None:
            found = self._present[id(filler)] = self._find(module, filler, ours)
        return [*found.among(shelf, candidates)]

    def _find(self, module: str, filler: Statement, ours: Collection[int]) -> _Present:
        found = _Present()
        for ref, target in self._targets.of(module, filler).values():
            is_object = type(target) not in CONTAINERS  # of these, what is in them tells more
            for given in self._given_to(ref, filler) if ref and is_object else ():
                if not given.things.isdisjoint(ours):
                    self._find_nearest(given, target, ours, found)
        return found

    def _find_nearest(
        self, given: _Given, target: Any, ours: Collection[int], found: _Present
    ) -> None:
        for holder in self._targets.owned(target):
            is_list = not issubclass(type(holder), dict)
            for entry in self._shelves.original(holder):
                value = _value(is_list, entry)
                if not found.has(holder, value) and given.fits(value, ours, self._insides):
                    found.add(holder, value, is_record=bool(given.calls))
                    return

    def _given_to(self, ref: Ref, filler: Statement) -> list[_Given]:
        """What the call was given that a name is bound to; of a function of a live file, what the
        calls in it are given."""
        if ref not in self._given:
            home, maker = self._batch.before.definition(ref) or ("", filler)
            is_maker = maker is not filler and isinstance(maker.node, ASSIGNMENTS)
            given = [*self._given_by(home, maker)] if is_maker else []
            self._given[ref] = [one for one in given if one.things]
        return self._given[ref]

    def _given_by(self, home: str, maker: Statement) -> Iterator[_Given]:
        call = getattr(maker.node, "value", None)
        if not isinstance(call, ast.Call):
            return
        yield from (self._given_as(home, maker, node) for node in given_to(call))
        path = dotted(call.func)
        refs = self._batch.before.resolve(home, maker.owner, path) if path else ()
        made_in = self._batch.before.definition(refs[-1]) if refs else None
        if made_in is not None and isinstance(made_in[1].node, FUNCTIONS):
            calls = (node for node in ast.walk(made_in[1].node) if isinstance(node, ast.Call))
            for node in (node for call in calls for node in given_to(call)):
                yield self._given_as(*made_in, node)

    def _given_as(self, home: str, statement: Statement, node: ast.expr) -> _Given:
        parts, calls = _handed_on(node)
        paths = filter(None, map(dotted, parts))
        values = [self._targets.value_of(home, statement, path) for path in paths]
        things = (known_by(value) for value in values if is_definition(value))
        constants = ((type(p.value), p.value) for p in parts if isinstance(p, ast.Constant))
        return _Given(frozenset(things), frozenset(constants), calls)


def _handed_on(node: ast.expr) -> tuple[list[ast.expr], int]:
    """What a call is given, and those within, and how deep they are; else it is the thing itself."""
    if not isinstance(node, ast.Call):
        return [node], 0
    below = [_handed_on(one) for one in given_to(node)]
    return [one for part, _ in below for one in part], 1 + max((n for _, n in below), default=0)


def _value(is_list: bool, entry: Any) -> Any:
    return entry if is_list else entry[1]
