"""Who sets a name of a module or class from outside: `settings.LEVEL = 70`."""

from __future__ import annotations

from collections.abc import Iterator

from heatsync._engine.graph import Graph, Ref
from heatsync._engine.source import Statement


def setters(graph: Graph, ref: Ref) -> Iterator[tuple[str, Statement]]:
    """The statements that set it as an attribute, in its module and in those that import it."""
    name = ref.name.rpartition(".")[2]
    for module in dict.fromkeys([ref.module, *graph.world.importers(ref.module)]):
        source = graph.world.source(module) if graph.world.may_say(module, name) else None
        if source is None or f".{name}" not in source.text:
            continue
        for statement in source.saying_within(name, is_whole=False):
            paths = (path for path in statement.names.sets if path[-1] == name)
            if any(graph.resolve(module, statement.owner, path)[-1] == ref for path in paths):
                yield module, statement
