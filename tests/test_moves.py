"""A definition that moves to another file stays the same object, and whoever holds it sees the new."""

from __future__ import annotations

import sys

import pytest

CLASS = """
class Service:
    made = 0

    def __init__(self):
        self.state = []

    def say(self):
        return {say}
"""


def service(say="WORD"):
    return CLASS.format(say=say)


# ------------------------------------------------------------------- between live files


@pytest.mark.parametrize(
    "call", ["NamedTuple('Row', [('a', int)])", "TypedDict('Row', {'a': int})"]
)
def test_a_class_that_a_call_made_says_where_it_is_now(project, call):
    text = f"Row = typing.{call}\n"
    project.write(
        {
            "a.py": "import typing\n" + text,
            "b.py": "import typing\n",
            "app.py": "from a import Row\n",
        }
    )
    app, b = project.load("app"), project.load("b")
    held = app.Row
    project.write(
        {
            "a.py": "import typing\n",
            "b.py": "import typing\n" + text,
            "app.py": "from b import Row\n",
        }
    )

    project.refresh()

    assert app.Row is b.Row is held
    assert held.__module__ == "b"


def test_a_class_moves_to_another_file(project):
    project.write(
        {
            "a.py": "WORD = 'a'\n" + service(),
            "b.py": "WORD = 'b'\n",
            "app.py": "from a import Service\nimport b\nthing = Service()\n",
        }
    )
    app, a, b = project.load("app"), project.load("a"), project.load("b")
    held, thing, say = a.Service, app.thing, app.thing.say
    held.made, thing.state = 7, ["kept"]
    project.write(
        {
            "a.py": "WORD = 'a'\n",
            "b.py": "WORD = 'b'\n" + service(),
            "app.py": "from b import Service\nimport b\nthing = Service()\n",
        }
    )

    assert project.refresh() == ["drop a.Service", "run b.Service", "run app.Service"]

    assert app.Service is b.Service is held is type(thing)
    assert app.thing is thing
    assert (held.made, thing.state, held.__module__) == (7, ["kept"], "b")
    assert (thing.say(), say()) == ("b", "b")
    assert not hasattr(a, "Service")

    project.edit("b.py", "return WORD", "return WORD * 2")
    assert project.refresh() == ["patch b.Service.say"]
    assert (thing.say(), say()) == ("bb", "bb")


def test_a_function_moves_to_another_file(project):
    project.write(
        {
            "a.py": "WORD = 'a'\ndef f(): return WORD\n",
            "b.py": "WORD = 'b'\n",
            "app.py": "from a import f\nimport b\n",
        }
    )
    app, b = project.load("app"), project.load("b")
    held = app.f
    project.write(
        {
            "a.py": "WORD = 'a'\n",
            "b.py": "WORD = 'b'\ndef f(): return WORD\n",
            "app.py": "from b import f\nimport b\n",
        }
    )

    assert project.refresh() == ["drop a.f", "run b.f", "run app.f"]

    assert app.f is b.f
    assert (app.f(), held()) == ("b", "b")
    assert held.__wrapped__ is b.f

    project.edit("b.py", "return WORD", "return WORD + '!'")
    assert project.refresh() == ["patch b.f"]
    assert (app.f(), held()) == ("b!", "b!")


def test_a_definition_leaves_its_name_behind_as_an_import(project):
    project.write(
        {
            "a.py": "WORD = 'a'\ndef f(): return WORD\n" + service(),
            "b.py": "WORD = 'b'\n",
            "app.py": "from a import Service, f\nimport b\n",
        }
    )
    app, a, b = project.load("app"), project.load("a"), project.load("b")
    held, f, thing = app.Service, app.f, app.Service()
    project.write(
        {
            "a.py": "WORD = 'a'\nfrom b import Service, f\n",
            "b.py": "WORD = 'b'\ndef f(): return WORD\n" + service(),
        }
    )

    assert project.refresh() == [
        "run b.f",
        "run b.Service",
        "run a.Service, f",
        "rerun app.Service, f",
    ]

    assert app.Service is a.Service is b.Service is held
    assert app.f is a.f is b.f
    assert (f(), app.f(), thing.say()) == ("b", "b", "b")


def test_a_definition_moves_there_and_back_again(project):
    here = {"a.py": "W = 'a'\ndef f(): return W\n" + service("W"), "b.py": "W = 'b'\n"}
    there = {"a.py": "W = 'a'\n", "b.py": "W = 'b'\ndef f(): return W\n" + service("W")}
    project.write(here | {"app.py": "import a, b\n"})
    app = project.load("app")
    held, f, thing = app.a.Service, app.a.f, app.a.Service()
    project.write(there)
    assert project.refresh() == ["drop a.f", "drop a.Service", "run b.f", "run b.Service"]
    assert (app.b.f(), f(), thing.say()) == ("b", "b", "b")

    project.write(here)
    assert project.refresh() == ["drop b.f", "drop b.Service", "run a.f", "run a.Service"]

    assert app.a.Service is held
    assert (app.a.f(), f(), thing.say()) == ("a", "a", "a")


def test_a_definition_is_edited_while_it_moves(project):
    project.write({"a.py": service("1"), "b.py": "", "app.py": "from a import Service\nimport b\n"})
    app = project.load("app")
    held, thing = app.Service, app.Service()
    held.made = 7
    project.write({"a.py": "", "b.py": service("2"), "app.py": "from b import Service\nimport b\n"})

    assert project.refresh() == ["drop a.Service", "run b.Service", "run app.Service"]

    assert app.Service is held
    assert (thing.say(), held.made) == (2, 7)


def test_another_definition_of_the_same_name_is_another_one(project):
    project.write(
        {
            "a.py": "class Plugin:\n    def start(self): return 1\n    def stop(self): pass\n",
            "b.py": "",
            "app.py": "import a, b\n",
        }
    )
    app = project.load("app")
    held, thing = app.a.Plugin, app.a.Plugin()
    project.write({"a.py": "", "b.py": "class Plugin:\n    def fly(self): return 2\n"})

    assert project.refresh() == ["drop a.Plugin", "run b.Plugin"]

    assert app.b.Plugin is not held
    assert thing.start() == 1


def test_which_of_two_a_definition_became_is_not_guessed(project):
    project.write({"a.py": service("1"), "b.py": "", "c.py": "", "app.py": "import a, b, c\n"})
    app = project.load("app")
    held = app.a.Service
    project.write({"a.py": "", "b.py": service("1"), "c.py": service("1")})

    assert project.refresh() == ["drop a.Service", "run b.Service", "run c.Service"]

    assert held not in (app.b.Service, app.c.Service)


def test_who_imports_it_from_there_tells_which_of_two_it_is(project):
    project.write(
        {
            "a.py": service("1"),
            "b.py": "",
            "c.py": "",
            "app.py": "from a import Service\nimport b, c\n",
        }
    )
    app = project.load("app")
    held = app.Service
    project.write({"a.py": "", "b.py": service("1"), "c.py": service("1")})
    project.edit("app.py", "from a", "from c")
    project.refresh()

    assert app.Service is app.c.Service is held
    assert app.b.Service is not held


def test_a_subclass_in_another_file_follows_its_base(project):
    project.write(
        {
            "a.py": service("1"),
            "b.py": "",
            "app.py": "import b\nfrom a import Service\nclass Own(Service):\n    pass\nthing = Own()\n",
        }
    )
    app = project.load("app")
    own, thing = app.Own, app.thing
    project.write({"a.py": "", "b.py": service("2")})
    project.edit("app.py", "from a", "from b")
    project.refresh()

    assert app.Own is own
    assert app.thing is thing
    assert thing.say() == 2
    assert isinstance(thing, app.b.Service)


def test_a_wrapped_function_moves(project):
    wrap = (
        "import functools\ndef loud(f):\n    @functools.wraps(f)\n    def wrapper(*a):\n"
        "        return f(*a) + '!'\n    return wrapper\n"
    )
    project.write(
        {
            "lib.py": wrap,
            "a.py": "from lib import loud\nW = 'a'\n@loud\ndef f(): return W\n",
            "b.py": "from lib import loud\nW = 'b'\n",
            "app.py": "from a import f\nimport b\n",
        }
    )
    app = project.load("app")
    held, inner = app.f, app.f.__wrapped__
    project.write(
        {
            "a.py": "from lib import loud\nW = 'a'\n",
            "b.py": "from lib import loud\nW = 'b'\n@loud\ndef f(): return W\n",
            "app.py": "from b import f\nimport b\n",
        }
    )
    project.refresh()

    assert app.f is app.b.f is held
    assert (app.f(), held(), inner()) == ("b!", "b!", "b")
    project.edit("b.py", "return W", "return W + W")
    project.refresh()
    assert (app.f(), held(), inner()) == ("bb!", "bb!", "bb")


def test_a_coroutine_function_that_is_held_stays_one(project):
    import asyncio
    import inspect

    project.write({"a.py": "async def f(): return 1\ndef g():\n    yield 1\n", "b.py": ""})
    a, b = project.load("a"), project.load("b")
    f, g = a.f, a.g
    project.write({"a.py": "", "b.py": "async def f(): return 1\ndef g():\n    yield 1\n"})
    assert project.refresh() == ["drop a.f", "drop a.g", "run b.f", "run b.g"]
    project.edit("b.py", "return 1", "return 2")
    project.edit("b.py", "yield 1", "yield 2")
    project.refresh()

    assert inspect.iscoroutinefunction(f)
    assert inspect.isgeneratorfunction(g)
    assert (asyncio.run(f()), asyncio.run(b.f()), list(g())) == (2, 2, [2])


def test_an_enum_and_a_dataclass_move(project):
    text = (
        "import enum, dataclasses\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = {blue}\n"
        "@dataclasses.dataclass\nclass Point:\n    x: int = 0\n    def twice(self): return 2 * self.x\n"
    )
    project.write({"a.py": text.format(blue=2), "b.py": "", "app.py": "import a, b\n"})
    app = project.load("app")
    color, red, point_class, point = app.a.Color, app.a.Color.RED, app.a.Point, app.a.Point(3)
    project.write({"a.py": "", "b.py": text.format(blue=3)})
    project.refresh()

    assert app.b.Color is color
    assert app.b.Color.RED is red
    assert color.BLUE.value == 3
    assert app.b.Point is point_class
    assert point == app.b.Point(3)
    assert point.twice() == 6


def test_a_class_that_is_pasted_in_one_save_and_cut_in_the_next_is_two(project):
    project.write(
        {"a.py": service("1"), "b.py": "", "app.py": "import a, b\nthing = a.Service()\n"}
    )
    app = project.load("app")
    thing = app.thing
    project.write({"b.py": service("1")})
    assert project.refresh() == ["run b.Service"]
    project.write({"a.py": "from b import Service\n"})
    project.refresh()

    assert type(app.thing) is app.b.Service
    assert not isinstance(thing, app.b.Service)
    assert app.a.Service is app.b.Service


# ------------------------------------------------------------------------------- values


def test_a_container_moves_with_the_functions_that_fill_it(project):
    text = "CACHE = {}\ndef get(key):\n    CACHE[key] = True\n    return len(CACHE)\n"
    project.write({"a.py": text, "b.py": "", "app.py": "from a import get, CACHE\nimport b\n"})
    app = project.load("app")
    cache, get = app.CACHE, app.get
    get("one")
    project.write({"a.py": "", "b.py": text})
    project.edit("app.py", "from a", "from b")

    assert project.refresh() == [
        "drop a.CACHE",
        "drop a.get",
        "move b.CACHE",
        "run b.get",
        "run app.get, CACHE",
    ]

    assert app.CACHE is app.b.CACHE is cache
    assert (app.get("two"), get("three")) == (2, 3)


def test_an_instance_moves_with_its_class_and_what_it_is_made_with(project):
    text = (
        "from collections import defaultdict\nfrom config import SIZE\n"
        f"{service('self.size')}\nCOUNTS = defaultdict(int)\nservice = Service()\nservice.size = SIZE\n"
    )
    project.write({"config.py": "SIZE = 1", "a.py": text, "b.py": "", "app.py": "import a, b\n"})
    app = project.load("app")
    held, counts = app.a.service, app.a.COUNTS
    held.state.append(1)
    counts["x"] += 1
    project.write({"a.py": "", "b.py": text})
    trace = project.refresh()

    assert [step for step in trace if step.startswith("move")] == [
        "move b.COUNTS",
        "move b.service",
    ]
    assert app.b.service is held
    assert app.b.COUNTS is counts
    assert (held.state, counts) == ([1], {"x": 1})


def test_a_value_that_means_another_thing_in_the_new_file_is_made_there(project):
    text = "NAMES = [__name__, WORD]\ndef f(): return NAMES\n"
    project.write({"a.py": "WORD = 1\n" + text, "b.py": "WORD = 2\n", "app.py": "import a, b\n"})
    app = project.load("app")
    names = app.a.NAMES
    project.write({"a.py": "WORD = 1\n", "b.py": "WORD = 2\n" + text})

    assert project.refresh() == ["drop a.NAMES", "drop a.f", "run b.NAMES", "run b.f"]

    assert app.b.NAMES is names
    assert names == ["b", 2]


def test_a_value_of_the_same_text_alone_is_another_one(project):
    project.write({"a.py": "_cache = {}\n", "b.py": "", "app.py": "import a, b\n"})
    app = project.load("app")
    app.a._cache["key"] = "of a"
    project.write({"a.py": "", "b.py": "_cache = {}\n"})

    assert project.refresh() == ["drop a._cache", "run b._cache"]

    assert app.b._cache == {}


def test_a_value_is_made_anew_where_what_it_depends_on_changes_too(project):
    text = "from config import SIZE\nTABLE = [SIZE]\ndef f(): return TABLE\n"
    project.write({"config.py": "SIZE = 1", "a.py": text, "b.py": "", "app.py": "import a, b\n"})
    app = project.load("app")
    table = app.a.TABLE
    project.write({"config.py": "SIZE = 2", "a.py": "", "b.py": text})
    project.refresh()

    assert app.b.TABLE is table
    assert table == [2]


# ----------------------------------------------------------------------- registrations


def test_what_a_moved_definition_registers_is_there_once(project):
    registry = "ALL = []\nBY_NAME = {}\ndef register(thing):\n    ALL.append(thing)\n    BY_NAME[thing.__name__] = thing\n    return thing\n"
    text = "from registry import register\n@register\nclass C:\n    pass\n@register\ndef f(): return 1\n"
    project.write({"registry.py": registry, "a.py": text, "b.py": "", "app.py": "import a, b\n"})
    app, registry = project.load("app"), project.load("registry")
    held = app.a.C
    project.write({"a.py": "", "b.py": text})
    project.refresh()

    assert app.b.C is held
    assert [held, app.b.f] == registry.ALL
    assert {"C": held, "f": app.b.f} == registry.BY_NAME


# ---------------------------------------------------------------------------- failures


def test_a_move_that_fails_leaves_everything_where_it_was(project):
    text = "CACHE = {}\ndef f(): return CACHE, W\n" + service("W")
    project.write({"a.py": "W = 'a'\n" + text, "b.py": "W = 'b'\n", "app.py": "import a, b\n"})
    app = project.load("app")
    a, b = dict(vars(app.a)), dict(vars(app.b))
    f, thing = app.a.f, app.a.Service()
    thing_class = dict(vars(app.a.Service))
    project.write({"a.py": "W = 'a'\n", "b.py": "W = 'b'\n" + text + "1 / 0\n"})

    assert isinstance(project.fail(), ZeroDivisionError)

    assert vars(app.a) == a
    assert vars(app.b) == b
    assert dict(vars(app.a.Service)) == thing_class
    assert (f(), thing.say()) == (({}, "a"), "a")
    assert f.__defaults__ is None
    assert not hasattr(f, "__wrapped__")

    project.edit("b.py", "1 / 0\n", "")
    project.refresh()
    assert (f(), thing.say()) == (({}, "b"), "b")


# ------------------------------------------------------------------------ to a new file


def test_a_class_a_function_and_their_state_move_to_a_new_file(project):
    text = "CACHE = {}\ndef get(key):\n    CACHE[key] = True\n    return len(CACHE)\n" + service(
        "1"
    )
    project.write({"a.py": "X = 1\n" + text, "app.py": "from a import get, Service\n"})
    app, a = project.load("app"), project.load("a")
    held, get, thing, cache = app.Service, app.get, app.Service(), a.CACHE
    held.made = 7
    get("one")
    project.write({"a.py": "X = 1\n", "b.py": text, "app.py": "from b import get, Service\n"})

    assert project.refresh() == [
        "drop a.CACHE",
        "drop a.get",
        "drop a.Service",
        "run app.get, Service",
        "move b.CACHE",
        "run b.get",
        "run b.Service",
    ]

    b = project.load("b")
    assert app.Service is b.Service is held is type(thing)
    assert b.CACHE is cache
    assert held.made == 7
    assert (get("two"), app.get("three")) == (2, 3)
    project.edit("b.py", "return 1", "return 2")
    project.edit("b.py", "return len(CACHE)", "return CACHE")
    assert project.refresh() == ["patch b.get", "patch b.Service.say"]
    assert thing.say() == 2
    assert get("four") is app.get("four") is cache


def test_a_module_is_split_into_a_package_of_new_files(project):
    project.write(
        {
            "shop/__init__.py": "from .models import Item, price\n",
            "shop/models.py": "from config import TAX\nITEMS = []\n"
            "class Item:\n    def __init__(self): ITEMS.append(self)\n    def cost(self): return price(self)\n"
            "def price(item): return TAX\n",
            "config.py": "TAX = 2\n",
            "app.py": "import shop\nitem = shop.Item()\n",
        }
    )
    app, models = project.load("app"), project.load("shop.models")
    item, items, item_class = app.item, models.ITEMS, app.shop.Item
    project.write(
        {
            "shop/models.py": "from .items import ITEMS, Item\nfrom .prices import price\n",
            "shop/items.py": "from .prices import price\nITEMS = []\n"
            "class Item:\n    def __init__(self): ITEMS.append(self)\n    def cost(self): return price(self)\n",
            "shop/prices.py": "from config import TAX\ndef price(item): return TAX\n",
            "config.py": "TAX = 3\n",
        }
    )
    project.refresh()

    assert app.item is item
    assert models.ITEMS is items
    assert items == [item]
    assert app.shop.Item is models.Item is item_class is type(item)
    assert app.shop.price.__module__ == "shop.prices"
    assert item.cost() == 3


def test_a_new_file_that_takes_a_definition_in_and_fails_leaves_it_where_it_was(project):
    text = "CACHE = {}\ndef f(): return CACHE\n" + service("1")
    project.write({"a.py": text, "app.py": "from a import f, Service\n"})
    app, a = project.load("app"), project.load("a")
    before, thing = dict(vars(a)), app.Service()
    project.write({"a.py": "", "b.py": text + "1 / 0\n", "app.py": "from b import f, Service\n"})
    assert isinstance(project.fail(), ZeroDivisionError)

    assert vars(a) == before
    assert app.f is a.f
    assert (app.f(), thing.say(), app.Service.__module__) == ({}, 1, "a")

    project.edit("b.py", "1 / 0\n", "")
    project.refresh()
    assert app.f() is before["CACHE"]
    assert app.Service is type(thing) is before["Service"]


PRICES = "RATE = 1\nSEEN = []\nTAX = RATE * 2\ndef price(n):\n    return n * 3 + RATE\n"


def test_a_file_that_is_renamed_and_renamed_back(project):
    project.write({"prices.py": PRICES, "stock.py": "from prices import price, TAX, SEEN\n"})
    stock = project.load("stock")
    stock.SEEN.append("at run time")
    for old, new in [("prices", "costs"), ("costs", "prices")]:
        project.write({f"{new}.py": PRICES})
        project.edit("stock.py", old, new)
        project.delete(f"{old}.py")
        trace = project.refresh()
        assert f"move {new}.RATE" in trace
        assert f"run {new}.price" in trace
        assert stock.SEEN == ["at run time"]
    prices = project.load("prices")
    assert prices.price is stock.price
    assert prices.SEEN is stock.SEEN
    assert stock.price.__module__ == "prices"

    project.edit("prices.py", "3", "5")

    assert project.refresh() == ["patch prices.price"]
    assert stock.price(1) == 6


def test_a_file_of_which_a_part_moved_comes_back_whole(project):
    project.write({"a.py": PRICES, "b.py": "", "app.py": "import a, b\nfrom a import price\n"})
    app = project.load("app")
    seen = app.a.SEEN
    project.write({"b.py": "RATE = 7\ndef price(n):\n    return n * 3 + RATE\n"})
    project.write({"app.py": "import b\nfrom b import price\n"})
    project.delete("a.py")
    project.refresh()
    assert app.price(0) == 7

    project.write({"a.py": PRICES})
    project.refresh()

    a = project.load("a")
    assert a.price(0) == 1
    assert app.price(0) == 7
    assert a.SEEN is seen


@pytest.mark.parametrize("home", [{"new.py": "m = 2\n"}, {}])
def test_a_value_that_moves_brings_its_annotation(project, home):
    project.write({"old.py": "n: int = 5\nk = 1\n", "app.py": "from old import n\n", **home})
    project.load("app")
    for name in home:
        project.load(name.removesuffix(".py"))
    project.write(
        {
            "old.py": "k = 1\n",
            "new.py": home.get("new.py", "") + "n: int = 5\n",
            "app.py": "from new import n\n",
        }
    )

    assert "move new.n" in project.refresh()

    assert sys.modules["new"].__annotations__ == {"n": int}
    assert sys.modules["old"].__annotations__ == {}


def test_a_class_that_moves_and_becomes_generic_takes_the_place_of_the_old_one(project):
    head = "from typing import Generic, TypeVar\nT = TypeVar('T')\n"
    block = ":\n    a = 1\n    def m(self):\n        return self.a\n"
    project.write({"old.py": f"{head}class P{block}", "app.py": "import old\np = old.P()\n"})
    app = project.load("app")
    held = [app.old.P]
    project.write({"old.py": "from new import P\n", "new.py": f"{head}class P(Generic[T]){block}"})

    trace = project.refresh()

    assert trace[-3:] == ["run old.P", "move new.T", "run new.P"]
    assert held == [app.old.P]
    assert app.old.P.__module__ == "new"
    assert isinstance(app.p, app.old.P)


def test_a_statement_that_binds_more_than_the_name_of_its_value_is_made_anew(project):
    project.write(
        {
            "old.py": "n = [m := 3, 7]\nx = 1\n",
            "new.py": "y = 1\n",
            "app.py": "import new, old\nfrom old import n\n",
        }
    )
    app = project.load("app")
    project.write(
        {
            "old.py": "x = 1\n",
            "new.py": "n = [m := 3, 7]\ny = 1\n",
            "app.py": "import new, old\nfrom new import n\n",
        }
    )

    assert project.refresh() == ["drop old.n", "drop old.m", "run new.n, m", "run app.n"]

    assert (app.n, app.new.m) == ([3, 7], 3)


@pytest.mark.parametrize(
    "moved", ["class D:\n    size = f(1)\n", "class D:\n    pass\n", "D = f(1)\n"]
)
def test_what_a_moved_definition_needs_is_brought_by_a_star_like_any_new_name(project, moved):
    f, g = "def f(x): return x\n", "def g(x): return f(x)\n"
    project.write(
        {
            "pk/__init__.py": "from .beta import D, g\n",
            "pk/beta.py": f"{f}{moved}{g}",
            "app.py": "from pk import *\n",
        }
    )
    app = project.load("app")
    project.write({"pk/__init__.py": f"from .beta import f, g\n{moved}", "pk/beta.py": f"{f}{g}"})

    # The part `beta` of the package is brought, too, and was never away.
    assert project.refresh() == ["drop pk.beta.D", "run pk.f, g", "run pk.D", "rerun app:1"]

    assert {name for name in vars(app) if name[:2] != "__"} == {"D", "beta", "f", "g"}
    assert app.f is sys.modules["pk.beta"].f
