"""A web server: from a save until the first answer with the new value."""

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from suite import environment
from suite.bench import Bench, Contender
from suite.process import FailedError, MissingError, Process
from suite.texts import Module, Text

APP = """\
from fastapi import FastAPI

import subject

app = FastAPI()


@app.get("/")
def read() -> int:
    return subject.answer()
"""
SERVERS = {
    "heatsync": ["heatsync", "-m", "uvicorn", "main:app"],
    "uvicorn-hmr": ["uvicorn_hmr", "main:app"],
    "jurigged -m uvicorn": ["jurigged", "-m", "uvicorn", "main:app"],
    "uvicorn --reload": ["uvicorn", "main:app", "--reload"],
}
PATIENCE = 15.0


@dataclass
class Server(Contender):
    """A server whose one page gives the value."""

    process: Process
    port: int

    def get(self) -> int | None:
        """What it answers now; None if it does not."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/")
            response = connection.getresponse()
            return int(response.read()) if response.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def until(self, value: int) -> None:
        limit = time.monotonic() + PATIENCE
        while self.get() != value:
            if self.process.process.poll() is not None:
                words = self.process.last_words()
                raise (MissingError if "No module named" in words else FailedError)(words)
            if time.monotonic() > limit:
                raise FailedError(f"no new answer in {PATIENCE:.0f} s")
            time.sleep(0.001)


def run(bench: Bench) -> None:
    with contextlib.ExitStack() as stack:
        servers = []
        for system in bench.systems(SERVERS):
            with bench.told("serving", system, 0):
                servers.append(stack.enter_context(served(bench, system)))
        bench.turns("serving", 0, servers, turn, patience=bench.profile.patience * 2)


@contextlib.contextmanager
def served(bench: Bench, system: str) -> Iterator[Server]:
    """A server that answers."""
    root, port = bench.folder(), free_port()
    texts = {"subject": Module(1000), "main": Text(APP)}
    command = [environment.python(), "-m", *SERVERS[system], "--port", str(port)]
    Contender(system, root, texts).save(*texts)
    process = Process(command, root, environment.variables())
    try:
        server = Server(system, root, texts, process, port)
        server.until(texts["subject"].value)
        yield server
    finally:
        process.close()


def turn(bench: Bench, server: Server, at: float) -> None:
    for _ in range(2):
        time.sleep(0.6 + bench.random.random() / 20)
        value = server.edit("subject")
        start = server.save("subject")
        server.until(value)
        bench.results.add("serving", server.system, at, (time.monotonic_ns() - start) / 1e6)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
