"""What the text of a block that is in flight tells of the calls in it: who has what they gave."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from heatsync._engine.texts.names import DEFINITIONS, dotted

# What is computed anew where the value of a call is, and cannot be without the code around it.
_TIED = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.comprehension)
# Around a call whose value goes on through them.
_AROUND = (ast.Attribute, ast.Await)
_NAMES = ("app", "application")  # of arguments of servers
# Methods that leave nothing behind in an attribute, which is a dict or a logger.
_ASKS = frozenset(["get", "debug", "info", "warning", "error", "exception", "critical", "log"])


class Given(NamedTuple):
    """A variable that has what a call gave; `why` it cannot be given that anew, if so."""

    name: str
    call: ast.Call
    why: str


def assigned(block: list[ast.stmt], under_way: ast.expr) -> Iterator[Given]:
    """The variables of a block to which values of calls were given, that is at an expression."""
    nodes = list(own(block))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    stored = [node.id for node in names if not isinstance(node.ctx, ast.Load)]
    for node in nodes:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                why = tied(node.value)
                if stored.count(target.id) > 1:
                    why = "its variable is given several values"
                elif not why and _is_worked_on(target.id, block, under_way):
                    why = "more is done with what it gives"
                yield Given(target.id, node.value, why)


def tied(call: ast.Call) -> str:
    """Why a call cannot be made by itself; "" where it can."""
    is_tied = any(isinstance(node, _TIED) for node in ast.walk(call))
    return "there is code in it that belongs to where it stands" if is_tied else ""


def handed(call: ast.expr) -> Iterator[ast.Call]:
    """The calls that give what a call is about: `serve(create_app(), port)`, `create_app().run()`."""
    inner: ast.expr | None = call
    while inner is not None:
        if isinstance(inner, ast.Call):
            inner = _subject(inner)
        else:
            inner = inner.value if isinstance(inner, _AROUND) else None
        if isinstance(inner, ast.Call):
            yield inner


def _subject(call: ast.Call) -> ast.expr | None:
    """What a method is called of, or the first argument, or the only one that is a call."""
    if dotted(call.func) is None:
        return call.func
    given = [*call.args, *(word.value for word in call.keywords)]
    calls = [each for each in given if isinstance(each, ast.Call)]
    named = [word.value for word in call.keywords if word.arg in _NAMES]
    return next(iter(named or (calls if len(calls) == 1 else given)), None)


def own(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The parts of some statements, but not of the functions and classes in them."""
    for node in block:
        yield node
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            yield from own(ast.iter_child_nodes(node))


def _is_worked_on(name: str, block: list[ast.stmt], under_way: ast.expr) -> bool:
    """Whether a block has done more with a variable than look into it, before it came to where it
    is: what it had put into that would be lost, as it is not run again."""
    nodes = [node for statement in block for node in ast.walk(statement)]
    within = set(map(id, ast.walk(under_way)))
    looking = set(map(id, _looking(nodes)))
    here = under_way.lineno, under_way.col_offset
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and id(node) not in within | looking
        and (node.lineno, node.col_offset) < here
        for node in nodes
    )


def _looking(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """The names of what is only looked into: `app.config["PORT"]`, `with app.app_context():`."""
    nodes = list(nodes)
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    entered = [
        node.context_expr.func
        for node in nodes
        if isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call)
    ]
    methods = [node for node in called if isinstance(node, ast.Attribute) and node.attr in _ASKS]
    asked = [node for node in methods if not isinstance(node.value, ast.Name)]
    chains = [node for node in nodes if isinstance(node, ast.Attribute | ast.Subscript)]
    inside = {id(node) for node in (*called, *(chain.value for chain in chains))}
    read = [node for node in chains if isinstance(node.ctx, ast.Load) and id(node) not in inside]
    for node in (*entered, *asked, *read):
        root: ast.expr = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if root is not node:
            yield root
