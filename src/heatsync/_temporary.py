"""What ends with the statement that made it: timers, listeners, tasks, threads and resources."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from heatsync import _arguments
from heatsync._resident.owned import Owned, State, own
from heatsync._resident.owners import calling_frame
from heatsync._threads import Worker
from heatsync._timers import Timer

if TYPE_CHECKING:
    from heatsync._listeners import Listener
    from heatsync._tasks import Job, OnLoop

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_PATIENCE = 5.0  # seconds that something has to end


class Temporary:
    """Makes things that end with the statement that makes them, without any `Heatsync` at exit.

    `temporary`, the only instance, is what to import. Each method gives a handle whose `cancel()`
    ends the thing earlier. While a reload runs, nothing begins and nothing ends for good: that
    comes once the change is certain, so that after one that fails everything goes on as it was.

    >>> from heatsync import temporary
    >>> timer = temporary.interval(print, 3600, "an hour has passed")
    >>> timer.cancel()
    """

    def timeout(self, callback: Callable[..., object], seconds: float, *arguments: Any) -> Timer:
        """Calls something once, `seconds` (a float) from now, unless its statement ends before.

        It is called with `arguments`, on the event loop (asyncio or trio) that is running here, or
        else in a thread of its own; a coroutine function likewise. What it raises is logged. Raises
        TypeError and ValueError for what is nothing to call, or no time to wait.

        >>> from heatsync import temporary
        >>> temporary.timeout(print, 3600, "time is up").cancel()
        """
        _arguments.to_call(callback, "callback")
        _arguments.seconds(seconds, "seconds", none=True)
        return _owned(Timer(callback, seconds, arguments, repeats=False))

    def interval(self, callback: Callable[..., object], seconds: float, *arguments: Any) -> Timer:
        """Calls something every so many `seconds`, a float, until its statement ends.

        As `timeout` does it, the first time `seconds` from now. Calls do not overlap; those that
        fall due during another are left out. Raises TypeError and ValueError as `timeout` does, also for no time.

        >>> from heatsync import temporary
        >>> temporary.interval(print, 3600).cancel()
        """
        _arguments.to_call(callback, "callback")
        _arguments.seconds(seconds, "seconds", none=False)
        return _owned(Timer(callback, seconds, arguments, repeats=True))

    @overload
    def listener(self, target: Any, event: Any, callback: Callable[..., Any]) -> Listener: ...
    @overload
    def listener(self, target: Any, event: Any) -> Callable[[F], F]: ...

    def listener(
        self, target: Any, event: Any, callback: Callable[..., Any] | None = None
    ) -> Listener | Callable[[F], F]:
        """Has something called at each event, until its statement ends; also as a decorator.

        | `target` | `event` |
        |---|---|
        | an object with `on` or `add_listener`, and its opposite: an emitter of pyee | its event |
        | one whose `add_listener` takes the callback first: a bot of discord.py | its event; None for that of the callback's name |
        | one with `connect` and `disconnect`: a signal of blinker | the sender; None for all |
        | the module `signal` | the number of a signal, first in the main thread |
        | the module `atexit` | "exit" |
        | a logger or handler of `logging` | "handler" or "filter"; `callback` is one |

        Raises TypeError for a target that is none of these.

        >>> from heatsync import temporary
        >>> from pyee import EventEmitter
        >>> bus = EventEmitter()
        >>> @temporary.listener(bus, "saved")
        ... def saved(name):
        ...     print("saved", name)
        >>> bus.emit("saved", "a.txt")
        saved a.txt
        True
        """
        caller = calling_frame()
        if callback is not None:
            return _listener(target, event, callback, caller)

        def decorate(function: F) -> F:
            _listener(target, event, function, caller)
            return function

        return decorate

    def task(self, coroutine: Coroutine[Any, Any, T], *, limit: float = _PATIENCE) -> Job[T]:
        """Runs a coroutine on the asyncio event loop that is running here, until its statement ends.

        It is cancelled then, and what takes its place begins when it is over, or after `limit`
        seconds, a float. `await` gives its result, and raises what it raised; an error that nobody
        awaited is logged. Raises NoLoopError, TypeError for what is no coroutine.

        >>> import asyncio
        >>> from heatsync import temporary
        >>> async def main():
        ...     print(await temporary.task(asyncio.sleep(0, "slept")))
        >>> asyncio.run(main())
        slept
        """
        if not isinstance(coroutine, Coroutine):
            raise TypeError(f"coroutine is {coroutine!r}: call the coroutine function, `work()`")
        job: Job[T] = _tasks().Job(coroutine, limit)
        return _owned(job)

    def thread(
        self, target: Callable[..., object], *arguments: Any, limit: float = _PATIENCE
    ) -> Worker:
        """Runs `target(stop, *arguments)` in a daemon thread, until its statement ends.

        `stop` is a `threading.Event`, which is set then: look at it, or wait for it. What takes
        its place begins when it is over, or after `limit` seconds, a float; a thread that does not
        stop until then is told in the log. Raises TypeError for what is nothing to call.

        >>> from heatsync import temporary
        >>> def work(stop, pause):
        ...     while not stop.wait(pause):
        ...         pass
        >>> worker = temporary.thread(work, 3600)
        >>> worker.cancel()
        >>> worker.thread.join()
        """
        _arguments.to_call(target, "target")
        return _owned(Worker(target, arguments, limit))

    @overload
    def resource(
        self,
        manager: AbstractContextManager[T],
        *,
        exclusive: bool = False,
        limit: float = _PATIENCE,
    ) -> T: ...
    @overload
    def resource(
        self,
        manager: AbstractAsyncContextManager[T],
        *,
        exclusive: bool = False,
        limit: float = _PATIENCE,
    ) -> Awaitable[T]: ...

    def resource(self, manager: Any, *, exclusive: bool = False, limit: float = _PATIENCE) -> Any:
        """Enters a context manager, gives what it gives, and leaves it when its statement ends.

        - Where the statement runs again, the old one is left once the new one is entered and the
          change is certain. With `exclusive` it is left before, and entered again if the reload
          fails: for what there can be only one of, such as a port.
        - An asynchronous one is entered and left on the event loop that is running here, one after
          the other: `await` what this gives, as often as you like. It has `limit` seconds, a float,
          to end. Raises NoLoopError.

        >>> import io
        >>> from heatsync import temporary
        >>> log = temporary.resource(io.StringIO())
        >>> log.closed
        False
        """
        is_async = hasattr(manager, "__aenter__")
        try:
            if not is_async or hasattr(manager, "__enter__"):
                return _owned(_Resource(manager, exclusive)).value
        except TypeError:  # some have both, of which one only says that it is not to be used
            if not is_async:
                raise
        resource: OnLoop[Any] = _tasks().AsyncResource(manager, limit)
        return _owned(resource)


temporary = Temporary()


class _Resource(Owned):
    """A context manager that was entered."""

    kind = "the resource"

    def __init__(self, manager: AbstractContextManager[Any], exclusive: bool) -> None:
        super().__init__()
        self._manager = manager
        self._exclusive = exclusive
        self._stack = contextlib.ExitStack()
        self.value = self._stack.enter_context(manager)

    def _hold(self) -> None:
        if self._exclusive:
            self._stack.close()

    def _take_up(self) -> None:
        if self._exclusive:
            self._stack.enter_context(self._manager)

    def _end(self, before: State) -> None:
        self._stack.close()


Thing = TypeVar("Thing", bound=Owned)


def _owned(thing: Thing, caller: FrameType | None = None) -> Thing:
    own(thing, caller or calling_frame())
    return thing


def _listener(
    target: Any, event: Any, callback: Callable[..., Any], caller: FrameType | None
) -> Listener:
    # By name, as it loads `inspect`.
    listener: Listener = importlib.import_module("heatsync._listeners").Listener(
        target, event, callback
    )
    return _owned(listener, caller)


def _tasks() -> Any:
    # By name, as only those have asyncio loaded who use it.
    return importlib.import_module("heatsync._tasks")
