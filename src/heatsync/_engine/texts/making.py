"""Whether a name holds what its statement makes, or is another name for something made elsewhere."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Sequence

from heatsync._engine.texts.names import DEFINITIONS, bound_by
from heatsync._engine.texts.source import Statement


def owns(new: Statement, old: Statement | None, name: str) -> bool:
    """Whether a name holds what its statement made, both before and after an edit.

    Else it is another name for something that has a home elsewhere: `B = A`, `from a import X`,
    the variable of a loop. Nothing is poured into that, nor out of it.
    """
    return _makes(new, name) and (old is None or old is new or _makes(old, name))


def _makes(statement: Statement, name: str) -> bool:
    if isinstance(statement.node, DEFINITIONS):
        return True
    if isinstance(statement.node, ast.Import | ast.ImportFrom):
        return False
    found = False
    is_alone = isinstance(statement.node, ast.Assign | ast.AnnAssign) and ":=" not in statement.text
    for node in (statement.node,) if is_alone else _executed(statement.node):
        if isinstance(node, DEFINITIONS):
            if node.name == name:
                found = True
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _binds(targets, name):
                if not _is_made(node.value, targets, name):
                    return False
                found = True
        elif isinstance(node, ast.stmt) and name in _bound_otherwise(node):
            return False
    return found


def makes_all(function: Statement, name: str) -> bool:
    """Whether the functions of a statement make whatever they bind to a global name."""
    nodes = list(ast.walk(function.node))
    defined = any(isinstance(node, DEFINITIONS) and node.name == name for node in nodes)
    assigned = [node for node in nodes if isinstance(node, ast.Assign | ast.AnnAssign)]
    for node in assigned:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if name in bound_by(targets).binds:
            if not _is_made(node.value, targets, name):
                return False
            defined = True
    return defined


def hands_on(node: ast.stmt, name: str, *, looks: bool = False) -> bool:
    """Whether a name is given what is made of what it held: `C = tool(C)`, or `C = C`.

    Where it `looks`, some call is given that.
    """
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    target, value = node.targets[0], node.value
    is_same = isinstance(target, ast.Name) and target.id == name
    return is_same and (isinstance(value, ast.Call) or not looks) and _leads_to(value, name)


def _leads_to(value: ast.expr, name: str) -> bool:
    if isinstance(value, ast.Call):
        return any(_leads_to(argument, name) for argument in value.args)
    return isinstance(value, ast.Name) and value.id == name


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and what is in it, but not in its functions and classes."""
    yield node
    if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
        for child in ast.iter_child_nodes(node):
            yield from _executed(child)


def _is_made(value: ast.expr | None, targets: Sequence[ast.expr], name: str) -> bool:
    """Whether an assignment makes the value of a name. What is unpacked may come from anywhere."""
    unpacked = [target for target in targets if isinstance(target, ast.Tuple | ast.List)]
    parts = itertools.chain.from_iterable(map(ast.walk, unpacked))
    if any(isinstance(part, ast.Starred) and name in bound_by([part]).binds for part in parts):
        return True  # `*name` gets a list of its own
    if unpacked:
        return False
    return not isinstance(
        value, ast.Name | ast.Attribute | ast.Subscript | ast.IfExp | ast.BoolOp | ast.NamedExpr
    )


def _binds(targets: Sequence[ast.expr], name: str) -> bool:
    return any(
        target.id == name if isinstance(target, ast.Name) else name in bound_by([target]).binds
        for target in targets
    )


def _bound_otherwise(node: ast.stmt) -> Iterable[str]:
    """What an import, a loop or a `with` binds by itself."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return bound_by([node]).binds
    if isinstance(node, ast.For | ast.AsyncFor):
        return bound_by([node.target]).binds
    if isinstance(node, ast.With | ast.AsyncWith):
        return bound_by([item.optional_vars for item in node.items if item.optional_vars]).binds
    return ()
