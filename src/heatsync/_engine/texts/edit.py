"""What happened to one file: its new statements, each with the old one that it continues."""

from __future__ import annotations

import ast
import operator
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from heatsync._engine.texts.once import once
from heatsync._engine.texts.sections import Section
from heatsync._engine.texts.source import Source, Statement


class Change(Enum):
    """What an edit did to one statement."""

    KEPT = "the same tree; its lines may have moved"
    PATCHED = "only the bodies of functions differ"
    INSIDE = "a class of which only members differ"
    EDITED = "differs otherwise"
    ADDED = "is new"


_new_line = operator.attrgetter("new.line")
BODIES = (Change.KEPT, Change.PATCHED)


@dataclass(frozen=True, slots=True)
class Pair:
    """A new statement and the old one that it continues."""

    new: Statement
    old: Statement | None
    change: Change
    members: Block | None = None  # of a class, where they may differ


@dataclass(frozen=True)
class Block:
    """The edit of one module or class block: its new statements in order, the old ones gone."""

    pairs: tuple[Pair, ...]
    dropped: tuple[Statement, ...]

    @once
    def keeps_bindings(self) -> bool:
        """Whether every statement binds what it bound, in the same order: only bodies differ."""
        if self.dropped or any(pair.change not in BODIES for pair in self.pairs):
            return False
        lines = [pair.old.line for pair in self.pairs if pair.old is not None]
        return all(map(operator.le, lines, lines[1:]))

    @property
    def keeps_fields(self) -> bool:
        """Whether what a class block says of data is in the order in which it was.

        Dataclasses, enums and the like read fields, members and arguments off that order.
        """
        if any(gone.bound.annotates for gone in self.dropped):
            return False
        kept = [
            pair for pair in self.pairs if isinstance(pair.new.node, ast.Assign | ast.AnnAssign)
        ]
        lines = [pair.old.line for pair in kept if pair.old is not None]
        return all(map(operator.le, lines, lines[1:]))

    @property
    def partners(self) -> dict[Statement, Statement | None]:
        """By new statement, the old one that it continues."""
        return {pair.new: pair.old for pair in self.pairs}

    @once
    def moved(self) -> frozenset[Statement]:
        """The fewest statements that, taken out of both texts, leave the others in one order."""
        known = [pair for pair in self.pairs if pair.old is not None]
        if len(known) < 2:
            return frozenset()
        stay = _rising([pair.old.line for pair in known if pair.old is not None])
        return frozenset(pair.new for number, pair in enumerate(known) if number not in stay)


@dataclass(frozen=True, slots=True)
class Same:
    """The sections that two texts have in common, in the same order."""

    head: int = 0  # how many before all that differ
    tail: int = 0  # how many behind them
    between: tuple[tuple[Section, Section], ...] = ()  # the old and the new ones in their midst

    def every(self, old: Source, new: Source) -> Iterator[tuple[Section, Section]]:
        """All of them, old and new."""
        yield from zip(old.sections[: self.head], new.sections[: self.head], strict=True)
        yield from self.between
        yield from self._tails(old, new)

    def moved(self, old: Source, new: Source) -> Iterator[tuple[Section, Section]]:
        """Those that stand in other lines now."""
        yield from ((before, after) for before, after in self.between if before.line != after.line)
        # All of the tail has moved as its last one did: nothing in it differs.
        if self.tail and old.sections[-1].line != new.sections[-1].line:
            yield from self._tails(old, new)

    def _tails(self, old: Source, new: Source) -> Iterator[tuple[Section, Section]]:
        return zip(
            old.sections[len(old.sections) - self.tail :],
            new.sections[len(new.sections) - self.tail :],
            strict=True,
        )


@dataclass(frozen=True)
class Edit:
    """What happened to one file."""

    old: Source
    new: Source
    region: Block  # of the statements that may differ
    same: Same  # the sections that do not, but for their lines

    @once
    def block(self) -> Block:
        """The edit of all statements: of those that are the same, too."""
        same = _kept(self.same.every(self.old, self.new))
        return Block(tuple(self._in_order(same)), self.region.dropped)

    @once
    def moved(self) -> tuple[tuple[Section, Section], ...]:
        """The sections that only stand in other lines now, old and new."""
        return tuple(self.same.moved(self.old, self.new))

    # ---------------------------------------------------- single ones, without reading all

    def pair(self, new: Statement) -> Pair | None:
        """The pair of a top-level statement of the new text; None of another one."""
        return self._pairs.get(new) or self._same_pair(new, self.new, self._same_by_new)

    def pair_of_old(self, old: Statement) -> Pair | None:
        """The pair of the statement that continues one of the old text; None where none does."""
        return self._pairs_by_old.get(old) or self._same_pair(old, self.old, self._same_by_old)

    def pairs_saying(self, words: Collection[str]) -> Sequence[Pair]:
        """The pairs of the statements in whose text any of some words may stand, and of all that
        may differ, in the order of the new text."""
        every = self.same.every(self.old, self.new) if words else ()
        sections = [both for both in every if says_any(both[1], words)]
        return self._in_order(_kept(sections))

    def pairs_with(self, statements: Iterable[Statement]) -> Sequence[Pair]:
        """The pairs of some statements of the new text and of all that may differ, in its order."""
        others = (
            self.pair(statement) or Pair(statement, statement, Change.KEPT)
            for statement in statements
            if statement not in self._pairs
        )
        return self._in_order(others)

    def _in_order(self, others: Iterable[Pair]) -> Sequence[Pair]:
        more = [*others]
        return sorted([*self.region.pairs, *more], key=_new_line) if more else self.region.pairs

    def _same_pair(
        self, one: Statement, source: Source, known: Mapping[Section, tuple[Section, Section]]
    ) -> Pair | None:
        section = source.section_of(one)
        both = known.get(section) if section else None
        pairs = _kept([both]) if both else ()
        return next((pair for pair in pairs if one in (pair.new, pair.old)), None)

    @once
    def _pairs(self) -> dict[Statement, Pair]:
        return {pair.new: pair for pair in self.region.pairs}

    @once
    def _pairs_by_old(self) -> dict[Statement, Pair]:
        return {pair.old: pair for pair in self.region.pairs if pair.old is not None}

    @once
    def _same_by_new(self) -> dict[Section, tuple[Section, Section]]:
        return {both[1]: both for both in self.same.every(self.old, self.new)}

    @once
    def _same_by_old(self) -> dict[Section, tuple[Section, Section]]:
        return {both[0]: both for both in self.same.every(self.old, self.new)}

    # ------------------------------------------------------------------ what it concerns

    @property
    def may_annotate(self) -> bool:
        """Whether the annotations of the module may be others, or stand in another order."""
        return any(statement.bound.annotates for statement in self.concerned)

    @once
    def may_import(self) -> bool:
        """Whether the imports of the module may be others."""
        return self.moves_file or any("import" in statement.text for statement in self.concerned)

    @property
    def concerned(self) -> Iterator[Statement]:
        """The statements that may differ, old and new."""
        return chain(*self.both_concerned)

    @property
    def both_concerned(self) -> tuple[list[Statement], list[Statement]]:
        """The old statements that may differ, and the new ones."""
        old = [pair.old for pair in self.region.pairs if pair.old is not None]
        return [*self.region.dropped, *old], [pair.new for pair in self.region.pairs]

    @property
    def moves_file(self) -> bool:
        """Whether the module is made of another file now, so that its functions are to tell that."""
        return self.old.file != self.new.file

    @property
    def replaced(self) -> Iterator[Statement]:
        """The old statements that are gone, or are not as they were."""
        yield from self.region.dropped
        yield from (pair.old for pair in self.changed if pair.old is not None)

    @once
    def changed(self) -> tuple[Pair, ...]:
        """The new statements that are not as they were."""
        return tuple([pair for pair in self.region.pairs if pair.change is not Change.KEPT])


def _rising(numbers: list[int]) -> set[int]:
    """The positions of the longest rising sequence."""
    ends: list[int] = []  # position of the smallest number that ends a sequence of each length
    before: dict[int, int | None] = {}
    for position, number in enumerate(numbers):
        length = bisect_left(ends, number, key=numbers.__getitem__)
        before[position] = ends[length - 1] if length else None
        ends[length : length + 1] = [position]
    found, last = set(), ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _kept(same: Iterable[tuple[Section, Section]]) -> Iterator[Pair]:
    for before, after in same:
        for one, other in zip(before.statements, after.statements, strict=True):
            yield Pair(other, one, Change.KEPT)


def says_any(section: Section, words: Iterable[str]) -> bool:
    """Whether any of some words may stand in a section."""
    return any(map(section.stretch.may_say, words))


def every_pair(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs, each followed by those of its members."""
    for pair in pairs:
        yield pair
        if pair.members:
            yield from every_pair(pair.members.pairs)


def edited_members(pair: Pair) -> set[Statement]:
    """The members of a class that were edited or added, at any depth."""
    if pair.old is not None and not pair.old.is_class:  # all of it is another text
        return {*pair.new.every_member()}
    members = every_pair(pair.members.pairs) if pair.members else ()
    return {member.new for member in members if member.change in (Change.EDITED, Change.ADDED)}
