"""What decorators made of a function: who holds it holds what they make of it now."""

from __future__ import annotations

import gc
import textwrap

import pytest

from heatsync._engine.objects import redirection

D = "def d(f):\n    def first(*a): return 'd', f(*a)\n    return first\n"
E = "def e(f):\n    def second(*a): return 'e', f(*a)\n    return second\n"
T = "def t(tag):\n    def deco(f):\n        def third(*a): return tag, f(*a)\n        return third\n    return deco\n"
B = "class O:\n    def __init__(self, f): self.f = f\n    def __call__(self, *a): return 'O', self.f(*a)\n"
S = "class S:\n    __slots__ = ('f',)\n    def __init__(self, f): self.f = f\n    def __call__(self, *a): return 'S', self.f(*a)\n"
W = "import functools\ndef w(f):\n    @functools.wraps(f)\n    def inner(*a): return 'w', f(*a)\n    return inner\n"
P = "def p(f): return functools.partial(f)\n"
C = "def c(f): return functools.cache(f)\n"
DECORATORS = D + E + T + B + S + W + P + C
USE = "held = [f]\nclass Holder:\n    at = f\n"


def f_is(decorators: str) -> str:
    return f"from lib import *\n{decorators}\ndef f(): return 1\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("@d", "@e", ("e", 1)),
        ("@d", "@t('x')", ("x", 1)),  # a wrapper with other free variables
        ("@t('x')", "@t('y')", ("y", 1)),
        ("@d", "@w", ("w", 1)),
        ("@w", "@d", ("d", 1)),
        ("@d", "", 1),
        ("@w", "", 1),
        ("@d\n@e", "@e\n@d", ("e", ("d", 1))),
        ("@d\n@e", "@d", ("d", 1)),
        ("@d\n@e", "@e", ("e", 1)),
        ("@d", "@e\n@d", ("e", ("d", 1))),
        ("@d", "@d\n@e", ("d", ("e", 1))),
        ("@d\n@d", "@d", ("d", 1)),
        ("@d\n@t(1)\n@w", "@w\n@t(2)\n@O", ("w", (2, ("O", 1)))),
        ("@O", "@S", ("S", 1)),
        ("@S", "@O", ("O", 1)),
        ("@d", "@O", ("O", 1)),
        ("@O", "@d", ("d", 1)),
        ("@O\n@d", "@O\n@e", ("O", ("e", 1))),
        ("@p", "@d", ("d", 1)),
        ("@d", "@p", 1),
        ("@c", "@d", ("d", 1)),
        ("@c", "@d\n@c", ("d", 1)),
        ("@d", "@c", 1),
    ],
)  # fmt: skip
def test_who_holds_what_a_decorator_made_holds_what_another_one_makes(
    project, before, after, expected
):
    project.write({"lib.py": DECORATORS, "app.py": f_is(before), "user.py": f"from app import f\n{USE}"})  # fmt: skip
    app, user = project.load("app"), project.load("user")
    held = {"in a dict": app.f, "in a tuple": (app.f,)}
    project.write({"app.py": f_is(after)})
    project.refresh()

    holders = [app.f, user.f, user.held[0], user.Holder.__dict__["at"], *held.values()]
    assert [h[0]() if type(h) is tuple else h() for h in holders] == [expected] * 6
    assert held["in a dict"] is app.f is held["in a tuple"][0]


@pytest.mark.parametrize(("before", "after"), [("@d", "@e"), ("@d", "@t(1)"), ("@O", "@S")])
def test_all_is_as_it_was_if_the_batch_fails(project, before, after):
    project.write({"lib.py": DECORATORS, "app.py": f_is(before)})
    app = project.load("app")
    held, result = app.f, app.f()
    project.write({"app.py": f_is(after) + "1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert app.f is held
    assert held() == result


def test_a_wrapper_of_a_method_follows_in_bound_methods(project):
    text = "from lib import *\nclass C:\n    @d\n    def m(self): return 1\n"
    project.write({"lib.py": DECORATORS, "app.py": text})
    app = project.load("app")
    c = app.C()
    bound, plain = c.m, app.C.m
    for decorator, expected in (("@e", "e"), ("@t(1)", 1), ("@d", "d")):
        project.write({"app.py": text.replace("@d", decorator)})
        assert project.refresh() == ["run app.C.m"]

        assert c.m() == plain(c) == bound() == (expected, 1)


def test_a_wrapper_follows_when_its_function_gets_a_free_variable(project):
    text = "from lib import *\nclass C:\n    @d\n    def m(self): return 1\n"
    project.write({"lib.py": DECORATORS, "app.py": text})
    app = project.load("app")
    held = app.C.m
    project.write({"app.py": text.replace("@d", "@e").replace("1", "super() and 2")})
    project.refresh()

    assert held(app.C()) == app.C().m() == ("e", 2)


def test_what_is_shared_by_decorated_functions_is_left_alone(project):
    shared = "def shared(): return 'shared'\ndef s(f): return shared\n"
    nothing = "def n(f): return None\n"
    project.write({"lib.py": DECORATORS + shared + nothing, "app.py": "from lib import *\n@s\ndef f(): return 1\n@n\ndef g(): return 1\n@s\ndef h(): return 1\n"})  # fmt: skip
    app, lib = project.load("app"), project.load("lib")
    held = [app.f, app.g]
    project.edit("app.py", "@s\ndef f", "@d\ndef f")
    project.edit("app.py", "@n", "@d")
    project.refresh()

    assert (app.f(), app.g()) == (("d", 1), ("d", 1))
    assert (lib.shared(), app.h()) == ("shared", "shared")
    assert held == [lib.shared, None]


def test_the_heap_is_not_looked_through_for_what_nobody_holds(project, monkeypatch):
    project.write({"lib.py": DECORATORS, "app.py": "from lib import *\n@O\ndef f(): return 1\n"})
    app = project.load("app")
    looked_for = []
    monkeypatch.setattr(redirection, "holders_of", lambda things: looked_for.extend(things) or [])
    project.edit("app.py", "@O", "@S")

    assert project.refresh() == ["run app.f"]

    assert app.f() == ("S", 1)
    assert looked_for == []


SELVES = {
    "it counts on itself": """
        def counted(f):
            @functools.wraps(f)
            def wrapper(*a):
                wrapper.calls += 1
                return f(*a)
            wrapper.calls = 0
            return wrapper
    """,
    "what it calls counts on it": """
        def counted(f):
            def note():
                wrapper.calls += 1
            def wrapper(*a):
                note()
                return f(*a)
            wrapper.calls = 0
            return wrapper
    """,
    "two of them call one another": """
        def counted(f):
            def count(*a):
                if a: wrapper.calls += 1
                return wrapper() if a else None
            def wrapper(*a):
                return count(*a) or (f(*a) if a else None)
            wrapper.calls = 0
            return wrapper
    """,
}
RESET = (
    "            wrapper.reset = lambda: setattr(wrapper, 'calls', 0)\n            return wrapper\n"
)


@pytest.mark.parametrize("text", SELVES.values(), ids=SELVES)
def test_a_wrapper_that_names_itself_goes_on_with_itself(project, text):
    project.write({"lib.py": textwrap.dedent("        import functools" + text.replace("            return wrapper\n", RESET)), "app.py": "from lib import counted\n@counted\ndef add(a, b): return a + b\n"})  # fmt: skip
    app = project.load("app")
    held = app.add
    assert (held(1, 2), held.calls) == (3, 1)
    for old, new in (("a, b)", "a, b=1)"), ("a, b=1)", "a, b=2)"), ("a, b=2)", "a, b)")):
        project.edit("app.py", old, new)

        assert project.refresh() == ["run app.add"]

        assert app.add is held
        assert held.calls == 0
        assert (held(1, 2), held(2, 2), held.calls) == (3, 4, 2)
        held.reset()
        assert held.calls == 0
    project.edit("lib.py", "setattr(wrapper, 'calls', 0)", "setattr(wrapper, 'calls', -1)")
    project.refresh()
    held.reset()
    assert held.calls == -1
    project.edit("lib.py", "'calls', -1)", "'calls', 0)")
    project.refresh()

    held.reset()
    assert (held(1, 2), held.calls) == (3, 1)
    gc.collect()
    code = held.__code__
    assert [one for one in gc.get_referrers(code) if type(one) is type(held)] == [held]


def test_a_wrapper_that_names_itself_is_as_it_was_if_the_batch_fails(project):
    lib = "def counted(f):\n    def wrapper(*a):\n        wrapper.calls += 1\n        return f(*a)\n    wrapper.calls = 0\n    return wrapper\n"  # fmt: skip
    app_text = "from lib import counted\n@counted\ndef add(a, b): return a + b\n"
    project.write({"lib.py": lib, "app.py": app_text})
    app = project.load("app")
    held = app.add
    assert (held(1, 2), held.calls) == (3, 1)
    project.write({"app.py": app_text.replace("a, b)", "a, b=1)") + "1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert (held(1, 2), held.calls, app.add is held) == (3, 2, True)
    project.write({"app.py": app_text})
    project.refresh()
    assert (held(1, 2), held.calls) == (3, 3)
