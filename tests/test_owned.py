"""What a statement owns: it ends before that runs again, and comes back if the reload fails."""

import importlib
import logging
import sys
import textwrap

import pytest

from heatsync import Heatsync, on_dispose
from running import edit, heatsync_running, python, write

SERVICE = """
    from heatsync import on_dispose
    from log import said

    def start(name):
        said(f"start {name}")
        on_dispose(lambda: said(f"stop {name}"), undo=lambda: said(f"start {name} again"))
        return name

    NAME = "a"
    service = start(NAME)
    """
THREE = """
    from heatsync import on_dispose
    from log import said

    X = 1
    on_dispose(lambda: said("first"))
    on_dispose(lambda: said("second")); on_dispose(lambda: said("third"))
    """


@pytest.fixture
def log(project):
    project.write({"log.py": "lines = []\nsaid = lines.append\n"})
    return project.load("log").lines


def test_a_clean_up_is_called_before_its_statement_runs_again(project, log):
    project.write({"app.py": SERVICE})
    project.load("app")
    project.edit("app.py", '"a"', '"b"')

    assert project.refresh() == ["run app.NAME", "rerun app.service"]
    assert log == ["start a", "stop a", "start b"]

    project.edit("app.py", '"b"', '"c"')
    project.refresh()

    assert log == ["start a", "stop a", "start b", "stop b", "start c"]


def test_an_edit_elsewhere_in_the_file_calls_nothing(project, log):
    project.write({"app.py": THREE})
    project.load("app")
    project.edit("app.py", "X = 1", "# above\n\nX = 2")

    assert project.refresh() == ["run app.X"]
    assert log == []


def test_a_clean_up_follows_its_statement_that_moves(project, log):
    project.write({"app.py": SERVICE})
    project.load("app")
    for number in range(3):
        project.edit("app.py", "def start", f"# line {number}\nOTHER_{number} = 1\ndef start")
        project.refresh()
    project.edit("app.py", "service = start(NAME)\n", "")
    project.edit("app.py", 'NAME = "a"\n', 'NAME = "a"\nservice = start(NAME)\nLAST = 1\n')
    assert project.refresh() == ["run app.LAST"]
    assert log == ["start a"]
    project.edit("app.py", "service = start(NAME)\n", "")

    assert project.refresh() == ["drop app.service"]
    assert log == ["start a", "stop a"]


def test_each_statement_in_a_line_has_its_own(project, log):
    project.write({"app.py": THREE})
    project.load("app")
    project.edit("app.py", 'said("third"))', 'said("third"), undo=None)')

    project.refresh()

    assert log == ["third"]


def test_a_statement_that_is_gone_ends_what_it_made_the_latest_first(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            for n in range(3):
                on_dispose(lambda n=n: said(n))
            """
        }
    )
    project.load("app")
    project.edit("app.py", "for n in range(3):\n    on_dispose(lambda n=n: said(n))\n", "")

    assert project.refresh() == ["drop app.n"]
    assert log == [2, 1, 0]


def test_it_is_called_only_when_all_texts_compile(project, log):
    project.write({"app.py": SERVICE, "other.py": "x = 1"})
    project.load("app")
    project.load("other")
    project.edit("app.py", '"a"', '"b"')
    project.write({"other.py": "x = ("})

    assert isinstance(project.fail(), SyntaxError)
    assert log == ["start a"]


def test_if_the_reload_fails_what_is_new_ends_and_what_was_comes_back(project, log):
    project.write({"app.py": SERVICE})
    app = project.load("app")
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "service = start(NAME)", "service = start(NAME)\n1 / 0")

    error = project.fail()

    assert log == ["start a", "stop a", "start b", "stop b", "start a again"]
    assert not hasattr(error, "__notes__")
    assert app.service == "a"
    project.edit("app.py", "1 / 0", "")
    project.refresh()
    assert log[5:] == ["stop a", "start b"]


def test_without_an_undo_the_report_says_what_stays_undone(project, log):
    project.write({"app.py": SERVICE})
    project.load("app")
    project.edit("app.py", ', undo=lambda: said(f"start {name} again")', "")
    project.refresh()
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "service = start(NAME)", "service = start(NAME)\n1 / 0")

    report = project.report()

    assert log[-3:] == ["stop a", "start b", "stop b"]
    [note] = report.notes
    assert note.startswith("the clean-up of ")
    assert note.endswith("app.py:10 was done, and has no undo")


def test_a_clean_up_that_raises_is_told_and_breaks_nothing(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            on_dispose(lambda: 1 / 0)
            X = 1
            """
        }
    )
    project.load("app")
    project.write({"app.py": "X = 2\n"})

    report = project.report()

    assert report.error is None
    [note] = report.notes
    assert note.endswith("app.py:2 raised ZeroDivisionError: division by zero")


def test_sys_exit_in_a_clean_up_is_told_and_breaks_nothing(project):
    project.write({"app.py": "import sys\nfrom heatsync import on_dispose\non_dispose(sys.exit)\n"})
    project.load("app")
    project.edit("app.py", "on_dispose(sys.exit)", "")

    report = project.report()

    assert (report.error, len(report.notes)) == (None, 1)


def test_ctrl_c_in_a_clean_up_takes_the_reload_back(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            def end(): raise KeyboardInterrupt
            X = 1
            on_dispose(end, undo=lambda: said("undone"))
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", "X = 1\n", "X = 2\n")
    project.edit("app.py", "on_dispose(end", "on_dispose(end  ,  ")
    project.edit("app.py", "  ,  ,", ", *(),")

    with pytest.raises(KeyboardInterrupt):
        project.sync.refresh()

    assert (app.X, log) == (1, ["undone"])
    log.clear()
    project.edit("app.py", "def end(): raise KeyboardInterrupt", "def end(): said('end')")
    project.refresh()
    assert log == ["end"]


def test_a_member_of_a_class_owns_what_it_made(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            class Service:
                size = 1
                on_dispose(lambda: said("member"))
                class Inner:
                    on_dispose(lambda: said("inner"))
                    size = 1
            """
        }
    )
    project.load("app")
    project.edit("app.py", "class Service:\n    size = 1", "class Service:\n    size = 2")
    assert project.refresh() == ["run app.Service.size"]
    assert log == []
    project.edit("app.py", '"inner"))', '"inner"), undo=None)')
    project.refresh()
    assert log == ["inner"]
    project.edit("app.py", '"member"))', '"member"), undo=None)')
    project.refresh()
    assert log == ["inner", "member"]
    project.edit("app.py", "class Service:", "class Service(dict):")
    project.refresh()
    assert log == ["inner", "member", "member", "inner"]


def test_a_class_that_runs_whole_ends_what_its_members_made(project, log):
    project.write(
        {
            "app.py": """
            from dataclasses import dataclass
            from heatsync import on_dispose
            from log import said
            @dataclass
            class Service:
                size: int = 1
                end = on_dispose(lambda: said("end"))
            """
        }
    )
    project.load("app")
    project.edit("app.py", "= 1", "= 2")
    project.refresh()
    assert log == ["end"]
    project.edit("app.py", "    size: int = 2\n", "")
    project.refresh()
    assert log == ["end", "end"]


def test_as_a_decorator_it_gives_the_function(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            @on_dispose
            def end(): said("end")
            held = end
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", 'said("end")', 'said("END")')
    assert project.refresh() == ["patch app.end"]
    assert log == []
    project.edit("app.py", "def end()", "def end(n=1)")

    report = project.report()

    assert (log, report.notes) == (["END"], ())
    assert app.held is app.end


def test_what_a_module_calls_while_it_is_imported_belongs_to_that_module(project, log):
    project.write(
        {
            "app.py": "import lib\nX = 1\n",
            "lib.py": """
            from heatsync import on_dispose
            from log import said
            on_dispose(lambda: said("lib"))
            def make(): on_dispose(lambda: said("made"))
            """,
        }
    )
    project.load("app")
    project.write({"app.py": "import lib\nX = 2\nlib.make()\n"})
    assert project.refresh() == ["run app.X", "run app:3"]
    project.write({"app.py": "import lib\nX = 3\nlib.make()\n"})
    assert project.refresh() == ["run app.X"]
    assert log == []
    project.write({"app.py": ""})
    project.refresh()
    assert log == ["made"]


def test_a_new_module_that_a_failed_batch_imported_ends_what_it_made(project, log):
    project.write({"app.py": "X = 1\n"})
    project.load("app")
    project.write(
        {
            "app.py": "import new\n1 / 0\n",
            "new.py": """
            from heatsync import on_dispose
            from log import said
            on_dispose(lambda: said("new"))
            """,
        }
    )

    project.fail()

    assert log == ["new"]


def test_an_import_that_fails_ends_what_it_made(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            on_dispose(lambda: said("end"))
            1 / 0
            """
        }
    )
    with pytest.raises(ZeroDivisionError):
        project.load("app")

    assert log == ["end"]


def test_a_module_that_python_reloads_ends_what_it_made(project, log):
    project.write({"app.py": THREE})
    app = project.load("app")

    importlib.reload(app)

    assert log == ["third", "second", "first"]


def test_what_a_function_makes_at_run_time_is_ended_by_no_edit_but_with_the_module(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            def start(): on_dispose(lambda: said("end"))
            """
        }
    )
    app = project.load("app")
    app.start()
    project.edit("app.py", "def start():", "def start(n=1):")
    project.refresh()
    project.edit("app.py", "def start", "def begin")
    project.refresh()
    assert log == []

    project.sync.dispose()

    assert log == ["end"]


def test_all_of_it_ends_with_the_last_heatsync_the_latest_first(project, log):
    project.write({"app.py": THREE, "other.py": THREE.replace("first", "0th")})
    project.load("app")
    project.load("other")
    second = Heatsync(watch=False)
    second.require(project.root / "app.py")

    project.sync.dispose()
    assert log == ["third", "second", "0th"]
    second.dispose()
    assert log == ["third", "second", "0th", "third", "second", "first"]


def test_what_raises_then_is_logged_and_the_others_end(project, log, caplog):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            on_dispose(lambda: said("first"))
            on_dispose(lambda: 1 / 0)
            """
        }
    )
    project.load("app")

    project.sync.dispose()

    assert log == ["first"]
    assert "app.py:4 raised while it ended" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


def test_what_moves_to_another_file_takes_it_along(project, log):
    project.write(
        {
            "app.py": """
            from start import start
            def f(): return 1
            service = start()
            """,
            "start.py": """
            from heatsync import on_dispose
            from log import said
            def start():
                on_dispose(lambda: said("end"))
                return []
            """,
            "user.py": "from app import f, service\n",
            "new.py": "from start import start\n",
        }
    )
    for name in ("user", "new"):
        project.load(name)
    moved = "service = start()\n"
    project.edit("app.py", "def f(): return 1\n", "")
    project.edit("app.py", moved, "")
    project.write(
        {
            "new.py": project.read("new.py") + "def f(): return 1\n" + moved,
            "user.py": "from new import f, service\n",
        }
    )

    assert "move new.service" in project.refresh()
    assert log == []
    project.edit("new.py", moved, "")
    project.edit("user.py", ", service", "")
    project.refresh()
    assert log == ["end"]


def test_a_file_may_have_a_heatsync_of_its_own(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import Heatsync
            from log import said
            sync = Heatsync(watch=False)
            N = 1
            sync.events.on("after", lambda report, n=N: said(n))
            index = sync.remember(lambda: [N])
            sync.on_dispose(lambda n=N: said(f"end {n}"))
            @sync.temporary.listener(sync.events, "any")
            def listen(file, n=N): said(("any", n))
            """
        }
    )
    app = project.load("app")
    sync = app.sync
    sync.track(project.root)
    try:
        for number in (2, 3):
            log.clear()
            project.edit("app.py", f"N = {number - 1}", f"N = {number}")
            report = project.report()
            assert report.trace == [
                "run app.N",
                *(f"rerun app{x}" for x in (":5", ":7", ".listen")),
            ]
            assert report.notes == ()
            assert log == [f"end {number - 1}", ("any", number), number]
        assert app.sync is sync
        assert app.index == [1]
    finally:
        sync.dispose()


def test_what_was_made_before_there_was_any_heatsync_is_owned_too(project):
    project.sync.dispose()
    project.write({"log.py": "lines = []\nsaid = lines.append\n", "app.py": SERVICE})
    importlib.import_module("app")
    project.sync = Heatsync(watch=False)
    project.sync.track(project.root)
    project.edit("app.py", '"a"', '"b"')
    project.refresh()

    assert sys.modules["log"].lines == ["start a", "stop a", "start b"]


def test_above_a_main_loop_that_is_running_it_works(tmp_path):
    write(
        tmp_path,
        {
            "app.py": """# the program
import sys
from heatsync import on_dispose
NAME = "a"
class Service:
    size = 1
    def __init__(self, name):
        print("start", name, flush=True)
        on_dispose(lambda: print("stop", name, flush=True))
service = Service(NAME)
for line in sys.stdin:
    print("turn", service.size, flush=True)
""",
        },
    )
    with heatsync_running("app.py", cwd=tmp_path) as program:
        program.until("start a")
        edit(tmp_path / "app.py", "size = 1", "size = 2\n    other = 1")
        program.until("Service.size")
        edit(tmp_path / "app.py", '"a"', '"b"')
        program.until("stop a")
        program.until("start b")
        edit(tmp_path / "app.py", "# the program\n", "")
        edit(tmp_path / "app.py", '"b"', '"c"')
        program.until("stop b")
        program.until("start c", "reran service")
        program.process.stdin.write("line\n")
        program.process.stdin.flush()
        program.until("turn 2")
        program.process.stdin.close()
        program.until("stop c")


def test_without_any_heatsync_it_is_called_at_exit(tmp_path):
    write(
        tmp_path,
        {
            "main.py": """if 1:
            import os
            from heatsync import on_dispose
            on_dispose(lambda: print("first"))
            on_dispose(lambda: 1 / 0)
            on_dispose(lambda: print("last"))
            if hasattr(os, "fork") and os.fork() == 0:
                raise SystemExit  # what its parent owns, a child does not end
            os.wait()
            print("running")
            """
        },
    )
    done = python("main.py", cwd=tmp_path)

    assert done.stdout.splitlines() == ["running", "last", "first"]
    assert "ZeroDivisionError" in done.stderr


def test_a_coroutine_function_is_run_to_its_end_where_no_loop_is(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            @on_dispose
            async def end(): said("end")
            """
        }
    )
    project.load("app")
    project.write({"app.py": ""})

    project.refresh()

    assert log == ["end"]


def test_nothing_is_left_of_ten_thousand_runs(project):
    from heatsync._resident import owned

    project.write({"app.py": THREE, "log.py": "said = print"})
    project.load("app")
    before = sum(map(len, owned._things.values()))
    for n in range(20):
        project.edit(
            "app.py",
            '"third"))' if n % 2 == 0 else '"third"), undo=None)',
            '"third"), undo=None)' if n % 2 == 0 else '"third"))',
        )
        project.refresh()

    assert sum(map(len, owned._things.values())) == before
    assert on_dispose is sys.modules["heatsync"].on_dispose is Heatsync.on_dispose


CLEAN_UPS = """
    from heatsync import on_dispose
    from log import said

    def ending(number):
        def end():
            said(number)
            if number == FAILING: raise ERROR
        return end

    N = 1
    for number in range(4): on_dispose(ending(number + N - N), undo=ending(-1))
    class Service:
        on_dispose(ending(N + 3), undo=ending(-1))
    last = on_dispose(ending(N + 4), undo=ending(-1))
    """


@pytest.mark.parametrize(
    "error", ["OSError('no')", "SystemExit(3)", "MemoryError()", "GeneratorExit()"]
)
@pytest.mark.parametrize("failing", range(6))
def test_each_clean_up_fails_in_turn_and_all_others_are_done(project, log, failing, error):
    head = f"FAILING = {failing}\nERROR = {error}\n"
    project.write({"app.py": head + textwrap.dedent(CLEAN_UPS)})
    project.load("app")
    project.edit("app.py", "\nN = 1", "\nN = 2")

    report = project.report()

    assert report.error is None
    assert log == [3, 2, 1, 0, 4, 5]
    [note] = report.notes
    assert " raised " in note
    log.clear()
    project.edit("app.py", "\nN = 2", "\nN = 1")
    project.edit("app.py", "last = ", "1 / 0\nlast = ")
    project.fail()
    assert log == [3, 2, 1, 0, 5, 4, -1, 3, 2, 1, 0, -1, -1, -1, -1]


def test_what_an_undo_raises_is_told_and_all_others_are_done(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose
            from log import said
            N = 1
            for n in range(3): on_dispose(lambda n=n: said(n + N), undo=lambda n=n: said(1 / (n - 1)))
            """
        }
    )
    project.load("app")
    project.edit("app.py", "N = 1", "N = 2")
    project.edit("app.py", "range(3)", "range(N + 1)")
    project.write({"app.py": project.read("app.py") + "1 / 0\n"})

    report = project.report()

    assert [said for said in log if isinstance(said, float)] == [-1.0, 1.0]
    [note] = report.notes
    assert "app.py:4 could not be put back: ZeroDivisionError" in note
