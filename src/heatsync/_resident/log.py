"""What heatsync says by itself, and the end of the process, which waits until it is said."""

from __future__ import annotations

import atexit
import importlib
import os
import threading
from typing import Any

# Python ends the process with a core dump if a thread is just writing to stderr when it closes that.
# So all that threads of ours write they write under this lock, which the end of the process takes
# for good.
speaking = threading.RLock()
_PATIENCE = 5.0  # seconds; it is held by code of others, too: the program's handlers of the log


def info(words: str, *values: object) -> None:
    _say("info", words, values)


def warning(words: str, *values: object) -> None:
    _say("warning", words, values)


def error(words: str, *values: object, exc_info: object = None) -> None:
    _say("error", words, values, exc_info=exc_info)


def exception(words: str, *values: object) -> None:
    """Told with the exception that is being handled."""
    _say("error", words, values, exc_info=True)


def _say(level: str, words: str, values: tuple[object, ...], **more: Any) -> None:
    # By name, as it is loaded only when there is something to say.
    logger = importlib.import_module("logging").getLogger("heatsync")
    with speaking:
        getattr(logger, level)(words, *values, stacklevel=3, **more)


@atexit.register
def _fall_silent() -> None:
    speaking.acquire(timeout=_PATIENCE)


def _begin_anew() -> None:
    """In a forked child: whoever held it does not exist there."""
    global speaking
    speaking = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
