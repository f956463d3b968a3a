"""Bound methods that are held, when their methods take no instance any more, and when they do again."""

from __future__ import annotations

import asyncio
import functools
import inspect

import pytest

METHOD = """\
class Base:
    def f(self, x): return 'base', x
class S(Base):
    n = 3
    def f(self, x): return 'method', self.n, x
s = S()
"""
KINDS = {
    "method": METHOD,
    "static": METHOD.replace("def f(self, x): return 'm", "@staticmethod\n    def f(x): return 'm").replace("self.n", "0"),
    "class": METHOD.replace("def f(self, x): return 'm", "@classmethod\n    def f(cls, x): return 'm").replace("self.n", "cls.__name__"),
}  # fmt: skip
GIVEN = {"method": 3, "static": 0, "class": "S"}


@pytest.mark.parametrize(
    "kinds",
    [("static", "method"), ("class", "method"), ("static", "class", "method"), ("class", "static")],
    ids=" ".join,
)
def test_a_bound_method_that_is_held_calls_what_its_object_has(project, kinds):
    project.write({"a.py": METHOD})
    a = project.load("a")
    held = [a.s.f, functools.partial(a.s.f), {"a": (a.s.f,)}]
    for kind in kinds:
        project.write({"a.py": KINDS[kind]})

        assert project.refresh() == ["run a.S.f"]

        expected = ("method", GIVEN[kind], 1)
        assert a.s.f(1) == held[0](1) == held[1](1) == held[2]["a"][0](x=1) == expected


def test_it_does_so_while_other_members_are_edited_and_the_class_is_run_whole(project):
    project.write({"a.py": METHOD})
    a = project.load("a")
    held = [a.s.f]
    project.write({"a.py": KINDS["static"].replace("class S(Base)", "class S(Base, object)")})
    project.refresh()
    assert held[0](1) == ("method", 0, 1)
    project.edit("a.py", "'method', 0", "'edited', 0")
    project.refresh()
    assert held[0](1) == ("edited", 0, 1)
    project.write({"a.py": METHOD})
    project.refresh()

    assert held[0](1) == ("method", 3, 1)


def test_a_bound_class_method_that_becomes_static_is_given_no_class(project):
    project.write({"a.py": KINDS["class"]})
    a = project.load("a")
    held = [a.S.f, a.s.f]
    for kind in ("static", "class"):
        project.write({"a.py": KINDS[kind]})
        project.refresh()

        assert [one(1) for one in held] == [("method", GIVEN[kind], 1)] * 2


def test_methods_of_a_base_that_are_bound_to_others_are_their_own(project):
    project.write({"a.py": METHOD})
    a = project.load("a")
    held = [super(a.S, a.s).f, a.s.f, a.Base().f]
    project.edit("a.py", "def f(self, x): return 'base', x", "@staticmethod\n    def f(x): return 'base', x")  # fmt: skip
    project.refresh()

    assert [one(1) for one in held[1:]] == [("method", 3, 1), ("base", 1)]
    project.write({"a.py": METHOD})
    project.refresh()

    assert [one(1) for one in held] == [("base", 1), ("method", 3, 1), ("base", 1)]


def test_a_coroutine_method_is_one_still(project):
    text = METHOD.replace("def f", "async def f")
    project.write({"a.py": text})
    a = project.load("a")
    held = [a.s.f]
    project.write({"a.py": KINDS["static"].replace("def f", "async def f")})
    project.refresh()

    assert inspect.iscoroutinefunction(held[0])
    assert asyncio.run(held[0](1)) == ("method", 0, 1)
    project.write({"a.py": text})
    project.refresh()

    assert asyncio.run(held[0](1)) == ("method", 3, 1)


def test_nothing_is_different_if_the_batch_fails(project):
    project.write({"a.py": METHOD})
    a = project.load("a")
    held = [a.s.f]
    bound = held[0]
    project.write({"a.py": KINDS["static"] + "1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert held[0] is bound
    assert held[0](1) == ("method", 3, 1)
    project.write({"a.py": METHOD})
    project.refresh()
    assert held[0] is bound
