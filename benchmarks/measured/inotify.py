"""Linux file events without a library in between: the floor of all watching."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from collections.abc import Callable

FINISHED = 0x8 | 0x80  # IN_CLOSE_WRITE, IN_MOVED_TO
WANTED = FINISHED | 0x2 | 0x40 | 0x100 | 0x200 | 0x400 | 0x800  # … and all that heralds more


class Raw:
    """Calls `told` with each file that was saved, in a thread of its own."""

    module = "ctypes"

    def __init__(self, told: Callable[[str], None]) -> None:
        self.told = told
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(0o2000000)
        self.directories: dict[int, str] = {}
        threading.Thread(target=self.run, daemon=True).start()

    def add(self, directory: str) -> None:
        watch = self.libc.inotify_add_watch(self.fd, os.fsencode(directory), WANTED)
        self.directories[watch] = directory

    def run(self) -> None:
        while True:
            data = os.read(self.fd, 65536)
            at = 0
            while at < len(data):
                watch, mask, _, length = struct.unpack_from("iIII", data, at)
                name = data[at + 16 : at + 16 + length].rstrip(b"\0").decode()
                at += 16 + length
                if mask & FINISHED:
                    self.told(f"{self.directories[watch]}/{name}")
