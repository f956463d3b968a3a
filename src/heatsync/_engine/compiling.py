"""Text to trees and code, as Python would make them, without its warnings about what is known."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import CodeType
from typing import Any

from heatsync._engine.deep import deeply

# Filters that equal nobody else's. Until 3.11 some texts are warned of as deprecated.
_OURS: list[Any] = [("ignore", re.compile("(?#heatsync)"), SyntaxWarning, None, 0)]
if sys.version_info < (3, 12):
    _OURS.append(("ignore", re.compile("(?#heatsync)invalid "), DeprecationWarning, None, 0))
if sys.version_info >= (3, 13):
    _SWAP = re.compile("(?#heatsync)Assigning a code object ")
    _OURS.append(("ignore", _SWAP, DeprecationWarning, None, 0))


@contextmanager
def hushed() -> Iterator[None]:
    """Nobody is warned of a text in here, nor from 3.13 on of code of another kind.

    Not by `catch_warnings`, which would undo at its end what other threads did meanwhile, and have
    warnings told again that were told once.
    """
    filters: list[Any] = warnings.filters  # type: ignore[assignment]  # a list, as they are set
    filters[:0] = _OURS
    try:
        yield
    finally:
        for each in _OURS:
            with suppress(ValueError):  # somebody emptied them
                filters.remove(each)


@contextmanager
def _told(file: str, line: int = 1) -> Iterator[None]:
    """What is too deep for the parser or the compiler is told with its place."""
    try:
        yield
    except (RecursionError, MemoryError) as error:
        told = f"{file}, line {line}: what begins here is nested too deeply for Python: split it"
        raise type(error)(told) from None


def parsed(text: str, file: str = "<unknown>", line: int = 1) -> ast.Module:
    """The tree of a text, whose lines are counted from 1 wherever in a file it begins.

    Raises SyntaxError as the compiler does; what is too deep is told with its `line` in the file.
    """
    with hushed(), _told(file, line):
        return ast.parse(text, file)


def expression(text: str) -> ast.Expression:
    """The same for an expression."""
    with hushed():
        return ast.parse(text, mode="eval")


def compiled(tree: ast.Module | str, file: str, flags: int = 0) -> CodeType:
    """The code of a module or of a part of it. Raises SyntaxError."""
    line = 1 if isinstance(tree, str) else tree.body[-1].lineno
    with hushed(), _told(file, line):
        code: CodeType = deeply(lambda: compile(tree, file, "exec", flags, dont_inherit=True))
    return code


def check(text: str, line: int, file: str, flags: int = 0) -> CodeType:
    """The code of a part of a new text, compiled as an import does, with all that it warns of."""
    with _told(file, line):
        code: CodeType = compile("\n" * (line - 1) + text, file, "exec", flags, dont_inherit=True)
    return code


def compiled_at(text: str, line: int, file: str, flags: int) -> CodeType:
    """The code of a part of a text that is known to compile."""
    with hushed():
        return check(text, line, file, flags)
