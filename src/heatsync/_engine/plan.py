"""Edits × Graph to Plan: what to drop, which code to swap, which statements to look at in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import starmap

from heatsync._engine.diff import Change, Edit, Pair, every_pair
from heatsync._engine.graph import Graph, Ref
from heatsync._engine.moves import Departed, Gone, Move, departed, moves_among
from heatsync._engine.reordered import reordered
from heatsync._engine.sections import Section
from heatsync._engine.source import Statement


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
    elsewhere = {
        module: reordered(edit.block.partners, edit.old, edit.new)
        for module, edit in rebinding.items()
    }
    changed = [
        Step(module, pair)
        for module, edit in edits.items()
        for pair in (edit.block if elsewhere.get(module) else edit.region).pairs
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
        after = final_names((s, graph.outcome(module, s)) for s in edit.new.walk)
        kept = {pair.old for pair in edit.block.pairs if pair.change is Change.KEPT}
        bound = final_names(
            # What a star brought that is still there is dropped with the names that it brings.
            (s, list(s.bound.outcome) if s in kept else before.outcome(module, s))
            for s in edit.old.walk
        )
        for name, statement in bound.items():
            # Members are seen to in their class; what a new `del` takes away, it takes away itself.
            gone = name not in after and not statement.owner
            if gone and not graph.binders(module, name):
                yield Drop(Ref(module, name), statement, edit.new.file)


def final_names(outcomes: Iterable[tuple[Statement, list[str]]]) -> dict[str, Statement]:
    """By qualified name, the statement whose binding of it is left at the end."""
    final: dict[str, Statement] = {}
    for statement, names in outcomes:
        for name in names:
            if name in statement.bound.deletes and name not in statement.bound.binds:
                final.pop(statement.qualified(name), None)
            else:
                final[statement.qualified(name)] = statement
    return final


def _recodes(edits: Mapping[str, Edit]) -> Iterator[Recode]:
    for module, edit in edits.items():
        run_whole = {pair.new for pair in edit.region.pairs if pair.change is Change.EDITED}
        imported = _imported_otherwise(edit)
        block = edit.block if imported else edit.region  # then all is looked at
        for pair in every_pair(block.pairs):
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
        if edit.moved and not _imported_otherwise(edit):
            yield Shift(module, edit.moved)


def _imported_otherwise(edit: Edit) -> frozenset[str]:
    """The names that are imported now and were not, or the other way round.

    CPython has other instructions for methods of imported names: see `Source.unit`.
    """
    if edit.region.keeps_bindings:
        return frozenset()
    return frozenset(edit.old.imported_names) ^ frozenset(edit.new.imported_names)
