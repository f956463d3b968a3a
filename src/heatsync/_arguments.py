"""Checks of what callers give, so that a mistake is told at once, and where it was made."""

from __future__ import annotations

import threading
from typing import Any

LONGEST = threading.TIMEOUT_MAX  # seconds, some hundred years


def to_call(value: Any, name: str) -> None:
    """Raises TypeError for what cannot be called."""
    if not callable(value):
        raise TypeError(f"{name} is {value!r}: give a function, or something else to call")


def seconds(value: Any, name: str, *, none: bool) -> None:
    """Raises TypeError for no number, ValueError for less than no time, or `none` where that is
    not allowed, and for more than a thread can wait."""
    if not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}: give a number of seconds")
    if not (0 <= value <= LONGEST) or not (none or value):
        least = "0 or more" if none else "more than 0"
        raise ValueError(
            f"{name} is {value}: give seconds, {least}, and no more than {LONGEST:.0f}"
        )
