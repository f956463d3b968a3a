"""What a container was made with, and what is put into it later, are told apart."""

from __future__ import annotations

import pytest


def settings(project, made, more):
    """A library with a dict, and an app that sets keys in it."""
    files = {"lib.py": f"def f(): pass\nK = {made}\n", "app.py": f"from lib import K, f\n{more}\n"}
    project.write(files)
    app = project.load("app")
    app.K["at run time"] = 1
    return app


@pytest.mark.parametrize("more", ["K['a'] = 2", "K.update(a=2)", "K.update({'a': 2, 'b': 3})"])
def test_a_key_that_is_set_no_more_is_what_the_dict_was_made_with(project, more):
    app = settings(project, "{'a': 1}", more)
    held = app.K
    project.edit("app.py", f"{more}\n", "")

    assert project.refresh() == ["drop app:2", "rerun lib.K"]

    assert app.K is held == {"a": 1}


def test_another_key_that_is_set_now_leaves_the_one_before_to_the_dict(project):
    app = settings(project, "{'a': 1, 'b': 2}", "K['a'] = f")
    project.edit("app.py", "K['a']", "K['b']")

    assert project.refresh() == ["rerun lib.K", "run app:2"]

    assert {"a": 1, "b": app.f} == app.K
    assert "app.py had set 'a' too" in project.sync.history[-1].explain()


@pytest.mark.parametrize(
    ("more", "after"),
    [
        ("K['a'] = 2", "K['a'] = 3"),
        ("K.update(a=2)", "K.update(a=3)"),
        ("K.update(a=int('2'))", "K.update(a=3)"),
        ("K.update({'a': 2})", "K.update(a=3)"),
        ("K['a'] = 2", "K.update(a=3)"),
    ],
)
def test_who_sets_the_same_key_to_another_value_is_no_reason_to_make_the_dict_anew(
    project, more, after
):
    app = settings(project, "{'a': 1, 'b': 0}", more)
    project.edit("app.py", more, after)

    assert project.refresh() == ["run app:2"]

    assert list(app.K.items()) == [("a", 3), ("b", 0), ("at run time", 1)]


@pytest.mark.parametrize(
    ("made", "more"),
    [
        ("{'a': f}", "K['a'] = f"),
        ("{'a': 1}", "K.update(a=1)"),
        ("dict(a=f)", "K.setdefault('a', f)"),
        ("{'a': 1}", "K.setdefault('a', 2)"),
    ],
)
def test_what_a_dict_was_made_with_stays_when_who_set_the_same_is_gone(project, made, more):
    app = settings(project, made, more)
    before = dict(app.K)
    project.edit("app.py", f"{more}\n", "")

    assert project.refresh() == ["drop app:2"]

    assert before == app.K


def test_what_is_a_default_only_does_not_take_the_place_of_what_there_was(project):
    app = settings(project, "{'a': 1}", "K.setdefault('a', 2)")
    project.edit("app.py", "2", "3")

    assert project.refresh() == ["run app:2"]

    assert app.K == {"a": 1, "at run time": 1}


LISTS = [
    ("[f, 3]", "L.append(f)"),
    ("[(f, 1), 3]", "L.append((f, 2))"),
    ("[f, 3]", "L.insert(0, f)"),
    ("list((f, 3))", "L.append(f)"),
    ("[*M, 3]", "L.append(f)"),
    ("M + [3]", "L.append(f)"),
]


@pytest.mark.parametrize(("made", "more"), LISTS)
def test_what_a_list_was_made_with_is_not_what_was_appended(project, made, more):
    lib = f"def f(x=7):\n    return x\nM = [f]\nL = {made}\n"
    project.write({"lib.py": lib, "app.py": f"from lib import L, f\n{more}\n"})
    app = project.load("app")
    project.edit("lib.py", "7", "1")
    before = list(app.L)
    project.refresh()

    assert before == app.L

    app.L.append("at run time")
    project.edit("app.py", f"{more}\n", "")

    assert project.refresh() == ["drop app:2"]
    assert [(app.f, 1) if "1" in made else app.f, 3, "at run time"] == app.L


def test_what_a_set_was_made_with_stays_when_who_added_the_same_is_gone(project):
    project.write(
        {
            "lib.py": "def f(): pass\nS = {f, 1}\n",
            "app.py": "from lib import S, f\nS.add(f)\nx = 1\n",
        }
    )
    app = project.load("app")
    app.S.add("at run time")
    project.edit("app.py", "S.add(f)\n", "")

    assert project.refresh() == ["drop app:2"]

    assert {app.f, 1, "at run time"} == app.S


def test_what_was_made_of_a_thing_and_added_is_not_the_thing(project):
    project.write(
        {
            "lib.py": "def f(): pass\nS = {f, 1}\n",
            "app.py": "from lib import S, f\nS.add(len(f.__name__) + 6)\n",
        }
    )
    app = project.load("app")
    project.edit("app.py", "6", "7")

    assert project.refresh() == ["rerun lib.S", "run app:2"]

    assert {app.f, 1, 8} == app.S


def test_a_dict_made_anew_keeps_what_it_is_made_with(project):
    project.write(
        {
            "lib.py": "def f(): return 2\nK = {'n': 1, 'f': f}\n",
            "app.py": "from lib import K, f\nK.update([('e', f())])\n",
        }
    )
    app = project.load("app")
    project.edit("lib.py", "'n': 1", "'n': 3")

    assert project.refresh() == ["run lib.K", "rerun app:2"]

    assert {"n": 3, "f": app.f, "e": 2} == app.K


@pytest.mark.parametrize(
    "imported", ["import mid", "from mid import f", "import mid as other", "from mid import f as g"]
)
def test_what_two_files_append_goes_with_the_one_that_does_so_no_more(project, imported):
    word = imported.replace("import mid as other", "import other.f").split()[-1]
    word = "mid.f" if imported == "import mid" else word
    project.write(
        {
            "lib.py": "n, *L = [1, 2]\n",
            "mid.py": "import lib\ndef f(x): return x\nlib.L.append(f)\nlib.L.append(3)\n",
            "app.py": f"import lib\n{imported}\nlib.L.append({word})\nx = 1\n",
        }
    )
    app = project.load("app")
    f = app.lib.L[1]
    project.edit("app.py", f"lib.L.append({word})\n", "")

    assert project.refresh() == ["drop app:3"]

    assert [2, f, 3] == app.lib.L
