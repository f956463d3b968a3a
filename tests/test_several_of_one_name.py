"""Several definitions of one name, as `def _` below a decorator: each is itself, wherever it stands."""

from __future__ import annotations

import pytest

LIB = """\
KEPT = []
def on(name):
    def keep(f):
        KEPT.append((name, f))
        return f
    return keep
"""
EDITS = [
    ("abc", "nabc"),
    ("abc", "anbc"),
    ("abc", "abcn"),
    ("abc", "bc"),
    ("abc", "ac"),
    ("abc", "ab"),
    ("abc", "bac"),
    ("abc", "nbac"),
    ("abcd", "dbca"),
    ("abcd", "dcba"),
    ("abcd", "xdya"),
    ("abc", "xyz"),
]


def listeners(names):
    found = (f'@on("{name}")\ndef _(): return "{name}"\n' for name in names)
    return "from lib import on, KEPT\n" + "".join(found)


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_listeners_that_are_put_in_between_deleted_and_moved(project, before, after):
    project.write({"lib.py": LIB, "app.py": listeners(before)})
    app = project.load("app")
    held = dict(app.KEPT)
    project.write({"app.py": listeners(after)})

    report = project.report()

    assert report.error is None
    assert not [note for note in report.notes if "remain" in note]
    assert [(name, listener()) for name, listener in app.KEPT] == [(name, name) for name in after]
    lines = [listener.__code__.co_firstlineno for _, listener in app.KEPT]
    assert lines == [2 + 2 * number for number in range(len(after))]
    for name in {*before} & {*after}:
        assert dict(app.KEPT)[name] is held[name]


KINDS = {"a": "int", "b": "str", "c": "list", "d": "dict", "n": "float", "x": "set", "y": "tuple"}
KINDS |= {"z": "bytes"}
VALUES = {"a": 1, "b": "", "c": [], "d": {}, "n": 1.5, "x": set(), "y": (), "z": b""}


def dispatched(names):
    found = (f'@show.register\ndef _(x: {KINDS[name]}): return "{name}"\n' for name in names)
    return "import functools\n@functools.singledispatch\ndef show(x): ...\n" + "".join(found)


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_kinds_that_a_function_dispatches_to(project, before, after):
    project.write({"app.py": dispatched(before)})
    app = project.load("app")
    project.write({"app.py": dispatched(after)})

    report = project.report()

    assert report.error is None
    assert not [note for note in report.notes if "remain" in note]
    shown = {name: app.show(value) for name, value in VALUES.items()}
    assert shown == {name: name if name in after else None for name in VALUES}


@pytest.mark.parametrize("indent", ["", "    "])
def test_the_body_of_one_that_was_followed_by_another_reaches_who_called_it_in_between(
    project, indent
):
    """The function is gone: that another one is held under its name is nobody else's doing."""
    lines = ["def f(x=0): return 1", "X = f()", "def f(x=0): return 2", "Y = f()"]
    text = "".join(f"{indent}{line}\n" for line in lines)
    project.write({"app.py": f"class A:\n{text}" if indent else text})
    app = project.load("app")
    holder, name = (app.A, "app.A") if indent else (app, "app")
    project.edit("app.py", "return 1", "return 10")

    report = project.report()

    redone = [f"rerun {name}.{one}" for one in "fXfY"]
    assert (report.trace, report.notes) == ([f"patch {name}.f", *redone], ())
    assert (holder.X, holder.Y, holder.f()) == (10, 2, 2)


def test_the_body_of_one_that_nobody_called_before_the_next_one_is_no_reason(project):
    project.write({"app.py": "def f(): return 1\ndef f(): return 2\nY = f()"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 10")

    report = project.report()

    assert (report.trace, report.notes) == (["patch app.f"], ())
    assert app.Y == 2


def test_what_a_line_set_on_one_is_set_again_when_the_next_one_is_gone(project):
    """The name holds another function then, although each of them is still itself."""
    last = "def f(a=1): return 3\n"
    project.write({"app.py": f"def f(): return 2\nf.tag = 5\n{last}"})
    app = project.load("app")
    project.edit("app.py", last, "")

    assert project.refresh() == ["rerun app.f", "rerun app:2"]

    assert (app.f(), app.f.tag) == (2, 5)
