"""Hot reload for Python: a save is live in milliseconds, state kept, all or nothing."""

from typing import TYPE_CHECKING, Any

from heatsync._lifecycle import on_dispose
from heatsync._remembering import forget, remember
from heatsync._resident.live import engine
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

if TYPE_CHECKING:
    from heatsync._engine import (
        Action,
        Cause,
        Grade,
        Kind,
        Manner,
        Outcome,
        Passed,
        Planned,
        Preview,
        Ref,
        Report,
        StillOld,
        Taken,
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


def __getattr__(name: str) -> Any:
    """What reports are made of comes with the engine, which is loaded when it is needed."""
    if name in __all__:
        return getattr(engine(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
