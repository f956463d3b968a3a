"""sync.plan(): what a refresh would do, told before it is done."""

import builtins

import pytest

from heatsync import Action, DisposedError, Heatsync


@pytest.fixture
def plan(project, monkeypatch):
    """Loads files, edits some, gives the plan as lines, and sees to it that a refresh follows it."""

    def tell(files, *edits, load="app"):
        monkeypatch.chdir(project.root)
        project.write(files)
        project.load(load)
        for edit in edits:
            project.edit(*edit)
        preview = project.sync.plan()
        assert preview.error is None
        report = project.report()
        certain = {str(step) for step in preview.steps if step.certain}
        foreseen = {f"{step.action} {step.ref}" for step in preview.steps}
        assert certain <= {*report.trace} <= foreseen
        return str(preview).split("\n  ")

    return tell


def test_values_may_come_out_the_same(plan):
    files = {
        "config.py": "import os\n\nBASE = 10\n",
        "app.py": "import config\nLIMIT = config.BASE * 2\nTITLE = f'{LIMIT}'\n",
    }

    assert plan(files, ("config.py", "10", "20")) == [
        "config.py: to be applied",
        "config.BASE will run: it was edited at line 3 of config.py",
        "app.LIMIT may run again if config.BASE comes out different",
        "app.TITLE may run again if app.LIMIT comes out different",
    ]


def test_calls_of_an_edited_function_do_not(plan):
    files = {
        "lib.py": "def f():\n    return 1\n",
        "middle.py": "from lib import f\ndef g():\n    return f()\n",
        "app.py": "import middle\nN = middle.g()\nM = N + 1\nHELD = [middle.g]\n",
    }

    assert plan(files, ("lib.py", "return 1", "return 2")) == [
        "lib.py: to be applied",
        "lib.f will be patched: its body was edited at line 1 of lib.py",
        "app.N will run again: it calls middle.g, which calls middle.f, which is lib.f, "
        "whose body was edited at line 1 of lib.py",
        "app.M may run again if app.N comes out different",
    ]


def test_a_value_behind_a_function(plan):
    files = {
        "lib.py": "SIDE = 1\ndef area():\n    return SIDE\n",
        "app.py": "import lib\nN = lib.area()\n",
    }

    assert plan(files, ("lib.py", "1", "2")) == [
        "lib.py: to be applied",
        "lib.SIDE will run: it was edited at line 1 of lib.py",
        "app.N may run again if lib.SIDE comes out different: it calls lib.area, which reads lib.SIDE",
    ]


def test_several_files_with_what_is_gone_and_what_is_new(plan):
    files = {
        "lib.py": "A = 1\nB = 2\n",
        "app.py": "from lib import *\nX = 1\n",
    }

    edits = ("lib.py", "A = 1\nB", "C"), ("app.py", "X = 1", "X = 1\nY = 3")
    assert plan(files, *edits) == [
        "app.py, lib.py: to be applied",
        "lib.A will be dropped: it is gone from lib.py",
        "app.A will be dropped: it imports lib.A, which is gone from lib.py",
        "lib.B will be dropped: it is gone from lib.py",
        "app.B will be dropped: it imports lib.B, which is gone from lib.py",
        "lib.C will run: it is new at line 1 of lib.py",
        "line 1 of app.py will run again: it imports lib.C, which line 1 of lib.py changes",
        "app.Y will run: it is new at line 3 of app.py",
    ]


def test_members_of_classes(plan):
    files = {
        "lib.py": "class Box:\n    side = 1\n    def go(self):\n        return 1\n    old = 2\n",
        "app.py": "from lib import Box\nclass Crate(Box):\n    double = Box.side * 2\nbox = Crate()\n",
    }
    edits = ("lib.py", "side = 1", "side = 2"), ("lib.py", "    old = 2\n", "")

    assert plan(files, *edits) == [
        "lib.py: to be applied",
        "lib.Box.old will be dropped: it is gone from lib.py",
        "lib.Box.side will run: it was edited at line 2 of lib.py",
        "app.Crate.double may run again if lib.Box.side comes out different",
    ]


def test_a_class_that_runs_whole_and_a_method_that_needs_a_new_closure(plan):
    files = {
        "app.py": """
            from dataclasses import dataclass
            @dataclass
            class Point:
                x: int = 1
            class Base:
                def go(self): return 1
            class Part(Base):
                def go(self): return 2
            """
    }
    edits = ("app.py", "x: int = 1", "x: int = 2"), ("app.py", "return 2", "return super().go()")

    assert plan(files, *edits) == [
        "app.py: to be applied",
        "app.Point will run: it was edited at line 2 of app.py",
        "app.Part.go will run again: its body was edited, and its code could not be exchanged",
    ]


def test_a_decorator_that_is_added(plan):
    files = {
        "lib.py": "def twice(f):\n    return lambda: f() * 2\ndef f():\n    return 1\n",
        "app.py": "import lib\nHELD = [lib.f]\n",
    }

    assert plan(files, ("lib.py", "def f()", "@twice\ndef f()")) == [
        "lib.py: to be applied",
        "lib.f will run: it was edited at line 3 of lib.py",
        "app.HELD may run again if lib.f comes out different",
    ]


def test_a_registration(plan):
    files = {
        "lib.py": "ALL = {}\ndef add(f):\n    ALL[f.__name__] = f\n    return f\n",
        "parts.py": "from lib import add\n@add\ndef one():\n    return 1\n",
        "app.py": "import lib, parts\nN = len(lib.ALL)\nHELD = lib.ALL\n",
    }

    assert plan(files, ("parts.py", "def one():", "def one(a=1):")) == [
        "parts.py: to be applied",
        "parts.one will run: it was edited at line 2 of parts.py",
        "app.N may run again if lib.ALL comes out different",
    ]


def test_a_data_file(project, monkeypatch):
    monkeypatch.chdir(project.root)
    project.write({"s.json": '{"a": 1}', "app.py": "S = None\nA = 1\n"})
    project.load("app").S = project.sync.require(str(project.root / "s.json"))
    project.write({"other.py": "import app\nA = app.S['a']\n"})
    other = project.load("other")
    project.edit("s.json", "1", "2")

    assert str(project.sync.plan()).split("\n  ") == [
        "s.json: to be applied",
        "s.json will be synced: it was edited",
        "other.A will run again: it looks into app.S, which was read again from s.json",
    ]
    assert other.A == 1
    assert project.refresh() == ["sync s.json", "rerun other.A"]


# --------------------------------------------------------------- nothing is done by it


def test_nothing_runs_and_nothing_changes(project):
    builtins.ran = []
    project.write(
        {
            "app.py": """
                import builtins
                builtins.ran.append("X")
                X = [1]
                def f(): return 1
                class C:
                    y = builtins.ran.append("y")
                """
        }
    )
    app = project.load("app")
    code, names, held = app.f.__code__, dict(vars(app)), list(app.X)
    text = project.read("app.py").replace("[1]", "[2]").replace("return 1", "return 2")
    project.write({"app.py": text.replace('append("', 'append("new ')})

    plans = [project.sync.plan() for _ in range(3)]

    assert builtins.ran == ["X", "y"]
    assert app.f.__code__ is code
    assert (vars(app), app.X) == (names, held)
    assert plans[0] == plans[1] == plans[2]
    assert plans[0].trace == ["patch app.f", "run app:2", "run app.X", "run app.C.y"]
    assert project.refresh() == plans[0].trace
    # What the edited line had put there is taken back; what a name was bound to is not.
    assert builtins.ran == ["new X", "y", "new y"]
    assert project.sync.plan() is None
    del builtins.ran


def test_a_text_that_does_not_compile(project, monkeypatch):
    monkeypatch.chdir(project.root)
    project.write({"app.py": "X = 1\n", "other.py": "Y = 1\n"})
    project.load("app")
    project.load("other")
    project.edit("app.py", "X = 1", "X = (1")
    project.edit("other.py", "Y = 1", "Y = 2")

    plan = project.sync.plan()

    assert str(plan) == (
        "app.py, other.py: not to be applied; SyntaxError: '(' was never closed (app.py, line 1)"
    )
    assert (type(plan.error), plan.steps) == (SyntaxError, ())
    assert str(project.fail()) == str(plan.error)
    assert project.sync.plan() is project.sync.refresh() is None  # it is not tried again as it is
    project.edit("app.py", "(1", "1")
    assert (project.sync.plan().trace, project.refresh()) == (["run other.Y"], ["run other.Y"])


def test_a_file_that_failed_and_is_as_before_again(project, monkeypatch):
    monkeypatch.chdir(project.root)
    project.write({"app.py": "X = 1\n"})
    project.load("app")
    project.edit("app.py", "X = 1", "X = 1 / 0")
    project.fail()
    project.edit("app.py", "X = 1 / 0", "X = 1")

    assert [str(project.sync.plan()) for _ in range(2)] == ["app.py: no code changed"] * 2
    assert project.refresh() == []
    assert project.sync.plan() is None


def test_the_program_itself_is_not_going_to_run(project, monkeypatch):
    monkeypatch.chdir(project.root)
    project.write({"app.py": "X = 1\nif __name__ == '__main__':\n    X = 2\n"})
    project.load("app")
    project.edit("app.py", "X = 2", "X = 3")

    assert str(project.sync.plan()).split("\n  ") == [
        "app.py: no code changed",
        "app.py:2 is the program itself, which is not run again: restart to run the new version",
    ]


def test_code_that_is_being_reloaded_finds_nothing_pending(project):
    builtins.sync, builtins.seen = project.sync, []
    project.write({"app.py": "import builtins\nX = builtins.seen.append(builtins.sync.plan())\n"})
    project.load("app")
    project.edit("app.py", "X = ", "Y = ")

    assert project.refresh() == ["drop app.X", "run app.Y"]
    assert builtins.seen == [None, None]
    del builtins.sync, builtins.seen


def test_a_plan_as_data(project):
    project.write({"config.py": "BASE = 10\n", "app.py": "import config\nLIMIT = config.BASE\n"})
    project.load("app")
    project.edit("config.py", "10", "20")

    plan = project.sync.plan()

    assert plan.files == (str(project.root / "config.py"),)
    ran, again = plan.steps
    assert (ran.action, ran.ref, ran.certain, ran.cause.by) == (
        Action.RUN,
        "config.BASE",
        True,
        None,
    )
    assert (again.action, again.ref, again.line, again.certain) == (
        Action.RERUN,
        "app.LIMIT",
        2,
        False,
    )
    assert again.cause.by is ran
    assert plan.trace == ["run config.BASE", "perhaps rerun app.LIMIT"]


def test_there_is_no_plan_after_the_end():
    sync = Heatsync(watch=False)
    sync.dispose()

    with pytest.raises(DisposedError, match="plan"):
        sync.plan()


def test_what_is_gone_without_a_name(plan):
    files = {
        "lib.py": "class Box: pass\nR = {}\ndef f(): pass\n",
        "app.py": "import lib\nlib.R['f'] = lib.f\nlib.Box.size = 3\nX = 1\n",
    }

    assert plan(files, ("app.py", "lib.R['f'] = lib.f\nlib.Box.size = 3\n", "")) == [
        "app.py: to be applied",
        "line 2 of app.py will be dropped: it is gone from app.py",
        "lib.Box.size will be dropped: it is gone from app.py",
    ]


def test_a_container_that_is_made_anew(plan):
    files = {
        "lib.py": "L = [1]\n",
        "mid.py": "from lib import L\nL.append(int('2'))\n",
        "app.py": "import mid\nfrom lib import L\nL.append(int('3'))\n",
    }

    assert plan(files, ("app.py", "'3'", "'4'")) == [
        "app.py: to be applied",
        "lib.L will run again: nothing tells what line 3 of app.py had put into app.L",
        "    as line 3 of app.py was edited",
        "line 2 of mid.py may run again if app.L comes out different",
        "line 3 of app.py will run: it was edited",
    ]


KEYS = {
    "lib.py": "S = {'level': 0}\n",
    "base.py": "from lib import S\nS['debug'] = 1\n",
    "app.py": "import base\nfrom lib import S\nS['debug'] = 2\nS['level'] = 'debug'\n",
}


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (
            ("base.py", "= 1", "= 5"),
            [
                "base.py: to be applied",
                "line 2 of base.py will run: it was edited",
                "line 3 of app.py will run again: line 2 of base.py set 'debug' too",
            ],
        ),
        (
            ("app.py", "S['debug'] = 2\n", ""),
            [
                "app.py: to be applied",
                "line 3 of app.py will be dropped: it is gone from app.py",
                "line 2 of base.py will run again: line 3 of app.py had set 'debug' too",
            ],
        ),
        (
            ("app.py", "S['level'] = 'debug'\n", ""),
            [
                "app.py: to be applied",
                "line 4 of app.py will be dropped: it is gone from app.py",
                "lib.S will run again: line 4 of app.py had set 'level' too",
                "line 2 of base.py will run again: it fills app.S",
                "line 3 of app.py will run again: it fills app.S",
            ],
        ),
    ],
)
def test_keys_that_several_set(plan, edit, lines):
    told = [line.partition(", which is gone")[0] for line in plan(KEYS, edit)]

    assert told == lines


def test_what_a_statement_made_ends(plan):
    files = {
        "app.py": """
        from heatsync import on_dispose, temporary
        on_dispose(print)
        temporary.interval(print, 1000)
        x = 1
        """
    }

    assert plan(files, ("app.py", "on_dispose(print)\n", ""), ("app.py", "1000", "2000")) == [
        "app.py: to be applied",
        "line 2 of app.py will be dropped: it is gone from app.py",
        "line 2 of app.py will run: it was edited",
        "the clean-up of app.py:2 will be called",
        "the interval of app.py:3 will end",
    ]
