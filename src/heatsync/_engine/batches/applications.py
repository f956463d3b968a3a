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
from heatsync._engine.texts.names import ASSIGNMENTS, DEFINITIONS, How, Path, dotted
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
        if isinstance(statement.node, ast.Assign):
            return any(_attributes_set(statement.node))
        return not isinstance(statement.node, (*DEFINITIONS, *ASSIGNMENTS)) and any(
            _handed(statement)
        )

    def changed_by(
        self, module: str, old: Statement, new: Statement | None
    ) -> Iterator[tuple[Ref, Any]]:
        """Those of which a statement did something that `new`, which runs in its place, does not
        undo, if there is any; each with its name."""
        is_set = isinstance(old.node, ast.Assign)
        paths = self._set_for_good(module, old, new) if is_set else self._handed_on(module, old)
        graph = self._batch.graph_of(module, old)
        for path in dict.fromkeys(paths):
            value = self._value_of(module, old, path)
            refs = graph.resolve(module, old.owner, path)
            if len(refs) == len(path) and self.is_one(value):
                yield refs[-1], value

    def _set_for_good(self, module: str, old: Statement, new: Statement | None) -> Iterator[Path]:
        """Of what an attribute was set that is set no more, or was made of what was there; or in
        which one of a part of another library was set, which has been at work as it was:
        `app.url_map.strict_slashes = …`."""
        again = {*_attributes_set(new.node)} if new is not None else set[Path]()
        for path in _attributes_set(old.node):
            owner = path[:-1]
            if path not in again or is_computed_from(old.node, path):
                yield owner
            for around in (owner[:length] for length in range(1, len(owner))):
                application = self._value_of(module, old, around)
                part = self._value_of(module, old, owner)
                if self.is_one(application) and self._is_of_others(part, application):
                    yield around

    def _is_of_others(self, part: Any, application: Any) -> bool:
        """Whether a part of an application is of a library, and not of the application's own."""
        libraries = self._batch.libraries
        is_found = part is not None and part is not MISSING
        return (
            is_found and libraries.is_of_any(part) and not libraries.are_of_one(part, application)
        )

    def _handed_on(self, module: str, statement: Statement) -> Iterator[Path]:
        """What a call is given whose callee may do anything to it: `cache.init_app(app)`.

        Not what the application's own library takes: that one's adapter knows it.
        """
        for path, given_to in _handed(statement):
            value = self._value_of(module, statement, path)
            callee = self._value_of(module, statement, given_to)
            if self.is_one(value) and self._is_anothers(callee, value):
                yield path

    def is_one(self, value: Any) -> bool:
        """Whether an object is an application that is poured."""
        return value is not MISSING and self._batch.libraries.pours(value)

    def _is_anothers(self, callee: Any, application: Any) -> bool:
        """Whether a callee is neither Python's own, nor ours, nor of the application's library."""
        if type(callee) is MethodType:
            callee = callee.__self__
        if callee is None or type(callee) is BuiltinFunctionType:
            return False
        if callee is MISSING:  # what a loop goes through
            return True
        libraries = self._batch.libraries
        if type(callee) is FunctionType:
            return not libraries.is_home(home_of(callee), application)
        return callee not in _BUILT_IN and not libraries.are_of_one(callee, application)


def _handed(statement: Statement) -> Iterator[tuple[Path, Path]]:
    """The dotted names of what a statement gives to calls, each with that of the callee."""
    for use in statement.names.now:
        if use.how is How.HOLD and use.given_to:
            yield use.path, use.given_to


def _attributes_set(node: ast.stmt) -> Iterator[Path]:
    """The dotted names of the attributes that an assignment sets: `app.wsgi_app = …`."""
    for target in node.targets if isinstance(node, ast.Assign) else ():
        path = dotted(target) if isinstance(target, ast.Attribute) else None
        if path:
            yield path
