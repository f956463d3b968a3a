"""What Linux tells of changes in single directories."""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from heatsync._events import Events, Notice, Sign, Watch
from heatsync._resident import log

# By way of watchdog, these few calls would cost as much time as all else at the start.
LIBC = ctypes.CDLL(None, use_errno=True)
INIT, ADD_WATCH, RM_WATCH = LIBC.inotify_init1, LIBC.inotify_add_watch, LIBC.inotify_rm_watch
ADD_WATCH.argtypes = ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32
# These never block. To let other threads on for them would take longer than to do it, and may take
# five milliseconds where another one is busy.
AT_ONCE = ctypes.PyDLL(None, use_errno=True)
READ, POLL, FCNTL = AT_ONCE.read, AT_ONCE.poll, AT_ONCE.fcntl
READ.argtypes = ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t
READ.restype = ctypes.c_ssize_t
POLL.argtypes = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int
FCNTL.argtypes = ctypes.c_int, ctypes.c_int, ctypes.c_int

IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE = 0x2, 0x4, 0x8
IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x40, 0x80, 0x100, 0x200
IN_Q_OVERFLOW, IN_IGNORED = 0x4000, 0x8000
IN_ONLYDIR, IN_MASK_ADD = 0x1000000, 0x20000000
WRITES = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB
NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
HEAD = struct.Struct("iIII")  # inotify_event: watch, mask, cookie, length of the name
SPACE = 1 << 17
# The signal that a descriptor would send if it were told to send any: nobody else sets one where
# none is sent, so ours are known by it. To ask `/proc` what they are takes three times as long.
SET_SIGNAL, GET_SIGNAL, OUR_SIGNAL = 10, 11, 42
# Seconds of sleep at most: who sleeps on what is closed is not woken.
LONGEST = 20.0
SHORT = 0.001  # seconds: what is less is rounded up to it where one waits for events


Told = tuple[int, int, bytes]  # the number of a watch, what happened, the name in its directory

_HOLDERS: dict[int, InotifyEvents] = {}  # by descriptor


class InotifyEvents(Events):
    """One inotify descriptor for all directories, read by the thread that waits for it.

    Watchdog's observer would start a thread for each, and sit for half a second on all that
    follows a file moved out of its directory, as some editors do with backups. And what has
    happened by now can be asked for at any moment: the kernel notes it as it happens.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._space = ctypes.create_string_buffer(SPACE)
        self._data = memoryview(self._space).cast("B")
        self._process = os.getpid()
        self._lost = False  # whether something may have happened that nobody told of
        self._begin()

    def _begin(self) -> None:
        self._inotify = INIT(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._inotify < 0:
            raise _failure("inotify")
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        for number in (self._inotify, self._bell):
            FCNTL(number, SET_SIGNAL, OUR_SIGNAL)
            _HOLDERS[number] = self
        # Of a system that has no such thing, all descriptors tell the same.
        self._mark = FCNTL(self._inotify, GET_SIGNAL, 0)
        self._ready = select.poll()
        self._ready.register(self._inotify, select.POLLIN)
        self._ready.register(self._bell, select.POLLIN)
        asked = struct.pack("ihh", self._inotify, select.POLLIN, 0)
        self._asked = ctypes.create_string_buffer(asked)
        # To the kernel, all watches of one directory are one.
        self._ids: dict[Watch, int] = {}
        self._watches: dict[int, set[Watch]] = {}

    def _is_ours(self, number: int) -> bool:
        """Whether a descriptor is what it was: daemons close all that are open, and the program's
        next ones get their numbers."""
        return FCNTL(number, GET_SIGNAL, 0) == self._mark and _HOLDERS.get(number) is self

    def _see_to_ours(self) -> None:
        """Begins anew where the program has closed what we had opened. Raises OSError."""
        if not (self._is_ours(self._inotify) and self._is_ours(self._bell)):
            self._let_go()
            self._begin()
            self._lost = True
            log.info("the program closed descriptors of heatsync's: files are watched anew")

    def open(self, watch: Watch) -> None:
        mask = IN_MASK_ADD | (WRITES if watch.content else NAMES)
        mask |= 0 if watch.inode else IN_ONLYDIR
        path = os.fsencode(watch.directory)
        with self._lock:  # what comes at once must find whom to tell
            if not self._is_ours(self._inotify):
                self._see_to_ours()
            made = ADD_WATCH(self._inotify, path, mask)
            if made < 0:
                raise _failure(watch.directory)
            self._ids[watch] = made
            self._watches.setdefault(made, set()).add(watch)

    def shut(self, watch: Watch) -> None:
        with self._lock:
            made = self._ids.pop(watch, -1)
            left = self._watches.get(made, set())
            left.discard(watch)
            gone = not left and self._watches.pop(made, None) is not None
            if gone and self._is_ours(self._inotify):
                RM_WATCH(self._inotify, made)

    def wait(self, seconds: float | None) -> None:
        if seconds is not None and seconds < SHORT:
            time.sleep(seconds)
            return
        bell = self._bell
        woken = self._ready.poll(min(LONGEST if seconds is None else seconds, LONGEST) * 1000)
        if (bell, select.POLLIN) in woken and self._is_ours(bell):
            with suppress(BlockingIOError):  # it is another one by now
                os.eventfd_read(bell)

    def may_tell(self) -> bool:
        return self._lost or POLL(self._asked, 1, 0) != 0

    def told(self) -> list[Notice]:
        if os.getpid() != self._process:
            return []  # what is told belongs to the process that this one was forked from
        with self._lock:
            self._see_to_ours()
            return list(self._read(time.monotonic()))

    def _read(self, now: float) -> Iterator[Notice]:
        if self._lost:
            self._lost = False
            yield Notice("", "", Sign.CHANGED, True, now)
        length = READ(self._inotify, self._space, SPACE)
        if length < 0 and ctypes.get_errno() != errno.EAGAIN:
            raise _failure("inotify")
        for made, mask, name in _told(self._data[: max(length, 0)].tobytes()):
            yield from self._notices(made, mask, name, now)

    def _notices(self, made: int, mask: int, name: bytes, now: float) -> Iterator[Notice]:
        if mask & IN_Q_OVERFLOW:
            yield Notice("", "", Sign.CHANGED, True, now)
        elif mask & IN_IGNORED:
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
        if self._is_ours(self._bell):  # or who sleeps wakes by himself, soon
            os.eventfd_write(self._bell, 1)

    def end(self) -> None:
        with self._lock:
            self.abandon()

    def abandon(self) -> None:
        # All that does not reach a parent: the watches and the bell are the same ones. The lock
        # may be held by a thread that is not here.
        self._let_go()

    def _let_go(self) -> None:
        """Closes what is still ours."""
        for number in filter(self._is_ours, (self._inotify, self._bell)):
            del _HOLDERS[number]
            os.close(number)


def _told(data: bytes) -> list[Told]:
    """What was read; of a file that was written and then closed, only that."""
    told: list[Told] = []
    at = 0
    while at < len(data):
        made, mask, _, length = HEAD.unpack_from(data, at)
        at += HEAD.size + length
        name = data[at - length : at].rstrip(b"\0")
        if mask == IN_CLOSE_WRITE and told and told[-1] == (made, IN_MODIFY, name):
            told.pop()
        told.append((made, mask, name))
    return told


def _sign(mask: int) -> Sign:
    if mask & (IN_CLOSE_WRITE | IN_MOVED_TO):
        return Sign.FINISHED
    if mask & IN_ATTRIB:
        return Sign.TOUCHED
    return Sign.WRITING if mask & IN_MODIFY else Sign.CHANGED


def _failure(what: str) -> OSError:
    number = ctypes.get_errno()
    told = {
        errno.ENOSPC: "inotify watch limit reached",
        errno.EMFILE: "inotify instance limit reached",
    }
    return OSError(number, told.get(number, os.strerror(number)), what)
