"""Data files: their formats, and a new value poured into the dict or list made from them."""

from __future__ import annotations

import codecs
import importlib
import json
import os
from collections.abc import Callable
from typing import Any

from heatsync._engine.journal import Journal
from heatsync._engine.merge import same
from heatsync.errors import RefusedError, UnreadableError


# By name, as each is loaded only by those who have such files.
def _toml(text: str) -> Any:
    return importlib.import_module("tomllib").loads(text)


def _yaml(text: str) -> Any:
    return importlib.import_module("yaml").safe_load(text)


_FORMATS: dict[str, Callable[[str], Any]] = {
    ".json": json.loads,
    ".toml": _toml,
    ".yaml": _yaml,
    ".yml": _yaml,
}
SUFFIXES = tuple(_FORMATS)


def load(file: str, data: bytes, before: Any = None) -> Any:
    """The dict or list in a data file. `before` is the one that it is going to be poured into.

    Raises UnreadableError for what its format does not allow, RefusedError for a scalar, or for
    the other kind than before, which cannot be changed in place, and for YAML where PyYAML is not
    installed.
    """
    suffix = os.path.splitext(file)[1].lower()
    try:
        value = _FORMATS[suffix](data.removeprefix(codecs.BOM_UTF8).decode("utf-8"))
    except ModuleNotFoundError:
        raise RefusedError(file, "PyYAML is not installed", "Run: pip install pyyaml") from None
    except Exception as error:  # each format has exceptions of its own
        raise UnreadableError(file, f"{type(error).__name__}: {error}") from error
    if type(value) not in (dict, list):
        raise RefusedError(
            file,
            f"it holds {told(value)} at its top level, which cannot change in place",
            "Put it into an object or a list",
        )
    if before is not None and type(before) is not type(value):
        raise RefusedError(
            file,
            f"it held a {type(before).__name__} and now holds a {type(value).__name__}",
            "Restart to run the new version",
        )
    return value


def told(value: object) -> str:
    """The kind of a value, as a sentence has it."""
    kind = "nothing" if value is None else type(value).__name__
    article = "" if value is None else "an " if kind[:1].lower() in "aeiou" else "a "
    return article + kind


def pour(journal: Journal, old: Any, new: Any) -> None:
    """Gives a dict or list the contents of another one; the dicts in it keep their identity."""
    if type(old) is not type(new):
        raise RefusedError(
            "a data file",
            f"it held a {type(old).__name__} and now holds a {type(new).__name__}",
            "Restart to run the new version",
        )
    _Pouring(journal).pour(old, new)


class _Pouring:
    """Two names of one dict, as YAML allows, are poured once, and part where they now differ."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._poured: dict[int, tuple[Any, Any]] = {}  # by the old one's id: old, new

    def pour(self, old: Any, new: Any) -> Any:
        if id(old) in self._poured:
            return old if self._poured[id(old)][1] is new else new
        self._poured[id(old)] = (old, new)
        if isinstance(old, dict):
            new = {key: self._value(old.get(key), value) for key, value in new.items()}
        self._journal.refill(old, new)
        return old

    def _value(self, old: Any, new: Any) -> Any:
        if type(old) is type(new) and type(new) in (dict, list):
            return self.pour(old, new)
        return old if same(old, new) else new
