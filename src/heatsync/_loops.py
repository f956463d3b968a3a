"""What needs an event loop: imported only by those who have one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from heatsync import _importing
from heatsync._ids import Target
from heatsync._importing import compiled
from heatsync._keeping import load_data
from heatsync._resident import log
from heatsync._resident.live import LIVE


@asynccontextmanager
async def ready_for(targets: Sequence[Target]) -> AsyncIterator[None]:
    """The targets' files are read, and compiled or parsed, in threads while the loop goes on."""
    new = [target for target in targets if not _is_loaded(target)]
    try:
        for target in new:
            make = compiled if target.name else load_data
            await asyncio.to_thread(_importing.prepare, target.file, make)
        yield
    finally:
        for target in new:
            _importing.forget_prepared(target.file)


_GOING: set[asyncio.Task[Any] | Future[Any]] = set()  # a loop holds its tasks only weakly


def see_through(
    coroutine: Coroutine[Any, Any, Any], home: Any = None
) -> asyncio.Task[Any] | Future[Any] | None:
    """Runs a coroutine: on the loop that is running here, or on another one, or else here.

    Gives what goes on with it; None if it has come to its end.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # none is running
        if home is None or home.is_closed() or not home.is_running():
            asyncio.run(coroutine)
            return None
        going: asyncio.Task[Any] | Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, home)
    else:
        going = loop.create_task(coroutine)
    _GOING.add(going)
    going.add_done_callback(partial(_is_done, getattr(coroutine, "__qualname__", "")))
    return going


def _is_done(name: str, going: asyncio.Task[Any] | Future[Any]) -> None:
    _GOING.discard(going)
    error = None if going.cancelled() else going.exception()
    if error is not None:
        log.error("the coroutine %s raised", name, exc_info=error)


def _is_loaded(target: Target) -> bool:
    return target.name in sys.modules if target.name else target.file in LIVE.data
