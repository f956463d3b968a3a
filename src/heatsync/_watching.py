"""The thread that says which files to look at again."""

from __future__ import annotations

import errno
import logging
import math
import os
import queue
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from typing import NamedTuple, Protocol

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

log = logging.getLogger("heatsync")

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


class Sign(Enum):
    FINISHED = auto()  # closed after writing, or renamed into place
    WRITING = auto()  # written to, and its close is still to come
    CHANGED = auto()  # came, went or differs: nothing says whether more follows


class Notice(NamedTuple):
    directory: str  # none: events were lost, so anything may have happened
    name: str  # none: the directory itself is gone
    sign: Sign
    moved: bool  # whether something else may stand there now, not only another text
    at: float


Tell = Callable[[Notice], None]
Point = tuple[str, str]  # a real directory, a name in it
Signature = tuple[int, int, int] | None


class Watch(NamedTuple):
    directory: str
    content: bool  # whether writes matter, or only names that come and go


class Events(Protocol):
    """What a system offers to learn of changes in single directories."""

    def open(self, watch: Watch) -> None: ...
    def shut(self, watch: Watch) -> None: ...
    def end(self) -> None: ...


class ObserverEvents(FileSystemEventHandler):
    """Watchdog's observer: there on every system, tells of closes on Linux only."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._open: dict[Watch, ObservedWatch] = {}
        self._observer = Observer()
        self._observer.start()

    def open(self, watch: Watch) -> None:
        # macOS tells of whole trees, so the directories on the way, up to the root, are left out.
        if watch.content:
            self._open[watch] = self._observer.schedule(self, watch.directory)

    def shut(self, watch: Watch) -> None:
        if opened := self._open.pop(watch, None):
            self._observer.unschedule(opened)

    def end(self) -> None:
        self._observer.stop()
        self._observer.join()

    def dispatch(self, event: FileSystemEvent) -> None:
        kind = event.event_type
        if kind in ("closed", "created", "deleted", "moved") or (
            kind == "modified" and not event.is_directory
        ):
            self._pass_on(event.src_path, Sign.FINISHED if kind == "closed" else Sign.CHANGED, kind)
            renamed = isinstance(event, FileMovedEvent)
            self._pass_on(event.dest_path, Sign.FINISHED if renamed else Sign.CHANGED, kind)

    def _pass_on(self, path: str | bytes, sign: Sign, kind: str) -> None:
        if path:
            directory, name = os.path.split(os.fsdecode(path))
            moved = kind not in ("modified", "closed")
            self._tell(Notice(directory, name, sign, moved, time.monotonic()))


native: Callable[[Tell], Events] = ObserverEvents

if sys.platform == "linux":
    from watchdog.observers.inotify_c import (
        CallbackId,
        InotifyConstants,
        InotifyEvent,
        InotifyFD,
        Mask,
        WatchDescriptor,
    )

    IN = InotifyConstants
    WRITES = IN.IN_MODIFY | IN.IN_CLOSE_WRITE
    NAMES = IN.IN_CREATE | IN.IN_DELETE | IN.IN_MOVED_FROM | IN.IN_MOVED_TO

    class Outlook:
        """What one watch tells, in the words of this module."""

        def __init__(self, watch: Watch, tell: Tell) -> None:
            self._directory = watch.directory
            self.mask = WRITES if watch.content else NAMES
            self._tell = tell

        def on_event(self, event: InotifyEvent) -> None:
            if event.mask & self.mask:
                finished = event.is_close_write or event.is_moved_to
                unfinished = Sign.WRITING if event.is_modify else Sign.CHANGED
                sign = Sign.FINISHED if finished else unfinished
                self._say(self._directory, os.fsdecode(event.name), sign, bool(event.mask & NAMES))

        def on_watch_deleted(self, wd: WatchDescriptor) -> None:
            self._say(self._directory, "", Sign.CHANGED, True)

        def on_queue_overflow(self) -> None:
            self._say("", "", Sign.CHANGED, True)

        def _say(self, directory: str, name: str, sign: Sign, moved: bool) -> None:
            self._tell(Notice(directory, name, sign, moved, time.monotonic()))

    class InotifyEvents(InotifyFD):
        """One inotify descriptor and one thread for all directories.

        Watchdog's observer would start a thread for each, and sit for half a second on all that
        follows a file moved out of its directory, as some editors do with backups.
        """

        def __init__(self, tell: Tell) -> None:
            super().__init__()
            self._tell = tell
            self._open: dict[Watch, tuple[WatchDescriptor, CallbackId]] = {}
            self._began = threading.Event()
            self.start()
            try:
                # Stopped before its first read, the library leaves its descriptors open; a watch
                # that comes and goes gives it something to read.
                self.open(Watch(os.sep, False))
                self.shut(Watch(os.sep, False))
            except OSError:
                self.end()
                raise

        def handle_event(self, event: InotifyEvent) -> None:
            self._began.set()
            super().handle_event(event)

        def open(self, watch: Watch) -> None:
            outlook = Outlook(watch, self._tell)
            # To the kernel, all watches of one directory are one: each may only add to the mask.
            mask = Mask(outlook.mask | IN.IN_MASK_ADD | IN.IN_ONLYDIR)
            key = CallbackId(id(outlook))
            wd = self.add_callback(os.fsencode(watch.directory), mask, outlook, key)
            if wd < 0:  # the library keeps silent about a permission denied
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), watch.directory)
            self._open[watch] = wd, key

        def shut(self, watch: Watch) -> None:
            if opened := self._open.pop(watch, None):
                self.remove_callbacks([opened])

        def end(self) -> None:
            self._began.wait(1)
            self.stop()
            self.join()

    native = InotifyEvents


@dataclass(frozen=True)
class Trail:
    """Every name that decides what a path leads to: its directories, links, their targets, itself."""

    points: tuple[Point, ...] = ()
    near: tuple[str, ...] = ()  # where links, the first missing name and the last name stand
    end: str = ""  # the real path that was reached
    whole: bool = True  # whether something stands there

    def uses(self) -> set[Point | Watch]:
        watches = {Watch(directory, False) for directory, _ in self.points}
        return {*self.points, *watches, *(Watch(directory, True) for directory in self.near)}


NOWHERE = Trail()


def split(path: str) -> tuple[str, list[str]]:
    drive, rest = os.path.splitdrive(path)
    return drive + os.sep, rest.replace("/", os.sep).split(os.sep)


def follow(way: Trail, names: list[str]) -> Trail:
    """Go on from the end of a way, through links, as far as something stands there."""
    points, near, at, links = [*way.points], way.near, way.end, 0
    todo = names[::-1]
    while todo:
        name = todo.pop()
        if name in ("", os.curdir, os.pardir):
            at = os.path.dirname(at) if name == os.pardir else at
            continue
        points.append((at, name))
        path = os.path.join(at, name)
        try:
            link = stat.S_ISLNK(os.lstat(path).st_mode)
            target = os.readlink(path) if link else ""
        except OSError:
            return Trail((*points,), (*near, at), path, False)
        if links > 40:  # a circle, to the kernel as well
            return Trail((*points,), (*near, at), path, False)
        if link:
            links, near = links + 1, (*near, at)
            at, names = split(os.path.join(at, target))
            todo += names[::-1]
        else:
            at = path
    return Trail((*points,), near, at)


class Ground:
    """The directories that are watched for the files, kept right as things move about."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._users: dict[Point | Watch, set[str]] = {}
        self._trails: dict[str, Trail] = {}
        self._ways: dict[str, Trail] = {}
        self.events = native(self._sift)

    def hold(self, file: str) -> str:
        """Watch all that decides what the file is; tell the real directory that it led to."""
        for _ in range(3):
            trail = self._trail(file)
            self._replace(file, trail)
            # What came while the watch was being set up was not told.
            if trail.whole or trail == self._trail(file):
                break
        return trail.near[-1]

    def release(self, file: str) -> None:
        self._replace(file, NOWHERE)
        self._trails.pop(file, None)

    def about(self, notice: Notice) -> set[str]:
        """The files that the notice is about; those whose way has moved are held no more."""
        point = (notice.directory, notice.name)
        key = point if notice.name else Watch(notice.directory, False)
        files = set(self._users.get(key, ()) if notice.directory else self._trails)
        if notice.moved:
            self._ways.clear()
            for file in files:
                if self._trails[file].points[-1:] != (point,):
                    self.release(file)
        return files

    def _sift(self, notice: Notice) -> None:
        if not notice.name or (notice.directory, notice.name) in self._users:
            self._tell(notice)

    def _trail(self, file: str) -> Trail:
        parent, name = os.path.split(file)
        way = self._ways.get(parent)
        if way is None:
            root, names = split(parent)
            way = follow(Trail(end=root), names)
            if not way.whole:
                return way
            self._ways[parent] = way
        trail = follow(way, [name])
        return replace(trail, near=(*trail.near, os.path.dirname(trail.end)))

    def _replace(self, file: str, new: Trail) -> None:
        old = self._trails.get(file, NOWHERE)
        if old == new:
            return
        before, after = old.uses(), new.uses()
        self._trails[file] = new
        try:
            for use in after - before:
                self._begin(use, file)
        except OSError:
            for use in before | after:
                self._end(use, file)
            self._trails[file] = NOWHERE
            raise
        for use in before - after:
            self._end(use, file)

    def _begin(self, use: Point | Watch, file: str) -> None:
        users = self._users.get(use)
        if users is None:
            if isinstance(use, Watch):
                self._open(use)
            users = self._users[use] = set()
        users.add(file)

    def _open(self, watch: Watch) -> None:
        try:
            self.events.open(watch)
        except PermissionError:
            if watch.content:
                raise
            # One may pass through a directory that one may not list; it will hardly move.

    def _end(self, use: Point | Watch, file: str) -> None:
        users = self._users.get(use)
        if users is None:
            return
        users.discard(file)
        if not users:
            del self._users[use]
            if isinstance(use, Watch):
                self.events.shut(use)


class Burst:
    """Which files belong together, and when they are complete."""

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._files: set[str] = set()
        self._unsure: dict[Sign, set[Point]] = {Sign.WRITING: set(), Sign.CHANGED: set()}
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
            (points.add if sign is notice.sign else points.discard)(point)
        self._files |= files

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
        self._inbox: queue.SimpleQueue[Notice | None] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._files: set[str] = set()
        self._polled: dict[str, Signature] = {}
        self._interval = POLL if poll is None else poll
        self._next_poll = 0.0
        self._warned = self._closed = False
        self._ground = self._break_ground() if poll is None else None
        self._thread = threading.Thread(target=self._run, name="heatsync-watcher", daemon=True)
        self._thread.start()

    def watch(self, files: Iterable[str]) -> None:
        with self._lock:
            new = set() if self._closed else {*files} - self._files
            self._files |= new
            for file in new:
                self._cover(file)
            if self._polled:
                self._inbox.put(None)

    def unwatch(self, files: Iterable[str]) -> None:
        with self._lock:
            for file in {*files} & self._files:
                self._files.discard(file)
                self._polled.pop(file, None)
                if self._ground:
                    self._ground.release(file)

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._inbox.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()
        if self._ground:
            self._ground.events.end()

    def _break_ground(self) -> Ground | None:
        try:
            return Ground(self._inbox.put)
        except OSError as error:
            self._warn(error)
            return None

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
            try:
                notice = self._inbox.get(timeout=self._patience())
            except queue.Empty:
                self._wake(time.monotonic())
                continue
            if notice:
                self._note(notice)

    def _patience(self) -> float | None:
        then = min(self._burst.due(), self._next_poll if self._polled else math.inf)
        return None if then == math.inf else max(0.0, then - time.monotonic())

    def _wake(self, now: float) -> None:
        if self._polled and self._next_poll <= now:
            self._next_poll = now + self._interval
            self._poll(now)
        if self._burst.due() <= now:
            if locked(self._burst.directories()):
                self._burst.put_off(now)
            else:
                self._deliver(self._burst.take())

    def _note(self, notice: Notice) -> None:
        if notice.sign is Sign.FINISHED and empty(os.path.join(*notice[:2])):
            # Some write in two goes: emptied and closed, then filled.
            notice = notice._replace(sign=Sign.CHANGED)
        with self._lock:
            files = self._ground.about(notice) if self._ground else set()
            if notice.moved:
                for file in files:
                    self._cover(file)
        if files:
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
