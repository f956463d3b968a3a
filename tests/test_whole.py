"""What is computed of all that a module or a class has follows what comes, goes and is set there."""

from __future__ import annotations

import pytest

from libraries import needs

ALL_OF = "[n for n in {} if n.isupper()]"


@pytest.mark.parametrize(
    "text",
    [
        "import settings\nnames = " + ALL_OF.format("vars(settings)"),
        "import settings as s\nnames = " + ALL_OF.format("dir(s)"),
        "import settings\nnames = " + ALL_OF.format("settings.__dict__"),
        "import inspect, settings\nnames = " + ALL_OF.format("dict(inspect.getmembers(settings))"),
        "import settings\ndef find(m): return "
        + ALL_OF.format("vars(m)")
        + "\nnames = find(settings)",
        "import settings\ndef find(): return "
        + ALL_OF.format("vars(settings)")
        + "\nnames = find()",
    ],
    ids=["vars", "dir", "__dict__", "getmembers", "handed to a function", "in a function"],
)
def test_names_come_and_go_in_a_module_that_is_looked_at_as_a_whole(project, text):
    project.write({"settings.py": "A = 1\ndef f(): return 1", "app.py": text})
    app = project.load("app")

    project.write({"settings.py": "A = 1\ndef f(): return 2"})
    assert project.refresh() == ["patch settings.f"]
    project.write({"settings.py": "A = 1\nB = 2\ndef f(): return 2"})
    assert project.refresh() == ["run settings.B", "rerun app.names"]
    assert app.names == ["A", "B"]

    project.write({"settings.py": "B = 2\ndef f(): return 2"})
    assert project.refresh() == ["drop settings.A", "rerun app.names"]
    assert app.names == ["B"]


def test_a_module_of_a_package_is_looked_at_as_a_whole_by_others(project):
    project.write({"pkg/__init__.py": "", "pkg/conf.py": "A = 1"})
    project.write(
        {
            "one.py": "from pkg import conf as c\nALL = {k: getattr(c, k) for k in dir(c) if k.isupper()}"
        }
    )
    project.write(
        {
            "two.py": "import pkg.conf\nALL = {k: v for k, v in vars(pkg.conf).items() if k.isupper()}"
        }
    )
    one, two = project.load("one"), project.load("two")
    project.write({"pkg/conf.py": "A = 2"})

    assert project.refresh() == ["run pkg.conf.A", "rerun one.ALL", "rerun two.ALL"]

    assert one.ALL == two.ALL == {"A": 2}


def test_who_only_names_a_module_or_takes_parts_of_it_is_left_alone(project, log):
    project.write(
        {
            "settings.py": "A = 1\nB = 1",
            "app.py": """
                import settings
                from log import said
                class Holder:
                    def __init__(self, held): self.held = held
                MODULES = [settings]
                HELD = Holder(settings)
                def serve(module): return [module.A]
                SERVER = serve(settings)
                for each in (settings,):
                    said(each.__name__)
                setattr(settings, "C", 3)
                said(hasattr(settings, "D"))
            """,
        }
    )
    project.load("app")
    project.edit("settings.py", "B = 1", "B = 2")

    assert project.refresh() == ["run settings.B"]

    assert log == ["settings", False]


def test_an_object_that_takes_in_a_module_is_the_same_when_a_setting_is_edited(project):
    project.write(
        {
            "settings.py": "DEBUG = False",
            "app.py": """
                import settings
                class Config(dict):
                    def from_object(self, obj):
                        self.update((k, getattr(obj, k)) for k in dir(obj) if k.isupper())
                class App:
                    def __init__(self): self.config = Config()
                app, other = App(), App()
                app.config.from_object(settings)
                other.config.update(**vars(settings))
            """,
        }
    )
    module = project.load("app")
    app = module.app
    project.write({"settings.py": "DEBUG = True\nPORT = 1"})

    assert project.refresh() == [
        "run settings.DEBUG",
        "run settings.PORT",
        "rerun app:8",
        "rerun app:9",
    ]

    assert module.app is app
    assert app.config == {"DEBUG": True, "PORT": 1}
    assert (module.other.config["DEBUG"], module.other.config["PORT"]) == (True, 1)


@needs("flask")
def test_a_flask_application_gets_the_settings_of_a_live_module(project):
    text = "import flask, settings\napp = flask.Flask('app')\napp.config.from_object(settings)"
    project.write({"settings.py": "GREETING = 'hello'", "app.py": text})
    app = project.load("app").app
    project.edit("settings.py", "hello", "welcome")

    assert project.refresh() == ["run settings.GREETING", "rerun app:3"]

    assert project.load("app").app is app
    assert app.config["GREETING"] == "welcome"


@pytest.mark.parametrize("names", ["globals()", "vars()", "dir()"])
def test_a_name_comes_above_a_statement_that_looks_at_all_of_its_module(project, names):
    project.write({"app.py": f"A = 1\nnames = {ALL_OF.format(names)}\nC = 1"})
    app = project.load("app")

    project.edit("app.py", "C = 1", "C = 2")
    assert project.refresh() == ["run app.C"]  # which stands below
    project.edit("app.py", "A = 1", "A = 1\nB = 2")
    assert project.refresh() == ["run app.B", "rerun app.names"]

    assert {"A", "B"} <= {*app.names}


def test_who_acts_in_the_names_of_its_module_is_left_alone(project):
    project.write(
        {
            "app.py": """
                A = 1
                exec("count = []", globals())
                globals().update(total=len(count))
            """
        }
    )
    app = project.load("app")
    app.count.append(7)
    project.edit("app.py", "A = 1", "A = 2")

    assert project.refresh() == ["run app.A"]

    assert app.count == [7]


def test_a_subclass_comes(project):
    project.write(
        {
            "base.py": "class Base: pass\nclass Part(Base): pass",
            "app.py": """
                from base import Base, Part
                class A(Part): pass
                def found(): return [c.__name__ for c in Part.__subclasses__()]
                NAMES = [c.__name__ for c in Part.__subclasses__()]
                FOUND = found()
                BASES = [c.__name__ for c in Base.__subclasses__()]
            """,
        }
    )
    app = project.load("app")
    project.edit("app.py", "class A(Part): pass", "class A(Part): pass\nclass B(Part): pass")

    assert project.refresh() == ["run app.B", "rerun app.NAMES", "rerun app.FOUND"]

    assert app.NAMES == app.FOUND == ["A", "B"]


def test_a_class_of_another_file_goes_over_to_another_base(project):
    """Its own text is not edited: what its base stands for is."""
    project.write(
        {
            "base.py": "class A: pass\nclass B: pass\nBase = A\n",
            "part.py": "from base import Base\nclass C(Base): pass\n",
            "app.py": "import base, part\n"
            "OF_A = [c.__name__ for c in base.A.__subclasses__()]\n"
            "OF_B = [c.__name__ for c in base.B.__subclasses__()]\n",
        }
    )
    app = project.load("app")
    project.edit("base.py", "Base = A", "Base = B")

    assert project.refresh() == [
        "run base.Base",
        "rerun part.Base",
        "rerun part.C",
        "rerun app.OF_A",
        "rerun app.OF_B",
    ]
    assert (app.OF_A, app.OF_B) == ([], ["C"])


def test_a_field_comes_to_a_dataclass(project):
    project.write(
        {
            "app.py": """
                from dataclasses import dataclass, fields
                from inspect import signature
                @dataclass
                class Row:
                    a: int = 1
                def f(x): return x
                NAMES = [f.name for f in fields(Row)]
                PARAMETERS = [*signature(f).parameters]
            """
        }
    )
    app = project.load("app")

    project.edit("app.py", "a: int = 1", "a: int = 1\n    b: int = 2")
    assert project.refresh() == ["run app.Row", "rerun app.NAMES"]
    project.edit("app.py", "def f(x)", "def f(x, y=1)")
    assert project.refresh() == ["run app.f", "rerun app.PARAMETERS"]

    assert (app.NAMES, app.PARAMETERS) == (["a", "b"], ["x", "y"])


def test_a_name_is_set_as_an_item_of_the_module(project):
    project.write(
        {
            "settings.py": "A = 1",
            "app.py": """
                import settings
                B = 1
                globals()["X"] = settings.A
                y = globals()["X"] + X
                def get(): return X
                z = get()
            """,
            "user.py": "from app import X",
        }
    )
    app, user = project.load("app"), project.load("user")
    project.edit("app.py", "B = 1", "B = 2")
    assert project.refresh() == ["run app.B"]

    project.edit("settings.py", "A = 1", "A = 2")
    assert project.refresh() == [
        "run settings.A",
        "rerun app.X",
        "rerun app.y",
        "rerun app.z",
        "rerun user.X",
    ]
    assert (app.y, app.z, user.X) == (4, 2, 2)

    project.edit("app.py", 'globals()["X"] = settings.A', "X = 5")
    assert project.refresh() == ["run app.X", "rerun app.y", "rerun app.z", "rerun user.X"]
    assert (app.y, user.X) == (10, 5)


def test_a_docstring_is_edited_that_others_have_made_something_of(project):
    project.write(
        {
            "app.py": """
                HELP = []
                def command(function):
                    HELP.append((function, function.__doc__))
                    return function
                def told(thing): return thing.__doc__
                def plain(function): return function
                @command
                def f(): "one"
                @plain
                def g(): "two"
                class C: "three"
                texts = [told(g), told(C)]
            """
        }
    )
    app = project.load("app")
    for before, after in (("one", "1"), ("two", "2"), ("three", "3")):
        project.edit("app.py", f'"{before}"', f'"{after}"')

    assert project.refresh() == [
        "patch app.g",
        "rerun app.f",
        "run app.C.__doc__",
        "rerun app.texts",
    ]

    assert [*app.HELP] == [(app.f, "1")]
    assert app.texts == ["2", "3"]


def test_a_field_comes_to_a_class_that_a_function_looks_into(project, log):
    project.write(
        {
            "app.py": """
                from dataclasses import dataclass, fields
                from log import said
                @dataclass
                class Row:
                    a: int = 1
                def columns(cls): return [field.name for field in fields(cls)]
                def keep(cls): said(cls.__name__)
                names = columns(Row)
                keep(Row)
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", "a: int = 1", "a: int = 1\n    b: int = 2")

    assert project.refresh() == ["run app.Row", "rerun app.names"]

    assert app.names == ["a", "b"]
    assert log == ["Row"]


def test_a_table_of_subclasses_follows_what_stands_in_them(project):
    project.write(
        {
            "app.py": "class Error(Exception): ...\nclass Fatal(Error):\n    code = 2\n"
            "CODES = {c.__name__: c.code for c in Error.__subclasses__()}\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "code = 2", "code = 3")

    assert project.refresh() == ["run app.Fatal.code", "rerun app.CODES"]
    assert app.CODES == {"Fatal": 3}
