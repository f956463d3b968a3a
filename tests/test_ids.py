"""What an id stands for, and how one that stands for nothing is told."""

import os
import sys
import types
from pathlib import Path

import pytest

from heatsync import Heatsync, NotFoundError
from running import Running, python, write
from waiting import PATIENCE


@pytest.fixture
def files(tmp_path, project):
    """The project's folder, with a module that requires for others."""
    project.write(
        {
            "app.py": "def require(sync, id_): return sync.require(id_)\n",
            "utils.py": "HERE = __name__\n",
            "lib/__init__.py": "PACKAGE = True\n",
            "lib/deep.py": "def require(sync, id_): return sync.require(id_)\n",
        }
    )
    return project


@pytest.mark.parametrize("id_", ["./utils.py", "./utils", "utils.py", "./lib/../utils"])
def test_a_path_is_relative_to_the_file_that_calls(files, id_, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    found = files.load("app").require(files.sync, id_)

    assert found is files.load("utils")
    assert found.__file__ == str(files.root / "utils.py")


@pytest.mark.parametrize("id_", ["../utils.py", "../utils"])
def test_a_path_may_lead_up(files, id_):
    assert files.load("lib.deep").require(files.sync, id_) is files.load("utils")


@pytest.mark.parametrize("id_", ["./lib", "./lib/", "./lib/__init__.py", "./lib/__init__"])
def test_a_folder_is_its_package(files, id_):
    assert files.load("app").require(files.sync, id_) is files.load("lib")


@pytest.mark.parametrize("id_", [".", "./"])
def test_a_dot_is_the_package_one_is_in(files, id_):
    assert files.load("lib.deep").require(files.sync, id_) is files.load("lib")


def test_a_package_comes_before_a_file_of_its_name_as_for_an_import_statement(files):
    files.write({"lib.py": ""})

    assert files.load("app").require(files.sync, "./lib").PACKAGE
    assert files.load("app").require(files.sync, "./lib.py") is not files.load("lib")


def test_an_absolute_path_is_itself(files):
    utils = files.load("utils")

    assert files.sync.require(str(files.root / "utils.py")) is utils
    assert files.sync.require(str(files.root / "utils")) is utils


def test_a_path_object_is_a_path_even_without_a_dot(files):
    utils = files.load("utils")

    assert files.sync.require(files.root / "utils") is utils
    assert files.load("app").require(files.sync, Path("utils")) is utils


def test_a_home_folder_may_be_meant(files, monkeypatch):
    monkeypatch.setenv("HOME", str(files.root))

    assert files.sync.require("~/utils.py") is files.load("utils")


def test_a_name_is_that_of_an_import(files):
    import json.tool

    assert files.sync.require("json.tool") is json.tool
    assert files.sync.require("lib.deep") is files.load("lib.deep")


def test_of_an_installed_package_its_own_file_is_kept_live_and_not_all_that_it_imports(
    tmp_path, monkeypatch, fresh_modules
):
    write(
        tmp_path,
        {
            "site-packages/installed/__init__.py": "from installed.inner import VALUE\nNAME = 1\n",
            "site-packages/installed/inner.py": "VALUE = 1\n",
        },
    )
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    with Heatsync(watch=False) as sync:
        installed = sync.require("installed")
        write(tmp_path, {"site-packages/installed/inner.py": "VALUE = 2\n"})
        assert sync.refresh() is None

        write(tmp_path, {"site-packages/installed/__init__.py": "NAME = 2\n"})
        assert sync.refresh().error is None
        assert installed.NAME == 2


def test_a_module_that_is_imported_already_is_kept_live_by_its_name(files):
    files.load("utils")
    with Heatsync(watch=False) as sync:
        assert sync.require("utils") is files.load("utils")
        files.edit("utils.py", "HERE = __name__", "HERE = 2")
        assert sync.refresh().trace == ["run utils.HERE"]


def test_a_list_gives_a_list_in_its_order(files):
    files.write({"settings.json": "{}"})
    sync = files.sync

    found = sync.require([str(files.root / "utils"), "lib.deep", str(files.root / "settings.json")])

    assert found == [files.load("utils"), files.load("lib.deep"), {}]
    assert sync.require(()) == []
    assert sync.require(["utils"]) == [files.load("utils")]


# Where there is no file that calls


def test_code_without_a_file_means_the_working_directory(files, monkeypatch):
    monkeypatch.chdir(files.root)
    namespace = {"sync": files.sync}

    exec("found = sync.require('./utils')", namespace)

    assert namespace["found"] is files.load("utils")


def test_with_dash_c_the_working_directory_is_meant(tmp_path):
    write(tmp_path, {"utils.py": "VALUE = 42"})

    code = "import heatsync; print(heatsync.Heatsync(watch=False).require('./utils').VALUE)"

    assert python("-c", code, cwd=tmp_path).stdout == "42\n"


def test_at_a_prompt_the_working_directory_is_meant_also_after_a_script(tmp_path):
    write(
        tmp_path,
        {"here/utils.py": "VALUE = 'here'", "there/app.py": "VALUE = 1", "there/utils.py": ""},
    )
    with Running("-i", "../there/app.py", cwd=tmp_path / "here", PYTHONSTARTUP="") as prompt:
        lines = "import heatsync", "s = heatsync.Heatsync()", "print(s.require('./utils').VALUE)"
        prompt.process.stdin.write("\n".join(lines) + "\n")
        prompt.process.stdin.flush()
        prompt.until("here")
        prompt.process.stdin.close()
        assert prompt.process.wait(PATIENCE) == 0


# What is not found


def test_of_a_path_that_is_not_there_all_that_was_tried_is_told_and_from_which_file(files):
    with pytest.raises(NotFoundError) as caught:
        files.load("app").require(files.sync, "./missing")

    root = str(files.root)
    tried = tuple(
        os.path.join(root, end) for end in ("missing/__init__.py", "missing.py", "missing")
    )
    assert caught.value.tried == tried
    assert caught.value.id == "./missing"
    assert all(path in str(caught.value) for path in tried)
    assert f"required from {root}/app.py" in str(caught.value)


def test_at_a_prompt_the_working_directory_is_told(files, monkeypatch):
    monkeypatch.chdir(files.root)

    with pytest.raises(NotFoundError, match=f"required from the working directory {files.root}"):
        exec("sync.require('./missing')", {"sync": files.sync})


def test_a_file_beside_that_is_given_like_an_import_is_told_how_to_be_given(
    tmp_path, monkeypatch, fresh_modules
):
    write(tmp_path, {"one.py": "def require(sync): return sync.require('two')", "two.py": ""})
    with Heatsync(watch=False) as sync:
        one = sync.require(tmp_path / "one.py")
        with pytest.raises(NotFoundError, match=r"write './two.py'"):
            one.require(sync)


@pytest.mark.parametrize(
    "id_", ["", "nothing_of_that_name", "lib.nothing", "nothing.at.all", "a b"]
)
def test_a_name_that_no_import_knows_is_told(files, id_):
    with pytest.raises(NotFoundError, match=f"import {id_}"):
        files.sync.require(id_)


def test_that_what_a_package_imports_is_missing_is_an_error_of_its_own(files):
    files.write({"broken/__init__.py": "import nothing_of_that_name", "broken/inner.py": ""})

    with pytest.raises(ModuleNotFoundError, match="nothing_of_that_name") as caught:
        files.sync.require("broken.inner")

    assert not isinstance(caught.value, NotFoundError)
    assert "broken" not in sys.modules


def test_a_name_in_sys_modules_that_was_made_of_no_file_is_refused(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "made_by_hand", types.ModuleType("made_by_hand"))

    with pytest.raises(
        ImportError, match="made_by_hand cannot be kept live: it is made of no file"
    ):
        files.sync.require("made_by_hand")


def test_the_folder_of_the_caller_is_that_of_its_file_however_it_calls(files):
    app = files.load("app")
    app.sync = files.sync
    exec(
        "import asyncio\n"
        "async def gathered():\n"
        "    return await asyncio.gather(*[sync.import_('./utils'), sync.import_('./lib')])\n",
        vars(app),
    )
    import asyncio

    assert asyncio.run(app.gathered()) == [files.load("utils"), files.load("lib")]
    assert list(map(app.sync.require, [files.root / "utils"])) == [files.load("utils")]
