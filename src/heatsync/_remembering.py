"""Values that are made once, and kept for the variable they are assigned to."""

from __future__ import annotations

import importlib
import opcode
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, NamedTuple, TypeVar

from heatsync._resident.owned import journal_here
from heatsync._resident.owners import apart, calling_frame, is_function
from heatsync.errors import UnnamedError

T = TypeVar("T")
_STORES = (opcode.opmap["STORE_NAME"], opcode.opmap["STORE_GLOBAL"])
_EXTENDED = opcode.opmap["EXTENDED_ARG"]
_CACHE = opcode.opmap["CACHE"]


class _Place(NamedTuple):
    """Where a value belongs: a script that is also imported has two of each variable."""

    file: str
    module: str
    key: str  # a variable as the file names it, or the key that was given
    is_given: bool = False


_VALUES: dict[_Place, Any] = {}


@apart
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

    Gives how many values were forgotten, an int. Who holds them keeps them. Raises TypeError for a
    `module` that is none.

    >>> from heatsync import forget, remember
    >>> _ = remember(list, "visits")
    >>> forget("visits"), forget("visits")
    (1, 0)
    """
    if module is not None and not isinstance(module, ModuleType):
        raise TypeError(f"module is {module!r}: give the module itself")
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
        # By name, as nearly all are found without a syntax tree.
        name = importlib.import_module("heatsync._assignments").assigned(frame)
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
