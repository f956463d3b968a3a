"""Which statements of a program run meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from oracle.closure import Key
from oracle.model import Program

OPTIMIZED = 1  # the flag of functions' code; that of modules and classes lacks it


@contextmanager
def executed(root: str) -> Iterator[set[tuple[str, int]]]:
    """Collects the lines that run at the top level and in class blocks of a program's files."""
    lines: set[tuple[str, int]] = set()

    def line_of(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return line_of

    def frame_of(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if code.co_flags & OPTIMIZED or not code.co_filename.startswith(root):
            return None
        return line_of if not _in_function(frame) else None

    before = sys.gettrace()
    sys.settrace(frame_of)
    try:
        yield lines
    finally:
        sys.settrace(before)


def _in_function(frame: FrameType) -> bool:
    """Whether a class block is run by a function of its file: that is a late matter."""
    caller = frame.f_back
    return (
        caller is not None
        and caller.f_code.co_filename == frame.f_code.co_filename
        and bool(caller.f_code.co_flags & OPTIMIZED)
    )


def keys_at(lines: set[tuple[str, int]], root: str, program: Program) -> Iterator[Key]:
    for module, chunks in program.chunks.items():
        file = os.path.join(root, program.path(module))
        numbers = {line for where, line in lines if where == file and line > 1}
        for chunk in chunks:
            if numbers.intersection(chunk.lines):
                yield chunk.key
