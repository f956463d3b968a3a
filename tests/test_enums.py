"""Enums of every kind: the class and the members that survive stay the same objects."""

from __future__ import annotations

import copy
import pickle

import pytest


def test_an_enum_keeps_its_members(project):
    project.write(
        {
            "app.py": "import enum\nclass Color(enum.Enum):\n    RED = 1\n    GREEN = 2\n    def name2(self): return self.name * 2\nheld = Color.RED\nby = {Color.RED: 'r'}\n"
        }
    )
    app = project.load("app")
    cls, red = app.Color, app.Color.RED
    project.edit("app.py", "    GREEN = 2\n", "    BLUE = 3\n")

    assert project.refresh()[0] == "run app.Color"

    assert app.Color is cls
    assert app.Color.RED is red is app.Color(1) is app.Color["RED"]
    assert [m.name for m in cls] == ["RED", "BLUE"]
    assert app.by[cls.RED] == "r"
    assert not hasattr(cls, "GREEN")
    assert isinstance(cls.BLUE, cls)
    assert pickle.loads(pickle.dumps(red)) is red


def test_the_value_and_the_methods_of_an_enum_change(project):
    project.write(
        {
            "app.py": "import enum\nclass Color(enum.Enum):\n    RED = 1\n    GREEN = 2\n    def hi(self): return 'hi'\nred = Color.RED\n"
        }
    )
    app = project.load("app")
    red = app.Color.RED
    project.edit("app.py", "'hi'", "'ho'")
    assert project.refresh() == ["patch app.Color.hi"]
    assert red.hi() == "ho"

    project.edit("app.py", "RED = 1", "RED = 10")
    project.refresh()
    assert app.Color.RED is red
    assert red.value == 10
    assert app.Color(10) is red
    with pytest.raises(ValueError, match="1 is not a valid"):
        app.Color(1)


@pytest.mark.parametrize("base", ["enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"])
def test_enums_of_every_kind_gain_a_member(project, base):
    one, two, four = ("'1'", "'2'", "'4'") if base == "enum.StrEnum" else ("1", "2", "4")
    project.write({"app.py": f"import enum\nclass E({base}):\n    A = {one}\n    B = {two}\n"})
    app = project.load("app")
    cls, a = app.E, app.E.A
    project.edit("app.py", f"    B = {two}\n", f"    B = {two}\n    C = {four}\n")

    assert project.refresh() == ["run app.E"]

    assert app.E is cls
    assert cls.A is a
    assert list(cls) == [cls.A, cls.B, cls.C]
    assert cls(cls.C.value) is cls.C


def test_the_members_of_a_flag_combine_after_an_edit(project):
    project.write(
        {"app.py": "import enum\nclass F(enum.Flag):\n    A = 1\n    B = 2\nboth = F.A | F.B\n"}
    )
    app = project.load("app")
    project.edit("app.py", "B = 2\n", "B = 2\n    C = 4\n")
    project.refresh()

    assert (app.F.A | app.F.C).value == 5
    assert app.F.A in (app.F.A | app.F.C)
    assert app.F(3) == app.F.A | app.F.B


def test_an_enum_whose_members_move_to_other_values(project):
    text = "import enum\nclass E(enum.Enum):\n    A = enum.auto()\n    B = enum.auto()\n"
    project.write({"app.py": text})
    app = project.load("app")
    a, b = app.E.A, app.E.B
    project.edit("app.py", "    A = ", "    Z = enum.auto()\n    A = ")
    project.refresh()

    assert [(member.name, member.value) for member in app.E] == [("Z", 1), ("A", 2), ("B", 3)]
    assert app.E.A is a is app.E(2)
    assert app.E.B is b is app.E(3)


def test_an_alias_in_an_enum_stands_for_another_member(project):
    project.write({"app.py": "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2\n    C = A\n"})
    app = project.load("app")
    a, b = app.E.A, app.E.B
    project.edit("app.py", "C = A", "C = B")
    project.refresh()

    assert app.E.C is app.E.B is b is app.E(2)
    assert app.E.A is a is app.E(1)
    assert (a.value, b.value) == (1, 2)


@pytest.fixture
def paint(project):
    project.write(
        {
            "paint.py": """
        import enum

        class Color(enum.Enum):
            RED = 1
            GREEN = 2
            ROUGE = 1
            def low(self): return self.name.lower()

        named = {Color.RED: "r", Color.GREEN: "g"}

        def told(color):
            match color:
                case Color.RED: return "red"
                case Color.GREEN: return "green"
                case _: return "other"
        """
        }
    )
    return project.load("paint")


def test_a_member_is_added_in_the_middle(project, paint):
    red, green = paint.Color.RED, paint.Color.GREEN
    project.edit("paint.py", "    GREEN = 2\n", "    BLUE = 3\n    GREEN = 2\n")

    assert project.refresh() == ["run paint.Color"]

    assert list(paint.Color) == [red, paint.Color.BLUE, green]
    assert (paint.told(red), paint.told(paint.Color.BLUE)) == ("red", "other")
    assert paint.named == {red: "r", green: "g"}


def test_members_are_put_in_another_order(project, paint):
    red, green = paint.Color.RED, paint.Color.GREEN
    project.edit("paint.py", "    RED = 1\n    GREEN = 2\n", "    GREEN = 2\n    RED = 1\n")

    assert project.refresh() == ["run paint.Color"]

    assert list(paint.Color) == [green, red]
    assert paint.Color.ROUGE is red
    assert paint.told(green) == "green"


def test_a_member_gets_another_value(project, paint):
    held = {paint.Color.GREEN: 0}
    green = paint.Color.GREEN
    project.edit("paint.py", "GREEN = 2", "GREEN = 20")

    assert project.refresh() == ["run paint.Color", "rerun paint.named"]

    assert paint.Color.GREEN is green is paint.Color(20)
    assert held[green] == 0
    assert (paint.told(green), green.low()) == ("green", "green")
    assert copy.deepcopy(green) is green is pickle.loads(pickle.dumps(green))
    with pytest.raises(ValueError, match="2 is not a valid"):
        paint.Color(2)


def test_a_member_is_removed_and_its_holder_keeps_it(project, paint):
    green = paint.Color.GREEN
    project.edit("paint.py", "    GREEN = 2\n", "")
    project.edit("paint.py", ', Color.GREEN: "g"', "")
    project.edit("paint.py", '        case Color.GREEN: return "green"\n', "")
    project.refresh()

    assert list(paint.Color) == [paint.Color.RED]
    assert paint.told(green) == "other"
    assert green.name == "GREEN"


def test_an_alias_becomes_a_member_and_a_member_an_alias(project, paint):
    red, green = paint.Color.RED, paint.Color.GREEN
    held = [green]
    project.edit("paint.py", "ROUGE = 1", "ROUGE = 3")
    project.refresh()
    assert paint.Color.ROUGE is not red
    assert (red.value, paint.Color.ROUGE.value, paint.Color.ROUGE.name) == (1, 3, "ROUGE")

    project.edit("paint.py", "GREEN = 2", "GREEN = 1")
    project.refresh()
    assert paint.Color.GREEN is red
    assert held == [red]


def test_what_makes_the_members_is_edited(project):
    project.write(
        {
            "app.py": """
        import enum
        class Shape(enum.Enum):
            def _generate_next_value_(name, start, count, last): return name.lower()
            SQUARE = enum.auto()
        class Planet(enum.Enum):
            EARTH = (3, 2)
            def __init__(self, mass, radius): self.density = mass / radius
        class Plain(enum.Enum):
            def __init__(self, *value): self.told = 1
        class Derived(Plain):
            ONE = 1
        """
        }
    )
    app = project.load("app")
    square, earth, one = app.Shape.SQUARE, app.Planet.EARTH, app.Derived.ONE
    project.edit("app.py", "name.lower()", "name.title()")
    project.edit("app.py", "mass / radius", "mass * radius")
    project.edit("app.py", "self.told = 1", "self.told = 2")

    assert project.refresh() == [
        "patch app.Shape._generate_next_value_",
        "patch app.Planet.__init__",
        "patch app.Plain.__init__",
        "rerun app.Shape",
        "rerun app.Planet",
        "rerun app.Plain",
        "rerun app.Derived",
    ]

    assert (square, earth, one) == (app.Shape.SQUARE, app.Planet.EARTH, app.Derived.ONE)
    assert (square.value, earth.density, one.told) == ("Square", 6, 2)
    assert app.Shape("Square") is square


FLAGS = """
import enum
class Access(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
    BOTH = READ | WRITE
both, nothing = Access.READ | Access.WRITE, Access(0)
"""


def test_combinations_of_flags_go_on_to_be_what_they_were(project):
    project.write({"app.py": FLAGS})
    app = project.load("app")
    access, read, nothing = app.Access, app.Access.READ, app.nothing
    inverted = ~read
    project.edit("app.py", "    WRITE", "    RUN = enum.auto()\n    WRITE")
    assert project.refresh() == ["run app.Access", "rerun app.both, nothing"]
    assert app.both is access.BOTH is read | access.WRITE
    assert access(0) is nothing
    assert ~read == access.RUN | access.WRITE
    assert inverted is access.WRITE

    mixed = access.RUN | read
    project.edit("app.py", "    READ =", "    LIST = enum.auto()\n    READ =")
    project.refresh()
    assert access.READ is read
    assert read.value == 2
    assert mixed is access.RUN | read
    assert (mixed.value, list(mixed)) == (6, [read, access.RUN])

    project.edit("app.py", "    BOTH = READ | WRITE\n", "")
    project.refresh()
    assert app.both is read | access.WRITE
    assert repr(app.both) == "<Access.READ|WRITE: 10>"


@pytest.mark.parametrize(("base", "one", "two"), [("IntEnum", 1, 2), ("StrEnum", "a", "b")])
def test_a_number_or_text_with_another_value_is_another_member_to_all_who_hold_it(
    project, base, one, two
):
    project.write({"app.py": f"import enum\nclass E(enum.{base}):\n    A = {one!r}\n"})
    app = project.load("app")
    held = {"list": [app.E.A], app.E.A: "key", "tuple": (app.E.A,)}
    project.edit("app.py", repr(one), repr(two))

    assert project.refresh() == ["run app.E"]

    assert app.E.A.value == two
    assert held["list"][0] is held["tuple"][0] is app.E.A
    assert held[app.E.A] == "key"


def test_an_enum_becomes_one_of_numbers(project):
    project.write({"app.py": "import enum\nclass E(enum.Enum):\n    A = 1\na = E.A\n"})
    app = project.load("app")
    held = [app.E, app.E.A]
    project.edit("app.py", "enum.Enum", "enum.IntEnum")

    assert project.refresh() == ["run app.E", "rerun app.a"]

    assert held == [app.E, app.E.A]
    assert held[1] is app.a is app.E.A
    assert app.a + 1 == 2
    assert project.sync.history[-1].notes == ()


def test_an_enum_that_refuses_its_new_members_is_as_it_was(project):
    text = "import enum\n@enum.unique\nclass E(enum.Enum):\n    A = 1\n    B = 2\n"
    project.write({"app.py": text})
    app = project.load("app")
    a, b = app.E
    project.edit("app.py", "B = 2", "B = 1")

    assert type(project.fail()) is ValueError

    assert list(app.E) == [a, b]
    assert (app.E(2), b.value) == (b, 2)


def test_an_enum_in_a_class_and_one_made_by_a_call(project):
    project.write(
        {
            "app.py": """
        import enum
        class Job:
            class State(enum.Enum):
                NEW = 1
            state = State.NEW
            def is_new(self): return self.state is self.State.NEW
        Size = enum.Enum("Size", "SMALL BIG")
        """
        }
    )
    app = project.load("app")
    job, new, small = app.Job(), app.Job.State.NEW, app.Size.SMALL
    project.edit("app.py", "NEW = 1", "NEW = 1\n        DONE = 2")
    project.edit("app.py", '"SMALL BIG"', '"SMALL HUGE"')

    assert project.refresh() == ["run app.Job", "run app.Size"]

    assert app.Job.State.NEW is new
    assert job.is_new()
    assert app.Size.SMALL is small
    assert [size.name for size in app.Size] == ["SMALL", "HUGE"]
