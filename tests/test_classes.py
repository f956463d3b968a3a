"""Classes: their members, headers, bases and live instances."""

from __future__ import annotations

import builtins
import copy
import pickle
import sys
import textwrap

import pytest


@pytest.fixture
def ran(monkeypatch):
    """What the project's code had evaluated: `ran(x)` is x, and notes it here."""
    noted = []
    monkeypatch.setattr(builtins, "ran", lambda x: (noted.append(x), x)[1], raising=False)
    return noted


# ------------------------------------------------------------------------------- members


def test_a_method_body_reaches_instances_and_bound_methods(project, ran):
    project.write(
        {"app.py": "class C:\n    x = ran(0)\n    def m(self): return 1\nc = C()\nbound = c.m"}
    )
    app = project.load("app")
    c, bound = app.c, app.bound
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.C.m"]

    assert c.m() == bound() == 2
    assert ran == [0]


def test_a_member_is_added_changed_and_removed(project, ran):
    project.write(
        {
            "app.py": "class C:\n    x = ran(1)\n    y = ran(2)\n    def m(self): return self.x\nc = C()"
        }
    )
    app = project.load("app")
    cls, c = app.C, app.c
    project.edit("app.py", "    y = ran(2)\n", "    z = ran(3)\n    def n(self): return self.z\n")
    assert project.refresh() == ["drop app.C.y", "run app.C.z", "run app.C.n"]
    assert app.C is cls
    assert c.n() == 3
    assert not hasattr(c, "y")

    project.edit("app.py", "def m(self): return self.x", "def m(self, k=5): return self.x + k")
    assert project.refresh() == ["run app.C.m"]
    assert c.m() == 6
    assert ran == [1, 2, 3]


def test_a_body_and_a_header_and_a_new_member_of_one_class_at_once(project):
    project.write(
        {
            "app.py": """
        class Root: pass
        class Base(Root): pass
        class C(Root):
            def a(self): return 1
            def b(self): return 2
        c = C()
        """
        }
    )
    app = project.load("app")
    cls, c = app.C, app.c
    project.edit("app.py", "class C(Root)", "class C(Base)")
    project.edit("app.py", "return 1", "return 10")
    project.edit("app.py", "def b(self): return 2", "def b(self, k=3): return k\n    d = 4")

    assert project.refresh() == ["run app.C"]

    assert app.C is cls
    assert app.c is c
    assert (c.a(), c.b(), c.d) == (10, 3, 4)
    assert isinstance(c, app.Base)


def test_a_method_gains_and_loses_super(project):
    project.write(
        {
            "app.py": """
        class A:
            def m(self): return 'A'
        class B(A):
            def m(self): return 'B'
        b = B()
        held = b.m
        """
        }
    )
    app = project.load("app")
    cls, b, held = app.B, app.b, app.held
    project.edit("app.py", "return 'B'", "return super().m() + 'B'")
    assert project.refresh() == ["rerun app.B.m"]
    assert app.B is cls
    assert b.m() == held() == "AB"

    project.edit("app.py", "super().m() + 'B'", "'b'")
    assert project.refresh() == ["rerun app.B.m"]
    assert b.m() == held() == "b"


def test_a_method_that_gained_super_is_edited_again(project):
    project.write(
        {
            "app.py": "class A:\n    def m(self): return 'A'\nclass B(A):\n    def m(self): return 'B'\nheld = B().m"
        }
    )
    app = project.load("app")
    held = app.held
    project.edit("app.py", "return 'B'", "return super().m() + 'B'")
    project.refresh()
    project.edit("app.py", "super().m() + 'B'", "super().m() + 'C'")

    assert project.refresh() == ["patch app.B.m", "rerun app.held"]

    assert app.B().m() == held() == "AC"


def test_private_names_and_class_cells_in_a_patched_body(project):
    project.write({"app.py": "class C:\n    __x = 1\n    def m(self): return self.__x\nc = C()"})
    app = project.load("app")
    project.edit("app.py", "return self.__x", "return self.__x + __class__.__x")

    assert project.refresh()[-1].endswith("app.C.m")

    assert app.c.m() == 2


def test_a_private_member_is_changed(project):
    project.write({"app.py": "class C:\n    __x = 1\n    def m(self): return self.__x\nc = C()"})
    app = project.load("app")
    project.edit("app.py", "__x = 1", "__x = 2")

    assert project.refresh() == ["run app.C.__x"]

    assert app.c.m() == 2


def test_a_private_member_is_removed(project):
    project.write({"app.py": "class C:\n    __x = 1\n    def __m(self): pass\n    y = 1\n"})
    app = project.load("app")
    project.write({"app.py": "class C:\n    y = 1\n"})
    project.refresh()

    assert not hasattr(app.C, "_C__x")
    assert not hasattr(app.C, "_C__m")


def test_properties_and_their_setters(project):
    project.write(
        {
            "app.py": """
        class C:
            def __init__(self): self._x = 1
            @property
            def x(self): return self._x
            @x.setter
            def x(self, value): self._x = value
        c = C()
        """
        }
    )
    app = project.load("app")
    c = app.c
    project.edit("app.py", "def x(self): return self._x", "def x(self): return self._x * 10")
    assert project.refresh() == ["patch app.C.x"]
    assert c.x == 10

    project.edit("app.py", "self._x = value", "self._x = value + 1")
    assert project.refresh() == ["patch app.C.x"]
    c.x = 1
    assert c.x == 20


def test_a_body_edit_of_a_setter_runs_nothing(project):
    project.write(
        {
            "app.py": "class C:\n    @property\n    def x(self): return 1\n    @x.setter\n    def x(self, v): pass\n"
        }
    )
    project.load("app")
    project.edit("app.py", "pass", "return None")

    assert project.refresh() == ["patch app.C.x"]


def test_a_setter_goes_and_the_getter_stays(project):
    getter = "class C:\n    v = 1\n    @property\n    def x(self): return self.v\n"
    project.write(
        {"app.py": getter + "    @x.setter\n    def x(self, value): self.v = value\nc = C()\n"}
    )
    app = project.load("app")
    project.write({"app.py": getter + "c = C()\n"})
    project.refresh()

    with pytest.raises(AttributeError):
        app.c.x = 5
    assert app.c.x == 1


def test_a_setter_gets_another_signature_and_the_getter_stays(project):
    project.write(
        {
            "app.py": """
        class C:
            v = 1
            @property
            def x(self): return self.v
            @x.setter
            def x(self, value): self.v = value
        c = C()
        """
        }
    )
    app = project.load("app")
    project.edit(
        "app.py", "def x(self, value): self.v = value", "def x(self, new: int): self.v = -new"
    )
    project.refresh()

    app.c.x = 5
    assert app.c.x == -5


def test_a_method_becomes_a_property_a_staticmethod_and_a_classmethod(project):
    project.write({"app.py": "class C:\n    def m(self=None): return 'plain'\nc = C()"})
    app = project.load("app")
    c = app.c
    project.edit(
        "app.py",
        "    def m(self=None): return 'plain'",
        "    @property\n    def m(self): return 'property'",
    )
    assert project.refresh() == ["run app.C.m"]
    assert c.m == "property"

    project.edit(
        "app.py",
        "@property\n    def m(self): return 'property'",
        "@staticmethod\n    def m(): return 'static'",
    )
    assert project.refresh() == ["run app.C.m"]
    assert c.m() == app.C.m() == "static"

    project.edit(
        "app.py",
        "@staticmethod\n    def m(): return 'static'",
        "@classmethod\n    def m(cls): return cls",
    )
    assert project.refresh() == ["run app.C.m"]
    assert c.m() is app.C


def test_static_and_class_methods_are_patched(project):
    project.write(
        {
            "app.py": "class C:\n    @staticmethod\n    def s(): return 1\n    @classmethod\n    def k(cls): return 1\nheld = [C.s, C.k]"
        }
    )
    app = project.load("app")
    held = list(app.held)
    project.write(
        {
            "app.py": "class C:\n    @staticmethod\n    def s(): return 2\n    @classmethod\n    def k(cls): return 3\nheld = [C.s, C.k]"
        }
    )

    assert project.refresh() == ["patch app.C.s", "patch app.C.k"]

    assert [f() for f in held] == [2, 3]


def test_a_cached_property_keeps_its_values_and_gets_the_new_body(project):
    project.write(
        {
            "app.py": "import functools\nclass C:\n    @functools.cached_property\n    def x(self): return 1\nold, new = C(), C()\nold.x"
        }
    )
    app = project.load("app")
    old, new = app.old, app.new
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh()[0] == "patch app.C.x"

    assert (old.x, new.x) == (1, 2)


def test_a_cached_method_forgets(project):
    project.write(
        {
            "app.py": "import functools\nclass C:\n    @functools.lru_cache\n    def m(self): return 1\nc = C()\nc.m()"
        }
    )
    app = project.load("app")
    c = app.c
    c.m()
    project.edit("app.py", "return 1", "return 2")
    project.refresh()

    assert c.m() == 2


def test_members_that_depend_on_one_another(project, ran):
    project.write(
        {
            "app.py": "class C:\n    a = 1\n    b = a + 1\n    c = ran(9)\n    def m(self, k=b): return k\nx = C()"
        }
    )
    app = project.load("app")
    project.edit("app.py", "a = 1", "a = 10")

    assert project.refresh() == ["run app.C.a", "rerun app.C.b", "rerun app.C.m"]

    assert (app.x.b, app.x.m()) == (11, 11)
    assert ran == [9]


def test_a_value_computed_from_a_class_attribute(project):
    project.write(
        {
            "app.py": "class C:\n    n = 1\nX = C.n + 1\nc = C()\n",
            "user.py": "from app import C\nY = C.n * 10\nheld = [C]\n",
        }
    )
    app, user = project.load("app"), project.load("user")
    held, c = user.held, app.c
    project.edit("app.py", "n = 1", "n = 2")

    assert project.refresh() == ["run app.C.n", "rerun app.X", "rerun user.Y"]

    assert (app.X, user.Y) == (3, 20)
    assert user.held is held
    assert app.c is c


def test_a_mutable_class_attribute_keeps_its_state_until_it_is_edited(project):
    project.write({"app.py": "class C:\n    seen = []\n    def m(self): return 1\nheld = C.seen"})
    app = project.load("app")
    held = app.C.seen
    held.append("state")
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.C.m"]
    assert app.C.seen == ["state"]

    project.edit("app.py", "seen = []", "seen = [0]")
    assert project.refresh()[0] == "run app.C.seen"
    assert app.C.seen == [0]


def test_a_class_attribute_set_by_hand_stays(project):
    project.write({"app.py": "class C:\n    x = 1\n    y = 2\n    def m(self): return self.x\n"})
    app = project.load("app")
    app.C.x, app.C.extra = 7, 8
    project.edit("app.py", "y = 2", "y = 3")

    assert project.refresh() == ["run app.C.y"]

    assert (app.C.x, app.C.y, app.C.extra) == (7, 3, 8)


def test_branches_and_loops_in_a_class_body(project):
    project.write(
        {
            "app.py": """
        FAST = True
        class C:
            if FAST:
                def m(self): return 'fast'
            else:
                def m(self): return 'slow'
            for n in 'ab':
                locals()[n] = n * 2
        c = C()
        """
        }
    )
    app = project.load("app")
    c = app.c
    project.edit("app.py", "FAST = True", "FAST = False")
    project.refresh()
    assert c.m() == "slow"

    project.edit("app.py", "n * 2", "n * 3")
    project.refresh()
    assert (c.a, c.b, c.n) == ("aaa", "bbb", "b")


def test_docstring_annotations_and_name_of_a_class(project):
    project.write({"app.py": "class C:\n    'old'\n    x: int\n    y: str = 'a'\n"})
    app = project.load("app")
    project.write({"app.py": "class C:\n    'new'\n    y: bytes = b'a'\n    z: float\n"})
    project.refresh()

    assert app.C.__doc__ == "new"
    assert app.C.__annotations__ == {"y": bytes, "z": float}
    assert app.C.y == b"a"


def test_members_swap_their_order(project, ran):
    project.write(
        {
            "app.py": "class C:\n    a = ran(1)\n    b = ran(2)\n    def m(self): pass\n    def n(self): pass\n"
        }
    )
    app = project.load("app")
    project.write(
        {
            "app.py": "class C:\n    def n(self): pass\n    def m(self): pass\n    b = ran(2)\n    a = ran(1)\n"
        }
    )

    assert project.refresh() == []

    assert ran == [1, 2]
    assert app.C.n.__code__.co_firstlineno == 2


def test_special_methods_are_added(project):
    project.write({"app.py": "class C:\n    def __init__(self): self.x = 1\nc = C()\nd = {c: 1}"})
    app = project.load("app")
    c = app.c
    project.edit(
        "app.py",
        "self.x = 1\n",
        "self.x = 1\n    def __len__(self): return 5\n    def __call__(self): return 6\n    def __getattr__(self, n): return n\n",
    )

    assert project.refresh() == ["run app.C.__len__", "run app.C.__call__", "run app.C.__getattr__"]

    assert (len(c), c(), c.anything) == (5, 6, "anything")


def test_an_eq_added_takes_the_hash(project):
    project.write({"app.py": "class C:\n    x = 1\nc = C()"})
    app = project.load("app")
    project.edit("app.py", "x = 1", "x = 1\n    def __eq__(self, other): return True")
    project.refresh()

    with pytest.raises(TypeError):
        hash(app.c)
    project.edit("app.py", "\n    def __eq__(self, other): return True", "")
    project.refresh()
    assert hash(app.c) == object.__hash__(app.c)


def test_a_descriptor_learns_its_name(project):
    project.write(
        {
            "app.py": """
        class Field:
            def __set_name__(self, owner, name): self.name = owner.__name__ + '.' + name
            def __get__(self, instance, owner): return self.name
        class C:
            a = Field()
        c = C()
        """
        }
    )
    app = project.load("app")
    project.edit("app.py", "a = Field()", "a = Field()\n    b = Field()")

    assert project.refresh() == ["run app.C.b"]

    assert (app.c.a, app.c.b) == ("C.a", "C.b")


# --------------------------------------------------------------------- headers and bases


def test_bases_are_swapped_under_live_instances(project):
    project.write(
        {
            "app.py": """
        class A:
            def m(self): return 'A'
        class B:
            def m(self): return 'B'
        class C(A):
            pass
        c = C()
        """
        }
    )
    app = project.load("app")
    cls, c = app.C, app.c
    project.edit("app.py", "class C(A)", "class C(B)")

    assert project.refresh() == ["run app.C"]

    assert app.C is cls
    assert c.m() == "B"
    assert isinstance(c, app.B)
    assert cls not in app.A.__subclasses__()
    assert app.B.__subclasses__() == [cls]


def test_a_first_base_is_given_and_taken(project):
    project.write({"app.py": "class A:\n    def m(self): return 1\nclass C:\n    pass\nc = C()"})
    app = project.load("app")
    project.edit("app.py", "class C:", "class C(A):")
    project.refresh()
    assert app.c.m() == 1
    assert isinstance(app.c, app.C)

    project.edit("app.py", "class C(A):", "class C:")
    project.refresh()
    assert isinstance(app.c, app.C)
    assert not hasattr(app.c, "m")


def test_a_base_in_another_module_is_edited(project, ran):
    project.write(
        {
            "base.py": "class Base:\n    x = 1\n    def m(self): return 'base'\n",
            "app.py": "from base import Base\nclass C(Base):\n    y = ran(2)\n    def m(self): return super().m() + '!'\nc = C()\n",
        }
    )
    app = project.load("app")
    c = app.c
    project.edit("base.py", "'base'", "'new'")
    assert project.refresh() == ["patch base.Base.m"]
    project.edit("base.py", "x = 1", "x = 5\n    z = 6")
    assert project.refresh() == ["run base.Base.x", "run base.Base.z"]

    assert (c.m(), c.x, c.z) == ("new!", 5, 6)
    assert ran == [2]


def test_a_base_is_replaced_by_another_class_of_its_name(project):
    project.write(
        {
            "one.py": "class Base:\n    def m(self): return 1\n",
            "two.py": "class Base:\n    def m(self): return 2\n",
            "app.py": "from one import Base\nclass C(Base): pass\nc = C()\n",
        }
    )
    app, one, two = project.load("app"), project.load("one"), project.load("two")
    cls, c = app.C, app.c
    project.edit("app.py", "from one", "from two")

    assert project.refresh() == ["run app.Base", "rerun app.C"]

    assert app.C is cls
    assert c.m() == 2
    assert app.Base is two.Base
    assert one.Base().m() == 1


def test_a_class_is_renamed_with_live_instances(project):
    project.write({"app.py": "class Old:\n    def m(self): return 1\nitems = [Old()]\n"})
    app = project.load("app")
    item = app.items[0]
    project.write({"app.py": "class New:\n    def m(self): return 2\nitems = [New()]\n"})

    assert project.refresh() == ["drop app.Old", "run app.New", "run app.items"]

    assert app.items[0].m() == 2
    assert type(app.items[0]) is app.New
    assert item.m() == 1


def test_a_class_becomes_a_function_and_back(project):
    project.write({"app.py": "class C:\n    def m(self): return 1\nc = C()"})
    app = project.load("app")
    project.write({"app.py": "def C(): return 5\nc = C()"})
    project.refresh()
    assert app.c == 5

    project.write({"app.py": "class C:\n    def m(self): return 2\nc = C()"})
    project.refresh()
    assert app.c.m() == 2
    assert isinstance(app.C, type)


def test_a_base_and_its_subclass_swap_roles(project):
    project.write({"app.py": "class A:\n    x = 'A'\nclass B(A):\n    x = 'B'\na, b = A(), B()"})
    app = project.load("app")
    project.write({"app.py": "class B:\n    x = 'B'\nclass A(B):\n    x = 'A'\na, b = A(), B()"})
    project.refresh()

    assert issubclass(app.A, app.B)
    assert not issubclass(app.B, app.A)
    assert (app.a.x, app.b.x) == ("A", "B")


def test_nested_classes(project, ran):
    project.write(
        {
            "app.py": """
        class Outer:
            class Inner:
                x = 1
                def m(self): return 'old'
                class Deep:
                    def d(self): return 1
            y = ran(2)
        i, d = Outer.Inner(), Outer.Inner.Deep()
        """
        }
    )
    app = project.load("app")
    inner, i, d = app.Outer.Inner, app.i, app.d
    project.edit("app.py", "return 'old'", "return 'new'")
    project.edit("app.py", "def d(self): return 1", "def d(self): return 2")
    assert project.refresh() == ["patch app.Outer.Inner.m", "patch app.Outer.Inner.Deep.d"]
    assert (i.m(), d.d()) == ("new", 2)

    project.edit("app.py", "x = 1", "x = 3\n        z = 4")
    assert project.refresh() == ["run app.Outer.Inner.x", "run app.Outer.Inner.z"]
    assert app.Outer.Inner is inner
    assert (i.x, i.z) == (3, 4)
    assert ran == [2]


def test_generic_classes_keep_their_parameters(project):
    project.write(
        {
            "app.py": "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def m(self): return 1\nIntBox = Box[int]\nb = IntBox()\n"
        }
    )
    app = project.load("app")
    b = app.b
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.Box.m"]

    assert b.m() == app.IntBox().m() == 2


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python tells it from 3.13 on")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def m(self): self.x = 1", "def m(self): self.x = self.y = 1"),
        ("def m(self): self.x = 1", "def m(self): return self.x"),
        ("def m(self): self.x = 1", "def m(self, a): self.x = self._y = self.__z = a"),
        ("def m(self): self.x = 1", "pass"),
        ("pass", "def m(self):\n        def n(): self.x, self.y = 1, 2"),
        ("def m(self): self.x = 1", "def m(self):\n        class D: self.y = 1"),
        ("class D:\n        def m(self): self.x = 1", "class D:\n        def m(self): self.y = 1"),
    ],
)
def test_a_class_tells_the_attributes_that_its_methods_set(project, before, after):
    text = f"class C:\n    def n(self): self.a = 1\n    {before}\n"
    project.write({"app.py": text})
    app = project.load("app")
    text = text.replace(before, after)
    project.write({"app.py": text})
    project.refresh()

    fresh = {}
    exec(text, fresh)
    for cls, new in (
        (app.C, fresh["C"]),
        (getattr(app.C, "D", None), getattr(fresh["C"], "D", None)),
    ):
        if new is not None:
            assert {*cls.__static_attributes__} == {*new.__static_attributes__}


COUNTING = """\
class Base:
    made = 0
    def __init_subclass__(cls): cls.tag = cls.__name__
    def __init__(self): type(self).made += 1
"""


def test_what_a_class_counted_in_place_of_its_base_is_kept_when_it_is_made_again(project):
    project.write({"app.py": COUNTING + "class Orc(Base):\n    hp = 1\n"})
    app = project.load("app")
    _ = app.Orc(), app.Orc()
    project.edit("app.py", "    hp = 1\n", "    hp = 1\n    mana = 2\n")

    assert project.refresh() == ["run app.Orc"]

    assert (app.Orc.made, app.Orc.mana, app.Orc.tag) == (2, 2, "Orc")


def test_and_when_it_moves_to_another_file(project):
    orc = "from base import Base\nclass Orc(Base):\n    hp = 1\n"
    project.write({"base.py": COUNTING, "app.py": orc})
    app = project.load("app")
    _ = app.Orc(), app.Orc()
    project.write({"app.py": "from orc import Orc\n", "orc.py": orc})

    project.refresh()

    assert app.Orc.made == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [("    made = 5\n", "    pass\n"), ("@marked\n", "")],
)
def test_what_the_text_gave_a_class_goes_with_it(project, old, new):
    text = "def marked(cls):\n    cls.made = 5\n    return cls\n"
    text += "@marked\nclass Orc(Base): ...\n" if "@" in old else "class Orc(Base):\n    made = 5\n"
    project.write({"app.py": COUNTING + text})
    app = project.load("app")
    assert app.Orc.made == 5
    project.edit(
        "app.py", old + "class" if "@" in old else old, new + "class" if "@" in old else new
    )

    project.refresh()

    assert app.Orc.made == 0


def test_a_class_that_was_abstract_for_a_while_hinders_nobody(project):
    text = "from abc import ABC\nfrom collections.abc import Sized\nclass Service{}:\n    x = 1\n"
    other = "class Other:\n    y = 1\n"
    project.write({"app.py": text.format("") + other})
    app = project.load("app")
    service, other = app.Service(), app.Other()
    for base in ("(ABC)", ""):
        project.write(
            {"app.py": text.format(base) + project.read("app.py").partition("x = 1\n")[2]}
        )
        project.refresh()
    assert not isinstance(other, app.Sized)
    project.edit("app.py", "    y = 1\n", "    y = 1\n    def __len__(self): return 3\n")

    assert project.report().error is None

    assert isinstance(other, app.Sized)
    assert isinstance(service, app.Service)


def test_a_class_that_is_decorated_below_itself_is_still_that_class(project):
    """`C = tool(C)` is what `@tool` above it would be: its instances are made by a class."""
    text = """
        def tool(c): return c
        class Bot:
            def __init__(self): self.n = 0
            def go(self): self.n += 1
        Bot = tool(Bot)
        BOT = Bot()
    """
    project.write({"app.py": text})
    app = project.load("app")
    bot = app.BOT
    bot.n = 99
    project.edit("app.py", "self.n += 1", "self.n += 2")

    assert project.refresh() == ["patch app.Bot.go"]

    assert app.BOT is bot
    bot.go()
    assert bot.n == 101


@pytest.mark.parametrize("below", ["Shape = tool(Shape)", "Shape = Shape", "Shape = tool()(Shape)"])
def test_members_of_a_class_that_is_decorated_below_itself_follow(project, below):
    text = """
        def tool(*classes): return classes[0] if classes else tool
        BASE = 3
        class Shape:
            def __init__(self, w): self.w = w
            @classmethod
            def of(cls, w, *, k=BASE): return cls(w * k)
            @property
            def double(self): return self.w * 2
    """
    uses = "S = Shape(4)\nV = [S.double, Shape.of(2).w]\n"
    project.write({"app.py": f"{textwrap.dedent(text)}{below}\n{uses}"})
    app = project.load("app")
    shape, cls = app.S, app.Shape
    project.edit("app.py", "BASE = 3", "BASE = 4")

    assert project.report().error is None

    assert app.V == [8, 8]
    assert app.S is shape
    assert app.Shape is cls


def test_who_decorates_a_class_below_it_looks_at_the_finished_one_again(project):
    text = """
        import functools
        class N:
            def __init__(self, v): self.v = v
            def __eq__(self, o): return self.v == o.v
            def __lt__(self, o): return self.v < o.v
        N = functools.total_ordering(N)
        a = N(1)
    """
    project.write({"app.py": text})
    app = project.load("app")
    a = app.a
    project.edit("app.py", "__lt__(self, o): return self.v <", "__gt__(self, o): return self.v >")

    assert project.refresh() == ["run app.N", "rerun app.N"]

    assert app.a is a
    assert a < app.N(2)
    assert app.N(2) > a >= app.N(1)


def test_a_class_that_was_copied_before_it_got_slots_can_be_copied(project):
    """Python remembers at the first copy which slots a class has."""
    text = "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int = 0\n"
    project.write({"app.py": text})
    app = project.load("app")
    copy.copy(app.Point(1))
    project.edit("app.py", "@dataclass", "@dataclass(slots=True)")

    project.refresh()

    assert copy.copy(app.Point(2)) == app.Point(2)
    assert pickle.loads(pickle.dumps(app.Point(3))) == app.Point(3)
