"""What needs an event loop: imported only by those who have one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from heatsync import _importing
from heatsync._engine import LIVE
from heatsync._ids import Target
from heatsync._importing import compiled
from heatsync._keeping import load_data


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


def _is_loaded(target: Target) -> bool:
    return target.name in sys.modules if target.name else target.file in LIVE.data
