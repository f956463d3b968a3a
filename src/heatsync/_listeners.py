"""Listeners that are taken away when the statement that added them ends."""

from __future__ import annotations

import atexit
import contextlib
import functools
import inspect
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from heatsync._engine.owned import Owned, State

# How to add a listener, and how to take it away again.
_METHODS = (
    ("on", "off"),
    ("on", "remove_listener"),
    ("on", "removeListener"),
    ("add_listener", "remove_listener"),
    ("addListener", "removeListener"),
    ("add_event_listener", "remove_event_listener"),
    ("addEventListener", "removeEventListener"),
    ("add_signal_handler", "remove_signal_handler"),
    ("subscribe", "unsubscribe"),
    ("register", "unregister"),
)

Call = Callable[..., Any]


class Listener(Owned):
    """A listener, as `temporary.listener` gives it; `cancel()` takes it away.

    What is added is a gate before the callback. It is shut while a batch may still fail, and so
    keeps its place among the others if it does.
    """

    kind = "the listener"

    def __init__(self, target: Any, event: Any, callback: Call) -> None:
        super().__init__()
        self._gate = _gate(self, callback)
        self._remove = _add(target, event, self._gate, callback)

    @property
    def is_open(self) -> bool:
        return self.state is State.GOING

    def _end(self, before: State) -> None:
        # It may be gone: the reload itself takes back registrations that it finds.
        with contextlib.suppress(LookupError, ValueError):
            self._remove()


def _gate(listener: Listener, callback: Call) -> Call:
    """A callback that does nothing while its listener is not in force."""

    async def asynchronous(*arguments: Any, **words: Any) -> Any:
        return await callback(*arguments, **words) if listener.is_open else None

    def synchronous(*arguments: Any, **words: Any) -> Any:
        return callback(*arguments, **words) if listener.is_open else None

    gate = asynchronous if inspect.iscoroutinefunction(callback) else synchronous
    return functools.update_wrapper(gate, callback)


def _add(target: Any, event: Any, gate: Call, callback: Any) -> Call:
    """Adds a listener; gives what takes it away."""
    if target is signal:
        return _signals.setdefault(event, _Signal(event)).add(gate)
    if target is atexit:
        atexit.register(gate)
        return functools.partial(atexit.unregister, gate)
    if event in ("handler", "filter") and hasattr(target, "addFilter"):  # a logger, or a handler
        add, remove = f"add{event.title()}", f"remove{event.title()}"
        getattr(target, add)(callback)
        return functools.partial(getattr(target, remove), callback)
    if hasattr(target, "connect") and hasattr(target, "disconnect"):
        return _connect(target, event, gate)
    for add, remove in _METHODS:
        if hasattr(target, add) and hasattr(target, remove):
            getattr(target, add)(event, gate)
            arguments = (event,) if add == "add_signal_handler" else (event, gate)
            return functools.partial(getattr(target, remove), *arguments)
    raise TypeError(
        f"{type(target).__name__} has no method to add a listener with one to remove it, such as "
        "on() and off(): use on_dispose() for what takes it away"
    )


def _connect(target: Any, event: Any, gate: Call) -> Call:
    """A signal of blinker, or of another library that connects functions to objects."""
    if event is None:
        target.connect(gate)
    else:
        target.connect(gate, sender=event)
    return functools.partial(target.disconnect, gate)


class _Signal:
    """The handler of one signal of the operating system, for all listeners of it.

    The system knows one handler, which only the main thread can exchange. So it stays once there,
    and when nobody listens any more the one that was there before is put back as soon as that is
    possible: at once, or when the signal comes.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._gates: list[Call] = []
        self._before: Any = None
        self._is_there = False

    def add(self, gate: Call) -> Call:
        if not self._is_there:
            self._before = signal.signal(self._number, self)
            self._is_there = True
        self._gates.append(gate)
        return functools.partial(self._remove, gate)

    def _remove(self, gate: Call) -> None:
        self._gates.remove(gate)
        if not self._gates and threading.current_thread() is threading.main_thread():
            self._give_back()

    def _give_back(self) -> None:
        installed: object = signal.getsignal(self._number)
        if installed is self:
            signal.signal(self._number, self._before)
        self._is_there = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        gates = list(self._gates)
        if not gates:
            self._give_back()
            signal.raise_signal(number)
        for gate in gates:
            gate(number, frame)


_signals: dict[Any, _Signal] = {}
