"""The measured process: does what it is told, one line of JSON at a time."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from typing import Any

from measured.systems import SYSTEMS

POLL = 20e-6  # seconds between two looks; a look and the pause take about a tenth of a millisecond


class Measured:
    """One system in one process. Each public method is a command."""

    def __init__(self) -> None:
        self.answers = os.dup(1)
        os.dup2(2, 1)  # what the system prints goes to the log

    def serve(self) -> None:
        for line in sys.stdin:
            what = json.loads(line)
            try:
                self.say(getattr(self, what.pop("command"))(**what))
            except ModuleNotFoundError as error:
                self.say({"missing": str(error)})
            except BaseException as error:
                self.say({"failed": f"{type(error).__name__}: {error}"})
        os._exit(0)  # whatever threads the system has

    def say(self, answer: Any) -> None:
        os.write(self.answers, json.dumps(answer).encode() + b"\n")

    def load(self, system: str, root: str, names: list[str], watch: bool) -> Any:
        """Starts the system and imports the modules; the seconds of either, and the memory."""
        if root not in sys.path:
            sys.path.insert(0, root)
        begin = time.perf_counter()
        self.system = SYSTEMS[system](root, watch)
        self.system.start()
        started, spent = time.perf_counter(), time.process_time()
        self.system.load(names)
        loaded, spent = time.perf_counter(), time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "start": started - begin,
            "import": loaded - started,
            "spent": spent,
            "peak_kb": peak,
        }

    def modules(self, root: str) -> Any:
        """How many modules were imported from there, and how much text they are."""
        files = [getattr(module, "__file__", None) or "" for module in [*sys.modules.values()]]
        sizes = [os.path.getsize(file) for file in files if file.startswith(root)]
        return {"count": len(sizes), "kb": sum(sizes) / 1024}

    def wait(self, modules: list[str], function: str, value: Any, limit: float) -> Any:
        """Says that it is ready, then looks until all modules give the value: the moment, in ns."""
        answer = self.system.answer
        self.system.expect(value)
        waiting = list(modules)
        self.say({"ready": True})
        end = time.monotonic() + limit
        while time.monotonic() < end:
            while waiting and answer(waiting[-1], function) == value:
                waiting.pop()
            if not waiting:
                return {"live": time.monotonic_ns()}
            time.sleep(POLL)
        return {"failed": f"not live after {limit:.0f} s"}

    def apply(self, names: list[str], module: str, function: str, value: Any) -> Any:
        """Reloads and asks once: milliseconds for both."""
        start = time.perf_counter()
        self.system.apply(names)
        got = self.system.answer(module, function)
        spent = time.perf_counter() - start
        return {"ms": spent * 1000} if got == value else {"failed": "the old value stays"}

    def ask(self, module: str, function: str) -> Any:
        return self.system.answer(module, function)

    def spent(self) -> float:
        """Processor time so far, of all threads, in seconds."""
        return time.process_time()

    def fill(self, objects: int) -> None:
        """Makes the heap larger by so many objects that the collector knows."""
        self.heap = [{"number": number} for number in range(objects)]

    def memory(self) -> Any:
        gc.collect()
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        return {
            "kb": pages * os.sysconf("SC_PAGE_SIZE") / 1024,
            "objects": len(gc.get_objects()),
        }

    def time(self, module: str, function: str, times: int) -> Any:
        """What a function of a module says that so many turns of it take, in nanoseconds."""
        return getattr(sys.modules[module], function)(times)


if __name__ == "__main__":
    Measured().serve()
