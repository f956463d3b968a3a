"""Text to Source: one file at one moment, as its top-level statements."""

from __future__ import annotations
import __future__

import ast
import copy
import importlib.util
import itertools
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from heatsync._engine.names import (
    DEFINITIONS,
    FUNCTIONS,
    Names,
    bound_by,
    executed,
    globals_of,
    mangle_all,
    unmangled,
)
from heatsync._engine.places import FunctionNode, Place, first_line, functions_in, hollow
from heatsync._engine.reading import names_of

_WORD = re.compile(r"\w+")
_SHARED = "\0"  # begins the text of a statement that does not have its lines for itself


@dataclass(eq=False)
class Statement:
    """One statement of a module or class block.

    Two statements with equal `text` are equal; the syntax tree is looked into only where the
    texts differ, so that what nobody edited costs a comparison of strings.
    """

    node: ast.stmt
    text: str
    line: int  # its first line in the file, decorators included; from 1
    parent: Statement | None = None  # the class whose block it stands in
    is_doc: bool = False
    lazy_annotations: bool = False

    @cached_property
    def digest(self) -> str:
        """The tree without positions: equal where only layout and comments differ."""
        return ast.dump(self.node)

    @cached_property
    def skeleton(self) -> str:
        """The digest without the bodies of functions: equal where nothing need be run."""
        return hollow(self.node)

    @cached_property
    def header(self) -> str:
        """A class without its block: name, type parameters, bases, keywords and decorators."""
        node = copy.copy(self.node)
        assert isinstance(node, ast.ClassDef)
        node.body = []
        return ast.dump(node)

    @cached_property
    def names(self) -> Names:
        """What it binds, reads and changes; of a class only what its header does.

        A docstring binds `__doc__`.
        """
        node = self.node
        if isinstance(node, ast.ClassDef):
            node = copy.copy(node)
            node.body = []
        names = names_of(node, self.lazy_annotations, self.owner, self._is_handed_on)
        if self.is_doc:
            names.binds["__doc__"] = None
        return names

    @cached_property
    def bound(self) -> Names:
        """The part of `names` that its own scope tells, which is cheap to find."""
        if self.is_program:
            return Names()
        is_plain = isinstance(self.node, FUNCTIONS) or "global" not in self.text
        if isinstance(self.node, DEFINITIONS) and not self.node.decorator_list and is_plain:
            bound = Names(binds={self.node.name: None})
        else:
            bound = bound_by([self.node])
        if self.is_doc:
            bound.binds["__doc__"] = None
        if self.parent is None:
            return bound
        for name in self.parent.globals:
            bound.binds.pop(name, None)
            bound.deletes.pop(name, None)
        return mangle_all(bound, self.owner)

    @cached_property
    def globals(self) -> dict[str, None]:
        """The names of the module that a class block binds itself, as it declares them."""
        if not isinstance(self.node, ast.ClassDef) or "global" not in self.text:
            return {}
        return globals_of(self.node)

    @property
    def _is_handed_on(self) -> bool:
        """Whether it is in a class that somebody may look at: by decorator, base or metaclass."""
        node = self.parent.node if self.parent else None
        return isinstance(node, ast.ClassDef) and bool(
            node.decorator_list or node.bases or node.keywords
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """All names in its text, and what else looks like one."""
        return frozenset(_WORD.findall(self.text))

    def adopt(self, old: Statement) -> None:
        """Takes over what is known of a statement with the same text."""
        for name in ("digest", "skeleton", "header", "names", "bound", "words"):
            if name in old.__dict__ and old.lazy_annotations == self.lazy_annotations:
                self.__dict__[name] = old.__dict__[name]

    @cached_property
    def members(self) -> tuple[Statement, ...]:
        """The statements of a class block; nothing for any other statement."""
        if not isinstance(self.node, ast.ClassDef):
            return ()
        shift = self.line - first_line(self.node)
        lines = self.text.split("\n")
        return tuple(
            _statements(self.node.body, lines, self.line, shift, self, self.lazy_annotations)
        )

    @property
    def owner(self) -> str:
        """The qualified name of the class whose block it stands in; "" at the top."""
        return self.parent.qualname if self.parent else ""

    @property
    def top(self) -> Statement:
        """The top-level statement that it is, or is a part of."""
        return self.parent.top if self.parent else self

    @property
    def qualname(self) -> str:
        """The qualified name of what it defines."""
        assert isinstance(self.node, DEFINITIONS)
        return self.qualified(self.node.name)

    def qualified(self, name: str) -> str:
        """A name of its block as a name of the module: "C.m" for the m of class C."""
        return f"{self.owner}.{name}" if self.owner else name

    @property
    def begins_line(self) -> bool:
        """Whether its lines are its own: `a = 1; b = 2` are two statements in one line."""
        return not self.text.startswith(_SHARED)

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_inert(self) -> bool:
        """Whether running it does nothing: a stray constant, `pass`, an annotation's name."""
        if isinstance(self.node, ast.Expr):
            return isinstance(self.node.value, ast.Constant) and not self.is_doc
        if isinstance(self.node, ast.If):
            return executed(self.node) == []
        return isinstance(self.node, (ast.Pass, ast.Global))

    @property
    def is_program(self) -> bool:
        """Whether it is the `if __name__ == "__main__":` of a script, which is not a definition."""
        test = self.node.test if isinstance(self.node, ast.If) and not self.node.orelse else None
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return False
        sides = [test.left, test.comparators[0]]
        return isinstance(test.ops[0], ast.Eq) and {
            getattr(side, "id", getattr(side, "value", None)) for side in sides
        } == {"__name__", "__main__"}

    @property
    def label(self) -> str:
        """What a person calls it: the names it binds, or the line it stands in."""
        names = list(self.bound.outcome)
        if self.parent:
            names = [unmangled(name, self.owner) for name in names]
        if not names:
            return str(self.line)
        return ", ".join(map(self.qualified, names[:3])) + (", …" if len(names) > 3 else "")

    def functions(self) -> Iterator[tuple[FunctionNode, Place]]:
        """Its outermost functions, in the order of the text."""
        found = list(functions_in(self.node, self.line - first_line(self.node)))
        lambdas = Counter(place.line for _, place in found if place.name == "<lambda>")
        for node, place in found:
            alone = lambdas[place.line] < 2
            yield node, Place(place.name, place.line) if alone else place

    def every_member(self) -> Iterator[Statement]:
        """The members of a class, each followed by its own."""
        for member in self.members:
            yield member
            yield from member.every_member()

    def located(self) -> ast.stmt:
        """Its tree with the line numbers of the file as it is now."""
        return self.node if self.line == first_line(self.node) else self.fresh()

    def fresh(self) -> ast.stmt:
        """A tree of its own, to change and to compile. Parsing is faster than copying."""
        if self.begins_line:
            block = "if 1:\n" + self.text if self.node.col_offset else self.text
            node = ast.parse(block).body[0]
            if isinstance(node, ast.If) and self.node.col_offset:
                node = node.body[0]
            return ast.increment_lineno(node, self.line - first_line(node))
        node = copy.deepcopy(self.node)
        return ast.increment_lineno(node, self.line - first_line(node))


@dataclass(eq=False)
class Source:
    """One file at one moment."""

    file: str
    text: str
    statements: tuple[Statement, ...]
    flags: int = 0  # of the __future__ imports, for compile()

    def unit(self, node: ast.stmt) -> ast.Module:
        """One statement, to be compiled to what it is when the whole file is compiled.

        For a method of a name that the file imports CPython emits other instructions than for
        one of any other object, so the compiler is shown the imports, in a branch it leaves out.
        """
        names = self.imported_names
        # A docstring and `from __future__` have to come first.
        if not names or isinstance(node, ast.Expr | ast.ImportFrom):
            return ast.Module([node], [])
        imports = ast.Import([ast.alias(name, None) for name in names])
        never = ast.If(ast.Constant(False), [imports], [])
        ast.copy_location(never, node)
        never.end_lineno, never.end_col_offset = node.lineno, node.col_offset
        return ast.Module([ast.fix_missing_locations(never), node], [])

    @cached_property
    def imported_names(self) -> tuple[str, ...]:
        """The names that top-level imports bind."""
        found = {
            imported.binds: None
            for statement in self.statements
            if "import" in statement.text
            for imported in statement.bound.imports
            if imported.binds.isidentifier()
        }
        return tuple(found)

    @cached_property
    def mentions(self) -> dict[str, list[Statement]]:
        """By name, the statements in whose text it stands, those with a star import always."""
        stars = [s for s in self.walk if "import *" in s.text]
        found: dict[str, list[Statement]] = defaultdict(lambda: list(stars))
        for statement in self.walk:
            for word in statement.words:
                if statement not in stars:
                    found[word].append(statement)
        return found

    @cached_property
    def walk(self) -> tuple[Statement, ...]:
        """All statements, those of class blocks after the class they belong to."""
        every = ((statement, *statement.every_member()) for statement in self.statements)
        return tuple(itertools.chain.from_iterable(every))


def decode(file: str, data: bytes) -> str:
    """The characters of a Python file, as the compiler would read them.

    Raises SyntaxError, with the file in it, for a wrong coding cookie or bytes that do not fit.
    """
    try:
        text: str = importlib.util.decode_source(data)
    except SyntaxError as error:
        error.filename, error.lineno = file, 1
        raise
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SyntaxError(f"{error.reason} (byte {error.start})", (file, line, 0, "")) from error
    except (LookupError, UnicodeError) as error:  # a codec, but none of whole texts
        raise SyntaxError(str(error), (file, 1, 0, "")) from error
    return text.removeprefix("\ufeff")


def parse(file: str, text: str) -> Source:
    """Reads a text as statements. Raises SyntaxError as the compiler does."""
    if "\0" in text:  # each version of the compiler says it in another way, none says where
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SyntaxError("source code cannot contain null bytes", (file, line, 0, ""))
    tree = ast.parse(text, file)
    flags = _future_flags(tree.body)
    lazy = sys.version_info >= (3, 14) or bool(flags & __future__.annotations.compiler_flag)
    statements = tuple(_statements(tree.body, text.split("\n"), 1, 0, None, lazy))
    return Source(file, text, statements, flags)


def statements_of(
    body: list[ast.stmt], lines: list[str], shift: int, is_start: bool, lazy_annotations: bool
) -> Iterator[Statement]:
    """The statements of a part of a module whose text, `lines`, begins `shift` lines below it."""
    first = shift + 1
    for statement in _statements(body, lines, first, shift, None, lazy_annotations):
        if not is_start:
            statement.is_doc = False
        yield statement


def _statements(
    body: list[ast.stmt],
    lines: list[str],
    first: int,
    shift: int,
    parent: Statement | None,
    lazy_annotations: bool,
) -> Iterator[Statement]:
    """The statements of a block in `lines`, which begin in line `first` of the file.

    `shift` is how far the text has moved since its tree was made.
    """
    for number, node in enumerate(body):
        start, end = first_line(node) + shift, (node.end_lineno or node.lineno) + shift
        text = "\n".join(lines[start - first : end - first + 1])
        before = lines[start - first][: node.col_offset].strip(" \t")
        if before or _is_followed(body, number):
            # `a = 1; b = 2` or `class A: a = 1`: the text of the line is not its own. A form feed
            # is no indentation, though it stands in its place.
            text = f"{_SHARED}{node.col_offset}:{node.end_col_offset}:{text}"
        is_doc = number == 0 and _is_string(node)
        yield Statement(node, text, start, parent, is_doc, lazy_annotations)


def _is_followed(body: list[ast.stmt], number: int) -> bool:
    return number + 1 < len(body) and first_line(body[number + 1]) == body[number].end_lineno


def _is_string(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _future_flags(body: list[ast.stmt]) -> int:
    flags = 0
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level:
            for alias in node.names:
                feature = getattr(__future__, alias.name, None)
                flags |= feature.compiler_flag if feature else 0
    return flags
