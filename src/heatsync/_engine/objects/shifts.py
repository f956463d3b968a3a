"""Live functions of a section that only moved, found without parsing it."""

from __future__ import annotations

import functools
import inspect
import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.compiling import CLASSES_TELL_LINES
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.once import once
from heatsync._engine.texts.sections import Inside, Section, Stretch
from heatsync._resident.live import Running

# The `def` of a function somewhere in a loop.
_IN_A_LOOP = re.compile(
    r"^([ \t]+)(?:async[ \t]+)?(?:for|while)\b.*\n(?:(?:\1[ \t].*)?\n)*?\1[ \t]+(?:async[ \t]+)?def\b",
    re.MULTILINE,
)


class Shifted:
    """What of a text stands in other lines by now."""

    def __init__(self) -> None:
        self.sections: list[tuple[Section, Section]] = []
        self.pairs: list[Pair] = []

    def at(self, line: int) -> int:
        """How many lines further down one is than it was."""
        number = bisect_right(self._parts, line, key=operator.itemgetter(0)) - 1
        first, height, lines = self._parts[number] if number >= 0 else (0, -1, 0)
        return lines if line <= first + height else 0

    @once
    def _parts(self) -> list[tuple[int, int, int]]:
        """Their first lines, how far the last ones are below these, and how far they moved."""
        found = [(a.line, a.stretch.lines, b.line - a.line) for a, b in self.sections]
        for pair in self.pairs:
            if pair.old is not None:
                height = pair.old.text.count("\n")
                found.append((pair.old.line, height, pair.new.line - pair.old.line))
        return sorted(found)


_EXPRESSIONS = ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")

Moved = tuple[Section, Section]
_CODE = operator.attrgetter("__code__")
_FIRST_LINE = operator.attrgetter("co_firstlineno")
_FILE = operator.attrgetter("co_filename")


class Located(NamedTuple):
    """The functions of some sections, and which sections are left."""

    left: Sequence[Moved]
    taken: Sequence[Moved] = ()
    # Each with its code, the line where it is to stand, and what is inside of that code.
    functions: Iterable[tuple[FunctionType, CodeType, int, Inside]] = ()


class Lookup:
    """What the names of one module lead to. It may have thousands of sections."""

    def __init__(self, running: Running) -> None:
        self._namespace = running.namespace
        self._file = running.source.file

    def functions_in(self, section: Section) -> dict[FunctionType, CodeType] | None:
        """The outermost functions of a section, with their code; None where some may be missing.

        None is where its name leads to as many as the words `def` and `lambda` stand in its text. A
        class in a class would have to be looked into, too.
        """
        stretch, file = section.stretch, self._file
        first, last = section.line, section.line + stretch.lines
        found = {
            function: code
            for function in _led_to(self._namespace.get(stretch.head))
            if first <= (code := function.__code__).co_firstlineno <= last
            and code.co_filename == file
        }
        return found if _are_all(found.values(), stretch) else None

    def located(self, sections: Sequence[Moved]) -> Located:
        """The functions of the sections of which it is known where in them these stand.

        After the first edit that is so for nearly all. There may be thousands, so as much as can be
        is done for all of them at once.
        """
        taken, left = list[Moved](), list[Moved]()
        functions: list[FunctionType] = []
        before: list[int] = []
        after: list[int] = []
        inside: list[Inside] = []
        for section in sections:
            old, new = section
            below = old.stretch.below
            led = _led_to(self._namespace.get(old.stretch.head)) if below else []
            if below is None or len(led) != len(below) or self._hides_a_class(old):
                left.append(section)
                continue
            taken.append(section)
            functions += led
            inside += old.stretch.inside
            before += [old.line + line for line in below]
            after += [new.line + line for line in below]
        codes = list(map(_CODE, functions))
        if (
            list(map(_FIRST_LINE, codes)) != before
            or not {self._file}.issuperset(map(_FILE, codes))
            or len(set(map(id, codes))) != len(codes)
        ):
            return Located(sections)
        return Located(left, taken, zip(functions, codes, after, inside, strict=True))

    def class_in(self, section: Section) -> Any:
        """The class that a section begins with, if that tells its line."""
        if not CLASSES_TELL_LINES or not section.stretch.classes:
            return None
        value: Any = self._namespace.get(section.stretch.head)
        is_class = issubclass(type(value), type) and "__firstlineno__" in class_dict(value)
        return value if is_class else None

    def _hides_a_class(self, section: Section) -> bool:
        is_told = CLASSES_TELL_LINES and section.stretch.classes
        return bool(is_told) and self.class_in(section) is None


def note(section: Section, codes: Collection[CodeType]) -> None:
    """Has these found by where they stand in a section: they are all, and no line is told inside."""
    section.stretch.below = tuple(code.co_firstlineno - section.line for code in codes)
    section.stretch.inside = tuple(map(_inside, codes))


def _inside(code: CodeType) -> Inside:
    nested = nested_codes(code)
    are_run_there = all(c.co_name in _EXPRESSIONS and not nested_codes(c) for c in nested)
    if not are_run_there:
        return Inside.FUNCTIONS
    return Inside.EXPRESSIONS if nested else Inside.NONE


def _are_all(codes_of_all: Collection[CodeType], stretch: Stretch) -> bool:
    """Whether there are no more outermost functions than these, which is found out once."""
    if stretch.outermost is not None:
        return len(set(map(id, codes_of_all))) == stretch.outermost
    codes = {id(code): code for code in codes_of_all}
    if stretch.classes > 1 or sum(map(_functions_of, codes.values())) != stretch.functions:
        return False
    if stretch.classes and _IN_A_LOOP.search(stretch.text):  # which may have made more of them
        return False
    stretch.outermost = len(codes)
    return True


def _led_to(value: Any) -> list[FunctionType]:
    if type(value) is FunctionType:
        return [value]
    return _members(value) if issubclass(type(value), type) else []


def _members(cls: type) -> list[FunctionType]:
    found: list[FunctionType] = []
    for member in class_dict(cls).values():
        kind = type(member)
        if kind is FunctionType:
            found.append(member)
        elif id(kind) in _PARTS:
            parts = _PARTS[id(kind)](member)
            found += [part for part in parts if type(part) is FunctionType]
    return found


_PARTS: dict[int, Callable[[Any], tuple[object, ...]]] = {
    id(staticmethod): lambda method: (method.__func__,),
    id(classmethod): lambda method: (method.__func__,),
    id(property): operator.attrgetter("fget", "fset", "fdel"),
    id(functools.cached_property): lambda found_once: (found_once.func,),
}


def _functions_of(code: CodeType) -> int:
    """How many functions are compiled to a code object, itself included."""
    is_function = code.co_flags & inspect.CO_OPTIMIZED and (
        not code.co_name.startswith("<") or code.co_name == "<lambda>"
    )
    return bool(is_function) + sum(map(_functions_of, nested_codes(code)))
