"""Watchers of real files, and what they told."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heatsync._watching import Watcher
from waiting import PATIENCE

SHORT = 0.15  # seconds to wait for what must not come
NEVER = 1000  # a quiet period that no test lasts: whatever is told was told at once


class Heard:
    """What a watcher told: each call's files, with the texts they had at that moment."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __call__(self, files: frozenset[str]) -> None:
        texts = {}
        for file in files:
            with contextlib.suppress(OSError):
                texts[file] = Path(file).read_text()
        self.calls.put((files, texts))

    def next(self) -> Any:
        return self.calls.get(timeout=PATIENCE)

    def until(self, *files: Path, text: str | None = None) -> list[frozenset[str]]:
        """The calls until all the files were told, and read the text, if one is given."""
        missing, calls = {str(file) for file in files}, []
        while missing:
            told, texts = self.next()
            calls.append(told)
            missing -= {file for file in told if text is None or texts.get(file) == text}
        return calls

    def nothing(self) -> bool:
        with pytest.raises(queue.Empty):
            self.calls.get(timeout=SHORT)
        return True


@contextlib.contextmanager
def watchers(heard: Heard) -> Iterator[Any]:
    """Makes watchers, and sees that they leave no thread and no descriptor behind."""
    made: list[Watcher] = []
    threads, before = set(threading.enumerate()), _descriptors()

    def make(*files: Path, debounce: float = 0.05, poll: float | None = None, touched: Any = heard):
        made.append(Watcher(touched, debounce=debounce, poll=poll))
        made[-1].watch(map(str, files))
        return made[-1]

    yield make
    for watcher in made:
        watcher.close()
    assert set(threading.enumerate()) <= threads
    assert _descriptors().items() <= before.items()


def _descriptors() -> dict[str, str]:
    found = {}
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one that lists them
            found[descriptor] = os.readlink(f"/proc/self/fd/{descriptor}")
    return found


def file_in(folder: Path) -> Path:
    file = folder / "project" / "app.py"
    file.parent.mkdir()
    file.write_text("old")
    return file
