"""Adapters: found by the library they serve, loaded with it, and harmless when they fail."""

from __future__ import annotations

import sys

import pytest

from running import python

LIBRARY = """
class Box:
    def __init__(self): self.level, self.things = 0, []
    def put(self, function):
        self.things.append(function)
        return function
"""

ADAPTER = """
from heatsync import adapters
class Adapter(adapters.Adapter):
    def reopen(self, target):
        self.journal.set_attribute(target, "level", target.level + 1)
    def settle(self):
        ...
"""

APP = """
from boxes import Box
box = Box()
@box.put
def a(): return 1
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A library and its adapter, as an installer leaves them."""
    site = tmp_path / "site"
    info = site / "boxes-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "boxes.py").write_text(LIBRARY)
    (site / "boxes_heatsync.py").write_text(ADAPTER)
    (info / "entry_points.txt").write_text("[heatsync.adapters]\nboxes = boxes_heatsync:Adapter\n")
    monkeypatch.syspath_prepend(site)
    yield site
    for name in ("boxes", "boxes_heatsync"):
        sys.modules.pop(name, None)


def test_an_adapter_is_found_by_the_library_that_it_serves(project, installed):
    project.write({"app.py": APP})
    app = project.load("app")
    project.edit("app.py", "def a()", "def a(x=1)")
    assert project.refresh() == ["run app.a"]
    assert app.box.level == 1


def test_it_is_not_loaded_without_its_library(project, installed):
    project.write({"app.py": "X = 1\ndef f(): return X\n"})
    project.load("app")
    project.edit("app.py", "def f()", "def f(y=1)")
    assert project.refresh() == ["run app.f"]
    assert "boxes_heatsync" not in sys.modules


def test_what_it_wrote_is_taken_back_with_the_batch(project, installed):
    project.write({"app.py": APP})
    app = project.load("app")
    project.edit("app.py", "def a(): return 1\n", "def a(x=1): return 1\nraise ValueError\n")
    assert isinstance(project.fail(), ValueError)
    assert app.box.level == 0


def test_one_that_raises_is_told_and_the_reload_goes_on(project, installed):
    adapter = ADAPTER.replace("...", "raise OSError('no')").replace(
        "target.level + 1)", "target.level + 1); 1 / 0"
    )
    (installed / "boxes_heatsync.py").write_text(adapter)
    project.write({"app.py": APP})
    app = project.load("app")
    project.edit("app.py", "def a(): return 1", "def a(x=2): return x")
    report = project.report()

    assert report.error is None
    assert report.trace == ["run app.a"]
    assert report.notes == (
        "boxes_heatsync failed, so what it cares for may be old: ZeroDivisionError: division by zero",
        "boxes_heatsync failed, so what it cares for may be old: OSError: no",
    )
    assert app.box.level == 0  # what it had written is taken back
    assert [thing() for thing in app.box.things] == [2]


def test_one_that_cannot_be_loaded_is_told(project, installed):
    (installed / "boxes_heatsync.py").write_text("raise ImportError('no such thing')\n")
    project.write({"app.py": APP})
    app = project.load("app")
    project.edit("app.py", "def a(): return 1", "def a(x=2): return x")
    report = project.report()

    assert report.notes == (
        "an adapter for boxes failed, so what it cares for may be old: ImportError: no such thing",
    )
    assert app.a() == 2


def test_ours_are_loaded_only_with_their_libraries(project):
    project.write(
        {
            "app.py": "class A:\n    def f(self): return 1\nMADE = []\nMADE.append(A)\n",
            "main.py": """
            import pathlib, sys
            from heatsync import Heatsync
            sync = Heatsync(watch=False)
            app = sync.require("./app.py")
            path = pathlib.Path(app.__file__)
            path.write_text(path.read_text().replace("def f(self)", "def f(self, x=1)"))
            print(sync.refresh().trace)
            print([name for name in sys.modules if name.startswith("heatsync.adapters.")])
            """,
        }
    )
    ended = python("main.py", cwd=project.root)

    assert ended.stdout.splitlines() == ["['run app.A.f']", "[]"], ended.stderr
