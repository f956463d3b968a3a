"""Every write to the live process, and how to take it back."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

MISSING: Any = object()

# What a class has by way of `type` and not in its own dict.
_OF_TYPES = ("__name__", "__qualname__", "__bases__")

# Refilled in place only where the type is exactly one of these: a subclass may mean more.
MAPPINGS = (dict, OrderedDict)


class Journal:
    """Writes to the live process, remembering how each write is undone."""

    def __init__(self) -> None:
        self._undo: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._protected: set[int] = set()
        self._then: list[Callable[[], object]] = []

    # ----------------------------------------------------------------- the outcome

    def roll_back(self) -> list[str]:
        """Undoes everything, last write first; gives what could not be undone, as sentences."""
        left = []
        while self._undo:
            undo, arguments = self._undo.pop()
            try:
                undo(*arguments)
            except Exception as error:  # the object's own code refused: the others still go back
                left.append(f"could not be put back: {type(error).__name__}: {error}")
        self._then.clear()
        return left

    def commit(self) -> None:
        """Does what could not have been undone, now that nothing can fail any more."""
        self._undo.clear()
        for action in self._then:
            action()
        self._then.clear()

    def on_commit(self, action: Callable[[], object]) -> None:
        self._then.append(action)

    # ---------------------------------------------------------- attributes and items

    def set_attribute(self, target: object, name: str, value: object) -> None:
        setter, deleter = _accessors(target)
        old = _own(target, name)
        setter(target, name, value)  # first, as it may refuse
        if old is MISSING:
            self._undo.append((deleter, (target, name)))
        else:
            self._undo.append((setter, (target, name, old)))

    def delete_attribute(self, target: object, name: str) -> None:
        setter, deleter = _accessors(target)
        old = _own(target, name)
        if old is not MISSING:
            self._undo.append((setter, (target, name, old)))
            deleter(target, name)

    def set_item(self, mapping: MutableMapping[Any, Any], key: object, value: object) -> None:
        if key in mapping:
            self._undo.append((mapping.__setitem__, (key, mapping[key])))
        else:
            self._undo.append((mapping.pop, (key, None)))
        mapping[key] = value

    def delete_item(self, mapping: MutableMapping[Any, Any], key: object) -> None:
        if key in mapping:
            # Its place among the other keys comes back too.
            self._undo.append((refill, (mapping, list(mapping.items()))))
            del mapping[key]

    def set_cell(self, cell: CellType, value: object) -> None:
        try:
            self._undo.append((setattr, (cell, "cell_contents", cell.cell_contents)))
        except ValueError:  # an empty cell
            self._undo.append((delattr, (cell, "cell_contents")))
        cell.cell_contents = value

    # ---------------------------------------------------------------------- functions

    def swap(self, writes: Iterable[tuple[FunctionType, str, object]]) -> None:
        """Sets attributes of functions, all of them before any other thread runs Python.

        One call into C does it: the interpreter lets other threads in only between
        instructions of Python code, so no call sees one function new and another one old.
        """
        batch = list(writes)
        before = [(function, name, getattr(function, name)) for function, name, _ in batch]
        self._undo.append((_set_all, (before[::-1],)))
        _set_all(batch)

    # --------------------------------------------------------------------- containers

    def refill(self, container: Any, new: Any) -> None:
        """Gives a container the contents of another one of its type."""
        self.protect(container)
        refill(container, contents(new))
        if isinstance(container, OrderedDict) or not hasattr(new, "default_factory"):
            return
        self.set_attribute(container, "default_factory", new.default_factory)

    def protect(self, container: Any) -> None:
        """Remembers the contents of a container that code about to run may change."""
        if id(container) not in self._protected:
            self._protected.add(id(container))
            self._undo.append((_restore, (container, contents(container))))

    def protect_class(self, cls: type) -> None:
        """The same for the attributes of a class."""
        if id(cls) not in self._protected:
            self._protected.add(id(cls))
            self._undo.append((_restore_class, (cls, dict(_class_dict(cls)))))

    def protect_modules(self) -> None:
        """Remembers which modules are imported: those that code about to run imports go again."""
        self._undo.append((_forget_modules, (dict(sys.modules),)))


def contents(container: Any) -> list[Any]:
    """The elements of a container, or the items of a mapping."""
    base = _base(container)
    return list(base.items(container) if issubclass(base, dict) else base.__iter__(container))


def refill(container: Any, elements: list[Any]) -> None:
    """Replaces what a container holds. Where it is of a subclass, none of its own code runs."""
    base = _base(container)
    if base in (list, bytearray):
        base.__setitem__(container, slice(None), elements)
    elif issubclass(base, dict):
        _refill_mapping(container, base, elements)
    elif base is deque:
        base.clear(container)
        base.extend(container, elements)
    else:
        new = set(elements)  # hashed before anything is taken out, as that may fail
        base.clear(container)
        base.update(container, new)


def _base(container: Any) -> Any:
    """The built-in type that a container is of. An OrderedDict keeps an order of its own."""
    for base in (OrderedDict, dict, list, set, deque, bytearray):
        if isinstance(container, base):
            return base
    raise TypeError(f"{type(container).__name__} is no container")


def _refill_mapping(mapping: dict[Any, Any], base: Any, items: list[tuple[Any, Any]]) -> None:
    """Takes away only what has to go, for those who read meanwhile."""
    new = dict(items)
    if list(new)[: len(mapping)] != [*base.__iter__(mapping)]:
        base.clear(mapping)
    base.update(mapping, new)  # not its own, which adds where it is a Counter


def _restore(container: Any, elements: list[Any]) -> None:
    # Identity, not equality: what the container holds may not like to be compared.
    now = contents(container)
    if isinstance(container, dict):
        same = len(now) == len(elements) and all(
            a is c and b is d for (a, b), (c, d) in zip(now, elements, strict=True)
        )
    else:
        same = len(now) == len(elements) and all(map(_is, now, elements))
    if not same:
        refill(container, elements)


def _restore_class(cls: type, attributes: dict[str, Any]) -> None:
    for name in [name for name in _class_dict(cls) if name not in attributes]:
        type.__delattr__(cls, name)
    for name, value in attributes.items():
        if _class_dict(cls).get(name, MISSING) is not value:
            type.__setattr__(cls, name, value)


def _class_dict(cls: type) -> Mapping[str, Any]:
    found: Mapping[str, Any] = type.__dict__["__dict__"].__get__(cls)
    return found


def _is(one: object, other: object) -> bool:
    return one is other


def _set_all(batch: Iterable[tuple[object, str, object]]) -> None:
    columns = list(zip(*batch, strict=True))
    if columns:
        deque(map(setattr, *columns), maxlen=0)


def _accessors(target: object) -> tuple[Callable[..., object], Callable[..., object]]:
    """How to write to an object below its own `__setattr__`, which may refuse or do more."""
    if isinstance(target, type):
        return type.__setattr__, type.__delattr__
    if isinstance(target, ModuleType | FunctionType):
        return setattr, delattr
    return object.__setattr__, object.__delattr__


def _own(target: object, name: str) -> Any:
    """What stands in the object itself under a name, without running any code of it."""
    if isinstance(target, type):
        if name in _OF_TYPES:
            return type.__dict__[name].__get__(target)
        return _class_dict(target).get(name, MISSING)
    try:
        return object.__getattribute__(target, name)
    except AttributeError:
        return MISSING


def _forget_modules(before: dict[str, ModuleType]) -> None:
    for name, module in list(sys.modules.items()):
        if name not in before and _is_new(module):
            del sys.modules[name]
            parent, _, last = name.rpartition(".")
            if getattr(sys.modules.get(parent), "__dict__", {}).get(last) is module:
                delattr(sys.modules[parent], last)


def _is_new(module: object) -> bool:
    return getattr(getattr(module, "__spec__", None), "loader_state", None) == "live"


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """The code objects among the constants of one."""
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))
