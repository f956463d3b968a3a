"""Functions: their bodies, headers, closures and holders."""

from __future__ import annotations

import asyncio
import builtins
import inspect
import textwrap

import pytest


@pytest.fixture
def ran(monkeypatch):
    """What the project's code had evaluated: `ran(x)` is x, and notes it here."""
    noted = []
    monkeypatch.setattr(builtins, "ran", lambda x: (noted.append(x), x)[1], raising=False)
    return noted


# ---------------------------------------------------------------------------- bodies


def test_a_body_edit_reaches_every_holder(project):
    project.write({"app.py": "def f(): return 1\nheld = [f]"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held[0]() == 2


def test_a_body_edit_reaches_other_modules_and_runs_nothing(project, ran):
    project.write(
        {
            "app.py": "def f(): return 1\nstate = ran([])",
            "user.py": "from app import f\nimport app\nstate = ran([f, app.f])",
        }
    )
    app, user = project.load("app"), project.load("user")
    state = user.state
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert (user.f(), app.f(), user.app.f()) == (2, 2, 2)
    assert user.state is state
    assert len(ran) == 2


def test_a_body_edit_may_use_a_new_name(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    f = app.f
    project.edit("app.py", "def f(): return 1", "import math\ndef f(): return math.floor(2.5)")

    assert project.refresh() == ["patch app.f", "run app.math"]

    assert f() == 2


def test_a_body_that_becomes_a_generator_runs_as_one_that_becomes_async_does(project):
    project.write(
        {
            "app.py": "def kind(f): f.kind = f.__code__.co_flags & 0x20; return f\n"
            "@kind\ndef f(): return 1\n@kind\ndef g(): return lambda: 1\n"
        }
    )
    app = project.load("app")
    f = app.f
    project.edit("app.py", "return 1\n@", "yield 1; yield 2\n@")
    project.edit("app.py", "lambda: 1", "lambda: (yield)")

    assert project.refresh() == ["patch app.g", "run app.f"]

    assert list(f()) == [1, 2]
    assert (f.kind, app.g.kind) == (0x20, 0)


def test_a_generator_in_flight_ends_as_it_began(project):
    project.write({"app.py": "def f():\n    yield 1\n    yield 2\n"})
    app = project.load("app")
    flight = app.f()
    assert next(flight) == 1
    project.edit("app.py", "yield 2", "yield 'two'")

    assert project.refresh() == ["patch app.f"]

    assert list(flight) == [2]
    assert list(app.f()) == [1, "two"]


def test_a_coroutine_function_is_patched(project):
    project.write({"app.py": "async def f(): return 1\nheld = f"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert asyncio.run(app.held()) == 2


def test_a_function_becomes_async(project):
    project.write({"app.py": "def f(): return 1\nheld = [f]"})
    app = project.load("app")
    project.edit("app.py", "def f()", "async def f()")

    assert project.refresh() == ["run app.f"]

    assert app.held[0] is app.f
    assert asyncio.run(app.f()) == 1


def test_a_task_that_loops_calls_the_new_body(project):
    project.write(
        {
            "app.py": "def step(): return 1\nasync def loop(n):\n    return [step() for _ in range(n)]"
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.step"]

    assert asyncio.run(app.loop(2)) == [2, 2]


def test_a_recursive_function_calls_its_new_self(project):
    project.write({"app.py": "def f(n): return 0 if n < 1 else 1 + f(n - 1)"})
    app = project.load("app")
    f = app.f
    project.edit("app.py", "1 + f(n", "2 + f(n")

    assert project.refresh() == ["patch app.f"]

    assert f(3) == 6


def test_layout_and_comments_change_nothing(project):
    project.write({"app.py": "def f(a, b): return a + b\nX = [1, 2]"})
    app = project.load("app")
    x = app.X
    project.write(
        {"app.py": "# why\ndef f(a,  b):\n    # because\n    return (a + b)\n\n\nX = [1,\n  2]"}
    )

    assert project.refresh() == []

    assert app.f(1, 2) == 3
    assert app.X is x


def test_a_call_at_the_top_is_made_again_when_its_function_changed(project, ran):
    project.write({"app.py": "def f(): return 1\nX = ran(f())\nY = ran(X + 1)"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f", "rerun app.X", "rerun app.Y"]

    assert (app.X, app.Y) == (2, 3)


def test_a_call_that_gives_an_equal_value_ends_the_chain(project, ran):
    project.write({"app.py": "def f(): return 1\nX = f()\nY = ran(X + 1)"})
    project.load("app")
    project.edit("app.py", "return 1", "return 2 - 1")

    assert project.refresh() == ["patch app.f", "rerun app.X"]

    assert ran == [2]


def test_a_call_through_another_function_is_made_again(project):
    project.write(
        {
            "app.py": "def inner(): return 1\ndef outer(): return inner()\n",
            "user.py": "import app\nX = app.outer()",
        }
    )
    user = project.load("user")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.inner", "rerun user.X"]

    assert user.X == 2


# --------------------------------------------------------------------------- headers


def test_a_default_changes(project):
    project.write({"app.py": "def f(a=1, *, b=2): return a, b\nheld = f"})
    app = project.load("app")
    held = app.held
    project.edit("app.py", "a=1, *, b=2", "a=10, *, b=20")

    assert project.refresh() == ["run app.f"]

    assert app.held is held is app.f
    assert held() == (10, 20)


def test_a_signature_changes(project):
    project.write({"app.py": "def f(a): return a\nheld = [f]"})
    app = project.load("app")
    project.edit("app.py", "f(a): return a", "f(a, /, *rest, k, **words): return rest, k, words")

    assert project.refresh() == ["run app.f"]

    assert app.held[0](1, 2, k=3, w=4) == ((2,), 3, {"w": 4})
    assert str(inspect.signature(app.held[0])) == "(a, /, *rest, k, **words)"


def test_annotations_change(project):
    project.write({"app.py": "def f(a: int) -> int: return a\nheld = f"})
    app = project.load("app")
    project.edit("app.py", "a: int) -> int", "a: str) -> bytes")

    assert project.refresh() == ["run app.f"]

    assert app.held.__annotations__ == {"a": str, "return": bytes}


def test_a_docstring_changes_with_the_body(project):
    project.write({"app.py": 'def f():\n    "old"\n    return 1\nheld = f'})
    app = project.load("app")
    project.edit("app.py", '"old"', '"new"')

    assert project.refresh() == ["patch app.f"]

    assert app.held.__doc__ == "new"


@pytest.mark.parametrize(("before", "after"), [('"doc"; ', ""), ("", '"doc"; ')])
def test_a_docstring_comes_or_goes(project, before, after):
    project.write({"app.py": f"def f(): {before}return 1"})
    app = project.load("app")
    project.write({"app.py": f"def f(): {after}return 1"})

    assert project.refresh() == ["patch app.f"]

    assert app.f.__doc__ == ("doc" if after else None)


def test_a_docstring_set_by_hand_stays(project):
    project.write({"app.py": "def f(): return 1\nf.__doc__ = 'by hand'"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.f.__doc__ == "by hand"


def test_attributes_of_a_function_stay_through_a_body_edit(project):
    project.write({"app.py": "def f(): return 1\nf.calls = 0"})
    app = project.load("app")
    app.f.calls = 7
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.f.calls == 7


def test_attributes_set_by_a_later_statement_are_set_again_when_the_function_is(project):
    project.write({"app.py": "def f(a): return 1\nf.short = 'x'"})
    app = project.load("app")
    project.edit("app.py", "f(a)", "f(a, b)")
    project.refresh()

    assert app.f.short == "x"


def test_a_default_that_is_a_changed_constant(project):
    project.write({"app.py": "N = 1\ndef f(a=N): return a\nheld = [f]"})
    app = project.load("app")
    project.edit("app.py", "N = 1", "N = 2")

    assert project.refresh() == ["run app.N", "rerun app.f"]

    assert app.held[0]() == 2


def test_a_mutable_default_keeps_its_state_through_a_body_edit(project):
    project.write({"app.py": "def f(x, seen=[]):\n    seen.append(x)\n    return len(seen)"})
    app = project.load("app")
    app.f(1)
    project.edit("app.py", "len(seen)", "len(seen) * 10")

    assert project.refresh() == ["patch app.f"]

    assert app.f(2) == 20


# ------------------------------------------------------------------ added and removed


def test_a_function_is_added_and_removed(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    project.write({"app.py": "def g(): return 2"})

    assert project.refresh() == ["drop app.f", "run app.g"]

    assert not hasattr(app, "f")
    assert app.g() == 2


def test_a_renamed_function_leaves_its_importer_in_error_and_all_as_it_was(project):
    project.write({"app.py": "def f(): return 1", "user.py": "from app import f"})
    app, user = project.load("app"), project.load("user")
    project.write({"app.py": "def g(): return 1"})

    assert isinstance(project.fail(), ImportError)

    assert user.f is app.f
    assert not hasattr(app, "g")


def test_a_renamed_function_and_its_importer_in_one_batch(project):
    project.write(
        {"app.py": "def f(): return 1", "user.py": "from app import f\ndef use(): return f()"}
    )
    app, user = project.load("app"), project.load("user")
    use = user.use
    project.write(
        {"app.py": "def g(): return 2", "user.py": "from app import g\ndef use(): return g()"}
    )

    assert sorted(project.refresh()) == [
        "drop app.f",
        "drop user.f",
        "patch user.use",
        "run app.g",
        "run user.g",
    ]

    assert use() == 2
    assert not hasattr(app, "f")


def test_swapped_order_of_two_functions_runs_nothing(project):
    project.write({"app.py": "def f(): return 1\n\ndef g(): return 2\n"})
    app = project.load("app")
    f, g = app.f, app.g
    project.write({"app.py": "def g(): return 2\n\ndef f(): return 1\n"})

    assert project.refresh() == []

    assert (app.f, app.g) == (f, g)
    assert (f.__code__.co_firstlineno, g.__code__.co_firstlineno) == (3, 1)


def test_two_definitions_of_one_name_the_last_is_edited(project):
    project.write({"app.py": "def f(): return 1\nold = f\ndef f(): return old() + 10"})
    app = project.load("app")
    project.edit("app.py", "old() + 10", "old() + 20")

    assert project.refresh() == ["patch app.f"]

    assert (app.f(), app.old()) == (21, 1)


def test_two_definitions_of_one_name_the_first_is_edited(project):
    project.write({"app.py": "def f(): return 1\nold = f\ndef f(): return old() + 10"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert (app.f(), app.old()) == (12, 2)


def test_the_last_of_two_definitions_goes(project):
    project.write({"app.py": "def f(): return 1\ndef f(): return 2\n"})
    app = project.load("app")
    project.edit("app.py", "def f(): return 2\n", "")

    assert project.refresh() == ["rerun app.f"]

    assert app.f() == 1


def test_a_function_defined_in_a_branch(project):
    project.write(
        {
            "app.py": "FAST = True\nif FAST:\n    def f(): return 1\nelse:\n    def f(): return 2\nheld = [f]"
        }
    )
    app = project.load("app")
    project.edit("app.py", "FAST = True", "FAST = False")

    assert project.refresh() == ["run app.FAST", "rerun app.f"]

    assert app.f() == 2
    assert app.held[0]() == 2


def test_a_body_in_the_branch_that_was_taken(project):
    project.write(
        {
            "app.py": "try:\n    import nothing_like_it\nexcept ImportError:\n    def f(): return 1\nheld = f"
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.nothing_like_it, f"]

    assert app.held() == 2


def test_an_alias_is_never_overwritten(project):
    project.write({"app.py": "def foo(): return 1\n\ndef bar(): return 2\n\nf = foo\n"})
    app = project.load("app")
    foo, bar = app.foo, app.bar
    project.edit("app.py", "f = foo", "f = bar")

    assert project.refresh() == ["run app.f"]

    assert app.f is bar is app.bar
    assert app.foo is foo
    assert (foo(), bar()) == (1, 2)


def test_a_function_becomes_a_constant_and_back(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    project.write({"app.py": "f = 3"})
    assert project.refresh() == ["run app.f"]
    assert app.f == 3

    project.write({"app.py": "def f(): return 2"})
    assert project.refresh() == ["run app.f"]
    assert app.f() == 2


def test_a_function_becomes_a_lambda(project):
    project.write({"app.py": "def f(): return 1\nheld = f"})
    app = project.load("app")
    project.edit("app.py", "def f(): return 1", "f = lambda: 2")

    assert project.refresh() == ["run app.f"]

    assert app.f() == app.held() == 2


# ------------------------------------------------------------------ lambdas, closures


def test_a_lambda_is_patched(project):
    project.write({"app.py": "f = lambda x: x + 1\nheld = [f]"})
    app = project.load("app")
    held = app.held[0]
    project.edit("app.py", "x + 1", "x + 2")

    assert project.refresh() == ["patch app.f"]

    assert held(1) == 3


def test_lambdas_of_one_line_are_told_apart(project):
    project.write({"app.py": "fs = [lambda: 1, lambda: 2, lambda: 3]"})
    app = project.load("app")
    one, two, three = app.fs
    project.edit("app.py", "lambda: 2", "lambda: 20")

    assert project.refresh() == ["patch app.fs"]

    assert [one(), two(), three()] == [1, 20, 3]


def test_lambdas_of_one_line_after_another_was_widened(project):
    project.write({"app.py": "fs = [lambda: 1, lambda: 2, lambda: 3]"})
    app = project.load("app")
    one, two, three = app.fs
    project.edit("app.py", "lambda: 1", "lambda: 100000")
    assert project.refresh() == ["patch app.fs"]
    project.edit("app.py", "lambda: 3", "lambda: 30")
    assert project.refresh() == ["patch app.fs"]

    assert [one(), two(), three()] == [100000, 2, 30]


def test_a_lambda_as_a_default_and_as_a_key(project):
    project.write({"app.py": "def f(xs, key=lambda x: x): return sorted(xs, key=key)"})
    app = project.load("app")
    project.edit("app.py", "lambda x: x", "lambda x: -x")

    assert project.refresh() == ["patch app.f"]

    assert app.f([1, 3, 2]) == [3, 2, 1]


def test_twenty_edits_in_a_row(project):
    project.write({"app.py": "def f(): return 0\nheld = [f]\nstate = []"})
    app = project.load("app")
    state = app.state
    for number in range(20):
        project.edit("app.py", f"return {number}", f"return {number + 1}")
        assert project.refresh() == ["patch app.f"]

    assert app.held[0]() == 20
    assert app.state is state


def test_an_edit_taken_back(project):
    project.write({"app.py": "def f(a): return a\nheld = f"})
    app = project.load("app")
    held = app.held
    project.edit("app.py", "f(a): return a", "f(a, b=1): return a + b")
    assert project.refresh() == ["run app.f"]
    project.edit("app.py", "f(a, b=1): return a + b", "f(a): return a")
    assert project.refresh() == ["run app.f"]

    assert held is app.f
    assert held(5) == 5
    assert held.__defaults__ is None


def test_a_global_counter_in_a_function_stays(project):
    project.write({"app.py": "n = 0\ndef f():\n    global n\n    n += 1\n    return n\n"})
    app = project.load("app")
    app.f()
    app.f()
    project.edit("app.py", "return n", "return n * 10")

    assert project.refresh() == ["patch app.f"]

    assert app.f() == 30


def test_an_edited_function_that_initializes_globals_is_called_again(project):
    project.write({"app.py": "def init():\n    global value\n    value = 1\ninit()\n"})
    app = project.load("app")
    project.edit("app.py", "value = 1", "value = 2")

    assert project.refresh() == ["patch app.init", "rerun app:4"]

    assert app.value == 2


def test_star_args_are_passed_as_the_new_body_does(project):
    project.write({"app.py": "def g(*a, **k): return a, k\ndef f(*a, **k): return g(*a, **k)\n"})
    app = project.load("app")
    f = app.f
    project.edit("app.py", "g(*a, **k)\n", "g(0, *a, x=1, **k)\n")

    assert project.refresh() == ["patch app.f"]

    assert f(1, y=2) == ((0, 1), {"x": 1, "y": 2})


def test_an_overload_above_a_function_leaves_the_function_itself(project):
    project.write({"app.py": "def f(x): return x\nheld = f\n"})
    app = project.load("app")
    f, held = app.f, app.held
    overloads = "from typing import overload\n@overload\ndef f(x: int) -> int: ...\n"
    overloads += "@overload\ndef f(x: str) -> str: ...\n"
    project.write({"app.py": overloads + "def f(x): return x, 1\nheld = f\n"})

    assert project.refresh() == [
        "patch app.f",
        "run app.overload",
        "run app.f",
        "run app.f",
        "rerun app.f",
    ]

    assert app.f is f is held
    assert f(1) == (1, 1)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("[lambda: 1, lambda: 1]", "[lambda: 1, lambda: 2]", [1, 2]),
        ("[lambda: 1, lambda: True, lambda: 1.0]", "[lambda: 2, lambda: True, lambda: 1.0]", [2, True, 1.0]),
        ("[lambda: 1 + 1, lambda: (1, 2)]", "[lambda: (1, 2), lambda: 1 + 1]", [(1, 2), 2]),
        ("[lambda: None, lambda: 'a' 'b']", "[lambda: 'b', lambda: None]", ["b", None]),
    ],
)  # fmt: skip
def test_lambdas_that_return_constants_are_told_apart_where_they_differ(
    project, before, after, expected
):
    project.write({"app.py": f"fs = {before}\n"})
    app = project.load("app")
    held = list(app.fs)
    project.write({"app.py": f"fs = {after}\n"})
    project.refresh()

    assert [f() for f in app.fs] == expected
    if "lambda: 1]" not in before:  # those two nobody can tell apart on 3.12
        assert [f() for f in held] == expected


LOOPS = {
    "a list": """
        made = []
        for i in range(3):
            def step(i=i): return i * 10
            made.append(step)
        """,
    "a class": """
        class A:
            for i in range(3):
                def one(self=0, i=i): return i * 10
                locals()[f"m{i}"] = one
        made = [A.m0, A.m1, A.m2]
        """,
    "beside its class": """
        made = []
        class A:
            for i in range(3):
                def one(self=0, i=i): return i * 10
                made.append(one)
        """,
    "where nothing leads": """
        for i in range(3):
            def step(i=i): return i * 10
            hide(step)
        """,
}


@pytest.mark.parametrize("where", LOOPS)
def test_all_functions_that_a_loop_made_follow_also_after_they_moved(project, monkeypatch, where):
    hidden: list[object] = []
    monkeypatch.setattr(builtins, "hide", hidden.append, raising=False)
    project.write({"app.py": f"VERSION = 1\n{textwrap.dedent(LOOPS[where])}"})
    app = project.load("app")
    made = hidden or app.made
    line = made[0].__code__.co_firstlineno
    project.edit("app.py", "VERSION = 1\n", "")
    assert project.refresh() == ["drop app.VERSION"]
    assert [f.__code__.co_firstlineno for f in made] == [line - 1] * 3

    project.edit("app.py", "i * 10", "i * 20")
    assert len(project.refresh()) == 1
    assert [f() for f in made] == [0, 20, 40]
