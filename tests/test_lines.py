"""Lines: where tracebacks, inspect and debuggers say that code stands, after it has moved."""

from __future__ import annotations

import asyncio
import inspect
import linecache
import sys
import textwrap
import traceback

import pytest


def line_of(error):
    """The innermost line of a traceback, as it is told to the user."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.lineno, last.line


def test_a_traceback_shows_the_moved_line(project):
    project.write({"app.py": "def f():\n    raise RuntimeError\n"})
    app = project.load("app")
    project.write({"app.py": "# one\n# two\n\ndef f():\n    raise RuntimeError\n"})

    assert project.refresh() == []

    with pytest.raises(RuntimeError) as caught:
        app.f()
    assert line_of(caught.value) == (5, "raise RuntimeError")


def test_a_traceback_shows_the_edited_line(project):
    project.write({"app.py": "def f():\n    raise RuntimeError\n"})
    app = project.load("app")
    with pytest.raises(RuntimeError) as caught:
        app.f()
    assert line_of(caught.value) == (2, "raise RuntimeError")
    project.write({"app.py": "#\n\ndef f():\n    x = 1\n    raise KeyError(x)\n"})

    assert project.refresh() == ["patch app.f"]

    with pytest.raises(KeyError) as caught:
        app.f()
    assert line_of(caught.value) == (5, "raise KeyError(x)")


def test_a_comment_inside_a_body_moves_the_lines_after_it(project):
    project.write({"app.py": "def f():\n    x = 1\n    raise RuntimeError(x)\n"})
    app = project.load("app")
    project.edit("app.py", "    x = 1\n", "    x = 1\n    # why\n\n")

    assert project.refresh() == []

    with pytest.raises(RuntimeError) as caught:
        app.f()
    assert line_of(caught.value) == (5, "raise RuntimeError(x)")


def test_a_statement_inside_a_body_is_wrapped_over_lines(project):
    project.write({"app.py": "def f(x):\n    y = max(x, 0)\n    raise RuntimeError(y)\n"})
    app = project.load("app")
    project.edit("app.py", "max(x, 0)", "max(\n        x,\n        0,\n    )")

    assert project.refresh() == []

    with pytest.raises(RuntimeError) as caught:
        app.f(1)
    assert line_of(caught.value)[0] == 6


@pytest.mark.parametrize(
    "name", ["f", "C.m", "C.p", "C.s", "C.k", "wrapped", "cached", "lam", "gen"]
)
def test_inspect_gets_the_source_of_what_moved(project, name):
    text = textwrap.dedent("""
        import functools
        def deco(f):
            @functools.wraps(f)
            def wrapper(*args):
                return f(*args)
            return wrapper
        def f(x):
            # about x
            return x
        class C:
            'Doc.'
            def m(self): return 1
            @property
            def p(self):
                return 2
            @staticmethod
            def s(): return 3
            @classmethod
            def k(cls): return 4
            class Inner:
                def d(self):
                    return 5
        @deco
        @deco
        def wrapped():
            return 6
        @functools.cache
        def cached(): return 7
        lam = lambda: 8
        def gen():
            yield 9
        """)
    project.write({"app.py": text, "expected.py": "# moved\n\n\n" + text})
    app = project.load("app")
    project.write({"app.py": "# moved\n\n\n" + text})

    assert project.refresh() == []

    expected = project.load("expected")
    moved, fresh = app, expected
    for part in name.split("."):
        moved, fresh = inspect.getattr_static(moved, part), inspect.getattr_static(fresh, part)
    moved, fresh = getattr(moved, "fget", moved), getattr(fresh, "fget", fresh)
    moved, fresh = getattr(moved, "__func__", moved), getattr(fresh, "__func__", fresh)
    linecache.checkcache()
    assert inspect.getsourcelines(moved) == inspect.getsourcelines(fresh)
    code, other = inspect.unwrap(moved).__code__, inspect.unwrap(fresh).__code__
    assert list(code.co_lines()) == list(other.co_lines())
    assert list(code.co_positions()) == list(other.co_positions())


def test_a_method_of_a_nested_class_that_moved(project):
    text = "class C:\n    class Inner:\n        def d(self):\n            raise RuntimeError\nd = C.Inner()\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.write({"app.py": "# moved\n\n" + text})
    assert project.refresh() == []

    with pytest.raises(RuntimeError) as caught:
        app.d.d()
    assert line_of(caught.value) == (6, "raise RuntimeError")


def test_a_method_of_a_nested_class_is_edited_after_it_moved(project):
    text = "class C:\n    class Inner:\n        def d(self):\n            return 1\nd = C.Inner()\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.write({"app.py": "# moved\n\n" + text})
    assert project.refresh() == []
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.C.Inner.d"]

    assert app.d.d() == 2


def test_the_source_of_a_class_that_moved(project):
    text = "class A:\n    x = 1\n\nclass B:\n    def m(self):\n        return 1\n"
    project.write({"app.py": text})
    app = project.load("app")
    inspect.getsource(app.B)
    project.write({"app.py": "# moved\n\n" + text})
    assert project.refresh() == []

    linecache.checkcache()
    assert inspect.getsource(app.B) == "class B:\n    def m(self):\n        return 1\n"
    assert inspect.getsourcelines(app.B)[1] == 6


def test_methods_below_an_edited_member_move(project):
    project.write(
        {"app.py": "class C:\n    x = 1\n    def m(self):\n        raise RuntimeError\nc = C()\n"}
    )
    app = project.load("app")
    project.edit("app.py", "x = 1", "x = [\n        1,\n    ]")

    assert project.refresh() == ["run app.C.x"]

    with pytest.raises(RuntimeError) as caught:
        app.c.m()
    assert line_of(caught.value) == (6, "raise RuntimeError")


def test_functions_below_an_edited_one_move(project):
    project.write(
        {"app.py": "def f():\n    return 1\n\ndef g():\n    raise RuntimeError\nheld = [g]\n"}
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "x = 1\n    y = 2\n    return x + y")

    assert project.refresh() == ["patch app.f"]

    with pytest.raises(RuntimeError) as caught:
        app.held[0]()
    assert line_of(caught.value) == (7, "raise RuntimeError")


def test_what_was_run_again_has_the_right_lines(project):
    project.write(
        {
            "app.py": "N = 1\n\ndef f(a=N):\n    raise RuntimeError\n\nclass C:\n    n = N\n    def m(self, n=N):\n        raise KeyError\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "N = 1\n", "# moved\nN = 2\n")

    assert project.refresh() == ["run app.N", "rerun app.f", "rerun app.C.n", "rerun app.C.m"]

    with pytest.raises(RuntimeError) as caught:
        app.f()
    assert line_of(caught.value) == (5, "raise RuntimeError")
    with pytest.raises(KeyError) as caught:
        app.C().m()
    assert line_of(caught.value) == (10, "raise KeyError")


def test_the_wrapper_and_the_wrapped_both_move(project):
    project.write(
        {
            "deco.py": "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def wrapper():\n        return f()\n    return wrapper\n",
            "app.py": "from deco import deco\n@deco\ndef f():\n    raise RuntimeError\n",
        }
    )
    app = project.load("app")
    project.write({name: "# moved\n" + project.read(name) for name in ("deco.py", "app.py")})

    assert project.refresh() == []

    with pytest.raises(RuntimeError) as caught:
        app.f()
    found = [(step.name, step.lineno) for step in traceback.extract_tb(caught.value.__traceback__)]
    assert found[1:] == [("wrapper", 6), ("f", 5)]


def test_lambdas_and_comprehensions_move(project):
    project.write(
        {
            "app.py": "f = lambda: 1 / 0\ng = [lambda: 1 // 0,\n     lambda: 1 % 0]\ndef h():\n    return [1 / n for n in (0,)]\n"
        }
    )
    app = project.load("app")
    project.write({"app.py": "# moved\n\n" + project.read("app.py")})

    assert project.refresh() == []

    for function, line in [(app.f, 3), (app.g[0], 4), (app.g[1], 5), (app.h, 7)]:
        with pytest.raises(ZeroDivisionError) as caught:
            function()
        assert line_of(caught.value)[0] == line


def test_a_closure_held_by_the_module_moves(project):
    project.write(
        {
            "app.py": "def make():\n    def inner():\n        raise RuntimeError\n    return inner\nheld = make()\n"
        }
    )
    app = project.load("app")
    project.write({"app.py": "# moved\n\n" + project.read("app.py")})
    assert project.refresh() == []

    with pytest.raises(RuntimeError) as caught:
        app.held()
    assert line_of(caught.value) == (5, "raise RuntimeError")


def test_a_coroutine_in_flight_keeps_the_lines_it_began_with(project):
    project.write(
        {"app.py": "import asyncio\nasync def f(gate):\n    await gate.wait()\n    return 1\n"}
    )
    app = project.load("app")

    async def scenario():
        gate = asyncio.Event()
        flight = asyncio.create_task(app.f(gate))
        await asyncio.sleep(0)
        project.edit("app.py", "return 1", "return 2")
        assert project.refresh() == ["patch app.f"]
        gate.set()
        return await flight, await app.f(gate)

    assert asyncio.run(scenario()) == (1, 2)


def test_the_report_names_the_lines_of_the_new_text(project):
    project.write({"app.py": "N = 1\n\ndef f(): return 1\n"})
    project.load("app")
    project.write({"app.py": "# moved\nN = 2\n\n\n\ndef f(): return 2\n"})

    report = project.report()

    assert [(step.ref, step.line) for step in report.steps] == [("app.f", 6), ("app.N", 2)]


def test_a_traceback_while_the_text_on_disk_does_not_compile(project):
    project.write({"app.py": "def f():\n    raise RuntimeError  # running\n"})
    app = project.load("app")
    project.write({"app.py": "def g():\n    return (\n# broken\n"})
    assert isinstance(project.fail(), SyntaxError)

    with pytest.raises(RuntimeError) as caught:
        app.f()
    linecache.checkcache()
    assert line_of(caught.value) == (2, "raise RuntimeError  # running")


def test_lines_after_form_feeds_and_long_strings(project):
    project.write({"app.py": 'A = """one\ntwo"""\n\x0c\ndef f():\n    raise RuntimeError\n'})
    app = project.load("app")
    project.edit("app.py", 'two"""', 'two\nthree\nfour"""')

    assert project.refresh() == ["run app.A"]

    with pytest.raises(RuntimeError) as caught:
        app.f()
    assert line_of(caught.value)[0] == 7


def test_moving_up_and_down_many_times(project):
    body = "def f():\n    raise RuntimeError\nclass C:\n    def m(self):\n        raise KeyError\n"
    project.write({"app.py": body})
    app = project.load("app")
    for number in [3, 1, 7, 0, 2]:
        project.write({"app.py": "# x\n" * number + body})
        assert project.refresh() == []
        with pytest.raises(RuntimeError) as caught:
            app.f()
        assert line_of(caught.value)[0] == number + 2
        with pytest.raises(KeyError) as caught:
            app.C().m()
        assert line_of(caught.value)[0] == number + 5


MANY = """\
from dataclasses import dataclass
def first(): pass
def second(): pass
@dataclass
class Box:
    size: int
    def grown(self): return self.size + 1
    again = grown
    @property
    def half(self): return self.size / 2
class Other:
    def method(self): return [lambda: 0 for _ in "a"]
"""


def told_lines(module):
    parts = [module.first, module.second, module.Other.method]
    parts += [module.Box.grown, module.Box.again, module.Box.half.fget]
    return [part.__code__.co_firstlineno for part in parts]


def test_dataclasses_and_names_of_one_function_move_each_time(project):
    project.write({"m.py": MANY})
    m = project.load("m")
    lines = told_lines(m)
    for times in range(1, 4):
        project.write({"m.py": "#\n" * times + MANY})

        assert project.refresh() == []
        assert told_lines(m) == [line + times for line in lines]
        [made] = m.Other().method()
        assert made.__code__.co_firstlineno == lines[2] + times


def test_names_that_lead_elsewhere_after_a_move_keep_no_others_from_moving(project):
    project.write({"m.py": MANY})
    m = project.load("m")
    second, (_, *lines) = m.second, told_lines(m)
    project.write({"m.py": f"#\n{MANY}"})
    project.refresh()

    m.first, m.Box.more = m.second, lambda self: None  # as a program may do itself
    project.write({"m.py": f"#\n#\n{MANY}"})
    project.refresh()

    assert told_lines(m) == [second.__code__.co_firstlineno, *(line + 2 for line in lines)]
    assert m.first is m.second is second


def test_a_breakpoint_of_a_tracer_is_hit_at_the_new_line(project):
    project.write({"app.py": "def f():\n    x = 1\n    return x\n"})
    app = project.load("app")
    project.write({"app.py": "#\n\ndef f():\n    x = 1\n    return x\n"})
    assert project.refresh() == []
    lines = []

    def trace(frame, event, argument):
        if frame.f_code is app.f.__code__ and event == "line":
            lines.append(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        app.f()
    finally:
        sys.settrace(before)
    assert lines == [4, 5]


FOUND = [
    "def probe(): return 'old'\n",
    "probe = lambda: 'old'\n",
    "TABLE = {'a': [{'b': lambda: 'old'}]}\ndef probe(): return TABLE['a'][0]['b']()\n",
    "import functools\nprobe = functools.partial(lambda x: 'old', 1)\n",
    "if True:\n    def f(): return 'old'\nprobe = [f][0]\n",
    "class D:\n    def __init__(self, f): self.f = f\n    def __call__(self): return self.f()\n@D\ndef probe(): return 'old'\n",
    "class D:\n    def __init__(self, f): self.f = f\n    def __get__(self, i, o): return self.f()\nclass C:\n    @D\n    def m(self=None): return 'old'\ndef probe(): return C.m\n",
    "class C:\n    @property\n    def p(self): return 'old'\n    @p.setter\n    def p(self, v): pass\ndef probe(): return C().p\n",
    "class C:\n    @classmethod\n    def k(cls): return 'old'\n    @staticmethod\n    def s(): return C.k()\ndef probe(): return C.s()\n",
    "def make():\n    class C:\n        def m(self): return 'old'\n    return C\nk = make()()\ndef probe(): return k.m()\n",
    "from dataclasses import dataclass\n@dataclass(slots=True)\nclass P:\n    x: int = 1\n    def m(self): return 'old'\np = P()\ndef probe(): return p.m()\n",
    "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return 'old'\ndef probe(): return E.A.m()\n",
    "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int = 1\n    def m(self): return 'old'\np = P()\ndef probe(): return p.m()\n",
    "import threading\nclass T(threading.Thread):\n    def run(self): return 'old'\nt = T()\ndef probe(): return t.run()\n",
    "def gen():\n    while True:\n        yield (lambda: 'old')()\ndef probe(): return next(gen())\n",
    "import contextlib\n@contextlib.contextmanager\ndef scope(): yield 'old'\ndef probe():\n    with scope() as s: return s\n",
    "def deco(f): return staticmethod(f)\nclass C:\n    m = deco(lambda: 'old')\ndef probe(): return C.m()\n",
    "class C:\n    table = {'k': lambda: 'old'}\ndef probe(): return C.table['k']()\n",
    "class C:\n    def m(self): return 'old'\nk = C()\nname = C\ndel C\ndef probe(): return k.m()\n",
    "import types\nns = types.SimpleNamespace(f=lambda: 'old')\ndef probe(): return ns.f()\n",
    "import functools\n@functools.cache\ndef probe(): return 'old'\nprobe()\n",
    "import weakref\nclass C:\n    def m(self): return 'old'\nk = C()\nref = weakref.WeakMethod(k.m)\ndef probe(): return ref()()\n",
]  # fmt: skip
LOST = [
    "HOOKS = []\nHOOKS.append(lambda: 'old')\ndef probe(): return HOOKS[0]()\n",
    "HOOKS = []\ndef hook(f): HOOKS.append(f)\n@hook\ndef f(): return 'old'\ndef probe(): return HOOKS[0]()\n",
    "import store\n@store.hook\ndef f(): return 'old'\ndef probe(): return store.HOOKS[0]()\n",
    "import store\nstore.hook(lambda: 'old')\ndef probe(): return store.HOOKS[0]()\n",
    "def f(): return 'old'\nheld = f\ndef f(): return held()\nprobe = f\n",
    "class A:\n    class B:\n        class C:\n            def m(self): return 'old'\nk = A.B.C()\ndef probe(): return k.m()\n",
    "from functools import singledispatch\n@singledispatch\ndef show(x): pass\n@show.register\ndef _(x: int): return 'old'\n@show.register\ndef _(x: str): return 1\ndef probe(): return show(1)\n",
    "def helper(): return 'old'\nprobe = helper\ndel helper\n",
]  # fmt: skip


@pytest.mark.parametrize("text", FOUND)
def test_what_moved_is_still_found_when_it_is_edited(project, text):
    project.write({"store.py": "HOOKS = []\ndef hook(f): HOOKS.append(f)\n", "app.py": text})
    app = project.load("app")
    probe = app.probe
    assert probe() == "old"
    for _ in range(2):
        project.write({"app.py": "# moved\n\n" + project.read("app.py")})
        assert project.refresh() == []
    project.edit("app.py", "'old'", "'new'")
    project.refresh()

    assert probe() == app.probe() == "new"


@pytest.mark.parametrize("text", LOST)
def test_what_a_move_did_not_find_is_found_when_it_is_edited(project, text):
    test_what_moved_is_still_found_when_it_is_edited(project, text)


def test_functions_of_one_name_are_not_taken_for_one_another_after_a_move(project):
    project.write(
        {
            "store.py": "HOOKS = []\ndef hook(f): HOOKS.append(f)\n",
            "app.py": "from store import hook\n@hook\ndef _(): return 1\n@hook\ndef _(): return 2\n",
        }
    )
    project.load("app")
    store = project.load("store")
    project.write({"app.py": "# moved\n\n" + project.read("app.py")})
    assert project.refresh() == []
    project.edit("app.py", "return 1", "return 10")

    assert project.refresh() == ["patch app._"]

    assert [hook() for hook in store.HOOKS] == [10, 2]
