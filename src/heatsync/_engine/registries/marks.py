"""What statements put into containers without naming it: an instance made on the way, or a text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.holdings import attribute_values
from heatsync._engine.objects.insides import is_record
from heatsync._engine.objects.shelves import Place, Shelf
from heatsync._engine.texts.names import dotted
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import outside_functions


class Marks:
    """Tells whose an entry is that has no name, by its type or text."""

    def __init__(self, batch: Batch, targets: Targets) -> None:
        self._batch = batch
        self._targets = targets
        self._made: dict[int, tuple[list[type], list[str]]] = {}

    def places(self, module: str, statement: Statement, shelf: Shelf) -> Iterator[Place]:
        """Where the nameless entries of a statement stand.

        Certain only where there are as many as statements that put such a thing there.
        """
        for mark in self._marks(module, statement, shelf):
            places = _places_of(mark, shelf)
            word = mark.__name__ if isinstance(mark, type) else str(mark)
            makers = [
                other
                for name in list(self._batch.live.modules if places else ())
                for other in running_statements(self._batch, name, {word})
                if shelf.key in self._targets.holders(name, other)
                for made in self._marks(name, other, shelf)
                if made == mark
            ]
            if len(places) == len(makers):
                pairs = zip(places, makers, strict=True)
                yield from (place for place, maker in pairs if maker is statement)

    def _marks(self, module: str, statement: Statement, shelf: Shelf) -> list[type | str]:
        """The types and texts that tell what a statement put on a shelf without naming it."""
        if statement.bound.binds:
            return []
        types, texts = self._made.get(id(statement)) or self._find_marks(module, statement)
        return [*types, *(texts if id(shelf.holder) in self._targets.of(module, statement) else ())]

    def _find_marks(self, module: str, statement: Statement) -> tuple[list[type], list[str]]:
        types, texts = self._made[id(statement)] = [], []
        for node in outside_functions(statement.node):
            if isinstance(node, ast.Call) and (path := dotted(node.func)):
                made = self._targets.value_of(module, statement, path)
                if issubclass(type(made), type) and made.__module__ != "builtins":
                    types.append(made)
            elif isinstance(node, ast.Constant) and type(node.value) is str:
                texts.append(node.value)
        return types, texts


def _places_of(mark: type | str, shelf: Shelf) -> list[Place]:
    """Where what bears a mark stands on a shelf, or else the records that have such a thing."""
    old = shelf.old()
    found = [place for place, entry in old if shelf.mark_of(entry) == mark]
    if found or not isinstance(mark, type):
        return found
    return [place for place, entry in old if _is_around(mark, entry if shelf.is_list else entry[1])]


def _is_around(mark: type, thing: object) -> bool:
    """Whether it is a record that was made for an object of a type: what mounts a router."""
    return is_record(thing) and any(type(value) is mark for value in attribute_values(thing))


def running_statements(batch: Batch, module: str, words: set[str]) -> Iterator[Statement]:
    """The statements of the text that was running, in which one of these words stands."""
    running = batch.live.modules.get(module)
    if running is None or not any(word.encode() in running.data for word in words):
        return
    for statement in running.source.statements:
        if any(word in statement.text for word in words) and (
            not words.isdisjoint(statement.words) or not all(map(str.isidentifier, words))
        ):
            yield statement
