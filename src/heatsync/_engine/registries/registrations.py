"""What statements left behind in objects made elsewhere: found, taken back, put in its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets, may_register
from heatsync._engine.objects.holdings import identity, owned
from heatsync._engine.objects.insides import Insides
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.objects.sameness import same
from heatsync._engine.objects.shelves import Place, Shelf, Shelves, parts_of
from heatsync._engine.registries.accounted import Accounts
from heatsync._engine.registries.claims import Claims
from heatsync._engine.registries.inverses import Inverses
from heatsync._engine.registries.makers import Makers
from heatsync._engine.registries.placing import keeps_place, puts_in_front, sorts, tell_of_order
from heatsync._engine.registries.withdrawn import Doubt, Found, Withdrawn
from heatsync._engine.texts.displays import put_in
from heatsync._engine.texts.source import Statement


class Registrations:
    """Withdraws what a statement registered before it is run again or dropped.

    In the objects that it worked on, the entries that hold what it made are taken out, and what
    its new run puts in is moved to their places. What others put there stays.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._shelves = Shelves(batch.journal)
        self._of_target: dict[int, list[Shelf]] = {}
        self._targets = Targets(batch)
        insides = Insides()
        parts = batch, self._targets, self._shelves
        self._makers = Makers(*parts, insides)
        self._claims = Claims(*parts, self._makers, insides)
        self._accounts = Accounts(*parts, self._claims, insides)
        self.displaced: set[Statement] = set()  # who set keys that another one sets, too
        self._unplaced: dict[tuple[str, Statement], list[Shelf]] = {}
        # Whose entries stand elsewhere, and whether those know that read what has them.
        self._rearranged: dict[tuple[str, Statement], bool] = {}
        # Who ran in this batch and put nothing on a shelf, or nothing but what was there.
        self._silent: dict[Shelf, list[tuple[str, Statement]]] = {}
        self._inverses = Inverses(batch, self._targets)
        self.refs_worked_on = self._targets.refs_worked_on
        self.refs_reached = self._targets.refs_reached
        self.applications = self._targets.applications
        self.shows_docstring = self._targets.shows_docstring

    def withdraw(
        self, module: str, old: Statement | None, new: Statement, is_gone: bool = False
    ) -> Withdrawn:
        """Takes out what a statement registered, as far as that is certain."""
        result = self.find(module, old, new, is_gone)
        self._claims.look_anew()
        for found in result.worked_on:
            self._batch.libraries.reopen(found.target)
        for made in self._claims.bound(module, old) if old else ():
            self._batch.libraries.withdraw(made)
        for shelf, places in result.slots.items():
            if issubclass(type(shelf.holder), dict):
                result.keys[shelf] = [key for key, _ in shelf.at(places)]
            shelf.take(places)
        is_anew = any(shelf.is_anew for shelf in result.shelves)
        if old is not None and not result.slots and not is_anew:
            result.left = self._inverses.take_back(module, old)
        return result

    def find(
        self, module: str, old: Statement | None, new: Statement, is_gone: bool = False
    ) -> Withdrawn:
        """What there is of a statement to be taken out; nothing is written.

        `new` continues it, or is the same where the statement `is_gone`.
        """
        result = Withdrawn(module, old or new, new)
        for ref, target in self._targets.of(module, result.old).values():
            sets = old is not None and self._claims.is_attribute(module, old, target)
            result.found.append(Found(ref, target, self._shelves_of(target), sets))
        known = {id(found.target) for found in result.found}
        for ref, target in self._targets.of(module, new).values():
            if id(target) not in known:
                result.entered.append(Found(ref, target, self._shelves_of(target), False))
        if old is not None:
            self._own(module, old, result)
            self._leave_to_makers(result, is_gone)
            self._leave_to_new(result)
            result.are_others |= self._accounts.of(result)
            result.look_at_applications(self.applications, is_gone)
            result.is_displaced = new in self.displaced
            result.is_found = bool(result.slots or result.kept) or self._inverses.can_take_back(
                module, old
            )
            if result.found:
                result.tells_key = self._claims.tells_key(self._claims.sign(module, old))
            result.put_in = len(put_in(old.node))
            members = filter(may_register, old.every_member())
            result.members = [self.find(module, member, member, is_gone) for member in members]
        return result

    def _shelves_of(self, target: Any) -> list[Shelf]:
        found = self._of_target.get(id(target))
        if found is None:
            found = [self._shelves.of(holder) for holder in self._targets.owned(target)]
            self._of_target[id(target)] = found
        return found

    def _own(
        self,
        module: str,
        statement: Statement,
        result: Withdrawn,
        among: Collection[Shelf] | None = None,
    ) -> None:
        """Finds where the entries of a statement stand, and who else may have put them there.

        An object may have thousands of shelves: where only some matter, they are looked for `among`
        these.
        """
        targets = self._targets.of(module, statement).values()
        if not targets:  # as nearly all that only compute something
            return
        sign = self._claims.sign(module, statement)
        found = {shelf: None for _, target in targets for shelf in self._shelves_of(target)}
        shelves = found if among is None else [shelf for shelf in found if shelf in among]
        own: dict[Shelf, list[Place]] = {}
        entries: list[Any] = []
        within: set[int] = set()
        for shelf in shelves:
            if id(shelf.holder) in within:  # a dict that is a record goes as a whole
                continue
            claimed = self._claims.claimed(sign, shelf)
            own[shelf] = claimed.places
            if claimed.places:
                came = shelf.at(claimed.places)
                entries += came
                within |= {id(part) for entry in came for part in parts_of(entry)}
            result.others.extend(claimed.rivals)
            result.kept.update([shelf] if claimed.is_there_anyway else ())
        while entries:  # records that only name what is ours, then those that hold the records
            named = self._claims.named(sign, entries, own)
            for shelf, more in named.items():
                own[shelf] += [place for place, _ in more]
            entries = [entry for more in named.values() for _, entry in more]
        result.slots = {shelf: places for shelf, places in own.items() if places}

    def _leave_to_makers(self, result: Withdrawn, is_gone: bool) -> None:
        """Of keys that are not set any more, those have their say that made the mappings."""
        if result.new is result.old and not is_gone:
            return
        for found in result.found:
            for shelf in [s for s in result.slots if s.holder is found.target and not s.is_list]:
                for place in [*result.slots[shelf]]:
                    self._leave_to_maker(result, found, shelf, place, is_gone)
        result.slots = {shelf: places for shelf, places in result.slots.items() if places}

    def _leave_to_maker(
        self, result: Withdrawn, found: Found, shelf: Shelf, place: Place, is_gone: bool
    ) -> None:
        ((key, value),) = shelf.at([place])
        if not is_gone and self._claims.sets_still(result.module, result.new, key):
            return
        made = self._makers.at_key(result.module, result.old, shelf, key)
        if made is not MISSING and same(made.value, value):
            result.slots[shelf].remove(place)
            result.kept.add(shelf)
        elif made is not MISSING and found.ref:
            result.overwritten.append(Doubt(found.ref, found.target, key))

    def _leave_to_new(self, result: Withdrawn) -> None:
        """An item that a statement has set anew in this batch, to what it was, is that one's."""
        for shelf in [shelf for shelf in result.slots if shelf in self._silent]:
            for place in [*result.slots[shelf]]:
                (entry,) = shelf.at([place])
                if any(self._claims.may_be(*one, shelf, entry) for one in self._silent[shelf]):
                    result.slots[shelf].remove(place)
                    result.kept.add(shelf)
        result.slots = {shelf: places for shelf, places in result.slots.items() if places}

    def made_anew(self, container: Any, maker: Statement) -> None:
        """A statement made a container anew, and all that fill it are to do so again."""
        self._shelves.made_anew(container, maker)

    def sets_still(self, withdrawn: Withdrawn, key: Any) -> bool:
        """Whether a statement that had set a key sets it again, as far as its text tells."""
        is_same = withdrawn.new is withdrawn.old
        return is_same or self._claims.sets_still(withdrawn.module, withdrawn.new, key)

    def keys_set(self, module: str, statement: Statement, mapping: Any) -> list[Any]:
        """The keys of a mapping that the text of a statement shows it to set."""
        stored = self._claims.stored(module, statement)
        return stored.keys if stored is not None and stored.holder is mapping else []

    def mapping_of(self, module: str, statement: Statement) -> Any:
        """The mapping of which the text of a statement shows it to set keys; None if none."""
        stored = self._claims.stored(module, statement)
        return stored.holder if stored else None

    def sets_key(self, module: str, statement: Statement, shelf: Shelf, key: Any) -> bool:
        """Whether a statement that names a key may be one that sets it: its own entry has another
        one, or it has none of its own."""
        if shelf.key not in self._targets.holders(module, statement):
            return False
        return self._claims.may_set(self._claims.sign(module, statement), shelf, key)

    def note_new(self, withdrawn: Withdrawn) -> None:
        """The statement has run: what it put in belongs to the places that were emptied."""
        self._claims.look_anew()
        statement = withdrawn.new
        is_placed = bool(withdrawn.slots) and keeps_place(self._batch, withdrawn)
        self._unwrap(withdrawn)
        has_list = any(shelf.is_list for shelf in withdrawn.shelves)
        is_sorted = has_list and sorts(self._batch, self._targets, withdrawn.module, statement)
        emptied = dict.fromkeys(withdrawn.slots)
        targets = [found.target for found in withdrawn.worked_on]
        for shelf in withdrawn.shelves:
            shelf.is_sorted = shelf.is_sorted or (is_sorted and shelf.is_list)
            slots = withdrawn.slots.get(shelf, []) if is_placed else []
            came = shelf.note_new(statement, slots)
            if not came:
                if not slots and isinstance(shelf.holder, dict | set):
                    self._silent.setdefault(shelf, []).append((withdrawn.module, statement))
                continue
            self._batch.merger.note_came(came, shelf.container, targets)
            emptied.pop(shelf, None)
            if not slots:
                self._unplaced.setdefault((withdrawn.module, statement), []).append(shelf)
        self._give_back(withdrawn, emptied)

    def _give_back(self, withdrawn: Withdrawn, emptied: Collection[Shelf]) -> None:
        """A container in place of which there is another one now is nobody's register any more, but
        who holds it goes on with what was in it."""
        if emptied:
            found = chain.from_iterable(owned(one.target)[0] for one in withdrawn.found)
            registers = set(map(identity, found))
            for shelf in [shelf for shelf in emptied if shelf.key not in registers]:
                shelf.give_back()

    def _unwrap(self, withdrawn: Withdrawn) -> None:
        """Decorators below a new wrapper were given the function that is inside of it now."""
        merger = self._batch.merger
        for wrapped in merger.take_wrapped():
            targets = [found.target for found in withdrawn.worked_on]
            for shelf in withdrawn.shelves:
                shelf.exchange(*wrapped)
                merger.unwrap_inside(wrapped, shelf.came(), targets)

    # ---------------------------------------------------------------------- the order

    def settle(self) -> None:
        """Puts all entries where they belong, and lets go of what it knows of them."""
        self._arrange()
        for place in self._rearranged:
            tell_of_order(self._batch, *place)
        self._rearranged.clear()
        self._of_target.clear()
        self._shelves.forget()
        self._claims.forget()

    def arrange(self) -> None:
        """Puts entries where they belong before a statement runs that may look at their order."""
        self._arrange()
        self._claims.look_anew()

    def rearranged(self) -> list[Withdrawn]:
        """Puts entries where they belong. Gives what there is of the statements that did not run,
        of which entries stand elsewhere since this was asked last."""
        self.arrange()
        fresh = [place for place, is_told in self._rearranged.items() if not is_told]
        self._rearranged |= dict.fromkeys(fresh, True)
        return [self._worked_on(*place) for place in fresh if place[1] not in self._batch.ran]

    def _worked_on(self, module: str, statement: Statement) -> Withdrawn:
        result = Withdrawn(module, self._batch.running(module, statement), statement)
        for ref, target in self._targets.of(module, result.old).values():
            result.found.append(Found(ref, target, self._shelves_of(target), sets=False))
        return result

    def _arrange(self) -> None:
        """Puts new entries where they belong, and kept objects where discarded ones are."""
        self._claims.look_anew()
        for module, edit in self._batch.plan.edits.items():
            for statement in edit.region.moved - self._batch.ran:
                for _, target in self._targets.of(module, statement).values():
                    shelves = self._unplaced.setdefault((module, statement), [])
                    shelves.extend(self._shelves_of(target))
        placed: dict[tuple[str, Statement], set[Shelf]] = {}
        for place in sorted(self._unplaced, key=lambda item: (item[0], item[1].line)):
            placed[place] = self._place(*place, self._unplaced.pop(place))
        kept_for = self._batch.merger.kept_for
        arranged = {shelf for shelf in self._shelves if shelf.arrange(kept_for)}
        for place in [place for place, shelves in placed.items() if shelves & arranged]:
            self._rearranged.setdefault(place, False)

    def _place(self, module: str, statement: Statement, shelves: list[Shelf]) -> set[Shelf]:
        """Puts the entries of a statement behind those of the one above it in the text, or in front
        of them where both put them there.

        Gives the shelves where they may stand elsewhere now.
        """
        own = self._places_of(module, statement, {*shelves})
        shelves = [shelf for shelf in shelves if own.get(shelf)]
        parent = statement.parent
        statements = parent.members if parent else self._batch.statements(module)
        if not shelves or statement not in statements:
            return set()
        number = statements.index(statement)
        shared = [shelf for shelf in shelves if len(own[shelf]) < len(shelf.entries())]
        is_front = bool(shared) and puts_in_front(self._batch, module, statement)
        for shelf in shared if is_front else ():
            shelf.is_put_in_front(statement)
        above = self._nearest(module, reversed(statements[:number]), shared, {*shelves}, is_front)
        for shelf, places in above.items():
            shelf.come_after(places, statement, own[shelf])
        rest = [shelf for shelf in shared if shelf not in above]
        below = self._nearest(module, statements[number + 1 :], rest, {*shelves}, is_front)
        for shelf, places in below.items():
            shelf.come_before(places, statement, own[shelf])
        alone = [] if is_front else [s for s in rest if s not in below]
        later = self._first_later(module, statement, alone, own)
        for shelf, other in later.items():
            shelf.move_before(other, own[shelf])
        return {*above, *below, *later}

    def _first_later(
        self,
        module: str,
        statement: Statement,
        shelves: list[Shelf],
        own: Mapping[Shelf, list[Place]],
    ) -> dict[Shelf, Place]:
        """For each shelf to which nobody else in the module adds, where the first entry stands that
        is for a definition of a module which a fresh import runs later."""
        batch, found = self._batch, dict[Shelf, Place]()
        for shelf in shelves:
            for place, entry in shelf.placed() if shelf.is_ordered else ():
                others = self._claims.defining(entry) if place not in own[shelf] else ()
                if any(o[0] != module and batch.is_later((module, statement), o) for o in others):
                    found[shelf] = place
                    break
        return found

    def _nearest(
        self,
        module: str,
        statements: Iterable[Statement],
        shelves: list[Shelf],
        among: set[Shelf],
        is_front: bool,
    ) -> dict[Shelf, list[Place]]:
        """For each shelf, where the entries stand of the first of some statements that has any, and
        puts them at the same end; they may be known by what it has `among` others."""
        near: dict[Shelf, list[Place]] = {}
        # Most statements fill all that the nearest does. To look at others, too, takes long.
        is_met = False
        names = {shelf: self._claims.names_on(shelf) for shelf in shelves}
        for statement in statements:
            if not names:
                break
            if not may_register(statement):
                continue
            unplaced = self._unplaced.get((module, statement), ())
            old = self._batch.running(module, statement)
            holders = self._targets.holders(module, old)
            asked = [s for s in names if s.key in holders and s not in unplaced]
            bound = old.bound.binds
            if asked and not (is_met and all(names[s].isdisjoint(bound) for s in asked)):
                places = self._places_of(module, statement, among)
                is_met = is_met or any(places.values())
                there = [shelf for shelf in asked if places.get(shelf)]
                if there and puts_in_front(self._batch, module, statement) is not is_front:
                    continue
                for shelf in there:
                    near[shelf] = places[shelf]
                    del names[shelf]
        return near

    def _places_of(
        self, module: str, statement: Statement, among: set[Shelf]
    ) -> Mapping[Shelf, list[Place]]:
        """Where the entries of a statement stand on some shelves, whether it ran in this batch or
        not."""
        if statement in self._batch.ran:
            return {shelf: shelf.places_of(statement) for shelf in among}
        if not may_register(statement):
            return {}
        result = Withdrawn(module, statement, statement)
        self._own(module, self._batch.running(module, statement), result, among)
        return result.slots
