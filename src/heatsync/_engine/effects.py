"""What a statement changes beside the names that it binds: attributes, and globals of functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from heatsync._engine.batch import Batch, told
from heatsync._engine.functions import class_dict
from heatsync._engine.graph import Grade, Ref
from heatsync._engine.memory import MISSING
from heatsync._engine.merge import makes_all, same
from heatsync._engine.source import Statement
from heatsync._engine.taken import Outcome, Taken


@dataclass(frozen=True, slots=True)
class _Attribute:
    """An attribute that a statement sets: of what, by which name there, and what it was."""

    owner: Ref
    target: Any
    name: str
    before: Any


class Effects:
    """What there is before a statement runs, to be compared with what there is afterwards."""

    def __init__(self, batch: Batch, module: str, statement: Statement) -> None:
        self._batch = batch
        self._attributes = list(self._find_attributes(module, statement))
        self._globals = dict(self._find_globals(module, statement))
        for ref, (_, value) in self._globals.items():
            batch.journal.protect(batch.namespace(ref.module))
            batch.originals.setdefault(ref, value)

    def _find_attributes(self, module: str, statement: Statement) -> Iterator[_Attribute]:
        for part in (statement, *statement.every_member()):
            for *path, name in part.names.sets:
                way = self._batch.graph.way(module, part.owner, tuple(path))
                target = self._batch.live.value_at(way.refs[-1]) if way.reached else MISSING
                if target is not MISSING:
                    before = _attribute(target, name)
                    yield _Attribute(way.refs[-1], target, name, before)

    def _find_globals(
        self, module: str, statement: Statement
    ) -> Iterator[tuple[Ref, tuple[Statement, Any]]]:
        for part in (statement, *statement.every_member()):
            for home, function in self._batch.graph.called(module, part):
                for name in function.names.declares:
                    if home in self._batch.live.modules:
                        ref = Ref(home, name)
                        yield ref, (function, self._batch.live.value_at(ref))

    def note(self, taken: Taken) -> None:
        """The statement has run: who reads what it changed is looked at."""
        for attribute in self._attributes:
            if not same(attribute.before, _attribute(attribute.target, attribute.name)):
                self._note_attribute(attribute, taken)
        for ref, (function, _) in self._globals.items():
            self._settle(ref, function, taken)

    def _note_attribute(self, attribute: _Attribute, taken: Taken) -> None:
        batch, owner = self._batch, attribute.owner
        module = batch.graph.module_named(owner)
        defined = batch.graph.definition(owner)
        if module is not None:
            batch.note(Outcome(Ref(module, attribute.name), Grade.REBOUND, taken))
            return
        if defined and defined[1].is_class:
            member = Ref(defined[0], f"{defined[1].qualname}.{attribute.name}")
            batch.note(Outcome(member, Grade.REBOUND, taken))
        batch.note_filled(owner, taken)

    def _settle(self, ref: Ref, function: Statement, taken: Taken) -> None:
        """Pours what the function made into what the name held."""
        batch, namespace = self._batch, self._batch.namespace(ref.module)
        before, new = batch.originals[ref], namespace.get(ref.name, MISSING)
        value, grade = new, Grade.SAME if same(before, new) else Grade.REBOUND
        if MISSING not in (before, new) and makes_all(function, ref.name):
            value, grade = batch.merger.merge(before, new)
        if value is not new:
            batch.journal.set_item(namespace, ref.name, value)
        batch.changes.pop(ref, None)
        texts = (told(before), told(value)) if grade is Grade.REBOUND else ()
        batch.note(Outcome(ref, grade, taken, *texts))


def _attribute(target: Any, name: str) -> Any:
    """What an attribute holds of its own, without running any code."""
    if issubclass(type(target), type):
        return class_dict(target).get(name, MISSING)
    if type(target) is ModuleType:
        return target.__dict__.get(name, MISSING)
    try:
        own = object.__getattribute__(target, "__dict__")
    except AttributeError:
        return object()  # it cannot be told, so it counts as different
    return own.get(name, MISSING) if type(own) is dict else object()
