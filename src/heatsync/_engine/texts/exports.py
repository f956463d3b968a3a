"""What `from module import *` brings, as far as the text of the module tells."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from heatsync._engine.texts.names import dotted

ALL = "__all__"
_COPIES = (("list",), ("tuple",), ("sorted",))

Named = Callable[[ast.expr], "list[str] | None"]  # the strings another module's __all__ stands for


def declared(nodes: Iterable[ast.stmt], named: Named) -> list[str] | None:
    """The names in `__all__` once these statements have run; None where the text does not tell."""
    names: list[str] = []
    for node in nodes:
        found = _after(names, node, named)
        if found is None:
            return None
        names = found
    return list(dict.fromkeys(names))


def _after(names: list[str], node: ast.stmt, named: Named) -> list[str] | None:
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return _strings(node.value, named)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        more = _strings(node.value, named)
        return None if more is None else names + more
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return _called(names, node.value, named)
    return None


def _called(names: list[str], call: ast.Call, named: Named) -> list[str] | None:
    path = dotted(call.func)
    if path is None or path[0] != ALL or len(path) != 2 or len(call.args) != 1:
        return None
    display = call.args[0] if path[1] == "extend" else ast.List([call.args[0]], ast.Load())
    found = _strings(display, named)
    if found is None:
        return None
    if path[1] in ("extend", "append"):
        return names + found
    return [name for name in names if name not in found] if path[1] == "remove" else None


def _strings(node: ast.expr | None, named: Named) -> list[str] | None:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        parts = [_element(element, named) for element in node.elts]
        return None if None in parts else [name for part in parts for name in part or ()]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _strings(node.left, named), _strings(node.right, named)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.Call) and len(node.args) == 1 and dotted(node.func) in _COPIES:
        return _strings(node.args[0], named)
    return named(node) if isinstance(node, ast.Attribute) else None


def _element(node: ast.expr, named: Named) -> list[str] | None:
    if isinstance(node, ast.Starred):
        return _strings(node.value, named)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return None
