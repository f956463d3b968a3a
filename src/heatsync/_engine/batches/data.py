"""The new value of a data file, poured into the dict or list made from it."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.sameness import same
from heatsync._engine.texts.graph import Grade, Ref
from heatsync._engine.texts.taken import Outcome, Planned, Taken
from heatsync._resident.live import Data
from heatsync.errors import RefusedError

if TYPE_CHECKING:
    from heatsync._engine.batches.batch import Batch


def pour(journal: Journal | None, old: Any, new: Any) -> list[object]:
    """Gives a dict or list the contents of another one; the dicts and lists in it stay the same.

    In a list, what stands before and behind the edit is itself; in between, each in its place.
    Gives those that come out different, or something in them does. Without a journal, that is all.
    """
    if type(old) is not type(new):
        raise RefusedError(
            "a data file",
            f"it held a {type(old).__name__} and now holds a {type(new).__name__}",
            "Restart to run the new version",
        )
    pouring = _Pouring(journal)
    pouring.pour(old, new)
    return [*pouring.different.values()]


def tell(batch: Batch, data: Data, different: list[object], by: Taken | Planned) -> None:
    """Has those looked at that compute with a data file, or with what a name holds of it."""
    ids = {*map(id, different)}
    for name, running in list(batch.live.modules.items()):
        for key, value in list(running.namespace.items()):
            if value is data.value and ids:
                batch.note(Outcome(Ref(name, key), Grade.REFILLED, by))
            elif id(value) in ids:  # however it came to be held there
                batch.filled.note(Ref(name, key), by, None)


class _Pouring:
    """Two names of one dict, as YAML allows, are poured once, and part where they now differ."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self._poured: dict[int, tuple[Any, Any]] = {}  # by the old one's id: old, new
        self.different: dict[int, object] = {}

    def pour(self, old: Any, new: Any) -> Any:
        if id(old) in self._poured:
            return old if self._poured[id(old)][1] is new else new
        self._poured[id(old)] = (old, new)
        if isinstance(old, dict):
            new = {key: self._value(old.get(key), value) for key, value in new.items()}
        else:
            new = list(map(self._value, _beside(old, new), new))
        if self._differ(old, new):
            self.different[id(old)] = old
        if self._journal is not None:
            self._journal.refill(old, new)
        return old

    def _differ(self, old: Any, new: Any) -> bool:
        values, others = (x.values() if isinstance(x, dict) else x for x in (old, new))
        if len(old) != len(new) or (isinstance(old, dict) and [*old] != [*new]):
            return True
        return any(
            a is not b or id(b) in self.different for a, b in zip(values, others, strict=True)
        )

    def _value(self, old: Any, new: Any) -> Any:
        if type(old) is type(new) and type(new) in (dict, list):
            return self.pour(old, new)
        return old if same(old, new) else new


def _beside(old: list[Any], new: list[Any]) -> list[Any]:
    """For each element of a list the one that it continues in the old list; None if none."""
    first = sum(1 for _ in takewhile(_is_same, zip(old, new, strict=False)))
    rest = reversed(old[first:]), reversed(new[first:])
    last = sum(1 for _ in takewhile(_is_same, zip(*rest, strict=False)))
    middle = old[first : len(old) - last]
    edited = len(new) - first - last
    between = [*middle[:edited], *[None] * (edited - len(middle))]
    return [*old[:first], *between, *old[len(old) - last :]]


def _is_same(pair: tuple[Any, Any]) -> bool:
    return same(*pair)
