"""What begins anew in a child that this process was forked into."""

from __future__ import annotations

import os
import threading
import weakref
from functools import cache
from typing import Protocol

from heatsync import _sharing
from heatsync._resident.live import LIVE


class Forked(Protocol):
    """What a child gets a copy of that is of no use to it: threads are not copied."""

    def begin_anew(self) -> None:
        """It runs in the child, which has one thread yet."""


_ALL: weakref.WeakSet[Forked] = weakref.WeakSet()


class _Held(threading.local):
    lock = False


_held = _Held()


def follow_forks(forked: Forked) -> None:
    """Has it begin anew in every child."""
    _register()
    _ALL.add(forked)


@cache
def _register() -> None:
    """Once for good: Python has no way to take it back."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)


def _before() -> None:
    """A reload in another thread comes to its end first, or the child would keep half of it."""
    _held.lock = bool(_ALL) and LIVE.lock.acquire(timeout=_sharing.PATIENCE)


def _in_parent() -> None:
    if _held.lock:
        LIVE.lock.release()


def _in_child() -> None:
    if _held.lock:
        LIVE.lock.release()
    elif _ALL:  # held by a thread that the child does not have
        LIVE.lock = threading.RLock()
    for forked in list(_ALL):
        forked.begin_anew()
