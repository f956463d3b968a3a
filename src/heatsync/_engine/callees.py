"""What well-known functions and methods do with what they are given."""

from __future__ import annotations

import re

# Methods that leave their receiver as it is, whatever has them.
READERS = frozenset({"items", "keys", "values", "get", "copy"})
# Functions that call what they are given, by the place or the keyword of it.
CALLERS: dict[str, int | str] = {
    **dict.fromkeys(("map", "filter", "reduce"), 0),
    **dict.fromkeys(("sorted", "sort", "min", "max"), "key"),
}
BY_NAME = (("setattr",), ("delattr",), ("getattr",), ("hasattr",))
# Functions that look into what they are given, and keep nothing of it.
LOOKERS = re.compile(
    "all|any|bytes|dict|dir|enumerate|format|frozenset|iter|len|list|max|min|next|repr|reversed|"
    "set|sorted|str|sum|tuple|vars|zip"
)
