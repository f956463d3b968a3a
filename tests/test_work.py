"""What an edit costs is counted, not timed: lines parsed, code compiled, functions written, files read."""

from __future__ import annotations

import ast
import builtins
import gc
import importlib
import itertools
import os
import py_compile
import subprocess
import sys
from collections import Counter
from collections.abc import Sized
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import heatsync
from heatsync._engine.batches import libraries
from heatsync._engine.files import program, stale
from heatsync._engine.objects import flights, insides
from heatsync._engine.objects.journal import Journal
from heatsync._engine.texts.source import Source
from heatsync._resident.live import LIVE, Running

FUNCTION = '''
def f{n}(x, y={n}):
    """Function {n}."""
    return [x + y for _ in range({n})]

class C{n}:
    def method(self):
        return f{n}({n})

    @property
    def size(self):
        return {n}
'''
BIG = "import math\n" + "".join(FUNCTION.format(n=n) for n in range(200))
USER = "import big\nfrom big import f50\ndef use(): return f50(1) + big.f51(1)\n"


class Work:
    """What was done, counted at the places through which it has to go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: Counter[str] = Counter()
        self._count(monkeypatch, ast, "parse", lambda text, *_: ("lines parsed", _lines(text)))
        self._count(monkeypatch, builtins, "compile", _compiled)
        self._count(monkeypatch, stale, "read", lambda *_: ("files read", 1))
        self._count(monkeypatch, gc, "get_objects", lambda *_: ("walks of the heap", 1))
        self._count(monkeypatch, gc, "get_referrers", lambda *_: ("walks of the heap", 1))
        self._count(monkeypatch, Journal, "swap", _written)

    def _count(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, told: Any) -> None:
        plain = getattr(owner, name)

        def counted(*arguments: Any, **words: Any) -> Any:
            what, number = told(*arguments)
            self.counts[what] += number
            return plain(*arguments, **words)

        monkeypatch.setattr(owner, name, counted)


def _lines(text: Any) -> int:
    """How many lines there are from the first one that says something."""
    return len(text.strip("\n").split("\n"))


def _compiled(source: Any, _: str, mode: str, flags: int = 0) -> tuple[str, int]:
    is_code = mode == "exec" and not flags & ast.PyCF_ONLY_AST
    return ("compiled", 1) if is_code else ("", 0)


def _written(_: Journal, writes: Any) -> tuple[str, int]:
    return "writes", len(writes) if isinstance(writes, Sized) else 0  # of what is poured


@pytest.fixture
def work(project, monkeypatch):
    """A file of 2,400 lines, one that imports it, and fifty others; nothing of them is parsed yet."""
    others = {f"other{n}.py": f"X = {n}\n" for n in range(50)}
    project.write({"big.py": BIG, "user.py": USER, **others})
    for name in ("big", "user", *(f"other{n}" for n in range(50))):
        project.load(name)
    assert all("source" not in running.__dict__ for running in LIVE.modules.values())

    def refresh() -> dict[str, int]:
        with monkeypatch.context() as patch:
            work = Work(patch)
            report = project.sync.refresh()
        assert report is not None
        assert report.error is None
        return {what: number for what, number in work.counts.items() if what and number}

    return refresh


def test_the_first_edit_of_a_body_parses_what_it_reaches_and_nothing_else(project, work):
    project.edit("big.py", "Function 100.", "Function one hundred.")

    done = work()

    assert done.pop("lines parsed") < 150  # of 2,400
    assert done == {"files read": 52, "compiled": 1, "writes": 2}


def test_the_next_edit_parses_one_function(project, work):
    project.edit("big.py", "range(100)", "range(1000)")
    work()
    project.edit("big.py", "range(101)", "range(1001)")

    done = work()

    assert done.pop("lines parsed") < 20
    assert done == {"files read": 52, "compiled": 1, "writes": 1}


def test_edits_far_apart_parse_these_places_and_nothing_between_them(project, work):
    project.edit("big.py", "range(10)", "range(1000)")
    work()
    project.edit("big.py", "import math\n", "import math\nimport string\n")
    project.edit("big.py", "return [x + y for _ in range(100)]", "return string.digits[x + y]")
    project.edit("big.py", "range(190)", "range(1900)")

    done = work()

    assert done.pop("lines parsed") < 150
    # Two functions, and the import twice: to see that it is valid, and to run it.
    assert done["compiled"] == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class C199:", "def more(): return 1\n\nclass C199:"),
        ("import math\n", "import math\nimport string\n"),
        ("def f100(x, y=100):", "def f100(x, y=100, z=3):"),
        ("import math\n", "import math\nLIMIT = 5\n"),
    ],
)
def test_an_edit_of_what_names_stand_for_parses_only_what_says_them(project, work, old, new):
    project.edit("big.py", old, new)

    assert work()["lines parsed"] < 250  # of 2,400


def test_what_only_moved_is_not_parsed_and_each_function_below_is_written_once(project, work):
    project.edit("big.py", "import math\n", "import math\n\n")

    done = work()

    assert done.pop("lines parsed") < 150
    assert done == {"files read": 52, "writes": 600}


def test_modules_that_an_edit_does_not_reach_are_not_looked_into(project, work):
    project.edit("user.py", "f50(1) +", "f50(2) +")
    work()

    looked_into = {name for name, running in LIVE.modules.items() if "source" in running.__dict__}
    assert looked_into == {"user"}


def test_texts_that_are_not_edited_are_searched_for_imports_once(project, work, monkeypatch):
    asked: Counter[str] = Counter()
    plain = Running.__dict__["imports"].func

    def counted(running: Running) -> dict[str, None]:
        asked[running.name] += 1
        return plain(running)

    monkeypatch.setattr(Running.__dict__["imports"], "func", counted)
    for n in range(3):
        project.edit("big.py", f"range({100 + n})", "range(1000)")
        work()

    assert set(asked.values()) == {1}


def test_only_an_edited_function_whose_closures_are_in_use_is_searched_for_in_the_heap(
    project, work
):
    project.write({"makes.py": "def make():\n    def made(): return 1\n    return made\n"})
    makes = project.load("makes")

    project.edit("makes.py", "return 1", "return 2")
    assert "walks of the heap" not in work()

    made = makes.make()
    project.edit("makes.py", "return 2", "return 3")
    assert work()["walks of the heap"] == 1
    assert made() == 3


def test_who_waits_is_searched_for_only_where_a_text_tells_that_it_may_read_what_is_gone(
    project, work
):
    project.write(
        {
            "some.py": """
                A = B = 1
                def one(): return A
                def two(): yield B
                def three(): return [n for n in range(A)]
                """
        }
    )
    some = project.load("some")

    project.edit("some.py", "A = B = 1", "B = 1")
    project.edit("some.py", "return A", "return 1")
    project.edit("some.py", "range(A)", "range(1)")
    assert "walks of the heap" not in work()

    waiting = some.two()
    project.edit("some.py", "B = 1", "C = 1")
    project.edit("some.py", "yield B", "yield C")
    assert work()["walks of the heap"] == 1
    assert next(some.two()) == 1
    assert waiting.gi_frame


def test_of_many_files_saved_at_once_none_is_asked_about_those_that_do_not_import_it(
    project, monkeypatch
):
    names = [f"one{n}" for n in range(40)]
    project.write({f"{name}.py": "def f(): return 1\n" for name in names})
    for name in names:
        project.load(name)
        project.edit(f"{name}.py", "return 1", "return 2")
    asked: Counter[str] = Counter()
    plain = Source.saying_within

    def counted(source, *arguments):
        asked[source.file] += 1
        return plain(source, *arguments)

    monkeypatch.setattr(Source, "saying_within", counted)
    assert len(project.refresh()) == 40

    assert max(asked.values(), default=0) < 10  # and not once for each of the others


def test_what_a_statement_registered_is_looked_for_with_one_look_into_each_entry(
    project, monkeypatch
):
    project.write(
        {
            "app.py": """
            class Rule:
                def __init__(self, path, f): self.path, self.f, self.words = path, f, [path]
            class App:
                def __init__(self): self.rules, self.by_path = [], {}
                def route(self, path):
                    def decorate(f):
                        self.rules.append(Rule(path, f))
                        self.by_path.setdefault(path, []).append(self.rules[-1])
                        return f
                    return decorate
            app = App()
            """,
            "views.py": "from app import app\n"
            + "".join(f"@app.route('/{n}')\ndef view{n}(): return {n}\n" for n in range(100)),
        }
    )
    project.load("views")
    looks: Counter[str] = Counter()
    plain = insides.look_into

    def counted(entry: Any, *more: Any) -> Any:
        looks[type(entry).__name__] += 1
        return plain(entry, *more)

    monkeypatch.setattr(insides, "look_into", counted)
    project.edit("views.py", "route('/50')", "route('/fifty')")

    assert project.refresh() == ["run views.view50"]

    rules = project.load("app").app.rules
    assert [rules[n].path for n in (49, 50, 51)] == ["/49", "/fifty", "/51"]
    # Once to tell what is going to happen, once to find what is to be taken out, and once to find
    # the place of what came in.
    assert looks["Rule"] <= 3 * 101
    assert looks["tuple"] <= 3 * 101  # the items of the mapping


# What is there before the first edit: none of the engine, nor what only that needs of Python.
RESIDENT = """
heatsync heatsync._applying heatsync._arguments heatsync._forking heatsync._ids
heatsync._importing heatsync._keeping
heatsync._lifecycle heatsync._lookout heatsync._remembering heatsync._resident
heatsync._resident.brief heatsync._resident.files heatsync._resident.formats
heatsync._resident.live heatsync._resident.log heatsync._resident.owned heatsync._resident.owners
heatsync._resident.texts heatsync._roots heatsync._safe_points heatsync._sharing heatsync._sync
heatsync._telling heatsync._temporary heatsync._threads heatsync._timers heatsync._trust
heatsync.errors
"""
WATCHING = """
heatsync._burst heatsync._ending heatsync._events heatsync._ground heatsync._inotify
heatsync._looking heatsync._newcomers heatsync._observing heatsync._watching
"""
PYTHONS = """
__future__ _collections _colorize _ctypes _functools _opcode _opcode_metadata _operator _sre
_struct _typing _weakrefset atexit collections contextlib copyreg ctypes enum errno functools
importlib itertools keyword math opcode operator re reprlib select struct threading types typing
warnings weakref
"""
STARTS = """
import sys
before = {*sys.modules}
import heatsync
print("imported:", *{*sys.modules} - before)
heatsync.Heatsync().dispose()
print("watching:", *{*sys.modules} - before)
"""


def test_starting_loads_little():
    src = Path(heatsync.__file__).parents[1]
    told = subprocess.run(
        [sys.executable, "-c", STARTS],
        env={**os.environ, "PYTHONPATH": str(src)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    imported, watching = ({*line.split()[1:]} for line in told.splitlines())

    assert {name for name in imported if name.startswith("heatsync")} == {*RESIDENT.split()}
    ours = {name for name in watching if name.startswith("heatsync")}
    assert ours <= {*RESIDENT.split(), *WATCHING.split()}
    others = {name.partition(".")[0] for name in watching} - {"heatsync", "pyee"}
    if sys.platform == "linux":  # elsewhere watchdog brings its own
        assert others - {*PYTHONS.split()} == set()


@pytest.fixture
def alone(monkeypatch):
    """As in a program that has loaded none of the libraries that other tests have, and that is not
    in the middle of as many calls."""
    monkeypatch.setattr(libraries, "known_adapters", dict)
    for users in (program, flights):
        monkeypatch.setattr(users, "frames", list)


def test_an_edit_of_one_function_calls_few_functions_of_ours(project, alone):
    """Each of them costs something, most of all where nothing has run for a while."""
    project.write({"app.py": "import math\ndef f(x=1):\n    return x + 0\n"})
    project.load("app")
    ours, calls = os.path.dirname(heatsync.__file__), Counter()

    def count(frame: Any, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ours) and code.co_name[0] != "<":
            calls[code.co_qualname] += 1

    for number in range(3):  # the first ones find out what is known from then on
        project.edit("app.py", f"x + {number}", f"x + {number + 1}")
        calls.clear()
        sys.setprofile(count)
        try:
            report = project.sync.refresh()
        finally:
            sys.setprofile(None)

    assert report.trace == ["patch app.f"]
    assert calls.total() < 500, calls.most_common(20)


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="Python counts its instructions from 3.12 on"
)
@pytest.mark.parametrize(
    ("edit", "is_known", "least", "times"),
    [
        ("x + {}", True, 3_400, 1.15),
        ("x + {}", False, 15_500, 1.1),
        ("x + {}\n    x", True, 8_500, 18),
        ("x + {}\n    x", False, 18_500, 9),
    ],
)
def test_an_edit_costs_the_same_in_a_file_of_any_length(
    project, alone, edit, is_known, least, times
):
    """That of the function that was edited last costs a quarter. One that moves lines is to be
    noted in each function below it, in few steps each."""
    other = (
        "\ndef other{}(x):\n    return [y for y in x]\n\nclass C{}:\n    def method(self): ...\n"
    )
    middle = "\ndef f(x=1):\n    x + 0\n    return x\n"
    steps = []
    for name, length in (("short", 10), ("long", 400)):
        others = [other.format(n, n) for n in range(length)]
        texts = [*others[: length // 2], middle, *others[length // 2 :]]
        project.write({f"{name}.py": "".join(texts)})
        project.load(name)
        for number in range(4):  # the first ones find out what is known from then on
            new = edit.format(number + 1) if number > 1 else f"x + {number + 1}"
            project.edit(f"{name}.py", f"x + {number}\n", f"{new}\n")
            LIVE.again = LIVE.again if is_known else None
            done = _instructions(project.sync.refresh)
        assert project.sync.history[-1].trace == [f"patch {name}.f"]
        steps.append(done)

    assert steps[0] < least
    assert steps[1] < steps[0] * times, steps


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="Python counts its instructions from 3.12 on"
)
def test_what_an_import_costs_besides_python_is_little(project, tmp_path_factory, monkeypatch):
    """With bytecode that is younger than its text, as with all but the first start of a program."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.syspath_prepend(elsewhere)
    steps = {}
    for kind, folder in (("plain", elsewhere), ("live", project.root)):
        first, *others = [f"{kind}{number}" for number in range(30)]
        for name in (first, *others):
            file = folder / f"{name}.py"
            file.write_text("x = 1\n")
            younger = os.stat(file).st_ctime_ns + 10**7
            os.utime(py_compile.compile(str(file), doraise=True), ns=(younger, younger))
        importlib.import_module(first)  # finds out what is known from then on
        work = partial(list, map(importlib.import_module, others))
        steps[kind] = _instructions(work) / len(others)

    assert {name.rstrip("0123456789") for name in LIVE.modules} == {"live"}
    assert steps["live"] - steps["plain"] < 600, steps


def _instructions(work: Any) -> int:
    """How many instructions of Python's interpreter are carried out for a call."""
    monitoring, tool, count = sys.monitoring, sys.monitoring.PROFILER_ID, itertools.count()
    monitoring.use_tool_id(tool, "steps")
    monitoring.register_callback(tool, monitoring.events.INSTRUCTION, lambda *_: next(count))
    monitoring.set_events(tool, monitoring.events.INSTRUCTION)
    try:
        work()
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)
    return next(count)
