"""Containers that statements put other things into, and who sees that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from heatsync._engine.graph import Grade, Manner, Reading, Ref
from heatsync._engine.names import FUNCTIONS
from heatsync._engine.source import Statement
from heatsync._engine.taken import Cause, Outcome, Passed, Taken
from heatsync._engine.words import used_late

if TYPE_CHECKING:
    from heatsync._engine.batch import Batch

At = tuple[str, Statement]
_CALLS = {Manner.CALL}
_LOOKS = _CALLS | {Manner.LOOK, Manner.PASS}


class _Filling(NamedTuple):
    outcome: Outcome
    at: At | None  # where it was filled; None where that is not in the text any more
    is_call: bool  # a function that looks into it, which shows in what a call gives

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

    def seen_by(self, module: str, statement: Statement, reading: Reading) -> Outcome | None:
        """How what a statement reads was filled, if it computes with that."""
        filling = self._fillings.get(reading.ref)
        if filling is None:
            return None
        computes = reading.manner in filling.computes
        is_above = filling.at and self._batch.is_later((module, statement), filling.at)
        return filling.outcome if computes and not is_above else None

    def is_seen_by(self, module: str, statement: Statement) -> bool:
        """Whether a statement computes with something that was filled."""
        readings = self._batch.graph.now(module, statement) if self._fillings else ()
        return any(self.seen_by(module, statement, reading) for reading in readings)

    def note(self, ref: Ref, by: Taken | Passed, at: At | None) -> None:
        """A container has other contents: under this name, that which it is imported from, and
        those that import it."""
        if not self._is_first(ref, at):
            return
        self._fillings[ref] = _Filling(Outcome(ref, Grade.REFILLED, by), at, is_call=False)
        # The import by which a statement had come to it may be gone with that.
        graphs = self._batch.graph, self._batch.before
        for origin in dict.fromkeys([origin for graph in graphs for origin in graph.origins(ref)]):
            self.note(origin, by, at)
        self._have_readers_looked_at(ref, by, at)

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
        outcome, at, is_call = self._fillings[ref]
        if is_call:
            for name in self._batch.graph.outcome(module, statement) if manners - _CALLS else ():
                self._note_call(Ref(module, statement.qualified(name)), outcome.by, at)
            return
        for imported in statement.bound.imports:
            if imported.name in (ref.name, "*") and imported.binds:
                name = ref.name if imported.name == "*" else imported.binds
                self.note(Ref(module, name), outcome.by, at)

    def _looks_late(self, module: str, statement: Statement, ref: Ref) -> bool:
        graph, computes = self._batch.graph, self._fillings[ref].computes
        manners = graph.manners_late(module, statement, ref)
        return bool(computes & manners) and ref not in graph.fills(module, statement)
