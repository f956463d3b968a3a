"""The live functions that a statement of the running text made, found by where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType
from typing import Any

from heatsync._engine.objects.functions import find, live_class
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.names import DEFINITIONS
from heatsync._engine.texts.places import Place
from heatsync._engine.texts.source import Statement
from heatsync._resident.live import Live, Running


def bound_values(running: Running, statement: Statement) -> list[object]:
    """What the names that a statement binds hold now."""
    holder: Any = running.namespace
    if statement.owner:
        cls = live_class(running.namespace, statement.owner)
        holder = class_dict(cls) if cls is not None else {}
    values = [holder.get(name, MISSING) for name in statement.bound.outcome]
    if statement.owner and any(value is MISSING for value in values):
        # Who looked at the finished class took it away: a dataclass keeps it in its `__init__`.
        values += [value for value in holder.values() if type(value) is FunctionType]
    return [value for value in values if value is not MISSING]


def live_functions(
    running: Running,
    statement: Statement,
    roots: list[object],
    graph: Graph,
    live: Live,
    thorough: bool = True,
    stands: Callable[[Place, FunctionType], bool] | None = None,
) -> dict[Place, list[FunctionType]]:
    """The live functions of a statement, by where they stand in the running text.

    Not those of which `stands` says that they do not stand there.
    """
    wanted = {_told_by(running, place): place for place in statement.places}
    for place in statement.places if running.shift_at else ():
        wanted.setdefault(place, place)  # what nothing had led to still tells the line it had
    if not wanted:
        return {}
    # A loop or a comprehension makes several, and may have put them anywhere.
    all_alone = len(statement.places) if isinstance(statement.node, DEFINITIONS) else 0
    by_old = (lambda told, function: stands(wanted[told], function)) if stands else None
    search = partial(find, wanted=wanted.keys(), filename=running.source.file, enough=all_alone)
    found = search(roots, is_it=by_old)
    if thorough and not (all_alone and len(found) == all_alone):
        around = [*roots, *worked_with(running, statement, graph, live)]
        found |= search(around, is_it=by_old)
    places: dict[Place, list[FunctionType]] = {}
    for place, functions in found.items():
        places.setdefault(wanted[place], []).extend(functions)
    return places


def _told_by(running: Running, place: Place) -> Place:
    """The place that a function tells which stands at one of the running text."""
    if place in running.drift:
        return running.drift[place]
    lines = running.shift_at(place.line) if running.shift_at else 0
    return place._replace(line=place.line + lines) if lines else place


def worked_with(running: Running, statement: Statement, graph: Graph, live: Live) -> list[object]:
    """The objects that a statement handed what it made to, as far as its text tells."""
    values: list[object] = []
    for path in [use.path for use in statement.names.now]:
        for ref in graph.resolve(running.name, statement.owner, path):
            values.extend(_held(ref, graph, live))
    return values


def _held(ref: Ref, graph: Graph, live: Live) -> Iterator[object]:
    value = live.value_at(ref)
    if value is not MISSING:
        yield value
    defined = graph.definition(ref)
    if defined:
        for filled in graph.fills(*defined):
            value = live.value_at(filled)
            if value is not MISSING:
                yield value
