"""Fuzzes the pure half for as long as wanted, with other texts each time.

    python tests/fuzz_run.py --minutes 60

Takes the standard library and what is installed as its sources. Prints each failure as small as
hypothesis can make it in a minute, and goes on. It ends when its time is over, whatever it is at.
"""

from __future__ import annotations

import argparse
import itertools
import signal
import sys
import time
import traceback
from types import FrameType

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.corpus import all_files
from fuzz.stories import Counts, Story, live_through_story, stories

SHRINKING = 60.0  # seconds for which a failure is made smaller
STUCK = 120.0  # seconds after which a text that is not done is a failure


class TimeOverError(KeyboardInterrupt):
    """The one kind of exception that hypothesis lets through at once."""


class Time:
    """How much of it is left; what goes on longer is interrupted."""

    def __init__(self, seconds: float) -> None:
        self.began = time.monotonic()
        self._end = self.began + seconds
        signal.signal(signal.SIGALRM, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        raise TimeOverError

    def left(self) -> float:
        return self._end - time.monotonic()

    def give(self, seconds: float) -> None:
        """To what comes next, from now on."""
        signal.setitimer(signal.ITIMER_REAL, max(0.001, min(seconds, self.left())))

    def take_back(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Run:
    """Two hundred stories, and the smallest one that failed."""

    def __init__(self, number: int, counts: Counts, slow: float, time_: Time) -> None:
        self._number, self._counts, self._slow, self._time = number, counts, slow, time_
        self._failed: tuple[Story, BaseException] | None = None
        self._at: Story | None = None

    def go(self, files: list[str]) -> str:
        """What failed, in words."""

        @settings(
            max_examples=200,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @seed(self._number)
        @given(stories(files))
        def lives_through(story: Story) -> None:
            self._live_through(story)

        try:
            self._time.give(STUCK)
            lives_through()
        except TimeOverError:
            if self._failed is None and self._time.left() > 0:
                return f"not done in {STUCK:g} s: {self._at}"
        except Exception as raised:
            return _told(raised)
        finally:
            self._time.take_back()
        return f"{self._failed[0]}\n{_told(self._failed[1])}" if self._failed else ""

    def _live_through(self, story: Story) -> None:
        self._at = story
        if self._failed is None:
            self._time.give(STUCK)
        try:
            live_through_story(story, self._counts, self._slow)
        except Exception as raised:
            if self._failed is None:
                self._time.give(SHRINKING)
            self._failed = story, raised
            raise


def _told(raised: BaseException) -> str:
    return "".join(traceback.format_exception(raised, limit=-6))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="where to begin; default: the time")
    parser.add_argument("--failures", type=int, default=0, help="stop after so many")
    parser.add_argument(
        "--slow", type=float, default=5, help="seconds for which a text is a failure"
    )
    arguments = parser.parse_args()
    files, counts, failures = all_files(), Counts(), 0
    time_ = Time(arguments.minutes * 60)
    first = arguments.seed if arguments.seed is not None else time.time_ns() // 1000
    for number in itertools.count(first):
        if time_.left() <= 0:
            break
        if failure := Run(number, counts, arguments.slow, time_).go(files):
            failures += 1
            print(f"\n=== seed {number}\n{failure}", flush=True)
            if failures == arguments.failures:
                break
    print(
        f"{time.monotonic() - time_.began:.0f} s, {len(files)} files, {counts.inputs} inputs, "
        f"{counts.python} of them Python throughout, slowest {counts.slowest:.2f} s; "
        f"{failures} failures"
    )
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
