"""Inside a class with the same header: its members are seen to one by one."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from heatsync._engine.batches.batch import Batch, told
from heatsync._engine.batches.several import is_of_another
from heatsync._engine.batches.whose import takes_in
from heatsync._engine.objects import execute
from heatsync._engine.objects.classes import find_abstract
from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.registries.withdrawn import Withdrawn
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.graph import Grade, Ref
from heatsync._engine.texts.kinds import class_dict, home_of
from heatsync._engine.texts.making import owns
from heatsync._engine.texts.reordered import reordered_members
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import ADDED, EDITED, GONE, Action, Cause, Outcome, Taken
from heatsync._engine.walking.alone import Alone
from heatsync._engine.walking.causes import REORDERED, Causes
from heatsync._engine.walking.keepers import Keepers

# Whether a statement waits for a container that is made anew, and so for all that fill it.
Waits = Callable[[str, Pair, Cause], bool]
RunWhole = Callable[[str, Statement, Action, Cause], None]


class Runner(Protocol):
    """What running a statement of a class block needs of the walk around it."""

    keepers: Keepers

    def run_whole(
        self, module: str, statement: Statement, action: Action, cause: Cause
    ) -> None: ...
    def withdraw(self, module: str, pair: Pair, cause: Cause) -> Withdrawn: ...
    def withdraw_gone(self, module: str, statement: Statement) -> None: ...
    def note_new(self, withdrawn: Withdrawn, by: Taken) -> None: ...


class Inside(abc.ABC):
    """Decides about the members of classes. One that somebody looked at as a whole is run whole."""

    def __init__(self, batch: Batch, causes: Causes, run_whole: RunWhole, waits: Waits) -> None:
        self._batch = batch
        self._causes = causes
        self._run_whole = run_whole
        self._waits = waits

    @abc.abstractmethod
    def _run(self, module: str, cls: Any, pair: Pair) -> None:
        """Runs one member."""

    @abc.abstractmethod
    def _take_back(self, module: str, gone: Statement) -> None:
        """Takes back what a member registered that is not in the text any more."""

    @abc.abstractmethod
    def _drop(self, module: str, owner: Statement, cls: Any, name: str) -> None:
        """Takes a name away that a class block does not bind any more."""

    @abc.abstractmethod
    def _arrange_annotations(self, cls: Any, old: Statement, new: Statement) -> None:
        """Gives the annotations of a class the order of its text."""

    def look_inside(self, module: str, pair: Pair) -> None:
        statement = pair.new
        if not self._is_in_force(module, statement):  # another one binds its name after it
            self._see_to_hidden(module, pair)
            return
        cls = live_class(self._batch.namespace(module), statement.qualname)
        pairs = pair.members.pairs if pair.members else _kept(statement)
        for member in _reordered(pair):
            self._batch.must_run.setdefault(member, REORDERED)
        self._entangle(module, pair, pairs)
        due = [member for member in pairs if self._is_due(module, member)]
        dropped = _dropped(pair)
        alone = Alone(self._batch, module, cls, pair)
        due += [member for member in alone.inside(pairs) if member not in due]
        rearranged = pair.members is not None and not pair.members.keeps_fields
        if (due or dropped or rearranged) and alone.need_all(due, dropped, rearranged):
            if why := self._batch.libraries.refuses(cls) if cls is not None else None:
                left = alone.needing(due), alone.missed(dropped)
                self._leave(module, cls, pair, *left, why)
                return
            self._note_ahead(module, pairs)
            action = Action.RUN if pair.change is Change.INSIDE else Action.RERUN
            self._run_whole(module, statement.top, action, self._of_whole(module, due))
            return
        if [member for member in due if self._waits(module, member, self._why(module, member)[1])]:
            return  # each was asked: all that they fill is made anew, and then the class runs whole
        self._see_to(module, cls, pair, dropped, [])
        if pair.old is not None and pair.members is not None:
            self._arrange_annotations(cls, pair.old, statement)
        if not statement.owner:
            self._causes.tell(module, statement)

    def _see_to_hidden(self, module: str, pair: Pair) -> None:
        """A class that is not to be had under its name any more runs as a whole, if at all."""
        statement = pair.new
        if pair.change is Change.INSIDE and _has_edits(pair):
            self._run_whole(module, statement, Action.RUN, EDITED)
            return
        causes = (self._causes.of(module, member) for member in statement.every_member())
        if cause := next(filter(None, causes), None):
            self._run_whole(module, statement, Action.RERUN, cause)

    def _see_to(
        self, module: str, cls: Any, pair: Pair, dropped: Sequence[str], left: Sequence[str]
    ) -> None:
        """Sees to the members one by one, but for what is left as it is."""
        for gone in pair.members.dropped if pair.members else ():
            if gone.bound.binds.keys().isdisjoint(left):
                self._take_back(module, gone)
        for name in dropped:
            self._drop(module, pair.new, cls, name)
        for member in pair.members.pairs if pair.members else _kept(pair.new):
            self._look_at(module, cls, member)

    def _leave(
        self, module: str, cls: Any, pair: Pair, due: list[Pair], missed: list[str], why: str
    ) -> None:
        """Leaves what a class cannot take in as it is, and says so if there was an edit of it."""
        causes = [self._causes.of(module, member.new) for member in due]
        if missed or not all(c and c.outcome and c.outcome.grade is Grade.PATCHED for c in causes):
            self._batch.merger.notes.append(why)
        self._batch.ran.update(part for m in due for part in (m.new, *m.new.every_member()))
        dropped = [name for name in _dropped(pair) if name not in missed]
        self._see_to(module, cls, pair, dropped, missed)

    def _entangle(self, module: str, pair: Pair, pairs: Sequence[Pair]) -> None:
        """What changes an object of the block in place runs together with what made and fills it."""
        edited = [member.new for member in pairs if _is_edited(member)]
        gone = pair.members.dropped if pair.members else ()
        for changing in (*edited, *gone):
            names = {path[0] for path in changing.names.works_on}
            for member in pair.new.members if names else ():
                shared = names & {*member.bound.binds, *(path[0] for path in member.names.works_on)}
                if shared and member is not changing:
                    words = f"{changing.label} changes {pair.new.qualname}.{min(shared)} in place"
                    by = self._batch.passed(module, changing, GONE if changing in gone else EDITED)
                    self._batch.must_run.setdefault(member, Cause(words, None, None, by))

    def _note_ahead(self, module: str, pairs: Sequence[Pair]) -> None:
        """Members that are made of those that differ are not kept when the whole class runs."""
        for member in pairs:
            if self._is_due(module, member):
                by = self._batch.passed(module, member.new, self._why(module, member)[1])
                self._batch.note_outcome(module, member.new, Grade.REBOUND, by)

    def _of_whole(self, module: str, due: list[Pair]) -> Cause:
        """Why a class has to run whole: the cause of a member, or that members were edited."""
        causes = (self._causes.of(module, member.new) for member in due)
        return next(filter(None, causes), EDITED)

    def _is_in_force(self, module: str, statement: Statement) -> bool:
        """Whether a class's name still holds what the class statement made."""
        chain = self._batch.graph.binders(module, statement.qualname)
        classes = [binder for binder in chain if binder.is_class]
        if not statement.owner and statement is not classes[-1]:
            return False
        cls = live_class(self._batch.namespace(module), statement.qualname)
        if len(chain) < 2 or statement.owner or (cls is not None and home_of(cls) == module):
            return True
        return self._causes.live_version(module, statement.qualname, chain) is statement

    def _is_due(self, module: str, pair: Pair) -> bool:
        if pair.new.is_inert or pair.new in self._batch.ran:
            return False
        return _is_edited(pair) or bool(self._causes.of(module, pair.new))

    def _look_at(self, module: str, cls: Any, pair: Pair) -> None:
        if self._is_due(module, pair):
            self._run(module, cls, pair)
        elif pair.new.is_class:
            self.look_inside(module, pair)
        elif (outcome := self._causes.tell(module, pair.new)) is not None:
            self._batch.note_classes(module, pair.new, Grade.PATCHED, outcome.by)

    def _why(self, module: str, pair: Pair) -> tuple[Action, Cause]:
        if _is_edited(pair):
            return Action.RUN, EDITED if pair.change is Change.EDITED else ADDED
        return Action.RERUN, self._causes.of(module, pair.new) or EDITED

    def _run_first(self, module: str, cls: Any, statement: Statement, cause: Cause) -> None:
        for needed in self._causes.needed_outside(module, statement):
            if needed not in self._batch.ran:
                need = self._causes.need(module, statement, cause)
                self._run_whole(module, needed, Action.RERUN, need)
        for needed in self._causes.needed_first(module, statement):
            if needed not in self._batch.ran:
                need = self._causes.need(module, statement, cause)
                self._batch.must_run.setdefault(needed, need)
                self._run(module, cls, Pair(needed, needed, Change.KEPT))


class Members(Inside):
    """Runs the members of classes one by one."""

    def __init__(self, batch: Batch, causes: Causes, runner: Runner, waits: Waits) -> None:
        super().__init__(batch, causes, runner.run_whole, waits)
        self._runner = runner

    def _run(self, module: str, cls: Any, pair: Pair) -> None:
        batch, statement = self._batch, pair.new
        batch.ran.add(statement)
        action, cause = self._why(module, pair)
        self._run_first(module, cls, statement, cause)
        taken = batch.took(action, module, statement, cause)
        names = list(statement.bound.outcome)
        before = {name: self._original(module, cls, statement, name) for name in names}
        batch.protection.before(module, statement, before.values())
        keeper = self._runner.keepers.of(module, pair, before)
        withdrawn = self._runner.withdraw(module, pair, cause)
        with batch.under_way(module):
            above = _names_above(statement)
            made = execute.run_member(statement, cls, batch.site(module), keeper, above)
        before |= {
            name: class_dict(cls).get(name, MISSING)
            for name in made
            if name[:2] != "__" and name not in before
        }  # what no syntax tells: `locals()["x"] = 1`
        owned = all(
            owns(statement, pair.old, name)
            and not is_of_another(batch, module, pair, name)
            and takes_in(batch, module, pair, name, before[name], made.get(name, MISSING))
            for name in names
        )
        batch.merger.renewing(cls)
        grades = execute.set_members(batch.merger, cls, before, made, owned)
        for name, grade in grades.items():
            self._causes.is_in_force(module, name, statement)
            values = (before[name], class_dict(cls).get(name, MISSING))
            texts = map(told, values) if grade is Grade.REBOUND else ()
            batch.note(Outcome(Ref(module, statement.qualified(name)), grade, taken, *texts))
        batch.merger.renewed(cls)
        batch.note_classes(module, statement, Grade.RENEWED, taken)
        self._runner.note_new(withdrawn, taken)

    def _original(self, module: str, cls: Any, statement: Statement, name: str) -> Any:
        """What a class held under a name before the batch."""
        ref = Ref(module, statement.qualified(name))
        return self._batch.originals.setdefault(ref, class_dict(cls).get(name, MISSING))

    def _take_back(self, module: str, gone: Statement) -> None:
        self._runner.withdraw_gone(module, gone)

    def _drop(self, module: str, owner: Statement, cls: Any, name: str) -> None:
        batch = self._batch
        batch.merger.renewing(cls)
        if name == "__doc__":
            batch.journal.set_attribute(cls, name, None)
        else:
            batch.journal.delete_attribute(cls, name)
            find_abstract(batch.journal, cls)
        batch.merger.renewed(cls)
        ref = Ref(module, f"{owner.qualname}.{name}")
        file = batch.live.modules[module].filename
        taken = Taken(Action.DROP, str(ref), file, owner.line, GONE)
        batch.taken.append(taken)
        batch.note_touched(module, owner)
        batch.note(Outcome(ref, Grade.REBOUND, taken))
        batch.note(Outcome(Ref(module, owner.qualname), Grade.RENEWED, taken))
        batch.note_classes(module, owner, Grade.RENEWED, taken)

    def _arrange_annotations(self, cls: Any, old: Statement, new: Statement) -> None:
        journal = self._batch.journal
        annotations = class_dict(cls).get("__annotations__") if cls is not None else None
        execute.arrange_annotations(journal, annotations, old.members, new.members)
        if annotations == {} and any(member.bound.annotates for member in old.members):
            journal.delete_attribute(cls, "__annotations__")


def _is_edited(pair: Pair) -> bool:
    return pair.change in (Change.EDITED, Change.ADDED)


def _names_above(statement: Statement) -> set[str]:
    """The names that the block of a class has bound where a statement of it stands."""
    names: set[str] = set()
    for sibling in statement.parent.members if statement.parent else ():
        if sibling is statement:
            break
        names |= sibling.bound.binds.keys()
        names -= sibling.bound.deletes.keys()
    return names


def _kept(statement: Statement) -> list[Pair]:
    return [Pair(member, member, Change.KEPT) for member in statement.members]


def _reordered(pair: Pair) -> frozenset[Statement]:
    if pair.members is None or pair.old is None:
        return frozenset()
    return reordered_members(pair.members.partners, pair.old, pair.new)


def _dropped(pair: Pair) -> list[str]:
    """The names that the block of a class does not bind any more."""
    if pair.members is None or pair.old is None:
        return []
    after = {name for member in pair.new.members for name in member.bound.binds}
    before = {name: None for member in pair.old.members for name in member.bound.binds}
    return [name for name in before if name not in after]


def _has_edits(pair: Pair) -> bool:
    """Whether members are others, and not only bodies of methods."""
    members = pair.members
    return members is not None and bool(members.dropped or any(map(_is_edited, members.pairs)))
