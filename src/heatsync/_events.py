"""What a system tells of changes in single directories."""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple, Protocol

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch


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
