"""Containers that are made anew, as nothing tells what a statement had put into them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from heatsync._engine.batch import Batch
from heatsync._engine.diff import Pair
from heatsync._engine.graph import Grade, Manner, Ref
from heatsync._engine.memory import CONTAINERS
from heatsync._engine.registrations import Registrations, Withdrawn
from heatsync._engine.source import Statement
from heatsync._engine.taken import Action, Cause, Outcome, Passed, Taken
from heatsync._engine.words import subject

ASSIGNMENTS = (ast.Assign, ast.AnnAssign)

_Run = Callable[[str, Pair, Action, Cause], Taken]
_Maker = tuple[str, Statement]


class Remakes:
    """Has the statement run again that made a container, and with it all that fill it."""

    def __init__(self, batch: Batch, registrations: Registrations, run: _Run) -> None:
        self._batch = batch
        self._registrations = registrations
        self._run = run
        self._waited: set[Statement] = set()

    def are_due(self, module: str, pair: Pair, cause: Cause) -> bool:
        """Whether a statement has to wait for a container that is made anew, and for those that
        fill it before this one does: then they are looked at first, and it after them."""
        statement, old = pair.new, pair.old
        if old is None or statement in self._waited or not self._may_be_due(module, old):
            return False
        self._waited.add(statement)
        by = self._batch.passed(module, statement, cause)
        found = self._registrations.find(module, old, statement).uncertain
        due = [(ref, maker) for ref, target in found for maker in self._of(ref, target)]
        for ref, maker in due:
            self._enqueue(ref, maker, by)
        if due:
            self._batch.must_run.setdefault(statement, cause)
            self._batch.enqueue(module, statement)
        return bool(due)

    def _may_be_due(self, module: str, old: Statement) -> bool:
        """Whether a statement fills anything that a live file makes; to look on costs more."""
        refs = self._registrations.refs_worked_on(module, old)
        return any(self._batch.before.definition(ref) for ref in refs)

    def after_leaving(self, withdrawn: Withdrawn, by: Taken | Passed) -> None:
        """A statement is gone, and what it had put somewhere is not all found."""
        for ref, target in withdrawn.remaining:
            for maker in self._of(ref, target):
                self._enqueue(ref, maker, by)

    def now(self, withdrawn: Withdrawn, by: Taken | Passed) -> None:
        """A statement is about to run that could not wait."""
        for ref, target in withdrawn.uncertain:
            for module, maker in self._of(ref, target):
                pair = self._batch.pair(module, maker)
                taken = self._run(module, pair, Action.RERUN, _untraced(ref, by))
                self._refill(ref, (module, maker), taken)
            if self._batch.live.value_at(ref) is target:
                self._note_remains(ref, withdrawn.new)

    def _note_remains(self, ref: Ref, statement: Statement) -> None:
        if type(self._batch.live.value_at(ref)) not in CONTAINERS:
            self._batch.merger.notes.append(
                f"what line {statement.line} did to {ref} before may remain: "
                "heatsync found nothing of it that it could take back"
            )

    def _of(self, ref: Ref, target: object) -> Iterator[_Maker]:
        """The statement that made an object, where that is a live file's and has not run yet.

        The import by which another statement had come to it may be gone with that.
        """
        batch = self._batch
        for module, old in filter(None, [batch.before.definition(ref)]):
            home, maker = batch.continued(module, old) or (module, None)
            places = [Ref(m, name) for m in {module, home} for name in old.bound.binds]
            held = any(batch.live.value_at(place) is target for place in places)
            is_maker = maker is not None and not maker.owner and isinstance(maker.node, ASSIGNMENTS)
            if maker and is_maker and held and maker not in batch.ran:
                yield home, maker

    def _enqueue(self, ref: Ref, maker: _Maker, by: Taken | Passed) -> None:
        self._batch.must_run.setdefault(maker[1], _untraced(ref, by))
        self._batch.enqueue(*maker)
        self._refill(ref, maker, by)

    def _refill(self, ref: Ref, maker: _Maker, by: Taken | Passed) -> None:
        """Has all statements run again that fill an object that is made anew."""
        graph = self._batch.graph
        for module in graph.importing([maker[0]]):
            for filler in self._batch.statements(module):
                filled = self._registrations.refs_worked_on(module, filler)
                if any(graph.definition(r) == maker for r in filled):
                    outcome = Outcome(ref, Grade.REFILLED, by)
                    why = Cause(f"it fills {ref}", Manner.LOOK, outcome, by)
                    self._batch.must_run.setdefault(filler, why)
                    self._batch.enqueue(module, filler)


def _untraced(ref: Ref, by: Taken | Passed) -> Cause:
    return Cause(f"nothing tells what {subject(by)} had put into {ref}", None, None, by)
