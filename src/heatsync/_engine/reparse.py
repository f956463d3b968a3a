"""Text to Source by way of the one before it: only the region that changed is parsed.

The result is that of parsing the whole text. A module is a sequence of statements that begin in
the first column, each of which is parsed for itself; so where the text before and behind a region
is the same, and the region is valid for itself, its statements are the only ones that differ.
Whatever could reach over its edges makes it invalid: an open bracket or string, a decorator, a
line that is continued. Then, and for `from __future__`, the whole text is parsed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import attrgetter

from heatsync._engine.compiling import parsed
from heatsync._engine.sections import grouped, made_of
from heatsync._engine.source import Source, Statement, parse

_line = attrgetter("line")


def reparse(old: Source, text: str) -> Source:
    """The Source of an edited text. Raises SyntaxError as the compiler does."""
    region = _region(old, text) if old.sections else None
    statements = _statements(old, region) if region else None
    if region is None or statements is None:
        return parse(old.file, text)
    lines, kept = region.moved, old.sections[region.rest :]
    if lines:
        kept = tuple([section.moved(lines) for section in kept])
    made = [*grouped(statements)]
    new = Source(old.file, text, (*old.sections[: region.first], *made, *kept), old.flags)
    new.take_over(old, old.sections[region.first : region.rest], made)
    return new


@dataclass(frozen=True, slots=True)
class _Region:
    """The sections from `first` until before `rest`: their old and their new text."""

    first: int
    rest: int
    line: int  # where it begins, in both texts
    before: str
    after: str

    @property
    def moved(self) -> int:
        """How far what is below it has moved."""
        return self.after.count("\n") - self.before.count("\n")


def _region(old: Source, text: str) -> _Region:
    """The sections that the differing lines are in.

    The first one begins in a line that is the same, so that it begins a statement as before. So
    does what follows the last one.
    """
    change = _change(old.text, text)
    first = bisect_left(old.sections, change.line, key=_line) - 1
    rest = max(bisect_right(old.sections, change.last_line, key=_line), first + 1, 1)
    line = old.sections[first].line if first >= 0 else 1
    start = _back(old.text, change.head, change.line - line) if first >= 0 else 0
    end = len(old.text)
    if rest < len(old.sections):
        end = _forth(old.text, change.end, old.sections[rest].line - change.end_line)
    after = text[start : len(text) - (len(old.text) - end)]
    return _Region(max(first, 0), rest, line, old.text[start:end], after)


def _statements(old: Source, region: _Region) -> list[Statement] | None:
    """The statements of a region; None where the whole text has to be looked at."""
    if "__future__" in region.after or "__future__" in region.before:
        return None
    try:
        body = parsed(region.after, old.file, region.line).body
    except (SyntaxError, ValueError):
        return None
    if not body and not region.first:  # what is below may be the docstring now
        return None
    return [*made_of(body, region.after, region.line, not region.first, old.lazy_annotations)]


# ---------------------------------------------------------------------- what differs


@dataclass(frozen=True, slots=True)
class _Change:
    """Where an old text differs from a new one: from `head` until before `end`, in characters."""

    head: int
    line: int  # of `head`
    end: int
    end_line: int
    last_line: int  # the last one that differs


def _change(old: str, new: str) -> _Change:
    size = min(len(old), len(new))
    head = _common(old, new, size)
    tail = _common_end(old, new, size - head)
    end = len(old) - tail
    line = old.count("\n", 0, head) + 1
    end_line = line + old.count("\n", head, end)
    whole = _begins_line(old, end) and _begins_line(new, len(new) - tail)
    return _Change(head, line, end, end_line, end_line - whole)


def _begins_line(text: str, position: int) -> bool:
    return not position or text[position - 1] == "\n"


def _common(one: str, other: str, size: int) -> int:
    """How many characters two texts have in common at their beginning, by halving."""
    low = 0
    while low < size:
        middle = (low + size + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            size = middle - 1
    return low


def _common_end(one: str, other: str, size: int) -> int:
    """The same at their end, of `size` characters at most."""
    low, ends = 0, (len(one), len(other))
    while low < size:
        middle = (low + size + 1) // 2
        if one[ends[0] - middle : ends[0] - low] == other[ends[1] - middle : ends[1] - low]:
            low = middle
        else:
            size = middle - 1
    return low


def _back(text: str, position: int, lines: int) -> int:
    """The beginning of the line that is some lines above a position."""
    for _ in range(lines):
        position = text.rindex("\n", 0, position)
    return text.rfind("\n", 0, position) + 1


def _forth(text: str, position: int, lines: int) -> int:
    """The beginning of the line that is some lines below a position; the position for none."""
    for _ in range(lines):
        position = text.index("\n", position) + 1
    return position
