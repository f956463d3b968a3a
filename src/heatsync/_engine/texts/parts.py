"""Which parts of an object a statement uses: `d["a"].b = d["c"]` goes through `a`, and reads `c`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from heatsync._engine.texts.callees import READERS
from heatsync._engine.texts.names import Path, dotted
from heatsync._engine.texts.statement import Statement
from heatsync._engine.texts.trees import outside_functions

_REMEMBERED = 3  # objects, for each statement
ANY = "*"  # a part that no text tells: `d[key]`, or whatever a method does


@dataclass(frozen=True, slots=True)
class Parts:
    """What one statement does to the items and attributes of an object."""

    sets: set[str] = field(default_factory=set)  # which it puts there
    through: set[str] = field(default_factory=set)  # in which it changes something
    reads: set[str] = field(default_factory=set)  # with which it computes

    @property
    def changes(self) -> set[str]:
        return self.sets | self.through


def _overlap(some: set[str], others: set[str]) -> bool:
    """Whether there may be a part that is one of both."""
    return bool(some and others) and (ANY in some | others or not some.isdisjoint(others))


# By statement: what was found, and which dotted names stood for the object then, and which did not.
_Known = list[tuple[dict[Path, bool], Parts]]
_KNOWN: WeakKeyDictionary[Statement, _Known] = WeakKeyDictionary()


def parts_used(statement: Statement, is_it: Callable[[Path], bool]) -> Parts:
    """What a statement does, while it runs, to the object that some dotted names stand for.

    Who registers something in an application is asked each time that another one does: the text is
    gone through once, and what names stand for is compared from then on.
    """
    known = _KNOWN.setdefault(statement.origin or statement, [])
    for answers, parts in known:
        if all(is_it(path) is answer for path, answer in answers.items()):
            return parts
    asked: dict[Path, bool] = {}

    def ask(path: Path) -> bool:
        answer = asked[path] = is_it(path)
        return answer

    finder = _Finder(ask)
    finder.visit(statement.node)
    known.append((asked, finder.found))
    del known[:-_REMEMBERED]
    return finder.found


class _Finder(ast.NodeVisitor):
    def __init__(self, is_it: Callable[[Path], bool]) -> None:
        self.found = Parts()
        self._is_it = is_it
        self._act: ast.expr | None = None

    def _chain(self, node: ast.Name | ast.Attribute | ast.Subscript) -> None:
        self._meet(node)

    visit_Name = visit_Attribute = visit_Subscript = _chain

    def visit_Expr(self, node: ast.Expr) -> None:
        self._act = node.value
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """`o["n"] += o["k"]` would add it once more: what it reads is no reason to run it again."""
        self._meet(node.target)
        if not self._is_known(node.target):
            self.visit(node.value)

    def visit_Call(self, node: ast.Call, is_change: bool = False) -> None:
        if isinstance(node.func, ast.Call):  # `router.get("/")(show)`
            self.visit_Call(node.func, is_change=True)
        elif not isinstance(node.func, ast.Attribute) or not self._is_known(node.func.value):
            self.visit(node.func)
        elif node.func.attr in READERS and node is not self._act and not is_change:
            self._meet(node.func.value)
        else:
            self._meet(node.func.value, is_changed=True)
        callee = dotted(node.func)
        keeps = callee is not None and callee[-1][:1].isupper()  # a class, as a rule
        for value in (*node.args, *(word.value for word in node.keywords)):
            if not (keeps and self._way_to(value) == []):
                self.visit(value)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call):
                self.visit_Call(decorator, is_change=True)
            elif isinstance(decorator, ast.Attribute) and self._is_known(decorator.value):
                self._meet(decorator.value, is_changed=True)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """What is in it is read later."""

    def _is_known(self, node: ast.expr) -> bool:
        return self._way_to(node) is not None

    def _way_to(self, node: ast.AST) -> list[str] | None:
        """The steps from the object to an expression; None where it does not begin there."""
        steps: list[str] = []
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Name)):
            path = dotted(node)
            if path and self._is_it(path):
                return steps
            if isinstance(node, ast.Name):
                break
            if isinstance(node, ast.Attribute):
                steps.insert(0, f".{node.attr}")
            else:
                key = node.slice
                steps.insert(0, repr(key.value) if isinstance(key, ast.Constant) else ANY)
            node = node.value
        return None

    def _meet(self, node: ast.expr, *, is_changed: bool = False) -> None:
        steps = self._way_to(node)
        is_target = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        if steps is None:
            self.generic_visit(node)
            return
        first = steps[0] if steps else ANY
        if is_changed:
            (self.found.through if steps else self.found.sets).add(first)
        elif not is_target:
            self.found.reads.add(first)
        elif steps:
            (self.found.through if steps[1:] else self.found.sets).add(first)
        self._visit_keys(node)

    def _visit_keys(self, node: ast.AST) -> None:
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node, ast.Subscript):
                self.visit(node.slice)
            node = node.value


def is_seen(by: Parts, others: Iterable[Parts | None], *, is_container: bool) -> bool:
    """Whether a statement that itself changes an object computes with what others did to it.

    Each for itself does not, though it goes into the same: only where it reads what they changed,
    or goes on inside of what they put there. Of those that are not known to the text, or of methods
    of an object, nothing tells what they put where.
    """
    for other in others:
        told = other if other and other.changes else Parts(sets={ANY})
        if _overlap(by.reads, told.changes):
            return True
        if _overlap(by.through, told.sets if is_container else told.sets - {ANY}):
            return True
    return False


def is_computed_from(node: ast.stmt, path: Path) -> bool:
    """Whether an assignment makes something of what it sets anew: `x.a = wrap(x.a)`."""
    if not isinstance(node, ast.Assign):
        return False
    parts = (part for part in outside_functions(node.value) if isinstance(part, ast.Attribute))
    return any(dotted(part) == path for part in parts)
