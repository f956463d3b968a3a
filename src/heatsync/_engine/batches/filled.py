"""Containers that statements put other things into, and who sees that."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from heatsync._engine.batches.foreign import ForeignKeys
from heatsync._engine.batches.whole import Whole
from heatsync._engine.objects.memory import CONTAINERS, HEAP
from heatsync._engine.texts.callees import inspects
from heatsync._engine.texts.graph import Grade, Manner, Reading, Ref
from heatsync._engine.texts.handed import filled_by_callees
from heatsync._engine.texts.names import FUNCTIONS, Path, container_of, dotted
from heatsync._engine.texts.once import once
from heatsync._engine.texts.parts import Parts, is_seen, parts_used
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Cause, Outcome, Passed, Taken
from heatsync._engine.texts.trees import only_asks
from heatsync._engine.texts.words import used_late

if TYPE_CHECKING:
    from heatsync._engine.batches.batch import Batch

At = tuple[str, Statement]
CallNoted = Callable[[Ref, Taken | Passed, At | None], None]
_CALLS = {Manner.CALL}
_LOOKS = _CALLS | {Manner.LOOK, Manner.PASS}


class _Filling(NamedTuple):
    outcome: Outcome
    at: At | None  # where it was filled; None where that is not in the text any more
    is_call: bool  # a function that looks into it, which shows in what a call gives
    is_module: bool = False  # which is looked at as a whole only where it is handed to a function

    @property
    def computes(self) -> set[Manner]:
        """How it is used by those who have to run again: who merely holds it has not."""
        return _CALLS if self.is_call else _LOOKS


class Filled:
    """What has other contents, under all of its names, and the functions that look into it.

    Those who fill it look into it too, but each for itself; and a fresh import has those compute
    with it as it was that stand above.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._fillings: dict[Ref, _Filling] = {}
        self._places: dict[Ref, list[At | None]] = {}  # where each was filled, the first and others

    @property
    def refs(self) -> Iterable[Ref]:
        """The names of what was filled, and of the functions that look into that."""
        return self._fillings

    @once
    def whole(self) -> Whole:
        """Who looks at whole modules and classes, which few batches ask for."""
        return Whole(self._batch)

    @once
    def foreign(self) -> ForeignKeys:
        """The same of mappings that are not live, key by key."""
        return ForeignKeys(self._batch, self._note_call)

    def foreign_read_by(self, module: str, statement: Statement) -> tuple[Reading, Outcome] | None:
        """What a statement reads of these, where any is another one."""
        has_any = "foreign" in self.__dict__
        return self.foreign.read_by(module, statement) if has_any else None

    def seen_by(self, module: str, statement: Statement, reading: Reading) -> Outcome | None:
        """How what a statement reads was filled, if it computes with that."""
        filling = self._fillings.get(reading.ref)
        if filling is None:
            return None
        at, computes = (module, statement), reading.manner in filling.computes
        is_above = filling.at and self._batch.is_later((module, statement), filling.at)
        if (
            not computes
            or is_above
            or (filling.is_module and not self._is_handed(*at, reading.ref))
        ):
            return None
        return filling.outcome

    def is_of_module(self, cause: Cause) -> bool:
        """Whether a statement runs again because a module has other names, or values of them."""
        filling = self._fillings.get(cause.outcome.ref) if cause.outcome else None
        return filling is not None and filling.is_module

    def _is_handed(self, module: str, statement: Statement, ref: Ref) -> bool:
        """Whether a module is given to a function that may look at all of it."""
        graph, owner = self._batch.graph, statement.owner
        for use in statement.names.now:
            way = graph.way_of(module, owner, use) if use.given_to else None
            if use.given_to and way and way.reached and way.refs[-1] == ref:
                found = graph.definition(graph.resolve(module, owner, use.given_to)[-1])
                is_function = found is not None and isinstance(found[1].node, FUNCTIONS)
                if not found or not is_function or inspects(found[1].text):
                    return True
        return False

    def seen_by_filler(self, module: str, statement: Statement, reading: Reading) -> Outcome | None:
        """The same of a statement that fills that, too. Of a call or a whole, any part may differ."""
        outcome = self.seen_by(module, statement, reading)
        if outcome is None:
            return None
        ref = reading.ref
        others = [
            at and self._parts(*at, ref)
            for at in self._places.get(ref, [None])
            if at is None or at[1] is not statement
        ]
        is_container = type(self._batch.live.value_at(ref)) in CONTAINERS
        used = self._parts(module, statement, ref)
        return outcome if is_seen(used, others, is_container=is_container) else None

    def _parts(self, module: str, statement: Statement, ref: Ref) -> Parts:
        def is_it(path: Path) -> bool:
            way = self._batch.graph.way(module, statement.owner, path)
            return way.reached and way.refs[-1] == ref

        return parts_used(statement, is_it)

    def is_seen_by(self, module: str, statement: Statement) -> bool:
        """Whether a statement computes with something that was filled."""
        readings = self._batch.graph.now(module, statement) if self._fillings else ()
        return any(self.seen_by(module, statement, reading) for reading in readings)

    def note(self, ref: Ref, by: Taken | Passed, at: At | None) -> None:
        """A container has other contents: under this name, that which it is imported from, and
        those that import it."""
        self._places.setdefault(ref, []).append(at)
        if not self._is_first(ref, at):
            return
        self._fillings[ref] = _Filling(Outcome(ref, Grade.REFILLED, by), at, is_call=False)
        # The import by which a statement had come to it may be gone with that.
        graphs = self._batch.graph, self._batch.before
        origins = [origin for graph in graphs for origin in graph.origins(ref)]
        for origin in dict.fromkeys([*origins, *self._taken_from(ref)]):
            self.note(origin, by, at)
        self._have_readers_looked_at(ref, by, at)

    def note_whole(self, ref: Ref, by: Taken | Passed, at: At | None) -> None:
        """A module that a name holds has other names, or other values of them."""
        if self._is_first(ref, at):
            outcome = Outcome(ref, Grade.REFILLED, by)
            is_module = ref.name != "__dict__"
            self._fillings[ref] = _Filling(outcome, at, is_call=False, is_module=is_module)
            self._have_readers_looked_at(ref, by, at)

    def note_uncompared(self, at: At, by: Taken | Passed) -> None:
        """A statement has run that changes what cannot be compared: the elements of containers,
        in a loop, and objects whose methods it calls, or that it hands to functions."""
        graph, (module, statement) = self._batch.graph, at
        self.foreign.note(at, by)
        for part in (statement, *statement.every_member()):
            for path in part.names.inside:
                self.note(graph.resolve(module, part.owner, path)[-1], by, at)
            worked_on = [path for path, is_filled in part.names.works_on.items() if is_filled]
            if worked_on and not only_asks(part):
                for path in worked_on:
                    self._note_object(graph.resolve(module, part.owner, path)[-1], by, at)
        for ref in filled_by_callees(graph, module, statement):
            self._note_object(ref, by, at)

    def _note_object(self, ref: Ref, by: Taken | Passed, at: At) -> None:
        kind = type(self._batch.live.value_at(ref))
        if kind.__flags__ & HEAP and not issubclass(kind, type) and kind not in CONTAINERS:
            self.note(ref, by, at)

    def _note_call(self, ref: Ref, by: Taken | Passed, at: At | None) -> None:
        """What calls of a function give is another."""
        if self._is_first(ref, at):
            self._fillings[ref] = _Filling(Outcome(ref, Grade.PATCHED, by), at, is_call=True)
            if self._batch.heed is not None:
                self._batch.heed(ref)
            self._have_readers_looked_at(ref, by, at)

    def _is_first(self, ref: Ref, at: At | None) -> bool:
        known = self._fillings.get(ref)
        if known is None or known.at is None or at is None:
            return known is None or known.at is not None
        return self._batch.is_later(at, known.at)

    def _have_readers_looked_at(self, ref: Ref, by: Taken | Passed, at: At | None) -> None:
        batch, graph = self._batch, self._batch.graph
        for module, statement in graph.dependents(ref):
            manners = {r.manner for r in graph.now(module, statement) if r.ref == ref}
            if manners:
                batch.enqueue(module, statement.top)
                self._go_on(module, statement, ref, manners)
            elif isinstance(statement.node, FUNCTIONS) and self._looks_late(module, statement, ref):
                outcome = self._fillings[ref].outcome
                cause = Cause(used_late(statement, ref), Manner.LATE, outcome, by)
                passed = batch.passed(module, statement, cause)
                self._note_call(Ref(module, statement.qualname), passed, at)

    def _go_on(self, module: str, statement: Statement, ref: Ref, manners: set[Manner]) -> None:
        """By other names the same container is filled, and the same function called."""
        outcome, at, is_call, is_module = self._fillings[ref]
        imported = [*_imported_as(statement, ref)]
        if is_call:
            names = imported or self._batch.graph.outcome(module, statement)
            for name in names if manners - _CALLS else ():
                self._note_call(Ref(module, statement.qualified(name)), outcome.by, at)
            return
        note = self.note_whole if is_module else self.note
        for name in imported:
            note(Ref(module, name), outcome.by, at)

    def _taken_from(self, ref: Ref) -> Iterator[Ref]:
        """What a name is a part of, by its text: `row = GRID[1]`."""
        graph = self._batch.graph
        for binder in graph.binders(*ref)[-1:]:
            node = binder.node
            value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
            if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
                path = dotted(container_of(value))
                if path:
                    yield graph.resolve(ref.module, binder.owner, path)[-1]

    def _looks_late(self, module: str, statement: Statement, ref: Ref) -> bool:
        graph, computes = self._batch.graph, self._fillings[ref].computes
        manners = graph.manners_late(module, statement, ref)
        return bool(computes & manners) and ref not in graph.fills(module, statement)


def _imported_as(statement: Statement, ref: Ref) -> Iterator[str]:
    """The names under which a statement imports what another module has under this one."""
    for imported in statement.bound.imports:
        if imported.name in (ref.name, "*") and imported.binds:
            yield ref.name if imported.name == "*" else imported.binds
