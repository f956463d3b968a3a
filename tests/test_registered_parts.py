"""Parts that records have in common, as the guards of routes: none is lost when one is made again."""

from __future__ import annotations

import pytest

ROUTERS = """\
class Guard:
    def __init__(self, check):
        self.check = check
class Route:
    def __init__(self, f, guards):
        self.f, self.guards = f, [*guards]
class Included:
    def __init__(self, router, guards):
        self.router, self.guards = router, [*guards]
class Router:
    def __init__(self, guards=()):
        self.guards, self.routes = [*guards], []
    def get(self, *guards):
        def decorate(f):
            self.routes.append(Route(f, [*self.guards, *guards]))
            return f
        return decorate
class App:
    def __init__(self, guards=()):
        self.router = Router(guards)
        self.get = self.router.get
    def include(self, router, guards=()):
        self.router.routes.append(Included(router, [*self.router.guards, *guards]))
    def told(self):
        return told(self.router)
def told(router):
    found = []
    for route in router.routes:
        guards = [guard.check.__name__ for guard in route.guards]
        if isinstance(route, Included):
            found += [(name, guards + below) for name, below in told(route.router)]
        else:
            found.append((route.f.__name__, guards))
    return found
"""

ROUTER = """\
from routers import App, Guard, Router
def check(): pass
router = Router([Guard(check)])
@router.get()
def a(): pass
@router.get()
def b(): pass
app = App()
app.include(router)
"""


@pytest.mark.parametrize(
    ("old", "new"), [("def a()", "def a(x=1)"), ("def check()", "def check(x=1)")]
)
def test_what_a_router_has_for_its_routes_stays_with_them(project, old, new):
    project.write({"routers.py": ROUTERS, "app.py": ROUTER})
    app = project.load("app").app
    for edit in ((old, new), ("x=1", "x=2"), ("def b()", "def b(y=1)")):
        project.edit("app.py", *edit)
        project.refresh()

        assert app.told() == [("a", ["check"]), ("b", ["check"])]


def test_what_was_registered_before_in_the_same_batch_keeps_its_guard(project):
    text = """
        from routers import App, Guard, Router
        def check(): pass
        first, second, app = Router(), Router(), App()
        @first.get(Guard(check))
        def a(): pass
        @second.get()
        def b(): pass
        app.include(first)
        app.include(second, [Guard(check)])
        """
    project.write({"routers.py": ROUTERS, "app.py": text})
    app = project.load("app").app
    project.edit("app.py", "def a()", "def a(x=1)")
    project.edit("app.py", "def b()", "def b(x=1)")

    assert project.refresh() == ["run app.a", "run app.b", "rerun app:8", "rerun app:9"]

    assert app.told() == [("a", ["check"]), ("b", ["check"])]


@pytest.mark.parametrize(
    "made",
    [
        "app = App([Guard(check)])",
        "app: App = App(guards=[Guard(check)])",
        "def make():\n    made = App(guards=(Guard(check),))\n    return made\napp = make()",
    ],
)
@pytest.mark.parametrize(
    ("router", "include"),
    [
        ("[Guard(check)]", "router"),
        ("", "router, [Guard(check)]"),
        ("[Guard(check)]", "router, [Guard(check)]"),
    ],
)
def test_what_an_app_was_made_with_is_not_taken_from_it(project, made, router, include):
    text = f"""\
from routers import App, Guard, Router
def check(): pass
{made}
@app.get()
def a(): pass
router = Router({router})
@router.get()
def b(): pass
app.include({include})
"""
    project.write({"routers.py": ROUTERS, "app.py": text})
    app = project.load("app").app
    before = app.told()
    for edit in ("def b()", "def b(x=1)"), ("def a()", "def a(x=1)"), ("b(x=1)", "b(x=2)"):
        project.edit("app.py", *edit)
        project.refresh()

        assert app.told() == before
        assert [guard.check.__name__ for guard in app.router.guards] == ["check"]


def test_what_is_added_to_what_an_app_was_made_with_is_taken_back(project):
    text = """
        from routers import App, Guard
        def check(): pass
        app = App([Guard(check)])
        app.router.guards.append(Guard(check))
        """
    project.write({"routers.py": ROUTERS, "app.py": text})
    guards = project.load("app").app.router.guards
    first, second = guards
    project.edit("app.py", "append(Guard(check))", "insert(9, Guard(check))")

    project.refresh()

    assert guards[0] is first
    assert len(guards) == 2
    assert guards[1] is not second


@pytest.mark.parametrize("record", ["lambda: f", "[f, {}]", "Record(f)", "(1, (f,))"])
def test_a_record_has_the_wrapper_that_its_name_has(project, record):
    text = f"""
        class Record:
            def __init__(self, f): self.f = f
        RECORDS, COPIES = [], []
        def register(f):
            RECORDS.append({record})
            return f
        def wrap(f):
            def wrapper(*given): return f(*given)
            return wrapper
        @register
        @wrap
        def a(): return 1
        COPIES.extend(RECORDS)
        """
    project.write({"app.py": text})
    app = project.load("app")
    wrapper = app.a
    project.edit("app.py", "def a():", "def a(x=1):")

    project.refresh()

    assert app.a is wrapper
    (kept,) = app.RECORDS
    assert list(app.COPIES) == [kept]
    found = [kept() if record.startswith("lambda") else getattr(kept, "f", kept)]
    while isinstance(found[0], list | tuple):
        found = [part for part in found[0] if part not in (1, {})]
    assert found[0] is wrapper


def test_what_copied_entries_copies_them_again_when_they_change_places(project):
    first = "@bus.on\ndef a(): return 1\n"
    second = "@bus.on\ndef b(): return 2\n"
    bus = """\
class Bus:
    def __init__(self): self.all = []
    def on(self, f):
        self.all.append(f)
        return f
    def copy(self, bus): self.all.extend(bus.all)
bus = Bus()
"""
    rest = "every = Bus()\nevery.copy(lib.bus)\nNAMES = [f.__name__ for f in lib.bus.all]\n"
    project.write(
        {"lib.py": bus + first + second, "app.py": "import lib\nfrom lib import Bus\n" + rest}
    )
    app, lib = project.load("app"), project.load("lib")
    assert app.every.all == [lib.a, lib.b]
    project.write({"lib.py": bus + second + first})

    assert project.refresh() == ["rerun app:4", "rerun app.NAMES"]

    assert app.every.all == lib.bus.all == [lib.b, lib.a]
    assert app.NAMES == ["b", "a"]


def test_who_reads_a_list_in_which_entries_change_places_is_foreseen(project):
    first, second = "@on\ndef a(): return 1\n", "@on\ndef b(): return 2\n"
    head = "ALL = []\ndef on(f):\n    ALL.append(f)\n    return f\n"
    rest = "NAMES = [f.__name__ for f in ALL]\n"
    project.write({"app.py": head + first + second + rest})
    app = project.load("app")
    project.write({"app.py": head + second + first + rest})

    steps = project.sync.plan().steps
    assert [f"{step.action} {step.ref} {step.certain}" for step in steps] == [
        "rerun app.NAMES False"
    ]
    assert project.refresh() == ["rerun app.NAMES"]

    assert app.NAMES == ["b", "a"]


def test_a_record_is_taken_out_under_its_name_too_however_deep_the_function_is_in_it(project):
    board = """
        class Cell:
            def __init__(self, f): self.f = f
        class Row:
            def __init__(self, f): self.cells = [Cell(f)]
        class Board:
            def __init__(self): self.rows, self.names = [], {}
            def row(self, name):
                def decorate(f):
                    if name in self.names: raise ValueError(name)
                    self.rows.append(Row(f))
                    self.names[name] = self.rows[-1]
                    return f
                return decorate
        """
    text = """
        from board import Board
        board = Board()
        @board.row("first")
        def a(): pass
        @board.row("second")
        def b(): pass
        """
    project.write({"board.py": board, "app.py": text})
    app = project.load("app").board

    def told():
        return [row.cells[0].f.__name__ for row in app.rows], [*app.names], [*app.names.values()]

    for old, new, functions, names in [
        ("def a()", "def a(x=1)", ["a", "b"], ["first", "second"]),
        ('"first"', '"one"', ["a", "b"], ["one", "second"]),
        ('"one"', '"first"', ["a", "b"], ["first", "second"]),
        ('@board.row("first")\n', "", ["b"], ["second"]),
        ("def a(x=1)", '@board.row("first")\ndef a()', ["a", "b"], ["first", "second"]),
    ]:
        project.edit("app.py", old, new)
        project.refresh()
        assert told() == (functions, names, app.rows)
