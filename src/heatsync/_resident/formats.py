"""Data files: their formats."""

from __future__ import annotations

import codecs
import importlib
import os
from collections.abc import Callable
from typing import Any

from heatsync.errors import RefusedError, UnreadableError


# By name, as each is loaded only by those who have such files.
def _json(text: str) -> Any:
    return importlib.import_module("json").loads(text)


def _toml(text: str) -> Any:
    return importlib.import_module("tomllib").loads(text)


def _yaml(text: str) -> Any:
    return importlib.import_module("yaml").safe_load(text)


_FORMATS: dict[str, Callable[[str], Any]] = {
    ".json": _json,
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
