"""The program is not a definition: what it is in the middle of is never begun again."""

import asyncio
import builtins
import threading

import pytest

from running import Running, edit, write


@pytest.fixture
def script(tmp_path):
    """Starts a script that keeps itself live and gives one line for each that it is sent."""

    def start(text, **files):
        head = "import heatsync, sys\nsync = heatsync.Heatsync(watch=False)\nsync.track('.')\n"
        write(tmp_path, {"main.py": head + text} | {f"{name}.py": t for name, t in files.items()})
        program = Running("main.py", cwd=tmp_path)
        program.until("begun")
        return program

    return start


def next_line(program, folder, *edits):
    """Edits main.py, and gives what the program says next."""
    for old, new in edits:
        edit(folder / "main.py", old, new)
    program.process.stdin.write("go\n")
    program.process.stdin.flush()
    return program.until("")


TELL = """
def tell():
    report = sync.refresh()
    print(report.trace if report else None, report.notes if report else None, f(), flush=True)
"""


def test_the_main_guard_is_never_run_again(script, tmp_path):
    with script(
        f"def f(): return 1\n{TELL}\n"
        'if __name__ == "__main__":\n    print("begun", flush=True)\n'
        "    for line in sys.stdin:\n        tell()\n"
    ) as program:
        said = next_line(
            program, tmp_path, ("for line in", "for other in"), ("return 1", "return 2")
        )

        assert said.startswith("['patch __main__.f'] ('main.py:")
        assert "is the program itself, which is not run again: restart" in said
        assert said.endswith(" 2")
        assert program.text.count("begun") == 1


LOOP = "print('begun', flush=True)\nfor line in sys.stdin:\n    tell()\n"


def test_a_loop_at_the_top_level_is_not_begun_again(script, tmp_path):
    with script(f"def f(): return 1\n{TELL}\n{LOOP}") as program:
        said = next_line(
            program, tmp_path, ("    tell()", "    tell() or 0"), ("return 1", "return 2")
        )

        assert said.startswith("['patch __main__.f'] ('main.py:")
        assert said.endswith(" 2")
        assert program.text.count("begun") == 1


def test_a_loop_at_the_top_level_whose_header_is_edited_is_not_begun_again(script, tmp_path):
    with script(f"def f(): return 1\n{TELL}\n{LOOP}") as program:
        program.process.stdin.write("go\n")  # one more, which only a second loop would take first
        said = next_line(
            program, tmp_path, ("for line in", "for other in"), ("return 1", "return 2")
        )

        assert said.startswith("['patch __main__.f'] ('main.py:")
        assert program.text.count("begun") == 1


def test_what_stands_behind_the_loop_is_not_run_before_its_time(script, tmp_path):
    with script(
        f"def f(): return 1\n{TELL}\nprint('begun', flush=True)\nfor line in sys.stdin:\n    tell()\n"
        "print('end', flush=True)\n"
    ) as program:
        assert "None" in next_line(program, tmp_path)
        next_line(program, tmp_path, ("print('end'", "print('the end'"))
        assert not {"end", "the end"} & {*program.lines}


def test_a_line_added_above_the_loop_runs_and_the_loop_goes_on(script, tmp_path):
    with script(
        f"X = 1\ndef f(): return X\n{TELL}\nprint('begun', flush=True)\n"
        "for line in sys.stdin:\n    tell()\n"
    ) as program:
        first = next_line(program, tmp_path, ("X = 1\n", "X = 1\nY = 5\n"))
        second = next_line(program, tmp_path, ("return X", "return X + Y"))
        third = next_line(program, tmp_path, ("Y = 5", "Y = 6"))

        assert first == "['run __main__.Y'] () 1"
        assert second == "['patch __main__.f'] () 6"
        assert third == "['run __main__.Y'] () 7"


def test_what_the_loop_uses_changes_under_it(script, tmp_path):
    with script(
        f"from helper import f\n{TELL}\nprint('begun', flush=True)\nfor line in sys.stdin:\n    tell()\n",
        helper="def f(): return 'old'",
    ) as program:
        write(tmp_path, {"helper.py": "def f(): return 'new'"})

        assert next_line(program, tmp_path) == "['patch helper.f'] () new"


def test_a_script_is_live_by_itself_with_the_watcher(tmp_path):
    write(
        tmp_path,
        {
            "main.py": """
import heatsync, time
sync = heatsync.Heatsync()
sync.track(".")
def say(): return "old"
def main():
    print("begun", flush=True)
    while say() != "end":
        time.sleep(0.005)
    print("ended", flush=True)
if __name__ == "__main__":
    main()
"""
        },
    )
    with Running("main.py", cwd=tmp_path) as program:
        program.until("begun")
        edit(tmp_path / "main.py", '"old"', '"end"')
        program.until("ended")
        assert program.ended() == 0
        assert program.text.count("begun") == 1


def test_a_module_whose_import_is_not_finished_is_not_run_past_where_it_is(project):
    builtins.begun, builtins.goes_on = threading.Event(), threading.Event()
    project.write(
        {
            "slow.py": """
                import builtins
                X = 1
                def f(): return X
                builtins.begun.set()
                builtins.goes_on.wait(20)
                Y = f()
                """
        }
    )
    thread = threading.Thread(target=project.load, args=("slow",))
    thread.start()
    assert builtins.begun.wait(20)

    project.edit("slow.py", "return X", "return X + 1")
    assert project.refresh() == ["patch slow.f"]
    project.edit("slow.py", "Y = f()", "Y = f() * 10")
    assert project.refresh() == []
    builtins.goes_on.set()
    thread.join(20)

    assert project.load("slow").Y == 2  # its own run went on with the text that it was begun with
    del builtins.begun, builtins.goes_on


def test_a_main_guard_in_a_module_that_is_imported_is_left_alone(project):
    project.write({"a.py": "X = 1\nif __name__ == '__main__':\n    X = 2\n"})
    a = project.load("a")
    project.edit("a.py", "X = 2", "X = 3")

    report = project.report()

    assert report.trace == []
    assert a.X == 1


def test_a_name_that_a_call_in_progress_reads_is_not_taken_from_under_it(project):
    project.write(
        {
            "app.py": "import json\nimport math\ndef f(entered, go):\n    entered.set()\n"
            "    go.wait(10)\n    return json.dumps(1)\n"
        }
    )
    app = project.load("app")
    entered, go, said = threading.Event(), threading.Event(), []
    thread = threading.Thread(target=lambda: said.append(app.f(entered, go)))
    thread.start()
    entered.wait(10)
    project.write({"app.py": "def f(entered, go): return 2\n"})

    report = project.report()
    go.set()
    thread.join()

    assert report.trace == ["patch app.f", "drop app.math"]
    assert "app.json is kept for f" in report.notes[0]
    assert said == ["1"]
    assert app.f(None, None) == 2


def test_a_name_that_a_suspended_coroutine_reads_is_not_taken_from_under_it(project):
    project.write(
        {
            "app.py": "import asyncio, json\nasync def f(go):\n    await go.wait()\n"
            "    return json.dumps(1)\n"
        }
    )
    app = project.load("app")

    async def main():
        go = asyncio.Event()
        task = asyncio.create_task(app.f(go))
        await asyncio.sleep(0)
        project.write({"app.py": "async def f(go): return 2\n"})
        assert project.refresh()[0] == "patch app.f"
        go.set()
        return await task, await app.f(go)

    assert asyncio.run(main()) == ("1", 2)
