"""By what the entries of a statement are known: what it made, and what it handed on."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.several import is_overtaken
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.holdings import ATOMS, identity, known_by, owned_with_peers
from heatsync._engine.objects.insides import Insides
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.objects.shelves import Shelves
from heatsync._engine.texts.displays import put_in
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.handed import filled_by_callees
from heatsync._engine.texts.kinds import home_of
from heatsync._engine.texts.names import DEFINITIONS, FUNCTIONS, How, Path, Use
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import outside_functions

_ValueOf = Callable[[str, Statement, Path], Any]


@dataclass(frozen=True, slots=True)
class Sign:
    """By what the entries of a statement are known."""

    module: str
    statement: Statement
    things: Mapping[int, object]  # what it made or handed on, by id
    bound: Mapping[int, object]  # of these what its names hold, which it made itself
    literals: frozenset[tuple[type, Any]]  # the constants it wrote

    def is_named(self, found: Collection[tuple[type, Any]], names: Container[object]) -> bool:
        """Whether an entry with these constants in it names something that is ours, and bears the
        text of the statement."""
        return any(value in names for _, value in found) and any(
            kind is str and value not in names and _is_part(text, value)
            for kind, text in found
            for _, value in self.literals
        )

    def fit(self, ids: Container[int], constants: Container[tuple[type, Any]]) -> tuple[int, int]:
        """How well an entry with these things and constants in it fits a statement."""
        return (
            sum(thing in ids for thing in self.things),
            sum(1 if literal in constants else -1 for literal in self.literals),
        )


class Signs:
    """The signs of the statements that a batch has to do with, each found once."""

    def __init__(self, batch: Batch, targets: Targets, shelves: Shelves, insides: Insides) -> None:
        self._batch = batch
        self._targets = targets
        self._shelves = shelves
        self._insides = insides
        self._signs: dict[int, Sign] = {}

    def forget(self) -> None:
        """Lets go of what they are."""
        self._signs.clear()

    def of(self, module: str, statement: Statement) -> Sign:
        """By what the entries of a statement are known."""
        found = self._signs.get(id(statement))
        if found is None:
            things = _by_id(self._made_by(module, statement))
            bound = _by_id(self.bound(module, statement))
            literals = frozenset(_literals(statement.node)) - _entries(statement.node)
            found = self._signs[id(statement)] = Sign(module, statement, things, bound, literals)
        return found

    def elsewhere(self, sign: Sign) -> frozenset[tuple[int, str]]:
        """The containers of what a statement handed on, which are not those that it fills.

        Those of now, too: a route that was registered again has lists that it did not have before,
        and a router that was made again has routes of its own.
        """
        then = self._given(sign.module, sign.statement, self._targets.value_of)
        at_once = self._given(sign.module, sign.statement, self._targets.value_now)
        given = [g for g in (*then, *at_once) if _may_be_registry(g)]
        holders = (holder for one in given for holder in self._holders_in(one))
        now = (holder for one in given for holder in owned_with_peers(one))
        return frozenset(map(identity, (*holders, *now)))

    def _made_by(self, module: str, statement: Statement) -> Iterator[object]:
        """What a statement made, or handed on, and what the registries hold that it handed on."""
        bound = list(self.bound(module, statement))
        yield from bound
        for functions in self._batch.own_functions.of(module, statement, bound).values():
            yield from functions
        if isinstance(statement.node, DEFINITIONS):
            return
        for given in self._given(module, statement, self._targets.value_of):
            yield given
            yield from self._registered_in(given)

    def _registered_in(self, given: Any) -> Iterator[Any]:
        """What a registry is for that was handed on, as that may be copied to another one.

        The parts of its records, as the dependencies of a route, are not: others have them, too.
        """
        holders = self._holders_in(given)
        places = {id(holder): place for place, holder in enumerate(holders)}
        inner: set[int] = set()
        for place, holder in enumerate(holders):
            if id(holder) in inner:
                continue
            for entry in self._shelves.original(holder):
                steps, things = self.is_for(entry)
                yield from things
                if things:  # it is a record, and nearer ones are no parts of it
                    parts = self._insides.beyond(entry, steps, (id(given),))
                    inner.update(part for part in parts if places.get(part, -1) > place)

    def bound(self, module: str, statement: Statement) -> Iterator[Any]:
        """What the names hold that a statement binds, where none below it binds them again."""
        for part in (statement, *statement.every_member()):
            for name in part.bound.outcome:
                value = self._batch.value_before(Ref(module, part.qualified(name)))
                if value is not MISSING and not is_overtaken(self._batch, module, part, name):
                    yield value

    def _given(self, module: str, statement: Statement, value_of: _ValueOf) -> Iterator[Any]:
        """What a statement handed on; not `int` where it is but named, in an annotation."""
        if not isinstance(statement.node, DEFINITIONS):
            graph = self._batch.graph_of(module, statement)
            filled = {*filled_by_callees(graph, module, statement)}
            for use in statement.names.now:
                if use.how is How.HOLD:
                    if filled and graph.way_of(module, statement.owner, use).refs[-1] in filled:
                        continue  # what is handed on is put into it: `install(bus)`
                    value = value_of(module, statement, use.path)
                    if use.given_to or value is not vars(builtins).get(use.path[-1], MISSING):
                        yield value
                elif use.how is How.CALL:
                    yield from self._given_by(module, statement, use, value_of)

    def _given_by(
        self, module: str, statement: Statement, use: Use, value_of: _ValueOf
    ) -> Iterator[Any]:
        """What a function hands on that a statement calls: `install(bus)` may register handlers."""
        graph = self._batch.graph_of(module, statement)
        defined = graph.definition(graph.resolve(module, statement.owner, use.path)[-1])
        if defined is not None and isinstance(defined[1].node, FUNCTIONS):
            home, function = defined
            for text in dict.fromkeys((self._batch.running(home, function), function)):
                for late in text.names.late:
                    if late.how is How.HAND:
                        yield value_of(home, text, late.path)

    def _holders_in(self, given: Any) -> list[Any]:
        """The containers of a registry that is handed to another one, which copies from it."""
        return self._targets.owned(given) if _may_be_registry(given) else []

    def is_for(self, entry: Any) -> tuple[int, list[Any]]:
        """The nearest definitions of live files that are in an entry, and in how many steps."""
        modules = self._batch.live.modules
        for steps in range(3):
            things = self._insides.definitions(entry, steps + 1)
            if found := [thing for thing in things if home_of(thing) in modules]:
                return steps, found
        return 3, []


def _may_be_registry(given: Any) -> bool:
    return not issubclass(type(given), (*ATOMS, type, FunctionType, MethodType))


def _by_id(things: Iterator[object]) -> dict[int, object]:
    return {known_by(thing): thing for thing in things if not issubclass(type(thing), ATOMS)}


def _entries(node: ast.stmt) -> set[tuple[type, Any]]:
    """The constants that are entries of their own, and tell nothing of the others."""
    constants = [part for part in put_in(node) if isinstance(part, ast.Constant)]
    return {(type(constant.value), constant.value) for constant in constants}


def _is_part(text: str, literal: object) -> bool:
    """Whether a text is made from a constant: a path may get a prefix."""
    if type(literal) is not str:
        return False
    return text == literal or (
        len(literal) > 1 and text.startswith(literal) | text.endswith(literal)
    )


def _literals(node: ast.stmt) -> Iterator[tuple[type, Any]]:
    """The constants that stand in a statement, but not in its functions."""
    for child in outside_functions(node):
        if isinstance(child, ast.Constant):
            yield type(child.value), child.value
