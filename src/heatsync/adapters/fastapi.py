"""FastAPI: routes are made again when what their signatures name is another one."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import FunctionType, MethodType
from typing import Any

from heatsync import adapters
from heatsync.adapters import Renewed, instances, loaded

_SIGNING = ("__call__", "__init__", "__new__", "__signature__")


class Adapter(adapters.Adapter):
    """A route has looked at its function's signature, those of its dependencies, and all models."""

    def poured(self, old: Any, new: Any) -> None:
        """Tests put others in the place of dependencies, from outside."""
        if isinstance(old, loaded("fastapi.applications", "FastAPI")):
            overrides = old.dependency_overrides
            self.journal.refill(overrides, {**overrides, **new.dependency_overrides})
            self.journal.set_attribute(new, "dependency_overrides", overrides)

    def reopen(self, target: Any) -> None:
        """The schema, and what is known of functions, are as they were when somebody asked first."""
        if isinstance(target, loaded("fastapi.applications", "FastAPI")) and target.openapi_schema:
            self.journal.set_attribute(target, "openapi_schema", None)
        _forget_kinds()
        self.journal.on_commit(_forget_kinds)
        self.journal.on_roll_back("what FastAPI knows of its functions", _forget_kinds)

    def renewed(self, renewed: Sequence[Renewed]) -> Iterator[object]:
        _forget_kinds()
        things = {id(one.thing) for one in renewed if one.made is not None or _is_signed_anew(one)}
        for route in self._routes if things else ():
            if any(id(thing) in things for thing in _looked_at(route)):
                yield route.endpoint

    @cached_property
    def _routes(self) -> list[Any]:
        """All routes there are when something is renewed first; those made later read what is new.

        Nothing leads to them from what they name. What an app makes of the routes of a router that
        it includes has dependencies of its own.
        """
        names = "APIRoute", "APIWebSocketRoute", "_EffectiveRouteContext"
        kinds = [loaded("fastapi.routing", name) for name in names]
        return [route for route in instances(*kinds) if getattr(route, "dependant", None)]

    def settle(self) -> None:
        cached = loaded("fastapi.dependencies.utils", "get_cached_model_fields")
        if cached and cached.cache_info().currsize:
            self.journal.on_commit(cached.cache_clear)


def _forget_kinds() -> None:
    """What FastAPI found out about functions (async, a generator) is by their identity, for good."""
    models = sys.modules.get("fastapi.dependencies.models")
    for cached in vars(models).values() if models else ():
        if type(cached) is functools._lru_cache_wrapper:
            cached.cache_clear()


def _is_signed_anew(renewed: Renewed) -> bool:
    """Whether single members of a class were set, among them one that has its signature."""
    thing, before = renewed.thing, renewed.before
    if not isinstance(thing, type) or not before:
        return False
    return any(before.get(name) is not vars(thing).get(name) for name in _SIGNING)


def _signing(call: Any) -> Iterator[Any]:
    """What the signature of something that is called is read from: of an instance, its class."""
    yield call
    if isinstance(call, functools.partial):
        yield from _signing(call.func)
    elif isinstance(call, MethodType):
        yield call.__func__
    elif not isinstance(call, FunctionType):
        kind = call if isinstance(call, type) else type(call)
        yield kind
        yield from (inspect.getattr_static(kind, name, None) for name in _SIGNING)


def _looked_at(route: Any) -> Iterator[Any]:
    """The functions whose signatures a route has read, and the classes that stand in these."""
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        if dependant.call is not route.endpoint:
            yield from _signing(dependant.call)
        waiting.extend(dependant.dependencies)
        for kind in ("path", "query", "header", "cookie", "body"):
            for field in getattr(dependant, f"{kind}_params"):
                yield from _classes(field.field_info.annotation)
    yield from _classes(getattr(route, "response_model", None))


def _classes(annotation: Any) -> Iterator[Any]:
    """The classes in an annotation, and those that the fields of models name."""
    waiting, seen = [annotation], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(getattr(part, "__args__", ()))
            fields = getattr(part, "__pydantic_fields__", {}) if isinstance(part, type) else {}
            waiting.extend(info.annotation for info in fields.values())
