"""Entries that statements put in front of the others stand where a fresh import would have them."""

from __future__ import annotations

import pytest

from heatsync._engine.objects.journal import Journal
from heatsync._engine.objects.shelves import Shelf

START = """
    from collections import deque
    def a(): return 1
    def b(): return 2
    def c(): return 3
    def first(f):
        L.insert(0, f)
        return f
    L = {}
"""


def names(container):
    return [function.__name__ for function in container]


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        ("L.append(a)\nL.insert(0, b)", "L.append(a)\nL.insert(0, b)\nL.insert(0, c)", "cba"),
        ("L.append(a)\nL.insert(0, b)", "L.append(a)\nL.insert(0, c)\nL.insert(0, b)", "bca"),
        ("L.append(a)\nL.insert(0, b)", "L.append(a)\nL.append(c)\nL.insert(0, b)", "bac"),
        ("L.append(a)\nL.insert(0, b)\nL.insert(0, c)", "L.append(a)\nL.append(b)\nL.insert(0, c)", "cab"),
        ("L.append(a)\nL.append(b)", "L.append(a)\nL.insert(0, b)", "ba"),
        ("L.insert(0, a)\nL.insert(0, b)", "L.insert(0, b)\nL.insert(0, a)", "ab"),
        ("first(a)\nfirst(b)", "first(a)\nfirst(c)\nfirst(b)", "bca"),
        ("first(a)\nfirst(b)\nL.append(c)", "first(a) \nfirst( b)\nL.append(c)\n", "bac"),
    ],
)  # fmt: skip
def test_an_entry_is_put_in_front(project, before, after, order):
    start = START.format([])
    project.write({"app.py": f"{start}\n    " + before.replace("\n", "\n    ")})
    app = project.load("app")
    held = app.L
    project.edit("app.py", before, after)
    project.report()

    assert names(held) == [*order]
    assert app.L is held


def test_an_entry_is_put_in_front_of_a_deque(project):
    text = START.format("deque()")
    project.write({"app.py": f"{text}\n    L.appendleft(a)\n    L.appendleft(b)\n"})
    app = project.load("app")
    project.edit("app.py", "L.appendleft(a)", "L.appendleft(c)\nL.appendleft(a)")

    assert project.refresh() == ["run app:10"]

    assert names(app.L) == ["b", "a", "c"]


def test_a_function_that_a_decorator_puts_in_front_gets_another_header(project):
    text = START.format([])
    project.write(
        {"app.py": f"{text}\n    @first\n    def d(): pass\n    @first\n    def e(): pass"}
    )
    app = project.load("app")
    project.edit("app.py", "def d()", "def d(x=1)")

    assert project.refresh() == ["run app.d"]

    assert names(app.L) == ["e", "d"]


def test_two_statements_that_put_something_behind_the_same_entry_have_a_place_each():
    """So what one of them had put there is taken out alone."""
    first, second, third = (object() for _ in "abc")
    held = [first]
    shelf = Shelf(held, Journal())
    for owner, entry in (("one", second), ("other", third)):
        held.append(entry)
        shelf.note_new(owner, [])
        shelf.come_after([(0,)], owner, shelf.places_of(owner))

    assert len({*shelf.places_of("one"), *shelf.places_of("other")}) == 2
