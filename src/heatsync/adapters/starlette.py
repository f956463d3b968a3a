"""Starlette, and what is built on it: applications serve on when the line that made them is edited.

They build their stack of middleware anew with the next request.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from heatsync import adapters
from heatsync.adapters import loaded
from heatsync.adapters._started import Started


class Adapter(adapters.Adapter):
    """The server holds the application, and has run its lifespan, which it does once."""

    @cached_property
    def _started(self) -> Started:
        return Started(self.journal)

    def pours(self, thing: Any) -> bool:
        return isinstance(thing, loaded("starlette.applications", "Starlette"))

    def poured(self, old: Any, new: Any) -> None:
        self._started.goes_on(old.state._state, new.state._state)
        self.journal.set_attribute(new, "state", old.state)

    def reopen(self, target: Any) -> None:
        """Its stack of middleware is built anew with the next request."""
        if self.pours(target) and target.middleware_stack is not None:
            self.journal.set_attribute(target, "middleware_stack", None)

    def settle(self) -> None:
        self._started.settle()
