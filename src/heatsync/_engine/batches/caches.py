"""Results that `functools.cache` keeps of functions that behave anew: they are forgotten."""

from __future__ import annotations

import functools
import gc
from collections.abc import Container, Iterator
from types import FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.functions import cell_contents, is_cache
from heatsync._engine.objects.memory import CONTAINERS, contents
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.kinds import METHODS, Kinds
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.source import Statement

_PARTIALS = Kinds((functools.partial, functools.partialmethod))
# How deep decorators may stand around a cache.
_DEPTH = 6


def caches_of(value: Any, ref: Ref) -> Iterator[Any]:
    """The caches around what a name defines: what it holds, or what that wraps or contains."""
    if is_cache(value):
        yield value
    else:
        for cache in _inside(value, _DEPTH):
            if _is_of(cache, ref):
                yield cache


def forget_made(batch: Batch) -> None:
    """Has those be forgotten that functions make which behave anew, when the batch is committed."""
    graph = batch.graph
    sources = {ref.module: graph.world.source(ref.module) for ref in batch.changes}
    homes = {module for module, source in sources.items() if source and "cache" in source.text}
    changed = (ref for ref in batch.changes if ref.module in homes)
    refs = {ref for ref in changed if any(map(_makes_caches, graph.binders(*ref)))}
    if refs:
        batch.journal.on_commit(functools.partial(_forget_made_by, refs))


def _makes_caches(statement: Statement) -> bool:
    return isinstance(statement.node, FUNCTIONS) and "cache" in statement.text.partition(":")[2]


def _forget_made_by(refs: Container[Ref]) -> None:
    """Empties the caches that functions make each time they are called: only the heap knows them."""
    for thing in gc.get_objects():
        if is_cache(thing) and "<locals>" in _qualname(thing) and _definition(thing) in refs:
            thing.cache_clear()


def _inside(value: Any, depth: int) -> Iterator[Any]:
    parts: list[Any] = []
    kind = type(value)
    if is_cache(value):
        yield value
    elif kind in METHODS:
        parts = [value.__func__]
    elif kind is property:
        parts = [value.fget, value.fset, value.fdel]
    elif kind in _PARTIALS:
        parts = [value.func]
    elif kind is FunctionType:
        parts = [cell_contents(cell) for cell in value.__closure__ or ()]
        parts.append(value.__dict__.get("__wrapped__"))
    elif kind in CONTAINERS:
        held = contents(value)
        parts = [part for item in held for part in (item if type(item) is tuple else (item,))]
        depth = min(depth, 1)  # containers in it, and so on, are not looked into
    for part in parts if depth else ():
        yield from _inside(part, depth - 1)


def _is_of(cache: Any, ref: Ref) -> bool:
    """Whether a cache is around what the statement of a name defines, and not just held by it."""
    return "<lambda>" in _qualname(cache) or _definition(cache) == ref


def _definition(cache: Any) -> Ref:
    module = getattr(_wrapped(cache), "__module__", None)
    return Ref(str(module), _qualname(cache).partition(".<locals>")[0])


def _qualname(cache: Any) -> str:
    return str(getattr(_wrapped(cache), "__qualname__", ""))


def _wrapped(cache: Any) -> Any:
    while is_cache(cache):
        cache = cache.__wrapped__
    return cache
