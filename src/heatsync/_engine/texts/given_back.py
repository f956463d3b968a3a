"""Functions that are made inside of others only to be given back: they run when those are called."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from heatsync._engine.texts.callees import PASSERS
from heatsync._engine.texts.names import dotted


def given_back(body: Iterable[ast.AST]) -> set[str]:
    """The names of the functions in a block that it only gives back, or sets attributes of.

    >>> block = ast.parse('''
    ... def wrapper(): ...
    ... def helper(): ...
    ... helper()
    ... return update_wrapper(wrapper, function)
    ... ''').body
    >>> given_back(block)
    {'wrapper'}
    """
    finder = _Finder()
    for node in body:
        finder.visit(node)
    return finder.made - finder.used


class _Finder(ast.NodeVisitor):
    """Notes which functions a block makes, and of which it makes use itself."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.used: set[str] = set()

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.made.add(node.name)
        inside = _Finder()
        inside.generic_visit(node)
        self.used |= inside.used - {node.name}

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.used.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.value, ast.Name):  # `wrapper.calls = 0` does not call it
            self.visit(node.value)

    def visit_Return(self, node: ast.Return | ast.Expr) -> None:
        for value in passed_on(node.value):
            if not isinstance(value, ast.Name):
                self.visit(value)

    visit_Expr = visit_Return  # `update_wrapper(wrapper, f)`


def _passes_on(node: ast.expr) -> bool:
    """Whether a call only gives back what it is given, or something that calls that later."""
    callee = node.func if isinstance(node, ast.Call) else None
    path = dotted(callee.func if isinstance(callee, ast.Call) else callee) if callee else None
    return path is not None and path[-1] in PASSERS


def passed_on(node: ast.expr | None) -> Iterator[ast.expr]:
    """The expressions of which one, as it is, is what another one gives."""
    if isinstance(node, ast.IfExp):
        yield node.test
        yield from (*passed_on(node.body), *passed_on(node.orelse))
    elif isinstance(node, ast.Tuple):
        for element in node.elts:
            yield from passed_on(element)
    elif isinstance(node, ast.Call) and _passes_on(node):
        yield from node.func.args if isinstance(node.func, ast.Call) else ()
        for argument in (*node.args, *(word.value for word in node.keywords)):
            yield from passed_on(argument)
    elif node is not None:
        yield node
