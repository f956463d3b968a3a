"""Classes that decorators, metaclasses and calls make: named tuples, slots, metaclasses and others."""

from __future__ import annotations

import inspect
import pickle
import sys

import pytest


def test_a_named_tuple_gains_a_method_and_a_field(project):
    project.write(
        {
            "app.py": "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    def m(self): return 1\np = P(1)\n"
        }
    )
    app = project.load("app")
    p = app.p
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.P.m"]
    assert p.m() == 2

    project.edit("app.py", "x: int\n", "x: int\n    y: int = 5\n")
    project.refresh()
    assert app.P(1) == (1, 5)
    assert app.P._fields == ("x", "y")


def test_slots_gain_a_name(project):
    project.write(
        {
            "app.py": "class C:\n    __slots__ = ('a',)\n    def m(self): return 1\nc = C()\nc.a = 1\n"
        }
    )
    app = project.load("app")
    c = app.c
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.C.m"]
    assert c.m() == 2

    project.edit("app.py", "('a',)", "('a', 'b')")
    project.refresh()
    new = app.C()
    new.b = 5
    assert new.b == 5


def test_a_member_of_a_class_with_slots(project):
    project.write({"app.py": "class C:\n    __slots__ = ('a',)\n    x = 1\nc = C()\nc.a = 1\n"})
    app = project.load("app")
    cls, c = app.C, app.c
    project.edit("app.py", "x = 1", "x = 2\n    def m(self): return self.a")

    assert project.refresh() == ["run app.C"]

    assert app.C is cls
    assert app.c is c
    assert (c.x, c.m(), c.a) == (2, 1, 1)


def test_a_metaclass_that_collects_the_body(project):
    project.write(
        {
            "app.py": """
        class Meta(type):
            def __new__(meta, name, bases, body, **kw):
                cls = super().__new__(meta, name, bases, body)
                cls.fields = [n for n in body if not n.startswith('_')]
                return cls
        class C(metaclass=Meta):
            a = 1
        c = C()
        """
        }
    )
    app = project.load("app")
    cls, c = app.C, app.c
    project.edit("app.py", "    a = 1\n", "    a = 1\n    b = 2\n")

    assert project.refresh() == ["run app.C"]

    assert app.C is cls
    assert c.fields == ["a", "b"]
    assert c.b == 2


def test_a_metaclass_itself_is_edited(project):
    project.write(
        {
            "app.py": """
        class Meta(type):
            def __new__(meta, name, bases, body):
                body['made'] = 1
                return super().__new__(meta, name, bases, body)
            def hello(cls): return cls.__name__
        class C(metaclass=Meta):
            pass
        c = C()
        """
        }
    )
    app = project.load("app")
    cls, c = app.C, app.c
    project.edit("app.py", "return cls.__name__", "return cls.__name__ * 2")
    project.refresh()
    assert cls.hello() == "CC"

    project.edit("app.py", "body['made'] = 1", "body['made'] = 2")
    project.refresh()
    assert app.C is cls
    assert c.made == 2


def test_an_abstract_method_comes_and_goes(project):
    project.write(
        {"app.py": "import abc\nclass A(abc.ABC):\n    def m(self): return 1\nclass B(A): pass\n"}
    )
    app = project.load("app")
    project.edit("app.py", "    def m", "    @abc.abstractmethod\n    def m")
    project.refresh()
    with pytest.raises(TypeError):
        app.B()

    project.edit("app.py", "class B(A): pass", "class B(A):\n    def m(self): return 2")
    project.refresh()
    assert app.B().m() == 2

    project.edit("app.py", "    @abc.abstractmethod\n", "")
    project.refresh()
    assert app.A().m() == 1


def test_virtual_subclasses_stay_registered(project):
    project.write(
        {
            "app.py": "import abc\nclass A(abc.ABC):\n    x = 1\nA.register(list)\nassert isinstance([], A)\n"
        }
    )
    app = project.load("app")
    project.edit("app.py", "x = 1", "x = 2")
    project.refresh()

    assert isinstance([], app.A)


def test_a_runtime_protocol_asks_for_another_member(project):
    project.write(
        {
            "app.py": "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass P(Protocol):\n    def m(self): ...\nclass C:\n    def m(self): ...\nc = C()\n"
        }
    )
    app = project.load("app")
    assert isinstance(app.c, app.P)
    project.edit(
        "app.py",
        "class P(Protocol):\n    def m(self): ...",
        "class P(Protocol):\n    def n(self): ...",
    )
    project.refresh()

    assert not isinstance(app.c, app.P)


def test_a_class_decorator_that_returns_another_class(project):
    project.write(
        {
            "app.py": """
        def sub(cls):
            return type(cls.__name__, (cls,), {'extra': 1})
        @sub
        class C:
            x = 1
            def m(self): return 'old'
        c = C()
        """
        }
    )
    app = project.load("app")
    c = app.c
    project.edit("app.py", "'old'", "'new'")
    assert project.refresh() == ["patch app.C.m"]
    assert c.m() == "new"

    project.edit("app.py", "x = 1", "x = 2")
    project.refresh()
    assert app.C.x == 2
    assert c.x == 2


def test_a_total_ordering_follows(project):
    project.write(
        {
            "app.py": """
        import functools
        @functools.total_ordering
        class C:
            def __init__(self, n): self.n = n
            def __eq__(self, other): return self.n == other.n
            def __lt__(self, other): return self.n < other.n
        a, b = C(1), C(2)
        """
        }
    )
    app = project.load("app")
    a, b = app.a, app.b
    assert a <= b
    project.edit("app.py", "self.n < other.n", "self.n > other.n")

    assert project.refresh() == ["patch app.C.__lt__"]

    assert a >= b


def test_a_class_made_by_a_call(project):
    project.write(
        {"app.py": "C = type('C', (), {'x': 1, 'm': lambda self: 1})\nc = C()\nX = C.x\n"}
    )
    app = project.load("app")
    c = app.c
    project.edit("app.py", "lambda self: 1", "lambda self: 2")
    assert project.refresh()[0] == "patch app.C"
    assert c.m() == 2

    project.edit("app.py", "'x': 1", "'x': 5")
    project.refresh()
    assert (app.C.x, app.X) == (5, 5)


def test_a_class_that_subclasses_a_built_in(project):
    project.write({"app.py": "class D(dict):\n    def m(self): return 1\nd = D(a=1)\n"})
    app = project.load("app")
    cls, d = app.D, app.d
    project.edit(
        "app.py",
        "class D(dict):\n    def m(self): return 1",
        "class D(dict):\n    x = 2\n    def m(self, k=3): return k",
    )
    project.refresh()

    assert app.D is cls
    assert (d.m(), d.x, d) == (3, 2, {"a": 1})


def test_an_exception_class_is_still_caught(project):
    project.write({"app.py": "class Oops(Exception):\n    code = 1\ndef f(): raise Oops\n"})
    app = project.load("app")
    oops = app.Oops
    project.edit(
        "app.py", "class Oops(Exception):\n    code = 1", "class Oops(ValueError):\n    code = 2"
    )
    project.refresh()

    assert app.Oops is oops
    with pytest.raises(oops) as caught:
        app.f()
    assert caught.value.code == 2
    assert isinstance(caught.value, ValueError)


def test_instances_pickle_after_edits(project):
    project.write({"app.py": "class C:\n    x = 1\nc = C()\n"})
    app = project.load("app")
    project.edit("app.py", "class C:\n    x = 1", "class B: pass\nclass C(B):\n    x = 2")
    project.refresh()

    assert type(pickle.loads(pickle.dumps(app.c))) is app.C


def test_no_class_is_left_behind_among_the_subclasses(project):
    project.write(
        {
            "app.py": "class A: pass\n@list\nclass Unused: pass\n".replace(
                "@list\nclass Unused: pass\n", "class B(A):\n    __slots__ = ()\n    x = 1\n"
            )
        }
    )
    app = project.load("app")
    for number in range(1, 4):
        project.edit("app.py", f"x = {number}", f"x = {number + 1}")
        assert project.refresh() == ["run app.B"]

    assert app.A.__subclasses__() == [app.B]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
def test_type_parameters(project):
    project.write(
        {
            "app.py": "class Box[T]:\n    def m[U](self, x: U) -> T: return 1\ndef f[T](x: T) -> T: return x\ntype Alias[V] = list[V]\nb = Box()\n"
        }
    )
    app = project.load("app")
    b, f = app.b, app.f
    project.edit("app.py", "return 1", "return 2")
    project.edit("app.py", "return x", "return [x]")
    assert project.refresh() == ["patch app.Box.m", "patch app.f"]
    assert (b.m(0), f(1)) == (2, [1])

    project.edit("app.py", "class Box[T]", "class Box[T, S]")
    project.edit("app.py", "def f[T](x: T) -> T", "def f[T, S](x: T) -> S")
    project.refresh()
    assert isinstance(b, app.Box)
    assert len(app.Box.__type_params__) == len(f.__type_params__) == 2
    assert inspect.signature(f).return_annotation is f.__type_params__[1]
