"""Heatsync in production: switched off it is not there, and it never opens a door."""

import json
import os
import sys
import threading

import pytest

from heatsync import Heatsync
from heatsync._resident.live import LIVE
from running import python, write


@pytest.fixture
def off(tmp_path, monkeypatch, fresh_modules):
    monkeypatch.setenv("HEATSYNC", "0")
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, {"app.py": "X = 1\n", "data.json": "{}", "lost/other.py": "Y = 1\n"})
    return tmp_path


def test_switched_off_it_loads_and_keeps_nothing_live(off):
    threads, finders = threading.enumerate(), list(sys.meta_path)
    with Heatsync() as sync:
        sync.track(off)
        app, data, other = sync.require([off / "app.py", off / "data.json", off / "lost/other.py"])
        assert (app.X, data, other.Y) == (1, {}, 1)
        assert sync.require(off / "lost/other.py") is other
        write(off, {"app.py": "X = 2\n"})

        assert sync.refresh() is None
        assert sync.plan() is None
        assert sync.resync("app") is app

        assert {*threading.enumerate()} <= {*threads}  # of earlier tests, some may just end
        assert [f for f in sys.meta_path if type(f).__name__ == "LiveFinder"] == []
    assert app.X == 1
    assert not LIVE.modules
    assert finders[0] in sys.meta_path


def test_switched_off_its_parts_work_as_ever(off):
    write(off, {"part.py": "from heatsync import remember, on_dispose\nV = remember(dict)\n"})
    with Heatsync() as sync:
        assert sync.require("part").V == {}


def test_switched_off_the_command_line_runs_the_program(off):
    write(off, {"main.py": "import app, threading\nprint(app.X, threading.active_count())\n"})

    done = python("-m", "heatsync", "main.py", cwd=off, HEATSYNC="0")

    assert (done.stdout, done.stderr) == ("1 1\n", "")


def test_nothing_listens_on_a_network(tmp_path):
    """Python tells of every socket that is made, by whomever."""
    write(
        tmp_path,
        {
            "app.py": "X = 1\n",
            "main.py": """
import json, sys, threading
seen = []
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("socket") else None)
from heatsync import Heatsync
sync = Heatsync()
sync.track(".")
import app
done = threading.Event()
sync.events.on("after", lambda report: done.set())
with open("app.py", "w") as file:
    file.write("X = 2\\n")
assert done.wait(20)
sync.dispose()
print(json.dumps([app.X, seen]))
""",
        },
    )

    done = python("main.py", cwd=tmp_path)

    assert json.loads(done.stdout) == [2, []], done.stderr


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_strict_on_the_command_line(tmp_path):
    write(tmp_path, {"app.py": "X = 1\n", "main.py": "import app\n"})
    (tmp_path / "app.py").chmod(0o666)

    done = python("-m", "heatsync", "--strict", "main.py", cwd=tmp_path)

    assert done.returncode == 1
    assert f"To mend it: chmod go-w {tmp_path / 'app.py'}" in done.stderr
