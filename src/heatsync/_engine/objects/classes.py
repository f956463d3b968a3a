"""A new class poured into the old one, which keeps its identity and its instances."""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from types import CellType, MemberDescriptorType
from typing import Any, NamedTuple

from heatsync._engine.objects.enums import Members
from heatsync._engine.objects.fields import are_laid_out_alike
from heatsync._engine.objects.handover import cells_holding, forget_slot_names
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import MISSING, SLOTS, retire
from heatsync._engine.texts.kinds import Kinds, all_same, bases_of, class_dict, mro_of, qualname_of
from heatsync._engine.texts.statement import Statement

Merge = Callable[[Any, Any], Any]  # the old and the new member to the one that stands

# What belongs to a class object itself, and is no part of what its text says.
_OWN = frozenset({"__dict__", "__weakref__", "_abc_impl", "__slotnames__"})
_PLAIN = Kinds(
    (int, float, complex, str, bytes, bool, type(None), tuple, list, dict, set, frozenset)
)


class Kept(NamedTuple):
    """The names of the data that a class keeps when it is made again."""

    untouched: frozenset[str] = frozenset()  # whose statements nothing touched
    counted: frozenset[str] = frozenset()  # which no statement of its block binds

    def holds(self, name: str, before: Mapping[str, Any], value: object) -> bool:
        """Whether a member stays what it was, where its text has made this of it."""
        return name in self.untouched and name in before and is_state(value)


def pour(
    journal: Journal,
    merge: Merge,
    old: type,
    new: type,
    kept: Kept,
    replaced: list[tuple[object, object]],
) -> bool:
    """Makes `old` what `new` is. False, and nothing is written, where the layout forbids it.

    `replaced` takes the members of an enum that could not stay, each with what took its place.
    """
    if not _fits(old, new) or not _give_bases(journal, old, new):
        return False
    members = Members(journal, old, new) if issubclass(type(old), enum.EnumType) else None
    forget_slot_names(journal, old)
    before, after = class_dict(old), dict(class_dict(new))
    gone = before.keys() - after.keys() - kept.counted
    for name in [name for name in before if name in gone and _is_text(name, before[name])]:
        journal.delete_attribute(old, name)
    if before.get("__module__") != after.get("__module__"):
        # Python takes it away when the module is set, also when that is taken back.
        journal.delete_attribute(old, "__firstlineno__")
    for name, value in after.items():
        if _is_text(name, value) and not kept.holds(name, before, value):
            _give(journal, old, name, _member(merge, before.get(name, MISSING), value, members))
    journal.set_attribute(old, "__qualname__", new.__qualname__)
    for cell in cells_holding(new, new):
        journal.set_cell(cell, old)
    if issubclass(type(old), abc.ABCMeta):
        abc.ABCMeta._abc_caches_clear(old)  # type: ignore[attr-defined]
        find_abstract(journal, old)
    retire(new)
    if members is not None:
        replaced.extend(members.replaced)
    return True


def fill(
    journal: Journal,
    merge: Merge,
    cls: type,
    bases: tuple[type, ...],
    block: dict[str, Any],
    kept: Kept,
) -> None:
    """Gives a class what its block has made anew, as if there had been nothing in it."""
    cell = block.pop("__classcell__", None)
    if type(cell) is CellType:
        journal.set_cell(cell, cls)
    if not all_same(bases, bases_of(cls)):
        journal.set_attribute(cls, "__bases__", bases)
    forget_slot_names(journal, cls)
    before = dict(class_dict(cls))
    after = {"__doc__": None, **({"__hash__": None} if "__eq__" in block else {}), **block}
    gone = before.keys() - after.keys() - kept.counted
    for name in [name for name in before if name in gone and _is_text(name, before[name])]:
        journal.delete_attribute(cls, name)
    for name, value in after.items():
        if _is_text(name, value) and not kept.holds(name, before, value):
            given = _member(merge, before.get(name, MISSING), value, None)
            _give(journal, cls, name, given)
            learn_name = getattr(type(given), "__set_name__", None)
            if learn_name:
                learn_name(given, cls, name)
    _put_in_order(journal, cls, after)


def _put_in_order(journal: Journal, cls: type, names: Iterable[str]) -> None:
    """Gives members the order of the block, by which a table has its columns."""
    wanted = [name for name in names if name in class_dict(cls)]
    held = [name for name in class_dict(cls) if name in {*wanted}]
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(held, wanted, strict=True))
    )
    for name in wanted[same:]:
        value = class_dict(cls)[name]
        journal.delete_attribute(cls, name)
        journal.set_attribute(cls, name, value)


def counted(cls: type, statement: Statement, *, is_made_alike: bool) -> frozenset[str]:
    """The data that the program itself keeps in a class, in place of what a base has under the
    name: `type(self).made += 1`. The text that made the class binds it nowhere.

    Where its header is another one, a base may have set that. Its one instance no base has made.
    """
    owner = qualname_of(cls)
    parts = (part for part in statement.every_member() if part.owner == owner)
    bound = {name for part in parts for name in part.bound.outcome}
    above = [class_dict(base) for base in mro_of(cls)[1:-1]]
    return frozenset(
        name
        for name, value in class_dict(cls).items()
        if name not in bound and name[:2] != "__"
        if (is_made_alike and is_state(value)) or cls in Kinds(mro_of(type(value)))
        if any(name in inherited and is_state(inherited[name]) for inherited in above)
    )


def _fits(old: type, new: type) -> bool:
    """Whether instances of both have the same layout."""
    layout = ("__basicsize__", "__itemsize__", "__dictoffset__", "__weakrefoffset__")
    return (
        type(old) is type(new)
        and all(_layout(old, part) == _layout(new, part) for part in layout)
        and _slots(old) == _slots(new)
        and are_laid_out_alike(old, new)
    )


def _layout(cls: type, part: str) -> Any:
    return type.__dict__[part].__get__(cls)


def _slots(cls: type) -> list[str]:
    return [name for name, value in class_dict(cls).items() if type(value) is MemberDescriptorType]


def _give_bases(journal: Journal, old: type, new: type) -> bool:
    bases = tuple(old if base is new else base for base in bases_of(new))
    if all_same(bases, bases_of(old)):
        return True
    try:
        journal.set_attribute(old, "__bases__", bases)
    except TypeError:  # the layouts differ; or its only base was `object`
        return False
    return True


def _is_text(name: str, value: object) -> bool:
    return name not in _OWN and type(value) not in SLOTS


def is_state(value: object) -> bool:
    """Whether a member is plain data. What a decorator or metaclass consumes must be there anew."""
    return type(value) in _PLAIN


def _member(merge: Merge, old: Any, new: Any, members: Members | None) -> Any:
    if members is not None and (standing := members.of(new)) is not new:
        return standing
    if members is not None and type(new) is enum.property:
        for name, value in vars(new).items():
            object.__setattr__(new, name, members.of(value))
    return new if is_state(new) else merge(old, new)


def _give(journal: Journal, cls: type, name: str, value: object) -> None:
    if class_dict(cls).get(name, MISSING) is not value:
        journal.set_attribute(cls, name, value)


def find_abstract(journal: Journal, cls: Any) -> None:
    """Finds out anew which methods are abstract, of a class and of those derived from it."""
    # Some are made past ABCMeta, as those are that stand in for a class with another layout.
    if issubclass(type(cls), abc.ABCMeta) and hasattr(cls, "__abstractmethods__"):
        journal.set_attribute(cls, "__abstractmethods__", cls.__abstractmethods__)
        abc.update_abstractmethods(cls)
        subclasses: list[type] = type.__subclasses__(cls)
        for subclass in subclasses:
            find_abstract(journal, subclass)
