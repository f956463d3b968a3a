"""Which files one Heatsync keeps live, from their first import to its end."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from heatsync import _importing, _sharing
from heatsync._ids import Target, attributes
from heatsync._importing import LiveFinder
from heatsync._resident import formats, log
from heatsync._resident.files import sibling
from heatsync._resident.live import LIVE, Data
from heatsync._resident.texts import Opened, Signature, Text, too_large
from heatsync._roots import Roots
from heatsync.errors import LostSourceError, RefusedError

if TYPE_CHECKING:
    from heatsync._engine import Report


class Watcher(Protocol):
    """Looks at files by itself."""

    def watch(self, files: Iterable[str]) -> None: ...
    def watch_soon(self, file: str, signs: Signature) -> bool: ...
    def unwatch(self, files: Iterable[str]) -> None: ...
    def close(self) -> None: ...


class Teller(Protocol):
    """Tells listeners what is reloaded."""

    def announce(self, files: tuple[str, ...]) -> None: ...
    def tell(self, report: Report) -> None: ...


class Keeper:
    """Loads modules and data files, and knows which of them are live for one Heatsync."""

    def __init__(
        self,
        watcher: Watcher | None,
        teller: Teller,
        strict: bool = False,
        off: bool = False,
    ) -> None:
        if strict and os.name != "posix":
            raise ValueError("strict is True: only POSIX systems tell who may write a file")
        self.announce = teller.announce
        self.tell = teller.tell
        self.strict = strict
        self.roots = Roots()
        self.claimed: set[str] = set()
        self._required: set[str] = set()  # by whoever wrote the program, wherever they lead
        self._watcher = watcher
        self._finder = LiveFinder(self)
        self._scanned = 0
        self._foreign: dict[str, int] = {}  # by name, which modules are not below the roots
        self._off = self._ended = off  # from the start: then it loads, and keeps nothing live
        if not off:
            self._finder.install()
            _sharing.enter(self)

    def claims(self, files: Iterable[str]) -> bool:
        return not self.claimed.isdisjoint(files)

    def joins(self, file: str) -> None:
        if file not in self.claimed and self.wants(file):
            self.claim([file])

    def allows(self, opened: Opened) -> bool:
        """Whether a file may be run, wherever its links lead by now."""
        file, required = opened.file, self._required
        named = bool(required) and (file in required or sibling(file) in required)
        return named or self.roots.lie_around(opened.place)

    # ------------------------------------------------------------- for the import hook

    def wants(self, file: str) -> bool:
        return not self._ended and (file in self.claimed or self.roots.hold(file))

    def begin(self, file: str, signs: Signature) -> bool:
        """Has a file watched that is imported. Gives whether it is to be read once more for that."""
        if file in self.claimed or self._ended:
            return False
        self.claimed.add(file)
        return self._watcher is not None and self._watcher.watch_soon(file, signs)

    def keep(self, module: ModuleType, file: str, data: bytes) -> bytes | None:
        if refused := too_large(file, data):
            log.warning("%s", refused)
            self._disclaim([file])
            return None
        return _sharing.keep(module, file, data)

    def take_back(self, module: ModuleType, file: str, before: bytes | None) -> None:
        _sharing.take_back(module, file, before)
        if file not in LIVE.files:
            self._disclaim([file])

    # ------------------------------------------------------------------------- loading

    def load_all(self, targets: Sequence[Target], requirer: str | None) -> list[Any]:
        """Whole or not at all: what was loaded before an error is taken back."""
        modules, claimed = dict(sys.modules), set(self.claimed)
        with _importing.modules_begun() as begun:
            try:
                loaded = [self._load(target) for target in targets]
            except BaseException:
                self._take_back(targets, begun, modules, claimed)
                raise
        LIVE.require(requirer, (target.name for target in targets))
        return loaded

    def _take_back(
        self,
        targets: Iterable[Target],
        begun: Iterable[tuple[ModuleType, str]],
        modules: dict[str, ModuleType],
        claimed: set[str],
    ) -> None:
        new = [
            (module, file) for module, file in begun if modules.get(module.__name__) is not module
        ]
        names = {module.__name__ for module, _ in new} | {target.name for target in targets}
        _forget_modules(names, modules)
        for module, file in new:
            _sharing.drop(module, file)
        files = ({target.file for target in targets} | {file for _, file in new}) - claimed
        self._disclaim(files)
        _sharing.let_go(files)

    def _load(self, target: Target) -> Any:
        self._required.add(target.file)
        self.claim([target.file])
        if not target.name:
            return self._load_data(target.file)
        importlib.import_module(target.name)
        loaded: Any = sys.modules[target.name]
        if not (hasattr(loaded, "__dict__") or type(loaded) in (dict, list)):
            raise RefusedError(
                target.file,
                f"its module replaced itself by {formats.told(loaded)}, which cannot change",
                "Let it replace itself by an object with attributes, a dict or a list",
            )
        if target.name not in LIVE.modules and not self._off:
            self._adopt_loaded(loaded, target)
        return loaded

    def _adopt_loaded(self, loaded: object, target: Target) -> None:
        if not issubclass(type(loaded), ModuleType):
            raise RefusedError(
                target.file,
                f"its module replaced itself by {formats.told(loaded)} before anybody asked for it",
                "Require or track it before it is imported",
            )
        assert isinstance(loaded, ModuleType)
        self.adopt(loaded, target.file)

    def _load_data(self, file: str) -> Any:
        if file not in LIVE.data:
            text, value = _prepared(file)
            value = load_data(file, text) if value is None else value
            LIVE.data.setdefault(file, Data(file, value, text.data))  # the first of two threads
        return LIVE.data[file].value

    def adopt(self, module: ModuleType, file: str, data: bytes | None = None) -> None:
        """Makes a module live that an import hook has not seen."""
        if self._off or (data is not None and self.roots.leave_out(file)):
            return
        if data is not None:
            self._required.add(file)
        self.claim([file])
        data = _prepared(file)[0].data if data is None else data
        if refused := too_large(file, data):
            raise refused
        _sharing.keep(module, file, data)

    # ------------------------------------------------------------------------ tracking

    def scan(self) -> None:
        """Finds modules that were imported before, or by way of somebody else's finder."""
        if len(sys.modules) == self._scanned or self._off:
            return
        self._scanned = len(sys.modules)
        folders = set[str]()  # foreign ones, as modules tell them: most have many modules
        # A list of items may let the garbage collector run anybody's code until Python 3.11.
        for name, module in dict(sys.modules).items():
            if self._foreign.get(name) != id(module):
                self._look_at(name, module, folders)
        self.claim(file for file in list(LIVE.files) if self.roots.hold(file))

    def _look_at(self, name: str, module: ModuleType, folders: set[str]) -> None:
        file = attributes(module).get("__file__")
        if not isinstance(file, str) or not file.endswith((".py", ".pyw")):
            return
        folder = file.rpartition(os.sep)[0]
        if folder in folders or not self.roots.reach(os.path.dirname(os.path.abspath(file))):
            folders.add(folder)
            self._foreign[name] = id(module)
        elif name not in LIVE.modules and not _is_lazy(module):
            file = os.path.abspath(file)
            if self._is_to_be_kept(name, module, file):
                self.adopt(module, file)

    def _is_to_be_kept(self, name: str, module: ModuleType, file: str) -> bool:
        is_itself = attributes(module).get("__name__") == name
        return is_itself and self.roots.hold(file) and os.path.isfile(file)

    def track(
        self,
        roots: Iterable[str],
        exclude: Iterable[str],
        folder: str,
        implied: Iterable[str] = (),
    ) -> None:
        """Keeps what is below these folders live, and below those that are `implied`."""
        self.roots.add(*(os.path.join(folder, os.path.expanduser(root)) for root in roots))
        self.roots.add(*implied, named=False)
        self.roots.exclude(exclude, folder)
        self._scanned = 0
        self._foreign.clear()
        self.scan()

    def claim(self, files: Iterable[str]) -> None:
        new = set(files) - self.claimed
        if new and not self._ended:
            self.claimed |= new
            if self._watcher is not None:
                self._watcher.watch(new)

    def _disclaim(self, files: Iterable[str]) -> None:
        gone = self.claimed & set(files)
        self.claimed -= gone
        if gone and self._watcher is not None:
            self._watcher.unwatch(gone)

    def end(self) -> None:
        """Keeps nothing live any more, and takes the hook away."""
        self._ended = True
        self._finder.remove()
        self._watcher = None
        _sharing.leave(self)
        files, self.claimed = self.claimed | self._required, set()
        _sharing.let_go(files)


def load_data(file: str, text: Text) -> Any:
    """The value of a data file. Raises UnreadableError and RefusedError."""
    return formats.load(file, text.data)


def _prepared(file: str) -> tuple[Text, Any]:
    try:
        return _importing.prepared(file)
    except OSError as error:
        raise LostSourceError(file, error) from error


def _is_lazy(module: object) -> bool:
    """Whether a module waits for its first use: then there is no text of it that runs."""
    return type(module) is importlib.util._LazyModule  # type: ignore[attr-defined]


def _forget_modules(names: Iterable[str], before: dict[str, ModuleType]) -> None:
    """Takes modules out of sys.modules that came since then, with their packages and parts."""
    gone = {package for name in names for package in _packages(name)} - before.keys()
    for name in [name for name in list(sys.modules) if name not in before]:
        if not gone.isdisjoint(_packages(name)):
            module = sys.modules.pop(name)
            parent, _, last = name.rpartition(".")
            held = attributes(sys.modules.get(parent))
            if held.get(last) is module:
                del held[last]


def _packages(name: str) -> Iterator[str]:
    """A module's name, and those of the packages around it."""
    while name:
        yield name
        name = name.rpartition(".")[0]
