"""What cannot be kept live, each told with its name, the reason and the way out."""

import importlib.machinery
import os
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import heatsync
from heatsync import RefusedError
from heatsync._resident.live import LIVE

ORDINARY = "Import it as usual: only modules made of a Python file can change"


def refused(project, id_):
    """The error, after which nothing is left behind."""
    modules, claimed = dict(sys.modules), set(project.sync._keeper.claimed)
    with pytest.raises(RefusedError) as caught:
        project.sync.require(id_)
    assert sys.modules == modules
    assert project.sync._keeper.claimed == claimed
    assert not LIVE.data
    return caught.value


OURS = Path(heatsync.__file__).parent


@pytest.mark.parametrize(
    "id_", ["heatsync", "heatsync._sync", OURS, OURS / "errors.py", "heatsync._demo"]
)
def test_heatsync_itself(project, id_):
    error = refused(project, id_)

    assert error.what.startswith(str(OURS))
    assert "it is a part of heatsync itself" in str(error)
    assert "Restart to run a new version" in str(error)


def test_heatsync_is_left_out_of_what_is_tracked(project):
    project.sync.track(OURS.parent)

    assert not any(file.startswith(str(OURS)) for file in LIVE.files)


def test_a_module_built_into_the_interpreter(project):
    assert str(refused(project, "sys")) == (
        f"sys cannot be kept live: it is built into the interpreter. {ORDINARY}"
    )


@pytest.mark.parametrize("id_", ["os", "zipimport", "os.py"])
def test_a_frozen_module(project, id_):
    id_ = os.__file__ if id_ == "os.py" else id_
    said = f"cannot be kept live: it is frozen into the interpreter. {ORDINARY}"

    assert said in str(refused(project, id_))


def test_a_c_extension_by_its_path(project):
    name = f"fast{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    project.write({name: b""})
    file = str(project.root / name)

    assert str(refused(project, file)) == (
        f"{file} cannot be kept live: it is a C extension, whose code cannot be exchanged. {ORDINARY}"
    )


def test_a_c_extension_by_its_name(project):
    name = f"fast{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    project.write({name: b""})

    error = refused(project, "fast")

    assert error.what == str(project.root / name)
    assert "it is a C extension" in str(error)


def test_a_c_extension_that_is_imported_already(project):
    folder = sysconfig.get_config_var("DESTSHARED") or ""
    loaded = [
        name
        for name, module in sys.modules.items()
        if (getattr(module, "__file__", None) or "").startswith(folder + os.sep)
    ]
    if not loaded:
        pytest.skip("this Python has all of its extensions built in")

    assert "it is a C extension" in str(refused(project, loaded[0]))


def test_a_namespace_package_is_made_of_no_file(project):
    project.write({"space/module.py": ""})

    assert "space cannot be kept live: it is made of no file" in str(refused(project, "space"))


def test_a_module_in_an_archive(project, monkeypatch):
    with zipfile.ZipFile(project.root / "archive.zip", "w") as archive:
        archive.writestr("zipped.py", "X = 1")
    monkeypatch.syspath_prepend(project.root / "archive.zip")

    assert "archive.zip/zipped.py cannot be kept live: it is no Python file" in str(
        refused(project, "zipped")
    )


def test_a_module_without_a_source(project):
    import py_compile

    project.write({"bare.py": "X = 1"})
    py_compile.compile(str(project.root / "bare.py"), str(project.root / "bare.pyc"), doraise=True)
    project.delete("bare.py")

    assert "bare.pyc cannot be kept live: it is no Python file" in str(refused(project, "bare"))


def test_a_file_of_another_kind(project):
    project.write({"notes.txt": ""})
    error = refused(project, project.root / "notes.txt")

    assert error.what == str(project.root / "notes.txt")
    assert "Give a .py file or one of .json, .toml, .yaml, .yml" in str(error)


@pytest.mark.parametrize("value", ["5", "'text'", "(1, 2)", "object()"])
def test_a_module_that_replaced_itself_by_something_without_attributes(project, value):
    project.write({"number.py": f"import sys\nsys.modules[__name__] = {value}"})

    error = refused(project, project.root / "number.py")

    assert error.what == str(project.root / "number.py")
    assert "its module replaced itself by" in str(error)
    assert "Let it replace itself by an object with attributes, a dict or a list" in str(error)


def test_a_module_that_did_so_before_it_was_required_stays_as_it_is(project):
    project.write({"number.py": "import sys\nsys.modules[__name__] = 5"})
    import number

    refused(project, "number")
    assert sys.modules["number"] == number == 5
    del sys.modules["number"]


def test_a_module_that_replaced_itself_by_an_object_is_kept_live(project, fresh_modules):
    project.write(
        {
            "thing.py": """
                import sys
                class Thing:
                    def f(self): return 1
                sys.modules[__name__] = Thing()
                """
        }
    )
    thing = project.sync.require(project.root / "thing.py")
    assert thing is sys.modules["thing"]
    assert project.sync.require("thing") is thing

    project.edit("thing.py", "return 1", "return 2")

    assert project.refresh() == ["patch thing.Thing.f"]
    assert thing.f() == 2


@pytest.mark.parametrize("value", ["{'f': f}", "[f]"])
def test_a_module_that_replaced_itself_by_a_container_is_kept_live(project, fresh_modules, value):
    project.write({"box.py": f"import sys\ndef f(): return 1\nsys.modules[__name__] = {value}"})
    box = project.sync.require(project.root / "box.py")
    [f] = box.values() if isinstance(box, dict) else box

    project.edit("box.py", "return 1", "return 2")

    project.refresh()
    assert f() == 2
    assert project.sync.require(project.root / "box.py") is box


def test_a_module_that_replaced_itself_before_anybody_asked_for_it(tmp_path, monkeypatch):
    (tmp_path / "thing.py").write_text("import sys\nclass A: pass\nsys.modules[__name__] = A()")
    monkeypatch.syspath_prepend(tmp_path)
    import thing

    with heatsync.Heatsync(watch=False) as sync:
        with pytest.raises(
            RefusedError, match=r"before anybody asked for it\. Require or track it"
        ):
            sync.require("thing")
        assert sys.modules["thing"] is thing
    del sys.modules["thing"]


# Nothing half-made is left behind


def test_what_a_module_raises_goes_to_the_caller_as_it_is_and_nothing_is_left(project):
    project.write(
        {
            "pkg/__init__.py": "from . import good",
            "pkg/good.py": "",
            "pkg/bad.py": "X = 1\nfrom . import other\nraise LookupError(X)",
            "pkg/other.py": "",
        }
    )
    before, seen = dict(sys.modules), []
    project.sync.events.on("error", seen.append)

    with pytest.raises(LookupError):
        project.sync.require(project.root / "pkg/bad.py")

    assert sys.modules == before
    assert not LIVE.modules
    assert not LIVE.files
    assert not project.sync._keeper.claimed
    assert project.sync.history == seen == []


def test_of_a_package_that_was_there_the_failed_part_is_gone(project):
    project.write({"pkg/__init__.py": "", "pkg/good.py": "", "pkg/bad.py": "1 / 0"})
    package = project.load("pkg")

    with pytest.raises(ZeroDivisionError):
        project.sync.require([project.root / "pkg/good.py", project.root / "pkg/bad.py"])

    assert not hasattr(package, "good")
    assert not hasattr(package, "bad")
    assert "pkg.good" not in sys.modules
    project.write({"pkg/bad.py": "X = 1"})
    good, bad = project.sync.require([project.root / "pkg/good.py", project.root / "pkg/bad.py"])
    assert (package.good, package.bad, bad.X) == (good, bad, 1)


@pytest.mark.parametrize("bad", ["1 / 0", "def", "import nothing_of_that_name", None])
def test_a_list_is_loaded_whole_or_not_at_all(project, bad):
    project.write(
        {"one.py": "import two", "two.py": "", "settings.json": "{}", "known.py": "X = 1"}
    )
    if bad is not None:
        project.write({"bad.py": bad})
    known = project.load("known")
    before = dict(sys.modules)

    with pytest.raises((ArithmeticError, SyntaxError, ImportError)):
        project.sync.require(
            [project.root / name for name in ("known.py", "one.py", "settings.json", "bad.py")]
        )

    assert sys.modules == before
    assert not LIVE.data
    assert list(LIVE.modules) == ["known"]
    assert project.sync._keeper.claimed == {known.__file__}
    project.edit("known.py", "1", "2")
    assert project.refresh() == ["run known.X"]


def test_a_failed_import_statement_leaves_nothing_either(project):
    project.write({"bad.py": "1 / 0"})

    with pytest.raises(ZeroDivisionError):
        project.load("bad")

    assert not LIVE.modules
    assert not project.sync._keeper.claimed


def test_a_second_copy_that_fails_leaves_the_first_one_live(tmp_path):
    from running import python, write

    write(
        tmp_path,
        {
            "main.py": """
import heatsync
def f(): return 1
if __name__ != "__main__":
    raise LookupError
sync = heatsync.Heatsync(watch=False)
sync.track(".")
try:
    import main
except LookupError:
    pass
text = open("main.py").read()
open("main.py", "w").write(text.replace("return " + "1", "return " + "2"))
print(sync.refresh().trace, f())
"""
        },
    )

    done = python("main.py", cwd=tmp_path)

    assert (done.stdout, done.stderr) == ("['patch __main__.f'] 2\n", "")
