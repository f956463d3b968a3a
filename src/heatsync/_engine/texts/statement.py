"""One statement of a text: its tree, its names, and what its text tells of it."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

from heatsync._engine.texts.compiling import parsed
from heatsync._engine.texts.deep import deeply
from heatsync._engine.texts.likeness import Likeness, Parts, dumped, likeness
from heatsync._engine.texts.mentions import has_star, plain, says, words_in
from heatsync._engine.texts.names import (
    DEFINITIONS,
    FUNCTIONS,
    Names,
    annotations_of,
    bound_by,
    defaults_of,
    executed,
    globals_of,
    is_program,
    mangle_all,
    unmangled,
)
from heatsync._engine.texts.once import once
from heatsync._engine.texts.places import (
    FunctionNode,
    Place,
    can_wait,
    first_line,
    functions_in,
    yields,
)
from heatsync._engine.texts.reading import names_of

_SUSPENDS = re.compile(r"\b(?:yield|async|await|for)\b")
_Made = TypeVar("_Made")
_ADOPTED = {"digest", "skeleton", "header", "names", "bound", "words", "_functions"}
_SHARED = "\0"  # begins the text of a statement that does not have its lines for itself


def _fact(make: Callable[[Statement], _Made]) -> once[_Made]:
    """What does not depend on where a statement stands: it is found out once, wherever it moves."""
    name = make.__name__

    def find(statement: Statement) -> _Made:
        if statement.origin is not None:
            return cast(_Made, getattr(statement.origin, name))
        try:
            return make(statement)
        except RecursionError:
            return _made_deeply(make, statement)

    return once(find)


def _made_deeply(make: Callable[[Statement], _Made], statement: Statement) -> _Made:
    try:
        return deeply(lambda: make(statement))
    except RecursionError:
        begin = statement.text.lstrip(_SHARED).split("\n")[0][:40]
        told = f"line {statement.line}: `{begin}` is nested too deeply to be read: split it"
        raise RecursionError(told) from None


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
    origin: Statement | None = None  # the same one, where it stood when it was parsed

    @_fact
    def digest(self) -> str:
        """The tree without positions: equal where only layout and comments differ."""
        return dumped(self.node)

    @_fact
    def skeleton(self) -> str:
        """The digest without the bodies of functions: equal where nothing need be run."""
        return dumped(self.node, hollow=True)

    def likeness(self, other: Statement) -> Likeness:
        """Whether both have the same digest, or skeleton, neither of which need be made for it."""
        parts = Parts(self.node, self.text), Parts(other.node, other.text)
        return likeness(self.node, other.node, parts)

    @_fact
    def can_wait(self) -> bool:
        """Whether there is code in it that can be suspended: of a generator or a coroutine."""
        return _SUSPENDS.search(self.text) is not None and can_wait(self.node)

    def note_cannot_wait(self) -> None:
        """Its code tells that, so that its tree need not be looked into."""
        for statement in (self, *self.every_member()):
            statement.__dict__["can_wait"] = False

    @_fact
    def is_generator(self) -> bool:
        """Whether it defines one. As with `async`, who is given a function may ask that once."""
        return "yield" in self.text and yields(self.node)

    @_fact
    def header(self) -> str:
        """A class without its block: name, type parameters, bases, keywords and decorators."""
        node = copy.copy(self.node)
        assert isinstance(node, ast.ClassDef)
        node.body = []
        return dumped(node)

    @_fact
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

    @_fact
    def bound(self) -> Names:
        """The part of `names` that its own scope tells, which is cheap to find."""
        if self.is_program:
            return Names()
        is_plain = isinstance(self.node, FUNCTIONS) or "global" not in self.text
        if isinstance(self.node, DEFINITIONS) and not self.node.decorator_list and is_plain:
            bound = Names(binds={self.node.name: None})
        else:
            bound = bound_by([self.node], at_top=self.parent is None)
        if self.is_doc:
            bound.binds["__doc__"] = None
        if self.parent is None:
            return bound
        for name in self.parent.globals:
            bound.binds.pop(name, None)
            bound.deletes.pop(name, None)
        return mangle_all(bound, self.owner)

    @_fact
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

    @_fact
    def words(self) -> frozenset[str]:
        """All names in its text, and what else looks like one."""
        return words_in(self._plain)

    def says(self, word: str) -> bool:
        """Whether a word may stand in its text, or it means or imports names unseen."""
        return says(self._plain, word) or self.has_star or (self.is_doc and word == "__doc__")

    @_fact
    def _plain(self) -> str:
        return plain(self.text)

    @_fact
    def has_star(self) -> bool:
        return has_star(self.text)

    def adopt(self, old: Statement) -> None:
        """Takes over what is known of a statement with the same text."""
        if (
            self is not old
            and self.origin is None
            and old.lazy_annotations == self.lazy_annotations
        ):
            for known in filter(None, (old.origin, old)):
                for name in _ADOPTED & known.__dict__.keys():
                    self.__dict__[name] = known.__dict__[name]

    def moved(self, line: int, parent: Statement | None = None) -> Statement:
        """The same statement in another line."""
        origin = self.origin or self
        if line == origin.line and parent is origin.parent:
            return origin
        return Statement(
            self.node, self.text, line, parent, self.is_doc, self.lazy_annotations, origin
        )

    @once
    def members(self) -> tuple[Statement, ...]:
        """The statements of a class block; nothing for any other statement."""
        if not isinstance(self.node, ast.ClassDef):
            return ()
        if self.origin is not None:
            lines = self.line - self.origin.line
            return tuple(m.moved(m.line + lines, self) for m in self.origin.members)
        shift = self.line - first_line(self.node)
        lines_of_text = self.text.split("\n")
        return tuple(
            statements_of(
                self.node.body, lines_of_text, self.line, shift, self, self.lazy_annotations
            )
        )

    @once
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

    @_fact
    def docstring(self) -> str | None:
        """That of a function; what others copy from it, `functools.wraps` for one."""
        node = self.node
        return ast.get_docstring(node, clean=False) if isinstance(node, FUNCTIONS) else None

    @once
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_decorated(self) -> bool:
        return bool(getattr(self.node, "decorator_list", ()))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """The classes that it defines, be it on a condition; not those inside of them."""
        waiting: list[ast.AST] = [self.node]
        for node in waiting:
            if isinstance(node, ast.ClassDef):
                yield node
            elif not isinstance(node, (*FUNCTIONS, ast.expr)):
                waiting.extend(ast.iter_child_nodes(node))

    @property
    def waits(self) -> bool:
        """Whether it reads nothing before it is called, which most functions do not.

        Its header alone tells that, so that its body need not be read for it.
        """
        node = self.node
        return (
            isinstance(node, FUNCTIONS)
            and not (node.decorator_list or annotations_of(node))
            and not getattr(node, "type_params", None)
            and all(isinstance(default, ast.Constant) for default in defaults_of(node.args))
            and "import" not in self.text
        )

    @property
    def is_inert(self) -> bool:
        """Whether running it does nothing: a stray constant, `pass`, an annotation's name."""
        if isinstance(self.node, ast.Expr):
            return isinstance(self.node.value, ast.Constant) and not self.is_doc
        if isinstance(self.node, ast.If):
            return executed(self.node) == []
        return isinstance(self.node, (ast.Pass, ast.Global))

    @once
    def is_program(self) -> bool:
        """Whether it is the `if __name__ == "__main__":` of a script, which is not a definition."""
        return is_program(self.node)

    @once
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
        return zip(self._functions[0], self.places, strict=True)

    @once
    def places(self) -> tuple[Place, ...]:
        """Where its outermost functions stand."""
        line = self.line
        return tuple(
            [Place(name, line + below, column) for name, below, column in self._functions[1]]
        )

    @_fact
    def _functions(self) -> tuple[list[FunctionNode], list[Place]]:
        """Its outermost functions, and where they stand in its own text, counted from 0."""
        node = self.node
        if isinstance(node, FUNCTIONS) and "lambda" not in self.text:
            return [node], [Place(node.name, 0)]
        found = list(functions_in(node, -first_line(node)))
        places = [place for _, place in found]
        if any(place.name == "<lambda>" for place in places):
            many = Counter(place.line for place in places if place.name == "<lambda>")
            places = [p if many[p.line] > 1 else Place(p.name, p.line) for p in places]
        return [node for node, _ in found], places

    def every_member(self) -> tuple[Statement, ...]:
        """The members of a class, each followed by its own."""
        return self._every_member if self.is_class else ()

    @once
    def _every_member(self) -> tuple[Statement, ...]:
        every = ((member, *member.every_member()) for member in self.members)
        return tuple(itertools.chain.from_iterable(every))

    def located(self) -> ast.stmt:
        """Its tree with the line numbers of the file as it is now."""
        return self.node if self.line == first_line(self.node) else self.fresh()

    def fresh(self) -> ast.stmt:
        """A tree of its own, to change and to compile. Parsing is faster than copying."""
        if self.begins_line:
            block = "if 1:\n" + self.text if self.node.col_offset else self.text
            node = parsed(block).body[0]
            if isinstance(node, ast.If) and self.node.col_offset:
                node = node.body[0]
            return ast.increment_lineno(node, self.line - first_line(node))
        node = deeply(lambda: copy.deepcopy(self.node))
        return ast.increment_lineno(node, self.line - first_line(node))


def statements_of(
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
        if before or text.endswith("\\") or _is_followed(body, number):
            # `a = 1; b = 2` or `class A: a = 1`: the text of the line is not its own. A form feed
            # is no indentation, though it stands in its place, and a backslash takes in the next
            # line.
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
