"""One file is one module or value, whoever asks for it and by whatever name."""

import contextlib
import importlib
import inspect
import json
import pickle
import sys
import threading
import typing
from types import SimpleNamespace

import pytest

from heatsync import Heatsync
from running import python, write


@pytest.fixture
def elsewhere(tmp_path, fresh_modules):
    """A folder that no import finds anything in, and a Heatsync."""
    folder = tmp_path / "else where-1"
    folder.mkdir()
    with Heatsync(watch=False) as sync:
        sync.folder = folder
        yield sync


def test_a_required_file_is_the_module_that_an_import_gives_afterwards(project):
    project.write({"utils.py": "", "pkg/__init__.py": "", "pkg/part.py": "", "names/space.py": ""})

    for path in ("utils.py", "pkg/part.py", "names/space.py", "pkg/__init__.py"):
        required = project.sync.require(project.root / path)
        name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert required is importlib.import_module(name) is sys.modules[name]
        assert required.__name__ == name


def test_a_required_file_is_the_module_that_was_imported_before(project):
    project.write({"utils.py": "", "pkg/__init__.py": "", "pkg/part.py": ""})
    utils, part = project.load("utils"), project.load("pkg.part")

    assert project.sync.require([project.root / "utils", project.root / "pkg/part.py"]) == [
        utils,
        part,
    ]


def test_an_alias_in_sys_modules_is_not_taken_for_the_name(project, monkeypatch):
    project.write({"utils.py": "X = 1"})
    utils = project.load("utils")
    del sys.modules["utils"]
    monkeypatch.setitem(sys.modules, "alias_of_utils", utils)
    sys.modules["utils"] = utils

    assert project.sync.require(project.root / "utils.py") is utils
    project.edit("utils.py", "1", "2")
    assert project.refresh() == ["run utils.X"]


def test_a_file_in_a_folder_of_the_path_that_is_itself_a_package_is_what_an_import_gives(
    project, monkeypatch
):
    project.write({"pkg/__init__.py": "", "pkg/main.py": "", "pkg/utils.py": ""})
    monkeypatch.setattr(sys, "path", [str(project.root / "pkg"), *sys.path])
    as_a_script_would = importlib.import_module("utils")

    assert project.sync.require(project.root / "pkg/utils.py") is as_a_script_would
    assert project.sync.require(project.root / "pkg/main.py") is importlib.import_module("pkg.main")


def test_a_file_that_a_finder_of_its_own_finds_is_what_an_import_gives(elsewhere, monkeypatch):
    """As for a package that is installed in place."""
    write(elsewhere.folder, {"in_place.py": "X = 1", "in_place_too.py": "X = 1"})

    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name in ("in_place", "in_place_too"):
                file = elsewhere.folder / f"{name}.py"
                return importlib.util.spec_from_file_location(name, file)
            return None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    required = elsewhere.require(elsewhere.folder / "in_place.py")
    assert required is importlib.import_module("in_place")

    elsewhere.track(elsewhere.folder)
    tracked = importlib.import_module("in_place_too")
    write(elsewhere.folder, {"in_place.py": "X = 2", "in_place_too.py": "X = 2"})
    assert elsewhere.refresh().error is None
    assert (required.X, tracked.X) == (2, 2)


@pytest.mark.parametrize("name", ["json", "time", "_thread"])
def test_a_file_that_is_hidden_by_a_module_of_its_name_is_another_one(project, name):
    project.write({f"{name}.py": "MINE = True"})

    mine = project.sync.require(project.root / f"{name}.py")

    assert mine.MINE
    assert not hasattr(importlib.import_module(name), "MINE")
    assert importlib.import_module(mine.__name__) is mine


def test_a_link_to_a_folder_makes_no_second_module(project, tmp_path):
    project.write({"utils.py": ""})
    (tmp_path / "link").symlink_to(project.root)

    assert project.sync.require(tmp_path / "link" / "utils.py") is project.load("utils")
    assert project.load("utils").__file__ == str(project.root / "utils.py")


def test_a_link_to_a_folder_makes_no_second_value(project, tmp_path):
    project.write({"settings.json": "{}"})
    (tmp_path / "link").symlink_to(project.root)

    first = project.sync.require(project.root / "settings.json")
    assert project.sync.require(tmp_path / "link" / "settings.json") is first


def test_two_files_of_one_name_are_two_modules(elsewhere):
    write(elsewhere.folder, {"a/utils.py": "X = 'a'", "b/utils.py": "X = 'b'"})

    a, b = elsewhere.require([elsewhere.folder / "a/utils", elsewhere.folder / "b/utils"])

    assert (a.X, b.X) == ("a", "b")
    assert a.__name__ != b.__name__
    assert elsewhere.require(elsewhere.folder / "a/utils") is a


def test_a_file_that_no_import_finds_has_a_name_that_does(elsewhere):
    write(elsewhere.folder, {"ein Modul.py": "class A:\n    def f(self): pass\n"})
    module = elsewhere.require(elsewhere.folder / "ein Modul.py")

    assert importlib.import_module(module.__name__) is module is sys.modules[module.__name__]
    assert pickle.loads(pickle.dumps(module.A)) is module.A
    assert inspect.getmodule(module.A.f) is module
    assert inspect.getsource(module.A).startswith("class A")


def test_its_name_is_the_same_in_every_process(elsewhere):
    write(elsewhere.folder, {"a.py": ""})
    name = elsewhere.require(elsewhere.folder / "a.py").__name__

    code = f"import heatsync; print(heatsync.Heatsync().require({str(elsewhere.folder / 'a')!r}))"

    assert f"<module {name!r}" in python("-c", code, cwd=elsewhere.folder.parent).stdout


@pytest.mark.parametrize("also", ["", "import heatsync; s = heatsync.Heatsync(); "])
def test_what_is_pickled_from_it_is_found_by_another_process(elsewhere, also):
    write(elsewhere.folder, {"ü-1.py": "class A:\n    def __init__(self, x): self.x = x\n"})
    module = elsewhere.require(elsewhere.folder / "ü-1.py")
    (elsewhere.folder / "pickled").write_bytes(pickle.dumps([module.A(1), module.A]))

    code = also + "import pickle; print(pickle.load(open('pickled', 'rb'))[0].x)"
    done = python("-c", code, cwd=elsewhere.folder)

    assert (done.stdout, done.stderr) == ("1\n", "")


def test_annotations_in_it_are_resolved(elsewhere):
    text = "from __future__ import annotations\nclass A:\n    x: B\nclass B: pass\n"
    write(elsewhere.folder, {"notes.py": text})
    module = elsewhere.require(elsewhere.folder / "notes.py")

    assert typing.get_type_hints(module.A) == {"x": module.B}


def test_a_package_that_no_import_finds_has_its_own_parts(elsewhere):
    write(
        elsewhere.folder,
        {
            "pkg/__init__.py": "from .part import X\nfrom . import part\n",
            "pkg/part.py": "X = 1\n",
            "pkg/inner/__init__.py": "",
            "pkg/inner/deep.py": "from ..part import X\nfrom .. import part\nclass A: pass\n",
        },
    )
    deep = elsewhere.require(elsewhere.folder / "pkg/inner/deep.py")
    package, part = elsewhere.require([elsewhere.folder / "pkg", elsewhere.folder / "pkg/part.py"])

    assert deep.X == 1
    assert deep.part is package.part is part
    assert elsewhere.require(elsewhere.folder / "pkg/inner").deep is deep
    assert pickle.loads(pickle.dumps(deep.A)) is deep.A
    assert deep.__name__ == f"{package.__name__}.inner.deep"


# The import statement, after heatsync


def test_a_module_deleted_from_sys_modules_and_imported_again_is_live(project):
    project.write({"utils.py": "def f(): return 1"})
    old = project.load("utils")
    del sys.modules["utils"]
    new = project.load("utils")
    assert new is not old

    project.edit("utils.py", "1", "2")
    assert project.refresh() == ["patch utils.f"]
    assert new.f() == 2
    assert project.sync.require(project.root / "utils.py") is new


def test_a_module_that_was_reloaded_by_hand_stays_live(project):
    project.write({"utils.py": "X = 1\ndef f(): return X"})
    utils = project.load("utils")
    project.write({"utils.py": "X = 2\ndef f(): return X"})

    assert importlib.reload(utils) is utils
    assert project.sync.refresh() is None
    project.edit("utils.py", "X = 2", "X = 3")
    assert project.refresh() == ["run utils.X"]
    assert utils.f() == 3


def test_a_module_whose_reload_by_hand_failed_stays_live(project):
    project.write({"utils.py": "X = 1\ndef f(): return X"})
    utils = project.load("utils")
    project.write({"utils.py": "X = 2\nraise LookupError\ndef f(): return -X"})
    with pytest.raises(LookupError):
        importlib.reload(utils)

    project.write({"utils.py": "X = 3\ndef f(): return -X"})
    assert set(project.refresh()) == {"run utils.X", "patch utils.f"}
    assert utils.f() == -3


def test_a_script_that_is_also_imported_is_live_twice(tmp_path):
    write(
        tmp_path,
        {
            "main.py": """
import heatsync
if __name__ == "__main__":
    sync = heatsync.Heatsync(watch=False)
    sync.track(".")
def f(): return 1
if __name__ == "__main__":
    import main, sys
    assert sync.require("./main.py") is main is not sys.modules["__main__"]
    text = open("main.py").read()
    open("main.py", "w").write(text.replace("return " + "1", "return " + "2"))
    print(sorted(sync.refresh().trace), f(), main.f())
"""
        },
    )

    done = python("main.py", cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("['patch __main__.f', 'patch main.f'] 2 2\n", "")


def test_a_script_that_nobody_imports_is_required_as_itself(tmp_path):
    main = """
import heatsync, sys
sync = heatsync.Heatsync(watch=False)
main = sys.modules["__main__"]
print(sync.require("./main.py") is main, sync.require("__main__") is main, "main" in sys.modules)
"""
    write(tmp_path, {"main.py": main})

    done = python("main.py", cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("True True False\n", "")


# Two of them


def test_two_that_keep_one_file_share_its_module_apply_its_change_once_and_both_tell(project):
    project.write({"utils.py": "import sys\nX = 1\nsys.runs = getattr(sys, 'runs', 0) + X"})
    utils = project.load("utils")
    told = {"one": [], "two": []}
    with Heatsync(watch=False) as other:
        assert other.require(project.root / "utils.py") is utils
        project.sync.events.on("any", told["one"].append)
        other.events.on("any", told["two"].append)
        project.edit("utils.py", "X = 1", "X = 10")

        project.refresh()
        assert other.refresh() is None

        assert sys.runs == 11
        del sys.runs
        assert told["one"] == told["two"] == [str(project.root / "utils.py")]
        assert other.history == project.sync.history


def test_a_module_that_is_imported_while_two_track_its_folder_is_told_by_both(project):
    project.write({"utils.py": "X = 1"})
    with Heatsync(watch=False) as other:
        other.track(project.root)
        project.load("utils")
        project.edit("utils.py", "1", "2")
        project.refresh()

        assert len(other.history) == len(project.sync.history) == 1


def test_a_file_stays_live_until_the_last_one_that_keeps_it_ends(project):
    project.write({"utils.py": "X = 1", "settings.json": "[1]"})
    utils = project.load("utils")
    value = project.sync.require(project.root / "settings.json")
    with Heatsync(watch=False) as other:
        assert other.require(project.root / "settings.json") is value
        assert other.require("utils") is utils

    project.write({"utils.py": "X = 2", "settings.json": "[2]"})
    assert set(project.refresh()) == {"sync settings.json", "run utils.X"}
    assert (utils.X, value) == (2, [2])


def test_two_that_track_different_folders_both_have_what_is_imported_from_theirs(
    project, elsewhere, monkeypatch
):
    monkeypatch.syspath_prepend(elsewhere.folder)
    elsewhere.track(elsewhere.folder)
    project.write({"here.py": "X = 1"})
    write(elsewhere.folder, {"there.py": "X = 1"})
    here, there = project.load("here"), project.load("there")
    project.write({"here.py": "X = 2"})
    write(elsewhere.folder, {"there.py": "X = 2"})

    assert project.refresh() == ["run here.X"]
    assert elsewhere.refresh().trace == ["run there.X"]
    assert (here.X, there.X) == (2, 2)


def test_many_of_them_do_not_ask_each_other_for_what_nobody_finds():
    asked = []
    finder = SimpleNamespace(find_spec=lambda name, *_: asked.append(name))
    with contextlib.ExitStack() as stack:
        sys.meta_path.append(finder)
        stack.callback(sys.meta_path.remove, finder)
        for _ in range(12):
            stack.enter_context(Heatsync(watch=False))

        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("nowhere_to_be_found")

    assert len(asked) <= 14  # once by each of them, and by Python


def test_two_threads_that_require_one_file_get_one_object(project):
    project.write(
        {"slow.py": "import time\ntime.sleep(0.02)", "settings.json": json.dumps({"a": 1})}
    )
    found, barrier = [], threading.Barrier(8)

    def require():
        barrier.wait()
        found.append(
            project.sync.require([project.root / "slow.py", project.root / "settings.json"])
        )

    threads = [threading.Thread(target=require) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert {(id(module), id(value)) for module, value in found} == {tuple(map(id, found[0]))}
