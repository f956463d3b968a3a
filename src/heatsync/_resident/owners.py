"""Which statement makes a call, told by the frames of it."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from heatsync._engine.texts.source import Statement
    from heatsync._resident.live import Running

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_ENGINE = os.path.join(_OURS, "_engine", "")
_OPTIMIZED = 1  # `inspect.CO_OPTIMIZED`, which takes longer to load than all of this
_END = 1 << 30  # a column behind all others

F = TypeVar("F", bound=Callable[..., Any])
Point = tuple[int, int]  # a line, and a column in it


class _Here(threading.local):
    def __init__(self) -> None:
        self.statements: list[Statement] = []


_here = _Here()


@contextmanager
def running(statement: Statement) -> Iterator[None]:
    """While a statement is run again: whatever it makes is its own."""
    _here.statements.append(statement)
    try:
        yield
    finally:
        _here.statements.pop()


def under_way() -> Statement | None:
    """The statement that is run again in this thread, if any."""
    return _here.statements[-1] if _here.statements else None


class Owner:
    """Who owns what a call makes: a statement of a module, or its maker's module as a whole.

    A module that is not live, or whose text nobody had to parse yet, tells only the points at
    which its top level, and the class blocks in it, stood.
    """

    def __init__(
        self,
        namespace: dict[str, Any],
        maker: dict[str, Any],
        file: str,
        line: int,
        points: tuple[Point, ...],
    ) -> None:
        self.namespace = namespace  # of the module whose top level makes the call
        self.maker = maker  # of the module whose code makes it
        self.file = file
        self.line = line  # where the call stands
        self.points = points  # none where it is made while no top level runs
        self.statement: Statement | None = None

    def resolve(self, running: Running) -> Statement | None:
        """The statement of the text that is running, found once."""
        if self.statement is None and self.points:
            statements: Iterable[Statement] = running.source.statements
            if running.begun is not None:
                statements = running.begun
            found = _at(statements, self.points[0])
            if found is not None:
                found = inside(found, self.points[1:])
                if running.begun is not None:
                    found = running.begun.get(found.top)
            self.statement, self.points = found, ()
        return self.statement


def calling_frame() -> FrameType | None:
    """The first caller that is none of ours."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return frame


def owner_of(caller: FrameType | None) -> Owner:
    """Who owns what a call makes that stands in this frame.

    It is the statement that the innermost module's top level is at: a helper that a statement
    calls makes things for it.
    """
    blocks = _blocks(caller)
    maker = caller.f_globals if caller else {}
    file, line = (caller.f_code.co_filename, caller.f_lineno) if caller else ("", 0)
    if not blocks:
        return Owner(maker, maker, file, line, ())
    top = blocks[0]
    points = tuple(map(point_of, blocks))
    owner = Owner(top.f_globals, maker, file, line, points)
    statement = under_way()
    if statement is not None and _is_run_by_us(top):
        depth = sum(1 for _ in _around(statement))
        owner.statement, owner.points = inside(statement, points[1 + depth :]), ()
    return owner


_apart: set[CodeType] = set()


def apart(function: F) -> F:
    """What is made below a call of this function outlives the statement that makes the call."""
    _apart.add(function.__code__)
    return function


def _blocks(frame: FrameType | None) -> list[FrameType]:
    """The top level of a module, and the class blocks in it that are under way."""
    found: list[FrameType] = []
    while frame is not None and frame.f_code not in _apart:
        if is_function(frame.f_code) or frame.f_code.co_filename.startswith(_OURS):
            found.clear()
        else:
            found.append(frame)
            if _is_top_level(frame):
                return found[::-1]
        frame = frame.f_back
    return []


def is_function(code: CodeType) -> bool:
    """Not the top level of a module, nor a class block."""
    return bool(code.co_flags & _OPTIMIZED)


def _is_top_level(frame: FrameType) -> bool:
    """Not what `exec` runs of a text of its own."""
    if frame.f_code.co_name != "<module>":
        return False
    return frame.f_globals.get("__file__") == frame.f_code.co_filename or _is_run_by_us(frame)


def _is_run_by_us(frame: FrameType) -> bool:
    return frame.f_back is not None and frame.f_back.f_code.co_filename.startswith(_ENGINE)


def point_of(frame: FrameType) -> Point:
    """Where in its text a frame stands."""
    line, _, column, _ = positions(frame)
    return line or frame.f_lineno, _END if column is None else column


def positions(frame: FrameType) -> tuple[int | None, int | None, int | None, int | None]:
    """Line, last line, column and last column of the call that a frame is at, as far as known."""
    at = itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    return next(at, (None, None, None, None))


def inside(statement: Statement, points: Iterable[Point]) -> Statement:
    """The member of a class, or of a class in it, that stands at these points."""
    for point in points:
        statement = _at(statement.members, point) or statement
    return statement


def _at(statements: Iterable[Statement], point: Point) -> Statement | None:
    """The last statement that begins before a point."""
    found = None
    for statement in statements:
        if (statement.line, statement.node.col_offset) <= point:
            found = statement
    return found


def _around(statement: Statement) -> Iterator[Statement]:
    while statement.parent is not None:
        statement = statement.parent
        yield statement
