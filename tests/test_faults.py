"""Texts that Python refuses, warns of, or finds too deep: each is told, and nothing is lost."""

import subprocess
import sys
import warnings

import pytest

from heatsync._engine.texts import deep
from running import environment

# ------------------------------------------------------------------------- syntax errors

BROKEN = [
    "B = (1, [2",
    "if A:\nx = 1",
    "def g():\n        a = 1\n\tb = 2",
    "if A:\n    a = 1\n  b = 2",
    'B = "no end',
    'B = f"{A',
    'B = f"{A!z}"',
    "B = '''no end",
    "return 1",
    "yield 1",
    "nonlocal A",
    "def g(a, a): pass",
    "1 = A",
    "f() = 1",
    "await f()",
    "def g(): await f()",
    "def g(): async with f(): pass",
    "break",
    "continue",
    "from __future__ import nothing",
    "from __future__ import annotations",
    "*a, *b = 1, 2",
    "*a = 1",
    "class = 1",
    "f(a=1, 2)",
    "f(**{}, *[])",
    "f(a=1, a=2)",
    "B = €",
    "B = “quoted”",
    "match A:\n    case a: pass\n    case 1: pass",
    "match A:\n    case a | b: pass",
    "def g():\n    A\n    global A",
    "def g(a): global a",
    "def g():\n    nonlocal zz",
    "del f()",
    "for 1 in A: pass",
    "try: pass",
    "with A as 1: pass",
    "import a.b as c.d",
    "def g(a=1, b): pass",
    "def g(*): pass",
    "lambda a, a: 1",
    "[x := 1 for x in A]",
    "class C:\n    def m(self): return\n    return 1",
    "None = 1",
    "__debug__ = 1",
    "B = 0777",
    "B = 1__0",
    "B = '\\N{no such name}'",
    "B = b'é'",
    "from x import (*)",
    "def g(): from x import *",
    "try: pass\nexcept: pass\nexcept ValueError: pass",
    "A\\\n = = 1",
    "@\ndef g(): pass",
    "B = A if A",
    "print 'x'",
    "A ? B",
    "else: pass",
    "  B = 1",
    "raise A from",
    "(yield) = 1",
    "async def g(): yield from []",
    "async def g():\n    yield 1\n    return 2",
    "B = )",
    "B = {1: 2, **A for x in A}",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_syntax_error_is_told_with_its_place_and_changes_nothing(project, broken):
    project.write({"app.py": "A = 1\ndef f(): return A\n"})
    app = project.load("app")
    code, names = app.f.__code__, {*vars(app)}
    project.write({"app.py": f"A = 2\ndef f(): return -A\n{broken}\n"})

    error = project.fail()

    assert isinstance(error, SyntaxError)
    assert error.filename == str(project.root / "app.py")
    assert error.lineno in range(3, 4 + broken.count("\n") + 1)
    assert (app.A, app.f.__code__, {*vars(app)}) == (1, code, names)

    project.write({"app.py": "A = 2\ndef f(): return -A\n"})
    assert project.refresh() == ["patch app.f", "run app.A"]
    assert app.f() == -2


# ------------------------------------------------------------------------- warnings

OLD = 'X = "\\d"\nY = 1\n\n\ndef f():\n    assert (1, "always")\n    return "\\d"\n'


@pytest.fixture
def warned_of(project):
    """A module with texts that Python warns of, as a `.pyc` is imported: without a word."""
    project.write({"app.py": OLD})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return project.load("app")


@pytest.mark.parametrize("action", ["error", "always"])
def test_a_known_text_is_not_warned_of_again(project, warned_of, action):
    for old, new in [("Y = 1", "Y = 2"), ("Y = 2", "Y = len(f())"), ("Y = len", "\n\nY = 1 + len")]:
        project.edit("app.py", old, new)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter(action)
            trace = project.refresh()
            project.sync.plan()
            assert (trace, told) == (["run app.Y"], [])
    assert warned_of.Y == 3


def test_a_warning_of_a_new_text_is_told_with_its_place(project, warned_of):
    project.edit("app.py", "Y = 1", 'Y = "\\q"')

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        report = project.sync.refresh()

    assert report.trace == ["run app.Y"]
    assert [(each.filename, each.lineno) for each in told] == [(str(project.root / "app.py"), 2)]
    assert "invalid escape sequence" in str(told[0].message)


@pytest.mark.parametrize("new", ['Y = "\\q"', "Y = 1 is 1", "Y = 0; Z = '\\q'"])
def test_a_warning_that_is_an_error_refuses_the_new_text_as_an_import_would(
    project, warned_of, new
):
    project.edit("app.py", "Y = 1", new)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = project.fail()

    assert isinstance(error, SyntaxError)
    assert error.filename == str(project.root / "app.py")
    assert warned_of.Y == 1

    project.edit("app.py", new, "Y = 2")
    assert project.refresh() == ["run app.Y"]


def test_under_W_error_what_came_from_bytecode_is_reloaded(project):
    """As a process of its own, since it is one of its options."""
    project.write({"old.py": OLD})
    program = """
        import old, heatsync
        sync = heatsync.Heatsync(watch=False)
        sync.track(".")
        with open("old.py") as file: text = file.read()
        with open("old.py", "w") as file: file.write(text.replace("Y = 1", "Y = 2"))
        report = sync.refresh()
        assert report.error is None, report
        assert old.Y == 2
        sync.dispose()
        """
    project.write({"main.py": program})
    for words in (["-Wignore", "-c", "import old"], ["-Werror", "main.py"]):
        ran = subprocess.run(
            [sys.executable, *words],
            cwd=project.root,
            env=environment(PYTHONDONTWRITEBYTECODE=""),
            capture_output=True,
            text=True,
        )
        assert (ran.returncode, ran.stderr) == (0, "")


def test_the_filters_of_the_program_stay_what_they_are(project, warned_of):
    before = list(warnings.filters)
    project.edit("app.py", "Y = 1", "Y = 2")

    project.refresh()

    assert warnings.filters == before


# ------------------------------------------------------------------------- deep texts

DEEP = {
    "elif": ("if X == 0:\n    Y = 0\n", "elif X == {n}:\n    Y = {n}\n", ""),
    "plus": ("Y = X", " + 1", "\n"),
    "calls": ("Y = Chain()", ".add(X)", ".total\n"),
    "within a function": ("def f():\n    return X", " + X", "\nY = f()\n"),
    "elif within a function": (
        "def f():\n    if X == 0:\n        return 0\n",
        "    elif X == {n}:\n        return {n}\n",
        "Y = f()\n",
    ),
}
CHAIN = """
class Chain:
    total = 0
    def add(self, number):
        self.total += number
        return self
"""


@pytest.mark.parametrize("many", [200, 500])
@pytest.mark.parametrize("shape", DEEP)
def test_a_long_chain_is_reloaded(project, shape, many):
    if shape == "calls":
        many = 200
    first, link, last = DEEP[shape]
    chain = first + "".join(link.format(n=n) for n in range(1, many)) + last
    project.write({"app.py": f"{CHAIN}X = 1\n{chain}"})
    app = project.load("app")
    limit = sys.getrecursionlimit()
    once = app.Y

    project.edit("app.py", "X = 1\n", "X = 2\n")
    assert project.refresh() == ["run app.X", "rerun app.Y"]
    assert (once + 1 if shape in ("plus", "elif", "elif within a function") else 2 * once) == app.Y

    text = project.read("app.py").replace(link.format(n=9), link.format(n=9) * 2, 1)
    project.write({"app.py": text + "Z = X\n"})
    project.refresh()
    assert app.Z == 2
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize("chain", ["1" + " + 1" * 1500, "Box()" + ".more()" * 900 + ".many"])
def test_an_expression_that_python_compiles_is_not_too_deep(project, chain):
    more = "def more(self):\n        self.many += 1\n        return self\n"
    project.write({"app.py": f"class Box:\n    many = 0\n    {more}\nX = 1\n"})
    app = project.load("app")
    text = project.read("app.py").replace("X = 1", f"X = {chain}")
    compile(text, "app.py", "exec")
    project.write({"app.py": text})

    assert project.refresh() == ["run app.X"]
    assert app.X in (900, 1501)


def test_a_chain_deeper_than_is_read_is_told_with_its_place_and_the_way_out(project, monkeypatch):
    project.write({"app.py": "X = 1\n"})
    app = project.load("app")
    monkeypatch.setattr(deep, "LIMIT", sys.getrecursionlimit())
    project.write({"app.py": "X = 2\n\nY = X" + " + X" * 900 + "\n"})

    error = project.fail()

    assert isinstance(error, RecursionError)
    begin = "Y = X + X"
    assert str(error).startswith(f"{project.root / 'app.py'}, line 3: `{begin}")
    assert str(error).endswith("` is nested too deeply to be read: split it")
    assert app.X == 1

    project.write({"app.py": "X = 2\nY = 3\n"})
    assert project.refresh() == ["run app.X", "run app.Y"]


MANY = 100_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * MANY + ")" * MANY, id="brackets"),
        pytest.param("[" * MANY, id="open brackets"),
        pytest.param("-" * MANY + "1", id="minus"),
        pytest.param("1" + " + 1" * MANY, id="plus"),
        pytest.param("lambda: " * MANY + "1", id="lambdas"),
        pytest.param("f" + "()" * MANY, id="calls"),
        pytest.param("a" + ".a" * MANY, id="attributes"),
    ],
)
def test_what_is_nested_100_000_deep_is_told_and_nothing_is_lost(project, text):
    project.write({"app.py": "X = 1\n"})
    app = project.load("app")
    project.write({"app.py": f"X = 2\nY = {text}\n"})

    error = project.fail()

    assert isinstance(error, (SyntaxError, RecursionError, MemoryError))
    assert str(project.root / "app.py") in (getattr(error, "filename", None) or str(error))
    assert app.X == 1

    project.write({"app.py": "X = 2\n"})
    assert project.refresh() == ["run app.X"]
