"""Temporary listeners, of every kind of target: they end with their statement, and keep their places."""

import asyncio
import logging
import signal
import threading

import blinker
import pyee
import pytest

from heatsync import temporary
from libraries import Library, needs


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


@needs("discord.ext.commands")
@pytest.mark.parametrize("event", ["on_message", None], ids=["by its event", "by its name"])
def test_a_listener_of_a_bot_of_discord(event):
    commands = Library("discord.ext.commands")
    bot = commands.Bot("!", intents=commands.bot.discord.Intents.none())
    heard = []

    @temporary.listener(bot, event)
    async def on_message(message):
        heard.append(message)

    [gate] = bot.extra_events["on_message"]
    asyncio.run(gate("hello"))
    assert heard == ["hello"]
    assert list(bot.extra_events) == ["on_message"]


def test_what_takes_the_listener_first_loses_it_again():
    class Bot:
        def __init__(self):
            self.listeners = []

        def add_listener(self, func, name):
            self.listeners.append((func.__name__, name))

        def remove_listener(self, func, name):
            self.listeners.remove((func.__name__, name))

    def greet():
        pass

    bot = Bot()
    listener = temporary.listener(bot, "hello", greet)
    assert bot.listeners == [("greet", "hello")]
    listener.cancel()
    assert bot.listeners == []


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
