"""Functions: their bodies, headers and holders."""

from __future__ import annotations


def test_a_body_edit_reaches_every_holder(project):
    project.write({"app.py": "def f(): return 1\nheld = [f]"})
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held[0]() == 2
