"""Source × Source to Edit: each new statement with the old one that it continues."""

from __future__ import annotations

import ast
import operator
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain

from heatsync._engine.texts.edit import BODIES, Block, Change, Edit, Pair, Same
from heatsync._engine.texts.halving import common, common_end
from heatsync._engine.texts.likeness import Likeness, dumped
from heatsync._engine.texts.names import DEFINITIONS, How, Path, bound_by, dotted
from heatsync._engine.texts.reordered import reordered_members
from heatsync._engine.texts.sections import Section, Stretch
from heatsync._engine.texts.source import Source, Statement

_PLACED = frozenset(("__file__", "__path__", "__package__", "__spec__", "__loader__", "__cached__"))
_stretch = operator.attrgetter("stretch")
_CHANGES = {
    Likeness.ALL: Change.KEPT,
    Likeness.ALL_BUT_BODIES: Change.PATCHED,
    Likeness.LESS: Change.EDITED,
}


def diff(old: Source, new: Source) -> Edit:
    """Pairs the statements of two versions of a file.

    A statement is itself again where its text is, wherever it stands; else where it defines the
    same names; else where its tree is. What is left was added or dropped.
    """
    same, block = _compared(old, new)
    if old.flags != new.flags:  # another __future__ compiles everything anew
        block = Block(tuple(map(_compiled_anew, block.pairs)), block.dropped)
    elif old.file != new.file:
        block = Block(tuple(map(_in_another_file, block.pairs)), block.dropped)
    return Edit(old, new, block, same)


def _compared(old: Source, new: Source) -> tuple[Same, Block]:
    """The sections that are the same, and the edit of the statements of the others."""
    if old.flags != new.flags or old.file != new.file:
        return Same(), _diff_blocks(old.statements, new.statements)
    same = _common(old.sections, new.sections)
    block = _diff_of_others(old, new, same)
    if same.between and _has_crossing(block, same.between):
        same = Same(same.head, same.tail)
        block = _diff_of_others(old, new, same)
    return same, block


def _diff_of_others(old: Source, new: Source, same: Same) -> Block:
    known = {section for both in same.between for section in both}
    others = (
        [s for s in source.sections[same.head : len(source.sections) - same.tail] if s not in known]
        for source in (old, new)
    )
    return _diff_blocks(*(tuple(chain.from_iterable(s.statements for s in o)) for o in others))


def _has_crossing(block: Block, between: Sequence[tuple[Section, Section]]) -> bool:
    """Whether a statement stands on the other side of a section that is the same now."""
    lines = [[section.line for section in each] for each in zip(*between, strict=True)]
    return any(
        pair.old is not None
        and bisect_left(lines[0], pair.old.line) != bisect_left(lines[1], pair.new.line)
        for pair in block.pairs
    )


def _common(old: Sequence[Section], new: Sequence[Section]) -> Same:
    """The sections that two texts share: at their beginning, at their end and in between."""
    most = min(len(old), len(new))
    head = common(old, new, most)
    if most and old[-1] is new[-1]:  # none of them has moved
        tail = common_end(old, new, most - head)
    else:
        tail = common_end(_stretches(old), _stretches(new), most - head)
    others = {section.stretch: section for section in old[head : len(old) - tail]}
    rest = new[head : len(new) - tail]
    between = ((others[s.stretch], s) for s in rest if s.stretch in others) if others else ()
    return Same(head, tail, tuple(between))


def _stretches(sections: Iterable[Section]) -> list[Stretch]:
    return [*map(_stretch, sections)]


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
    partners.match(_call)
    partners.match(_callee)
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


def _call(statement: Statement) -> Hashable | None:
    """What is called with what first, and nothing bound: `app.add_middleware(Gzip, level=5)`."""
    call, path = _called(statement)
    given = next(iter(call.args), None) if call else None
    return path and (path, dumped(given) if given else "")


def _callee(statement: Statement) -> Hashable | None:
    return _called(statement)[1]


def _called(statement: Statement) -> tuple[ast.Call | None, Path | None]:
    call = statement.node.value if isinstance(statement.node, ast.Expr) else None
    return (call, dotted(call.func)) if isinstance(call, ast.Call) else (None, None)


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
    if members.dropped or not changes <= set(BODIES) or not members.keeps_fields:
        return Pair(new, old, Change.INSIDE, members)
    if members.moved and reordered_members(members.partners, old, new):
        return Pair(new, old, Change.INSIDE, members)
    return Pair(new, old, Change.PATCHED if Change.PATCHED in changes else Change.KEPT, members)


def _binds_elsewhere(new: Statement, old: Statement, members: Block) -> bool:
    """Whether what a member binds is a name of the module now, or is none any more."""
    names = new.globals.keys() ^ old.globals.keys()
    known = [pair.new for pair in members.pairs if names and pair.old]
    return any(not names.isdisjoint(bound_by([member.node]).binds) for member in known)
