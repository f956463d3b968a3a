"""A new class poured into the old one, which keeps its identity and its instances."""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from heatsync._engine.functions import class_dict
from heatsync._engine.handover import cells_holding
from heatsync._engine.journal import Journal
from heatsync._engine.memory import MISSING, retire

Merge = Callable[[Any, Any], Any]  # the old and the new member to the one that stands

# What belongs to a class object itself, and is no part of what its text says.
_OWN = frozenset({"__dict__", "__weakref__", "_abc_impl", "__slotnames__"})
_PLAIN = (int, float, complex, str, bytes, bool, type(None), tuple, list, dict, set, frozenset)
_ENUM_TABLES = ("_member_names_", "_member_map_", "_value2member_map_", "_unhashable_values_")


def pour(journal: Journal, merge: Merge, old: type, new: type, keep: frozenset[str]) -> bool:
    """Makes `old` what `new` is. False, and nothing is written, where the layout forbids it."""
    if not _fits(old, new) or not _give_bases(journal, old, new):
        return False
    members = _keep_members(journal, old, new) if issubclass(type(old), enum.EnumType) else {}
    before, after = class_dict(old), dict(class_dict(new))
    for name in [name for name in before if name not in after and _is_text(name, before[name])]:
        journal.delete_attribute(old, name)
    if before.get("__module__") != after.get("__module__"):
        # Python takes it away when the module is set, also when that is taken back.
        journal.delete_attribute(old, "__firstlineno__")
    for name, value in after.items():
        if _is_text(name, value) and not (name in keep and name in before and _is_state(value)):
            _give(journal, old, name, _member(merge, before.get(name, MISSING), value, members))
    journal.set_attribute(old, "__qualname__", new.__qualname__)
    for cell in cells_holding(new, new):
        journal.set_cell(cell, old)
    if issubclass(type(old), abc.ABCMeta):
        abc.ABCMeta._abc_caches_clear(old)  # type: ignore[attr-defined]
    retire(new)
    return True


def _fits(old: type, new: type) -> bool:
    """Whether instances of both have the same layout."""
    layout = ("__basicsize__", "__itemsize__", "__dictoffset__", "__weakrefoffset__")
    return (
        type(old) is type(new)
        and all(getattr(old, part) == getattr(new, part) for part in layout)
        and _slots(old) == _slots(new)
    )


def _slots(cls: type) -> list[str]:
    return [name for name, value in class_dict(cls).items() if type(value) is MemberDescriptorType]


def _give_bases(journal: Journal, old: type, new: type) -> bool:
    bases = tuple(old if base is new else base for base in new.__bases__)
    if bases == old.__bases__:
        return True
    try:
        journal.set_attribute(old, "__bases__", bases)
    except TypeError:  # the layouts differ; or its only base was `object`
        return False
    return True


def _is_text(name: str, value: object) -> bool:
    return name not in _OWN and type(value) not in (MemberDescriptorType, GetSetDescriptorType)


def _is_state(value: object) -> bool:
    """Whether a member is plain data. What a decorator or metaclass consumes must be there anew."""
    return type(value) in _PLAIN


def _member(merge: Merge, old: Any, new: Any, members: dict[int, object]) -> Any:
    if id(new) in members:
        return members[id(new)]
    if type(new) is enum.property:
        for name, value in vars(new).items():
            if id(value) in members:
                object.__setattr__(new, name, members[id(value)])
    return merge(old, new) if _is_definition(new) else new


def _is_definition(value: object) -> bool:
    return isinstance(value, FunctionType | type | staticmethod | classmethod | property)


def _give(journal: Journal, cls: type, name: str, value: object) -> None:
    if class_dict(cls).get(name, MISSING) is not value:
        journal.set_attribute(cls, name, value)


# ------------------------------------------------------------------------------ enums


def _keep_members(journal: Journal, old: Any, new: Any) -> dict[int, object]:
    """For the members of a new enum, by id, those that stand: old ones where they survive."""
    stand: dict[int, object] = {}
    for name, member in new._member_map_.items():
        kept = old._member_map_.get(name)
        if kept is None or not _survives(kept, member):
            kept = member
            journal.set_attribute(member, "__class__", old)
        else:
            for attribute, value in vars(member).items():
                journal.set_attribute(kept, attribute, value)
        journal.set_attribute(kept, "__objclass__", old)
        stand[id(member)] = kept
    for table in _ENUM_TABLES:
        _stand_in(class_dict(new).get(table), stand)
    return stand


def _survives(old: Any, new: Any) -> bool:
    """Whether an old member can take a new one's value: what is a number or text cannot."""
    data = [kind for kind in type(new).__mro__ if kind in (int, str, bytes, float, tuple)]
    return not data or (type(old._value_) is type(new._value_) and old._value_ == new._value_)


def _stand_in(table: Any, stand: dict[int, object]) -> None:
    """Replaces new members by those that stand, in a table of the new class."""
    if isinstance(table, dict):
        for key, value in table.items():
            table[key] = stand.get(id(value), value)
