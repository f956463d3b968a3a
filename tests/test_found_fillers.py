"""What the oracle found about containers that statements elsewhere fill, made small."""

from __future__ import annotations

import pytest


def test_who_fills_a_container_that_moved_is_no_reason_to_run_again(project):
    project.write(
        {
            "old.py": "S = set()\nn = 1\n",
            "new.py": "m = 2\n",
            "app.py": "import new\nfrom old import S\nS.add(len(S))\n",
        }
    )
    app = project.load("app")
    held = app.S
    project.write(
        {
            "old.py": "n = 1\n",
            "new.py": "S = set()\nm = 2\n",
            "app.py": "import new\nfrom new import S\nS.add(len(S))\n",
        }
    )

    assert project.refresh() == ["drop old.S", "move new.S", "run app.S"]

    assert app.S is held == {0}


def test_a_container_that_moved_is_made_anew_where_nothing_tells_what_was_put_in(project):
    project.write(
        {
            "old.py": "S = set()\nn = 1\n",
            "new.py": "m = 2\n",
            "app.py": "import new\nfrom old import S\nS.add(len(S))\nS.add('a')\n",
        }
    )
    app = project.load("app")
    held = app.S
    project.write(
        {
            "old.py": "n = 1\n",
            "new.py": "S = set()\nm = 2\n",
            "app.py": "import new\nfrom new import S\nS.add(len(S) + 5)\nS.add('a')\n",
        }
    )

    project.refresh()

    assert app.S is held == {5, "a"}


def test_those_that_fill_a_container_that_is_made_anew_do_so_in_their_order(project):
    project.write(
        {
            "lib.py": "K = {'n': 1}\n",
            "mid.py": "from lib import K\nK.update([('k', K['n'])])\ndef f(y=2): return y\n",
            "app.py": "from lib import K\nfrom mid import f\nK.update([('k', f())])\n",
        }
    )
    app = project.load("app")
    project.edit("mid.py", "y=2", "y=3")

    assert project.refresh() == ["run mid.f", "rerun lib.K", "rerun mid:2", "rerun app:3"]

    assert app.K == {"n": 1, "k": 3}


def test_the_last_that_sets_a_key_has_the_last_word(project):
    project.write(
        {
            "lib.py": "S = {'debug': 0}\ndef f(): pass\n",
            "base.py": "from lib import S\nS['debug'] = 1\n",
            "app.py": "import base\nfrom lib import S\nS.update(debug=2)\nS['level'] = 3\n",
        }
    )
    app = project.load("app")
    held = app.S
    project.edit("base.py", "= 1", "= 5")

    assert project.refresh() == ["run base:2", "rerun app:3"]

    assert app.S is held
    assert held == {"debug": 2, "level": 3}


def test_a_key_that_is_set_by_two_is_set_by_the_other_when_one_goes(project):
    project.write(
        {
            "lib.py": "S = {}\n",
            "base.py": "from lib import S\nS['debug'] = 1\n",
            "app.py": "import base\nfrom lib import S\nS['debug'] = 2\nS['level'] = 'debug'\n",
        }
    )
    app = project.load("app")
    project.edit("base.py", "= 1", "= 5")

    assert project.refresh() == ["run base:2", "rerun app:3"]
    assert app.S == {"debug": 2, "level": "debug"}

    project.edit("app.py", "S['debug'] = 2\n", "")

    assert project.refresh() == ["drop app:3", "rerun base:2"]
    assert app.S == {"level": "debug", "debug": 5}


def test_a_command_that_took_the_place_of_another_gives_it_back(project):
    register = "R = {}\ndef command(f):\n    R[f.__name__] = f\n    return f\n"
    project.write(
        {
            "lib.py": register,
            "base.py": "from lib import command\n@command\ndef go(): return stop()\n@command\ndef stop(): pass\n",
            "app.py": "import base, lib\nx = 1\n@lib.command\ndef go(): return 2\n",
        }
    )
    app = project.load("app")
    project.edit("app.py", "@lib.command\ndef go(): return 2\n", "")

    assert project.refresh() == ["drop app.go", "rerun base.go"]

    assert {"go": app.base.go, "stop": app.base.stop} == app.lib.R


def test_what_a_decorator_put_into_what_a_star_brought_is_taken_out_with_all_of_them(project):
    text = "from lib import *\ndef q(fn):\n    L.append(fn)\n    return fn\n@q\ndef f(x): return x\ny = 1\n"
    project.write({"lib.py": "L = [1]\n", "app.py": text})
    app = project.load("app")
    held = app.L
    project.write({"app.py": "y = 1\n"})

    assert project.refresh() == ["drop app.L", "drop app.q", "drop app.f"]

    assert held == [1]


def test_who_puts_the_same_into_a_list_that_is_made_anew(project):
    project.write(
        {
            "lib.py": "def f(): pass\nL = [1]\nL.append(int('2'))\n",
            "mid.py": "from lib import *\nL.append(f)\n",
            "app.py": "import mid\nfrom lib import *\nL.append(f)\n",
        }
    )
    app = project.load("app")
    project.edit("lib.py", "'2'", "'3'")

    report = project.report()

    expected = [1, 3, app.f, app.f]
    assert expected == app.L
    assert report.notes == ()


def test_what_a_constant_key_is_set_to_keeps_its_place(project):
    project.write(
        {"lib.py": "R = {}\n", "app.py": "from lib import R\nR.setdefault('a', int('1'))\n"}
    )
    app = project.load("app")
    project.edit("app.py", "import R\n", "import R\nR['b'] = 2\n")

    assert project.refresh() == ["run app:2"]

    assert list(app.R) == ["b", "a"]


def test_who_reads_a_container_comes_after_those_that_fill_it_and_that_it_does_not_import(project):
    project.write(
        {
            "lib.py": "L = [1]\n",
            "a.py": "from lib import L\nL.append(int('2'))\n",
            "b.py": "from lib import L\nx = 1\nL.append(int('3'))\n",
            "app.py": "from lib import L\nN = sum(L)\n",
        }
    )
    for name in ("a", "b", "app"):
        app = project.load(name)
    project.edit("b.py", "'3'", "'4'")

    assert project.refresh() == ["rerun lib.L", "rerun a:2", "run b:3", "rerun app.N"]

    assert app.N == 7


@pytest.mark.parametrize("is_edited", [True, False])
def test_who_filled_a_container_that_is_made_anew_later_in_the_batch_is_in_it(project, is_edited):
    project.write(
        {
            "lib.py": "R = {}\ndef g(x=1): return x\n",
            "a.py": "from lib import R\ndef f(): pass\nR['a'] = f\n",
            "b.py": "from lib import R, g\nif R:\n    R['b'] = g()\n",
            "app.py": "import a, b\n",
        }
    )
    app = project.load("app")
    project.edit("a.py", "'a'", "'c'")
    if is_edited:
        project.edit("b.py", "'b'", "'d'")
    else:
        project.edit("lib.py", "=1", "=2")

    trace = project.refresh()

    if is_edited:
        assert trace == ["rerun lib.R", "run a:3", "run b:2"]
        assert {"c": app.a.f, "d": 1} == app.a.R
    else:
        assert trace == ["run lib.g", "run a:3", "rerun lib.R", "run a:3", "rerun b:2"]
        assert {"c": app.a.f, "b": 2} == app.a.R


def test_a_container_is_made_anew_also_where_its_statement_only_moved(project):
    project.write(
        {
            "lib.py": "def f(): return 1\n# comment\nS = set()\n",
            "app.py": "from lib import S, f\nS.add(f())\n",
        }
    )
    app = project.load("app")
    project.write({"lib.py": "def f(): return 2\nS = set()\n"})

    assert project.refresh() == ["patch lib.f", "rerun lib.S", "rerun app:2"]

    assert {2} == app.S


def test_what_a_new_statement_sets_to_what_it_was_is_not_taken_out_for_an_edited_one(project):
    project.write(
        {
            "lib.py": "R = {}\ndef f(): pass\nx = 1\n",
            "app.py": "from lib import R, f\nif 9:\n    R['a'] = f\nif R:\n    R['b'] = f\n",
        }
    )
    app = project.load("app")
    project.write(
        {
            "lib.py": "R = {}\ndef f(): pass\nif 2:\n    R['b'] = f\nx = 1\n",
            "app.py": "from lib import R, f\nif 1:\n    R['a'] = f\n",
        }
    )

    assert project.refresh() == ["drop app:2", "run lib:3", "run app:2"]

    assert {"b": app.f, "a": app.f} == app.R


@pytest.mark.parametrize("filler", ["import lib", "from lib import L, f", "from lib import *"])
@pytest.mark.parametrize(
    "reader", ["import lib", "from lib import L", "from lib import *", "from hub import L"]
)
def test_who_reads_a_container_hears_of_another_file_that_fills_it(project, filler, reader):
    lib = "lib." if filler == "import lib" else ""
    name = "lib.L" if reader == "import lib" else "L"
    project.write(
        {
            "lib.py": "L = []\ndef f(): pass\n",
            "hub.py": "from lib import *\n",
            "mid.py": "x = 1\n",
            "app.py": f"import mid\n{reader}\nN = len({name})\n",
        }
    )
    app = project.load("app")
    project.write({"mid.py": f"{filler}\n{lib}L.append({lib}f)\n"})

    assert project.refresh()[-2:] == ["run mid:2", "rerun app.N"]

    assert app.N == 1


def test_of_those_that_set_a_key_the_one_that_moved_to_the_end_has_the_last_word(project):
    text = "K = {}\nK.update(a=1)\nx = 1\nK['a'] = 2\n"
    project.write({"app.py": text})
    app = project.load("app")
    app.K["at run time"] = 3
    project.write({"app.py": "K = {}\nx = 1\nK['a'] = 2\nK.update(a=1)\n"})

    assert project.refresh() == ["rerun app:4"]
    assert app.K == {"a": 1, "at run time": 3}

    project.write({"app.py": "K = {}\nK.update(a=1)\nK['a'] = 2\nx = 1\n"})

    assert project.refresh() == ["rerun app:3"]
    assert app.K == {"a": 2, "at run time": 3}
    assert "it stands elsewhere among those that set 'a'" in project.sync.history[-1].explain()


def test_who_has_the_last_word_on_a_name_has_it_again_after_what_is_made_anew(project):
    project.write(
        {
            "lib.py": """
            n, *ITEMS = [1, 1, 1]
            m = 3
            n += n
            """,
            "app.py": "from lib import ITEMS, n\nITEMS.append(n if n % 2 else 1)\n",
        }
    )
    app, lib = project.load("app"), project.load("lib")
    project.edit("lib.py", "n += n", "n = m")
    project.refresh()

    assert (lib.n, app.n) == (3, 3)
    assert app.ITEMS is lib.ITEMS == [1, 1, 3]
