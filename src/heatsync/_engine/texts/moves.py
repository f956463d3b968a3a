"""Definitions that an edit takes out of one file and puts into another."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from heatsync._engine.texts.diff import pair_of
from heatsync._engine.texts.edit import Change, Edit, Pair
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.likeness import Likeness
from heatsync._engine.texts.names import BUILTINS, DEFINITIONS, How, Use
from heatsync._engine.texts.source import Source, Statement

_DUE = (Change.EDITED, Change.ADDED)


@dataclass(frozen=True, slots=True)
class Move:
    """A definition that stood in one module and stands in another one now."""

    origin: str  # the module that it left
    home: str
    pair: Pair  # the statement at home, with the one that it continues
    name: str
    # The statements, itself or members of it, that read names which mean other things at home.
    foreign: frozenset[Statement] = frozenset()

    @property
    def places(self) -> tuple[tuple[str, Statement], tuple[str, Statement]]:
        """Where it stood, and where it stands."""
        assert self.pair.old is not None
        return (self.origin, self.pair.old), (self.home, self.pair.new)

    @property
    def keeps_value(self) -> bool:
        """Whether what it made is kept, state and all: nothing but its place differs.

        A function or class is made anew, as it is to read the names of another module.
        """
        statement = self.pair.new
        makes_code = _is_definition(self) or any(True for _ in statement.functions())
        return _has_same_tree(self) and not self.foreign and not makes_code


@dataclass(frozen=True, slots=True)
class Gone:
    """Live modules whose files do not exist any more."""

    texts: Mapping[str, bytes] = field(default_factory=dict)  # that they were made from


@dataclass(frozen=True, slots=True)
class Departed:
    """What has left its file, and what tells where it went."""

    edits: Mapping[str, Edit]
    # By edited module, the names that it does not define any more.
    names: Mapping[str, frozenset[str]]
    gone: Gone
    # (origin, home, name): who had read a name from one module reads it from another one now. ""
    # for all names: who had imported one module imports the other one.
    links: frozenset[tuple[str, str, str]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names or self.gone.texts)

    def statement(self, ref: Ref, graph: Graph) -> Statement | None:
        """What had defined a name, if that is gone."""
        if ref.module in self.gone.texts:
            source = self.source(ref.module, graph) if self._may_define(ref) else None
            return definition(source, ref.name) if source else None
        if ref.name not in self.names.get(ref.module, ()):
            return None
        return definition(self.edits[ref.module].old, ref.name)

    def _may_define(self, ref: Ref) -> bool:
        # Or texts would be parsed for nothing.
        return ref.name.encode() in self.gone.texts[ref.module]

    def source(self, module: str, graph: Graph) -> Source | None:
        """The text in which something stood."""
        edit = self.edits.get(module)
        return edit.old if edit else graph.world.source(module)


def departed(edits: Mapping[str, Edit], gone: Gone, graph: Graph) -> Departed:
    """What the edited files do not define any more, and all that files define that are gone."""
    names = {module: left for module, edit in edits.items() if (left := _left(edit))}
    if not names and not gone.texts:
        return Departed({}, {}, gone)
    links = itertools.chain.from_iterable(_links(m, e, graph) for m, e in edits.items())
    return Departed(edits, names, gone, frozenset(links))


def _left(edit: Edit) -> frozenset[str]:
    candidates = {_defines(statement) for statement in edit.replaced} - {""}
    return frozenset(
        name for name in candidates if definition(edit.old, name) and not definition(edit.new, name)
    )


def definition(source: Source, name: str) -> Statement | None:
    """The statement of a text that defines a name, if no other one binds it."""
    binders = [statement for statement in source.binding(name) if name in statement.bound.outcome]
    is_it = len(binders) == 1 and _defines(binders[0]) == name and not binders[0].is_program
    return binders[0] if is_it else None


def defined(source: Source, statements: Iterable[Statement]) -> dict[str, Statement]:
    """Those of some statements of a text that define names which no others bind, by these."""
    found = ((_defines(statement), statement) for statement in statements)
    return {name: s for name, s in found if name and definition(source, name) is s}


def _defines(statement: Statement) -> str:
    node = statement.node
    if isinstance(node, DEFINITIONS):
        return node.name
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
    else:
        return ""
    name = target.id if isinstance(target, ast.Name) else ""
    if [*statement.bound.outcome] != [name]:  # `n = [m := 3]` is more than one value
        return ""
    # Dunder names tell about the module itself.
    return "" if name.startswith("__") and name.endswith("__") else name


def _links(module: str, edit: Edit, graph: Graph) -> Iterator[tuple[str, str, str]]:
    before, after = _imported(module, edit.old, graph), _imported(module, edit.new, graph)
    for name, (home, source_name) in after.items():
        if source_name:
            yield module, home, source_name
        origin, was = before.get(name, ("", ""))
        if origin and was == source_name:
            yield origin, home, source_name
    lost = {origin for origin, _ in before.values()} - {home for home, _ in after.values()}
    won = {home for home, _ in after.values()} - {origin for origin, _ in before.values()}
    yield from ((origin, home, "") for origin in lost for home in won)


def _imported(module: str, source: Source, graph: Graph) -> dict[str, tuple[str, str]]:
    """By the name that it binds, where each import comes from: a module, and a name in it or ""."""
    return {
        imported.binds: (graph.absolute(module, imported), imported.name or "")
        for statement in source.saying("import")
        for imported in statement.bound.imports
        if imported.binds
    }


# --------------------------------------------------------------------------- where to


def moves_among(left: Departed, edits: Mapping[str, Edit], graph: Graph) -> tuple[Move, ...]:
    """The moves from departed definitions to new ones of files that are edited."""
    return find_moves(left, _arrivals(edits), graph) if left else ()


def _arrivals(edits: Mapping[str, Edit]) -> dict[str, dict[str, Statement]]:
    """By module, the definitions that the old text did not have."""
    found = {}
    for module, edit in edits.items():
        due = [pair.new for pair in edit.region.pairs if pair.change in _DUE]
        found_here = defined(edit.new, due)
        new = {name: s for name, s in found_here.items() if not definition(edit.old, name)}
        if new:
            found[module] = new
    return found


def find_moves(
    left: Departed, arrived: Mapping[str, Mapping[str, Statement]], graph: Graph
) -> tuple[Move, ...]:
    """Finds where the departed definitions are now, among those that are new, by module and name.

    Only where there is one candidate, and more than its name tells that it is the same.
    """
    found = [
        Move(origin, home, pair_of(new, old), name)
        for home, definitions in arrived.items()
        for name, new in definitions.items()
        for origin in dict.fromkeys([*left.names, *left.gone.texts])
        if origin != home and (old := left.statement(Ref(origin, name), graph))
    ]
    linked = [move for move in found if _is_linked(move, left)]
    likely = [move for move in found if _is_definition(move) and _is_alike(move)]
    sure = dict.fromkeys([*_unique(linked), *_unique(likely)])
    # Whoever takes functions and classes along takes along what they work with.
    ways = {(move.origin, move.home) for move in sure}
    company = [m for m in found if (m.origin, m.home) in ways and _has_same_tree(m)]
    moves = list(_unique([*sure, *company]))
    return tuple(_judged(move, moves, left, graph) for move in moves)


def _unique(moves: Iterable[Move]) -> Iterator[Move]:
    every = list(dict.fromkeys(moves))
    origins = Counter((move.origin, move.name) for move in every)
    homes = Counter((move.home, move.name) for move in every)
    for move in every:
        if origins[move.origin, move.name] == homes[move.home, move.name] == 1:
            yield move


def _is_linked(move: Move, left: Departed) -> bool:
    if (move.origin, move.home, move.name) in left.links:
        return True
    return move.origin in left.gone.texts and (move.origin, move.home, "") in left.links


def _is_definition(move: Move) -> bool:
    return isinstance(move.pair.new.node, DEFINITIONS)


def _is_alike(move: Move) -> bool:
    """Whether at least half of the lines are the same ones, as git would ask."""
    if _has_same_tree(move):
        return True
    assert move.pair.old is not None
    one, other = (
        Counter(filter(None, map(str.strip, statement.text.split("\n"))))
        for statement in (move.pair.old, move.pair.new)
    )
    return 2 * (one & other).total() >= max(one.total(), other.total())


def _has_same_tree(move: Move) -> bool:
    return move.pair.old is not None and move.pair.new.likeness(move.pair.old) is Likeness.ALL


# ------------------------------------------------------------------ what stays the same


def _judged(move: Move, moves: list[Move], left: Departed, graph: Graph) -> Move:
    foreign = frozenset(
        part
        for part in (move.pair.new, *move.pair.new.every_member())
        for use in part.names.now
        if not _means_the_same(move, use, moves, left, graph)
    )
    return Move(move.origin, move.home, move.pair, move.name, foreign)


def _means_the_same(move: Move, use: Use, moves: list[Move], left: Departed, graph: Graph) -> bool:
    """Whether a name that a statement reads stands for the same thing in both files."""
    name = use.path[0]
    before = _meaning(move.origin, left.source(move.origin, graph), name, graph)
    after = _meaning(move.home, graph.world.source(move.home), name, graph)
    if before is None and after is None:
        return name in BUILTINS
    along = next((m for m in moves if Ref(m.origin, m.name) == before), None)
    if along is None:
        return before == after
    is_function = _is_definition(along) and not along.pair.new.is_class
    return after == Ref(along.home, along.name) and not (is_function and use.how is not How.HOLD)


def _meaning(module: str, source: Source | None, name: str, graph: Graph) -> Ref | None:
    """What a name comes from, one step back; None where the text does not bind it."""
    for statement in reversed([*source.binding(name)] if source else []):
        if name in statement.bound.outcome:
            for imported in statement.bound.imports:
                if imported.binds == name:
                    return Ref(graph.absolute(module, imported), imported.name or "")
            return Ref(module, name)
    return None
