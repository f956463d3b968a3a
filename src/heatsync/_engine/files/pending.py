"""The live files with the pending texts in place: what the graph asks about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from heatsync._engine.files.homes import package_of
from heatsync._engine.texts.graph import Ref
from heatsync._engine.texts.imported import imported_names
from heatsync._engine.texts.importers import Importers, Unrun
from heatsync._engine.texts.source import Source
from heatsync._resident.live import Live


class PendingWorld:
    """The live files with the pending texts in place: what the graph asks about."""

    def __init__(
        self, live: Live, pending: Mapping[str, Source], importing: Collection[str] = ()
    ) -> None:
        self._live = live
        self._pending = pending  # by module
        self._importing = importing  # those of them whose imports may be others
        self._importers: dict[str, list[str]] = {}
        self._brought: dict[str, list[str]] | None = None
        self._unrun: tuple[Importers, dict[str, Unrun]] | None = None

    def forget(self) -> None:
        """Another module has become live, whose text may import any of them."""
        self._importers.clear()
        self._unrun = self._brought = None

    def source(self, module: str) -> Source | None:
        if module in self._pending:
            return self._pending[module]
        running = self._live.modules.get(module)
        return running.source if running else None

    def may_say(self, module: str, word: str) -> bool:
        if module in self._pending:
            return True  # and it knows where
        running = self._live.modules.get(module)
        if running is None or "source" in running.__dict__:
            return running is not None
        data = running.data
        # Names that Python spells otherwise than the text are in no text of ASCII alone.
        return word.encode() in data or b"*" in data or not data.isascii()

    def importers(self, module: str) -> Iterable[str]:
        found = self._importers.get(module)
        if found is None:
            both = [*self._live.importers(module), *self._new_importers(module)]
            found = self._importers[module] = list(dict.fromkeys(both))
        return found

    def _new_importers(self, module: str) -> Iterator[str]:
        """Those whose pending text may import it: the one that is running perhaps does not."""
        if self._unrun is None:
            texts = ((name, self._pending[name].text) for name in self._importing)
            unrun = {
                name: Unrun(number, dict.fromkeys(imported_names(text, self.package(name))))
                for number, (name, text) in enumerate(texts)
            }
            self._unrun = Importers({*unrun}), unrun
        index, unrun = self._unrun
        return index.of(module, unrun)

    def imports(self, module: str) -> Iterable[str]:
        running = self._live.modules.get(module)
        if running is None:
            return ()
        return [*running.imports, *running.requires, *self.brought(module)]

    def brought(self, module: str) -> Iterable[str]:
        """The modules that were imported while this one was, whether or not its text tells."""
        if self._brought is None:
            self._brought = {}
            for name, running in list(self._live.modules.items()):
                self._brought.setdefault(running.importer, []).append(name)
        return self._brought.get(module, ())

    def package(self, module: str) -> str:
        running, pending = self._live.modules.get(module), self._pending.get(module)
        if running is None:
            return module.rpartition(".")[0]
        if pending is not None and pending.file != running.source.file:
            return package_of(module, pending.file)
        return running.package

    def exported(self, module: str) -> list[str] | None:
        running = self._live.modules.get(module)
        declared: Any = running.namespace.get("__all__") if running else None
        names: list[Any] = list(declared) if type(declared) in (list, tuple) else [None]
        return names if all(type(name) is str for name in names) else None

    def module_at(self, ref: Ref) -> str | None:
        running = self._live.modules.get(ref.module)
        value = running.namespace.get(ref.name) if running else None
        if type(value) is not ModuleType:
            return None
        name = value.__dict__.get("__name__")
        return name if isinstance(name, str) and name in self._live.modules else None
