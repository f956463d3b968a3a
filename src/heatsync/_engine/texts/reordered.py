"""Statements of one block that stand differently to others that bind what they bind or read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from heatsync._engine.texts.edit import Edit
from heatsync._engine.texts.graph import Graph
from heatsync._engine.texts.source import Statement

_Partner = Callable[[Statement], Statement | None]
Partners = Mapping[Statement, Statement | None]  # by new statement, the old one it continues


def reordered(module: str, edit: Edit, before: Graph, graph: Graph) -> frozenset[Statement]:
    """Those of a module. Only names with several binders can tell the difference: they are few."""
    said = frozenset(chain.from_iterable(s.words for s in edit.concerned))
    several = said & (edit.old.bound_again | edit.new.bound_again)
    if edit.old.has_star or edit.new.has_star:  # which may bind any name
        both = zip((before, graph), edit.both_concerned, strict=True)
        several |= {
            n for one, statements in both for s in statements for n in one.outcome(module, s)
        }

    def partner(new: Statement) -> Statement | None:
        pair = edit.pair(new)
        return pair.old if pair else None

    def elsewhere(name: str) -> Iterator[Statement]:
        old, new = (
            [s for s in source.binding(name) if name in one.outcome(module, s)]
            for one, source in ((before, edit.old), (graph, edit.new))
        )
        if len(old) < 2 and len(new) < 2:
            return iter(())
        return _elsewhere(name, partner, old, new, edit.new.saying(name))

    return frozenset(chain.from_iterable(map(elsewhere, several)))


def reordered_members(partners: Partners, old: Statement, new: Statement) -> frozenset[Statement]:
    """Those of a class, where a name that is not bound yet is looked for in the module."""
    names = {name for member in new.members for name in member.bound.outcome}
    return frozenset(
        chain.from_iterable(
            _elsewhere(name, partners.get, *_both(name, old, new), new.members) for name in names
        )
    )


def _both(name: str, old: Statement, new: Statement) -> tuple[list[Statement], list[Statement]]:
    return _binding(name, old.members), _binding(name, new.members)


def _elsewhere(
    name: str,
    partner: _Partner,
    before: list[Statement],
    after: list[Statement],
    readers: Iterable[Statement],
) -> Iterator[Statement]:
    """Those that bind or read a name: `before` and `after` are all that bind it."""
    if not before or not after:
        return
    if all(_is_plain_import(statement) for statement in (*before, *after)):
        return  # `import a` and `import a.b` bind the same
    if partner(after[-1]) is not before[-1]:
        yield after[-1]
    yield from _readers_elsewhere(readers, name, partner, before, after)


def reaching(binders: Sequence[Statement], statement: Statement) -> Statement | None:
    """The statement whose binding of a name holds just before another statement runs."""
    before = [binder for binder in binders if binder.line < statement.line]
    return before[-1] if before else None


def _binding(name: str, statements: Iterable[Statement]) -> list[Statement]:
    return [statement for statement in statements if name in statement.bound.outcome]


def _is_plain_import(statement: Statement) -> bool:
    node = statement.node
    return isinstance(node, ast.Import) and not any(alias.asname for alias in node.names)


def _readers_elsewhere(
    statements: Iterable[Statement],
    name: str,
    partner: _Partner,
    old: list[Statement],
    new: list[Statement],
) -> Iterator[Statement]:
    for statement in statements:
        before = partner(statement)
        if before is None or not _reads_now(statement, name):
            continue
        found, expected = reaching(new, statement), reaching(old, before)
        if any(binder and name not in binder.bound.outcome for binder in (found, expected)):
            continue  # a star, which mostly brings what is there: it is run, and tells if it is not
        if (partner(found) if found else None) is not expected:
            yield statement


def _reads_now(statement: Statement, name: str) -> bool:
    parts = [statement, *statement.every_member()]
    return name in statement.text and any(
        use.path[0] == name for part in parts for use in part.names.now
    )
