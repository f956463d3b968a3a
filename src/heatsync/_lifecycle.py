"""What the code that is reloaded says about its own end."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterable
from types import CoroutineType
from typing import Any, TypeVar

from heatsync._arguments import to_call
from heatsync._resident.owned import LeftError, Owned, State, journal_here, own
from heatsync._resident.owners import calling_frame
from heatsync._safe_points import running_loop_of

F = TypeVar("F", bound=Callable[[], object])


def on_dispose(callback: F, *, undo: Callable[[], object] | None = None) -> F:
    """Has something called before the statement that makes this call is run again or dropped.

    - `callback`: called without arguments, once the new text is known to compile and before it
      runs; also when the last `Heatsync` that keeps the file live is disposed of, and at the end
      of the process. Of several the latest comes first.
    - `undo`: called without arguments if the reload fails after that, to make good again what
      `callback` did. The callback is then waiting for the next time, as before.

    Either may be a coroutine function: it is run on the event loop that is running there, without
    waiting for its end, or else to its end. What they raise is told in the report, or logged.

    Gives `callback`, so that it can be used as a decorator. Raises TypeError for what is nothing
    to call. In a function that is called while no module's top level runs it belongs to the
    module, and no reload calls it.

    >>> from heatsync import on_dispose
    >>> opened = []
    >>> _ = on_dispose(opened.clear)
    """
    to_call(callback, "callback")
    if undo is not None:
        to_call(undo, "undo")
    own(CleanUp(callback, undo), calling_frame())
    return callback


class CleanUp(Owned):
    """A call that was asked for."""

    kind = "the clean-up"
    ending = "be called"
    takes_back = True

    def __init__(
        self, callback: Callable[[], object], undo: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self._callback = callback
        self._undo = undo

    def _hold(self) -> None:
        call(self._callback)

    def _take_up(self) -> None:
        if self._undo is None:
            raise LeftError(f"{self} was done, and has no undo")
        call(self._undo)

    def _end(self, before: State) -> None:
        if before is not State.HELD:
            call(self._callback)


class Made(Owned):
    """A Heatsync, for the statement that made it: it ends once the one in its place is certain."""

    kind = "the Heatsync"
    ends_with_module = False  # which may end with another Heatsync

    def __init__(self, dispose: Callable[[], object]) -> None:
        super().__init__()
        self._dispose = dispose

    def _end(self, before: State) -> None:
        self._dispose()


def call(callback: Callable[..., object], *arguments: Any) -> Any:
    """Calls what may be a coroutine function. Gives the task of what goes on, if anything does."""
    return call_as(callback, None, *arguments)


def call_as(
    callback: Callable[..., object], home: int | None, *arguments: Any, **words: Any
) -> Any:
    """Calls what may be a coroutine function, to be run on the loop that is running here, or in
    the thread that is its home; or else here."""
    result = callback(*arguments, **words)
    if not isinstance(result, CoroutineType):
        return None
    loop = running_loop_of(home) if home is not None else None
    loops = importlib.import_module("heatsync._loops")  # by name: it loads asyncio
    return loops.see_through(result, loop)


async def all_ended() -> None:
    """Waits, within their limits, for the tasks that were told to end."""
    tasks = sys.modules.get("heatsync._tasks")
    if tasks is not None:
        await tasks.ended()


def home_loop(before: Iterable[Any]) -> Any:
    """Where what needs a loop is to run: on the one that is running here.

    For a statement that runs again in another thread it is the one on which was what it had made
    before, or that of the main thread. None where there is none.
    """
    if (loop := running_loop()) is not None:
        return loop
    if journal_here() is not None:
        main = running_loop_of(threading.main_thread().ident or 0)
        return next((loop for loop in (*before, main) if loop and loop.is_running()), None)
    return None


def running_loop() -> Any:
    """The event loop that is running here, if anybody uses asyncio at all."""
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio.get_running_loop() if asyncio else None
    except RuntimeError:  # none is running
        return None
