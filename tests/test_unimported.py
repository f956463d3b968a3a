"""Files that nobody imports any more: broken ones keep no other one waiting."""

from __future__ import annotations

import pytest

BROKEN = "def f(: pass"


@pytest.fixture
def other(project):
    """A module that another one imports."""
    project.write({"app.py": "import other\nX = 1", "other.py": "Y = 1"})
    project.load("app")
    return project.load("other")


def test_a_broken_file_whose_import_goes_in_the_same_save_keeps_nobody_waiting(project, other):
    project.write({"app.py": "X = 2", "other.py": BROKEN})

    report = project.report()

    assert (report.trace, report.error) == (["drop app.other", "run app.X"], None)
    assert report.files == (str(project.root / "app.py"),)
    [note] = report.notes
    assert "other.py stays as it was, as nobody imports it any more: SyntaxError: " in note
    assert project.sync.refresh() is None  # it is said once


def test_a_broken_file_whose_import_goes_later_keeps_nobody_waiting(project, other):
    project.write({"other.py": BROKEN})
    assert isinstance(project.fail(), SyntaxError)

    project.write({"app.py": "X = 2"})
    assert project.refresh() == ["drop app.other", "run app.X"]
    project.write({"app.py": "X = 3"})
    assert project.refresh() == ["run app.X"]


def test_a_file_that_breaks_when_its_import_has_gone_keeps_nobody_waiting(project, other):
    project.write({"app.py": "X = 2"})
    project.refresh()

    project.write({"other.py": BROKEN})
    assert isinstance(project.fail(), SyntaxError)  # asked for by itself, it is told as ever
    project.write({"app.py": "X = 3"})
    assert project.refresh() == ["run app.X"]

    project.write({"other.py": "Y = 2"})
    assert project.refresh() == ["run other.Y"]
    assert other.Y == 2


def test_a_broken_file_that_is_imported_again_has_its_importer_wait(project, other):
    project.write({"app.py": "X = 2", "other.py": BROKEN})
    project.refresh()

    project.write({"app.py": "from other import Y\nX = Y"})
    assert isinstance(project.fail(), SyntaxError)

    project.write({"other.py": "Y = 2"})
    assert project.refresh() == ["run other.Y", "run app.Y", "run app.X"]
    assert project.load("app").X == 2


def test_what_only_an_unimported_file_imports_is_imported_by_nobody(project):
    files = {"app.py": "import other\nX = 1", "other.py": "import deep", "deep.py": "import other"}
    project.write(files)
    project.load("app")

    project.write({"app.py": "X = 2", "deep.py": BROKEN})

    assert project.refresh() == ["drop app.other", "run app.X"]


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("import other, second", "import second\nX = 1"),
        ("import importlib\nfor n in ['other']: importlib.import_module(n)", "X = 1"),
    ],
    ids=["another one imports it", "it was found by a scan"],
)
def test_a_broken_file_that_somebody_may_still_import_has_all_wait(project, text, edited):
    project.write({"app.py": text, "second.py": "def f(): import other", "other.py": "Y = 1"})
    app = project.load("app")
    project.load("other")

    project.write({"app.py": edited, "other.py": BROKEN})

    assert isinstance(project.fail(), SyntaxError)
    assert "X" not in vars(app)


def test_a_broken_file_that_nobody_imported_in_the_first_place_has_all_wait(project):
    project.write({"app.py": "X = 1", "other.py": "Y = 1"})
    project.load("app"), project.load("other")

    project.write({"app.py": "X = 2", "other.py": BROKEN})

    assert isinstance(project.fail(), SyntaxError)


def test_a_broken_file_that_nobody_imports_does_not_hide_that_another_one_went(project, other):
    project.write({"third.py": "Z = 1"})
    project.load("third")
    project.write({"app.py": "X = 2", "other.py": BROKEN})
    project.refresh()

    project.delete("third.py")

    report = project.report()
    assert (report.trace, report.error) == ([], None)
    assert "third.py is gone" in report.notes[0]
    assert project.sync.refresh() is None
