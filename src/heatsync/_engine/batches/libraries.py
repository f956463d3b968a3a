"""The adapters of the libraries that a program has loaded: found when they matter, and asked."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from heatsync import adapters
from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.kinds import class_dict, mro_of
from heatsync._resident.brief import told_error
from heatsync.adapters import Adapter, Renewed, Served

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "heatsync.adapters"
_NONE = frozenset({"builtins", "__main__", *sys.stdlib_module_names})

T = TypeVar("T")
Load = Callable[[], type[Adapter]]


def known_adapters() -> Mapping[str, tuple[Load, ...]]:
    """How to load the adapters there are, by the top-level module that each serves."""
    return _installed(tuple(sys.path))


def loaded() -> list[str]:
    """The libraries that the program has loaded of those that there is an adapter for."""
    return [*filter(sys.modules.__contains__, known_adapters())]


@functools.lru_cache(1)
def _installed(path: tuple[str, ...]) -> Mapping[str, tuple[Load, ...]]:
    """Those installed with other packages come last."""
    # By name, as each loads much that a program without an edit has no need of.
    walker = importlib.import_module("pkgutil")
    found: dict[str, tuple[Load, ...]] = {
        info.name: (partial(_built_in, info.name),)
        for info in walker.iter_modules(adapters.__path__)
    }
    # The same package may be on the path twice.
    for entry in dict.fromkeys(entry for folder in path for entry in _told_in(folder)):
        found[entry.name] = (*found.get(entry.name, ()), entry.load)
    return found


@functools.lru_cache
def _told_in(folder: str) -> Sequence[EntryPoint]:
    """What the packages in one folder of the path tell.

    To look for them takes some milliseconds, so that is done once, ahead of the first edit.
    """
    metadata = importlib.import_module("importlib.metadata")
    packages = metadata.distributions(path=[folder])
    return [entry for each in packages for entry in each.entry_points.select(group=GROUP)]


def _built_in(library: str) -> type[Adapter]:
    adapter: type[Adapter] = importlib.import_module(f"heatsync.adapters.{library}").Adapter
    return adapter


class Libraries:
    """Asks the adapters of one batch. What one raises is noted, and what it wrote taken back."""

    def __init__(self, journal: Journal, notes: list[str], own: Container[str]) -> None:
        self._journal = journal
        self._notes = notes
        self._own = own  # the program's own modules
        self._made: dict[str, list[Adapter]] = {}
        self._told = False  # whether any was told of something, and not only asked
        self._packages: dict[int, tuple[type, tuple[str, ...]]] = {}  # by id of the class

    # -------------------------------------------------------------------- the questions

    def reopen(self, target: Any) -> None:
        self._told = True
        for adapter in self._serving(target):
            self._ask(adapter, partial(adapter.reopen, target), None)

    def withdraw(self, made: Any) -> None:
        self._told = True
        for adapter in self._serving(made):
            self._ask(adapter, partial(adapter.withdraw, made), None)

    def stands(self, old: Any, new: Any) -> Any:
        for adapter in self._serving(new):
            new = self._ask(adapter, partial(adapter.stands, old, new), new)
        return new

    def pours(self, thing: Any) -> bool:
        """Whether an object is to become what its statement is about to make in its place."""
        return any(
            self._ask(adapter, partial(adapter.pours, thing), False)
            for adapter in self._serving(thing)
        )

    def poured(self, old: Any, new: Any) -> None:
        """An object is about to become what another one is."""
        self._told = True
        for adapter in self._serving(old):
            self._ask(adapter, partial(adapter.poured, old, new), None)

    @property
    def may_pour(self) -> bool:
        """Whether the program has loaded a library of which objects are poured."""
        return any(type(adapter).pours is not Adapter.pours for adapter in self._loaded())

    def served(self) -> list[Served]:
        """What servers have of factories that they called themselves."""
        found: list[Served] = []
        for adapter in self._loaded():
            found.extend(self._ask(adapter, partial(_all, adapter.served), []))
        return found

    def copies(self, cls: type) -> bool:
        return any(
            self._ask(adapter, partial(adapter.copies, cls), False)
            for adapter in self._serving(cls)
        )

    def are_of_one(self, thing: Any, other: Any) -> bool:
        """Whether two objects or classes come from the same library, or from one built on that."""
        return any(map(self._comes_from(other).__contains__, self._comes_from(thing)))

    def is_of_any(self, thing: Any) -> bool:
        """Whether an object is made by a library that is installed, of which the text tells nothing."""
        return not _NONE.issuperset(self._comes_from(thing))

    def is_home(self, module: str, thing: Any) -> bool:
        """Whether a module belongs to a library that an object comes from."""
        return module.partition(".")[0] in self._comes_from(thing)

    def _comes_from(self, thing: Any) -> tuple[str, ...]:
        return self._packages_of(thing if issubclass(type(thing), type) else type(thing))

    def takes_methods(self, cls: type, methods: Mapping[str, Sequence[str]]) -> bool:
        return any(
            self._ask(adapter, partial(adapter.takes_methods, cls, methods), False)
            for adapter in self._serving(cls)
        )

    def in_place(self, cls: type) -> bool:
        return any(
            self._ask(adapter, partial(adapter.in_place, cls), False)
            for adapter in self._serving(cls)
        )

    def refuses(self, cls: type) -> str | None:
        answers = (
            self._ask(adapter, partial(adapter.refuses, cls), None)
            for adapter in self._serving(cls)
        )
        return next(filter(None, answers), None)

    def renewed(self, renewed: Sequence[Renewed]) -> list[object]:
        """Tells all of them; gives what has to be made again."""
        self._told = True
        found: list[object] = []
        for adapter in self._loaded():
            again = partial(_listed, adapter.renewed, renewed)
            found.extend(self._ask(adapter, again, []))
        return found

    def patched(self, functions: Sequence[FunctionType]) -> None:
        """Tells all of them of functions that have other code."""
        self._told = True
        for adapter in self._loaded():
            self._ask(adapter, partial(adapter.patched, functions), None)

    def settle(self, has_run: bool) -> None:
        """Where statements have run, all are asked: a list of routes is nobody's class."""
        if not (has_run or self._told):
            return
        asked = self._loaded() if has_run else (a for made in self._made.values() for a in made)
        for adapter in list(asked):
            self._ask(adapter, adapter.settle, None)

    # ------------------------------------------------------------------------- who is asked

    def _serving(self, thing: Any) -> Iterator[Adapter]:
        """The adapters of the libraries that a class or object comes from."""
        kind = type(thing)
        for package in self._packages_of(kind):
            yield from self._of(package)
        if issubclass(kind, type):
            known = self._packages_of(kind)
            for package in self._packages_of(thing):
                if package not in known:
                    yield from self._of(package)

    def _packages_of(self, cls: type) -> tuple[str, ...]:
        known = self._packages.get(id(cls))
        if known is not None:
            return known[1]
        homes = [str(class_dict(base).get("__module__")) for base in mro_of(cls)[:-1]]
        foreign = [home for home in homes if home not in self._own]
        packages = dict.fromkeys(home.partition(".")[0] for home in foreign)
        self._packages[id(cls)] = cls, tuple(packages)
        return tuple(packages)

    def _loaded(self) -> Iterator[Adapter]:
        for package in loaded():
            yield from self._of(package)

    def _of(self, home: str) -> list[Adapter]:
        """The adapters of the library that a module belongs to."""
        package = home.partition(".")[0]
        if package not in self._made:
            self._made[package] = []
            if package in sys.modules and package not in _NONE:
                for load in known_adapters().get(package, ()):
                    self._ask(package, partial(self._make, package, load), None)
        return self._made[package]

    def _make(self, package: str, load: Load) -> None:
        self._made[package].append(load()(self._journal, self._notes.append, self._own))

    def _ask(self, adapter: Adapter | str, question: Callable[[], T], otherwise: T) -> T:
        try:
            with self._journal.attempt():
                return question()
        except Exception as error:
            is_loaded = isinstance(adapter, Adapter)
            who = type(adapter).__module__ if is_loaded else f"an adapter for {adapter}"
            self._notes.append(
                f"{who} failed, so what it cares for may be old: {told_error(error)}"
            )
            return otherwise


def _all(question: Callable[[], Iterable[Served]]) -> list[Served]:
    return list(question())


def _listed(question: Callable[[Any], Iterable[object]], about: Any) -> list[object]:
    return list(question(about))
