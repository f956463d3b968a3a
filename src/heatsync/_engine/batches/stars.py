"""Names that `from module import *` had brought, and brings no more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.texts import exports
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.graph import Manner, Ref
from heatsync._engine.texts.plan import Drop
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import GONE, Cause, Passed, Taken

DropIt = Callable[[Drop, Cause], None]


class Stars:
    """Drops what star imports leave behind. What was put there otherwise stays."""

    def __init__(self, batch: Batch, drop: DropIt) -> None:
        self._batch = batch
        self._drop = drop

    def forget(self, module: str, pair: Pair, by: Passed | None) -> None:
        """A star import is gone, or about to run again: it may bring less than it did."""
        old = pair.old
        again = self._starred(module, pair.new) if by else ()
        for source in self._starred(module, old) if old else ():
            is_foreign = source not in self._batch.live.modules
            if is_foreign and source in again:
                continue  # all that it gave it gives again: nobody edits it
            for name in self._brought(module, source):
                if source in again and self._is_submodule(source, name):
                    continue  # it is brought again, though no statement says so
                file = self._batch.live.modules[module].filename
                words = f"{source} does not give it to `import *` any more"
                cause = Cause(words, None, None, by) if by else GONE
                self._drop(Drop(Ref(module, name), pair.new, file), cause)
            if is_foreign:
                self._unhide(module, cause=Cause(f"{source} may have hidden what it gives"))

    def _unhide(self, module: str, cause: Cause) -> None:
        """Of two foreign modules that give the same name, the one that is left gives it again."""
        modules = self._batch.live.modules
        for statement in self._batch.statements(module):
            if any(source not in modules for source in self._starred(module, statement)):
                self._batch.must_run.setdefault(statement, cause)
                self._batch.enqueue(module, statement)

    def bring(self, ref: Ref, by: Taken) -> None:
        """A name came to a module, with an object that others know already."""
        for module, statement in self._batch.stars(ref.module):
            cause = Cause(f"it imports {ref}", Manner.HOLD, self._batch.changes.get(ref), by)
            self._batch.must_run.setdefault(statement, cause)
            self._batch.enqueue(module, statement)

    def _starred(self, module: str, statement: Statement) -> list[str]:
        """The modules that a statement imports all names of."""
        if "*" not in statement.text:
            return []
        graph = self._batch.graph
        stars = (i for i in statement.bound.imports if i.name == "*")
        return [graph.absolute(module, imported) for imported in stars]

    def _brought(self, module: str, source: str) -> Iterator[str]:
        running = self._batch.live.modules.get(source)
        namespace, graph = self._batch.namespace(module), self._batch.graph
        bound = {
            name
            for statement in self._batch.statements(module)
            for name in graph.outcome(module, statement)
        }
        taken = {
            ref.name: value for ref, value in self._batch.originals.items() if ref.module == source
        }
        given = running.namespace if running else _given_by(source)
        for name, value in (taken | given).items():
            is_special = name.startswith("__") and name.endswith("__")
            if is_special or name in bound or name not in namespace:
                continue
            before = self._batch.value_before(Ref(source, name))
            if namespace[name] is value or namespace[name] is before:
                yield name

    def _is_submodule(self, source: str, name: str) -> bool:
        """Whether a name is the attribute of a package that importing a part of it has set."""
        package = self._batch.namespace(source)
        part = sys.modules.get(f"{source}.{name}")
        return part is not None and package.get(name) is part and exports.ALL not in package


def _given_by(source: str) -> dict[str, Any]:
    """What a module that is not live gives to `import *`."""
    module = sys.modules.get(source)
    held = module.__dict__ if type(module) is ModuleType else {}
    declared: Any = held.get(exports.ALL)
    is_declared = type(declared) in (list, tuple) and all(type(n) is str for n in declared)
    names = declared if is_declared else [name for name in held if not name.startswith("_")]
    return {name: held[name] for name in names if name in held}
