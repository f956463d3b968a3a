"""What it takes to import heatsync, and to run a program with its command line."""

import subprocess
import time

from suite import environment
from suite.bench import Bench

# Of the processor: it is one thread, which does nothing but work.
CLOCK = "import time; s = time.process_time(); import heatsync; print(time.process_time() - s)"


def run(bench: Bench) -> None:
    folder = bench.folder()
    with open(f"{folder}/app.py", "w") as app:
        app.write("import helper\n")
    with open(f"{folder}/helper.py", "w") as helper:
        helper.write("VALUE = 1\n")
    commands = {"python": ["app.py"], "heatsync": ["-m", "heatsync", "app.py"]}
    for number in range(bench.profile.rounds * 3 + 1):
        for name in bench.random.sample([*commands], 2):
            ms, _ = ran(folder, commands[name])
            if number:
                bench.results.add("start", name, 0, ms)
        _, printed = ran(folder, ["-c", CLOCK])
        if number:
            bench.results.add("import heatsync", "heatsync", 0, float(printed) * 1000)
    bench.steady("start")


def ran(folder: str, arguments: list[str]) -> tuple[float, str]:
    """How many milliseconds a process of Python took from start to end, and what it printed."""
    command = [environment.python(), *arguments]
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment.variables(), check=True, capture_output=True, text=True
    )
    return (time.perf_counter() - start) * 1000, done.stdout
