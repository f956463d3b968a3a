"""Registries of every make, each put through the same edits: it ends as a fresh import would make it."""

from __future__ import annotations

import sys

import pytest

# Each defines `register(name)`, a decorator factory, and `view()`: what is registered, in order.
KINDS = {
    "dict by a given key": """
        R = {}
        def register(name):
            def decorate(f):
                R[name] = f
                return f
            return decorate
        def view():
            return [(key, f()) for key, f in R.items()]
        def add(name, f):
            R[name] = f
    """,
    "dict of lists": """
        R = {}
        def register(name):
            def decorate(f):
                R.setdefault("all", []).append((name, f))
                return f
            return decorate
        def view():
            return [(name, f()) for name, f in R["all"]]
        def add(name, f):
            R["all"].append((name, f))
    """,
    "list of wrappers": """
        import functools
        R = []
        def register(name):
            def decorate(f):
                R.append((name, functools.partial(f)))
                return f
            return decorate
        def view():
            return [(name, f()) for name, f in R]
        def add(name, f):
            R.append((name, functools.partial(f)))
    """,
    "list of closures": """
        R = []
        def register(name):
            def decorate(f):
                def call():
                    return name, f()
                R.append(call)
                return f
            return decorate
        def view():
            return [call() for call in R]
        def add(name, f):
            R.append(lambda: (name, f()))
    """,
    "deque of namedtuples": """
        from collections import deque, namedtuple
        Record = namedtuple("Record", "name function")
        R = deque()
        def register(name):
            def decorate(f):
                R.append(Record(name, f))
                return f
            return decorate
        def view():
            return [(record.name, record.function()) for record in R]
        def add(name, f):
            R.append(Record(name, f))
    """,
    "list of slotted records in records": """
        from dataclasses import dataclass
        @dataclass(slots=True)
        class Handler:
            function: object
        @dataclass(slots=True)
        class Record:
            name: str
            handler: Handler
        R = []
        def register(name):
            def decorate(f):
                R.append(Record(name, Handler(f)))
                return f
            return decorate
        def view():
            return [(record.name, record.handler.function()) for record in R]
        def add(name, f):
            R.append(Record(name, Handler(f)))
    """,
    "list of bound methods": """
        class Record:
            def __init__(self, name, function):
                self.name, self.function = name, function
            def call(self):
                return self.name, self.function()
        R = []
        def register(name):
            def decorate(f):
                R.append(Record(name, f).call)
                return f
            return decorate
        def view():
            return [call() for call in R]
        def add(name, f):
            R.append(Record(name, f).call)
    """,
    "weak values": """
        from weakref import WeakValueDictionary
        R = WeakValueDictionary()
        def register(name):
            def decorate(f):
                R[name] = f
                return f
            return decorate
        def view():
            return [(key, f()) for key, f in R.items()]
        def add(name, f):
            R[name] = f
    """,
    "weak references": """
        import weakref
        R = {}
        def register(name):
            def decorate(f):
                R[name] = weakref.ref(f)
                return f
            return decorate
        def view():
            return [(key, f()()) for key, f in R.items()]
        def add(name, f):
            R[name] = weakref.ref(f)
    """,
    "object with slots": """
        class Bus:
            __slots__ = ("records", "count")
            def __init__(self):
                self.records, self.count = {}, 0
            def __call__(self, name):
                def decorate(f):
                    self.records[name] = f
                    return f
                return decorate
        register = Bus()
        def view():
            return [(key, f()) for key, f in register.records.items()]
        def add(name, f):
            register.records[name] = f
    """,
    "object in an object": """
        class Router:
            def __init__(self):
                self.routes = []
        class Bus:
            def __init__(self):
                self.router = Router()
            def register(self, name):
                def decorate(f):
                    self.router.routes.append((name, f))
                    return f
                return decorate
        bus = Bus()
        register = bus.register
        def view():
            return [(name, f()) for name, f in bus.router.routes]
        def add(name, f):
            bus.router.routes.append((name, f))
    """,
    "tuple in an attribute": """
        class Bus:
            def __init__(self):
                self.records = ()
            def register(self, name):
                def decorate(f):
                    self.records = (*self.records, (name, f))
                    return f
                return decorate
        bus = Bus()
        register = bus.register
        def view():
            return [(name, f()) for name, f in bus.records]
        def add(name, f):
            bus.records = (*bus.records, (name, f))
    """,
    "closure": """
        def make():
            records = {}
            def register(name):
                def decorate(f):
                    records[name] = f
                    return f
                return decorate
            return register, records
        register, R = make()
        def view():
            return [(key, f()) for key, f in R.items()]
        def add(name, f):
            R[name] = f
    """,
    "class attribute": """
        class Bus:
            records = []
            @classmethod
            def register(cls, name):
                def decorate(f):
                    cls.records.append((name, f))
                    return f
                return decorate
        register = Bus.register
        def view():
            return [(name, f()) for name, f in Bus.records]
        def add(name, f):
            Bus.records.append((name, f))
    """,
    "default argument": """
        def register(name, records=[]):
            def decorate(f):
                records.append((name, f))
                return f
            return decorate
        R = register.__defaults__[0]
        def view():
            return [(name, f()) for name, f in R]
        def add(name, f):
            R.append((name, f))
    """,
    "names beside records": """
        class Record:
            def __init__(self, key, name):
                self.key, self.name = key, name
        class Bus:
            def __init__(self):
                self.records, self.functions = [], {}
            def register(self, name):
                def decorate(f):
                    assert self.functions.setdefault(f.__name__, f) is f
                    self.records.append(Record(name, f.__name__))
                    return f
                return decorate
        bus = Bus()
        register = bus.register
        def view():
            return [(r.key, bus.functions[r.name]()) for r in bus.records]
        def add(name, f):
            bus.functions[f"by hand {name}"] = f
            bus.records.append(Record(name, f"by hand {name}"))
    """,
}

APP = """
@register("a")
def f(): return 1
@register("b")
def g(): return 2
@register("c")
def h(): return 3
"""

# By what is edited: the old text, the new one, what is registered then, what is done.
EDITS = {
    "another key": ('"b"', '"B"', [("a", 1), ("B", 2), ("c", 3)], ["run g"]),
    "another header": (
        "def g(): return 2",
        "def g(x=5): return x",
        [("a", 1), ("b", 5), ("c", 3)],
        ["run g"],
    ),
    "another body": ("return 2", "return 20", [("a", 1), ("b", 20), ("c", 3)], ["patch g"]),
    "removed": ('@register("b")\ndef g(): return 2\n', "", [("a", 1), ("c", 3)], ["drop g"]),
    "no more registered": ('@register("b")\n', "", [("a", 1), ("c", 3)], ["run g"]),
    "renamed": ("def g()", "def G()", [("a", 1), ("b", 2), ("c", 3)], ["drop g", "run G"]),
    "added in the middle": (
        '@register("b")',
        '@register("n")\ndef n(): return 9\n@register("b")',
        [("a", 1), ("n", 9), ("b", 2), ("c", 3)],
        ["run n"],
    ),
    "added at the end": (
        "return 3\n",
        'return 3\n@register("n")\ndef n(): return 9\n',
        [("a", 1), ("b", 2), ("c", 3), ("n", 9)],
        ["run n"],
    ),
    "registered twice": (
        '@register("b")',
        '@register("d")\n@register("b")',
        [("a", 1), ("b", 2), ("d", 2), ("c", 3)],
        ["run g"],
    ),
    "moved up": (
        APP,
        '\n@register("b")\ndef g(): return 2\n@register("a")\ndef f(): return 1\n@register("c")\ndef h(): return 3\n',
        [("b", 2), ("a", 1), ("c", 3)],
        None,
    ),
    "all in a loop": (
        '@register("b")\ndef g(): return 2\n',
        'def g(): return 2\nfor name in "bd":\n    register(name)(g)\n',
        [("a", 1), ("b", 2), ("d", 2), ("c", 3)],
        None,
    ),
}

PLACES = ["same file", "other file", "installed"]


@pytest.fixture
def load(project, tmp_path, monkeypatch):
    """Writes a registry and what fills it; gives the registry's module."""

    def load(kind, place, extra=""):
        app = APP + extra
        if place == "same file":
            project.write({"app.py": KINDS[kind]})
            project.write({"app.py": project.read("app.py") + app})
            return project.load("app")
        if place == "installed":
            folder = tmp_path / "installed"
            folder.mkdir()
            monkeypatch.syspath_prepend(folder)
            project.write({"../installed/bus.py": KINDS[kind]})
        else:
            project.write({"bus.py": KINDS[kind]})
        project.write({"app.py": "from bus import register\n" + app})
        project.load("app")
        return sys.modules["bus"]

    yield load
    sys.modules.pop("bus", None)


def by_hand():
    return "by hand"


def trace(steps):
    return [f"{step.split()[0]} app.{step.split()[1]}" for step in steps]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_registry_is_as_a_fresh_import_makes_it(project, load, kind, place, edit):
    bus = load(kind, place)
    bus.add("at run time", by_hand)
    old, new, registered, steps = EDITS[edit]
    project.edit("app.py", old, new)

    done = project.refresh()

    assert bus.view() == [*registered, ("at run time", "by hand")]
    if steps is not None:
        assert done == trace(steps)
