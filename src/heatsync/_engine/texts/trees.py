"""Nodes of a syntax tree, found without what does not run with the statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from heatsync._engine.texts.callees import READERS
from heatsync._engine.texts.names import DEFINITIONS, Path, container_of, dotted
from heatsync._engine.texts.statement import Statement


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree, in the order of the text, without the blocks of functions and classes."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        block = node.body if isinstance(node, DEFINITIONS) else ()
        inside = [child for child in ast.iter_child_nodes(node) if child not in block]
        waiting += reversed(inside)


def changed_by(node: ast.AST) -> ast.expr | None:
    """What a node changes in place, or asks to change itself: of `d["a"][0] = 1` it is `d`."""
    changed: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        changed = None if node.func.attr in READERS else node.func.value
    elif isinstance(node, (ast.Attribute, ast.Subscript)):
        changed = node.value if isinstance(node.ctx, (ast.Store, ast.Del)) else None
    elif isinstance(node, ast.AugAssign):
        changed = node.target
    return container_of(changed) if changed is not None else None


def only_asks(statement: Statement) -> bool:
    """Whether the methods that it calls are given nothing, and answer: `all = list(net.layers())`."""
    if not isinstance(statement.node, (ast.Assign, ast.AnnAssign)):
        return False
    calls = (node for node in outside_functions(statement.node) if isinstance(node, ast.Call))
    methods = [call for call in calls if isinstance(call.func, ast.Attribute)]
    return not any(call.args or call.keywords for call in methods)


def acts(statement: Statement) -> Iterator[Path]:
    """What a bare call calls: of `a.b(c.d()).e()` that is `a.b`, not what makes its arguments."""
    node = statement.node.value if isinstance(statement.node, ast.Expr) else None
    while isinstance(node, ast.Await | ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Call) and (path := dotted(node.func)):
            yield path
        node = node.func if isinstance(node, ast.Call) else node.value
