"""What a statement that is about to run may change in place, remembered as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

from heatsync._engine.objects.holdings import follow
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.kinds import class_dict, home_of, mro_of
from heatsync._engine.texts.names import Path
from heatsync._engine.texts.source import Statement
from heatsync._resident.live import Live

# Homes of classes that a program's own classes may be derived from, or that stand for plain data.
_PLAIN = frozenset({"builtins", "types", "abc", "typing", "enum", "collections", "collections.abc"})
_PLAIN |= {"heatsync._engine.objects.handover"}  # that of instances whose class got another layout


class Protection:
    """Protects the objects that a statement names, and those that its calls are seen to fill.

    One level deep, and all along the paths that it works on: after `app.state.level = 1` the
    attributes of `app.state` come back.
    """

    def __init__(
        self, graph: Graph, live: Live, journal: Journal, is_vessel: Callable[[Any], bool]
    ) -> None:
        self._graph = graph
        self._live = live
        self._journal = journal
        self._is_vessel = is_vessel  # whether a library lets another object become this one

    def before(self, module: str, statement: Statement, values: Iterable[object]) -> None:
        """Remembers what a statement that is about to run may change in place.

        `values` are those that its names hold.
        """
        self._journal.protect(self._live.modules[module].namespace)
        for value in values:
            self.of(value)
        for part in (statement, *statement.every_member()):
            for reading in self._graph.now(module, part):
                self.around(reading.ref)
            for path in part.names.works_on:
                self._along(module, part.owner, path)

    def _along(self, module: str, owner: str, path: Path) -> None:
        """The objects on the way along a dotted path, found without running any code of them."""
        refs = self._graph.resolve(module, owner, path)
        for ref in refs:
            self.around(ref)
        thing = self._live.value_at(refs[-1])
        for name in path[len(refs) :]:
            thing = follow(thing, (name,))
            self.of(thing)

    def around(self, ref: Ref) -> None:
        """The module that a name stands for, or is in, and the object it holds."""
        for module in (ref.module, self._graph.module_named(ref)):
            running = self._live.modules.get(module) if module else None
            if running is not None:
                self._journal.protect(running.namespace)
        self.of(self._live.value_at(ref))

    def of(self, value: Any) -> None:
        """An object, if it is the program's own, or could be replaced as a whole."""
        if value is not MISSING and (self._is_ours(value) or self._is_vessel(value)):
            self._journal.protect(value)

    def _is_ours(self, value: Any) -> bool:
        """Whether an object is the program's own. How the parts of a library's object belong
        together, only that knows: to take back some of them would break it."""
        kind = type(value)
        if kind in CONTAINERS:
            return True
        if issubclass(kind, type):
            return class_dict(value).get("__module__") in self._live.modules
        if kind is FunctionType:
            return home_of(value) in self._live.modules
        homes = (class_dict(cls).get("__module__", "builtins") for cls in mro_of(kind))
        return not issubclass(kind, ModuleType) and all(map(self._is_home, homes))

    def _is_home(self, module: object) -> bool:
        # One by one: a set of all live modules, made for each value, would cost as many as there are.
        return module in _PLAIN or module in self._live.modules
