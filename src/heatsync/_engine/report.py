"""What one refresh did, as data and as text."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    """What was done about one statement."""

    DROP = "drop"  # its names were removed
    PATCH = "patch"  # only function bodies differed: code swapped, nothing run
    RUN = "run"  # it is new or was edited, and was run
    RERUN = "rerun"  # it was not edited, but something that it uses came out different
    SYNC = "sync"  # a data file was read again, and poured into the value made from it


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was taken: what was done, to which statement, and why."""

    action: Action
    ref: str  # "app.f", "app.Service.run"; "app:12" for a statement that binds no name
    file: str
    line: int
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.action} {self.ref}"


@dataclass(frozen=True, slots=True)
class Report:
    """What one refresh did to the live process.

    `files` are the absolute paths whose text had changed; `steps` what was done, in order;
    `error` what went wrong, in which case nothing was changed; `seconds` how long it took;
    `notes` what the reader should know beyond that, as sentences.

    >>> from heatsync import Report
    >>> print(Report(files=("/project/app.py",), seconds=0.0012))
    /project/app.py: no code changed (1.2 ms)
    """

    files: tuple[str, ...]
    steps: tuple[Taken, ...] = ()
    error: BaseException | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())

    @property
    def trace(self) -> list[str]:
        """The steps as short words, such as `["drop app.g", "patch app.f"]`."""
        return [str(step) for step in self.steps]

    def __str__(self) -> str:
        files = ", ".join(map(shortened, self.files))
        took = f"({self.seconds * 1000:.1f} ms)"
        if self.error is not None:
            said = "; ".join(f"{type(self.error).__name__}: {self.error}".splitlines()[:1])
            return f"{files}: {said}; still running the previous version {took}"
        done = ", ".join(self.trace) or "no code changed"
        return "\n  ".join([f"{files}: {done} {took}", *self.notes])


def shortened(file: str) -> str:
    """A file as a person would name it: relative to the working directory where it lies below."""
    try:
        relative = os.path.relpath(file)
    except (ValueError, OSError):  # another drive; the working directory is gone
        return file
    return file if relative.startswith(os.pardir) else relative
