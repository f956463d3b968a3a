"""Runs the oracle for as long as wanted, with other stories each time.

    python tests/oracle_run.py --minutes 60

Prints each failure as small as hypothesis can make it, and goes on. The same seed does not always
make the same stories, as hypothesis takes numbers from the modules that it finds loaded. So with
`--keep FOLDER` those that fail are written to files, and `--again FILE` lives through one of them,
telling each step.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import pickle
import shutil
import sys
import tempfile
import time

from hypothesis import HealthCheck, Phase, given, seed, settings

from oracle.check import Counts, Different, live_through
from oracle.edits import Story, stories
from oracle.fresh import FreshProcess


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="where to begin; default: the time")
    parser.add_argument("--edits", type=int, default=5, help="at most so many in a story")
    parser.add_argument("--statements", type=int, default=5, help="at most so many in a file")
    parser.add_argument("--whole", action="store_true", help="do not make failures small")
    parser.add_argument("--failures", type=int, default=0, help="stop after so many")
    parser.add_argument("--keep", default="", help="a folder for the stories that fail")
    parser.add_argument("--again", default="", help="a file with a story to live through")
    words = parser.parse_args()
    logging.getLogger("heatsync").setLevel(logging.CRITICAL)
    started, counts, failures = time.monotonic(), Counts(), 0
    first = words.seed if words.seed is not None else time.time_ns() // 1000
    folder = tempfile.mkdtemp(prefix="oracle-")
    try:
        with FreshProcess() as fresh:
            if words.again:
                return live_again(words.again, folder, fresh)
            for number in itertools.count(first):
                if time.monotonic() - started > words.minutes * 60:
                    break
                failure = run(number, folder, fresh, counts, words)
                if failure:
                    failures += 1
                    print(f"\n=== seed {number}\n{failure}", flush=True)
                    if failures == words.failures:
                        break
    finally:
        shutil.rmtree(folder)
    seconds = time.monotonic() - started
    print(
        f"{seconds:.0f} s, {counts.stories} stories, {counts.edits} edits, "
        f"{counts.refused} of them refused; {failures} failures"
    )
    return bool(failures)


def run(
    number: int, folder: str, fresh: FreshProcess, counts: Counts, words: argparse.Namespace
) -> str:
    """A hundred stories; what failed, in words."""
    roots, last = itertools.count(), list[Story]()
    phases = [Phase.generate] if words.whole else [Phase.generate, Phase.shrink]

    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @seed(number)
    @given(stories(words.edits, words.statements))
    def lives_through(story: Story) -> None:
        root = os.path.join(folder, str(next(roots)))
        last[:] = [story]
        try:
            live_through(story, root, fresh, counts)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    try:
        lives_through()
    except Exception as raised:
        if words.keep:
            with open(os.path.join(words.keep, f"{number}.story"), "wb") as file:
                pickle.dump(last[0], file)
        return told(raised)
    return ""


def told(raised: Exception) -> str:
    if isinstance(raised, Different):
        return str(raised)
    return "\n".join([repr(raised), *getattr(raised, "__notes__", ())])


def live_again(file: str, folder: str, fresh: FreshProcess) -> int:
    """Lives through one story, and tells what was done at each step."""
    with open(file, "rb") as opened:
        story: Story = pickle.load(opened)
    try:
        live_through(story, os.path.join(folder, "again"), fresh, Counts(), print)
    except Exception as raised:
        print(told(raised))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
