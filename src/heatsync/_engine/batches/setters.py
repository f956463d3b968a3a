"""Who sets a name of a module or class from outside: `settings.LEVEL = 70`."""

from __future__ import annotations

from collections.abc import Iterator

from heatsync._engine.batches.batch import Batch
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Cause, Taken


def have_last_word(batch: Batch, ref: Ref, statement: Statement, by: Taken) -> None:
    """A name is bound anew by a statement: who sets it further on, from outside, does so again."""
    for module, setter in _setters(batch.graph, ref):
        if batch.is_later((ref.module, statement), (module, setter)) and setter is not statement:
            why = Cause(f"it has the last word on {ref}", None, batch.changes.get(ref), by)
            batch.must_run.setdefault(setter, why)
            batch.forget_run(setter)
            batch.enqueue(module, setter.top)


def _setters(graph: Graph, ref: Ref) -> Iterator[tuple[str, Statement]]:
    """The statements that set it as an attribute, in its module and in those that import it."""
    name = ref.name.rpartition(".")[2]
    for module in dict.fromkeys([ref.module, *graph.world.importers(ref.module)]):
        source = graph.world.source(module) if graph.world.may_say(module, name) else None
        for statement in source.saying_within(name, is_whole=False) if source else ():
            paths = (path for path in statement.names.sets if path[-1] == name)
            if any(graph.resolve(module, statement.owner, path)[-1] == ref for path in paths):
                yield module, statement
