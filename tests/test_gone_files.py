"""Files that are deleted, renamed and there again, and modules that are not there yet."""

from __future__ import annotations

import sys
import traceback

import pytest


def test_a_file_is_deleted_and_comes_back(project):
    project.write({"app.py": "def f(): return 1", "user.py": "from app import f"})
    user, f = project.load("user"), project.load("app").f
    project.delete("app.py")
    told = []
    project.sync.events.on("any", told.append)

    report = project.report()

    file = str(project.root / "app.py")
    assert (report.files, report.trace, report.error) == ((file,), [], None)
    [note] = report.notes
    assert "app.py is gone: its code stays alive until there is a file again; " in note
    assert note.endswith("user.py cannot be imported anew without it")
    assert told == [file]
    assert project.sync.refresh() is None  # it is said once
    assert user.f() == 1

    project.write({"app.py": "def f(): return 2"})
    assert project.refresh() == ["patch app.f"]
    assert f() == user.f() == 2


def test_a_file_comes_back_as_it_was(project):
    project.write({"app.py": "X = []"})
    x = project.load("app").X
    project.delete("app.py")
    project.report()
    project.write({"app.py": "X = []"})

    report = project.report()

    assert (report.trace, report.notes) == ([], ())
    assert report.files == (str(project.root / "app.py"),)
    assert project.load("app").X is x
    project.delete("app.py")
    assert "app.py is gone" in project.report().notes[0]


def test_a_file_is_deleted_together_with_an_edit_of_another_one(project):
    project.write({"old.py": "X = 1", "app.py": "from old import X\nY = X"})
    app = project.load("app")
    project.delete("old.py")
    project.write({"app.py": "Y = 5"})
    report = project.report()

    assert report.trace == ["drop app.X", "run app.Y"]
    [note] = report.notes
    assert note.endswith("old.py is gone: its code stays alive until there is a file again")
    assert app.Y == 5


def test_what_failed_with_a_file_is_applied_when_that_is_deleted(project):
    project.write({"old.py": "X = 1", "app.py": "import old\nY = 1"})
    app = project.load("app")
    project.write({"old.py": "X = 1 / 0", "app.py": "Y = 2"})
    assert type(project.fail()) is ZeroDivisionError
    project.delete("old.py")

    report = project.report()

    assert report.trace == ["drop app.old", "run app.Y"]
    assert "old.py is gone" in report.notes[0]
    assert app.Y == 2


def test_what_a_deleted_file_needs_may_go_with_it(project):
    user = "from lib import n, f\nx = f(n)\n"
    project.write(
        {"lib.py": "n = 1\ndef f(a): return a\n", "user.py": user, "app.py": "import user\n"}
    )
    app = project.load("app")
    project.delete("user.py")
    project.write({"lib.py": "n = 2\n", "app.py": "import lib\n"})

    report = project.report()

    assert report.error is None
    assert report.trace == ["drop app.user", "drop lib.f", "run lib.n", "run app.lib"]
    failed, gone = report.notes
    assert failed.startswith("user.n, f, of a file that is gone, stays as it was: ImportError: ")
    assert "user.py is gone" in gone
    assert app.lib.n == 2


@pytest.mark.parametrize(
    "statement",
    [
        "import old",
        "from old import X",
        "import pkg.part",
        "from pkg.part import Z",
        "from pkg import part",
    ],
)
def test_who_imports_a_deleted_file_anew_fails_as_a_new_process_would(project, statement):
    project.write(
        {
            "old.py": "X = 1",
            "pkg/__init__.py": "",
            "pkg/part.py": "Z = 1",
            "app.py": "import old, pkg.part\nY = 1\ndef f():\n    import old\n    return old.X",
        }
    )
    app = project.load("app")
    files = {"old": "old.py", "pkg.part": "pkg/part.py"}
    for file in files.values():
        project.delete(file)
    assert len(project.report().notes) == 2
    project.edit("app.py", "import old, pkg.part\nY = 1", f"{statement}\nY = 2")

    error = project.fail()

    assert isinstance(error, ImportError)
    assert str(error).endswith(".py is gone")
    assert traceback.extract_tb(error.__traceback__)[-1].lineno == 1
    assert (app.Y, app.f()) == (1, 1)

    project.write({"old.py": "X = 1", "pkg/part.py": "Z = 1"})
    trace = project.refresh()
    assert trace[-1] == "run app.Y"
    assert app.Y == 2


def test_an_optional_import_of_a_deleted_file_takes_the_other_way(project):
    text = "try:\n    import extra\nexcept ImportError:\n    extra = {}\n"
    project.write({"extra.py": "x = 1", "app.py": text.format("None")})
    app = project.load("app")
    project.delete("extra.py")
    project.report()
    project.write({"app.py": text.format("0")})

    assert project.refresh() == ["run app.extra"]

    assert app.extra == 0


def test_many_files_that_go_at_once_are_told_in_one_sentence(project):
    names = [f"m{number}" for number in range(10)]
    files = {f"big/{name}.py": "X = 1" for name in names}
    files["big/__init__.py"] = "".join(f"from big import {name}\n" for name in names)
    project.write({**files, **{f"user{n}.py": "import big.m1" for n in range(6)}})
    for number in range(6):
        project.load(f"user{number}")
    for name in files:
        project.delete(name)

    [note] = project.report().notes

    root = project.root
    named = ", ".join(str(root / f"big/{name}.py") for name in ("__init__", "m0", "m1"))
    users = ", ".join(str(root / f"user{number}.py") for number in range(3))
    assert note == (
        f"{named} and 8 more are gone: their code stays alive until there are files again; "
        f"{users} and 3 more cannot be imported anew without them"
    )


def test_who_went_along_is_not_said_to_lack_a_deleted_file(project):
    project.write({"old.py": "X = 1", "user.py": "from old import X"})
    project.load("user")
    project.delete("old.py")
    project.delete("user.py")

    notes = project.report().notes

    assert len(notes) == 2
    assert all(note.endswith("until there is a file again") for note in notes)


def test_a_deleted_data_file_keeps_its_value(project):
    project.write({"settings.json": '{"a": 1}'})
    settings = project.sync.require(str(project.root / "settings.json"))
    project.delete("settings.json")
    [note] = project.report().notes
    assert note.endswith("settings.json is gone: its value stays until there is a file again")
    assert settings == {"a": 1}

    project.write({"settings.json": '{"a": 2}'})
    assert project.refresh() == ["sync settings.json"]
    assert settings == {"a": 2}


def test_a_missing_module_that_an_edit_imports_is_created_later(project):
    project.write({"app.py": "X = 1"})
    app = project.load("app")
    project.write({"app.py": "import later\nX = later.Y"})
    assert isinstance(project.fail(), ModuleNotFoundError)
    assert project.sync.refresh() is None

    project.write({"later.py": "Y = 2"})

    assert project.refresh() == ["run app.later", "run app.X"]
    assert app.X == 2


def test_a_missing_module_in_a_package_is_created_later(project):
    project.write({"pkg/__init__.py": "", "pkg/app.py": "X = 1"})
    app = project.load("pkg.app")
    project.write({"pkg/app.py": "from .sub.later import Y\nX = Y"})
    assert isinstance(project.fail(), ModuleNotFoundError)

    project.write({"pkg/sub/__init__.py": "", "pkg/sub/later.py": "Y = 2"})

    assert project.refresh() == ["run pkg.app.Y", "run pkg.app.X"]
    assert app.X == 2


STEPS = [
    ["newpk/__init__.py", "newpk/sub.py"],
    ["newpk/", "newpk/sub.py"],
    ["newpk/", "newpk/__init__.py", "newpk/sub/", "newpk/sub/__init__.py"],
]


@pytest.mark.parametrize("steps", STEPS, ids=" ".join)
@pytest.mark.parametrize("around", ["", "pkg."])
@pytest.mark.parametrize("statement", ["from {} import Y", "import {0}\nY = {0}.Y"])
def test_a_package_that_an_edit_imports_is_made_step_by_step(
    project, fresh_modules, around, steps, statement
):
    project.write({"pkg/__init__.py": "", "app.py": "import pkg\nX = 1"})
    app = project.load("app")
    project.write({"app.py": f"import pkg\n{statement.format(f'{around}newpk.sub')}\nX = Y"})
    assert isinstance(project.fail(), ModuleNotFoundError)

    for step in steps[:-1]:
        _make(project, around.replace(".", "/") + step, "")
        report = project.sync.refresh()
        assert report is None or isinstance(report.error, ImportError | AttributeError)
        assert project.sync.refresh() is None
    _make(project, around.replace(".", "/") + steps[-1], "Y = 2")

    assert project.refresh()[-1] == "run app.X"
    assert app.X == 2


def _make(project, name, text):
    if name.endswith("/"):
        (project.root / name).mkdir()
    else:
        project.write({name: text})


def test_a_part_that_a_package_does_not_have_yet_is_created_later(project):
    project.write({"app.py": "X = 1"})
    app = project.load("app")
    project.write({"newpk/__init__.py": "", "app.py": "from newpk import sub\nX = sub.Y"})
    assert "cannot import name 'sub'" in str(project.fail())

    project.write({"newpk/sub.py": "Y = 2"})

    assert project.refresh() == ["run app.sub", "run app.X"]
    assert app.X == 2


@pytest.mark.parametrize("text", ["from helper import Y", "import helper\nY = helper.Y"])
def test_a_new_module_gets_later_what_an_edit_reads_of_it(project, text):
    project.write({"app.py": "X = 1"})
    app = project.load("app")
    project.write({"helper.py": "", "app.py": f"{text}\nX = Y"})
    assert type(project.fail()) in (ImportError, AttributeError)
    assert project.sync.refresh() is None

    project.write({"helper.py": "Y = 2"})

    assert project.refresh()[-1] == "run app.X"
    assert app.X == 2


def test_a_new_module_that_lacks_a_name_is_not_imported_by_telling_of_it(project, caplog):
    project.write({"app.py": "X = 1"})
    project.load("app")
    project.write({"helper.py": "Yet = 1", "app.py": "from helper import Y"})

    project.fail()

    assert "cannot import name 'Y'" in caplog.text
    assert "helper" not in sys.modules


def test_a_missing_module_that_a_library_told_of_in_words_of_its_own_is_created_later(project):
    project.write({"app.py": "X = 1"})
    app = project.load("app")
    project.write(
        {
            "app.py": """
                try:
                    import later
                except ImportError as error:
                    raise RuntimeError("no plugin") from error
                X = later.Y
                """
        }
    )
    assert str(project.fail()) == "no plugin"

    project.write({"later.py": "Y = 2"})

    assert project.refresh()[-1] == "run app.X"
    assert app.X == 2


# ------------------------------------------------------------------------------ renamed

OLD = """
from registry import register
CACHE = {}
@register
class Service:
    made = 0
    def say(self): return WORD
def get(key):
    CACHE[key] = True
    return len(CACHE)
WORD = 'word'
"""
REGISTRY = "ALL = []\ndef register(thing):\n    ALL.append(thing)\n    return thing\n"


@pytest.fixture
def renamed(project):
    """A project in which old.py gets the name new.py, and what was held before."""
    project.write(
        {
            "registry.py": REGISTRY,
            "old.py": OLD,
            "app.py": "from old import Service, get\nimport old\n",
        }
    )
    app = project.load("app")
    app.get("one")
    app.Service.made = 7
    held = app.Service, app.get, app.Service(), app.old.CACHE

    def rename(text=OLD):
        project.delete("old.py")
        project.write({"new.py": text})

    return rename, app, held


def check_renamed(project, app, held):
    service, get, thing, cache = held
    new = project.load("new")
    assert app.Service is new.Service is service is type(thing)
    assert (service.__module__, service.made) == ("new", 7)
    assert new.CACHE is cache
    assert app.get is new.get
    assert (get("two"), app.get("three")) == (2, 3)
    assert [service] == project.load("registry").ALL
    project.edit("new.py", "return WORD", "return WORD + '!'")
    assert project.refresh() == ["patch new.Service.say"]
    assert thing.say() == "word!"


def test_a_file_is_renamed_and_its_importers_with_it(project, renamed):
    rename, app, held = renamed
    rename()
    project.write({"app.py": "from new import Service, get\nimport new\n"})
    report = project.report()

    assert report.trace == [
        "drop app.old",
        "run app.Service, get",
        "move new.CACHE",
        "move new.WORD",
        "run new.Service",
        "run new.get",
        "run app.new",
    ]
    assert "old.py is gone" in report.notes[0]
    check_renamed(project, app, held)


def test_a_file_is_renamed_first_and_its_importers_are_saved_later(project, renamed):
    rename, app, held = renamed
    rename()
    assert project.report().trace == []
    assert app.get("more") == 2
    held[3].pop("more")
    project.write({"app.py": "from new import Service, get\nimport new\n"})
    project.refresh()

    check_renamed(project, app, held)


def test_a_file_is_edited_while_it_is_renamed(project, renamed):
    rename, app, held = renamed
    rename(OLD.replace("return len(CACHE)", "return len(CACHE) + 0").replace("'word'", "'other'"))
    project.write({"app.py": "from new import Service, get\nimport new\n"})
    project.refresh()

    assert held[2].say() == "other"
    project.edit("new.py", "'other'", "'word'")
    project.refresh()
    check_renamed(project, app, held)


def test_a_renamed_file_comes_back_under_its_old_name(project, renamed):
    rename, app, held = renamed
    rename()
    project.write({"app.py": "from new import Service, get\n"})
    project.refresh()
    project.delete("new.py")
    project.write({"old.py": OLD, "app.py": "from old import Service, get\nimport old\n"})
    report = project.report()

    assert report.error is None
    assert app.Service is app.old.Service is held[0]
    assert (held[2].say(), app.get("two"), held[1]("three")) == ("word", 2, 3)


def test_a_renamed_file_of_a_package_is_found_by_relative_imports(project):
    project.write(
        {
            "pkg/__init__.py": "from .old import Thing, STATE\n",
            "pkg/old.py": "from .base import Base\nSTATE = []\nclass Thing(Base):\n    def say(self): return 1\n",
            "pkg/base.py": "class Base: pass\n",
            "app.py": "import pkg\nthing = pkg.Thing()\n",
        }
    )
    app = project.load("app")
    thing, state = app.thing, app.pkg.STATE
    project.delete("pkg/old.py")
    project.write(
        {
            "pkg/__init__.py": "from .new import Thing, STATE\n",
            "pkg/new.py": "from .base import Base\nSTATE = []\nclass Thing(Base):\n    def say(self): return 2\n",
        }
    )
    project.refresh()

    assert app.thing is thing
    assert app.pkg.STATE is state
    assert thing.say() == 2
    assert type(thing) is app.pkg.Thing


GATHERING = """\
KEPT = []
class Base:
    def __init_subclass__(cls): KEPT.append(cls)
def keep(f):
    KEPT.append(f)
    return f
"""
GATHERED = """\
from registry import Base, keep, KEPT
class Item(Base): ...
@keep
def f(): return 1
KEPT.append("text")
"""


def test_a_switch_of_branches_there_and_back_registers_everything_once(project):
    """The file that is gone on one branch is there on the other, with the same in it."""
    project.write(
        {"registry.py": GATHERING, "old.py": GATHERED, "app.py": "from old import Item, f\n"}
    )
    app, registry = project.load("app"), project.load("registry")
    item = app.Item()
    for here, there in [("old", "new"), ("new", "old"), ("old", "new")]:
        project.delete(f"{here}.py")
        project.write({f"{there}.py": GATHERED, "app.py": f"from {there} import Item, f\n"})

        report = project.report()

        assert report.error is None
        kept = [(thing.__module__, thing.__name__) for thing in registry.KEPT[:2]]
        assert kept == [(there, "Item"), (there, "f")]
        assert registry.KEPT[2:] == ["text"]
        assert type(item) is app.Item is registry.KEPT[0]


def test_a_registry_that_refuses_what_is_there_lets_branches_be_switched(project):
    refuse = "    assert f.__name__ not in KEPT, 'twice'\n    KEPT[f.__name__] = f\n    return f\n"
    keep = "from registry import keep\n@keep\ndef f(): return 1\n"
    project.write({"registry.py": "KEPT = {}\ndef keep(f):\n" + refuse})
    project.write({"old.py": keep, "app.py": "from old import f\n"})
    app, registry = project.load("app"), project.load("registry")
    for here, there in [("old", "new"), ("new", "old"), ("old", "new")]:
        project.delete(f"{here}.py")
        project.write({f"{there}.py": keep, "app.py": f"from {there} import f\n"})

        assert project.report().error is None

        assert {"f": app.f} == registry.KEPT
        assert app.f.__module__ == there


def test_what_a_gone_file_had_set_does_not_come_before_what_a_live_one_sets(project):
    registry = (
        "KEPT = {}\ndef keep(key):\n    def add(f):\n        KEPT[key] = f\n        return f\n"
    )
    keep = "from registry import keep\n@keep('{0}')\ndef {0}(): return 1\n"
    project.write({"registry.py": registry + "    return add\n"})
    project.write({"gone.py": keep.format("ban"), "lives.py": keep.format("roll")})
    project.write({"app.py": "import gone, lives\n"})
    project.load("app")
    registry, lives = project.load("registry"), project.load("lives")
    project.delete("gone.py")
    project.write({"app.py": "import lives\n"})
    other = keep.format("ban").replace("def ban", "def out").partition("\n")[2]
    project.write({"lives.py": keep.format("roll") + other})

    assert project.refresh() == ["drop app.gone", "run lives.out", "run app.lives"]

    assert {"roll": lives.roll, "ban": lives.out} == registry.KEPT


def test_a_file_becomes_a_package_and_back_with_other_values_in_between(project):
    new, old = (
        'RETRY = {"times": 9}\nPATHS = ["/new"]\n',
        'RETRY = {"times": 3}\nPATHS = ["/old"]\n',
    )
    use = "from conf import RETRY, PATHS\nFIRST = PATHS[0]\n"
    project.write({"conf.py": new, "use.py": use})
    used = project.load("use")

    def package():
        project.delete("conf.py")
        project.write({"conf/__init__.py": "from .base import *\n", "conf/base.py": new})
        assert project.report().error is None

    def one_file(text):
        project.delete("conf/base.py")
        project.delete("conf/__init__.py")
        project.write({"conf.py": text})
        assert project.report().error is None

    package()
    one_file(new)
    project.write({"conf.py": old})
    project.refresh()
    assert (used.RETRY, used.FIRST) == ({"times": 3}, "/old")
    package()

    assert (used.RETRY, used.PATHS, used.FIRST) == ({"times": 9}, ["/new"], "/new")


@pytest.mark.parametrize("broken", ["Y = 1 / 0\n", "Y = (\n"])
def test_what_failed_while_another_file_went_is_not_tried_again_at_each_turn(project, broken):
    project.write({"a.py": "X = 1\n", "b.py": "import a\nY = 1\n"})
    project.load("b")
    (project.root / "a.py").unlink()
    project.write({"b.py": f"import a\n{broken}"})

    assert project.sync.refresh().error is not None
    told = project.sync.refresh()
    assert "a.py is gone" in told.notes[0]
    assert not told.trace
    assert project.sync.refresh() is None

    project.write({"b.py": "import a\nY = 2\n"})
    assert project.refresh() == ["run b.Y"]


def test_a_folder_made_while_a_module_in_it_was_searched_for_is_not_taken_for_one_that_was_there(
    project,
):
    project.write({"app.py": "import os\nX = 1\n"})
    app = project.load("app")
    project.write(
        {
            "app.py": """\
            import os
            try:
                from sub.later import X
            except ImportError:
                os.makedirs(os.path.join(os.path.dirname(__file__), "sub"), exist_ok=True)
                raise
            """
        }
    )
    assert project.fail().name == "sub.later"
    project.write({"sub/later.py": "X = 2"})

    project.refresh()

    assert app.X == 2


def test_a_module_written_once_more_right_after_it_was_imported_is_imported_anew(project):
    project.write({"app.py": "X = 1\n", "helper.py": ""})
    app = project.load("app")
    project.write(
        {
            "app.py": """\
            import helper
            with open(helper.__file__, "w") as file:
                file.write("X = 2")
            X = helper.X
            """
        }
    )

    project.refresh()

    assert app.X == 2


def test_a_batch_that_writes_itself_what_it_lacks_comes_to_an_end(project):
    project.write({"app.py": "", "helper.py": ""})
    project.load("app")
    project.write(
        {
            "app.py": """\
            import helper
            with open(helper.__file__, "a") as file:
                file.write("#")
            helper.X
            """
        }
    )

    assert isinstance(project.sync.refresh().error, AttributeError)

    assert project.read("helper.py") == "##"
