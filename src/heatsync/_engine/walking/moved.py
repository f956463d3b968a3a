"""What moved to another file, brought to its new home: the objects that there are, and their state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects import endings, execute
from heatsync._engine.objects.live_functions import live_functions
from heatsync._engine.objects.memory import CONTAINERS, MISSING
from heatsync._engine.texts.edit import Change, Pair
from heatsync._engine.texts.graph import Grade, Ref
from heatsync._engine.texts.moves import Move
from heatsync._engine.texts.sections import grouped
from heatsync._engine.texts.source import Source, Statement
from heatsync._engine.texts.taken import Action, Cause, Outcome
from heatsync._resident.live import Running


@dataclass(frozen=True, slots=True)
class _Luggage:
    """What a definition had made where it stood."""

    move: Move
    value: Any
    functions: dict[str, deque[FunctionType]]
    classes: dict[str, type]


class Moved:
    """Holds what is on its way from one file to another."""

    def __init__(self, batch: Batch, in_force: Callable[[str, str, Statement], object]) -> None:
        self._batch = batch
        self._in_force = in_force
        self._down: set[Statement] = set()
        self._luggage: dict[Statement, _Luggage] = {}  # by the statement at home
        self._parted: set[Statement] = set()  # what is new in its file, should that come back
        self._kept: set[Statement] = set()  # old statements whose values stay as they are
        self._taken: set[Ref] = set()  # whose new home is found
        self._new: set[Ref] = set()  # what their home had no name for
        # What a name that is new at home stood for where those who read it came from.
        self._seen: dict[Ref, Any] = {}
        # Before anything is written: by module, what stood in those that something has left.
        self._before = {
            module: dict(batch.namespace(module)) for module in batch.plan.departed.names
        }

    def take_up(self, moves: Iterable[Move]) -> None:
        """Holds what definitions have made until their new home takes it in."""
        for move in moves:
            ref = Ref(move.origin, move.name)
            value = self._stood(move.origin).get(move.name, MISSING)
            if value is not MISSING and ref not in self._taken:
                self._taken.add(ref)
                self._batch.merger.moves.add((move.origin, move.home))
                self._batch.moved_to[move.places[0][1]] = move.places[1]
                self._luggage[move.pair.new] = self._pack(move, value)
                self._see(move)
                if move.name not in self._batch.namespace(move.home):
                    self._new.add(Ref(move.home, move.name))
                if move.keeps_value:
                    self._kept.add(move.places[0][1])
                    self._carry(move)
                    self._batch.settle_for(
                        move.home, Pair(move.pair.new, move.pair.new, Change.KEPT)
                    )
                elif move.home not in self._batch.plan.edits:
                    self._batch.settle_for(move.home, Pair(move.pair.new, None, Change.ADDED))
                if move.origin in self._batch.plan.departed.gone.texts:
                    self.part(*move.places[0])

    def part(self, origin: str, statement: Statement) -> None:
        """What stands in another file now, if its own one is gone, is new there should that return."""
        if statement not in self._parted:
            self._parted.add(statement)
            running = self._batch.live.modules[origin]
            self._batch.journal.on_commit(partial(_part, running, statement))

    def taken_over(self, name: str, value: Any) -> None:
        """A statement has given other contents to what a name of a file that is gone holds, too."""
        for origin in self._batch.plan.departed.gone.texts if type(value) in CONTAINERS else ():
            if self._batch.namespace(origin).get(name) is value:
                for statement in self._batch.before.binders(origin, name):
                    self.part(origin, statement)

    def _carry(self, move: Move) -> None:
        live, ((origin, old), (home, new)) = self._batch.live, move.places
        homes = live.modules[origin], live.modules[home]
        self._batch.journal.on_commit(partial(endings.carry, homes[0], old, homes[1], new))

    def _stood(self, module: str) -> Mapping[str, Any]:
        return self._before.get(module) or self._batch.namespace(module)

    def _pack(self, move: Move, value: Any) -> _Luggage:
        batch, (module, statement) = self._batch, move.places[0]
        running = batch.live.modules[module]
        functions = live_functions(running, statement, [value], batch.graph, batch.live)
        classes = execute.classes_of([value], module)
        return _Luggage(move, value, execute.by_qualname(functions, {move.name: value}), classes)

    def _see(self, move: Move) -> None:
        origin, home = self._stood(move.origin), self._batch.namespace(move.home)
        for part in (move.pair.new, *move.pair.new.every_member()):
            for name in {use.path[0] for use in part.names.now} if part not in move.foreign else ():
                if name in origin and name not in home:
                    self._seen[Ref(move.home, name)] = origin[name]

    def put_down(self) -> None:
        """Gives values that stay as they are to their new home. Their statements need not run."""
        batch = self._batch
        for statement, luggage in self._luggage.items():
            move = luggage.move
            if move.keeps_value and statement not in self._down:
                self._down.add(statement)
                namespace = batch.namespace(move.home)
                taken = batch.took(Action.MOVE, move.home, statement, _cause(move))
                if namespace.get(move.name, MISSING) is not luggage.value:
                    batch.journal.set_item(namespace, move.name, luggage.value)
                    batch.note(Outcome(Ref(move.home, move.name), Grade.REBOUND, taken))
                self._annotate(move, namespace)
                if any(cls is luggage.value for cls in luggage.classes.values()):
                    # A call has made it, as `namedtuple` does.
                    batch.journal.set_attribute(luggage.value, "__module__", move.home)
                self._in_force(move.home, move.name, statement)

    def _annotate(self, move: Move, namespace: dict[str, Any]) -> None:
        """What a value is annotated with comes along, where Python keeps that in a dict."""
        journal = self._batch.journal
        there = self._stood(move.origin).get("__annotations__") or {}
        names = [name for name in move.pair.new.bound.annotates if name in there]
        if names and type(namespace.get("__annotations__")) is not dict:
            journal.set_item(namespace, "__annotations__", {})
        for name in names:
            journal.set_item(namespace["__annotations__"], name, there[name])

    def has(self, statement: Statement) -> bool:
        """Whether a statement defines what stood in another file before."""
        return statement in self._luggage

    def is_new(self, ref: Ref) -> bool:
        """Whether a name is new in its module, though what it holds is not."""
        return ref in self._new or ref in self._seen

    def keeps(self, old: Statement) -> bool:
        """Whether what an old statement made is kept, in another file."""
        return old in self._kept

    def before(self, module: str, statement: Statement, names: Iterable[str]) -> dict[str, Any]:
        """What the names of a statement held before, here or where what it defines came from."""
        namespace, luggage = self._batch.namespace(module), self._luggage.get(statement)
        before = {name: namespace.get(name, MISSING) for name in names}
        return before | ({luggage.move.name: luggage.value} if luggage else {})

    def original(self, ref: Ref, value: Any) -> Any:
        """What a name of a module is compared with, which held a value until now."""
        return self._seen.get(ref, value) if value is MISSING else value

    def pair(self, pair: Pair) -> Pair:
        """A statement with the one that it continues, in whatever file that stood."""
        luggage = self._luggage.get(pair.new)
        return luggage.move.pair if luggage else pair

    def cause(self, statement: Statement) -> Cause | None:
        luggage = self._luggage.get(statement)
        return _cause(luggage.move) if luggage else None

    def foreign(self, statement: Statement) -> frozenset[Statement]:
        luggage = self._luggage.get(statement)
        return luggage.move.foreign if luggage else frozenset()

    def definitions(
        self, statement: Statement
    ) -> tuple[dict[str, deque[FunctionType]], dict[str, type]] | None:
        """The functions and classes that came here with one, by qualified name."""
        luggage = self._luggage.get(statement)
        return (luggage.functions, luggage.classes) if luggage else None


def _cause(move: Move) -> Cause:
    return Cause(f"it moved here from {move.origin}")


def _part(running: Running, statement: Statement) -> None:
    source = running.source
    lines = source.text.split("\n")
    for number in range(statement.line - 1, statement.line + statement.text.count("\n")):
        lines[number] = ""
    text = "\n".join(lines)
    left = tuple(other for other in source.statements if other is not statement)
    running.become(
        text.encode("utf-8", "replace"),
        Source(source.file, text, tuple(grouped(left)), source.flags),
    )
