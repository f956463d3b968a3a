"""What a statement had registered, and where, while a batch is applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heatsync._engine.batches.applications import Applications
from heatsync._engine.batches.targets import works_on_items_only
from heatsync._engine.objects.holdings import ATOMS
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.objects.shelves import Place, Shelf, parts_of
from heatsync._engine.registries.signs import Sign
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import only_asks


@dataclass(frozen=True, slots=True)
class Found:
    """An object that a statement works on, and the containers that belong to it."""

    ref: Ref | None
    target: Any
    shelves: list[Shelf]
    sets: bool  # whether an attribute of it leads to the statement, which sets that again

    @property
    def is_group(self) -> bool:
        """Whether it had others of its own type: a blueprint in which there are blueprints."""
        own = type(self.target)
        if issubclass(own, (*ATOMS, *CONTAINERS, type)):
            return False
        before = (entry for shelf in self.shelves for entry in shelf.original)
        parts = (part for entry in before for part in parts_of(entry) if part is not self.target)
        return any(own in mro_of(type(part)) for part in parts)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An object of which only the statement that made it can tell what it holds without another."""

    ref: Ref
    target: Any
    key: Any = MISSING  # that both had set; where there is none, nothing tells what the other did


class Withdrawn:
    """What was taken out for one statement, and from where."""

    def __init__(self, module: str, old: Statement, new: Statement) -> None:
        self.module = module
        self.old = old
        self.new = new
        self.found: list[Found] = []
        self.entered: list[Found] = []  # what only the new text puts something into
        self.put_in = 0  # how many entries the text tells it to have put into one container
        self.members: list[Withdrawn] = []  # of a class: what there is of each by itself
        self.slots: dict[Shelf, list[Place]] = {}  # the places that were emptied
        self.kept: set[Shelf] = set()  # where its entries stay, as they are those of the maker too
        self.overwritten: list[Doubt] = []  # keys with which mappings had been made, too
        self.keys: dict[Shelf, list[Any]] = {}  # of the mappings among them, what was taken out
        self.is_found = False  # whether anything of the statement is known to be there
        self.is_displaced = False  # what it had put into mappings was overwritten
        self.tells_key = False  # whether the text tells the one place that it fills
        self.applications: list[Doubt] = []  # which only who made them can undo what it did to
        self.left: list[str] = []  # foreign functions that may hold something of it
        self.are_others: set[int] = set()  # the ids of containers in which all is others'
        self.others: list[Sign] = []  # whose entries it may have been as well
        self._is_trusted = False

    @property
    def shelves(self) -> Iterable[Shelf]:
        return {shelf: None for found in self.worked_on for shelf in found.shelves}

    @property
    def worked_on(self) -> list[Found]:
        return [*self.found, *self.entered]

    def trust(self) -> None:
        """The statement has clean-ups of its own: what is not found, those have taken back."""
        self.left.clear()
        self._is_trusted = True
        for member in self.members:
            member.trust()

    @property
    def uncertain(self) -> Iterator[Doubt]:
        """What was worked on although nothing is found there that the statement had put in."""
        for found in self._untraced():
            if found.ref and not found.sets:
                yield Doubt(found.ref, found.target)
        yield from (*self.overwritten, *self.applications)
        for member in self.members:
            yield from member.uncertain

    @property
    def remaining(self) -> Iterator[Doubt]:
        """The same of a statement that is gone, and sets no attribute again."""
        for found in self._untraced():
            if found.ref:
                yield Doubt(found.ref, found.target)
        yield from (*self.overwritten, *self.applications)
        for member in self.members:
            yield from member.remaining

    def look_at_applications(self, applications: Applications, is_gone: bool) -> None:
        """Finds those that are to be made anew, as nothing else undoes what was done to them."""
        if not applications.may_have_any(self.old):
            return
        changed = applications.changed_by(self.module, self.old, None if is_gone else self.new)
        self.applications = [Doubt(ref, target) for ref, target in changed]
        others = [found for found in self.found if not applications.is_one(found.target)]
        if any(found.is_group for found in others):  # what it took from those in it bears no sign
            took = (found for found in self.found if applications.is_one(found.target))
            self.applications += [Doubt(one.ref, one.target) for one in took if one.ref]

    def _untraced(self) -> Iterator[Found]:
        if not self.found:
            return
        asks = only_asks(self.old)
        is_told = self.tells_key or self._is_trusted
        in_doubt = [*self._others(), *self._bases()] if self.old.is_class else self.found
        for found in () if is_told else in_doubt:
            asked = asks if type(found.target) not in CONTAINERS else self._leaves_alone(found)
            is_there = self._is_there(found)
            if id(found.target) in self.are_others:
                continue
            if found.shelves and not asked and (not is_there or self._is_partly_there(found)):
                yield found

    def _leaves_alone(self, found: Found) -> bool:
        name = found.ref.name.rpartition(".")[2] if found.ref else ""
        return works_on_items_only(self.old, name, found.target)

    def _others(self) -> Iterator[Found]:
        return (found for found in self.found if not issubclass(type(found.target), type))

    def _bases(self) -> list[Found]:
        """Of the classes that hear of one derived from them one keeps it, as a rule."""
        bases = [found for found in self.found if issubclass(type(found.target), type)]
        is_anywhere = any(map(self._is_there, bases))
        named = [base for base in bases if base.ref and self._may_name(base)]
        # What a metaclass keeps of a class leads to that.
        return [base for base in named if not issubclass(base.target, type)][: not is_anywhere]

    def _may_name(self, base: Found) -> bool:
        """Whether something that a base has may be made of the name of the class."""
        word = self.old.qualname.rpartition(".")[2].lower()
        entries = (entry for shelf in base.shelves for entry in shelf.entries())
        parts = (part for entry in entries for part in parts_of(entry))
        return any(word in part.lower() for part in parts if type(part) is str)

    def _is_there(self, found: Found) -> bool:
        overwritten = self.is_displaced and not any(shelf.is_list for shelf in found.shelves)
        return overwritten or not {*self.slots, *self.kept}.isdisjoint(found.shelves)

    def _is_partly_there(self, found: Found) -> bool:
        """Whether of several entries only some can be told: `L.extend([f, 1])`."""
        places = [place for shelf in found.shelves for place in self.slots.get(shelf, ())]
        is_one = type(found.target) in CONTAINERS and self.kept.isdisjoint(found.shelves)
        return is_one and len(places) < self.put_in

    def left_told(self) -> Iterator[str]:
        """What may remain, as sentences."""
        for callee in self.left:
            yield (
                f"what line {self.old.line} handed to {callee} before may remain: "
                "heatsync knows no way to take it back"
            )

    def filled(self) -> Iterator[Ref]:
        """The names of the containers that are different now."""
        for found in self.worked_on:
            changed = [shelf for shelf in found.shelves if shelf.is_changed()]
            if found.ref and changed:
                yield found.ref
                yield from _members(found.ref, found.target, changed)


def _members(ref: Ref, target: Any, changed: list[Shelf]) -> Iterator[Ref]:
    """Of a class, the members that are such containers: who reads one does not look at the class."""
    if issubclass(type(target), type):
        holders = {id(shelf.holder) for shelf in changed}
        names = (name for name, value in class_dict(target).items() if id(value) in holders)
        yield from (Ref(ref.module, f"{ref.name}.{name}") for name in names)
