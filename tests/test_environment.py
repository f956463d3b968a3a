"""Variables of the environment, and other mappings of modules that are not live."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """What the projects of tests set in it is gone afterwards."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ["HOST"] = "here"


def test_who_reads_a_variable_by_its_name_follows_the_line_that_sets_it(project, log):
    project.write(
        {
            "app.py": """
                import os
                from log import said
                above = os.environ.get("MODE")
                os.environ["MODE"] = "test"
                from user import item, Settings
                got = os.environ.get("MODE", "")
                is_set = "MODE" in os.environ
                host = said(os.environ["HOST"])
                everything = dict(os.environ)
            """,
            "user.py": """
                import os
                from os import environ, getenv
                item = environ["MODE"]
                def mode(): return os.environ["MODE"]
                class Settings:
                    mode = getenv("MODE")
            """,
            "late.py": "from user import mode\ncalled = mode()",
        }
    )
    app, late = project.load("app"), project.load("late")
    project.edit("app.py", '"test"', '"live"')

    assert project.refresh() == [
        "run app:4",
        "rerun user.item",
        "rerun user.Settings.mode",
        "rerun app.item, Settings",
        "rerun app.got",
        "rerun app.is_set",
        "rerun late.called",
    ]

    assert (app.item, app.Settings.mode, app.got, late.called) == ("live",) * 4
    assert app.above is None
    assert log == ["here"]


def test_a_module_that_is_imported_above_had_read_what_was_there_before(project):
    project.write({"user.py": "import os\nhost = os.environ['HOST']"})
    project.write({"app.py": "import os\nimport user\nos.environ['HOST'] = 'there'"})
    project.load("app")
    project.edit("app.py", "there", "elsewhere")

    assert project.refresh() == ["run app:3"]

    assert project.load("user").host == "here"


def test_several_variables_are_set_by_one_line(project):
    text = "import os\nos.environ.update(MODE='a', LEVEL='1')\nmode = os.environ['MODE']\n"
    project.write({"app.py": f"{text}level = os.getenv('LEVEL')\n"})
    app = project.load("app")
    project.edit("app.py", "LEVEL='1'", "LEVEL='2'")

    assert project.refresh() == ["run app:2", "rerun app.mode", "rerun app.level"]

    assert (app.mode, app.level) == ("a", "2")
