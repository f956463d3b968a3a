"""Instances are told that their class came out different: `__reloaded__`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from heatsync._engine.objects import garbage, interrupts
from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync.adapters import descendants, instances

_METHOD = "__reloaded__"


def tell_instances(journal: Journal, classes: Iterable[object]) -> None:
    """Calls the method on the live instances of classes that have it, those of subclasses too.

    What it raises passes through: the reload is not done before. Only for them the heap is
    searched.
    """
    kinds = [kind for kind in descendants(*classes) if _has(kind)]
    for instance in instances(*kinds):
        journal.protect(instance)
        with interrupts.let_through(), garbage.is_back():
            result = getattr(type(instance), _METHOD)(instance)
        if inspect.iscoroutine(result):
            result.close()
            raise TypeError(
                f"{type(instance).__qualname__}.{_METHOD} is a coroutine function: it is called "
                "in the middle of a reload, which waits for nobody"
            )


def _has(kind: type) -> bool:
    return any(_METHOD in class_dict(cls) for cls in mro_of(kind))
