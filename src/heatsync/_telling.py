"""What was reloaded, told to the listeners and remembered."""

from __future__ import annotations

import importlib
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyee import EventEmitter

from heatsync._forking import follow_forks
from heatsync._lifecycle import call_as
from heatsync._resident import log

if TYPE_CHECKING:
    from heatsync._engine import Report

# Reports that are kept, and what they tell of: one of a thousand statements has two megabytes.
_KEPT = 100
_KEPT_OUTCOMES = 10_000


class Events(EventEmitter):
    """An EventEmitter whose listeners cannot break what they listen to: what they raise is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.home = threading.get_ident()  # the thread whose event loop runs coroutines

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        # Most programs listen to nothing, which is seen sooner than who listens to each event.
        return bool(self.event_names()) and super().emit(event, *args, **kwargs)

    def _emit_run(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        try:
            call_as(f, self.home, *args, **kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException:  # also SystemExit, which would end the watcher's thread in silence
            log.exception("%r, which listens to heatsync, raised", f)


class Telling:
    """The events of one Heatsync, and its latest reports."""

    def __init__(self) -> None:
        self.events = Events()
        self.history: deque[Report] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        follow_forks(self)

    def begin_anew(self) -> None:
        """In a forked child: a thread that is not there may have held the lock."""
        self._lock = threading.Lock()

    def announce(self, files: tuple[str, ...]) -> None:
        self.events.emit("before", files)

    def tell(self, report: Report) -> None:
        with self._lock:  # threads reload one after the other, but tell of it at once
            self.history.append(report)
            while len(self.history) > 1 and sum(map(_size, self.history)) > _KEPT_OUTCOMES:
                self.history.popleft()
        if report.error is not None:
            self._tell_error(report.error)
        else:
            for file in report.files:
                self.events.emit("any", file)
                self.events.emit(file, report)
        self.events.emit("after", report)

    def _tell_error(self, error: BaseException) -> None:
        if self.events.listeners("error"):
            self.events.emit("error", error)
        else:
            told = importlib.import_module("traceback").format_exception(error)
            text = "".join(told).rstrip()
            log.error("%s\nstill running the previous version", text)


def _size(report: Report) -> int:
    return len(report.outcomes)
