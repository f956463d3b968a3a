"""What is computed by asking the elements of a container: it follows what their methods say."""

from __future__ import annotations

import pytest

PARTY = """
    class Rover:
        def __init__(self, n): self.n = n
        def power(self): return self.n
        def start(self): started.append(self.n)
        def both(self): return [self]
    class Other:
        def power(self): return 7
    started = []
    PARTY = [Rover(1), Rover(2)]
    GRID = {"a": PARTY}
    OTHERS = (Other(),)
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x = sum(p.power() for p in PARTY)", 30),
        ("x = [p.power() for p in PARTY]", [10, 20]),
        ("x = {p.n: p.power() for p in reversed(PARTY)}", {2: 20, 1: 10}),
        ("x = [p.power() for row in GRID.values() for p in row]", [10, 20]),
        ("x = [q.power() for i, p in enumerate(PARTY) for q in p.both()]", [10, 20]),
        ("x = [p.n for p in PARTY if p.power() > 10]", [2]),
    ],
)
def test_a_method_is_edited_of_elements_that_something_is_computed_of(project, text, value):
    acts = "for p in PARTY: p.start()\n[p.start() for p in PARTY]\n"
    others = "Y = [p.power() for p in OTHERS]\nZ = [1 for p in PARTY]"
    importing = "from party import PARTY, GRID, OTHERS"
    project.write({"party.py": PARTY, "app.py": f"{importing}\n{text}\n{acts}{others}"})
    app = project.load("app")
    project.edit("party.py", "return self.n", "return self.n * 10")

    assert project.refresh() == ["patch party.Rover.power", "rerun app.x"]

    assert app.x == value
    assert project.load("party").started == [1, 2, 1, 2]  # what acts on them is done once


def test_a_method_is_edited_of_the_members_of_an_enum(project):
    project.write(
        {
            "color.py": """
                from enum import Enum
                class Color(Enum):
                    RED = 1
                    BLUE = 2
                    def told(self): return self.name
            """,
            "app.py": """
                from color import Color
                TOLD = {c: c.told() for c in Color}
                NAMES = [c.name for c in Color]
            """,
        }
    )
    app = project.load("app")
    project.edit("color.py", "return self.name", "return self.name.lower()")

    assert project.refresh() == ["patch color.Color.told", "rerun app.TOLD"]

    assert [*app.TOLD.values()] == ["red", "blue"]


def test_a_method_is_edited_of_classes_of_which_instances_are_made(project):
    project.write(
        {
            "app.py": """
                class System:
                    def step(self): return 1
                SYSTEMS = [System]
                running = [made() for made in SYSTEMS]
            """
        }
    )
    app = project.load("app")
    first = app.running[0]
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.System.step"]

    assert app.running[0] is first
    assert first.step() == 2
