"""What well-known functions and methods do with what they are given."""

from __future__ import annotations

import ast
import re

from heatsync._engine.texts.names import Path, dotted

# Methods that leave their receiver as it is, whatever has them.
READERS = frozenset({"items", "keys", "values", "get", "copy", "parse_args", "parse_known_args"})
# Functions that call what they are given, by the place or the keyword of it.
CALLERS: dict[str, int | str] = {
    **dict.fromkeys(("map", "filter", "reduce"), 0),
    **dict.fromkeys(("sorted", "sort", "min", "max"), "key"),
}
# Functions and methods that put a list in order, or something where it belongs in one.
SORTERS = frozenset({"sort", "heapify", "heappush", "insort", "insort_left", "insort_right"})
SORTERS |= {"bisect", "bisect_left", "bisect_right"}
BY_NAME = (("setattr",), ("delattr",), ("getattr",), ("hasattr",))
_LOOKERS = re.compile(
    "all|any|bytes|dict|dir|enumerate|format|frozenset|iter|len|list|max|min|next|repr|reversed|"
    "set|sorted|str|sum|tuple|vars|zip"
)
# What shows all the names of the module that calls it, by its text.
OWN_NAMES = ("globals()", "vars()", "dir()", "locals()")
# Functions that look into a class, a function or a module.
_INSPECTORS = frozenset({"fields", "fields_dict", "get_type_hints", "get_annotations"})
_INSPECTORS |= {"signature", "getmembers", "getmembers_static", "getfullargspec", "getdoc"}
# By which words a function may look into a class or a function that it is given.
_INSPECTS = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(_INSPECTORS))}|vars|dir)\(|__(?:doc|dict|annotations|subclasses)__"
)
_COPIERS = ("wraps", "update_wrapper")  # of the names and the docstring of a function
# What these are given they do not call, nor does anybody before what they give is called.
PASSERS = frozenset({*_COPIERS, "cache", "lru_cache", "partial", "staticmethod", "classmethod"})
PASSERS |= {"property", "contextmanager", "asynccontextmanager", "cast", "setattr"}


def looks(callee: Path) -> bool:
    """Whether a function computes with what it is given, and keeps nothing of it."""
    is_builtin = len(callee) == 1 and _LOOKERS.fullmatch(callee[0]) is not None
    return is_builtin or callee[-1] in _COPIERS or callee[-1] in _INSPECTORS


def inspects(text: str) -> bool:
    """Whether the text of a function tells that it may look into the definitions it is given."""
    return _INSPECTS.search(text) is not None


def names_a_part(node: ast.Call) -> bool:
    """Whether it is about one attribute, of which the text tells: `setattr(settings, "X", 1)`."""
    callee = dotted(node.func)
    if callee not in BY_NAME or len(node.args) < 2:
        return False
    return callee in BY_NAME[:2] or isinstance(node.args[1], ast.Constant)
