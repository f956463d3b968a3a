"""What the platform itself takes: to tell of a save, and to compile one function."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from measured.inotify import Raw


class OneFunction:
    """Gives a function of a module its new code, and can do nothing else.

    The least that an edit of one function costs: read the file, find the lines that differ, compile
    the function around them, exchange its code. What a reloader must know beyond that (is it really
    a function? who else is concerned? does it have to be taken back?) is left out.
    """

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.file = str(module.__file__)
        self.text = self.read()

    def read(self) -> bytes:
        with open(self.file, "rb") as file:
            return file.read()

    def refresh(self) -> None:
        old, new = self.text, self.read()
        self.text = new
        if old == new:
            return
        first = alike(old, new)
        last = len(new) - alike(old[::-1], new[::-1])
        start = new.rfind(b"\ndef ", 0, first) + 1
        end = new.find(b"\n\n\n", last)
        made: dict[str, Any] = {}
        lines = b"\n" * new.count(b"\n", 0, start)
        exec(compile(lines + new[start:end], self.file, "exec", dont_inherit=True), made)
        for name, function in made.items():
            if name != "__builtins__":
                getattr(self.module, name).__code__ = function.__code__


def alike(one: bytes, other: bytes) -> int:
    """With how many bytes both begin; halving, as comparing slices is what is fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def watch(root: str, told: Any) -> None:
    if not sys.platform.startswith("linux"):
        raise ModuleNotFoundError("raw events are measured on Linux alone")
    Raw(told).add(root)
