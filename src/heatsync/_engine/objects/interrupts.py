"""Ctrl-C during a reload: it reaches the code of the program, never the work of the engine."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # no stub
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import Any


class _Held:
    """Stands in for the program's own handler of SIGINT in here."""

    def __init__(self, own: Callable[[int, FrameType | None], Any]) -> None:
        self._own = own
        self.open = False
        self.pressed = False

    def __enter__(self) -> None:
        _HELD.append(self)
        _signal.signal(signal.SIGINT, self)

    def __exit__(self, *_: object) -> None:
        _signal.signal(signal.SIGINT, self._own)
        _HELD.remove(self)
        self.take_effect()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.open or self.pressed:  # pressed twice, it is meant: something may be stuck
            self.pressed = False
            self._own(number, frame)
        else:
            self.pressed = True

    def take_effect(self) -> None:
        if self.pressed:
            self.pressed = False
            self._own(signal.SIGINT, None)


_HELD: list[_Held] = []


def held_back() -> AbstractContextManager[None]:
    """What is pressed here takes effect at the end, or in code that `let_through` surrounds."""
    # As `signal` does it, but for the attempts to make an Enum of each handler, which take longer
    # than all the rest.
    own = _signal.getsignal(signal.SIGINT) if _is_main_thread() else None
    return _Held(own) if callable(own) else nullcontext()


@contextmanager
def let_through() -> Iterator[None]:
    """Code of the program runs here, which may last: what is pressed takes effect at once."""
    held = _HELD[-1] if _HELD and _is_main_thread() else None
    if held is None:
        yield
        return
    before, held.open = held.open, True
    try:
        held.take_effect()
        yield
    finally:
        held.open = before


def _is_main_thread() -> bool:
    """Whether this is the one in which Python runs handlers of signals."""
    return threading.current_thread() is threading.main_thread()
