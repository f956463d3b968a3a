"""`singledispatch` and `singledispatchmethod`: who holds one calls what is registered now."""

from __future__ import annotations

import pytest

FUNCTION = """
import functools
@functools.singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
@show.register(str)
def _s(x): return "str"
"""
METHOD = """
import functools
class C:
    @functools.singledispatchmethod
    def show(self, x): return "any"
    @show.register
    def _(self, x: int): return "int"
    @show.register(str)
    def _s(self, x): return "str"
"""
EDITS = [
    ('"int"', '"INT"', ["INT", "str", "any"]),
    ('"any"', '"ANY"', ["int", "str", "ANY"]),
    ('x: int): return "int"', 'x: int, y=1): return "INT"', ["INT", "str", "any"]),
    ("x: int", "x: float", ["any", "str", "any"]),
    ("(str)", "(bytes)", ["int", "any", "any"]),
    ('x): return "any"', 'x, y=1): return "ANY"', ["int", "str", "ANY"]),
    ("(str)", "(str)  # with a comment", ["int", "str", "any"]),
]


def shown(show):
    return [show(x) for x in (1, "a", [])]


@pytest.mark.parametrize(("before", "after", "expected"), EDITS)
def test_a_function_that_is_held(project, before, after, expected):
    project.write({"app.py": FUNCTION})
    app = project.load("app")
    show = app.show
    assert shown(show) == ["int", "str", "any"]  # which it caches
    project.edit("app.py", before, after)
    project.refresh()

    assert app.show is show
    assert shown(show) == expected
    assert shown(lambda x: show.dispatch(type(x))(x)) == expected


@pytest.mark.parametrize(("before", "after", "expected"), EDITS)
def test_a_method_that_is_held_bound(project, before, after, expected):
    project.write({"app.py": METHOD})
    app = project.load("app")
    instance = app.C()
    bound, descriptor = instance.show, vars(app.C)["show"]
    assert shown(bound) == ["int", "str", "any"]
    project.edit("app.py", before, after)
    project.refresh()

    assert vars(app.C)["show"] is descriptor
    assert shown(bound) == shown(instance.show) == expected


@pytest.mark.parametrize("text", [FUNCTION, METHOD])
def test_a_registration_that_comes_and_one_that_goes(project, text):
    project.write({"app.py": text})
    app = project.load("app")
    show = app.C().show if hasattr(app, "C") else app.show
    assert shown(show) == ["int", "str", "any"]
    project.edit("app.py", "(str)", "(list)")
    project.refresh()
    assert shown(show) == ["int", "any", "str"]
    project.write({"app.py": text[: text.rindex("@")].rstrip() + "\n"})
    project.refresh()

    assert shown(show) == ["int", "any", "any"]


@pytest.mark.parametrize("text", [FUNCTION, METHOD])
def test_all_is_as_it_was_if_the_batch_fails(project, text):
    project.write({"app.py": text})
    app = project.load("app")
    show = app.C().show if hasattr(app, "C") else app.show
    shown(show)
    project.write({"app.py": text.replace("x: int", "x: float").replace('"any"', '"ANY"') + "1/0"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert shown(show) == ["int", "str", "any"]


SHOW = "from functools import singledispatch\n@singledispatch\ndef show(x): return 'any'\n"
UNNAMED = "@show.register\ndef _(x: {0}): return '{0}'\n"


def test_functions_of_one_name_that_are_added_stay_apart(project):
    kinds = [UNNAMED.format(kind) for kind in ("int", "str", "float")]
    project.write({"app.py": SHOW + kinds[0]})
    app = project.load("app")
    for count in (2, 3):
        project.write({"app.py": SHOW + "".join(kinds[:count])})

        assert project.refresh() == ["run app._"]

    assert [app.show(value) for value in (1, "a", 1.5, None)] == ["int", "str", "float", "any"]


def test_methods_of_one_name_that_are_added_stay_apart(project):
    text = """
    from functools import singledispatchmethod
    class K:
        @singledispatchmethod
        def show(self, x): return "any"
        @show.register
        def _(self, x: int): return "int"
    """
    project.write({"app.py": text})
    k = project.load("app").K()

    project.write(
        {
            "app.py": text.rstrip()
            + """
        @show.register
        def _(self, x: str): return "str"
    """
        }
    )
    project.refresh()

    assert [k.show(value) for value in (1, "a", None)] == ["int", "str", "any"]


def test_a_function_that_is_defined_again_and_kept_before_is_two(project):
    project.write({"app.py": "def f(): return 1\nV = f()\n"})
    app = project.load("app")

    project.write({"app.py": "def f(): return 1\ng = f\ndef f(): return g() + 1\nV = f()\n"})

    assert project.refresh() == ["run app.g", "run app.f", "rerun app.V"]
    assert (app.g(), app.f(), app.V) == (1, 2, 2)
