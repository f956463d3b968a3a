"""All or nothing: whatever fails, and wherever, everything live is as it was."""

from __future__ import annotations

import builtins
import collections
import sys
import types

import pytest

CONTAINERS = (
    dict,
    list,
    set,
    collections.deque,
    collections.defaultdict,
    collections.OrderedDict,
    collections.Counter,
    bytearray,
)


MACHINERY = ("__builtins__", "__loader__", "__spec__")


def snapshot(*modules):
    """Everything that a failed batch could have changed: names, in order, and what they hold."""
    return {module.__name__: picture(dict(vars(module)), {})[1] for module in modules}


def picture(thing, seen):
    """An object as its identity and all that may be written to it."""
    if id(thing) in seen or isinstance(thing, types.ModuleType):
        return id(thing)
    seen[id(thing)] = thing
    if isinstance(thing, types.FunctionType):
        parts = [thing.__code__, thing.__defaults__, thing.__kwdefaults__, thing.__doc__]
        parts += [thing.__name__, thing.__qualname__, dict(thing.__annotations__)]
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        inside = [picture(part, seen) for part in (*cells, thing.__dict__)]
        return id(thing), [*map(id, parts[:3]), *map(repr, parts[3:])], inside
    if isinstance(thing, type) and thing.__module__ not in ("builtins", "enum", "abc", "typing"):
        skipped = ("__dict__", "__weakref__", "_abc_impl")
        members = {
            k: v for k, v in type.__dict__["__dict__"].__get__(thing).items() if k not in skipped
        }
        return id(thing), thing.__bases__, sorted(pictures(members, seen))
    if isinstance(thing, (staticmethod, classmethod)):
        return id(thing), picture(thing.__func__, seen)
    if isinstance(thing, property):
        return id(thing), [picture(part, seen) for part in (thing.fget, thing.fset, thing.fdel)]
    if type(thing) in CONTAINERS:
        if isinstance(thing, dict):
            entries = {k: v for k, v in thing.items() if k not in MACHINERY}
            return id(thing), pictures(entries, seen)
        return id(thing), [picture(entry, seen) for entry in thing]
    if type(thing).__module__ not in sys.stdlib_module_names and hasattr(thing, "__dict__"):
        return id(thing), id(type(thing)), pictures(vars(thing), seen)
    return id(thing)


def pictures(items, seen):
    return [(repr(key), picture(value, seen)) for key, value in items.items()]


# ------------------------------------------------------------- texts that do not compile


@pytest.mark.parametrize(
    "broken",
    [
        "def f(:\n",
        "return 1\n",
        "def f():\n  x = 1\n    y = 2\n",
        "def f():\n\tif 1:\n        pass\n",
        "x = (1,\n",
        "def f(a, a): pass\n",
        "def f():\n    nonlocal x\n",
        "async def f():\n    yield 1\n    return 2\n",
        "from __future__ import nothing\n",
        "x = 1\nfrom __future__ import annotations\n",
        "class C:\n    def m(self):\n        break\n",
        "def f():\n    x = 1\n    global x\n",
        "N = 1\x00\n",
        "x = '\\N{no such thing}'\n",
        "'abc\n",
    ],
)
def test_a_text_that_does_not_compile_changes_nothing(project, broken):
    project.write({"app.py": "N = 1\nL = [1]\ndef f(): return 1\nclass C:\n    x = 1\n"})
    app = project.load("app")
    before = snapshot(app)
    project.write({"app.py": "N = 2\nL = [2]\ndef f(): return 2\n" + broken})

    assert isinstance(project.fail(), SyntaxError)

    assert snapshot(app) == before


@pytest.mark.parametrize("broken", [b"N = 2\nX = '\xff\xfe'\n", b"# coding: klingon\nN = 2\n"])
def test_bytes_that_are_no_text_change_nothing(project, broken):
    project.write({"app.py": "N = 1\n"})
    app = project.load("app")
    before = snapshot(app)
    project.write({"app.py": broken})

    error = project.fail()

    assert isinstance(error, SyntaxError)
    assert error.filename == str(project.root / "app.py")
    assert snapshot(app) == before


def test_a_syntax_error_in_one_file_holds_the_others_back(project):
    project.write({"a.py": "def f(): return 1", "b.py": "def g(): return 1"})
    a, b = project.load("a"), project.load("b")
    before = snapshot(a, b)
    project.edit("a.py", "return 1", "return 2")
    project.edit("b.py", "return 1", "return (")
    assert isinstance(project.fail(), SyntaxError)
    assert snapshot(a, b) == before

    project.edit("b.py", "return (", "return 3")
    assert sorted(project.refresh()) == ["patch a.f", "patch b.g"]
    assert (a.f(), b.g()) == (2, 3)


# --------------------------------------------------------------- failures at every place

BEFORE = {
    "config.py": """
        N = 1
        NAMES = ['a']
        TABLE = {'a': 1, 'b': 2}
        """,
    "bus.py": """
        HANDLERS = {}
        ORDER = []
        def on(name):
            def decorate(f):
                HANDLERS[name] = f
                ORDER.append(name)
                return f
            return decorate
        class Base:
            kinds = []
            def __init_subclass__(cls):
                Base.kinds.append(cls.__name__)
        """,
    "app.py": """
        import functools
        from config import N, TABLE
        from bus import on, Base
        M = N + 1
        def plain(a, b=N): return a, b
        @functools.wraps(plain)
        def wrapped(): "doc"; return 1
        def make():
            def inner(): return 1
            return inner
        closure = make()
        @on('first')
        def first(): return 1
        @on('second')
        def second(): return 2
        class C(Base):
            x = N
            @property
            def p(self): return 1
            @staticmethod
            def s(): return 1
            def m(self): return 1
        class D(C):
            def m(self): return super().m()
        c, d = C(), D()
        gone = [1]
        """,
}
AFTER = {
    "config.py": """
        N = 2
        NAMES = ['a', 'b']
        TABLE = {'b': 3, 'c': 4}
        """,
    "bus.py": """
        HANDLERS = {}
        ORDER = []
        def on(name, extra=1):
            def decorate(f):
                HANDLERS[name] = f
                ORDER.append(name)
                return f
            return decorate
        class Base:
            kinds = []
            more = 1
            def __init_subclass__(cls):
                Base.kinds.append(cls.__name__)
        """,
    "app.py": """
        import functools, math
        from config import N, TABLE, NAMES
        from bus import on, Base
        M = N + 2
        def plain(a, *, b=N): return a, b, 2
        @functools.wraps(plain)
        def wrapped(): "new doc"; return 2
        def make():
            x = 5
            def inner(): return x
            return inner
        closure = make()
        @on('FIRST')
        def first(): return 10
        @on('third')
        def third(): return 3
        class C(Base):
            x = N + 1
            @property
            def p(self): return 2
            @classmethod
            def s(cls): return 2
            def m(self): return super().__repr__()
            def n(self): return 3
        class D(Base):
            def m(self): return super().__str__()
        class E(D): pass
        c, d = C(), D()
        """,
}


PLACES = [
    *(("config.py", number) for number in range(4)),
    *(("bus.py", number) for number in range(5)),
    *(("app.py", number) for number in range(15)),
]


@pytest.mark.parametrize(("file", "number"), PLACES)
def test_a_failure_at_any_place_leaves_everything_as_it_was(project, file, number):
    project.write(BEFORE)
    app, bus, config = project.load("app"), project.load("bus"), project.load("config")
    before = snapshot(app, bus, config)
    project.write(AFTER)
    text = project.read(file)
    lines = text.splitlines()
    free = [at for at, line in enumerate(lines) if at == 0 or line[0] != " "]
    free = [at for at in free if at == 0 or lines[at - 1][0] != "@"]
    at = [*free, len(lines)][number]
    project.write({file: "\n".join([*lines[:at], "raise RuntimeError('here')", *lines[at:], ""])})

    assert str(project.fail()) == "here"

    assert snapshot(app, bus, config) == before
    assert app.c.m() == app.d.m() == 1

    project.write({file: text})
    project.refresh()
    assert (config.N, app.M, app.plain(1)) == (2, 4, (1, 2, 2))
    assert dict(bus.HANDLERS) == {"FIRST": app.first, "third": app.third}


@pytest.mark.parametrize(
    "error", ["RuntimeError('x')", "SystemExit(1)", "GeneratorExit", "BaseException('b')"]
)
def test_what_is_raised_is_the_error_of_the_batch(project, error):
    project.write({"app.py": "N = 1\ndef f(): return 1"})
    app = project.load("app")
    before = snapshot(app)
    project.write({"app.py": f"N = 2\ndef f(): return 2\nraise {error}"})

    assert type(project.fail()).__name__ in error

    assert snapshot(app) == before


def test_a_keyboard_interrupt_passes_and_leaves_everything_as_it_was(project):
    project.write({"app.py": "N = 1\ndef f(): return 1"})
    app = project.load("app")
    before = snapshot(app)
    project.write({"app.py": "N = 2\ndef f(): return 2\nraise KeyboardInterrupt"})

    with pytest.raises(KeyboardInterrupt):
        project.sync.refresh()

    assert snapshot(app) == before


def test_a_failure_in_a_file_that_was_not_edited(project):
    project.write(
        {
            "config.py": "N = 1\nL = [1]",
            "app.py": "from config import N, L\nassert N == 1, 'N is another'\nM = N\n",
        }
    )
    app, config = project.load("app"), project.load("config")
    before = snapshot(app, config)
    project.write({"config.py": "N = 2\nL = [2]"})

    assert str(project.fail()) == "N is another"

    assert snapshot(app, config) == before


@pytest.mark.parametrize(
    ("statement", "failing"),
    [
        ("C = Counter('aab')", "C = Counter('abb')"),
        ("C = OrderedDict(a=1, b=2)", "C = OrderedDict(b=2, a=3)"),
        ("C = deque([1, 2], maxlen=4)", "C = deque([3])"),
        ("C = defaultdict(list, a=[1])", "C = defaultdict(int, b=2)"),
        ("C = {1, 2}", "C = {3}"),
        ("C = bytearray(b'ab')", "C = bytearray(b'cd')"),
        ("C = [[1], {'a': [2]}]", "C = [[2]]"),
        ("C = {'a': 1}", "C['a'] = 5; C['b'] = 6"),
        ("C = [1]", "C += [2]"),
        ("C = [3, 1, 2]", "C.sort()"),
        ("C = {'a': 1, 'b': 2}", "del C['a']"),
    ],
)
def test_the_contents_of_a_container_come_back(project, statement, failing):
    head = "from collections import Counter, OrderedDict, defaultdict, deque\n"
    project.write({"app.py": f"{head}{statement}\n"})
    app = project.load("app")
    before, expected = snapshot(app), repr(app.C)
    text = failing if failing.startswith("C =") else f"{statement}\n{failing}"
    project.write({"app.py": f"{head}{text}\nraise RuntimeError\n"})
    project.fail()

    assert repr(app.C) == expected
    assert snapshot(app) == before


def test_a_container_that_re_run_code_changes_comes_back_from_another_module(project):
    project.write(
        {"bus.py": "ALL = [1]\ndef add(x): ALL.append(x)\n", "app.py": "import bus\nN = 1\n"}
    )
    app, bus = project.load("app"), project.load("bus")
    before = snapshot(app, bus)
    project.write(
        {"app.py": "import bus\nN = 2\nbus.add(N)\nbus.ALL.append(3)\nraise RuntimeError\n"}
    )
    project.fail()

    assert snapshot(app, bus) == before


@pytest.mark.parametrize(
    "statement",
    [
        "lib.N = 2",
        "lib.C.x = 2",
        "lib.new = 4",
        "del lib.N",
        "lib.c.y = 3",
    ],
)
def test_what_re_run_code_set_on_another_module_comes_back(project, statement):
    project.write({"lib.py": "N = 1\nclass C:\n    x = 1\nc = C()\n", "app.py": "import lib\n"})
    app, lib = project.load("app"), project.load("lib")
    before = snapshot(app, lib)
    project.write({"app.py": f"import lib\n{statement}\nraise RuntimeError\n"})
    project.fail()

    assert snapshot(app, lib) == before


def test_a_global_that_a_called_function_set_comes_back(project):
    project.write(
        {
            "lib.py": "state = 0\ndef bump():\n    global state\n    state += 1\n",
            "app.py": "import lib\n",
        }
    )
    app, lib = project.load("app"), project.load("lib")
    before = snapshot(app, lib)
    project.write({"app.py": "import lib\nlib.bump()\nraise RuntimeError\n"})
    project.fail()

    assert snapshot(app, lib) == before


def test_enums_dataclasses_and_slots_come_back(project):
    project.write(
        {
            "app.py": """
        import enum
        from dataclasses import dataclass
        class Color(enum.Enum):
            RED = 1
            GREEN = 2
        @dataclass
        class P:
            x: int = 1
        class S:
            __slots__ = ('a',)
        p, s = P(), S()
        """
        }
    )
    app = project.load("app")
    before = snapshot(app)
    red = app.Color.RED
    project.edit("app.py", "GREEN = 2", "BLUE = 3")
    project.edit("app.py", "RED = 1", "RED = 10")
    project.edit("app.py", "x: int = 1", "x: int = 1\n    y: int = 2")
    project.edit("app.py", "('a',)", "('a', 'b')")
    project.edit("app.py", "p, s = P(), S()", "p, s = P(), S()\nraise RuntimeError")
    project.fail()

    assert list(app.Color) == [app.Color.RED, app.Color.GREEN]
    assert app.Color(1) is red
    assert red.value == 1
    assert (type(app.p), type(app.s)) == (app.P, app.S)
    assert repr(app.p) == "P(x=1)"
    assert snapshot(app) == before


def test_a_class_that_was_made_in_vain_is_not_among_the_subclasses(project):
    project.write({"app.py": "class A: pass\nclass B: pass\nclass C(A):\n    x = 1\n"})
    app = project.load("app")
    project.write({"app.py": "class A: pass\nclass B: pass\nclass C(B):\n    x = 2\n1 / 0\n"})
    project.fail()

    assert app.A.__subclasses__() == [app.C]
    assert app.B.__subclasses__() == []


def test_moved_lines_come_back_too(project):
    project.write(
        {
            "app.py": "def f(): return 1\ndef make():\n    def inner(): return 1\n    return inner\ng = make()\n"
        }
    )
    app = project.load("app")
    before = snapshot(app)
    project.write({"app.py": "# moved\n\n" + project.read("app.py") + "raise RuntimeError\n"})
    project.fail()

    assert snapshot(app) == before
    assert app.f.__code__.co_firstlineno == 1


def test_closures_come_back(project):
    project.write(
        {"app.py": "def make(n):\n    def inner(): return n\n    return inner\ng = make(1)\n"}
    )
    app = project.load("app")
    held = app.make(2)
    code = held.__code__
    before = snapshot(app)
    project.edit("app.py", "return n", "return n, n")
    project.edit("app.py", "g = make(1)", "g = make(1)\nraise RuntimeError")
    project.fail()

    assert held.__code__ is code
    assert held() == 2
    assert snapshot(app) == before


def test_a_cache_is_not_cleared_by_a_batch_that_fails(project):
    project.write({"app.py": "import functools\n@functools.cache\ndef f(): return object()\n"})
    app = project.load("app")
    first = app.f()
    project.edit("app.py", "return object()\n", "return object(), 1\nraise RuntimeError\n")
    project.fail()

    assert app.f() is first


# ------------------------------------------------------------------- errors that are pending


def test_an_edit_while_an_error_is_pending(project):
    project.write({"a.py": "def f(): return 1", "b.py": "def g(): return 1"})
    a, b = project.load("a"), project.load("b")
    project.write({"a.py": "def f(): return 2\nraise RuntimeError"})
    project.fail()
    project.edit("b.py", "return 1", "return 2")
    assert isinstance(project.fail(), RuntimeError)
    assert (a.f(), b.g()) == (1, 1)

    project.write({"a.py": "def f(): return 3"})
    assert sorted(project.refresh()) == ["patch a.f", "patch b.g"]
    assert (a.f(), b.g()) == (3, 2)


def test_a_failed_text_is_not_tried_again_until_something_changes(project, monkeypatch):
    noted = []
    monkeypatch.setattr(builtins, "ran", noted.append, raising=False)
    project.write({"app.py": "N = 1"})
    project.load("app")
    project.write({"app.py": "N = 2\nran(N)\nraise RuntimeError"})
    project.fail()

    assert project.sync.refresh() is None
    assert project.sync.refresh() is None

    assert noted == [2]


def test_a_failed_edit_is_taken_back(project):
    project.write({"app.py": "N = 1\ndef f(): return 1"})
    app = project.load("app")
    before = snapshot(app)
    original = project.read("app.py")
    project.write({"app.py": "N = 2\ndef f(): return 2\nraise RuntimeError"})
    project.fail()
    project.write({"app.py": original})

    assert project.refresh() == []

    assert snapshot(app) == before
    assert project.sync.refresh() is None


def test_the_file_that_another_one_lacked_is_written_later(project):
    project.write({"lib.py": "a = 1", "app.py": "from lib import a"})
    app = project.load("app")
    project.edit("app.py", "import a", "import a, b")
    assert isinstance(project.fail(), ImportError)
    assert not hasattr(app, "b")
    project.edit("lib.py", "a = 1", "a = 1\nb = 2")

    assert project.refresh() == ["run lib.b", "run app.a, b"]

    assert app.b == 2


def test_the_traceback_is_the_users_own_and_shows_the_failing_line(project):
    project.write({"app.py": "N = 1\n"})
    project.load("app")
    project.write({"app.py": "N = 2\n\n\ndef f():\n    raise RuntimeError('deep')\nf()\n"})

    error = project.fail()

    step, lines = error.__traceback__, []
    while step is not None:
        lines.append((step.tb_frame.f_code.co_name, step.tb_lineno))
        step = step.tb_next
    assert lines == [("<module>", 6), ("f", 5)]


def test_twenty_failures_in_a_row_leave_nothing(project):
    project.write({"app.py": "def f(): return 0\nL = [0]\nclass C:\n    x = 0\n"})
    app = project.load("app")
    before = snapshot(app)
    for number in range(1, 21):
        project.write(
            {
                "app.py": f"def f(a={number}): return {number}\nL = [{number}]\nclass C:\n    x = {number}\n1 / 0\n"
            }
        )
        assert isinstance(project.fail(), ZeroDivisionError)

    assert snapshot(app) == before


def test_an_instance_of_a_class_that_got_another_layout_is_put_back(project):
    text = "import abc\nclass C:\n    def m(self): return 1\no = C()\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "class C:", "class C(abc.ABC):")
    project.refresh()
    held = app.o
    (project.root / "app.py").write_text(project.read("app.py") + "o.x = 1\nraise ValueError\n")

    report = project.report()

    assert type(report.error) is ValueError
    assert report.notes == ()
    assert app.o is held
    assert not hasattr(held, "x")
