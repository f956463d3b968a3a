"""What can be seen of a program's modules, as text by path: the same in whatever process.

Nothing of heatsync is imported here, as the fresh process uses it too.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import re
import types
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), range)
MODULE_MACHINERY = {"__builtins__", "__cached__", "__loader__", "__spec__", "__warningregistry__"}
# `__static_attributes__` (3.13) tells which attributes methods set; a patched method leaves it.
CLASS_MACHINERY = {"__dict__", "__weakref__", "_abc_impl", "__static_attributes__"}
FUNCTION_PARTS = (
    "__code__",
    "__defaults__",
    "__kwdefaults__",
    "__doc__",
    "__annotations__",
    "__module__",
    "__dict__",
    "__type_params__",
)
CODE_PARTS = (
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_flags",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_name",
    "co_qualname",
    "co_firstlineno",
    "co_filename",
    "co_exceptiontable",
)
FOREIGN_PARTS = (
    "__wrapped__",
    "registry",
    "dispatcher",
    "__origin__",
    "__args__",
    "__metadata__",
    "__name__",
    "__value__",
    "__bound__",
    "__constraints__",
    "__supertype__",
    "__type_params__",
)
ADDRESS = re.compile(" at 0x[0-9a-f]+")
RUNTIME = "put in at run time"  # a key that the test itself puts into registries


def is_state(name: str) -> bool:
    """Whether a name of a generated module holds state, which no fresh process has."""
    return name[:1] == "s" and name[1:].isdigit()


def describe(modules: Mapping[str, ModuleType], unordered: Iterable[str] = ()) -> dict[str, str]:
    """All that can be seen in some modules. What was seen before is told by its first path.

    `unordered` are names of containers whose order is not looked at.
    """
    description = _Description(set(modules), set(unordered))
    for name in sorted(modules):
        for key, value in sorted(vars(modules[name]).items()):
            if key not in MODULE_MACHINERY and not is_state(key):
                description.add(f"{name}:{key}", value)
    for name in sorted(modules):
        for key, value in sorted(vars(modules[name]).items()):
            if key[1:].isdigit() and not is_state(key):
                description.add_all(f"{name}:{key} used", behave(key, value))
    return description.lines


# ------------------------------------------------------------------------------ behaviour


def behave(name: str, value: Any) -> dict[str, Any]:
    """What a value does when it is used as its name says that it may be."""
    uses = _USES.get(name[0], {})
    return {text: _outcome(use, value) for text, use in uses.items()}


def _outcome(use: Any, value: Any) -> Any:
    try:
        return _without_addresses(use(value))
    except Exception as raised:
        return _without_addresses(f"{type(raised).__name__}: {raised}")


def _without_addresses(value: Any) -> Any:
    return ADDRESS.sub("", value) if type(value) is str else value


_CLASS = {
    "().ma(2)": lambda c: c().ma(2),
    "().mb(2)": lambda c: c().mb(2),
    "().pa": lambda c: c().pa,
    ".aa": lambda c: c.aa,
    ".ab": lambda c: c.ab,
    ".sa(2)": lambda c: c.sa(2),
    ".ca(2)": lambda c: c.ca(2),
    ".N.aa": lambda c: c.N.aa,
    ".N().ma(2)": lambda c: c.N().ma(2),
    "().mc(2)": lambda c: _awaited(c().mc(2)),
    "().md(2)": lambda c: c().md(2),
    "().va": lambda c: c().va,
}


def _awaited(value: Any) -> Any:
    """What a coroutine comes to, where it is one."""
    if not inspect.iscoroutine(value):
        return value
    try:
        while True:
            value.send(None)
    except StopIteration as ended:
        return ended.value


async def _all_of(values: Any) -> list[Any]:
    return [value async for value in values]


def _entered(context: Any) -> Any:
    with context as value:
        return value


_USES = {
    "f": {"(2)": lambda f: _awaited(f(2)), "(2, 3)": lambda f: _awaited(f(2, 3))},
    "g": {"(2)": lambda g: list(g(2))},
    "a": {"(2)": lambda a: _awaited(a(2))},
    "b": {"(2)": lambda b: _awaited(_all_of(b(2)))},
    "c": {"(2)": lambda c: _entered(c(2))},
    "h": {"(2)(3)": lambda h: h(2)(3)},
    "C": _CLASS,
    "o": {"ma": lambda o: o.ma(2)},
    "D": {"()": lambda d: repr(d()), "().ma(2)": lambda d: d().ma(2)},
    "E": {
        "members": lambda e: [repr(m) for m in e],
        "ma": lambda e: [m.ma(2) for m in e],
        "by value": lambda e: [e(m.value) is m for m in e],
    },
}


# -------------------------------------------------------------------------- what is there


class _Description:
    """The lines while they are collected."""

    def __init__(self, modules: set[str], unordered: set[str]) -> None:
        self._unordered = unordered
        self.lines: dict[str, str] = {}
        self._modules = modules
        self._paths: dict[int, str] = {}
        self._alive: list[object] = []  # or an id might be given again

    def add_all(self, path: str, parts: Mapping[str, Any]) -> None:
        for name, value in parts.items():
            self.add(f"{path} {name}", value)

    def add(self, path: str, value: Any) -> None:
        if isinstance(value, ModuleType):
            self.lines[path] = f"module {value.__name__}"
        elif type(value) in ATOMS:
            self.lines[path] = repr(value)
        elif type(value) in (tuple, frozenset, CodeType):  # equal ones may be one object or not
            self._add_new(path, value)
        elif id(value) in self._paths:
            self.lines[path] = f"the same as {self._paths[id(value)]}"
        else:
            self._paths[id(value)] = path
            self._alive.append(value)
            self._add_new(path, value)

    def _add_new(self, path: str, value: Any) -> None:
        kind = type(value)
        self.lines[path] = kind.__qualname__
        if kind is CodeType:
            self._code(path, value)
        elif kind is FunctionType:
            self._function(path, value)
        elif issubclass(kind, type):
            self._class(path, value)
        elif issubclass(kind, dict | types.MappingProxyType):
            self._mapping(path, value)
        elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
            self._object(path, value)  # a record, which keeps what it was made with
        elif issubclass(kind, list | tuple):
            for number, item in enumerate(self._arranged(path, value)):
                self.add(f"{path}[{number}]", item)
        elif issubclass(kind, set | frozenset):
            self.lines[path] += f" {sorted(map(_told, value))}"
        else:
            self._object(path, value)

    def _arranged(self, path: str, items: Iterable[Any]) -> list[Any]:
        is_unordered = path.partition(":")[2] in self._unordered
        return sorted(items, key=_told) if is_unordered else list(items)

    def _mapping(self, path: str, value: Mapping[Any, Any]) -> None:
        keys = self._arranged(path, [key for key in value if key != RUNTIME])
        self.lines[path] += f" of {[_told(key) for key in keys]}"
        for key in keys:
            self.add(f"{path}[{_told(key)}]", value[key])

    def _function(self, path: str, function: FunctionType) -> None:
        self.lines[path] = f"function {function.__module__}.{function.__qualname__}"
        if function.__globals__.get("__name__") not in self._modules:
            self._parts_of_foreign(path, function)
            return
        for part in FUNCTION_PARTS:
            self.add(f"{path}.{part}", getattr(function, part, None))
        self.lines[f"{path} signature"] = _signature(function)
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            self.add(f"{path}<{name}>", _cell(cell))

    def _code(self, path: str, code: CodeType) -> None:
        for part in CODE_PARTS:
            self.lines[f"{path}.{part}"] = repr(getattr(code, part))
        self.lines[f"{path} bytes"] = code.co_code.hex()
        self.lines[f"{path} lines"] = repr(list(code.co_lines()))
        self.lines[f"{path} positions"] = repr(list(code.co_positions()))
        for number, constant in enumerate(code.co_consts):
            self.add(f"{path}.co_consts[{number}]", constant)

    def _class(self, path: str, cls: type) -> None:
        self.lines[path] = f"{type(cls).__name__} {cls.__module__}.{cls.__qualname__}"
        if cls.__module__ not in self._modules:
            return
        self.add(f"{path} metaclass", type(cls))
        self.lines[f"{path} mro"] = repr([c.__qualname__ for c in cls.__mro__])
        self.add(f"{path}.__bases__", cls.__bases__)
        self.lines[f"{path}.__abstractmethods__"] = repr(
            sorted(getattr(cls, "__abstractmethods__", ()))
        )
        members = {key: value for key, value in vars(cls).items() if key not in CLASS_MACHINERY}
        members.pop("__abstractmethods__", None)
        if members.get("__init__") is object.__init__:  # a protocol's, once one was instantiated
            del members["__init__"]
        if members.get("__type_params__") == ():  # of a class that had some once
            del members["__type_params__"]
        self.lines[f"{path} members"] = repr(sorted(members))
        for name in sorted(members):
            self.add(f"{path}.{name}", members[name])

    def _object(self, path: str, value: Any) -> None:
        if type(value) is functools.partial:
            value = _flat(value)
        for name in _PARTS.get(type(value), ()):
            self.add(f"{path}.{name}", getattr(value, name, None))
        if isinstance(value, functools.partial) or type(value) in _PARTS:
            return
        cls = value.__class__  # as everybody sees it, where a stand-in takes the class's place
        if cls.__module__ in self._modules:
            self.add(f"{path} class", cls)
            if isinstance(value, enum.Enum):  # of others, attributes computed before stay
                for name, held in sorted(vars(value).items()):
                    self.add(f"{path}.{name}", held)
        else:
            self._parts_of_foreign(path, value)

    def _parts_of_foreign(self, path: str, value: Any) -> None:
        """What a wrapper of the standard library, or a type made of others, holds of ours."""
        for name in FOREIGN_PARTS:
            if hasattr(value, name):
                self.add(f"{path}.{name}", getattr(value, name))


def _flat(value: functools.partial[Any]) -> functools.partial[Any]:
    """A partial of a partial is one of its function, but not once its attributes were looked at."""
    while type(value.func) is functools.partial:
        inner = value.func
        keywords = {**inner.keywords, **value.keywords}
        value = functools.partial(inner.func, *inner.args, *value.args, **keywords)
    return value


_PARTS: dict[type, tuple[str, ...]] = {
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel", "__doc__"),
    functools.cached_property: ("func", "attrname", "__doc__"),
    functools.partial: ("func", "args", "keywords"),
    types.MethodType: ("__func__", "__self__"),
    dataclasses.Field: ("name", "type", "default", "init", "repr", "compare", "kw_only"),
}


def _told(value: Any) -> str:
    """An element or key in words that do not depend on where it is in memory."""
    if type(value) in ATOMS:
        return repr(value)
    if type(value) is tuple:
        return " ".join(map(_told, value))
    return f"{type(value).__qualname__} {getattr(value, '__qualname__', '')}"


def _cell(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return "nothing yet"


def _signature(function: FunctionType) -> str:
    try:
        parameters: Iterable[Any] = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as raised:
        return repr(raised)
    return ", ".join(f"{p.kind.name} {p.name}" for p in parameters)
