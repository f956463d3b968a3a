"""The one forward walk over a Plan."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any

from heatsync._engine.batches import caches, effects
from heatsync._engine.batches.batch import Batch, told
from heatsync._engine.batches.drops import Drops
from heatsync._engine.batches.filled import At
from heatsync._engine.batches.setters import have_last_word
from heatsync._engine.batches.several import is_of_another
from heatsync._engine.batches.stars import Stars
from heatsync._engine.batches.whose import takes_in
from heatsync._engine.objects import abstract, execute, recode, rehashing
from heatsync._engine.objects.endings import Endings
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.objects.reloaded import tell_instances
from heatsync._engine.objects.sameness import same
from heatsync._engine.registries.keys import Keys
from heatsync._engine.registries.registrations import Registrations
from heatsync._engine.registries.remakes import Remakes
from heatsync._engine.registries.withdrawn import Withdrawn
from heatsync._engine.texts.edit import Change, Pair, edited_members
from heatsync._engine.texts.graph import Grade, Ref
from heatsync._engine.texts.making import owns
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
    Taken,
)
from heatsync._engine.texts.words import named, subject
from heatsync._engine.walking import selves
from heatsync._engine.walking.ahead import put_ahead
from heatsync._engine.walking.arrivals import Arrivals
from heatsync._engine.walking.causes import Causes
from heatsync._engine.walking.following import Following
from heatsync._engine.walking.keepers import Keepers
from heatsync._engine.walking.members import Members
from heatsync._engine.walking.moved import Moved
from heatsync._engine.walking.served import ServedAgain
from heatsync._engine.walking.versions import Versions
from heatsync._resident.brief import told_error

_MOVED = attrgetter("region.moved")


class Walk:
    """Applies a batch: drops, swaps code, then looks at statements in order."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        batch.heed = self._forget_results
        self._registrations = Registrations(batch)
        self._keys = Keys(batch, self._registrations)
        self._remakes = Remakes(batch, self._registrations, self._run)
        self._causes = Causes(batch, self._registrations)
        self._versions = Versions(batch, self._causes)
        self._moved = Moved(batch, self._causes.is_in_force)
        self.keepers = Keepers(batch, self._moved, self._causes)
        self._members = Members(batch, self._causes, self, self._remakes.are_due)
        self._drops = Drops(batch)
        self._stars = Stars(batch, self._drops.drop)
        self._endings = Endings(batch.live, batch.journal, batch.merger.notes, batch.plan.edits)
        self._libraries = Following(batch)
        looks = self._look_at, self.withdraw_gone
        self._arrivals = Arrivals(batch, self._registrations, self._causes, self._moved, *looks)
        self._served = ServedAgain(batch, self._causes)

    def run(self) -> None:
        """Applies the plan. An exception of the user's code passes through."""
        batch = self._batch
        batch.journal.protect_modules()
        self._moved.take_up(batch.plan.moves)
        put_ahead(batch)
        self._recode()
        for step in batch.plan.withdrawn:
            self.withdraw_gone(step.module, step.pair.new)
        if batch.plan.departed:
            self._clear_gone_files()
        for step in batch.plan.withdrawn:  # what stars had brought has led to the others until now
            self._stars.forget(step.module, step.pair, None)
        for drop in batch.plan.drops:
            self._drops.drop(drop)
        self._moved.put_down()
        self._keys.see_to_order()
        self._remakes.foresee(batch.plan.steps, self._endings.take_back)
        for step in batch.plan.steps:
            batch.enqueue(step.module, step.pair.new)
        with batch.live.receiving(self._arrivals):
            while (following := batch.next() or self._next_by_order()) is not None:
                self._look_at(*following)
        self._served.settle()
        self._registrations.settle()
        self._libraries.settle()
        self._arrange_annotations()
        selves.follow(batch)
        if touched := [batch.live.value_at(ref) for ref in batch.touched]:
            abstract.behaves_anew(touched)
            tell_instances(batch.journal, touched)
        caches.forget_made(batch)
        if classes := rehashing.hashing_anew(batch):
            batch.journal.on_commit(partial(rehashing.rehash, classes, batch.merger.notes))
        batch.journal.on_commit(batch.redirect)

    # ---------------------------------------------------------- what needs no running

    def _recode(self) -> None:
        batch = self._batch
        outcome = recode.recode(batch.plan, batch.codes, batch.graph, batch.live, batch.journal)
        batch.recoding, batch.own_functions.written = outcome.span, outcome.written
        self._libraries.tell_of_patched(outcome)
        for module, pair in outcome.unfit:
            batch.must_run[pair.new] = UNFIT
            batch.enqueue(module, pair.new.top)
        batch.merger.notes.extend(outcome.still_old)
        for module, pair in outcome.overtaken:
            taken = batch.took(Action.PATCH, module, pair.new, BODY_EDITED)
            self._note_between(module, pair.new, taken)
        for module, pair in outcome.patched:
            if self._registrations.shows_docstring(module, pair):
                batch.must_run[pair.new] = DOCUMENTED
                batch.enqueue(module, pair.new.top)
                continue
            taken = batch.took(Action.PATCH, module, pair.new, BODY_EDITED)
            batch.note_outcome(module, pair.new, Grade.PATCHED, taken)
            if pair.old is not None and pair.old.docstring != pair.new.docstring:
                batch.note(Outcome(Ref(module, pair.new.qualname), Grade.RENEWED, taken))

    def _note_between(self, module: str, statement: Statement, taken: Taken) -> None:
        """A definition that is followed by another one of its name has another body."""
        if statement.parent is not None:
            self._batch.note_outcome(module, statement, Grade.PATCHED, taken)
            return
        for name in statement.bound.outcome:
            self._batch.note_bound(Outcome(Ref(module, name), Grade.PATCHED, taken), statement)

    # ------------------------------------------------------------- one statement

    def _look_at(self, module: str, pair: Pair) -> None:
        if pair.new in self._batch.ran or pair.new.is_inert:
            return
        if module not in self._batch.plan.departed.gone.texts:
            self._see_to(module, pair)
            return
        if pair.new in self._batch.moved_to:  # that one is looked at where it stands now
            return
        done = len(self._batch.taken)
        try:
            with self._batch.journal.attempt():
                self._see_to(module, pair)
        except Exception as error:  # its file is gone, so nobody waits for it to be mended
            del self._batch.taken[done:]
            what = f"{named(module, pair.new)}, of a file that is gone, stays as it was"
            self._batch.merger.notes.append(f"{what}: {told_error(error)}")

    def _see_to(self, module: str, pair: Pair) -> None:
        statement = pair.new
        if pair.change in (Change.EDITED, Change.ADDED):
            plain = EDITED if pair.change is Change.EDITED else ADDED
            self._run_in_turn(module, pair, Action.RUN, self._moved.cause(statement) or plain)
        elif reason := self._causes.of(module, statement):
            self._run_in_turn(module, pair, Action.RERUN, reason)
        elif statement.is_class:
            self._members.look_inside(module, pair)
            self._libraries.bring_along()
        else:
            self._causes.tell(module, statement)

    def _run_in_turn(self, module: str, pair: Pair, action: Action, cause: Cause) -> None:
        if self._libraries.leave(module, pair):
            return
        if self._endings.take_back(module, pair) or not self._remakes.are_due(module, pair, cause):
            self._run(module, pair, action, cause)

    def run_whole(self, module: str, statement: Statement, action: Action, cause: Cause) -> None:
        self._run(module, self._batch.pair(module, statement), action, cause)

    def _run(self, module: str, pair: Pair, action: Action, cause: Cause) -> Taken:
        """Runs a top-level statement and pours what it makes into what was there."""
        batch, statement = self._batch, pair.new
        batch.ran.update((statement, *statement.every_member()))
        self._run_first(module, statement, cause)
        if batch.filled.is_seen_by(module, statement):  # which may look at the order, too
            self._registrations.arrange()
        names = list(dict.fromkeys(batch.graph.outcome(module, statement)))
        before = self._moved.before(module, statement, names)
        for name, value in before.items():
            ref = Ref(module, name)
            batch.originals.setdefault(ref, self._moved.original(ref, value))
        batch.protection.before(module, statement, before.values())
        batch.vessels.foresee(before.values())
        for ref in self._registrations.refs_reached(module, statement):
            batch.protection.around(ref)
        held = {name: batch.originals[Ref(module, name)] for name in before}
        keeper = self.keepers.of(module, pair, held)  # while registries still lead to functions
        into = self._libraries.filled(module, pair)
        withdrawn = self.withdraw(module, pair, cause)
        mappings = self._keys.held(withdrawn)
        changed = effects.Effects(batch, module, statement)
        changed.protect()
        if pair.old is not None and pair.old is not statement:
            by = batch.passed(module, statement, cause)
            effects.forget(batch, module, pair.old, statement, by)
        self._stars.forget(module, pair, batch.passed(module, statement, cause))
        if not statement.names.certain:
            self._unbind(module, statement, names)
        taken = batch.took(action, module, statement, cause)
        with batch.under_way(module):
            execute.run(statement, batch.site(module), keeper, into)
        self._arrivals.uncover(module, statement)
        self._settle(module, self._moved.pair(pair), names, taken)
        self.note_new(withdrawn, taken)
        self._keys.see_to(withdrawn, mappings, taken)
        changed.note(taken)
        batch.enqueue_later(module, statement, names)
        self._versions.give_back(module, statement, names)
        self._libraries.bring_along()
        return taken

    def _run_first(self, module: str, statement: Statement, cause: Cause) -> None:
        for needed in self._causes.needed_first(module, statement):
            if needed not in self._batch.ran:
                pair = self._batch.pair(module, needed)
                self._run(module, pair, Action.RERUN, self._causes.need(module, statement, cause))
                self._look_above(module, statement)
            self._versions.lend(module, needed, statement)

    def _look_above(self, module: str, statement: Statement) -> None:
        """Sees to those that read what stands above a statement while it still does."""
        while (following := self._batch.next_above(module, statement)) is not None:
            self._look_at(*following)

    def _unbind(self, module: str, statement: Statement, names: list[str]) -> None:
        """A branch or a loop may leave names unbound that it bound before."""
        for name in names:
            if self._batch.binders(module, statement, name) == [statement]:
                self._batch.namespace(module).pop(name, None)

    def _settle(self, module: str, pair: Pair, names: list[str], taken: Taken) -> None:
        """Puts the old object back under each name where it could take in the new one."""
        batch, namespace = self._batch, self._batch.namespace(module)
        held = self._causes.told(module, pair.new) if pair.new.names.imports else {}
        for name in names:
            ref = Ref(module, name)
            new, before = namespace.get(name, MISSING), batch.originals[ref]
            if is_of_another(batch, module, pair, name):
                value, grade = new, Grade.SAME if before is new else Grade.REBOUND
            else:
                value, grade = self._merge(pair, ref, before, new)
                self.keepers.pass_on(pair, ref, before, value)
            if value is not new:
                namespace[name] = value
            if value is not new and grade is Grade.REFILLED:
                self._moved.taken_over(name, value)
                self._registrations.made_anew(value, pair.new)
            self._causes.is_in_force(module, name, pair.new)
            # An earlier statement may have given it another value for a while.
            batch.changes.pop(ref, None)
            values = (told(before), told(value)) if grade is Grade.REBOUND else ("", "")
            outcome = Outcome(ref, grade, taken, *values)
            if name in held and held[name].grade > grade:
                outcome = held[name]
                if value is before and outcome.grade >= Grade.REPLACED:
                    # It comes from another place now: that has the name anew, not the object.
                    outcome = replace(outcome, grade=max(grade, Grade.PATCHED))
            batch.note_bound(outcome, pair.new)
            self._versions.take_note(ref, pair.new, value)
            if self._moved.is_new(ref):
                self._stars.bring(ref, taken)
            self._drops.follow(ref, pair.new, before, taken)
            have_last_word(batch, ref, pair.new, taken)
        edited = edited_members(pair)
        for member in pair.new.every_member():
            if member in edited or self._causes.of(module, member):
                batch.note_outcome(module, member, Grade.REBOUND, taken)

    def _merge(self, pair: Pair, ref: Ref, old: Any, new: Any) -> tuple[Any, Grade]:
        """Pours, but never into or out of an object that has another home."""
        is_alias = self._batch.is_alias
        came = self._moved.has(pair.new)  # then the old one is still at home elsewhere
        at_home = owns(pair.new, pair.old, ref.name) and not any(
            is_alias(ref, x) for x in ((new,) if came else (old, new))
        )
        at_home = at_home and takes_in(self._batch, ref.module, pair, ref.name, old, new)
        if old is new or at_home:
            return self._batch.merger.merge(old, new)
        is_shared = type(new) in CONTAINERS  # with those who fill it, so which one it is matters
        if old is not MISSING and new is not MISSING and not is_shared and same(old, new):
            return old, Grade.SAME
        if is_shared:  # `a = b = []`: it may be what the first of two names holds already
            new = self._batch.merger.kept_for(new)
        return new, self._batch.merger.grade_of_another(old, new)

    # -------------------------------------------------------------- registrations

    def withdraw_gone(self, module: str, statement: Statement) -> None:
        """Takes back what a statement registered that is not in the text any more."""
        if self._moved.keeps(statement):
            return
        ended = self._endings.hold(module, Pair(statement, statement, Change.KEPT))
        withdrawn = self._registrations.withdraw(module, statement, statement, is_gone=True)
        if ended:
            withdrawn.trust()
        self._batch.merger.notes.extend(withdrawn.left_told())
        by: Taken | Passed = self._batch.passed(module, statement, GONE)
        if (ended or withdrawn.is_found) and not [*statement.bound.outcome]:
            by = self._batch.took(Action.DROP, module, statement, GONE)
        effects.forget(self._batch, module, statement, None, by)
        self._spread_filled(withdrawn, by, None)
        self._put_back(withdrawn, by)
        self._keys.see_to(withdrawn, self._keys.held(withdrawn), by)
        self._remakes.after_leaving(withdrawn, by)

    def _clear_gone_files(self) -> None:
        """What stands in an edited file now, of one that is gone, registers its things anew."""
        batch, gone = self._batch, self._batch.plan.departed.gone.texts
        left = {move.places[0]: None for move in batch.plan.moves if move.origin in gone}
        added = {s.pair.new.digest for s in batch.plan.steps if s.pair.change is Change.ADDED}
        for origin in {origin for origin, _ in left}:
            again = (s for s in batch.statements(origin) if s.digest in added)
            left |= dict.fromkeys((origin, statement) for statement in again)
        for origin, statement in left:
            self.withdraw_gone(origin, statement)
            self._moved.part(origin, statement)

    def withdraw(self, module: str, pair: Pair, cause: Cause) -> Withdrawn:
        """Takes back what the old run of a statement registered, before it runs again."""
        old = None if pair.old is None or self._moved.keeps(pair.old) else pair.old
        ended = old is not None and self._endings.hold(module, pair)
        withdrawn = self._registrations.withdraw(module, old, pair.new)
        if ended:
            withdrawn.trust()
        self._batch.merger.notes.extend(withdrawn.left_told())
        by = self._batch.passed(module, pair.new, cause)
        self._put_back(withdrawn, by)
        if old is not None:
            self._remakes.now(withdrawn, by)
        return withdrawn

    def _put_back(self, withdrawn: Withdrawn, by: Taken | Passed) -> None:
        """Has those run again whose entries cannot be told from those that were taken out."""
        for sign in withdrawn.others:
            found = self._batch.continued(sign.module, sign.statement)
            if found is not None and found[1] not in self._batch.ran:
                why = Cause(f"it may have registered the same as {subject(by)}", None, None, by)
                self._batch.must_run.setdefault(found[1], why)
                self._batch.enqueue(*found)

    def note_new(self, withdrawn: Withdrawn, by: Taken) -> None:
        """A statement has run: what it registered stands where it stood before."""
        self._registrations.note_new(withdrawn)
        at = withdrawn.module, withdrawn.new
        self._spread_filled(withdrawn, by, at)
        self._batch.filled.note_uncompared(at, by)

    def _spread_filled(self, withdrawn: Withdrawn, by: Taken | Passed, at: At | None) -> None:
        for ref in withdrawn.filled():
            self._batch.filled.note(ref, by, at)

    def _next_by_order(self) -> tuple[str, Pair] | None:
        """Who reads a container in which entries stand elsewhere now, as their statements do, may
        have copied them in the order of before."""
        moved = any(map(_MOVED, self._batch.plan.edits.values()))
        for one in self._registrations.rearranged() if moved else ():
            by = self._batch.passed(one.module, one.new, STANDS_ELSEWHERE)
            self._spread_filled(one, by, (one.module, one.new))
        return self._batch.next() or self._served.next()

    # -------------------------------------------------------------------- the end

    def _arrange_annotations(self) -> None:
        for module, edit in self._batch.plan.edits.items():
            annotations = self._batch.namespace(module).get("__annotations__")
            if annotations is None or not edit.may_annotate:
                continue
            old, new = edit.old.statements, edit.new.statements
            execute.arrange_annotations(self._batch.journal, annotations, old, new)
            if annotations == {} and any(s.bound.annotates for s in old):
                namespace = self._batch.namespace(module)
                self._batch.journal.delete_item(namespace, "__annotations__")

    def _forget_results(self, ref: Ref) -> None:
        """What runs from now on is to get no result that a cache has of what was there before."""
        for cache in caches.caches_of(self._batch.live.value_at(ref), ref):
            self._batch.journal.clear_cache(cache)
