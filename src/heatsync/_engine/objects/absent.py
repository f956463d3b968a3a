"""Imports of modules whose files are gone: they fail as in a new process, while the code stays alive."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heatsync._engine.texts.order import with_parents


@dataclass(frozen=True)
class Failure:
    """What an import fails with, made when it does.

    The error is not to stand among the constants itself: it holds the frame that raises it, that
    holds its code, and the garbage collector sees no cycle that goes through a code object.
    """

    kind: type[ImportError]
    told: str
    module: str
    file: str

    @property
    def error(self) -> ImportError:
        return self.kind(self.told, name=self.module, path=self.file)


class Absent(ast.NodeTransformer):
    """Has a statement that imports what is gone raise what a fresh import would raise.

    What stands in functions is left alone: they run later, and find the module that there is.
    """

    def __init__(self, files: Mapping[str, str], package: str) -> None:
        self._files = files  # by module, those that are gone
        self._package = package
        self.failures: dict[bytes, Failure] = {}  # by the constant that stands for each

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            if (gone := self._first_gone(alias.name)) is not None:
                return self._missing(node, gone)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        try:
            name = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(name, self._package)
        except ImportError:  # beyond its package: Python says it better
            return node
        if (gone := self._first_gone(base)) is not None:
            return self._missing(node, gone)
        for alias in node.names:
            if self._is_gone_part(base, alias.name):
                return self._unknown(node, base, alias.name)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def _first_gone(self, module: str) -> str | None:
        return next((part for part in with_parents(module) if part in self._files), None)

    def _is_gone_part(self, package: str, name: str) -> bool:
        """Whether a name of a package is the submodule that is gone, and nothing else."""
        module = f"{package}.{name}"
        held: Any = getattr(sys.modules.get(package), "__dict__", {}).get(name)
        return module in self._files and held is sys.modules.get(module)

    def _missing(self, node: ast.stmt, module: str) -> ast.stmt:
        file = self._files[module]
        told = f"No module named {module!r}: {file} is gone"
        return self._failing(node, Failure(ModuleNotFoundError, told, module, file))

    def _unknown(self, node: ast.stmt, package: str, name: str) -> ast.stmt:
        file = self._files[f"{package}.{name}"]
        told = f"cannot import name {name!r} from {package!r}: {file} is gone"
        return self._failing(node, Failure(ImportError, told, package, file))

    def _failing(self, node: ast.stmt, failure: Failure) -> ast.stmt:
        """A statement that raises, in the place of another one."""
        constant = b"heatsync: fail %d" % len(self.failures)
        self.failures[constant] = failure
        error = ast.Attribute(ast.Constant(constant), "error", ast.Load())
        raising = ast.Raise(error, None)
        return ast.fix_missing_locations(ast.copy_location(raising, node))
