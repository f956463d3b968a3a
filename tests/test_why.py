"""Why something was done: told in words, from each step back to the line that was edited."""

import pytest

from heatsync import Action, Grade, Manner, Passed, Ref, Taken


@pytest.fixture
def why(project, monkeypatch):
    """Loads files, edits one of them, and gives what `explain` says of it, as lines."""

    def tell(files, *edit, load="app"):
        monkeypatch.chdir(project.root)
        project.write(files)
        project.load(load)
        project.edit(*edit)
        report = project.report()
        assert report.error is None, report.error
        assert len(report.explain().split("\n")) >= len(report.steps)
        return report.explain().split("\n")

    return tell


CONFIG = "import os\n\nBASE = 10\n"
RAN = "config.BASE ran: it was edited at line 3 of config.py, and rebound from 10 to 20"
REBOUND = "config.BASE, which line 3 of config.py rebound from 10 to 20"


# ---------------------------------------------------------------------------- rebound


def test_a_value_is_told_from_where_it_was_rebound(why):
    files = {"config.py": CONFIG, "app.py": "import config\nLIMIT = config.BASE * 2\n"}

    assert why(files, "config.py", "10", "20") == [
        RAN,
        f"app.LIMIT ran again: it reads {REBOUND}",
    ]


def test_a_chain_through_four_files_is_told_to_its_end(why):
    files = {
        "config.py": CONFIG,
        "sizes.py": "from config import BASE\nSIDE = BASE * 2\n",
        "lib/__init__.py": "from lib.area import AREA\n",
        "lib/area.py": "import sizes\nAREA = sizes.SIDE ** 2\n",
        "app.py": "from lib import AREA\nTITLE = f'{AREA} squares'\n",
    }
    imported = [
        f"sizes.BASE imports {REBOUND}",
        "sizes.SIDE reads sizes.BASE, which line 1 of sizes.py rebound from 10 to 20",
        "lib.area.AREA reads sizes.SIDE, which line 2 of sizes.py rebound from 20 to 40",
        "lib.AREA imports lib.area.AREA, which line 2 of lib/area.py rebound from 400 to 1600",
        "app.AREA imports lib.AREA, which line 1 of lib/__init__.py rebound from 400 to 1600",
        "app.TITLE reads app.AREA, which line 1 of app.py rebound from 400 to 1600",
    ]

    told = why(files, "config.py", "10", "20")

    expected = [RAN]
    for number, line in enumerate(imported):
        expected.append(line.replace(" ", " ran again: it ", 1))
        expected.extend(f"    as {before}" for before in imported[:number][::-1])
    assert told == expected


def test_a_value_that_comes_out_the_same_ends_the_chain(why):
    files = {
        "config.py": CONFIG,
        "app.py": "import config\nMANY = config.BASE > 5\nWORD = 'many' if MANY else 'few'\n",
    }

    assert why(files, "config.py", "10", "20") == [
        RAN,
        f"app.MANY ran again and came out the same: it reads {REBOUND}",
    ]


def test_an_edited_statement_may_come_out_the_same(why):
    assert why({"app.py": "A = 10\nB = A\n"}, "app.py", "10", "5 + 5") == [
        "app.A ran: it was edited at line 1 of app.py, and came out the same"
    ]


def test_a_function_given_a_default_and_one_held_in_a_list(why):
    files = {
        "config.py": CONFIG,
        "app.py": "import config\ndef f(n=config.BASE):\n    return n\nALL = [f]\nNOW = f()\n",
    }

    assert why(files, "config.py", "10", "20") == [
        RAN,
        f"app.f ran again: it reads {REBOUND}",
        "app.NOW ran again: it calls app.f, which line 2 of app.py renewed",
        f"    as app.f reads {REBOUND}",
    ]


def test_a_name_that_is_gone(why):
    files = {
        "lib.py": "A = 1\nB = 2\n",
        "app.py": "import lib\nHAS = hasattr(lib, 'A')\nX = getattr(lib, 'A', lib.B)\n",
        "other.py": "from lib import *\nimport app\n",
    }

    assert why(files, "lib.py", "A = 1\n", "", load="other") == [
        "lib.A was dropped: it is gone from lib.py",
        "other.A was dropped: it imports lib.A, which is gone from lib.py",
        "app.HAS ran again: it reads lib.A, which is gone from lib.py",
        "app.X ran again: it reads lib.A, which is gone from lib.py",
    ]


def test_a_line_that_moved_past_another_of_the_same_name(why):
    moved = "X = 1\nY = X\nX = 2", "X = 2\nY = X\nX = 1"

    assert why({"app.py": "X = 1\nY = X\nX = 2\n"}, "app.py", *moved) == [
        "app.Y ran again: it stands elsewhere among those that bind the same name",
        "app.X ran again: it stands elsewhere among those that bind the same name",
    ]


def test_the_last_of_several_lines_that_bind_a_name(why):
    files = {"app.py": "X = 1\nY = X\nX = 3\nZ = X\n"}

    assert why(files, "app.py", "X = 1", "X = 2") == [
        "app.X ran: it was edited at line 1 of app.py, and rebound from 3 to 2",
        "app.Y ran again: it reads app.X, which line 1 of app.py rebound from 3 to 2",
        "app.X ran again and came out the same: "
        "it has the last word on app.X, which line 1 of app.py rebound from 3 to 2",
    ]


def test_a_line_that_another_one_needs_first(why):
    files = {"app.py": "X = 1\nY = X\nX = 3\n"}

    assert why(files, "app.py", "Y = X", "Y = X + 1") == [
        "app.X ran again: app.Y needs it",
        "    as app.Y was edited",
        "app.Y ran: it was edited at line 2 of app.py, and rebound from 1 to 2",
        "app.X ran again and came out the same: "
        "it has the last word on app.X, which line 1 of app.py rebound from 3 to 1",
        "    as app.Y needs it",
        "    as app.Y was edited",
    ]


# ---------------------------------------------------------------------------- patched


LIB = "import os\n\ndef f():\n    return 1\n"
PATCHED = "lib.f was patched: its body was edited at line 3 of lib.py"
BODY = "lib.f, whose body was edited at line 3 of lib.py"


def test_a_call_of_an_edited_function(why):
    files = {"lib.py": LIB, "app.py": "import lib\nN = lib.f()\n"}

    assert why(files, "lib.py", "return 1", "return 2") == [
        PATCHED,
        f"app.N ran again: it calls {BODY}",
    ]


def test_a_call_of_a_function_that_calls_an_edited_one_in_another_file(why):
    files = {
        "lib.py": LIB,
        "middle.py": "import lib\ndef g():\n    return lib.f()\ndef h():\n    return g()\n",
        "app.py": "import middle\nN = middle.h()\n",
    }

    assert why(files, "lib.py", "return 1", "return 2") == [
        PATCHED,
        f"app.N ran again: it calls middle.h, which calls middle.g, which calls {BODY}",
    ]


def test_a_function_that_was_imported_and_one_that_is_held(why):
    files = {
        "lib.py": LIB,
        "pkg/__init__.py": "from lib import f\n",
        "app.py": "from pkg import f as work\nTABLE = {'f': work}\n"
        "def run():\n    return TABLE['f']()\nN = run()\n",
    }

    assert why(files, "lib.py", "return 1", "return 2") == [
        PATCHED,
        "app.N ran again: it calls app.run, which reads app.TABLE, which holds app.work, "
        f"which is pkg.f, which is {BODY}",
    ]


def test_a_decorator_whose_body_was_edited(why):
    files = {
        "lib.py": "def twice(f):\n    return lambda: f() * 2\n",
        "app.py": "from lib import twice\n@twice\ndef f():\n    return 1\nN = f()\n",
    }

    assert why(files, "lib.py", "* 2", "* 3") == [
        "lib.twice was patched: its body was edited at line 1 of lib.py",
        "app.f ran again: it is decorated with app.twice, which is lib.twice, "
        "whose body was edited at line 1 of lib.py",
        "app.N ran again: it calls app.f, which line 2 of app.py renewed",
        "    as app.f is decorated with app.twice, which is lib.twice, "
        "whose body was edited at line 1 of lib.py",
    ]


def test_a_method_that_is_called_at_top_level(why):
    files = {
        "lib.py": "class Box:\n    def size(self):\n        return 1\n",
        "app.py": "from lib import Box\nbox = Box()\nN = box.size() + 1\n",
    }

    assert why(files, "lib.py", "return 1", "return 2") == [
        "lib.Box.size was patched: its body was edited at line 2 of lib.py",
        "app.N ran again: it calls app.box, which makes an instance of app.Box, which is lib.Box, "
        "in which the body of lib.Box.size was edited at line 2 of lib.py",
    ]


# ---------------------------------------------------------------------------- renewed


def test_a_class_with_another_attribute(why):
    files = {
        "lib.py": "class Box:\n    side = 1\n",
        "app.py": "from lib import Box\nclass Crate(Box):\n    double = Box.side * 2\n"
        "box = Crate()\nN = Crate.double\nNAMES = sorted(vars(Crate))\n",
    }

    assert why(files, "lib.py", "side = 1", "side = 2") == [
        "lib.Box.side ran: it was edited at line 2 of lib.py, and rebound from 1 to 2",
        "app.Crate.double ran again: it reads lib.Box.side, which line 2 of lib.py rebound from 1 to 2",
        "app.N ran again: it reads app.Crate.double, which line 3 of app.py rebound from 2 to 4",
        "    as app.Crate.double reads lib.Box.side, which line 2 of lib.py rebound from 1 to 2",
        "app.NAMES ran again and came out the same: it looks into app.Crate, in which "
        "app.Crate.double ran again, at line 3 of app.py",
        "    as app.Crate.double reads lib.Box.side, which line 2 of lib.py rebound from 1 to 2",
    ]


def test_a_subclass_that_something_collects(why):
    files = {
        "lib.py": "class Base:\n    def __init_subclass__(cls):\n        cls.tag = 1\n",
        "app.py": "from lib import Base\nclass Part(Base):\n    pass\n",
    }

    assert why(files, "lib.py", "class Base:", "class Base(object):") == [
        "lib.Base ran: it was edited at line 1 of lib.py, and renewed",
        "app.Part ran again: it derives from app.Base, which is lib.Base, which line 1 of lib.py renewed",
    ]


def test_a_function_with_another_signature(why):
    files = {"lib.py": LIB, "app.py": "import lib\nNAME = lib.f.__name__\nF = [lib.f]\n"}

    assert why(files, "lib.py", "def f()", "def f(a=1)") == [
        "lib.f ran: it was edited at line 3 of lib.py, and renewed",
        "app.NAME ran again and came out the same: it looks into lib.f, which line 3 of lib.py renewed",
    ]


# --------------------------------------------------------------------------- refilled


def test_a_container_with_other_contents(why):
    files = {
        "lib.py": "TABLE = {'a': 1}\n",
        "app.py": "import lib\nA = lib.TABLE['a']\nN = len(lib.TABLE)\nHELD = (lib.TABLE,)\n",
    }

    assert why(files, "lib.py", "1", "2") == [
        "lib.TABLE ran: it was edited at line 1 of lib.py, and refilled",
        "app.A ran again: it looks into lib.TABLE, which line 1 of lib.py refilled",
        "app.N ran again and came out the same: it looks into lib.TABLE, which line 1 of lib.py refilled",
    ]


def test_a_class_whose_value_is_another_one(why):
    files = {
        "lib.py": "import collections\nKind = collections.OrderedDict\n",
        "app.py": "import lib\ntable = lib.Kind(a=1)\n",
    }

    assert why(files, "lib.py", "OrderedDict", "Counter") == [
        "lib.Kind ran: it was edited at line 2 of lib.py, "
        "and rebound from <class OrderedDict> to <class Counter>",
        "app.table ran again: it calls lib.Kind, "
        "which line 2 of lib.py rebound from <class OrderedDict> to <class Counter>",
    ]


def test_an_instance_of_a_class_that_is_another_one_now(why):
    files = {
        "lib.py": "class Box:\n    pass\n",
        "app.py": "import lib\nbox = lib.Box()\n",
    }

    assert why(files, "lib.py", "Box:", "Box(dict):") == [
        "lib.Box ran: it was edited at line 1 of lib.py, and rebound to another <class Box>",
        "app.box ran again: it makes an instance of lib.Box, "
        "which line 1 of lib.py rebound to another <class Box>",
        "1 object is still of the previous class Box: its layout changed",
    ]


def test_a_registration_that_is_gone_and_one_that_is_new(why):
    files = {
        "lib.py": "ALL = {}\ndef add(f):\n    ALL[f.__name__] = f\n    return f\n",
        "a.py": "from lib import add\n@add\ndef one():\n    return 1\n@add\ndef two():\n    return 2\n",
        "app.py": "import lib, a\nN = len(lib.ALL)\n",
    }

    told = why(files, "a.py", "@add\ndef two():\n    return 2\n", "")

    assert told == [
        "a.two was dropped: it is gone from a.py",
        "app.N ran again: it looks into lib.ALL, which a.two had filled, and that is gone",
    ]


def test_an_edited_registration(why):
    files = {
        "lib.py": "ALL = []\n",
        "a.py": "import lib\nlib.ALL.append((1, 2))\n",
        "app.py": "import lib, a\nN = len(lib.ALL)\n",
    }

    assert why(files, "a.py", "2)", "2, 3)") == [
        "lib.ALL ran again: nothing tells what line 2 of a.py had put into lib.ALL",
        "    as line 2 of a.py was edited",
        "line 2 of a.py ran: it was edited",
        "app.N ran again and came out the same: "
        "it looks into lib.ALL, which line 1 of lib.py refilled",
        "    as nothing tells what line 2 of a.py had put into lib.ALL",
        "    as line 2 of a.py was edited",
    ]


def test_a_data_file(project, monkeypatch):
    monkeypatch.chdir(project.root)
    project.write({"s.json": '{"a": 1}', "app.py": "from holder import S\nA = S['a']\n"})
    project.write({"holder.py": "from heatsync import Heatsync\nS = None\n"})
    holder = project.load("holder")
    holder.S = project.sync.require(str(project.root / "s.json"))
    project.load("app")
    project.edit("s.json", "1", "2")

    assert project.report().explain().split("\n") == [
        "s.json was synced: it was edited",
        "app.A ran again: it looks into app.S, which was read again from s.json",
    ]


# ------------------------------------------------------------------------- as data


def test_a_program_follows_the_chain_as_data(project):
    project.write(
        {
            "config.py": CONFIG,
            "lib.py": "import config\nLIMIT = config.BASE\ndef g():\n    return LIMIT\n",
            "app.py": "import lib\nN = lib.g()\n",
        }
    )
    project.load("app")
    project.edit("config.py", "10", "20")

    report = project.report()

    ran, limit, n = report.steps
    assert [str(step.cause) for step in report.steps] == [
        "it was edited",
        "it reads config.BASE",
        "it calls lib.g",
    ]
    assert (ran.cause.manner, ran.cause.outcome, ran.cause.by) == (None, None, None)
    assert (limit.cause.manner, limit.cause.by) == (Manner.HOLD, ran)
    outcome = limit.cause.outcome
    assert (outcome.ref, outcome.grade, outcome.before, outcome.after) == (
        Ref("config", "BASE"),
        Grade.REBOUND,
        "10",
        "20",
    )
    assert (n.cause.manner, n.cause.outcome.grade) == (Manner.CALL, Grade.PATCHED)
    by = n.cause.by
    assert (type(by), by.ref, by.line, by.cause.manner) == (Passed, "lib.g", 3, Manner.LATE)
    assert n.cause.chain == [by, limit, ran]
    assert [(type(step), step.line) for step in n.cause.chain] == [
        (Passed, 3),
        (Taken, 2),
        (Taken, 3),
    ]
    assert [outcome.ref for outcome in report.outcomes][:2] == [
        ("config", "BASE"),
        ("lib", "LIMIT"),
    ]


def test_a_report_stays_short_however_long_the_chain(project, monkeypatch):
    monkeypatch.chdir(project.root)
    lines = "".join(f"V{n} = V{n - 1} + 1\n" for n in range(1, 300))
    project.write({"app.py": "V0 = 0\n" + lines})
    project.load("app")
    project.edit("app.py", "V0 = 0", "V0 = 5")

    report = project.report()

    assert len(report.steps) == 300
    assert len(report.steps[-1].cause.chain) == 299
    assert len(repr(report.steps[-1])) < 300
    told = report.explain().split("\n")
    assert told[-3:] == [
        "    as app.V289 reads app.V288, which line 289 of app.py rebound from 288 to 293",
        "    … 287 more …",
        "    as app.V1 reads app.V0, which line 1 of app.py rebound from 0 to 5",
    ]


def test_values_are_told_short_and_none_of_their_code_runs(why):
    files = {
        "lib.py": "class Loud:\n    def __repr__(self):\n        raise AssertionError\n"
        "class Int(int):\n    __repr__ = Loud.__repr__\n",
        "app.py": "import lib\nA, B, C, D, E, F = 1, 1, 1, 1, 1, 1\n",
    }
    new = "lib.Loud(), lib.Int(3), 'x' * 99, (1, lib.Loud(), (2, (3,)), 4, 5), 1 << 999, lib"

    assert why(files, "app.py", "1, 1, 1, 1, 1, 1", new) == [
        "app.A, B, C, … ran: it was edited at line 2 of app.py; A rebound from 1 to <Loud>, "
        f"B rebound from 1 to <Int>, C rebound from 1 to {'x' * 40!r}…, "
        "D rebound from 1 to (1, <Loud>, (2, <tuple>), 4, …), "
        "E rebound from 1 to <int>, F rebound from 1 to <module>"
    ]


def test_what_was_being_run_when_it_failed_is_told_too(project, monkeypatch):
    monkeypatch.chdir(project.root)
    project.write({"config.py": CONFIG, "app.py": "import config\nSHARE = 100 / config.BASE\n"})
    project.load("app")
    project.edit("config.py", "10", "0")

    report = project.report()

    assert report.steps == report.outcomes == ()
    assert (report.attempted.action, report.attempted.ref) == (Action.RERUN, "app.SHARE")
    said, why = report.explain().split("\n")
    assert said == str(report)
    assert why == (
        "Raised as app.SHARE ran again: "
        "it reads config.BASE, which line 3 of config.py rebound from 10 to 0"
    )


def test_of_several_names_imported_in_one_line_only_the_one_concerned_is_told(why):
    files = {
        "lib.py": "def f():\n    return 1\ndef g():\n    return 1\n",
        "app.py": "from lib import f, g as h\nF = f()\nG = h()\n",
    }

    assert why(files, "lib.py", "def f():\n    return 1", "def f():\n    return 2") == [
        "lib.f was patched: its body was edited at line 1 of lib.py",
        "app.F ran again: it calls app.f, which is lib.f, whose body was edited at line 1 of lib.py",
    ]


@pytest.mark.parametrize("head", ["try:", "if True:", "with open(__file__):"])
def test_the_same_where_the_import_stands_in_a_block(why, head):
    tail = "except ImportError:\n    raise\n" if head == "try:" else ""
    files = {
        "lib.py": "def f():\n    return 1\ndef g():\n    return 1\n",
        "app.py": f"{head}\n    from lib import f, g as h\n{tail}F = f()\nG = h()\n",
    }

    told = why(files, "lib.py", "def f():\n    return 1", "def f():\n    return 2")

    assert told[0] == "lib.f was patched: its body was edited at line 1 of lib.py"
    assert [line.partition(" ")[0] for line in told[1:]] == ["app.F"]
