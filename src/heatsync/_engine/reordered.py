"""Statements of one block that stand differently to others that bind what they bind or read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from heatsync._engine.source import Source, Statement

Partners = Mapping[Statement, Statement | None]  # by new statement, the old one it continues


def reordered(partner: Partners, old: Source, new: Source) -> frozenset[Statement]:
    """Those of a module. Only names with several binders can tell the difference: they are few."""
    return frozenset(_reordered(partner, old.statements, new.statements, several=True))


def reordered_members(partner: Partners, old: Statement, new: Statement) -> frozenset[Statement]:
    """Those of a class, where a name that is not bound yet is looked for in the module."""
    return frozenset(_reordered(partner, old.members, new.members, several=False))


def _reordered(
    partner: Partners, old: Sequence[Statement], new: Sequence[Statement], *, several: bool
) -> Iterator[Statement]:
    chains = _chains(old), _chains(new)
    for name in chains[0].keys() & chains[1].keys():
        before, after = (chain[name] for chain in chains)
        if several and len(before) < 2 and len(after) < 2:
            continue
        if all(_is_plain_import(statement) for statement in (*before, *after)):
            continue  # `import a` and `import a.b` bind the same
        if partner.get(after[-1]) is not before[-1]:
            yield after[-1]
        yield from _readers_elsewhere(new, name, partner, before, after)


def reaching(chain: Sequence[Statement], statement: Statement) -> Statement | None:
    """The statement whose binding of a name holds just before another statement runs."""
    before = [binder for binder in chain if binder.line < statement.line]
    return before[-1] if before else None


def _chains(statements: Sequence[Statement]) -> dict[str, list[Statement]]:
    chains: dict[str, list[Statement]] = {}
    for statement in statements:
        for name in statement.bound.outcome:
            chains.setdefault(name, []).append(statement)
    return chains


def _is_plain_import(statement: Statement) -> bool:
    node = statement.node
    return isinstance(node, ast.Import) and not any(alias.asname for alias in node.names)


def _readers_elsewhere(
    statements: Sequence[Statement],
    name: str,
    partner: Partners,
    old: list[Statement],
    new: list[Statement],
) -> Iterator[Statement]:
    for statement in statements:
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
