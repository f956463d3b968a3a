"""Text to Source by way of the one before it: only the region that changed is parsed.

The result is that of parsing the whole text. A module is a sequence of statements that begin in
the first column, each of which is parsed for itself; so where the text before and behind a region
is the same, and the region is valid for itself, its statements are the only ones that differ.
Whatever could reach over its edges makes it invalid: an open bracket or string, a decorator, a
line that is continued. Then, and for `from __future__`, the whole text is parsed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from heatsync._engine.source import Source, Statement, parse, statements_of


def reparse(old: Source, text: str) -> Source:
    """The Source of an edited text. Raises SyntaxError as the compiler does."""
    before, after = old.text.split("\n"), text.split("\n")
    head = _common(before, after)
    limit = min(len(before), len(after)) - head
    tail = _common(before[::-1][:limit], after[::-1][:limit])
    first = _last_begun(old.statements, head)
    rest = _first_within(old.statements, max(first, 0), len(before) - tail)
    if first < 0 or rest <= first:
        return parse(old.file, text)
    start = old.statements[first].line - 1
    moved = len(after) - len(before)
    end = len(after) if rest == len(old.statements) else old.statements[rest].line - 1 + moved
    region = _parsed("\n".join(after[start:end]), "\n".join(before[start : end - moved]))
    if region is None:
        return parse(old.file, text)
    lazy = old.statements[0].lazy_annotations
    changed = statements_of(region, after[start:end], start, first == 0, lazy)
    kept = (_moved(statement, moved) for statement in old.statements[rest:])
    return Source(old.file, text, (*old.statements[:first], *changed, *kept), old.flags)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines two texts have in common at their beginning, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _last_begun(statements: Sequence[Statement], lines: int) -> int:
    """The last statement that begins in these first lines: what follows may belong to it."""
    found = -1
    for number, statement in enumerate(statements):
        if statement.line > lines:
            break
        if statement.begins_line:
            found = number
    return found


def _first_within(statements: Sequence[Statement], first: int, changed: int) -> int:
    """The first statement, behind another one, that begins after the line that changed last."""
    for number in range(first + 1, len(statements)):
        if statements[number].line > changed and statements[number].begins_line:
            return number
    return len(statements)


def _parsed(text: str, before: str) -> list[ast.stmt] | None:
    """The statements of a region; None where the whole text has to be looked at."""
    if "__future__" in text or "__future__" in before:
        return None
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError):
        return None


def _moved(statement: Statement, lines: int) -> Statement:
    if not lines:
        return statement
    moved = copy.copy(statement)
    moved.line += lines
    moved.__dict__.pop("members", None)
    return moved
