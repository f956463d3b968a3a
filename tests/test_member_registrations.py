"""What the members of a class registered: taken back, put in again, never doubled."""

from __future__ import annotations

import pytest

FUNCTIONS = "def listed(f): ALL.append(f); return f"
NAMES = "def listed(f): ALL.append(f.__name__); return f"


def text(register, members, head="class C:"):
    return "\n".join(
        ["ALL = []", register, head, *(f"    @listed\n    def {m}: pass" for m in members), "c = C"]
    )


def names(app):
    return [getattr(entry, "__name__", entry) for entry in app.ALL]


@pytest.mark.parametrize("register", [FUNCTIONS, NAMES], ids=["functions", "names"])
def test_members_are_registered_once_whatever_is_edited(project, register):
    project.write({"app.py": text(register, ["a(self)", "b(self)"])})
    app = project.load("app")
    registry, cls = app.ALL, app.C

    for members in (
        ["a(self)", "b(self, x)"],
        ["a(self, y)", "b(self)"],
        ["a(self)", "b(self)", "c(self)"],
        ["a(self)", "c(self, z)"],
        ["d(self)", "c(self, z)"],
    ):
        project.write({"app.py": text(register, members)})
        assert project.report().error is None
        assert names(app) == [member[0] for member in members]
        assert app.ALL is registry
        assert app.C is cls


def test_one_member_with_another_header_is_all_that_runs(project):
    project.write({"app.py": text(FUNCTIONS, ["a(self)", "b(self)"])})
    app = project.load("app")
    app.ALL.append(len)
    listed = app.ALL[:]
    project.write({"app.py": text(FUNCTIONS, ["a(self, x)", "b(self)"])})

    assert project.refresh() == ["run app.C.a"]
    assert listed == app.ALL


def test_where_nothing_tells_an_entry_the_container_is_made_anew_and_the_class_runs_once(project):
    project.write({"app.py": text(NAMES, ["a(self)", "b(self)"])})
    app = project.load("app")
    project.write({"app.py": text(NAMES, ["a(self)", "b(self, x)"])})

    assert project.sync.plan().trace == ["rerun app.ALL", "perhaps rerun app.C"]
    assert project.refresh() == ["rerun app.ALL", "rerun app.C"]
    assert app.ALL == ["a", "b"]


@pytest.mark.parametrize("register", [FUNCTIONS, NAMES], ids=["functions", "names"])
def test_a_class_with_another_base_or_none_at_all_registers_nothing_twice(project, register):
    project.write({"app.py": text(register, ["a(self)", "b(self)"])})
    app = project.load("app")
    project.write({"app.py": text(register, ["a(self)", "b(self)"], "class C(Exception):")})
    project.refresh()
    assert names(app) == ["a", "b"]

    project.write({"app.py": f"ALL = []\n{register}\n"})
    project.refresh()
    assert names(app) == []


@pytest.mark.parametrize("entry", ["cls", "cls.__name__"])
def test_what_a_base_notes_of_a_subclass_goes_with_it(project, entry):
    base = f"ALL = []\nclass Base:\n    def __init_subclass__(cls): ALL.append({entry})\n"
    project.write({"app.py": f"{base}class A(Base): n = 1\nclass B(Base): pass\n"})
    app = project.load("app")
    registry = app.ALL
    project.write({"app.py": f"{base}class A(Base): n = 2\nclass C(Base): pass\n"})
    project.refresh()
    assert names(app) == ["A", "C"]

    project.write({"app.py": f"{base}class A(Base): n = 2\n"})
    project.refresh()
    assert names(app) == ["A"]
    assert app.ALL is registry


def test_classes_within_a_class_are_registered_once(project):
    head = "ALL = []\ndef listed(c): ALL.append(c.__qualname__); return c\nclass Outer:\n"
    inner = "    @listed\n    class {}: n = {}\n"
    project.write({"app.py": head + inner.format("A", 1) + inner.format("B", 1)})
    app = project.load("app")
    outer, first = app.Outer, app.Outer.A
    project.write({"app.py": head + inner.format("A", 2) + inner.format("C", 1)})
    project.refresh()

    assert app.ALL == ["Outer.A", "Outer.C"]
    assert app.Outer is outer
    assert app.Outer.A is first
    assert (first.n, hasattr(outer, "B")) == (2, False)
