"""Live modules that nobody imports any more: a new process would not look at their files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from heatsync._engine.files.pending import PendingWorld
from heatsync._engine.texts.edit import Edit
from heatsync._engine.texts.imported import imports_of
from heatsync._engine.texts.importers import with_packages
from heatsync._resident.live import Live, Running


def without_importers(live: Live, edits: Mapping[str, Edit], modules: Iterable[str]) -> bool:
    """Whether a new process would import none of some modules, once the edits are applied.

    Only the statements that named them are gone for sure: who found a module otherwise, by a scan
    of a folder or from outside, may do so again.
    """
    asked = _Unimported(live, edits)
    return not any(map(asked.is_imported, modules))


def follow(running: Running, edit: Edit) -> None:
    """Takes note of the imports that the new text of a module does not have any more."""
    after = _loads(edit, running.package)
    running.dropped = (running.dropped | running.loads) - after


def _loads(edit: Edit, package: str) -> frozenset[str]:
    return with_packages(imports_of(edit.new.text.encode("utf-8", "replace"), package))


class _Unimported:
    """Goes from modules to those that import them, up to where a process begins."""

    def __init__(self, live: Live, edits: Mapping[str, Edit]) -> None:
        self._live = live
        importing = {name: edit for name, edit in edits.items() if edit.may_import}
        pending = {name: edit.new for name, edit in importing.items()}
        self._world = PendingWorld(live, pending, importing)
        self._loads = {
            name: _loads(edit, self._world.package(name)) for name, edit in importing.items()
        }

    def is_imported(self, module: str) -> bool:
        waiting, seen = [module], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            running = self._live.modules.get(name)
            if running is None or running.importer not in self._live.modules:
                return True  # it is where a process begins, or nobody knows who asked for it
            waiting += self._importers(name, running.importer, seen)
        return False

    def _importers(self, module: str, first: str, seen: Collection[str]) -> Iterator[str]:
        if first not in seen and module not in self._dropped(first):
            yield first
        for name in self._world.importers(module):
            running = self._live.modules[name]
            loads = self._loads.get(name, running.loads)
            if name not in seen and (module in loads or module in running.requires):
                yield name

    def _dropped(self, module: str) -> frozenset[str]:
        """What the text of a module has imported, and does no more."""
        running = self._live.modules[module]
        after = self._loads.get(module)
        return running.dropped if after is None else (running.dropped | running.loads) - after
