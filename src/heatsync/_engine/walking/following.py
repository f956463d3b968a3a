"""What follows in a walk from what was renewed, as the adapters of libraries say."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects import abstract
from heatsync._engine.objects.classes import is_state
from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.objects.recode import Recoded
from heatsync._engine.objects.sameness import same
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.graph import Grade, Ref
from heatsync._engine.texts.kinds import class_dict, home_of, name_of
from heatsync._engine.texts.names import FUNCTIONS
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import Cause, Outcome
from heatsync._engine.walking.kept import kept_defaults
from heatsync.adapters import Renewed


class Following:
    """Asks the adapters about statements, and has run again what they name."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def leave(self, module: str, pair: Pair) -> bool:
        """Whether a class that would run whole has to stay as it is; that is noted."""
        statement = pair.new
        cls = self._class(module, statement) if statement.is_class and pair.old else None
        why = self._batch.libraries.refuses(cls) if cls is not None else None
        if why is None:
            return False
        self._batch.ran.update((statement, *statement.every_member()))
        self._batch.merger.notes.append(why)
        return True

    def filled(self, module: str, pair: Pair) -> type | None:
        """The class that a statement is to fill, instead of making another one."""
        if not pair.new.is_class or pair.old is None:
            return None
        cls = self._class(module, pair.new)
        return cls if cls is not None and self._batch.libraries.in_place(cls) else None

    def _class(self, module: str, statement: Statement) -> type | None:
        cls: type | None = live_class(self._batch.namespace(module), statement.qualname)
        return cls if cls is not None and home_of(cls) == module else None

    def bring_along(self) -> None:
        """Tells others what was renewed, and has made again what the adapters name."""
        batch = self._batch
        while renewed := batch.merger.take_renewed():
            batch.merger.notes.extend(batch.merger.fields.give())
            for each in renewed:
                abstract.came_out(batch.journal, each)
                self._tell_of_data(each)
            for thing in batch.libraries.renewed(renewed):
                for module, statement in self._makers(thing):
                    words = f"something of {name_of(renewed[-1].thing)} is in what it made"
                    cause = Cause(words, None, None, batch.taken[-1])
                    batch.must_run.setdefault(statement, cause)
                    batch.enqueue(module, statement.top)

    def tell_of_patched(self, recoded: Recoded) -> None:
        """Tells the adapters of new code that runs once for each object, and has for those there are."""
        once = {(m, pair.new.qualname) for m, pair in recoded.patched if _runs_once(pair.new)}
        functions = {
            id(function): function
            for function, _, code in (recoded.written if once else ())
            if type(code) is CodeType and (home_of(function), code.co_qualname) in once
        }
        if functions:
            self._batch.libraries.patched([*functions.values()])

    def _tell_of_data(self, renewed: Renewed) -> None:
        """What hooks and decorators have set in a class is read by the class's name."""
        batch, cls = self._batch, renewed.thing
        if not issubclass(type(cls), type) or home_of(cls) not in batch.live.modules:
            return
        before, now = renewed.before, class_dict(cls)
        for name in [name for name in {**before, **now} if name[:2] != "__"]:
            values = before.get(name, MISSING), now.get(name, MISSING)
            ref = Ref(home_of(cls), f"{name_of(cls)}.{name}")
            if any(map(is_state, values)) and not (same(*values) or batch.graph.binders(*ref)):
                batch.note(Outcome(ref, Grade.REBOUND, batch.taken[-1]))

    def settle(self) -> None:
        self._batch.libraries.settle(has_run=bool(self._batch.ran))
        self._batch.merger.notes.extend(kept_defaults(self._batch))

    def _makers(self, thing: Any) -> Iterator[tuple[str, Statement]]:
        """The statements of live files that define something, or hold what they made."""
        batch, modules = self._batch, self._batch.live.modules
        if type(thing) is FunctionType or issubclass(type(thing), type):
            homes = [Ref(home_of(thing), name_of(thing))] if home_of(thing) in modules else []
        else:
            homes = [
                Ref(name, key)
                for name, running in list(modules.items())
                for key, value in list(running.namespace.items())
                if value is thing
            ]
        for home in homes:
            if defined := batch.graph.definition(home):
                yield defined


def _runs_once(statement: Statement) -> bool:
    """Whether it is a constructor, or a generator, which may have set something up."""
    node = statement.node
    return isinstance(node, FUNCTIONS) and (
        node.name in ("__init__", "__new__") or statement.is_generator
    )
