"""Instances are told that their class came out different: `__reloaded__`."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterable, Iterator

from heatsync._engine import garbage, interrupts
from heatsync._engine.journal import Journal
from heatsync._engine.kinds import class_dict, mro_of

_METHOD = "__reloaded__"


def tell_instances(journal: Journal, classes: Iterable[object]) -> None:
    """Calls the method on the live instances of classes that have it, those of subclasses too.

    What it raises passes through: the reload is not done before. Only for them the heap is
    searched.
    """
    kinds = {id(kind): kind for cls in classes for kind in with_subclasses(cls) if _has(kind)}
    if not kinds:
        return
    holders = gc.get_referrers(*kinds.values())
    instances = [thing for thing in holders if id(type(thing)) in kinds]
    del holders
    for instance in instances:
        journal.protect(instance)
        with interrupts.let_through(), garbage.is_back():
            result = getattr(type(instance), _METHOD)(instance)
        if inspect.iscoroutine(result):
            result.close()
            raise TypeError(
                f"{type(instance).__qualname__}.{_METHOD} is a coroutine function: it is called "
                "in the middle of a reload, which waits for nobody"
            )


def with_subclasses(cls: object) -> Iterator[type]:
    """A class and all that are derived from it; nothing of what is no class."""
    waiting, seen = [cls], set[int]()
    while waiting:
        kind = waiting.pop()
        if issubclass(type(kind), type) and id(kind) not in seen:
            assert isinstance(kind, type)
            seen.add(id(kind))
            yield kind
            waiting.extend(type.__subclasses__(kind))


def _has(kind: type) -> bool:
    return any(_METHOD in class_dict(cls) for cls in mro_of(kind))
