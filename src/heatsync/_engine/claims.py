"""Which objects a statement works on, and which of the entries there are its own."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from heatsync._engine import recode
from heatsync._engine.batch import Batch
from heatsync._engine.functions import class_dict
from heatsync._engine.graph import Graph, Manner, Ref
from heatsync._engine.holdings import (
    ATOMS,
    atoms,
    definitions,
    distance,
    follow,
    is_shared,
    kept_in_by,
    layers,
    owned,
)
from heatsync._engine.memory import MAPPINGS, MISSING
from heatsync._engine.names import DEFINITIONS, FUNCTIONS, How, Path, dotted
from heatsync._engine.shelves import Place, Shelf, Shelves
from heatsync._engine.source import Statement

_MAKERS = ("__init__", "__new__", "__post_init__")


@dataclass(frozen=True, slots=True)
class Sign:
    """By what the entries of a statement are known."""

    module: str
    statement: Statement
    things: Mapping[int, object]  # what it made or handed on, by id
    literals: frozenset[tuple[type, Any]]  # the constants it wrote

    def is_named(self, entry: Any, names: Container[object], records: Container[int]) -> bool:
        """Whether an entry is a record known to be ours, or names what is and bears our text."""
        if (steps := distance(entry, records)) is not None:
            return steps < 3
        found = atoms(entry)
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


class Claims:
    """Tells whose an entry is, by what it holds. Nothing of the user's runs."""

    def __init__(self, batch: Batch, shelves: Shelves) -> None:
        self._batch = batch
        self._shelves = shelves
        self._signs: dict[int, Sign] = {}
        self._targets: dict[int, dict[int, tuple[Ref | None, Any]]] = {}

    # ----------------------------------------------------------- what it works on

    def refs_worked_on(self, module: str, statement: Statement) -> Iterator[Ref]:
        """The names whose objects a statement changes in place, itself or by what it calls."""
        return _worked_on(self._batch.graph_of(module, statement), module, statement)

    def targets(self, module: str, statement: Statement) -> dict[int, tuple[Ref | None, Any]]:
        """The objects that a statement may have put something into, by id, and their names."""
        found = self._targets.get(id(statement))
        if found is None:
            found = self._targets[id(statement)] = {}
            for ref, value in self._find_targets(module, statement):
                if value is not MISSING and not issubclass(type(value), ATOMS):
                    found.setdefault(id(value), (ref, value))
        return found

    def _find_targets(self, module: str, statement: Statement) -> Iterator[tuple[Ref | None, Any]]:
        for ref in self.refs_worked_on(module, statement):
            yield ref, self._batch.value_before(ref)
        for part in (statement, *statement.every_member()):
            for path in part.names.works_on:
                yield None, self.value_of(module, part, path)
            for use in part.names.now:
                if use.how is How.CALL:
                    callee = self.value_of(module, part, use.path)
                    yield from ((None, value) for value in kept_in_by(callee))
                elif use.how is How.SUBCLASS:
                    yield from self._of_base(self.value_of(module, part, use.path))

    def _of_base(self, base: Any) -> Iterator[tuple[Ref | None, Any]]:
        """What hears of a new subclass: hooks of the base, and of its metaclass."""
        if not issubclass(type(base), type):
            return
        hooks = [(cls, "__init_subclass__") for cls in base.__mro__[:-1]]
        metas = [cls for cls in type(base).__mro__ if cls not in (type, object)]
        hooks += [(meta, name) for meta in metas for name in ("__new__", "__init__")]
        yield from ((None, meta) for meta in metas)
        for cls, name in hooks:
            hook = class_dict(cls).get(name)
            yield from ((None, value) for value in kept_in_by(getattr(hook, "__func__", hook)))

    def value_of(self, module: str, statement: Statement, path: Path) -> Any:
        """What a dotted path led to before the batch; MISSING where only running code tells."""
        graph = self._batch.graph_of(module, statement)
        refs = graph.resolve(module, statement.owner, path)
        return follow(self._batch.value_before(refs[-1]), path[len(refs) :])

    # ----------------------------------------------------------------- what is its own

    def sign(self, module: str, statement: Statement) -> Sign:
        """By what the entries of a statement are known."""
        found = self._signs.get(id(statement))
        if found is None:
            things = {
                id(thing): thing
                for thing in self._made_by(module, statement)
                if not issubclass(type(thing), ATOMS)
            }
            literals = frozenset(_literals(statement.node))
            found = Sign(module, statement, things, literals)
            self._signs[id(statement)] = found
        return found

    def _made_by(self, module: str, statement: Statement) -> Iterator[object]:
        """What a statement made, or handed on, and what the registries hold that it handed on."""
        live = self._batch.live
        running = live.modules[module]
        bound = recode.bound_values(running, statement)
        yield from bound
        found = recode.live_functions(running, statement, bound, self._batch.before, live, False)
        for functions in found.values():
            yield from functions
        if isinstance(statement.node, DEFINITIONS):
            return
        for use in statement.names.now:
            if use.how is How.HOLD:
                given = self.value_of(module, statement, use.path)
                yield given
                yield from self._passed_on(given) if use.given_to else ()

    def _passed_on(self, given: Any) -> Iterator[object]:
        """The definitions in a registry that is handed to another one, which copies from it."""
        if issubclass(type(given), (*ATOMS, type)) or callable(given):
            return
        for holder in owned(given)[0]:
            for entry in self._shelves.original(holder):
                yield from (
                    thing
                    for thing in definitions(entry, 3)
                    if getattr(thing, "__module__", None) in self._batch.live.modules
                )

    def claimed(self, sign: Sign, shelf: Shelf) -> tuple[list[Place], list[Sign]]:
        """The places on a shelf that are a statement's own.

        Where others may own them just as well, all their places, and whose they may be.
        """
        stored = self._stored(sign)
        if stored is not None:
            holder, key = stored
            return ([] if holder is not shelf.holder else list(shelf.at_key(key))), []
        candidates = [
            (place, entry)
            for place, entry in shelf.old()
            if (steps := distance(entry, sign.things)) is not None
            and not is_shared(entry, sign.things)
            and not self._is_closer_to_another(sign, entry, steps)
        ]
        rivals = self._rivals(sign) if candidates else []
        if not rivals:
            return [place for place, _ in candidates], []
        return _share(sign, rivals, candidates)

    def named(
        self, sign: Sign, shelf: Shelf, entries: list[Any], known: list[Place]
    ) -> tuple[list[Place], list[Any]]:
        """The records on a shelf that lead to some entries, or only name them; and their places."""
        if not shelf.is_list:
            return [], []
        names = {entry[0] for entry in entries if type(entry) is tuple and len(entry) == 2}
        ids = set(map(id, entries))
        found = [
            (place, entry)
            for place, entry in shelf.old()
            if place not in known and sign.is_named(entry, names, ids)
        ]
        return [place for place, _ in found], [entry for _, entry in found]

    def _stored(self, sign: Sign) -> tuple[Any, Any] | None:
        """The dict and the key of `REGISTRY["a"] = …`, where they can be told."""
        place, nodes = _stored_at(sign.statement.node)
        path = dotted(place) if place else None
        holder = self.value_of(sign.module, sign.statement, path) if path else MISSING
        keys = [self._constant(sign, node) for node in nodes]
        for key in keys[:-1]:
            holder = dict.get(holder, key, MISSING) if type(holder) in MAPPINGS else MISSING
        is_known = isinstance(holder, dict) and keys and MISSING not in keys
        return (holder, keys[-1]) if is_known else None

    def _constant(self, sign: Sign, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        path = dotted(node)
        value = self.value_of(sign.module, sign.statement, path) if path else MISSING
        return value if type(value) in (str, int, bytes, type(None)) else MISSING

    def _is_closer_to_another(self, sign: Sign, entry: Any, steps: int) -> bool:
        """Whether an entry was put there for another definition, which only leads to ours."""
        ours = self.targets(sign.module, sign.statement).keys()
        for thing in definitions(entry, steps):
            module = str(thing.__module__)
            for statement in self._old_statements(module, {thing.__qualname__}):
                if thing.__qualname__ in statement.bound.binds:
                    return bool(self.targets(module, statement).keys() & ours)
        return False

    def _rivals(self, sign: Sign) -> list[Sign]:
        """Other statements that put some of the same things into the same objects."""
        statement = sign.statement
        graph = self._batch.graph_of(sign.module, statement)
        ours = self.targets(sign.module, statement).keys()
        refs = [Ref(sign.module, name) for name in statement.bound.outcome]
        if not isinstance(statement.node, DEFINITIONS):
            held = (use.path for use in statement.names.now if use.how is How.HOLD)
            refs += [graph.resolve(sign.module, "", path)[-1] for path in held]
        words = {ref.name.rpartition(".")[2] for ref in refs}
        importers = (graph.world.importers(ref.module) for ref in refs)
        modules = itertools.chain([sign.module], (ref.module for ref in refs), *importers)
        return [
            rival
            for module in dict.fromkeys(modules)
            for other in self._old_statements(module, words)
            if other is not statement and self.targets(module, other).keys() & ours
            if (rival := self.sign(module, other)).things.keys() & sign.things.keys()
        ]

    def _old_statements(self, module: str, words: set[str]) -> Iterator[Statement]:
        """The statements of the text that was running, in which one of these words stands."""
        running = self._batch.live.modules.get(module)
        for statement in running.source.statements if running else ():
            if any(word in statement.text for word in words):
                yield statement


def _worked_on(graph: Graph, module: str, statement: Statement) -> Iterator[Ref]:
    for part in (statement, *statement.every_member()):
        for path in part.names.works_on:
            yield graph.resolve(module, part.owner, path)[-1]
        for reading in graph.now(module, part):
            ref = reading.ref
            if reading.manner in (Manner.CALL, Manner.CONSTRUCT):
                yield from _filled_by(graph, ref, 3)
            elif reading.manner is Manner.SUBCLASS:
                yield ref
                yield from _filled_by(graph, Ref(ref.module, f"{ref.name}.__init_subclass__"), 3)


def _filled_by(graph: Graph, ref: Ref, depth: int) -> Iterator[Ref]:
    """The names that a function, called now, is seen to fill, itself or by what it calls."""
    defined = graph.definition(ref)
    if defined is None:
        return
    module, statement = defined
    if statement.is_class:
        for name in _MAKERS if depth else ():
            yield from _filled_by(graph, Ref(module, f"{statement.qualname}.{name}"), depth - 1)
        return
    yield from graph.fills(module, statement)
    for use in statement.names.late if depth else ():
        if use.how is How.CALL:
            called = graph.resolve(module, "", use.path)[-1]
            yield from _filled_by(graph, called, depth - 1)


def _share(
    sign: Sign, rivals: list[Sign], candidates: list[tuple[Place, Any]]
) -> tuple[list[Place], list[Sign]]:
    """Gives each entry to whom it fits best; among equals the first to the first, if that works."""
    signs = sorted([sign, *rivals], key=lambda one: (one.module, one.statement.line))
    contested: dict[tuple[int, ...], list[Place]] = {}
    for place, entry in candidates:
        ids = {id(part) for layer in layers(entry) for part in layer}
        constants = atoms(entry)
        fits = [one.fit(ids, constants) for one in signs]
        best = tuple(n for n, fit in enumerate(fits) if fit == max(fits))
        contested.setdefault(best, []).append(place)
    own, others = [], []
    for best, places in contested.items():
        if sign not in [signs[n] for n in best]:
            continue
        each, rest = divmod(len(places), len(best))
        if not rest:
            start = [signs[n] for n in best].index(sign) * each
            own += places[start : start + each]
        else:
            own += places
            others += [signs[n] for n in best if signs[n] is not sign]
    return own, others


def _is_part(text: str, literal: object) -> bool:
    """Whether a text is made from a constant: a path may get a prefix."""
    if type(literal) is not str:
        return False
    return text == literal or (
        len(literal) > 1 and text.startswith(literal) | text.endswith(literal)
    )


def may_register(statement: Statement) -> bool:
    """Whether running it may leave something in another object: a bare function does not."""
    node = statement.node
    if isinstance(node, FUNCTIONS):
        return bool(node.decorator_list)
    if isinstance(node, ast.ClassDef):
        return bool(node.decorator_list or node.bases or node.keywords)
    return not (isinstance(node, (ast.Import, ast.ImportFrom)) or statement.is_inert)


def _stored_at(node: ast.stmt) -> tuple[ast.expr | None, list[ast.expr]]:
    """The `REGISTRY` and the keys of `REGISTRY["a"]["b"] = …`."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    place = targets[0] if len(targets) == 1 else None
    keys: list[ast.expr] = []
    while isinstance(place, ast.Subscript):
        keys.insert(0, place.slice)
        place = place.value
    return place, keys


def _literals(node: ast.AST) -> Iterator[tuple[type, Any]]:
    """The constants that stand in a statement, but not in its functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Constant):
            yield type(child.value), child.value
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)) and child in node.body:
            continue
        else:
            yield from _literals(child)
