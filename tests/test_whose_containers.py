"""What an edit puts into a container nobody else gets who had only the same name, or the same object."""

import pytest


@pytest.mark.parametrize("imported", ["from base import *", "from base import DB, NAMES"])
def test_an_override_below_an_import_leaves_the_imported_module_alone(project, imported):
    project.write(
        {
            "base.py": "DB = {'engine': 'a'}\nNAMES = ['x']\n",
            "local.py": f"{imported}\n",
            "other.py": "from base import DB\n",
        }
    )
    base, local, other = map(project.load, ["base", "local", "other"])
    project.write({"local.py": f"{imported}\nDB = {{'engine': 'b'}}\nNAMES = NAMES + ['y']\n"})
    assert project.refresh() == ["run local.DB", "run local.NAMES"]
    assert (local.DB, local.NAMES) == ({"engine": "b"}, ["x", "y"])
    assert (base.DB, base.NAMES, other.DB) == ({"engine": "a"}, ["x"], {"engine": "a"})

    ours = local.DB
    project.edit("local.py", "'b'", "'c'")
    project.refresh()
    assert local.DB is ours
    assert (ours, base.DB) == ({"engine": "c"}, {"engine": "a"})

    project.write({"local.py": f"{imported}\n"})
    project.refresh()
    assert local.DB is base.DB is other.DB
    assert base.DB == {"engine": "a"}


def test_nor_does_one_below_an_import_of_a_library(project):
    project.write({"app.py": "from keyword import kwlist\n"})
    app = project.load("app")
    before = list(app.kwlist)
    project.write({"app.py": "from keyword import kwlist\nkwlist = kwlist[:1]\n"})
    project.refresh()

    import keyword

    assert app.kwlist == before[:1]
    assert keyword.kwlist == before


def test_a_second_value_below_the_first_is_not_given_to_who_holds_that(project):
    text = "D = {'a': 1}\nTABLE = {'d': D}\ndef f(d=D): return d\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.write({"app.py": f"{text}D = {{'a': 2}}\n"})
    project.refresh()

    assert (app.D, app.TABLE, app.f()) == ({"a": 2}, {"d": {"a": 1}}, {"a": 1})


@pytest.mark.parametrize("block", ["{}", "class K:\n    {}"])
def test_one_container_of_two_names_becomes_two_and_one_again(project, block):
    def text(*lines):
        return block.format("\n    ".join(lines) if "K" in block else "\n".join(lines)) + "\n"

    project.write({"app.py": text("a = b = [1]")})
    app = project.load("app")

    def held():
        where = app.K if "K" in block else app
        return where.a, where.b

    first = held()[0]
    project.write({"app.py": text("a = [1]", "b = [2]")})
    project.refresh()
    assert held() == ([1], [2])
    assert held()[0] is first

    project.write({"app.py": text("a = b = [3]")})
    project.refresh()
    assert held() == ([3], [3])
    assert held()[0] is held()[1]


TAKEN = {
    "an item": ("CONFIG = {'db': {'host': 'x'}}", "CONFIG.get('db')", "{'host': 'y'}"),
    "one of several": ("ROWS = [[1], [2]]", "max(ROWS)", "[5]"),
    "the first": ("ROWS = [[1], [2]]", "next(iter(ROWS))", "[5]"),
    "an attribute": ("class S: d = {'i': 1}", "getattr(S, 'd')", "{'own': 1}"),
}


@pytest.mark.parametrize(("made", "taken", "own"), TAKEN.values(), ids=TAKEN)
def test_a_value_that_came_out_of_something_is_not_written_to(project, made, taken, own):
    project.write({"app.py": f"{made}\nvalue = {taken}\n"})
    app = project.load("app")
    before = repr(app.value)
    project.edit("app.py", f"value = {taken}", f"value = {own}")
    project.refresh()
    assert app.value == eval(own)
    assert repr(eval(taken, vars(app))) == before

    ours = app.value
    project.edit("app.py", f"value = {own}", f"value = {taken}")
    project.refresh()
    assert app.value is eval(taken, vars(app))
    assert repr(app.value) == before
    assert ours == eval(own)


def test_the_namespace_of_a_module_stays_whole(project):
    project.write(
        {"lib.py": "A = 1\n", "app.py": "import lib\nNAMES = vars(lib)\nOWN = globals()\n"}
    )
    app, lib = project.load("app"), project.load("lib")
    project.edit("app.py", "vars(lib)", "{}")
    project.edit("app.py", "globals()", "dict(globals())")
    project.refresh()

    assert (lib.A, lib.__name__, app.NAMES) == (1, "lib", {})
    assert app.OWN is not vars(app)
    assert app.OWN["lib"] is lib


def test_what_a_call_made_is_still_filled_anew(project):
    project.write({"app.py": "def load(n): return {'n': n}\nCONFIG = load(1)\n"})
    app = project.load("app")
    held = app.CONFIG
    project.edit("app.py", "load(1)", "load(2)")
    project.refresh()

    assert app.CONFIG is held
    assert held == {"n": 2}
