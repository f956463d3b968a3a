"""Text to Source: one file at one moment, as its top-level statements."""

from __future__ import annotations
import __future__

import ast
import importlib.util
import itertools
import sys
from bisect import bisect_left, bisect_right
from codecs import BOM_UTF8
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from heatsync._engine.texts.compiling import parsed
from heatsync._engine.texts.once import once
from heatsync._engine.texts.places import Place
from heatsync._engine.texts.sections import Section, Stretch, cut, grouped
from heatsync._engine.texts.statement import Statement, statements_of

__all__ = ["Source", "Statement", "by_definitions", "decode", "parse"]


_REMEMBERED = 50  # words that were searched for
_line = attrgetter("line")


class Exchanged(NamedTuple):
    """The numbers of some sections of an old text, and of those that stand in their place."""

    old: slice
    new: slice


class Part(NamedTuple):
    """What stands in the place of some sections, by their numbers."""

    old: slice
    new: Sequence[Section]
    moved: int  # how many lines what is below has moved


@dataclass(eq=False)
class Source:
    """One file at one moment."""

    file: str
    text: str
    sections: tuple[Section, ...]
    flags: int = 0  # of the __future__ imports, for compile()
    # By word, the numbers of the sections in which it may stand, in their order.
    _found: dict[str, Sequence[int]] = field(default_factory=dict)

    @once
    def statements(self) -> tuple[Statement, ...]:
        """All of them. Whoever asks for those that say a word has less parsed."""
        return tuple(itertools.chain.from_iterable(s.statements for s in self.sections))

    @property
    def lazy_annotations(self) -> bool:
        """Whether annotations are not read when a statement runs."""
        return _is_lazy(self.flags)

    @property
    def show_imports(self) -> str:
        """What to put behind the text of one statement, to compile it to what it is when the whole
        file is compiled.

        For a method of a name that the file imports CPython emits other instructions than for
        one of any other object, so the compiler is shown the imports, in a branch it leaves out.
        """
        names = self.imported_names
        return f"\nif 0: import {', '.join(names)}\n" if names else ""

    def unit(self, node: ast.stmt) -> ast.Module:
        """The same for the tree of a statement."""
        names = self.imported_names
        # A docstring and `from __future__` have to come first.
        if not names or isinstance(node, ast.Expr | ast.ImportFrom):
            return ast.Module([node], [])
        place = _place(node)
        imports = ast.Import([ast.alias(name, None, **place) for name in names], **place)
        never = ast.If(ast.Constant(False, **place), [imports], [], **place)
        return ast.Module([never, node], [])

    @once
    def imported_names(self) -> tuple[str, ...]:
        """The names that top-level imports bind."""
        found = {
            imported.binds: None
            for statement in self.saying("import")
            for imported in statement.bound.imports
            if imported.binds.isidentifier()
        }
        return tuple(found)

    @once
    def has_star(self) -> bool:
        """Whether it may import names unseen."""
        return any(section.stretch.has_star for section in self.sections)

    @once
    def bound_again(self) -> frozenset[str]:
        """The names that more than one of its statements may bind, and some others."""
        every = Counter(itertools.chain.from_iterable(s.stretch.targets for s in self.sections))
        return frozenset(name for name, count in every.items() if count > 1)

    # ------------------------------------------------------------------ what says a word

    def saying(self, word: str) -> Iterator[Statement]:
        """The top-level statements in whose text a word may stand, or that import names unseen."""
        for section in self._sections_saying(word):
            yield from section.saying(word)

    def _sections_saying(self, word: str) -> list[Section]:
        found = self._found.get(word)
        if found is None:
            found = self._found[word] = self._numbers_saying(word, range(len(self.sections)))
        return [self.sections[number] for number in found]

    def _numbers_saying(self, word: str, numbers: Iterable[int]) -> list[int]:
        return [number for number in numbers if self.sections[number].stretch.may_say(word)]

    def take_over(self, old: Source, exchanged: Sequence[Exchanged]) -> None:
        """An edit leaves most of a text as it was: what was searched there is not again."""
        names = old.__dict__.get("imported_names")
        if names is not None and not any(
            section.stretch.may_say("import")
            for each in exchanged
            for section in (*old.sections[each.old], *self.sections[each.new])
        ):
            self.__dict__["imported_names"] = names
        for word, found in old._found.items() if len(old._found) <= _REMEMBERED else ():
            self._found[word] = self._found_again(word, found, exchanged)

    def with_sections(self, text: str, parts: Iterable[Part]) -> Source:
        """The Source of a text in which others stand in the places of some sections, in order."""
        sections: list[Section] = []
        exchanged = []
        at = lines = 0
        for old, new, moved in parts:
            sections += _lower(self.sections[at : old.start], lines)
            exchanged.append(Exchanged(old, slice(len(sections), len(sections) + len(new))))
            sections += new
            at, lines = old.stop, lines + moved
        sections += _lower(self.sections[at:], lines)
        source = Source(self.file, text, tuple(sections), self.flags)
        source.take_over(self, exchanged)
        return source

    def with_text_of(self, number: int, part: str, text: str) -> Source:
        """The Source of a text in which one section has another one.

        It is one that Python has compiled, of a single definition of the same name, and is parsed
        when somebody looks into it.
        """
        old = self.sections[number]
        stretch = Stretch(
            part, old.line, head=old.stretch.head, lazy_annotations=self.lazy_annotations
        )
        moved = stretch.lines - old.stretch.lines
        here = slice(number, number + 1)
        return self.with_sections(text, [Part(here, [Section(stretch, old.line)], moved)])

    def _found_again(
        self, word: str, before: Sequence[int], exchanged: Sequence[Exchanged]
    ) -> Sequence[int]:
        """The numbers for a word, where those in the old text are known."""
        found: list[int] = []
        at, more = 0, 0
        for each in exchanged:
            until = bisect_left(before, each.old.start, at)
            found += [number + more for number in before[at:until]]
            new = range(each.new.start, each.new.stop)
            found += self._numbers_saying(word, new)
            at, more = bisect_left(before, each.old.stop, until), each.new.stop - each.old.stop
        return [*found, *(number + more for number in before[at:])]

    def binding(self, name: str) -> tuple[Statement, ...]:
        """The statements that may bind a qualified name: those in whose text it stands."""
        known = self._bindings
        found = known.get(name)
        if found is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            found = known[name] = tuple(self._may_bind(name))
        return found

    @once
    def _bindings(self) -> dict[str, tuple[Statement, ...]]:
        return {}

    def _may_bind(self, name: str) -> Iterator[Statement]:
        first, *rest = name.split(".")
        # The docstring binds a name that it does not say.
        sections = self.sections if first == "__doc__" else self._sections_saying(first)
        binding = [section for section in sections if section.stretch.may_bind(first)]
        tops = (statement for section in binding for statement in section.saying(first))
        if not rest:
            yield from (s for s in tops if s.says(name)) if first == "__doc__" else tops
            return
        for top in tops:
            if top.is_class:
                yield from top.every_member()

    def saying_within(self, word: str, is_whole: bool, owner: str = "") -> Iterator[Statement]:
        """Like `saying`, with the members of classes, each after the class it belongs to.

        `is_whole` tells that it stands there as a word, so that an index may be asked for it;
        `owner` that it is a member of this class, which is read as an attribute elsewhere.
        """
        is_asked = is_whole and word != "*" and word not in self._found
        sections = self._mentions[word] if is_asked else self._sections_saying(word)
        for section in sections:
            if not owner or section.stretch.may_read(owner, word):
                for top in section.saying(word):
                    members = top.every_member()
                    if not members:
                        yield top
                        continue
                    for statement in (top, *members):
                        if statement.says(word):
                            yield statement

    @once
    def _mentions(self) -> dict[str, list[Section]]:
        """By word, the sections in which it stands, those that import names unseen always."""
        stars = [section for section in self.sections if section.stretch.has_star]
        found: dict[str, list[Section]] = defaultdict(lambda: list(stars))
        for section in self.sections:
            for word in section.stretch.words if section not in stars else ():
                found[word].append(section)
        return found

    def holds(self, statement: Statement) -> bool:
        """Whether a top-level statement is one of this text."""
        section = self.section_of(statement)
        return section is not None and statement in section.statements

    def section_of(self, statement: Statement) -> Section | None:
        """The section in whose lines a top-level statement stands."""
        return self.section_at(statement.line)

    def section_at(self, line: int) -> Section | None:
        """The section that a line is in."""
        number = bisect_right(self.sections, line, key=_line) - 1
        return self.sections[number] if number >= 0 else None

    @once
    def walk(self) -> tuple[Statement, ...]:
        """All statements, those of class blocks after the class they belong to."""
        every = ((statement, *statement.every_member()) for statement in self.statements)
        return tuple(itertools.chain.from_iterable(every))


def _lower(sections: Sequence[Section], lines: int) -> Sequence[Section]:
    """The same sections so many lines further down."""
    return [Section(s.stretch, s.line + lines) for s in sections] if lines else sections


def decode(file: str, data: bytes) -> str:
    """The characters of a Python file, as the compiler would read them.

    Raises SyntaxError, with the file in it, for a wrong coding cookie or bytes that do not fit.
    """
    if _is_plain(data):
        with suppress(UnicodeDecodeError):
            return data.decode()
    try:
        text: str = importlib.util.decode_source(data)
    except SyntaxError as error:
        # A new one: that of the library has come through frames that are nobody's text.
        raise SyntaxError(error.msg, (file, 1, 0, "")) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SyntaxError(f"{error.reason} (byte {error.start})", (file, line, 0, "")) from None
    except (LookupError, UnicodeError) as error:  # a codec, but none of whole texts
        raise SyntaxError(str(error), (file, 1, 0, "")) from None
    return text.removeprefix("\ufeff")


def _is_plain(data: bytes) -> bool:
    """Whether nothing tells of an encoding or of other ends of lines, as in nearly all files."""
    end_of_second_line = data.find(b"\n", data.find(b"\n") + 1)
    head = data[:end_of_second_line]  # where alone an encoding is told
    return b"coding" not in head and not head.startswith(BOM_UTF8) and b"\r" not in data


def parse(file: str, text: str) -> Source:
    """Reads a text as statements. Raises SyntaxError as the compiler does."""
    if "\0" in text:  # each version of the compiler says it in another way, none says where
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SyntaxError("source code cannot contain null bytes", (file, line, 0, ""))
    tree = parsed(text, file)
    flags = _future_flags(tree.body)
    statements = statements_of(tree.body, text.split("\n"), 1, 0, None, _is_lazy(flags))
    return Source(file, text, tuple(grouped(statements)), flags)


def by_definitions(file: str, text: str, definitions: Iterable[Place]) -> Source:
    """The Source of a text that Python has compiled: of its functions and classes it tells where
    they begin, so that nothing need be parsed before somebody looks into it."""
    flags = 0
    if "__future__" in text:
        [first, *_] = cut(text, definitions, False)
        flags = _future_flags(parsed(first.stretch.text, file).body)
    return Source(file, text, tuple(cut(text, definitions, _is_lazy(flags))), flags)


def _place(node: ast.stmt) -> Any:
    """Where a statement begins, for nodes that are made: in a tenth of `fix_missing_locations`."""
    line, column = node.lineno, node.col_offset
    return {
        "lineno": line,
        "col_offset": column,
        "end_lineno": line,
        "end_col_offset": column,
    }


def _is_lazy(flags: int) -> bool:
    return sys.version_info >= (3, 14) or bool(flags & __future__.annotations.compiler_flag)


def _future_flags(body: list[ast.stmt]) -> int:
    flags = 0
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level:
            for alias in node.names:
                feature = getattr(__future__, alias.name, None)
                flags |= feature.compiler_flag if feature else 0
    return flags
