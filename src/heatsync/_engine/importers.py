"""Which modules import which, found out when it is asked for, and kept."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from heatsync._engine.order import with_parents


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

    @cached_property
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
        self._by_name: dict[str, set[str]] = {}

    def of(self, module: str, modules: Mapping[str, Importer]) -> Iterator[str]:
        """The modules whose text may import one, or that hold it otherwise, oldest first."""
        self._look_at_due(modules)
        # `import a` may be followed by `a.b.c` wherever somebody else imported that.
        wanted = tuple(with_parents(module))
        names = {name for known in wanted for name in self._by_name.get(known, ())}
        found = [(importer.number, name) for name in names if (importer := modules.get(name))]
        for _, name in sorted(found):
            if _may_import(modules[name], module, wanted):
                yield name

    def _look_at_due(self, modules: Mapping[str, Importer]) -> None:
        while self._due:
            name = self._due.pop()
            importer = modules.get(name)
            for imported in (*importer.loads, *importer.requires) if importer else ():
                self._by_name.setdefault(imported, set()).add(name)


def _may_import(importer: Importer, module: str, wanted: Iterable[str]) -> bool:
    if module in importer.loads or module in importer.requires:
        return True
    return any(known in importer.imports for known in wanted)
