"""A report, drawn for the person at the terminal."""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from heatsync._engine.texts.report import Report
from heatsync._engine.texts.taken import Action, Taken
from heatsync._resident import log
from heatsync._resident.brief import listed, shortened

NAMES = 6  # at most so many names of a kind are told
FILES = 3
PLAIN_WIDTH = 100  # of what is not a terminal
INDENT = " " * 10  # below the file, which stands after the word "heatsync"
# What stands between heatsync and the text of the user.
OURS = (os.path.dirname(os.path.abspath(__file__)) + os.sep, ast.__file__, "<frozen importlib")

# In the order in which they are told: from what is wanted most to what is noticed last.
WORDS = {
    Action.PATCH: ("patched", "green"),
    Action.RUN: ("ran", "cyan"),
    Action.MOVE: ("moved", "green"),
    Action.RERUN: ("reran", "yellow"),
    Action.SYNC: ("synced", "cyan"),
    Action.DROP: ("dropped", "magenta"),
}


class Terminal:
    """Writes reports to a stream: in colour if it is a terminal, and never with an error."""

    def __init__(self, stream: TextIO, *, explain: bool = False) -> None:
        self._stream = stream
        self._explain = explain  # tell why, too
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._broken: frozenset[str] = frozenset()  # files whose last save did not work

    def show(self, report: Report) -> None:
        """Write the report as one block, in one piece; nothing if there is nothing to tell."""
        try:
            text = self._drawn(report)
            self._broken = frozenset(report.files if report.error else ())
            if text:
                with log.speaking:
                    self._stream.write(text)
                    self._stream.flush()
        except Exception:
            # The program must not learn that its stderr is closed, or its reader gone, from us;
            # an error of the user's may even fail to word itself. There is nobody left to tell.
            return

    def _drawn(self, report: Report) -> str:
        block = self._block(report)
        if block is None:
            return ""
        drawn = self._in_colours(block)
        return drawn if self._console.encoding.startswith("utf") else drawn.replace("·", "-")

    def _in_colours(self, block: Text) -> str:
        # Not by a console that writes to the stream: it ends the process when the pipe is broken.
        drawn, known = io.StringIO(), self._console
        console = Console(
            file=drawn,
            color_system=known.color_system,  # type: ignore[arg-type]  # a str, says its property
            force_terminal=known.is_terminal,
            no_color=known.no_color,
            soft_wrap=True,
        )
        console.print(block)
        return drawn.getvalue()

    def _block(self, report: Report) -> Text | None:
        if report.error is not None:
            return _failure(report, report.error, self._more(report))
        told, more = _told(report), self._more(report)
        if told or report.notes:
            return _success(report, told or [Text("no code changed")], more, self._width)
        if self._broken & set(report.files):
            fixed = [Text("as it was before the error", "green")]
            return _success(report, fixed, more, self._width)
        return None

    def _more(self, report: Report) -> list[Text]:
        """What follows the line of a report: its notes, or why it did all that."""
        lines = report.notes
        if self._explain:
            # Its first line only says what is told already where there is no step to explain.
            lines = tuple(report.explain().split("\n")[0 if report.steps else 1 :])
        return [Text(line, "dim") for line in lines]

    @property
    def _width(self) -> int:
        return self._console.width if self._console.is_terminal else PLAIN_WIDTH


def _success(report: Report, told: list[Text], more: list[Text], width: int) -> Text:
    """On one line where it fits, else a line for each kind of thing done."""
    took = Text(_took(report), "dim")
    files = Text(listed(map(shortened, report.files), FILES), "bold")
    line = _joined([files, *told, took])
    if len(INDENT) + len(line) > width:
        line = _below([_joined([files, took]), *told])
    return Text.assemble(("heatsync", "bold dark_orange"), "  ", _below([line, *more]))


def _failure(report: Report, error: BaseException, more: list[Text]) -> Text:
    files = Text(listed(map(shortened, report.files), FILES), "bold")
    head = [files, Text("still running the previous version", "bold"), Text(_took(report), "dim")]
    lines = [_joined(head), *_traceback(error), *more]
    return Text.assemble(("heatsync", "bold red"), "  ", _below(lines, "  "))


def _told(report: Report) -> list[Text]:
    """What was done, a piece for each kind: `patched greet, Service.run`."""
    pieces = []
    for action, (word, style) in WORDS.items():
        names = dict.fromkeys(_name(s, report.files) for s in report.steps if s.action is action)
        if names:
            pieces.append(Text.assemble((word, style), " ", listed(names, NAMES)))
    return pieces


def _name(step: Taken, files: Sequence[str]) -> str:
    """`app.Service.run` is `Service.run` where `app.py` is all that was saved; `app:12` a line."""
    if list(files) != [step.file]:
        return step.ref
    if ":" in step.ref:
        return f"line {step.line}"
    stem = os.path.splitext(os.path.basename(step.file))[0]
    if stem in ("__init__", "__main__"):
        stem = os.path.basename(os.path.dirname(step.file))
    module = re.match(rf"(?:.*?\.)??(?:{re.escape(stem)}|__main__)\.(?=.)", step.ref)
    return step.ref[module.end() :] if module else step.ref


def _took(report: Report) -> str:
    return f"{report.seconds * 1000:.1f} ms"


def _joined(pieces: list[Text]) -> Text:
    return Text(" · ", "dim").join(pieces)


def _below(lines: list[Text], indent: str = INDENT) -> Text:
    return Text("\n" + indent).join(lines)


def _traceback(error: BaseException) -> list[Text]:
    """The user's own traceback, as python words it, a line each."""
    told = traceback.TracebackException.from_exception(error, compact=True)
    _leave_ours_out(told)
    return [_coloured(line) for line in "".join(told.format()).rstrip("\n").split("\n")]


def _leave_ours_out(told: traceback.TracebackException | None) -> None:
    """The frames of heatsync, and of the import machinery, say nothing about the user's error."""
    if told is None:
        return
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        _leave_ours_out(other)
    if told.__context__ is not None and told.__context__.stack is None:
        told.__context__ = None  # what heatsync itself was handling is not the user's
    told.stack[:] = [frame for frame in told.stack if not _is_ours(frame.filename)]
    if not told.stack:
        told.stack = None  # type: ignore[assignment]  # which leaves its heading out, too


def _is_ours(file: str) -> bool:
    return file.startswith(OURS)


def _coloured(line: str) -> Text:
    if re.fullmatch(r"[\s|]*[\^~]+", line):
        return Text(line, "red")
    if re.match(r'[\s|]*File "', line):
        return Text(line, "cyan")
    if re.match(r"[A-Za-z_][\w.]*(:|$)", line):
        return Text(line, "bold red")
    return Text(line)


_stderr: list[Terminal] = []


def show(report: Report, *, explain: bool = False) -> None:
    """Write the report to the stderr that the process was started with."""
    if not _stderr and sys.__stderr__ is not None:  # None under pythonw
        _stderr.append(Terminal(sys.__stderr__, explain=explain))
    for terminal in _stderr:
        terminal.show(report)
