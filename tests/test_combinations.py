"""Combinations: edits whose parts get in one another's way."""

from __future__ import annotations

import pytest

# ------------------------------------------------------- what reads what a statement fills


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("D = {'a': 1}\nD.update(b=2)\nX = sorted(D)\n", "D = {'a': 1}\nD.update(c=2)\nX = sorted(D)\n", ["a", "c"]),
        ("R = {}\nR['a'] = 1\nX = [*R]\n", "R = {}\nR['a'] = 1\nR['b'] = 2\nX = [*R]\n", ["a", "b"]),
        ("R = None\ndef f():\n    global R\n    R = {'a': 1}\nf()\nX = R['a']\n", "R = None\ndef f():\n    global R\n    R = {'a': 2}\nf()\nX = R['a']\n", 2),
    ],
)  # fmt: skip
def test_what_is_computed_from_an_object_follows_those_who_fill_it(
    project, before, after, expected
):
    project.write({"app.py": before})
    app = project.load("app")
    project.write({"app.py": after})
    project.refresh()

    assert expected == app.X


def test_what_is_computed_from_an_attribute_set_by_a_statement_follows(project):
    project.write({"app.py": "class C: pass\nC.x = 1\nX = C.x\n"})
    app = project.load("app")
    project.edit("app.py", "C.x = 1", "C.x = 2")
    project.refresh()

    assert app.X == 2


def test_an_attribute_is_no_more_set(project):
    project.write({"app.py": "class C: pass\nC.x = 1\n"})
    app = project.load("app")
    project.write({"app.py": "class C: pass\n"})
    project.refresh()

    assert not hasattr(app.C, "x")


def test_an_imported_list_is_extended_by_something_else(project):
    project.write({"lib.py": "L = [1]\n", "app.py": "from lib import L\nL += [2]\n"})
    app = project.load("app")
    project.edit("app.py", "[2]", "[3]")
    project.refresh()

    assert app.L == [1, 3]


def test_a_member_replaced_from_outside_stays_replaced(project):
    project.write(
        {
            "app.py": "class C:\n    def m(self): return 1\ndef patch(self): return 'p'\nC.m = patch\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "def m(self): return 1", "def m(self, a=1): return 2")

    assert project.refresh() == ["run app.C.m", "rerun app:4"]

    assert app.C().m() == "p"


# ----------------------------------------------------------------- many of one definition


@pytest.mark.parametrize(
    "text",
    [
        "fs = []\nfor i in range(3):\n    def f(i=i): return i\n    fs.append(f)\n",
        "fs = [lambda i=i: i for i in range(3)]\n",
        "fs = list(map(lambda i: lambda: i, range(3)))\nfs = [lambda i=i: i for i in range(3)]\n",
    ],
)
def test_functions_made_in_a_loop_are_all_patched(project, text):
    project.write({"app.py": text})
    app = project.load("app")
    held = list(app.fs)
    project.write(
        {"app.py": text.replace("return i", "return i * 10").replace("i=i: i", "i=i: i * 10")}
    )
    project.refresh()

    assert [f() for f in app.fs] == [0, 10, 20]
    assert [f() for f in held] == [0, 10, 20]


def test_functions_made_in_a_loop_get_another_header(project):
    text = "fs = []\nfor i in range(3):\n    def f(i=i): return i\n    fs.append(f)\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "f(i=i): return i", "f(i=i, k=1): return i + k")
    project.refresh()

    assert [f() for f in app.fs] == [1, 2, 3]


def test_a_member_of_the_first_of_two_classes_of_one_name(project):
    project.write({"app.py": "class C:\n    x = 1\nA = C\nclass C:\n    x = 2\n"})
    app = project.load("app")
    project.edit("app.py", "x = 1", "x = 10")
    project.refresh()

    assert (app.A.x, app.C.x) == (10, 2)


def test_a_method_of_the_first_of_two_classes_of_one_name(project):
    project.write(
        {
            "app.py": "class C:\n    def m(self): return 1\nA = C\nclass C:\n    def m(self): return 2\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 10")

    assert project.refresh() == ["patch app.C.m"]

    assert (app.A().m(), app.C().m()) == (10, 2)


def test_two_functions_swap_their_names(project):
    project.write({"app.py": "def a(): return 'a'\ndef b(): return 'b'\nheld = [a, b]\n"})
    app = project.load("app")
    project.write({"app.py": "def b(): return 'a'\ndef a(): return 'b'\nheld = [a, b]\n"})

    assert project.refresh() == ["patch app.b", "patch app.a"]

    assert [f() for f in app.held] == ["b", "a"]


def test_a_decorator_is_replaced_by_another_one(project):
    project.write(
        {
            "app.py": "def d(f): return lambda: ('d', f())\ndef e(f): return lambda: ('e', f())\n@d\ndef f(): return 1\n"
        }
    )
    app = project.load("app")
    held = app.f
    project.edit("app.py", "@d\n", "@e\n")
    project.refresh()

    assert app.f() == ("e", 1)
    assert held() == ("e", 1)


# ------------------------------------------------------------------------- class bodies


@pytest.mark.parametrize(
    ("before", "after", "name", "expected"),
    [
        ("    L = [1]\n    L.append(2)\n", "    L = [1]\n    L.append(3)\n", "L", [1, 3]),
        ("    t = 1\n    n = t + 1\n    del t\n", "    t = 5\n    n = t + 1\n    del t\n", "n", 6),
        ("    def m(self): return 1\n", "    m = m\n", "m", "global"),
    ],
)
def test_a_member_is_made_of_what_stands_above_it(project, before, after, name, expected):
    project.write({"app.py": f"m = 'global'\nclass C:\n{before}"})
    app = project.load("app")
    project.write({"app.py": f"m = 'global'\nclass C:\n{after}"})
    project.refresh()

    assert getattr(app.C, name) == expected


def test_a_member_is_bound_twice_and_read_in_between(project):
    project.write({"app.py": "class C:\n    a = 1\n    b = a\n    a = 2\n"})
    app = project.load("app")
    project.edit("app.py", "a = 1", "a = 5")
    project.refresh()

    assert (app.C.a, app.C.b) == (2, 5)


def test_an_augmented_member_is_edited(project):
    project.write({"app.py": "class C:\n    n = 1\n    n += 1\n"})
    app = project.load("app")
    project.edit("app.py", "n += 1", "n += 2")
    project.refresh()

    assert app.C.n == 3


def test_an_augmented_member_is_counted_once(project):
    project.write({"app.py": "class C:\n    n = 1\n    n += 1\n    m = n\n"})
    app = project.load("app")
    project.edit("app.py", "n = 1", "n = 5")

    assert project.refresh() == ["run app.C.n", "rerun app.C.n", "rerun app.C.m"]

    assert (app.C.n, app.C.m) == (6, 6)


def test_a_decorator_in_a_class_body(project):
    project.write(
        {
            "app.py": "class C:\n    def d(f): return lambda self: ('d', f(self))\n    @d\n    def m(self): return 1\nc = C()\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "('d', ", "('e', ")

    assert project.refresh() == ["patch app.C.d", "rerun app.C.m"]

    assert app.c.m() == ("e", 1)


def test_aliases_of_members_are_never_overwritten(project):
    project.write(
        {
            "app.py": "G = [0]\nclass C:\n    A = [0]\n    B = A\n    D = G\n    def f(self): return 1\n    def g(self): return 2\n    h = f\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "B = A", "B = [1]")
    project.edit("app.py", "D = G", "D = [2]")
    project.edit("app.py", "h = f", "h = g")

    assert project.refresh() == ["run app.C.B", "run app.C.D", "run app.C.h"]

    assert (app.G, app.C.A, app.C.B, app.C.D) == ([0], [0], [1], [2])
    assert (app.C().f(), app.C().g(), app.C().h()) == (1, 2, 2)


def test_an_inherited_member_is_read_at_the_top(project):
    project.write(
        {
            "lib.py": "class A:\n    n = 1\nclass B(A): pass\n",
            "app.py": "from lib import B\nX = B.n\n",
        }
    )
    app = project.load("app")
    project.edit("lib.py", "n = 1", "n = 2")
    project.refresh()

    assert app.X == 2


def test_an_instance_made_through_an_alias_of_the_class_is_kept(project):
    project.write({"app.py": "class A:\n    def m(self): return 1\nK = A\na = K()\n"})
    app = project.load("app")
    a = app.a
    project.edit("app.py", "return 1", "return 2")
    project.refresh()

    assert app.a is a


def test_a_package_read_through_the_import_of_its_submodule(project):
    project.write(
        {
            "p/__init__.py": "from p.a import V\n",
            "p/a.py": "V = 1\n",
            "app.py": "import p.a\nX = p.V\n",
        }
    )
    app = project.load("app")
    project.edit("p/a.py", "V = 1", "V = 2")
    project.refresh()

    assert app.X == 2


def test_a_subclass_that_shadows_the_class_it_imports(project):
    project.write({"lib.py": "class C:\n    x = 1\n", "app.py": "from lib import C\n"})
    app, lib = project.load("app"), project.load("lib")
    project.write({"app.py": "from lib import C\nclass C(C):\n    x = 2\n"})
    assert project.refresh() == ["run app.C"]
    project.edit("app.py", "x = 2", "x = 3")
    assert project.refresh() == ["run app.C.x"]

    assert (app.C.x, lib.C.x) == (3, 1)
    assert app.C.__mro__[1] is lib.C
