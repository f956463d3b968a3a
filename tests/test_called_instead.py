"""Functions that become classes, or other objects that are called: who holds them calls those."""

from __future__ import annotations

import pytest

FUNCTION = "def conn(x): return ['function', x]\n"
DECORATED = "from lib import d\n@d\ndef conn(x): return ['function', x]\n"
CLASS = """\
class conn(list):
    def __init__(self, x): self += ['class', x]
"""
OBJECT = """\
class Pool:
    def __call__(self, x): return ['object', x]
conn = Pool()
"""
PARTIAL = """\
import functools
def make(kind, x): return [kind, x]
conn = functools.partial(make, 'partial')
"""
LAMBDA = "conn = lambda x: ['lambda', x]\n"
LIB = """\
import functools
def d(f):
    @functools.wraps(f)
    def wrapper(x): return f(x)
    return wrapper
"""


@pytest.mark.parametrize("before", [FUNCTION, DECORATED], ids=["bare", "decorated"])
@pytest.mark.parametrize(
    ("after", "kind"),
    [(CLASS, "class"), (OBJECT, "object"), (PARTIAL, "partial")],
    ids=["class", "object", "partial"],
)
def test_who_holds_a_function_calls_what_it_became(project, before, after, kind):
    project.write({"lib.py": LIB, "a.py": before})
    a = project.load("a")
    held, default = [a.conn], (lambda make=a.conn: make)()
    for text, expected in ((after, kind), (before, "function"), (after, kind)):
        project.write({"a.py": text})

        assert "run a.conn" in project.refresh()

        assert list(a.conn(1)) == list(held[0](1)) == list(default(x=1)) == [expected, 1]
    project.write({"a.py": LAMBDA})
    project.refresh()
    assert list(held[0](2)) == ["lambda", 2]


@pytest.mark.parametrize("before", [FUNCTION, DECORATED], ids=["bare", "decorated"])
def test_the_function_is_itself_again_if_the_batch_fails(project, before):
    project.write({"lib.py": LIB, "a.py": before})
    a = project.load("a")
    held = a.conn
    project.write({"a.py": CLASS + "1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert a.conn is held
    assert held(1) == ["function", 1]
    project.edit("a.py", "1 / 0\n", "")
    project.refresh()
    assert list(held(1)) == ["class", 1]


@pytest.mark.parametrize(
    "after",
    [
        FUNCTION + CLASS.replace("conn", "other") + "held = conn\nconn = other\n",
        FUNCTION.replace("conn", "_conn") + "conn = None\n",
        FUNCTION + "class Calls:\n    def __init__(self, f): self.f = f\n"
        "    def __call__(self, x): return ['wrapped', *self.f(x)]\nconn = Calls(conn)\n",
        "",
    ],
    ids=["its definition stands above", "nothing is called", "it is wrapped", "it is gone"],
)
def test_a_function_whose_definition_did_not_become_another_goes_on_as_it_was(project, after):
    project.write({"a.py": FUNCTION})
    a = project.load("a")
    held = a.conn
    project.write({"a.py": after})
    project.refresh()

    assert held(1) == ["function", 1]
    project.write({"a.py": FUNCTION})
    project.refresh()

    assert a.conn(1) == held(1) == ["function", 1]
