"""Text to Source by way of the one before it: only the regions that changed are parsed.

The result is that of parsing the whole text. A module is a sequence of statements that begin in
the first column, each of which is parsed for itself; so where the text before and behind a region
is the same, and the region is valid for itself, its statements are the only ones that differ.
Whatever could reach over its edges makes it invalid: an open bracket or string, a decorator, a
line that is continued. Then, and for `from __future__`, the whole text is parsed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from heatsync._engine.texts.compiling import parsed
from heatsync._engine.texts.halving import common, common_end
from heatsync._engine.texts.sections import grouped, made_of
from heatsync._engine.texts.source import Part, Source, Statement, parse

_TRIES = 30  # sections that are looked for in vain
_line = attrgetter("line")


def reparse(old: Source, text: str) -> Source:
    """The Source of an edited text. Raises SyntaxError as the compiler does."""
    region = _region(old, text) if old.sections else None
    if region is not None:
        parts = _split(old, region)
        made = _made_of(old, parts)
        if made is None and len(parts) > 1:
            parts, made = [region], _made_of(old, [region])
        if made is not None:
            return old.with_sections(text, made)
    return parse(old.file, text)


@dataclass(frozen=True, slots=True)
class _Region:
    """The sections from `first` until before `rest`: their old and their new text."""

    first: int
    rest: int
    line: int  # where it begins, in the new text
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


def _made_of(old: Source, regions: Iterable[_Region]) -> list[Part] | None:
    """What stands in the place of each region; None where more of the text has to be looked at."""
    made = []
    for region in regions:
        statements = _statements(old, region)
        if statements is None:
            return None
        here = slice(region.first, region.rest)
        made.append(Part(here, [*grouped(statements)], region.moved))
    return made


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


# --------------------------------------------------------------- several places at once


def _split(old: Source, region: _Region) -> list[_Region]:
    """The parts of a region that differ: an import at the top, and what is made of it far below.

    Each of them begins with a section that is the same, as the region does.
    """
    parts, first, line, before, after = [], region.first, region.line, 0, 0
    for run in _runs(old, region):
        texts = region.before[before : run.before], region.after[after : run.after]
        parts.append(_Region(first, run.first, line, *texts))
        line += region.after.count("\n", after, run.after + run.size)
        first, before, after = run.last, run.before + run.size, run.after + run.size
    texts = region.before[before:], region.after[after:]
    return [*parts, _Region(first, region.rest, line, *texts)]


@dataclass(frozen=True, slots=True)
class _Run:
    """Sections that are the same, and so is the `last` one behind them, with which a part begins."""

    first: int
    last: int
    before: int  # where the first one begins in the old text of the region
    after: int  # the same in the new text
    size: int  # how far it is from there to the last one, in characters


def _runs(old: Source, region: _Region) -> Iterator[_Run]:
    """The same sections in the midst of a region, in the order of both texts.

    A section is the same where its text stands just once in the rest of the new text; with it are
    all that follow it in both.
    """
    sections, before, after = old.sections, region.before, region.after
    number, start, searched, tries = region.first, 0, 0, _TRIES
    line = region.line
    while tries and (number := number + 1) < region.rest - 1:
        begin = _forth(before, start, sections[number].line - line)
        end = _forth(before, begin, sections[number + 1].line - sections[number].line)
        start, line = begin, sections[number].line
        found = _only(after, before[begin:end], searched)
        if found is None:
            tries -= 1
            continue
        rests = before[begin:], after[found:]
        same = common(*rests, min(map(len, rests)))
        differs = line + before.count("\n", begin, begin + same)
        last = min(bisect_right(sections, differs, key=_line) - 1, region.rest - 1) - 1
        start, line = _forth(before, begin, sections[last].line - line), sections[last].line
        searched = found + start - begin
        if last > number:
            yield _Run(number, last, begin, found, start - begin)
        number = last


def _only(text: str, part: str, start: int) -> int | None:
    """Where whole lines stand in a text, if that is the only place."""
    found = text.find(part, start)
    is_it = found >= 0 and _begins_line(text, found) and text.find(part, found + 1) < 0
    return found if is_it else None


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
    head = common(old, new, size)
    tail = common_end(old, new, size - head)
    end = len(old) - tail
    line = old.count("\n", 0, head) + 1
    end_line = line + old.count("\n", head, end)
    whole = _begins_line(old, end) and _begins_line(new, len(new) - tail)
    return _Change(head, line, end, end_line, end_line - whole)


def _begins_line(text: str, position: int) -> bool:
    return not position or text[position - 1] == "\n"


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
