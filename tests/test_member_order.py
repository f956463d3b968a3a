"""Members of a class that change places: who binds a name last, and what is read in between."""

from __future__ import annotations

import pytest

SWAPS = {
    "a method and an attribute": ("def f(self): return 1", "f = 5", "f"),
    "two methods": ("def f(self): return 1", "def f(self): return 2", "f"),
    "two attributes": ("x = 1", "x = 2", "x"),
    "an import": ("if True: x = 1", "import os as x", "x"),
    "a loop": ("x = 1", "for x in range(3): pass", "x"),
}


@pytest.mark.parametrize("swap", SWAPS)
def test_of_two_members_of_one_name_the_last_one_holds(project, swap):
    one, other, name = SWAPS[swap]
    keep = "def keep(self): return 0"
    project.write({"app.py": f"class C:\n    {one}\n    {keep}\n    {other}\nc = C()\n"})
    app = project.load("app")
    cls, keeps = app.C, app.C.keep
    project.write({"app.py": f"class C:\n    {other}\n    {keep}\n    {one}\nc = C()\n"})

    assert project.refresh() == [f"rerun app.C.{name}"]
    expected = {}
    exec(f"class C:\n    {other}\n    {one}\n", expected)
    found, wanted = vars(cls)[name], vars(expected["C"])[name]
    assert found == wanted or found(app.c) == wanted(app.c)
    assert app.C is cls
    assert cls.keep is keeps


def test_a_member_that_stands_above_what_it_reads_gets_that_from_the_module(project):
    project.write(
        {
            "app.py": "def size(): return 1\n"
            "class C:\n    def size(): return 2\n    SIZE = size()\n    n = 0\n"
        }
    )
    app = project.load("app")
    app.C.n = 7
    project.write(
        {
            "app.py": "def size(): return 1\n"
            "class C:\n    SIZE = size()\n    def size(): return 2\n    n = 0\n"
        }
    )

    assert project.refresh() == ["rerun app.C.SIZE"]
    assert app.C.SIZE == 1
    assert app.C.n == 7


def test_a_default_argument_between_two_values_of_its_name_follows_the_first(project):
    project.write(
        {"app.py": "class C:\n    N = 1\n    def f(self, n=N): return n\n    N = 2\nc = C()\n"}
    )
    app = project.load("app")
    method = app.C.f
    project.write(
        {"app.py": "class C:\n    N = 2\n    def f(self, n=N): return n\n    N = 1\nc = C()\n"}
    )

    assert project.refresh() == ["rerun app.C.f", "rerun app.C.N"]
    assert (app.c.f(), app.C.N) == (2, 1)
    assert app.C.f is method


def test_members_that_have_nothing_to_do_with_one_another_change_places_without_a_run(project):
    project.write(
        {
            "app.py": "class C:\n    x = []\n    def f(self): raise KeyError\n"
            "    def g(self): return 2\n"
        }
    )
    app = project.load("app")
    app.C.x.append(1)
    project.write(
        {
            "app.py": "class C:\n    def g(self): return 2\n"
            "    def f(self): raise KeyError\n    x = []\n"
        }
    )

    assert project.refresh() == []
    assert app.C.x == [1]
    assert app.C.f.__code__.co_firstlineno == 3
    assert app.C.g.__code__.co_firstlineno == 2
