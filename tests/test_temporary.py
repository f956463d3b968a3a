"""Timers, listeners, tasks, threads and resources: they end with their statement, or go on."""

import asyncio
import gc
import logging
import signal
import threading
import weakref

import blinker
import pyee
import pytest

from heatsync import Heatsync, NoLoopError, temporary
from running import python, write

PATIENCE = 20  # seconds; only a failure takes them


class Waiting(list):
    """A list that can be waited for to get more."""

    def __init__(self):
        super().__init__()
        self._came = threading.Condition()

    def append(self, entry):
        with self._came:
            super().append(entry)
            self._came.notify_all()

    def wait_for(self, entry, many=1):
        with self._came:
            assert self._came.wait_for(lambda: self[:].count(entry) >= many, PATIENCE), self


@pytest.fixture
def log(project):
    project.write({"log.py": "said = None\n"})
    module = project.load("log")
    module.lines = Waiting()
    module.said = module.lines.append
    return module.lines


# ---------------------------------------------------------------------------- timers

TICKING = """
    from heatsync import temporary
    from log import said
    NAME = "a"
    timer = temporary.interval(said, 0.001, NAME)
    """


def test_an_interval_ticks_until_its_statement_runs_again(project, log):
    project.write({"app.py": TICKING})
    project.load("app")
    log.wait_for("a", 3)
    project.edit("app.py", '"a"', '"b"')

    assert project.refresh() == ["run app.NAME", "rerun app.timer"]
    many = log.count("a")
    log.wait_for("b", 3)
    assert log.count("a") == many

    project.edit("app.py", "timer = temporary.interval(said, 0.001, NAME)", "")
    project.refresh()
    assert not [
        t for t in threading.enumerate() if t.name.startswith("the interval") and t.join(PATIENCE)
    ]


def test_an_interval_goes_on_if_the_reload_fails_and_the_new_one_never_begins(project, log):
    project.write({"app.py": TICKING})
    app = project.load("app")
    timer = app.timer
    log.wait_for("a")
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "NAME)", "NAME)\n1 / 0")

    project.fail()

    log.wait_for("a", log.count("a") + 3)
    assert "b" not in log
    assert app.timer is timer


def test_a_timeout_that_falls_due_during_a_reload_that_fails_is_made_up_for(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            timer = temporary.timeout(said, 0.05, "time")
            """
        }
    )
    project.load("app")
    project.edit("app.py", '"time")', '"other")\nimport time; time.sleep(0.1)\n1 / 0')
    project.fail()

    log.wait_for("time")
    assert log == ["time"]


def test_a_timeout_comes_once(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            timer = temporary.timeout(said, 0, "time")
            later = temporary.timeout(said, 3600, "later")
            """
        }
    )
    app = project.load("app")
    log.wait_for("time")
    project.edit("app.py", "said, 0,", "said,  0,")
    app.later.cancel()

    assert project.refresh() == []
    assert log == ["time"]


def test_a_timer_s_callback_is_patched_without_any_running(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            def tick(): said("old")
            timer = temporary.interval(tick, 0.001)
            """
        }
    )
    project.load("app")
    log.wait_for("old")
    project.edit("app.py", '"old"', '"new"')

    assert project.refresh() == ["patch app.tick"]
    log.wait_for("new")


def test_what_a_timer_raises_is_logged_and_it_goes_on(project, log, caplog):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            def tick():
                said("tick")
                raise SystemExit(3)
            timer = temporary.interval(tick, 0.001)
            """
        }
    )
    project.load("app")
    log.wait_for("tick", 3)

    assert "app.py:6 raised" in caplog.text


def test_on_an_event_loop_a_timer_ticks_there(project, log):
    project.write(
        {
            "app.py": """
            import asyncio
            from heatsync import temporary
            from log import said
            NAME = "a"
            async def tick(name):
                said((name, asyncio.get_running_loop()))
            timer = temporary.interval(tick, 0.001, NAME)
            """
        }
    )

    async def main():
        loop = asyncio.get_running_loop()
        project.load("app")
        await ticks(("a", loop), 3)
        project.edit("app.py", '"a"', '"b"')
        project.refresh()
        await ticks(("b", loop), 3)
        project.edit("app.py", '"b"', '"c"')
        report = await asyncio.to_thread(project.sync.refresh)  # as the watcher's thread does
        assert report.error is None
        await ticks(("c", loop), 3)
        assert not [t for t in threading.enumerate() if t.name.startswith("the interval")]
        project.edit("app.py", "NAME)", "NAME)\n1 / 0")
        project.fail()
        many = log.count(("c", loop))
        await ticks(("c", loop), many + 3)

    async def ticks(entry, many):
        async with asyncio.timeout(PATIENCE):
            while log.count(entry) < many:
                await asyncio.sleep(0)

    asyncio.run(main())


def test_a_timer_refuses_a_time_that_is_none():
    with pytest.raises(ValueError, match="-1 seconds: give 0 or more"):
        temporary.timeout(print, -1)
    with pytest.raises(ValueError, match="0 seconds: give more than 0"):
        temporary.interval(print, 0)


# ------------------------------------------------------------------------- listeners


def test_a_listener_is_taken_away_and_the_new_one_added(project, log):
    project.write(
        {
            "bus.py": "import pyee\nbus = pyee.EventEmitter()\n",
            "app.py": """
            from heatsync import temporary
            from bus import bus
            from log import said
            def saved(name): said(("saved", name))
            EVENT = "save"
            temporary.listener(bus, EVENT, saved)
            """,
        }
    )
    project.load("app")
    bus = project.load("bus").bus
    bus.emit("save", 1)
    project.edit("app.py", '"save"', '"saving"')

    report = project.report()

    assert (report.trace, report.notes) == (["run app.EVENT", "rerun app:6"], ())
    assert bus.emit("saving", 2)
    assert not bus.emit("save", 3)
    assert log == [("saved", 1), ("saved", 2)]
    project.edit("app.py", "temporary.listener(bus, EVENT, saved)\n", "")
    assert project.report().notes == ()
    assert not bus.emit("saving", 3)


def test_a_listener_keeps_its_place_if_the_reload_fails(project, log):
    project.write(
        {
            "bus.py": "import pyee\nbus = pyee.EventEmitter()\n",
            "app.py": """
            from heatsync import temporary
            from bus import bus
            from log import said
            N = 1
            @temporary.listener(bus, "save")
            def first(n=N): said("first")
            @temporary.listener(bus, "save")
            def second(): said("second")
            """,
        }
    )
    project.load("app")
    bus = project.load("bus").bus
    project.edit("app.py", "N = 1", "N = 2")
    project.write({"app.py": project.read("app.py") + "1 / 0\n"})
    project.fail()
    bus.emit("save")
    assert log == ["first", "second"]
    assert len(bus.listeners("save")) == 2

    project.edit("app.py", "1 / 0\n", "")
    report = project.report()
    assert report.notes == ()
    bus.emit("save")
    assert log[2:] == ["first", "second"]
    assert len(bus.listeners("save")) == 2
    project.edit("app.py", '"save")\ndef second', '"save")\ndef third(): said("third")\ndef second')
    project.refresh()
    bus.emit("save")
    assert log[4:] == ["first", "third"]


def test_what_listens_by_itself_and_what_is_temporary_do_not_mix(project, log):
    project.write(
        {
            "app.py": """
            import pyee
            from heatsync import temporary
            from log import said
            bus = pyee.EventEmitter()
            N = 1
            def saved(): said(("saved", N))
            def setup(n):
                bus.on("save", saved)
                temporary.listener(bus, "save", saved)
                temporary.listener(bus, "saved", saved)
            setup(N)
            """
        }
    )
    app = project.load("app")
    for number in (2, 3):
        project.edit("app.py", f"N = {number - 1}", f"N = {number}")
        assert project.report().notes == ()
        log.clear()
        app.bus.emit("save")
        app.bus.emit("saved")
        assert log == [("saved", number)] * 3
    project.write({"app.py": project.read("app.py") + "1 / 0\n"})
    project.edit("app.py", "N = 3", "N = 4")
    project.fail()
    log.clear()
    app.bus.emit("save")
    app.bus.emit("saved")
    assert log == [("saved", 3)] * 3


class Dom:
    def __init__(self):
        self.listeners = []

    def addEventListener(self, event, listener):
        self.listeners.append((event, listener))

    def removeEventListener(self, event, listener):
        self.listeners.remove((event, listener))

    def send(self, value):
        for _, listener in self.listeners[:]:
            listener(value)


class Qt:
    def __init__(self):
        self.slots = []
        self.connect, self.disconnect = self.slots.append, self.slots.remove

    def send(self, value):
        for slot in self.slots[:]:
            slot(value)


def emitter():
    bus = pyee.EventEmitter()
    return bus, "e", lambda value: bus.emit("e", value)


def of_blinker():
    signal_ = blinker.Signal()
    return signal_, None, signal_.send


def of_a_sender():
    signal_, sender = blinker.Signal(), "sender"
    return signal_, sender, lambda value: signal_.send(sender)


def of_dom():
    dom = Dom()
    return dom, "click", dom.send


def of_qt():
    qt = Qt()
    return qt, None, qt.send


@pytest.mark.parametrize("make", [emitter, of_blinker, of_a_sender, of_dom, of_qt])
def test_listeners_of_many_kinds(make):
    target, event, send = make()
    heard = []
    listener = temporary.listener(target, event, heard.append)
    send("sender")
    assert heard == ["sender"]
    listener.cancel()
    send("sender")
    assert heard == ["sender"]
    listener.cancel()


def test_a_listener_that_is_a_coroutine_function_stays_one():
    added = []

    class Bus:
        def on(self, event, listener):
            added.append(listener)

        def off(self, event, listener):
            added.remove(listener)

    async def saved(name):
        return name

    listener = temporary.listener(Bus(), "saved", saved)
    assert asyncio.iscoroutinefunction(added[0])
    assert asyncio.run(added[0]("a")) == "a"
    assert added[0].__name__ == "saved"
    listener.cancel()
    assert added == []


def test_what_has_no_listeners_is_refused():
    with pytest.raises(TypeError, match="list has no method to add a listener"):
        temporary.listener([], "event", print)


def test_a_signal_s_handler_is_exchanged_and_put_back(project, log):
    own = signal.signal(signal.SIGUSR1, lambda number, frame: log.append("own"))
    project.write(
        {
            "app.py": """
            import signal
            from heatsync import temporary
            from log import said
            NAME = "a"
            temporary.listener(signal, signal.SIGUSR1, lambda number, frame, name=NAME: said(name))
            """
        }
    )
    try:
        project.load("app")
        signal.raise_signal(signal.SIGUSR1)
        project.edit("app.py", '"a"', '"b"')
        in_thread(project.sync.refresh)  # where no handler can be set
        assert project.sync.history[-1].error is None
        signal.raise_signal(signal.SIGUSR1)
        project.write({"app.py": ""})
        in_thread(project.sync.refresh)
        signal.raise_signal(signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        assert log == ["a", "b", "own", "own"]
    finally:
        signal.signal(signal.SIGUSR1, own)


def in_thread(call):
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def test_a_log_handler_is_not_doubled(project):
    logger = logging.getLogger("test_temporary")
    project.write(
        {
            "app.py": """
            import logging
            from heatsync import temporary
            LEVEL = 1
            log = logging.getLogger("test_temporary")
            temporary.listener(log, "handler", logging.NullHandler(LEVEL))
            temporary.listener(log, "filter", lambda record: LEVEL)
            """
        }
    )
    project.load("app")
    project.edit("app.py", "LEVEL = 1", "LEVEL = 2")
    assert project.report().notes == ()
    assert [handler.level for handler in logger.handlers] == [2]
    project.sync.dispose()
    assert (logger.handlers, logger.filters) == ([], [])


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


# ------------------------------------------------------------ what runs on a loop


def on_loop(project, main):
    """Runs a test on an event loop, whose errors fail it."""
    wrong = []

    async def run():
        asyncio.get_running_loop().set_exception_handler(
            lambda loop, context: wrong.append(context)
        )
        await asyncio.wait_for(main(), PATIENCE)

    asyncio.run(run())
    assert wrong == []


async def until(log, entry):
    while entry not in log:
        await asyncio.sleep(0)


TASK = """
    import asyncio
    from heatsync import temporary
    from log import said
    NAME = "a"
    async def work(name):
        said(f"{name} begins")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said(f"{name} ends")
    task = temporary.task(work(NAME))
    """


def test_a_task_is_cancelled_and_awaited_before_the_next_one_begins(project, log):
    project.write({"app.py": TASK})

    async def main():
        project.load("app")
        await until(log, "a begins")
        project.edit("app.py", '"a"', '"b"')
        project.refresh()
        await until(log, "b begins")
        project.edit("app.py", '"b"', '"c"')
        await asyncio.to_thread(project.sync.refresh)
        await until(log, "c begins")
        project.edit("app.py", "task = temporary.task(work(NAME))", "")
        project.refresh()
        await until(log, "c ends")

    on_loop(project, main)
    assert log == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


def test_a_task_goes_on_if_the_reload_fails_and_the_new_one_never_begins(project, log):
    project.write({"app.py": TASK})

    async def main():
        app = project.load("app")
        await until(log, "a begins")
        project.edit("app.py", '"a"', '"b"')
        project.edit(
            "app.py",
            "task = temporary.task(work(NAME))",
            "task = temporary.task(work(NAME))\n1 / 0",
        )
        project.fail()
        await asyncio.to_thread(project.sync.resync, "app")
        for _ in range(5):
            await asyncio.sleep(0)
        assert log == ["a begins"]
        app.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await app.task

    on_loop(project, main)


def test_the_result_of_a_task_is_awaited_and_its_error_is_never_lost(project, caplog):
    async def fail():
        raise ValueError("lost")

    async def main():
        task = temporary.task(asyncio.sleep(0, "result"))
        assert await task == await task == "result"
        task = temporary.task(fail())
        with pytest.raises(ValueError, match="lost"):
            await task
        assert caplog.text == ""
        temporary.task(fail())
        for _ in range(5):
            await asyncio.sleep(0)
        assert "raised" in caplog.text
        assert "ValueError: lost" in caplog.text

    on_loop(project, main)


def test_a_task_that_does_not_end_is_told(project, log, caplog):
    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            await asyncio.sleep(0.05)
            log.append("over")

    async def main():
        task = temporary.task(stubborn(), limit=0.01)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await until(log, "over")

    on_loop(project, main)
    assert "has not ended 0.01 s after it was told to" in caplog.text


def test_a_task_without_a_loop_is_refused_and_leaves_no_coroutine_behind():
    async def work():
        pass

    with pytest.raises(NoLoopError, match=r"test_temporary.py:\d+ has no event loop"):
        temporary.task(work())


def test_an_asynchronous_resource_is_left_by_its_own_task(project, log):
    project.write(
        {
            "app.py": """
            import asyncio, contextlib
            from heatsync import temporary
            from log import said
            NAME = "a"
            @contextlib.asynccontextmanager
            async def opened(name):
                async with asyncio.timeout(1000):  # which only the task that entered may leave
                    said(f"open {name}")
                    yield [name]
                    said(f"close {name}")
            pool = temporary.resource(opened(NAME))
            """
        }
    )

    async def main():
        app = project.load("app")
        assert await app.pool == await app.pool == ["a"]
        project.edit("app.py", '"a"', '"b"')
        project.edit("app.py", "opened(NAME))", "opened(NAME))\n1 / 0")
        project.fail()
        await asyncio.sleep(0)
        assert log == ["open a"]
        project.edit("app.py", "\n1 / 0", "")
        project.refresh()
        assert await app.pool == ["b"]
        assert log == ["open a", "close a", "open b"]
        async with project.sync:
            pass
        assert log[3:] == ["close b"]  # it was waited for

    on_loop(project, main)


def test_an_asynchronous_resource_that_cannot_be_entered_says_so(project, caplog):
    class Broken:
        async def __aenter__(self):
            raise OSError("no port")

        async def __aexit__(self, *error):
            pass

    async def main():
        with pytest.raises(OSError, match="no port"):
            await temporary.resource(Broken())
        assert caplog.text == ""

    on_loop(project, main)


def test_what_can_be_entered_both_ways_is_entered_at_once_unless_that_is_refused(project):
    class Both:
        refuses = False
        left = False

        def __enter__(self):
            if self.refuses:
                raise TypeError("use async with")
            return "at once"

        def __exit__(self, *error):
            self.left = True

        async def __aenter__(self):
            return "later"

        async def __aexit__(self, *error):
            self.left = True

    async def main():
        assert temporary.resource(Both()) == "at once"
        both = Both()
        both.refuses = True
        assert await temporary.resource(both) == "later"

    on_loop(project, main)


def test_a_task_that_is_new_in_a_thread_runs_on_the_main_thread_s_loop(project, log):
    project.write({"app.py": TASK.replace("task = temporary.task(work(NAME))", "")})

    async def main():
        project.load("app")
        project.write({"app.py": TASK})
        report = await asyncio.to_thread(project.sync.refresh)
        assert report.error is None
        await until(log, "a begins")
        project.sync.dispose()
        await until(log, "a ends")

    on_loop(project, main)


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


# ------------------------------------------------------------------------------- all


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
            import atexit, sys, contextlib, time
            from heatsync import remember, temporary
            @contextlib.contextmanager
            def opened():
                print("open")
                yield
                print("close")
            def work(stop):
                print("work")
                stop.wait()
                print("worked")
            done = []
            temporary.listener(atexit, "exit", lambda: print("exit"))
            temporary.listener(atexit, "exit", lambda: print("never")).cancel()
            temporary.resource(opened())
            temporary.thread(work)
            temporary.interval(done.append, 0.001, 1)
            while len(done) < 3: time.sleep(0.001)
            index = remember(dict)
            print("asyncio" in sys.modules, "watchdog" in sys.modules)
            """
        },
    )
    done = python("main.py", cwd=tmp_path)

    assert done.stderr == ""
    assert done.stdout.splitlines() == ["open", "work", "False False", "exit", "worked", "close"]


def test_a_failed_first_import_leaves_nothing_ticking(project, log):
    project.write({"app.py": TICKING + "\n    1 / 0\n"})
    with pytest.raises(ZeroDivisionError):
        project.load("app")
    for thread in threading.enumerate():
        if thread.name.startswith("the interval"):
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_the_object_has_it_too(project):
    assert project.sync.temporary is temporary
    assert isinstance(project.sync, Heatsync)
