"""Which live functions a statement of the running text made, while a batch is applied."""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING

from heatsync._engine.objects.live_functions import live_functions
from heatsync._engine.objects.recode import Write
from heatsync._engine.texts.once import once
from heatsync._engine.texts.places import Place
from heatsync._engine.texts.source import Statement
from heatsync._resident.live import Running

if TYPE_CHECKING:
    from heatsync._engine.batches.batch import Batch


class OwnFunctions:
    """They are known by their names and by the lines where they stand, which a batch changes.

    Of several `def _`, one may say by now that it stands where another one did before.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self.written: list[Write] = []  # the code that functions were given for the new texts

    def of(
        self, module: str, statement: Statement, roots: list[object]
    ) -> dict[Place, list[FunctionType]]:
        """The functions of a statement that these objects, or what it worked with, lead to."""
        batch = self._batch
        running = batch.live.modules[module]
        stands = partial(self._stands, running, statement)
        return live_functions(running, statement, roots, batch.before, batch.live, stands=stands)

    def _stands(
        self, running: Running, statement: Statement, place: Place, function: FunctionType
    ) -> bool:
        """Whether it is a function that stood at this place of the running text."""
        merger, line = self._batch.merger, function.__code__.co_firstlineno
        if id(function) in merger.new:
            return False
        if id(function) in merger.renewed_things or id(function) in self._written:
            continued = self._batch.continued(running.name, statement)
            return continued is not None and line in {now.line for now in continued[1].places}
        return line == running.drift.get(place, place).line

    @once
    def _written(self) -> frozenset[int]:
        return frozenset(id(function) for function, _, _ in self.written)
