"""Keys of mappings in modules that are not live, and who reads them below: `os.environ["MODE"]`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from heatsync._engine.texts.displays import setting
from heatsync._engine.texts.graph import Grade, Graph, Manner, Reading, Ref
from heatsync._engine.texts.names import FUNCTIONS, Path, dotted
from heatsync._engine.texts.order import with_parents
from heatsync._engine.texts.taken import Cause, Outcome, Passed, Taken
from heatsync._engine.texts.trees import outside_functions

if TYPE_CHECKING:
    from heatsync._engine.batches.batch import Batch
    from heatsync._engine.batches.filled import At, CallNoted
    from heatsync._engine.texts.source import Statement

# Functions that read a mapping of their module.
_GETTERS = {Ref("os", "getenv"): Ref("os", "environ")}
_Key = tuple[Ref, str]


class ForeignKeys:
    """Knows what came to stand under a key, as far as texts name both mapping and key.

    Who reads another key, or all of them, is left alone: `connect(os.environ["HOST"])` is not to
    be done again because of another variable.
    """

    def __init__(self, batch: Batch, note_call: CallNoted) -> None:
        self._batch = batch
        self._note_call = note_call
        self._set: dict[_Key, tuple[Outcome, At]] = {}

    def note(self, at: At, by: Taken | Passed) -> None:
        """A statement has run, or is about to: what it sets is another one below."""
        module, statement = at
        found = setting(statement.node)
        path = dotted(found.mapping) if found and not found.way else None
        graph = self._batch.graph
        ref = _foreign(graph, module, statement.owner, path) if path else None
        for key in found.keys if found and ref else ():
            if ref and isinstance(key, ast.Constant) and type(key.value) is str:
                self._set[ref, key.value] = Outcome(ref, Grade.REFILLED, by), at
                self._have_readers_looked_at(ref, key.value)

    def _have_readers_looked_at(self, ref: Ref, key: str) -> None:
        batch, (outcome, at) = self._batch, self._set[ref, key]
        for module in batch.graph.world.importers(ref.module):
            source = (
                batch.graph.world.source(module) if batch.graph.world.may_say(module, key) else None
            )
            for statement in source.walk if source else ():
                if key not in statement.text or statement is at[1]:
                    continue
                if (ref, key) in _read(batch.graph, module, statement):
                    batch.enqueue(module, statement.top)
                elif isinstance(statement.node, FUNCTIONS) and (ref, key) in _read(
                    batch.graph, module, statement, late=True
                ):
                    cause = Cause(f"it reads {ref}", Manner.LATE, outcome, outcome.by)
                    by = batch.passed(module, statement, cause)
                    self._note_call(Ref(module, statement.qualname), by, at)

    def read_by(self, module: str, statement: Statement) -> tuple[Reading, Outcome] | None:
        """What a statement reads that was set above it."""
        for key in _read(self._batch.graph, module, statement) if self._set else ():
            outcome, at = self._set.get(key, (None, None))
            if outcome and at and self._is_below(module, statement, at):
                return Reading(key[0], Manner.LOOK), outcome
        return None

    def _is_below(self, module: str, statement: Statement, at: At) -> bool:
        """Whether a statement runs after another one, which it may be imported by: variables are
        set above the imports of those who read them."""
        if self._batch.is_later(at, (module, statement)):
            return True
        home, setter = at
        importing = [s for s in self._batch.statements(home) if "import" in s.text]
        above = [s for s in importing if s.line < setter.line]
        if module == home or module in self._imported(home, above):
            return False
        return module in self._imported(home, importing)

    def _imported(self, module: str, statements: list[Statement]) -> set[str]:
        """The modules that some statements import, and those that these do."""
        graph, found = self._batch.graph, set[str]()
        imports = ((graph.absolute(module, i), i.name) for s in statements for i in s.bound.imports)
        waiting = [name for target, part in imports for name in (target, f"{target}.{part}")]
        while waiting:
            for name in with_parents(waiting.pop()):
                if name not in found:
                    found.add(name)
                    waiting += graph.world.imports(name)
        return found


def _read(graph: Graph, module: str, statement: Statement, late: bool = False) -> list[_Key]:
    """The keys of foreign mappings that a statement reads by name."""
    nodes = ast.walk(statement.node) if late else outside_functions(statement.node)
    named = ((path, key) for node in nodes for path, key in _named(node))
    found = ((_foreign(graph, module, statement.owner, path), key) for path, key in named)
    return [(_GETTERS.get(ref, ref), key) for ref, key in found if ref]


def _named(node: ast.AST) -> Iterator[tuple[Path, str]]:
    """A mapping and a key of it that an expression reads."""
    match node:
        case ast.Subscript(mapping, ast.Constant(str(key)), ast.Load()):
            places = [mapping]
        case ast.Call(ast.Attribute(mapping, "get") as callee, [ast.Constant(str(key)), *_]):
            places = [mapping, callee]
        case ast.Call(ast.Name() | ast.Attribute() as callee, [ast.Constant(str(key)), *_]):
            places = [callee]
        case ast.Compare(ast.Constant(str(key)), [ast.In() | ast.NotIn()], [mapping]):
            places = [mapping]
        case _:
            return
    yield from ((path, key) for path in map(dotted, places) if path)


def _foreign(graph: Graph, module: str, owner: str, path: Path) -> Ref | None:
    """What a path leads to in a module that is not live, by its name there."""
    way = graph.way(module, owner, path)
    if way.reached:
        origins = graph.origins(way.refs[-1])
        return next((ref for ref in origins if graph.world.source(ref.module) is None), None)
    home = graph.module_named(way.refs[0]) if len(way.refs) == 1 and len(path) == 2 else None
    return Ref(home, path[1]) if home and graph.world.source(home) is None else None
