"""Which of the files that change belong together, and when they are complete."""

from __future__ import annotations

import math
import os
from collections.abc import Collection
from typing import NamedTuple

from heatsync._applying import CEILING, LEAST
from heatsync._events import Notice, Point, Sign

# How long after a single finished save company may come: what one program writes follows within
# tenths of a millisecond, and a reload should see all of it. Meanwhile it is read and compiled.
WINDOW = 0.0003
LOCK_LOOK = 0.02
# Of these there is more to come for certain, if not at once.
LASTING = {Sign.WRITING, Sign.EMPTIED}


class Mark(NamedTuple):
    """More of a file is to come."""

    sign: Sign
    since: float
    files: set[str]


class Burst:
    """The files that changed and were not told yet; `quiet` is the period to wait for, in seconds."""

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._longest = quiet * CEILING
        self._lasting = max(self._longest, LEAST)
        self.files: set[str] = set()
        self._marks: dict[Point, Mark] = {}
        self._first = self._last = self._not_before = -math.inf
        self._latest: set[str] = set()
        self._alone = True
        self.added = 0  # how many notices there were

    def add(self, notice: Notice, files: set[str]) -> None:
        again = files == self._latest
        if self.files:
            self._alone = self._alone and again
        else:
            self._alone = again or notice.at - self._last > self._quiet
            self._first = notice.at
        self._last, self._latest = notice.at, files
        self.files |= files
        self.added += 1
        self._mark(notice, files)

    def _mark(self, notice: Notice, files: set[str]) -> None:
        point = (notice.directory, notice.name)
        mark = self._marks.get(point)
        if notice.sign is Sign.FINISHED:
            self._marks.pop(point, None)
        elif notice.sign is not Sign.TOUCHED and (mark is None or mark.sign is not notice.sign):
            self._marks[point] = Mark(notice.sign, notice.at, files)

    def is_writing(
        self, files: Collection[str], now: float, signs: Collection[Sign] = frozenset(Sign)
    ) -> bool:
        """Whether one of these is being changed, as some signs say, and not for too long to wait."""
        return any(
            not mark.files.isdisjoint(files)
            and mark.sign in signs
            and now - mark.since < (self._lasting if mark.sign in LASTING else self._longest)
            for mark in self._marks.values()
        )

    def due(self) -> float:
        if not self.files:
            return math.inf
        signs = {
            mark.sign for mark in self._marks.values() if not mark.files.isdisjoint(self.files)
        }
        wait, longest = self._quiet, self._longest
        if signs & LASTING:
            wait = longest = self._lasting
        elif self._alone and not signs:
            wait = 0.0
        return max(self._not_before, min(self._last + wait, self._first + longest))

    def company_until(self) -> float:
        """Until when others may follow the latest save that belong to it."""
        return self._last + WINDOW

    def put_off(self, now: float) -> None:
        self._first = self._last = now
        self._not_before = now + LOCK_LOOK
        self._alone = False

    def directories(self) -> set[str]:
        return {os.path.dirname(file) for file in self.files}

    def take(self) -> frozenset[str]:
        """They are told now. Who was still writing may go on with it."""
        files, self.files = frozenset(self.files), set()
        for point, mark in list(self._marks.items()):
            if mark.sign not in LASTING:
                del self._marks[point]
        return files
