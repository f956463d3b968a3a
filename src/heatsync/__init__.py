"""Hot reload for Python: a save is live in milliseconds, state kept, all or nothing."""

from heatsync._engine.report import Action, Report, Taken
from heatsync._sync import Heatsync
from heatsync.errors import (
    DisposedError,
    HeatsyncError,
    LostSourceError,
    NotFoundError,
    RefusedError,
    UnreadableError,
)

__all__ = [
    "Action",
    "DisposedError",
    "Heatsync",
    "HeatsyncError",
    "LostSourceError",
    "NotFoundError",
    "RefusedError",
    "Report",
    "Taken",
    "UnreadableError",
]

__version__ = "0.1.0"
