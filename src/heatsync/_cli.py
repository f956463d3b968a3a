"""The command line: a program run as `python` would run it, its code live."""

from __future__ import annotations

import atexit
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from heatsync import Heatsync
from heatsync._arguments import patterns
from heatsync._program import Module, Program, Stdin, program_at, run

if TYPE_CHECKING:
    from heatsync import Report

# The words of ours that have another word after them.
VALUED = {"--root", "--exclude", "--debounce", "--poll"}


def main(words: Sequence[str] | None = None) -> None:
    """The command line's entry."""
    words = sys.argv[1:] if words is None else words
    cut = _program_begins(words)
    options = _options(words[:cut])
    if options.module is None and words[cut:] == ["demo"]:
        # Loaded here only, for it draws on rich, which costs more time than python's own start.
        sys.exit(importlib.import_module("heatsync._demo").main())
    program, arguments = _asked_for(options, list(words[cut:]))
    sys.argv[:] = [program.called, *arguments]
    _set_first_path(program.path)
    sync = _sync_for(options, program)
    run(program, sync._adopt)


class Options:
    """What the words before the program say."""

    module: str | None = None
    root: list[str] = []  # noqa: RUF012  # argparse copies what it adds to
    exclude: list[str] = []  # noqa: RUF012
    debounce: float | None = None
    poll: float | None = None
    strict = False
    explain = False
    quiet = False


def _options(words: Sequence[str]) -> Options:
    """Parsed by argparse, but for what most say: it takes as long to load as all of ours."""
    options = Options()
    if len(words) == 2 and words[0] == "-m":
        options.module = words[1]
    elif words:
        importlib.import_module("heatsync._options").parser().parse_args(words, options)
    return options


def _program_begins(words: Sequence[str]) -> int:
    """How many words are heatsync's; the rest belongs to the program, whatever it looks like.

    argparse has `REMAINDER` for it, but that eats a `--` which is meant for the program.
    """
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        if words[at].startswith("-m"):
            return at + (2 if words[at] == "-m" else 1)
        at += 2 if words[at] in VALUED else 1
    return at


def _asked_for(options: Options, rest: list[str]) -> tuple[Program, list[str]]:
    """The program and its arguments; none at all is a text on stdin, or a question for help."""
    if options.module is not None:
        return Module(options.module), rest
    if rest:
        return program_at(rest[0]), rest[1:]
    if sys.stdin is None or sys.stdin.isatty():
        importlib.import_module("heatsync._options").parser().print_help(sys.stderr)
        sys.exit(2)
    return Stdin(called=""), rest


def _set_first_path(path: str) -> None:
    """Put the program's folder where python had put heatsync's; with -P neither has a place."""
    if not sys.flags.safe_path:
        sys.path[0] = path


def _sync_for(options: Options, program: Program) -> Heatsync:
    """The sync that the program lives under; it ends after the program's own exit handlers."""
    given: dict[str, Any] = {
        "debounce": options.debounce,
        "poll": options.poll,
        "strict": options.strict,
    }
    sync = Heatsync(**{name: value for name, value in given.items() if value is not None})
    atexit.register(sync.dispose)
    sync.events.on("after", _shown(options.quiet, options.explain))
    sync.events.on("error", _told_by_its_report)
    folder = os.getcwd()
    implied = filter(os.path.isdir, dict.fromkeys([folder, program.path or folder]))
    sync._keeper.track(options.root, patterns(options.exclude), folder, implied)
    return sync


def _shown(quiet: bool, explain: bool) -> Callable[[Report], None]:
    def show(report: Report) -> None:
        if report.error is not None or not quiet:
            # Loaded with the first report, so that the program starts at once.
            importlib.import_module("heatsync._terminal").show(report, explain=explain)

    return show


def _told_by_its_report(error: BaseException) -> None:
    """An `error` without a listener would be logged; ours is shown with the report it belongs to."""
