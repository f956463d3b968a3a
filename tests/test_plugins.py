"""Modules that no text names: found in a folder and imported, and what is made of all of them."""

from __future__ import annotations

import pytest

SCAN = """\
import importlib, pkgutil
import plugins
from core import COMMANDS
{scan}
NAMES = list(COMMANDS)
"""
LOOP = """\
for found in pkgutil.iter_modules(plugins.__path__):
    importlib.import_module(f"plugins.{found.name}")"""
FUNCTION = """\
def load_all(package):
    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"plugins.{found.name}")
load_all(plugins)"""
CORE = """\
COMMANDS = {}
def command(f):
    COMMANDS[f.__name__] = f
    return f
"""
PLUGIN = "from core import command\n@command\ndef {name}(): return 1\n"


@pytest.fixture(params=[LOOP, FUNCTION], ids=["loop", "function"])
def app(project, request):
    plugins = {f"plugins/{n}.py": PLUGIN.format(name=n) for n in ("first", "second", "third")}
    scan = {"core.py": CORE, "plugins/__init__.py": "", "app.py": SCAN.format(scan=request.param)}
    project.write(plugins | scan)
    app = project.load("app")
    assert app.NAMES == ["first", "second", "third"]
    return app


def test_what_is_computed_below_the_scan_follows_a_plugin(project, app):
    project.edit("plugins/second.py", "def second()", "def other()")

    assert project.refresh() == [
        "drop plugins.second.second",
        "run plugins.second.other",
        "rerun app.NAMES",
    ]

    # The first that a file registers stands where its import has its place.
    assert app.NAMES == list(app.COMMANDS) == ["first", "other", "third"]


def test_and_what_the_plugins_register_with(project, app):
    project.edit("core.py", "f.__name__]", "f.__name__.upper()]")

    assert project.refresh()[-1] == "rerun app.NAMES"

    assert app.NAMES == ["FIRST", "SECOND", "THIRD"]


def test_an_edit_of_the_scanning_file_knows_its_place_too(project, app):
    project.edit("plugins/third.py", "def third()", "def last()")
    project.edit("app.py", "NAMES = list(COMMANDS)", "NAMES = [*COMMANDS]")

    assert project.refresh()[-1] == "run app.NAMES"

    assert app.NAMES == ["first", "second", "last"]


def test_the_first_of_a_file_is_put_before_what_files_imported_later_registered(project):
    project.write({"core.py": CORE, "one.py": PLUGIN.format(name="one")})
    project.write({"two.py": PLUGIN.format(name="two"), "app.py": "import one, two\n"})
    project.load("app")
    core = project.load("core")
    core.COMMANDS["by hand"] = 0
    project.edit("one.py", "def one()", "def uno()")

    assert project.refresh() == ["drop one.one", "run one.uno"]

    assert list(core.COMMANDS) == ["uno", "two", "by hand"]


def test_what_is_computed_of_a_registry_sees_what_a_new_plugin_puts_there(project):
    plugin = "from reg import command\n@command\ndef {0}(): ...\n"
    project.write(
        {
            "reg.py": "REGISTRY = {}\ndef command(f):\n    REGISTRY[f.__name__] = f\n    return f\n",
            "plugins/__init__.py": "from . import a\n",
            "plugins/a.py": plugin.format("a"),
            "app.py": "import plugins\nfrom reg import REGISTRY\nNAMES = sorted(REGISTRY)\n",
        }
    )
    app = project.load("app")
    project.write({"plugins/__init__.py": "from . import a, b\n"})
    project.write({"plugins/b.py": plugin.format("b")})

    assert project.refresh() == ["run plugins.a, b", "rerun app.NAMES"]

    assert app.NAMES == ["a", "b"]
