"""A process without heatsync that imports files anew, as often as it is asked: it forks.

python -m oracle.fresh        answers questions on its standard input
"""

from __future__ import annotations

import importlib
import os
import pickle
import struct
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from oracle.describe import describe

LENGTH = struct.Struct("!I")
Answer = dict[str, str] | str  # the description of the modules, or why they cannot be imported


class FreshProcess:
    """The other end: asks."""

    def __init__(self) -> None:
        tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oracle.fresh"],
            cwd=tests,
            env={**os.environ, "PYTHONPATH": tests, "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> FreshProcess:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.communicate()

    def ask(self, root: str, modules: Sequence[str], unordered: Iterable[str] = ()) -> Answer:
        """What a new process makes of the modules below a folder, imported in this order."""
        question, answer = self._process.stdin, self._process.stdout
        assert question
        assert answer
        send(question, (root, list(modules), set(unordered)))
        return receive(answer)


def send(stream: BinaryIO | Any, value: object) -> None:
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: BinaryIO | Any) -> Any:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError("the fresh process is gone")
    return pickle.loads(stream.read(*LENGTH.unpack(head)))


def serve() -> None:
    """Answers until nobody asks any more. Each answer is found by a process of its own."""
    ignore_warnings()
    sys.dont_write_bytecode = True
    sys.pycache_prefix = os.path.join(os.sep, "nowhere")  # bytecode of the live process may be old
    while True:
        try:
            question = receive(sys.stdin.buffer)
        except EOFError:
            return
        child = os.fork()
        if not child:
            send(sys.stdout.buffer, answer(*question))
            os._exit(0)
        os.waitpid(child, 0)


def ignore_warnings() -> None:
    """Programs call what is a coroutine function by now, and have partials in classes."""
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    warnings.filterwarnings("ignore", "functools.partial will be a method", FutureWarning)


def answer(root: str, modules: Sequence[str], unordered: set[str]) -> Answer:
    sys.path.insert(0, root)
    try:
        for module in modules:
            importlib.import_module(module)
        return describe({name: sys.modules[name] for name in modules}, unordered)
    except BaseException:
        return traceback.format_exc()


if __name__ == "__main__":
    serve()
