"""Decorators: added, removed and edited, their wrappers, caches and overloads."""

from __future__ import annotations

import asyncio
import builtins
import inspect

import pytest


@pytest.fixture
def ran(monkeypatch):
    """What the project's code had evaluated: `ran(x)` is x, and notes it here."""
    noted = []
    monkeypatch.setattr(builtins, "ran", lambda x: (noted.append(x), x)[1], raising=False)
    return noted


LOUD = """
import functools

def loud(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f"{f(*args)}!"
    return wrapper
"""


def test_a_decorated_body_is_patched_and_not_decorated_again(project, ran):
    project.write(
        {
            "deco.py": LOUD,
            "app.py": "from deco import loud\n@ran(loud)\ndef f(): return 1\nheld = f",
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held is app.f
    assert app.held() == "2!"
    assert len(ran) == 1


def test_a_decorator_is_added_and_the_holders_of_the_bare_function_follow(project):
    project.write(
        {
            "deco.py": LOUD,
            "app.py": "from deco import loud\ndef f(): return 1\nheld = [f]\ndef g(): return f()",
        }
    )
    app = project.load("app")
    bare = app.f
    project.edit("app.py", "def f", "@loud\ndef f")

    assert project.refresh() == ["run app.f", "rerun app.held"]

    assert (app.f(), app.g(), app.held[0](), bare()) == ("1!", "1!", "1!", "1!")


def test_a_decorator_is_removed(project):
    project.write(
        {"deco.py": LOUD, "app.py": "from deco import loud\n@loud\ndef f(): return 1\nheld = [f]"}
    )
    app = project.load("app")
    wrapped = app.f
    project.edit("app.py", "@loud\n", "")

    assert project.refresh()[0] == "run app.f"

    assert app.f() == 1
    assert app.held[0]() == 1
    assert wrapped() == 1


def test_a_decorator_is_added_then_removed_then_added(project):
    project.write(
        {"deco.py": LOUD, "app.py": "from deco import loud\ndef f(): return 1\nheld = [f]"}
    )
    app = project.load("app")
    bare = app.f
    for _ in range(2):
        project.edit("app.py", "def f", "@loud\ndef f")
        project.refresh()
        assert (app.f(), app.held[0](), bare()) == ("1!", "1!", "1!")
        project.edit("app.py", "@loud\n", "")
        project.refresh()
        assert (app.f(), app.held[0](), bare()) == (1, 1, 1)


def test_a_wrapper_is_edited_in_another_module(project):
    project.write(
        {"deco.py": LOUD, "app.py": "from deco import loud\n@loud\ndef f(): return 1\nheld = [f]"}
    )
    app = project.load("app")
    held = app.held[0]
    project.edit("deco.py", "}!", "}?")
    project.refresh()

    assert (app.f(), held()) == ("1?", "1?")


def test_the_argument_of_a_decorator_is_edited(project):
    project.write(
        {
            "deco.py": """
        def times(n):
            def decorate(f):
                def wrapper(*args):
                    return f(*args) * n
                return wrapper
            return decorate
        """,
            "app.py": "from deco import times\n@times(2)\ndef f(): return 1\nheld = [f]",
        }
    )
    app = project.load("app")
    project.edit("app.py", "times(2)", "times(3)")
    project.refresh()

    assert (app.f(), app.held[0]()) == (3, 3)


def test_the_argument_of_a_decorator_is_a_constant_of_another_module(project):
    project.write(
        {
            "config.py": "N = 2",
            "deco.py": "def times(n):\n    return lambda f: lambda: f() * n\n",
            "app.py": "import config\nfrom deco import times\n@times(config.N)\ndef f(): return 1",
        }
    )
    app = project.load("app")
    project.edit("config.py", "N = 2", "N = 3")

    assert project.refresh() == ["run config.N", "rerun app.f"]

    assert app.f() == 3


def test_a_decorator_that_returns_an_object(project):
    project.write(
        {
            "deco.py": """
        class Command:
            def __init__(self, callback):
                self.callback = callback
            def __call__(self):
                return "ran", self.callback()
        """,
            "app.py": "from deco import Command\n@Command\ndef f(): return 1\nheld = [f]",
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.f"]
    assert app.held[0]() == ("ran", 2)

    project.edit("deco.py", '"ran"', '"did"')
    assert project.refresh() == ["patch deco.Command.__call__"]
    assert app.held[0]() == ("did", 2)


@pytest.mark.parametrize(
    ("above", "base"),
    [
        ("import abc", "abc.ABC"),
        ("Base = object", "Base"),
        ("from collections import namedtuple\nBase = namedtuple('Base', 'name')", "Base"),
        ("class Around:\n    Base = object", "Around.Base"),
    ],
)
def test_a_class_makes_decorators_whatever_it_is_derived_from(project, above, base):
    cls = f"class Command({base}):\n    def __call__(self, function): return function\n"
    given = "'run'" if "namedtuple" in above else ""
    use = f"@Command({given})\ndef run(): return 1"
    project.write({"app.py": f"{above}\n{cls}{use}"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.run"]
    assert app.run() == 2

    project.edit("app.py", "return function", "return [function]")
    assert project.refresh() == ["patch app.Command.__call__", "rerun app.run"]
    assert app.run[0]() == 2


def test_a_chain_of_wraps(project):
    project.write(
        {
            "deco.py": LOUD,
            "app.py": "from deco import loud\n@loud\n@loud\n@loud\ndef f(): return 1\nheld = f",
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held() == "2!!!"


def test_the_order_of_decorators_is_swapped(project):
    project.write(
        {
            "deco.py": "def a(f): return lambda: 'a' + f()\ndef b(f): return lambda: 'b' + f()\n",
            "app.py": "from deco import a, b\n@a\n@b\ndef f(): return 'f'\n",
        }
    )
    app = project.load("app")
    project.edit("app.py", "@a\n@b", "@b\n@a")

    assert project.refresh() == ["run app.f"]

    assert app.f() == "baf"


def test_a_cache_forgets_what_the_old_body_gave(project):
    project.write({"app.py": "import functools\n@functools.cache\ndef f(n): return n\nheld = [f]"})
    app = project.load("app")
    assert app.f(1) == 1
    project.edit("app.py", "return n", "return n * 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held[0](1) == 2


def test_a_cache_forgets_what_a_function_it_calls_gave(project):
    project.write(
        {
            "app.py": "import functools\ndef g(): return 1\n@functools.lru_cache(maxsize=8)\ndef f(): return g()"
        }
    )
    app = project.load("app")
    assert app.f() == 1
    project.edit("app.py", "return 1", "return 2")
    project.refresh()

    assert app.f() == 2


def test_a_cache_stays_filled_when_another_function_is_edited(project):
    project.write(
        {
            "app.py": "import functools\ndef g(): return 1\n@functools.cache\ndef f(): return object()"
        }
    )
    app = project.load("app")
    first = app.f()
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.g"]

    assert app.f() is first


def test_caches_in_decorators_members_and_containers_forget_what_they_call(project):
    project.write(
        {
            "app.py": """
        import functools
        def kept(f):
            f = functools.lru_cache(f)
            @functools.wraps(f)
            def wrapper(*args): return f(*args)
            return wrapper
        def g(): return 1
        @kept
        def f(): return g()
        class C:
            @staticmethod
            @functools.cache
            def s(): return g()
            @classmethod
            @functools.lru_cache
            def c(cls): return g()
            @functools.cache
            def other(self): return object()
        table = {"a": functools.cache(lambda: g())}
        def make():
            @functools.cache
            def inner(): return g()
            return inner
        """
        }
    )
    app = project.load("app")
    made, c = app.make(), app.C()
    calls = [app.f, app.C.s, app.C.c, app.table["a"], made]
    other = c.other()
    assert [call() for call in calls] == [1] * 5
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.g"]

    assert [call() for call in calls] == [2] * 5
    assert c.other() is other


def test_what_a_cache_holds_comes_back_if_the_batch_fails(project):
    project.write({"app.py": "import functools\n@functools.cache\ndef f(n): return [n]\n"})
    app = project.load("app")
    one, f = app.f(1), app.f
    project.edit("app.py", "[n]", "[n, n]\nassert f(1) == [1, 1]\n1 / 0")

    assert type(project.fail()) is ZeroDivisionError

    assert app.f is f
    assert f(1) is one


def test_what_is_made_by_a_cached_function_is_what_the_cache_gives(project):
    project.write(
        {
            "app.py": "import functools\n@functools.lru_cache\ndef settings(): return {'a': 1}\nSETTINGS = settings()\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "'a': 1", "'a': 2")

    assert project.refresh() == ["patch app.settings", "rerun app.SETTINGS"]

    assert app.SETTINGS == app.settings() == {"a": 2}


def test_singledispatch_bodies_and_registered_ones(project):
    project.write(
        {
            "app.py": """
        from functools import singledispatch
        @singledispatch
        def show(x): return "thing"
        @show.register
        def _(x: int): return "int"
        @show.register
        def _(x: str): return "str"
        """
        }
    )
    app = project.load("app")
    show = app.show
    project.edit("app.py", '"int"', '"number"')

    assert project.refresh() == ["patch app._"]

    assert (show(1), show("a"), show([])) == ("number", "str", "thing")


def test_the_generic_body_of_a_singledispatch(project):
    project.write(
        {
            "app.py": """
        from functools import singledispatch
        @singledispatch
        def show(x): return "thing"
        @show.register(int)
        def show_int(x): return "int"
        """
        }
    )
    app = project.load("app")
    show = app.show
    project.edit("app.py", '"thing"', '"any"')
    project.refresh()

    assert (show(1), show([]), app.show(1), app.show([])) == ("int", "any", "int", "any")


def test_overloads_are_told_from_the_implementation(project):
    project.write(
        {
            "app.py": """
        from typing import overload
        @overload
        def f(x: int) -> int: ...
        @overload
        def f(x: str) -> str: ...
        def f(x): return x
        held = [f]
        """
        }
    )
    app = project.load("app")
    project.edit("app.py", "return x", "return x * 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held[0](2) == 4


def test_a_context_manager_and_a_partial_follow(project):
    project.write(
        {
            "app.py": """
        import contextlib, functools
        @contextlib.contextmanager
        def scope():
            yield 1
        def f(a, b): return a + b
        add1 = functools.partial(f, 1)
        """
        }
    )
    app = project.load("app")
    scope, add1 = app.scope, app.add1
    project.edit("app.py", "yield 1", "yield 2")
    project.edit("app.py", "a + b", "a * 10 + b")

    assert project.refresh()[:2] == ["patch app.scope", "patch app.f"]

    with scope() as value:
        assert value == 2
    assert add1(2) == app.add1(2) == 12


def test_a_wrapped_coroutine_function_still_looks_like_one(project):
    project.write(
        {
            "deco.py": "import functools\ndef loud(f):\n    @functools.wraps(f)\n    async def w(): return 'loud', await f()\n    return w\n",
            "app.py": "from deco import loud\nasync def f(): return 1\n",
        }
    )
    app = project.load("app")
    bare = app.f
    project.edit("app.py", "async def", "@loud\nasync def")

    assert project.refresh() == ["run app.f"]

    assert asyncio.run(app.f()) == ("loud", 1)
    assert asyncio.run(bare()) == ("loud", 1)
    assert inspect.iscoroutinefunction(bare)


ADDED = """
import functools
def counted(f):
    @functools.wraps(f)
    def inner(*args):
        CALLS.append("counted")
        return f(*args)
    return inner
class Traced:
    def __init__(self, f): self.f = f
    def __call__(self, *args):
        CALLS.append("traced")
        return self.f(*args)
class Slotted(Traced):
    __slots__ = ("f",)
def bound(f): return functools.partial(f, 5)
CALLS = []
def work(*args): return args
"""


@pytest.mark.parametrize(
    ("decorators", "called", "seen_by_holders"),
    [
        ("counted", ["counted"], True),
        ("counted traced", ["counted", "traced"], True),
        ("counted Slotted", ["counted", "traced"], True),
        ("counted counted traced", ["counted", "counted", "traced"], True),
        ("counted functools.cache", ["counted"], False),
        ("counted bound", ["counted"], False),
        ("counted Traced functools.cache", ["counted", "traced"], False),
        ("functools.cache", [], False),
    ],
)
def test_decorators_of_every_kind_are_added_to_a_function_that_is_held_and_taken_away(
    project, decorators, called, seen_by_holders
):
    lines = "".join(f"@{name}\n" for name in decorators.replace("traced", "Traced").split())
    plain, decorated = ADDED, ADDED.replace("def work", f"{lines}def work")
    project.write({"app.py": plain})
    app = project.load("app")
    held = app.work
    for _ in range(2):
        project.write({"app.py": decorated})
        project.refresh()
        assert app.work(1) == ((5, 1) if "bound" in decorators else (1,))
        assert called == app.CALLS
        app.CALLS.clear()
        assert held(2) == (2,)
        assert (called if seen_by_holders else []) == app.CALLS
        app.CALLS.clear()

        project.write({"app.py": plain})
        project.refresh()
        assert app.work(1) == (1,)
        assert held(2) == (2,)
        assert app.CALLS == []
