"""A statement begins to register what it makes, or what it registers gets wrapped."""

from types import FunctionType, SimpleNamespace

import pytest

HEAD = """
from bus import BUS, D, L, On, keep, record, register, under, wrap
on = On()
"""
BUS = """
from types import SimpleNamespace
L, D, BUS = [], {}, SimpleNamespace(records=[])
def register(f):
    L.append(f)
    return f
def under(f):
    D[f.__name__] = f
    return f
def record(f):
    BUS.records.append(SimpleNamespace(inside=SimpleNamespace(f=f), pair=(f, 1)))
    return f
class On:
    def __init__(self): self.all = []
    def on(self, f):
        self.all.append(f)
        return f
def keep(f):
    def call(): return f()
    L.append(call)
    return f
def wrap(f):
    def wrapper(): return "wrapped", f()
    return wrapper
"""
F = "def f(): return 1\n"
G = "def g(): return 2\n"


def seen(bus, app):
    """What those get who call what is registered, in order."""
    called = {
        "list": [f() for f in bus.L],
        "dict": {name: f() for name, f in bus.D.items()},
        "records": [(r.inside.f(), r.pair[0]()) for r in bus.BUS.records],
        "own": [f() for f in app.on.all],
    }
    named = [n for n, v in vars(app).items() if type(v) is FunctionType and n in ("f", "g")]
    return called | {name: getattr(app, name)() for name in sorted(named)}


def fresh(text):
    bus, app = SimpleNamespace(), SimpleNamespace()
    exec(BUS, vars(bus))
    names = {"register", "under", "record", "On", "keep", "wrap", "L", "D", "BUS"}
    vars(app).update({name: getattr(bus, name) for name in names})
    exec(HEAD.replace("from bus import", "# "), vars(app))
    exec(text, vars(app))
    return seen(bus, app)


def follows(project, *texts):
    """Each text is saved over the one before, and all is as if it alone had been run."""
    project.write({"bus.py": BUS, "app.py": HEAD + texts[0]})
    app, bus = project.load("app"), project.load("bus")
    for text in texts[1:]:
        project.write({"app.py": HEAD + text})
        project.refresh()
        assert seen(bus, app) == fresh(text)


DECORATORS = ["@register\n", "@under\n", "@record\n", "@keep\n", "@on.on\n"]


@pytest.mark.parametrize("decorator", DECORATORS)
def test_it_comes_in_where_its_statement_stands(project, decorator):
    follows(project, F + decorator + G, decorator + F + decorator + G, F + decorator + G)


@pytest.mark.parametrize("decorator", ["@under\n", "@record\n", "@keep\n"])
def test_it_leaves_one_registry_for_another(project, decorator):
    both = "@register\n" + F + decorator + G
    follows(project, both, decorator + F + decorator + G, "@on.on\n" + F + decorator + G, both)


def test_it_comes_in_by_a_bare_call(project):
    follows(
        project, "X = 1\nL.append(lambda: 2)\n", "X = L.append(lambda: 1)\nL.append(lambda: 2)\n"
    )


def test_who_computes_with_the_registry_computes_anew(project):
    project.write({"bus.py": BUS, "app.py": HEAD + F + "N = len(L)\n"})
    app = project.load("app")
    project.edit("app.py", F, "@register\n" + F)

    assert project.refresh() == ["run app.f", "rerun app.N"]

    assert app.N == 1


@pytest.mark.parametrize("decorator", DECORATORS)
@pytest.mark.parametrize("before", [True, False])
def test_what_is_below_a_new_wrapper_has_the_function_itself(project, decorator, before):
    first = decorator + F if before else F
    wrapped = "@wrap\n" + decorator + F
    follows(project, first + G, wrapped + G, wrapped.replace("1", "3") + G, first + G, wrapped + G)


def test_who_held_the_function_before_calls_the_wrapper(project):
    project.write({"bus.py": BUS, "app.py": HEAD + "@register\n" + F + "D['f'] = f\n"})
    app, bus = project.load("app"), project.load("bus")
    held, table = app.f, {"f": app.f}
    project.edit("app.py", "@register", "@wrap\n@register")

    project.refresh()

    assert [held(), table["f"](), bus.D["f"]()] == [("wrapped", 1)] * 3
    assert [f() for f in bus.L] == [1]


def test_nothing_of_it_is_left_when_the_batch_fails(project):
    project.write({"bus.py": BUS, "app.py": HEAD + "@record\n@register\n" + F + "X = 1\n"})
    app, bus = project.load("app"), project.load("bus")
    before, registered, records = app.f, list(bus.L), list(bus.BUS.records)
    project.write({"app.py": HEAD + "@wrap\n@record\n@register\n" + F + "X = 1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert app.f is before
    assert (bus.L, bus.BUS.records) == (registered, records)
    assert [app.f(), records[0].inside.f(), records[0].pair[0]()] == [1, 1, 1]
