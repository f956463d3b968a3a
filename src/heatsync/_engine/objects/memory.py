"""What live objects hold: how it is written, remembered and put back."""

from __future__ import annotations

import inspect
import operator
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import nullcontext
from functools import partial
from types import (
    CellType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any

from heatsync._engine.texts.compiling import hushed
from heatsync._engine.texts.kinds import Kinds, class_dict, mro_of
from heatsync.adapters import DISCARDED

MISSING: Any = object()

HEAP = 1 << 9  # of `__flags__`: a class made by a class statement, or like one

# The flags of code by which Python tells generators and coroutine functions.
KINDS_OF_CODE = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
# Of a function that becomes a generator, or none any more.
_WARNS_OF_KINDS = sys.version_info >= (3, 13)

# What a class has by way of `type` and not in its own dict.
_OF_TYPES = ("__name__", "__qualname__", "__bases__")

# Poured into where the type is exactly one of these: a subclass may mean more.
MAPPINGS = Kinds((dict, OrderedDict))
CONTAINERS = Kinds((dict, list, set, deque, defaultdict, OrderedDict, Counter, bytearray))
SLOTS = Kinds((MemberDescriptorType, GetSetDescriptorType))
# An OrderedDict keeps an order of its own; to `update` a Counter by its own method adds to it.
_BASES: tuple[type, ...] = (OrderedDict, dict, list, set, deque, bytearray)
_FIXED = (tuple, frozenset)
_PLAIN = Kinds((dict, list, set, tuple))


def contents(container: Any) -> list[Any]:
    """The elements of a container, or the items of a mapping; no code of a subclass runs."""
    kind = type(container)
    base: Any = kind if kind in _PLAIN else _container(kind, (*_BASES, *_FIXED))
    try:
        return list(base.items(container) if issubclass(base, dict) else base.__iter__(container))
    except KeyError:  # an OrderedDict looks up each key, of which one may have another hash by now
        return list(dict.items(container))


def _container(kind: type, bases: tuple[type, ...] = _BASES) -> type | None:
    return next((base for base in bases if issubclass(kind, base)), None)


def refill(container: Any, elements: list[Any]) -> None:
    """Replaces what a container holds. Whoever reads it meanwhile does not see it empty.

    What can fail, as elements may have a hash and an equality of their own, is done before.
    """
    base: Any = _container(type(container))
    if issubclass(base, dict):
        _refill_mapping(base, container, dict(elements))
    elif base is set:
        _at_once(partial(set.clear, container), partial(set.update, container, set(elements)))
    elif base is deque:
        _at_once(partial(deque.clear, container), partial(deque.extend, container, elements))
    else:
        base.__setitem__(container, slice(None), elements)


def refill_anew(container: Any, elements: list[Any]) -> None:
    """Refills a dict or set whose elements may have another hash than when they came into it."""
    base: Any = _container(type(container))
    new = dict(elements) if issubclass(base, dict) else set(elements)
    _at_once(partial(base.clear, container), partial(base.update, container, new))


def _refill_mapping(base: Any, mapping: dict[Any, Any], new: dict[Any, Any]) -> None:
    update = partial(base.update, mapping, new)
    if len(mapping) <= len(new) and all(map(_is, mapping, new)):
        update()
    else:
        _at_once(partial(base.clear, mapping), update)


def _at_once(*actions: Callable[[], object]) -> None:
    """Does several things before any other thread runs Python: see `Journal.swap`."""
    deque(map(operator.call, actions), maxlen=0)


# --------------------------------------------------------------------------- memories

_Memory = tuple[Callable[..., object], tuple[Any, ...]]


def memories(thing: Any) -> Iterator[_Memory]:
    """How an object gets back what it holds now."""
    kind = type(thing)
    if issubclass(kind, type):
        yield _restore_class, (thing, dict(class_dict(thing)), own_attribute(thing, "__bases__"))
        yield _retire_new, (thing, type.__subclasses__(thing))
    elif kind is FunctionType:
        yield from _function_memories(thing)
    else:
        if _container(kind):
            yield restore, (thing, contents(thing))
        if kind is dict and type(thing.get("__annotations__")) is dict:  # a module's names
            yield from memories(thing["__annotations__"])
        yield from _object_memories(thing, kind)


def _function_memories(function: FunctionType) -> Iterator[_Memory]:
    for name in function_attributes(function):
        yield put_attribute, (function, name, getattr(function, name))
    yield restore, (function.__dict__, contents(function.__dict__))
    # With those that belong to it: `register` of a singledispatch function has the registry.
    parts = [part for part in function.__dict__.values() if type(part) is FunctionType]
    for cell in [cell for part in (function, *parts) for cell in part.__closure__ or ()]:
        held = in_cell(cell)
        yield put_cell, (cell, held)
        if type(held) in CONTAINERS:
            yield restore, (held, contents(held))


def _object_memories(thing: Any, kind: type) -> Iterator[_Memory]:
    own = _own_dict(thing)
    if own is not None:
        yield restore, (own, contents(own))
    for cls in mro_of(kind):
        if "__slots__" in class_dict(cls):
            for name, member in class_dict(cls).items():
                if type(member) is MemberDescriptorType:
                    yield put_attribute, (thing, name, own_attribute(thing, name))
    if own is not None and kind.__flags__ & HEAP:
        yield put_attribute, (thing, "__class__", kind)


def _own_dict(thing: object) -> dict[str, Any] | None:
    try:
        own = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return None
    return own if type(own) is dict else None


def function_attributes(function: FunctionType) -> tuple[str, ...]:
    """What makes a function behave and look as it does, in the order in which to set it."""
    names = ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__name__", "__qualname__")
    annotations = "__annotate__" if hasattr(function, "__annotate__") else "__annotations__"
    types = ("__type_params__",) if hasattr(function, "__type_params__") else ()
    return (*names, "__module__", annotations, *types)  # a wrapper has that of what it wraps


def restore(container: Any, elements: list[Any]) -> None:
    # Identity, not equality: what the container holds may not like to be compared.
    now = contents(container)
    if issubclass(type(container), dict):
        same = len(now) == len(elements) and all(
            a is c and b is d for (a, b), (c, d) in zip(now, elements, strict=True)
        )
    else:
        same = len(now) == len(elements) and all(map(_is, now, elements))
    if not same:
        refill(container, elements)


def _restore_class(cls: type, attributes: dict[str, Any], bases: tuple[type, ...]) -> None:
    put_attribute(cls, "__bases__", bases)
    for name in [name for name in class_dict(cls) if name not in attributes]:
        put_attribute(cls, name, MISSING)
    for name, value in attributes.items():
        put_attribute(cls, name, value)


class _Retired:
    """Where discarded classes go, so that they leave the `__subclasses__()` of their bases."""


def retire(new: type) -> None:
    """Takes a class that was poured, or made in vain, out of the subclasses of its bases."""
    # Not where its base is `object` or has another layout: then it is marked; and neither where a
    # metaclass that is written in C lets nobody write below it.
    for name, value in (("__bases__", (_Retired,)), (DISCARDED, True)):
        try:
            type.__setattr__(new, name, value)
        except TypeError:
            continue
        return


def _retire_new(cls: type, subclasses: list[type]) -> None:
    # Only garbage collection would do it, and not before the error that holds it is forgotten.
    now: list[type] = type.__subclasses__(cls)
    for subclass in now:
        if not any(subclass is known for known in subclasses):
            retire(subclass)


def _is(one: object, other: object) -> bool:
    return one is other


def set_all(batch: Iterable[tuple[object, str, object]]) -> None:
    columns = list(zip(*batch, strict=True))
    if not columns:
        return
    with hushed() if _WARNS_OF_KINDS else nullcontext():
        deque(map(setattr, *columns), maxlen=0)


def _accessors(target: object) -> tuple[Callable[..., object], Callable[..., object]]:
    """How to write to an object below its own `__setattr__`, which may refuse or do more."""
    if issubclass(type(target), type):
        # A metaclass written in C may insist on doing it itself; one in Python is passed by.
        metas = type.mro(type(target))[:-2]
        if any("__setattr__" in class_dict(m) or "__delattr__" in class_dict(m) for m in metas):
            return type.__setattr__, type.__delattr__
        return setattr, delattr
    if issubclass(type(target), ModuleType | FunctionType):
        return setattr, delattr
    return object.__setattr__, object.__delattr__


def put_attribute(target: object, name: str, value: object) -> None:
    """Gives an object an attribute, or takes it away, unless that is how it is."""
    if own_attribute(target, name) is value:
        return
    if name == "__code__":
        set_all([(target, name, value)])
        return
    setter, deleter = _accessors(target)
    if name == "__class__":  # which a stand-in for a class tells otherwise
        object.__dict__[name].__set__(target, value)
    elif value is MISSING and name == "__type_params__":
        setter(target, name, ())  # a class has them for good once it had any
    elif value is MISSING:
        deleter(target, name)
    else:
        setter(target, name, value)


def put_item(mapping: MutableMapping[Any, Any], key: object, value: object) -> None:
    if value is MISSING:
        mapping.pop(key, None)
    else:
        mapping[key] = value


def in_cell(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def put_cell(cell: CellType, value: object) -> None:
    if value is not MISSING:
        cell.cell_contents = value
    elif in_cell(cell) is not MISSING:
        del cell.cell_contents


def own_attribute(target: Any, name: str) -> Any:
    """What stands in the object itself under a name, without running any code of it."""
    if issubclass(type(target), type):
        if name in _OF_TYPES:
            return type.__dict__[name].__get__(target)
        return class_dict(target).get(name, MISSING)
    if name == "__class__":
        return type(target)
    own = _own_dict(target)
    if own is not None and name in own:
        return own[name]
    for cls in mro_of(type(target)):
        descriptor = class_dict(cls).get(name, MISSING)
        if type(descriptor) in SLOTS:
            try:
                return descriptor.__get__(target)
            except AttributeError:
                return MISSING
        if descriptor is not MISSING:
            return MISSING
    return MISSING


def restore_modules(before: dict[str, ModuleType]) -> None:
    new = [name for name in list(sys.modules) if name not in before]
    for name in new:
        if _is_new(sys.modules[name]):
            _forget_module(name)
    for name in sorted(new, reverse=True):  # the parts of a package before it
        if _is_mere_folder(name) and not any(other.startswith(f"{name}.") for other in sys.modules):
            _forget_module(name)  # or no file would ever become its package
    others = {name: module for name, module in sys.modules.items() if name not in before}
    restore(sys.modules, [*before.items(), *others.items()])


def _forget_module(name: str) -> None:
    module = sys.modules.pop(name)
    parent, _, last = name.rpartition(".")
    if getattr(sys.modules.get(parent), "__dict__", {}).get(last) is module:
        delattr(sys.modules[parent], last)


def _is_mere_folder(name: str) -> bool:
    """Whether a module is a package that no file was run for."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    places = getattr(spec, "submodule_search_locations", None)
    return places is not None and getattr(spec, "origin", "") is None


def _is_new(module: object) -> bool:
    return getattr(getattr(module, "__spec__", None), "loader_state", None) == "live"
