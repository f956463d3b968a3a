"""Statements that only look up what others have registered: it stays registered."""

from __future__ import annotations

import pytest

REGISTRY = """
    class Item:
        def __init__(self, n): self.n = n
    class Registry:
        def __init__(self): self.items = {}
        def add(self, item): self.items[item.n] = item
        def first(self): return next(iter(self.items.values()))
        def find(self, n):
            for item in self.items.values():
                if item.n == n:
                    return item
            raise LookupError(f"no item {n}")
    registry = Registry()
    def get(n): return registry.items[n]
    def ensure(n):
        if n not in registry.items:
            registry.add(Item(n))
        return registry.items[n]
"""
FILLING = """
    from registry import Item, registry
    registry.add(Item(1))
    registry.add(Item(2))
"""


@pytest.fixture
def items(project):
    """What is registered, and looked up by another file."""
    project.write({"registry.py": REGISTRY, "filling.py": FILLING})
    project.load("filling")
    return project.load("registry").registry.items


@pytest.mark.parametrize(
    "expression",
    ["get(1)", "registry.find(1)", "registry.first()", "registry.items[1]", "(get(1),)[0]"],
)
def test_a_statement_is_edited_that_looks_up_what_others_registered(project, items, expression):
    project.write({"app.py": f"from registry import get, registry\nfound = {expression}\n"})
    app = project.load("app")
    first = app.found
    project.edit("app.py", expression, f"{expression} or None")

    assert project.refresh() == ["run app.found"]

    assert app.found is first is items[1]
    assert [*items] == [1, 2]


def test_a_statement_goes_that_looked_up_what_others_registered(project, items):
    project.write({"app.py": "from registry import get\nfound = get(1)\n"})
    project.load("app")
    project.edit("app.py", "found = get(1)\n", "")

    assert project.refresh() == ["drop app.found"]

    assert [*items] == [1, 2]


def test_a_function_that_looks_something_up_is_edited(project):
    text = """
        HANDLERS = []
        def one(): return 1
        def two(): return 2
        HANDLERS.append(one)
        HANDLERS.append(two)
        def first(): return HANDLERS[0]
        value = first()
    """
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "HANDLERS[0]", "HANDLERS[-1]")

    assert project.refresh() == ["patch app.first", "rerun app.value"]

    assert app.value is app.two
    assert [*app.HANDLERS] == [app.one, app.two]


def test_a_function_that_registers_what_it_does_not_find_does_so_anew(project, items):
    project.write({"app.py": "from registry import ensure\nfound = ensure(3)\n"})
    app = project.load("app")
    assert [*items] == [1, 2, 3]
    project.edit("app.py", "ensure(3)", "ensure(4)")

    assert project.refresh() == ["run app.found"]

    assert [*items] == [1, 2, 4]
    assert app.found is items[4]
