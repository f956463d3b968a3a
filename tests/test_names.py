"""Names: what a statement binds, reads now, reads late, works with and imports, by its syntax."""

from __future__ import annotations

import ast
import sys

import pytest

from heatsync._engine.texts.names import How, Import, bound_by
from heatsync._engine.texts.reading import names_of


def names(text, lazy=False, owner="", handed_on=False):
    (node,) = ast.parse(text).body
    return names_of(node, lazy, owner, handed_on)


def uses(found):
    """Reads as short words: "a.b call"; "lib:N hold" begins in another module than its own."""
    return sorted(
        f"{use.module.module + ':' if use.module else ''}{'.'.join(use.path)} {use.how.name.lower()}"
        for use in found
    )


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("x = 1", ["x"]),
        ("x = y = 1", ["x", "y"]),
        ("x, (y, *z) = v", ["x", "y", "z"]),
        ("[x, y] = v", ["x", "y"]),
        ("x: int = 1", ["x"]),
        ("x: int", []),
        ("x += 1", ["x"]),
        ("x[0] = 1", []),
        ("x.a = 1", []),
        ("def f(a): b = 1", ["f"]),
        ("async def f(): pass", ["f"]),
        ("class C:\n  x = 1", ["C"]),
        ("import a", ["a"]),
        ("import a.b", ["a"]),
        ("import a.b as c", ["c"]),
        ("from a import b, c as d", ["b", "d"]),
        ("from a import *", []),
        ("for x in v: y = 1", ["x", "y"]),
        ("for x.a in v: pass", []),
        ("while v: x = 1", ["x"]),
        ("if v:\n  x = 1\nelif w:\n  y = 1\nelse:\n  z = 1", ["x", "y", "z"]),
        ("with v as x, w as (y, z): q = 1", ["x", "y", "z", "q"]),
        (
            "try:\n  x = 1\nexcept E as e:\n  y = 1\nelse:\n  z = 1\nfinally:\n  w = 1",
            ["x", "y", "z", "w"],
        ),
        ("try:\n  x = 1\nexcept* E as e:\n  y = 1", ["x", "y"]),
        (
            "match v:\n  case [x, *y]: pass\n  case {'k': z, **w}: pass\n  case C(a=q) as p: pass",
            ["x", "y", "z", "w", "p", "q"],
        ),
        ("print(x := 1)", ["x"]),
        ("[y for x in v if (y := x)]", ["y"]),
        ("lambda: (x := 1)", []),
        ("f(lambda a=(x := 1): a)", ["x"]),
        ("{x: y for x, y in v}", []),
        ("def f(a=(x := 1)): pass", ["f", "x"]),
        ("@(x := d)\ndef f(): pass", ["f", "x"]),
        ("class C((B := object)): pass", ["C", "B"]),
        ("if TYPE_CHECKING:\n  import a\nelse:\n  b = 1", ["b"]),
        ("if typing.TYPE_CHECKING:\n  import a", []),
        ("if not TYPE_CHECKING:\n  import a\nelse:\n  import b", ["a"]),
        ("if TYPE_CHECKING:\n  import a\nelif v:\n  import b", ["b"]),
        ("if TYPE_CHECKING or v:\n  import a", ["a"]),
        ("try:\n  pass\nexcept E as e:\n  e = 1", []),
        ("e = 1", ["e"]),
        ("for x, (y, *z) in v: pass\nelse:\n  w = 1", ["x", "y", "z", "w"]),
        ("for x[0] in v: pass", []),
        ("(x): int = 1", ["x"]),
        ("x.a: int = 1", []),
        ("x.a += 1", []),
        ("*x, = v", ["x"]),
        ("x = y, *z = v", ["x", "y", "z"]),
        ("with v as (x, *y): pass", ["x", "y"]),
        ("with v as x.a: pass", []),
        ("match v:\n  case 1 | 2 as x: pass\n  case {**y}: pass\n  case _: pass", ["x", "y"]),
        ("match v:\n  case z if (w := z): pass", ["z", "w"]),
        ("if any((x := y) for y in v): pass", ["x"]),
        ("{(x := 1): (y := 2)}", ["x", "y"]),
        ("[[x := 1 for a in v] for b in w]", ["x"]),
        ("class C:\n  global x\n  x = 1\n  y = 2", ["C", "x"]),
        ("class C:\n  global x, __z\n  def x(): pass\n  import a as __z", ["C", "x", "_C__z"]),
        ("class C:\n  def m(self):\n    global x\n    x = 1", ["C"]),
        ("def f():\n  global x\n  x = 1", ["f"]),
        ("@d(x := 1)\nclass C(y := B, k=(z := 1)): pass", ["C", "x", "y", "z"]),
        ("from . import *", []),
        ("from .a import b as c", ["c"]),
        ("import a.b.c, d as e", ["a", "e"]),
        ("from __future__ import annotations", ["annotations"]),
        ("m = importlib.import_module('a.b')", ["m"]),
        ("global x", []),
        ("pass", []),
    ],
)
def test_what_is_bound(text, bound):
    assert sorted(names(text).binds) == sorted(bound)
    assert sorted(bound_by(ast.parse(text).body).binds) == sorted(bound)


@pytest.mark.parametrize(
    ("text", "deleted"),
    [
        ("del x", ["x"]),
        ("del x, y", ["x", "y"]),
        ("del x[0]", []),
        ("del x.a", []),
        ("for i in v:\n  del i", ["i"]),
    ],
)
def test_what_is_deleted(text, deleted):
    assert list(names(text).deletes) == deleted


@pytest.mark.parametrize(
    ("text", "now", "late"),
    [
        ("x = a", ["a hold"], []),
        ("x = a.b.c", ["a.b.c hold"], []),
        ("x = a + 1", ["a look"], []),
        ("x = a[b]", ["a look", "b join"], []),
        ("x = a[b, c:d]", ["a look", "b join", "c look", "d look"], []),
        ("x = a | b", ["a join", "b join"], []),
        ("x = a is b is not None", ["a hold", "b hold"], []),
        ("x = a < b", ["a look", "b look"], []),
        ("x = -a, not b, await_(c)", ["a look", "await_ call", "b look", "c hold"], []),
        ("x, y = a, b", ["a hold", "b hold"], []),
        ("x, *y = a, b", ["a look", "b look"], []),
        ("x, (y, z) = a, b", ["a look", "b look"], []),
        ("x = y, z = a", ["a look"], []),
        ("x = a['k'](b)", ["a look", "a.[] call", "b hold"], []),
        ("x = a[0].b.c()", ["a look", "a.[] call"], []),
        ("x = getattr(a.b, 'c')", ["a.b hold", "a.b.c look", "getattr call"], []),
        ("x = list(a)", ["a look", "list call"], []),
        ("x = sorted(a, key=b)", ["a look", "b call", "sorted call"], []),
        ("x = list(map(a, b))", ["a call", "b hold", "list call", "map call", "map try"], []),
        ("x = sorted(a, key=lambda v: v[b])", ["a look", "b join", "sorted call"], []),
        ("x = f(lambda: a)", ["f call"], ["a hold"]),
        ("x = [a, (b, {c})]", ["a hold", "b hold", "c hold"], []),
        ("x = [*a]", ["a look"], []),
        ("x = {a: b, **c}", ["a join", "b hold", "c look"], []),
        ("x, y = a", ["a look"], []),
        ("x = a if b else c", ["a hold", "b look", "c hold"], []),
        ("x = a or b", ["a look", "b look"], []),
        ("x = f'{a}{b!r:>{c}}'", ["a look", "b look", "c look"], []),
        ("f(a, *b, k=c, **d)", ["a hold", "b look", "c hold", "d look", "f call"], []),
        ("a.f(b)", ["a.f call", "b hold"], []),
        ("x = f(a).b", ["a drive", "a hold", "f call", "f drive"], []),
        ("x = f(a)(b)", ["a drive", "a hold", "b hold", "f call", "f drive"], []),
        ("x += a", ["a look", "x look"], []),
        ("x[a] = b", ["a join", "b hold", "x look"], []),
        ("x.y = a", ["a hold", "x look"], []),
        ("x = lambda n=a: n + b", ["a hold"], ["b look"]),
        ("x = [a for i in b if c]", ["a hold", "b look", "c look"], []),
        ("x = [i for i in b for j in i for k in c]", ["b look", "c look"], []),
        ("x = {i: a for i in b}", ["a hold", "b look"], []),
        ("x = [x for x in x]", ["x look"], []),
        ("x = (lambda a, b=c: a + b + d)()", ["c hold", "d look"], []),
        ("def f(p=a, *, q=b): return p, g, h(q)", ["a hold", "b hold"], ["g hold", "h call"]),
        ("def f():\n  a = 1\n  return a + b", [], ["b look"]),
        ("def f():\n  global a\n  a = 1\n  return a", [], ["a hold"]),
        ("def f():\n  global a\n  a += b", [], ["a hold", "a look", "b look"]),
        ("def f():\n  a = 1\n  def g():\n    nonlocal a\n    a = b\n  return g", [], ["b hold"]),
        ("def f():\n  def g():\n    global a\n    a = 1\n  a = 2", [], ["a hold"]),
        ("def f():\n  [a for a in b]\n  return a", [], ["a hold", "b look"]),
        ("def f():\n  [(a := i) for i in b]\n  return a", [], ["b look"]),
        ("def f():\n  class a: pass\n  return a", [], []),
        ("def f():\n  del a", [], []),
        ("def f():\n  a: int\n  return a", [], ["int name"]),
        ("def f():\n  match b:\n    case [a, *c]: return a, c", [], ["b look"]),
        ("def f(*a, b=c, **d): return a, b, d, e", ["c hold"], ["e hold"]),
        ("def f():\n  def g(): return a, h\n  a = 1\n  return g", [], ["h hold"]),
        ("def f():\n  for a in b: pass\n  with c as d: return d", [], ["b look", "c look"]),
        ("def f():\n  import a\n  return a.b", [], ["a:b hold"]),
        ("def f():\n  import a as b\n  return b.c.d()", [], ["a:c.d call"]),
        ("def f():\n  import a.b\n  return a.b.c", [], ["a:b.c hold"]),
        ("def f():\n  from a import b\n  return b.c", [], ["a:b.c hold"]),
        ("def f():\n  from .a import b as c\n  return c", [], ["a:b hold"]),
        ("def f():\n  m = importlib.import_module('a')\n  return m.b", [], ["a:b hold", "importlib.import_module call"]),
        ("def f():\n  try: pass\n  except E as e: return e", [], ["E look"]),
        ("def f():\n  class K:\n    x = a\n    y = x\n    def m(self): return x\n  return K", [], ["a hold", "x hold"]),
        ("async def f():\n  async for a in b: await c(a)", [], ["b look", "c call"]),
        ("@d\n@e.f(a)\ndef g(): pass", ["a hold", "d call", "e.f call"], []),
        ("def f(a: T, *b: U, **c: V) -> W[X]: pass", ["T name", "U name", "V name", "W name", "X name"], []),
        ("x: T[U] = a", ["T name", "U name", "a hold"], []),
        ("x: 'T' = a", ["a hold"], []),
        ("x.y: T = a", ["T name", "a hold", "x look"], []),
        ("@d\ndef f(a: 'T | U', b: 'in metres') -> Annotated[V, 'W x']: pass", ["Annotated hold", "T hold", "U hold", "V hold", "d call"], []),
        ("class C(B, m.N, metaclass=M): pass", ["B subclass", "M look", "m.N subclass"], []),
        ("class C(G[T]): pass", ["G subclass", "T hold"], []),
        ("class C(*B, **K): pass", ["B look", "K look"], []),
        ("class C(f(a)): pass", ["a hold", "f call"], []),
        ("@d.e(a)\nclass C: pass", ["a hold", "d.e call"], []),
        ("class C:\n  x = 1\n  [x for i in b]\n  y = lambda: x", ["b look", "x hold"], ["x hold"]),
        ("class C:\n  if a:\n    x = 1\n  y = x", ["a look"], []),
        ("class C:\n  for i in a: b(i)", ["a look", "b call"], []),
        ("class C:\n  class D:\n    y = x\n  x = 1", ["x hold"], []),
        ("class C:\n  def m(self): return __a, self.__b, __c.__d__", [], ["_C__a hold", "_C__c.__d__ hold"]),
        ("class _C:\n  x = __a.__b", ["_C__a._C__b hold"], []),
        ("class C:\n  x = C._C__a", ["C._C__a hold"], []),
        ("x = importlib.import_module('a.b').c.d", ["a.b:c.d hold", "importlib.import_module call"], []),
        ("x = import_module('a').f(b)", ["a:f call", "b hold", "import_module call"], []),
        ("x = __import__('a.b').c", ["__import__ call", "a:c hold"], []),
        ("class C:\n  x = a\n  y = x\n  z = [x for i in b]", ["a hold", "b look", "x hold"], []),
        ("class C:\n  def m(self, k=a): return b", ["a hold"], ["b hold"]),
        ("for i in a:\n  if i: b(i)", ["a look", "b call"], []),
        ("for i in a: pass\nelse:\n  b(i)", ["a look", "b call", "i hold"], []),
        ("for i.x in a: pass", ["a look", "i look"], []),
        ("while a: b", ["a look", "b hold"], []),
        ("while (n := a): b(n)\nelse:\n  c(n)", ["a look", "b call", "c call"], []),
        ("if a:\n  x = 1\n  f(x)\nelse:\n  g(x)", ["a look", "f call", "g call", "x hold"], []),
        ("if c:\n  if a:\n    x = 1\n  else:\n    x = 2\n  f(x)", ["a look", "c look", "f call"], []),
        ("with a as b, b.c as d: f(b, d)", ["a look", "f call"], []),
        ("with a:\n  x = 1\n  f(x)", ["a look", "f call"], []),
        ("try:\n  x = a\nexcept E:\n  f(x)", ["E look", "a hold", "f call", "x hold"], []),
        ("try:\n  x = a\nfinally:\n  f(x)", ["a hold", "f call", "x hold"], []),
        ("try:\n  x = a\nexcept E: pass\nelse:\n  f(x)", ["E look", "a hold", "f call"], []),
        ("try: a\nexcept E as e: f(e)", ["E look", "a hold", "f call"], []),
        ("try: a\nexcept E as e: pass\nfinally: f(e)", ["E look", "a hold", "e hold", "f call"], []),
        ("try: a\nexcept* E as e: f(e)", ["E look", "a hold", "f call"], []),
        ("match a:\n  case [x, *y] if x > b: c(x, y)", ["a look", "b look", "c call"], []),
        ("match a:\n  case {m.K: x, **y}: c(x, y)", ["a look", "c call", "m.K look"], []),
        ("match a:\n  case x: pass\n  case y: c(x)", ["a look", "c call", "x hold"], []),
        ("x = a and (n := b) and n", ["a look", "b look"], []),
        ("x = [n for i in a if (n := i)]", ["a look"], []),
        ("x = [[j for j in i] for i in a if b(i)]", ["a look", "b call", "b try"], []),
        ("x = [i for i in (j for j in a)]", ["a look"], []),
        ("x = {**{i: a for i in b}}", ["a hold", "b look"], []),
        ("x = [lambda: i + a for i in b]", ["b look"], ["a look"]),
        ("del x", [], []),
        ("del x[a], y.b", ["a join", "x look", "y look"], []),
        ("x += x", ["x look"], []),
        ("x.y += a", ["a look", "x look"], []),
        ("x[a] += b", ["a join", "b look", "x look"], []),
        ("x = y[0] = a", ["a hold", "y look"], []),
        ("global x", [], []),
        ("nonlocal_ = a", ["a hold"], []),
        ("with a as b: c", ["a look", "c hold"], []),
        ("with a() as b: c", ["a call", "a try", "c hold"], []),
        ("x = a() + 1", ["a call", "a try"], []),
        ("x = a(b())", ["a call", "b call"], []),
        ("def f(): return a() + 1", [], ["a call"]),
        ("x = functools.wraps(a)(b)", ["a drive", "a look", "b hold", "functools.wraps call", "functools.wraps drive"], []),
        ("try: a\nexcept (B, C) as e: f(e)", ["B look", "C look", "a hold", "f call"], []),
        ("match a:\n  case m.B: c\n  case K(x=1): pass", ["K look", "a look", "c hold", "m.B look"], []),
        ("assert a, b", ["a look", "b look"], []),
        ("raise A from b", ["A look", "b look"], []),
        ("if (n := a) > b: pass", ["a look", "b look"], []),
        ("x = (n := a)", ["a hold"], []),
        ("if TYPE_CHECKING:\n  a(b)", [], []),
    ],
)  # fmt: skip
def test_what_is_read_now_and_late(text, now, late):
    found = names(text)

    assert uses(found.now) == now
    assert uses(found.late) == late


def test_names_in_a_class_block():
    assert uses(names("x = __a + b.__c", owner="O.C").now) == ["_C__a look", "b._C__c look"]
    assert list(names("__x = 1", owner="C").binds) == ["_C__x"]
    assert list(names("del __x", owner="C").deletes) == ["_C__x"]
    assert list(names("__x.append(1)", owner="C").works_on) == [("_C__x",)]
    assert list(names("__x__ = 1", owner="C").binds) == ["__x__"]
    assert list(names("__x = 1", owner="__").binds) == ["__x"]


def test_a_comprehension_does_not_see_the_class_block_around_it():
    now = names("x = [a for i in b for j in c], d", owner="C").now

    assert sorted(use.path[0] for use in now if use.outside) == ["a", "c"]
    assert sorted(use.path[0] for use in now if not use.outside) == ["b", "d"]


def test_annotations_of_a_class_that_is_handed_on_are_looked_at():
    assert uses(names("x: 'list[T]'", lazy=True, owner="C", handed_on=True).now) == [
        "T hold",
        "list hold",
    ]
    assert uses(names("x: T", lazy=True, owner="C").now) == []
    assert uses(names("x: T", owner="C").now) == ["T name"]


@pytest.mark.skipif(sys.version_info < (3, 14), reason="template strings are new in 3.14")
def test_template_strings_hold_their_values():
    assert uses(names("x = t'{a}{b:{c}}'").now) == ["a hold", "b hold", "c look"]
    assert uses(names("try: pass\nexcept A, B: c").now) == ["A look", "B look", "c hold"]


def test_lazy_annotations_are_read_only_by_decorators():
    assert uses(names("x: T = a", lazy=True).now) == ["a hold"]
    assert uses(names("def f(a: T) -> U: pass", lazy=True).now) == []
    assert uses(names("@d\ndef f(a: T) -> U: pass", lazy=True).now) == [
        "T hold",
        "U hold",
        "d call",
    ]


@pytest.mark.parametrize(
    ("text", "works_on", "takes_from", "fills"),
    [
        ("x[0] = 1", ["x"], [], []),
        ("x.y[0] = 1", ["x.y"], [], []),
        ("x.a = 1", ["x"], [], []),
        ("del x[0]", ["x"], ["x"], []),
        ("del x.a", ["x"], ["x"], []),
        ("x.append(1)", ["x"], [], []),
        ("x.y.append(1)", ["x.y"], [], []),
        ("x += [1]", ["x"], [], []),
        ("y = sorted(x.items())", [], [], []),
        ("y = x.get('a')", [], [], []),
        ("y = x.pop('a')", ["x"], [], []),
        ("x.get('/')", ["x"], [], []),
        ("x.get('/')(f)", ["x"], [], []),
        ("for x.a in v: pass", ["x"], [], []),
        ("for x[0] in v: pass", ["x"], [], []),
        ("with v as x.a: pass", ["x"], [], []),
        ("x[0], y.a = v", ["x", "y"], [], []),
        ("x.a: int = 1", ["x"], [], []),
        ("def f():\n  global x\n  x += [1]", [], [], ["x"]),
        ("f(x)", [], [], []),
        ("setattr(x, 'a', 1)", ["x"], [], []),
        ("delattr(x, 'a')", ["x"], ["x"], []),
        ("@x.on('e')\ndef f(): pass", ["x"], [], []),
        ("@x.on\ndef f(): pass", ["x"], [], []),
        ("@x\ndef f(): pass", [], [], []),
        ("for i in v: x[i] = 1", ["x"], [], []),
        ("def f(a): x.append(a)", [], [], ["x"]),
        ("def f(a): x[a] = 1", [], [], ["x"]),
        ("def f(a):\n  x = []\n  x.append(a)", [], [], []),
        ("def f(a): a.append(1)", [], [], []),
        ("def f():\n  global x\n  x = 1", [], [], ["x"]),
        ("def f():\n  def g(): x.add(1)\n  return g", [], [], ["x"]),
        ("def f():\n  x = 1\n  def g():\n    nonlocal x\n    x = 2\n  return g", [], [], []),
        ("f = lambda a: x.append(a)", [], [], ["x"]),
        ("class C:\n  def m(self): x.append(self)", [], [], ["x"]),
        ("x[0] += 1", ["x"], [], []),
        ("x.a += 1", ["x"], [], []),
    ],
)
def test_what_is_changed_in_place(text, works_on, takes_from, fills):
    found = names(text)

    assert [".".join(path) for path in found.works_on] == works_on
    assert [".".join(path) for path in found.takes_from] == takes_from
    assert [".".join(path) for path in found.fills] == fills


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("x.a = 1", ["x.a"]),
        ("x.y.a += 1", ["x.y.a"]),
        ("setattr(x, 'a', 1)", ["x.a"]),
        ("setattr(x, a, 1)", []),
        ("for x.a in v: pass", ["x.a"]),
        ("del x.a", []),
        ("x.a.append(1)", []),
        ("def f(): x.a = 1", []),
    ],
)
def test_which_attributes_are_set(text, sets):
    assert [".".join(path) for path in names(text).sets] == sets


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("def f():\n  global x\n  x = 1", ["x"]),
        ("def f():\n  global x, y\n  def x(): pass\n  import y", ["x", "y"]),
        ("def f():\n  global x\n  return x", []),
        ("class C:\n  def m(self):\n    global __x\n    __x = 1", ["_C__x"]),
        ("def f():\n  def g():\n    global x\n    x = 1\n  return g", ["x"]),
        ("def f():\n  x = 1\n  def g():\n    nonlocal x\n    x = 2", []),
    ],
)
def test_which_globals_functions_bind(text, declared):
    assert list(names(text).declares) == declared


@pytest.mark.parametrize(
    ("text", "imports"),
    [
        ("import a", [Import("a", 0, None, "a")]),
        ("import a.b", [Import("a", 0, None, "a"), Import("a.b", 0, None, "")]),
        ("import a.b as c", [Import("a.b", 0, None, "c")]),
        ("from a.b import c as d", [Import("a.b", 0, "c", "d")]),
        ("from . import a", [Import("", 1, "a", "a")]),
        ("from ..a import b", [Import("a", 2, "b", "b")]),
        ("from a import *", [Import("a", 0, "*", "*")]),
        ("def f(): from a import b", [Import("a", 0, "b", "", late=True)]),
        ("def f(): import a.b", [Import("a", 0, None, "", True), Import("a.b", 0, None, "", True)]),
        ("class C:\n  def m(self): import a", [Import("a", 0, None, "", True)]),
        ("lambda: import_module('a')", [Import("a", 0, None, "", True)]),
        ("from ... import a", [Import("", 3, "a", "a")]),
        ("from .a.b import *", [Import("a.b", 1, "*", "*")]),
        (
            "import a.b.c as d, e.f",
            [Import("a.b.c", 0, None, "d"), Import("e", 0, None, "e"), Import("e.f", 0, None, "")],
        ),
        ("m = importlib.import_module('a.b')", [Import("a.b", 0, None, "m")]),
        ("m = import_module('..a', __package__)", [Import("a", 2, None, "m")]),
        ("import_module('a')", [Import("a", 0, None, "")]),
        ("m = __import__('a.b')", [Import("a", 0, None, "m")]),
        ("m = import_module(name)", []),
        ("try:\n  import a\nexcept ImportError:\n  a = None", [Import("a", 0, None, "a")]),
        (
            "if v:\n  import a\nelse:\n  from b import c",
            [Import("a", 0, None, "a"), Import("b", 0, "c", "c")],
        ),
        ("if TYPE_CHECKING: import a", []),
    ],
)
def test_what_is_imported(text, imports):
    assert names(text).imports == imports


@pytest.mark.parametrize(
    ("text", "certain"),
    [
        ("x = 1", True),
        ("def f(): pass", True),
        ("with a as x: y = 1", True),
        ("if a: x = 1", False),
        ("for x in a: pass", False),
        ("while a: x = 1", False),
        ("try: x = 1\nexcept E: pass", False),
        ("match a:\n  case x: pass", False),
        ("try: x = 1\nexcept* E: pass", False),
    ],
)
def test_whether_a_name_is_bound_for_certain(text, certain):
    assert names(text).certain is certain


def test_what_a_value_is_given_to():
    (use,) = [use for use in names("x = f.g(a)").now if use.path == ("a",)]

    assert use.how is How.HOLD
    assert use.given_to == ("f", "g")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in 3.12")
def test_type_parameters_are_local():
    assert uses(names("def f[T: B](x: T) -> T: return x, T, y").late) == ["y hold"]
    assert uses(names("def f[T: B, *U, **P](x: T) -> T: pass").now) == ["B name"]
    assert uses(names("class C[T: (A, B)](Base[T]): pass").now) == [
        "A name",
        "B name",
        "Base subclass",
    ]
    assert uses(names("class C[T]:\n  x: T\n  def m(self, y: T): return T").now) == []
    assert uses(names("type A[T] = list[T] | B").now) == ["B hold", "list hold"]
    assert list(names("type A[T] = list[T]").binds) == ["A"]
