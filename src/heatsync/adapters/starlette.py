"""Starlette, and what is built on it: applications serve on when the line that made them is edited.

They build their stack of middleware anew with the next request.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from types import AsyncGeneratorType, CodeType, FunctionType, GeneratorType
from typing import Any

from heatsync import adapters
from heatsync.adapters import Renewed, descendants, instances, loaded
from heatsync.adapters._started import Started

_APPLICATIONS = "starlette.applications"
_ROUTING = "starlette.routing"
_GENERATORS = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


class Adapter(adapters.Adapter):
    """The server holds the application, and has run its lifespan, which it does once."""

    @cached_property
    def _started(self) -> Started:
        return Started(self.journal)

    def pours(self, thing: Any) -> bool:
        return isinstance(thing, loaded(_APPLICATIONS, "Starlette"))

    def poured(self, old: Any, new: Any) -> None:
        self._started.goes_on(old.state._state, new.state._state)
        self.journal.set_attribute(new, "state", old.state)

    def copies(self, cls: type) -> bool:
        """Routers, and what mounts them, have a list of routes of their own."""
        kinds = loaded(_ROUTING, "BaseRoute"), loaded(_ROUTING, "Router")
        return any(issubclass(cls, kind) for kind in kinds)

    def reopen(self, target: Any) -> None:
        """Its stack of middleware is built anew with the next request."""
        if self.pours(target) and target.middleware_stack is not None:
            self.journal.set_attribute(target, "middleware_stack", None)

    def renewed(self, renewed: Sequence[Renewed]) -> Iterable[object]:
        """Middleware is made again by the application, and so by what its class says now."""
        classes = [one.thing for one in renewed if isinstance(one.thing, type)]
        self._make_again(descendants(*classes))
        return ()

    def patched(self, functions: Sequence[FunctionType]) -> None:
        """The same of middleware whose constructor says something else; lifespans have been run."""
        self._make_again(chain.from_iterable(map(_made_by, functions)))
        begun = [function for function in functions if _may_be_lifespan(function.__code__)]
        contexts = [app.router.lifespan_context for app in (self._applications if begun else ())]
        within = set(map(id, _functions_in(contexts)))
        for function in begun:
            if id(function) in within and _is_under_way(function):
                self.note(
                    f"{function.__module__}.{function.__qualname__} is not run again for an "
                    "application that has started: what it sets up anew is there after a restart"
                )

    @cached_property
    def _applications(self) -> list[Any]:
        return instances(loaded(_APPLICATIONS, "Starlette"))

    def _make_again(self, classes: Iterable[type]) -> None:
        """Has those applications build their stack anew whose middleware is of some classes."""
        ids = {id(cls) for cls in classes if _is_called(cls)}
        for app in self._applications if ids else ():
            if not ids.isdisjoint(id(each.cls) for each in app.user_middleware):
                self.reopen(app)

    def settle(self) -> None:
        self._started.settle()


def _is_called(cls: type) -> bool:
    return any("__call__" in vars(base) for base in cls.mro())


def _made_by(function: FunctionType) -> Iterator[type]:
    """The classes that have a function as their constructor; none where it is no such one."""
    *path, name = function.__qualname__.split(".")
    owner: Any = function.__globals__.get(path[0]) if path else None
    for part in path[1:]:
        owner = vars(owner).get(part) if isinstance(owner, type) else None
    made = vars(owner).get(name) if isinstance(owner, type) else None
    if getattr(made, "__func__", made) is function:
        yield from descendants(owner)


def _may_be_lifespan(code: CodeType) -> bool:
    """An application calls it with itself: for others no heap is looked through."""
    return bool(code.co_flags & _GENERATORS) and code.co_argcount in (1, 2)


def _functions_in(contexts: list[Any]) -> list[FunctionType]:
    """The functions that lifespans consist of: decorated, or merged with those of routers."""
    found: dict[int, FunctionType] = {}
    waiting = [*contexts]
    while waiting:
        part = waiting.pop()
        if isinstance(part, FunctionType) and id(part) not in found:
            found[id(part)] = part
            waiting.append(part.__dict__.get("__wrapped__"))
            waiting += chain.from_iterable(map(gc.get_referents, part.__closure__ or ()))
    return [*found.values()]


def _is_under_way(function: FunctionType) -> bool:
    """Whether a generator of a function waits to go on: its application has started."""
    kinds = GeneratorType, AsyncGeneratorType
    frames = (
        getattr(thing, "ag_frame", None) or getattr(thing, "gi_frame", None)
        for thing in gc.get_objects()
        if type(thing) in kinds
    )
    return any(
        frame is not None
        and frame.f_globals is function.__globals__
        and frame.f_code.co_qualname == function.__code__.co_qualname
        for frame in frames
    )
