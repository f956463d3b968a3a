"""Measures heatsync beside other systems, and writes the figures as JSON.

    python benchmarks/run.py --setup        makes the environment with the other systems
    python benchmarks/run.py --out results.json
    python benchmarks/page.py results.json  draws docs/benchmarks.md and its plots

`--quick` takes two minutes, the default about ten, `--full` an hour. A system that is not installed
is left out. Nothing is written but the results, and folders for the time of the run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time

from suite import environment
from suite.bench import PROFILES, Bench
from suite.figures import Results
from suite.measures import MEASURES


def main() -> None:
    asked = arguments().parse_args()
    if asked.setup:
        environment.set_up()
        return
    environment.here, environment.source = asked.here, os.path.abspath(asked.source)
    results = Results(about(asked.profile))
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as work:
        bench = Bench(PROFILES[asked.profile], asked.systems, results, os.path.realpath(work))
        for name in asked.only or MEASURES:
            start = time.monotonic()
            MEASURES[name](bench)
            seconds = time.monotonic() - start
            results.about["seconds"][name] = round(seconds)
            print(f"{name}: {seconds:.0f} s", file=sys.stderr)
            results.about["missing"] = bench.missing
            results.save(asked.out)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--setup", action="store_true", help="make the environment with the other systems")
    add("--here", action="store_true", help="measure in the environment that runs this")
    add("--quick", dest="profile", action="store_const", const="quick", default="normal")
    add("--full", dest="profile", action="store_const", const="full")
    add("--only", type=measures, metavar="NAME,NAME", help=", ".join(MEASURES))
    add("--systems", type=lambda text: text.split(","), default=[], metavar="NAME,NAME")
    add("--source", default=environment.source, metavar="FOLDER", help="of another version")
    add("--out", default="results.json", metavar="FILE", help="results.json")
    return parser


def measures(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(MEASURES):
        raise argparse.ArgumentTypeError(f"no measure is called {', '.join(sorted(unknown))}")
    return names


def about(profile: str) -> dict:
    """When, on what, and with which versions."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "profile": profile,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": environment.versions(),
        "seconds": {},
        "missing": {},
    }


if __name__ == "__main__":
    main()
