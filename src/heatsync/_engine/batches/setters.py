"""Who sets a name of a module or class from outside: `settings.LEVEL = 70`."""

from __future__ import annotations

from collections.abc import Iterator

from heatsync._engine.batches.batch import Batch
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.names import DEFINITIONS, Path
from heatsync._engine.texts.parts import is_computed_from
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Cause, Passed, Taken
from heatsync._engine.texts.words import subject


def have_last_word(batch: Batch, ref: Ref, statement: Statement, by: Taken) -> None:
    """A name is bound anew by a statement: who sets it further on, from outside, does so again."""
    for module, setter in _setters(batch.graph, ref):
        if batch.is_later((ref.module, statement), (module, setter)) and setter is not statement:
            why = Cause(f"it has the last word on {ref}", None, batch.changes.get(ref), by)
            batch.must_run.setdefault(setter, why)
            batch.forget_run(setter)
            batch.enqueue(module, setter.top)


def has_to_wait(batch: Batch, module: str, pair: Pair, by: Passed) -> bool:
    """Whether `C.m = wrap(C.m)` would wrap once more what it has given before: who gives `C.m` in
    the text runs again first, and then all that set it."""
    if pair.old is None or isinstance(pair.new.node, DEFINITIONS):
        return False
    paths = pair.new.names.sets.keys() & pair.old.names.sets.keys()
    wrapped = (path for path in paths if is_computed_from(pair.new.node, path))
    givers = [giver for path in wrapped for giver in _givers(batch, module, path)]
    cause = Cause(f"{subject(by)} makes something else of it", None, None, by)
    for home, giver in givers:
        batch.must_run.setdefault(giver, cause)
        batch.enqueue(home, giver.top)
    return bool(givers)


def _givers(batch: Batch, module: str, path: Path) -> Iterator[tuple[str, Statement]]:
    """What defines an attribute of a class, or a name of a module, and did not run yet."""
    *front, name = path
    way = batch.graph.way(module, "", tuple(front))
    if way.reached:
        home = batch.graph.module_named(way.refs[-1])
        defined = batch.graph.definition(way.refs[-1])
        if home is None and defined is not None and defined[1].is_class:
            home, name = defined[0], f"{defined[1].qualname}.{name}"
        if home is not None:
            givers = batch.graph.binders(home, name)
            yield from ((home, giver) for giver in givers if giver not in batch.ran)


def _setters(graph: Graph, ref: Ref) -> Iterator[tuple[str, Statement]]:
    """The statements that set it as an attribute, in its module and in those that import it."""
    name = ref.name.rpartition(".")[2]
    for module in dict.fromkeys([ref.module, *graph.world.importers(ref.module)]):
        for statement in graph.mentioning(module, name):
            paths = (path for path in statement.names.sets if path[-1] == name)
            if any(graph.resolve(module, statement.owner, path)[-1] == ref for path in paths):
                yield module, statement
