"""Python's garbage collector during a reload: it waits until that is done.

Trees and plans are many objects that live for as long as a batch does. To look through them, and
through all that the program has, time and again took as long as everything else for 2,000 files.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector:
    waits = False  # because of us: where the program has switched it off, it stays off


def _begin_anew() -> None:
    """In a child that another thread forked meanwhile: the one that works is not there."""
    if _Collector.waits:
        _Collector.waits = False
        gc.enable()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


class _Waits:
    _is_ours = False

    def __enter__(self) -> None:
        self._is_ours = gc.isenabled()
        if self._is_ours:
            try:
                _Collector.waits = True
                gc.disable()
            except BaseException:
                self.__exit__()
                raise

    def __exit__(self, *_: object) -> None:
        if self._is_ours and _Collector.waits:  # in this order, as it may be interrupted anywhere
            gc.enable()
            _Collector.waits = False


def waits() -> _Waits:
    """The engine works here: nothing is collected, but in code that `is_back` surrounds."""
    return _Waits()


def let_go(*workers: object) -> None:
    """Their work is done. They lead to one another, and all they hold would wait for the collector."""
    for worker in workers:
        vars(worker).clear()


@contextmanager
def is_back() -> Iterator[None]:
    """Code of the program runs here, which may last, and may switch the collector off or on."""
    if not _Collector.waits:
        yield
        return
    _Collector.waits = False
    gc.enable()
    try:
        yield
    finally:
        if gc.isenabled():
            gc.disable()
            _Collector.waits = True
