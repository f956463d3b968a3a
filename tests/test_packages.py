"""A module that becomes a package, and back: it stays the same module."""

from __future__ import annotations

import importlib
import inspect
import os
import queue
import sys
import traceback

import pytest

from heatsync import Heatsync

UTILS = "from pkg.base import LIMIT\nSTATE = []\n\ndef f():\n    return LIMIT\n\nclass C:\n    def m(self): return 1\n"


@pytest.fixture
def package(project):
    project.write(
        {
            "pkg/__init__.py": "",
            "pkg/base.py": "LIMIT = 1\n",
            "pkg/utils.py": UTILS,
            "app.py": "from pkg.utils import f, C, STATE\nimport pkg.utils\nthing = C()\n",
        }
    )
    return project.load("app")


def become_a_package(project, files):
    project.delete("pkg/utils.py")
    project.write({f"pkg/utils/{name}": text for name, text in files.items()})


def become_a_module(project, text):
    for path in (project.root / "pkg/utils").rglob("*.py"):
        path.unlink()
    project.write({"pkg/utils.py": text})


def test_a_module_becomes_a_package_with_the_same_text(project, package):
    utils, f, state = package.pkg.utils, package.f, package.STATE
    become_a_package(project, {"__init__.py": UTILS})

    assert project.refresh() == []

    assert project.load("pkg.utils") is utils is package.pkg.utils
    file = str(project.root / "pkg/utils/__init__.py")
    assert (utils.__file__, utils.__spec__.origin, utils.__package__) == (file, file, "pkg.utils")
    assert utils.__path__ == utils.__spec__.submodule_search_locations == [os.path.dirname(file)]
    assert inspect.getsourcefile(f) == inspect.getsourcefile(utils.C.m) == file
    assert inspect.getsource(f) == "def f():\n    return LIMIT\n"
    assert package.f is f
    assert package.STATE is state


def test_a_package_is_edited_like_the_module_it_was(project, package):
    f, m = package.f, package.thing.m
    become_a_package(project, {"__init__.py": UTILS})
    project.refresh()
    project.edit("pkg/utils/__init__.py", "return LIMIT", "return LIMIT + 1")
    project.edit("pkg/utils/__init__.py", "return 1", "return 1 / 0")

    assert project.refresh() == ["patch pkg.utils.f", "patch pkg.utils.C.m"]

    assert f() == 2
    with pytest.raises(ZeroDivisionError) as raised:
        m()
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert (last.filename, last.lineno) == (str(project.root / "pkg/utils/__init__.py"), 8)
    assert last.line == "def m(self): return 1 / 0"


def test_a_module_is_split_into_a_package(project, package):
    f, held, thing, state = package.f, package.C, package.thing, package.STATE
    become_a_package(
        project,
        {
            "__init__.py": "from .functions import f\nfrom .classes import C, STATE\n",
            "functions.py": "from ..base import LIMIT\n\ndef f():\n    return LIMIT * 2\n",
            "classes.py": "STATE = []\n\nclass C:\n    def m(self): return 2\n",
        },
    )
    project.edit("pkg/base.py", "LIMIT = 1", "LIMIT = 5")
    project.refresh()

    assert package.C is held
    assert held.__module__ == "pkg.utils.classes"
    assert package.thing is thing
    assert package.STATE is state
    assert (thing.m(), f(), package.f()) == (2, 10, 10)
    project.edit("pkg/utils/functions.py", "LIMIT * 2", "LIMIT * 3")
    project.edit("pkg/utils/classes.py", "return 2", "return 3")
    assert project.refresh() == ["patch pkg.utils.classes.C.m", "patch pkg.utils.functions.f"]
    assert (thing.m(), f(), package.f()) == (3, 15, 15)


def test_a_package_becomes_a_module_again(project, package):
    f, held, thing, utils = package.f, package.C, package.thing, package.pkg.utils
    become_a_package(
        project, {"__init__.py": UTILS + "from .more import X\n", "more.py": "X = 1\n"}
    )
    project.refresh()
    assert utils.X == 1
    become_a_module(project, UTILS.replace("return 1", "return 2"))
    report = project.report()

    assert report.error is None
    assert report.trace == ["patch pkg.utils.C.m", "drop pkg.utils.X"]
    assert any("more.py is gone" in note for note in report.notes)
    assert not hasattr(utils, "__path__")
    assert utils.__package__ == "pkg"
    assert utils.__file__ == str(project.root / "pkg/utils.py")
    assert (package.f, package.C, thing.m()) == (f, held, 2)
    project.edit("pkg/utils.py", "return 2", "return 3")
    assert project.refresh() == ["patch pkg.utils.C.m"]
    assert thing.m() == 3


def test_a_relative_import_means_another_module_in_a_package(project):
    project.write(
        {
            "pkg/__init__.py": "",
            "pkg/base.py": "X = 'outer'\n",
            "pkg/utils.py": "from .base import X\ndef late():\n    from .base import X\n    return X\n",
        }
    )
    utils = project.load("pkg.utils")
    become_a_package(
        project, {"__init__.py": project.read("pkg/utils.py"), "base.py": "X = 'inner'\n"}
    )

    assert project.refresh() == ["run pkg.utils.X"]

    assert (utils.X, utils.late()) == ("inner", "inner")
    become_a_module(project, project.read("pkg/utils/__init__.py"))
    project.refresh()
    assert (utils.X, utils.late()) == ("outer", "outer")


def test_what_a_file_computes_of_its_own_place_is_computed_anew(project):
    text = "import os\nHERE = os.path.basename(__file__)\nSTATE = []\n"
    project.write({"pkg/__init__.py": "", "pkg/utils.py": text})
    utils = project.load("pkg.utils")
    state = utils.STATE
    become_a_package(project, {"__init__.py": text})

    assert project.refresh() == ["run pkg.utils.HERE"]

    assert utils.HERE == "__init__.py"
    assert utils.STATE is state


def test_a_submodule_of_the_new_package_is_imported_later(project, package):
    become_a_package(project, {"__init__.py": UTILS})
    project.refresh()
    project.write({"pkg/utils/later.py": "Y = 1\n"})

    assert importlib.import_module("pkg.utils.later").Y == 1
    project.edit("pkg/utils/later.py", "Y = 1", "Y = 2")
    assert project.refresh() == ["run pkg.utils.later.Y"]


def test_a_package_that_fails_leaves_the_module_that_there_was(project, package):
    utils = package.pkg.utils
    before = dict(vars(utils))
    become_a_package(project, {"__init__.py": UTILS + "1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert vars(utils) == before
    assert package.f.__code__.co_filename == str(project.root / "pkg/utils.py")
    assert project.sync.refresh() is None
    project.edit("pkg/utils/__init__.py", "1 / 0\n", "")
    assert project.refresh() == []
    assert utils.__file__ == str(project.root / "pkg/utils/__init__.py")


def test_a_package_that_comes_later_than_the_module_goes(project, package):
    project.delete("pkg/utils.py")
    assert "utils.py is gone" in project.report().notes[0]
    project.write({"pkg/utils/__init__.py": UTILS.replace("return 1", "return 2")})

    assert project.refresh() == ["patch pkg.utils.C.m"]

    assert package.thing.m() == 2


@pytest.mark.parametrize("tracked", [True, False])
def test_the_watcher_sees_a_module_become_a_package_and_back(tmp_path, fresh_modules, tracked):
    (tmp_path / "utils.py").write_text("def f(): return 1\n")
    reports = queue.SimpleQueue()
    with Heatsync() as sync:
        sync.events.on("after", reports.put)
        if tracked:
            sync.track(tmp_path)
        utils = sync.require(tmp_path / "utils.py")

        def until(value):
            while utils.f() != value:
                assert reports.get(timeout=20).error is None

        (tmp_path / "utils").mkdir()
        os.replace(tmp_path / "utils.py", tmp_path / "utils/__init__.py")
        while not utils.__file__.endswith("__init__.py"):
            reports.get(timeout=20)
        (tmp_path / "utils/__init__.py").write_text("def f(): return 2\n")
        until(2)
        (tmp_path / "utils/__init__.py").unlink()
        (tmp_path / "utils.py").write_text("def f(): return 3\n")
        until(3)
        (tmp_path / "utils.py").write_text("def f(): return 4\n")
        until(4)


SPLIT = {
    "pkg/__init__.py": "from .parts import db\ndef kind(): return type(db).__name__\n",
    "pkg/parts.py": "class DB: ...\ndb = DB()\n",
    "app.py": "import pkg\nKIND = pkg.kind()\n",
}


def test_a_name_of_a_package_is_not_lost_to_a_new_submodule_of_that_name(project):
    """What is imported from it is bound after that, as in a new process."""
    project.write(SPLIT)
    app, held = project.load("app"), project.load("pkg").db
    project.write({"pkg/parts.py": "from .db import db\n", "pkg/db.py": SPLIT["pkg/parts.py"]})

    project.refresh()

    assert app.pkg.db is held
    assert app.pkg.kind() == app.KIND == "DB"


def test_a_name_that_a_new_submodule_took_comes_back_where_the_batch_fails(project):
    project.write(SPLIT)
    app, held = project.load("app"), project.load("pkg").db
    project.write(
        {
            "pkg/parts.py": "from .db import db\nfails()\n",
            "pkg/db.py": SPLIT["pkg/parts.py"],
        }
    )

    assert type(project.fail()) is NameError

    assert app.pkg.db is held
    assert app.pkg.kind() == "DB"
    assert "pkg.db" not in sys.modules
