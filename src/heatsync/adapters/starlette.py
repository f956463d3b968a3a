"""Starlette, and what is built on it: applications serve on when the line that made them is edited."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from heatsync import adapters
from heatsync.adapters import loaded

_APPLICATIONS = "starlette.applications"


class Adapter(adapters.Adapter):
    """The server holds the application, and has run its lifespan, which it does once."""

    @cached_property
    def _kept(self) -> list[tuple[Any, dict[str, Any]]]:
        """Applications that were poured, each with what was in its state."""
        return []

    def pours(self, thing: Any) -> bool:
        return isinstance(thing, loaded(_APPLICATIONS, "Starlette"))

    def poured(self, old: Any, new: Any) -> None:
        """What the lifespan has put into the state is not put there again."""
        before = dict(old.state._state)
        self._kept.append((old, before))
        self.journal.refill(old.state._state, before | _given(new.state._state))
        self.journal.set_attribute(new, "state", old.state)

    def reopen(self, target: Any) -> None:
        """Its stack of middleware is built anew with the next request."""
        if self.pours(target) and target.middleware_stack is not None:
            self.journal.set_attribute(target, "middleware_stack", None)

    def settle(self) -> None:
        """A `None` stands for what the lifespan is going to put there, and has."""
        for app, before in self._kept:
            state = app.state._state
            for key, value in before.items():
                if state.get(key) is None and value is not None:
                    self.journal.set_item(state, key, value)


def _given(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if value is not None}
