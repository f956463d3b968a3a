"""Programs in processes of their own, whose lines are waited for and never slept for."""

import os
import signal
import subprocess
import sys
import threading
import time

import heatsync
from waiting import PATIENCE

SOURCES = os.path.dirname(os.path.dirname(os.path.abspath(heatsync.__file__)))


def environment(**more):
    """What a program gets to see: this heatsync, no colours, nothing of the test run's own."""
    paths = [SOURCES, more.pop("PYTHONPATH", None), os.environ.get("PYTHONPATH")]
    left_out = ("FORCE_COLOR", "NO_COLOR", "PYTHONWARNINGS", "COLUMNS", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    path = os.pathsep.join(filter(None, paths))
    return kept | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"} | more


def python(*words, cwd, stdin="", **more):
    """Run python to its end."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


def under_heatsync(*words, cwd, stdin="", **more):
    return python("-m", "heatsync", *words, cwd=cwd, stdin=stdin, **more)


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        save(path, text)


def save(path, text):
    """Save as most editors do: written beside, renamed into place."""
    with open(f"{path}~", "w", encoding="utf-8") as opened:
        opened.write(text)
    os.replace(f"{path}~", path)


def edit(path, old, new):
    with open(path, encoding="utf-8") as opened:
        text = opened.read()
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
    save(path, text.replace(old, new))


class Running:
    """A running program; leaving the block ends it, whatever it is doing."""

    def __init__(self, *words, cwd, before=(), **more):
        self.process = subprocess.Popen(
            [*before, sys.executable, *map(str, words)],
            cwd=cwd,
            env=environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.lines = []
        self._seen = 0
        self._over = False
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.process.kill()
        self._reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    @property
    def text(self):
        return "\n".join(self.lines)

    def until(self, *words):
        """Wait until each was in a new line, in whatever order; give the line of the first."""
        missing, found, limit = set(words), {}, time.monotonic() + PATIENCE
        while missing:
            line = self._next(limit, missing)
            found |= {word: line for word in missing if word in line}
            missing -= found.keys()
        return found[words[0]]

    def fresh(self):
        """The next line that the program itself prints from now on."""
        with self._more:
            self._seen = len(self.lines)
        limit = time.monotonic() + PATIENCE
        while (line := self._next(limit, ["a line"])).startswith("heatsync"):
            pass  # the report of a save may come between
        return line

    def ended(self):
        """Wait for the program's own end; give its status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def type(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def _next(self, limit, missing):
        with self._more:
            waited = self._more.wait_for(
                lambda: len(self.lines) > self._seen or self._over,
                limit - time.monotonic(),
            )
            if not waited or len(self.lines) == self._seen:
                last = "\n".join(self.lines[-40:])
                raise AssertionError(f"waited for {missing}; the last lines:\n{last}")
            self._seen += 1
            return self.lines[self._seen - 1]

    def _read(self):
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.rstrip("\n"))
                self._more.notify_all()
        with self._more:
            self._over = True
            self._more.notify_all()


def heatsync_running(*words, cwd, **more):
    return Running("-m", "heatsync", *words, cwd=cwd, **more)
