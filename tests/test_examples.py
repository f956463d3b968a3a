"""The examples run, and are live."""

import os
import re
import shutil

import pytest

from running import Running, edit, heatsync_running

EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples")


@pytest.fixture
def example(tmp_path):
    def copied(name):
        return shutil.copytree(os.path.join(EXAMPLES, name), tmp_path / name)

    return copied


def test_the_greeter_says_what_its_third_file_says(example):
    folder = example("greeter")
    with Running("main.py", cwd=folder, GREETER_SECONDS="0.02") as program:
        program.until("John Doe is epic")
        edit(folder / "modules/utilities.py", "{name} is epic", "{name} 100% is epic")
        program.until("John Doe 100% is epic")
        edit(folder / "scripts/test.py", "epic(name)", "epic(name.upper())")
        program.until("JOHN DOE 100% is epic")

        assert program.interrupt() == 0


def test_the_greeter_greets_on_when_a_file_is_broken(example):
    folder = example("greeter")
    with Running("main.py", cwd=folder, GREETER_SECONDS="0.02") as program:
        program.until("John Doe is epic")
        edit(folder / "modules/utilities.py", "epic(name)", "epic(name")
        program.until("SyntaxError")
        program.until("John Doe is epic")
        edit(folder / "modules/utilities.py", "epic(name", "epic(name)")
        edit(folder / "modules/utilities.py", "{name} is epic", "{name} 100% is epic")
        program.until("John Doe 100% is epic")


def looks(line):
    return int(re.match(r" *(\d+) ", line)[1])


def test_the_fish_swim_on_through_every_edit(example):
    folder = example("aquarium")
    edit(folder / "settings.py", "SECONDS = 0.25", "SECONDS = 0.02")
    with heatsync_running("main.py", cwd=folder) as program:
        before = looks(program.until("><>~"))
        edit(folder / "settings.py", 'WATER = "~"', 'WATER = "."')
        program.until("><>.", "heatsync  settings.py")
        edit(folder / "settings.py", "WIDTH = 48", "WIDTH = 20")
        line = re.compile(r" *\d+ \|.{20}\|$")
        while not line.match(program.fresh()):
            pass
        edit(folder / "fish.py", '"><>" if', '"=>" if')
        program.until("=>.", "heatsync  fish.py · patched Fish.drawn")
        edit(folder / "tank.py", '"|" + "".join', '"[" + "".join')
        after = looks(program.until("[", "heatsync  tank.py · patched look"))

        assert after > before
        assert program.interrupt() == 0


def test_no_fish_is_made_anew(example):
    folder = example("aquarium")
    edit(folder / "settings.py", "SECONDS = 0.25", "SECONDS = 0.02")
    edit(folder / "main.py", "{tank.look()}", "{tank.look()} {[id(f) for f in tank.FISHES]}")
    with heatsync_running("main.py", cwd=folder) as program:
        before = program.until("><>").partition("| ")[2]
        edit(folder / "settings.py", "WIDTH = 48", "WIDTH = 40")
        edit(folder / "fish.py", "self.place += self.speed", "self.place += 2 * self.speed")
        program.until("Fish.swim")

        assert program.fresh().partition("| ")[2] == before


def test_the_lighthouse_shines_on_through_every_edit(example):
    folder = example("lighthouse")
    edit(folder / "keeper.py", "SECONDS = 0.4", "SECONDS = 0.02")
    edit(folder / "sea.py", "PAUSE = 0.5", "PAUSE = 0.02")
    with heatsync_running("main.py", cwd=folder) as program:
        program.until("last Bounty")
        edit(folder / "lamp.py", '"white"', '"red"')
        program.until("the white lamp is out")
        program.until("the red lamp is lit")
        before = flashes(program.until(", red; ships"))
        edit(folder / "keeper.py", "SECONDS = 0.02", "SECONDS = 0.03")
        program.until("heatsync  keeper.py · ran SECONDS · reran timer")
        assert flashes(program.until(", red; ships")) > before
        edit(folder / "sea.py", '("Ariel", "Bounty", "Cutty Sark")', '("Dido",)')
        program.until("last Dido")
        edit(folder / "lamp.py", "(COLOR), exclusive=True)", "('green'), exclusive=True)\n1 / 0")
        program.until("the green lamp is lit")
        program.until("the red lamp is lit")
        program.until("ZeroDivisionError")
        program.until(", red; ships")

        assert program.interrupt() == 0
        program.until("good night")
        program.until("the red lamp is out")


def flashes(line):
    return int(re.search(r"flash (\d+)", line)[1])


def test_the_juggler_plays_on_through_every_edit(example):
    pytest.importorskip("pygame", reason="pygame is not installed")
    folder = example("juggler")
    edit(folder / "settings.py", "SPEED = 220", "SPEED = 20_000")
    edit(folder / "settings.py", "EVERY = 0.9", "EVERY = 0.01")
    edit(folder / "settings.py", "HAND = 90", "HAND = 960")
    with Running("main.py", cwd=folder, **HEADLESS) as program:
        before = balls(program.until(" caught, 0 dropped"))
        edit(
            folder / "look.py",
            '{world.caught} caught, {world.dropped} dropped"',
            '{world.caught} balls"',
        )
        after = balls(program.until(" balls"))
        assert after > before
        edit(folder / "look.py", '} balls"', "} balls, {world.dropped} lost")
        program.until("SyntaxError")
        edit(folder / "settings.py", "HAND = 960", "HAND = -1")
        edit(folder / "look.py", "lost", 'lost"')
        lost = re.compile(r"(\d+) balls, [1-9]\d* lost")
        while not lost.match(line := program.fresh()):
            pass
        assert balls(line) > after
        edit(
            folder / "world.py", "    y: float = 0.0", "    y: float = 0.0\n    speed: float = 1.0"
        )
        edit(
            folder / "world.py",
            "settings.SPEED * seconds\n\n",
            "settings.SPEED * seconds * self.speed\n\n",
        )
        edit(folder / "settings.py", "HAND = -1", "HAND = 960")
        edit(folder / "look.py", " lost", " lost, {len(world.balls)} in the air")
        program.until("in the air")

        assert program.interrupt() == 0


HEADLESS = {
    "SDL_VIDEODRIVER": "dummy",
    "SDL_AUDIODRIVER": "dummy",
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
}


def balls(line):
    return int(re.match(r"(\d+) ", line)[1])
