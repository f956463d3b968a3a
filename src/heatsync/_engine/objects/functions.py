"""Live functions: find those made from a piece of text, give them another."""

from __future__ import annotations

import functools
import gc
import inspect
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from heatsync._engine.objects.memory import KINDS_OF_CODE, MISSING
from heatsync._engine.texts.codes import nested_codes, places_of
from heatsync._engine.texts.kinds import class_dict, home_of, qualname_of
from heatsync._engine.texts.places import Place
from heatsync._engine.texts.source import Source, by_definitions, decode, parse

_REACH = 4000  # objects looked at before a search gives up
_LEAVES = (str, bytes, int, float, complex, bool, type(None), CodeType, ModuleType)


# ------------------------------------------------------------------------------- code


def definitions(code: CodeType) -> list[Place]:
    """The functions and classes in the code of a module, by where they begin."""
    nested = [c for c in nested_codes(code) if not c.co_name.startswith("<")]
    return [Place(c.co_name, c.co_firstlineno) for c in nested]


def source_of(file: str, data: bytes, code: CodeType | None) -> Source:
    """The Source of a text; with the code it was compiled to, less of it has to be parsed."""
    text = decode(file, data)
    return parse(file, text) if code is None else by_definitions(file, text, definitions(code))


_PLAIN_FORWARDING = ("def", "return target(*args, **kwargs)")
# Some ask a function what its calls give before they call it.
_FORWARDING = {
    inspect.CO_COROUTINE: ("async def", "return await target(*args, **kwargs)"),
    inspect.CO_GENERATOR: ("def", "return (yield from target(*args, **kwargs))"),
}


def forwarder(old: CodeType, target: FunctionType) -> CodeType:
    """Code that fits where `old` was and calls `target`.

    A code object can take the place of another one only if it has as many free variables: the
    interpreter does not check what is in a closure, and crashes. So where these differ, the old
    function passes its calls on to the new one, which is a constant of this code.
    """
    define, call = _FORWARDING.get(target.__code__.co_flags & KINDS_OF_CODE, _PLAIN_FORWARDING)
    inner = _forwarding(old, define, f"target = 7919; {call}")
    return inner.replace(
        co_consts=tuple(target if constant == 7919 else constant for constant in inner.co_consts)
    )


def forwarder_by_name(old: FunctionType, namespace: dict[str, Any], name: str) -> CodeType:
    """The same, which calls whatever a module has under a name at the time."""
    if old.__globals__ is namespace:
        return _forwarding(old.__code__, *_PLAIN_FORWARDING).replace(co_names=(name,))
    code = _forwarding(_named(name), *_PLAIN_FORWARDING).replace(co_names=(name,))
    return forwarder(old.__code__, FunctionType(code, namespace, name))


def calling_attribute(old: FunctionType, name: str) -> FunctionType:
    """A method that calls what its object has under a name at the time."""
    define, call = _FORWARDING.get(old.__code__.co_flags & KINDS_OF_CODE, _PLAIN_FORWARDING)
    look_up = f"target = getattr(args[0], {name!r}); args = args[1:]"
    code = _forwarding(_named(name), define, f"{look_up}; {call}")
    return FunctionType(code, {"getattr": getattr}, name)


def _named(name: str) -> CodeType:
    """Code that stands in no file, or it would be taken for that of the function that does."""
    return compile("0", "", "eval", dont_inherit=True).replace(co_name=name, co_qualname=name)


def _forwarding(old: CodeType, define: str, call: str) -> CodeType:
    free = ", ".join(old.co_freevars)
    text = (
        f"def outer({free}):\n"
        f"  {define} inner(*args, **kwargs):\n"
        f"    if 0: {free or 'pass'}\n"
        f"    {call}\n"
    )
    outer = nested_codes(compile(text, old.co_filename, "exec", dont_inherit=True))[0]
    return nested_codes(outer)[0].replace(
        co_freevars=old.co_freevars,
        co_name=old.co_name,
        co_qualname=old.co_qualname,
        co_firstlineno=old.co_firstlineno,
    )


def docstring(code: CodeType) -> str | None:
    """What a function with this code has as its docstring, unless somebody sets it."""
    closure = tuple(CellType() for _ in code.co_freevars)
    return FunctionType(code, {}, closure=closure).__doc__


def with_code(old: FunctionType, code: CodeType, cells: dict[str, Any]) -> FunctionType | None:
    """A function like another one with code that has other free variables, if they can be had."""
    known = dict(zip(old.__code__.co_freevars, old.__closure__ or (), strict=True)) | cells
    if not all(name in known for name in code.co_freevars):
        return None
    closure = tuple(known[name] for name in code.co_freevars)
    new = FunctionType(code, old.__globals__, old.__name__, old.__defaults__, closure)
    new.__kwdefaults__ = old.__kwdefaults__
    new.__qualname__ = old.__qualname__
    new.__annotations__ = old.__annotations__
    new.__dict__.update(old.__dict__)
    return new


def is_cache(value: object) -> bool:
    """Whether a value is a `functools.cache` around a function."""
    return type(value) is functools._lru_cache_wrapper


# ----------------------------------------------------------------------------- search


def find(
    roots: Iterable[object],
    wanted: Set[Place],
    filename: str,
    enough: int = 0,
    is_it: Callable[[Place, FunctionType], bool] | None = None,
) -> dict[Place, list[FunctionType]]:
    """The live functions that stand at these places, as far as the roots lead to them.

    It ends with `enough` of them, where there is one for each place: a loop makes several. A place
    that a function tells may be no more than where another one stands by now: then `is_it` not.
    """
    found: dict[Place, list[FunctionType]] = {}
    for function in reachable_functions(roots):
        place = _wanted_place(function, wanted, filename)
        if place is not None and (is_it is None or is_it(place, function)):
            found.setdefault(place, []).append(function)
            if len(found) == enough:
                break
    return found


def _wanted_place(function: FunctionType, wanted: Set[Place], filename: str) -> Place | None:
    code = function.__code__
    if code.co_filename != filename:
        return None
    return next((place for place in places_of(code) if place in wanted), None)


def reachable_functions(roots: Iterable[object]) -> Iterator[FunctionType]:
    """The functions that some objects lead to, nearest first.

    It follows references as the garbage collector does, so no code of the objects runs.
    """
    for thing in reachable(roots):
        if type(thing) is FunctionType:
            yield thing


def reachable(roots: Iterable[object], *, beyond: Iterable[object] = ()) -> Iterator[object]:
    """What some objects lead to, nearest first, without entering modules and foreign classes, nor
    what is `beyond`.

    Types are asked, never the objects: `isinstance` runs code of a proxy's `__class__`.
    """
    waiting = deque(roots)
    classes = [cast(type, root) for root in waiting if issubclass(type(root), type)]
    entered = set(map(id, classes))
    owners = {(home_of(cls), f"{qualname_of(cls)}.") for cls in classes}
    seen = {id(thing): thing for thing in beyond}
    while waiting and len(seen) < _REACH:
        thing = waiting.popleft()
        kind = type(thing)
        if id(thing) in seen or issubclass(kind, _LEAVES):
            continue
        if issubclass(kind, type) and id(thing) not in entered and not _is_nested(thing, owners):
            continue
        seen[id(thing)] = thing
        yield thing
        waiting.extend(_references(thing, kind))


def _is_nested(cls: Any, owners: set[tuple[str, str]]) -> bool:
    """Whether a class stands in the block of one of the classes the search began with."""
    module, name = class_dict(cls).get("__module__"), qualname_of(cls)
    return any(module == owner and name.startswith(prefix) for owner, prefix in owners)


def _references(thing: Any, kind: type) -> Iterable[object]:
    if kind is FunctionType:
        yield from (cell_contents(cell) for cell in thing.__closure__ or ())
        yield from thing.__defaults__ or ()
        yield from (thing.__kwdefaults__ or {}).values()
        yield from thing.__dict__.values()
    elif kind is MethodType:
        yield thing.__func__
    elif issubclass(kind, type):
        yield from class_dict(thing).values()
    elif not (kind is dict and "__builtins__" in thing):  # the globals of a module
        yield from gc.get_referents(thing)


def live_class(namespace: Mapping[str, Any], qualname: str) -> Any:
    """The class a qualified name leads to in a module, or None."""
    first, *rest = qualname.split(".")
    value: Any = namespace.get(first)
    for name in rest:
        value = class_dict(value).get(name) if issubclass(type(value), type) else None
    return value if issubclass(type(value), type) else None


def held_at(namespace: Mapping[str, Any], name: str) -> Any:
    """What a name holds in a module, or a qualified one in a class of it; MISSING if nothing."""
    owner, _, name = name.rpartition(".")
    if not owner:
        return namespace.get(name, MISSING)
    cls = live_class(namespace, owner)
    return class_dict(cls).get(name, MISSING) if cls is not None else MISSING


def cell_contents(cell: Any) -> object:
    """What a cell holds; None if nothing yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def everywhere() -> dict[str, list[FunctionType]]:
    """All functions of the heap, by file: for those that nothing we know leads to."""
    found: dict[str, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType:
            found.setdefault(thing.__code__.co_filename, []).append(thing)
    return found


# ---------------------------------------------------------------------------- closures


class Lineage:
    """Which code objects of nested functions were followed by which.

    The code of a nested function is a constant of the function around it. Functions made from
    it before that one was edited keep the older constant, and are found by it; a code object
    that no function uses any more dies, so nothing piles up.
    """

    def __init__(self) -> None:
        self._before: dict[int, tuple[weakref.ref[CodeType], list[weakref.ref[CodeType]]]] = {}

    def follow(self, old: CodeType, new: CodeType) -> None:
        """Notes that `new` is what is made now where `old` was made before."""
        ancestors = [weakref.ref(old), *self._ancestors(old)]
        alive = [ancestor for ancestor in ancestors if ancestor() is not None]
        key = id(new)
        gone = self._before
        self._before[key] = (weakref.ref(new, lambda _: gone.pop(key, None)), alive)

    def _ancestors(self, code: CodeType) -> list[weakref.ref[CodeType]]:
        entry = self._before.get(id(code))
        return entry[1] if entry else []

    def in_use(self, code: CodeType) -> list[CodeType]:
        """This code and those before it, as far as any function may still run them."""
        alive = [ancestor() for ancestor in self._ancestors(code)]
        used = [ancestor for ancestor in alive if ancestor is not None]
        return [code, *used] if _holders(code) > _holders_of_unused() else used


def _holders(code: CodeType) -> int:
    return sys.getrefcount(code)


@functools.cache
def _holders_of_unused() -> int:
    """How often a nested code object is held that no function runs, where we look at its pair.

    By the constants around it and by ourselves: how often that is differs between versions.
    """
    old, new = (compile("lambda: 0", "", "eval", dont_inherit=True) for _ in range(2))
    return next(_holders_within(code) for code, _ in pair_nested(old, new))


def _holders_within(code: CodeType) -> int:
    return _holders(code)  # one call deeper, as for the others


def pair_nested(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    """The nested functions of two versions of a function that continue one another."""
    before = nested_codes(old)
    if not before:
        return []
    waiting: dict[str, deque[CodeType]] = {}
    for code in nested_codes(new):
        waiting.setdefault(code.co_name, deque()).append(code)
    found = []
    for code in before:
        if waiting.get(code.co_name):
            partner = waiting[code.co_name].popleft()
            found += [(code, partner), *pair_nested(code, partner)]
    return found


def made_from(codes: Iterable[CodeType]) -> list[FunctionType]:
    """The live functions that run one of these code objects. Looks through the heap."""
    wanted = list(codes)
    if not wanted:  # or the heap would be walked for nothing
        return []
    ids = set(map(id, wanted))
    return [
        thing
        for thing in gc.get_referrers(*wanted)
        if type(thing) is FunctionType and id(thing.__code__) in ids
    ]


def sharing_code(functions: list[FunctionType]) -> list[FunctionType]:
    """These and all others that run the code of one of them, as those do that a loop made.

    It looks through the heap only where the code is held by more than these.
    """
    codes = {id(function.__code__): function.__code__ for function in functions}
    if all(_others(code, functions) <= _others_of_one() for code in codes.values()):
        return functions
    known = set(map(id, functions))
    return [*functions, *(f for f in made_from(codes.values()) if id(f) not in known)]


def _others(code: CodeType, functions: list[FunctionType]) -> int:
    """How many hold a code object, but for some functions."""
    return sys.getrefcount(code) - sum(function.__code__ is code for function in functions)


@functools.cache
def _others_of_one() -> int:
    """How many that are where one function alone has a code."""
    lone = FunctionType(compile("0", "", "eval", dont_inherit=True), {})
    codes = {id(lone.__code__): lone.__code__}
    return max(_others(code, [lone]) for code in codes.values())
