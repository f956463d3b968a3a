"""The variable that a call is assigned to, found in the syntax tree."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import FrameType

from heatsync._engine.texts.compiling import parsed
from heatsync._resident.live import LIVE
from heatsync._resident.owners import owner_of, positions

# What is in there is done any number of times, or elsewhere.
_LOOPS = (
    *(ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


def assigned(frame: FrameType) -> str | None:
    """The target of an assignment, found in the syntax tree by the place of the call."""
    tree, at = _tree(frame), positions(frame)
    for target, value in _assignments(tree) if tree is not None else ():
        for name, call in _aligned(target, value):
            if isinstance(call, ast.Call) and _position(call) == at:
                return ast.unparse(name) if _is_variable(name) else None
    return None


def _tree(frame: FrameType) -> ast.AST | None:
    """The statement that a call stands in, or all of its file."""
    owner = owner_of(frame)
    running = LIVE.modules.get(str(frame.f_globals.get("__name__")))
    if running is not None and running.namespace is frame.f_globals:
        owner.resolve(running)
    if owner.statement is not None:
        return owner.statement.located()
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    return parsed("".join(lines), frame.f_code.co_filename)


def _position(node: ast.Call) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The assignments that are made once, each with its first target: not those in a loop."""
    if isinstance(node, _LOOPS):
        return
    if isinstance(node, ast.Assign):
        yield node.targets[0], node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    for child in ast.iter_child_nodes(node):
        yield from _assignments(child)


def _aligned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Which part of a value goes to which part of a target."""
    both = (target, value)
    if all(isinstance(each, ast.Tuple | ast.List) for each in both):
        targets, values = (each.elts for each in both if isinstance(each, ast.Tuple | ast.List))
        if len(targets) == len(values):
            for each in zip(targets, values, strict=True):
                yield from _aligned(*each)
    elif isinstance(value, ast.IfExp):
        yield from _aligned(target, value.body)
        yield from _aligned(target, value.orelse)
    else:
        yield both


def _is_variable(target: ast.expr) -> bool:
    """A name, or what names and constants lead to: `app.state`, `CACHES["a"]`."""
    if isinstance(target, ast.Attribute):
        return _is_variable(target.value)
    if isinstance(target, ast.Subscript):
        return isinstance(target.slice, ast.Constant) and _is_variable(target.value)
    return isinstance(target, ast.Name | ast.Tuple | ast.List)
