"""Threads and resources, and all that is temporary: it ends with its statement, or goes on."""

import gc
import weakref

from heatsync import Heatsync, temporary
from running import python, write
from waiting import PATIENCE

# --------------------------------------------------------------------------- threads

WORKER = """
    from heatsync import temporary
    from log import said
    NAME = "a"
    def work(stop, name):
        said(f"{name} begins")
        stop.wait()
        said(f"{name} ends")
    worker = temporary.thread(work, NAME)
    """


def test_a_thread_is_told_to_stop_before_the_next_one_begins(project, log):
    project.write({"app.py": WORKER})
    project.load("app")
    log.wait_for("a begins")
    project.edit("app.py", '"a"', '"b"')
    project.refresh()
    log.wait_for("b begins")
    project.sync.dispose()

    assert log == ["a begins", "a ends", "b begins", "b ends"]


def test_a_thread_goes_on_if_the_reload_fails(project, log):
    project.write({"app.py": WORKER})
    app = project.load("app")
    log.wait_for("a begins")
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "work, NAME)", "work, NAME)\n1 / 0")

    project.fail()

    assert app.worker.thread.is_alive()
    assert not app.worker.stopping.is_set()
    assert log == ["a begins"]


def test_a_thread_that_does_not_stop_is_told_and_holds_up_nothing_else(project, log, caplog):
    project.write(
        {
            "app.py": """
            import threading
            from heatsync import temporary
            go = threading.Event()
            def work(stop): go.wait()
            worker = temporary.thread(work, limit=0.01)
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", "limit=0.01", "limit=0.02")
    project.refresh()
    thread = app.worker.thread
    project.sync.dispose()

    assert "app.py:5 has not stopped 0.02 s after it was told to" in caplog.text
    app.go.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


# ------------------------------------------------------------------------- resources

RESOURCE = """
    import contextlib
    from heatsync import temporary
    from log import said
    NAME = "a"
    @contextlib.contextmanager
    def opened(name):
        said(f"open {name}")
        yield [name]
        said(f"close {name}")
    class Port:
        def __init__(self, name): self.name = name
        def __enter__(self): said(f"open {self.name}"); return self
        def __exit__(self, *error): said(f"close {self.name}")
    resource = temporary.resource(opened(NAME))
    """


def test_a_resource_is_left_once_the_new_one_is_there(project, log):
    project.write({"app.py": RESOURCE})
    app = project.load("app")
    assert app.resource == ["a"]
    project.edit("app.py", '"a"', '"b"')
    project.refresh()

    assert app.resource == ["b"]
    assert log == ["open a", "open b", "close a"]


def test_a_resource_stays_open_if_the_reload_fails(project, log):
    project.write({"app.py": RESOURCE})
    app = project.load("app")
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "opened(NAME))", "opened(NAME))\n1 / 0")
    project.fail()

    assert app.resource == ["a"]
    assert log == ["open a", "open b", "close b"]


def test_an_exclusive_resource_is_left_before_and_entered_again_if_the_reload_fails(project, log):
    project.write({"app.py": RESOURCE.replace("opened(NAME))", "Port(NAME), exclusive=True)")})
    project.load("app")
    project.edit("app.py", '"a"', '"b"')
    project.refresh()
    assert log == ["open a", "close a", "open b"]
    log.clear()
    project.edit("app.py", '"b"', '"c"')
    project.edit("app.py", "exclusive=True)", "exclusive=True)\n1 / 0")
    project.fail()
    assert log == ["close b", "open c", "close c", "open b"]


def test_what_cannot_be_entered_again_is_told(project, log):
    project.write({"app.py": RESOURCE.replace("opened(NAME))", "opened(NAME), exclusive=True)")})
    project.load("app")
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "exclusive=True)", "exclusive=True)\n1 / 0")

    [note] = project.report().notes

    assert note.startswith("the resource of ")
    assert " could not be put back: " in note


def test_all_that_is_temporary_ends_with_dispose_the_latest_first(project, log):
    project.write({"app.py": RESOURCE + WORKER.replace("NAME", "OTHER").replace('"a"', '"w"')})
    project.load("app")
    log.wait_for("w begins")

    project.sync.dispose()

    assert log == ["open a", "w begins", "w ends", "close a"]


def test_everything_works_without_any_heatsync_and_ends_at_exit(tmp_path):
    write(
        tmp_path,
        {
            "main.py": """if 1:
            import atexit, sys, contextlib, threading
            from heatsync import remember, temporary
            @contextlib.contextmanager
            def opened():
                print("open")
                yield
                print("close")
            working = threading.Event()
            def work(stop):
                print("work")
                working.set()
                stop.wait()
                print("worked")
            ticked = threading.Event()
            temporary.listener(atexit, "exit", lambda: print("exit"))
            temporary.listener(atexit, "exit", lambda: print("never")).cancel()
            temporary.resource(opened())
            temporary.thread(work)
            temporary.interval(ticked.set, 0.001)
            working.wait()
            ticked.wait()
            index = remember(dict)
            print("asyncio" in sys.modules, "watchdog" in sys.modules)
            """
        },
    )
    done = python("main.py", cwd=tmp_path)

    assert done.stderr == ""
    assert done.stdout.splitlines() == ["open", "work", "False False", "exit", "worked", "close"]


def test_the_object_has_it_too(project):
    assert project.sync.temporary is temporary
    assert isinstance(project.sync, Heatsync)


def test_nothing_holds_what_has_ended(project, log):
    text = """
        from heatsync import temporary
        from log import said
        def work(stop, number):
            said(number)
            stop.wait()
        timer = temporary.interval(said, 3600, {n})
        worker = temporary.thread(work, {n})
        """
    project.write({"app.py": text.format(n=0)})
    app = project.load("app")
    made = []
    for number in range(1, 5):
        made += [weakref.ref(app.timer), weakref.ref(app.worker)]
        project.write({"app.py": text.format(n=number)})
        assert project.refresh() == ["run app.timer", "run app.worker"]
        log.wait_for(number)
    gc.collect()
    assert [ref() for ref in made[:-2]] == [None] * 6
