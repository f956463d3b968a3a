"""Runs one statement of a live module, so that what it makes is poured into what there was."""

from __future__ import annotations

import abc
import ast
import copy
import operator
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import CellType, CodeType, FunctionType
from typing import Any, Generic, cast

from heatsync._engine.objects import garbage, interrupts
from heatsync._engine.objects.absent import Absent
from heatsync._engine.objects.classes import Kept, find_abstract
from heatsync._engine.objects.functions import live_class
from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.memory import MISSING
from heatsync._engine.objects.merge import Merger
from heatsync._engine.texts.compiling import compiled, compiled_at
from heatsync._engine.texts.deep import deeply
from heatsync._engine.texts.graph import Grade
from heatsync._engine.texts.kinds import Kinds, class_dict, home_of, mro_of, qualname_of
from heatsync._engine.texts.places import Place
from heatsync._engine.texts.source import Source, Statement
from heatsync._resident import owners

# Constants of statements that are run, in whose place our own tools are put.
_KEEP = b"heatsync: keep"
_COLLECT = b"heatsync: collect"

_PLAIN_METACLASSES = Kinds((type, abc.ABCMeta))
_NOBODYS = Kinds((object, Generic))  # bases that look at nothing


class Keeper:
    """The innermost decorator of every definition that is run again.

    It pours the new function or class into the old one and hands the old one on, so that the
    decorators above it, and whatever they register it with, get the object that everybody has.
    """

    def __init__(
        self,
        merger: Merger,
        functions: dict[str, deque[FunctionType]],
        classes: dict[str, type],
        kept: Mapping[str, Kept],
    ) -> None:
        self._merger = merger
        self._functions = functions
        self._classes = classes
        self._kept = kept

    def __call__(self, new: Any) -> Any:
        if type(new) is FunctionType:
            return self._keep_function(new)
        return self._keep_class(new) if issubclass(type(new), type) else new

    def _keep_function(self, new: FunctionType) -> FunctionType:
        waiting = self._functions.get(new.__qualname__)
        if not waiting:
            return self._merger.stands_beside(new)
        old = waiting.popleft()
        poured = self._merger.pour_function(old, new)
        return old if poured else self._merger.stands_beside(new)

    def fill(self, cls: type, bases: tuple[type, ...], block: dict[str, Any]) -> None:
        """Pours what the block of a class made into the class that there is."""
        self._merger.fill_class(cls, bases, block, self._kept.get(qualname_of(cls), Kept()))

    def _keep_class(self, new: type) -> type:
        old = self._classes.get(qualname_of(new))
        if old is None or old is new:
            return new
        kept = self._kept.get(qualname_of(new), Kept())
        return old if self._merger.pour_class(old, new, kept) else new


def by_qualname(
    functions: Mapping[Place, list[FunctionType]], bound: Mapping[str, object]
) -> dict[str, deque[FunctionType]]:
    """Live functions by their qualified name, those of one name in the order of the text.

    A lambda has that of the name to which it is bound, as `f = lambda: 0` may become `def f()`.
    """
    names = {id(value): name for name, value in bound.items()}
    found: dict[str, deque[FunctionType]] = {}
    for _, here in sorted(functions.items(), key=lambda item: item[0].line):
        for function in sorted(here, key=lambda one: id(one) in names):  # a loop's last is bound
            name = function.__code__.co_qualname  # `functools.wraps` may have given it another
            name = names.get(id(function), name) if name == "<lambda>" else name
            found.setdefault(name, deque()).append(function)
    return found


def classes_of(values: Iterable[object], module: str) -> dict[str, type]:
    """The classes of a module among some values, and those nested in them, by qualified name."""
    found: dict[str, type] = {}
    waiting = deque(values)
    while waiting:
        value = waiting.popleft()
        if not issubclass(type(value), type):
            continue
        cls = cast(type, value)
        if home_of(cls) == module and qualname_of(cls) not in found:
            found[qualname_of(cls)] = cls
            waiting.extend(class_dict(cls).values())
    return found


@dataclass(frozen=True, slots=True)
class Site:
    """Where a statement runs: the globals of its module, its file's name and its text."""

    namespace: dict[str, Any]
    filename: str
    source: Source
    package: str  # that relative imports start from
    gone: Mapping[str, str]  # the files, by module, that cannot be imported any more


def run(statement: Statement, site: Site, keeper: Keeper, into: type | None = None) -> None:
    """Runs a top-level statement in its module; a class may be filled `into` the one there is."""
    # A tree of its own, where there is something to be changed in it.
    as_it_is = not (site.gone or "def" in statement.text or "class" in statement.text)
    node = statement.located() if as_it_is else statement.fresh()
    tools: dict[bytes, object] = {_KEEP: keeper}
    if into is not None and isinstance(node, ast.ClassDef):
        metaclass = ast.copy_location(ast.Constant(_COLLECT), node)
        words = [word for word in node.keywords if word.arg != "metaclass"]
        node.keywords = [*words, ast.copy_location(ast.keyword("metaclass", metaclass), node)]
        tools[_COLLECT] = _Filler(into, keeper)
    with owners.running(statement):
        _execute(node, site, {} if as_it_is else tools, statement if as_it_is else None)


def _execute(
    node: ast.stmt, site: Site, tools: Mapping[bytes, object], same: Statement | None = None
) -> None:
    """Runs a tree, which may be the `same` as that of a statement."""
    if site.gone:
        absent = Absent(site.gone, site.package)
        node = cast(ast.stmt, deeply(partial(absent.visit, node)))
        tools = {**tools, **absent.failures}
    if tools:
        node = cast(ast.stmt, deeply(partial(_Keeping().visit, node)))
    try:
        code = compiled(site.source.unit(node), site.filename, site.source.flags)
    except RecursionError:  # Python 3.12 takes a text that is nested deeper than any tree
        if same is None or not same.begins_line:
            raise
        text = f"{same.text}{site.source.show_imports}"
        code = compiled_at(text, same.line, site.filename, site.source.flags)
    with interrupts.let_through(), garbage.is_back():
        exec(_supplied(code, tools), site.namespace)


def _supplied(code: CodeType, tools: Mapping[bytes, object]) -> CodeType:
    """The code with our tools where their names stand for them.

    They are constants, as a name among the globals would be seen by those who copy these.
    """
    constants = tuple(_supply(constant, tools) for constant in code.co_consts)
    same = all(map(operator.is_, constants, code.co_consts))
    return code if same else code.replace(co_consts=constants)


def _supply(constant: Any, tools: Mapping[bytes, object]) -> Any:
    if isinstance(constant, CodeType):
        return _supplied(constant, tools)
    return tools.get(constant, constant) if type(constant) is bytes else constant


class _Keeping(ast.NodeTransformer):
    """Adds the keeper to the definitions in a statement, without moving a line."""

    def _kept(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> ast.AST:
        if node.decorator_list and _is(_KEEP, node.decorator_list[-1]):
            return node  # a deep tree may be visited twice
        keep = ast.copy_location(ast.Constant(_KEEP), node)
        keep.end_lineno, keep.end_col_offset = node.lineno, node.col_offset
        node.decorator_list = [*node.decorator_list, keep]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _kept

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [cast(ast.stmt, self.visit(member)) for member in node.body]
        if any(word.arg == "metaclass" and _is(_COLLECT, word.value) for word in node.keywords):
            return node
        return self._kept(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node


# ---------------------------------------------------------------------------- classes


def is_plain(cls: type, node: ast.stmt) -> bool:
    """Whether setting members one by one gives what running the whole class would.

    Not where somebody looks at the finished block: a metaclass, a decorator, a base with
    `__init_subclass__`, or `__slots__`.
    """
    if getattr(node, "decorator_list", None) or type(cls) not in _PLAIN_METACLASSES:
        return False
    if "__slots__" in class_dict(cls) or issubclass(cls, tuple):
        return False
    return not any("__init_subclass__" in class_dict(base) for base in _own_bases(cls))


def _own_bases(cls: type) -> Iterator[type]:
    return (base for base in mro_of(cls)[1:] if base not in _NOBODYS)


class _Block(dict[str, Any]):
    """The names of a class block of which only some statements run: the others are there.

    So are the type parameters of the classes around it, of which the block would get new ones.
    """

    def __init__(self, cls: type, names: set[str], params: Mapping[str, object]) -> None:
        super().__init__()
        self._cls = cls
        self._names = names
        self._params = params

    def __missing__(self, name: str) -> Any:
        if name in self._names:
            return class_dict(self._cls)[name]
        return self._params[name]


class _Filler:
    """Stands in for the metaclass of a class that is filled anew: no other one is made."""

    def __init__(self, cls: type, keeper: Keeper) -> None:
        self._cls = cls
        self._keeper = keeper

    def __prepare__(self, name: str, bases: tuple[type, ...], **keywords: Any) -> Any:
        return type(self._cls).__prepare__(name, bases, **keywords)

    def __call__(self, name: str, bases: tuple[type, ...], block: Any, **keywords: Any) -> Any:
        cls: Any = self._cls
        self._keeper.fill(cls, bases, dict(block))
        super(cls, cls).__init_subclass__(**keywords)
        type(cls).__init__(cls, name, bases, dict(block), **keywords)
        return cls


class _Collector:
    """Stands in for the metaclass: takes the names that a part of a class block binds."""

    def __init__(self, cls: type, names: set[str], params: Mapping[str, object]) -> None:
        self._cls = cls
        self._names = names
        self._params = params
        self.made: dict[str, Any] = {}

    def __prepare__(self, name: str, bases: tuple[type, ...], **keywords: Any) -> _Block:
        return _Block(self._cls, self._names, self._params)

    def __call__(self, name: str, bases: tuple[type, ...], block: _Block, **keywords: Any) -> Any:
        cell = block.pop("__classcell__", None)
        if type(cell) is CellType:
            cell.cell_contents = self._cls
        self.made = dict(block)
        return self._cls


def run_member(
    statement: Statement,
    cls: type,
    site: Site,
    keeper: Keeper,
    names: set[str],
) -> dict[str, Any]:
    """Runs one statement of a class block and gives what it bound. The class is not touched.

    `names` are those that the block binds: they are seen before the globals.
    """
    node = statement.fresh()
    parent = statement.parent
    collector = _Collector(cls, names, _type_params(parent, site.namespace))
    while parent is not None:
        shell = copy.copy(cast(ast.ClassDef, parent.node))
        shell.lineno = shell.end_lineno = node.lineno  # its tree may stand elsewhere than its text
        shell.body, shell.bases, shell.decorator_list = [node], [], []
        metaclass = ast.copy_location(ast.Constant(_COLLECT), node)
        shell.keywords = [ast.copy_location(ast.keyword("metaclass", metaclass), node)]
        node, parent = shell, parent.parent
    outermost = cast(ast.ClassDef, node).name
    before = site.namespace.get(outermost, MISSING)
    collectors = _Nested(collector, statement)
    try:
        with owners.running(statement):
            _execute(node, site, {_KEEP: keeper, _COLLECT: collectors})
    finally:
        if before is not MISSING:  # the shell bound the name of the class to what it gave
            site.namespace[outermost] = before
    return collector.made


def _type_params(around: Statement | None, namespace: Mapping[str, Any]) -> dict[str, object]:
    """The type parameters of a class and of those around it, the inner ones last."""
    if around is None:
        return {}
    cls = live_class(namespace, around.qualname)
    params = class_dict(cls).get("__type_params__", ()) if cls is not None else ()
    return _type_params(around.parent, namespace) | {param.__name__: param for param in params}


def _is(tool: bytes, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is tool


class _Nested:
    """The metaclass of all shells: the innermost one collects, those around it only stand there."""

    def __init__(self, innermost: _Collector, statement: Statement) -> None:
        self._innermost = innermost
        self._owner = statement.owner

    def __prepare__(self, name: str, bases: tuple[type, ...], **keywords: Any) -> dict[str, Any]:
        if name == self._owner.rpartition(".")[2]:
            return self._innermost.__prepare__(name, bases)
        return {}

    def __call__(self, name: str, bases: tuple[type, ...], block: Any, **keywords: Any) -> Any:
        if isinstance(block, _Block):
            return self._innermost(name, bases, block)
        return None


def set_members(
    merger: Merger,
    cls: type,
    before: Mapping[str, Any],
    made: Mapping[str, Any],
    owned: bool,
) -> dict[str, Grade]:
    """Puts what a part of a class block made into the class; gives how each name differs."""
    journal = merger.journal
    grades: dict[str, Grade] = {}
    for name, old in before.items():
        new = made.get(name, MISSING)
        if new is MISSING:
            journal.delete_attribute(cls, name)
            grades[name] = Grade.REBOUND
            continue
        value, grades[name] = merger.merge(old, new) if owned else (new, Grade.REBOUND)
        if value is not class_dict(cls).get(name, MISSING):
            journal.set_attribute(cls, name, value)
            learn_name = getattr(type(value), "__set_name__", None)
            if learn_name and value is new:
                learn_name(value, cls, name)
    _annotate(journal, cls, made.get("__annotations__", {}))
    find_abstract(journal, cls)
    return grades


def _annotate(journal: Journal, cls: type, new: Mapping[str, Any]) -> None:
    annotations = class_dict(cls).get("__annotations__")
    if new and type(annotations) is dict:
        for name, value in new.items():
            journal.set_item(annotations, name, value)
    elif new:
        journal.set_attribute(cls, "__annotations__", dict(new))


def arrange_annotations(
    journal: Journal,
    annotations: object,
    before: Iterable[Statement],
    after: Iterable[Statement],
) -> None:
    """Takes away the annotations of a block that its text has no more, and keeps its order."""
    if type(annotations) is not dict:
        return
    order = [name for statement in after for name in statement.bound.annotates]
    gone = {name for statement in before for name in statement.bound.annotates} - {*order}
    arranged = {name: annotations[name] for name in order if name in annotations}
    arranged |= {name: value for name, value in annotations.items() if name not in gone}
    if list(arranged) != list(annotations):
        journal.refill(annotations, arranged)
