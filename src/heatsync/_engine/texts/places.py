"""The functions in a statement, and where they stand in the text."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from operator import attrgetter
from types import CodeType
from typing import NamedTuple, TypeGuard

from heatsync._engine.texts.names import COMPREHENSIONS, FUNCTIONS

_lineno = attrgetter("lineno")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
FUNCTION_NODES = (*FUNCTIONS, ast.Lambda)
_SUSPENDABLE = (ast.AsyncFunctionDef, ast.Await, ast.Yield, ast.YieldFrom, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)


class Place(NamedTuple):
    """Where the code of one function stands, as far as its code object tells it too."""

    name: str
    line: int  # of its first decorator, or of its `def`
    column: int = 0  # where a lambda's body begins, as several may stand in a line


# On Python 3.12 the code of a lambda that only returns a constant tells a line, but no column.
_MAY_TELL_NO_COLUMN = sys.version_info[:2] == (3, 12)
_CONSTANT = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.IfExp, ast.Tuple)
_IN_THEM = (ast.unaryop, ast.operator, ast.boolop, ast.expr_context)


def first_line(node: ast.stmt) -> int:
    """The line a statement begins in, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *map(_lineno, decorators)) if decorators else node.lineno


def is_function(node: ast.AST) -> TypeGuard[FunctionNode]:
    return isinstance(node, FUNCTION_NODES)


def functions_in(node: ast.AST, shift: int) -> Iterator[tuple[FunctionNode, Place]]:
    """The outermost ones of a tree, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if is_function(node):
            yield node, _place(node, shift)
            inside = _header(node)  # which is evaluated outside
        else:
            inside = _children(node)
        waiting += reversed(inside)


def may_make_several(node: ast.AST) -> bool:
    """Whether a function in a statement, but not in another one, stands in a loop."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _LOOPS) and any(map(is_function, ast.walk(part))):
            return True
        waiting += _header(part) if is_function(part) else _children(part)
    return False


def yields(node: ast.AST) -> bool:
    """Whether a definition is one of a generator, by its own body."""
    waiting: list[ast.AST] = [*node.body] if isinstance(node, FUNCTIONS) else []
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        waiting += _header(part) if is_function(part) else _children(part)
    return False


def can_wait(node: ast.AST) -> bool:
    """Whether there is code in a tree that can be suspended: of a generator or a coroutine."""
    return any(isinstance(part, _SUSPENDABLE) for part in ast.walk(node))


def _children(node: ast.AST) -> list[ast.AST]:
    """In half the time of `ast.iter_child_nodes`."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if not value:
            continue
        if type(value) is list:
            found += [each for each in value if isinstance(each, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def _place(node: FunctionNode, shift: int) -> Place:
    if isinstance(node, ast.Lambda):
        return Place("<lambda>", node.lineno + shift, _column(node))
    return Place(node.name, first_line(node) + shift)


def _column(node: ast.Lambda) -> int:
    if not _MAY_TELL_NO_COLUMN or not all(map(_is_constant, ast.walk(node.body))):
        return node.body.col_offset
    nothing = ast.arguments([], [], None, [], [], None, [])
    lone = ast.fix_missing_locations(ast.Expression(ast.Lambda(nothing, node.body)))
    code: CodeType = compile(lone, "", "eval", dont_inherit=True)
    return column_of(code.co_consts[0])


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, (*_CONSTANT, *_IN_THEM))


def column_of(code: CodeType) -> int:
    """Where the body of a lambda begins; if the code does not tell, what it returns as a number."""
    columns = [
        (line, column)
        for line, _, column, end in code.co_positions()
        if line is not None and column is not None and end
    ]
    return min(columns)[1] if columns else -1 - (hash(repr(code.co_consts)) & sys.maxsize)


def _header(node: FunctionNode) -> list[ast.AST]:
    return [node.args, *getattr(node, "decorator_list", [])]
