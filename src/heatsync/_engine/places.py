"""The functions in a statement, and where they stand in the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple, TypeGuard

from heatsync._engine.names import FUNCTIONS

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Place(NamedTuple):
    """Where the code of one function stands, as far as its code object tells it too."""

    name: str
    line: int  # of its first decorator, or of its `def`
    column: int = 0  # where a lambda's body begins, where several stand in a line


def first_line(node: ast.stmt) -> int:
    """The line a statement begins in, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def is_function(node: ast.AST) -> TypeGuard[FunctionNode]:
    return isinstance(node, (*FUNCTIONS, ast.Lambda))


def functions_in(node: ast.AST, shift: int) -> Iterator[tuple[FunctionNode, Place]]:
    if is_function(node):
        yield node, _place(node, shift)
        inside = _header(node)  # which is evaluated outside
    else:
        inside = list(ast.iter_child_nodes(node))
    for child in inside:
        yield from functions_in(child, shift)


def _place(node: FunctionNode, shift: int) -> Place:
    if isinstance(node, ast.Lambda):
        return Place("<lambda>", node.lineno + shift, node.body.col_offset)
    return Place(node.name, first_line(node) + shift)


def _header(node: FunctionNode) -> list[ast.AST]:
    return [node.args, *getattr(node, "decorator_list", [])]


def hollow(node: object) -> str:
    """A tree as text, like `ast.dump`, with the bodies of functions left out."""
    if isinstance(node, list):
        return "[" + ",".join(map(hollow, node)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    skipped = "body" if is_function(node) else ""
    fields = [hollow(value) for name, value in ast.iter_fields(node) if name != skipped]
    return f"{type(node).__name__}({','.join(fields)})"
