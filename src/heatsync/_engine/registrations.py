"""What statements left behind in objects made elsewhere: found, taken back, put in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heatsync._engine.batch import Batch
from heatsync._engine.claims import Claims, Sign, may_register
from heatsync._engine.graph import Ref
from heatsync._engine.holdings import owned
from heatsync._engine.shelves import Place, Shelf, Shelves
from heatsync._engine.source import Statement


class Registrations:
    """Withdraws what a statement registered before it is run again or dropped.

    In the objects that it worked on, the entries that hold what it made are taken out, and what
    its new run puts in is moved to their places. What others put there stays.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._shelves = Shelves(batch.journal)
        self._claims = Claims(batch, self._shelves)
        self._unplaced: dict[tuple[str, Statement], list[Shelf]] = {}
        self.refs_worked_on = self._claims.refs_worked_on

    def withdraw(self, module: str, old: Statement | None, new: Statement) -> Withdrawn:
        """Takes out what a statement registered, as far as that is certain."""
        result = Withdrawn(module, old or new, new)
        for ref, target in self._claims.targets(module, result.old).values():
            result.found.append(Found(ref, target, self._shelves_of(target)))
        if old is not None:
            result.slots, result.others = self._own(module, old)
            for shelf, places in result.slots.items():
                shelf.take(places)
        return result

    def _shelves_of(self, target: Any) -> list[Shelf]:
        holders, around = owned(target)
        for thing in around:
            self._batch.protection.of(thing)
        return [self._shelves.of(holder) for holder in holders]

    def _own(
        self, module: str, statement: Statement
    ) -> tuple[dict[Shelf, list[Place]], list[Sign]]:
        """Where the entries of a statement stand, and who else may have put them there."""
        sign = self._claims.sign(module, statement)
        targets = self._claims.targets(module, statement).values()
        shelves = {shelf: None for _, target in targets for shelf in self._shelves_of(target)}
        own: dict[Shelf, list[Place]] = {}
        others: list[Sign] = []
        for shelf in shelves:
            own[shelf], rivals = self._claims.claimed(sign, shelf)
            others.extend(rivals)
        entries = [entry for shelf, places in own.items() for entry in shelf.at(places)]
        while entries:  # records that only name what is ours, then those that hold the records
            named = [
                (shelf, *self._claims.named(sign, shelf, entries, own[shelf])) for shelf in own
            ]
            for shelf, places, _ in named:
                own[shelf].extend(places)
            entries = [entry for _, _, more in named for entry in more]
        return {shelf: places for shelf, places in own.items() if places}, others

    def note_new(self, withdrawn: Withdrawn) -> None:
        """The statement has run: what it put in belongs to the places that were emptied."""
        statement = withdrawn.new
        keeps_place = not withdrawn.others and statement not in self._moved(withdrawn.module)
        for shelf in withdrawn.shelves:
            slots = withdrawn.slots.get(shelf, []) if keeps_place else []
            if shelf.note_new(statement, slots):
                self._unplaced.setdefault((withdrawn.module, statement), []).append(shelf)

    # ---------------------------------------------------------------------- the order

    def settle(self) -> None:
        """Puts new entries where they belong, and kept objects where discarded ones are."""
        for module in self._batch.plan.edits:
            for statement in self._moved(module) - self._batch.ran:
                for _, target in self._claims.targets(module, statement).values():
                    shelves = self._unplaced.setdefault((module, statement), [])
                    shelves.extend(self._shelves_of(target))
        for module, statement in sorted(self._unplaced, key=lambda item: (item[0], item[1].line)):
            for shelf in self._unplaced.pop((module, statement)):
                self._place(module, statement, shelf)
        for shelf in self._shelves:
            shelf.arrange(self._batch.merger.kept_for)

    def _moved(self, module: str) -> frozenset[Statement]:
        edit = self._batch.plan.edits.get(module)
        return edit.block.moved if edit else frozenset()

    def _place(self, module: str, statement: Statement, shelf: Shelf) -> None:
        """Puts the entries of a statement behind those of the one above it in the text."""
        places = self._places_of(module, statement, shelf)
        statements = self._batch.statements(module)
        number = statements.index(statement)
        for other in reversed(statements[:number]) if places else ():
            if found := self._places_of(module, other, shelf):
                shelf.move_behind(max(found), places)
                return
        for other in statements[number + 1 :] if places else ():
            waits = (module, other) in self._unplaced
            if found := [] if waits else self._places_of(module, other, shelf):
                shelf.move_before(min(found), places)
                return

    def _places_of(self, module: str, statement: Statement, shelf: Shelf) -> list[Place]:
        """Where the entries of a statement stand, whether it ran in this batch or not."""
        if statement in self._batch.ran or not may_register(statement):
            return shelf.places_of(statement)
        old = self._batch.pair(module, statement).old or statement
        return self._own(module, old)[0].get(shelf, [])


@dataclass(frozen=True, slots=True)
class Found:
    """An object that a statement works on, and the containers that belong to it."""

    ref: Ref | None
    target: Any
    shelves: list[Shelf]


class Withdrawn:
    """What was taken out for one statement, and from where."""

    def __init__(self, module: str, old: Statement, new: Statement) -> None:
        self.module = module
        self.old = old
        self.new = new
        self.found: list[Found] = []
        self.slots: dict[Shelf, list[Place]] = {}  # the places that were emptied
        self.others: list[Sign] = []  # whose entries it may have been as well

    @property
    def shelves(self) -> Iterable[Shelf]:
        return {shelf: None for found in self.found for shelf in found.shelves}

    @property
    def uncertain(self) -> Iterator[tuple[Ref, Any]]:
        """What was worked on although nothing of the statement is found there."""
        for found in self.found if not self.old.is_class else ():
            if found.ref and found.shelves and not self.slots.keys() & {*found.shelves}:
                yield found.ref, found.target

    def filled(self) -> Iterator[Ref]:
        """The names of the containers that are different now."""
        for found in self.found:
            if found.ref and any(shelf.is_changed() for shelf in found.shelves):
                yield found.ref
