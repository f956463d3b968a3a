"""Registries that the program keeps in an order of its own: nothing of heatsync's changes it."""

from __future__ import annotations

import pytest

SORTED = """\
HOOKS = []
def hook(priority):
    def add(f):
        HOOKS.append((priority, f.__name__, f))
        HOOKS.sort(key=lambda entry: -entry[0])
        return f
    return add
"""
INSERTED = """\
import bisect
HOOKS = []
def hook(priority):
    def add(f):
        bisect.insort(HOOKS, (-priority, f.__name__, f))
        return f
    return add
"""
OBJECT = """\
class Bus:
    def __init__(self): self.hooks = []
    def hook(self, priority):
        def add(f):
            self.hooks.append((priority, f.__name__, f))
            self.hooks.sort(key=lambda entry: -entry[0])
            return f
        return add
bus = Bus()
HOOKS = bus.hooks
"""
APP = """\
import lib
@{hook}(priority=7)
def a(): ...
@{hook}(priority=5)
def b(): ...
@{hook}(priority=3)
def c(): ...
"""


@pytest.fixture(
    params=[(SORTED, "lib.hook"), (INSERTED, "lib.hook"), (OBJECT, "lib.bus.hook")],
    ids=["sorted", "inserted", "object"],
)
def hooks(project, request):
    lib, hook = request.param
    project.write({"lib.py": lib, "app.py": APP.format(hook=hook)})
    project.load("app")
    return lambda: [name for _, name, _ in project.load("lib").HOOKS]


def test_one_gets_another_place_in_it(project, hooks):
    project.edit("app.py", "priority=7", "priority=1")

    assert "run app.a" in project.refresh()

    assert hooks() == ["b", "c", "a"]


def test_one_is_added(project, hooks):
    hook = "@" + project.read("app.py").partition("@")[2].partition("(")[0]
    project.edit("app.py", "import lib\n", f"import lib\n{hook}(priority=4)\ndef d(): ...\n")

    assert "run app.d" in project.refresh()

    assert hooks() == ["a", "b", "d", "c"]


def test_one_goes_and_another_gets_its_place(project, hooks):
    text = project.read("app.py").rpartition("@")[0]
    project.write({"app.py": text.replace("priority=7", "priority=0")})

    assert {"drop app.c", "run app.a"} <= {*project.refresh()}

    assert hooks() == ["b", "a"]
