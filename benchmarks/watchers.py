"""Compare the libraries that heatsync could watch directories with.

    python benchmarks/watchers.py [--saves 200] [--directories 500] [--idle 5] [name …]

Each candidate runs in a process of its own; one that is not installed is left out.
Latency runs from just before the save's first system call until the callback is told of the finished
save: closed after writing, renamed into place, or, where a library cannot tell, any change.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from measured.inotify import FINISHED, WANTED, Raw

Told = Callable[[str], None]


class InotifySimple:
    module = "inotify_simple"

    def __init__(self, told: Told) -> None:
        self.told = told
        self.inotify = importlib.import_module("inotify_simple").INotify()
        self.directories: dict[int, str] = {}
        threading.Thread(target=self.run, daemon=True).start()

    def add(self, directory: str) -> None:
        self.directories[self.inotify.add_watch(directory, WANTED)] = directory

    def run(self) -> None:
        while True:
            for event in self.inotify.read():
                if event.mask & FINISHED:
                    self.told(f"{self.directories[event.wd]}/{event.name}")


class AsyncInotify:
    module = "asyncinotify"

    def __init__(self, told: Told) -> None:
        self.told = told
        self.library = importlib.import_module("asyncinotify")
        self.inotify = self.library.Inotify()
        threading.Thread(target=self.run, daemon=True).start()

    def add(self, directory: str) -> None:
        self.inotify.add_watch(directory, self.library.Mask(WANTED))

    def run(self) -> None:
        for event in self.inotify:
            if int(event.mask) & FINISHED:
                self.told(str(event.path))


class Watchdog:
    """The documented way: an Observer, one handler, each directory on its own."""

    module = "watchdog.observers"

    def __init__(self, told: Told) -> None:
        events = importlib.import_module("watchdog.events")
        self.told = told
        self.finished = (events.FileClosedEvent, events.FileMovedEvent)
        self.heard = [
            events.FileClosedEvent,
            events.FileMovedEvent,
            events.FileCreatedEvent,
            events.FileDeletedEvent,
            events.FileModifiedEvent,
        ]
        self.observer = importlib.import_module("watchdog.observers").Observer()
        self.observer.start()

    def add(self, directory: str) -> None:
        self.observer.schedule(self, directory, recursive=False, event_filter=self.heard)

    def dispatch(self, event: Any) -> None:
        if isinstance(event, self.finished):
            self.told(event.dest_path or event.src_path)


class WatchdogDescriptor:
    """The same library one floor down: the thread that its emitters share (7.0 and later)."""

    module = "watchdog.observers.inotify_c"

    def __init__(self, told: Told) -> None:
        self.told = told
        self.inotify = importlib.import_module(self.module).InotifyFD()
        self.inotify.start()
        self.directories: dict[int, str] = {}

    def add(self, directory: str) -> None:
        watch = self.inotify.add_callback(os.fsencode(directory), WANTED, self, 1)
        self.directories[watch] = directory

    def on_event(self, event: Any) -> None:
        if event.mask & FINISHED:
            self.told(f"{self.directories[event.wd]}/{os.fsdecode(event.name)}")

    def on_watch_deleted(self, watch: int) -> None: ...
    def on_queue_overflow(self) -> None: ...


class Watchfiles:
    """Its directories are fixed when it starts, so adding one means starting again."""

    module = "watchfiles"
    finest: ClassVar[dict[str, int]] = {}

    def __init__(self, told: Told) -> None:
        self.told = told
        self.library = importlib.import_module("watchfiles")
        self.directories: list[str] = []
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    def add(self, directory: str) -> None:
        self.add_all([directory])

    def add_all(self, directories: list[str]) -> None:
        if self.thread is not None:
            self.stop.set()
            self.thread.join()
        self.directories += directories
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        time.sleep(0.2)  # it does not say when it is ready

    def run(self) -> None:
        changes = self.library.watch(
            *self.directories,
            recursive=False,
            stop_event=self.stop,
            watch_filter=None,
            rust_timeout=100,
            **self.finest,
        )
        for change in changes:
            for _, path in change:
                self.told(path)


class WatchfilesFinest(Watchfiles):
    finest: ClassVar[dict[str, int]] = {"debounce": 1, "step": 1}


CANDIDATES: dict[str, Any] = {
    "raw": Raw,
    "inotify_simple": InotifySimple,
    "asyncinotify": AsyncInotify,
    "watchdog-observer": Watchdog,
    "watchdog-fd": WatchdogDescriptor,
    "watchfiles": Watchfiles,
    "watchfiles-finest": WatchfilesFinest,
}


def in_place(path: str, text: bytes, _: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    os.write(handle, text)
    os.close(handle)


def truncate_then_write(path: str, text: bytes, _: str) -> None:
    with open(path, "wb") as file:
        file.write(text)


def rename_over(path: str, text: bytes, _: str) -> None:
    with open(path + ".tmp", "wb") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def delete_and_create(path: str, text: bytes, _: str) -> None:
    os.unlink(path)
    with open(path, "wb") as file:
        file.write(text)


def backup_elsewhere(path: str, text: bytes, elsewhere: str) -> None:
    """As an editor does whose backups lie in a directory that nobody watches."""
    os.replace(path, elsewhere + "/backup")
    with open(path, "wb") as file:
        file.write(text)


SAVES = [in_place, truncate_then_write, rename_over, delete_and_create, backup_elsewhere]


class Clock:
    """Waits for the path that was saved and tells how long that took."""

    def __init__(self) -> None:
        self.expected = ""
        self.heard = threading.Event()
        self.at = 0.0

    def told(self, path: str) -> None:
        if path == self.expected and not self.heard.is_set():
            self.at = time.perf_counter()
            self.heard.set()

    def time(self, path: str, save: Callable[[], None]) -> float:
        self.expected = path
        self.heard.clear()
        started = time.perf_counter()
        save()
        if not self.heard.wait(5):
            return float("nan")
        return (self.at - started) * 1000


def latencies(clock: Clock, directory: str, elsewhere: str, count: int) -> dict[str, list[float]]:
    path = directory + "/module.py"
    truncate_then_write(path, b"x" * 4000, elsewhere)
    time.sleep(0.5)
    result = {}
    for save in SAVES:
        rounds = min(count, 10) if save is backup_elsewhere else count
        times = []
        for number in range(rounds):
            text = b"%d" % number * 1000
            times.append(clock.time(path, lambda s=save, t=text: s(path, t, elsewhere)))
            time.sleep(0.02)  # long enough that what trails a save is not taken for the next one
        result[save.__name__] = sorted(times)
    return result


def adding(watcher: Any, clock: Clock, root: str, count: int) -> dict[str, float]:
    directories = [f"{root}/many{number}" for number in range(count)]
    for directory in directories:
        os.mkdir(directory)
    threads, memory = threading.active_count(), resident()
    started = time.perf_counter()
    if isinstance(watcher, Watchfiles):
        watcher.add_all(directories)
    else:
        for directory in directories:
            watcher.add(directory)
    spent = time.perf_counter() - started
    path = directories[-1] + "/new.py"
    first = clock.time(path, lambda: truncate_then_write(path, b"x", ""))
    return {
        "add_us": spent / count * 1e6,
        "first_ms": first,
        "threads": threading.active_count() - threads,
        "memory_mb": (resident() - memory) / 1e6,
    }


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def idle(seconds: float) -> float:
    before = time.process_time()
    time.sleep(seconds)
    return (time.process_time() - before) / seconds * 1000


def measure(name: str, saves: int, directories: int, seconds: float) -> dict[str, Any]:
    before = time.perf_counter()
    importlib.import_module(CANDIDATES[name].module)
    imported = (time.perf_counter() - before) * 1000
    root = tempfile.mkdtemp()
    try:
        os.mkdir(root + "/one")
        os.mkdir(root + "/elsewhere")
        clock = Clock()
        watcher = CANDIDATES[name](clock.told)
        watcher.add(root + "/one")
        times = latencies(clock, root + "/one", root + "/elsewhere", saves)
        added = adding(watcher, clock, root, directories)
        return {"import_ms": imported, "times": times, **added, "idle_ms_per_s": idle(seconds)}
    finally:
        shutil.rmtree(root)


def line(name: str, found: dict[str, Any]) -> str:
    cells = [name.ljust(18)]
    for times in found["times"].values():
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
        cells.append(f"{statistics.median(times):8.2f} /{p95:8.2f}")
    for key in ("add_us", "first_ms", "threads", "memory_mb", "idle_ms_per_s", "import_ms"):
        cells.append(f"{found[key]:10.2f}")
    return " ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(CANDIDATES))
    parser.add_argument("--saves", type=int, default=200)
    parser.add_argument("--directories", type=int, default=500)
    parser.add_argument("--idle", type=float, default=5.0)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.saves, asked.directories, asked.idle)))
        return
    heads = [f"{save.__name__[:18]:>18}" for save in SAVES]
    heads += [
        f"{head:>10}" for head in ("µs/add", "first ms", "threads", "MB", "idle ms/s", "import ms")
    ]
    print("p50 / p95 in ms".ljust(18), *heads)
    options = ["--saves", str(asked.saves), "--directories", str(asked.directories)]
    for name in asked.names or CANDIDATES:
        command = [sys.executable, __file__, "--measure", name, *options, "--idle", str(asked.idle)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(name.ljust(18), done.stderr.strip().splitlines()[-1])
        else:
            print(line(name, json.loads(done.stdout)))


if __name__ == "__main__":
    main()
