"""The words of the command line that stand before the program."""

from __future__ import annotations

import argparse
import math
import os
import platform

from heatsync import __version__

USAGE = """heatsync [options] app.py [argument ...]
       heatsync [options] -m module [argument ...]
       heatsync demo"""

ABOUT = """\
Runs a program as `python` would, and keeps its code live: what you save is what runs, in
milliseconds, in the same process, with its state kept. A save that does not work changes nothing.

Live is every module below the working directory and the program's own folder, but for what is
installed (site-packages, virtual environments)."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="heatsync",
        usage=USAGE,
        description=ABOUT,
        epilog="`heatsync demo` shows it at work in 15 seconds.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add("-m", dest="module", metavar="MODULE", help="run a module or package, like python -m")
    add("--root", type=_folder, action="append", default=[], metavar="FOLDER",
        help="keep what is below this folder live, too (may be repeated)")  # fmt: skip
    add("--exclude", action="append", default=[], metavar="PATTERN",
        help="leave out a folder, or files that match a pattern (may be repeated)")  # fmt: skip
    add("--debounce", type=_seconds, metavar="SECONDS",
        help="how long a burst of saves must be quiet to be one change")  # fmt: skip
    add("--poll", type=_some_seconds, metavar="SECONDS",
        help="look at the files this often, where no file events arrive")  # fmt: skip
    add("--strict", action="store_true", help="run no file that another user could have written")
    add("--explain", action="store_true", help="say why each thing was done, and what is still old")
    add("--quiet", action="store_true", help="say nothing unless a save does not work")
    said = f"heatsync {__version__} (Python {platform.python_version()})"
    add("--version", action="version", version=said)
    return made


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


def _some_seconds(word: str) -> float:
    if not _seconds(word):
        raise argparse.ArgumentTypeError(f"{word!r} is no time to wait: give more than 0 seconds")
    return _seconds(word)
