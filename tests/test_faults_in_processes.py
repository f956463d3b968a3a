"""Faults in which a process is at stake: loops without end, clean-ups that hang, a full disk, its own end."""

import os
import signal
import subprocess
import sys

import pytest

from running import Running, environment, python, save, write
from waiting import PATIENCE

# ------------------------------------------------------------------------- taking for ever

PATIENT = """
import logging, sys, time
import heatsync
from heatsync import _lookout

_lookout.LONG = 0.05
logging.basicConfig(stream=sys.stdout, format="%(message)s")
sync = heatsync.Heatsync(apply="manual")
sync.track(".")
import app

print("ready", flush=True)
while app.X != 3:
    try:
        sync.checkpoint()
        time.sleep(0.005)
    except KeyboardInterrupt:
        print("interrupted", app.X, flush=True)
print("X is", app.X, flush=True)
"""
HANG = """\
from threading import Event
from heatsync import on_dispose

def hang():
    # A signal that comes right before a lock is waited for is seen once that is over.
    while not Event().wait(0.05):
        pass

on_dispose(hang)
X = 1
"""


@pytest.mark.parametrize(
    ("before", "stuck", "after", "told"),
    [
        ("X = 1\n", "X = 2\nwhile True:\n    pass\n", "X = 3\n", "it runs line "),
        (
            HANG,
            HANG.replace("on_dispose(hang)\nX = 1", "X = 2"),
            HANG.replace("X = 1", "X = 3"),
            "(hang)",
        ),
    ],
    ids=["a loop without end", "a clean-up that hangs"],
)
def test_what_takes_for_ever_is_told_while_it_does_and_taken_back_by_ctrl_c(
    tmp_path, before, stuck, after, told
):
    write(tmp_path, {"app.py": before, "main.py": PATIENT})
    with Running("main.py", cwd=tmp_path) as program:
        program.until("ready")
        save(tmp_path / "app.py", stuck)
        assert "app.py is still being applied" in program.until(told)
        program.process.send_signal(signal.SIGINT)
        program.until("interrupted 1")
        save(tmp_path / "app.py", after)
        program.until("X is 3")


# ------------------------------------------------------------------------- a full disk

FULL = """
import gc, os, time
import heatsync

{made}
[sync] = [thing for thing in gc.get_objects() if isinstance(thing, heatsync.Heatsync)]
import helper

def saved(text):
    before = len(sync.history)
    with open("helper.new", "w") as file:
        file.write(text)
    os.replace("helper.new", "helper.py")
    limit = time.monotonic() + {patience}
    while len(sync.history) == before:
        assert time.monotonic() < limit
        time.sleep(0.005)
    return sync.history[-1]

if __name__ == "__main__":
    assert saved("X = 2\\n").error is None
    assert isinstance(saved("X = (\\n").error, SyntaxError)
    assert helper.X == 2
    assert saved("X = 3\\n").error is None
    print(helper.X)
"""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")
@pytest.mark.parametrize("way", ["the command line", "a program of its own", "a log"])
def test_a_full_disk_below_what_is_told_ends_nothing(tmp_path, way):
    made = {
        "the command line": "",
        "a program of its own": "made = heatsync.Heatsync(); made.track('.')",
        "a log": "import logging; logging.basicConfig(filename='/dev/full', level=10)\n"
        "made = heatsync.Heatsync(); made.track('.')",
    }[way]
    program = FULL.format(made=made, patience=PATIENCE)
    write(tmp_path, {"main.py": program, "helper.py": "X = 1\n"})
    words = ["-m", "heatsync", "main.py"] if way == "the command line" else ["main.py"]
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=PATIENCE,
        )
    assert ran.stdout == "3\n"


# ------------------------------------------------------------------------- the process's own end

ENDING = """
import atexit, os, threading
import heatsync

sync = heatsync.Heatsync()
{at_exit}
sync.track(".")
import app

app.begun = begun = threading.Event()
with open("app.new", "w") as file:
    file.write({text!r})
os.replace("app.new", "app.py")
{wait}
"""
REACHED = "begun.set()\n"
WORK = {
    "before it begins": ("", "X = 2\n"),
    "in code that waits": (
        "begun.wait()",
        REACHED + "import threading\nthreading.Event().wait()\n",
    ),
    "in code that spins": ("begun.wait()", REACHED + "while True:\n    pass\n"),
    "while it goes on": (
        "begun.wait()",
        REACHED + "".join(f"def f{n}(): return {n}\nv{n} = f{n}()\n" for n in range(200)),
    ),
    "while it is taken back": (
        "begun.wait()",
        "".join(f"v{n} = {n}\n" for n in range(200)) + REACHED + "1 / 0\n",
    ),
}


@pytest.mark.parametrize("point", WORK)
@pytest.mark.parametrize("disposed", [False, True], ids=["left alone", "disposed of"])
def test_the_end_of_the_process_at_any_point_of_a_reload_is_quiet(tmp_path, point, disposed):
    wait, text = WORK[point]
    # What waits for ever is not waited for so long here.
    at_exit = (
        "from heatsync import _sharing; _sharing.PATIENCE = 0.1; atexit.register(sync.dispose)"
    )
    text = "begun = None\n" + text
    program = ENDING.format(at_exit=at_exit if disposed else "", text=text, wait=wait)
    write(tmp_path, {"main.py": program, "app.py": "begun = None\n"})

    ran = python("main.py", cwd=tmp_path)

    told = ran.stderr
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "heatsync" not in told or point == "while it is taken back"
    assert "shutdown" not in told
    assert "Exception in thread" not in told


SPEAKING = """
import atexit, logging, os, sys, threading
import heatsync

begun, ending = threading.Event(), threading.Event()

class Slow(logging.Handler):
    def emit(self, record):
        begun.set()
        ending.wait()
        for line in self.format(record).splitlines():
            print(line, file=sys.stderr, flush=True)

logging.getLogger("heatsync").addHandler(Slow())
sync = heatsync.Heatsync()
sync.track(".")
import app

atexit.register(ending.set)
with open("app.new", "w") as file:
    file.write("raise ValueError('long\\\\n' * 300)")
os.replace("app.new", "app.py")
begun.wait()
"""


def test_the_end_of_the_process_waits_until_an_error_is_told(tmp_path):
    write(tmp_path, {"main.py": SPEAKING, "app.py": ""})

    ran = python("main.py", cwd=tmp_path)

    assert ran.returncode == 0
    assert ran.stderr.startswith("Traceback")
    assert ran.stderr.count("long\n") == 300
    assert ran.stderr.endswith("still running the previous version\n")
    assert "During handling" not in ran.stderr  # nothing of ours is its context
