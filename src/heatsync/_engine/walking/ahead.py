"""What is new in place before the code that calls it, as other threads run that at once."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from types import CellType, FunctionType, ModuleType

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.execute import is_plain
from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts.edit import Change, every_pair
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.source import Statement

_DUE = (Change.EDITED, Change.ADDED)


def put_ahead(batch: Batch) -> None:
    """Binds new names that patched code reads, until their own statements run in their turn.

    Only where no code runs for it: functions, constants, and imports of what is imported already.
    What else is to run must not see them too early.
    """
    due = [(s.module, pair) for s in batch.plan.steps for pair in every_pair([s.pair])]
    added = [(module, pair.new) for module, pair in due if pair.change is Change.ADDED]
    if not added:
        return
    patched = [item.pair.new for item in batch.plan.recodes if item.pair.change is Change.PATCHED]
    wanted = _words(statement for statement in patched if not statement.is_class)
    runs = [pair.new for _, pair in due if pair.change in _DUE and not _is_function(pair.new)]
    seen = _words(runs)
    for module, new in added:
        own = 0 if _is_function(new) else 1
        names = [name for name in new.bound.binds if wanted[name] and seen[name] == own]
        if names:
            for name, value in _values(batch, module, new):
                if name in names:
                    _bind(batch, module, new, name, value)


def _words(statements: Iterable[Statement]) -> Counter[str]:
    return Counter(word for statement in statements for word in statement.words)


def _is_function(statement: Statement) -> bool:
    return isinstance(statement.node, FUNCTIONS)


def _bind(batch: Batch, module: str, statement: Statement, name: str, value: object) -> None:
    ref = Ref(module, statement.qualified(name))
    only = [*batch.graph.binders(module, ref.name)] == [statement]
    if not only or batch.live.value_at(ref) is not MISSING or name[:2] == "__":
        return
    if not statement.owner:
        batch.originals[ref] = MISSING
        batch.journal.set_item(batch.namespace(module), name, value)
        return
    cls = live_class(batch.namespace(module), statement.owner)
    if cls is not None and statement.parent is not None and is_plain(cls, statement.parent.node):
        batch.originals[ref] = MISSING
        batch.journal.set_attribute(cls, name, value)


def _values(batch: Batch, module: str, statement: Statement) -> Iterator[tuple[str, object]]:
    node = statement.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        function = _function(batch, module, statement, node)
        if function is not None:
            yield next(iter(statement.bound.binds)), function
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        yield from ((name, node.value.value) for name in statement.bound.binds)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imported(batch, module, statement)


def _function(
    batch: Batch, module: str, statement: Statement, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> FunctionType | None:
    defaults = node.args.defaults
    is_plain_one = not node.decorator_list and not any(node.args.kw_defaults)
    source, running = batch.graph.world.source(module), batch.live.modules[module]
    if source is None or not is_plain_one or not all(isinstance(d, ast.Constant) for d in defaults):
        return None
    place = statement.places[0]  # the outermost function of a definition is that itself
    code = batch.codes.functions(statement, source).get(place)
    if code is None or not {*code.co_freevars} <= {"__class__"}:
        return None
    owner = live_class(running.namespace, statement.owner) if statement.owner else None
    closure = tuple(CellType(owner) for _ in code.co_freevars)
    values = tuple(ast.literal_eval(default) for default in defaults)
    return FunctionType(code, running.namespace, node.name, values, closure)


def _imported(batch: Batch, module: str, statement: Statement) -> Iterator[tuple[str, object]]:
    for imported in statement.bound.imports:
        target = sys.modules.get(batch.graph.absolute(module, imported))
        if type(target) is not ModuleType or not imported.binds:
            continue
        if imported.name is None:
            yield imported.binds, target
        elif imported.name in target.__dict__:
            yield imported.binds, target.__dict__[imported.name]
