"""The one forward walk over a Plan."""

from __future__ import annotations

import ast
import heapq
from collections.abc import Iterable, Iterator
from typing import Any

from heatsync._engine import execute, recode
from heatsync._engine.diff import Change, Pair
from heatsync._engine.functions import class_dict, live_class
from heatsync._engine.graph import THRESHOLD, Grade, Graph, Manner, Reading, Ref
from heatsync._engine.journal import MISSING, Journal
from heatsync._engine.live import Live
from heatsync._engine.merge import Merger, same
from heatsync._engine.plan import Drop, Plan, reaching
from heatsync._engine.registrations import Registrations, Withdrawn
from heatsync._engine.report import Action, Taken
from heatsync._engine.source import Statement

_ASSIGNMENTS = (ast.Assign, ast.AnnAssign)


class Execution:
    """One batch while it is applied: what came out different so far, and what was done."""

    def __init__(self, plan: Plan, graph: Graph, live: Live, journal: Journal) -> None:
        self.plan = plan
        self.graph = graph
        self.live = live
        self.journal = journal
        self.merger = Merger(journal)
        self.registrations = Registrations(graph, live, journal, self.merger)
        self.changes: dict[Ref, Grade] = {}
        self.taken: list[Taken] = []
        self._originals: dict[Ref, Any] = {}
        self._versions: dict[Ref, Statement | None] = {}
        self._ran: set[Statement] = set()
        self._readers: dict[Ref, list[tuple[str, Pair]]] = {}  # looked at, by what they read
        self._must_run: dict[Statement, str] = {}
        self._filled: set[Ref] = set()  # containers that statements put other things into
        self._planned = {(step.module, step.pair.new): step.pair for step in plan.steps}
        self._queue = [
            (plan.order[step.module, step.pair.new], step.module, step.pair) for step in plan.steps
        ]
        heapq.heapify(self._queue)
        self._queued = set(self._planned)

    # ------------------------------------------------------------------- the walk

    def run(self) -> list[Taken]:
        """Applies the plan. An exception of the user's code passes through."""
        self.journal.protect_modules()
        self._recode()
        for step in self.plan.withdrawn:
            self._withdraw_gone(step.module, step.pair.new)
        for drop in self.plan.drops:
            self._drop(drop)
        while self._queue:
            _, module, pair = heapq.heappop(self._queue)
            self._look_at(module, pair)
        self.registrations.settle()
        for module, edit in self.plan.edits.items():
            annotations = self._namespace(module).get("__annotations__")
            old, new = edit.old.statements, edit.new.statements
            execute.arrange_annotations(self.journal, annotations, old, new)
        self._clear_caches()
        return self.taken

    def _took(self, action: Action, module: str, statement: Statement, cause: str = "") -> None:
        separator = ":" if statement.label.isdigit() else "."
        self.taken.append(
            Taken(
                action,
                f"{module}{separator}{statement.label}",
                self.live.modules[module].filename,
                statement.line,
                cause,
            )
        )

    def _recode(self) -> None:
        outcome = recode.recode(self.plan.recodes, self.graph, self.live, self.journal)
        for module, pair in outcome.unfit:
            self._must_run[pair.new] = "its closure is another one"
        for module, pair in outcome.patched:
            self._took(Action.PATCH, module, pair.new)
            self._note_patched(module, pair.new)

    def _note_patched(self, module: str, statement: Statement) -> None:
        for name in self.graph.outcome(module, statement):
            self._note(Ref(module, statement.qualified(name)), Grade.PATCHED)
        parent = statement.parent
        while parent is not None:
            self._note(Ref(module, parent.qualname), Grade.PATCHED)
            parent = parent.parent

    def _note(self, ref: Ref, grade: Grade) -> None:
        if grade > self.changes.get(ref, Grade.SAME):
            self.changes[ref] = grade
            self._look_again(ref)

    def _look_again(self, ref: Ref) -> None:
        """Those that were looked at before what they read changed are looked at once more.

        It happens where imports are conditional or late, so that no text tells their order.
        """
        for module, pair in self._readers.pop(ref, ()):
            if pair.new not in self._ran:
                self._queued.discard((module, pair.new))
                self._enqueue(module, pair.new)

    def _drop(self, drop: Drop) -> None:
        namespace = self._namespace(drop.ref.module)
        name = drop.ref.name
        if name not in namespace or self._is_submodule(drop.ref):
            return
        held = namespace[name]
        if name == "__doc__":  # a module without a docstring has None
            self.journal.set_item(namespace, name, None)
        else:
            self.journal.delete_item(namespace, name)
        self.changes[drop.ref] = Grade.REBOUND
        self.taken.append(Taken(Action.DROP, str(drop.ref), drop.file, drop.statement.line))
        self._drop_from_stars(drop, held)

    def _drop_from_stars(self, drop: Drop, held: object) -> None:
        """A name that is gone is gone too where `from module import *` had brought it."""
        module, name = drop.ref
        for other in self.graph.world.importers(module):
            imports = [i for s in self._statements(other) for i in s.bound.imports]
            stars = (self.graph.absolute(other, i) == module for i in imports if i.name == "*")
            if any(stars) and name not in self.graph.binders(other):
                if self._namespace(other).get(name, MISSING) is held:
                    self._drop(Drop(Ref(other, name), drop.statement, drop.file))

    def _statements(self, module: str) -> tuple[Statement, ...]:
        source = self.graph.world.source(module)
        return source.statements if source else ()

    def _is_submodule(self, ref: Ref) -> bool:
        """Whether a name is the attribute that importing `package.name` sets."""
        submodule = self.live.modules.get(f"{ref.module}.{ref.name}")
        held = self._namespace(ref.module).get(ref.name)
        return submodule is not None and submodule.module is held

    def _namespace(self, module: str) -> dict[str, Any]:
        return self.live.modules[module].namespace

    # ------------------------------------------------------------- one statement

    def _look_at(self, module: str, pair: Pair) -> None:
        statement = pair.new
        if statement in self._ran or statement.is_inert:
            return
        for part in (statement, *statement.every_member()):
            for reading in self.graph.now(module, part):
                self._readers.setdefault(reading.ref, []).append((module, pair))
        if pair.change in (Change.EDITED, Change.ADDED):
            self._run(module, pair, Action.RUN, "")
        elif cause := self._cause(module, statement):
            self._run(module, pair, Action.RERUN, cause)
        elif statement.is_class:
            self._look_inside(module, pair)
        else:
            self._tell(module, statement)

    def _cause(self, module: str, statement: Statement) -> str:
        """Why a statement that was not edited has to run again; "" if it need not."""
        if statement in self._must_run:
            return self._must_run[statement]
        if statement in self.plan.reordered.get(module, ()):
            return "it stands elsewhere among those that bind the same name"
        if name := self._overtaken(module, statement):
            return f"{name} was bound anew above it"
        for reading in self.graph.now(module, statement):
            if self._is_reason(module, statement, reading):
                return f"it reads {reading.ref}"
            if reading.ref in self._filled and reading.manner in (Manner.LOOK, Manner.PASS):
                if reading.ref not in self.registrations.refs_worked_on(module, statement):
                    return f"it looks into {reading.ref}, which was filled anew"
        return ""

    def _is_reason(self, module: str, statement: Statement, reading: Reading) -> bool:
        grade = self._grade(reading.ref)
        if grade < THRESHOLD[reading.manner]:
            return False
        if reading.manner is Manner.SUBCLASS and grade < Grade.REBOUND:
            # A subclass sees through to a base that was renewed, unless something collected it.
            cls = live_class(self._namespace(module), statement.qualname)
            return self._ran_whole(reading.ref) or not (cls and execute.is_plain(cls, statement))
        return True

    def _ran_whole(self, ref: Ref) -> bool:
        """Whether a class was made anew, so that its bases or parameters may be others."""
        defined = self.graph.definition(ref)
        return defined is not None and defined[1] in self._ran

    def _grade(self, ref: Ref) -> Grade:
        grade = self.changes.get(ref, Grade.SAME)
        if grade is Grade.SAME and self._behaves_anew(ref, set()):
            return Grade.PATCHED
        return grade

    def _behaves_anew(self, ref: Ref, seen: set[Ref]) -> bool:
        """Whether functions behind a name read, when called, something that changed."""
        seen.add(ref)
        for statement in self.graph.binders(ref.module).get(ref.name, ()):
            for part in (statement, *statement.every_member()):
                for late in self.graph.late(ref.module, part):
                    if late in self.changes:
                        return True
                    if late not in seen and self._behaves_anew(late, seen):
                        return True
        return False

    def _tell(self, module: str, statement: Statement) -> Grade:
        """Passes on to those who read a statement that what it holds behaves anew."""
        told = Grade.SAME
        for reading in self.graph.now(module, statement):
            grade = self._grade(reading.ref)
            if reading.manner is not Manner.HOLD:
                grade = min(grade, Grade.PATCHED)
            told = max(told, grade)
        if told:
            for name in self.graph.outcome(module, statement):
                self._note(Ref(module, statement.qualified(name)), told)
        return told

    # ------------------------------------------------------------------- versions

    def _overtaken(self, module: str, statement: Statement) -> str:
        """A name that a statement binds last, where one above it was run for its own sake."""
        for name in self.graph.outcome(module, statement):
            version = self._versions.get(Ref(module, statement.qualified(name)))
            if version is not None and version.line < statement.line:
                return name
        return ""

    def _prepare_names(self, module: str, statement: Statement) -> None:
        """Gives a statement the names it reads as they stood at its place in the text."""
        heads = {
            use.path[0]: None
            for part in (statement, *statement.every_member())
            for use in part.names.now
        }
        for name in heads:
            chain = [s for s in self.graph.binders(module).get(name, ()) if not s.owner]
            if len(chain) > 1 or (chain and self._chain_changed(module, name, chain)):
                self._prepare_name(module, name, chain, statement)

    def _chain_changed(self, module: str, name: str, chain: list[Statement]) -> bool:
        return name not in self._namespace(module) and chain[0].line > 0

    def _prepare_name(
        self, module: str, name: str, chain: list[Statement], statement: Statement
    ) -> None:
        required = reaching(chain, statement)
        if required is None or required is self._live_version(module, name, chain):
            return
        self._run(module, self._pair(module, required), Action.RERUN, f"{statement.label} needs it")
        for later in chain[chain.index(required) + 1 :]:
            self._enqueue(module, later)

    def _live_version(
        self, module: str, name: str, chain: list[Statement]
    ) -> Statement | None:
        """The statement of the new text whose binding of a name is in force."""
        if Ref(module, name) in self._versions:
            return self._versions[Ref(module, name)]
        edit = self.plan.edits.get(module)
        if edit is None:
            return chain[-1]
        old = [s for s in edit.old.statements if name in s.bound.outcome]
        partner = {pair.old: pair.new for pair in edit.block.pairs if pair.old}
        return partner.get(old[-1]) if old else None

    def _pair(self, module: str, statement: Statement) -> Pair:
        known = self._planned.get((module, statement))
        return known or Pair(statement, statement, Change.KEPT)

    def _enqueue(self, module: str, statement: Statement) -> None:
        if (module, statement) not in self._queued:
            self._queued.add((module, statement))
            # A module that the plan did not foresee comes last: it uses what the others made.
            order = self.plan.order.get((module, statement), len(self.plan.order) + statement.line)
            entry = (order, module, self._pair(module, statement))
            heapq.heappush(self._queue, entry)

    # -------------------------------------------------------------------- running

    def _run(self, module: str, pair: Pair, action: Action, cause: str) -> None:
        """Runs a top-level statement and pours what it makes into what was there."""
        statement, namespace = pair.new, self._namespace(module)
        self._ran.update((statement, *statement.every_member()))
        self._prepare_names(module, statement)
        names = self._names(module, pair)
        for name in names:
            self._originals.setdefault(Ref(module, name), namespace.get(name, MISSING))
        self.journal.protect(namespace)
        before = {name: namespace.get(name, MISSING) for name in names}
        withdrawn = self._withdraw(module, pair)
        if not statement.names.certain:
            for name in self._only_here(module, statement, names):
                namespace.pop(name, None)
        keeper = self._keeper(module, pair, before)
        self._took(action, module, statement, cause)
        execute.run(statement, self._site(module), keeper)
        self._settle(module, pair, names, owned=_makes_its_value(statement))
        withdrawn.note_new()
        self._filled.update(withdrawn.filled())
        for name in names:
            for later in self._chain_after(module, name, statement):
                self._enqueue(module, later)

    def _chain_after(self, module: str, name: str, statement: Statement) -> list[Statement]:
        chain = [s for s in self.graph.binders(module).get(name, ()) if not s.owner]
        return chain[chain.index(statement) + 1 :] if statement in chain else []

    # -------------------------------------------------------------- registrations

    def _withdraw_gone(self, module: str, statement: Statement) -> None:
        withdrawn = self.registrations.withdraw(module, statement, self._made_by(module, statement))
        self._filled.update(withdrawn.filled())
        for ref in withdrawn.uncertain:
            for maker_module, maker in self._makers(ref):
                self._must_run.setdefault(maker, f"what {statement.label} put there is gone")
                self._enqueue_remake(ref, maker_module, maker)

    def _withdraw(self, module: str, pair: Pair) -> Withdrawn:
        """Takes back what the old run of a statement registered, before it runs again."""
        if pair.old is None:
            return self.registrations.withdraw(module, pair.new, ())
        withdrawn = self.registrations.withdraw(
            module, pair.old, self._made_by(module, pair.old)
        )
        for ref in withdrawn.uncertain:
            for maker_module, maker in self._makers(ref):
                if maker not in self._ran:
                    self._remake(ref, maker_module, maker, pair.new)
        return withdrawn

    def _made_by(self, module: str, old: Statement) -> list[object]:
        running = self.live.modules[module]
        bound = recode.bound_values(running, old)
        functions = recode.live_functions(running, old, bound, self.graph, self.live, False)
        given = [
            self.live.value_at(ref)
            for use in old.names.now
            if use.given_to
            for ref in self.graph.resolve(module, old.owner, use.path)[-1:]
        ]
        return [*bound, *functions.values(), *(value for value in given if value is not MISSING)]

    def _makers(self, ref: Ref) -> Iterator[tuple[str, Statement]]:
        """The statement that made an object, where that is a live file's."""
        defined = self.graph.definition(ref)
        if defined and not defined[1].owner and isinstance(defined[1].node, _ASSIGNMENTS):
            yield defined

    def _remake(self, ref: Ref, module: str, maker: Statement, before: Statement) -> None:
        """Makes an object anew, with all that filled it so far."""
        cause = f"nothing tells what {before.label} had put into {ref}"
        self._run(module, self._pair(module, maker), Action.RERUN, cause)
        for filler_module, filler in self._fillers(ref):
            if filler is before or filler in self._ran:
                continue
            self._must_run.setdefault(filler, f"it fills {ref}, which was made anew")
            self._enqueue(filler_module, filler)

    def _enqueue_remake(self, ref: Ref, module: str, maker: Statement) -> None:
        self._enqueue(module, maker)
        for filler_module, filler in self._fillers(ref):
            self._must_run.setdefault(filler, f"it fills {ref}, which was made anew")
            self._enqueue(filler_module, filler)

    def _fillers(self, ref: Ref) -> Iterator[tuple[str, Statement]]:
        for name in dict.fromkeys([ref.module, *self.graph.world.importers(ref.module)]):
            for statement in self._statements(name):
                if ref in set(self.registrations.refs_worked_on(name, statement)):
                    yield name, statement

    def _site(self, module: str) -> execute.Site:
        running = self.live.modules[module]
        source = self.graph.world.source(module)
        return execute.Site(running.namespace, running.filename, source or running.source)

    def _names(self, module: str, pair: Pair) -> list[str]:
        """The names a statement leaves another value in, now or in its old version."""
        return list(dict.fromkeys(self.graph.outcome(module, pair.new)))

    def _only_here(self, module: str, statement: Statement, names: Iterable[str]) -> Iterator[str]:
        binders = self.graph.binders(module)
        return (name for name in names if binders.get(name) == [statement])

    def _keeper(self, module: str, pair: Pair, before: dict[str, Any]) -> execute.Keeper:
        if pair.old is None:
            return execute.Keeper(self.merger, {}, {}, {})
        roots = [value for value in before.values() if value is not MISSING]
        functions = recode.live_functions(self.live.modules[module], pair.old, roots, self.graph, self.live)
        return execute.Keeper(
            self.merger,
            execute.by_qualname(functions),
            execute.classes_of(roots, module),
            self._untouched(module, pair),
        )

    def _untouched(self, module: str, pair: Pair) -> dict[str, frozenset[str]]:
        """By class, the data members that nothing touched, which keep what they hold."""
        if not pair.new.is_class:
            return {}
        kept: dict[str, set[str]] = {}
        edited = _edited_members(pair)
        for member in pair.new.every_member():
            if member in edited or self._cause(module, member) or _is_field(member):
                continue
            kept.setdefault(member.owner, set()).update(member.bound.binds)
        return {owner: frozenset(names) for owner, names in kept.items()}

    def _settle(self, module: str, pair: Pair, names: list[str], owned: bool) -> None:
        """Puts the old object back under each name where it could take in the new one."""
        namespace = self._namespace(module)
        told = self._tell(module, pair.new) if pair.new.names.imports else Grade.SAME
        for name in names:
            ref = Ref(module, name)
            old, new = self._originals[ref], namespace.get(name, MISSING)
            value, grade = self._merge(pair, old, new, owned)
            if value is not new:
                namespace[name] = value
            grade = max(grade, told)
            if grade:
                self.changes[ref] = grade
                self._look_again(ref)
            else:
                self.changes.pop(ref, None)
            self._versions[ref] = pair.new
        if pair.new.is_class:
            for member in pair.new.every_member():
                for name in member.bound.outcome:
                    if member in _edited_members(pair) or self._cause(module, member):
                        self._note(Ref(module, member.qualified(name)), Grade.REBOUND)

    def _merge(self, pair: Pair, old: Any, new: Any, owned: bool) -> tuple[Any, Grade]:
        """Pours, but never into or out of an object that has another home."""
        before_owned = pair.old is None or _makes_its_value(pair.old)
        if old is not new and not (owned and before_owned):
            return (old, Grade.SAME) if same(old, new) else (new, Grade.REBOUND)
        return self.merger.merge(old, new)

    # -------------------------------------------------------------- inside classes

    def _look_inside(self, module: str, pair: Pair) -> None:
        """A class with the same header: sees to its members one by one, if it is plain."""
        if not self._is_in_force(module, pair.new):
            return  # another statement binds its name after it
        cls = live_class(self._namespace(module), pair.new.qualname)
        pairs = pair.members.pairs if pair.members else _kept(pair.new)
        dropped = _dropped_members(pair)
        due = [member for member in pairs if self._is_due(module, member)]
        if (due or dropped) and not self._is_plain(module, cls, pair.new):
            action = Action.RUN if pair.change is Change.INSIDE else Action.RERUN
            self._run_whole(module, pair, action, self._member_cause(module, due))
            return
        for name in dropped:
            self._drop_member(module, pair, cls, name)
        for member in pairs:
            self._look_at_member(module, cls, member)
        if pair.old is not None and pair.members is not None:
            self._arrange_annotations(cls, pair.old, pair.new)
        if not pair.new.owner:
            self._tell(module, pair.new)

    def _arrange_annotations(self, cls: Any, old: Statement, new: Statement) -> None:
        annotations = class_dict(cls).get("__annotations__") if cls is not None else None
        execute.arrange_annotations(self.journal, annotations, old.members, new.members)
        if annotations == {} and any(member.bound.annotates for member in old.members):
            self.journal.delete_attribute(cls, "__annotations__")

    def _is_plain(self, module: str, cls: Any, statement: Statement) -> bool:
        """Whether members can be set one by one. Not where other statements take members away."""
        if cls is None or not execute.is_plain(cls, statement):
            return False
        path = (statement.qualname,)
        return not any(
            path in other.names.takes_from
            for other in self._statements(module)
            if "del" in other.text and path[0] in other.text
        )

    def _is_in_force(self, module: str, statement: Statement) -> bool:
        """Whether a class's name still holds what the class statement made."""
        chain = self.graph.binders(module).get(statement.qualname, [])
        cls = live_class(self._namespace(module), statement.qualname)
        if len(chain) < 2 or statement.owner or (cls is not None and cls.__module__ == module):
            return True
        return self._live_version(module, statement.qualname, chain) is statement

    def _run_whole(self, module: str, pair: Pair, action: Action, cause: str) -> None:
        top = pair.new.top
        self._run(module, self._pair(module, top), action, cause)

    def _member_cause(self, module: str, due: list[Pair]) -> str:
        return next((cause for p in due if (cause := self._cause(module, p.new))), "")

    def _is_due(self, module: str, pair: Pair) -> bool:
        if pair.new.is_inert or pair.new in self._ran:
            return False
        edited = pair.change in (Change.EDITED, Change.ADDED)
        return edited or bool(self._cause(module, pair.new))

    def _look_at_member(self, module: str, cls: Any, pair: Pair) -> None:
        if self._is_due(module, pair):
            edited = pair.change in (Change.EDITED, Change.ADDED)
            cause = "" if edited else self._cause(module, pair.new)
            self._run_member(module, cls, pair, Action.RUN if edited else Action.RERUN, cause)
        elif pair.new.is_class:
            self._look_inside(module, pair)
        else:
            self._note_told_member(module, pair.new)

    def _note_told_member(self, module: str, statement: Statement) -> None:
        if self._tell(module, statement) and statement.parent:
            self._note(Ref(module, statement.parent.qualname), Grade.PATCHED)

    def _run_member(self, module: str, cls: Any, pair: Pair, action: Action, cause: str) -> None:
        self._ran.add(pair.new)
        self._took(action, module, pair.new, cause)
        before = {n: class_dict(cls).get(n, MISSING) for n in pair.new.bound.outcome}
        self.journal.protect(self._namespace(module))
        block = {
            name.rpartition(".")[2]
            for name in self.graph.binders(module)
            if name.rpartition(".")[0] == pair.new.owner
        }
        made = execute.run_member(
            pair.new,
            cls,
            self._site(module),
            self._keeper(module, pair, before),
            block,
        )
        owned = _makes_its_value(pair.new) and (pair.old is None or _makes_its_value(pair.old))
        grades = execute.set_members(self.merger, cls, before, made, owned)
        for name, grade in grades.items():
            ref = Ref(module, pair.new.qualified(name))
            self._versions[ref] = pair.new
            self._note(ref, grade)
        parent = pair.new.parent
        while parent is not None:
            self._note(Ref(module, parent.qualname), Grade.RENEWED)
            parent = parent.parent

    def _drop_member(self, module: str, pair: Pair, cls: Any, name: str) -> None:
        if name == "__doc__":
            self.journal.set_attribute(cls, name, None)
        else:
            self.journal.delete_attribute(cls, name)
        ref = Ref(module, f"{pair.new.qualname}.{name}")
        self.changes[ref] = Grade.REBOUND
        self._note(Ref(module, pair.new.qualname), Grade.RENEWED)
        filename = self.live.modules[module].filename
        self.taken.append(Taken(Action.DROP, str(ref), filename, pair.new.line))

    # -------------------------------------------------------------------- the end

    def _clear_caches(self) -> None:
        """Forgets cached results of functions that behave anew."""
        for ref in list(self.changes):
            running = self.live.modules.get(ref.module)
            value = running.namespace.get(ref.name) if running else None
            clear = getattr(value, "cache_clear", None) if recode.is_cache(value) else None
            if clear is not None:
                self.journal.on_commit(clear)


def _kept(statement: Statement) -> list[Pair]:
    return [Pair(member, member, Change.KEPT) for member in statement.members]


def _edited_members(pair: Pair) -> set[Statement]:
    if pair.members is None:
        return set()
    edited: set[Statement] = set()
    for member in pair.members.pairs:
        if member.change in (Change.EDITED, Change.ADDED):
            edited.add(member.new)
        edited |= _edited_members(member)
    return edited


def _dropped_members(pair: Pair) -> list[str]:
    """The names that the block of a class does not bind any more."""
    if pair.members is None or pair.old is None:
        return []
    after = {name for member in pair.new.members for name in member.bound.binds}
    before = {name: None for member in pair.old.members for name in member.bound.binds}
    return [name for name in before if name not in after]


def _is_field(member: Statement) -> bool:
    """Whether a member is code rather than state."""
    return not isinstance(member.node, _ASSIGNMENTS)


def _makes_its_value(statement: Statement) -> bool:
    """Whether what a statement binds is made by it, rather than another name for something."""
    if isinstance(statement.node, ast.Import | ast.ImportFrom):
        return False
    value = getattr(statement.node, "value", None)
    return not isinstance(value, ast.Name | ast.Attribute | ast.Subscript)
