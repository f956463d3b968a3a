"""What is computed from an item or attribute of an object, and put into the same object."""

import pytest

COMPUTED = {
    "items": "o = {}\no['width'] = 10\no['area'] = o['width'] ** 2\nX = o['area']\n",
    "attributes": (
        "class Config: pass\no = Config()\no.width = 10\no.area = o.width ** 2\nX = o.area\n"
    ),
    "of a class": "class o: pass\no.width = 10\no.area = o.width ** 2\nX = o.area\n",
    "by update": "o = {}\no.update(width=10)\no.update(area=o['width'] ** 2)\nX = o['area']\n",
    "by another": "o = {}\no['width'] = 10\no['depth'] = o['width']\no['area'] = o['depth'] ** 2\nX = o['area']\n",
    "in one of two files": "import lib\nlib.o['width'] = 10\nlib.o['area'] = lib.o['width'] ** 2\nX = lib.o['area']\n",
}


@pytest.mark.parametrize("text", COMPUTED.values(), ids=COMPUTED)
def test_it_is_up_to_date(project, text):
    project.write({"app.py": text, "lib.py": "o = {}\n"})
    app = project.load("app")
    project.edit("app.py", "10", "20")
    project.refresh()

    assert app.X == 400


def test_what_goes_into_the_same_object_and_reads_something_else_of_it_is_left_alone(project):
    project.write(
        {
            "app.py": """
            o = {}
            o["width"] = 10
            o["height"] = 5
            o["state"] = [o["height"]]
            """
        }
    )
    app = project.load("app")
    state = app.o["state"]
    state.append("kept")
    project.edit("app.py", "10", "20")

    assert project.refresh() == ["run app:2"]
    assert app.o["state"] is state


NESTED = {
    "an item": "CONFIG = {}\nCONFIG['win'] = {'w': 800}\nCONFIG['win']['h'] = 600\n",
    "by update": "CONFIG = {}\nCONFIG['win'] = {'w': 800}\nCONFIG['win'].update(h=600)\n",
    "an attribute": (
        "class Win:\n    def __init__(self, w): self.w = w\n"
        "class CONFIG: pass\nCONFIG.win = Win(800)\nCONFIG.win.h = 600\n"
    ),
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_what_is_put_into_a_part_is_put_into_the_new_part(project, text):
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "800", "1024")
    project.refresh()

    win = app.CONFIG.win if "class" in text else app.CONFIG["win"]
    assert (win if type(win) is dict else vars(win)) == {"w": 1024, "h": 600}


def test_what_a_loop_does_to_elements_is_seen_below(project):
    project.write(
        {
            "app.py": """
            ITEMS = {"sword": {"dmg": 3}, "bow": {"dmg": 2}}
            for name, item in ITEMS.items():
                item["price"] = item["dmg"] * 10
            TOTAL = sum(item["price"] for item in ITEMS.values())
            """,
            "shop.py": "from app import ITEMS\nCHEAPEST = min(i['price'] for i in ITEMS.values())\n",
        }
    )
    app, shop = project.load("app"), project.load("shop")
    app.ITEMS["sword"]["sold"] = True
    project.edit("app.py", "* 10", "* 20")
    project.refresh()

    assert (app.TOTAL, shop.CHEAPEST) == (100, 40)
    assert app.ITEMS["sword"]["sold"]


def test_what_is_put_into_a_part_under_a_name_of_its_own_is_seen(project):
    project.write(
        {"app.py": "GRID = [[0], [0]]\nrow = GRID[1]\nrow[0] = 5\nSUM = sum(map(sum, GRID))\n"}
    )
    app = project.load("app")
    project.edit("app.py", "= 5", "= 7")
    project.refresh()

    assert (app.SUM, app.GRID) == (7, [[0], [7]])


MERGED = """
BASE = {"speed": 1, "debug": True}
USER = {"name": "x"}
CONFIG = {}
def merge(into, part):
    for key, value in part.items():
        into[key] = value
def merged(config, *parts):
    for part in parts:
        merge(config, part)
merge(CONFIG, BASE)
merged(CONFIG, USER)
SPEED = CONFIG["speed"]
"""


def test_a_container_that_functions_fill_is_as_if_they_had_filled_it_anew(project):
    project.write({"app.py": MERGED, "other.py": "from app import CONFIG\nN = len(CONFIG)\n"})
    app, other = project.load("app"), project.load("other")
    held = app.CONFIG
    project.edit("app.py", '{"speed": 1, "debug": True}', '{"speed": 5}')
    project.refresh()
    assert app.CONFIG is held
    assert (held, app.SPEED, other.N) == ({"speed": 5, "name": "x"}, 5, 2)

    project.edit("app.py", "into[key] = value", "into[key] = value * 2")
    project.refresh()
    assert (held, app.SPEED) == ({"speed": 10, "name": "xx"}, 10)


BUS = """
class Bus:
    def __init__(self): self.handlers = {}
    def on(self, event, handler): self.handlers.setdefault(event, []).append(handler)
    def emit(self, event): return [handler() for handler in self.handlers.get(event, ())]
bus = Bus()
"""
HANDLERS = """
def audit(): return "audit"
def mail(): return "mail"
def install(bus):
    bus.on("saved", audit)
    bus.on("saved", mail)
"""


def test_a_function_that_registers_handlers_in_what_it_is_given(project):
    project.write({"bus.py": BUS, "handlers.py": HANDLERS})
    project.write({"app.py": "from bus import bus\nimport handlers\nhandlers.install(bus)\n"})
    project.load("app")
    bus = project.load("bus").bus
    bus.on("saved", lambda: "of the program")

    project.edit("handlers.py", 'return "mail"', 'return "post"')
    assert project.refresh() == ["patch handlers.mail"]
    assert bus.emit("saved") == ["audit", "post", "of the program"]

    project.edit("handlers.py", '    bus.on("saved", audit)\n', "")
    project.refresh()
    assert sorted(bus.emit("saved")) == ["of the program", "post"]

    project.edit("handlers.py", "def mail():", "def mail(n=1):")
    project.refresh()
    assert sorted(bus.emit("saved")) == ["of the program", "post"]


UNITS = """
class Unit:
    def __init__(self, hp): self.hp = hp
    def power(self): return self.hp * 2
    def name(self): return "unit"
TEAM = [Unit(10), Unit(20)]
BY_NAME = {"boss": Unit(30)}
"""


@pytest.mark.parametrize(
    "asked",
    ["X = TEAM[0].power()", "if BY_NAME['boss'].power(): pass", "for i in (0, 1): TEAM[i].power()"],
)
def test_objects_in_a_container_that_are_asked_something_stay(project, asked):
    project.write({"team.py": UNITS, "app.py": f"from team import BY_NAME, TEAM\n{asked}\n"})
    project.load("app")
    team = project.load("team")
    units = [*team.TEAM, *team.BY_NAME.values()]
    for unit in units:
        unit.hp = 99
    project.edit("team.py", '"unit"', '"UNIT"')
    project.refresh()

    assert all(a is b for a, b in zip(units, [*team.TEAM, *team.BY_NAME.values()], strict=True))
    assert [unit.hp for unit in units] == [99, 99, 99]
