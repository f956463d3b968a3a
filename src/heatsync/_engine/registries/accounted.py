"""Containers in which every entry is another statement's: there is nothing in them to be missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.insides import Insides
from heatsync._engine.objects.memory import CONTAINERS
from heatsync._engine.objects.shelves import Shelf, Shelves
from heatsync._engine.registries.claims import Claims
from heatsync._engine.registries.marks import running_statements
from heatsync._engine.registries.signs import Sign
from heatsync._engine.registries.withdrawn import Withdrawn


class Accounts:
    """Tells where a statement has put nothing, though what it calls fills that, too.

    `@command("j")` may go into a dict of commands, and for each alias into another one. Where one
    has no alias, nothing of it is in the second: neither what it made, nor a word that it wrote;
    and whatever there is can be told to be others'. Where anything there is nobody's, as a number
    is that the registry counted, it may just as well be this one's.
    """

    def __init__(
        self, batch: Batch, targets: Targets, shelves: Shelves, claims: Claims, insides: Insides
    ) -> None:
        self._batch = batch
        self._targets = targets
        self._shelves = shelves
        self._claims = claims
        self._insides = insides

    def of(self, result: Withdrawn) -> set[int]:
        """The ids of the containers in which all is others', of those in which nothing was found of
        a statement though it is elsewhere."""
        there = {*result.slots, *result.kept}
        doubted = (
            found.target
            for found in (result.found if there else ())
            if found.ref and type(found.target) in CONTAINERS and there.isdisjoint(found.shelves)
        )
        return {id(target) for target in doubted if self._is_others(result, target)}

    def _is_others(self, result: Withdrawn, target: Any) -> bool:
        shelf = self._shelves.of(target)
        ours = self._claims.sign(result.module, result.old)
        entries = [entry for _, entry in shelf.old()]
        if any(self._is_of(ours, part) for entry in entries for part in _parts(entry)):
            return False
        signs = [*self._fillers(result, shelf, entries)] if entries else []
        return all(any(self._made(sign, entry) for sign in signs) for entry in entries)

    def _fillers(self, result: Withdrawn, shelf: Shelf, entries: list[Any]) -> Iterator[Sign]:
        """The other statements that fill a container, and of which there is a word in it."""
        words = {part for entry in entries for part in _parts(entry) if type(part) is str}
        words |= self._insides.names_on(shelf)
        for module in list(self._batch.live.modules):
            for statement in running_statements(self._batch, module, words):
                if statement is not result.old and shelf.key in self._targets.holders(
                    module, statement
                ):
                    yield self._claims.sign(module, statement)

    def _made(self, sign: Sign, entry: Any) -> bool:
        """Whether all of an entry is a statement's: its key, too, which others may share."""
        return all(self._is_of(sign, part) for part in _parts(entry))

    def _is_of(self, sign: Sign, part: Any) -> bool:
        """Whether something is made of what a statement defines, or of a text that it wrote."""
        if type(part) is str:
            return part in sign.statement.bound.binds or (str, part) in sign.literals
        return self._insides.distance(part, sign.things) is not None


def _parts(entry: Any) -> tuple[Any, ...]:
    """A key with its value, or what there is of another entry."""
    return entry if type(entry) is tuple else (entry,)
