"""Data files: their formats, and a new value poured into the dict or list made from them."""

from __future__ import annotations

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


def load(file: str, data: bytes) -> Any:
    """The dict or list in a data file.

    Raises UnreadableError for what its format does not allow, RefusedError for a scalar, which
    cannot be changed in place, and for YAML where PyYAML is not installed.
    """
    suffix = os.path.splitext(file)[1].lower()
    try:
        value = _FORMATS[suffix](data.decode("utf-8-sig"))
    except ModuleNotFoundError:
        raise RefusedError(file, "PyYAML is not installed", "Run: pip install pyyaml") from None
    except Exception as error:  # each format has exceptions of its own
        raise UnreadableError(file, f"{type(error).__name__}: {error}") from error
    if type(value) not in (dict, list):
        raise RefusedError(
            file,
            f"it holds a {type(value).__name__} at its top level, which cannot change in place",
            "Put it into an object or a list",
        )
    return value


def pour(journal: Journal, old: Any, new: Any) -> None:
    """Gives a dict or list the contents of another one; the dicts in it keep their identity."""
    if isinstance(old, dict):
        new = {key: _poured(journal, old.get(key), value) for key, value in new.items()}
    journal.refill(old, new)


def _poured(journal: Journal, old: Any, new: Any) -> Any:
    if same(old, new):
        return old
    if type(old) is type(new) and type(new) in (dict, list):
        pour(journal, old, new)
        return old
    return new
