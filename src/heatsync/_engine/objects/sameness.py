"""Whether two values are the same, as far as can be told without running code of theirs."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from typing import Any

from heatsync._engine.objects.memory import CONTAINERS, contents
from heatsync._engine.texts.kinds import Kinds

_ATOMS = Kinds((int, str, bytes, bool, type(None), type(...), range))
_NUMBERS = Kinds((float, complex))
_ORDERED = Kinds((tuple, list, deque))
_MAPPINGS = Kinds((dict, defaultdict, OrderedDict, Counter))
_PLAIN = Kinds((*_ATOMS, *_NUMBERS))
_SETS = Kinds((set, frozenset))
_HOLDERS = Kinds((tuple, list, deque, dict, defaultdict, OrderedDict, Counter))
_MADE_WITH = ("maxlen", "default_factory")  # of a deque and a defaultdict


def same(old: Any, new: Any) -> bool:
    """Whether two values are the same object or equal values of exact immutable built-in types.

    Containers are compared element by element in this sense. Nothing else is compared at all:
    `==` of a foreign object may be slow, return an array, or lie.
    """
    if old is new:
        return True
    kind = type(old)
    if kind is not type(new):
        return False
    if kind in _ATOMS:
        return bool(old == new)
    if kind in _NUMBERS:  # 0.0 is not -0.0, and nan is nan
        return repr(old) == repr(new)
    if kind in CONTAINERS and any(
        getattr(old, part, None) is not getattr(new, part, None) for part in _MADE_WITH
    ):
        return False
    if kind in _ORDERED:
        return len(old) == len(new) and all(map(same, old, new))
    if kind in _MAPPINGS:
        return len(old) == len(new) and all(map(same, contents(old), contents(new)))
    if kind in _SETS:
        return len(old) == len(new) and _told(old) == _told(new)
    return kind is bytearray and bool(old == new)


def leads_elsewhere(old: Any, new: Any) -> bool:
    """Whether an equal value holds a container that others hold too, where the old one has its own:
    `PAIR = 1, FIRST` became `PAIR = 1, SECOND`, and both are empty lists.
    """
    if old is new or type(new) not in _HOLDERS:
        return False
    counts = _counts(new)
    return any(
        (count > _ALONE and type(after) in CONTAINERS) or leads_elsewhere(before, after)
        for before, after, count in zip(_elements(old), _elements(new), counts, strict=True)
        if before is not after
    )


def _elements(holder: Any) -> Iterable[Any]:
    return dict.values(holder) if issubclass(type(holder), dict) else holder


def _counts(holder: Any) -> list[int]:
    return [sys.getrefcount(element) for element in _elements(holder)]


_ALONE = _counts([[]])[0]


def _told(elements: Any) -> set[object]:
    return {(type(e), repr(e)) if type(e) in _PLAIN else id(e) for e in elements}
