"""The statements that are to be looked at, in the order in which a fresh import would run them."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Container, Iterable

from heatsync._engine.texts.order import Order
from heatsync._engine.texts.source import Statement

_Queued = tuple[tuple[int, int, int], int, str, Statement]
Place = tuple[str, Statement]  # a module, and a top-level statement of it


class Queue:
    """Each of them is in it once."""

    def __init__(self, order: Order) -> None:
        self.added: list[Place] = []  # all that ever were in it
        self._order = order
        self._numbers = itertools.count()
        self._items: list[_Queued] = []
        self._places: set[Place] = set()
        self._alone: str | None = ""  # the module that all in it is of; None for several

    def add(self, module: str, statement: Statement) -> None:
        place = module, statement
        if place in self._places:
            return
        self._places.add(place)
        self.added.append(place)
        if self._alone == "":
            self._alone = module
        elif self._alone not in (module, None):  # only now does their order matter
            self._alone = None
            self._items = [(self._order.key(m, s), n, m, s) for _, n, m, s in self._items]
            heapq.heapify(self._items)
        key = (0, 0, statement.line) if self._alone else self._order.key(module, statement)
        heapq.heappush(self._items, (key, next(self._numbers), module, statement))

    def pop(self) -> Place | None:
        """The next one."""
        if not self._items:
            return None
        _, _, module, statement = heapq.heappop(self._items)
        self._places.discard((module, statement))
        return module, statement

    def pop_among(self, modules: Container[str]) -> Place | None:
        """The next one of some modules, before its turn."""
        return self._pop_of(item for item in self._items if item[2] in modules)

    def pop_above(self, module: str, statement: Statement) -> Place | None:
        """The next one above another one."""
        here = (item for item in self._items if item[2] == module)
        return self._pop_of(item for item in here if item[3].line < statement.line)

    def _pop_of(self, items: Iterable[_Queued]) -> Place | None:
        found = min(items, default=None)
        if found is None:
            return None
        self._items.remove(found)
        heapq.heapify(self._items)
        self._places.discard((found[2], found[3]))
        return found[2], found[3]

    def leave_out(self, module: str) -> None:
        """None of a module: all of it ran just now."""
        self._items = [item for item in self._items if item[2] != module]
        heapq.heapify(self._items)
        self._places = {place for place in self._places if place[0] != module}
