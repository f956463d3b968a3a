"""When the changes that the watcher tells of are applied."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from heatsync import _sharing
from heatsync._engine import LIVE, Report
from heatsync._keeping import Watcher
from heatsync._safe_points import Schedule


class Applying:
    """Keeps what one Heatsync's watcher told of until its safe point is reached."""

    def __init__(self, schedule: Schedule, debounce: float) -> None:
        self._schedule = self._usual = schedule
        self._debounce = debounce
        self._pending: set[str] = set()
        self._lock = threading.Lock()
        self._ended = False
        self._telling: int | None = None  # the thread in which the watcher tells of files
        _PAUSES.all.append(self)

    def at(self, schedule: Schedule | None) -> None:
        """From now on at this safe point; None for the one that `apply` stands for."""
        self._schedule = self._usual if schedule is None else schedule
        self.hand_over()

    def touched(self, files: frozenset[str]) -> None:
        """The watcher says: look at these again."""
        self._telling = threading.get_ident()
        try:
            if not self._ended:
                _sharing.wait_for_texts(files, self._debounce)
                with self._lock:
                    self._pending |= files
                self.hand_over()
        except KeyboardInterrupt:
            _thread.interrupt_main()  # it is for the program, not for the watcher
        finally:
            self._telling = None

    def hand_over(self) -> None:
        # Not only where nothing is on its way: what was handed to a loop that ended is lost.
        if self._pending and not _PAUSES.many:
            self._schedule(self._apply_by_itself)

    def apply(self) -> Report | None:
        """Applies what is pending, here and now."""
        return _sharing.reload_and_tell(self._taken()) if self._pending else None

    def _apply_by_itself(self) -> None:
        if self._pending and not self._ended:
            _sharing.reload_and_tell(self._taken_unless_paused())

    # These run when the reload has its turn: until then, more may come, or a pause begin.

    def _taken(self) -> Iterator[str]:
        with self._lock:
            files, self._pending = self._pending, set()
        yield from files

    def _taken_unless_paused(self) -> Iterator[str]:
        if not _PAUSES.many:
            yield from self._taken()

    def end(self, watcher: Watcher | None) -> None:
        """Ends the watcher's thread, and does not wait for it where it may wait for us."""
        self._ended = True
        _PAUSES.all.remove(self)
        if watcher is None:
            return
        if self._telling in (None, threading.get_ident()):
            watcher.close()
            return
        closing = threading.Thread(target=watcher.close, name="heatsync-closing", daemon=True)
        closing.start()
        closing.join(0 if _sharing.is_reloading() else _sharing.PATIENCE)


class _Pauses:
    """How often all is held back, whichever Heatsync was asked: what they keep live is shared."""

    def __init__(self) -> None:
        self.many = 0
        self.all: list[Applying] = []
        self.lock = threading.Lock()


_PAUSES = _Pauses()


@contextmanager
def paused() -> Iterator[None]:
    """No watcher's change is applied in here; at the end of the last, all that came is one batch."""
    _count(1)
    try:
        _let_end()
        yield
    finally:
        if not _count(-1):
            for applying in list(_PAUSES.all):
                applying.hand_over()


def _count(more: int) -> int:
    with _PAUSES.lock:
        _PAUSES.many += more
        return _PAUSES.many


def _let_end() -> None:
    """Waits for the reload in progress; not for ever, as it may itself wait for this thread."""
    if LIVE.lock.acquire(timeout=_sharing.PATIENCE):
        LIVE.lock.release()
