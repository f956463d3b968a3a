"""Why a statement that was not edited has to run again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects import execute
from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.holdings import follow
from heatsync._engine.objects.memory import CONTAINERS
from heatsync._engine.registries.registrations import Registrations
from heatsync._engine.texts import exports
from heatsync._engine.texts.edit import every_pair
from heatsync._engine.texts.graph import THRESHOLD, Grade, Manner, Reading, Ref
from heatsync._engine.texts.reordered import reaching
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Cause, Outcome
from heatsync._engine.texts.words import held, subject, used

REORDERED = Cause("it stands elsewhere among those that bind the same name")


class Causes:
    """Decides about reruns. Knows which of several statements that bind a name is in force."""

    def __init__(self, batch: Batch, registrations: Registrations) -> None:
        self._batch = batch
        self._registrations = registrations
        self._versions: dict[Ref, Statement] = {}

    def of(self, module: str, statement: Statement) -> Cause | None:
        """The reason; None if it need not run."""
        batch = self._batch
        if statement in batch.must_run:
            return batch.must_run[statement]
        if statement in batch.plan.reordered.get(module, ()):
            return REORDERED
        if ref := self._overtaken(module, statement):
            above = batch.changes.get(ref)
            return Cause(f"it has the last word on {ref}", None, above, above.by if above else None)
        for reading in self._readings(module, statement):
            if self._is_reason(module, statement, reading):
                return self._reads(module, statement, reading, batch.changes[reading.ref])
            if filled := self._sees_it_filled(module, statement, reading):
                return self._reads(module, statement, reading, filled)
        read = batch.filled.foreign_read_by(module, statement)
        return self._reads(module, statement, *read) if read else None

    def _readings(self, module: str, statement: Statement) -> Iterator[Reading]:
        """What a statement reads. An application copies the containers that it is given, and loses
        nothing when it is made again; so do the parts that it is made of."""
        for reading in self._batch.graph.now(module, statement):
            if reading.manner is Manner.GIVE and self._is_copied(module, statement, reading.ref):
                yield Reading(reading.ref, Manner.PASS)
            else:
                yield reading

    def _is_copied(self, module: str, statement: Statement, ref: Ref) -> bool:
        batch = self._batch
        if statement.owner or type(batch.live.value_at(ref)) not in CONTAINERS:
            return False
        names = batch.graph.outcome(module, statement)
        if not names:
            return any(map(batch.libraries.copies, self._given(module, statement, ref)))
        values = (batch.live.value_at(Ref(module, name)) for name in names)
        return any(map(batch.vessels.copies, values))

    def _given(self, module: str, statement: Statement, ref: Ref) -> Iterator[type]:
        """The classes that are called with something: `app.mount("/x", Router(routes))`."""
        namespace = self._batch.namespace(module)
        for use in statement.names.now:
            if use.given_to and self._batch.graph.way_of(module, "", use).refs[-1] == ref:
                first, *rest = use.given_to
                callee = follow(namespace.get(first), rest)
                if issubclass(type(callee), type):
                    yield callee

    def _reads(
        self, module: str, statement: Statement, reading: Reading, outcome: Outcome
    ) -> Cause:
        words = used(self._batch.graph, module, statement, reading, outcome.grade)
        return Cause(words, reading.manner, outcome, outcome.by)

    def _is_reason(self, module: str, statement: Statement, reading: Reading) -> bool:
        grade = self._batch.grade(reading.ref)
        if grade < THRESHOLD[reading.manner]:
            return False
        at = self._batch.set_elsewhere.get(reading.ref)
        if at is not None and self._batch.is_later((module, statement), at):
            return False
        if grade >= Grade.REBOUND and self._reads_what_was_above(module, statement, reading.ref):
            return False
        if reading.manner is Manner.SUBCLASS and grade < Grade.REPLACED:
            # A subclass sees through to a base that was renewed, unless something collected it.
            return self._ran_whole(reading.ref) or not self._has_plain_classes(module, statement)
        return True

    def _has_plain_classes(self, module: str, statement: Statement) -> bool:
        """Whether what it defines, perhaps on a condition, are classes that nobody collected."""
        namespace = self._batch.namespace(module)
        return all(
            cls is not None and execute.is_plain(cls, node)
            for node in statement.classes
            for cls in [live_class(namespace, statement.qualified(node.name))]
        )

    def _reads_what_was_above(self, module: str, statement: Statement, ref: Ref) -> bool:
        """Whether a name was bound anew only below a statement, which reads what is above it."""
        chain = self._batch.graph.binders(*ref) if ref.module == module else []
        above = reaching(chain, statement.top)
        if above is None or above in self._batch.ran:
            return False
        return chain[-1].line > statement.top.line

    def _ran_whole(self, ref: Ref) -> bool:
        """Whether a class was made anew, so that its bases or parameters may be others."""
        defined = self._batch.graph.definition(ref)
        return defined is not None and defined[1] in self._batch.ran

    def _sees_it_filled(
        self, module: str, statement: Statement, reading: Reading
    ) -> Outcome | None:
        """How others filled what a statement computes with."""
        filled = self._batch.filled
        outcome = filled.seen_by(module, statement, reading)
        if outcome and reading.ref in self._registrations.refs_worked_on(module, statement):
            return filled.seen_by_filler(module, statement, reading)
        return outcome

    def tell(self, module: str, statement: Statement) -> Outcome | None:
        """Passes on to those who read a statement that what it holds behaves anew.

        Gives the outcome that changes it most.
        """
        most: Outcome | None = None
        for name, outcome in self.told(module, statement).items():
            if most is None or outcome.grade > most.grade:
                most = outcome
            if name:
                self._batch.note(outcome)
        if most is not None:
            grade = min(most.grade, Grade.RENEWED)
            self._batch.note_classes(module, statement, grade, most.by)
        return most

    def told(self, module: str, statement: Statement) -> dict[str, Outcome]:
        """How the names of a statement come out different by what it reads; "" where it has none."""
        batch, told = self._batch, dict[str, Outcome]()
        for name, reading in self._holding(module, statement):
            grade = batch.grade(reading.ref)
            if reading.manner not in (Manner.HOLD, Manner.GIVE):
                grade = min(grade, Grade.PATCHED)
            known = told.get(name)
            if reading.manner is Manner.GIVE and self._is_served(module, statement, name, grade):
                continue
            if grade > (known.grade if known else Grade.SAME):
                outcome = batch.changes[reading.ref]
                cause = Cause(held(statement, reading), reading.manner, outcome, outcome.by)
                by = batch.passed(module, statement, cause)
                told[name] = Outcome(Ref(module, statement.qualified(name)), grade, by)
        return told

    def _is_served(self, module: str, statement: Statement, name: str, grade: Grade) -> bool:
        """Whether what was given to an application behaves anew when that serves, and not when
        something is registered with it."""
        if not name or not Grade.SAME < grade < Grade.REFILLED:
            return False
        value = self._batch.live.value_at(Ref(module, statement.qualified(name)))
        return self._batch.vessels.is_one(value)

    def _holding(self, module: str, statement: Statement) -> Iterator[tuple[str, Reading]]:
        """The names that a statement binds, each with what it may hold. An import tells which."""
        graph, imported = self._batch.graph, set[Ref]()
        for item in statement.bound.imports:
            target = graph.absolute(module, item)
            for name in graph.public(target, by=module) if item.name == "*" else [item.name]:
                if name is None:  # a module, of which it reads what it says further on
                    continue
                reading = Reading(Ref(target, name), Manner.HOLD)
                imported.add(reading.ref)
                yield name if item.name == "*" else item.binds, reading
        for reading in graph.now(module, statement):
            if reading.manner is Manner.NAME or (
                reading.manner is Manner.HOLD and reading.ref in imported
            ):
                continue
            if statement.bound.imports and reading.ref.name in (exports.ALL, "*"):
                continue  # it tells which names there are, not what they hold
            for name in graph.outcome(module, statement) or [""]:
                yield name, reading

    # ------------------------------------------------------------------- versions

    def is_in_force(self, module: str, name: str, statement: Statement) -> None:
        """Takes note that a name holds what this statement bound."""
        self._versions[Ref(module, statement.qualified(name))] = statement

    def _overtaken(self, module: str, statement: Statement) -> Ref | None:
        """A name that a statement binds last, where one above it was run for its own sake."""
        for name in self._batch.graph.outcome(module, statement):
            ref = Ref(module, statement.qualified(name))
            version = self._versions.get(ref)
            if version is not None and version.line < statement.line:
                return ref
        return None

    def needed_first(self, module: str, statement: Statement) -> list[Statement]:
        """What of its own block has to run before a statement, so that it, and the functions
        that it calls, read names as they stood at its place.
        """
        parts = (statement, *statement.every_member())
        names = [use.path[0] for part in parts for use in part.names.now]
        names += statement.bound.deletes  # what it took away before has to be there again
        return self._needed(module, statement, [*names, *self._read_by_calls(module, parts)])

    def _read_by_calls(self, module: str, parts: Iterable[Statement]) -> Iterator[str]:
        """The names that functions of the module read which some statements call, where it
        matters when that is done.
        """
        graph = self._batch.graph
        source = graph.world.source(module)
        again = source.bound_again if source else frozenset[str]()
        calls = (graph.called(module, part) for part in (parts if again else ()))
        for home, called in itertools.chain.from_iterable(calls):
            for use in called.names.late if home == module else ():
                if use.path[0] in again:
                    yield use.path[0]

    def _needed(self, module: str, statement: Statement, names: Iterable[str]) -> list[Statement]:
        needed = []
        for name in dict.fromkeys(names):
            chain = self._batch.binders(module, statement, name)
            required = reaching(chain, statement) if chain else None
            if required is not None and required is not self.live_version(module, name, chain):
                needed.append(required)
        return needed

    def needed_outside(self, module: str, member: Statement) -> list[Statement]:
        """What of the module has to run before a member of a class, likewise."""
        block = member.parent.members if member.parent else ()
        inside = {name for sibling in block for name in sibling.bound.binds}
        names = [use.path[0] for use in member.names.now if use.path[0] not in inside]
        return self._needed(module, member.top, [*names, *self._read_by_calls(module, [member])])

    def need(self, module: str, statement: Statement, cause: Cause) -> Cause:
        """Why those have to run that a statement needs, which runs for a cause of its own."""
        by = self._batch.passed(module, statement, cause)
        return Cause(f"{subject(by)} needs it", None, None, by)

    def live_version(self, module: str, name: str, chain: list[Statement]) -> Statement | None:
        """The statement of the new text whose binding of a name is in force."""
        qualified = chain[0].qualified(name)
        known = self._versions.get(Ref(module, qualified))
        if known is not None:
            return known
        edit = self._batch.plan.edits.get(module)
        if edit is None:
            return chain[-1]
        owner, before = chain[0].owner, self._batch.before
        siblings = (s for s in edit.old.binding(qualified) if s.owner == owner)
        old = [s for s in siblings if name in before.outcome(module, s)]
        if not old:
            return None
        around = edit.pair_of_old(old[-1].top)
        pairs = every_pair([around] if around else ())
        return next((p.new for p in pairs if p.old is old[-1]), None if not owner else chain[-1])
