"""Files that were imported just now, and are watched as soon as no more of them come."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

from heatsync._resident.texts import Signature

PAUSE = 0.05  # seconds without another file: the imports have come to an end, or wait
LONGEST = 1.0  # seconds to wait for that


class Newcomers:
    """Whoever imports only adds to them, and neither waits nor does what takes time.

    To have a file watched takes as long as to read it, and a program imports hundreds at its start.
    """

    def __init__(self) -> None:
        self._come: deque[tuple[str, Signature]] = deque()
        self._are_known = False  # to the thread that sees to them
        self._counted = 0
        self._first = self._look_at = -math.inf

    def add(self, file: str, signs: Signature) -> bool:
        """Takes in a file that was read just now. Gives whether to wake who sees to them."""
        self._come.append((file, signs))
        were_known, self._are_known = self._are_known, True
        return not were_known

    def due(self) -> float:
        """When to look whether they are complete."""
        return self._look_at if self._come else math.inf

    def are_complete(self, now: float) -> bool:
        """Whether no others have come for a while, or it has been too long to wait for that."""
        if len(self._come) == self._counted:
            return bool(self._come) and now >= self._look_at
        self._first = self._first if self._counted else now
        self._counted, self._look_at = len(self._come), now + PAUSE
        return now - self._first >= LONGEST

    def take(self) -> Iterator[tuple[str, Signature]]:
        """All that have come, each with the signs it was read with."""
        self._are_known, self._counted, self._look_at = False, 0, -math.inf
        while self._come:
            yield self._come.popleft()
