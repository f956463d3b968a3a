"""What cannot be what its new text says: its instances and subclasses go over to the new class."""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator
from types import CellType, FunctionType
from typing import Any, NamedTuple

from heatsync._engine.objects.fields import are_laid_out_alike
from heatsync._engine.objects.functions import cell_contents, reachable
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.remaking import holders_of, remade
from heatsync._engine.texts.kinds import bases_of, class_dict
from heatsync._engine.texts.taken import Kind, StillOld


class Left(NamedTuple):
    """What could not go over to another class.

    Where its objects `can_be_new`, those that were left are so for being held by a call in progress
    or the like. They are what the program goes on with: who made them is not to make others.
    """

    notes: list[str]
    can_be_new: bool


def hand_over(
    journal: Journal, old: type, new: type, replaced: list[tuple[object, object]]
) -> Left:
    """Has the instances and subclasses of a class go over to another one.

    `replaced` takes the instances that had to be made anew, each with what took its place.
    """
    for cell in cells_holding(old, new):
        journal.set_cell(cell, new)
    stand_in = functools.cache(functools.partial(_stand_in, new))  # which seldom is wanted
    alike = are_laid_out_alike(old, new)
    instances = [thing for thing in gc.get_referrers(old) if type(thing) is old]
    fixed = [
        thing
        for thing in instances
        if not alike or not (_move(journal, thing, new) or _move(journal, thing, stand_in()))
    ]
    del instances
    twins, can_be_new = remade(fixed, new)
    _show(journal, twins)
    replaced.extend(twins)
    stand_in_as_base = functools.cache(functools.partial(_base_in_place_of, new))
    subclasses: list[type] = type.__subclasses__(old)
    for subclass in subclasses:
        if not _derive(journal, subclass, old, new):
            # If its statement is live, it runs again and makes a new one. One that a function
            # made is made by nobody anew, and it may have methods of the class that say `super()`.
            _derive(journal, subclass, old, stand_in_as_base())
    left = len(fixed) - len(twins)
    return Left([_told(old, left)] if left else [], can_be_new)


def _told(old: type, left: int) -> StillOld:
    objects = "1 object is" if left == 1 else f"{left} objects are"
    words = f"{objects} still of the previous class {old.__qualname__}: its layout changed"
    return StillOld(words, Kind.INSTANCE, f"{old.__module__}.{old.__qualname__}", many=left)


def _show(journal: Journal, twins: list[tuple[object, object]]) -> None:
    """Puts objects that were made anew under the names of modules, for what is still to run."""
    found = {id(instance): twin for instance, twin in twins}
    for holder in holders_of([instance for instance, _ in twins]):
        if type(holder) is dict and "__builtins__" in holder:
            for name, value in list(holder.items()):
                if id(value) in found:
                    journal.set_item(holder, name, found[id(value)])


def _move(journal: Journal, instance: object, cls: type) -> bool:
    """Makes an object an instance of another class, if Python allows that."""
    try:
        journal.set_attribute(instance, "__class__", cls)
    except TypeError:  # another layout: slots, or a built-in base
        return False
    return True


def forget_slot_names(journal: Journal, cls: type) -> None:
    """What `copyreg` remembers of a class that was copied or pickled, a decorator would pass on to
    the class with other slots that it makes of it."""
    if "__slotnames__" in class_dict(cls):
        journal.delete_attribute(cls, "__slotnames__")


def _derive(journal: Journal, subclass: type, old: type, new: type) -> bool:
    """Gives a class another base in the place of one, if Python allows that."""
    forget_slot_names(journal, subclass)
    bases = tuple(new if base is old else base for base in bases_of(subclass))
    try:
        journal.set_attribute(subclass, "__bases__", bases)
    except TypeError:  # another layout
        return False
    return True


class _WithDict:
    """A base whose instances are laid out as those of `class C: ...` are, and no more than that.

    Python moves instances only between classes of which it can tell at a glance that they have
    the same layout. A base without a `__dict__`, such as `ABC`, `Generic` or `Protocol`, hides it.
    """

    def __init_subclass__(cls, **keywords: object) -> None:
        """Nobody is to hear of a stand-in."""


def _stand_in(cls: type) -> type:
    """A subclass for instances that cannot be of the class itself: they cannot tell it apart."""

    def reduce(self: Any, protocol: int) -> Any:
        twin: Any = object.__new__(cls)
        twin.__dict__ = self.__dict__
        return twin.__reduce_ex__(protocol)

    names = {"__class__": property(lambda self: cls), "__reduce_ex__": reduce}
    return _derived_with_dict(cls, names)


def _base_in_place_of(cls: type) -> type:
    """A subclass for classes that cannot be derived from the class itself: they hear as much of
    those that are derived from them."""

    def init_subclass(subclass: Any, /, **keywords: Any) -> None:
        super(_WithDict, subclass).__init_subclass__(**keywords)

    return _derived_with_dict(cls, {"__init_subclass__": classmethod(init_subclass)})


def _derived_with_dict(cls: type, names: dict[str, Any]) -> type:
    names |= {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
    }
    return type.__new__(type(cls), cls.__name__, (_WithDict, cls), names)


def cells_holding(held: type, cls: type) -> Iterator[CellType]:
    """The closure cells of a class's functions that hold a class: `super()` uses one."""
    seen: set[int] = set()
    for thing in reachable(list(class_dict(cls).values())):
        for cell in (thing.__closure__ or ()) if type(thing) is FunctionType else ():
            if id(cell) not in seen and cell_contents(cell) is held:
                seen.add(id(cell))
                yield cell
