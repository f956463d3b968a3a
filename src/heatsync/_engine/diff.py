"""Source × Source to Edit: each new statement with the old one that it continues."""

from __future__ import annotations

import ast
import itertools
import operator
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from heatsync._engine.names import DEFINITIONS, How, bound_by
from heatsync._engine.places import Likeness, dumped
from heatsync._engine.reordered import reordered_members
from heatsync._engine.sections import Section
from heatsync._engine.source import Source, Statement


class Change(Enum):
    """What an edit did to one statement."""

    KEPT = "the same tree; its lines may have moved"
    PATCHED = "only the bodies of functions differ"
    INSIDE = "a class of which only members differ"
    EDITED = "differs otherwise"
    ADDED = "is new"


_PLACED = frozenset(("__file__", "__path__", "__package__", "__spec__", "__loader__", "__cached__"))
_stretch = operator.attrgetter("stretch")
_BODIES = (Change.KEPT, Change.PATCHED)
_CHANGES = {
    Likeness.ALL: Change.KEPT,
    Likeness.ALL_BUT_BODIES: Change.PATCHED,
    Likeness.LESS: Change.EDITED,
}


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

    @property
    def keeps_bindings(self) -> bool:
        """Whether every statement binds what it bound, in the same order: only bodies differ."""
        if self.dropped or any(pair.change not in _BODIES for pair in self.pairs):
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

    @cached_property
    def moved(self) -> frozenset[Statement]:
        """The fewest statements that, taken out of both texts, leave the others in one order."""
        known = [pair for pair in self.pairs if pair.old is not None]
        stay = _rising([pair.old.line for pair in known if pair.old is not None])
        return frozenset(pair.new for number, pair in enumerate(known) if number not in stay)


@dataclass(frozen=True)
class Edit:
    """What happened to one file."""

    old: Source
    new: Source
    region: Block  # of the statements that may differ
    head: int = 0  # sections before them, which are the same
    tail: int = 0  # sections behind them, which are the same but for their lines

    @cached_property
    def block(self) -> Block:
        """The edit of all statements: of those that are the same, too."""
        if not self.head and not self.tail:
            return self.region
        before, behind = (tuple(_kept(*both)) for both in (self._before, self._behind))
        return Block((*before, *self.region.pairs, *behind), self.region.dropped)

    @property
    def _before(self) -> tuple[Sequence[Section], Sequence[Section]]:
        return self.old.sections[: self.head], self.new.sections[: self.head]

    @property
    def _behind(self) -> tuple[Sequence[Section], Sequence[Section]]:
        old, new = self.old.sections, self.new.sections
        return old[len(old) - self.tail :], new[len(new) - self.tail :]

    @cached_property
    def moved(self) -> tuple[tuple[Section, Section], ...]:
        """The sections that only stand in other lines now, old and new."""
        if not self.tail or self.old.sections[-1] is self.new.sections[-1]:
            return ()
        return tuple((o, n) for o, n in zip(*self._behind, strict=True) if o.line != n.line)

    def pair(self, new: Statement) -> Pair | None:
        """The pair of a top-level statement of the new text."""
        return self._pairs.get(new) or self._moved_pairs.get(new)

    @cached_property
    def _pairs(self) -> dict[Statement, Pair]:
        return {pair.new: pair for pair in self.region.pairs}

    @cached_property
    def _moved_pairs(self) -> dict[Statement, Pair]:
        """Of those that were parsed: nobody asks for others."""
        parsed = [(old, new) for old, new in self.moved if new.stretch.is_parsed]
        return {pair.new: pair for old, new in parsed for pair in _kept([old], [new])}

    @property
    def may_annotate(self) -> bool:
        """Whether the annotations of the module may be others, or stand in another order."""
        return any(statement.bound.annotates for statement in self._concerned)

    @cached_property
    def may_import(self) -> bool:
        """Whether the imports of the module may be others."""
        return self.moves_file or any("import" in statement.text for statement in self._concerned)

    @property
    def _concerned(self) -> Iterator[Statement]:
        yield from self.region.dropped
        for pair in self.region.pairs:
            yield from filter(None, (pair.new, pair.old))

    @property
    def moves_file(self) -> bool:
        """Whether the module is made of another file now, so that its functions are to tell that."""
        return self.old.file != self.new.file

    @property
    def changed(self) -> Iterator[Pair]:
        """The new statements that are not as they were."""
        return (pair for pair in self.region.pairs if pair.change is not Change.KEPT)


def diff(old: Source, new: Source) -> Edit:
    """Pairs the statements of two versions of a file.

    A statement is itself again where its text is, wherever it stands; else where it defines the
    same names; else where its tree is. What is left was added or dropped.
    """
    head, tail = _common(old.sections, new.sections)
    if old.flags != new.flags or old.file != new.file:
        head = tail = 0
    block = _diff_blocks(*(_statements(source, head, tail) for source in (old, new)))
    if old.flags != new.flags:  # another __future__ compiles everything anew
        block = Block(tuple(map(_compiled_anew, block.pairs)), block.dropped)
    elif old.file != new.file:
        block = Block(tuple(map(_in_another_file, block.pairs)), block.dropped)
    return Edit(old, new, block, head, tail)


def _statements(source: Source, head: int, tail: int) -> tuple[Statement, ...]:
    sections = source.sections[head : len(source.sections) - tail]
    return tuple(itertools.chain.from_iterable(section.statements for section in sections))


def _common(old: Sequence[Section], new: Sequence[Section]) -> tuple[int, int]:
    """How many sections two texts share at their beginning and at their end."""
    head = _alike(old, new)
    tail = _alike(map(_stretch, reversed(old)), map(_stretch, reversed(new)))
    return head, min(tail, len(old) - head, len(new) - head)


def _alike(one: Iterable[object], other: Iterable[object]) -> int:
    """How many things two rows have in common at their beginning."""
    alike = [*map(operator.is_, one, other)]
    return len(alike) if all(alike) else alike.index(False)


def _kept(old: Sequence[Section], new: Sequence[Section]) -> Iterator[Pair]:
    for before, after in zip(old, new, strict=True):
        for one, other in zip(before.statements, after.statements, strict=True):
            yield Pair(other, one, Change.KEPT)


def _compiled_anew(pair: Pair) -> Pair:
    return Pair(pair.new, pair.old, Change.EDITED if pair.old else Change.ADDED)


def _in_another_file(pair: Pair) -> Pair:
    """What tells where its file is comes out different in another one, and so does a relative import."""
    parts = (pair.new, *pair.new.every_member())
    relative = any(imported.level for part in parts for imported in part.bound.imports)
    placed = any(use.path[0] in _PLACED for part in parts for use in part.names.now)
    is_due = pair.old is not None and (relative or placed)
    return Pair(pair.new, pair.old, Change.EDITED, pair.members) if is_due else pair


def _diff_blocks(old: tuple[Statement, ...], new: tuple[Statement, ...]) -> Block:
    partners = _Partners(old, new)
    partners.trim()
    partners.match(lambda statement: statement.text)
    partners.match(_decorated)
    partners.match(_definition)
    partners.match(lambda statement: statement.digest)
    partners.match(_shape)
    partners.match(_first_name)
    partners.match(_receiver)
    pairs = tuple(pair_of(statement, partners.of.get(statement)) for statement in new)
    kept = set(map(id, partners.of.values()))
    return Block(pairs, tuple(statement for statement in old if id(statement) not in kept))


class _Partners:
    """The pairing while it is made. Statements are compared by identity here."""

    def __init__(self, old: tuple[Statement, ...], new: tuple[Statement, ...]) -> None:
        self.of: dict[Statement, Statement] = {}  # new to old
        self._old = list(old)
        self._new = list(new)

    def trim(self) -> None:
        """Pairs the equal beginnings and ends, which is nearly everything in most edits."""
        old, new = self._old, self._new
        start = 0
        while start < min(len(old), len(new)) and _same_text(old[start], new[start]):
            self.of[new[start]] = old[start]
            start += 1
        end = 0
        while end < min(len(old), len(new)) - start and _same_text(old[-1 - end], new[-1 - end]):
            self.of[new[-1 - end]] = old[-1 - end]
            end += 1
        self._old = old[start : len(old) - end]
        self._new = new[start : len(new) - end]

    def match(self, key: Callable[[Statement], Hashable | None]) -> None:
        """Pairs those that have an equal key, from the last on. None matches nothing.

        Of several that bind one name the last is in force, and so the one to be continued. No
        other string continues a docstring, though it may be the same.
        """
        if not self._old or not self._new:
            return
        waiting: dict[Hashable, deque[Statement]] = defaultdict(deque)
        for statement in self._old:
            if (value := key(statement)) is not None:
                waiting[value, statement.is_doc].append(statement)
        left = []
        for statement in reversed(self._new):
            candidates = waiting.get((key(statement), statement.is_doc))
            if candidates:
                self.of[statement] = candidates.pop()
            else:
                left.append(statement)
        taken = set(map(id, self.of.values()))
        self._old = [statement for statement in self._old if id(statement) not in taken]
        self._new = left[::-1]


def _same_text(old: Statement, new: Statement) -> bool:
    return old.text == new.text and old.is_doc == new.is_doc


def _decorated(statement: Statement) -> Hashable | None:
    """A definition with its decorators: `@overload` and `@x.setter` tell those of a name apart."""
    node = statement.node
    if not isinstance(node, DEFINITIONS):
        return None
    return (type(node).__name__, node.name, *map(dumped, node.decorator_list))


def _definition(statement: Statement) -> Hashable | None:
    """The names bound, and by what kind of statement."""
    names = tuple(statement.bound.binds)
    return (type(statement.node).__name__, names) if names else None


def _shape(statement: Statement) -> Hashable | None:
    return None if statement.bound.binds else statement.skeleton


def _receiver(statement: Statement) -> Hashable | None:
    """What a statement that binds nothing changes: `REGISTRY["a"] = f`, `bus.on("saved", f)`."""
    if statement.bound.binds or statement.is_program:
        return None
    names = statement.names
    called = (use.path for use in names.now if use.how is How.CALL)
    return next(iter(names.works_on), None) or next(called, None)


def _first_name(statement: Statement) -> Hashable | None:
    return next(iter(statement.bound.outcome), None)


def pair_of(new: Statement, old: Statement | None) -> Pair:
    """How a statement differs from the one that it continues."""
    if old is None:
        return Pair(new, None, Change.ADDED)
    if new is old:
        return Pair(new, old, Change.KEPT)
    if new.is_doc != old.is_doc:
        return Pair(new, old, Change.EDITED)
    if new.text == old.text:
        new.adopt(old)
        return Pair(new, old, Change.KEPT)
    if new.is_class and old.is_class:
        return _pair_classes(new, old)
    change = _CHANGES[new.likeness(old)]
    if change is Change.PATCHED and new.is_generator != old.is_generator:
        change = Change.EDITED
    return Pair(new, old, change)


def _pair_classes(new: Statement, old: Statement) -> Pair:
    members = _diff_blocks(old.members, new.members)
    if new.header != old.header or _binds_elsewhere(new, old, members):
        return Pair(new, old, Change.EDITED, members)
    changes = {pair.change for pair in members.pairs if not pair.new.is_inert}
    if members.dropped or not changes <= set(_BODIES) or not members.keeps_fields:
        return Pair(new, old, Change.INSIDE, members)
    if members.moved and reordered_members(members.partners, old, new):
        return Pair(new, old, Change.INSIDE, members)
    return Pair(new, old, Change.PATCHED if Change.PATCHED in changes else Change.KEPT, members)


def _binds_elsewhere(new: Statement, old: Statement, members: Block) -> bool:
    """Whether what a member binds is a name of the module now, or is none any more."""
    names = new.globals.keys() ^ old.globals.keys()
    known = [pair.new for pair in members.pairs if names and pair.old]
    return any(not names.isdisjoint(bound_by([member.node]).binds) for member in known)


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
