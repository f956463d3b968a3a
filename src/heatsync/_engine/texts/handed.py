"""What statements and functions hand to others: `merge(CONFIG, BASE)`, `bus.on("saved", mail)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.names import DEFINITIONS, FUNCTIONS, How, bound_by, dotted
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import changed_by, outside_functions

_DEPTH = 3  # calls within calls that are looked into
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def filled_by_callees(graph: Graph, module: str, statement: Statement) -> Iterator[Ref]:
    """The names of what functions change that a statement calls with it, as their texts tell."""
    if isinstance(statement.node, DEFINITIONS) or "(" not in statement.text:
        return
    for call, home, function in _calls(graph, module, statement.owner, statement.node):
        for name in _changed(graph, home, function, _DEPTH):
            given = _given(call, function, name)
            path = dotted(given) if given is not None else None
            if path:
                yield graph.resolve(module, statement.owner, path)[-1]


def only_hands_on(graph: Graph, module: str, statement: Statement, ref: Ref) -> bool:
    """Whether the functions of a statement do the same though a name behaves anew: what they do
    with it is to register it."""
    late = statement.names.late
    if How.HAND not in {use.how for use in late}:
        return False
    ways = ((use, graph.way_of(module, "", use).refs) for use in late)
    return all(use.how is How.HAND and refs[-1] == ref for use, refs in ways if ref in refs)


def _calls(
    graph: Graph, module: str, owner: str, node: ast.AST
) -> Iterator[tuple[ast.Call, str, _Function]]:
    """The calls of functions of live files, each with the module and definition of the function."""
    for call in outside_functions(node):
        path = dotted(call.func) if isinstance(call, ast.Call) and _hands(call) else None
        found = graph.definition(graph.resolve(module, owner, path)[-1]) if path else None
        if found is not None and isinstance(found[1].node, FUNCTIONS):
            assert isinstance(call, ast.Call)
            yield call, found[0], found[1].node


def _hands(call: ast.Call) -> bool:
    return any(map(dotted, (*call.args, *(word.value for word in call.keywords))))


def _changed(graph: Graph, module: str, function: _Function, depth: int) -> Iterator[str]:
    """The parameters of a function whose objects it changes in place, itself or by a call."""
    bound = bound_by(function.body).binds
    names = {arg.arg for arg in _parameters(function) if arg.arg not in bound}
    for part in function.body if names else ():
        for node in outside_functions(part):
            changed = changed_by(node)
            asks = isinstance(node, ast.Call) and not (node.args or node.keywords)
            path = dotted(changed) if changed is not None and not asks else None
            if path and len(path) == 1 and path[0] in names:
                yield path[0]
        for call, home, callee in _calls(graph, module, "", part) if depth else ():
            for name in _changed(graph, home, callee, depth - 1):
                given = _given(call, callee, name)
                if isinstance(given, ast.Name) and given.id in names:
                    yield given.id


def _parameters(function: _Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _given(call: ast.Call, function: _Function, name: str) -> ast.expr | None:
    """What a call gives for a parameter; None where no text tells."""
    for word in call.keywords:
        if word.arg == name:
            return word.value
    places = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    if starred or name not in places[: len(call.args)]:
        return None
    return call.args[places.index(name)]
