"""Trees that are nested deeper than Python's usual stack are read with a larger one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

# Enough for 2,000 links of `elif`, of `+` or of calls, at up to seven frames a link. Frames of Python
# functions take no memory of the C stack, so that this is no danger to it.
LIMIT = 20_000
_T = TypeVar("_T")
_LOCK = threading.RLock()


def deeply(work: Callable[[], _T]) -> _T:
    """What `work` gives, which reads a tree from its root and may be done twice."""
    try:
        return work()
    except RecursionError:
        with _larger_stack():
            return work()


@contextmanager
def _larger_stack() -> Iterator[None]:
    """The limit is that of all threads, so that it is put back as soon as can be."""
    with _LOCK:
        before = sys.getrecursionlimit()
        limit = max(before, LIMIT)
        sys.setrecursionlimit(limit)
        try:
            yield
        finally:
            if sys.getrecursionlimit() == limit:  # nobody else has set it
                sys.setrecursionlimit(before)
