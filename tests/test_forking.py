"""A process that is forked while its files are watched: both watch, and neither disturbs the other."""

import os

import pytest

from running import Running, write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")

# Each process tells of what it has; a child only after its parent, so that lines are whole.
COMMON = """
import logging, os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads, which this is about
from heatsync import Heatsync
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
sync = Heatsync()
sync.track(".", exclude=["main.py"])
import app

def told(name):
    def tell(report):
        os.write(1, f"{name} has {app.X} by {threading.current_thread().name}\\n".encode())
    sync.events.remove_all_listeners()
    sync.events.on("after", tell)
    os.write(1, f"{name} is ready\\n".encode())

def wait():
    while True:
        time.sleep(0.05)
"""


@pytest.fixture
def files(tmp_path):
    def write_all(main):
        write(tmp_path, {"app.py": "X = 1\n", "main.py": COMMON + main})
        return tmp_path

    return write_all


def test_a_child_watches_its_files_itself_and_says_so(files):
    folder = files(
        """
signal.alarm(120)
child = os.fork()
told("parent" if child else "child")
while app.X < 9:
    time.sleep(0.01)
os.write(1, b"bye\\n")
"""
    )
    with Running("main.py", cwd=folder) as program:
        program.until("parent is ready", "child is ready", "watches its files itself")
        for number in (2, 3):
            write(folder, {"app.py": f"X = {number}\n"})
            program.until(f"parent has {number}", f"child has {number}")
        write(folder, {"app.py": "X = 9\n"})
        program.until("bye", "bye")


def test_a_child_that_ends_its_watching_leaves_that_of_its_parent_alone(files):
    folder = files(
        """
if os.fork():
    os.wait()
    told("parent")
    wait()
else:
    sync.dispose()
    os._exit(0)
"""
    )
    with Running("main.py", cwd=folder) as program:
        program.until("parent is ready")
        write(folder, {"app.py": "X = 2\n"})
        program.until("parent has 2")


def test_a_child_outlives_its_parent(files):
    folder = files(
        """
if os.fork():
    os.write(1, b"parent ends\\n")
    os._exit(0)
told("child")
signal.alarm(120)
wait()
"""
    )
    with Running("main.py", cwd=folder) as program:
        program.until("parent ends", "child is ready")
        write(folder, {"app.py": "X = 2\n"})
        program.until("child has 2")
        write(folder, {"app.py": "import os; os._exit(0)\n"})


def test_workers_that_are_forked_before_they_have_a_loop_apply_on_their_own(files):
    """As gunicorn does: the master imports, and each worker runs a loop of its own."""
    folder = files(
        """
import asyncio

async def serve(name):
    told(name)
    while True:
        await asyncio.sleep(0.01)

children = []
for name in ("one", "two"):
    child = os.fork()
    if not child:
        signal.alarm(120)
        asyncio.run(serve(name))
    children.append(child)
told("master")
while app.X < 3:
    time.sleep(0.01)
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
    )
    with Running("main.py", cwd=folder) as program:
        program.until("one is ready", "two is ready", "master is ready")
        write(folder, {"app.py": "X = 2\n"})
        program.until(
            "master has 2 by heatsync-watcher",
            "one has 2 by MainThread",
            "two has 2 by MainThread",
        )
        write(folder, {"app.py": "X = 3\n"})
        assert program.ended() == 0


def test_a_child_forked_on_a_loop_applies_in_its_watchers_thread(files):
    folder = files(
        """
import asyncio

async def main():
    sync.dispose()
    globals()["sync"] = Heatsync()
    sync.track(".", exclude=["main.py"])
    if not os.fork():
        signal.alarm(120)
        told("child")
        while app.X < 9:
            time.sleep(0.01)
        os._exit(0)
    told("parent")
    while app.X < 9:
        await asyncio.sleep(0.01)

asyncio.run(main())
"""
    )
    with Running("main.py", cwd=folder) as program:
        program.until("parent is ready", "child is ready")
        write(folder, {"app.py": "X = 2\n"})
        program.until("parent has 2 by MainThread", "child has 2 by heatsync-watcher")
        write(folder, {"app.py": "X = 3\n"})
        program.until("parent has 3", "child has 3")
        write(folder, {"app.py": "X = 9\n"})


def test_multiprocessing_by_fork_works_and_its_children_end(files):
    folder = files(
        """
import multiprocessing

def work(n):
    return app.X + n

with multiprocessing.get_context("fork").Pool(3) as pool:
    print(sum(pool.map(work, range(10))), flush=True)
sync.dispose()
"""
    )
    with Running("main.py", cwd=folder) as program:
        program.until("55")
        assert program.ended() == 0


def test_a_fork_waits_for_a_reload_in_another_thread(files):
    """Or its child would have half of it, for ever."""
    folder = files(
        """
begun, going_on = threading.Event(), threading.Event()
app.begun, app.going_on = begun, going_on
write = lambda text: open("app.py", "w").write(text)
write("X = 2\\nbegun.set()\\ngoing_on.wait()\\nY = X\\n")
begun.wait()
threading.Timer(0.2, going_on.set).start()
child = os.fork()
if not child:
    os._exit(0 if (app.X, app.Y) == (2, 2) else 1)
print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
    )
    with Running("main.py", cwd=folder) as program:
        assert program.until("status") == "status 0"
        program.ended()


def test_a_fork_waits_for_the_engine_that_another_thread_loads(files):
    """Or its child would have half of that import, for ever."""
    folder = files("")
    slow = """
import sys, threading
loading, going_on = threading.Event(), threading.Event()

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "heatsync._engine":
            loading.set()
            going_on.wait()

sys.meta_path.insert(0, Slow())
"""
    forks = """
loading.wait()  # by the watcher's thread, as nothing happens
threading.Timer(0.2, going_on.set).start()
child = os.fork()
if not child:
    signal.alarm(60)
    open("app.py", "w").write("X = 2\\n")
    sync.refresh()
    os._exit(0 if app.X == 2 else 1)
print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
    write(folder, {"main.py": slow + COMMON + forks})
    with Running("main.py", cwd=folder) as program:
        assert program.until("status") == "status 0"
        program.ended()
