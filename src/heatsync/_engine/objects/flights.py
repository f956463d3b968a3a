"""What goes on with code that it began before: calls, generators and coroutines."""

from __future__ import annotations

import dis
import gc
import inspect
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import (
    AsyncGeneratorType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
)
from typing import Any

from heatsync._engine.objects.memory import KINDS_OF_CODE
from heatsync._engine.texts.codes import Codes, nested_codes
from heatsync._engine.texts.compiling import compiled
from heatsync._engine.texts.edit import Block, Change, Edit
from heatsync._engine.texts.graph import says_its_name_only
from heatsync._engine.texts.kinds import METHODS, class_dict
from heatsync._engine.texts.statement import Statement
from heatsync._engine.texts.taken import Kind, StillOld
from heatsync._engine.texts.words import old_call
from heatsync._resident.live import Live, Running
from heatsync.adapters import frames, innermost_frames

# By id of the type: what it is called, where its frame is, and what it waits for.
_SUSPENDED: dict[int, tuple[Kind, str, str]] = {
    id(GeneratorType): (Kind.GENERATOR, "gi_frame", "gi_yieldfrom"),
    id(CoroutineType): (Kind.COROUTINE, "cr_frame", "cr_await"),
    id(AsyncGeneratorType): (Kind.ASYNC_GENERATOR, "ag_frame", "ag_await"),
}

_READS = ("LOAD_NAME", "LOAD_GLOBAL")  # at the top level; a function says all it reads


@dataclass(frozen=True, slots=True)
class Flight:
    """A call that has begun and not ended, in a thread or suspended."""

    kind: Kind
    frame: FrameType
    who: str  # the name of its thread or task; "" for none


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def suspended() -> Iterator[tuple[Any, FrameType]]:
    """The generators and coroutines that have not ended. Only the heap knows them all."""
    for thing in _of_types(GeneratorType, CoroutineType, AsyncGeneratorType):
        frame = getattr(thing, _SUSPENDED[id(type(thing))][1])
        if frame is not None:
            yield thing, frame


def _of_types(one: type, two: type, three: type) -> list[Any]:
    """Told by identity, one by one: it is the fastest, and asks no metaclass for its hash."""
    return [
        thing
        for thing in gc.get_objects()
        if (kind := type(thing)) is one or kind is two or kind is three
    ]


def names_in_flight(namespace: dict[str, object], *, waiting: bool = True) -> dict[str, str]:
    """The names of a module that code in progress may still read, each with who does.

    They finish on the code they began with: a name taken away from under them would raise in the
    user's program. Those that wait are left out where it is known that none of them matters.
    """
    others = [frame for _, frame in suspended()] if waiting else []
    return {
        name: frame.f_code.co_qualname if _is_call(frame.f_code) else "the main loop"
        for frame in [*frames(), *others]
        if frame.f_globals is namespace
        for name in _may_read(frame)
    }


def may_wait_for(running: Running, name: str) -> bool:
    """Whether code that is suspended may read a name when it goes on, as far as the texts tell."""
    return (
        running.earlier is None
        or name in running.earlier
        or any(
            statement.can_wait and not says_its_name_only(statement, name)
            for statement in running.source.saying(name)
            if statement.says(name)
        )
    )


def follow(running: Running, edit: Edit, codes: Codes) -> None:
    """Remembers what code that is replaced or taken away may still read: it may be suspended."""
    if running.earlier is not None:
        old = [statement for statement in _replaced(edit.region) if statement.can_wait]
        running.earlier = running.earlier.union(*(statement.words for statement in old))
    for pair in edit.changed:
        code = codes.compiled(pair.new)
        if code is not None and not _can_wait(code):
            pair.new.note_cannot_wait()


def _can_wait(code: CodeType) -> bool:
    return bool(code.co_flags & KINDS_OF_CODE) or any(map(_can_wait, nested_codes(code)))


def _replaced(block: Block) -> list[Statement]:
    found = list(block.dropped)
    for pair in block.pairs:
        if pair.change is Change.INSIDE and pair.members is not None:
            found += _replaced(pair.members)
        elif pair.old is not None and pair.change is not Change.KEPT:
            found.append(pair.old)
    return found


def _may_read(frame: FrameType) -> Iterable[str]:
    """The names that a frame may still read: of a program in its main loop, from there on."""
    code, at = frame.f_code, frame.f_lasti
    if _is_call(code):
        return code.co_names
    steps = list(dis.get_instructions(code))
    loops = [s.argval for s in steps if "BACKWARD" in s.opname and s.argval <= at <= s.offset]
    start = min([at, *loops])
    return {s.argval for s in steps if s.offset >= start and s.opname in _READS}


# -------------------------------------------------------------------------- still old


def still_old(live: Live, modules: Iterable[str]) -> Iterator[StillOld]:
    """The calls of some modules that run on with another code than their text has now.

    It is found out when somebody asks, from what there is then: a reload leaves no trace for it.
    """
    running = [live.modules[name] for name in modules if name in live.modules]
    by_namespace = {id(each.namespace): _Codes(each) for each in running}
    found: dict[tuple[str, str, int, Kind], list[str]] = {}
    for flight in _flights(set(by_namespace)):
        codes, code = by_namespace[id(flight.frame.f_globals)], flight.frame.f_code
        if codes.are_others(code):
            ref = f"{codes.running.name}.{code.co_qualname}"
            place = (ref, codes.running.filename, flight.frame.f_lineno, flight.kind)
            found.setdefault(place, []).append(flight.who)
    for place, whos in sorted(found.items()):  # the heap has no order
        named = tuple(sorted(filter(None, whos)))
        ref, file, line, kind = place
        words = old_call(kind, ref, file, line, len(whos), named)
        yield StillOld(words, kind, ref, file, line, len(whos), named)


def _flights(namespaces: set[int]) -> Iterator[Flight]:
    """The calls of functions of some modules, each once: a generator that runs is in a thread."""
    seen = set()
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, innermost in innermost_frames().items():
        for frame in _outwards(innermost):
            if id(frame.f_globals) in namespaces and _is_call(frame.f_code):
                seen.add(id(frame))
                yield Flight(Kind.CALL, frame, names.get(ident, str(ident)))
    waiting = [
        (thing, frame)
        for thing, frame in suspended()
        if id(frame.f_globals) in namespaces and id(frame) not in seen and _is_call(frame.f_code)
    ]
    tasks = _tasks() if waiting else {}
    for thing, frame in waiting:
        yield Flight(_SUSPENDED[id(type(thing))][0], frame, tasks.get(id(thing), ""))


def _is_call(code: CodeType) -> bool:
    """Not the top level of a module, nor a class block."""
    return bool(code.co_flags & inspect.CO_NEWLOCALS and code.co_flags & inspect.CO_OPTIMIZED)


def _tasks() -> dict[int, str]:
    """The names of asyncio's tasks, by the ids of the coroutines that they are in."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return {}
    names = {}
    for task in gc.get_objects():
        if issubclass(type(task), asyncio.Task):
            thing = task.get_coro()
            while id(type(thing)) in _SUSPENDED and id(thing) not in names:
                names[id(thing)] = task.get_name()
                thing = getattr(thing, _SUSPENDED[id(type(thing))][2])
    return names


class _Codes:
    """The code that a module's text has now, by the names of the functions."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._compiled: Mapping[str, list[CodeType]] | None = None

    def are_others(self, code: CodeType) -> bool:
        """Whether a function runs code that the text does not have any more."""
        if _code_at(self.running.namespace, code.co_qualname) is code or _passes_on(code):
            return False
        if self._compiled is None:
            self._compiled = self._compile()
        return not any(_alike(code, each) for each in self._compiled.get(code.co_qualname, ()))

    def _compile(self) -> Mapping[str, list[CodeType]]:
        source = self.running.source
        text, filename = source.text, self.running.filename
        whole = compiled(text, filename, source.flags)
        found: dict[str, list[CodeType]] = {}
        waiting = deque(nested_codes(whole))
        while waiting:
            code = waiting.popleft()
            found.setdefault(code.co_qualname, []).append(code)
            waiting.extend(nested_codes(code))
        return found


def _code_at(namespace: Mapping[str, Any], qualname: str) -> CodeType | None:
    """The code of the function that a qualified name leads to; most are found by it."""
    first, *rest = qualname.split(".")
    value: Any = namespace.get(first)
    for name in rest:
        value = class_dict(value).get(name) if issubclass(type(value), type) else None
    if type(value) in METHODS:
        value = value.__func__
    return value.__code__ if type(value) is FunctionType else None


def _passes_on(code: CodeType) -> bool:
    """Whether it is the code of a function that passes its calls on to a new one."""
    return any(type(constant) is FunctionType for constant in code.co_consts)


def _alike(one: CodeType, other: CodeType) -> bool:
    """Whether two code objects do the same, wherever their lines are."""
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and one.co_cellvars == other.co_cellvars
        and one.co_freevars == other.co_freevars
        and one.co_argcount == other.co_argcount
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_same_constant, one.co_consts, other.co_consts))
    )


def _same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _alike(one, other)
    return type(one) is type(other) and repr(one) == repr(other)
