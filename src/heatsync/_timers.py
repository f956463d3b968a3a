"""Calls that are made later, once or again and again, until the statement that asked for them ends."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from types import CoroutineType
from typing import Any

from heatsync._lifecycle import call, home_loop, running_loop
from heatsync._resident import log
from heatsync._resident.owned import Owned, State
from heatsync._safe_points import is_closing, trio_token


class Timer(Owned):
    """A timer, as `temporary.timeout` and `temporary.interval` give it; `cancel()` ends it.

    Where an asyncio event loop is running it ticks there, and else in a thread of its own, which
    under trio has the call made where trio runs.
    """

    def __init__(
        self, callback: Callable[..., object], seconds: float, arguments: Any, *, repeats: bool
    ) -> None:
        super().__init__()
        self.kind = "the interval" if repeats else "the timeout"
        self.loop: Any = None
        self.trio: Any = None  # the token of its run
        self._callback = callback
        self._seconds = seconds
        self._arguments = arguments
        self._repeats = repeats
        self._due = 0.0
        self._changed = threading.Condition()
        self._handle: Any = None
        self._calling: Any = None  # the task of a call that goes on, on a loop

    def prepare(self, before: list[Owned]) -> None:
        others = [thing for thing in before if isinstance(thing, Timer)]
        self.loop = home_loop(thing.loop for thing in others)
        self.trio = trio_token() or next((thing.trio for thing in others), None)

    def _begin(self) -> None:
        self._due = time.monotonic() + self._seconds
        if self.loop is None:
            threading.Thread(target=self._run, name=str(self), daemon=True).start()
        else:
            self._on_loop(self._wait)

    def _take_up(self) -> None:
        """What fell due meanwhile is done now."""
        self._wake()

    def _end(self, before: State) -> None:
        self._wake()

    def _wake(self) -> None:
        if self.loop is not None:
            self._on_loop(self._wait)
        with self._changed:
            self._changed.notify_all()

    def _tick(self) -> Any:
        """Gives the task of a call that goes on, if it does."""
        if self._repeats:  # in step with its beginning, however long a call takes
            missed = int((time.monotonic() - self._due) / self._seconds)
            self._due += self._seconds * (missed + 1)
        else:
            self.end()
        try:
            if self.trio is None or self.loop is not None:
                return call(self._callback, *self._arguments)
            self._call_in_trio()
        except KeyboardInterrupt:
            raise
        except BaseException:
            log.exception("%s raised", self)
        return None

    # ---------------------------------------------------------------- in a thread

    def _call_in_trio(self) -> None:
        """Waits for it. With the run, the timer ends."""
        trio: Any = importlib.import_module("trio")

        async def tick() -> None:
            result = self._callback(*self._arguments)
            if isinstance(result, CoroutineType):
                await result

        try:
            trio.from_thread.run(tick, trio_token=self.trio)
        except (trio.RunFinishedError, trio.Cancelled):
            self.end()

    def _run(self) -> None:
        while self._is_due_in_time():
            self._tick()

    def _is_due_in_time(self) -> bool:
        """Waits until it is due; False where it ends before."""
        with self._changed:
            while self.state is not State.ENDED:
                left = self._due - time.monotonic()
                if left <= 0 and self.state is State.GOING:
                    return True
                self._changed.wait(left if self.state is State.GOING else None)
        return False

    # ------------------------------------------------------------------ on a loop

    def _on_loop(self, action: Callable[[], object]) -> None:
        if self.loop is running_loop():
            action()
        elif not self.loop.is_closed():
            self.loop.call_soon_threadsafe(action)

    def _wait(self) -> None:
        """Has the loop come back when it is due, as long as it is in force."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self.state is State.GOING and self._calling is None:
            left = self._due - time.monotonic()
            self._handle = self.loop.call_later(max(left, 0), self._come)

    def _come(self) -> None:
        # If it is held, it is woken or ended after that. A loop that is being closed would leave
        # a coroutine where it is.
        if self.state is State.GOING and not is_closing():
            self._calling = self._tick()
            if self._calling is None:
                self._wait()
            else:
                self._calling.add_done_callback(self._is_called)

    def _is_called(self, _: Any) -> None:
        self._calling = None
        self._wait()
