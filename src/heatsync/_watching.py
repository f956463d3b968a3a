"""The thread that says which files to look at again."""

from __future__ import annotations

import errno
import importlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable

from heatsync._burst import LASTING, Burst
from heatsync._ending import remember_ctrl_c
from heatsync._events import Events, Notice, Sign
from heatsync._forking import follow_forks
from heatsync._ground import Ground
from heatsync._looking import empty, is_fresh, locked, silent
from heatsync._newcomers import Newcomers
from heatsync._resident import log
from heatsync._resident.live import LIVE, engine
from heatsync._resident.texts import Signature, signature

POLL = 0.5
READY_AFTER = 0.5  # seconds without a new file: by then a program has imported what it needs
FRESH: Signature = (0, 0, 0, 0)  # like no file's


def native() -> Events:
    """The best that this system offers. Raises OSError where it has no more of it."""
    # By name, as each costs time to load.
    if sys.platform == "linux":
        linux: Events = importlib.import_module("heatsync._inotify").InotifyEvents()
        return linux
    others: Events = importlib.import_module("heatsync._observing").ObserverEvents()
    return others


class Watcher:
    """Calls `touched` with the files to look at again, in a thread of its own, burst by burst.

    Watch a file first and read it then: what is written in between is told; or read it first, and
    say with which signs. With `poll`, the files are looked at every so many seconds instead.
    """

    def __init__(
        self,
        touched: Callable[[frozenset[str]], object],
        *,
        debounce: float = 0.05,
        poll: float | None = None,
    ) -> None:
        self._touched = touched
        self._debounce = debounce
        self._interval = POLL if poll is None else poll
        self._by_events = poll is None
        self._files: set[str] = set()
        self._warned = self._closed = False
        self._begin()
        follow_forks(self)
        remember_ctrl_c()

    def _begin(self) -> None:
        self._burst = Burst(self._debounce)
        self._lock = threading.RLock()
        self._polled: dict[str, Signature | None] = {}
        self._silent: dict[str, bool] = {}  # by real directory
        self._newcomers = Newcomers()
        self._next_poll = 0.0
        self._again: set[str] = set()
        self._again_at = math.inf
        self._ready_at = time.monotonic() + READY_AFTER
        self._events = self._listen() if self._by_events else Events()
        self._ground = None if type(self._events) is Events else Ground(self._events)
        self._thread = threading.Thread(target=self._run, name="heatsync-watcher", daemon=True)
        self._thread.start()

    def begin_anew(self) -> None:
        """In a forked child: it has its own watches and thread."""
        if self._closed:
            return
        self._events.abandon()
        files, self._files = self._files, set()
        self._begin()
        self.watch(files)
        self.tell_again(files, 0)  # what was told to the parent only, or to nobody in between
        log.info("process %d, forked from %d, watches its files itself", os.getpid(), os.getppid())

    def watch(self, files: Iterable[str]) -> None:
        with self._lock:
            if self._closed:
                return
            new = {*files} - self._files
            self._files |= new
            if new:
                self._put_off_readiness(time.monotonic())
            for file in new:
                self._cover(file)
            if self._polled:
                self._events.wake()

    def watch_soon(self, file: str, signs: Signature) -> bool:
        """Watches a file that was read just now, with these signs, as soon as no more are imported.

        What is written until then is told, too. Not so where the signs would not show it: then it
        is watched at once, and is to be read again, which is what this gives.
        """
        if is_fresh(signs):
            self.watch([file])
            return True
        self._files.add(file)
        if self._newcomers.add(file, signs) and not self._closed:
            self._events.wake()
        return False

    def unwatch(self, files: Iterable[str]) -> None:
        with self._lock:
            for file in set() if self._closed else {*files} & self._files:
                self._files.discard(file)
                self._polled.pop(file, None)
                if self._ground:
                    self._ground.release(file)

    def moment(self) -> int:
        """Before files are read: by this it can be told afterwards whether something happened."""
        with self._lock:
            self._catch_up()
            return self._burst.added

    def is_unfinished(
        self, files: Collection[str], since: int, signs: Collection[Sign] = frozenset(Sign)
    ) -> bool:
        """Whether some files, read since a moment, may have been read half, as they were written.

        The kernel notes a write before it lets the writer go on, so it is known by now. Only some
        `signs` may count: that a file came or went says less than that one is open.
        """
        with self._lock:
            self._catch_up()
            happened = self._burst.added != since and not self._burst.files.isdisjoint(files)
            return happened or self._burst.is_writing(files, time.monotonic(), signs)

    def are_open(self, files: Collection[str], since: int) -> bool:
        """The same, where it is certain that more is to come."""
        return self.is_unfinished(files, since, LASTING)

    def await_company(self) -> None:
        """Waits until what belongs to the latest save is there: no more than an instant."""
        with self._lock:
            seconds = self._burst.company_until() - time.monotonic()
        if seconds > 0:
            time.sleep(seconds)

    def has_others(self, files: Collection[str]) -> bool:
        """Whether others have changed, too, and are about to be told."""
        with self._lock:
            return not self._burst.files.issubset(files)

    def _catch_up(self) -> None:
        """Notes what was told, in one go with asking for it: nobody may see it half noted."""
        if self._closed:
            return
        before = self._burst.added
        self._take_in()
        if self._events.may_tell():
            self._note_told()
        if self._burst.added != before and not self._is_own_thread():
            self._events.wake()

    def _see_to_newcomers(self, now: float) -> None:
        if self._newcomers.due() < math.inf:
            self._put_off_readiness(now)
        if self._newcomers.are_complete(now):
            self._take_in()

    def _take_in(self) -> None:
        """Watches what was imported, and notes what was written meanwhile."""
        now = time.monotonic()
        for file, signs in self._newcomers.take():
            if file in self._files:
                self._cover(file)
                if signature(file) != signs:
                    self._note_changed(file, now)

    def tell_again(self, files: Iterable[str], seconds: float) -> None:
        """Tells these after a while, even if nothing happens to them."""
        with self._lock:
            if not self._closed:
                self._again |= {*files}
                self._again_at = min(self._again_at, time.monotonic() + seconds)
                self._events.wake()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._events.wake()
        if not self._is_own_thread():
            self._thread.join()
        self._events.end()

    def _is_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def _listen(self) -> Events:
        try:
            return native()
        except OSError as error:
            self._warn(error)
            return Events()

    def _cover(self, file: str) -> None:
        try:
            if self._ground and not self._is_silent(self._ground.hold(file)):
                self._polled.pop(file, None)
                return
        except OSError as error:
            self._warn(error)
        if file not in self._polled:
            self._remember(file)

    def _is_silent(self, directory: str) -> bool:
        """Asked once for each, until something moves: thousands of files are in few of them."""
        found = self._silent.get(directory)
        if found is None:
            found = self._silent[directory] = silent(directory)
        return found

    def _warn(self, error: OSError) -> None:
        if error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENFILE) and not self._warned:
            self._warned = True
            log.warning(
                "%s: looking at the remaining files every %s s instead; "
                "raise fs.inotify.max_user_watches or max_user_instances to have saves applied at once",
                error.strerror,
                self._interval,
            )

    def _run(self) -> None:
        while not self._closed and self._is_own_thread():
            self._events.wait(self._patience())
            if not self._closed:
                self._wake()

    def _patience(self) -> float | None:
        with self._lock:
            poll = self._next_poll if self._polled else math.inf
            then = min(
                self._burst.due(), self._again_at, self._ready_at, poll, self._newcomers.due()
            )
        return None if then == math.inf else max(0.0, then - time.monotonic())

    def _wake(self) -> None:
        with self._lock:  # in one go: what is due is told by what has happened until now
            self._see_to_newcomers(time.monotonic())
            self._note_told()
            now = time.monotonic()
            if self._polled and self._next_poll <= now:
                self._next_poll = now + self._interval
                self._look_at(list(self._polled), now)
            files = self._due(now)
        if files:
            self._deliver(files)
        if self._ready_at <= now:
            self._get_ready()

    def _put_off_readiness(self, now: float) -> None:
        if self._ready_at < math.inf:
            self._ready_at = now + READY_AFTER

    def _get_ready(self) -> None:
        """Loads the engine while nothing happens, so that the first edit does not wait for it."""
        self._ready_at = math.inf
        try:
            with LIVE.lock:  # for which a fork waits: a child would keep half of an import
                engine().known_adapters()
        except Exception:
            log.exception("the engine could not be made ready; the next change will need it")

    def _due(self, now: float) -> frozenset[str]:
        files = frozenset[str]()
        if self._again_at <= now:
            files, self._again, self._again_at = frozenset(self._again), set(), math.inf
        if self._burst.due() <= now:
            self._look_at(self._burst.files & self._polled.keys(), now)
        if self._burst.due() <= now:
            if locked(self._burst.directories()):
                self._burst.put_off(now)
            else:
                files |= self._burst.take()
                self._again -= files
                self._again_at = self._again_at if self._again else math.inf
        return files

    def _note_told(self) -> None:
        try:
            told = self._events.told()
        except OSError as error:
            self._look_instead(error)
            return
        for notice in told:
            self._note(notice)

    def _look_instead(self, error: OSError) -> None:
        """What told of changes does not any more, and cannot begin anew."""
        log.warning("%s: looking at the files every %s s instead", error, self._interval)
        self._events.abandon()
        self._events, self._ground = Events(), None
        for file in self._files:
            self._cover(file)
        self.tell_again(self._files, 0)

    def _note(self, notice: Notice) -> None:
        files = self._ground.about(notice) if self._ground else set()
        if not files:
            return
        if notice.sign is Sign.FINISHED and empty(os.path.join(*notice[:2])):
            notice = notice._replace(sign=Sign.EMPTIED)
        if notice.moved:
            self._silent.clear()
            for file in files:
                self._cover(file)
        self._burst.add(notice, files)

    def _look_at(self, files: Iterable[str], now: float) -> None:
        with self._lock:
            for file in files:
                known = self._polled[file]
                self._remember(file)
                if known != self._polled[file]:
                    self._cover(file)
                    self._note_changed(file, now)

    def _note_changed(self, file: str, now: float) -> None:
        sign = Sign.EMPTIED if empty(file) else Sign.CHANGED
        self._burst.add(Notice(*os.path.split(file), sign, True, now), {file})

    def _remember(self, file: str) -> None:
        """Until the next look. What may be written again without a trace is told again then."""
        found = signature(file)
        self._polled[file] = FRESH if is_fresh(found) else found

    def _deliver(self, files: frozenset[str]) -> None:
        with self._lock:
            files &= self._files
            for file in files & self._polled.keys():
                self._remember(file)
        try:
            if files:
                self._touched(files)
        except Exception:
            log.exception("what was told of changed files failed; the next change is told again")
