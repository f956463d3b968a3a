"""What of the definitions in a statement that runs again is kept, and goes on holding what."""

from __future__ import annotations

from itertools import chain
from types import FunctionType
from typing import Any

from heatsync._engine.batches.batch import Batch
from heatsync._engine.batches.several import is_of_another
from heatsync._engine.objects import execute
from heatsync._engine.objects.classes import Kept, counted
from heatsync._engine.objects.functions import reachable
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.objects.wrappers import classes_within, wrapped_in
from heatsync._engine.texts.edit import Pair, edited_members
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.kinds import class_dict, home_of, mro_of, qualname_of
from heatsync._engine.texts.names import ASSIGNMENTS, FUNCTIONS
from heatsync._engine.walking.causes import Causes
from heatsync._engine.walking.moved import Moved


class Keepers:
    """Makes the keepers of statements: they know the functions and classes of the last run."""

    def __init__(self, batch: Batch, moved: Moved, causes: Causes) -> None:
        self._batch = batch
        self._moved = moved
        self._causes = causes

    def of(self, module: str, pair: Pair, before: dict[str, Any]) -> execute.Keeper:
        batch, continued = self._batch, self._moved.pair(pair)
        if continued.old is None:
            return execute.Keeper(batch.merger, {}, {}, {})
        found = self._moved.definitions(pair.new)
        if found is None:
            roots = [value for value in before.values() if value is not MISSING]
            is_other = any(is_of_another(batch, module, pair, name) for name in before)
            live = batch.own_functions.of(module, continued.old, roots)
            if pair.new.is_class and pair.new.is_decorated:
                roots += self._behind(module, pair, roots)
            classes = execute.classes_of([] if is_other else roots, module)
            found = execute.by_qualname(live, before), classes
        untouched = self._untouched(module, continued)
        alike = self._is_made_alike(module, continued)
        kept = {
            name: Kept(
                untouched.get(name, frozenset()),
                counted(cls, continued.old, is_made_alike=alike),
            )
            for name, cls in found[1].items()
        }
        return execute.Keeper(batch.merger, *found, kept)

    def pass_on(self, pair: Pair, ref: Ref, old: Any, new: Any) -> None:
        """A function became a class, or another object that is called: who holds it calls that.

        And what the name holds later, as it may become a function again.
        """
        if type(old) is FunctionType and self._becomes_another(pair, ref):
            is_ours = any((home_of(one), one.__qualname__) == ref for one in wrapped_in(old))
            if is_ours and _is_called_instead(new, old):
                namespace = self._batch.namespace(ref.module)
                self._batch.journal.redirect_by_name(old, namespace, ref.name)

    def _becomes_another(self, pair: Pair, ref: Ref) -> bool:
        """Whether a name is bound by one statement alone, which took the place of a function."""
        if isinstance(pair.new.node, FUNCTIONS) or self._batch.graph.binders(*ref) != [pair.new]:
            return False
        before = self._batch.before.binders(*ref)
        is_function = len(before) == 1 and isinstance(before[0].node, FUNCTIONS)
        return is_function and before[0] not in self._batch.moved_to

    def _behind(self, module: str, pair: Pair, roots: list[Any]) -> list[type]:
        """The class of which a decorator made something else, as the one instance's getter."""
        found = chain.from_iterable(map(classes_within, roots))
        name = pair.new.qualname
        return [cls for cls in found if home_of(cls) == module and qualname_of(cls) == name]

    def _is_made_alike(self, module: str, pair: Pair) -> bool:
        """Whether nobody else than before sets anything in a class that is made again."""
        old, new = pair.old, pair.new
        if old is None or not (old.is_class and new.is_class):
            return False
        return old.header == new.header and not self._causes.of(module, new)

    def _untouched(self, module: str, pair: Pair) -> dict[str, frozenset[str]]:
        """By class, the data members that nothing touched, which keep what they hold."""
        kept: dict[str, set[str]] = {}
        edited = edited_members(pair) | self._moved.foreign(pair.new)
        others: set[Ref] = set()  # what other members are made of
        for member in pair.new.every_member():
            is_edited = member in edited or self._causes.of(module, member) is not None
            reads = {reading.ref for reading in self._batch.graph.now(module, member)}
            if is_edited or not others.isdisjoint(reads):
                others |= {Ref(module, member.qualified(name)) for name in member.bound.outcome}
            elif isinstance(member.node, ASSIGNMENTS):
                kept.setdefault(member.owner, set()).update(member.bound.binds)
        return {owner: frozenset(names) for owner, names in kept.items()}


def _is_called_instead(new: object, old: FunctionType) -> bool:
    """Whether a class or another object can be called, and does not call the function itself."""
    kind = type(new)
    is_called = issubclass(kind, type) or any("__call__" in class_dict(cls) for cls in mro_of(kind))
    is_other = kind is not FunctionType and all(part is not old for part in reachable([new]))
    return is_called and is_other
