"""A file's bytes, read once, with the signs by which to tell that it is still the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from typing import NamedTuple

from heatsync.errors import RefusedError

# A tree takes a hundred times the memory of its text.
LARGEST = 10_000_000

# Not to wait for somebody to write into a pipe that stands where a file had been.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
_READ |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_MORE = 1 << 20
_TRIES = 10

Signature = tuple[int, int, int, int]


def signature(file: str) -> Signature | None:
    """By which to tell that a file is still the same; None where it cannot be looked at."""
    try:
        return signature_of(os.stat(file))
    except OSError:
        return None


def signature_of(found: os.stat_result) -> Signature:
    # The last is never set back, whatever a program does to the others.
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns


Save = tuple[int, int]


def save_of(found: os.stat_result) -> Save:
    """By which to tell that a file was saved once more, be it with the text that it had."""
    return found.st_mtime_ns, found.st_ino


# What is in a file, if there is one, and the save that it is of.
Glimpse = tuple[bytes | None, Save | None]


class Opened(NamedTuple):
    """A file that is about to be read."""

    file: str  # as it was asked for
    handle: int
    signs: os.stat_result

    @property
    def place(self) -> str:
        """Where it is, all links followed as they were when it was opened."""
        try:
            return os.readlink(f"/proc/self/fd/{self.handle}")
        except OSError:  # a system without it; it takes a tenth of the time
            return os.path.realpath(self.file)


Guard = Callable[[Opened], None]


class Text(NamedTuple):
    """What was in a file, and the signs by which to tell that it still is."""

    data: bytes
    stat: os.stat_result

    def is_in(self, file: str) -> bool:
        return signature(file) == signature_of(self.stat)


def read(file: str, guard: Guard | None = None) -> Text:
    """Raises OSError, and what the guard raises, which is shown the very file that is read.

    Half as long as with `open`: every module that is imported is read twice.
    """
    handle = os.open(file, _READ)
    try:
        # The signs first: a write in between makes them too old, never too young.
        signs = os.fstat(handle)
        if not stat.S_ISREG(signs.st_mode):
            raise FileNotFoundError(2, "it is no file", file)
        if guard is not None:
            guard(Opened(file, handle, signs))
        for _ in range(_TRIES):
            data = _all_of(handle, signs.st_size)
            # Cut off while it was read, it is neither the old text nor the new one.
            if len(data) == signs.st_size or os.fstat(handle).st_size == len(data):
                break
            os.lseek(handle, 0, os.SEEK_SET)
        return Text(data, signs)
    finally:
        os.close(handle)


def _all_of(handle: int, size: int) -> bytes:
    data = os.read(handle, size + 1)
    while len(data) != size and (more := os.read(handle, _MORE)):
        data += more
    return data


def too_large(file: str, data: bytes) -> RefusedError | None:
    """Why a text is not kept live, if it is too large for that."""
    if len(data) <= LARGEST:
        return None
    most, found = (f"{number / 1e6:.0f} MB" for number in (LARGEST, len(data)))
    reason = f"it has {found}, and what is kept live is compared as a tree of at most {most}"
    return RefusedError(
        file, reason, "Keep large data in a file of its own, and read it from there"
    )


# Whether to leave some files for later: their texts as just read, None for one that went, what is
# wrong with them, and whether they are compiled, so that the next that happens is their reload.
Holding = Callable[[Mapping[str, bytes | None], Exception | None, bool], bool]


def never(texts: Mapping[str, bytes | None], error: Exception | None, compiled: bool) -> bool:
    """Applies what there is, as it is."""
    return False
