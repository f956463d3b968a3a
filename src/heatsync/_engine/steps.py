"""By which steps a statement goes into an object: `d["a"].b = d["c"]` goes through `a`, and reads `c`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from heatsync._engine.callees import READERS
from heatsync._engine.names import Path, dotted

ANY = "*"  # a step that no text tells: `d[key]`, or whatever a method does


@dataclass(frozen=True, slots=True)
class Steps:
    """What one statement does to an object: the first steps by which it goes into that."""

    sets: set[str] = field(default_factory=set)  # where it puts something right into it
    through: set[str] = field(default_factory=set)  # on the way to what it changes further inside
    reads: set[str] = field(default_factory=set)  # to what it computes with

    @property
    def changes(self) -> set[str]:
        return self.sets | self.through


def overlap(some: set[str], others: set[str]) -> bool:
    """Whether two of them may be the same step."""
    return bool(some and others) and (ANY in some | others or not some.isdisjoint(others))


def steps_into(node: ast.stmt, is_it: Callable[[Path], bool]) -> Steps:
    """What a statement does, while it runs, to the object that some dotted names stand for."""
    finder = _Finder(is_it)
    finder.visit(node)
    return finder.found


class _Finder(ast.NodeVisitor):
    def __init__(self, is_it: Callable[[Path], bool]) -> None:
        self.found = Steps()
        self._is_it = is_it
        self._act: ast.expr | None = None

    def visit_Name(self, node: ast.Name) -> None:
        self._meet(node)

    visit_Attribute = visit_Subscript = visit_Name  # type: ignore[assignment]

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
            if not (keeps and self._steps(value) == []):
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
        return self._steps(node) is not None

    def _steps(self, node: ast.AST) -> list[str] | None:
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
        steps = self._steps(node)
        is_target = isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del))
        if steps is None:
            self.generic_visit(node)
            return
        if not (is_changed or is_target):
            self.found.reads.add(steps[0] if steps else ANY)
        if is_changed:
            (self.found.through if steps else self.found.sets).add(steps[0] if steps else ANY)
        elif is_target and steps:
            (self.found.through if steps[1:] else self.found.sets).add(steps[0])
        self._visit_keys(node)

    def _visit_keys(self, node: ast.AST) -> None:
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node, ast.Subscript):
                self.visit(node.slice)
            node = node.value


def is_seen(by: Steps, others: Iterable[Steps | None], *, is_container: bool) -> bool:
    """Whether a statement that itself changes an object computes with what others did to it.

    Each for itself does not, though it goes into the same: only where it reads what they changed,
    or goes on inside of what they put there. Of those that are not known to the text, or of methods
    of an object, nothing tells what they put where.
    """
    for other in others:
        told = other if other and other.changes else Steps(sets={ANY})
        if overlap(by.reads, told.changes):
            return True
        if overlap(by.through, told.sets if is_container else told.sets - {ANY}):
            return True
    return False
