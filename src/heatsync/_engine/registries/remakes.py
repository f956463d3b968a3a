"""Containers that are made anew, as nothing tells what a statement had put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from heatsync._engine.batches import setters
from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.registries.registrations import Registrations
from heatsync._engine.registries.withdrawn import Doubt, Withdrawn
from heatsync._engine.texts.displays import key_word
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.graph import Grade, Manner, Ref
from heatsync._engine.texts.names import ASSIGNMENTS
from heatsync._engine.texts.plan import Step
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import EDITED, Action, Cause, Outcome, Passed, Taken
from heatsync._engine.texts.words import subject

_Run = Callable[[str, Pair, Action, Cause], Taken]
_Maker = tuple[str, Statement]


class Remakes:
    """Has the statement run again that made a container, and with it all that fill it."""

    def __init__(self, batch: Batch, registrations: Registrations, run: _Run) -> None:
        self._batch = batch
        self._registrations = registrations
        self._run = run
        self._waited: set[Statement] = set()
        self._due: set[_Maker] = set()

    def are_due(self, module: str, pair: Pair, cause: Cause) -> bool:
        """Whether a statement has to wait for a container that is made anew, and for those that
        fill it before this one does: then they are looked at first, and it after them."""
        statement, old = pair.new, pair.old
        self._make_first(module, statement)
        if old is None or statement in self._waited:
            return False
        by = self._batch.passed(module, statement, cause)
        has_to_wait = setters.has_to_wait(self._batch, module, pair, by)
        if not has_to_wait and not self._may_be_due(module, old):
            return False
        self._waited.add(statement)
        uncertain = self._registrations.find(module, old, statement).uncertain
        doubts = [doubt for doubt in uncertain if not self._is_set_again(doubt, cause)]
        due = [(doubt, maker) for doubt in doubts for maker in self._of(doubt)]
        for doubt, maker in due:
            self._enqueue(doubt, maker, by)
        if due or has_to_wait:
            self._batch.must_run.setdefault(statement, cause)
            self._batch.enqueue(module, statement.top)
        return bool(due) or has_to_wait

    def _make_first(self, module: str, statement: Statement) -> None:
        """Where files import one another, who fills an object may come before the one that is to
        make it anew."""
        for ref in self._registrations.refs_worked_on(module, statement) if self._due else ():
            maker = self._batch.graph.definition(ref)
            if maker in self._due and maker[1] not in self._batch.ran:
                pair = self._batch.pair(*maker)
                self._run(maker[0], pair, Action.RERUN, self._batch.must_run[maker[1]])

    def foresee(self, steps: Iterable[Step], takes_back: Callable[[str, Pair], bool]) -> None:
        """Has those wait that are edited, before any other fills the same containers."""
        for step in steps:
            if step.pair.change is Change.EDITED and not takes_back(step.module, step.pair):
                self.are_due(step.module, step.pair, EDITED)

    def _may_be_due(self, module: str, old: Statement) -> bool:
        """Whether a statement fills anything that a live file makes; to look on costs more."""
        if self._registrations.applications.may_have_any(old):
            return True
        refs = self._registrations.refs_worked_on(module, old)
        return any(self._batch.before.definition(ref) for ref in refs)

    def after_leaving(self, withdrawn: Withdrawn, by: Taken | Passed) -> None:
        """A statement is gone, and what it had put somewhere is not all found."""
        for doubt in withdrawn.remaining:
            for maker in self._of(doubt):
                self._enqueue(doubt, maker, by)

    def now(self, withdrawn: Withdrawn, by: Taken | Passed) -> None:
        """A statement is about to run that could not wait."""
        for doubt in withdrawn.uncertain:
            if self._is_set_again(doubt, by.cause):
                continue
            for module, maker in self._of(doubt):
                pair = self._batch.pair(module, maker)
                taken = self._run(module, pair, Action.RERUN, _why(doubt, by))
                self._refill(doubt.ref, (module, maker), taken, besides=withdrawn.new)
            is_there = self._batch.live.value_at(doubt.ref) is doubt.target
            if is_there and not self._is_made_anew(doubt.ref):
                self._note_remains(doubt.ref, withdrawn.new)

    def _is_set_again(self, doubt: Doubt, cause: Cause) -> bool:
        """Whether an object is given the names of a module once more: `config.from_object(settings)`.

        They overwrite those of before. An application that was made anew for it would be another
        one than the one that is being served.
        """
        return type(doubt.target) not in CONTAINERS and self._batch.filled.is_of_module(cause)

    def _is_made_anew(self, ref: Ref) -> bool:
        """Whether what a name holds was given all that is in it in this batch."""
        defined = self._batch.graph.definition(ref)
        return defined is not None and defined[1] in self._batch.ran

    def _note_remains(self, ref: Ref, statement: Statement) -> None:
        if type(self._batch.live.value_at(ref)) not in CONTAINERS:
            self._batch.merger.notes.append(
                f"what line {statement.line} did to {ref} before may remain: "
                "heatsync found nothing of it that it could take back"
            )

    def _of(self, doubt: Doubt) -> Iterator[_Maker]:
        """The statement that made an object, where that is a live file's and has not run yet.

        The import by which another statement had come to it may be gone with that.
        """
        batch = self._batch
        for module, old in filter(None, [batch.before.definition(doubt.ref)]):
            home, maker = batch.continued(module, old) or (module, None)
            places = [Ref(m, name) for m in {module, home} for name in old.bound.binds]
            held = any(batch.live.value_at(place) is doubt.target for place in places)
            is_maker = maker is not None and not maker.owner and isinstance(maker.node, ASSIGNMENTS)
            if maker and is_maker and held and maker not in batch.ran:
                yield home, maker

    def _enqueue(self, doubt: Doubt, maker: _Maker, by: Taken | Passed) -> None:
        self._due.add(maker)
        self._batch.must_run.setdefault(maker[1], _why(doubt, by))
        self._batch.enqueue(*maker)
        self._let_have_last_word(*maker)
        self._refill(doubt.ref, maker, by)

    def _let_have_last_word(self, module: str, maker: Statement) -> None:
        """Those that bind names of the maker's further down do so again, if they did already."""
        for name in maker.bound.outcome:
            for binder in self._batch.binders(module, maker, name):
                if binder.line > maker.line:
                    self._batch.forget_run(binder)

    def _refill(
        self, ref: Ref, maker: _Maker, by: Taken | Passed, besides: Statement | None = None
    ) -> None:
        """Has all statements run again that fill an object that is made anew, but for `besides`,
        which is about to."""
        graph = self._batch.graph
        for module in graph.importing([maker[0]]):
            for filler in self._batch.statements(module):
                filled = self._registrations.refs_worked_on(module, filler)
                if filler is not besides and any(graph.definition(r) == maker for r in filled):
                    outcome = Outcome(ref, Grade.REFILLED, by)
                    why = Cause(f"it fills {ref}", Manner.LOOK, outcome, by)
                    self._batch.must_run.setdefault(filler, why)
                    self._batch.forget_run(filler)  # what it had put there is gone
                    self._batch.enqueue(module, filler)


def _why(doubt: Doubt, by: Taken | Passed) -> Cause:
    if doubt.key is MISSING:
        words = f"nothing tells what {subject(by)} had put into {doubt.ref}"
    else:
        words = f"{subject(by)} had set {key_word(doubt.key)!r} too"
    return Cause(words, None, None, by)
