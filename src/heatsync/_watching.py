"""The thread that says which files to look at again."""

from __future__ import annotations

import errno
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache

from heatsync._events import Events, Notice, Point, Sign, native
from heatsync._ground import Ground

log = logging.getLogger("heatsync")

Signature = tuple[int, int, int] | None

# How long a single finished save waits for company: what one program writes follows within tenths
# of a millisecond, and a reload should see all of it.
WINDOW = 0.001
# The longest wait for files that keep changing, in quiet periods.
CEILING = 10
# An older lock was left by a git that died, or is held while someone writes a commit message.
LOCK_AGE = 5.0
LOCK_LOOK = 0.02
POLL = 0.5
# File systems that do not tell what another machine, or the host of this one, wrote.
SILENT = {"9p", "afs", "ceph", "cifs", "fakeowner", "fuse", "nfs", "nfs4", "prl_fs", "smb3"}
SILENT |= {"smbfs", "vboxsf", "virtiofs"}


class Burst:
    """Which files belong together, and when they are complete."""

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._files: set[str] = set()
        self._unsure: dict[Sign, dict[Point, set[str]]] = {Sign.WRITING: {}, Sign.CHANGED: {}}
        self._first = self._last = self._not_before = -math.inf
        self._latest: set[str] = set()
        self._alone = True

    def add(self, notice: Notice, files: set[str]) -> None:
        point = (notice.directory, notice.name)
        again = files == self._latest
        if self._files:
            self._alone = self._alone and again
        else:
            self._alone = again or notice.at - self._last > self._quiet
            self._first = notice.at
        self._last, self._latest = notice.at, files
        for sign, points in self._unsure.items():
            if sign is notice.sign:
                points[point] = files
            else:
                points.pop(point, None)
        self._files |= files

    def unfinished(self) -> set[str]:
        """The files of which more is to come."""
        return {
            file for points in self._unsure.values() for files in points.values() for file in files
        }

    def due(self) -> float:
        if not self._files:
            return math.inf
        longest = self._quiet * CEILING
        wait = self._quiet
        if self._unsure[Sign.WRITING]:
            wait = longest
        elif self._alone and not self._unsure[Sign.CHANGED]:
            wait = WINDOW
        return max(self._not_before, min(self._last + wait, self._first + longest))

    def put_off(self, now: float) -> None:
        self._first = self._last = now
        self._not_before = now + LOCK_LOOK
        self._alone = False

    def directories(self) -> set[str]:
        return {os.path.dirname(file) for file in self._files}

    def take(self) -> frozenset[str]:
        files = frozenset(self._files)
        self._files.clear()
        for points in self._unsure.values():
            points.clear()
        return files


class Watcher:
    """Calls `touched` with the files to look at again, in a thread of its own, burst by burst.

    Watch a file first and read it then: what is written in between is told. With `poll`, the files
    are looked at every so many seconds instead.
    """

    def __init__(
        self,
        touched: Callable[[frozenset[str]], object],
        *,
        debounce: float = 0.05,
        poll: float | None = None,
    ) -> None:
        self._touched = touched
        self._burst = Burst(debounce)
        self._lock = threading.RLock()
        self._files: set[str] = set()
        self._polled: dict[str, Signature] = {}
        self._interval = POLL if poll is None else poll
        self._next_poll = 0.0
        self._again: set[str] = set()
        self._again_at = math.inf
        self._warned = self._closed = False
        self._events = self._listen() if poll is None else Events()
        self._ground = None if type(self._events) is Events else Ground(self._events)
        self._thread = threading.Thread(target=self._run, name="heatsync-watcher", daemon=True)
        self._thread.start()

    def watch(self, files: Iterable[str]) -> None:
        with self._lock:
            new = set() if self._closed else {*files} - self._files
            self._files |= new
            for file in new:
                self._cover(file)
            if self._polled:
                self._events.wake()

    def unwatch(self, files: Iterable[str]) -> None:
        with self._lock:
            for file in {*files} & self._files:
                self._files.discard(file)
                self._polled.pop(file, None)
                if self._ground:
                    self._ground.release(file)

    def is_unfinished(self, files: Iterable[str]) -> bool:
        """Whether more is to come of any of them, by all that has happened until this moment.

        If so, they will be told again.
        """
        with self._lock:
            if self._closed:
                return False
            if notices := self._events.next(0):
                for notice in notices:
                    self._note(notice)
                self._events.wake()
            return not self._burst.unfinished().isdisjoint(files)

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
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._events.end()

    def _listen(self) -> Events:
        try:
            return native()
        except OSError as error:
            self._warn(error)
            return Events()

    def _cover(self, file: str) -> None:
        try:
            if self._ground and not silent(self._ground.hold(file)):
                self._polled.pop(file, None)
                return
        except OSError as error:
            self._warn(error)
        self._polled.setdefault(file, signature(file))

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
        while not self._closed:
            for notice in self._events.next(self._patience()):
                with self._lock:
                    self._note(notice)
            if not self._closed:
                self._wake(time.monotonic())

    def _patience(self) -> float | None:
        with self._lock:
            poll = self._next_poll if self._polled else math.inf
            then = min(self._burst.due(), self._again_at, poll)
        return None if then == math.inf else max(0.0, then - time.monotonic())

    def _wake(self, now: float) -> None:
        if self._polled and self._next_poll <= now:
            self._next_poll = now + self._interval
            self._poll(now)
        files = self._due(now)
        if files:
            self._deliver(files)

    def _due(self, now: float) -> frozenset[str]:
        with self._lock:
            files = frozenset[str]()
            if self._again_at <= now:
                files, self._again, self._again_at = frozenset(self._again), set(), math.inf
            if self._burst.due() <= now:
                if locked(self._burst.directories()):
                    self._burst.put_off(now)
                else:
                    files |= self._burst.take()
            return files

    def _note(self, notice: Notice) -> None:
        files = self._ground.about(notice) if self._ground else set()
        if not files:
            return
        if notice.sign is Sign.FINISHED and empty(os.path.join(*notice[:2])):
            # Some write in two goes: emptied and closed, then filled.
            notice = notice._replace(sign=Sign.CHANGED)
        if notice.moved:
            for file in files:
                self._cover(file)
        self._burst.add(notice, files)

    def _poll(self, now: float) -> None:
        with self._lock:
            for file, known in list(self._polled.items()):
                if (found := signature(file)) != known:
                    self._polled[file] = found
                    self._cover(file)
                    self._burst.add(Notice(*os.path.split(file), Sign.CHANGED, True, now), {file})

    def _deliver(self, files: frozenset[str]) -> None:
        with self._lock:
            files &= self._files
            for file in files & self._polled.keys():
                self._polled[file] = signature(file)
        try:
            if files:
                self._touched(files)
        except Exception:
            log.exception("what was told of changed files failed; the next change is told again")


def signature(file: str) -> Signature:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def empty(file: str) -> bool:
    found = signature(file)
    return found is not None and found[1] == 0


def silent(directory: str) -> bool:
    try:
        return sends_no_events(os.stat(directory).st_dev)
    except OSError:
        return False


@cache
def sends_no_events(device: int) -> bool:
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts:
            for mount in mounts:
                place, _, kind = mount.partition(" - ")
                if place.split()[2] == f"{os.major(device)}:{os.minor(device)}":
                    return kind.split(maxsplit=1)[0].partition(".")[0] in SILENT
    except OSError:
        pass  # not a system that tells its mounts
    return False


def locked(directories: set[str]) -> bool:
    """Whether git is at work in a repository that holds one of the directories."""
    seen: set[str] = set()
    for directory in directories:
        while directory not in seen:
            seen.add(directory)
            git = os.path.join(directory, ".git")
            if os.path.lexists(git):
                if young(os.path.join(git_directory(git), "index.lock")):
                    return True
                break
            directory = os.path.dirname(directory)
    return False


def git_directory(git: str) -> str:
    """In a work tree of another repository, `.git` is a file that names the real one."""
    try:
        with open(git, encoding="utf-8") as file:
            return os.path.join(os.path.dirname(git), file.read().partition("gitdir:")[2].strip())
    except OSError:
        return git


def young(lock: str) -> bool:
    try:
        return time.time() - os.stat(lock).st_mtime < LOCK_AGE
    except OSError:
        return False
