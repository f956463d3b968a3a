"""class Heatsync: the public face; it delegates and decides nothing."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import AbstractContextManager
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self, overload

from pyee import EventEmitter

from heatsync import _sharing
from heatsync._applying import Applying, paused
from heatsync._arguments import folders, patterns, seconds, to_call
from heatsync._ids import Caller, Id, caller, resolve, several
from heatsync._keeping import Keeper, Watcher
from heatsync._lifecycle import Made, all_ended, on_dispose
from heatsync._remembering import forget, remember
from heatsync._resident.owned import own
from heatsync._resident.owners import calling_frame
from heatsync._safe_points import Apply, Schedule, safe_point
from heatsync._telling import Telling
from heatsync._temporary import temporary
from heatsync.errors import DisposedError

if TYPE_CHECKING:
    from heatsync._engine import Preview, Report


class Heatsync:
    """Keeps Python modules and data files live: a save is applied to the running process.

    - `watch`: a bool; look at the files and apply changes without being asked. Without it, only
      `refresh()` does.
    - `debounce`: seconds of quiet, a float, to wait for where there is evidence of more to come,
      such as a second file. A single finished save is applied at once.
    - `poll`: seconds between looks at the files, a float, for file systems that send no events;
      None to use events where there are any.
    - `apply`: "auto" applies changes between callbacks on the event loop (asyncio or trio) that is
      running here, or on the asyncio event loop that runs in this thread when a change comes, or
      else in the watcher's thread; "thread" always in that thread; "loop" only on the event loop
      that is running here; "manual" only in `checkpoint()` and `refresh()`.

    - `strict`: a bool; run no file that another user than the one of this process, or root, could
      write, nor one in a directory where they could put another in its place. It holds for all
      Heatsync objects of the process.

    With `HEATSYNC=0` in the environment it loads what it is asked for, and keeps nothing live.

    Raises ValueError for what is none of these, and for "loop" where no event loop is running.

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
        strict: bool = False,
    ) -> None:
        schedule = safe_point(apply)
        seconds(debounce, "debounce", none=True)
        if poll is not None:
            seconds(poll, "poll", none=False)
        self._disposed = False
        self._applying = Applying(schedule, debounce)
        self._telling = Telling()
        off = os.environ.get("HEATSYNC") == "0"
        self._watcher = self._start_watching(debounce, poll) if watch and not off else None
        self._keeper = Keeper(self._watcher, self._telling, strict=strict, off=off)
        self._made = Made(self.dispose)
        own(self._made, calling_frame())

    def _start_watching(self, debounce: float, poll: float | None) -> Watcher:
        # By name, as the watching library is loaded only by those who watch.
        watching = importlib.import_module("heatsync._watching")
        made = watching.Watcher(self._applying.touched, debounce=debounce, poll=poll)
        self._applying.follow(made)
        watcher: Watcher = made
        return watcher

    # ------------------------------------------------------------------- requiring

    @overload
    def require(self, id_: Id) -> Any: ...
    @overload
    def require(self, id_: Sequence[Id]) -> list[Any]: ...

    def require(self, id_: Id | Sequence[Id]) -> Any:
        """Loads what an id stands for and keeps it live; a list gives a list, whole or not at all.

        An id is one of

        - a path relative to the file that calls, a str: "./utils.py", "../lib". ".py" may be left
          out, and a folder with an `__init__.py` is its package. At a prompt or in a notebook it
          is relative to the working directory;
        - an absolute path, a str, or an `os.PathLike`;
        - a name to import, a str: "json.tool". Its own file is kept live, not all that it imports.

        Gives the module, the same object as an import statement gives; for a data file (.json,
        .toml, .yaml) a dict or list that is changed in place.

        Raises NotFoundError, RefusedError for what cannot be kept live, UnreadableError and
        LostSourceError for a data file, DisposedError, and whatever the module itself raises. Then
        nothing that was loaded for it is left behind.

        >>> from heatsync import Heatsync
        >>> import json.tool
        >>> with Heatsync(watch=False) as sync:
        ...     tool, decoder = sync.require(["json.tool", "json.decoder"])
        ...     print(tool is json.tool)
        True
        """
        self._check("require")
        by = caller()
        ids, one = several(id_)
        loaded = self._keeper.load_all([resolve(each, by) for each in ids], by.module)
        return loaded[0] if one else loaded

    @overload
    def import_(self, id_: Id) -> Coroutine[Any, Any, Any]: ...
    @overload
    def import_(self, id_: Sequence[Id]) -> Coroutine[Any, Any, list[Any]]: ...

    # Not `async def`: who calls is only to be seen while it calls, and not when a task begins.
    def import_(self, id_: Id | Sequence[Id]) -> Coroutine[Any, Any, Any]:
        """The same as `require`, with the reading and compiling done off the asyncio event loop.

        To be awaited. The module itself runs on the loop.

        >>> import asyncio
        >>> from heatsync import Heatsync
        >>> async def main():
        ...     async with Heatsync(watch=False) as sync:
        ...         tool, decoder = await sync.import_(["json.tool", "json.decoder"])
        ...         print(tool.__name__)
        >>> asyncio.run(main())
        json.tool
        """
        self._check("import_")
        return self._import(*several(id_), caller())

    async def _import(self, ids: Sequence[Id], one: bool, by: Caller) -> Any:
        targets = [resolve(each, by) for each in ids]
        ready = importlib.import_module("heatsync._loops").ready_for
        async with ready(targets):
            self._check("import_")  # again: there was time to dispose of it
            loaded = self._keeper.load_all(targets, by.module)
        return loaded[0] if one else loaded

    # -------------------------------------------------------------------- tracking

    def track(self, *roots: Id, exclude: Id | Iterable[Id] = ()) -> None:
        """Keeps every module live that is imported from below these folders, before or after.

        `roots` are paths of folders, str or `os.PathLike`, relative to the file that calls;
        `exclude` is what is left out, one or several: a bare name or glob pattern, a str, which is
        meant at any depth below the roots, or a path, str or `os.PathLike`, relative to the file
        that calls. A root that lies in what is left out is tracked all the same.
        Site-packages, virtual environments and the standard library below a root are always left
        out.

        Raises NotADirectoryError for a root that is no folder, ValueError for an empty pattern,
        TypeError for what is neither a text nor a path, DisposedError. Then nothing has changed.

        >>> from heatsync import Heatsync
        >>> with Heatsync(watch=False) as sync:
        ...     sync.track("/", exclude=["*"])
        """
        self._check("track")
        self._keeper.track(folders(roots), patterns(exclude), caller().folder)

    def _adopt(self, module: ModuleType, file: str, data: bytes) -> None:
        """For the command line: makes a module live that nobody imports."""
        self._keeper.adopt(module, file, data)

    # -------------------------------------------------------------------- applying

    def refresh(self) -> Report | None:
        """Applies what is pending now. Gives its Report, or None when nothing was pending.

        A file that is empty just now, or still being written to, is waited for: no longer than
        `debounce`, or 0.05 seconds. An error in the new code is in the report, never raised; then
        everything is as before. Raises DisposedError.

        >>> from heatsync import Heatsync
        >>> with Heatsync(watch=False) as sync:
        ...     print(sync.refresh())
        None
        """
        self._check("refresh")
        self._keeper.scan()
        with self._applying.looked_out_for(()):  # which they are is still to be found out
            return self._applying.refresh(list(self._keeper.claimed))

    def plan(self) -> Preview | None:
        """What `refresh()` would do now. Gives its Preview, or None when nothing is pending.

        Nothing runs and nothing changes. What depends on values that only running tells is in it
        as what may happen. An error in a text is in the Preview, never raised. Raises
        DisposedError.

        >>> from heatsync import Heatsync
        >>> with Heatsync(watch=False) as sync:
        ...     print(sync.plan())
        None
        """
        self._check("plan")
        return _sharing.foreseen(list(self._keeper.claimed))

    def resync(self, id_: Id, *, recursive: bool = False) -> Any:
        """Looks at one file again now, also if its last version failed, and gives what it holds.

        `id_` is an id as for `require`; what was not loaded yet is loaded. With `recursive` also
        the live modules that it imports are looked at, and those that they import. All are applied
        as one change, in the order of their dependencies, and whoever holds them holds the same
        objects as before.

        An error in the new code is told as for any other reload, and not raised. Raises what
        `require` raises for what is loaded the first time.

        >>> from heatsync import Heatsync
        >>> with Heatsync(watch=False) as sync:
        ...     tool = sync.require("json.tool")
        ...     print(sync.resync("json.tool", recursive=True) is tool)
        True
        """
        self._check("resync")
        by = caller()
        if not several(id_)[1]:
            raise TypeError("resync() looks at one file: call it once for each")
        target = resolve(id_, by)
        [loaded] = self._keeper.load_all([target], by.module)
        files = _sharing.files_imported_by(target.name) if recursive else []
        with self._applying.looked_out_for([target.file, *files]):
            _sharing.reload_and_tell([target.file, *files], again=True)
        return sys.modules.get(target.name, loaded)

    def checkpoint(self) -> Report | None:
        """A safe point: applies the saves that the watcher has told of and that wait for one.

        Costs next to nothing when there are none, so it may stand in each turn of a game's loop,
        with `apply="manual"`. Unlike `refresh()` it does not look at files by itself. Gives the
        Report, or None when nothing was waiting. Raises DisposedError.

        >>> from heatsync import Heatsync
        >>> with Heatsync(apply="manual") as sync:
        ...     for frame in range(3):
        ...         sync.checkpoint()
        """
        self._check("checkpoint")
        return self._applying.apply()

    def apply_at(self, schedule: Schedule | None) -> None:
        """From now on, saves are applied where a function of yours says, instead of `apply`.

        `schedule` is called in the watcher's thread, with a function that takes no arguments; it
        is to have that called at a safe point, by handing it over to the thread where things
        happen: `loop.call_soon_threadsafe`, `GLib.idle_add`, `wx.CallAfter`, a Qt signal's `emit`.
        None gives back what `apply` stands for. What it raises is logged, and the saves wait for
        the next one. Raises DisposedError, TypeError for what is nothing to call.

        >>> import queue
        >>> from heatsync import Heatsync
        >>> todo = queue.SimpleQueue()
        >>> with Heatsync() as sync:
        ...     sync.apply_at(todo.put)
        """
        self._check("apply_at")
        if schedule is not None:
            to_call(schedule, "schedule")
        self._applying.at(schedule)

    def paused(self) -> AbstractContextManager[None]:
        """In a `with` block of this, no save is applied, whichever Heatsync watches the file.

        What came meanwhile is applied as one change when the last such block ends, where `apply`
        says; without an event loop that is in the thread that ends it. A change that is being
        applied is waited for. `refresh()`, `resync()` and `checkpoint()` do what they are asked
        for all the same. Raises DisposedError.

        >>> from heatsync import Heatsync
        >>> with Heatsync() as sync:
        ...     with sync.paused():
        ...         pass  # what is called here stays the same
        """
        self._check("paused")
        return paused()

    # ------------------------------------------------------ for the code that is reloaded

    remember = staticmethod(remember)
    forget = staticmethod(forget)
    on_dispose = staticmethod(on_dispose)
    temporary = temporary

    # ---------------------------------------------------------------------- telling

    @property
    def events(self) -> EventEmitter:
        """A pyee `EventEmitter`. It calls its listeners where the change is applied, with

        - "before": the absolute paths, a tuple of str, of the files that are about to be applied,
          all of which compile;
        - "error": the exception, when new code could not be applied. Without a listener it is
          logged to the logger "heatsync";
        - "any": the absolute path, a str, of each file that was applied, or is gone;
        - that absolute path itself: the Report;
        - "after": the Report, applied or failed, once all others were told.

        What a listener raises is logged, and undoes nothing. One that is a coroutine function runs
        on the event loop that is running there, or where this object was made, without being waited
        for; where there is none, it runs to its end at once.

        >>> from heatsync import Heatsync
        >>> with Heatsync(watch=False) as sync:
        ...     @sync.events.on("any")
        ...     def show(file):
        ...         print("reloaded", file)
        """
        return self._telling.events

    @property
    def history(self) -> list[Report]:
        """The latest Reports, the newest last; a hundred of them are kept, or fewer where they tell
        of many names.

        >>> from heatsync import Heatsync
        >>> with Heatsync(watch=False) as sync:
        ...     print(sync.history)
        []
        """
        return list(self._telling.history)

    # ------------------------------------------------------------------ life and end

    def dispose(self) -> None:
        """Ends it: no thread, hook, handle or listener is left. The modules stay as they are.

        It may be called from anywhere, also by a listener or by code that is being reloaded, and
        more than once; the end of a `with` block calls it. Every other method then raises
        DisposedError.

        >>> from heatsync import Heatsync
        >>> sync = Heatsync()
        >>> sync.dispose()
        """
        if self._disposed:
            return
        self._disposed = True
        self._telling.events.remove_all_listeners()
        self._applying.end()
        self._keeper.end()
        self._made.end()

    def _check(self, method: str) -> None:
        if self._disposed:
            raise DisposedError(method)

    def __enter__(self) -> Self:
        self._check("__enter__")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dispose()

    async def __aenter__(self) -> Self:
        self._check("__aenter__")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dispose()
        await all_ended()
