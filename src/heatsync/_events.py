"""What is told of changes in directories, and waiting for it."""

from __future__ import annotations

import threading
from collections import deque
from enum import Enum, auto
from typing import NamedTuple


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

    def may_tell(self) -> bool:
        """Whether there is something to be told; asked for often, where there is nothing."""
        return bool(self._told)

    def told(self) -> list[Notice]:
        """What was told until now, each thing once."""
        return [self._told.popleft() for _ in range(len(self._told))]

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None: ...

    def abandon(self) -> None:
        """In a forked child, which shares what the system has opened: leaves it to its parent."""
