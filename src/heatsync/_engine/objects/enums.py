"""The members of a new enum given to the old one: those that survive stay the same objects."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.kinds import class_dict

_TABLES = ("_member_names_", "_member_map_", "_value2member_map_", "_unhashable_values_")
_DATA = (int, str, bytes, float, tuple)  # what cannot take another value


class Members:
    """For each member of a new enum the one that stands for it: the old one where it survives."""

    def __init__(self, journal: Journal, old: Any, new: Any) -> None:
        self._journal = journal
        self._old = old
        self._new = new
        self._stand: dict[int, object] = {}
        self.replaced: list[tuple[object, object]] = []  # each with what stands for it now
        before = dict(old._member_map_)
        for name, member in new._member_map_.items():
            if id(member) not in self._stand:  # else an alias of one above it
                self._settle(before.get(name), name, member)
        if issubclass(new, enum.Flag):
            self._keep_combined([m for m in _members(old) if m._name_ not in new._member_map_])
        for name, member in before.items():
            standing = self.of(new._member_map_.get(name, member))
            if member._name_ == name and standing is not member:
                self.replaced.append((member, standing))
        for table in _TABLES:
            self._stand_in(class_dict(new).get(table))

    def of(self, member: Any) -> Any:
        """What stands for a member of the new enum; any other object is itself."""
        return self._stand.get(id(member), member)

    def _settle(self, kept: Any, name: str, member: Any) -> None:
        if kept is None or kept._name_ != name or not _survives(kept, member):
            self._journal.set_attribute(member, "__class__", self._old)
            self._journal.set_attribute(member, "__objclass__", self._old)
            self._stand[id(member)] = member
            return
        self._renew(kept, member)
        self._journal.set_attribute(kept, "__objclass__", self._old)

    def _renew(self, kept: Any, member: Any) -> None:
        after = vars(member)
        for attribute in [name for name in vars(kept) if _is_computed(name) and name not in after]:
            self._journal.delete_attribute(kept, attribute)
        for attribute, value in after.items():
            self._journal.set_attribute(kept, attribute, value)
        self._stand[id(member)] = kept

    def _keep_combined(self, combined: list[Any]) -> None:
        """What the program combined of flags goes on to be that combination of them."""
        for kept in combined:
            value = self._combination(kept)
            if value is None or not _survives_as(kept, value):
                continue
            made = self._new._value2member_map_.get(value)
            if made is None:
                made = self._new(value)
                self._renew(kept, made)
            elif self.of(made) is made and made._name_ not in self._new._member_map_:
                self._renew(kept, made)
            else:
                self.replaced.append((kept, self.of(made)))

    def _combination(self, kept: Any) -> int | None:
        """The value that a combination has now; None where a part of it is gone."""
        value = 0
        for part in list(self._old._iter_member_(kept._value_)):
            now = self._new._member_map_.get(part._name_)
            if now is None:
                return None
            value |= now._value_
        return value

    def _stand_in(self, table: Any) -> None:
        """Replaces new members by those that stand, in a table of the new class."""
        if isinstance(table, dict):
            for key, value in table.items():
                table[key] = self.of(value)


def _members(flags: Any) -> Iterator[Any]:
    """The members of a flag, those without a name of their own too: `F.A | F.B`, and `F(0)`."""
    if flags._missing_.__func__ is enum.Flag.__dict__["_missing_"].__func__:
        members = {id(member): member for member in flags._value2member_map_.values()}.values()
        yield from (m for m in members if type(m._value_) is int)  # of what was no flag before


def _is_computed(name: str) -> bool:
    """Whether the enum itself remembers something under a name, as `_inverted_`."""
    return name[:1] == name[-1:] == "_" and name[:2] != "__"


def _survives(old: Any, new: Any) -> bool:
    """Whether an old member can take a new one's value: what is a number or text cannot."""
    data = [kind for kind in type(new).__mro__ if kind in _DATA]
    return not data or (type(old._value_) is type(new._value_) and old._value_ == new._value_)


def _survives_as(kept: Any, value: int) -> bool:
    return not issubclass(type(kept), int) or bool(kept._value_ == value)
