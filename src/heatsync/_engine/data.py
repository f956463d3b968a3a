"""The new value of a data file, poured into the dict or list made from it."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from heatsync._engine.journal import Journal
from heatsync._engine.sameness import same
from heatsync.errors import RefusedError


def pour(journal: Journal, old: Any, new: Any) -> None:
    """Gives a dict or list the contents of another one; the dicts and lists in it stay the same.

    In a list, what stands before and behind the edit is itself; in between, each in its place.
    """
    if type(old) is not type(new):
        raise RefusedError(
            "a data file",
            f"it held a {type(old).__name__} and now holds a {type(new).__name__}",
            "Restart to run the new version",
        )
    _Pouring(journal).pour(old, new)


class _Pouring:
    """Two names of one dict, as YAML allows, are poured once, and part where they now differ."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._poured: dict[int, tuple[Any, Any]] = {}  # by the old one's id: old, new

    def pour(self, old: Any, new: Any) -> Any:
        if id(old) in self._poured:
            return old if self._poured[id(old)][1] is new else new
        self._poured[id(old)] = (old, new)
        if isinstance(old, dict):
            new = {key: self._value(old.get(key), value) for key, value in new.items()}
        else:
            new = list(map(self._value, _beside(old, new), new))
        self._journal.refill(old, new)
        return old

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
