"""The pure half with strings: who reads what across files, and what is planned in which order."""

from __future__ import annotations

import pytest

from heatsync._engine.texts import importers
from heatsync._engine.texts.diff import diff
from heatsync._engine.texts.graph import Graph, Ref
from heatsync._engine.texts.importers import Importers, Unrun
from heatsync._engine.texts.moves import Gone
from heatsync._engine.texts.order import Order
from heatsync._engine.texts.plan import make_plan
from heatsync._engine.texts.source import parse


class World:
    """Files as strings, by module name; importers are all others, as far as texts tell."""

    def __init__(self, files):
        self.sources = {module: parse(f"{module}.py", text) for module, text in files.items()}

    def source(self, module):
        return self.sources.get(module)

    def may_say(self, module, word):
        return module in self.sources

    def exported(self, module):
        return None

    def importers(self, module):
        return [name for name in self.sources if name != module]

    def brought(self, module):
        return []

    def package(self, module):
        return (
            module
            if any(name.startswith(f"{module}.") for name in self.sources)
            else module.rpartition(".")[0]
        )

    def module_at(self, ref):
        return None


def readings(module, files, line=-1):
    graph = Graph(World(files))
    statement = graph.world.source(module).statements[line]
    now = {
        f"{reading.ref} {reading.manner.name.lower()}" for reading in graph.now(module, statement)
    }
    return sorted(now), sorted(map(str, graph.late(module, statement)))


def plan(before, after):
    """The plan of a batch: names dropped, and statements to run whatever the others do."""
    world = World({**before, **after})
    edits = {
        module: diff(parse(f"{module}.py", before[module]), world.sources[module])
        for module in after
    }
    graphs = Graph(world), Graph(World(before))
    made = make_plan(edits, *graphs, lambda module, statement: statement.is_program, Gone())
    steps = [f"{step.module}.{step.pair.new.label}" for step in made.steps]
    return [str(drop.ref) for drop in made.drops], steps


def order(files, edited):
    """The statements of edited files and of those that import them, as they would be run."""
    world = World(files)
    order = Order(Graph(world), edited, list(files))
    statements = [
        (module, s) for module, source in world.sources.items() for s in source.statements
    ]
    return [
        f"{module}.{s.label}" for module, s in sorted(statements, key=lambda it: order.key(*it))
    ]


LIB = "N = 1\ndef f(): return N\nclass C:\n  x = 1\n  def m(self): return f()\n"


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("from lib import N\nX = N", ["app.N hold"]),
        ("from lib import N", ["lib.N hold"]),
        ("import lib\nX = lib.N", ["app.lib hold", "lib.N hold"]),
        ("import lib as l\nX = l.N + 1", ["app.l hold", "lib.N look"]),
        ("import lib\nX = lib.f()", ["app.lib hold", "lib.f call"]),
        ("import lib\nX = lib.C()", ["app.lib hold", "lib.C construct"]),
        ("from lib import C\nX = C()", ["app.C construct"]),
        ("from lib import C\nX = C().x", ["app.C call", "app.C construct"]),
        ("from lib import C\nX = C.x", ["app.C hold", "lib.C.x hold"]),
        ("from lib import C\nclass D(C): pass", ["app.C subclass"]),
        ("from lib import *", ["lib.* hold", "lib.C hold", "lib.N hold", "lib.__all__ look", "lib.f hold"]),
        ("from lib import *\nX = N", ["app.N hold"]),
        ("import lib\n@lib.f\ndef g(): pass", ["app.lib hold", "lib.f call"]),
        ("import lib\nX = lib.missing", ["app.lib hold", "lib.missing hold"]),
        ("import other\nX = other.N", ["app.other look"]),
        ("L = [1]\nX = len(L)", ["app.L look", "app.len call"]),
        ("class K: pass\nL = [1]\nX = K(L)", ["app.K construct", "app.L give"]),
        ("def k(x): pass\nL = [1]\nX = k(L)", ["app.L pass", "app.k call"]),
        ("class K: pass\nL = K\nX = L()", ["app.L construct"]),
        ("import lib\nL = lib.C\nX = L()", ["app.L construct"]),
        ("class K: pass\nL = K[int]\nX = L()", ["app.L construct"]),
        ("def k(): return 1\nL = {'a': k}\nM = L['a']\nX = M()", ["app.M call"]),
        ("class K: pass\nX = dict[K, 1] | K", ["app.K hold", "app.dict look"]),
        ("L = {}\nX = L | L", ["app.L look"]),
        ("class A: x = 1\nclass B(A): pass\nX = B.x", ["app.A.x hold", "app.B hold", "app.B.x hold"]),
        ("class A: x = 1\nclass B(A): x = 2\nX = B.x", ["app.B hold", "app.B.x hold"]),
        ("import lib\nclass B(lib.C): pass\nX = B.x", ["app.B hold", "app.B.x hold", "lib.C.x hold"]),
        ("class A(A): pass\nX = A.x", ["app.A look"]),
        ("from importlib import import_module\nX = import_module('lib').N", ["app.import_module call", "lib.N hold"]),
        ("import lib\nX = getattr(lib, 'N')", ["app.getattr call", "app.lib hold", "lib.N look"]),
        ("x = 1\nclass A:\n  x = 2\nX = x", ["app.x hold"]),
        ("from foreign import Make\nL = [1]\nX = Make(L)", ["app.L give", "app.Make call"]),
    ],
)  # fmt: skip
def test_what_is_read_now_across_files(text, now):
    assert readings("app", {"lib": LIB, "app": text})[0] == now


@pytest.mark.parametrize(
    ("text", "late"),
    [
        ("import lib\ndef g(): return lib.N", ["app.lib", "lib.N"]),
        ("from lib import N\ndef g(): return N", ["app.N"]),
        ("def g():\n  from lib import N\n  return N", ["lib.N"]),
        ("def g():\n  import lib as l\n  return l.f()", ["lib.f"]),
        ("def g():\n  from lib import C\n  return C.x", ["lib.C", "lib.C.x"]),
        ("import lib\nclass K:\n  def m(self): return lib.f()", []),
    ],
)
def test_what_is_read_late_across_files(text, late):
    assert readings("app", {"lib": LIB, "app": text})[1] == late


@pytest.mark.parametrize(
    ("module", "text", "ref"),
    [
        ("pkg.a", "from .b import X", "pkg.b.X hold"),
        ("pkg.a", "from . import b", "pkg.b hold"),
        ("pkg", "from .b import X", "pkg.b.X hold"),
        ("pkg.sub.a", "from ..b import X", "pkg.b.X hold"),
        ("pkg.sub", "from ..b import X", "pkg.b.X hold"),
    ],
)
def test_relative_imports(module, text, ref):
    files = {"pkg": "", "pkg.a": "", "pkg.b": "X = 1", "pkg.sub": "", "pkg.sub.a": "", module: text}

    assert readings(module, files)[0] == [ref]


def test_a_definition_is_found_through_re_exports():
    graph = Graph(
        World(
            {
                "a": "def f(): pass",
                "b": "from a import f as g",
                "c": "from b import *",
                "d": "from c import g",
            }
        )
    )

    assert graph.definition(Ref("b", "g"))[0] == "a"
    assert graph.definition(Ref("b", "missing")) is None


def test_what_a_star_import_brings_is_known_of_a_computed_all_by_what_it_holds():
    world = World({"lib": "__all__ = make()\na = b = 1"})
    world.exported = lambda module: ["b"]

    assert Graph(world).public("lib") == ["b"]


def test_what_a_getattr_of_a_module_gives_depends_on_it():
    lib = "def __getattr__(name): return name\nknown = 1\n"
    files = {"lib": lib, "lib.sub": "", "app": "from lib import known, lazy, sub\n"}

    assert readings("app", files)[0] == [
        "lib.__getattr__ call",
        "lib.known hold",
        "lib.lazy hold",
        "lib.sub hold",
    ]
    assert readings("app", files | {"app": "import lib\nX = lib.lazy"})[0] == [
        "app.lib hold",
        "lib.__getattr__ call",
        "lib.lazy hold",
    ]
    assert readings("app", files | {"app": "import lib\ndef f(): return lib.lazy"})[1] == [
        "app.lib",
        "lib.__getattr__",
        "lib.lazy",
    ]


def test_re_exports_in_a_circle_come_to_an_end():
    graph = Graph(
        World({"a": "from b import f", "b": "from a import f", "c": "from a import f\nX = f()"})
    )

    assert graph.definition(Ref("c", "f")) is None
    assert graph.module_named(Ref("c", "f")) is None


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("a = 1\n_b = 2\ndef c(): pass\nimport d", ["a", "c", "d"]),
        ("__all__ = ['_b']\na = 1\n_b = 2", ["_b"]),
        ("__all__ = ('a',)\na = 1\nb = 2", ["a"]),
        ("__all__ = ['a'] + ['b']\n__all__ += ['c']\n__all__.append('d')", ["a", "b", "c", "d"]),
        (
            "__all__ = ['a', 'b']\n__all__.remove('a')\n__all__.extend(('c', *['d']))",
            ["b", "c", "d"],
        ),
        ("__all__: list[str] = sorted(['b', 'a'])", ["a", "b"]),
        ("from other import *\nimport other\n__all__ = ['b', *other.__all__]", ["a", "b"]),
        ("import other\n__all__ = other.__all__ + ['b']", ["a", "b"]),
        ("__all__ = [n for n in 'ab']\na = _b = 1", ["a"]),
    ],
)
def test_what_a_star_import_brings(text, public):
    other = "__all__ = ['a']\na = b = 1"

    assert sorted(Graph(World({"lib": text, "other": other})).public("lib")) == public


def test_dependents_read_now_or_late():
    graph = Graph(
        World({"lib": LIB, "app": "from lib import N, f\nX = N\ndef g(): return N\nY = 1\n"})
    )

    found = [
        f"{module}.{statement.label}" for module, statement in graph.dependents(Ref("lib", "N"))
    ]
    assert found == ["lib.f", "app.N, f"]
    found = [
        f"{module}.{statement.label}" for module, statement in graph.dependents(Ref("app", "N"))
    ]
    assert found == ["app.X", "app.g"]


# ---------------------------------------------------------------------------------- plans


@pytest.mark.parametrize(
    ("before", "after", "drops", "steps"),
    [
        ("x = 1", "x = 1  # why", [], []),
        ("x = 1", "x = 2", [], ["app.x"]),
        ("x = 1\ny = x\nz = 1", "x = 2\ny = x\nz = 1", [], ["app.x"]),
        ("x = 1\ny = 2", "y = 2", ["app.x"], []),
        ("x = 1\ny = x", "y = x", ["app.x"], []),
        ("x = 1\ndel x", "x = 2\ndel x", [], ["app.x"]),
        ("def f(): return 1\nx = f()", "def f(): return 2\nx = f()", [], ["app.f"]),
        ("def f(): return 1\nx = [f]", "def f(): return 2\nx = [f]", [], ["app.f"]),
        ("a = 1\nb = 2", "b = 2\na = 1", [], []),
        ("a = 1\na = 2", "a = 2\na = 1", [], ["app.a"]),
        ("a = 1\nb = a\na = 2", "a = 1\na = 2\nb = a", [], ["app.b"]),
        ("class C:\n  x = 1\ny = C.x", "class C:\n  x = 2\ny = C.x", [], ["app.C"]),
        ("if __name__ == '__main__': f(1)", "if __name__ == '__main__': f(2)", [], []),
        ("'a'", "'b'", [], ["app.__doc__"]),
        ("x = 1\n'stray'", "x = 1\n'other'", [], []),
    ],
)  # fmt: skip
def test_the_plan_of_one_file(before, after, drops, steps):
    assert plan({"app": before}, {"app": after}) == (drops, steps)


def test_a_definition_moves_between_files():
    before = {"a": "def f(): return 1\n", "b": "", "app": "from a import f\n"}

    drops, steps = plan(before, {"a": "", "b": "def f(): return 1\n", "app": "from b import f\n"})

    assert drops == ["a.f"]
    assert sorted(steps) == ["app.f", "b.f"]


# ---------------------------------------------------------------------------------- order


def test_statements_stand_in_the_order_of_a_fresh_import():
    files = {
        "app": "import b\nfrom a import X\nZ = X + b.Y\n",
        "a": "X = 1\n",
        "b": "from a import X\nY = X\n",
    }

    assert order(files, ["a", "b", "app"]) == ["a.X", "b.X", "b.Y", "app.b", "app.X", "app.Z"]


def test_statements_of_a_cycle_stand_in_the_order_of_a_fresh_import():
    files = {"a": "X = 1\nfrom b import Y\nZ = Y\n", "b": "from a import X\nY = X\n"}

    assert order(files, ["a", "b"]) == ["a.X", "b.X", "b.Y", "a.Y", "a.Z"]


def test_an_import_in_a_function_orders_what_calls_it_now():
    files = {"app": "def f():\n  from config import N\n  return N\nX = f()\n", "config": "N = 1\n"}

    found = order(files, ["app", "config"])

    assert found.index("config.N") < found.index("app.X")


def test_the_order_is_the_same_every_time():
    files = {f"m{n}": f"from base import X\nY{n} = X\n" for n in range(20)} | {"base": "X = 1\n"}

    assert order(files, list(files)) == ["base.X"] + [
        name for n in range(20) for name in (f"m{n}.X", f"m{n}.Y{n}")
    ]


def test_who_imports_a_module_is_not_looked_for_among_all_that_load_its_package(monkeypatch):
    modules = {f"p.m{n}": Unrun(n, {"p.base": None}) for n in range(100)}
    modules["p.last"] = Unrun(100, {"p.m7": None})
    modules["user"] = Unrun(101, {"p": None})  # which may go on to `p.m7`
    index = Importers({*modules})
    asked, may_import = [], importers._may_import

    def counting(importer, *rest):
        asked.append(importer.number)
        return may_import(importer, *rest)

    monkeypatch.setattr(importers, "_may_import", counting)
    assert [*index.of("p.m7", modules)] == ["p.last", "user"]
    assert asked == [100, 101]
    assert len([*index.of("p", modules)]) == 102
