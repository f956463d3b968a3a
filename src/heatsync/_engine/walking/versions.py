"""What each of several statements that bind a name gave it, for those that read it in between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.reordered import reaching
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Outcome
from heatsync._engine.walking.causes import Causes


class Versions:
    """Lends a name what a statement above gave it, and gives it back what the last one did.

    Each statement runs once in a batch, but who reads its name may be found to run much later.
    """

    def __init__(self, batch: Batch, causes: Causes) -> None:
        self._batch = batch
        self._causes = causes
        self._given: dict[Statement, dict[Ref, tuple[Any, Outcome | None]]] = {}
        self._lent: dict[Ref, None] = {}

    def take_note(self, ref: Ref, statement: Statement, value: Any) -> None:
        """A statement has run, and this is what a name of it holds."""
        outcome = self._batch.changes.get(ref)
        self._given.setdefault(statement, {})[ref] = value, outcome

    def lend(self, module: str, statement: Statement, reader: Statement) -> None:
        """Gives the names of a statement what it gave them, for one that is about to run.

        Not those that another one binds between the two.
        """
        for ref in self._given.get(statement, {}):
            if reaching(self._batch.binders(module, reader, ref.name), reader) is statement:
                self._put(ref, statement)
                self._lent[ref] = None

    def give_back(self, module: str, statement: Statement, names: Iterable[str]) -> None:
        """The one that was about to run has run: the last that bound a name has its word again.

        So it has where this one binds the name, too, and was found to run after it.
        """
        own = [Ref(module, name) for name in names]
        for ref in dict.fromkeys([*own, *(ref for ref in self._lent if ref.module == module)]):
            self._lent.pop(ref, None)
            *_, last = self._batch.binders(module, statement.top, ref.name) or [statement]
            if last is not statement and ref in self._given.get(last, {}):
                self._put(ref, last)

    def _put(self, ref: Ref, statement: Statement) -> None:
        value, outcome = self._given[statement][ref]
        namespace = self._batch.namespace(ref.module)
        if value is MISSING:  # it had taken the name away
            namespace.pop(ref.name, None)
        else:
            namespace[ref.name] = value
        self._causes.is_in_force(ref.module, ref.name, statement)
        if outcome is not None:
            self._batch.changes[ref] = outcome
