"""Which objects a statement works on."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterable, Iterator
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, NamedTuple

from heatsync._engine.batches.applications import Applications
from heatsync._engine.batches.batch import Batch
from heatsync._engine.objects.holdings import (
    ATOMS,
    attribute_values,
    follow,
    identity,
    is_our_own,
    kept_by_class,
    kept_in_by,
    may_keep,
    named_in,
    owned,
)
from heatsync._engine.objects.memory import CONTAINERS, MISSING, contents
from heatsync._engine.texts.edit import Pair
from heatsync._engine.texts.getters import asks_only, calls_to_bind, is_getter
from heatsync._engine.texts.graph import Graph, Manner, Ref
from heatsync._engine.texts.handed import filled_by_callees
from heatsync._engine.texts.kinds import METHODS, Kinds, class_dict, home_of, mro_of, name_of
from heatsync._engine.texts.names import BUILTINS, FUNCTIONS, How, Path, Use, dotted
from heatsync._engine.texts.optional import may_defer
from heatsync._engine.texts.source import Statement
from heatsync._engine.texts.trees import changed_by, outside_functions

_DEPTH = 3  # calls within calls that are looked into
_MAKERS = ("__init__", "__new__", "__post_init__")

_PLAIN_METACLASSES = Kinds((type, object))


class Targets:
    """Finds what statements may have put something into, by their text and by what is alive."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._targets: dict[int, dict[int, tuple[Ref | None, Any]]] = {}
        self._holders: dict[frozenset[int], frozenset[tuple[int, str]]] = {}
        self._owned: dict[int, tuple[Any, list[Any]]] = {}
        self.applications = Applications(batch, self.value_of)

    def refs_worked_on(self, module: str, statement: Statement) -> Iterator[Ref]:
        """The names whose objects a statement changes in place, itself or by what it calls."""
        return (work.ref for work in self._worked_on(module, statement))

    def _worked_on(self, module: str, statement: Statement) -> Iterator[_Work]:
        graph = self._batch.graph_of(module, statement)
        yield from _worked_on(graph, module, statement)
        for ref in filled_by_callees(graph, module, statement):
            # What is done to an object can be found by what it holds; it is not to be made anew.
            if type(self._value(ref)) in CONTAINERS:
                yield _Work(ref)

    def refs_reached(self, module: str, statement: Statement) -> Iterator[Ref]:
        """These, and what is changed only when something is called that a decorator gave."""
        graph = self._batch.graph_of(module, statement)
        return (work.ref for work in _worked_on(graph, module, statement, more=_DEPTH))

    def of(self, module: str, statement: Statement) -> dict[int, tuple[Ref | None, Any]]:
        """The objects that a statement may have put something into, by id, and their names."""
        found = self._targets.get(id(statement))
        if found is None:
            found = self._targets[id(statement)] = {}
            if not may_register(statement) or self._only_looks_up(module, statement):
                return found
            ours = set(self._ours(module, statement))
            for ref, value in self._find_targets(module, statement):
                if not (value is MISSING or issubclass(type(value), ATOMS) or id(value) in ours):
                    known, _ = found.get(id(value), (None, value))
                    found[id(value)] = known or ref, value
        return found

    def _only_looks_up(self, module: str, statement: Statement) -> bool:
        """Whether it binds what others have put somewhere: `first = HANDLERS[0]`, `first = get(0)`."""
        calls = calls_to_bind(statement)
        return calls is not None and all(self._looks_up(module, statement, call) for call in calls)

    def _looks_up(self, module: str, statement: Statement, call: ast.Call) -> bool:
        path = dotted(call.func)
        if path is None:
            return False
        if len(path) == 1 and asks_only(path):
            return True
        callee = self.value_of(module, statement, path)
        if type(callee) is BuiltinMethodType and type(callee.__self__) in CONTAINERS:
            return asks_only(path)
        function = callee.__func__ if type(callee) is MethodType else callee
        if not self._is_live(function):
            return False
        ref = Ref(home_of(function), name_of(function))
        texts = self._batch.before.definition(ref), self._batch.graph.definition(ref)
        return all(defined is not None and is_getter(defined[1]) for defined in texts)

    def _find_targets(self, module: str, statement: Statement) -> Iterator[tuple[Ref | None, Any]]:
        for work in self._worked_on(module, statement):
            value = self._value(work.ref)
            is_filled = work.is_filled and (not work.is_base or self._hears_of_subclasses(value))
            yield (work.ref if is_filled else None), value
        for part in (statement, *statement.every_member()):
            if part.is_class:
                made = self._value(Ref(module, part.qualname))
                yield from ((self._name_of(keeper), keeper) for keeper in _of_maker(made))
            for path in part.names.works_on:
                yield None, self.value_of(module, part, path)
            for use in part.names.now:
                yield from ((self._name_of(v), v) for v in self._of_use(module, part, use))

    def _name_of(self, value: Any) -> Ref | None:
        """The name under which a class of a live file is known."""
        if not issubclass(type(value), type):
            return None
        ref = Ref(home_of(value), name_of(value))
        return ref if self._batch.live.value_at(ref) is value else None

    def _of_use(self, module: str, part: Statement, use: Use) -> Iterator[Any]:
        """What may keep something because a statement uses a name."""
        value = self.value_of(module, part, use.path)
        if use.how in (How.CALL, How.DRIVE):
            yield from kept_in_by(value)
            yield from kept_by_class(value)
        if use.how is How.DRIVE:  # `get_logger("a").add(f)`: what it gives is known to it
            for keeper in kept_in_by(value):
                yield from () if self._is_live(keeper) else attribute_values(keeper)
        if use.how is How.HOLD and self._is_foreign(module, part, use.given_to) and may_keep(value):
            yield value  # `@receiver(signal)`, `Counter("hits", registry=registry)`
        if use.how is How.SUBCLASS:
            yield from _of_base(value)
            if self._hears_of_subclasses(value):  # `cls.registry` may be that of any above
                yield from filter(self._name_of, mro_of(value)[1:-1])

    def _ours(self, module: str, statement: Statement) -> Iterator[int]:
        """The ids of what a statement uses only to hand something to heatsync: `sync.remember`."""
        for part in (statement, *statement.every_member()):
            for use in part.names.now:
                is_call = use.how in (How.CALL, How.DRIVE) and len(use.path) > 1
                if is_call and self.value_of(module, part, use.path) is None:
                    ways = (use.path[:length] for length in range(1, len(use.path)))
                    yield from (id(self.value_of(module, part, way)) for way in ways)

    def _is_foreign(self, module: str, part: Statement, callee: Path | None) -> bool:
        """Whether it is a callee, and not one of heatsync's own."""
        return callee is not None and self.value_of(module, part, callee) is not None

    def _is_live(self, thing: object) -> bool:
        """Whether it is a function of a live file, of which the text tells what it fills."""
        return type(thing) is FunctionType and thing.__module__ in self._batch.live.modules

    def _hears_of_subclasses(self, base: Any) -> bool:
        """Whether a class of a live file may keep something of each that is derived from it."""
        return issubclass(type(base), type) and any(map(self._is_live, _hooks(base)))

    def value_of(self, module: str, statement: Statement, path: Path) -> Any:
        """What a dotted path led to before the batch, or leads to since a statement of it ran;
        MISSING where only running code tells.

        Nothing where it is heatsync's own: what is handed to that ends by itself.
        """
        return self._led_to(module, statement, path, self._value)

    def value_now(self, module: str, statement: Statement, path: Path) -> Any:
        """What it leads to at this moment."""
        return self._led_to(module, statement, path, self._batch.live.value_at)

    def _led_to(
        self, module: str, statement: Statement, path: Path, value_at: Callable[[Ref], Any]
    ) -> Any:
        graph = self._batch.graph_of(module, statement)
        refs = graph.resolve(module, statement.owner, path)
        value = value_at(refs[-1])
        if value is MISSING and len(refs) == 1 and path[0] in BUILTINS:
            value = vars(builtins)[path[0]]
        found = follow(value, path[len(refs) :])
        return None if is_our_own(found) else found

    def _value(self, ref: Ref) -> Any:
        value = self._batch.value_before(ref)
        return self._batch.live.value_at(ref) if value is MISSING else value

    def shows_docstring(self, module: str, pair: Pair) -> bool:
        """Whether a function has another docstring, and a decorator that may have made a text for
        users of the one before: it says so, or is of another's library."""
        old, new = pair.old, pair.new
        decorators = new.node.decorator_list if isinstance(new.node, FUNCTIONS) else ()
        if old is None or not decorators or old.docstring == new.docstring:
            return False
        calls = (d.func if isinstance(d, ast.Call) else d for d in decorators)
        paths = filter(None, map(dotted, calls))
        found = [self.value_of(module, new, path) for path in paths]
        return any(self._is_of_a_library(one) or self._says_doc(one) for one in found)

    def _says_doc(self, callee: Any) -> bool:
        function = callee.__func__ if type(callee) is MethodType else callee
        if not self._is_live(function):
            return False
        defined = self._batch.graph.definition(Ref(home_of(function), name_of(function)))
        return defined is not None and ("__doc__" in defined[1].text or "getdoc" in defined[1].text)

    def _is_of_a_library(self, callee: Any) -> bool:
        function = callee.__func__ if type(callee) is MethodType else callee
        if type(function) is not FunctionType and not issubclass(type(function), type):
            return False
        home = home_of(function)
        is_known = home.partition(".")[0] in sys.stdlib_module_names
        return not is_known and home not in self._batch.live.modules

    def named_by_callees(self, module: str, statement: Statement) -> Iterator[str]:
        """The globals and attributes that the code names of what a statement calls."""
        for part in (statement, *statement.every_member()):
            for use in part.names.now:
                value = self.value_of(module, part, use.path) if use.how is How.CALL else None
                function = value.__func__ if type(value) is MethodType else value
                yield from named_in(function.__code__) if type(function) is FunctionType else ()

    def constant(self, module: str, statement: Statement, node: ast.expr) -> Any:
        """The plain value of an expression, where the text tells it; else MISSING."""
        if isinstance(node, ast.Constant):
            return node.value
        path = dotted(node)
        value = self.value_of(module, statement, path) if path else MISSING
        return value if type(value) in (str, int, bytes, type(None)) else MISSING

    def owned(self, target: Any) -> list[Any]:
        """The containers that belong to an object; what its attributes are is remembered."""
        found = self._owned.get(id(target))
        if found is None:
            holders, around = owned(target)
            for thing in around:
                self._batch.protection.of(thing)
            found = self._owned[id(target)] = target, holders
        return found[1]

    def holders(self, module: str, statement: Statement) -> frozenset[tuple[int, str]]:
        """Which containers belong to the objects that a statement works on."""
        of = self.of(module, statement)
        ids = frozenset(of)  # many work on the same: an application
        found = self._holders.get(ids)
        if found is None:
            every = (holder for _, target in of.values() for holder in self.owned(target))
            found = self._holders[ids] = frozenset(map(identity, every))
        return found


class _Work(NamedTuple):
    """What a statement does to the object of a name."""

    ref: Ref
    is_filled: bool = True  # more than that an attribute of it is set
    is_base: bool = False  # a class is derived from it, and nothing else


def _of_base(base: Any) -> Iterator[Any]:
    """What may keep something of a class that is derived from this one."""
    yield from _of_maker(base)
    for hook in _hooks(base) if issubclass(type(base), type) else ():
        yield from kept_in_by(hook)


def _of_maker(cls: Any) -> Iterator[Any]:
    """What may keep something of a class because it made it: a metaclass."""
    metas = _metaclasses(cls) if issubclass(type(cls), type) else []
    hooks = [hook for hook in _functions(metas, _MAKERS) if hook is not None]
    named = {*_named_by_all(hooks, [*metas, *mro_of(cls)])} if metas else set()
    for meta in metas:
        own = class_dict(meta).items()  # but for what Python itself keeps there
        kept = {name: value for name, value in own if name[:2] != "__" and may_keep(value)}
        filled = [value for name, value in kept.items() if name in named]
        yield from [meta] if len(filled) == len(kept) else filled
    for hook in hooks:
        yield from kept_in_by(hook)


def _named_by_all(hooks: list[Any], classes: list[type]) -> Iterator[str]:
    """What functions name, and the methods that they call: what others of a metaclass name, as the
    `__call__` of a singleton does, nobody does to a class when he makes it."""
    waiting, seen = [hook for hook in hooks if type(hook) is FunctionType], set[str]()
    while waiting:
        for name in named_in(waiting.pop().__code__):
            if name not in seen:
                seen.add(name)
                yield name
                waiting += (f for f in _functions(classes, (name,)) if type(f) is FunctionType)


def _metaclasses(cls: type) -> list[type]:
    return [meta for meta in mro_of(type(cls)) if meta not in _PLAIN_METACLASSES]


def _hooks(base: type) -> Iterator[Any]:
    """What is called when a class is derived from a base, of that and of its metaclass."""
    yield from _functions(mro_of(base)[:-1], ("__init_subclass__",))
    yield from _functions(_metaclasses(base), _MAKERS)


def _functions(classes: Iterable[type], names: Iterable[str]) -> Iterator[Any]:
    for cls in classes:
        for name in names:
            function: Any = class_dict(cls).get(name)
            yield function.__func__ if type(function) in METHODS else function


def _worked_on(graph: Graph, module: str, statement: Statement, more: int = 0) -> Iterator[_Work]:
    for part in (statement, *statement.every_member()):
        for path, is_filled in part.names.works_on.items():
            yield _Work(graph.resolve(module, part.owner, path)[-1], is_filled)
        calls = _calls(graph, module, part)
        for reading in graph.now(module, part):
            ref = reading.ref
            filled: Iterator[Ref] = iter(())
            if reading.manner in (Manner.CALL, Manner.CONSTRUCT):
                filled = _filled_by(graph, ref, calls.get(ref, 1) + more, _DEPTH)
            elif reading.manner is Manner.SUBCLASS:
                yield _Work(ref, is_base=True)
                hook = Ref(ref.module, f"{ref.name}.__init_subclass__")
                filled = _filled_by(graph, hook, 1 + more, _DEPTH)
            yield from map(_Work, filled)


def _calls(graph: Graph, module: str, part: Statement) -> dict[Ref, int]:
    """What a statement calls more than once in a row, as `@register("a")` does, and how often."""
    calls = part.names.calls.items()
    return {graph.resolve(module, part.owner, path)[-1]: many for path, many in calls}


def _filled_by(graph: Graph, ref: Ref, calls: int, depth: int) -> Iterator[Ref]:
    """The names that a function is seen to fill, itself or by what it calls, in so many calls of
    it and of what it gives."""
    defined = graph.definition(ref)
    if defined is None:
        return
    module, statement = defined
    if statement.is_class:
        for name in _MAKERS if depth else ():
            maker = Ref(module, f"{statement.qualname}.{name}")
            yield from _filled_by(graph, maker, calls, depth - 1)
        return
    if calls > 1 and may_defer(statement.node):
        calls -= 1  # the first only told it how
    for path, late in statement.names.fills.items():
        if late < calls:
            yield graph.resolve(module, "", path)[-1]
    inner = _calls(graph, module, statement) if depth else {}
    for use, late in statement.names.late.items() if depth else ():
        if use.how is How.CALL and late < calls:
            called = graph.resolve(module, "", use.path)[-1]
            yield from _filled_by(graph, called, inner.get(called, 1), depth - 1)


def may_register(statement: Statement) -> bool:
    """Whether running it may leave something in another object: a bare function does not."""
    node = statement.node
    if isinstance(node, FUNCTIONS):
        return bool(node.decorator_list)
    if isinstance(node, ast.ClassDef):
        above = node.decorator_list or node.bases or node.keywords
        return bool(above) or any(map(may_register, statement.members))
    return not (isinstance(node, (ast.Import, ast.ImportFrom)) or statement.is_inert)


def works_on_items_only(statement: Statement, name: str, container: Any) -> bool:
    """Whether a statement calls methods of objects in a container, which itself it leaves alone:
    `TEAM[0].power()`. Not so of containers in it, which are what `GROUPS["a"].append(f)` fills."""
    items = contents(container)
    values = [value for item in items for value in (item if type(item) is tuple else (item,))]
    if any(type(value) in CONTAINERS for value in values):
        return False
    calls = 0
    for node in outside_functions(statement.node):
        changed = changed_by(node)
        if changed is not None and (path := dotted(changed)) and path[-1] == name:
            calls += 1
            function = node.func if isinstance(node, ast.Call) else None
            if not isinstance(function, ast.Attribute) or function.value is changed:
                return False
    return calls > 0
