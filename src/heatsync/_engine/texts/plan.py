"""Edits × Graph to Plan: what to drop, which code to swap, which statements to look at in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import starmap
from operator import attrgetter

from heatsync._engine.texts.edit import Change, Edit, Pair, every_pair, says_any
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.moves import Departed, Gone, Move, departed, moves_among
from heatsync._engine.texts.reordered import reordered
from heatsync._engine.texts.sections import Section
from heatsync._engine.texts.source import Statement


@dataclass(frozen=True, slots=True)
class Drop:
    """A name that the new text does not bind any more."""

    ref: Ref
    statement: Statement  # the old one that bound it
    file: str


@dataclass(frozen=True, slots=True)
class Recode:
    """A statement whose functions get other code objects: their bodies or their lines differ.

    Or the same text is compiled to other instructions, as a name in it is imported now.
    """

    module: str
    pair: Pair
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """Sections that stand in other lines, old and new, so that their functions do, too."""

    module: str
    sections: tuple[tuple[Section, Section], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A top-level statement to look at: it was edited, or stands differently to others."""

    module: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a batch of edits. Only `steps` run code.

    They lead to more steps where something really came out different; the walk finds those.
    """

    edits: Mapping[str, Edit]  # by module
    drops: tuple[Drop, ...]
    withdrawn: tuple[Step, ...]  # old statements that are gone, whose registrations are taken back
    recodes: tuple[Recode, ...]
    shifts: tuple[Shift, ...]
    steps: tuple[Step, ...]
    ignored: tuple[Step, ...]  # edited, but never run again: the program is not a definition
    reordered: Mapping[str, frozenset[Statement]]  # by module: kept, but to be run again
    departed: Departed
    moves: tuple[Move, ...]


def make_plan(
    edits: Mapping[str, Edit],
    graph: Graph,
    before: Graph,
    is_program: Callable[[str, Statement], bool],
    gone: Gone,
) -> Plan:
    """Plans a batch: `graph` knows its texts, `before` those that are running.

    `gone` are the modules whose files do not exist any more.
    """
    rebinding = {m: edit for m, edit in edits.items() if not edit.region.keeps_bindings}
    elsewhere = {m: reordered(m, edit, before, graph) for m, edit in rebinding.items()}
    changed = [
        Step(module, pair)
        for module, edit in edits.items()
        for pair in edit.pairs_with(elsewhere.get(module, frozenset()))
        if pair.new in elsewhere.get(module, ())
        or (pair.change is not Change.KEPT and not pair.new.is_inert)
    ]
    left = departed(rebinding, gone, graph)
    return Plan(
        edits,
        drops=tuple(
            d for d in _drops(rebinding, graph, before) if not is_program(d.ref.module, d.statement)
        ),
        withdrawn=tuple(s for s in _gone(edits) if not is_program(s.module, s.pair.new)),
        recodes=tuple(_recodes(edits)),
        shifts=tuple(_shifts(edits)),
        steps=tuple(step for step in changed if not is_program(step.module, step.pair.new)),
        ignored=tuple(step for step in changed if is_program(step.module, step.pair.new)),
        reordered=elsewhere,
        departed=left,
        moves=tuple(
            move
            for move in moves_among(left, rebinding, graph)
            if not any(starmap(is_program, move.places))
        ),
    )


def _gone(edits: Mapping[str, Edit]) -> Iterator[Step]:
    for module, edit in edits.items():
        for statement in edit.region.dropped:
            yield Step(module, Pair(statement, statement, Change.EDITED))


def _drops(edits: Mapping[str, Edit], graph: Graph, before: Graph) -> Iterator[Drop]:
    for module, edit in edits.items():
        replaced = sorted(edit.replaced, key=attrgetter("line"))
        for name in dict.fromkeys(n for s in replaced for n in before.outcome(module, s)):
            # Members are seen to in their class; what a new `del` takes away, it takes away itself.
            final = None if graph.binders(module, name) else _final(module, name, before, replaced)
            if final is not None:
                yield Drop(Ref(module, name), final, edit.new.file)


def _final(
    module: str, name: str, graph: Graph, replaced: Collection[Statement]
) -> Statement | None:
    """The statement whose binding of a name was left at the end; None where none was."""
    # What a star brought that is still there is dropped with the names that it brings.
    binders = (
        statement
        for statement in graph.binders(module, name)
        if statement in replaced or name in statement.bound.outcome
    )
    last = deque(binders, 1)
    is_taken = last and name in last[0].bound.deletes and name not in last[0].bound.binds
    return last[0] if last and not is_taken else None


def _recodes(edits: Mapping[str, Edit]) -> Iterator[Recode]:
    for module, edit in edits.items():
        run_whole = {pair.new for pair in edit.region.pairs if pair.change is Change.EDITED}
        imported = _imported_otherwise(edit)
        for pair in every_pair(edit.pairs_saying(imported)):
            if pair.new.parent and pair.new.top in run_whole:
                continue
            if pair.old is None or pair.change not in (Change.KEPT, Change.PATCHED, Change.INSIDE):
                continue
            is_same = pair.old.line == pair.new.line and pair.old.text == pair.new.text
            anew = bool(imported) and not imported.isdisjoint(pair.new.words)
            if not is_same or edit.moves_file or anew:
                yield Recode(module, pair, anew)


def _shifts(edits: Mapping[str, Edit]) -> Iterator[Shift]:
    for module, edit in edits.items():
        imported = _imported_otherwise(edit)
        moved = edit.moved
        if imported:
            moved = tuple(both for both in moved if not says_any(both[1], imported))
        if moved:
            yield Shift(module, moved)


def _imported_otherwise(edit: Edit) -> frozenset[str]:
    """The names that are imported now and were not, or the other way round.

    CPython has other instructions for methods of imported names: see `Source.unit`.
    """
    if edit.region.keeps_bindings:
        return frozenset()
    return frozenset(edit.old.imported_names) ^ frozenset(edit.new.imported_names)
