"""Decorators that are given a function at once, or first how to decorate it: `@d`, `@d("a")`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from heatsync._engine.texts.given_back import passed_on
from heatsync._engine.texts.names import FUNCTIONS, dotted
from heatsync._engine.texts.trees import outside_functions


def may_defer(node: ast.stmt) -> bool:
    """Whether a function may give what does the same as itself once that is given something.

    Then what such a call in a row with another one runs is what the function runs in a single one.

    >>> (decorator,) = ast.parse('''
    ... def timed(function=None, *, name=None):
    ...     if function is None:
    ...         return lambda given: timed(given, name=name)
    ...     def wrapper(): ...
    ...     return wrapper
    ... ''').body
    >>> may_defer(decorator)
    True
    """
    if not isinstance(node, FUNCTIONS):
        return False
    own = [inner for part in node.body for inner in outside_functions(part)]
    returned = [part.value for part in own if isinstance(part, ast.Return)]
    calls = [dotted(part.func) for part in own if isinstance(part, ast.Call)]
    made = {part.name: part for part in own if isinstance(part, FUNCTIONS)}
    names = _names_of(node)
    for value in (given for one in returned for given in passed_on(one)):
        path = dotted(value) or ("",)
        is_at_once = path[-1] in made and path in calls  # `return deco if f is None else deco(f)`
        given_by = _called_to_give(made.get(path[-1], value))
        if is_at_once or path[-1] in names or not names.isdisjoint(given_by):
            return True
    return False


def _names_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """By which names a function calls itself; what makes instances, by that of the class."""
    first = function.args.args[:1] if function.name == "__new__" else []
    return {function.name, *(arg.arg for arg in first)}


def _called_to_give(made: ast.AST) -> Iterator[str]:
    """The functions whose results are those of a function."""
    body = made.body if isinstance(made, FUNCTIONS) else ()
    nodes = [node for part in body for node in outside_functions(part)]
    results = [node.value for node in nodes if isinstance(node, ast.Return)]
    for result in [made.body] if isinstance(made, ast.Lambda) else results:
        path = dotted(result.func) if isinstance(result, ast.Call) else None
        yield from path[-1:] if path else ()
