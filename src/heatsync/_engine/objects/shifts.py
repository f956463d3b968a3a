"""Live functions of a section that only moved, found without parsing it."""

from __future__ import annotations

import functools
import inspect
import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from heatsync._engine.texts.codes import nested_codes
from heatsync._engine.texts.compiling import CLASSES_TELL_LINES
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.once import once
from heatsync._engine.texts.sections import Layout, Nested, Section
from heatsync._resident.live import Running

# The `def` of a function somewhere in a loop.
_IN_A_LOOP = re.compile(
    r"^([ \t]+)(?:async[ \t]+)?(?:for|while)\b.*\n(?:(?:\1[ \t].*)?\n)*?\1[ \t]+(?:async[ \t]+)?def\b",
    re.MULTILINE,
)
# The code of what is run where it stands.
_EXPRESSIONS = ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")
_CODE = operator.attrgetter("__code__")
_FIRST_LINE = operator.attrgetter("co_firstlineno")
_FILE = operator.attrgetter("co_filename")

Moved = tuple[Section, Section]  # old and new


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


class Located(NamedTuple):
    """The functions of some sections, and which sections are left."""

    left: Sequence[Moved]
    taken: Sequence[Moved] = ()
    # Each with its code, the line where it is to stand, and what else that code holds.
    functions: Iterable[tuple[FunctionType, CodeType, int, Nested | None]] = ()


class Lookup:
    """What the names of one module lead to. It may have thousands of sections."""

    def __init__(self, running: Running) -> None:
        self._namespace = running.namespace
        self._file = (running.text or running.source).file

    def located(self, sections: Sequence[Moved]) -> Located:
        """The functions of sections, by where in these they stand.

        That is found out once for each section. There may be thousands, so as much as can be is
        done for all of them at once.
        """
        located = self._gathered(sections, anew=False)
        return located or self._gathered(sections, anew=True) or Located(sections)

    def _gathered(self, sections: Sequence[Moved], *, anew: bool) -> Located | None:
        """The same; None where a name leads to something else than it did."""
        taken, left = list[Moved](), list[Moved]()
        functions: list[FunctionType] = []
        before: list[int] = []
        after: list[int] = []
        nested: list[Nested | None] = []
        for section in sections:
            old, new = section
            layout = old.stretch.layout
            if layout is not None and not (layout.led or anew):
                taken.append(section)
                continue
            led = _led_to(self._namespace.get(old.stretch.head))
            if layout is None or anew:
                layout = self._layout(old, led)
            elif len(led) != layout.led:
                return None
            if layout is None:
                left.append(section)
                continue
            taken.append(section)
            functions += led if len(layout.own) == len(led) else [led[n] for n in layout.own]
            nested += layout.nested
            before.extend(map(old.line.__add__, layout.below))
            after.extend(map(new.line.__add__, layout.below))
        codes = list(map(_CODE, functions))
        are_these = (
            list(map(_FIRST_LINE, codes)) == before
            and {self._file}.issuperset(map(_FILE, codes))
            and len(set(map(id, codes))) == len(codes)
        )
        found = zip(functions, codes, after, nested, strict=True)
        return Located(left, taken, found) if are_these else None

    def _layout(self, section: Section, led: Sequence[FunctionType]) -> Layout | None:
        """Where the outermost functions of a section stand; None where these may not be all.

        They are if its name has led to as many as the words `def` and `lambda` stand in its text.
        A class in a class would have to be looked into, too.
        """
        stretch, first = section.stretch, section.line
        last, file, own = first + stretch.lines, self._file, dict[int, int]()
        for number, function in enumerate(led):
            code = function.__code__
            if first <= code.co_firstlineno <= last and code.co_filename == file:
                own[id(function)] = number  # once, however many names it has
        codes = [led[number].__code__ for number in own.values()]
        stretch.layout = None
        if self._are_all(codes, section):
            below = tuple([code.co_firstlineno - first for code in codes])
            nested = tuple(map(_nested, codes))
            stretch.layout = Layout(len(led), tuple(own.values()), below, nested)
        return stretch.layout

    def _are_all(self, codes: Sequence[CodeType], section: Section) -> bool:
        """Whether there are no more outermost functions than these, nor lines that others tell."""
        stretch = section.stretch
        if stretch.classes > 1 or sum(map(_functions_of, codes)) != stretch.functions:
            return False
        if len(set(map(id, codes))) != len(codes):
            return False
        if not stretch.classes:
            return True
        # A loop may have made more of them.
        is_hidden = CLASSES_TELL_LINES and self.class_in(section) is None
        return not (is_hidden or _IN_A_LOOP.search(stretch.text))

    def class_in(self, section: Section) -> Any:
        """The class that a section begins with, if that tells its line."""
        if not section.stretch.classes:
            return None
        value: Any = self._namespace.get(section.stretch.head)
        is_class = issubclass(type(value), type) and "__firstlineno__" in class_dict(value)
        return value if is_class else None


def _nested(code: CodeType) -> Nested | None:
    nested = nested_codes(code)
    if not nested:
        return None
    are_run_there = all(c.co_name in _EXPRESSIONS and not nested_codes(c) for c in nested)
    return Nested.EXPRESSIONS if are_run_there else Nested.FUNCTIONS


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
