"""Which modules import which, found out when it is asked for, and kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from heatsync._engine.texts.once import once
from heatsync._engine.texts.order import with_parents


class Importer(Protocol):
    """What is asked of a live module."""

    @property
    def number(self) -> int: ...  # its place among those that became live
    @property
    def requires(self) -> frozenset[str]: ...
    @property
    def imports(self) -> dict[str, None]: ...
    @property
    def loads(self) -> frozenset[str]: ...


@dataclass
class Unrun:
    """A text that does not run yet, by what it may import."""

    number: int
    imports: dict[str, None]
    requires: frozenset[str] = frozenset()

    @once
    def loads(self) -> frozenset[str]:
        return with_packages(self.imports)


def with_packages(imports: Iterable[str]) -> frozenset[str]:
    """Modules, and the packages that they are in, which are loaded before them."""
    return frozenset(itertools.chain.from_iterable(map(with_parents, imports)))


class Importers:
    """An index from what is imported to who may import it.

    It may name some who do not any more, so each is asked; but all who do are in it.
    """

    def __init__(self, due: set[str]) -> None:
        self._due = due  # modules whose text is another one than the index knows; others add to it
        self._loading: dict[str, set[str]] = {}  # who loads a module, or holds it otherwise
        self._importing: dict[str, set[str]] = {}  # who says its very name

    def of(self, module: str, modules: Mapping[str, Importer]) -> Iterator[str]:
        """The modules whose text may import one, or that hold it otherwise, oldest first."""
        self._look_at_due(modules)
        # `import a` may be followed by `a.b.c` wherever somebody else imported that.
        # Of a package, all that load it for the sake of another module in it are left aside.
        wanted = tuple(with_parents(module))
        names = self._loading.get(module, set()).union(
            *(self._importing.get(known, ()) for known in wanted)
        )
        found = [(importer.number, name) for name in names if (importer := modules.get(name))]
        for _, name in sorted(found):
            if _may_import(modules[name], module, wanted):
                yield name

    def _look_at_due(self, modules: Mapping[str, Importer]) -> None:
        while self._due:
            name = self._due.pop()
            importer = modules.get(name)
            if importer is None:
                continue
            for loaded in (*importer.loads, *importer.requires):
                self._loading.setdefault(loaded, set()).add(name)
            for imported in importer.imports:
                self._importing.setdefault(imported, set()).add(name)


def _may_import(importer: Importer, module: str, wanted: Iterable[str]) -> bool:
    if module in importer.loads or module in importer.requires:
        return True
    return any(known in importer.imports for known in wanted)
