"""What a system tells of changes in single directories."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch


class Sign(Enum):
    FINISHED = auto()  # closed after writing, or renamed into place
    WRITING = auto()  # written to, and its close is still to come
    EMPTIED = auto()  # closed with nothing in it: some write in two goes
    CHANGED = auto()  # came, went or differs: nothing says whether more follows
    TOUCHED = auto()  # has other permissions or times, maybe


class Notice(NamedTuple):
    directory: str  # none: events were lost, so anything may have happened
    name: str  # none: the directory itself is gone
    sign: Sign
    moved: bool  # whether something else may stand there now, not only another text
    at: float


Point = tuple[str, str]  # a real directory, a name in it


class Watch(NamedTuple):
    directory: str
    content: bool  # whether writes matter, or only names that come and go
    inode: int = (
        0  # of a single file that may be written under other names, in place of a directory
    )


class Events:
    """Where one waits for what a system tells. This one tells of nothing: it only waits."""

    def __init__(self) -> None:
        self._told: deque[Notice] = deque()
        self._woken = threading.Event()

    def open(self, watch: Watch) -> None:
        """Raises OSError where there can be no watch."""

    def shut(self, watch: Watch) -> None: ...

    def wait(self, seconds: float | None) -> None:
        """Until something was told, or someone calls `wake`, but not longer; None is for ever."""
        self._woken.wait(seconds)
        self._woken.clear()

    def told(self) -> list[Notice]:
        """What was told until now, each thing once."""
        return [self._told.popleft() for _ in range(len(self._told))]

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None: ...


class ObserverEvents(Events, FileSystemEventHandler):
    """Watchdog's observer: there on every system, tells of closes on Linux only."""

    def __init__(self) -> None:
        super().__init__()
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
            self._told.append(Notice(directory, name, sign, moved, time.monotonic()))
            self.wake()


native: type[Events] = ObserverEvents

if sys.platform == "linux":
    from watchdog.observers import inotify_c

    IN = inotify_c.InotifyConstants
    WRITES = IN.IN_MODIFY | IN.IN_CLOSE_WRITE | IN.IN_ATTRIB
    NAMES = IN.IN_CREATE | IN.IN_DELETE | IN.IN_MOVED_FROM | IN.IN_MOVED_TO
    HEAD = struct.Struct("iIII")  # inotify_event: watch, mask, cookie, length of the name
    SPACE = 1 << 17

    class InotifyEvents(Events):
        """One inotify descriptor for all directories, read by the thread that waits for it.

        Watchdog's observer would start a thread for each, and sit for half a second on all that
        follows a file moved out of its directory, as some editors do with backups. And what has
        happened by now can be asked for at any moment: the kernel notes it as it happens.
        """

        def __init__(self) -> None:
            self._inotify = inotify_c.inotify_init()
            if self._inotify < 0:
                raise _failure("inotify")
            os.set_blocking(self._inotify, False)
            os.set_inheritable(self._inotify, False)
            self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._ready = select.poll()
            self._ready.register(self._inotify, select.POLLIN)
            self._ready.register(self._bell, select.POLLIN)
            # To the kernel, all watches of one directory are one.
            self._ids: dict[Watch, int] = {}
            self._watches: dict[int, set[Watch]] = {}
            self._lock = threading.Lock()
            self._process = os.getpid()

        def open(self, watch: Watch) -> None:
            mask = IN.IN_MASK_ADD | (WRITES if watch.content else NAMES)
            mask |= 0 if watch.inode else IN.IN_ONLYDIR
            path = os.fsencode(watch.directory)
            with self._lock:  # what comes at once must find whom to tell
                made = inotify_c.inotify_add_watch(self._inotify, path, mask)
                if made < 0:
                    raise _failure(watch.directory)
                self._ids[watch] = made
                self._watches.setdefault(made, set()).add(watch)

        def shut(self, watch: Watch) -> None:
            with self._lock:
                made = self._ids.pop(watch, -1)
                left = self._watches.get(made, set())
                left.discard(watch)
                if not left and self._watches.pop(made, None) is not None:
                    inotify_c.inotify_rm_watch(self._inotify, inotify_c.WatchDescriptor(made))

        def wait(self, seconds: float | None) -> None:
            woken = self._ready.poll(None if seconds is None else seconds * 1000)
            if (self._bell, select.POLLIN) in woken:
                os.eventfd_read(self._bell)

        def told(self) -> list[Notice]:
            if os.getpid() != self._process:
                return []  # what is told belongs to the process that this one was forked from
            with self._lock:
                return list(self._read(time.monotonic()))

        def _read(self, now: float) -> Iterator[Notice]:
            try:
                data = os.read(self._inotify, SPACE)
            except BlockingIOError:  # nothing was told
                return
            at = 0
            while at < len(data):
                made, mask, _, length = HEAD.unpack_from(data, at)
                at += HEAD.size + length
                yield from self._notices(made, mask, data[at - length : at].rstrip(b"\0"), now)

        def _notices(self, made: int, mask: int, name: bytes, now: float) -> Iterator[Notice]:
            if mask & IN.IN_Q_OVERFLOW:
                yield Notice("", "", Sign.CHANGED, True, now)
            elif mask & IN.IN_IGNORED:
                for watch in self._watches.pop(made, ()):
                    self._ids.pop(watch, None)
                    yield Notice(watch.directory, "", Sign.CHANGED, True, now)
            else:
                sign, moved = _sign(mask), bool(mask & NAMES)
                for watch in self._watches.get(made, ()):
                    if watch.inode:
                        yield Notice(*os.path.split(watch.directory), sign, moved, now)
                    elif watch.content != moved and name:
                        yield Notice(watch.directory, os.fsdecode(name), sign, moved, now)

        def wake(self) -> None:
            os.eventfd_write(self._bell, 1)

        def end(self) -> None:
            with self._lock:
                os.close(self._inotify)
                os.close(self._bell)

    def _sign(mask: int) -> Sign:
        if mask & (IN.IN_CLOSE_WRITE | IN.IN_MOVED_TO):
            return Sign.FINISHED
        if mask & IN.IN_ATTRIB:
            return Sign.TOUCHED
        return Sign.WRITING if mask & IN.IN_MODIFY else Sign.CHANGED

    def _failure(what: str) -> OSError:
        number = ctypes.get_errno()
        told = {
            errno.ENOSPC: "inotify watch limit reached",
            errno.EMFILE: "inotify instance limit reached",
        }
        return OSError(number, told.get(number, os.strerror(number)), what)

    native = InotifyEvents
