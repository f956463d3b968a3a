"""What the text of a statement shows of what it puts into a container: elements, and keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType

from heatsync._engine.texts.names import dotted
from heatsync._engine.texts.statement import Statement

# What makes a container of what it is given, or gives that on in another order.
_CONTAINERS = ("deque", "OrderedDict", "defaultdict", "Counter")
_PLAIN_KEYS = (str, int, bytes, bool, float, type(None))
_PASSING = frozenset({"dict", "frozenset", "list", "reversed", "set", "sorted", "tuple"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a display: its value, its key in a mapping, or all that is in another one."""

    value: ast.expr
    key: ast.expr | None = None
    is_all: bool = False


def made_with(statement: ast.stmt) -> list[Element]:
    """What a container is made with: `[f, *others]`, `{"a": f}`, `dict(a=f)`."""
    value = getattr(statement, "value", None)
    return [*_elements(value)] if isinstance(value, ast.expr) else []


def _elements(node: ast.expr) -> Iterator[Element]:
    match node:
        case ast.List(elts) | ast.Tuple(elts) | ast.Set(elts):
            for element in elts:
                if isinstance(element, ast.Starred):
                    yield from _all_of(element.value)
                else:
                    yield Element(element)
        case ast.Dict(keys, values):
            for key, value in zip(keys, values, strict=True):
                yield from [Element(value, key)] if key else _all_of(value)
        case ast.BinOp(left, ast.Add() | ast.BitOr(), right):
            yield from (*_all_of(left), *_all_of(right))
        case ast.Call(callee, arguments, keywords) if _hands_on(callee):
            for argument in arguments:
                yield from _all_of(argument)
            yield from _keywords(keywords)


def given_to(call: ast.Call) -> list[ast.expr]:
    """What a call is given, or the elements of it: `App(f, guards=[Guard(f)])`."""
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg)]
    elements = (e for node in given for e in [*_elements(node)] or [Element(node)])
    return [element.value for element in elements if not element.is_all]


def _all_of(node: ast.expr) -> Iterator[Element]:
    yield from [*_elements(node)] or [Element(node, is_all=True)]


def _hands_on(callee: ast.expr) -> bool:
    path = dotted(callee) or ("",)
    return path[-1] in _CONTAINERS or (len(path) == 1 and path[0] in _PASSING)


def _keywords(keywords: list[ast.keyword]) -> Iterator[Element]:
    for keyword in keywords:
        if keyword.arg is not None:
            yield Element(keyword.value, ast.copy_location(ast.Constant(keyword.arg), keyword))
        else:
            yield from _all_of(keyword.value)


@dataclass(frozen=True, slots=True)
class Setting:
    """The mapping and the keys in it that a statement sets, and no others."""

    mapping: ast.expr
    way: tuple[ast.expr, ...]  # by which keys it is reached from there
    keys: tuple[ast.expr, ...]
    is_default: bool = False  # whether it leaves a key alone that is there


def setting(node: ast.stmt) -> Setting | None:
    """What `REGISTRY["a"]["b"] = …` sets, or `….setdefault("b", …)`, or `….update(b=…)`."""
    match node:
        case ast.Assign([ast.Subscript(place, key)]):
            return _reached(place, (key,))
        case ast.Expr(ast.Call(ast.Attribute(place, "setdefault"), [key, *_])):
            return _reached(place, (key,), is_default=True)
        case ast.Expr(ast.Call(ast.Attribute(place, "update"), arguments, keywords)):
            updates = [*(e for a in arguments for e in _all_of(a)), *_keywords(keywords)]
            keys = [element.key for element in updates if element.key]
            return _reached(place, tuple(keys)) if len(keys) == len(updates) else None
    return None


def put_in(node: ast.stmt) -> list[ast.expr]:
    """The entries that `L.extend([a, b, 1])` or `S.update({a, 1})` puts in, where it tells all."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(_, "extend" | "update"), [ast.expr() as given], [])):
            elements = [*_elements(given)]
            is_told = not any(element.is_all or element.key for element in elements)
            return [element.value for element in elements] if is_told else []
    return []


def _reached(
    place: ast.expr, keys: tuple[ast.expr, ...], is_default: bool = False
) -> Setting | None:
    way: list[ast.expr] = []
    while isinstance(place, ast.Subscript):
        way.insert(0, place.slice)
        place = place.value
    return Setting(place, tuple(way), keys, is_default) if keys else None


# ------------------------------------------------------------------------------- keys


def key_word(key: object) -> str:
    """How a key stands in a text that sets it; "" where that cannot be told."""
    if type(key) is str:
        return key
    if type(key) is FunctionType or issubclass(type(key), type):
        return str(key.__name__)  # type: ignore[attr-defined]
    return repr(key) if type(key) in (int, bytes, bool, type(None)) else ""


def says_key(statement: Statement, word: str) -> bool:
    """Whether the word of a key stands in a statement."""
    if word not in statement.text:
        return False
    return word in statement.words or not word.isidentifier()


def is_key(one: object, other: object) -> bool:
    """Whether two values are one key, of a type that has no equality of its own."""
    return type(one) is type(other) and type(one) in _PLAIN_KEYS and bool(one == other)
