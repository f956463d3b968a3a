"""A text in sections of whole top-level statements, each parsed when it is first looked into."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import zip_longest
from operator import attrgetter
from typing import NamedTuple

from heatsync._engine.texts.compiling import parsed
from heatsync._engine.texts.mentions import has_star, plain, says, words_in
from heatsync._engine.texts.names import DEFINITIONS
from heatsync._engine.texts.once import once
from heatsync._engine.texts.places import Place
from heatsync._engine.texts.statement import Statement, statements_of

_line = attrgetter("line")
_FIRST_COLUMN = re.compile(r"\n(?=[^ \t\n#)\]}])")
_DEFINES = ("def ", "async def ", "class ")
# Whole words, said so that a search can begin with their first letter: much faster than with `\b`.
_FUNCTION = re.compile(r"def\b(?<!\wdef)|lambda\b(?<!\wlambda)")
_CLASS = re.compile(r"class\b(?<!\wclass)")
_TARGET = re.compile(
    r"\b(\w+)[ \t]*(?:(?:[-+*/%@&|^]|//|\*\*|<<|>>|:)?=(?!=)|,|:)|\b(?:as|del|for|import)[ \t]+(\w+)"
)
_BINDS_MORE = (":=", "global", "\f")  # a form feed begins the first column anew


class Nested(Enum):
    """What code a function holds besides its own."""

    EXPRESSIONS = auto()  # which is run where it stands, so that nobody has a function of it
    FUNCTIONS = auto()


class Layout(NamedTuple):
    """Where the outermost functions of a section stand in it."""

    led: int  # to how many functions its name leads
    own: tuple[int, ...]  # the numbers of those of them that are its own
    below: tuple[int, ...]  # how far each of these is below the first line
    nested: tuple[Nested | None, ...]  # None for most, which hold no code but their own


class Stretch:
    """The statements of a section, wherever that stands now.

    `head` is the name of the definition that it begins with, if any.
    """

    def __init__(
        self,
        text: str,
        line: int,
        statements: Sequence[Statement] | None = None,
        *,
        head: str = "",
        lazy_annotations: bool = False,
    ) -> None:
        self.text = text
        self.line = line  # where it stood when it was parsed, or is going to be
        self.head = head
        self.layout: Layout | None = None  # once it is known
        self._lazy_annotations = lazy_annotations
        if statements is not None:
            self.__dict__["statements"] = tuple(statements)

    @once
    def statements(self) -> tuple[Statement, ...]:
        """Parses it. It is a part of a text that Python has read, and cannot fail."""
        # It may end with a line that goes on, in an empty one.
        body = parsed(f"{self.text}\n", line=self.line).body
        is_start = self.line == 1
        return tuple(made_of(body, self.text, self.line, is_start, self._lazy_annotations))

    @once
    def lines(self) -> int:
        """How far its last line is below its first."""
        return self.text.count("\n")

    @property
    def is_parsed(self) -> bool:
        return "statements" in self.__dict__

    def may_say(self, word: str) -> bool:
        """Whether a word may stand in one of its statements, or import names unseen."""
        return says(self._plain, word) or self.has_star

    def may_bind(self, name: str) -> bool:
        """Whether one of its statements may bind a name of the module."""
        if name == "__doc__" and (self.line == 1 or self.is_parsed):
            return True
        if not self.may_say(name):
            return False
        return name == self.head or self.is_parsed or not self._is_one_definition

    @once
    def targets(self) -> tuple[str, ...]:
        """The names that it may bind, as often as it may, and others that only look like it."""
        head = (self.head,) if self.head else ()
        if self._is_one_definition:
            return head
        return (*head, *(name or other for name, other in _TARGET.findall(self._plain)))

    def may_read(self, owner: str, word: str) -> bool:
        """Whether one of its statements may read a member of a class: in that, or as an attribute."""
        if f".{word}" in self._plain or self.has_star or self.may_bind(owner):
            return True
        return re.search(rf"\.(?:[\s\\]|#[^\n]*\n)+{word}", self._plain) is not None

    @once
    def functions(self) -> int:
        """How many functions are in it at most, those in others included."""
        return len(_FUNCTION.findall(self.text))

    @once
    def classes(self) -> int:
        """How many classes are in it at most."""
        return len(_CLASS.findall(self.text))

    @once
    def _is_one_definition(self) -> bool:
        """Whether its definition is all that there is in it, and binds but one name."""
        if not self.head or self.has_star or any(sign in self.text for sign in _BINDS_MORE):
            return False
        starts = [self.text[:1], *(self.text[m.end()] for m in _FIRST_COLUMN.finditer(self.text))]
        return "@" not in starts[starts.count("@") :] and len(starts) == starts.count("@") + 1

    @once
    def _plain(self) -> str:
        return plain(self.text)

    @once
    def has_star(self) -> bool:
        return has_star(self.text)

    @once
    def words(self) -> frozenset[str]:
        """All names in its text, and what else looks like one."""
        return words_in(self._plain)


@dataclass(eq=False, slots=True)
class Section:
    """Some whole top-level statements of one text, and the line where they begin."""

    stretch: Stretch
    line: int
    _moved: dict[int, Statement] | None = None

    @property
    def statements(self) -> tuple[Statement, ...]:
        known = self.stretch.statements
        if self.line == self.stretch.line:
            return known
        return tuple([self._at(number, known) for number in range(len(known))])

    def saying(self, word: str) -> Sequence[Statement]:
        """Its statements in whose text a word stands, or that import names unseen."""
        known = self.stretch.statements
        if len(known) == 1:
            return self.statements
        numbers = [number for number, statement in enumerate(known) if statement.says(word)]
        return [self._at(number, known) for number in numbers]

    def _at(self, number: int, known: Sequence[Statement]) -> Statement:
        if self.line == self.stretch.line:
            return known[number]
        if self._moved is None:
            self._moved = {}
        found = self._moved.get(number)
        if found is None:
            line = known[number].line + self.line - self.stretch.line
            found = self._moved[number] = known[number].moved(line)
        return found


def made_of(
    body: list[ast.stmt], text: str, line: int, is_start: bool, lazy_annotations: bool
) -> Iterator[Statement]:
    """The statements of a part of a module whose text begins in this line, parsed by itself."""
    lines, shift = text.split("\n"), line - 1
    for statement in statements_of(body, lines, line, shift, None, lazy_annotations):
        if not is_start:
            statement.is_doc = False
        yield statement


def grouped(statements: Iterable[Statement]) -> Iterator[Section]:
    """A section for each statement; those that share a line are in one."""
    group: list[Statement] = []
    for statement in statements:
        if group and statement.begins_line:
            yield _section(group)
            group = []
        group.append(statement)
    if group:
        yield _section(group)


def _section(group: list[Statement]) -> Section:
    node, line = group[0].node, group[0].line
    if len(group) > 1:
        return Section(Stretch("\n".join(s.text for s in group), line, group), line)
    head = node.name if isinstance(node, DEFINITIONS) else ""
    return Section(Stretch(group[0].text, line, group, head=head), line)


# ------------------------------------------------------------------- without parsing


def cut(text: str, definitions: Iterable[Place], lazy_annotations: bool) -> Iterator[Section]:
    """The sections of a text that Python has compiled, by the names and lines that it told.

    Functions and classes tell where they begin. A line that begins, in its first column, with the
    definition or with its first decorator begins a statement of the module: no string, bracket or
    other statement can end before these words in the same line, and no line goes on in it.
    """
    lines = text.split("\n")
    heads = [place for place in sorted(definitions, key=_line) if _begins(place, lines)]
    starts = [Place("", 1), *heads] if not heads or heads[0].line > 1 else heads
    for (name, first, _), following in zip_longest(starts, starts[1:]):
        last = following.line - 1 if following else len(lines)
        part = "\n".join(lines[first - 1 : last])
        yield Section(Stretch(part, first, head=name, lazy_annotations=lazy_annotations), first)


def _begins(place: Place, lines: list[str]) -> bool:
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if place.line > 1 and lines[place.line - 2].rstrip("\r").endswith("\\"):
        return False
    return line.startswith("@") or (line.startswith(_DEFINES) and place.name in line)
