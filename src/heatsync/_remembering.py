"""Values that are made once, and kept for the variable they are assigned to."""

from __future__ import annotations

import ast
import linecache
import opcode
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any, NamedTuple, TypeVar

from heatsync._engine import LIVE
from heatsync._engine.compiling import parsed
from heatsync._engine.owned import journal_here
from heatsync._engine.owners import calling_frame, is_function, owner_of, positions
from heatsync.errors import UnnamedError

T = TypeVar("T")
_STORES = (opcode.opmap["STORE_NAME"], opcode.opmap["STORE_GLOBAL"])
_EXTENDED = opcode.opmap["EXTENDED_ARG"]
_CACHE = opcode.opmap["CACHE"]
# What is in there is done any number of times, or elsewhere.
_LOOPS = (
    *(ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


class _Place(NamedTuple):
    """Where a value belongs: a script that is also imported has two of each variable."""

    file: str
    module: str
    key: str  # a variable as the file names it, or the key that was given
    is_given: bool = False


_VALUES: dict[_Place, Any] = {}


def remember(factory: Callable[[], T], key: str | None = None) -> T:
    """Gives the value that `factory` made when it was first called here.

    It is kept for the variable that the call is assigned to, or by `key`, a str: as long as the
    process lives, or until `forget`. So a statement that runs again, edited or not, gets what it
    had. Every file has variables and keys of its own. An explicit `key` is needed in a function,
    whose variables are others at each call, and where the value goes elsewhere.

    A factory that raises is asked again the next time. With or without a `Heatsync` it is the
    same. Raises UnnamedError, and what `factory` raises.

    >>> from heatsync import remember
    >>> def start():
    ...     return remember(list, "started")
    >>> start().append("a")
    >>> start()
    ['a']
    """
    frame = calling_frame()
    assert frame is not None
    place = _place(frame.f_globals, key or _variable(frame), bool(key))
    if place in _VALUES:
        found: T = _VALUES[place]
        return found
    made = factory()
    journal = journal_here()
    if journal is not None:
        journal.protect_item(_VALUES, place)
    kept: T = _VALUES.setdefault(place, made)  # the first of two threads
    return kept


def forget(key: str | None = None, module: ModuleType | None = None) -> int:
    """Forgets what was remembered, so that it is made anew when its statement runs again.

    - `key`: the explicit key, or the variable, a str such as "index" or "Service.cache"; None for
      all of the file.
    - `module`: whose it is; None for that which calls.

    Gives how many values were forgotten, an int. Who holds them keeps them.

    >>> from heatsync import forget, remember
    >>> _ = remember(list, "visits")
    >>> forget("visits"), forget("visits")
    (1, 0)
    """
    frame = calling_frame()
    assert frame is not None
    file, name, *_ = _place(module.__dict__ if module is not None else frame.f_globals)
    gone = [p for p in list(_VALUES) if p[:2] == (file, name) and key in (None, p.key)]
    journal = journal_here()
    for place in gone:
        if journal is not None:
            journal.delete_item(_VALUES, place)
        else:
            del _VALUES[place]
    return len(gone)


def _place(namespace: dict[str, Any], key: str = "", is_given: bool = False) -> _Place:
    file, module = str(namespace.get("__file__")), str(namespace.get("__name__"))
    return _Place(file, module, key, is_given)


# ------------------------------------------------------------------------ the variable


def _variable(frame: FrameType) -> str:
    """The variable that a call is assigned to, as its file names it: "index", "Service.cache"."""
    code = frame.f_code
    name = _stored_next(frame)
    if name is None and not is_function(code):
        name = _assigned(frame)
    is_in_class = not is_function(code) and code.co_name != "<module>"
    if name is None or (is_in_class and "<locals>" in code.co_qualname):
        raise UnnamedError(code.co_filename, frame.f_lineno)
    return f"{code.co_qualname}.{name}" if is_in_class else name


def _stored_next(frame: FrameType) -> str | None:
    """The name of the module or class that the next instruction binds: `x = remember(f)`.

    This finds nearly all of them, and nothing has to be read or parsed for it.
    """
    code, at = frame.f_code.co_code, frame.f_lasti + 2
    argument = 0
    while at < len(code):
        operation, argument = code[at], argument | code[at + 1]
        if operation == _EXTENDED:
            argument <<= 8
        elif operation in _STORES:
            return frame.f_code.co_names[argument]
        elif operation != _CACHE:
            return None
        else:
            argument = 0
        at += 2
    return None


def _assigned(frame: FrameType) -> str | None:
    """The target of an assignment, found in the syntax tree by the place of the call."""
    tree, at = _tree(frame), positions(frame)
    for target, value in _assignments(tree) if tree is not None else ():
        for name, call in _aligned(target, value):
            if isinstance(call, ast.Call) and _position(call) == at:
                return ast.unparse(name) if _is_variable(name) else None
    return None


def _tree(frame: FrameType) -> ast.AST | None:
    """The statement that a call stands in, or all of its file."""
    owner = owner_of(frame)
    running = LIVE.modules.get(str(frame.f_globals.get("__name__")))
    if running is not None and running.namespace is frame.f_globals:
        owner.resolve(running)
    if owner.statement is not None:
        return owner.statement.located()
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    return parsed("".join(lines), frame.f_code.co_filename)


def _position(node: ast.Call) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The assignments that are made once, each with its first target: not those in a loop."""
    if isinstance(node, _LOOPS):
        return
    if isinstance(node, ast.Assign):
        yield node.targets[0], node.value
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    for child in ast.iter_child_nodes(node):
        yield from _assignments(child)


def _aligned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Which part of a value goes to which part of a target."""
    both = (target, value)
    if all(isinstance(each, ast.Tuple | ast.List) for each in both):
        targets, values = (each.elts for each in both if isinstance(each, ast.Tuple | ast.List))
        if len(targets) == len(values):
            for each in zip(targets, values, strict=True):
                yield from _aligned(*each)
    elif isinstance(value, ast.IfExp):
        yield from _aligned(target, value.body)
        yield from _aligned(target, value.orelse)
    else:
        yield both


def _is_variable(target: ast.expr) -> bool:
    """A name, or what names and constants lead to: `app.state`, `CACHES["a"]`."""
    if isinstance(target, ast.Attribute):
        return _is_variable(target.value)
    if isinstance(target, ast.Subscript):
        return isinstance(target.slice, ast.Constant) and _is_variable(target.value)
    return isinstance(target, ast.Name | ast.Tuple | ast.List)
