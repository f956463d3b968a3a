"""Every exception that heatsync itself raises; each words its own message."""

from __future__ import annotations

from collections.abc import Iterable


class HeatsyncError(Exception):
    """The base of all errors that heatsync itself raises.

    An exception of the reloaded code is never wrapped in one: it stays itself.
    """


class DisposedError(HeatsyncError, RuntimeError):
    """A `Heatsync` was used after its `dispose()`.

    >>> from heatsync import Heatsync
    >>> sync = Heatsync(watch=False)
    >>> sync.dispose()
    >>> sync.refresh()
    Traceback (most recent call last):
    heatsync.errors.DisposedError: this Heatsync was disposed of, so refresh() does nothing any more: make a new Heatsync()
    """

    def __init__(self, method: str) -> None:
        super().__init__(
            f"this Heatsync was disposed of, so {method}() does nothing any more: make a new Heatsync()"
        )


class NotFoundError(HeatsyncError, ImportError):
    """An id names no file and no module.

    `id` is the id, a str; `tried` the absolute paths that were looked at, a tuple of str.

    >>> from heatsync import Heatsync, NotFoundError
    >>> with Heatsync(watch=False) as sync:
    ...     try:
    ...         sync.require("/nowhere/utils")
    ...     except NotFoundError as error:
    ...         print(*error.tried)
    /nowhere/utils/__init__.py /nowhere/utils.py /nowhere/utils
    """

    def __init__(self, id_: str, tried: Iterable[str], origin: str, hint: str = "") -> None:
        self.id = id_
        self.tried = tuple(tried)
        listed = "".join(f"\n  {path}" for path in self.tried)
        super().__init__(
            f"{id_!r}, required from {origin}, was not found. Tried:{listed}\n"
            + (
                hint
                or "Give a path ('./', '../' or '/'), or the name of a module that can be imported."
            )
        )


class RefusedError(HeatsyncError, ImportError):
    """What was asked for cannot be kept live; the message says why, and what to do.

    `what` is the file, or the name of a module without one, a str.

    >>> from heatsync import Heatsync
    >>> with Heatsync(watch=False) as sync:
    ...     sync.require("sys")
    Traceback (most recent call last):
    heatsync.errors.RefusedError: sys cannot be kept live: it is built into the interpreter. Import it as usual: only modules made of a Python file can change
    """

    def __init__(self, what: str, reason: str, way_out: str, when: str = "") -> None:
        self.what = what
        super().__init__(f"{what} cannot be kept live{when}: {reason}. {way_out}")


class UntrustedError(RefusedError):
    """In strict mode: somebody else could write a file, or put another one in its place.

    The message ends with the command that mends it, for whoever may give it.

    >>> from heatsync import UntrustedError
    >>> print(UntrustedError("/srv/app.py", "/srv can be written by its group", "chmod g-w /srv"))
    /srv/app.py cannot be kept live in strict mode: /srv can be written by its group. To mend it: chmod g-w /srv
    """

    def __init__(self, file: str, reason: str, command: str) -> None:
        super().__init__(file, reason, f"To mend it: {command}", " in strict mode")


class UnreadableError(HeatsyncError, ValueError):
    """A data file does not hold what its format promises. `file` is its absolute path, a str."""

    def __init__(self, file: str, reason: str) -> None:
        self.file = file
        super().__init__(f"{file}: {reason}. Correct the file and save it again")


class LostSourceError(HeatsyncError, OSError):
    """A file that should be applied could not be read. `file` is its absolute path, a str."""

    def __init__(self, file: str, error: OSError) -> None:
        self.file = file
        super().__init__(f"{file} could not be read ({error.strerror or error}); save it again")


class NoLoopError(HeatsyncError, RuntimeError):
    """What needs an event loop was asked for where none is running.

    >>> import asyncio
    >>> from heatsync import temporary
    >>> temporary.task(asyncio.sleep(0))
    Traceback (most recent call last):
    heatsync.errors.NoLoopError: the task of ... has no event loop that is running: make it in a coroutine, or in a module that one imports
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} has no event loop that is running: make it in a coroutine, or in a module "
            "that one imports"
        )


class UnnamedError(HeatsyncError, TypeError):
    """The value of `remember()` goes to no variable of its own, by which it could be known.

    `file` is the file of the call, a str; `line` its line, an int.

    >>> from heatsync import remember
    >>> [remember(list) for _ in range(2)]
    Traceback (most recent call last):
    heatsync.errors.UnnamedError: ...: the value of remember() is not assigned to a name at module level or in a class, by which it could be known: give it a key, remember(factory, "a name of your own")
    """

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line
        super().__init__(
            f"{file}:{line}: the value of remember() is not assigned to a name at module level or "
            "in a class, by which it could be known: give it a key, "
            'remember(factory, "a name of your own")'
        )
