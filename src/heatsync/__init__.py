"""Hot reload for Python: a save is live in milliseconds, state kept, all or nothing."""

from heatsync._engine.graph import Grade, Manner, Ref
from heatsync._engine.preview import Preview
from heatsync._engine.report import Report
from heatsync._engine.taken import Action, Cause, Kind, Outcome, Passed, Planned, StillOld, Taken
from heatsync._lifecycle import on_dispose
from heatsync._remembering import forget, remember
from heatsync._sync import Heatsync
from heatsync._temporary import Temporary, temporary
from heatsync.errors import (
    DisposedError,
    HeatsyncError,
    LostSourceError,
    NoLoopError,
    NotFoundError,
    RefusedError,
    UnnamedError,
    UnreadableError,
    UntrustedError,
)

__all__ = [
    "Action",
    "Cause",
    "DisposedError",
    "Grade",
    "Heatsync",
    "HeatsyncError",
    "Kind",
    "LostSourceError",
    "Manner",
    "NoLoopError",
    "NotFoundError",
    "Outcome",
    "Passed",
    "Planned",
    "Preview",
    "Ref",
    "RefusedError",
    "Report",
    "StillOld",
    "Taken",
    "Temporary",
    "UnnamedError",
    "UnreadableError",
    "UntrustedError",
    "forget",
    "on_dispose",
    "remember",
    "temporary",
]

__version__ = "0.1.0"
