"""What was handed to code that shows nothing of what it keeps: taken back by the opposite call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import BuiltinMethodType, FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.holdings import follow
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.kinds import home_of
from heatsync._engine.texts.names import BUILTINS, DEFINITIONS, Path, dotted
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import outside_functions

# The opposite of `x.register(f)` is `x.unregister(f)`, if x has it.
_OPPOSITES = {
    "register": "unregister",
    "connect": "disconnect",
    "attach": "detach",
    "add": "remove",
}


class Inverses:
    """Takes back what a statement handed to functions that are written in C, such as `atexit`.

    Only where they have an opposite, and the call can be made again should the batch fail.
    """

    def __init__(self, batch: Batch, targets: Targets) -> None:
        self._batch = batch
        self._targets = targets

    def take_back(self, module: str, statement: Statement) -> list[str]:
        """Calls the opposites; gives the names of those that may go on holding something."""
        left = []
        for path, node, callee in self._foreign(module, statement):
            if call := self._undoing(module, statement, node, callee):
                self._batch.journal.call(*call)
            elif self._may_remain(module, statement, path, node):
                left.append(".".join(path))
        return left

    def can_take_back(self, module: str, statement: Statement) -> bool:
        """Whether it would call any."""
        found = self._foreign(module, statement)
        return any(self._undoing(module, statement, node, callee) for _, node, callee in found)

    def _foreign(
        self, module: str, statement: Statement
    ) -> Iterator[tuple[Path, ast.Call | None, Any]]:
        for path, node in _calls(statement):
            callee = self._targets.value_of(module, statement, path)
            if callee is not None and not self._is_known(module, statement, path):
                yield path, node, callee

    def _undoing(
        self, module: str, statement: Statement, node: ast.Call | None, callee: Any
    ) -> tuple[Any, ...] | None:
        """How a call is undone, for the journal."""
        arguments = self._arguments(module, statement, node)
        opposite = _opposite(callee)
        if opposite is None or arguments is None or not arguments[0]:
            return None
        return opposite, arguments[0][:1], callee, *arguments

    def _is_known(self, module: str, statement: Statement, path: Path) -> bool:
        """Whether a callee is a live file's, so that all that it does is seen."""
        graph = self._batch.graph_of(module, statement)
        refs = graph.resolve(module, statement.owner, path)
        return len(refs) == len(path) and (
            graph.definition(refs[-1]) is not None or path[0] in BUILTINS
        )

    def _may_remain(
        self, module: str, statement: Statement, path: Path, node: ast.Call | None
    ) -> bool:
        """Whether what is called may go on holding what it was given."""
        return (
            isinstance(statement.node, ast.Expr)
            and self._hands_on(module, statement, node)
            and not self._is_made_anew(module, statement, path)
        )

    def _is_made_anew(self, module: str, statement: Statement, path: Path) -> bool:
        """Whether the object that was called was made anew by now, and has nothing of before."""
        graph = self._batch.graph_of(module, statement)
        refs = graph.resolve(module, statement.owner, path)
        maker = self._batch.graph.definition(refs[-1]) if len(refs) < len(path) else None
        return maker is not None and maker[1] in self._batch.ran

    def _hands_on(self, module: str, statement: Statement, node: ast.Call | None) -> bool:
        """Whether a function or class of a live file is among the arguments."""
        given = node.args if node else ()
        values = (self._value(module, statement, argument) for argument in given)
        modules = self._batch.live.modules
        return any(
            (type(value) is FunctionType or issubclass(type(value), type))
            and home_of(value) in modules
            for value in values
        )

    def _arguments(
        self, module: str, statement: Statement, node: ast.Call | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """What a call was given; None where only running it would tell."""
        if node is None:
            assert isinstance(statement.node, DEFINITIONS)
            return (self._targets.value_of(module, statement, (statement.node.name,)),), {}
        words = {word.arg or "": word.value for word in node.keywords}
        values = tuple(self._value(module, statement, argument) for argument in node.args)
        named = {name: self._value(module, statement, value) for name, value in words.items()}
        is_told = not any(value is MISSING for value in (*values, *named.values()))
        return (values, named) if is_told and "" not in named else None

    def _value(self, module: str, statement: Statement, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        path = dotted(node)
        return self._targets.value_of(module, statement, path) if path else MISSING


def _calls(statement: Statement) -> Iterator[tuple[Path, ast.Call | None]]:
    """The calls outside of functions, and the decorators that are only named."""
    for decorator in getattr(statement.node, "decorator_list", ()):
        if path := dotted(decorator):
            yield path, None
    nodes = outside_functions(statement.node) if "(" in statement.text else ()
    for node in nodes:
        if isinstance(node, ast.Call) and (path := dotted(node.func)):
            yield path, node


def _opposite(callee: Any) -> Any:
    if type(callee) is not BuiltinMethodType:
        return None
    for name, opposite in _OPPOSITES.items():
        if callee.__name__.startswith(name):
            found = follow(callee.__self__, [callee.__name__.replace(name, opposite, 1)])
            return found if type(found) is BuiltinMethodType else None
    return None
