"""`heatsync demo`: a program that is edited before your eyes, and never restarted."""

from __future__ import annotations

import contextlib
import difflib
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from rich.console import Console
from rich.text import Text

TICK = 0.6  # seconds between two lines of the program, for the reader's eye
PATIENCE = 30.0  # seconds until a change that is not live is called a failure
SEEN = 4  # lines of the program that are shown after each edit

FILES = {
    "app.py": """\
import os
import sys
import time

from rover import Rover

rover = Rover("Ada")  # made once, here


def main():
    while True:
        print(f"pid {os.getpid()}  {rover.drive()}", flush=True)
        time.sleep(float(sys.argv[1]))


if __name__ == "__main__":
    main()
""",
    "rover.py": """\
from settings import PLANET


class Rover:
    def __init__(self, name):
        self.name = name
        self.steps = 0

    def drive(self):
        self.steps += 1
        return f"{self.name}, step {self.steps} on {PLANET}"
""",
    "settings.py": """\
PLANET = "Mars"
""",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One save: what it shows, what is written, and how its being live is seen."""

    title: str
    file: str
    old: str
    new: str
    told: str  # what heatsync says to it
    printed: str  # what the program prints from then on


EDITS = (
    Edit(
        title="A method is edited. The rover it is called on was made before, and keeps its count",
        file="rover.py",
        old="{self.name}, step",
        new="{self.name} rolls along, step",
        told="patched Rover.drive",
        printed="rolls along",
    ),
    Edit(
        title="A constant is edited. Another file had imported it by name",
        file="settings.py",
        old='"Mars"',
        new='"Venus"',
        told="PLANET",
        printed="on Venus",
    ),
    Edit(
        title="The class gets a new method. The rover that exists has it, too",
        file="rover.py",
        old='on {PLANET}"\n',
        new='on {PLANET} {self.battery()}"\n\n'
        "    def battery(self):\n"
        "        left = 10 - self.steps % 10\n"
        '        return "[" + "#" * left + "." * (10 - left) + "]"\n',
        told="Rover.battery",
        printed="#",
    ),
    Edit(
        title="A save that cannot work. It is told, and the program runs on",
        file="rover.py",
        old="left = 10 - self.steps % 10\n",
        new="left = 10 - (self.steps % 10\n",
        told="still running the previous version",
        printed="#",
    ),
    Edit(
        title="The repair",
        file="rover.py",
        old='left = 10 - (self.steps % 10\n        return "["',
        new='left = 10 - (self.steps % 10)\n        return "battery ["',
        told="patched Rover.battery",
        printed="battery",
    ),
)


class NotLiveError(Exception):
    """The demonstration did not show what it promised."""


def main() -> int:
    """Play the demonstration; the status is 0 only if each edit was seen to go live."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        with _ended_by_signal(), _stage() as folder:
            _play(console, folder, float(os.environ.get("HEATSYNC_DEMO_TICK", TICK)))
    except NotLiveError as error:
        console.print(f"\n{error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped; nothing is left behind.", style="dim")
        return 128 + signal.SIGINT
    return 0


def _play(console: Console, folder: str, tick: float) -> None:
    console.print(Text.assemble("\n", ("heatsync demo", "bold dark_orange")))
    console.print("A program runs. Its files are edited meanwhile, and it is never restarted.\n")
    console.print(Text.assemble(("  $ ", "dim"), ("heatsync app.py", "bold")))
    with _program(console, folder, tick) as program:
        program.until("on Mars")
        program.more(1)
        for number, edit in enumerate(EDITS, 1):
            _show(console, number, edit, _write(folder, edit))
            program.until(edit.told, edit.printed)
            program.more(SEEN - 1)
        said = f"{len(EDITS)} saves, one process (pid {program.pid}), {program.steps} steps"
    console.print(
        Text.assemble("\n", (said, "bold green"), ": nothing was restarted or forgotten.")
    )
    console.print(Text.assemble("Now yours: ", ("heatsync app.py\n", "bold")))


def _write(folder: str, edit: Edit) -> list[str]:
    """Save the edit as an editor does, renamed into place; its lines as a diff."""
    path = os.path.join(folder, edit.file)
    with open(path, encoding="utf-8") as opened:
        before = opened.read()
    after = before.replace(edit.old, edit.new)
    with open(path + "~", "w", encoding="utf-8") as opened:
        opened.write(after)
    os.replace(path + "~", path)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def _show(console: Console, number: int, edit: Edit, diff: list[str]) -> None:
    console.print(Text.assemble("\n", (f"{number}  {edit.title}.", "bold")))
    console.print(Text(f"   {edit.file}", "dim"))
    for line in diff:
        console.print(Text(f"   {line}", "red" if line.startswith("-") else "green"))


@contextlib.contextmanager
def _stage() -> Iterator[str]:
    """A temporary folder with the files of the program in it."""
    with tempfile.TemporaryDirectory(prefix="heatsync-demo-") as folder:
        for name, text in FILES.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as opened:
                opened.write(text)
        yield os.path.realpath(folder)


@contextlib.contextmanager
def _program(console: Console, folder: str, tick: float) -> Iterator[_Program]:
    """The program, running under heatsync until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "heatsync", "app.py", str(tick)],
        cwd=folder,
        env=_environment(console),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding=console.encoding,
    )
    with process:
        program = _Program(console, process)
        try:
            yield program
        finally:
            program.end()


class _Program:
    """What the running program prints: shown as it comes, and watched for what is to be seen."""

    def __init__(self, console: Console, process: subprocess.Popen[str]) -> None:
        self._console = console
        self._gutter = "  │ " if console.encoding.startswith("utf") else "  | "
        self._process = process
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._wanted: tuple[str, ...] = ()
        self.pid = ""
        self.steps = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> None:
        """Kill it; its pipe is closed only when nobody reads from it."""
        self._process.kill()
        self._reader.join()

    def until(self, *words: str) -> None:
        """Show lines until each of the words was in one, in whatever order they come."""
        self._wanted, missing, limit = words, set(words), time.monotonic() + PATIENCE
        while missing:
            line = self._next(limit, f"Not live after {PATIENCE:g} s: {' and '.join(missing)}.")
            missing -= {word for word in missing if word in line}

    def more(self, lines: int) -> None:
        """Show so many more lines of the program itself."""
        steps, limit = self.steps + lines, time.monotonic() + PATIENCE
        while self.steps < steps:
            self._next(limit, f"The program was silent for {PATIENCE:g} s.")

    def _next(self, limit: float, complaint: str) -> str:
        try:
            line = self._lines.get(timeout=max(0.0, limit - time.monotonic()))
        except queue.Empty:
            raise NotLiveError(complaint) from None
        if line is None:
            raise NotLiveError(f"The program ended, with status {self._process.wait()}.")
        text = Text.from_ansi(line.rstrip("\n"))
        if text.plain.startswith("pid "):
            text.highlight_words(self._wanted, "bold yellow")
        self._console.print(Text.assemble((self._gutter, "dim"), text))
        self._check(text.plain)
        return text.plain

    def _check(self, line: str) -> None:
        """The same process all along, and not one step lost or counted twice."""
        seen = re.match(r"pid (\d+) .*step (\d+)", line)
        if seen is None:
            return
        if self.pid not in ("", seen[1]) or int(seen[2]) != self.steps + 1:
            raise NotLiveError(
                f"After process {self.pid} and step {self.steps}, this is another program."
            )
        self.pid, self.steps = seen[1], int(seen[2])

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)


def _environment(console: Console) -> dict[str, str]:
    """The program finds this heatsync, and writes to the pipe as it would to our terminal."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    given = {
        "PYTHONPATH": path,
        "PYTHONIOENCODING": console.encoding,
        "COLUMNS": str(console.width - 4),
    }
    if console.is_terminal:
        given["FORCE_COLOR"] = "1"
    return os.environ | given


@contextlib.contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM unwinds, like Ctrl-C, so that neither program nor folder is left behind."""

    def leave(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
