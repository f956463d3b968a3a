"""Dicts and sets with objects as keys that have another hash by now: they are to find them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.memory import contents, refill_anew
from heatsync._engine.objects.remaking import holders_of
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync._resident.brief import told_error
from heatsync.adapters import instances

if TYPE_CHECKING:
    from heatsync._engine.batches.batch import Batch

_HASH = "__hash__"
_DEPTH = 4  # how deep keys may be tuples, or objects, of what has another hash


def hashing_anew(batch: Batch) -> list[type]:
    """The classes of a batch whose objects may have another hash: it is computed by code that
    behaves anew, or that was made with the class, of its fields."""
    refs = [ref for ref in batch.changes if ref.name.endswith(f".{_HASH}")]
    owners = [(ref.module, ref.name.removesuffix(f".{_HASH}")) for ref in refs]
    found = [live_class(batch.namespace(module), name) for module, name in owners]
    for ref in batch.touched:
        cls = live_class(batch.namespace(ref.module), ref.name)
        if cls is not None and type(class_dict(cls).get(_HASH)) is FunctionType:
            was_run = not batch.ran.isdisjoint(batch.graph.binders(*ref))
            found += [cls] if was_run else []
    return [cls for cls in found if cls is not None]


def rehash(classes: Iterable[type], notes: list[str]) -> None:
    """Puts the keys of all dicts and sets in order that lead to objects of some classes.

    Nothing can be taken back from here on, so it is done when a batch is committed: what failed
    leaves them as they were. Their hashes are code of the program, which has to run for that.
    """
    wanted: list[Any] = instances(*classes)
    for _ in range(_DEPTH):
        ids = set(map(id, wanted))
        found = [holder for holder in holders_of(wanted) if holder is not wanted]
        for container in found:
            if issubclass(type(container), dict | set) and not ids.isdisjoint(_keys(container)):
                _put_in_order(container, notes)
        wanted = [one for one in found if type(one) is tuple or _computes_hash(type(one))]
        if not wanted:
            return


def _keys(container: Any) -> Iterator[int]:
    keys = dict.__iter__ if issubclass(type(container), dict) else set.__iter__
    return map(id, list(keys(container)))


def _computes_hash(kind: type) -> bool:
    """Whether objects have a hash that code of the program makes, perhaps of what they hold."""
    known = (class_dict(cls)[_HASH] for cls in mro_of(kind) if _HASH in class_dict(cls))
    return type(next(known, None)) is FunctionType


def _put_in_order(container: Any, notes: list[str]) -> None:
    try:
        refill_anew(container, contents(container))
    except Exception as error:  # the object's own hash or equality refused
        kind = type(container).__name__
        notes.append(f"a {kind} may not find its keys any more: {told_error(error)}")
