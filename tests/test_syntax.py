"""Awkward syntax: after an edit exactly these steps, and the values that a fresh import has."""

from __future__ import annotations

import re
import sys
from types import ModuleType

import pytest

PLAIN = (int, str, tuple, list, dict, set)


def values(namespace):
    """The values of plain types, and those in classes."""
    found = {}
    for name, value in namespace.items():
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            value = values(vars(value))
        if type(value) in PLAIN:
            found[name] = re.sub("0x[0-9a-f]+", "", str(value))
    return found


def fresh(name, text):
    """What executing a text gives, with the modules that are in `sys.modules`."""
    module = ModuleType(name)
    exec(compile(text, f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module


def check(project, trace, monkeypatch):
    """Applies an edit: the trace is this, and the values are those of a fresh import."""
    assert project.refresh() == trace
    live = {name: sys.modules[name] for name in ("lib", "app") if name in sys.modules}
    with monkeypatch.context() as patch:
        expected = {}
        for name in live:
            expected[name] = fresh(name, project.read(f"{name}.py"))
            patch.setitem(sys.modules, name, expected[name])
    for name, module in live.items():
        assert values(vars(module)) == values(vars(expected[name]))


ROWS = [
    ("two loops", "out=[]\nfor i in [1,2]: out.append(i)\nout2=[]\nfor i in [3,4]: out2.append(i)\n", "[3,4]", "[3,5]", ["rerun app.out2", "run app.i"]),
    ("two loops first", "out=[]\nfor i in [1,2]: out.append(i)\nout2=[]\nfor i in [3,4]: out2.append(i)\n", "[1,2]", "[1,5]", ["rerun app.out", "run app.i", "rerun app.out2", "rerun app.i"]),
    ("two loops no list", "S=0\nfor i in [1,2]: A=i\nfor i in [3,4]: B=i\n", "[3,4]", "[3,5]", ["run app.i, B"]),
    ("walrus", "X = (n := 5) + 1\nY = n\n", "n := 5", "n := 6", ["run app.X, n", "rerun app.Y"]),
    ("walrus comp", "X = [y := i*2 for i in [1,2]]\nZ = y\n", "i*2", "i*3", ["run app.X, y", "rerun app.Z"]),
    ("walrus lambda", "f = lambda: (q := 5)\nZ = f()\n", "q := 5", "q := 6", ["patch app.f", "rerun app.Z"]),
    ("match", "V = [1,2,3]\nmatch V:\n    case [a,*rest]: W = a\n    case _: W = None\nT = rest\n", "[1,2,3]", "[4,5]", ["run app.V", "rerun app.a, rest, W", "rerun app.T"]),
    ("match mapping", "V = {'k':1,'z':2}\nmatch V:\n    case {'k':a, **rest}: W = a\n    case _: W = None\nT = (a, rest)\n", "'k':1", "'k':9", ["run app.V", "rerun app.rest, a, W", "rerun app.T"]),
    ("star target", "a, *b = [1,2,3]\nX = b\n", "[1,2,3]", "[1,2,4]", ["run app.a, b"]),
    ("except as", "E = ValueError\ntry:\n    raise E('x')\nexcept ValueError as e:\n    M = str(e)\n", "'x'", "'y'", ["run app.M"]),
    ("except as then e", "e = 1\ntry:\n    raise ValueError('x')\nexcept ValueError as e2:\n    M = str(e2)\nZ = e\n", "'x'", "'y'", ["run app.M"]),
    ("except class var", "X = 1\ntry:\n    X = int('z')\nexcept ValueError:\n    X = 2\nY = X\n", "'z'", "'7'", ["run app.X", "rerun app.Y"]),
    ("with as", "import contextlib\nN = 3\nwith contextlib.nullcontext(N) as v:\n    W = v + 1\nZ = W\n", "N = 3", "N = 4", ["run app.N", "rerun app.v, W", "rerun app.Z"]),
    ("for else", "N = 3\nfor i in range(N):\n    if i == 5: break\nelse:\n    Z = i\nQ = Z\n", "N = 3", "N = 4", ["run app.N", "rerun app.i, Z", "rerun app.Q"]),
    ("del", "T = 1\nX = T\ndel T\n", "T = 1", "T = 2", ["run app.T", "rerun app.X", "rerun app.T"]),
    ("del tuple", "T = 1; U = 2\nX = T + U\ndel T, U\n", "U = 2", "U = 3", ["run app.U", "rerun app.T", "rerun app.X", "rerun app.T, U"]),
    ("global in class", "class C:\n    global g\n    g = 1\n    x = 2\nY = g\n", "g = 1", "g = 5", ["run app.C, g", "rerun app.Y"]),
    ("global in class x", "class C:\n    global g\n    g = 1\n    x = 2\nY = g\n", "x = 2", "x = 5", ["run app.C.x"]),
    ("global in class dropped", "class C:\n    global g\n    g = 1\n    x = 2\n", "    global g\n    g = 1\n", "", ["drop app.g"]),
    ("global in method", "class C:\n    def m(self):\n        global g\n        g = 1\nC().m()\nY = g\n", "g = 1", "g = 5", ["patch app.C.m", "rerun app:5", "rerun app.Y"]),
    ("global in function", "def f():\n    global g\n    g = 1\nf()\nY = g\n", "g = 1", "g = 5", ["patch app.f", "rerun app:4", "rerun app.Y"]),
    ("global def in function", "def f():\n    global g\n    def g(): return 1\nf()\nY = g()\n", "return 1", "return 5", ["patch app.f", "rerun app:4", "rerun app.Y"]),
    ("global class in function", "def f():\n    global G\n    class G: x = 1\nf()\nY = G.x\n", "x = 1", "x = 5", ["patch app.f", "rerun app:4", "rerun app.Y"]),
    ("augmented", "N = 1\nN += 2\nY = N\n", "+= 2", "+= 3", ["rerun app.N", "run app.N", "rerun app.Y"]),
    ("augmented base", "N = 1\nN += 2\nY = N\n", "N = 1", "N = 3", ["run app.N", "rerun app.N", "rerun app.Y"]),
    ("augmented str", "N = 'a'\nN += 'b'\nN += 'c'\nY = N\n", "'b'", "'bb'", ["rerun app.N", "run app.N", "rerun app.N", "rerun app.Y"]),
    ("chained", "a = b = [1]\nX = b\n", "[1]", "[2]", ["run app.a, b"]),
    ("chained sub", "d = {}\na = d['k'] = 1\nX = sorted(d.items())\n", "= 1", "= 2", ["rerun app.d", "run app.a", "rerun app.X"]),
    ("annotated", "x: int = 1\ny: str\nX = x\n", "= 1", "= 2", ["run app.x", "rerun app.X"]),
    ("annotated change", "x: int = 1\ny: str\n", "x: int", "x: float", ["run app.x"]),
    ("conditional def", "F = True\nif F:\n    def f(): return 1\nelse:\n    def f(): return 2\nX = f()\n", "F = True", "F = False", ["run app.F", "rerun app.f", "rerun app.X"]),
    ("conditional body", "F = True\nif F:\n    def f(): return 1\nelse:\n    def f(): return 2\nX = f()\n", "return 1", "return 9", ["rerun app.f", "rerun app.X"]),
    ("try def", "try:\n    import nothere\nexcept ImportError:\n    def f(): return 1\nX = f()\n", "return 1", "return 9", ["patch app.nothere, f", "rerun app.X"]),
    ("with def", "import contextlib\nwith contextlib.suppress(KeyError):\n    def f(): return 1\nX = f()\n", "return 1", "return 9", ["patch app.f", "rerun app.X"]),
    ("class scope", "x = 'g'\nclass C:\n    x = 'c'\n    y = x\n    z = [x for _ in '1']\n    def m(self): return x\nX = C().m()\n", "x = 'g'", "x = 'h'", ["run app.x", "rerun app.C.z", "rerun app.X"]),
    ("class scope c", "x = 'g'\nclass C:\n    x = 'c'\n    y = x\n    z = [x for _ in '1']\n    def m(self): return x\nX = C().m()\n", "x = 'c'", "x = 'd'", ["run app.C.x", "rerun app.C.y", "rerun app.X"]),
    ("class comp first iter", "x = [1]\nclass C:\n    x = [2]\n    z = [i for i in x]\n", "[2]", "[3]", ["run app.C.x", "rerun app.C.z"]),
    ("mangling", "class C:\n    __x = 1\n    y = __x\n    def m(self): return self.__x\nX = C().m()\n", "__x = 1", "__x = 2", ["run app.C.__x", "rerun app.C.y", "rerun app.X"]),
    ("mangling global", "_C__g = 1\nclass C:\n    def m(self): return __g\nX = C().m()\n", "g = 1", "g = 2", ["run app._C__g", "rerun app.X"]),
    ("mangling attr", "class C:\n    __x = 1\nclass D:\n    y = C._C__x\n", "x = 1", "x = 2", ["run app.C.__x", "rerun app.D.y"]),
    ("comp scope", "i = 5\nX = [i for i in range(2)]\nY = i\n", "i = 5", "i = 6", ["run app.i", "rerun app.Y"]),
    ("comp nested", "k = 5\nX = [i+k for i in range(2) for j in range(k)]\n", "k = 5", "k = 2", ["run app.k", "rerun app.X"]),
    ("attr set dict", "class C: pass\nC.a, C.b = 1, 2\nX = C.b\nY = [C]\n", "1, 2", "1, 3", ["run app:2", "rerun app.X"]),
    ("attr with", "import contextlib\nclass C: pass\nwith contextlib.nullcontext(1) as C.a: pass\nX = C.a\n", "text(1)", "text(2)", ["run app:3", "rerun app.X"]),
    ("attr for", "class C: pass\nfor C.a in [1]: pass\nX = C.a\n", "[1]", "[2]", ["run app:2", "rerun app.X"]),
    ("global augmented in function", "g = 1\ndef f():\n    global g\n    g += 1\nf()\nY = g\n", "g = 1", "g = 5", ["run app.g", "rerun app:5", "rerun app.Y"]),
    ("global equal", "def f():\n    global g\n    g = 1\n    h = 1\nf()\nY = g\n", "h = 1", "h = 5", ["patch app.f", "rerun app:5"]),
    ("global list", "def f():\n    global g\n    g = [1]\nf()\nY = len(g)\nheld = [g]\n", "[1]", "[1, 2]", ["patch app.f", "rerun app:4", "rerun app.Y"]),
    ("global through another", "def f():\n    global g\n    g = 1\ndef h(): f()\nh()\nY = g\n", "g = 1", "g = 5", ["patch app.f", "rerun app:5", "rerun app.Y"]),
    ("union cls", "class B: x=1\nA = B | None\nX = [A]\n", "x=1", "x=2", ["run app.B.x"]),
    ("index cls", "class B: x=1\nA = list[B]\nD = {B: 1}\nX = D[B]\n", "x=1", "x=2", ["run app.B.x", "rerun app.X"]),
    ("anno rebound", "T = int\ndef f(a: T): pass\nclass C:\n    x: T\nY: T = 1\n", "= int", "= str", ["run app.T", "rerun app.f", "rerun app:4", "rerun app.Y"]),
    ("type checking else", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nowhere\nelse:\n    N = 1\nX = N\n", "N = 1", "N = 2", ["run app.N", "rerun app.X"]),
    ("not type checking", "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    N = 1\nelse:\n    N = 3\nX = N\n", "N = 1", "N = 2", ["run app.N", "rerun app.X"]),
    ("transitive", "def f(): return 1\ndef g(): return f()\nY = g()\nZ = [g]\n", "return 1", "return 2", ["patch app.f", "rerun app.Y"]),
    ("method trans", "def f(): return 1\nclass C:\n    def m(self): return f()\nY = C().m()\n", "return 1", "return 2", ["patch app.f", "rerun app.Y"]),
    ("instance method", "def f(): return 1\nclass C:\n    def m(self): return f()\nc = C()\nY = c.m()\n", "return 1", "return 2", ["patch app.f", "rerun app.Y"]),
    ("default", "N = 1\ndef f(a=N): return a\nX = f()\n", "N = 1", "N = 2", ["run app.N", "rerun app.f", "rerun app.X"]),
    ("default kw", "N = 1\ndef f(*, a=N): return a\nX = f()\n", "N = 1", "N = 2", ["run app.N", "rerun app.f", "rerun app.X"]),
    ("default method", "N = 1\nclass C:\n    def f(self, a=N): return a\nX = C().f()\n", "N = 1", "N = 2", ["run app.N", "rerun app.C.f", "rerun app.X"]),
    ("class attr", "N = 1\nclass C:\n    x = N\nX = C.x\n", "N = 1", "N = 2", ["run app.N", "rerun app.C.x", "rerun app.X"]),
    ("base", "class A:\n    x = 1\nclass B(A): pass\nX = B.x\n", "x = 1", "x = 2", ["run app.A.x", "rerun app.X"]),
    ("base2", "class A:\n    x = 1\nclass B(A): pass\nclass D(B): pass\nX = D.x\nY = D().x\n", "x = 1", "x = 2", ["run app.A.x", "rerun app.X", "rerun app.Y"]),
    ("base rebound", "A = object\nclass X1: v = 1\nclass B(A): pass\nX = B.__bases__[0].__name__\n", "A = object\nclass X1: v = 1", "class X1: v = 1\nA = X1", ["run app.A", "rerun app.B", "rerun app.X"]),
    ("dict entry", "N = 1\nD = {'a': N}\nX = D['a']\n", "N = 1", "N = 2", ["run app.N", "rerun app.D", "rerun app.X"]),
    ("dict fn", "def f(): return 1\nD = {'a': f}\nX = D['a']()\n", "return 1", "return 2", ["patch app.f", "rerun app.X"]),
    ("deco body", "import functools\ndef d(f):\n    @functools.wraps(f)\n    def w(): return ('d', f())\n    return w\n@d\ndef g(): return 1\nheld = [g]\nX = held[0]()\n", "'d',", "'e',", ["patch app.d", "rerun app.g", "rerun app.X"]),
    ("deco default", "import functools\ndef d(f, k=1):\n    @functools.wraps(f)\n    def w(): return (k, f())\n    return w\n@d\ndef g(): return 1\nheld = [g]\nX = held[0]()\n", "k=1", "k=2", ["run app.d", "rerun app.g", "rerun app.X"]),
    ("deco factory", "def d(n):\n    def deco(f):\n        def w(): return (n, f())\n        return w\n    return deco\nN = 1\n@d(N)\ndef g(): return 1\nX = g()\n", "N = 1", "N = 2", ["run app.N", "rerun app.g", "rerun app.X"]),
    ("sorted lambda K", "K = 1\nX = sorted([1,2,3], key=lambda v: v*K)\n", "K = 1", "K = -1", ["run app.K", "rerun app.X"]),
    ("sorted lambda body", "X = sorted([1,2,3], key=lambda v: v)\n", "lambda v: v", "lambda v: -v", ["rerun app.X"]),
    ("map f", "def f(v): return v\nX = list(map(f, [1]))\n", "return v", "return v+1", ["patch app.f", "rerun app.X"]),
    ("iife", "K = 1\nX = (lambda: K)()\n", "K = 1", "K = 2", ["run app.K", "rerun app.X"]),
    ("iife body", "X = (lambda: 1)()\n", "lambda: 1", "lambda: 2", ["rerun app.X"]),
    ("comp calls", "def f(v): return v\nX = [f(i) for i in [1]]\n", "return v", "return v+1", ["patch app.f", "rerun app.X"]),
    ("gen def", "def g():\n    yield 1\nX = list(g())\n", "yield 1", "yield 2", ["patch app.g", "rerun app.X"]),
    ("prop", "class C:\n    @property\n    def p(self): return 1\nX = C().p\n", "return 1", "return 2", ["patch app.C.p", "rerun app.X"]),
    ("alias class", "class A:\n    def m(self): return 1\nK = A\na = K()\nY = [a]\n", "return 1", "return 2", ["patch app.A.m"]),
    ("partial", "import functools\ndef f(a): return a\nP = functools.partial(f, 1)\nX = P()\n", "return a", "return a+1", ["patch app.f", "rerun app.X"]),
    ("equal ends", "N = 1\nM = N * 0\nX = [M]\n", "N = 1", "N = 2", ["run app.N", "rerun app.M"]),
    ("attr set", "class C: pass\nC.x = 1\nX = C.x\n", "C.x = 1", "C.x = 2", ["run app:2", "rerun app.X"]),
    ("setattr", "class C: pass\nsetattr(C, 'x', 1)\nX = C.x\n", "'x', 1", "'x', 2", ["run app:2", "rerun app.X"]),
    ("dict items", "D = {}\nD['a'] = 1\nX = sorted(D.items())\nY = D.get('a')\nZ=D.copy()\n", "= 1", "= 2", ["run app:2", "rerun app.X", "rerun app.Y", "rerun app.Z"]),
    ("unpack display", "def f(): return 1\nclass B: x = 1\na, b = f, B\nX = [a]\n", "x = 1", "x = 2", ["run app.B.x"]),
    ("is", "def f(): return 1\nX = f is None\n", "def f()", "def f(a=1)", ["run app.f"]),
    ("for over class attr", "class C:\n    n = 2\nfor i in range(C.n): pass\nX = i\n", "n = 2", "n = 3", ["run app.C.n", "rerun app.i", "rerun app.X"]),
    ("while", "n = 3\nt = 0\nwhile n:\n    t += n\n    n -= 1\nX = t\n", "n = 3", "n = 4", ["run app.n", "rerun app.t", "rerun app.t, n", "rerun app.X"]),
    ("while t", "n = 3\nt = 0\nwhile n:\n    t += n\n    n -= 1\nX = t\n", "t += n", "t += n*2", ["rerun app.n", "rerun app.t", "run app.t, n", "rerun app.X"]),
    ("assert", "N = 1\nassert N, 'x'\n", "N = 1", "N = 2", ["run app.N", "rerun app:2"]),
    ("nested class", "class O:\n    class I:\n        x = 1\n    y = I.x\nX = O.I.x\n", "x = 1", "x = 2", ["run app.O.I.x", "rerun app.O.y", "rerun app.X"]),
    ("kwdefault cls", "class C:\n    n = 1\n    def f(self, a=n): return a\nX = C().f()\n", "n = 1", "n = 2", ["run app.C.n", "rerun app.C.f", "rerun app.X"]),
    ("semicolons", "a = 1; b = a\nc = b\n", "a = 1", "a = 2", ["run app.a", "rerun app.b", "rerun app.c"]),
    ("decorated cls", "def d(c):\n    c.tag = c.x\n    return c\n@d\nclass C: x = 1\nX = C.tag\n", "x = 1", "x = 2", ["run app.C", "rerun app.X"]),
    ("init_subclass", "class B:\n    def __init_subclass__(cls, k=0): cls.k = k\nN = 1\nclass C(B, k=N): pass\nX = C.k\n", "N = 1", "N = 2", ["run app.N", "rerun app.C", "rerun app.X"]),
    ("fstring", "N = 1\nX = f'{N!r:>{N}}'\n", "N = 1", "N = 2", ["run app.N", "rerun app.X"]),
    ("exc group", "try:\n    raise ExceptionGroup('g', [ValueError(1)])\nexcept* ValueError as e:\n    M = len(e.exceptions)\n", "[ValueError(1)]", "[ValueError(1), ValueError(2)]", ["run app.M"]),
    ("members of a dataclass", "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int = 1\n    b: int = a + 1\n    c: int = 0\nX = P().b\n", "a: int = 1", "a: int = 5", ["run app.P", "rerun app.X"]),
    ("class list extended", "class C:\n    L = [1]\n    L.append(2)\n    L += [4]\nX = len(C.L)\n", "append(2)", "append(3)", ["rerun app.C.L", "run app:3", "rerun app.C.L", "rerun app.X"]),
    ("class list extended no more", "class C:\n    L = [1]\n    L.append(2)\n    L += [4]\nX = C.L\n", "    L.append(2)\n", "", ["rerun app.C.L", "rerun app.C.L"]),
    ("class del", "class C:\n    t = 1\n    n = t + 1\n    del t\nX = C.n\n", "t = 1", "t = 5", ["run app.C", "rerun app.X"]),
    ("class reads a global of the same name", "m = 'g'\nclass C:\n    m = 'c'\nX = C.m\n", "    m = 'c'", "    m = m", ["run app.C.m", "rerun app.X"]),
    ("class locals", "class C:\n    for n in 'ab':\n        locals()[n] = n * 2\nX = C.a\n", "n * 2", "n * 3", ["run app.C.n", "rerun app.X"]),
    ("class if", "F = True\nclass C:\n    if F:\n        def m(self): return 1\n    else:\n        def m(self): return 2\nX = C().m()\n", "F = True", "F = False", ["run app.F", "rerun app.C.m", "rerun app.X"]),
    ("decorated with an attribute of a function", "from functools import singledispatch\n@singledispatch\ndef show(x): return 'object'\n@show.register\ndef _(x: int): return 'int'\n@show.register\ndef _(x: str): return 'str'\nX = show(1)\nY = show(None)\n", "'object'", "'anything'", ["patch app.show", "rerun app.X", "rerun app.Y"]),
    ("attribute of a class set no more", "class C: pass\nC.x = 1\nX = hasattr(C, 'x')\n", "C.x = 1\n", "", ["drop app.C.x", "rerun app.X"]),
    ("attribute of a class over a member set no more", "class C:\n    x = 1\nC.x = 2\nX = C.x\n", "C.x = 2\n", "", ["rerun app.C.x", "rerun app.X"]),
    ("attribute of a class renamed", "class C: pass\nC.x = 1\nX = hasattr(C, 'x')\n", "C.x = 1\n", "C.y = 1\n", ["drop app.C.x", "run app:2", "rerun app.X"]),
    ("attribute of a class set twice", "class C: pass\nC.x = 1\nC.x = 2\nX = C.x\n", "C.x = 2\n", "", ["rerun app:2", "rerun app.X"]),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_an_edit_of_one_file(project, monkeypatch, row):
    _, text, old, new, trace = row
    project.write({"app.py": text})
    project.load("app")
    project.edit("app.py", old, new)

    check(project, trace, monkeypatch)


NEWER = [
    ("typeparams", "class B: x=1\ndef f[T: B](v: T) -> T: return v\nX = f(1)\n", "x=1", "x=2", ["run app.B.x"]),
    ("type stmt", "B = int\ntype A = list[B]\nX = A.__value__.__args__[0].__name__\n", "= int", "= str", ["run app.B", "rerun app.A", "rerun app.X"]),
    ("type stmt cls", "class B: x=1\ntype A[T] = list[T] | B\nX = A\n", "x=1", "x=2", ["run app.B.x"]),
]  # fmt: skip


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
@pytest.mark.parametrize("row", NEWER, ids=[row[0] for row in NEWER])
def test_an_edit_of_what_types_name(project, monkeypatch, row):
    test_an_edit_of_one_file(project, monkeypatch, row)


ACROSS = [
    ("global import", "V = 1\n", "def f():\n    global g\n    from lib import V as g\nf()\nY = g\n", "V = 1", "V = 5", ["run lib.V", "rerun app:4", "rerun app.Y"]),
    ("star", "a = 1\nb = 2\n", "from lib import *\nX = a\n", "a = 1", "a = 2", ["run lib.a", "rerun app:1", "rerun app.X"]),
    ("star new name", "a = 1\nb = 2\n", "from lib import *\n", "b = 2", "b = 2\nc = 3", ["run lib.c", "rerun app:1"]),
    ("star gone", "a = 1\nb = 2\n", "from lib import *\n", "b = 2\n", "", ["drop lib.b", "drop app.b"]),
    ("star __all__ add", "__all__ = ['a']\na = 1\nb = 2\n", "from lib import *\n", "['a']", "['a', 'b']", ["run lib.__all__", "rerun app:1"]),
    ("star __all__ del", "__all__ = ['a', 'b']\na = 1\nb = 2\n", "from lib import *\n", "['a', 'b']", "['a']", ["run lib.__all__", "drop app.b", "rerun app:1"]),
    ("star __all__ gone", "__all__ = ['a']\na = 1\nb = 2\n", "from lib import *\n", "__all__ = ['a']\n", "", ["drop lib.__all__", "rerun app:1"]),
    ("star __all__ comes", "a = 1\nb = 2\n", "from lib import *\n", "a = 1", "__all__ = ['a']\na = 1", ["run lib.__all__", "drop app.b", "rerun app:1"]),
    ("star __all__ +=", "__all__ = ['a']\na = 1\nb = 2\nc=3\n__all__ += ['b']\n", "from lib import *\n", "+= ['b']", "+= ['c']", ["rerun lib.__all__", "run lib.__all__", "drop app.b", "rerun app:1"]),
    ("star __all__ computed", "__all__ = [n.strip('_') for n in ['a_','b_']]\na = 1\nb = 2\nc=3\n", "from lib import *\nX = 1\n", "'b_", "'c_", ["run lib.__all__", "drop app.b", "rerun app:1"]),
    ("star __all__ computed", "__all__ = [n.strip('_') for n in ['a_','b_']]\na = 1\nb = 2\nc=3\n", "from lib import *\nX = a\n", "a = 1", "a = 5", ["run lib.a", "rerun app:1", "rerun app.X"]),
    ("star narrowed", "a = 1\nb = 2\n", "from lib import *\nX = 1\n", "import *", "import a", ["drop app.b", "run app.a"]),
    ("getattr", "def __getattr__(n):\n    if n.startswith('__'): raise AttributeError(n)\n    return n + 'v'\n", "from lib import lazy\nimport lib\nX = lib.other\n", "'v'", "'w'", ["patch lib.__getattr__", "rerun app.lazy", "rerun app.X"]),
    ("getattr late", "def __getattr__(n):\n    if n.startswith('__'): raise AttributeError(n)\n    return n + 'v'\n", "import lib\ndef f(): return lib.other\nX = f()\n", "'v'", "'w'", ["patch lib.__getattr__", "rerun app.X"]),
    ("cond import", "V = 1\n", "try:\n    from lib import V\nexcept ImportError:\n    V = None\nX = V\n", "V = 1", "V = 2", ["run lib.V", "rerun app.V", "rerun app.X"]),
    ("import_module", "V = 1\n", "import importlib\nm = importlib.import_module('lib')\nX = m.V\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("import_module attr", "V = 1\n", "import importlib\nX = importlib.import_module('lib').V\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("import_module from", "def f(): return 1\n", "from importlib import import_module\nX = import_module('lib').f()\n", "return 1", "return 2", ["patch lib.f", "rerun app.X"]),
    ("__import__", "V = 1\n", "X = __import__('lib').V\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("import_module in func", "V = 1\n", "import importlib\ndef f(): return importlib.import_module('lib').V\nX = f()\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("import_module local", "V = 1\n", "import importlib\ndef f():\n    m = importlib.import_module('lib')\n    return m.V\nX = f()\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("local import attr", "V = 1\n", "def f():\n    import lib\n    return lib.V\nX = f()\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("local import as", "V = 1\n", "def f():\n    import lib as l\n    return l.V\nX = f()\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("local import call", "def g(): return 1\n", "def f():\n    import lib as l\n    return l.g()\nX = f()\n", "return 1", "return 2", ["patch lib.g", "rerun app.X"]),
    ("getattr literal", "V = 1\n", "import lib\nX = getattr(lib, 'V')\n", "V = 1", "V = 2", ["run lib.V", "rerun app.X"]),
    ("transitive x", "def f(): return 1\ndef g(): return f()\n", "from lib import g\nY = g()\n", "return 1", "return 2", ["patch lib.f", "rerun app.Y"]),
    ("held only", "K=[]\ndef keep(x): K.append(x)\n", "def f(): return 1\nL = [f]\nD = {'f': f}\nT = (f,)\nimport lib\nlib.keep(f)\n", "return 1", "return 2", ["patch app.f"]),
    ("attr on module", "V = 1\n", "import lib\nlib.V = 5\nX = lib.V\n", "= 5", "= 6", ["run app:2", "rerun app.X"]),
    ("attribute of a module set no more", "V = 1\n", "import lib\nlib.V = 5\nX = lib.V\n", "lib.V = 5\n", "", ["rerun lib.V", "rerun app.X"]),
]  # fmt: skip


@pytest.mark.parametrize("row", ACROSS, ids=[row[0] for row in ACROSS])
def test_an_edit_across_files(project, monkeypatch, row):
    _, lib, app, old, new, trace = row
    project.write({"lib.py": lib, "app.py": app})
    project.load("app")
    (edited,) = (name for name, text in (("lib.py", lib), ("app.py", app)) if old in text)
    project.edit(edited, old, new)

    check(project, trace, monkeypatch)
