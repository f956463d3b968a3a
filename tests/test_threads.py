"""What threads see of changes that are applied while they run: never half of a patch."""

import os
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from heatsync import _sharing
from heatsync._engine import Report
from heatsync._telling import Telling

RELOADS = int(os.environ.get("HEATSYNC_RELOADS", "100"))  # of 1,000 a minute is spent
PATCHED = """
def left(): return {n}
def right(): return {n}
def pair(): return left(), right()
"""
RERUN = """
LEFT = {n}
RIGHT = {n}
def pair(): return LEFT, RIGHT
"""


class Callers:
    """Four threads that call a function in a loop, and remember what was odd about its results."""

    def __init__(self, call):
        self.raised, self.pairs = [], set()
        self._call, self._over = call, threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]

    def _run(self):
        try:
            while not self._over.is_set():
                left, right = self._call()
                if left != right:
                    self.pairs.add((left, right))
        except Exception as error:
            self.raised.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised):
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def often_switched():
    """Threads take turns in the middle of things, rather than every five milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def reload_often(project, text):
    for number in range(1, RELOADS + 1):
        project.write({"app.py": text.format(n=number)})
        report = project.sync.refresh()
        assert report is not None
        assert report.error is None


def test_no_thread_sees_one_function_patched_and_the_other_not_yet(project, often_switched):
    """A call that began before may end with the new one, but none meets the new one first."""
    project.write({"app.py": PATCHED.format(n=0)})
    app = project.load("app")

    with Callers(lambda: app.pair()) as callers:
        reload_often(project, PATCHED)

    assert callers.raised == []
    assert [pair for pair in callers.pairs if pair[0] > pair[1]] == []
    assert app.pair() == (RELOADS, RELOADS)


def test_who_waits_to_run_new_code_comes_before_those_who_are_told_of_it(project, monkeypatch):
    order = []
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    project.edit("app.py", "1", "2")
    clock = SimpleNamespace(sleep=lambda _: order.append(("others", app.f())))
    monkeypatch.setattr(_sharing, "time", clock)
    project.sync.events.on("any", lambda _: order.append(("told", app.f())))

    reloading = threading.Thread(target=project.sync.refresh)
    reloading.start()
    reloading.join()

    assert order == [("others", 2), ("told", 2)]


def test_in_a_pause_no_thread_sees_one_old_and_one_new(project, often_switched):
    project.write({"app.py": PATCHED.format(n=0)})
    app, file = project.load("app"), str(project.root / "app.py")

    def pair_in_a_pause():
        time.sleep(0.001)  # pauses that overlap without end hold back without end
        with project.sync.paused():
            return app.pair()

    with Callers(pair_in_a_pause) as callers:
        for number in range(1, RELOADS + 1):
            project.write({"app.py": PATCHED.format(n=number)})
            project.sync._applying.touched(frozenset({file}))
            while app.left() != number:
                time.sleep(0.001)

    assert callers.raised == []
    assert callers.pairs == set()
    assert [report.error for report in project.sync.history if report.error] == []


def test_values_follow_one_after_another_and_none_is_ever_missing(project, often_switched):
    """Statements run again in the order of the text, so a thread may see some of them done."""
    project.write({"app.py": RERUN.format(n=0)})
    app = project.load("app")

    with Callers(lambda: app.pair()) as callers:
        reload_often(project, RERUN)

    assert callers.raised == []
    assert app.pair() == (RELOADS, RELOADS)


def test_reports_may_be_told_by_several_threads_at_once(often_switched):
    """Each thread tells of its reload when that is over, and the next one has begun."""
    telling, report = Telling(), Report(())

    def tell_often():
        for _ in range(100):
            telling.tell(report)
        return 0, 0

    with Callers(tell_often) as callers:
        for _ in range(20):
            tell_often()

    assert callers.raised == []
    assert len(telling.history) == 100
