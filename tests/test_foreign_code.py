"""Functions to which somebody else has given other code, as debuggers and profilers do."""

from __future__ import annotations

from heatsync import Kind


def stranger(*args):
    return "somebody else's"


def test_a_function_with_code_of_somebody_else_is_left_to_them_and_told(project):
    project.write({"app.py": "def f():\n    return 1\nheld = [f]"})
    app = project.load("app")
    app.f.__code__ = stranger.__code__
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == []

    assert app.f() == "somebody else's"
    [told] = project.sync.history[-1].still_old
    assert (told.kind, told.ref, told.line) == (Kind.FUNCTION, "app.f", 1)
    assert "app.f goes on with the code that somebody else gave it" in told


def test_so_is_a_method(project):
    project.write({"app.py": "class C:\n    def m(self):\n        return 1\nc = C()"})
    app = project.load("app")
    app.C.m.__code__ = stranger.__code__
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == []

    assert app.c.m() == "somebody else's"
    assert [told.ref for told in project.sync.history[-1].still_old] == ["app.C.m"]


def test_code_that_was_given_back_is_followed_from_the_next_save_on(project):
    project.write({"app.py": "def f():\n    return 1\n"})
    app = project.load("app")
    own = app.f.__code__
    app.f.__code__ = stranger.__code__
    project.edit("app.py", "return 1", "return 2")
    project.refresh()
    app.f.__code__ = own
    project.edit("app.py", "return 2", "return 3")

    assert project.refresh() == ["patch app.f"]

    assert app.f() == 3


def test_code_that_was_changed_in_its_place_is_exchanged(project):
    """As coverage and assertion rewriting leave it: other instructions for the same lines."""
    project.write({"app.py": "def f():\n    return 1\n"})
    app = project.load("app")
    app.f.__code__ = app.f.__code__.replace(co_consts=(None, "counted", 1))
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.f() == 2


def test_a_function_in_whose_place_a_wrapper_was_put_follows_behind_it(project):
    project.write({"app.py": "def f():\n    return 1\n"})
    app = project.load("app")
    original = app.f
    app.f = lambda: ("traced", original())
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.f() == ("traced", 2)
    assert project.sync.history[-1].still_old == []
