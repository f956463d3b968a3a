"""class Heatsync: the public face; it delegates and decides nothing."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
import traceback
import weakref
from collections import deque
from collections.abc import Iterable, Sequence
from types import ModuleType, TracebackType
from typing import Any, Literal, Protocol, Self, overload

from pyee import EventEmitter

from heatsync import _importing
from heatsync._engine import LIVE, Data, Report, reload
from heatsync._engine import data as data_files
from heatsync._importing import LiveFinder, Prepared, Target
from heatsync._roots import Roots
from heatsync.errors import DisposedError, LostSourceError, RefusedError

Id = str | os.PathLike[str]
Apply = Literal["auto", "manual"]

_LOG = logging.getLogger("heatsync")
_EVERY: weakref.WeakSet[Heatsync] = weakref.WeakSet()


class _Watcher(Protocol):
    def watch(self, files: Iterable[str]) -> None: ...
    def close(self) -> None: ...


class Heatsync:
    """Keeps Python modules and data files live: a save is applied to the running process.

    - `watch`: look at the files and apply changes by itself. Without it, only `refresh()` does.
    - `debounce`: seconds of quiet to wait for where there is evidence of more to come, such as a
      second file. A single finished save is applied at once.
    - `poll`: seconds between looks at the files, for file systems that send no events; None to
      use events where there are any.
    - `apply`: "auto" applies changes on the event loop that is running where this object is made,
      between callbacks, or else in the watcher's thread; "manual" only in `refresh()`.

    >>> from heatsync import Heatsync
    >>> with Heatsync(watch=False) as sync:
    ...     tool = sync.require("json.tool")
    ...     print(tool.__name__, sync.refresh())
    json.tool None
    """

    def __init__(
        self,
        *,
        watch: bool = True,
        debounce: float = 0.05,
        poll: float | None = None,
        apply: Apply = "auto",
    ) -> None:
        if apply not in ("auto", "manual"):
            raise ValueError(f"apply is {apply!r}: give 'auto' or 'manual'")
        for name, seconds in (("debounce", debounce), ("poll", poll)):
            if seconds is not None and seconds < 0:
                raise ValueError(f"{name} is {seconds}: give seconds, 0 or more")
        self.events = EventEmitter()
        self._history: deque[Report] = deque(maxlen=100)
        self._claimed: set[str] = set()
        self._roots = Roots()
        self._prepared: dict[str, Prepared] = {}
        self._disposed = False
        self._scanned = 0
        self._manual = apply == "manual"
        self._loop = _running_loop() if apply == "auto" else None
        self._finder = LiveFinder(self)
        self._finder.install()
        self._watcher = self._start_watching(debounce, poll) if watch else None
        _EVERY.add(self)

    def _start_watching(self, debounce: float, poll: float | None) -> _Watcher:
        # By name, as the watching library is loaded only by those who watch.
        watching = importlib.import_module("heatsync._watching")
        watcher: _Watcher = watching.Watcher(self._touched, debounce=debounce, poll=poll)
        return watcher

    # ------------------------------------------------------------------- requiring

    @overload
    def require(self, id_: Id) -> Any: ...
    @overload
    def require(self, id_: Sequence[Id]) -> list[Any]: ...

    def require(self, id_: Id | Sequence[Id]) -> Any:
        """Loads what an id stands for and keeps it live; a list gives a list, whole or not at all.

        An id is a path relative to the file that calls ("./utils.py", "../lib", the suffix may be
        left out), an absolute path, an `os.PathLike`, or the name of a module ("json.tool"). Data
        files (.json, .toml, .yaml) give a dict or list that is changed in place.

        Raises NotFoundError, RefusedError, UnreadableError, and whatever the module itself does.
        """
        self._check("require")
        folder, origin = _importing.caller()
        requirer = _importing.calling_module()
        if isinstance(id_, str | os.PathLike):
            return self._require([id_], folder, origin, requirer)[0]
        return self._require(id_, folder, origin, requirer)

    @overload
    async def import_(self, id_: Id) -> Any: ...
    @overload
    async def import_(self, id_: Sequence[Id]) -> list[Any]: ...

    async def import_(self, id_: Id | Sequence[Id]) -> Any:
        """The same as `require`, with the reading and compiling done off the event loop."""
        self._check("import_")
        folder, origin = _importing.caller()
        requirer = _importing.calling_module()
        single = isinstance(id_, str | os.PathLike)
        ids: Sequence[Id] = [id_] if single else id_  # type: ignore[list-item, assignment]
        targets = [_importing.resolve(one, folder, origin) for one in ids]
        for target in targets:
            if target.name and target.name not in sys.modules:
                await self._prepare(target.file)
        self._check("import_")  # again: there was time to dispose of it
        loaded = self._require(ids, folder, origin, requirer)
        return loaded[0] if single else loaded

    async def _prepare(self, file: str) -> None:
        loops = importlib.import_module("heatsync._loops")
        self._prepared[file] = await loops.off_the_loop(_importing.prepare, file)

    def _require(
        self, ids: Sequence[Id], folder: str, origin: str, requirer: str | None
    ) -> list[Any]:
        targets = [_importing.resolve(one, folder, origin) for one in ids]
        before = set(sys.modules)
        try:
            loaded = [self._load(target) for target in targets]
        except BaseException:
            self._unload(target for target in targets if target.name not in before)
            raise
        running = LIVE.modules.get(requirer) if requirer else None
        if running is not None:
            running.requires.update(target.name for target in targets if target.name)
        return loaded

    def _load(self, target: Target) -> Any:
        if not target.name:
            return self._load_data(target.file)
        _importing.refuse_ourselves(target.name, target.file)
        self._claim([target.file])
        importlib.import_module(target.name)
        loaded = sys.modules[target.name]
        if not _has_attributes(loaded):
            self._unload([target])
            raise RefusedError(
                target.file,
                f"its module replaced itself by a {type(loaded).__name__}, which cannot change",
                "Let it replace itself by an object with attributes, a dict or a list",
            )
        if target.name not in LIVE.modules and isinstance(loaded, ModuleType):
            self._adopt(loaded, target.file, _read(target.file))
        return loaded

    def _load_data(self, file: str) -> Any:
        with LIVE.lock:
            known = LIVE.data.get(file)
            if known is None:
                content = _read(file)
                known = LIVE.data[file] = Data(file, data_files.load(file, content), content)
            self._claim([file])
            return known.value

    def _unload(self, targets: Iterable[Target]) -> None:
        for target in targets:
            sys.modules.pop(target.name, None)
            self._claimed.discard(target.file)
            LIVE.remove(target.file)

    # -------------------------------------------------------------------- tracking

    def track(self, *roots: Id, exclude: Iterable[str] = ()) -> None:
        """Keeps every module live that is imported from below these folders, before or after.

        `roots` are paths, relative to the file that calls; `exclude` are folders or glob patterns
        of what is left out. Site-packages, virtual environments and the standard library below a
        root are always left out. Raises NotADirectoryError for a root that is no folder.
        """
        self._check("track")
        folder, _ = _importing.caller()
        for root in roots:
            self._roots.add(os.path.join(folder, os.path.expanduser(os.fspath(root))))
        self._roots.exclude(exclude, folder)
        self._scan()

    def _scan(self) -> None:
        """Finds modules that were imported before, or by way of somebody else's finder."""
        self._scanned = len(sys.modules)
        for name, module in list(sys.modules.items()):
            if not issubclass(type(module), ModuleType) or name in LIVE.modules:
                continue
            file = object.__getattribute__(module, "__dict__").get("__file__")
            if isinstance(file, str) and file.endswith((".py", ".pyw")):
                file = os.path.abspath(file)
                if self._roots.hold(file) and os.path.isfile(file) and module.__name__ == name:
                    self._adopt(module, file, _read(file))
        self._claim(file for file in LIVE.files if self._roots.hold(file))

    # ------------------------------------------- what the import hook asks and tells us

    def wants(self, file: str) -> bool:
        """Part of the import hook."""
        return not self._disposed and (file in self._claimed or self._roots.hold(file))

    def keep(self, module: ModuleType, file: str, data: bytes) -> None:
        """Part of the import hook."""
        if not self._disposed:
            self._adopt(module, file, data)

    def forget(self, module: ModuleType, file: str) -> None:
        """Part of the import hook."""
        if not self._disposed:
            LIVE.remove(file)

    def prepared(self, file: str) -> Prepared | None:
        """Part of the import hook."""
        return self._prepared.pop(file, None)

    def _adopt(self, module: ModuleType, file: str, data: bytes) -> None:
        LIVE.add(module, file, data)
        self._claim([file])

    def _claim(self, files: Iterable[str]) -> None:
        new = set(files) - self._claimed
        if new:
            self._claimed |= new
            if self._watcher is not None:
                self._watcher.watch(new)

    # -------------------------------------------------------------------- applying

    def refresh(self) -> Report | None:
        """Applies what is pending now; gives None when nothing was.

        An error in the new code is in the report, never raised.
        """
        self._check("refresh")
        if len(sys.modules) != self._scanned:
            self._scan()
        return self._reload(list(self._claimed))

    def resync(self, id_: Id, *, recursive: bool = False) -> Any:
        """Looks at one file again now, also if its last version failed, and gives what it holds.

        With `recursive` also at the live modules that it imports, and those that they import. All
        are applied as one batch. Raises the error if they cannot be applied.
        """
        self._check("resync")
        folder, origin = _importing.caller()
        target = _importing.resolve(id_, folder, origin)
        loaded = self._load(target)
        names = _imported_live(target.name) if recursive and target.name else [target.name]
        files = [running.file for name in names if (running := LIVE.modules.get(name))]
        report = self._reload([*files, target.file], again=True)
        if report is not None and report.error is not None:
            raise report.error
        return loaded

    def _touched(self, files: frozenset[str]) -> None:
        """The watcher says: look at these again."""
        if self._disposed or self._manual:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._apply, files)
        else:
            self._apply(files)

    def _apply(self, files: frozenset[str]) -> None:
        if not self._disposed:
            self._reload(files)

    def _reload(self, files: Iterable[str], again: bool = False) -> Report | None:
        report = reload(LIVE, files, again=again)
        if report is not None:
            for sync in list(_EVERY):
                sync._announce(report)
            if report.error is not None:
                # Only now: the error itself is told with the lines of the text that failed.
                LIVE.pin_lines(report.files)
        return report

    def _announce(self, report: Report) -> None:
        """Tells the listeners. An exception of theirs is logged: the reload is done."""
        if self._disposed or self._claimed.isdisjoint(report.files):
            return
        self._history.append(report)
        if report.error is not None:
            self._announce_error(report.error)
        else:
            for file in report.files:
                self._emit("any", file)
                self._emit(file, report)
        self._emit("after", report)

    def _announce_error(self, error: BaseException) -> None:
        if self.events.listeners("error"):
            self._emit("error", error)
        else:
            text = "".join(traceback.format_exception(error)).rstrip()
            _LOG.error("%s\nstill running the previous version", text)

    def _emit(self, event: str, *arguments: object) -> None:
        try:
            self.events.emit(event, *arguments)
        except Exception:
            _LOG.exception("a listener of %r raised", event)

    # ------------------------------------------------------------------ life and end

    @property
    def history(self) -> list[Report]:
        """The latest reports, the newest last; a hundred of them are kept."""
        return list(self._history)

    def dispose(self) -> None:
        """Ends it: no thread, hook, handle or listener is left. The modules stay as they are."""
        if self._disposed:
            return
        self._disposed = True
        self._finder.remove()
        if self._watcher is not None:
            self._watcher.close()
        self.events.remove_all_listeners()
        _EVERY.discard(self)
        elsewhere = {file for sync in list(_EVERY) for file in sync._claimed}
        for file in self._claimed - elsewhere:
            LIVE.remove(file)
        self._claimed.clear()

    def _check(self, method: str) -> None:
        if self._disposed:
            raise DisposedError(method)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dispose()


def _read(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise LostSourceError(file, error) from error


def _running_loop() -> Any:
    """The event loop that is running here, if anybody uses asyncio at all."""
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio.get_running_loop() if asyncio else None
    except RuntimeError:  # none is running
        return None


def _has_attributes(loaded: object) -> bool:
    return hasattr(loaded, "__dict__") or type(loaded) in (dict, list)


def _imported_live(name: str) -> list[str]:
    """A live module and those that it imports, directly or not."""
    found = {name: None}
    waiting = [name]
    while waiting:
        running = LIVE.modules.get(waiting.pop())
        for imported in (running.imports | running.requires) if running else ():
            if imported in LIVE.modules and imported not in found:
                found[imported] = None
                waiting.append(imported)
    return list(found)
