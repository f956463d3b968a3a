"""What fuzzing found: texts that were not read as Python reads them, made small."""

import ast

import pytest

from fuzz.pure import live_through
from heatsync._engine.texts.diff import diff
from heatsync._engine.texts.edit import Change
from heatsync._engine.texts.source import decode, parse


@pytest.mark.parametrize(
    "text",
    [
        "import os; import lib\nX = lib.N\n",
        "if True: import lib\nX = lib.N\n",
        "try: import lib\nexcept ImportError: pass\nX = lib.N\n",
        "import os, \\\n    lib\nX = lib.N\n",
        "import os\rimport lib\rX = lib.N\r",
        "from\\\n lib import N as X\n",
        "from pkg import (\n    A,  # the first (of two)\n    sub,\n)\nX = sub.N\n",
        "from pkg import(A, sub)\nX = sub.N\n",
        "from pkg . sub import N as X\n",
        "import pkg . sub as s\nX = s.N\n",
        "import pkg.\\\nsub as s\nX = s.N\n",
        "from ximport import N as X\n",
    ],
)
def test_an_import_is_seen_however_it_is_written(project, text):
    project.write({"lib.py": "N = 1", "pkg/__init__.py": "A = 1", "pkg/sub.py": "N = 1"})
    project.write({"ximport.py": "N = 1", "app.py": text})
    app = project.load("app")
    homes = {"pkg": "pkg/sub.py", "xim": "ximport.py"}
    home = next((file for word, file in homes.items() if word in text), "lib.py")
    project.edit(home, "1", "2")

    project.refresh()

    assert app.X == 2


@pytest.mark.parametrize("cookie", ["nonsense", "rot13", "hex", "undefined", "idna"])
def test_a_coding_that_is_none_of_texts_is_an_error_of_the_text(project, cookie):
    project.write({"app.py": "X = 1"})
    app = project.load("app")
    project.write({"app.py": f"# coding: {cookie}\nX = 2 # \xe9"})

    error = project.fail()

    assert isinstance(error, SyntaxError)
    assert error.filename == app.__file__
    assert error.lineno
    assert app.X == 1


def test_a_null_byte_is_told_with_its_line():
    with pytest.raises(SyntaxError, match="null bytes") as caught:
        parse("app.py", "a = 1\nb = \0\n")

    assert (caught.value.filename, caught.value.lineno) == ("app.py", 2)


def test_a_form_feed_is_no_indentation():
    source = parse("app.py", "if 1:\n    pass\n\t\f\fx = 2\n")

    assert [str(type(s.fresh()).__name__) for s in source.statements] == ["If", "Assign"]


def test_a_statement_may_be_continued_in_an_empty_line():
    source = parse("app.py", "import a\\\n\nx = 1\n")

    assert [ast.unparse(statement.fresh()) for statement in source.statements] == [
        "import a",
        "x = 1",
    ]


def test_a_class_that_declares_a_name_global_binds_it_elsewhere(project):
    project.write({"app.py": "class C:\n    x = 1\n"})
    app = project.load("app")
    project.edit("app.py", "class C:\n", "class C:\n    global x\n")

    assert project.refresh() == ["run app.C, x"]

    assert app.x == 1
    assert not hasattr(app.C, "x")


def test_what_is_new_is_new_also_where_a_future_import_compiles_all_anew():
    old = parse("app.py", "a = 1\n")
    new = parse("app.py", "from __future__ import annotations\na = 1\n")

    assert [pair.change for pair in diff(old, new).block.pairs] == [Change.ADDED, Change.EDITED]


def test_bytes_that_do_not_fit_are_told_with_their_line():
    with pytest.raises(SyntaxError) as caught:
        decode("app.py", b"a = 1\nb = '\xff'\n")

    assert (caught.value.filename, caught.value.lineno) == ("app.py", 2)


def test_a_module_may_bring_its_own_names_by_a_star(project):
    project.write({"app.py": "X = 1\nfrom app import *\nY = X + 1\n"})
    app = project.load("app")
    project.edit("app.py", "X = 1", "X = 5")

    assert project.refresh()[0] == "run app.X"
    assert (app.X, app.Y) == (5, 6)


def test_modules_may_bring_the_names_of_each_other_by_stars(project):
    project.write(
        {
            "a.py": "X = 1\nfrom b import *\n",
            "b.py": "from a import *\nY = X + 1\n",
            "app.py": "from a import *\nZ = X + Y\n",
        }
    )
    app = project.load("app")
    project.edit("a.py", "X = 1", "X = 5")

    assert project.refresh()[0] == "run a.X"
    assert (app.X, app.Y, app.Z) == (5, 6, 11)


def test_a_definition_may_follow_an_empty_line_in_which_another_one_goes_on(project):
    project.write({"app.py": "X = 1\\\n\ndef f():\n    return 1\\\n\nclass C:\n    n = 1\n"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")
    project.edit("app.py", "X = 1", "X = 2")

    assert project.refresh() == ["patch app.f", "run app.X"]
    assert (app.X, app.f()) == (2, 2)


@pytest.mark.parametrize("end", ["\\\n", "\\\r\n"])
def test_a_definition_may_begin_in_a_line_that_goes_on(project, end):
    project.write({"app.py": f"{end}def f():\n    return 1\n{end}class C:\n    n = 1\n".encode()})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]
    assert app.f() == 2


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_comment_does_not_go_on_whatever_it_ends_with(project, end):
    text = "A = '#'; import \\\nlib\n# ^\\\nimport other\nX, Y = lib.N, other.N\n"
    project.write({"lib.py": "N = 1", "other.py": "N = 1"})
    project.write({"app.py": text.replace("\n", end).encode()})
    app = project.load("app")
    for name in ("lib.py", "other.py"):
        project.edit(name, "1", "2")
        project.refresh()

    assert (app.X, app.Y) == (2, 2)


def test_a_docstring_is_none_any_more_once_something_stands_before_it(project):
    project.write({"app.py": '"""Module."""\nclass C:\n    """Class."""\n    n = 1\n'})
    app = project.load("app")
    project.edit("app.py", '    """Class."""', '    1\n    """Class."""')
    project.refresh()
    assert (app.__doc__, app.C.__doc__, app.C.n) == ("Module.", None, 1)

    project.edit("app.py", '"""Module."""', '1\n"""Module."""')
    project.edit("app.py", "    1\n", "")
    project.refresh()
    assert (app.__doc__, app.C.__doc__) == (None, "Class.")

    project.edit("app.py", '1\n"""Module."""', '"""Module."""')
    project.refresh()
    assert app.__doc__ == "Module."


def test_what_leads_back_to_itself_is_looked_up_once():
    text = b"""C = b.made(C)
import a as C
class a(a, a.a, b.C):
    b = a
import b
from a import b
"""
    before, after = dict.fromkeys("ab", text), dict.fromkeys("ab", text + b"X = 1\n")

    assert live_through(before, after)


@pytest.mark.parametrize("other", ["a", "b"])
def test_an_all_may_be_made_of_itself(other):
    text = f"from {other} import *\nimport {other}\n__all__ = ['x'] + {other}.__all__\n".encode()
    back = b"from a import *\nimport a\n__all__ = a.__all__ + ['y']\n"
    before = {"a": text, "b": back}

    assert live_through(before, {"a": text + b"x = 1\n", "b": back + b"y = 1\n"})
