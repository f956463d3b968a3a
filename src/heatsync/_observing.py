"""What watchdog tells of changes in directories, on systems other than Linux."""

from __future__ import annotations

import os
import time

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from heatsync._events import Events, Notice, Sign, Watch


class ObserverEvents(Events, FileSystemEventHandler):
    """Watchdog's observer: there on every system, but it tells of closes on Linux only."""

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
