"""Edits × Graph to Plan: what to drop, which code to swap, which statements to look at in order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from heatsync._engine.diff import Block, Change, Edit, Pair, every_pair
from heatsync._engine.graph import Graph, Ref
from heatsync._engine.source import Source, Statement


@dataclass(frozen=True, slots=True)
class Drop:
    """A name that the new text does not bind any more."""

    ref: Ref
    statement: Statement  # the old one that bound it
    file: str


@dataclass(frozen=True, slots=True)
class Recode:
    """A statement whose functions get other code objects: their bodies or their lines differ."""

    module: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Step:
    """A top-level statement to look at: run it if it was edited, or if what it uses changed."""

    module: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a batch of edits, in order. Only `steps` run code."""

    edits: Mapping[str, Edit]  # by module
    drops: tuple[Drop, ...]
    withdrawn: tuple[Step, ...]  # old statements that are gone, whose registrations are taken back
    recodes: tuple[Recode, ...]
    steps: tuple[Step, ...]
    ignored: tuple[Step, ...]  # edited, but never run again: the program is not a definition
    reordered: Mapping[str, frozenset[Statement]]  # by module: kept, but to be run again
    order: Mapping[tuple[str, Statement], int]  # of all statements of the modules concerned


def make_plan(
    edits: Mapping[str, Edit],
    graph: Graph,
    modules: Iterable[str],
    is_program: Callable[[str, Statement], bool],
    refilled: Iterable[Ref] = (),
) -> Plan:
    """Plans a batch.

    `modules` are the live ones in the order in which their imports began; `refilled` are names
    whose value is known to get other contents.
    """
    changed = [
        Step(module, pair) for module, edit in edits.items() for pair in _changed(edit.block)
    ]
    ignored = tuple(step for step in changed if is_program(step.module, step.pair.new))
    pairs = {
        (module, pair.new): pair for module, edit in edits.items() for pair in edit.block.pairs
    }
    drops = tuple(_drops(edits, graph))
    reordered = {module: frozenset(_reordered(edit)) for module, edit in edits.items()}
    wanted = _affected(graph, changed, [*refilled, *(drop.ref for drop in drops)], reordered)
    wanted = {
        (module, statement)
        for module, statement in wanted
        if not is_program(module, statement)
    }
    in_order = list(_in_order(graph, {module for module, _ in wanted}, modules))
    steps = tuple(
        Step(module, pairs.get((module, statement)) or Pair(statement, statement, Change.KEPT))
        for module, statement in in_order
        if (module, statement) in wanted
    )
    return Plan(
        edits,
        drops,
        tuple(_gone(edits)),
        tuple(_recodes(edits)),
        steps,
        ignored,
        reordered,
        {place: number for number, place in enumerate(in_order)},
    )


def _changed(block: Block) -> Iterator[Pair]:
    """The pairs of a block whose statement has to be looked at whatever the others do."""
    for pair in block.pairs:
        if pair.change is not Change.KEPT and not pair.new.is_inert:
            yield pair


def _gone(edits: Mapping[str, Edit]) -> Iterator[Step]:
    for module, edit in edits.items():
        for statement in edit.block.dropped:
            yield Step(module, Pair(statement, statement, Change.EDITED))


def _drops(edits: Mapping[str, Edit], graph: Graph) -> Iterator[Drop]:
    for module, edit in edits.items():
        after = final_names(edit.new.walk, lambda s, m=module: list(graph.outcome(m, s)))
        before = final_names(edit.old.walk, lambda s: list(s.bound.outcome))
        for name, statement in before.items():
            if name not in after and not statement.owner:  # members are seen to in their class
                yield Drop(Ref(module, name), statement, edit.new.file)


def final_names(
    statements: Iterable[Statement], outcome: Callable[[Statement], list[str]]
) -> dict[str, Statement]:
    """By qualified name, the statement whose binding of it is left at the end."""
    final: dict[str, Statement] = {}
    for statement in statements:
        for name in outcome(statement):
            if name in statement.bound.deletes and name not in statement.bound.binds:
                final.pop(statement.qualified(name), None)
            else:
                final[statement.qualified(name)] = statement
    return final


def _recodes(edits: Mapping[str, Edit]) -> Iterator[Recode]:
    for module, edit in edits.items():
        run_whole = {pair.new for pair in edit.block.pairs if pair.change is Change.EDITED}
        for pair in every_pair(edit.block.pairs):
            if pair.new.parent and pair.new.top in run_whole:
                continue
            if pair.old is None or pair.change not in (Change.KEPT, Change.PATCHED, Change.INSIDE):
                continue
            if pair.old.line != pair.new.line or pair.old.text != pair.new.text:
                yield Recode(module, pair)


# --------------------------------------------------------------------------- affected


def _affected(
    graph: Graph,
    changed: list[Step],
    refs: list[Ref],
    reordered: Mapping[str, frozenset[Statement]],
) -> set[tuple[str, Statement]]:
    """The top-level statements that were changed, or that may come out different by it."""
    wanted = {(step.module, step.pair.new) for step in changed}
    waiting = list(refs)
    for step in changed:
        waiting.extend(_may_rebind(graph, step.module, step.pair))
    for module, statements in reordered.items():
        for statement in statements:
            wanted.add((module, statement))
            waiting.extend(Ref(module, name) for name in graph.outcome(module, statement))
    seen = set(waiting)
    while waiting:
        for module, statement in graph.dependents(waiting.pop()):
            wanted.add((module, statement.top))
            for ref in _outcomes(graph, module, statement):
                if ref not in seen:
                    seen.add(ref)
                    waiting.append(ref)
    return wanted


def _may_rebind(graph: Graph, module: str, pair: Pair) -> Iterator[Ref]:
    """The names that may be another thing once a changed statement was seen to."""
    yield from _outcomes(graph, module, pair.new)
    if pair.members:
        for member in pair.members.pairs:
            if member.change is not Change.KEPT:
                yield from _may_rebind(graph, module, member)
    elif pair.new.is_class:
        for statement in pair.new.members:
            yield from _outcomes(graph, module, statement)


def _outcomes(graph: Graph, module: str, statement: Statement) -> Iterator[Ref]:
    for name in graph.outcome(module, statement):
        yield Ref(module, statement.qualified(name))
    owner = statement.owner
    while owner:  # a class is another one where a member of it is
        yield Ref(module, owner)
        owner = owner.rpartition(".")[0]


def _reordered(edit: Edit) -> Iterator[Statement]:
    """Kept statements that now stand differently to others that bind a name they bind or read.

    Only names with several binders can tell the difference, and they are few.
    """
    partner = {pair.new: pair.old for pair in edit.block.pairs}
    old, new = _chains(edit.old), _chains(edit.new)
    for name in old.keys() & new.keys():
        if len(old[name]) < 2 and len(new[name]) < 2:
            continue
        last = new[name][-1]
        if partner.get(last) is not old[name][-1]:
            yield last
        yield from _readers_elsewhere(edit, name, partner, old[name], new[name])


def _readers_elsewhere(
    edit: Edit,
    name: str,
    partner: Mapping[Statement, Statement | None],
    old: list[Statement],
    new: list[Statement],
) -> Iterator[Statement]:
    for statement in edit.new.statements:
        before = partner.get(statement)
        if before is None or not _reads_now(statement, name):
            continue
        found, expected = reaching(new, statement), reaching(old, before)
        if (partner.get(found) if found else None) is not expected:
            yield statement


def _reads_now(statement: Statement, name: str) -> bool:
    parts = [statement, *statement.every_member()]
    return name in statement.text and any(
        use.path[0] == name for part in parts for use in part.names.now
    )


def _chains(source: Source) -> dict[str, list[Statement]]:
    chains: dict[str, list[Statement]] = {}
    for statement in source.statements:
        for name in statement.bound.outcome:
            chains.setdefault(name, []).append(statement)
    return chains


def reaching(chain: list[Statement], statement: Statement) -> Statement | None:
    """The statement whose binding of a name holds just before another statement runs."""
    before = [binder for binder in chain if binder.line < statement.line]
    return before[-1] if before else None


# -------------------------------------------------------------------------- the order


def _in_order(
    graph: Graph, wanted: set[str], modules: Iterable[str]
) -> Iterator[tuple[str, Statement]]:
    """The statements of these modules in the order in which a fresh import would run them.

    A module's statements run one after another, and an import in them runs another module's
    first. Nothing but that is needed for modules that import one another.
    """
    begun: set[str] = set()
    for first in itertools.chain.from_iterable(map(_with_parents, [*modules, *sorted(wanted)])):
        if first not in wanted or first in begun:
            continue
        begun.add(first)
        # An explicit stack: imports may be nested deeper than Python's own may be.
        stack = [(first, _with_imports(graph, first))]
        while stack:
            module, rest = stack[-1]
            for imported, statement in rest:
                if statement is not None:
                    yield module, statement
                elif imported in wanted and imported not in begun:
                    begun.add(imported)
                    stack.append((imported, _with_imports(graph, imported)))
                    break
            else:
                stack.pop()


def _with_imports(graph: Graph, module: str) -> Iterator[tuple[str, Statement | None]]:
    """Each statement of a module, after the names of the modules that it imports."""
    source = graph.world.source(module)
    for statement in source.statements if source else ():
        for imported in _imported(graph, module, statement):
            yield imported, None
        yield module, statement


def _imported(graph: Graph, module: str, statement: Statement) -> Iterator[str]:
    for part in [statement, *statement.every_member()]:
        for imported in part.bound.imports:
            target = graph.absolute(module, imported)
            yield from _with_parents(target)
            if imported.name:
                yield f"{target}.{imported.name}"


def _with_parents(module: str) -> Iterator[str]:
    """Importing a.b.c imports a, a.b and a.b.c, in this order."""
    return itertools.accumulate(module.split("."), "{}.{}".format)
