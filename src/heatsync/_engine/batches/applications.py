"""What statements do to applications that only the line which made one can undo, by making it anew."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.kinds import Kinds, home_of
from heatsync._engine.texts.names import How, Path, dotted
from heatsync._engine.texts.parts import is_computed_from
from heatsync._engine.texts.source import Statement

_ValueOf = Callable[[str, Statement, Path], Any]
_BUILT_IN = Kinds(kind for kind in vars(builtins).values() if isinstance(kind, type))


class Applications:
    """Finds the applications of which nothing else tells what a statement did to them.

    To make them anew is right whatever that was, as who was given one goes on with it: it is
    poured.
    """

    def __init__(self, batch: Batch, value_of: _ValueOf) -> None:
        self._batch = batch
        self._value_of = value_of

    def may_have_any(self, statement: Statement) -> bool:
        """Whether it is worth a look, as far as the text tells: most statements are definitions."""
        node = statement.node
        return isinstance(node, ast.Expr) or any(_attributes_set(node))

    def changed_by(
        self, module: str, statement: Statement, is_gone: bool
    ) -> Iterator[tuple[Ref, Any]]:
        """Those that a statement gave to others, or of which it put an attribute into another
        object; and if it `is_gone`, those of which it set one at all, each with its name."""
        node = statement.node
        paths = self._handed_on(module, statement) if isinstance(node, ast.Expr) else iter(())
        if not isinstance(node, ast.Expr):
            paths = (p[:-1] for p in _attributes_set(node) if is_gone or is_computed_from(node, p))
        graph = self._batch.graph_of(module, statement)
        for path in dict.fromkeys(paths):
            value = self._value_of(module, statement, path)
            refs = graph.resolve(module, statement.owner, path)
            if len(refs) == len(path) and self.is_one(value):
                yield refs[-1], value

    def _handed_on(self, module: str, statement: Statement) -> Iterator[Path]:
        """What a call is given whose callee may do anything to it: `cache.init_app(app)`.

        Not what the application's own library takes: that one's adapter knows it.
        """
        for use in statement.names.now:
            if use.how is How.HOLD and use.given_to:
                value = self._value_of(module, statement, use.path)
                callee = self._value_of(module, statement, use.given_to)
                if self.is_one(value) and self._is_anothers(callee, value):
                    yield use.path

    def is_one(self, value: Any) -> bool:
        """Whether an object is an application that is poured."""
        return value is not MISSING and self._batch.libraries.pours(value)

    def _is_anothers(self, callee: Any, application: Any) -> bool:
        """Whether a callee is known, and neither Python's own nor of the application's library."""
        if type(callee) is MethodType:
            callee = callee.__self__
        if callee is None or callee is MISSING or type(callee) is BuiltinFunctionType:
            return False
        libraries = self._batch.libraries
        if type(callee) is FunctionType:
            return not libraries.is_home(home_of(callee), application)
        return callee not in _BUILT_IN and not libraries.are_of_one(callee, application)


def _attributes_set(node: ast.stmt) -> Iterator[Path]:
    """The dotted names of the attributes that an assignment sets: `app.wsgi_app = …`."""
    for target in node.targets if isinstance(node, ast.Assign) else ():
        path = dotted(target) if isinstance(target, ast.Attribute) else None
        if path:
            yield path
