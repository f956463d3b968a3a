"""Values that are made once: by which variable they are known, and when they are made anew."""

import importlib
import sys

import pytest

import heatsync
from heatsync import Heatsync, UnnamedError


def test_what_is_remembered_survives_every_edit_of_its_statement(project):
    project.write({"app.py": "from heatsync import remember\nindex = remember(dict)\n"})
    app = project.load("app")
    index = app.index
    index["a"] = 1
    project.edit("app.py", "remember(dict)", "remember(lambda: {'new': 1})")

    assert project.refresh() == ["run app.index"]
    assert app.index is index
    assert index == {"a": 1}


TARGETS = {
    "a name": ("x = remember(list)", ["x"]),
    "annotated": ("x: list = remember(list)", ["x"]),
    "several targets": ("x = y = remember(list)", ["x", "y"]),
    "a tuple": ("x, y = remember(list), remember(dict)", ["x", "y"]),
    "nested tuples": ("(x, [y, z]) = remember(list), (remember(dict), remember(set))", [*"xyz"]),
    "a walrus": ("if (x := remember(list)) == []: y = remember(dict)", ["x", "y"]),
    "an attribute": ("class A: pass\nA.x = remember(list)", ["A.x"]),
    "an item": ("A = {}\nA['x'] = remember(list)\nA['y'] = remember(dict)", ["A['x']", "A['y']"]),
    "over lines": (
        "x, y = (\n    remember(\n        list\n    ),\n    remember(dict),\n)",
        ["x", "y"],
    ),
    "several statements": ("x = remember(list); y = remember(list)", ["x", "y"]),
    "a choice": ("x = remember(list) if 0 else remember(dict)", ["x"]),
    "a block": ("try:\n    x = remember(list)\nfinally:\n    y = remember(list)", ["x", "y"]),
    "a class": (
        "class A:\n    x = remember(list)\n    class B:\n        x = remember(set)",
        ["A.x", "A.B.x"],
    ),
    "unpacked": ("x, y = remember(lambda: ([], []))", ["x", "y"]),
    "global": ("def f():\n    global x\n    x = remember(list)\nf()", ["x"]),
    "many names": ("\n".join(f"n{n} = {n}" for n in range(300)) + "\nx = remember(list)", ["x"]),
    "a key": ("x = [remember(list, 'a'), remember(list, key='b')]", ["x[0]", "x[1]"]),
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("how", ["imported", "run again"])
def test_a_variable_is_known_by_its_name(project, name, how):
    text, values = TARGETS[name]
    head = "from heatsync import remember\n"
    project.write({"app.py": head + (text if how == "imported" else "")})
    app = project.load("app")
    if how == "run again":
        project.write({"app.py": head + text})
        project.refresh()
    before = [eval(value, vars(app)) for value in values]
    project.write(
        {"app.py": head + text.replace("remember(", "remember(  ").replace("list", "lambda: 0")}
    )

    project.report()

    assert all(map(lambda a, b: a is b, before, [eval(value, vars(app)) for value in values]))
    distinct = {id(value) for value in before}
    assert len(distinct) == (1 if name == "several targets" else len(values))


NAMELESS = {
    "nothing": "remember(list)",
    "an argument": "x = len(remember(list))",
    "a comprehension": "x = [remember(list) for _ in range(2)]",
    "a list": "x = [remember(list)]",
    "a loop over attributes": "class A: pass\nfor a in [A]:\n    a.x = remember(list)",
    "a computed item": "x = {}\nk = 'a'\nx[k + 'b'] = remember(list)",
    "a local variable": "def f():\n    x = remember(list)\nf()",
    "an instance": "class A:\n    def __init__(self):\n        self.x = remember(list)\nA()",
    "a class in a function": "def f():\n    class A:\n        x = remember(list)\nf()",
    "a lambda": "x = (lambda: remember(list))()",
}


@pytest.mark.parametrize("name", NAMELESS)
def test_where_no_variable_is_found_the_error_says_so(project, name):
    text = "from heatsync import remember\n" + NAMELESS[name]
    project.write({"app.py": text})
    line = text[: text.index("remember(")].count("\n") + 1

    with pytest.raises(UnnamedError) as caught:
        project.load("app")

    assert (caught.value.file, caught.value.line) == (str(project.root / "app.py"), line)
    assert str(caught.value).startswith(f"{project.root / 'app.py'}:{line}: ")
    assert 'give it a key, remember(factory, "a name of your own")' in str(caught.value)


def test_variables_of_the_same_name_in_two_files_are_two(project):
    text = "from heatsync import remember\nx = remember(list)\ny = remember(list, 'key')\nz = remember(list, 'x')\n"
    project.write({"a.py": text, "b.py": text})
    a, b = project.load("a"), project.load("b")

    assert a.z is not a.x
    assert a.x is not b.x
    assert a.y is not b.y
    assert a.x is not a.y


def test_a_script_that_is_also_imported_has_two(project, monkeypatch):
    project.write({"app.py": "from heatsync import remember\nx = remember(list)\n"})
    app = project.load("app")
    names = {"__name__": "__main__", "__file__": app.__file__}
    exec(compile(project.read("app.py"), app.__file__, "exec"), names)

    assert names["x"] is not app.x


def test_a_factory_that_raises_is_asked_again(project):
    project.write(
        {
            "app.py": """
            from heatsync import remember
            FAIL = True
            def make(): return [1 / (not FAIL)]
            try:
                x = remember(make)
            except ZeroDivisionError:
                x = None
            """
        }
    )
    app = project.load("app")
    assert app.x is None
    project.edit("app.py", "True", "False")
    project.edit("app.py", "x = None", "x = 0")
    project.refresh()

    assert app.x == [1]


def test_what_a_failed_batch_made_is_not_remembered(project):
    project.write({"app.py": "from heatsync import remember\n"})
    app = project.load("app")
    project.write({"app.py": "from heatsync import remember\nx = remember(lambda: [1])\n1 / 0\n"})
    project.fail()
    project.write({"app.py": "from heatsync import remember\nx = remember(lambda: [2])\n"})
    project.refresh()

    assert app.x == [2]


def test_what_is_forgotten_is_made_anew_when_its_statement_runs_again(project):
    project.write(
        {"app.py": "from heatsync import remember\nx = remember(list)\ny = remember(list, 'k')\n"}
    )
    app = project.load("app")
    x, y = app.x, app.y
    x.append(1), y.append(1)
    assert project.sync.forget("x", app) == 1
    assert project.sync.forget("x", app) == 0
    project.edit("app.py", "x = remember(list)", "x = remember(lambda: [2])")
    project.edit("app.py", "(list, 'k')", "(list,  key='k')")
    project.refresh()
    assert app.x == [2]
    assert app.y is y

    assert project.sync.forget(module=app) == 2


def test_a_file_forgets_its_own(project):
    project.write(
        {
            "app.py": """
            from heatsync import forget, remember
            x = remember(list)
            def start_anew(): return forget("x")
            """,
            "other.py": "from heatsync import remember\nx = remember(list)\n",
        }
    )
    app = project.load("app")
    project.load("other")

    assert (app.start_anew(), app.start_anew()) == (1, 0)


def test_what_a_failed_batch_forgot_is_remembered(project):
    project.write({"app.py": "from heatsync import remember, forget\nx = remember(list)\n"})
    app = project.load("app")
    x = app.x
    project.write(
        {
            "app.py": "from heatsync import remember, forget\nx = remember(list)\nforget('x')\n1 / 0\n"
        }
    )
    project.fail()
    project.write({"app.py": "from heatsync import remember, forget\nx = remember(lambda: 1)\n"})
    project.refresh()

    assert app.x is x


def test_it_is_remembered_while_its_statement_is_away(project):
    project.write({"app.py": "from heatsync import remember\nx = remember(list)\n"})
    app = project.load("app")
    x = app.x
    project.edit("app.py", "x = remember(list)\n", "")
    assert project.refresh() == ["drop app.x"]
    project.write({"app.py": "from heatsync import remember\nx = remember(list)\n"})
    project.refresh()

    assert app.x is x


def test_it_is_known_that_was_made_before_there_was_any_heatsync(project, tmp_path):
    project.sync.dispose()
    project.write(
        {"app.py": "from heatsync import remember\nx, y = remember(list), remember(list)\n"}
    )
    app = importlib.import_module("app")
    x = app.x
    project.sync = Heatsync(watch=False)
    project.sync.track(project.root)
    project.edit("app.py", "x, y = remember(list), remember(list)", "x = remember(lambda: 1)")
    project.refresh()

    assert app.x is x


def test_the_names_on_the_object_are_the_same():
    assert Heatsync.remember is heatsync.remember
    assert Heatsync.forget is heatsync.forget
    assert Heatsync.temporary is heatsync.temporary


def test_nothing_is_read_or_parsed_for_a_plain_name(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "heatsync._assignments", None)  # it cannot be imported
    project.write(
        {"app.py": "from heatsync import remember\nclass A:\n    x: list = remember(list)\n"}
    )

    assert project.load("app").A.x == []
