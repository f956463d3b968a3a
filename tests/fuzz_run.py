"""Fuzzes the pure half for as long as wanted, with other texts each time.

    python tests/fuzz_run.py --minutes 60

Takes the standard library and what is installed as its sources. Prints each failure as small as
hypothesis can make it, and goes on.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.corpus import all_files
from fuzz.stories import Counts, Story, live_through_story, stories


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="where to begin; default: the time")
    parser.add_argument("--failures", type=int, default=0, help="stop after so many")
    parser.add_argument(
        "--slow", type=float, default=5, help="seconds for which a text is a failure"
    )
    arguments = parser.parse_args()
    files, counts = all_files(), Counts()
    started, failures = time.monotonic(), 0
    first = arguments.seed if arguments.seed is not None else time.time_ns() // 1000
    for number in itertools.count(first):
        if time.monotonic() - started > arguments.minutes * 60:
            break
        if failure := run(number, files, counts, arguments.slow):
            failures += 1
            print(f"\n=== seed {number}\n{failure}", flush=True)
            if failures == arguments.failures:
                break
    seconds = time.monotonic() - started
    print(
        f"{seconds:.0f} s, {len(files)} files, {counts.inputs} inputs, {counts.python} of them "
        f"Python throughout, slowest {counts.slowest:.2f} s; {failures} failures"
    )
    return bool(failures)


def run(number: int, files: list[str], counts: Counts, slow: float) -> str:
    """Two hundred stories; what failed, in words."""

    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(stories(files))
    def lives_through(story: Story) -> None:
        live_through_story(story, counts, slow)

    try:
        lives_through()
    except Exception as raised:
        return "".join(traceback.format_exception(raised, limit=-6))
    return ""


if __name__ == "__main__":
    sys.exit(main())
