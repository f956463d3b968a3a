"""Coroutines and asynchronous context managers that end with their statement, on their event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

from heatsync._lifecycle import home_loop, running_loop
from heatsync._resident import log
from heatsync._resident.owned import Owned, State
from heatsync.errors import NoLoopError

T = TypeVar("T")
_PATIENCE = 5.0  # seconds
_ending: set[asyncio.Task[Any]] = set()


class OnLoop(Owned, Generic[T]):
    """Something that runs as a task, can be awaited, and may take a while to end."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self._limit = limit
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: list[asyncio.Task[Any]] = []
        self._task: asyncio.Task[Any] | None = None
        self._result: asyncio.Future[T] | None = None
        self._is_awaited = False

    async def _work(self) -> None:
        """What the task does."""

    def _stop(self, task: asyncio.Task[Any]) -> None:
        """Has the task end."""

    def _begin(self) -> None:
        if self.state is State.GOING and self._loop is not None:
            self._call_on(self._loop, self._start, self._loop)

    def _end(self, before: State) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._call_on(self._loop, self._ask_to_end, self._loop)

    def prepare(self, before: list[Owned]) -> None:
        others = [thing for thing in before if isinstance(thing, OnLoop)]
        self._before = [thing._task for thing in others if thing._task is not None]
        self._loop = home_loop(thing._loop for thing in others)
        if self._loop is None:
            self._came_to_nothing()
            raise NoLoopError(str(self))
        self._result = self._loop.create_future()

    def _call_on(
        self, loop: asyncio.AbstractEventLoop, action: Callable[..., object], *arguments: Any
    ) -> None:
        if loop is running_loop():
            action(*arguments)
        else:
            loop.call_soon_threadsafe(action, *arguments)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.state is State.GOING:
            self._task = loop.create_task(self._run(), name=str(self))
            self._task.add_done_callback(self._is_done)

    async def _run(self) -> None:
        before, self._before = self._before, []
        await _wait_for(before, self._limit)  # the old one may hold what the new one needs
        await self._work()

    def _ask_to_end(self, loop: asyncio.AbstractEventLoop) -> None:
        task = self._task
        if task is None:
            self._came_to_nothing()
        elif not task.done():
            self._stop(task)
            check = loop.call_later(self._limit, self._check)
            task.add_done_callback(lambda task: check.cancel())
            _ending.add(task)
            task.add_done_callback(_ending.discard)

    def _check(self) -> None:
        log.warning("%s has not ended %g s after it was told to", self, self._limit)

    def _came_to_nothing(self) -> None:
        """It ends before it has begun."""
        if self._result is not None:
            self._result.cancel()

    def _is_done(self, task: asyncio.Task[None]) -> None:
        assert self._result is not None
        error = None if task.cancelled() else task.exception()
        is_told = self._is_awaited and not self._result.done()
        if self._result.done():
            pass
        elif error is not None:
            self._result.set_exception(error)
            self._result.exception()  # it is told here, and not when nobody has the future any more
        else:
            self._result.cancel()
        if error is not None and not is_told:
            log.error("%s raised", self, exc_info=error)
        self.end()

    def __await__(self) -> Generator[Any, None, T]:
        assert self._result is not None
        self._is_awaited = True
        return asyncio.shield(self._result).__await__()


async def _wait_for(tasks: Iterable[asyncio.Task[Any]], limit: float) -> None:
    here = running_loop()
    going = [task for task in tasks if not task.done() and task.get_loop() is here]
    if going:
        await asyncio.wait(going, timeout=limit)


async def ended() -> None:
    """Waits, within their limits, for those that were told to end."""
    await _wait_for(list(_ending), _PATIENCE)


class Job(OnLoop[T]):
    """A task, as `temporary.task` gives it: `await` it for its result, `cancel()` ends it."""

    kind = "the task"

    def __init__(self, coroutine: Coroutine[Any, Any, T], limit: float) -> None:
        super().__init__(limit)
        self._coroutine = coroutine

    async def _work(self) -> None:
        result = await self._coroutine
        if self._result is not None and not self._result.done():
            self._result.set_result(result)

    def _stop(self, task: asyncio.Task[Any]) -> None:
        task.cancel()

    def _came_to_nothing(self) -> None:
        self._coroutine.close()
        super()._came_to_nothing()

    def _is_done(self, task: asyncio.Task[None]) -> None:
        self._coroutine.close()  # if it was cancelled before it began
        super()._is_done(task)


class AsyncResource(OnLoop[T]):
    """What an asynchronous context manager gives; it is left by the task that entered it."""

    kind = "the resource"

    def __init__(self, manager: AbstractAsyncContextManager[T], limit: float) -> None:
        super().__init__(limit)
        self._manager = manager
        self._over = asyncio.Event()

    async def _work(self) -> None:
        async with self._manager as value:
            if self._result is not None and not self._result.done():
                self._result.set_result(value)
            await self._over.wait()

    def _stop(self, task: asyncio.Task[Any]) -> None:
        self._over.set()
