"""What Python does not let be what its new text says: who holds it gets the new class or function."""

import asyncio
import copy
import functools
import gc
import pickle
import weakref
from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest

from heatsync._engine.objects import redirection

PLAIN = "class P:\n    def m(self): return 1\n"
ABSTRACT = "import abc\nclass P(abc.ABC):\n    def m(self): return 2\n"


class Holder:
    pass


class Slotted:
    __slots__ = ("cls", "other")


Pair = namedtuple("Pair", "left right")


@pytest.fixture
def app(project):
    project.write({"app.py": PLAIN})
    return project.load("app")


def as_abstract(project):
    """P gets another metaclass, which no existing class can take on."""
    project.write({"app.py": ABSTRACT})
    return project.refresh()


def test_the_class_is_another_object_and_instances_follow(project, app):
    p, method = app.P(), app.P.m

    assert as_abstract(project) == ["run app.abc", "run app.P"]

    assert isinstance(p, app.P)
    assert p.__class__ is app.P
    assert type(app.P).__name__ == "ABCMeta"
    assert p.m() == method(p) == 2
    assert project.sync.history[-1].notes == ()


def test_containers_hold_the_new_class_at_the_same_places(project, app):
    old = app.P
    held = {
        "list": [0, old, 1, old],
        "set": {old, 3},
        "deque": deque([old, 4]),
        "values": {"a": 1, "b": old, "c": 2},
        "keys": {int: 1, old: 2, str: 3},
        "ordered": OrderedDict([(old, 1), ("x", old)]),
        "default": defaultdict(old, {1: old}),
    }

    as_abstract(project)

    new = app.P
    assert held["list"] == [0, new, 1, new]
    assert held["set"] == {new, 3}
    assert held["deque"] == deque([new, 4])
    assert held["values"] == {"a": 1, "b": new, "c": 2}
    assert list(held["keys"].items()) == [(int, 1), (new, 2), (str, 3)]
    assert list(held["ordered"].items()) == [(new, 1), ("x", new)]
    assert held["default"] == {1: new}
    assert type(held["default"]["another"]) is new


@pytest.mark.usefixtures("whole_heap")
def test_attributes_slots_and_members_of_foreign_classes_hold_the_new_class(project, app):
    old = app.P
    holder, slotted = Holder(), Slotted()
    holder.cls, slotted.cls = old, old
    Holder.model = old
    try:
        as_abstract(project)
        assert holder.cls is slotted.cls is Holder.model is app.P
        assert not hasattr(slotted, "other")
    finally:
        del Holder.model


def test_closures_defaults_and_partials_hold_the_new_class(project, app):
    def make(cls):
        def with_default(default=cls, *, word=cls):
            return cls, default, word

        return with_default, functools.partial(dict, cls=cls), functools.partial(cls)

    function, words, call = make(app.P)

    as_abstract(project)

    assert function() == (app.P, app.P, app.P)
    assert words() == {"cls": app.P}
    assert type(call()) is app.P


def test_what_is_immutable_is_made_anew_where_it_is_held(project, app):
    held = {
        "tuple": (int, (app.P, 1)),
        "named": Pair(app.P, 2),
        "frozen": frozenset([app.P]),
        "method": app.P.__subclasses__,
    }
    foreign = held["foreign"] = (int, str)

    as_abstract(project)

    assert held["tuple"] == (int, (app.P, 1))
    assert held["named"] == Pair(app.P, 2)
    assert type(held["named"]) is Pair
    assert held["frozen"] == frozenset([app.P])
    assert held["foreign"] is foreign


def test_a_class_method_that_is_held_is_one_of_the_new_class(project):
    project.write({"app.py": "class P:\n    @classmethod\n    def make(cls): return cls()\n"})
    app = project.load("app")
    held = [app.P.make]
    project.write(
        {
            "app.py": "import abc\nclass P(abc.ABC):\n    @classmethod\n    def make(cls): return cls()\n"
        }
    )

    assert project.refresh() == ["run app.abc", "run app.P"]

    assert type(held[0]()) is app.P


def test_subclasses_and_those_who_hold_them_follow(project):
    project.write({"app.py": PLAIN, "sub.py": "from app import P\nclass Q(P): pass\nq = Q()"})
    app, sub = project.load("app"), project.load("sub")
    held, q = [sub.Q], sub.q

    assert as_abstract(project) == [
        "run app.abc",
        "run app.P",
        "rerun sub.P",
        "rerun sub.Q",
    ]

    assert held == [sub.Q]
    assert sub.Q.__mro__[1] is app.P
    assert type(sub.Q) is type(app.P)
    assert sub.q is q
    assert isinstance(q, sub.Q)
    assert q.m() == 2


def test_nothing_is_redirected_if_the_batch_fails(project, app):
    held = [app.P, (app.P,)]
    old = app.P
    project.write({"app.py": ABSTRACT + "1/0\n"})

    assert type(project.fail()) is ZeroDivisionError

    assert held == [old, (old,)]
    assert app.P is old


def test_an_object_that_refuses_to_be_written_is_left_and_told(project, app):
    class Hostile:
        hashed = False

        def __hash__(self):
            if self.hashed:
                raise RuntimeError("not again")
            self.hashed = True
            return 1

    hostile, old = Hostile(), app.P
    held = [{old, hostile}, old]

    as_abstract(project)

    assert {id(thing) for thing in held[0]} == {id(old), id(hostile)}
    assert held[1] is app.P
    assert project.sync.history[-1].notes == (
        "an object of type set still holds what was replaced: RuntimeError: not again",
    )


def test_the_old_class_is_collected(project, app):
    old = weakref.ref(app.P)

    as_abstract(project)

    gc.collect()
    assert old() is None


@pytest.mark.parametrize(
    "bases",
    ["abc.ABC", "Generic[T]", "Protocol", "abc.ABC, Other", "Other", "Generic[T], Other"],
)
def test_instances_follow_whatever_first_base_their_class_gets(project, bases):
    head = "import abc\nfrom typing import Generic, Protocol, TypeVar\nT = TypeVar('T')\n"
    head += (
        "class Other:\n    heard = []\n    def __init_subclass__(cls): Other.heard.append(cls)\n"
    )
    project.write({"app.py": head + "class P:\n    def __init__(self): self.x = 1\np = P()\n"})
    app = project.load("app")
    p = app.p
    project.edit("app.py", "class P:\n", f"class P({bases}):\n    def m(self): return self.x + 1\n")

    assert project.refresh() == ["run app.P"]

    assert app.p is p
    assert p.m() == 2
    assert app.P in type(p).__mro__  # a protocol refuses isinstance()
    assert p.__class__ is app.P
    for copied in (copy.copy(p), pickle.loads(pickle.dumps(p))):
        assert type(copied) is app.P
        assert copied.x == 1
    assert app.Other.heard == ([app.P] if "Other" in bases else [])

    project.edit("app.py", "self.x + 1", "self.x + 2")
    assert project.refresh() == ["patch app.P.m"]
    assert p.m() == 3


SLOTS = "class P:\n    __slots__ = ('x',)\n    def me(self, call):\n        call()\n        return self\n"


def test_instances_with_another_layout_are_made_anew_where_they_are_held(project):
    project.write({"app.py": SLOTS + "p, q = P(), P()\np.x, q.x = q, 2\n"})
    app = project.load("app")
    held = [app.p, (app.q, 0), {app.q: 1}]
    project.edit("app.py", "('x',)", "('x', 'y')")

    assert project.refresh() == ["run app.P"]

    assert held == [app.p, (app.q, 0), {app.q: 1}]
    assert {type(app.p), type(app.q)} == {app.P}
    assert app.p.x is app.q
    assert app.q.x == 2
    app.q.y = 3

    project.edit("app.py", "('x', 'y')", "('y',)")
    assert project.refresh() == ["run app.P"]
    assert held[2] == {app.q: 1}
    assert app.q.y == 3
    assert not hasattr(app.q, "x")
    assert project.sync.history[-1].notes == ()


async def awaited():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, None)
    await future


def test_thousands_of_instances_are_made_anew(project):
    asyncio.run(awaited())  # asked for what it refers to, _asyncio is never done after this
    project.write({"app.py": SLOTS})
    app = project.load("app")
    held = [app.P() for _ in range(2000)]
    project.edit("app.py", "('x',)", "('x', 'y')")

    assert project.refresh() == ["run app.P"]

    assert {type(one) for one in held} == {app.P}
    assert len({id(one) for one in held}) == 2000


def test_an_object_that_a_call_in_progress_holds_stays_the_one_it_is(project):
    """For all who hold it, and what made it makes no other one: there would be two of them."""
    text = f"{SLOTS}held = [P(), P()]\nalone = P()\nother = alone\n"
    project.write({"app.py": text, "user.py": "from app import P\nmine = P()\n"})
    app, user = project.load("app"), project.load("user")
    old = app.P
    app.alone.x, user.mine.x = 7, 8
    project.edit("app.py", "('x',)", "('x', 'y')")

    me = app.held[0].me(lambda: project.refresh() == ["run app.P", "rerun user.P"])

    assert type(me) is old
    assert me is app.held[0]
    assert type(app.held[1]) is app.P
    assert (app.alone.x, user.mine.x) == (7, 8)
    assert app.other is app.alone
    assert project.sync.history[-1].notes == (
        "1 object is still of the previous class P: its layout changed",
    )


def test_what_only_garbage_holds_is_made_anew(project):
    project.write({"app.py": SLOTS + "p = P()\n"})
    app = project.load("app")

    def leave_garbage():
        held = app.p
        try:
            raise ValueError(held)
        except ValueError as error:
            kept = error  # holds this frame, which holds it
        assert kept

    gc.disable()
    try:
        leave_garbage()
        project.edit("app.py", "('x',)", "('x', 'y')")
        assert project.refresh() == ["run app.P"]
    finally:
        gc.enable()

    assert type(app.p) is app.P
    assert project.sync.history[-1].notes == ()


def test_an_object_that_would_end_something_is_not_made_anew(project):
    project.write({"app.py": SLOTS + "    def __del__(self): ended.append(1)\nended = []\n"})
    app = project.load("app")
    held = [app.P()]
    project.edit("app.py", "('x',)", "('x', 'y')")

    assert project.refresh() == ["run app.P"]

    assert type(held[0]) is not app.P
    assert app.ended == []


def test_objects_made_anew_are_given_up_if_the_batch_fails(project):
    project.write({"app.py": SLOTS + "p = P()\n"})
    app = project.load("app")
    p, held = id(app.p), [app.p]
    project.edit("app.py", "('x',)", "('x', 'y')")
    project.write({"app.py": project.read("app.py") + "p.y = 1\nassert type(p) is P\n1 / 0\n"})

    assert type(project.fail()) is ZeroDivisionError

    assert id(app.p) == id(held[0]) == p
    assert type(app.p) is app.P
    assert not hasattr(app.p, "y")


def test_what_captured_a_class_that_was_made_anew_holds_the_kept_one(project):
    project.write(
        {
            "app.py": """
        seen = []
        class Owned:
            def __set_name__(self, owner, name): self.owners = (owner,)
        class Meta(type):
            def __init__(cls, *names):
                super().__init__(*names)
                cls.itself = [cls]
        def keep(cls):
            cls.make = lambda: cls()
            return cls
        @keep
        class C(metaclass=Meta):
            owned = Owned()
            x = 1
        """
        }
    )
    app = project.load("app")
    cls = app.C
    project.edit("app.py", "x = 1", "x = 2")

    assert project.refresh() == ["run app.C"]

    assert app.C is cls
    assert cls.owned.owners == (cls,)
    assert cls.itself == [cls]
    assert type(cls.make()) is cls


def test_a_class_that_nobody_captured_is_not_looked_for(project, monkeypatch):
    text = "import dataclasses, enum\nclass B: pass\n"
    text += "@dataclasses.dataclass\nclass D(B):\n    x: int = 1\n    def m(self): return super()\n"
    text += "@dataclasses.dataclass(slots=True)\nclass S:\n    x: int = 1\n"
    text += "class E(enum.Enum):\n    A = 1\n"
    project.write({"app.py": text})
    project.load("app")
    project.write({"app.py": text.replace("= 1", "= 2")})
    looked_for = []
    monkeypatch.setattr(redirection, "holders_of", lambda things: looked_for.extend(things) or [])

    assert project.refresh() == ["run app.D", "run app.S", "run app.E"]

    assert looked_for == []


def test_a_function_whose_free_variables_change_is_replaced_wherever_it_is_held(project):
    project.write({"app.py": "class C:\n    def m(self): return 1\nc = C()\n"})
    app = project.load("app")
    held = {"function": app.C.m, "bound": app.c.m, "tuple": (app.C.m,)}
    project.edit("app.py", "return 1", "return super().__hash__() and 2")

    assert project.refresh() == ["rerun app.C.m"]

    assert held == {"function": app.C.m, "bound": app.c.m, "tuple": (app.C.m,)}
    assert held["bound"]() == 2


ACTORS = """
    from abc import ABC
    from typing import Generic, TypeVar
    T = TypeVar("T")
    class Actor:
        heard = []
        def __init_subclass__(cls): Actor.heard.append(cls.__name__)
        def act(self): return "acts"
    class Caster(Actor):
        def act(self): return super().act() + " casting"
    def make(word):
        class Spell(Caster):
            def act(self): return f"{super().act()} {word}"
        return Spell
    def derive(cls):
        class Late(cls): pass
        return Late
"""


@pytest.mark.parametrize("base", ["ABC", "Generic[T]"])
def test_classes_that_a_function_made_go_over_with_the_bases_above_their_own(project, base):
    """Nobody makes them anew: their base is exchanged, and with it what its `super()` says."""
    project.write({"app.py": ACTORS})
    app = project.load("app")
    spell = app.make("fire")
    one = spell()
    for header in (f"class Actor({base}):", "class Actor:", f"class Actor({base}):"):
        project.edit("app.py", project.read("app.py").split("\n")[3], header)
        assert project.report().error is None

        for each in (one, spell(), app.derive(spell)()):
            assert each.act() == "acts casting fire"
            assert isinstance(each, app.Caster)
            assert isinstance(each, app.Actor)
        assert issubclass(spell, app.Caster)
        assert app.Actor.heard[-1] == "Late"


def test_classes_that_a_function_made_come_back_when_the_reload_fails(project):
    project.write({"app.py": ACTORS})
    app = project.load("app")
    spell = app.make("fire")
    bases, one = spell.__bases__, spell()
    project.edit("app.py", "class Actor:", "class Actor(ABC):")
    project.edit("app.py", "def derive", "1 / 0\ndef derive")

    assert type(project.fail()) is ZeroDivisionError

    assert spell.__bases__ == bases == (app.Caster,)
    assert one.act() == "acts casting fire"
