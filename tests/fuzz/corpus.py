"""Real sources, each as its top-level statements."""

from __future__ import annotations

import ast
import os
import sysconfig
import warnings
from collections.abc import Iterator
from functools import cache

# Of all kinds: classes, tables, branches at top level, decorators, match, generics, odd layout.
SOME = ["ast", "bisect", "contextlib", "dataclasses", "enum", "functools", "keyword", "os", "site"]
SOME += ["string", "textwrap", "threading", "types", "typing", "__future__", "this", "locale"]
LONGEST = 300_000  # bytes of a file that is taken in


def some_files() -> list[str]:
    folder = os.path.dirname(ast.__file__)
    return [os.path.join(folder, f"{name}.py") for name in SOME]


def all_files() -> list[str]:
    """Every Python file of the standard library and of what is installed."""
    paths = sysconfig.get_paths()
    folders = sorted({paths["stdlib"], paths["purelib"], paths["platlib"]})
    return sorted({file for folder in folders for file in _below(folder)})


def _below(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            file = os.path.join(parent, name)
            if name.endswith(".py") and os.path.getsize(file) < LONGEST:
                yield file


@cache
def pieces(file: str) -> tuple[str, ...]:
    """The statements of a file as texts; one that cannot be read is a single piece."""
    with open(file, encoding="utf-8", errors="replace", newline="") as opened:
        text = opened.read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return (text,)
    lines = text.split("\n")
    starts = [min([node.lineno, *_decorators(node)]) - 1 for node in body]
    ends = [*starts[1:], len(lines) + 1]
    return tuple("\n".join(lines[a:b]) for a, b in zip(starts, ends) if b > a) or (text,)


def _decorators(node: ast.stmt) -> list[int]:
    return [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
