"""A change that takes long is told of while it does, with what it waits for."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from heatsync._resident import log
from heatsync._resident.brief import shortened
from heatsync._resident.live import LIVE

LONG = 2.0  # seconds; then twice as many, and so on
_LOOKS = 30  # that found nothing, before it sleeps until the next change
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


def started(thread: threading.Thread) -> bool:
    """Starts a thread, if one can be: at the end of the interpreter none can."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


class Awaited(NamedTuple):
    """A change that is to come to its end."""

    since: float
    files: Collection[str]
    thread: int | None  # in which it is being applied; None while it waits for its safe point


class Lookout:
    """A thread of its own, as the one to look out for may be stuck.

    It begins with the first change and wakes at most every LONG seconds, whatever happens; and not
    at all once there were no changes for a while. To wake it with each of them takes as long as to
    read the file.
    """

    def __init__(self) -> None:
        self._waiting: Awaited | None = None
        self._applied: list[Awaited] = []  # of which all but the first wait for that one
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()  # who ends it may wait for a thread that has started only
        self._begun = threading.Event()
        self._ended = threading.Event()

    def waits(self, files: Collection[str]) -> None:
        """From now on these wait for their safe point."""
        self._waiting = Awaited(time.monotonic(), files, None)
        self._begin()

    @contextmanager
    def applies(self, files: Collection[str]) -> Iterator[None]:
        """They are being applied in here, in this thread."""
        awaited = Awaited(time.monotonic(), files, threading.get_ident())
        self._applied.append(awaited)
        self._waiting = None
        self._begin()
        try:
            yield
        finally:
            self._applied.remove(awaited)

    def _first(self) -> Awaited | None:
        return next(iter(self._applied), self._waiting)

    def _begin(self) -> None:
        if self._thread is None:
            self._start()
        if not self._begun.is_set():
            self._begun.set()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._ended.is_set():
                thread = threading.Thread(target=self._run, name="heatsync-lookout", daemon=True)
                self._thread = thread if started(thread) else None

    def end(self) -> None:
        with self._starting:
            self._ended.set()
        self._begun.set()
        if self._thread not in (None, threading.current_thread()):
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._begun.wait()
            self._look_out()

    def _look_out(self) -> None:
        """Until nothing was waited for in a while, of which this thread is told only when it asks."""
        patience, known, looks = LONG, self._first(), 0
        while not self._ended.wait(_left(known, patience)):
            waiting = self._first()
            if waiting is not None and waiting is known:
                _tell(*waiting)
                patience *= 2
                continue
            patience, known, looks = LONG, waiting, 0 if waiting else looks + 1
            if looks >= _LOOKS:
                self._begun.clear()
                if self._first() is None:  # nor since then
                    return
                self._begun.set()


def _left(waiting: Awaited | None, patience: float) -> float:
    since = waiting.since if waiting else time.monotonic()
    return max(0.0, since + patience - time.monotonic())


def _tell(since: float, files: Collection[str], thread: int | None) -> None:
    names = ", ".join(map(shortened, sorted(files)[:3])) + ("…" if len(files) > 3 else "")
    change = f"the change of {names}" if files else "what refresh() found"
    frame = sys._current_frames().get(thread or threading.main_thread().ident or 0)
    at = _place(frame, inside=thread is not None)
    if thread is None:
        where = f"the main thread is busy at {at}" if at else "nobody reaches it"
        told = f"waits for its safe point: {where}"
    else:
        told = f"is still being applied: it runs {at or 'nothing of yours, but is at work itself'}"
    log.warning("after %.0f s, %s %s", time.monotonic() - since, change, told)


def _place(frame: FrameType | None, inside: bool) -> str:
    """Where the program's own code stands, as near as can be; `inside` of a reload, only there."""
    nearest = ""
    while frame is not None:
        code = frame.f_code
        if inside and code.co_filename.startswith(_OURS):
            break
        place = f"line {frame.f_lineno} of {shortened(code.co_filename)} ({code.co_qualname})"
        if LIVE.at(code.co_filename):
            return place
        nearest = nearest or place
        frame = frame.f_back
    return nearest
