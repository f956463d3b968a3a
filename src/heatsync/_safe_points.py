"""Safe points: how a change gets to the place where it may be applied."""

# Each is a function that is given another one, to be called there. It is called in the watcher's
# thread, and must not touch what belongs to another one, but hand over.

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType
from typing import Any, Literal

Callback = Callable[[], None]
Schedule = Callable[[Callback], object]
Apply = Literal["auto", "thread", "loop", "manual"]

WAYS = ("auto", "thread", "loop", "manual")


def safe_point(apply: Apply) -> Schedule:
    """What `apply` stands for here, in this thread. Raises ValueError."""
    if apply not in WAYS:
        raise ValueError(f"apply is {apply!r}: give {', '.join(map(repr, WAYS[:-1]))} or 'manual'")
    if apply == "manual":
        return nowhere
    if apply == "thread":
        return here
    loop = asyncio_loop() or trio_loop()
    if loop is not None:
        return loop if apply == "loop" else or_here(loop)
    if apply == "loop":
        raise ValueError(
            "apply is 'loop', but no event loop runs here: make the Heatsync inside of one, "
            "or give apply_at() what hands over to it"
        )
    return or_here(loop_of(threading.get_ident()))


def here(callback: Callback) -> None:
    """In the watcher's thread."""
    callback()


def nowhere(callback: Callback) -> None:
    """Only when it is asked for."""


def or_here(schedule: Schedule) -> Schedule:
    """There, or in the watcher's thread where no loop runs any more, or yet."""

    def hand_over(callback: Callback) -> None:
        with suppress(RuntimeError):  # asyncio's, trio's and our own way of saying there is none
            schedule(callback)
            return
        callback()  # not while that is handled, or it would be the context of the user's errors

    return hand_over


def asyncio_loop() -> Schedule | None:
    """The asyncio event loop that is running here, if anybody uses asyncio at all."""
    asyncio = sys.modules.get("asyncio")
    try:
        return on(asyncio.get_running_loop()) if asyncio else None
    except RuntimeError:  # none is running
        return None


def on(loop: Any) -> Schedule:
    """On an asyncio event loop, as long as it runs: one that stands still may do so for good."""

    def hand_over(callback: Callback) -> None:
        if not loop.is_running():
            raise RuntimeError("the event loop does not run")
        loop.call_soon_threadsafe(callback)

    return hand_over


def trio_loop() -> Schedule | None:
    """The trio run that goes on here."""
    token = trio_token()
    schedule: Schedule | None = token.run_sync_soon if token else None
    return schedule


def trio_token() -> Any:
    """By what other threads know the trio run that goes on here, if any."""
    trio: Any = sys.modules.get("trio")
    try:
        return trio.lowlevel.current_trio_token() if trio else None
    except RuntimeError:
        return None


def loop_of(thread: int) -> Schedule:
    """On the event loop that runs in a thread by the time of a change, as most begin later.

    Loops are known only inside of their own threads, but the frames of a thread are known to all.
    """

    def hand_over(callback: Callback) -> None:
        loop = running_loop_of(thread)
        if loop is None:
            raise RuntimeError("no event loop runs in the thread")
        on(loop)(callback)

    return hand_over


def running_loop_of(thread: int) -> Any:
    """The asyncio event loop that runs in a thread; None if none does."""
    if "asyncio" not in sys.modules:  # which most programs know without looking at their threads
        return None
    return next(_loops(sys._current_frames().get(thread)), None)


def in_a_fork() -> Schedule:
    """What a forked child has: a loop that was running at the fork is its parent's."""
    if next(_loops(sys._getframe()), None) is not None:
        return here
    return or_here(loop_of(threading.get_ident()))


def is_closing() -> bool:
    """Whether the asyncio event loop that runs in this thread is at its end, and cancels all."""
    asyncio: Any = sys.modules.get("asyncio")
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code is asyncio.Runner.close.__code__:
            return True
        frame = frame.f_back
    return False


def _loops(frame: FrameType | None) -> Iterator[Any]:
    asyncio: Any = sys.modules.get("asyncio")
    if not hasattr(asyncio, "Runner"):  # nobody uses it, or its import is still going on
        return
    while frame is not None:
        if frame.f_code is asyncio.BaseEventLoop.run_forever.__code__:
            yield frame.f_locals["self"]
        elif frame.f_code is asyncio.Runner.run.__code__:  # others are not written in Python
            yield frame.f_locals["self"].get_loop()
        frame = frame.f_back
