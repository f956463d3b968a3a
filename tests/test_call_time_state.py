"""What wrappers gather when they are called is not what decorating has registered."""

from __future__ import annotations

import pytest

LIB = """\
import functools
STATS = {{}}
NAMES = []
def note(label): STATS[label] = STATS.get(label, 0) + 1
def timed(label):
    NAMES.append(label)
    def decorate(f):
        NAMES.append(f.__name__)
        {wraps}def wrapper(*args):
            {count}
            return f(*args)
        wrapper.label = label
        return {given}
    return decorate
"""
APP = """\
from lib import timed
@timed("fetch")
def fetch(x): return x
@timed("store")
def store(x): return x
"""
COUNTS = ["STATS[label] = STATS.get(label, 0) + 1", "note(label)"]
WAYS = [("@functools.wraps(f)\n        ", "wrapper"), ("", "functools.update_wrapper(wrapper, f)")]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("wraps", "given"), WAYS)
@pytest.mark.parametrize(
    ("old", "new"), [("fetch(x)", "fetch(x, y=1)"), ('timed("fetch")', 'timed("fetched")')]
)
def test_what_a_wrapper_counted_is_kept_when_its_function_is_edited(
    project, count, wraps, given, old, new
):
    project.write({"lib.py": LIB.format(count=count, wraps=wraps, given=given), "app.py": APP})
    app, lib = project.load("app"), project.load("lib")
    for number in range(3):
        app.fetch(app.store(number))
    project.edit("app.py", old, new)

    trace = project.refresh()

    assert "run app.fetch" in trace
    assert "rerun lib.STATS" not in trace
    assert {name: lib.STATS[name] for name in ("fetch", "store")} == {"fetch": 3, "store": 3}
    assert app.fetch(7) == 7


def test_what_decorating_puts_somewhere_is_taken_back_all_the_same(project):
    project.write({"lib.py": LIB.format(count="note(f)", wraps="", given="wrapper"), "app.py": APP})
    project.load("app")
    lib = project.load("lib")
    project.edit("app.py", 'timed("fetch")', 'timed("fetched")')

    project.refresh()

    assert lib.NAMES == ["fetched", "fetch", "store", "store"]


@pytest.mark.parametrize(
    "lib",
    [
        "L = []\ndef register(f):\n    def add(): L.append(f.__name__)\n    add()\n    return f\n",
        "L = []\ndef register(f):\n    def add(x): L.append(x)\n"
        "    list(map(add, [f.__name__]))\n    return f\n",
        "L = []\ndef register(f):\n    def add(x): L.append(x)\n"
        "    def both(): add(f.__name__)\n    both()\n    return f\n",
    ],
)
def test_a_function_inside_that_is_called_at_once_registers(project, lib):
    project.write(
        {"lib.py": lib, "app.py": "from lib import L, register\n@register\ndef f(): ...\n"}
    )
    app = project.load("app")
    project.write({"app.py": "from lib import L, register\n@register\ndef g(): ...\n"})

    project.refresh()

    assert app.L == ["g"]


HEAD = "import functools\nHITS = {}\nKNOWN = []\n"
HIT = "HITS[name or f.__name__] = HITS.get(name or f.__name__, 0) + 1"
WRAP = f"""\
    def wrapper(*args):
        {HIT}
        return f(*args)
    KNOWN.append(f)
    return wrapper
"""
WITHIN = "    def decorate(f):\n" + "".join(f"    {line}\n" for line in WRAP.splitlines())
CLASS = f"""\
class count:
    def __new__(cls, f=None, *, name=None):
        if f is None: return functools.partial(cls, name=name)
        self = super().__new__(cls)
        self.f, self.name = f, name
        KNOWN.append(f)
        return self
    def __call__(self, *args):
        f, name = self.f, self.name
        {HIT}
        return f(*args)
"""
FIRST = "def count(f=None, *, name=None):\n    if f is None:"
LATER = "def count(given=None, *, name=None):\n"
SPELLINGS = {
    "a lambda": f"{FIRST} return lambda g: count(g, name=name)\n{WRAP}",
    "a partial": f"{FIRST} return functools.partial(count, name=name)\n{WRAP}",
    "a function": f"{FIRST}\n        def later(g): return count(g, name=name)\n        return later\n{WRAP}",
    "its own": f"{LATER}{WITHIN}    return decorate if given is None else decorate(given)\n",
    "its own, in two lines": f"{LATER}{WITHIN}    if given is None: return decorate\n    return decorate(given)\n",
    "a class": CLASS,
}  # fmt: skip
TWO_WAYS = "from lib import count\n@count\ndef a(x): return x\n@count(name='bee')\ndef b(x): return x\n"  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_wrappers_counted_is_kept_where_a_decorator_may_be_given_arguments_first(
    project, spelling
):
    project.write({"lib.py": HEAD + SPELLINGS[spelling], "app.py": TWO_WAYS})
    app, lib = project.load("app"), project.load("lib")
    hits = lib.HITS

    def edited(name: str, old: str, new: str) -> list[str]:
        """The trace of an edit, after which all is there that was counted and registered."""
        hits.clear()
        app.a(app.b(1))
        project.edit(name, old, new)
        trace = project.refresh()
        assert lib.HITS is hits
        assert hits == {"a": 1, "bee": 1}
        assert [f.__name__ for f in lib.KNOWN] == ["a", "b"]
        assert app.a(app.b(2)) == 2
        assert hits == {"a": 2, "bee": 2}
        return trace

    assert edited("app.py", "def a(x)", "def a(x, y=1)") == ["run app.a"]
    assert edited("app.py", "def b(x)", "def b(x, y=1)") == ["run app.b"]
    assert edited("app.py", "def b(x, y=1)", "def b(x)") == ["run app.b"]
    assert edited("app.py", "name='bee'", "name='' or 'bee'") == ["run app.b"]
    assert edited("app.py", "name='' or 'bee'", "name='bee'") == ["run app.b"]
    trace = edited("lib.py", "KNOWN.append(f)", "KNOWN.extend([f])")
    is_class = spelling == "a class"  # whose instances go on as they are
    assert trace[1:] == ([] if is_class else ["rerun app.a", "rerun app.b"])
    assert edited("lib.py", "KNOWN.extend([f])", "KNOWN.append(f)") == trace
