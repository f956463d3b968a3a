"""When the changes that the watcher tells of are applied."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

from heatsync import _sharing
from heatsync._forking import follow_forks
from heatsync._lookout import Lookout, started
from heatsync._resident.live import LIVE, engine
from heatsync._safe_points import Schedule, here, in_a_fork, nowhere
from heatsync.errors import UnreadableError

if TYPE_CHECKING:
    from heatsync._engine import Report

# The longest wait, in quiet periods: for a text that does not compile, or is being written to, and
# for files that keep changing.
CEILING = 10
# Seconds to wait at least for what is being written to or was emptied, however short the period.
LEAST = 0.5
_STEP = 0.002  # seconds between two looks at what is being written
Texts = Mapping[str, bytes | None]
HALF = (SyntaxError, UnreadableError)


class Watcher(Protocol):
    """Tells of files by itself."""

    def moment(self) -> int: ...
    def await_company(self) -> None: ...
    def is_unfinished(self, files: Collection[str], since: int) -> bool: ...
    def are_open(self, files: Collection[str], since: int) -> bool: ...
    def has_others(self, files: Collection[str]) -> bool: ...
    def tell_again(self, files: Iterable[str], seconds: float) -> None: ...
    def close(self) -> None: ...


class _Turn:
    """One attempt to apply what is pending."""

    def __init__(self, asked: bool) -> None:
        self.asked = asked  # by the program, at this very place
        self.files: set[str] = set()
        self.moment = 0  # of the watcher's, before they were read


class Applying:
    """Keeps what one Heatsync's watcher told of until its safe point is reached."""

    def __init__(self, schedule: Schedule, debounce: float) -> None:
        self._schedule = self._usual = schedule
        self._quiet = debounce
        self._least = max(debounce, LEAST / CEILING)  # for what is half there for certain
        self._watcher: Watcher | None = None
        self._pending: set[str] = set()
        self._waiting_since: float | None = None  # for more of what is pending
        self._waiting_at = 0  # the watcher's moment when an empty file was seen
        self._known_error = ""
        self._lock = threading.Lock()
        self._lookout = Lookout()
        self._ended = False
        self._telling: int | None = None  # the thread in which the watcher tells of files
        _PAUSES.all.append(self)
        follow_forks(self)

    def begin_anew(self) -> None:
        """In a forked child: nothing is on its way there, and loops are its parent's."""
        self._lock, self._lookout = threading.Lock(), Lookout()
        self._telling = None
        if self._schedule is not nowhere:
            self._schedule = self._usual = in_a_fork()

    def follow(self, watcher: Watcher) -> None:
        """Of whom to ask whether more is to come."""
        self._watcher = watcher

    def at(self, schedule: Schedule | None) -> None:
        """From now on at this safe point; None for the one that `apply` stands for."""
        self._schedule = self._usual if schedule is None else schedule
        self.hand_over()

    def touched(self, files: frozenset[str]) -> None:
        """The watcher says: look at these again."""
        self._telling = threading.get_ident()
        try:
            if not self._ended:
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
            engine()  # first, as it takes its time, in which a loop may begin
            if self._schedule not in (here, nowhere):
                self._lookout.waits(list(self._pending))
            self._schedule(self._apply_by_itself)

    def apply(self, *, asked: bool = True) -> Report | None:
        """Applies what is pending, here and now, unless more of it is still to come.

        Not `asked` for, it does nothing in a pause.
        """
        if not self._pending:
            return None
        turn = _Turn(asked)
        hold = partial(self._hold, turn)
        with self.looked_out_for(self._pending):
            report = _sharing.reload_and_tell(self._take(turn), hold=hold)
        if self._pending.isdisjoint(turn.files):
            self._waiting_since = None
        return report

    def refresh(self, files: Collection[str]) -> Report | None:
        """Applies what differs now; for what is being written just then, it waits a moment.

        Nobody may know but by what is there: some editors empty a file first, and fill it then.
        """
        until = time.monotonic() + self._least
        while True:
            turn = _Turn(asked=True)
            turn.moment = self._watcher.moment() if self._watcher is not None else 0
            hold = partial(self._is_half_there, turn)
            report = _sharing.reload_and_tell(files, by_signs=True, hold=hold)
            if not turn.files:
                return report
            if time.monotonic() >= until:
                break
            time.sleep(_STEP)
        if self._watcher is not None and self._watcher.are_open(turn.files, turn.moment):
            return None  # it is told of, or seen by the next call
        return _sharing.reload_and_tell(files, by_signs=True)

    def _is_half_there(
        self, turn: _Turn, texts: Texts, error: Exception | None, compiled: bool
    ) -> bool:
        empty = [file for file, text in texts.items() if text == b""]
        if empty or (
            self._watcher is not None and self._watcher.are_open(texts.keys(), turn.moment)
        ):
            turn.files = set(empty or texts)
        return bool(turn.files)

    def looked_out_for(self, files: Iterable[str]) -> AbstractContextManager[None]:
        """In here these are being applied. Who does not watch has no thread to look out for it."""
        return nullcontext() if self._watcher is None else self._lookout.applies(list(files))

    def _apply_by_itself(self) -> None:
        if not self._ended:
            self.apply(asked=False)

    def _take(self, turn: _Turn) -> Iterator[str]:
        """Runs right before they are read: until then, more may come."""
        if self._watcher is not None:
            turn.moment = self._watcher.moment()
        with self._lock:
            turn.files, self._pending = self._pending, set()
        yield from turn.files

    def _hold(self, turn: _Turn, texts: Texts, error: Exception | None, compiled: bool) -> bool:
        """Whether what was taken waits on: a pause began, or some of it is only half there."""
        if compiled and self._watcher is not None:
            self._watcher.await_company()
        paused = _PAUSES.many > 0 and not turn.asked
        seconds = self._more_comes_in(turn, texts, error) if texts else 0
        if not paused and seconds <= 0:
            return False
        with self._lock:
            self._pending |= turn.files
        if self._watcher is not None and not paused:
            self._watcher.tell_again(turn.files, seconds)
        return True

    def _more_comes_in(self, turn: _Turn, texts: Texts, error: Exception | None) -> float:
        """The seconds in which more may be there, or 0 if nothing says so."""
        if self._watcher is None:
            return 0
        if error is not None:
            wait = self._quiet * CEILING if self._looks_half(error) else 0
        elif self._watcher.is_unfinished(texts.keys(), turn.moment):
            return self._least
        elif b"" in texts.values():
            # A file that is being emptied is so long before the kernel says that it was changed:
            # on a busy machine a twentieth of a second.
            wait = self._least * CEILING
            if self._waiting_at != turn.moment:
                self._waiting_at, self._waiting_since = turn.moment, None
        else:
            wait = self._quiet * CEILING if self._watcher.has_others(texts.keys()) else 0
        left = self._left(wait) if wait else 0
        if left <= 0 and error is not None:
            self._known_error = repr(error)
        return left

    def _left(self, wait: float) -> float:
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        return self._waiting_since + wait - now

    def _looks_half(self, error: Exception) -> bool:
        """Whether it may be that of a text not written to its end. The same one is told only once."""
        return isinstance(error, HALF) and repr(error) != self._known_error

    def end(self) -> None:
        """Ends the watcher's thread, and does not wait for it where it may wait for us."""
        self._ended = True
        self._lookout.end()
        watcher, self._watcher = self._watcher, None
        _PAUSES.all.remove(self)
        if watcher is None:
            return
        if self._telling in (None, threading.get_ident()):
            watcher.close()
            return
        closing = threading.Thread(target=watcher.close, name="heatsync-closing", daemon=True)
        if not started(closing):  # the watcher's thread ends with the interpreter
            return
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
