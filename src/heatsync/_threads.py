"""Threads that are told to stop when the statement that started them ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from heatsync._resident import log
from heatsync._resident.owned import Owned, State


class Worker(Owned):
    """A thread, as `temporary.thread` gives it; `cancel()` tells it to stop.

    `stopping` is the `threading.Event` that it was given, `thread` the thread itself.
    """

    kind = "the thread"

    def __init__(self, target: Callable[..., object], arguments: Any, limit: float) -> None:
        super().__init__()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._target = target
        self._arguments = arguments
        self._limit = limit
        self._before: list[Worker] = []

    def prepare(self, before: list[Owned]) -> None:
        self._before = [thing for thing in before if isinstance(thing, Worker)]

    def _begin(self) -> None:
        self.thread.name = str(self)
        self.thread.start()

    def _end(self, before: State) -> None:
        self.stopping.set()

    def look_after(self) -> None:
        if self._is_going():
            threading.Thread(target=self.finish, name=f"end of {self}", daemon=True).start()

    def finish(self) -> None:
        if self._is_going():
            self.thread.join(self._limit)
        if self._is_going():
            log.warning("%s has not stopped %g s after it was told to", self, self._limit)

    def _is_going(self) -> bool:
        return self.thread.is_alive() and self.thread is not threading.current_thread()

    def _run(self) -> None:
        while self._before:  # the old one may hold what the new one needs
            before = self._before.pop()
            before.thread.join(before._limit)
        try:
            self._target(self.stopping, *self._arguments)
        finally:
            self.end()
