"""A measured process, as it is seen from the one that measures."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from typing import Any


class FailedError(Exception):
    """The system could not do what was asked of it."""


class MissingError(Exception):
    """The system is not installed."""


class Process:
    """Started in a folder, with a log, in a group of its own that ends with it."""

    def __init__(self, command: list[str], folder: str, environment: dict[str, str]) -> None:
        self.log = folder.rstrip("/") + ".log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self.answers else log,
                stderr=log,
                start_new_session=True,
            )

    answers = False

    def last_words(self) -> str:
        with open(self.log, encoding="utf-8", errors="replace") as log:
            lines = log.read().strip().splitlines()
        return lines[-1] if lines else "it ended without a word"

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Child(Process):
    """A process that does what it is told, one line of JSON at a time."""

    answers = True

    def __init__(self, command: list[str], folder: str, environment: dict[str, str]) -> None:
        super().__init__(command, folder, environment)
        self.heard = b""

    def ask(self, command: str, patience: float = 120, **what: Any) -> Any:
        self.tell(command, **what)
        return self.hear(patience)

    def tell(self, command: str, **what: Any) -> None:
        assert self.process.stdin is not None
        if self.process.stdin.closed:
            raise FailedError("it was ended")
        try:
            self.process.stdin.write(json.dumps({"command": command, **what}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise FailedError(self.last_words()) from None

    def hear(self, patience: float) -> Any:
        answer = json.loads(self.line(time.monotonic() + patience))
        if isinstance(answer, dict):
            if "missing" in answer:
                raise MissingError(answer["missing"])
            if "failed" in answer:
                raise FailedError(answer["failed"])
        return answer

    def line(self, limit: float) -> bytes:
        assert self.process.stdout is not None
        while b"\n" not in self.heard:
            left = limit - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.close()  # what it says later would be taken for the next answer
                raise FailedError("no answer in time")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise FailedError(self.last_words())
            self.heard += data
        line, self.heard = self.heard.split(b"\n", 1)
        return line
