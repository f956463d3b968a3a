"""The command line: a program run as `python` would run it, its code live."""

from __future__ import annotations

import argparse
import atexit
import importlib
import math
import os
import platform
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from heatsync import Heatsync, __version__
from heatsync._program import Module, Program, Stdin, program_at, run

if TYPE_CHECKING:
    from heatsync import Report

USAGE = """heatsync [options] app.py [argument ...]
       heatsync [options] -m module [argument ...]
       heatsync demo"""

ABOUT = """\
Runs a program as `python` would, and keeps its code live: what you save is what runs, in
milliseconds, in the same process, with its state kept. A save that does not work changes nothing.

Live is every module below the working directory and the program's own folder, but for what is
installed (site-packages, virtual environments)."""

# The words of ours that have another word after them.
VALUED = {"--root", "--exclude", "--debounce", "--poll"}


def main(words: Sequence[str] | None = None) -> None:
    """The command line's entry."""
    words = sys.argv[1:] if words is None else words
    cut = _program_begins(words)
    options = _parser().parse_args(words[:cut])
    if options.module is None and words[cut:] == ["demo"]:
        # Loaded here only, for it draws on rich, which costs more time than python's own start.
        sys.exit(importlib.import_module("heatsync._demo").main())
    program, arguments = _asked_for(options, list(words[cut:]))
    sys.argv[:] = [program.called, *arguments]
    _set_first_path(program.path)
    sync = _sync_for(options, program)
    run(program, sync._adopt)


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


def _asked_for(options: argparse.Namespace, rest: list[str]) -> tuple[Program, list[str]]:
    """The program and its arguments; none at all is a text on stdin, or a question for help."""
    if options.module is not None:
        return Module(options.module), rest
    if rest:
        return program_at(rest[0]), rest[1:]
    if sys.stdin is None or sys.stdin.isatty():
        _parser().print_help(sys.stderr)
        sys.exit(2)
    return Stdin(called=""), rest


def _set_first_path(path: str) -> None:
    """Put the program's folder where python had put heatsync's; with -P neither has a place."""
    if not sys.flags.safe_path:
        sys.path[0] = path


def _sync_for(options: argparse.Namespace, program: Program) -> Heatsync:
    """The sync that the program lives under; it ends after the program's own exit handlers."""
    given = {"debounce": options.debounce, "poll": options.poll, "strict": options.strict}
    sync = Heatsync(**{name: value for name, value in given.items() if value is not None})
    atexit.register(sync.dispose)
    sync.events.on("after", _shown(options.quiet, options.explain))
    sync.events.on("error", _told_by_its_report)
    roots = dict.fromkeys([os.getcwd(), program.path or os.getcwd(), *options.root])
    sync.track(*filter(os.path.isdir, roots), exclude=tuple(map(os.path.abspath, options.exclude)))
    return sync


def _shown(quiet: bool, explain: bool) -> Callable[[Report], None]:
    def show(report: Report) -> None:
        if report.error is not None or not quiet:
            # Loaded with the first report, so that the program starts at once.
            importlib.import_module("heatsync._terminal").show(report, explain=explain)

    return show


def _told_by_its_report(error: BaseException) -> None:
    """An `error` without a listener would be logged; ours is shown with the report it belongs to."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="heatsync",
        usage=USAGE,
        description=ABOUT,
        epilog="`heatsync demo` shows it at work in 15 seconds.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("-m", dest="module", metavar="MODULE", help="run a module or package, like python -m")
    add("--root", type=_folder, action="append", default=[], metavar="FOLDER",
        help="keep what is below this folder live, too (may be repeated)")  # fmt: skip
    add("--exclude", action="append", default=[], metavar="PATTERN",
        help="leave out a folder, or files that match a pattern (may be repeated)")  # fmt: skip
    add("--debounce", type=_seconds, metavar="SECONDS",
        help="how long a burst of saves must be quiet to be one change")  # fmt: skip
    add("--poll", type=_seconds, metavar="SECONDS",
        help="look at the files this often, where no file events arrive")  # fmt: skip
    add("--strict", action="store_true", help="run no file that another user could have written")
    add("--explain", action="store_true", help="say why each thing was done, and what is still old")
    add("--quiet", action="store_true", help="say nothing unless a save does not work")
    said = f"heatsync {__version__} (Python {platform.python_version()})"
    add("--version", action="version", version=said)
    return parser


def _folder(word: str) -> str:
    if not os.path.isdir(word):
        raise argparse.ArgumentTypeError(f"there is no folder {word!r}")
    return os.path.abspath(word)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of seconds, such as 0.5")
    return seconds
