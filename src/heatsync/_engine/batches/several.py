"""Names that several definitions of a block bind, one after the other: which of them made what."""

from __future__ import annotations

from collections.abc import Iterable

from heatsync._engine.batches.batch import Batch
from heatsync._engine.texts.edit import Pair, every_pair
from heatsync._engine.texts.names import DEFINITIONS
from heatsync._engine.texts.source import Statement


def is_overtaken(batch: Batch, module: str, statement: Statement, name: str) -> bool:
    """Whether another statement of the running text binds a name after this one."""
    return statement in _binders(batch, module, statement.parent, name)[:-1]


def is_of_another(batch: Batch, module: str, pair: Pair, name: str) -> bool:
    """Whether the function or class that a name held is made by another statement, as with several
    `def _`: each of them stays itself."""
    old = pair.old
    if old is None:
        return isinstance(pair.new.node, DEFINITIONS) and _is_made_beside(
            batch, module, pair.new, name
        )
    if not isinstance(old.node, DEFINITIONS):
        return False
    if not old.is_class:
        return is_overtaken(batch, module, old, name)
    binders = _binders(batch, module, None, name)
    return old in [one for one in binders if one.is_class][:-1]  # `C = decorate(C)` may be the same


def _is_made_beside(batch: Batch, module: str, new: Statement, name: str) -> bool:
    """Whether the definition that a name held is in the new text, too, beside a new one."""
    if new.parent is None:
        binders = _binders(batch, module, None, name)
        return _is_definition(binders) and batch.continued(module, binders[-1]) is not None
    before = batch.running(module, new.parent)
    binders = _binders(batch, module, before, name) if before is not new.parent else []
    around = every_pair([batch.pair(module, new.top)])
    return _is_definition(binders) and any(pair.old is binders[-1] for pair in around)


def _is_definition(binders: list[Statement]) -> bool:
    return bool(binders) and isinstance(binders[-1].node, DEFINITIONS)


def _binders(batch: Batch, module: str, owner: Statement | None, name: str) -> list[Statement]:
    """The statements of the running text, or of a class in it, that bind a name."""
    block: Iterable[Statement] = batch.live.modules[module].source.binding(name)
    if owner is not None:
        block = owner.members
    return [binder for binder in block if name in binder.bound.binds]
