"""Modules that are imported for the first time while a batch is applied."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import may_register
from heatsync._engine.objects import execute
from heatsync._engine.objects.memory import CONTAINERS
from heatsync._engine.registries.registrations import Registrations
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.moves import defined, find_moves
from heatsync._engine.texts.order import with_parents
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.taken import ADDED
from heatsync._engine.walking.causes import Causes
from heatsync._engine.walking.moved import Moved
from heatsync._resident.live import Running

Look = Callable[[str, Pair], object]
Withdraw = Callable[[str, Statement], object]


class Arrivals:
    """Sees to it that new modules find what they import as it is going to be.

    Where they may define what has left another file, it runs them statement by statement. All
    others are executed as Python does it.
    """

    def __init__(
        self,
        batch: Batch,
        registrations: Registrations,
        causes: Causes,
        moved: Moved,
        look_at: Look,
        withdraw: Withdraw,
    ) -> None:
        self._batch = batch
        self._registrations = registrations
        self._causes = causes
        self._moved = moved
        self._look_at = look_at
        self._withdraw = withdraw
        self._thread = threading.get_ident()
        self._covered: dict[Ref, Any] = {}  # what names held that importing a module takes

    def __call__(self, module: ModuleType, execute_it: Callable[[], object]) -> None:
        """Runs a new module. An exception of the user's code passes through."""
        batch = self._batch
        running = batch.live.modules.get(module.__name__)
        if running is None or threading.get_ident() != self._thread:
            execute_it()
            return
        running.importer = running.importer or batch.module_under_way
        batch.graph.forget()
        self._note_covered(running)
        self._look_at_imported(running)
        with batch.under_way(running.name):
            if batch.plan.departed:
                self._take_in(running)
            else:
                execute_it()
        self._note_filled(running)
        batch.queue.leave_out(running.name)

    def _note_filled(self, running: Running) -> None:
        """What a new module puts into containers of others is seen below it."""
        batch, name = self._batch, running.name
        for statement in filter(may_register, running.source.walk):
            for ref in self._registrations.refs_reached(name, statement):
                if ref.module != name and type(batch.live.value_at(ref)) in CONTAINERS:
                    by = batch.passed(name, statement, ADDED)
                    batch.filled.note(ref, by, (name, statement))

    def _note_covered(self, running: Running) -> None:
        """Importing `package.name` sets `name` in the package, whatever that held."""
        package, _, name = running.name.rpartition(".")
        home = self._batch.live.modules.get(package)
        if home is not None and name in home.namespace:
            self._batch.journal.protect_item(home.namespace, name)
            self._covered[Ref(package, name)] = home.namespace[name]

    def uncover(self, module: str, statement: Statement) -> None:
        """A statement has run: what it imported has no name that a later statement binds."""
        batch = self._batch
        for ref in [ref for ref in self._covered if self._is_taken(ref)]:
            value, binders = self._covered.pop(ref), batch.graph.binders(*ref)
            if binders and batch.is_later((module, statement), (ref.module, binders[-1])):
                batch.journal.set_item(batch.namespace(ref.module), ref.name, value)

    def _is_taken(self, ref: Ref) -> bool:
        """Whether the module has the name by now: it gets it when its import is over."""
        return self._batch.live.value_at(ref) is sys.modules.get(str(ref))

    def _take_in(self, running: Running) -> None:
        batch, left = self._batch, self._batch.plan.departed
        definitions = defined(running.source, running.source.statements)
        moves = find_moves(left, {running.name: definitions}, batch.graph)
        self._moved.take_up(moves)
        for origin in {move.origin for move in moves if move.origin in left.gone.texts}:
            self._clear(origin, running)
        self._moved.put_down()
        for statement in running.source.statements:
            self._run(running, statement)

    def _look_at_imported(self, running: Running) -> None:
        """What a new module imports is new by then: nothing else told the order of the two."""
        found = self._imported(running)
        while (following := self._batch.next_among(found)) is not None:
            self._look_at(*following)

    def _imported(self, running: Running) -> dict[str, None]:
        """The modules that a fresh import of this one would have run before.

        Not the packages around it: they are under way, or had their turn.
        """
        modules, found = self._batch.live.modules, dict[str, None]()
        around = {*with_parents(running.name)}
        names = [running.name]
        while names:
            for name in modules[names.pop()].imports:
                for imported in with_parents(name):
                    is_new = imported in modules and imported not in {*found, *around}
                    if is_new and not self._batch.is_under_way(imported):
                        found[imported] = None
                        names.append(imported)
        return found

    def _clear(self, origin: str, running: Running) -> None:
        """A file was renamed: what its statements registered, those of the new one do anew."""
        here = {statement.digest for statement in running.source.statements}
        for statement in self._batch.statements(origin):
            if statement.digest in here:
                self._withdraw(origin, statement)
                self._moved.part(origin, statement)

    def _run(self, running: Running, statement: Statement) -> None:
        batch = self._batch
        if self._moved.has(statement):
            self._look_at(running.name, batch.pair(running.name, statement))
        else:
            execute.run(
                statement, batch.site(running.name), execute.Keeper(batch.merger, {}, {}, {})
            )
            self._causes.tell(running.name, statement)
        batch.ran.update((statement, *statement.every_member()))
        for name in statement.bound.outcome:
            self._causes.is_in_force(running.name, name, statement)
