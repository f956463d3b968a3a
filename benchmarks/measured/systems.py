"""The systems that are measured, each driven the way that its own pages tell."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from pathlib import Path
from typing import Any

from measured import floors


class System:
    """Plain Python, which reloads nothing; and what all the others have in common."""

    def __init__(self, root: str, watch: bool) -> None:
        self.root, self.watch = root, watch

    def start(self) -> None:
        """All that comes before the modules are imported."""

    def load(self, names: list[str]) -> None:
        for name in names:
            importlib.import_module(name)

    def apply(self, names: list[str]) -> None:
        """Reloads what was saved, here and now; `names` for those that have to be told."""
        raise NotImplementedError

    def expect(self, value: Any) -> None:
        """A save is to come, with which functions give this value."""

    def answer(self, module: str, function: str) -> Any:
        """Asks as a caller would that looks the function up in its module."""
        return getattr(sys.modules[module], function)()


class Reload(System):
    """importlib.reload, with the bytecode files that it writes."""

    def apply(self, names: list[str]) -> None:
        for name in names:
            importlib.reload(sys.modules[name])


class Autoreload(System):
    """IPython's `%autoreload 2`: what it does before each cell, without a shell."""

    def start(self) -> None:
        self.reloader = importlib.import_module("IPython.extensions.autoreload").ModuleReloader()
        self.reloader.enabled = self.reloader.check_all = True

    def load(self, names: list[str]) -> None:
        super().load(names)
        self.reloader.check()

    def apply(self, names: list[str]) -> None:
        self.reloader.check()


class Jurigged(System):
    """`jurigged.watch`, with the logger that tells of errors only."""

    def start(self) -> None:
        jurigged = importlib.import_module("jurigged")
        live = importlib.import_module("jurigged.live")
        self.registry = jurigged.registry
        jurigged.watch(self.root, logger=live.conservative_logger, autostart=self.watch)

    def apply(self, names: list[str]) -> None:
        for name in names:
            self.registry.get(sys.modules[name].__file__).refresh()


class Hmr(System):
    """hmr's reloader on a file that imports the modules.

    It only marks what changed, and runs it again when it is next read: time the first call, too.
    """

    def start(self) -> None:
        self.api = importlib.import_module("reactivity.hmr.api")

    def load(self, names: list[str]) -> None:
        entry = os.path.join(os.getcwd(), "entry.py")
        lines = [f"import {name}\ngetattr({name}, 'answer', None)\n" for name in names]
        Path(entry).write_text("".join(lines))
        self.reloader = self.api.SyncReloaderAPI(entry, [self.root], [])
        self.reloader.run_with_hooks()
        if missing := [name for name in names if name not in sys.modules]:
            raise RuntimeError(f"it did not import {missing[0]}")  # it tells of errors and goes on
        if self.watch:
            threading.Thread(target=self.reloader.start_watching, daemon=True).start()

    def apply(self, names: list[str]) -> None:
        self.reloader.on_changes({Path(str(sys.modules[name].__file__)) for name in names})


class Heatsync(System):
    """This project."""

    def start(self) -> None:
        self.sync = importlib.import_module("heatsync").Heatsync(watch=self.watch)
        self.sync.track(self.root)

    def apply(self, names: list[str]) -> None:
        report = self.sync.refresh()
        if report is None or report.error:
            raise RuntimeError(report and repr(report.error))


class EventFloor(System):
    """Being told that a file was saved, and doing nothing about it."""

    expected = told = None

    def load(self, names: list[str]) -> None:
        floors.watch(self.root, self.note)

    def expect(self, value: Any) -> None:
        self.expected, self.told = value, None

    def note(self, file: str) -> None:
        self.told = self.expected

    def answer(self, module: str, function: str) -> Any:
        return self.told


class FunctionFloor(System):
    """Being told, and compiling the one function."""

    def load(self, names: list[str]) -> None:
        super().load(names)
        self.floors = {
            name: floors.OneFunction(sys.modules[name]) for name in names if name != "holder"
        }
        if self.watch:
            floors.watch(self.root, self.note)

    def note(self, file: str) -> None:
        if floor := self.floors.get(os.path.basename(file).removesuffix(".py")):
            floor.refresh()

    def apply(self, names: list[str]) -> None:
        for name in names:
            self.floors[name].refresh()


SYSTEMS: dict[str, type[System]] = {
    "python": System,
    "heatsync": Heatsync,
    "jurigged": Jurigged,
    "hmr": Hmr,
    "autoreload": Autoreload,
    "reload": Reload,
    "event floor": EventFloor,
    "function floor": FunctionFloor,
}
