"""Functions that only look something up, and give back what they have found."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from heatsync._engine.texts.callees import READERS, looks
from heatsync._engine.texts.names import ASSIGNMENTS, DEFINITIONS, FUNCTIONS, Path, dotted
from heatsync._engine.texts.statement import Statement
from heatsync._engine.texts.trees import outside_functions

_LATER = (ast.Yield, ast.YieldFrom, ast.Await, ast.Lambda, *DEFINITIONS)
_CHANGING = (ast.AugAssign, ast.Delete, ast.With, ast.AsyncWith, ast.Global, ast.Nonlocal)
_ACTS = (*_LATER, *_CHANGING, ast.Import, ast.ImportFrom)


def calls_to_bind(statement: Statement) -> list[ast.Call] | None:
    """The calls in a statement that binds names, and does nothing beside that itself."""
    node = statement.node
    if not isinstance(node, ASSIGNMENTS) or node.value is None:
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return None
    if "(" not in statement.text:
        return []
    return [part for part in outside_functions(node.value) if isinstance(part, ast.Call)]


def is_getter(statement: Statement) -> bool:
    """Whether it defines a function that changes nothing and makes nothing, by its text."""
    node = statement.node
    if not isinstance(node, FUNCTIONS) or node.decorator_list:
        return False
    return all(map(_only_looks, _parts(node)))


def asks_only(callee: Path) -> bool:
    """Whether what is called is known to look at things: `len`, `next`, or `.values`."""
    return looks(callee[:1]) if len(callee) == 1 else callee[-1] in READERS


def _parts(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's block, without the errors that it raises."""
    waiting: list[ast.AST] = [*node.body]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, ast.Raise):
            waiting += ast.iter_child_nodes(part)


def _only_looks(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return node.func.attr in READERS
        path = dotted(node.func)
        return path is not None and asks_only(path)
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return isinstance(node.ctx, ast.Load)
    return not isinstance(node, _ACTS)
