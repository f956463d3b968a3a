"""Files and errors, in as few words as a person would name them."""

from __future__ import annotations

import os
from collections.abc import Iterable


def shortened(file: str) -> str:
    """A file as a person would name it: relative to the working directory where it lies below."""
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):  # another drive; the working directory is gone
        return file
    return file if relative.startswith(os.pardir) else relative


def listed(names: Iterable[str], most: int) -> str:
    """`a, b and 12 more`; one more than the most is told by its name, which is no longer."""
    names = list(names)
    if len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def told_error(error: BaseException) -> str:
    """An exception in one line. Its own words may fail."""
    kind = type(error).__name__
    try:
        words = str(error).splitlines()
    except Exception as another:
        return f"{kind}, whose text raised {type(another).__name__}"
    return f"{kind}: {words[0]}" if words else kind
