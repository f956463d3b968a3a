"""What abstract classes remember of other classes, forgotten where one of these came out different."""

from __future__ import annotations

import abc
import weakref
from collections.abc import Iterable
from typing import Any

from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync.adapters import Renewed, descendants

_HOOKS = ("__subclasshook__", "__instancecheck__", "__subclasscheck__")


def came_out(journal: Journal, renewed: Renewed) -> None:
    """Has them ask again about a class that may have other members or bases than before.

    `isinstance(thing, Sized)` asks whether there is a `__len__`, and does so once.
    """
    cls = renewed.thing
    if not issubclass(type(cls), type):
        return
    if renewed.made is None and renewed.before.keys() == class_dict(cls).keys():
        return
    journal.on_roll_back("what abstract classes remember", forget)
    if any(map(_is_remembered, descendants(cls))):
        forget()


def behaves_anew(classes: Iterable[object]) -> None:
    """Of some classes, those that tell by code of theirs who belongs to them do so again."""
    for cls in classes:
        if issubclass(type(cls), abc.ABCMeta) and any(_has(cls, hook) for hook in _HOOKS):
            _forget_by(cls)


def forget() -> None:
    """Has all abstract classes ask again."""
    for cls in descendants(object):
        if issubclass(type(cls), abc.ABCMeta):
            _forget_by(cls)


def _forget_by(cls: Any) -> None:
    if "_abc_impl" in class_dict(cls):  # not so in one that gave way to another class
        abc.ABCMeta._abc_caches_clear(cls)  # type: ignore[attr-defined]


def _has(cls: Any, hook: str) -> bool:
    return any(hook in class_dict(base) for base in (*mro_of(cls), *mro_of(type(cls))))


def _is_remembered(cls: type) -> bool:
    """Whether an abstract class may have been asked about it: they hold it weakly."""
    return any(reference.__callback__ is not None for reference in weakref.getweakrefs(cls))
