"""Calls that gave what is served, in code that no edit has run again: of servers, and in flight."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CoroutineType, FrameType, FunctionType, ModuleType
from typing import Any

from heatsync._engine.objects.memory import MISSING
from heatsync._engine.texts import blocks
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.kinds import home_of, name_of
from heatsync._engine.texts.names import FUNCTIONS, dotted
from heatsync._engine.texts.places import first_line
from heatsync._engine.texts.source import Statement
from heatsync._resident import owners
from heatsync._resident.live import Live, Running
from heatsync.adapters import Served, frames_in_flight

_COROUTINE = inspect.CO_COROUTINE
FINISHED = "what it waits for"


@dataclass(frozen=True, slots=True)
class Launch:
    """A call that made a thing which is served, as an expression of a module that is live.

    `lent` are the values of names in it that the module lacks: of variables where it was made.
    """

    thing: Any
    module: str
    node: ast.Call
    lent: Mapping[str, Any]
    is_async: bool = False  # it gives a coroutine, of which the value is what is served
    why: str = ""  # it cannot be made again

    @property
    def name(self) -> str:
        """What a report calls it."""
        path = dotted(self.node.func) or ("",)
        return f"{path[-1]}({'…' if self.node.args or self.node.keywords else ''})"


def of_server(served: Served, live: Live) -> Launch | None:
    """The call of a factory by a server; None where that is no definition of a live module."""
    home = _home(served.factory, live)
    if home is None:
        return None
    lent: dict[str, Any] = {}

    def lend(value: object) -> ast.expr:
        name = f"argument {len(lent)}"
        lent[name] = value
        return ast.Name(name, ast.Load())

    arguments = [lend(value) for value in served.arguments]
    words = [ast.keyword(name, lend(value)) for name, value in served.keywords.items()]
    call = ast.Call(_path(home.name), arguments, words)
    return Launch(served.thing, home.module, call, lent, _is_async(served.factory))


class InFlight:
    """Finds them in the frames that are in flight: under the main guard, and in functions."""

    def __init__(self, live: Live, graph: Graph, layers: Callable[[Any], list[Any]]) -> None:
        self._live = live
        self._graph = graph
        self._layers = layers  # what is served, behind the wrappers around it; or nothing

    def launches(self) -> Iterator[Launch]:
        modules = {id(each.namespace): each for each in list(self._live.modules.values())}
        for stack in _stacks():
            for number, frame in enumerate(stack):
                running = modules.get(id(frame.f_globals))
                if running is not None:
                    yield from self._in_frame(running, stack, number)

    def _in_frame(self, running: Running, stack: list[FrameType], number: int) -> Iterator[Launch]:
        frame = stack[number]
        at = _block(running, frame)
        if at is None:
            return
        block, under_way = at
        local = {} if frame.f_locals is frame.f_globals else dict(frame.f_locals)
        variables = local or frame.f_globals
        for name, call, why in blocks.assigned(block, under_way):
            if self._layers(variables.get(name, MISSING)):
                yield from self._launch(running, variables[name], call, frame, local, why)
        calls = list(blocks.handed(under_way)) if number else []
        layers = self._given_to(stack, number) if calls else []
        for call in calls if layers else ():
            # The server may have put wrappers of its own around what the innermost call gave.
            thing = layers[-1] if call is calls[-1] else layers[0]
            why = blocks.tied(call)
            if found := list(self._launch(running, thing, call, frame, local, why)):
                yield from found
                break

    def _given_to(self, stack: list[FrameType], number: int) -> list[Any]:
        """What is served among the arguments of what a frame has called, with its wrappers, if it
        is nothing that the callers of that have already: a request is handled below its server."""
        called, code = stack[number - 1], stack[number - 1].f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        values = [called.f_locals.get(name) for name in names]
        if any(type(value) is CoroutineType for value in values):  # which a loop drives
            values += [
                value
                for frame in frames_in_flight()
                if frame.f_code.co_flags & _COROUTINE and frame.f_globals is called.f_globals
                for value in _values(frame)
            ]
        things = {id(value): layers for value in values if (layers := self._layers(value))}
        outside = {id(value) for one in stack[number + 1 :] for value in _values(one)}
        is_plain = len(things) == 1 and outside.isdisjoint(map(id, *things.values()))
        return next(iter(things.values())) if is_plain else []

    def _launch(
        self,
        running: Running,
        thing: Any,
        call: ast.Call,
        frame: FrameType,
        local: Mapping[str, Any],
        why: str,
    ) -> Iterator[Launch]:
        path = dotted(call.func)
        if path is None:
            return
        seen = {**frame.f_globals, **local}
        factory = _along(seen, path)
        home = _home(factory, self._live)
        if home is None:
            return
        names = local
        way = self._graph.resolve(running.name, "", path)
        is_here = path[0] not in local and self._graph.definition(way[-1]) is not None
        function: ast.expr = call.func
        module = running.name
        if not is_here:  # it was imported where the call stands
            function, module, names = _path(home.name), home.module, seen
        lending = _Lending(names, frame.f_code.co_name)
        arguments = [lending.visit(copy.deepcopy(each)) for each in call.args]
        words = [
            ast.keyword(word.arg, lending.visit(copy.deepcopy(word.value)))
            for word in call.keywords
        ]
        made = ast.Call(copy.deepcopy(function), arguments, words)
        yield Launch(thing, module, made, lending.lent, _is_async(factory), why)


def _stacks() -> Iterator[list[FrameType]]:
    """What each thread is in the middle of, and each coroutine that waits, innermost first."""
    stack: list[FrameType] = []
    for frame in list(frames_in_flight()):
        if stack and stack[-1].f_back is not frame:
            yield stack
            stack = []
        stack.append(frame)
    yield stack


def _values(frame: FrameType) -> list[Any]:
    return list(frame.f_locals.values())


def statement_of(launch: Launch, name: str, line: int) -> Statement:
    """A statement that binds a name to what the call gives, in a line of its own."""
    value: ast.expr = copy.deepcopy(launch.node)
    if launch.is_async:
        value = ast.Call(ast.Name(FINISHED, ast.Load()), [value], [])
    node = ast.Assign([ast.Name(name, ast.Store())], value)
    node.lineno = line
    for part in ast.walk(node):
        if "lineno" in part._attributes:
            ast.copy_location(part, ast.Name("", lineno=line, col_offset=0))
            part.end_lineno, part.end_col_offset = line, 0  # type: ignore[attr-defined]
    return Statement(node, f"\0{ast.unparse(launch.node)}", line)


def _is_async(factory: Any) -> bool:
    return type(factory) is FunctionType and bool(factory.__code__.co_flags & _COROUTINE)


def _home(factory: Any, live: Live) -> Ref | None:
    """Where a factory is defined, if that is a live module and it is still there."""
    if type(factory) is not FunctionType and not issubclass(type(factory), type):
        return None
    home = Ref(home_of(factory), name_of(factory))
    there = live.value_at(home) if home.module in live.modules else MISSING
    there = there.__func__ if type(there) is staticmethod else there
    return home if there is factory else None


def _along(variables: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What a dotted name stands for, by way of modules only."""
    thing = variables.get(path[0], MISSING)
    for name in path[1:]:
        is_module = issubclass(type(thing), ModuleType)
        thing = thing.__dict__.get(name, MISSING) if is_module else MISSING
    return thing


def _path(name: str) -> ast.expr:
    return ast.parse(name, mode="eval").body


class _Lending(ast.NodeTransformer):
    """Gives variables of a call other names, under which a module can have them for a while."""

    def __init__(self, variables: Mapping[str, Any], where: str) -> None:
        self._variables = variables
        self._where = where
        self.lent: dict[str, Any] = {}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id not in self._variables:
            return node
        name = f"{node.id} of {self._where}"
        self.lent[name] = self._variables[node.id]
        return ast.Name(name, ast.Load())


# ---------------------------------------------------------------------- the text of a frame


def _block(running: Running, frame: FrameType) -> tuple[list[ast.stmt], ast.expr] | None:
    """The statements of a frame that are not run again, and the expression that it is at.

    None where that does not stand where the frame is: its text was another one.
    """
    line, end, column, end_column = owners.positions(frame)
    for statement, begin in _candidates(running, frame):
        node, shift = statement.node, begin - first_line(statement.node)
        block: list[ast.stmt] = node.body if isinstance(node, FUNCTIONS) else [node]
        for part in blocks.own(block):
            if (
                isinstance(part, ast.expr)
                and (part.lineno + shift, (part.end_lineno or 0) + shift) == (line, end)
                and (part.col_offset, part.end_col_offset) == (column, end_column)
            ):
                return block, part
    return None


def _candidates(running: Running, frame: FrameType) -> Iterator[tuple[Statement, int]]:
    """The statements in which a frame may be, as it was begun, with the line of each by then."""
    code = frame.f_code
    if code.co_name == "<module>":
        begun: Iterable[Statement] = running.begun or running.source.statements
        above = [statement for statement in begun if statement.line <= frame.f_lineno]
        yield from ((statement, statement.line) for statement in above[-1:])
    elif "<locals>" not in code.co_qualname:
        for statement in running.source.binding(code.co_qualname):
            node = statement.node
            if isinstance(node, FUNCTIONS) and statement.qualname == code.co_qualname:
                yield statement, code.co_firstlineno
