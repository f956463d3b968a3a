"""A save, through the real watcher, to the code that runs."""

import asyncio
import builtins
import os
import queue
import signal
import threading

import pytest

from heatsync import Heatsync, _applying, _burst
from running import Running, save, write
from waiting import PATIENCE, settle, until

# A quiet period that no machine is too slow for. What is finished is applied at once all the same.
UNHURRIED = 5


class Watched:
    """A project whose saves are applied by themselves; its reports are waited for."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.reports = queue.SimpleQueue()
        self.threads = []
        self.sync = Heatsync(**options)
        self.sync.track(folder)
        self.sync.events.on("after", self._hear)
        self.sync.events.on("error", lambda _: None)

    def _hear(self, report):
        self.threads.append(threading.current_thread())
        self.reports.put(report)

    def next(self):
        return self.reports.get(timeout=PATIENCE)

    def until(self, condition):
        """The reports until something holds."""
        reports = []
        while not condition():
            reports.append(self.next())
        return reports

    def at_once(self):
        """What is done in here is done before the watcher has its next turn, however long it takes."""
        return self.sync._watcher._lock

    def nothing_more(self):
        """All that is on its way has come, and told of nothing."""
        settle(self.sync)
        assert self.reports.empty(), self.reports.get()


@pytest.fixture
def watched(tmp_path, monkeypatch, fresh_modules):
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(files, **options):
        write(tmp_path, files)
        made.append(Watched(tmp_path, **options))
        loaded = made[-1].sync.require([tmp_path / name for name in files if "/" not in name])
        return made[-1], loaded[0] if len(loaded) == 1 else loaded

    yield make
    for one in made:
        one.sync.dispose()


def in_place(file, text):
    with open(file, "r+") as opened:
        opened.write(text)
        opened.truncate()


def renamed(file, text):
    (file.parent / "temporary").write_text(text)
    os.replace(file.parent / "temporary", file)


def with_a_backup(file, text):
    os.rename(file, f"{file}~")
    file.write_text(text)


def truncated_then_written(file, text):
    with open(file, "w"):
        pass
    file.write_text(text)


def deleted_and_created(file, text):
    os.unlink(file)
    file.write_text(text)


def in_two_halves(file, text):
    with open(file, "w") as opened:
        opened.write(text[: len(text) // 2])
        opened.flush()
        opened.write(text[len(text) // 2 :])


SAVES = [
    in_place,
    renamed,
    with_a_backup,
    truncated_then_written,
    deleted_and_created,
    in_two_halves,
]


@pytest.mark.parametrize("way", SAVES)
def test_a_save_is_live_and_told_once(watched, way):
    files = {"a.py": "STATE = []\ndef f():\n    return 1\n"}
    project, a = watched(files, debounce=UNHURRIED)
    state, f = a.STATE, a.f

    way(project.folder / "a.py", "STATE = []\ndef f():\n    return 2\n")
    report = project.next()

    assert report.error is None
    assert report.trace == ["patch a.f"]
    assert report.files == (str(project.folder / "a.py"),)
    assert (f(), a.STATE is state) == (2, True)
    project.nothing_more()


@pytest.mark.parametrize("way", SAVES)
def test_a_save_is_live_by_polling_too(watched, way):
    project, a = watched({"a.py": "def f():\n    return 1\n"}, poll=0.01, debounce=0.03)

    with project.at_once():
        way(project.folder / "a.py", "def f():\n    return 22\n")

    project.until(lambda: a.f() == 22)
    assert project.sync.history[-1].error is None


def test_a_data_file_is_live(watched):
    project, settings = watched({"s.json": '{"a": 1}'})

    save(project.folder / "s.json", '{"a": 2}')

    assert project.next().trace == ["sync s.json"]
    assert settings == {"a": 2}


def test_a_burst_of_files_is_one_report(watched):
    files = {f"m{number}.py": "X = 1\n" for number in range(30)}
    project, modules = watched(files)

    with project.at_once():
        for name in files:
            (project.folder / name).write_text("X = 2\n")
    report = project.next()

    assert len(report.files) == 30
    assert report.error is None
    assert {module.X for module in modules} == {2}
    project.nothing_more()


def test_a_burst_that_depends_on_itself_is_applied_whole(watched):
    project, (_, b) = watched(
        {"a.py": "def old(): return 1\n", "b.py": "from a import old\nX = old()\n"}
    )

    with project.at_once():
        (project.folder / "b.py").write_text("from a import new\nX = new()\n")
        (project.folder / "a.py").write_text("def new(): return 2\n")
    report = project.next()

    assert report.error is None
    assert b.X == 2
    project.nothing_more()


def test_a_broken_save_is_told_changes_nothing_and_is_mended_by_the_next(watched):
    project, a = watched({"a.py": "def f(): return 1\n"})

    save(project.folder / "a.py", "def f() return 2\n")
    assert isinstance(project.next().error, SyntaxError)
    assert a.f() == 1

    save(project.folder / "a.py", "def f(): return 2\n")
    assert project.next().error is None
    assert a.f() == 2
    project.nothing_more()


def test_a_deleted_file_runs_on_and_is_live_when_it_comes_back(watched):
    project, a = watched({"a.py": "def f(): return 1\n"})

    os.unlink(project.folder / "a.py")
    [note] = project.next().notes
    assert note.endswith("a.py is gone: its code stays alive until there is a file again")
    project.nothing_more()
    assert a.f() == 1

    save(project.folder / "a.py", "def f(): return 2\n")
    assert project.next().trace == ["patch a.f"]
    assert a.f() == 2


def test_a_file_that_vanishes_between_its_telling_and_its_reading_runs_on(watched):
    project, a = watched({"a.py": "def f(): return 1\n"})
    touched, file = project.sync._watcher._touched, project.folder / "a.py"

    def touched_too_late(files):
        project.sync._watcher._touched = touched
        os.unlink(file)
        touched(files)

    project.sync._watcher._touched = touched_too_late
    save(file, "def f(): return 2\n")
    report = project.next()
    assert (report.trace, report.error) == ([], None)
    assert "a.py is gone" in report.notes[0]
    assert a.f() == 1

    save(file, "def f(): return 3\n")
    assert project.next().trace == ["patch a.f"]
    assert a.f() == 3
    project.nothing_more()


def test_a_file_that_is_deleted_and_written_again_at_once_is_not_said_to_be_gone(watched):
    project, a = watched({"a.py": "def f(): return 1\n"}, debounce=UNHURRIED)

    os.unlink(project.folder / "a.py")
    (project.folder / "a.py").write_text("def f(): return 2\n")
    report = project.next()

    assert (report.trace, report.notes) == (["patch a.f"], ())
    assert a.f() == 2


def test_a_module_that_was_missing_is_waited_for(tmp_path, monkeypatch, fresh_modules):
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, {"a.py": "X = 1\n"})
    project = Watched(tmp_path)
    with project.sync:
        project.sync.track(tmp_path)
        import a

        save(tmp_path / "a.py", "import sub.later\nX = sub.later.Y\n")
        assert isinstance(project.next().error, ModuleNotFoundError)
        write(tmp_path, {"sub/__init__.py": "", "sub/later.py": "Y = 2\n"})

        assert [report.error for report in project.until(lambda: a.X == 2)][-1] is None


@pytest.mark.parametrize(
    "steps", [["", "sub/__init__.py", "sub/later.py"], ["sub", "sub/later.py"]]
)
def test_a_package_that_was_missing_is_waited_for_step_by_step(
    tmp_path, monkeypatch, fresh_modules, steps
):
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, {"a.py": "X = 1\n"})
    project = Watched(tmp_path)
    with project.sync:
        project.sync.track(tmp_path)
        import a

        save(tmp_path / "a.py", "from sub.later import Y\nX = Y\n")
        for step in steps:
            if step.endswith(".py"):
                write(tmp_path, {step: "Y = 2\n"})
            elif step:
                (tmp_path / step).mkdir()
            if step != steps[-1]:
                assert isinstance(project.next().error, ModuleNotFoundError)

        assert [report.error for report in project.until(lambda: a.X == 2)][-1] is None


def test_a_module_imported_later_is_watched(watched):
    project, _ = watched({"a.py": "X = 1", "sub/late.py": "X = 1"})
    import sub.late

    save(project.folder / "sub/late.py", "X = 2")

    assert project.next().trace == ["run sub.late.X"]
    assert sub.late.X == 2


def test_a_file_that_failed_to_load_is_not_watched(watched):
    project, _ = watched({"a.py": "X = 1", "sub/bad.py": "1 / 0"})
    with pytest.raises(ZeroDivisionError):
        project.sync.require(project.folder / "sub/bad.py")

    assert str(project.folder / "sub/bad.py") not in project.sync._watcher._files


def test_a_file_found_empty_by_the_telling_of_an_earlier_save_is_waited_for(watched):
    project, a = watched({"a.py": "STATE = []\n"}, debounce=UNHURRIED)
    state, file = a.STATE, project.folder / "a.py"
    text = file.read_text()
    with open(file, "w") as opened:
        telling = threading.Thread(
            target=project.sync._applying.touched, args=(frozenset({str(file)}),)
        )
        telling.start()
        assert not project.sync.history
        opened.write(text)
    telling.join(PATIENCE)

    assert a.STATE is state
    project.nothing_more()


@pytest.mark.parametrize("emptied", [False, True])
def test_without_a_quiet_period_what_is_half_there_is_waited_for_too(watched, monkeypatch, emptied):
    monkeypatch.setattr(_burst, "LEAST", UNHURRIED)
    monkeypatch.setattr(_applying, "LEAST", UNHURRIED)
    project, a = watched({"a.py": "STATE = []\ndef f(): return 1\n"}, debounce=0)
    state, file = a.STATE, project.folder / "a.py"

    with open(file, "w") as opened:
        if emptied:
            opened.close()
        until(lambda: project.sync._watcher.moment() > 0)
        with project.at_once():
            text = "STATE = []\ndef f(): return 2\n"
            file.write_text(text) if emptied else opened.write(text)

    assert project.next().trace == ["patch a.f"]
    assert a.STATE is state
    project.nothing_more()


def test_a_file_that_stays_empty_is_applied(watched):
    project, a = watched({"a.py": "X = 1\n"}, debounce=0.02)

    (project.folder / "a.py").write_text("")

    assert project.next().trace == ["drop a.X"]
    assert not hasattr(a, "X")


# Where and when


def test_it_is_applied_in_the_watchers_thread_without_a_loop(watched):
    project, _ = watched({"a.py": "X = 1"})

    save(project.folder / "a.py", "X = 2")
    project.next()

    assert [thread.name for thread in project.threads] == ["heatsync-watcher"]


def test_it_is_applied_on_the_loop_it_was_made_in_between_callbacks(watched):
    seen = []

    async def main():
        done = asyncio.Event()
        project, a = watched({"a.py": "import threading\nX = 1"})
        project.sync.events.on("after", lambda _: done.set())
        save(project.folder / "a.py", "import threading\nX = threading.current_thread()")
        threading.Event().wait(0.1)  # the loop is busy: nothing may be applied meanwhile
        seen.append(a.X)
        await asyncio.wait_for(done.wait(), PATIENCE)
        seen.append(a.X)
        project.sync.dispose()
        return project

    project = asyncio.run(main())

    assert seen == [1, threading.current_thread()]
    assert project.threads == [threading.current_thread()]


def test_after_its_loop_has_ended_it_is_applied_in_the_watchers_thread(watched):
    async def main():
        return watched({"a.py": "X = 1"})

    project, _ = asyncio.run(main())
    save(project.folder / "a.py", "X = 2")

    project.next()
    assert project.threads[0].name == "heatsync-watcher"


def test_manual_is_applied_only_in_refresh(watched):
    project, a = watched({"a.py": "X = 1"}, apply="manual")
    heard = threading.Event()
    touched = project.sync._watcher._touched

    def hearing(files):
        touched(files)
        heard.set()

    project.sync._watcher._touched = hearing
    save(project.folder / "a.py", "X = 2")
    assert heard.wait(PATIENCE)
    assert a.X == 1

    assert project.sync.refresh().trace == ["run a.X"]
    assert a.X == 2
    assert project.threads == [threading.current_thread()]


def test_refresh_after_a_save_sees_it_at_once_and_it_is_told_once(watched):
    project, a = watched({"a.py": "X = 0"})

    for number in range(1, 30):
        renamed(project.folder / "a.py", f"X = {number}")
        project.sync.refresh()  # None, if the watcher was first
        assert number == a.X

    project.until(lambda: len(project.sync.history) >= 29)
    project.until(project.reports.empty)
    texts = [report.trace for report in project.sync.history]
    assert texts == [["run a.X"]] * 29
    project.nothing_more()


def test_two_that_watch_one_file_apply_a_save_once(watched):
    builtins.runs_of_test = []
    text = "import builtins\nX = 1\nbuiltins.runs_of_test.append(X)"
    project, _ = watched({"a.py": text})
    other = Watched(project.folder)
    try:
        save(project.folder / "a.py", text.replace("X = 1", "X = 2"))
        assert project.next() is other.next()
        project.nothing_more()
        assert builtins.runs_of_test == [1, 2]
    finally:
        other.sync.dispose()
        del builtins.runs_of_test


def test_sys_exit_and_listeners_that_raise_do_not_end_the_watching(watched, caplog):
    project, a = watched({"a.py": "import sys\nX = 1"})

    @project.sync.events.on("any")
    def bad(_):
        raise SystemExit(3)

    save(project.folder / "a.py", "import sys\nsys.exit(1)")
    assert isinstance(project.next().error, SystemExit)
    for number in (2, 3):
        save(project.folder / "a.py", f"import sys\nX = {number}")
        assert project.next().error is None
        assert number == a.X


def test_an_interrupt_in_the_watchers_thread_is_passed_on_to_the_program(tmp_path):
    write(
        tmp_path,
        {
            "main.py": """
import heatsync, time
sync = heatsync.Heatsync(); sync.track(".")
import helper
while True:
    try:
        print("ready", flush=True)
        while True:
            time.sleep(0.01)
            if helper.X == 3:
                raise SystemExit
    except KeyboardInterrupt:
        print("interrupted", helper.X, flush=True)
""",
            "helper.py": "X = 1",
        },
    )
    with Running("main.py", cwd=tmp_path) as program:
        program.until("ready")
        write(tmp_path, {"helper.py": "X = 2\nraise KeyboardInterrupt"})
        program.until("interrupted 1")
        write(tmp_path, {"helper.py": "X = 3"})
        assert program.ended() in (0, -signal.SIGINT)


def test_a_good_text_that_failed_with_a_bad_one_is_applied_once_that_is_taken_back(project):
    project.write({"bad.py": "X = 1\n", "good.py": "Y = 1\n"})
    good = [project.load("bad"), project.load("good")][1]
    project.edit("bad.py", "X = 1", "X = (1")
    project.edit("good.py", "Y = 1", "Y = 2")
    project.fail()
    project.edit("bad.py", "X = (1", "X = 1")

    assert project.refresh() == ["run good.Y"]
    assert good.Y == 2


def touch(file, seconds):
    found = os.stat(file)
    os.utime(file, (found.st_atime + seconds, found.st_mtime + seconds))


def test_a_failed_text_that_is_saved_again_as_it_is_is_tried_again(project):
    project.write({"a.py": "X = 1\n"})
    a = project.load("a")
    project.write({"a.py": f"import os\nX = os.stat({str(project.root / 'words')!r}).st_size\n"})
    assert isinstance(project.fail(), FileNotFoundError)
    project.write({"words": "there"})
    assert project.sync.refresh() is None  # nobody saved a file of the program

    touch(project.root / "a.py", 1)

    assert project.refresh() == ["run a.os", "run a.X"]
    assert a.X == 5


def test_a_new_module_that_failed_and_is_saved_again_as_it_is_is_tried_again(project):
    project.write({"a.py": "X = 1\n"})
    a = project.load("a")
    words = str(project.root / "words")
    project.write(
        {"a.py": "from new import X\n", "new.py": f"import os\nX = os.stat({words!r}).st_size\n"}
    )
    assert isinstance(project.fail(), FileNotFoundError)
    project.write({"words": "there"})

    touch(project.root / "new.py", 1)

    project.refresh()
    assert a.X == 5


def test_a_text_that_does_not_compile_fails_once_however_often_it_is_saved(project):
    project.write({"a.py": "X = 1\n"})
    project.load("a")
    project.write({"a.py": "X = (\n"})
    project.fail()

    touch(project.root / "a.py", 1)

    assert project.sync.refresh() is None


def test_the_watcher_tells_of_a_failed_text_that_is_saved_again_as_it_is(watched):
    words = "import os\nX = os.stat(os.path.join(os.path.dirname(__file__), 'words')).st_size\n"
    project, a = watched({"a.py": "X = 1\n"})
    save(project.folder / "a.py", words)
    assert isinstance(project.next().error, FileNotFoundError)
    write(project.folder, {"words": "there"})

    save(project.folder / "a.py", words)

    assert project.next().error is None
    assert a.X == 5
    project.nothing_more()


def test_a_batch_that_writes_its_own_files_and_fails_is_no_reason_to_try_it_again(watched):
    project, _ = watched({"a.py": "X = 1\n", "tries.py": "MANY = []\n"})
    itself = "import tries\ntries.MANY.append(1)\nopen(__file__, 'a').close()\n"
    itself += "with open(__file__) as f: text = f.read()\n"
    itself += "with open(__file__, 'w') as f: f.write(text)\nX = 1 / 0\n"
    save(project.folder / "a.py", itself)

    assert isinstance(project.next().error, ZeroDivisionError)
    project.nothing_more()


def test_a_module_that_comes_while_its_absence_is_told_is_not_missed(project):
    project.write({"a.py": "X = 1\n"})
    a = project.load("a")
    project.write({"a.py": "import later\nX = later.Y\n"})
    project.sync.events.on("error", lambda _: project.write({"later.py": "Y = 2\n"}))

    report = project.sync.refresh()

    assert report.error is None
    assert a.X == 2
    assert [type(entry.error) for entry in project.sync.history] == [
        ModuleNotFoundError,
        type(None),
    ]
