"""Starlette, and what is built on it: applications serve on when the line that made them is edited.

They build their stack of middleware anew with the next request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from heatsync import adapters
from heatsync.adapters import Renewed, instances, loaded
from heatsync.adapters._started import Started

_APPLICATIONS = "starlette.applications"


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

    def reopen(self, target: Any) -> None:
        """Its stack of middleware is built anew with the next request."""
        if self.pours(target) and target.middleware_stack is not None:
            self.journal.set_attribute(target, "middleware_stack", None)

    def renewed(self, renewed: Sequence[Renewed]) -> Iterable[object]:
        """Middleware is made again by the application, and so by what its class says now."""
        classes = [one.thing for one in renewed if isinstance(one.thing, type)]
        ids = {id(cls) for cls in classes if any("__call__" in vars(base) for base in cls.mro())}
        for app in instances(loaded(_APPLICATIONS, "Starlette")) if ids else ():
            if not ids.isdisjoint(id(each.cls) for each in app.user_middleware):
                self.reopen(app)
        return ()

    def settle(self) -> None:
        self._started.settle()
