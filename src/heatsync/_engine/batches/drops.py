"""Names that a text does not bind any more are taken away, and where stars had brought them, too."""

from __future__ import annotations

from heatsync._engine.batches.batch import Batch, told
from heatsync._engine.objects.flights import may_wait_for, names_in_flight
from heatsync._engine.texts.graph import Grade, Manner, Ref
from heatsync._engine.texts.plan import Drop
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import GONE, Action, Cause, Outcome, Taken


class Drops:
    """Takes names away, but for those that calls in progress still read."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        # By module, and whether those count that wait, the names that calls still read.
        self._flights: dict[tuple[str, bool], dict[str, str]] = {}

    def drop(self, drop: Drop, cause: Cause = GONE) -> None:
        batch, (module, name) = self._batch, drop.ref
        if not batch.is_to_be_dropped(drop.ref):
            return
        if (user := self._in_flight(drop.ref)) is not None:
            batch.merger.notes.append(
                f"{drop.ref} is kept for {user}, which still runs the previous version and reads it"
            )
            return
        namespace = batch.namespace(module)
        held = batch.dropped[drop.ref] = namespace[name]
        hidden = batch.live.modules.get(f"{module}.{name}")
        if hidden is not None:  # a submodule of that name, which is seen again
            batch.journal.set_item(namespace, name, hidden.module)
        elif name == "__doc__":  # a module without a docstring has None
            batch.journal.set_item(namespace, name, None)
        else:
            batch.journal.delete_item(namespace, name)
        taken = Taken(Action.DROP, str(drop.ref), drop.file, drop.statement.line, cause)
        batch.taken.append(taken)
        batch.note(Outcome(drop.ref, Grade.REBOUND, taken, told(held)))
        self._drop_brought(drop, held, taken)

    def _drop_brought(self, drop: Drop, held: object, by: Taken) -> None:
        """A name is gone that stars had brought to other modules."""
        batch, name = self._batch, drop.ref.name
        for other in batch.brought_by_star(drop.ref, held):
            why = Cause(f"it imports {drop.ref}", Manner.HOLD, batch.changes[drop.ref], by)
            if binders := batch.graph.binders(other, name):  # whose value was hidden by that
                batch.must_run.setdefault(binders[-1].top, why)
                batch.enqueue(other, binders[-1].top)
            else:
                self.drop(Drop(Ref(other, name), drop.statement, drop.file), why)

    def _in_flight(self, ref: Ref) -> str | None:
        """The call in progress that still reads a name."""
        running = self._batch.live.modules[ref.module]
        waiting = may_wait_for(running, ref.name)
        if (ref.module, waiting) not in self._flights:
            found = names_in_flight(running.namespace, waiting=waiting)
            self._flights[ref.module, waiting] = found
        return self._flights[ref.module, waiting].get(ref.name)

    def follow(self, ref: Ref, statement: Statement, before: object, by: Taken) -> None:
        """A statement has run; where it took a name away, as `del` does, stars bring it no more."""
        module = self._batch.live.modules[ref.module]
        if ref in self._batch.changes and ref.name not in module.namespace:
            self._drop_brought(Drop(ref, statement, module.filename), before, by)
