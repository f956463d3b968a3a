"""Every exception that heatsync itself raises; each words its own message."""

from __future__ import annotations

from collections.abc import Iterable


class HeatsyncError(Exception):
    """The base of all errors that heatsync itself raises.

    An exception of the reloaded code is never wrapped in one: it stays itself.
    """


class DisposedError(HeatsyncError, RuntimeError):
    """A `Heatsync` was used after its `dispose()`."""

    def __init__(self, method: str) -> None:
        super().__init__(
            f"this Heatsync was disposed of, so {method}() does nothing any more: make a new Heatsync()"
        )


class NotFoundError(HeatsyncError, ImportError):
    """An id names no file and no module."""

    def __init__(self, id_: str, tried: Iterable[str], origin: str) -> None:
        self.id = id_
        self.tried = tuple(tried)
        listed = "".join(f"\n  {path}" for path in self.tried)
        super().__init__(
            f"{id_!r}, required from {origin}, was not found. Tried:{listed}\n"
            "A path starts with './', '../' or '/'; anything else is the name of an importable module."
        )


class RefusedError(HeatsyncError, ImportError):
    """What was asked for cannot be kept live; the message says why and what to do."""

    def __init__(self, what: str, reason: str, way_out: str) -> None:
        self.what = what
        super().__init__(f"{what} cannot be kept live: {reason}. {way_out}")


class UnreadableError(HeatsyncError, ValueError):
    """A data file does not hold what its format promises."""

    def __init__(self, file: str, reason: str) -> None:
        self.file = file
        super().__init__(f"{file}: {reason}. Correct the file and save it again")


class LostSourceError(HeatsyncError, OSError):
    """A file that should be applied could not be read."""

    def __init__(self, file: str, error: OSError) -> None:
        self.file = file
        super().__init__(f"{file} could not be read ({error.strerror or error}); save it again")
