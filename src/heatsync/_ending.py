"""The end of the process: that Ctrl-C ended it is not forgotten over what threads of ours still do."""

from __future__ import annotations

import atexit
import sys
from contextlib import suppress
from functools import cache
from types import TracebackType

from heatsync._resident.live import LIVE

_PATIENCE = 1.0  # seconds; it may be the program's own code that a reload is just running


@cache
def remember_ctrl_c() -> None:
    """Stand by, from the first thread on, until the end of the process."""
    atexit.register(_end_as_python_does)


def _end_as_python_does() -> None:
    """Let the parent see a process that died of SIGINT, by which shells end their loops.

    Python dies so if the last text that it ran was interrupted (`run_eval_code_obj` in pythonrun.c).
    But a text is also run, by any thread, with each named tuple that an import makes. So no thread
    of ours loads anything from now on, and after that a text is interrupted once more.
    """
    if _is_interrupted():
        LIVE.lock.acquire(timeout=_PATIENCE)
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")


def _is_interrupted() -> bool:
    """Whether nobody caught a KeyboardInterrupt, and there is no prompt that goes on all the same."""
    last = getattr(sys, "last_value", None)
    return (
        type(last) is KeyboardInterrupt
        and not hasattr(sys, "ps1")
        and _left_main(last.__traceback__)
    )


def _left_main(trace: TracebackType | None) -> bool:
    """Others show errors, too, that they have caught: it left `__main__` if it began there."""
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == "runpy":
        trace = trace.tb_next
    main = getattr(sys.modules.get("__main__"), "__dict__", None)
    return trace is not None and trace.tb_frame.f_globals is main
