"""Registrations: what statements leave behind in objects made elsewhere, taken back and put in its place."""

from __future__ import annotations

import pytest


def test_a_registered_body_is_patched_and_the_registry_is_left_alone(project):
    project.write({"app.py": "R = {}\ndef f(): return 1\nR['f'] = f\nR['other'] = 0"})
    app = project.load("app")
    app.R["by hand"] = 1
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f"]

    assert app.R["f"]() == 2
    assert list(app.R) == ["f", "other", "by hand"]


def test_a_key_is_renamed_in_its_place(project):
    project.write({"app.py": "R = {}\ndef f(): return 1\nR['a'] = 0\nR['b'] = f\nR['c'] = 0\n"})
    app = project.load("app")
    registry = app.R
    registry["by hand"] = 1
    project.edit("app.py", "R['b']", "R['B']")

    assert project.refresh() == ["run app:4"]

    assert app.R is registry
    assert list(registry) == ["a", "B", "c", "by hand"]


def test_an_item_of_a_dict_gets_another_value(project):
    project.write(
        {"app.py": "R = {}\nR['a'] = 1\nR['b'] = 2\n", "user.py": "from app import R\nA = R['a']"}
    )
    user = project.load("user")
    project.edit("app.py", "R['a'] = 1", "R['a'] = 10")

    assert project.refresh() == ["run app:2", "rerun user.A"]

    assert user.R == {"a": 10, "b": 2}
    assert user.A == 10


def test_an_item_of_a_dict_is_no_more_set(project):
    project.write({"app.py": "R = {}\nR['a'] = 1\nR['b'] = 2\n"})
    app = project.load("app")
    registry = app.R
    registry["by hand"] = 3
    project.edit("app.py", "R['a'] = 1\n", "")
    project.refresh()

    assert app.R is registry == {"b": 2, "by hand": 3}


def test_an_append_is_edited_added_and_removed(project):
    project.write(
        {"app.py": "R = []\ndef f(): return 1\ndef g(): return 2\nR.append(f)\nR.append(g)\n"}
    )
    app = project.load("app")
    registry, f, g = app.R, app.f, app.g
    project.edit("app.py", "R.append(f)", "R.append((f, 1))")
    assert project.refresh() == ["run app:4"]
    assert app.R is registry
    assert registry == [(f, 1), g]

    project.edit("app.py", "R.append(g)\n", "R.append(g)\nR.append(f)\n")
    assert project.refresh() == ["run app:6"]
    assert registry == [(f, 1), g, f]

    project.edit("app.py", "R.append((f, 1))\n", "")
    project.refresh()
    assert registry == [g, f]


def test_an_appended_constant_is_edited(project):
    project.write({"app.py": "R = []\nR.append(1)\nR.append(2)\n"})
    app = project.load("app")
    registry = app.R
    project.edit("app.py", "append(1)", "append(10)")
    project.refresh()

    assert app.R is registry == [10, 2]


REGISTRY = """
R = {}
def register(name):
    def decorate(f):
        R[name] = f
        return f
    return decorate
"""


def test_a_decorator_factory_gets_another_key(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "app.py": "from bus import register\n@register('a')\ndef f(): return 1\n@register('b')\ndef g(): return 2\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    bus.R["by hand"] = None
    f = app.f
    project.edit("app.py", "'a'", "'A'")

    assert project.refresh() == ["run app.f"]

    assert app.f is f
    assert dict(bus.R) == {"A": f, "b": app.g, "by hand": None}
    assert list(bus.R) == ["A", "b", "by hand"]


def test_a_decorated_function_is_removed_and_added(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "app.py": "from bus import register\n@register('a')\ndef f(): return 1\n@register('b')\ndef g(): return 2\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    project.edit(
        "app.py", "@register('a')\ndef f(): return 1\n", "@register('c')\ndef h(): return 3\n"
    )

    assert project.refresh() == ["drop app.f", "run app.h"]

    assert dict(bus.R) == {"b": app.g, "c": app.h}


def test_a_registering_decorator_is_taken_off(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "app.py": "from bus import register\n@register('a')\ndef f(): return 1\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    project.edit("app.py", "@register('a')\n", "")

    assert project.refresh() == ["run app.f"]

    assert dict(bus.R) == {}
    assert app.f() == 1


def test_the_registry_itself_is_made_anew_with_all_that_fills_it(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "app.py": "from bus import register\n@register('a')\ndef f(): return 1\n@register('b')\ndef g(): return 2\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    registry = bus.R
    project.edit("bus.py", "R = {}", "R = {'new': 0}")

    assert project.refresh() == ["run bus.R", "rerun app.f", "rerun app.g"]

    assert bus.R is registry == {"new": 0, "a": app.f, "b": app.g}


ROUTER = """
class Route:
    def __init__(self, path, endpoint):
        self.path, self.endpoint = path, endpoint

class Router:
    def __init__(self):
        self.routes = []
    def get(self, path):
        def decorate(f):
            self.routes.append(Route(path, f))
            return f
        return decorate
"""


def test_what_stands_in_another_order_is_told_though_nothing_runs(project):
    make = "def on(f):\n    H.append(f)\n    return f\n"
    one, two = "@on\ndef a(): return 1\n", "@on\ndef b(): return 2\n"
    project.write({"app.py": f"H = []\n{make}{one}{two}X = 3\n"})
    app = project.load("app")
    a, b = app.H
    project.write({"app.py": f"H = []\n{make}{two}{one}X = 3\n"})

    report = project.report()

    assert (report.trace, app.H) == ([], [b, a])
    assert report.notes == (
        "what app.b has registered stands elsewhere now, as app.b does in the text",
    )
    assert (a.__code__.co_firstlineno, b.__code__.co_firstlineno) == (7, 5)


def test_what_moves_and_registers_nothing_is_not_told_of(project):
    one, two = "def a(): return 1\n", "def b(): return 2\n"
    project.write({"app.py": f"H = []\n{one}{two}H.append(a)\nH.append(b)\n"})
    app = project.load("app")
    project.write({"app.py": f"H = []\n{two}{one}H.append(a)\nH.append(b)\n"})

    report = project.report()

    assert (report.trace, report.notes, app.H) == ([], (), [app.a, app.b])


def test_a_route_changes_its_path_in_its_place(project):
    project.write(
        {
            "web.py": ROUTER,
            "app.py": "from web import Router\nrouter = Router()\n@router.get('/a')\ndef a(): return 1\n@router.get('/b')\ndef b(): return 2\n",
        }
    )
    app = project.load("app")
    router = app.router
    project.edit("app.py", "'/a'", "'/A'")

    assert project.refresh() == ["run app.a"]

    assert app.router is router
    assert [(r.path, r.endpoint()) for r in router.routes] == [("/A", 1), ("/b", 2)]


def test_a_route_changes_its_path_and_its_body_and_another_goes(project):
    project.write(
        {
            "web.py": ROUTER,
            "app.py": "from web import Router\nrouter = Router()\n@router.get('/a')\ndef a(): return 1\n@router.get('/b')\ndef b(): return 2\n",
        }
    )
    app = project.load("app")
    a = app.a
    project.write(
        {
            "app.py": "from web import Router\nrouter = Router()\n@router.get('/A')\ndef a(x=3): return x\n",
        }
    )

    assert project.refresh() == ["drop app.b", "run app.a"]

    assert app.a is a
    assert [(r.path, r.endpoint()) for r in app.router.routes] == [("/A", 3)]


def test_a_registration_moves_to_another_module(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "one.py": "from bus import register\n@register('a')\ndef f(): return 1\n",
            "two.py": "from bus import register\n",
        }
    )
    one, two, bus = project.load("one"), project.load("two"), project.load("bus")
    project.write(
        {
            "one.py": "from bus import register\n",
            "two.py": "from bus import register\n@register('a')\ndef f(): return 2\n",
        }
    )

    assert project.refresh() == ["drop one.f", "run two.f"]

    assert dict(bus.R) == {"a": two.f}
    assert bus.R["a"]() == 2
    assert not hasattr(one, "f")


def test_subclasses_register_themselves(project):
    project.write(
        {
            "base.py": "class Base:\n    kinds = []\n    def __init_subclass__(cls):\n        Base.kinds.append(cls)\n",
            "app.py": "from base import Base\nclass A(Base):\n    def m(self): return 1\nclass B(Base): pass\n",
        }
    )
    app, base = project.load("app"), project.load("base")
    a, b, instance = app.A, app.B, app.A()
    project.edit("app.py", "return 1", "return 2")
    assert project.refresh() == ["patch app.A.m"]

    project.edit("app.py", "def m(self): return 2", "x = 5\n    def m(self): return self.x")
    assert project.refresh() == ["patch app.A.m", "run app.A"]

    assert base.Base.kinds == [a, b]
    assert app.A is a
    assert instance.m() == 5


def test_a_subclass_that_registered_itself_is_removed(project):
    project.write(
        {
            "base.py": "KINDS = {}\nclass Base:\n    def __init_subclass__(cls, name):\n        KINDS[name] = cls\n",
            "app.py": "from base import Base\nclass A(Base, name='a'): pass\nclass B(Base, name='b'): pass\n",
        }
    )
    app, base = project.load("app"), project.load("base")
    project.edit("app.py", "class A(Base, name='a'): pass\n", "")
    project.refresh()
    assert base.KINDS == {"b": app.B}

    project.edit("app.py", "name='b'", "name='c'")
    project.refresh()
    assert base.KINDS == {"c": app.B}


def test_a_class_decorator_that_registers(project):
    project.write(
        {
            "bus.py": "ALL = []\ndef plugin(cls):\n    ALL.append(cls)\n    return cls\n",
            "app.py": "from bus import plugin\n@plugin\nclass A:\n    x = 1\n@plugin\nclass B: pass\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    a, b, instance = app.A, app.B, app.A()
    project.edit("app.py", "x = 1", "x = 2")

    assert project.refresh() == ["run app.A"]

    assert app.A is a
    assert instance.x == 2
    assert list(bus.ALL) == [a, b]


def test_listeners_registered_on_an_object_of_the_same_file(project):
    project.write(
        {
            "app.py": """
        class Bus:
            def __init__(self):
                self.listeners = {}
            def on(self, event):
                def decorate(f):
                    self.listeners.setdefault(event, []).append(f)
                    return f
                return decorate
        bus = Bus()
        @bus.on("saved")
        def a(): return "a"
        @bus.on("saved")
        def b(): return "b"
        """
        }
    )
    app = project.load("app")
    app.bus.listeners["saved"].append(print)
    project.edit("app.py", '@bus.on("saved")\ndef a', '@bus.on("gone")\ndef a')

    assert project.refresh() == ["run app.a"]

    assert app.bus.listeners == {"saved": [app.b, print], "gone": [app.a]}


def test_a_helper_that_registers_is_edited(project):
    project.write(
        {
            "bus.py": "R = []\ndef add(f):\n    R.append(f)\n",
            "app.py": "from bus import add\ndef f(): return 1\nadd(f)\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    registry = bus.R
    project.edit("bus.py", "R.append(f)", "R.append(('new', f))")

    assert project.refresh() == ["patch bus.add", "rerun app:3"]

    assert bus.R is registry == [("new", app.f)]


def test_a_registration_is_put_back_when_the_batch_fails(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "app.py": "from bus import register\n@register('a')\ndef f(): return 1\n@register('b')\ndef g(): return 2\nX = 1\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    before = dict(bus.R)
    project.write(
        {"app.py": "from bus import register\n@register('b')\ndef g(x): return 2\nX = 1 / 0\n"}
    )

    assert isinstance(project.fail(), ZeroDivisionError)

    assert list(bus.R.items()) == list(before.items())
    assert app.f() == 1


def test_atexit_like_sets_of_callbacks(project):
    project.write(
        {
            "app.py": "HOOKS = set()\ndef hook(f):\n    HOOKS.add(f)\n    return f\n@hook\ndef a(x=1): return x\n@hook\ndef b(): return 2\n",
        }
    )
    app = project.load("app")
    a, b, hooks = app.a, app.b, app.HOOKS
    project.edit("app.py", "x=1", "x=5")
    assert project.refresh() == ["run app.a"]
    assert hooks == {a, b}

    project.edit("app.py", "@hook\ndef b(): return 2\n", "")
    project.refresh()
    assert app.HOOKS is hooks == {a}
    assert [hook() for hook in hooks] == [5]


def test_records_that_are_dicts(project):
    project.write(
        {
            "app.py": """
        R, D = [], {}
        def f(): return 1
        def g(): return 2
        R.append({"name": "a", "function": f})
        R.append({"name": "b", "function": g})
        D["a"] = {"name": "a", "function": f}
        """
        }
    )
    app = project.load("app")
    records, by_name = app.R, app.D
    project.edit("app.py", 'R.append({"name": "a"', 'R.append({"name": "A"')
    assert project.refresh() == ["run app:4"]
    assert records == [{"name": "A", "function": app.f}, {"name": "b", "function": app.g}]
    assert by_name == {"a": {"name": "a", "function": app.f}}

    project.edit("app.py", 'D["a"] = ', 'D["A"] = ')
    assert project.refresh() == ["run app:6"]
    assert by_name == {"A": {"name": "a", "function": app.f}}


def test_items_of_items(project):
    project.write(
        {
            "app.py": "R = {'a': {}, 'b': {}}\nK = 'x'\nR['a']['x'] = 1\nR['b'][K] = 2\nR['a'][2] = 0\n"
        }
    )
    app = project.load("app")
    registry, inner = app.R, app.R["a"]
    project.edit("app.py", "R['a']['x'] = 1", "R['a']['y'] = 1")
    assert project.refresh() == ["run app:3"]
    project.edit("app.py", "R['b'][K] = 2\n", "")
    project.refresh()

    assert app.R is registry == {"a": {"y": 1, 2: 0}, "b": {}}
    assert list(inner) == ["y", 2]
    assert app.R["a"] is inner


def test_a_key_that_is_computed(project):
    project.write(
        {
            "app.py": """
        R = {}
        def f(): return 1
        R[f.__name__] = f
        R[f.__name__ + "!"] = f
        R["other"] = print
        """
        }
    )
    app = project.load("app")
    project.edit("app.py", '"!"', '"?"')
    assert project.refresh() == ["run app:4"]
    assert list(app.R.items()) == [("f", app.f), ("f?", app.f), ("other", print)]


def test_a_function_registered_by_two_statements(project):
    project.write(
        {
            "web.py": ROUTER,
            "app.py": """
        from web import Router
        router = Router()
        def f(): return 1
        router.get("/a")(f)
        router.get("/b")(f)
        @router.get("/c")
        def g(): return 2
        router.get("/d")(g)
        """,
        }
    )
    router = project.load("app").router
    project.edit("app.py", '"/b"', '"/B"')
    assert project.refresh() == ["run app:5"]
    assert [route.path for route in router.routes] == ["/a", "/B", "/c", "/d"]

    project.edit("app.py", 'router.get("/d")(g)\n', "")
    assert project.refresh() == ["drop app:8"]
    assert [route.path for route in router.routes] == ["/a", "/B", "/c"]

    project.edit("app.py", 'router.get("/a")(f)\n', "")
    assert project.refresh() == ["drop app:4"]
    assert [route.path for route in router.routes] == ["/B", "/c"]


def test_where_nothing_tells_whose_an_entry_is_both_run_again(project):
    project.write(
        {
            "app.py": """
        R = {}
        def f(): return 1
        def add(name, f):
            R.setdefault(name.lower(), f)
        add("A", f)
        add("B", f)
        """
        }
    )
    app = project.load("app")
    app.R["by hand"] = print
    project.edit("app.py", 'add("B", f)', 'add("C", f)')
    project.refresh()
    assert {"a": app.f, "c": app.f, "by hand": print} == app.R


def test_one_thing_put_into_two_objects_of_one_type(project):
    project.write(
        {
            "app.py": """
        class Bus:
            def __init__(self, parent=None):
                self.handlers, self.parent = [], parent
            def add(self, handler):
                self.handlers.append(handler)
        root = Bus()
        bus = Bus(root)
        def f(): return 1
        root.add(f)
        bus.add(f)
        """
        }
    )
    app = project.load("app")
    project.edit("app.py", "bus.add(f)\n", "bus.add((f, 1))\n")
    assert project.refresh() == ["run app:10"]
    assert (app.root.handlers, app.bus.handlers) == ([app.f], [(app.f, 1)])


def test_registries_that_derive_from_containers(project):
    project.write(
        {
            "bus.py": """
        from collections import defaultdict
        class Registry(dict):
            def __setitem__(self, key, value): raise TypeError("use register")
            def register(self, name):
                def decorate(f):
                    dict.__setitem__(self, name, f)
                    return f
                return decorate
        class Listeners(defaultdict):
            def on(self, name):
                return lambda f: self[name].append(f)
        registry, listeners = Registry(), Listeners(list)
        """,
            "app.py": """
        from bus import registry, listeners
        @registry.register("a")
        def f(): return 1
        @registry.register("b")
        def g(): return 2
        listeners.on("x")(f)
        listeners.on("x")(g)
        """,
        }
    )
    app, bus = project.load("app"), project.load("bus")
    project.edit("app.py", '"a"', '"A"')
    assert project.refresh() == ["run app.f"]
    assert list(bus.registry.items()) == [("A", app.f), ("b", app.g)]
    assert bus.listeners == {"x": [app.f, app.g]}

    project.edit("app.py", 'listeners.on("x")(f)', 'listeners.on("y")(f)')
    assert project.refresh() == ["run app:6"]
    assert bus.listeners == {"x": [app.g], "y": [app.f]}


def test_members_register_too(project):
    project.write(
        {
            "bus.py": REGISTRY,
            "app.py": """
        from bus import register
        class Handlers:
            @register("a")
            def f(self): return 1
            @register("b")
            def g(self): return 2
        """,
        }
    )
    app, bus = project.load("app"), project.load("bus")
    project.edit("app.py", '"a"', '"A"')
    assert project.refresh() == ["run app.Handlers.f"]
    assert list(bus.R.items()) == [("A", app.Handlers.f), ("b", app.Handlers.g)]

    project.edit("app.py", '    @register("b")\n    def g(self): return 2\n', "")
    assert project.refresh() == ["drop app.Handlers.g"]
    assert list(bus.R) == ["A"]


def test_instances_and_metaclasses_that_register(project):
    project.write(
        {
            "bus.py": """
        class Plugin:
            every = []
            def __init__(self, name):
                self.name = name
                Plugin.every.append(self)
        KINDS = {}
        class Meta(type):
            def __init__(cls, name, bases, block):
                KINDS[name] = cls
        class Base(metaclass=Meta): pass
        """,
            "app.py": """
        from bus import Base, Plugin
        Plugin("a")
        b = Plugin("b")
        class One(Base): pass
        class Two(Base): pass
        """,
        }
    )
    app, bus = project.load("app"), project.load("bus")
    project.edit("app.py", 'Plugin("b")', 'Plugin("B")')
    assert project.refresh() == ["run app.b"]
    assert [plugin.name for plugin in bus.Plugin.every] == ["a", "B"]

    project.edit("app.py", "class One(Base): pass\n", "")
    assert project.refresh() == ["drop app.One"]
    assert list(bus.KINDS) == ["Base", "Two"]
    assert bus.KINDS["Two"] is app.Two


def test_an_object_that_counts_is_put_back_when_the_batch_fails(project):
    project.write(
        {
            "bus.py": """
        class Bus:
            def __init__(self):
                self.count, self.handlers = 0, ()
            def add(self, handler):
                self.count += 1
                self.handlers += (handler,)
        bus = Bus()
        """,
            "app.py": "from bus import bus\ndef f(): return 1\nbus.add(f)\n",
        }
    )
    app, bus = project.load("app"), project.load("bus")
    project.edit("app.py", "bus.add(f)\n", "bus.add((f, 1))\nraise ValueError\n")
    assert isinstance(project.fail(), ValueError)
    assert (bus.bus.count, bus.bus.handlers) == (1, (app.f,))


@pytest.mark.parametrize(
    ("new", "trace", "size"), [("s.size = 4\n", ["run app:4"], 4), ("", [], 3)]
)
def test_an_attribute_that_is_set_otherwise_is_no_reason_to_make_its_object_anew(
    project, new, trace, size
):
    project.write(
        {
            "app.py": """
                class Service:
                    def __init__(self): self.state = []
                s = Service()
                s.size = 3
                s.state.append(5)
                """
        }
    )
    app = project.load("app")
    held = app.s
    project.edit("app.py", "s.size = 3\n", new)

    assert project.refresh() == trace

    assert app.s is held
    assert (held.size, held.state) == (size, [5])


BY_CLASS = """
R = {}
class register:
    def __init__(self, name): self.name = name
    def __call__(self, f):
        R[self.name] = f
        return f
"""


@pytest.mark.parametrize("inherits", [False, True])
def test_a_decorator_that_is_a_class_registers(project, inherits):
    head = BY_CLASS + ("class on(register): pass\n" if inherits else "on = register\n")
    project.write({"app.py": head + "@on('a')\ndef f(): return 1\n"})
    app = project.load("app")
    registry = app.R

    project.edit("app.py", "('a')", "('b')")
    assert project.refresh() == ["run app.f"]
    assert registry == {"b": app.f}

    project.edit("app.py", "R[self.name] = f", "R[self.name.upper()] = f")
    assert project.refresh() == ["patch app.register.__call__", "rerun app.f"]
    assert registry == {"B": app.f}

    project.edit("app.py", "@on('b')\ndef f(): return 1\n", "")
    assert project.refresh() == ["drop app.f"]
    assert registry == {}


def test_who_holds_a_list_that_was_configured_goes_on_with_it(project):
    """Another list takes its place: nothing is registered in the one before any more."""
    lib = "class Config: steps = []\nCONFIG = Config()\n"
    project.write({"lib.py": lib + "def configure(*, steps): CONFIG.steps = steps\n"})
    app = "import lib\ndef a(): ...\ndef b(): ...\nlib.configure(steps=[a, b])\n"
    project.write({"app.py": app})
    app, lib = project.load("app"), project.load("lib")
    held = lib.CONFIG.steps
    project.edit("app.py", "[a, b]", "[b, a, len]")

    assert project.refresh() == ["run app:4"]

    assert lib.CONFIG.steps == [app.b, app.a, len]
    assert held == [app.a, app.b]


BUS = """\
class Bus:
    def __init__(self): self.handlers = []
    def subscribe(self, handler): self.handlers.append(handler)
bus = Bus()
"""
MAILER = """\
from bus import bus
class Mailer:
    def __init__(self, sender): self.sender = sender
    def mail(self): return self.sender
    def other(self): return "other"
mailer = Mailer("noreply")
bus.subscribe(mailer.mail)
bus.subscribe(mailer.other)
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('Mailer("noreply")', 'Mailer("boss")', ["boss", "other"]),
        ("bus.subscribe(mailer.mail)\n", "", ["other"]),
        ("bus.subscribe(mailer.mail)", "bus.subscribe(mailer.other)", ["other", "other"]),
    ],
)
def test_a_bound_method_is_known_again(project, old, new, told):
    project.write({"bus.py": BUS, "app.py": MAILER})
    project.load("app")
    bus = project.load("bus").bus
    bus.subscribe(by_hand := lambda: "by hand")
    project.edit("app.py", old, new)

    assert "rerun bus.bus" not in project.refresh()

    assert project.load("bus").bus is bus
    assert [handler() for handler in bus.handlers] == [*told, "by hand"]
    assert by_hand in bus.handlers


def test_what_a_hook_sets_in_a_class_is_read_by_its_name(project):
    text = """
        class Machine:
            table = {}
            def __init_subclass__(cls):
                cls.table = {n: v.to for n, v in vars(cls).items() if hasattr(v, "to")}
        def to(target):
            def mark(f):
                f.to = target
                return f
            return mark
        class Order(Machine):
            @to("paid")
            def pay(self): ...
        TARGETS = sorted(Order.table.values())
        """
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "TARGETS", '    @to("lost")\n    def lose(self): ...\nTARGETS')

    report = project.report()

    assert (report.trace, report.notes) == (["run app.Order", "rerun app.TARGETS"], ())
    assert app.TARGETS == ["lost", "paid"]
