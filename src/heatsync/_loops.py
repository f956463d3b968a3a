"""What needs an event loop: imported only by those who have one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def off_the_loop(work: Callable[[str], T], argument: str) -> T:
    """Does work in a thread while the loop goes on."""
    return await asyncio.to_thread(work, argument)
