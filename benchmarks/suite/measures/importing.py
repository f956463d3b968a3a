"""The import of a large package, in a new process, with its bytecode at hand."""

import math
import os
import shutil
import subprocess

from suite import environment
from suite.bench import Bench
from suite.process import MissingError

NAMES = ["sympy", "sympy.stats", "sympy.vector", "sympy.physics.mechanics"]
NAMES += ["sympy.physics.quantum", "sympy.physics.units", "sympy.physics.control"]
SYSTEMS = ["python", "heatsync", "jurigged", "autoreload", "hmr"]
# They differ by hundredths, of which a few imports say nothing.
CLOSE, TIMES = ["python", "heatsync"], 4


def run(bench: Bench) -> None:
    root = os.path.join(bench.work, "large")
    with bench.told("importing", "python", 0):
        copy(root)
        for system in bench.systems(SYSTEMS):
            once(bench, system, root, keep=False)  # makes the bytecode files
        by_turns(bench, SYSTEMS, root, bench.profile.rounds, bench.profile.patience)
        by_turns(bench, CLOSE, root, bench.profile.rounds * (TIMES - 1), math.inf)


def by_turns(bench: Bench, systems: list[str], root: str, rounds: int, patience: float) -> None:
    """So many rounds of imports, without the systems that take longer than that in all."""
    spent = dict.fromkeys(bench.systems(systems), 0.0)
    for _ in range(rounds):
        for system in bench.random.sample([*spent], len(spent)):
            if spent[system] < patience:
                spent[system] += once(bench, system, root)
        bench.steady("importing")


def copy(root: str) -> None:
    """The package, in a folder of its own: what is installed is not kept live."""
    ask = "import importlib.util as u; print(u.find_spec('sympy').submodule_search_locations[0])"
    done = subprocess.run([environment.python(), "-c", ask], capture_output=True, text=True)
    if done.returncode:
        raise MissingError("sympy, which is imported")
    shutil.copytree(
        done.stdout.strip(),
        os.path.join(root, "sympy"),
        ignore=shutil.ignore_patterns("__pycache__", "tests"),
    )


def once(bench: Bench, system: str, root: str, keep: bool = True) -> float:
    """One import; its seconds, with the start of the system."""
    with bench.told("importing", system, 0):
        child = bench.child(system)
        try:
            said = child.ask("load", system=system, root=root, names=NAMES, watch=True)
            modules = child.ask("modules", root=root)
        finally:
            child.close()
        if keep:
            bench.results.add("importing", system, 0, said["import"] * 1000)
            bench.results.add("importing spent", system, 0, said["spent"] * 1000)
            bench.results.add("importing start", system, 0, said["start"] * 1000)
            bench.results.add("importing memory", system, 0, said["peak_kb"] / 1024)
            bench.results.row("importing modules", system, 0).values = [modules["count"]]
            bench.results.row("importing text", system, 0).values = [modules["kb"] / 1024]
        return said["start"] + said["import"]
    return 0.0
