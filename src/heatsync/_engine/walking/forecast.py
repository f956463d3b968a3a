"""The walk over a plan before it is taken: what is going to run, and what may."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from heatsync._engine.batches import data
from heatsync._engine.batches.batch import Batch, told
from heatsync._engine.batches.effects import Effects, forgotten, no_more, owner_told
from heatsync._engine.objects.endings import Endings
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.registries.keys import Keys
from heatsync._engine.registries.registrations import Registrations
from heatsync._engine.registries.remakes import Remakes
from heatsync._engine.texts.edit import Change, Pair, edited_members
from heatsync._engine.texts.graph import Grade, Manner, Ref
from heatsync._engine.texts.likeness import dumped
from heatsync._engine.texts.making import owns
from heatsync._engine.texts.moves import Move
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import (
    ADDED,
    BODY_EDITED,
    DOCUMENTED,
    EDITED,
    GONE,
    STANDS_ELSEWHERE,
    UNFIT,
    Action,
    Cause,
    Outcome,
    Passed,
    Planned,
)
from heatsync._engine.texts.words import is_certain
from heatsync._engine.walking.causes import Causes
from heatsync._engine.walking.members import Inside, Waits


class Forecast:
    """Asks the same questions as the walk, in the same order. It reads live values, writes none.

    What only running can tell is taken for different, and what depends on it is not certain.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._registrations = Registrations(batch)
        self._causes = Causes(batch, self._registrations)
        moves = batch.plan.moves
        self._moved = {move.pair.new: Cause(f"it moved here from {move.origin}") for move in moves}
        self._kept = {move.places[0][1] for move in moves if move.keeps_value}
        self._remakes = Remakes(batch, self._registrations, self._run)
        self._inside = _Foreseen(batch, self._causes, self, self._remakes.are_due)
        self._keys = Keys(batch, self._registrations)
        self._endings = Endings(batch.live, batch.journal, [], batch.plan.edits)
        self._steps: list[Planned] = []

    def run(self, synced: Mapping[str, list[object]]) -> list[Planned]:
        """The steps that a walk would take. `synced` are data files, with what of them differs."""
        batch = self._batch
        self._sync(synced)
        for item in batch.plan.recodes:
            self._recode(item.module, item.pair)
        for gone in batch.plan.withdrawn:
            self._take_back(gone.module, gone.pair.new)
        for drop in batch.plan.drops:
            if batch.is_to_be_dropped(drop.ref):
                self.drop(drop.ref, drop.file, drop.statement.line)
        for move in batch.plan.moves:
            self._move(move)
        self._keys.see_to_order()
        self._remakes.foresee(batch.plan.steps, self._endings.take_back)
        for each in batch.plan.steps:
            batch.enqueue(each.module, each.pair.new)
        self._look_at_all()
        self._spread_order()
        self._look_at_all()
        return self._steps

    def _sync(self, synced: Mapping[str, list[object]]) -> None:
        for file, different in synced.items():
            step = Planned(Action.SYNC, os.path.basename(file), file, 1, EDITED)
            self._steps.append(step)
            data.tell(self._batch, self._batch.live.data[file], different, step)

    def _recode(self, module: str, pair: Pair) -> None:
        batch = self._batch
        if pair.change is not Change.PATCHED or (pair.new.is_class and pair.members):
            return
        if self._registrations.shows_docstring(module, pair):
            batch.must_run[pair.new] = DOCUMENTED
            batch.enqueue(module, pair.new.top)
        elif self._keeps_closures(module, pair):
            step = self.plan(Action.PATCH, module, pair.new, BODY_EDITED)
            batch.note_outcome(module, pair.new, Grade.PATCHED, step)
        else:
            batch.must_run[pair.new] = UNFIT
            batch.enqueue(module, pair.new.top)

    def _keeps_closures(self, module: str, pair: Pair) -> bool:
        """Whether functions can be given their new code: one that begins to use `super()` cannot."""
        assert pair.old is not None
        batch = self._batch
        running, source = batch.live.modules[module], batch.graph.world.source(module)
        assert source is not None
        old = batch.codes.functions(pair.old, running.source)
        new = batch.codes.functions(pair.new, source)
        places = zip(pair.old.functions(), pair.new.functions(), strict=True)
        return all(
            old[before].co_freevars == new[after].co_freevars
            for (_, before), (_, after) in places
            if before in old and after in new
        )

    def plan(self, action: Action, module: str, statement: Statement, cause: Cause) -> Planned:
        taken = self._batch.took(action, module, statement, cause)
        if cause.outcome is not None and cause.manner is not None:
            certain = is_certain(cause.outcome)
        else:
            certain = not isinstance(cause.by, Planned) or cause.by.certain
        step = Planned(action, taken.ref, taken.file, taken.line, cause, certain)
        self._steps.append(step)
        return step

    def drop(self, ref: Ref, file: str, line: int, cause: Cause = GONE) -> Planned:
        batch = self._batch
        step = Planned(Action.DROP, str(ref), file, line, cause)
        self._steps.append(step)
        batch.note(Outcome(ref, Grade.REBOUND, step))
        for other in batch.brought_by_star(ref, batch.live.value_at(ref)):
            why = Cause(f"it imports {ref}", Manner.HOLD, batch.changes[ref], step)
            self.drop(Ref(other, ref.name), file, line, why)
        return step

    def _move(self, move: Move) -> None:
        if move.keeps_value:
            statement = move.pair.new
            step = self.plan(Action.MOVE, move.home, statement, self._moved[statement])
            self._batch.settle_for(move.home, Pair(statement, statement, Change.KEPT))
            self._batch.note(Outcome(Ref(move.home, move.name), Grade.REBOUND, step))
            self._causes.is_in_force(move.home, move.name, statement)

    # ------------------------------------------------------------- one statement

    def _look_at_all(self) -> None:
        while (following := self._batch.next()) is not None:
            self._look_at(*following)

    def _spread_order(self) -> None:
        """What has entries in a list and stands elsewhere in the text puts these elsewhere, too."""
        batch = self._batch
        for module, edit in batch.plan.edits.items():
            for statement in edit.region.moved - batch.ran:
                old = batch.running(module, statement)
                slots = self._registrations.find(module, old, statement).slots
                if any(shelf.is_ordered and len(shelf.original) > 1 for shelf in slots):
                    self._fill(module, statement, batch.passed(module, statement, STANDS_ELSEWHERE))

    def _look_at(self, module: str, pair: Pair) -> None:
        statement = pair.new
        if statement in self._batch.ran or statement.is_inert:
            return
        if pair.change in (Change.EDITED, Change.ADDED):
            plain = EDITED if pair.change is Change.EDITED else ADDED
            self._run_in_turn(module, pair, Action.RUN, self._moved.get(statement, plain))
        elif reason := self._causes.of(module, statement):
            self._run_in_turn(module, pair, Action.RERUN, reason)
        elif statement.is_class:
            self._inside.look_inside(module, pair)
        else:
            self._causes.tell(module, statement)

    def run_whole(self, module: str, statement: Statement, action: Action, cause: Cause) -> None:
        self._run(module, self._batch.pair(module, statement), action, cause)

    def _run(self, module: str, pair: Pair, action: Action, cause: Cause) -> Planned:
        batch, statement = self._batch, pair.new
        batch.ran.update((statement, *statement.every_member()))
        for needed in self._causes.needed_first(module, statement):
            if needed not in batch.ran:
                need = self._causes.need(module, statement, cause)
                self._run(module, batch.pair(module, needed), Action.RERUN, need)
        if pair.old is not None and pair.old is not statement:
            self._forget(module, pair.old, statement, batch.passed(module, statement, cause))
        step = self.plan(action, module, statement, cause)
        old = None if pair.old in self._kept else pair.old
        self.end(module, pair, step)
        found = self._registrations.find(module, old, statement)
        self._keys.foresee(found, step)
        names = list(dict.fromkeys(batch.graph.outcome(module, statement)))
        for name in names:
            self._causes.is_in_force(module, name, statement)
            batch.changes.pop(Ref(module, name), None)
            batch.note_bound(expected(batch, module, pair, name, step), statement)
        edited = edited_members(pair)
        for member in statement.every_member():
            if member in edited or self._causes.of(module, member):
                batch.note_outcome(module, member, Grade.REBOUND, step)
        self._fill(module, statement, step)
        batch.filled.foreign.note((module, statement), step)
        Effects(batch, module, statement).foresee(step)
        batch.enqueue_later(module, statement, names)
        return step

    def _take_back(self, module: str, statement: Statement) -> None:
        """A statement is gone: what it registered is taken back, and attributes that it set."""
        batch = self._batch
        if statement in self._kept:
            return
        found = self._registrations.find(module, statement, statement, is_gone=True)
        pair = Pair(statement, statement, Change.KEPT)
        by: Planned | Passed = batch.passed(module, statement, GONE)
        ended = self._endings.take_back(module, pair)
        if (ended or found.is_found) and not [*statement.bound.outcome]:
            by = self.plan(Action.DROP, module, statement, GONE)
        if ended:
            found.trust()
        self.end(module, pair)
        self._forget(module, statement, None, by)
        self._fill(module, statement, by)
        self._keys.foresee(found, by, is_gone=True)
        self._remakes.after_leaving(found, by)

    def _forget(
        self, module: str, old: Statement, new: Statement | None, by: Planned | Passed
    ) -> None:
        """Attributes of classes and modules that a statement sets no more."""
        batch = self._batch
        for owner, _, name in forgotten(batch, module, old, new, by):
            ref, file = f"{owner_told(batch, owner)}.{name}", batch.live.modules[module].filename
            step = Planned(Action.DROP, ref, file, old.line, no_more(new, by))
            self._steps.append(step)
            batch.filled.note(owner, step, None)

    def end(self, module: str, pair: Pair, step: Planned | None = None) -> None:
        """What a statement that is run again or dropped has made ends, which no step shows."""
        will = "will" if step is None or step.certain else "may"
        for thing in self._endings.of(module, pair):
            self._batch.merger.notes.append(f"{thing} {will} {thing.ending}")

    def _run_in_turn(self, module: str, pair: Pair, action: Action, cause: Cause) -> None:
        if self._endings.take_back(module, pair) or not self._remakes.are_due(module, pair, cause):
            self._run(module, pair, action, cause)

    def _fill(self, module: str, statement: Statement, by: Planned | Passed) -> None:
        """What it registered is taken back, and what it registers comes in."""
        for ref in self._registrations.refs_worked_on(module, statement):
            if type(self._batch.live.value_at(ref)) in CONTAINERS:
                self._batch.filled.note(ref, by, (module, statement))


class _Foreseen(Inside):
    """Decides about members as the walk does, and plans what that would do."""

    def __init__(self, batch: Batch, causes: Causes, forecast: Forecast, waits: Waits) -> None:
        super().__init__(batch, causes, forecast.run_whole, waits)
        self._forecast = forecast

    def _run(self, module: str, cls: Any, pair: Pair) -> None:
        batch, statement = self._batch, pair.new
        batch.ran.add(statement)
        action, cause = self._why(module, pair)
        self._run_first(module, cls, statement, cause)
        step = self._forecast.plan(action, module, statement, cause)
        self._forecast.end(module, pair, step)
        for name in statement.bound.outcome:
            self._causes.is_in_force(module, name, statement)
            batch.note(expected(batch, module, pair, name, step))
        batch.note_classes(module, statement, Grade.RENEWED, step)

    def _take_back(self, module: str, gone: Statement) -> None:
        self._forecast.end(module, Pair(gone, gone, Change.KEPT))

    def _drop(self, module: str, owner: Statement, cls: Any, name: str) -> None:
        batch, ref = self._batch, Ref(module, f"{owner.qualname}.{name}")
        step = self._forecast.drop(ref, batch.live.modules[module].filename, owner.line)
        batch.note(Outcome(Ref(module, owner.qualname), Grade.RENEWED, step))
        batch.note_classes(module, owner, Grade.RENEWED, step)

    def _arrange_annotations(self, cls: Any, old: Statement, new: Statement) -> None:
        return


def _is_made_alike(pair: Pair) -> bool:
    """Whether what a statement makes can be poured into what it made, as far as its text tells."""
    old, new = pair.old, pair.new
    if old is None or type(old.node) is not type(new.node):
        return False
    if isinstance(old.node, FUNCTIONS) and isinstance(new.node, FUNCTIONS):
        decorators = [[*map(dumped, node.decorator_list)] for node in (old.node, new.node)]
        return decorators[0] == decorators[1]
    if new.is_class:  # or its layout may be another one
        shaped = any("__slots__" in member.bound.binds for member in edited_members(pair))
        return old.header == new.header and not shaped
    values = [getattr(statement.node, "value", None) for statement in (old, new)]
    return type(values[0]) is type(values[1])


def _held(batch: Batch, ref: Ref) -> Any:
    """What a name holds, or held in the file that its definition comes from."""
    value = batch.live.value_at(ref)
    for move in batch.plan.moves if value is MISSING else ():
        if move.home == ref.module:
            value = batch.live.value_at(Ref(move.origin, ref.name))
    return value


def expected(batch: Batch, module: str, pair: Pair, name: str, step: Planned) -> Outcome:
    """What is going to become of a name whose statement runs."""
    ref = Ref(module, pair.new.qualified(name))
    value = _held(batch, ref)
    if value is not MISSING and _is_made_alike(pair) and owns(pair.new, pair.old, name):
        if type(value) in CONTAINERS:
            return Outcome(ref, Grade.REFILLED, step)
        if type(value) is FunctionType or issubclass(type(value), type):
            return Outcome(ref, Grade.RENEWED, step)
    return Outcome(ref, Grade.REBOUND, step, told(value))
