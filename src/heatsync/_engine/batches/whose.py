"""Whose a container is that a name holds: the statement's that binds it, or somebody else's, too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.several import is_overtaken
from heatsync._engine.objects.functions import reachable
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.making import owns
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.source import Statement

_NEAR = 300  # objects among which a container is looked for that a call may have handed out


def takes_in(batch: Batch, module: str, pair: Pair, name: str, old: Any, new: Any) -> bool:
    """Whether what a name held may have the contents of a new thing, if both are containers.

    Not where it is somebody else's, too, who would have them as well: it was imported, another
    statement goes on making it, a call took it out of what holds it still, or two names held it,
    of which the other one has it now. Nor may an application that a statement further down has
    wrapped, or made, become what the one above it makes.
    """
    if batch.vessels.is_one(old):
        return pair.old is None or not is_overtaken(batch, module, pair.old, name)
    if type(old) not in CONTAINERS or type(new) is not type(old):
        return True
    if old is new or batch.merger.kept_for(new) is old:  # the second name of the same
        return True
    ref = Ref(module, pair.new.qualified(name))
    is_free = (
        _is_of_what_goes_on(batch, pair, ref)
        and not _is_handed_out(batch, batch.before, pair.old, ref, old)
        and not _is_handed_out(batch, batch.graph, pair.new, ref, new)
    )
    return is_free and batch.poured.setdefault(id(old), (old, ref))[1] == ref


def _is_of_what_goes_on(batch: Batch, pair: Pair, ref: Ref) -> bool:
    """Whether the statement that made what a name holds goes on as this one, or is gone."""
    binders = batch.before.binders(*ref)
    if not binders or binders[-1] is pair.old:
        return True
    name, last = ref.name.rpartition(".")[2], binders[-1]
    found = batch.continued(ref.module, last)
    if found is not None and found[1] is not pair.new and name in found[1].bound.binds:
        return False
    return owns(last, None, name)


def _is_handed_out(
    batch: Batch, graph: Graph, statement: Statement | None, ref: Ref, held: Any
) -> bool:
    """Whether what a statement reads, or a function that it calls, has a container in it that the
    statement did not make: `CONFIG.get("db")`, `max(ROWS)`, `vars(module)`."""
    if statement is None or "(" not in statement.text:
        return False
    if _is_namespace(held):
        return True
    values = (_value(batch, each) for each in _read(graph, ref.module, statement) if each != ref)
    roots = [value for value in values if value is not MISSING]
    return any(thing is held for thing in islice(reachable(roots), _NEAR))


def _is_namespace(held: Any) -> bool:
    name = held.get("__name__") if type(held) is dict else None
    module = sys.modules.get(name) if type(name) is str else None
    return module is not None and module.__dict__ is held


def _read(graph: Graph, module: str, statement: Statement) -> Iterator[Ref]:
    """The names that a statement reads, and those that functions read which it calls."""
    for reading in graph.now(module, statement):
        yield reading.ref
        defined = graph.definition(reading.ref)
        if defined is not None and isinstance(defined[1].node, FUNCTIONS):
            yield from graph.late(*defined)


def _value(batch: Batch, ref: Ref) -> Any:
    value = batch.value_before(ref)
    if value is MISSING:
        value = getattr(sys.modules.get(ref.module), ref.name, MISSING)
    return value
