"""Text to trees and code, as Python would make them, without its warnings about what is known."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from contextlib import suppress
from types import CodeType
from typing import Any

from heatsync._engine.texts.deep import deeply

# Whether classes tell where they begin: by a constant of their code.
CLASSES_TELL_LINES = sys.version_info >= (3, 13)
_TOO_DEEP = (RecursionError, MemoryError)  # a text, for the parser or the compiler
# Filters that equal nobody else's. Until 3.11 some texts are warned of as deprecated.
_OURS: list[Any] = [("ignore", re.compile("(?#heatsync)"), SyntaxWarning, None, 0)]
if sys.version_info < (3, 12):
    _OURS.append(("ignore", re.compile("(?#heatsync)invalid "), DeprecationWarning, None, 0))
if sys.version_info >= (3, 13):
    _SWAP = re.compile("(?#heatsync)Assigning a code object ")
    _OURS.append(("ignore", _SWAP, DeprecationWarning, None, 0))


# What is warned of in a text of this file is an error: no other thread compiles one.
_NO_FILE = "<compiled by heatsync>"
_AN_ERROR: list[Any] = [("error", None, SyntaxWarning, re.compile(_NO_FILE), 0)]
if sys.version_info < (3, 12):
    _AN_ERROR.append(("error", None, DeprecationWarning, re.compile(_NO_FILE), 0))


class _Filtered:
    """Has some filters of warnings in force.

    Not by `catch_warnings`, which would undo at its end what other threads did meanwhile, and have
    warnings told again that were told once.
    """

    def __init__(self, ours: list[Any]) -> None:
        self._ours = ours

    def __enter__(self) -> None:
        self._filters: list[Any] = warnings.filters  # type: ignore[assignment]  # as they are set
        self._filters[:0] = self._ours

    def __exit__(self, *_: object) -> None:
        for each in self._ours:
            with suppress(ValueError):  # somebody emptied them
                self._filters.remove(each)


def hushed() -> _Filtered:
    """Nobody is warned of a text in here, nor from 3.13 on of code of another kind."""
    return _Filtered(_OURS)


def _told(error: BaseException, file: str, line: int) -> BaseException:
    """What is too deep for the parser or the compiler, told with its place."""
    told = f"{file}, line {line}: what begins here is nested too deeply for Python: split it"
    return type(error)(told)


def parsed(text: str, file: str = "<unknown>", line: int = 1) -> ast.Module:
    """The tree of a text, whose lines are counted from 1 wherever in a file it begins.

    Raises SyntaxError as the compiler does; what is too deep is told with its `line` in the file.
    """
    with hushed():
        try:
            return ast.parse(text, file)
        except _TOO_DEEP as error:
            raise _told(error, file, line) from None


def expression(text: str) -> ast.Expression:
    """The same for an expression."""
    with hushed():
        return ast.parse(text, mode="eval")


def compiled(tree: ast.Module | str, file: str, flags: int = 0) -> CodeType:
    """The code of a module or of a part of it. Raises SyntaxError."""
    line = 1 if isinstance(tree, str) else tree.body[-1].lineno
    with hushed():
        try:
            code: CodeType = deeply(lambda: compile(tree, file, "exec", flags, dont_inherit=True))
        except _TOO_DEEP as error:
            raise _told(error, file, line) from None
    return code


def check(text: str, line: int, file: str, flags: int = 0) -> CodeType:
    """The code of a part of a new text, compiled as an import does, with all that it warns of."""
    plain = unless_told(text, line, file, flags)
    if plain is not None:
        return plain
    try:
        code: CodeType = compile("\n" * (line - 1) + text, file, "exec", flags, dont_inherit=True)
    except _TOO_DEEP as error:
        raise _told(error, file, line) from None
    return code


def unless_told(text: str, line: int, file: str, flags: int = 0) -> CodeType | None:
    """The same, but None where there is anything to tell. What stands above it costs nothing."""
    above = line - 1 if CLASSES_TELL_LINES and "class" in text else 0
    with _Filtered(_AN_ERROR), suppress(SyntaxError, *_TOO_DEEP):
        code: CodeType = compile("\n" * above + text, _NO_FILE, "exec", flags, dont_inherit=True)
        return shifted(code, line - 1 - above, file)
    return None


def shifted(code: CodeType, lines: int, file: str = "") -> CodeType:
    """The same code, some lines further down, and of a file if that is told."""
    constants, first = code.co_consts, code.co_firstlineno + lines
    file = file or code.co_filename
    if CodeType not in map(type, constants):  # as in most, of which there may be thousands
        return code.replace(co_firstlineno=first, co_filename=file)
    moved = [shifted(c, lines, file) if type(c) is CodeType else c for c in constants]
    return code.replace(co_firstlineno=first, co_filename=file, co_consts=tuple(moved))


def compiled_at(text: str, line: int, file: str, flags: int) -> CodeType:
    """The code of a part of a text that is known to compile."""
    with hushed():
        return check(text, line, file, flags)
