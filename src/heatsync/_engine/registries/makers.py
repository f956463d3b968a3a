"""What containers were made with, which none of the statements that fill them has put there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.targets import Targets
from heatsync._engine.objects.holdings import ATOMS, known_by
from heatsync._engine.objects.insides import Insides
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.objects.shelves import Place, Shelf, Shelves
from heatsync._engine.texts.displays import Element, is_key, made_with
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.names import ASSIGNMENTS, How, dotted
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import outside_functions


@dataclass(frozen=True, slots=True)
class Made:
    """An element that a container was made with, as far as the text tells."""

    key: Any  # in a mapping
    value: Any
    things: frozenset[int]  # the ids of what it leads to
    constants: frozenset[tuple[type, Any]]

    def fits(self, entry: Any, insides: Insides) -> bool:
        """Whether an entry may be this element."""
        return self.things <= insides.ids(entry) and self.constants <= insides.atoms(entry)


class Makers:
    """Tells what containers were made with by the statements that bind them."""

    def __init__(self, batch: Batch, targets: Targets, shelves: Shelves, insides: Insides) -> None:
        self._batch = batch
        self._targets = targets
        self._shelves = shelves
        self._insides = insides
        self._found: dict[Ref, list[Made]] = {}

    def places(
        self,
        module: str,
        filler: Statement,
        shelf: Shelf,
        candidates: list[tuple[Place, Any]],
    ) -> list[Place]:
        """Which of some places are taken by what a container was made with: the first that fit."""
        found: list[Place] = []
        for made in self._of(module, filler, shelf):
            free = ((p, e) for p, e in candidates if p not in found and made.things)
            found += [place for place, entry in free if made.fits(entry, self._insides)][:1]
        return found

    def puts(self, module: str, filler: Statement, shelf: Shelf) -> bool:
        """Whether a statement puts something into a container itself: `S.add(f)`."""
        for use in filler.names.now:
            if use.how is How.HOLD and use.given_to and len(use.given_to) > 1:
                holder = self._targets.value_of(module, filler, use.given_to[:-1])
                if holder is shelf.holder:
                    return True
        return False

    def at_key(self, module: str, filler: Statement, shelf: Shelf, key: Any) -> Any:
        """What a mapping was made with under a key; MISSING if nothing."""
        of = self._of(module, filler, shelf)
        return next((made for made in reversed(of) if is_key(key, made.key)), MISSING)

    def _of(self, module: str, filler: Statement, shelf: Shelf) -> list[Made]:
        """What a container was made with that a statement fills."""
        ref, _ = self._targets.of(module, filler).get(id(shelf.holder), (None, None))
        if ref is None or type(shelf.holder) not in CONTAINERS:
            return []
        if ref not in self._found:
            home, maker = self._batch.before.definition(ref) or ("", filler)
            is_maker = maker is not filler and isinstance(maker.node, ASSIGNMENTS)
            self._found[ref] = [*self._made_by(home, maker)] if is_maker else []
        return self._found[ref]

    def _made_by(self, home: str, maker: Statement) -> Iterator[Made]:
        for element in made_with(maker.node):
            if element.is_all:
                yield from self._all_of(home, maker, element)
            else:
                yield self._made(home, maker, element)

    def _made(self, home: str, maker: Statement, element: Element) -> Made:
        nodes = [*outside_functions(element.value)]
        if element.key:
            nodes += outside_functions(element.key)
        paths = filter(None, (dotted(node) for node in nodes if isinstance(node, ast.expr)))
        values = [self._targets.value_of(home, maker, path) for path in paths]
        things = (
            known_by(v) for v in values if v is not MISSING and not issubclass(type(v), ATOMS)
        )
        constants = {(type(n.value), n.value) for n in nodes if isinstance(n, ast.Constant)}
        key = self._targets.constant(home, maker, element.key) if element.key else MISSING
        value = self._value(home, maker, element.value)
        return Made(key, value, frozenset(things), frozenset(constants))

    def _value(self, home: str, maker: Statement, node: ast.expr) -> Any:
        path = dotted(node)
        if path:
            return self._targets.value_of(home, maker, path)
        return node.value if isinstance(node, ast.Constant) else MISSING

    def _all_of(self, home: str, maker: Statement, element: Element) -> Iterator[Made]:
        """All that is in another container: `[*others]`."""
        other = self._value(home, maker, element.value)
        for entry in self._shelves.original(other) if type(other) in CONTAINERS else ():
            key, value = entry if isinstance(other, dict) else (MISSING, entry)
            parts = [] if type(value) in ATOMS else [value]
            yield Made(key, value, frozenset(map(id, parts)), frozenset())
