"""PySide6: Qt calls the methods of widgets that there are, and none that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any

from heatsync import adapters
from heatsync.adapters import METHODS, Renewed

# Qt goes on calling a function that was an event handler once, and does not hold it.
_KEPT: list[FunctionType] = []


class Adapter(adapters.Adapter):
    """Methods that are gone, or are other objects now, pass their calls on to what is there."""

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        return all(map(METHODS.issuperset, methods.values()))

    def renewed(self, renewed: Sequence[Renewed]) -> Iterable[object]:
        for one in renewed:
            if _is_qt(one.thing):
                self._pass_on(one.thing, one.before)
        return ()

    def _pass_on(self, cls: Any, before: Mapping[str, Any]) -> None:
        for name, old in before.items():
            if type(old) is FunctionType and vars(cls).get(name) is not old:
                self.journal.redirect(old, _now(cls, name))
                _KEPT.append(old)


def _is_qt(thing: Any) -> bool:
    return type(thing).__module__ == "Shiboken"


def _now(cls: Any, name: str) -> Callable[..., Any]:
    """Calls what a class has under a name at that time, itself or from its bases."""

    def call(self: Any, *values: Any, **words: Any) -> Any:
        found = getattr(cls if name in vars(cls) else super(cls, self), name)
        return found(self, *values, **words) if name in vars(cls) else found(*values, **words)

    return call
