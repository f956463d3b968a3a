"""Registries of the standard library and of well-known packages: as a fresh import makes them."""

from __future__ import annotations

import codecs
import copyreg
import logging
import signal
import sys
import warnings

import pytest

from running import python


def steps(project, old, new, file="app.py"):
    project.edit(file, old, new)
    return project.refresh()


# --------------------------------------------------------------------- what keeps callbacks


def test_pyee(project):
    project.write(
        {
            "app.py": """
        from pyee import EventEmitter
        bus = EventEmitter()
        @bus.on("saved")
        def a(): return "a"
        @bus.on("saved")
        def b(): return "b"
        bus.on("saved", print)
        """
        }
    )
    app = project.load("app")

    def by_hand():
        return None

    app.bus.on("saved", by_hand)

    assert steps(project, "def a()", "def a(x=1)") == ["run app.a"]
    assert app.bus.listeners("saved") == [app.a, app.b, print, by_hand]

    assert steps(project, '@bus.on("saved")\ndef b', '@bus.on("gone")\ndef b') == ["run app.b"]
    assert app.bus.listeners("saved") == [app.a, print, by_hand]
    assert app.bus.listeners("gone") == [app.b]

    assert steps(project, 'bus.on("saved", print)', 'bus.on("saved", repr)') == ["run app:7"]
    assert app.bus.listeners("saved") == [app.a, repr, by_hand]

    assert steps(project, '@bus.on("gone")\ndef b(): return "b"\n', "") == ["drop app.b"]
    assert app.bus.listeners("gone") == []


def test_blinker(project):
    blinker = pytest.importorskip("blinker")
    project.write(
        {
            "signals.py": "from blinker import Signal\nsaved, gone = Signal(), Signal()\n",
            "app.py": """
        from signals import saved, gone
        @saved.connect
        def a(sender): return "a"
        @saved.connect
        def b(sender): return "b"
        """,
        }
    )
    project.load("app")
    signals = sys.modules["signals"]

    def by_hand(sender):
        return "by hand"

    signals.saved.connect(by_hand)

    def answers(of):
        return sorted(answer for _, answer in of.send(None))

    assert steps(project, "def a(sender)", "def a(sender, x=1)") == ["run app.a"]
    assert answers(signals.saved) == ["a", "b", "by hand"]

    assert steps(project, "@saved.connect\ndef a", "@gone.connect\ndef a") == ["run app.a"]
    assert answers(signals.saved) == ["b", "by hand"]
    assert answers(signals.gone) == ["a"]

    assert steps(project, '@saved.connect\ndef b(sender): return "b"\n', "") == ["drop app.b"]
    assert answers(signals.saved) == ["by hand"]
    assert isinstance(signals.saved, blinker.Signal)


def test_click(project):
    click_testing = pytest.importorskip("click.testing")
    project.write(
        {
            "cli.py": "import click\n@click.group()\ndef main(): pass\n@main.group()\ndef sub(): pass\n",
            "app.py": """
        import click
        from cli import main, sub
        @main.command()
        @click.option("--x", default=1)
        def one(x): click.echo(x)
        @sub.command("second")
        def two(): click.echo("two")
        def three(): click.echo("three")
        main.add_command(click.Command("three", callback=three))
        """,
        }
    )
    project.load("app")
    main = sys.modules["cli"].main

    def run(*words):
        return click_testing.CliRunner().invoke(main, words, prog_name="main").output.strip()

    assert (run("one"), run("sub", "second"), run("three")) == ("1", "two", "three")

    assert steps(project, "default=1", "default=2") == ["run app.one"]
    assert (run("one"), list(main.commands)) == ("2", ["sub", "one", "three"])

    assert steps(project, '"second"', '"zweite"') == ["run app.two"]
    assert list(main.commands["sub"].commands) == ["zweite"]

    assert steps(project, 'Command("three"', 'Command("drei"') == ["run app:9"]
    assert list(main.commands) == ["sub", "one", "drei"]
    assert run("drei") == "three"

    text = '@main.command()\n@click.option("--x", default=2)\ndef one(x): click.echo(x)\n'
    assert steps(project, text, "") == ["drop app.one"]
    assert list(main.commands) == ["sub", "drei"]


SINGLE = """
from functools import singledispatch
@singledispatch
def show(x): return "any"
@show.register
def _(x: int): return "int"
@show.register(str)
def text(x): return "str"
@show.register(list)
@show.register(dict)
def many(x): return "many"
"""


def test_a_type_of_a_singledispatch_is_changed_and_removed(project):
    project.write({"app.py": SINGLE})
    app = project.load("app")

    def shown():
        return [app.show(x) for x in (1, True, "", [], {}, 1.0)]

    assert shown() == ["int", "int", "str", "many", "many", "any"]
    app.show.register(float, lambda x: "by hand")

    assert steps(project, 'return "str"', 'return "text"') == ["patch app.text"]
    assert steps(project, "def text(x)", "def text(x, y=0)") == ["run app.text"]
    assert shown() == ["int", "int", "text", "many", "many", "by hand"]

    assert steps(project, "(x: int)", "(x: bool)") == ["run app._"]
    assert shown() == ["any", "int", "text", "many", "many", "by hand"]

    assert steps(project, "@show.register(list)\n", "") == ["run app.many"]
    assert shown() == ["any", "int", "text", "any", "many", "by hand"]

    text = '@show.register(str)\ndef text(x, y=0): return "text"\n'
    assert steps(project, text, "") == ["drop app.text"]
    assert shown() == ["any", "int", "any", "any", "many", "by hand"]
    assert set(app.show.registry) == {object, bool, dict, float}


def test_implementations_that_are_all_called_alike(project):
    project.write(
        {
            "app.py": """
        from functools import singledispatch
        @singledispatch
        def show(x): return "any"
        @show.register
        def _(x: int): return "int"
        @show.register
        def _(x: str): return "str"
        @show.register
        def _(x: list): return "list"
        """
        }
    )
    app = project.load("app")

    def shown():
        return [app.show(x) for x in (1, "", [], 1.0)]

    steps(project, '"any"', '"else"')
    assert shown() == ["int", "str", "list", "else"]
    assert steps(project, "x: int", "x: float") == ["run app._", "rerun app._", "rerun app._"]
    assert shown() == ["else", "str", "list", "int"]
    steps(project, '@show.register\ndef _(x: str): return "str"\n', "")
    assert shown() == ["else", "else", "list", "int"]
    assert list(app.show.registry) == [object, float, list]


def test_a_type_of_a_singledispatch_in_another_file(project):
    project.write(
        {
            "shows.py": "from functools import singledispatch\n@singledispatch\ndef show(x): return 'any'\n",
            "app.py": "import shows\n@shows.show.register(int)\ndef number(x): return 'int'\n",
        }
    )
    project.load("app")
    show = sys.modules["shows"].show

    assert steps(project, "register(int)", "register(str)") == ["run app.number"]
    assert [show(1), show("")] == ["any", "int"]

    assert steps(project, "@shows.show.register(str)\ndef number(x): return 'int'\n", "") == [
        "drop app.number"
    ]
    assert [show(1), show("")] == ["any", "any"]


def test_a_method_of_a_singledispatchmethod(project):
    project.write(
        {
            "app.py": """
        from functools import singledispatchmethod
        class Show:
            @singledispatchmethod
            def show(self, x): return "any"
            @show.register
            def _(self, x: int): return "int"
            @show.register
            def _(self, x: str): return "str"
        instance = Show()
        """
        }
    )
    app = project.load("app")

    def shown():
        return [app.instance.show(x) for x in (1, "", 1.0)]

    assert shown() == ["int", "str", "any"]
    steps(project, "x: str", "x: float")
    assert shown() == ["int", "any", "str"]


# ------------------------------------------------------------------------------ logging


@pytest.fixture
def logger():
    logger = logging.getLogger("heatsync.tests.registries")
    logger.propagate = False
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    for one in list(logger.filters):
        logger.removeFilter(one)


def handlers(logger):
    """Those of the program: pytest adds its own."""
    return [handler for handler in logger.handlers if "pytest" not in type(handler).__module__]


HANDLER = """
import logging
class Collecting(logging.Handler):
    def __init__(self, mark):
        super().__init__()
        self.mark = mark
    def emit(self, record): pass
logger = logging.getLogger("heatsync.tests.registries")
"""


def test_a_named_handler_is_not_doubled(project, logger):
    project.write({"app.py": HANDLER + "handler = Collecting('a')\nlogger.addHandler(handler)\n"})
    app = project.load("app")
    by_hand = logging.NullHandler()
    logger.addHandler(by_hand)

    assert steps(project, "'a'", "'b'") == ["run app.handler", "rerun app:9"]
    assert [getattr(h, "mark", "by hand") for h in handlers(logger)] == ["b", "by hand"]
    assert handlers(logger) == [app.handler, by_hand]

    assert steps(project, "logger.addHandler(handler)\n", "") == ["drop app:9"]
    assert handlers(logger) == [by_hand]


def test_an_unnamed_handler_is_not_doubled(project, logger):
    project.write({"app.py": HANDLER + "logger.addHandler(Collecting('a'))\n"})
    project.load("app")
    by_hand = logging.NullHandler()
    logger.addHandler(by_hand)

    assert steps(project, "Collecting('a')", "Collecting('b')") == ["run app:8"]
    assert [getattr(h, "mark", "by hand") for h in handlers(logger)] == ["b", "by hand"]

    assert steps(project, "logger.addHandler(Collecting('b'))\n", "") == ["drop app:8"]
    assert handlers(logger) == [by_hand]


def test_a_handler_of_a_logger_that_has_no_name(project, logger):
    project.write(
        {
            "app.py": HANDLER
            + "handler = Collecting('a')\nlogging.getLogger(logger.name).addHandler(handler)\n"
        }
    )
    app = project.load("app")

    assert steps(project, "'a'", "'b'") == ["run app.handler", "rerun app:9"]
    assert handlers(logger) == [app.handler]


def test_a_filter_that_is_a_function(project, logger):
    project.write({"app.py": HANDLER + "def keep(record): return True\nlogger.addFilter(keep)\n"})
    app = project.load("app")

    assert steps(project, "keep(record)", "keep(record, x=1)") == ["run app.keep"]
    assert logger.filters == [app.keep]
    assert steps(project, "logger.addFilter(keep)\n", "") == ["drop app:9"]
    assert logger.filters == []


# ---------------------------------------------------------------- below Python


def test_atexit(project):
    project.write(
        {
            "app.py": """
        import atexit
        @atexit.register
        def bye(): print("bye")
        def later(x): print("later", x)
        atexit.register(later, 1)
        atexit.register(print, "gone")
        """,
            "main.py": """
        import pathlib
        from heatsync import Heatsync
        sync = Heatsync(watch=False)
        app = sync.require("./app.py")
        def edit(old, new):
            path = pathlib.Path(app.__file__)
            path.write_text(path.read_text().replace(old, new))
            print(sync.refresh().trace)
        edit("def bye():", "def bye(x=1):")
        edit("later, 1", "later, 2")
        edit("later, 2)", "later, 3)\\nraise ValueError")
        edit("later, 3)\\nraise ValueError", "later, 2)")
        edit('atexit.register(print, "gone")\\n', "")
        print("end")
        """,
        }
    )
    ended = python("main.py", cwd=project.root)

    assert ended.stdout.splitlines() == [
        "['run app.bye']",
        "['run app:5']",
        "[]",
        "[]",
        "['drop app:6']",
        "end",
        "later 2",
        "bye",
    ], ended.stderr


def test_codecs(project):
    project.write(
        {
            "app.py": """
        import codecs
        def search(name):
            return codecs.lookup("utf-8") if name == "heatsync1" else None
        codecs.register(search)
        """
        }
    )
    app = project.load("app")
    try:
        assert "".encode("heatsync1") == b""
        assert steps(project, "codecs.register(search)\n", "") == ["drop app:4"]
        with pytest.raises(LookupError):
            "".encode("heatsync1")
    finally:
        codecs.unregister(app.search)


def test_copyreg(project):
    project.write(
        {
            "app.py": """
        import copyreg
        class A: pass
        def reduce(a): return A, ()
        copyreg.pickle(A, reduce)
        """
        }
    )
    app = project.load("app")
    cls = app.A
    assert copyreg.dispatch_table[cls] is app.reduce
    assert steps(project, "copyreg.pickle(A, reduce)\n", "") == ["drop app:4"]
    assert cls not in copyreg.dispatch_table


@pytest.fixture
def search():
    """Where modules are looked for, left as it was."""
    before, finders = list(sys.path), list(sys.meta_path)
    yield before, finders
    sys.path[:] = before
    sys.meta_path[:] = finders


def test_sys_path_and_finders(project, search):
    before, finders = search
    project.write(
        {
            "app.py": """
        import sys
        class Finder:
            def find_spec(self, *words): return None
        sys.path.insert(0, "/heatsync/a")
        sys.meta_path.append(Finder())
        """
        }
    )
    app = project.load("app")
    assert steps(project, "/heatsync/a", "/heatsync/b") == ["run app:4"]
    assert sys.path == ["/heatsync/b", *before]
    assert steps(project, "Finder())", "Finder( ), )") == []
    assert [type(f) for f in sys.meta_path] == [*map(type, finders), app.Finder]
    assert steps(project, "class Finder:", "class Finder(object):")
    assert len(sys.meta_path) == len(finders) + 1
    assert steps(project, "sys.meta_path.append(Finder( ), )\n", "") == ["drop app:5"]
    assert sys.meta_path == finders
    assert steps(project, 'sys.path.insert(0, "/heatsync/b")\n', "") == ["drop app:4"]
    assert sys.path == before


def test_a_filter_of_warnings_stays_as_its_pattern_shows_nothing_of_the_statement(project):
    with warnings.catch_warnings():
        project.write({"app.py": "import warnings\nwarnings.filterwarnings('ignore', 'abc')\n"})
        project.load("app")
        count = len(warnings.filters)
        assert steps(project, "'abc'", "'xyz'") == ["run app:2"]
        patterns = [f[1].pattern for f in warnings.filters if f[1]]
        assert {"xyz", "abc"} <= {*patterns}
        assert len(warnings.filters) == count + 1


def test_a_virtual_subclass(project):
    project.write(
        {"app.py": "import abc\nclass Base(abc.ABC): pass\nclass A: pass\nBase.register(A)\n"}
    )
    app = project.load("app")
    assert issubclass(app.A, app.Base)
    assert steps(project, "Base.register(A)\n", "") == ["drop app:4"]
    assert not issubclass(app.A, app.Base)


def test_what_cannot_be_taken_back_is_said(project):
    project.write(
        {
            "app.py": """
        import signal
        def handler(number, frame): pass
        signal.signal(signal.SIGUSR1, handler)
        """
        }
    )
    before = signal.getsignal(signal.SIGUSR1)
    project.load("app")
    try:
        project.edit("app.py", "signal.signal(signal.SIGUSR1, handler)\n", "")
        assert project.report().notes == (
            "what line 3 handed to signal.signal before may remain: "
            "heatsync knows no way to take it back",
        )
    finally:
        signal.signal(signal.SIGUSR1, before)
