"""Checks of what callers give, so that a mistake is told at once, and where it was made."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any

LONGEST = threading.TIMEOUT_MAX  # seconds, some hundred years


def to_call(value: Any, name: str) -> None:
    """Raises TypeError for what cannot be called."""
    if not callable(value):
        raise TypeError(f"{name} is {value!r}: give a function, or something else to call")


def folders(roots: Iterable[object]) -> list[str]:
    """The paths of folders. Raises TypeError for what is none."""
    if wrong := [root for root in roots if not isinstance(root, str | os.PathLike)]:
        raise TypeError(f"{wrong[0]!r} is no folder: give each as a str, track('src', 'lib')")
    return [os.fsdecode(root) for root in roots if isinstance(root, str | os.PathLike)]


def patterns(exclude: object) -> list[str]:
    """What is to be left out, one or several. Raises TypeError for what is neither a text nor a
    path, ValueError for an empty text, which would be the folder that it is relative to."""
    if isinstance(exclude, str | os.PathLike):
        return [_pattern(exclude)]
    if isinstance(exclude, bytes) or not isinstance(exclude, Iterable):
        raise _no_pattern(exclude)
    return list(map(_pattern, exclude))


def _pattern(given: object) -> str:
    if isinstance(given, os.PathLike):  # never a mere name
        return os.path.join(os.curdir, os.fsdecode(given))
    if not isinstance(given, str):
        raise _no_pattern(given)
    if not given:
        raise ValueError("exclude has an empty pattern: name a folder, or leave it out")
    return given


def _no_pattern(given: object) -> TypeError:
    return TypeError(
        f"{given!r} is nothing to exclude: give a pattern or a path, or a list of them"
    )


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
