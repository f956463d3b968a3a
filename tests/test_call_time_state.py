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
