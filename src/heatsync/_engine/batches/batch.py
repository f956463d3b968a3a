"""One batch while it is applied: what came out different so far, and what is still to be seen to."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

from heatsync._engine.batches.filled import At, Filled
from heatsync._engine.batches.libraries import Libraries
from heatsync._engine.batches.own_functions import OwnFunctions
from heatsync._engine.batches.protection import Protection
from heatsync._engine.batches.queue import Queue
from heatsync._engine.batches.vessels import Vessels
from heatsync._engine.objects.execute import Site
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.objects.merge import Merger
from heatsync._engine.texts.codes import Codes
from heatsync._engine.texts.edit import Change, Pair, every_pair
from heatsync._engine.texts.graph import Grade, Graph, Manner, Ref
from heatsync._engine.texts.handed import only_hands_on
from heatsync._engine.texts.kinds import home_of, name_of
from heatsync._engine.texts.order import Order
from heatsync._engine.texts.plan import Plan
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Action, Cause, Outcome, Passed, Record, Taken
from heatsync._engine.texts.words import named, shown, used_late
from heatsync._resident.live import Live

# Homes of classes from which the attributes of a program's own objects do not come.
_PLAIN = frozenset({"builtins", "types", "abc", "typing", "enum", "collections"})

IsProgram = Callable[[str, Statement], bool]
By = Taken | Passed


class Batch:
    """What the stages of a walk share."""

    def __init__(
        self,
        plan: Plan,
        codes: Codes,
        graph: Graph,
        before: Graph,
        live: Live,
        journal: Journal,
        is_program: IsProgram,
        record: Record,
    ) -> None:
        self.plan = plan
        self.codes = codes
        self.graph = graph
        self.before = before  # of the texts that are running, which tell what was done until now
        self.live = live
        self.journal = journal
        self.libraries = Libraries(journal, record.notes, live.modules)
        self.vessels = Vessels(journal, self.libraries)
        self.merger = Merger(journal, record.notes, self.libraries.stands, self.vessels.pour)
        self.protection = Protection(graph, live, journal, self.vessels.is_one)
        self.changes: dict[Ref, Outcome] = {}
        # Of these, what only a statement set that does not bind it: an attribute, a global of a
        # function. A fresh import has those read what was there before that stand above that.
        self.set_elsewhere: dict[Ref, At] = {}
        self.originals: dict[Ref, Any] = {}  # what names held that were run again
        self.dropped: dict[Ref, Any] = {}  # the same of names that were taken away
        self.poured: dict[int, tuple[Any, Ref]] = {}  # containers that took in what a name holds
        self.filled = Filled(self)
        self.own_functions = OwnFunctions(self)
        self.recoding = 0, 0  # where in the journal the exchange of code begins and ends
        self.touched: dict[Ref, None] = {}  # classes of which some text was exchanged or run
        self.ran: set[Statement] = set()
        self._twice: set[Statement] = set()  # of these, those that are run again
        self._under_way: list[str] = []  # modules of which a statement runs just now
        self.must_run: dict[Statement, Cause] = {}
        # By statement that left its file, the one that continues it in another module.
        self.moved_to: dict[Statement, tuple[str, Statement]] = {}
        self.heed: Callable[[Ref], None] | None = None  # told what comes out different, each time
        self.taken = record.taken
        self._record = record
        self._is_program = is_program
        self._gone = {name: live.modules[name].file for name in plan.departed.gone.texts}
        self._pairs = {(step.module, step.pair.new): step.pair for step in plan.steps}
        self._order = Order(graph, plan.edits, live.modules)
        self._order_before = Order(before, plan.edits, live.modules)
        self.queue = Queue(self._order)

    def graph_of(self, module: str, statement: Statement) -> Graph:
        """The graph that knows the text a statement stands in: the new one, or the one before."""
        edit = self.plan.edits.get(module)
        return self.graph if edit and edit.new.holds(statement.top) else self.before

    # -------------------------------------------------------------------- the queue

    def enqueue(self, module: str, statement: Statement) -> None:
        """Has a top-level statement looked at, once, in its turn. The program itself never is."""
        if statement not in self.ran and not self._is_program(module, statement):
            self.queue.add(module, statement)

    def enqueue_later(self, module: str, statement: Statement, names: Iterable[str]) -> None:
        """Those that bind the same names further down have the last word."""
        for name in names:
            for binder in self.binders(module, statement, name):
                if binder.line > statement.line:
                    self.enqueue(module, binder)

    def next(self) -> tuple[str, Pair] | None:
        """The next statement to look at."""
        return self._in_pair(self.queue.pop())

    def next_among(self, modules: Container[str]) -> tuple[str, Pair] | None:
        """The next statement to look at of some modules, before its turn."""
        return self._in_pair(self.queue.pop_among(modules))

    def next_above(self, module: str, statement: Statement) -> tuple[str, Pair] | None:
        """The next statement to look at above another one."""
        return self._in_pair(self.queue.pop_above(module, statement))

    def _in_pair(self, found: tuple[str, Statement] | None) -> tuple[str, Pair] | None:
        return (found[0], self.pair(*found)) if found else None

    def is_later(self, one: tuple[str, Statement], other: tuple[str, Statement]) -> bool:
        """Whether a fresh import would run another statement after this one."""
        return self._order.key(*one) < self._order.key(*other)

    def ran_at(self, module: str, statement: Statement) -> tuple[int, int, int]:
        """When a statement of the texts before had run, among others."""
        return self._order_before.key(module, statement)

    def pair(self, module: str, statement: Statement) -> Pair:
        known, edit = self._pairs.get((module, statement)), self.plan.edits.get(module)
        found = known or (edit.pair(statement) if edit else None)
        return found or Pair(statement, statement, Change.KEPT)

    def running(self, module: str, statement: Statement) -> Statement:
        """The statement of the text that was running which a statement or member continues, or
        itself where there is none."""
        pair = self.pair(module, statement.top)
        if pair.old is None or statement is statement.top:
            return pair.old or statement
        if pair.members is not None:
            members = every_pair(pair.members.pairs)
            return next((m.old for m in members if m.new is statement and m.old), statement)
        both = zip(pair.new.every_member(), pair.old.every_member(), strict=False)
        return next((old for new, old in both if new is statement), statement)

    def settle_for(self, module: str, pair: Pair) -> None:
        """Has a statement looked at as another pair than the texts tell."""
        self._pairs[module, pair.new] = pair

    def continued(self, module: str, old: Statement) -> tuple[str, Statement] | None:
        """The statement of the new texts that continues one of the old text, with its module."""
        if old in self.moved_to:
            return self.moved_to[old]
        edit = self.plan.edits.get(module)
        if edit is None or edit.new.holds(old.top):  # the graph before may be the one of now
            return module, old
        pair = edit.pair_of_old(old)
        return (module, pair.new) if pair else None

    @contextmanager
    def under_way(self, module: str) -> Iterator[None]:
        """While a statement of a module runs: those behind it are not to be run before it."""
        self._under_way.append(module)
        try:
            yield
        finally:
            self._under_way.pop()
            self.graph.look_anew()
            self.before.look_anew()

    @property
    def module_under_way(self) -> str:
        """The one of which a statement runs, the innermost; none if there is none."""
        return self._under_way[-1] if self._under_way else ""

    def is_under_way(self, module: str) -> bool:
        return module in self._under_way

    def forget_run(self, statement: Statement) -> None:
        """What a statement did in this batch was undone: it may run again, once."""
        if statement in self.ran and statement not in self._twice:
            self._twice.add(statement)
            self.ran.difference_update((statement, *statement.every_member()))

    # -------------------------------------------------------------------- outcomes

    def grade(self, ref: Ref) -> Grade:
        """In what way a name came out different so far."""
        outcome = self.changes.get(ref)
        return outcome.grade if outcome else Grade.SAME

    def note(self, outcome: Outcome, at: At | None = None) -> None:
        """A name came out different, where `at` tells set elsewhere; whoever reads it is looked at."""
        ref, known = outcome.ref, self.grade(outcome.ref)
        if outcome.grade and self.heed is not None:
            self.heed(ref)
        if outcome.grade > known or (
            outcome.grade == known and ref in self.set_elsewhere and self._is_sooner(ref, at)
        ):
            self.came_out(outcome, at)
            self.spread(ref)
            if outcome.grade >= Grade.RENEWED:
                self.filled.whole.tell(outcome)

    def _is_sooner(self, ref: Ref, at: At | None) -> bool:
        """Whether more statements see a name set than did until now."""
        return at is None or self.is_later(at, self.set_elsewhere[ref])

    def came_out(self, outcome: Outcome, at: At | None = None) -> None:
        self.changes[outcome.ref] = outcome
        self.set_elsewhere.pop(outcome.ref, None)
        if at is not None:
            self.set_elsewhere[outcome.ref] = at
        self._record.outcomes.append(outcome)

    def note_bound(self, outcome: Outcome, statement: Statement) -> None:
        """Tells who reads a name; of one that is bound again further down only those in between."""
        ref = outcome.ref
        later = [
            s for s in self.binders(ref.module, statement, ref.name) if s.line > statement.line
        ]
        if not later:
            self.note(outcome)
        else:
            if not outcome.grade:  # as at the end, but not for sure as it was at this place
                outcome = replace(outcome, grade=Grade.REBOUND)
            self.came_out(outcome)
            for module, reader in self.graph.dependents(ref):
                if module == ref.module and statement.line < reader.top.line <= later[0].line:
                    self.enqueue(module, reader.top)

    def spread(self, ref: Ref) -> None:
        """Has the readers of a name looked at, and tells those of its late readers in turn."""
        for module, statement in self.graph.dependents(ref):
            is_late = ref in self.graph.late(module, statement)
            if not is_late or any(now.ref == ref for now in self.graph.now(module, statement)):
                self.enqueue(module, statement.top)
            outcome = self.changes[ref]
            if is_late and (
                outcome.grade >= Grade.REPLACED
                or not only_hands_on(self.graph, module, statement, ref)
            ):
                cause = Cause(used_late(statement, ref), Manner.LATE, outcome, outcome.by)
                by = self.passed(module, statement, cause)
                self.note_outcome(module, statement, Grade.PATCHED, by, self.set_elsewhere.get(ref))

    def note_outcome(
        self, module: str, statement: Statement, grade: Grade, by: By, at: At | None = None
    ) -> None:
        """The names of a statement came out different, and the classes around it with them."""
        for name in self.graph.outcome(module, statement):
            self.note(Outcome(Ref(module, statement.qualified(name)), grade, by), at)
        for ref in self.graph.registrars(module, statement):
            self.note(Outcome(ref, Grade.PATCHED, by), at)
        self.note_classes(module, statement, min(grade, Grade.RENEWED), by, at)

    def note_classes(
        self, module: str, statement: Statement, grade: Grade, by: By, at: At | None = None
    ) -> None:
        parent = statement.parent
        while parent is not None:
            self.note(Outcome(Ref(module, parent.qualname), grade, by), at)
            parent = parent.parent

    def took(self, action: Action, module: str, statement: Statement, cause: Cause) -> Taken:
        ref, file = named(module, statement), self.live.modules[module].filename
        taken = Taken(action, ref, file, statement.line, cause)
        self.taken.append(taken)
        for part in (statement, *statement.every_member()):
            self.note_touched(module, part)
        return taken

    def note_touched(self, module: str, statement: Statement | None) -> None:
        """A class is no more what it was, nor are those around it."""
        while statement is not None:
            if statement.is_class:
                self.touched[Ref(module, statement.qualname)] = None
            statement = statement.parent

    def passed(self, module: str, statement: Statement, cause: Cause) -> Passed:
        file = self.live.modules[module].filename
        return Passed(named(module, statement), file, statement.line, cause)

    def redirect(self) -> None:
        """Has those who hold what gave way hold what took its place. It cannot be taken back."""
        self.originals.clear()
        self.merger.replaced += self.vessels.take_poured()
        self.merger.redirect()

    # ---------------------------------------------------------------------- lookups

    def namespace(self, module: str) -> dict[str, Any]:
        return self.live.modules[module].namespace

    def value_before(self, ref: Ref) -> Any:
        """What a name held before the batch; MISSING if nothing."""
        value = self.originals[ref] if ref in self.originals else self.live.value_at(ref)
        return self.dropped.get(ref, MISSING) if value is MISSING else value

    def statements(self, module: str) -> tuple[Statement, ...]:
        source = self.graph.world.source(module)
        return source.statements if source else ()

    def site(self, module: str) -> Site:
        running = self.live.modules[module]
        source = self.graph.world.source(module)
        text = source or running.source
        return Site(running.namespace, running.filename, text, running.package, self._gone)

    def is_to_be_dropped(self, ref: Ref) -> bool:
        """Not a name that is not there, nor the attribute that importing `package.name` sets."""
        namespace = self.namespace(ref.module)
        submodule = self.live.modules.get(f"{ref.module}.{ref.name}")
        is_submodule = submodule is not None and submodule.module is namespace.get(ref.name)
        return ref.name in namespace and not is_submodule

    def brought_by_star(self, ref: Ref, held: object) -> Iterator[str]:
        """The modules to which `from module import *` brought a name."""
        for other in dict.fromkeys(other for other, _ in self.stars(ref.module)):
            if self.namespace(other).get(ref.name, MISSING) is held:
                yield other

    def stars(self, module: str) -> Iterator[tuple[str, Statement]]:
        """The statements `from module import *`, with their modules."""
        for other in self.graph.world.importers(module):
            source = self.graph.world.source(other)
            for statement in source.saying("*") if source else ():
                stars = (i for i in statement.bound.imports if i.name == "*")
                if any(self.graph.absolute(other, i) == module for i in stars):
                    yield other, statement

    def is_alias(self, ref: Ref, value: Any) -> bool:
        """Whether a name holds a function or class that is at home under another name.

        A call may hand on what it was given, as decorators do that only register.
        """
        if type(value) in CONTAINERS:
            return self._is_held_above(ref, value)
        if type(value) is not FunctionType and not issubclass(type(value), type):
            return False
        home = Ref(home_of(value), name_of(value))
        return home != ref and self.live.value_at(home) is value

    def _is_held_above(self, ref: Ref, value: Any) -> bool:
        """Whether a name holds what a statement above the one that bound it has bound, too."""
        binders = partial(self.before.binders, ref.module)
        line = min((binder.top.line for binder in binders(ref.name)), default=0)
        return any(
            held is value
            and name != ref.name
            and (found := binders(name))
            and found[-1].line < line
            for name, held in list(self.namespace(ref.module).items())
        )

    def binders(self, module: str, statement: Statement, name: str) -> list[Statement]:
        """The statements of the same block that bind a name, in order."""
        found = self.graph.binders(module, statement.qualified(name))
        return [binder for binder in found if binder.parent is statement.parent]


def told(value: object) -> str:
    """What a name held, for the report; "" if nothing."""
    return "" if value is MISSING else shown(value)
