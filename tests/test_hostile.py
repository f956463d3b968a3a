"""Nothing of the engine runs code of the values and modules that it meets: they may refuse everything."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import heatsync
from libraries import needs

ENGINE = str(Path(heatsync.__file__).parent)
ASKED: list[str] = []
# Adapters look at what is renewed only where their library is loaded.
pytestmark = needs("fastapi", "pydantic", "sqlalchemy.orm")


def refuse(name):
    """A special method that works for the program, and notes when heatsync calls it."""

    def method(*arguments, **words):
        caller = sys._getframe(1).f_code
        if caller.co_filename.startswith(ENGINE):
            ASKED.append(
                f"{name} by {caller.co_qualname}:{sys._getframe(1).f_lineno} of {caller.co_filename[len(ENGINE) :]}"
            )
            raise AssertionError(f"heatsync asked for {ASKED[-1]}")
        return answers(name)(*arguments, **words)

    return method


def answers(name):
    plain = {
        "__eq__": lambda self, other: self,
        "__ne__": lambda self, other: self,
        "__bool__": lambda self: True,
        "__len__": lambda self: 1,
        "__iter__": lambda self: iter((1,)),
        "__contains__": lambda self, item: True,
        "__getitem__": lambda self, key: self,
        "__setitem__": lambda self, key, value: None,
        "__call__": lambda self, *a: a[0] if a and callable(a[0]) else self,
        "__getattr__": lambda self, name: self,
        "__instancecheck__": lambda self, other: True,
        "__subclasscheck__": lambda self, other: True,
        "__enter__": lambda self: self,
        "__exit__": lambda self, *a: None,
        "__iadd__": lambda self, other: self,
        "__repr__": lambda self: "hostile",
        "__index__": lambda self: 1,
    }
    return plain.get(name) or (lambda self, *a: getattr(object, name)(self, *a))


NAMES = (
    "__eq__ __ne__ __hash__ __bool__ __len__ __iter__ __contains__ __getitem__ __setitem__ __call__ "
    "__getattribute__ __getattr__ __setattr__ __delattr__ __repr__ __str__ __dir__ __format__ "
    "__enter__ __exit__ __iadd__ __index__ __reduce_ex__ __sizeof__"
)
Hostile = type("Hostile", (), {name: refuse(name) for name in NAMES.split()})
Hostile.__module__ = "foreign"
REFUSED_BY_CLASSES = (
    "__eq__ __hash__ __bool__ __len__ __iter__ __contains__ __getitem__ "
    "__instancecheck__ __subclasscheck__ __repr__ __dir__"
)
Meta = type("Meta", (type,), {name: refuse(name) for name in REFUSED_BY_CLASSES.split()})
HostileClass = Meta("HostileClass", (), {"__module__": "foreign"})


class HostileModule(ModuleType):
    """As `torch.classes`, or a module that imports its parts when they are asked for."""

    def __getattribute__(self, name):
        caller = sys._getframe(1).f_code
        if caller.co_filename.startswith(ENGINE):
            ASKED.append(f"module.{name} by {caller.co_qualname}")
        return super().__getattribute__(name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return refuse("__call__")


@pytest.fixture
def asked(monkeypatch):
    foreign = HostileModule("foreign")
    foreign.__dict__.update(
        H=Hostile(), C=HostileClass, Hostile=Hostile, hostile=lambda *a: Hostile(), REGISTRY=[Hostile()], ITEMS={"h": Hostile()}
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, "foreign", foreign)
    ASKED.clear()
    yield ASKED
    ASKED.clear()


# Each with what is edited in it.
STATEMENTS = {
    "a value": ("X = hostile(1)\n", "(1)", "(2)"),
    "a value that becomes plain": ("X = H\n", "X = H", "X = 1"),
    "an attribute of it": ("X = H.a\nY = X\n", "H.a", "H.b"),
    "an item of it": ("X = H[1]\nY = [X]\n", "[1]", "[2]"),
    "an item that is set": ("H['k'] = 1\n", "= 1", "= 2"),
    "an attribute that is set": ("H.k = 1\n", "= 1", "= 2"),
    "a comparison": ("X = H == 1\nY = X\n", "== 1", "== 2"),
    "a list of it": ("X = [H, 1]\nY = [*X]\n", "H, 1", "H, 2"),
    "a tuple of it": ("X = (H, 1)\nY = (X, 1)\n", "H, 1", "H, 2"),
    "a dict of it": ("X = {'a': H, 'b': 1}\nY = X\n", "'b': 1", "'b': 2"),
    "a set": ("X = {1, 2}\nX.add(3)\n", "1, 2", "1, 5"),
    "two names of it": ("X = Y = H\nZ = 1\n", "Z = 1", "Z = X"),
    "unpacked": ("X, *Y = H, H, 1\n", "H, 1", "H, 2"),
    "a loop": ("for x in H:\n    X = x\n", "X = x", "X = x, 1"),
    "a branch": ("if H:\n    X = 1\n", "X = 1", "X = 2"),
    "a with statement": ("with H as h:\n    X = h\n", "X = h", "X = h, h"),
    "an augmented assignment": ("X = H\nX += 1\n", "+= 1", "+= 2"),
    "a walrus": ("print((X := H) is None, end='')\n", "is None", "is True"),
    "a call at the top": ("H(1)\n", "(1)", "(2)"),
    "a method that is called": ("H.register(len)\n", "len", "abs"),
    "a function that is registered": ("def f(): pass\nH.register(f)\n", "(f)", "(f, 1)"),
    "a registration that goes": ("def f(): pass\nH.register(f)\n", "H.register(f)\n", ""),
    "a decorator": ("@H.route\ndef f(): return 1\n", "def f()", "def f(a=1)"),
    "a decorator with an argument": ("@H('/x')\ndef f(): return 1\n", "/x", "/y"),
    "a decorator that makes one of it": ("@hostile\ndef f(): return 1\nX = [f]\n", "def f()", "def f(a=1)"),
    "a decorated body": ("@hostile\ndef f(): return 1\nX = [f]\n", "return 1", "return 2"),
    "a class that is decorated": ("@H.route\nclass K:\n    x = 1\n", "x = 1", "x = 2"),
    "a list that has one": ("REGISTRY.append(len)\n", "len", "abs"),
    "a list that has one, and gets functions": ("def f(): pass\nREGISTRY.append(f)\n", "(f)", "((f, 1))"),
    "a list of it that gets more": ("X = [H]\nX.append(1)\nY = [H]\n", "(1)", "(2)"),
    "a dict that has one": ("def f(): pass\nITEMS['f'] = f\n", "['f']", "['g']"),
    "a registry of its own that holds one": ("R = {}\nR['h'] = H\nR['x'] = 1\n", "R['x'] = 1", "R['x'] = 2"),
    "an entry of it that goes": ("R = {}\nR['h'] = H\nR['x'] = 1\n", "R['h'] = H\n", ""),
    "a default": ("def f(a=H, *, b=H): return 1\n", "return 1", "return 2"),
    "a default in a new header": ("def f(a=H, *, b=H): return 1\n", "*, b", "c=0, *, b"),
    "a closure": ("def make(h):\n    def f(): return h, 1\n    return f\nX = make(H)\n", "h, 1", "h, 2"),
    "an attribute of a function": ("def f(): return 1\nf.h = H\n", "f()", "f(a=1)"),
    "a member": ("class K:\n    h = H\n    x = 1\n", "x = 1", "x = 2"),
    "a member that is edited": ("class K:\n    h = H\n    x = 1\n", "h = H", "h = [H]"),
    "a descriptor": ("class K:\n    h = hostile(1)\n    x = 1\n", "(1)", "(2)"),
    "a base": ("class B: h = H\nclass K(B):\n    x = 1\nk = K()\n", "x = 1", "y = 1"),
    "a base whose class refuses": ("class K(C):\n    x = 1\nk = K()\n", "x = 1", "x = 2"),
    "a new base": ("class B(C): pass\nclass D(C): pass\nclass K(B):\n    x = 1\nk = K()\n", "K(B)", "K(D)"),
    "a layout": ("class K(C):\n    __slots__ = ('a',)\nk = K()\nk.a = H\n", "('a',)", "('a', 'b')"),
    "an instance": ("class K: pass\nk = K()\nk.h = H\n", "class K: pass", "class K: x = 1"),
    "an object of it whose class is edited": ("class K(Hostile):\n    x = 1\nk = K()\nX = [k]\n", "x = 1", "x = 2; y = 1"),
    "an object of it whose class gets a method": ("class K(Hostile):\n    def m(self): return 1\nk = K()\nX = [k, k.m]\n", "def m(self)", "def m(self, a=1)"),
    "a data class": ("import dataclasses\n@dataclasses.dataclass(eq=False, repr=False)\nclass K:\n    a: int = 1\nk = K(H)\n", "= 1", "= 1\n    b: int = 2"),
    "an annotation": ("def f(a: H) -> H: return 1\nx: H = 1\n", "return 1", "return 2"),
    "a class as a value": ("X = [C, Hostile]\nY = isinstance(1, C)\n", "[C, H", "[H, C, H"),
    "a class that is passed on": ("X = H(C)\n", "(C)", "(Hostile)"),
    "a module's attribute": ("X = foreign.anything\n", "anything", "something"),
    "a module's function": ("X = foreign.compute(1)\n", "(1)", "(2)"),
    "a module's decorator": ("@foreign.task\ndef f(*a): return 1\n", "return 1", "return 2"),
    "a module's decorator and a header": ("@foreign.task\ndef f(*a): return 1\n", "f(*a)", "f(*a, b=1)"),
    "a module's registry": ("def f(): pass\nforeign.REGISTRY.append(f)\n", "(f)", "([f])"),
    "a module's attribute that is set": ("foreign.value = 1\n", "= 1", "= 2"),
    "an import of it": ("from foreign import H as Q\nX = Q\n", "H as Q", "C as Q"),
    "a star of it": ("from foreign import *\nX = 1\n", "X = 1", "X = H"),
    "what is remembered": ("import heatsync\nX = heatsync.remember(lambda: H)\nY = 1\n", "Y = 1", "Y = X"),
    "a clean-up": ("import heatsync\nheatsync.on_dispose(lambda h=H: h.close())\nX = 1\n", "h.close", "h.end"),
    "a function that goes": ("def f(h=H): return 1\nX = [f]\n", "def f(h=H): return 1\nX = [f]", "X = [1]"),
    "a del": ("X = H\nY = H\n", "Y = H\n", "del X\n"),
    "a match": ("match 1:\n    case int():\n        X = H\n", "X = H", "X = (H,)"),
    "an enum": ("import enum\nclass E(enum.Enum):\n    A = 1\n    @property\n    def h(self): return H\n", "A = 1", "A = 1\n    B = 2"),
}  # fmt: skip
HEAD = "import foreign\nfrom foreign import C, H, Hostile, ITEMS, REGISTRY, hostile\n"


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_statement_with_values_that_refuse_everything(project, asked, kind):
    text, before, after = STATEMENTS[kind]
    project.write({"lib.py": HEAD + text, "app.py": "from lib import *\nimport lib\n"})
    project.load("app")
    asked.clear()
    project.write({"lib.py": HEAD + text.replace(before, after)})
    assert text.replace(before, after) != text
    project.refresh()
    assert asked == []
    project.write({"lib.py": HEAD + text})  # and back
    project.refresh()
    assert asked == []
    project.write({"lib.py": HEAD + text.replace(before, after) + "\n1 / 0\n"})
    assert isinstance(project.fail(), ZeroDivisionError)

    assert asked == []
    assert project.sync.history[-1].notes == ()
    assert str(project.sync.history[-1])
