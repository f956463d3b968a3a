"""What hears of classes: metaclasses and hooks of bases, and who reads what they gather."""

from __future__ import annotations

import pytest

BASE = """\
class Meta(type):
    models = []
    def __new__(meta, name, bases, block, abstract=False):
        cls = super().__new__(meta, name, bases, block)
        if not abstract:
            meta.models.append(cls)
        return cls
    def __init__(cls, name, bases, block, abstract=False):
        super().__init__(name, bases, block)
class Model(metaclass=Meta): ...
"""
HOOK = """\
class Meta:
    models = []
    def __init_subclass__(cls, abstract=False):
        if not abstract:
            cls.models.append(cls)
class Model(Meta): ...
"""
APP = """\
from base import *
class User(Model): ...
NAMES = [model.__name__ for model in Meta.models]
"""


@pytest.fixture(params=[BASE, HOOK], ids=["metaclass", "hook"])
def app(project, request):
    project.write({"base.py": request.param, "app.py": APP})
    app = project.load("app")
    assert app.NAMES == ["Model", "User"]
    return app


def test_who_reads_them_sees_a_new_class(project, app):
    project.edit("app.py", "NAMES", "class Admin(User): ...\nNAMES")

    assert project.refresh() == ["run app.Admin", "rerun app.NAMES"]

    assert app.NAMES == ["Model", "User", "Admin"]


def test_a_class_that_is_not_gathered_any_more_is_taken_out(project, app):
    project.edit("app.py", "class User(Model)", "class User(Model, abstract=True)")

    assert project.refresh() == ["run app.User", "rerun app.NAMES"]

    assert app.NAMES == ["Model"]


def test_nor_is_the_first_one(project, app):
    old = "metaclass=Meta" if "metaclass" in project.read("base.py") else "(Meta"
    project.edit("base.py", f"{old})", f"{old}, abstract=True)")

    assert project.refresh()[-1] == "rerun app.NAMES"

    assert app.NAMES == ["User"]


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("from enum import Enum\nclass A(Enum):\n    B = 1\n", "B = 1", "B = 1\n    C = 2"),
        ("from typing import Protocol\nclass A(Protocol):\n    b: int\n", "b: int", "c: int"),
        ("class B:\n    SLOTS = {}\nclass A(B):\n    x = 1\n", "x = 1", "y = 1"),
        (
            "class M(type):\n    KEPT = {}\nclass B(metaclass=M): ...\nclass A(B):\n    x = 1\n",
            "class A(B):",
            "class A(B, object):",
        ),
    ],
)
def test_nothing_is_told_to_remain_where_nothing_was_put_anywhere(project, text, old, new):
    project.write({"app.py": text})
    project.load("app")
    project.edit("app.py", old, new)

    report = project.report()

    assert (report.error, report.notes) == (None, ())
