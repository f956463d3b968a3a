"""A property that is found out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

_T = TypeVar("_T")


class once(Generic[_T]):  # noqa: N801  # as it is written above functions
    """Like `functools.cached_property`, of which an edit asks dozens: in a third of the steps, and
    without the lock of Python 3.11.
    """

    def __init__(self, find: Callable[[Any], _T]) -> None:
        self._find = find

    def __set_name__(self, kind: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, owner: object, kind: type) -> _T: ...

    def __get__(self, owner: object | None, kind: type) -> Self | _T:
        if owner is None:
            return self
        found = owner.__dict__[self._name] = self._find(owner)
        return found
