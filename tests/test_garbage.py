"""Python's garbage collector waits for a reload, and is the program's own in the code of that."""

import gc
import os
import weakref
from collections import Counter

import pytest

from heatsync._engine.objects import garbage


@pytest.fixture(autouse=True)
def _collector():
    gc.enable()
    yield
    gc.enable()


def test_nothing_is_collected_while_the_engine_works(project):
    project.write({f"many{n}.py": "def f(x):\n    return [x, {x: 1}, (x,)]\n" for n in range(200)})
    for n in range(200):
        project.load(f"many{n}")
        project.edit(f"many{n}.py", "x: 1", "x: 2")
    collections = Counter()

    def count(phase, _):
        collections[phase] += 1

    gc.callbacks.append(count)
    try:
        assert len(project.sync.refresh().trace) == 200
    finally:
        gc.callbacks.remove(count)

    assert collections["start"] <= 3  # around it
    assert gc.isenabled()


def test_code_that_a_reload_runs_has_its_collector(project):
    project.write({"app.py": "import gc\nSEEN = gc.isenabled(), 0\n"})
    app = project.load("app")
    project.edit("app.py", "0", "1")

    project.refresh()

    assert app.SEEN == (True, 1)
    assert gc.isenabled()


@pytest.mark.parametrize("is_error", [False, True])
def test_a_collector_that_is_off_stays_off(project, is_error):
    gc.disable()
    project.write({"app.py": "import gc\nSEEN = gc.isenabled(), 0\n"})
    app = project.load("app")
    project.edit("app.py", "0", "1 / 0" if is_error else "1")

    (project.fail if is_error else project.refresh)()

    seen_on, number = app.SEEN
    assert not seen_on
    assert number == (0 if is_error else 1)
    assert not gc.isenabled()


@pytest.mark.parametrize(("call", "is_on"), [("disable", False), ("enable", True)])
def test_what_the_code_of_the_program_makes_of_it_holds(project, call, is_on):
    (gc.enable if call == "disable" else gc.disable)()
    project.write({"app.py": "import gc\nA = 1\n", "more.py": "import app\nB = app.A, 2\n"})
    project.load("more")
    project.edit("app.py", "A = 1", f"A = gc.{call}(), 2")

    project.refresh()

    assert gc.isenabled() is is_on


def test_it_is_back_after_a_text_that_does_not_compile(project):
    project.write({"app.py": "A = 1\n"})
    project.load("app")
    project.edit("app.py", "A = 1", "A = (")

    project.fail()

    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_is_forked_meanwhile_has_its_collector():
    with garbage.waits():
        child = os.fork()
        if not child:
            os._exit(0 if gc.isenabled() else 1)
        assert not gc.isenabled()

    assert os.waitpid(child, 0)[1] == 0


def test_what_the_caller_of_a_reload_had_is_let_go_of_when_it_returns(project):
    """And not when the collector comes, as it would be if a frame of ours had led to its own."""
    project.write({"app.py": "def f(): return 1\n"})
    project.load("app")

    class Thing:
        pass

    def call():
        thing = Thing()
        project.edit("app.py", "return 1", "return 2")
        assert project.sync.refresh().trace == ["patch app.f"]
        return weakref.ref(thing)

    gc.disable()
    try:
        assert call()() is None
    finally:
        gc.enable()


def test_an_edit_leaves_hardly_anything_to_the_collector(project):
    """Trees and plans go as soon as a batch is done, or every second edit would have it come."""
    project.write({"app.py": "def f(): return 0\n" + "".join(f"A{n} = {n}\n" for n in range(100))})
    project.load("app")
    for number in range(3):  # the first ones find out what is known from then on
        project.edit("app.py", f"return {number}", f"return {number + 1}")
        gc.collect()
        assert project.refresh() == ["patch app.f"]

    assert gc.collect() < 20
