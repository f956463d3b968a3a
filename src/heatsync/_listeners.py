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

from heatsync._resident.live import engine
from heatsync._resident.owned import Owned, State

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
# What a parameter is called that takes a function.
_CALLABLE = {"func", "function", "callback", "coro", "handler", "listener", "fn", "f"}

Call = Callable[..., Any]


class Listener(Owned):
    """A listener, as `temporary.listener` gives it; `cancel()` takes it away.

    What is added is a gate before the callback, which is shut while a batch may still fail. What a
    statement listens to when it runs again stands behind the gate that there is, and so keeps its
    place among the others.
    """

    kind = "the listener"

    def __init__(self, target: Any, event: Any, callback: Call) -> None:
        super().__init__()
        self.callback = callback
        self._what = (target, event, inspect.iscoroutinefunction(callback))
        self._gate: Gate | None = None
        self._successor: Listener | None = None

    def prepare(self, before: list[Owned]) -> None:
        for other in before:
            if isinstance(other, Listener) and other.is_continued_by(self):
                other._successor = self
                self._gate = other._gate
                return
        self._gate = Gate(*self._what, self)

    def is_continued_by(self, other: Listener) -> bool:
        """Whether another one listens to the same, and none continues it yet."""
        if self._is_continued() or self._gate is None or not self._gate.is_kept:
            return False
        return all(map(engine().same, self._what, other._what))

    def _is_continued(self) -> bool:
        return self._successor is not None and self._successor.state is not State.ENDED

    @property
    def is_open(self) -> bool:
        return self.state is State.GOING

    def _begin(self) -> None:
        if self._gate is not None:
            self._gate.listener = self

    def _end(self, before: State) -> None:
        gate = self._gate
        if gate is not None and gate.listener is self and not self._is_continued():
            gate.remove()


class Gate:
    """What stands among the listeners of a target, and passes on to the one in force."""

    def __init__(self, target: Any, event: Any, is_async: bool, listener: Listener) -> None:
        self.listener = listener

        async def asynchronous(*arguments: Any, **words: Any) -> Any:
            now = self.listener
            return await now.callback(*arguments, **words) if now.is_open else None

        def synchronous(*arguments: Any, **words: Any) -> Any:
            now = self.listener
            return now.callback(*arguments, **words) if now.is_open else None

        call = asynchronous if is_async else synchronous
        functools.update_wrapper(call, listener.callback, ("__name__", "__qualname__", "__doc__"))
        remove = _add_handler(target, event, listener.callback)
        self.is_kept = remove is None  # another handler has to be added itself
        self._remove = remove or _add(target, event, call)

    def remove(self) -> None:
        # Somebody else may have removed it: all of a target's listeners, say.
        with contextlib.suppress(LookupError, ValueError):
            self._remove()


def _add_handler(target: Any, event: Any, handler: Any) -> Call | None:
    """A handler or filter of a logger, which is no function; None for any other target."""
    if event not in ("handler", "filter") or not hasattr(target, "addFilter"):
        return None
    getattr(target, f"add{event.title()}")(handler)
    return functools.partial(getattr(target, f"remove{event.title()}"), handler)


def _add(target: Any, event: Any, gate: Call) -> Call:
    """Adds a listener; gives what takes it away."""
    if target is signal:
        return _signals.setdefault(event, _Signal(event)).add(gate)
    if target is atexit:
        atexit.register(gate)
        return functools.partial(atexit.unregister, gate)
    if hasattr(target, "connect") and hasattr(target, "disconnect"):
        return _connect(target, event, gate)
    for add, remove in _METHODS:
        if hasattr(target, add) and hasattr(target, remove):
            arguments = _in_order(getattr(target, add), event, gate)
            getattr(target, add)(*arguments)
            if add == "add_signal_handler":
                arguments = (event,)
            return functools.partial(getattr(target, remove), *arguments)
    raise TypeError(
        f"{type(target).__name__} has no method to add a listener with one to remove it, such as "
        "on() and off(): use on_dispose() for what takes it away"
    )


def _in_order(add: Call, event: Any, gate: Call) -> tuple[Any, ...]:
    """Most take the event first; bots of discord.py the listener, and by its name the event."""
    try:
        first = next(iter(inspect.signature(add).parameters), "")
    except (TypeError, ValueError):  # some that are not written in Python do not tell
        first = ""
    if first not in _CALLABLE:
        return event, gate
    return (gate,) if event is None else (gate, event)


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
