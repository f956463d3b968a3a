"""What a statement changes beside the names that it binds: attributes, and globals of functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from heatsync._engine.batches.batch import Batch, told
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.objects.sameness import same
from heatsync._engine.texts.graph import Grade, Ref
from heatsync._engine.texts.kinds import class_dict
from heatsync._engine.texts.making import makes_all
from heatsync._engine.texts.names import Path
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import GONE, Action, Cause, Outcome, Passed, Planned, Taken
from heatsync._engine.texts.words import subject


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
        self._at = module, statement
        self._attributes = list(self._find_attributes(module, statement))
        self._globals = dict(self._find_globals(module, statement))

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

    def protect(self) -> None:
        """The statement is about to run."""
        self._batch.vessels.foresee(value for _, value in self._globals.values())
        for ref, (_, value) in self._globals.items():
            self._batch.journal.protect(self._batch.namespace(ref.module))
            self._batch.originals.setdefault(ref, value)

    def foresee(self, by: Planned) -> None:
        """What only running can tell is taken for different."""
        for attribute in self._attributes:
            self._note_attribute(attribute, by)
        for ref in self._globals:
            self._batch.note(Outcome(ref, Grade.REBOUND, by), self._at)

    def note(self, taken: Taken) -> None:
        """The statement has run: who reads what it changed is looked at."""
        for attribute in self._attributes:
            if not same(attribute.before, _attribute(attribute.target, attribute.name)):
                self._note_attribute(attribute, taken)
        for ref, (function, _) in self._globals.items():
            self._settle(ref, function, taken)

    def _note_attribute(self, attribute: _Attribute, taken: Taken | Planned) -> None:
        batch, owner = self._batch, attribute.owner
        module = batch.graph.module_named(owner)
        defined = batch.graph.definition(owner)
        if module is not None:
            batch.note(Outcome(Ref(module, attribute.name), Grade.REBOUND, taken), self._at)
            return
        if defined and defined[1].is_class:
            member = Ref(defined[0], f"{defined[1].qualname}.{attribute.name}")
            batch.note(Outcome(member, Grade.REBOUND, taken), self._at)
        batch.filled.note(owner, taken, self._at)

    def _settle(self, ref: Ref, function: Statement, taken: Taken) -> None:
        """Pours what the function made into what the name held."""
        batch, namespace = self._batch, self._batch.namespace(ref.module)
        before, new = batch.originals[ref], namespace.get(ref.name, MISSING)
        value, grade = new, Grade.SAME if same(before, new) else Grade.REBOUND
        if MISSING not in (before, new) and makes_all(function, ref.name):
            value, grade = batch.merger.merge(before, new)
        if value is not new:
            batch.journal.set_item(namespace, ref.name, value)
        at = batch.set_elsewhere.get(ref) if batch.changes.pop(ref, None) else self._at
        texts = (told(before), told(value)) if grade is Grade.REBOUND else ()
        batch.note(Outcome(ref, grade, taken, *texts), at)


def forget(
    batch: Batch, module: str, old: Statement, new: Statement | None, by: Taken | Passed
) -> None:
    """Takes away the attributes of classes, modules and functions that a statement sets no more.

    Those of other objects stay: who else has set them is not known.
    """
    for owner, target, name in forgotten(batch, module, old, new, by):
        batch.journal.delete_attribute(target, name)
        file, cause = batch.live.modules[module].filename, no_more(new, by)
        taken = Taken(Action.DROP, f"{owner_told(batch, owner)}.{name}", file, old.line, cause)
        batch.taken.append(taken)
        batch.filled.note(owner, taken, None)


def forgotten(
    batch: Batch, module: str, old: Statement, new: Statement | None, by: Taken | Passed
) -> Iterator[tuple[Ref, Any, str]]:
    """These attributes: of what, by its name and as it is, and theirs."""
    again = new.names.sets if new is not None else {}
    for path in old.names.sets if "." in old.text or "attr" in old.text else ():
        if path in again:
            continue
        *front, name = path
        way = batch.graph.way(module, "", tuple(front))
        target = batch.live.value_at(way.refs[-1]) if way.reached else MISSING
        is_home = issubclass(type(target), type) or type(target) in (ModuleType, FunctionType)
        if not is_home or _set_otherwise(batch, module, way.refs[-1], path, by):
            continue
        if _attribute(target, name) is not MISSING:
            yield way.refs[-1], target, name


def no_more(new: Statement | None, by: Taken | Passed) -> Cause:
    """Why an attribute goes, of which the statement that set it is gone or another one."""
    return GONE if new is None else Cause(f"{subject(by)} sets it no more", None, None, by)


def owner_told(batch: Batch, owner: Ref) -> str:
    """What a report calls a class, a module or a function by the name that holds it."""
    return batch.graph.module_named(owner) or str(owner)


def _set_otherwise(batch: Batch, module: str, owner: Ref, path: Path, by: Taken | Passed) -> bool:
    """Whether another statement gives an attribute too; then that one runs again."""
    cause = Cause(f"it sets {'.'.join(path)} too", None, None, by)
    givers = [(module, s) for s in batch.statements(module) if path[-1] in s.text]
    found = [(home, s) for home, s in givers if path in s.names.sets]
    defined, home = batch.graph.definition(owner), batch.graph.module_named(owner)
    if defined and defined[1].is_decorated:
        found.append(defined)  # a decorator may have given it
    if defined and defined[1].is_class:
        name = f"{defined[1].qualname}.{path[-1]}"
        found += [(defined[0], s) for s in batch.graph.binders(defined[0], name)]
    elif home is not None:
        found += [(home, s) for s in batch.graph.binders(home, path[-1])]
        if not found and home not in batch.live.modules:
            return True  # what an installed module had there is not known
    for place, statement in found:
        batch.must_run.setdefault(statement, cause)
        batch.enqueue(place, statement.top)
    return bool(found)


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
