"""Where statements put entries of a list: at its end, in front of the others, or in an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.registries.withdrawn import Withdrawn
from heatsync._engine.texts.callees import SORTERS
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.words import named

_FRONT = re.compile(r"\.(?:insert\(\s*0\s*,|appendleft\(|extendleft\()")


def sorts(batch: Batch, targets: Targets, module: str, statement: Statement) -> bool:
    """Whether a statement, or what it calls, may sort what it fills: by what, only that knows."""
    names = (part.words for part in _parts(batch, module, statement))
    return not SORTERS.isdisjoint(chain(*names, targets.named_by_callees(module, statement)))


def puts_in_front(batch: Batch, module: str, statement: Statement) -> bool:
    """Whether a statement, or what it calls, puts entries in front of those that there are."""
    return any(_FRONT.search(part.text) for part in _parts(batch, module, statement))


def keeps_place(batch: Batch, withdrawn: Withdrawn) -> bool:
    """Whether what a statement puts in now belongs where it had put that before."""
    module, old, new = withdrawn.module, withdrawn.old, withdrawn.new
    edit = batch.plan.edits.get(module)
    if withdrawn.others or (edit and new in edit.region.moved):
        return False
    return old is new or puts_in_front(batch, module, old) is puts_in_front(batch, module, new)


def tell_of_order(batch: Batch, module: str, statement: Statement) -> None:
    """No step shows what stands elsewhere though its statement did not run."""
    if statement not in batch.ran:
        ref = named(module, statement)
        told = f"what {ref} has registered stands elsewhere now, as {ref} does in the text"
        batch.merger.notes.append(told)


def _parts(batch: Batch, module: str, statement: Statement) -> Iterator[Statement]:
    yield statement
    graph = batch.graph_of(module, statement)
    yield from (part for _, part in graph.called(module, statement))
