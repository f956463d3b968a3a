"""What a dataclass or attrs class says of its fields: objects made before get new ones' defaults."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import MISSING, own_attribute
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync._resident.brief import told_error
from heatsync.adapters import instances

Make = Callable[[Any], object]  # an object to the default of one of its fields


def makers(cls: type) -> Mapping[str, Make | None]:
    """The fields of a class, each with what makes its default for an object; None for no default."""
    own = class_dict(cls)
    if "__attrs_attrs__" in own:
        return {field.name: _of_attrs(field.default) for field in own["__attrs_attrs__"]}
    if "__dataclass_fields__" in own:
        return {field.name: _of_dataclass(field) for field in dataclasses.fields(cls)}
    if issubclass(cls, tuple):
        defaults = getattr(cls, "_field_defaults", {})
        names = getattr(cls, "_fields", ())
        return {
            name: partial(_given, defaults[name]) if name in defaults else None for name in names
        }
    return {}


def are_laid_out_alike(one: type, other: type) -> bool:
    """Whether the fields of named tuples are at the same places, which no layout tells."""
    are_tuples = issubclass(one, tuple) or issubclass(other, tuple)
    return not are_tuples or [*makers(one)] == [*makers(other)]


def _of_dataclass(field: dataclasses.Field[Any]) -> Make | None:
    if field.default_factory is not dataclasses.MISSING:
        return partial(_made, field.default_factory)
    return None if field.default is dataclasses.MISSING else partial(_given, field.default)


def _of_attrs(default: Any) -> Make | None:
    attr: Any = sys.modules["attr"]
    if default is attr.NOTHING:
        return None
    if type(default) is attr.Factory:
        return default.factory if default.takes_self else partial(_made, default.factory)
    return partial(_given, default)


def _given(value: object, instance: object) -> object:
    return value


def _made(factory: Callable[[], object], instance: object) -> object:
    return factory()


class NewFields:
    """Remembers which fields classes had, and gives the new ones to their objects."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._before: dict[int, tuple[type, frozenset[str]]] = {}

    def remember(self, cls: type) -> None:
        """A class is about to be made anew."""
        self._before.setdefault(id(cls), (cls, frozenset(makers(cls))))

    def give(self) -> Iterator[str]:
        """Gives objects the fields that their class got meanwhile; says what could not be.

        Before others run, which may be edited to read them.
        """
        remembered, self._before = self._before, {}
        for cls, before in remembered.values():
            for name, make in makers(cls).items():
                # What the class itself has under the name, its objects have as well.
                if name not in before and make is not None and not _is_inherited(cls, name):
                    yield from self._give(cls, name, make)

    def _give(self, cls: type, name: str, make: Make) -> Iterator[str]:
        for instance in instances(cls):
            if own_attribute(instance, name) is MISSING:
                try:
                    self._journal.set_attribute(instance, name, make(instance))
                except Exception as error:  # the program's own factory, or a slot that is none
                    where = f"{cls.__module__}.{cls.__qualname__}"
                    yield f"objects of {where} have no {name}: its default failed: {told_error(error)}"
                    return


def _is_inherited(cls: type, name: str) -> bool:
    return any(name in class_dict(base) for base in mro_of(cls))
