"""Who is told what, when, in which order, and that telling cannot break anything."""

import asyncio
import logging
import threading

import pytest
from pyee import EventEmitter

from heatsync import Heatsync, Report


@pytest.fixture
def told(project):
    """Every event of the project's Heatsync for a.py, as it comes."""
    told, events = [], project.sync.events
    for event in ("error", "any", str(project.root / "a.py"), "after"):
        events.on(event, lambda *arguments, event=event: told.append((event, *arguments)))
    return told


def test_the_events_are_an_event_emitter(project):
    assert isinstance(project.sync.events, EventEmitter)


def test_a_change_is_told_by_file_and_then_after(project, told):
    project.write({"a.py": "X = 1", "b.py": "X = 1", "c.py": ""})
    for name in "abc":
        project.load(name)
    a, b = str(project.root / "a.py"), str(project.root / "b.py")
    project.write({"a.py": "X = 2", "b.py": "X = 2"})

    report = project.report()

    assert isinstance(report, Report)
    assert sorted(report.files) == [a, b]
    assert told[-1] == ("after", report)
    assert sorted(told[:-1], key=str) == sorted([("any", a), (a, report), ("any", b)], key=str)
    assert told.index(("any", a)) < told.index((a, report))


def test_an_error_is_told_and_then_after(project, told):
    project.write({"a.py": "X = 1"})
    project.load("a")
    project.write({"a.py": "X = 1 / 0"})

    report = project.report()

    assert told == [("error", report.error), ("after", report)]
    assert isinstance(report.error, ZeroDivisionError)


def test_a_data_file_is_told_too(project, told):
    project.write({"s.json": "[1]"})
    project.sync.require(project.root / "s.json")
    project.write({"s.json": "[2]"})

    report = project.report()

    assert told == [("any", str(project.root / "s.json")), ("after", report)]


def test_the_first_load_and_what_is_not_pending_are_not_told(project, told):
    project.write({"a.py": "X = 1"})
    project.sync.require(project.root / "a.py")

    assert project.sync.refresh() is None
    assert told == []


def test_a_text_that_is_as_before_again_is_told(project, told):
    project.write({"a.py": "X = 1"})
    project.load("a")
    project.write({"a.py": "X ="})
    project.fail()
    project.write({"a.py": "X = 1"})

    report = project.report()

    assert report.error is None
    assert report.steps == ()
    assert told[2:] == [("any", report.files[0]), (report.files[0], report), ("after", report)]


def test_a_listener_may_be_for_once_or_be_taken_away(project):
    project.write({"a.py": "X = 0"})
    project.load("a")
    once, until = [], []
    project.sync.events.once("after", once.append)
    listener = project.sync.events.on("after", until.append)

    for number in range(1, 4):
        project.write({"a.py": f"X = {number}"})
        project.refresh()
        if number == 2:
            project.sync.events.remove_listener("after", listener)

    assert (len(once), len(until)) == (1, 2)


@pytest.mark.parametrize("raised", [ValueError, SystemExit])
@pytest.mark.parametrize("event", ["any", "after", "error"])
def test_what_a_listener_raises_is_logged_and_nothing_breaks(project, caplog, event, raised):
    project.write({"a.py": "X = 1"})
    a, heard = project.load("a"), []

    @project.sync.events.on(event)
    def bad(*_):
        raise raised("what it raised")

    project.sync.events.on(event, lambda *told: heard.append(told))
    project.sync.events.on("after", heard.append)
    project.write({"a.py": "X =" if event == "error" else "X = 2"})

    report = project.report()

    assert heard[-1] is report
    assert len(heard) == 2
    assert (1 if event == "error" else 2) == a.X
    [record] = caplog.records
    assert (record.name, record.levelno) == ("heatsync", logging.ERROR)
    assert "bad" in record.getMessage()
    assert "what it raised" in caplog.text
    project.write({"a.py": "X = 3"})
    assert project.report().error is None


def test_an_interrupt_in_a_listener_passes_on(project):
    project.write({"a.py": "X = 1"})
    a = project.load("a")

    @project.sync.events.on("any")
    def interrupt(_):
        raise KeyboardInterrupt

    project.write({"a.py": "X = 2"})
    with pytest.raises(KeyboardInterrupt):
        project.sync.refresh()
    assert a.X == 2


def test_without_a_listener_an_error_is_logged_with_its_source_line(project, caplog):
    project.write({"a.py": "X = 1\nY = 1"})
    project.load("a")
    project.write({"a.py": "X = 1\nY = [][7]"})

    project.fail()

    [record] = caplog.records
    assert (record.name, record.levelno) == ("heatsync", logging.ERROR)
    assert f'{project.root / "a.py"}", line 2' in record.getMessage()
    assert "Y = [][7]" in record.getMessage()
    assert "IndexError: list index out of range" in record.getMessage()
    assert record.getMessage().endswith("still running the previous version")


def test_without_a_listener_a_text_that_does_not_compile_is_logged_with_its_line(project, caplog):
    project.write({"a.py": "X = 1"})
    project.load("a")
    project.write({"a.py": "X = 1\nY = (1 +"})

    project.fail()

    assert "Y = (1 +" in caplog.text
    assert "SyntaxError" in caplog.text


def test_with_a_listener_nothing_is_logged(project, told, caplog):
    project.write({"a.py": "X = 1"})
    project.load("a")
    project.write({"a.py": "X ="})
    project.fail()

    assert caplog.records == []


def test_sys_exit_in_code_that_is_run_again_is_an_error_of_the_batch(project, told):
    project.write({"a.py": "import sys\nX = 1", "b.py": "X = 1"})
    a, b = project.load("a"), project.load("b")
    project.write({"b.py": "X = 2", "a.py": "import sys\nX = 2\nsys.exit(3)"})

    report = project.report()

    assert isinstance(report.error, SystemExit)
    assert (a.X, b.X) == (1, 1)
    assert [event for event, *_ in told] == ["error", "after"]


def test_an_interrupt_rolls_back_and_passes_on(project, told):
    project.write({"a.py": "X = 1", "b.py": "X = 1"})
    a, b = project.load("a"), project.load("b")
    project.write({"b.py": "X = 2", "a.py": "X = 2\nraise KeyboardInterrupt"})

    with pytest.raises(KeyboardInterrupt):
        project.sync.refresh()

    assert (a.X, b.X) == (1, 1)
    assert told == []
    project.write({"a.py": "X = 2"})
    project.refresh()
    assert (a.X, b.X) == (2, 2)


def test_the_history_is_shorter_where_its_reports_tell_of_many_names(project, monkeypatch):
    monkeypatch.setattr("heatsync._telling._KEPT_OUTCOMES", 5)
    project.write({"app.py": "A = B = C = D = 0\n"})
    project.load("app")
    for number in range(1, 4):
        project.edit("app.py", str(number - 1), str(number))
        project.refresh()

    assert [len(report.outcomes) for report in project.sync.history] == [4]


def test_the_history_holds_the_latest_reports_failed_ones_too(project):
    project.write({"a.py": "X = 0"})
    project.load("a")
    reports = []
    for number in range(1, 103):
        project.write({"a.py": f"X = {number}"})
        reports.append(project.report())
    project.write({"a.py": "X ="})
    reports.append(project.report())

    assert project.sync.history == reports[-100:]
    project.sync.history.clear()  # a list of its own
    assert len(project.sync.history) == 100


def test_a_listener_may_refresh_and_require(project):
    project.write({"a.py": "X = 1", "b.py": "X = 1"})
    a, found = project.load("a"), []

    @project.sync.events.on("any")
    def more(file):
        if file.endswith("a.py"):
            found.append(project.sync.require(project.root / "b.py"))
            project.write({"b.py": "X = 2"})
            found.append(project.sync.refresh())

    project.write({"a.py": "X = 2"})
    project.report()

    assert a.X == found[0].X == 2
    assert found[1].trace == ["run b.X"]


def test_a_heatsync_is_told_only_what_it_keeps_live(project, tmp_path):
    (tmp_path / "mine.py").write_text("X = 1")
    project.write({"a.py": "X = 1"})
    project.load("a")
    with Heatsync(watch=False) as other:
        other.require(tmp_path / "mine.py")
        project.write({"a.py": "X = 2"})
        project.refresh()

        assert other.history == []


def test_two_threads_that_refresh_apply_a_change_once(project, told):
    project.write({"a.py": "import sys\nX = 1\nsys.a_runs = getattr(sys, 'a_runs', 0) + X"})
    import sys

    project.load("a")
    project.edit("a.py", "X = 1", "X = 10")
    reports, barrier = [], threading.Barrier(6)

    def refresh():
        barrier.wait()
        reports.append(project.sync.refresh())

    threads = [threading.Thread(target=refresh) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert reports.count(None) == 5
    assert sys.a_runs == 11
    del sys.a_runs
    assert len(project.sync.history) == 1


def test_before_a_change_the_files_are_told(project):
    project.write({"a.py": "X = 1", "b.py": "X = 1"})
    a = project.load("a")
    project.load("b")
    seen = []
    project.sync.events.on("before", lambda files: seen.append((files, a.X)))
    project.sync.events.on("after", lambda report: seen.append((report.files, a.X)))
    assert project.sync.refresh() is None
    project.write({"a.py": "X = 2"})
    project.refresh()
    file = (str(project.root / "a.py"),)
    assert seen == [(file, 1), (file, 2)]
    project.write({"a.py": "X = 1 / 0"})
    project.fail()
    assert seen[2:] == [(file, 2), (file, 2)]
    project.write({"a.py": "X = ("})  # nothing is about to be applied
    project.fail()
    assert seen[4:] == [(file, 2)]


def test_what_a_listener_to_before_raises_is_logged_and_stops_nothing(project, caplog):
    project.write({"a.py": "X = 1"})
    a = project.load("a")
    project.sync.events.on("before", lambda files: 1 / 0)
    project.sync.events.on("before", lambda files: project.sync.refresh())  # it is being done
    project.write({"a.py": "X = 2"})
    project.refresh()

    assert a.X == 2
    assert "ZeroDivisionError" in caplog.text


def test_only_those_are_told_of_before_who_keep_a_file_live(project):
    project.write({"a.py": "X = 1"})
    project.load("a")
    told = []
    with Heatsync(watch=False) as other:
        other.events.on("before", told.append)
        project.write({"a.py": "X = 2"})
        project.refresh()
    assert told == []


@pytest.mark.parametrize("event", ["before", "after", "any", "error"])
def test_a_coroutine_function_listens_without_a_loop(project, event, caplog):
    project.write({"a.py": "X = 1"})
    project.load("a")
    told = []

    async def listen(*arguments):
        await asyncio.sleep(0)
        told.append(threading.current_thread())
        raise ValueError("in listen")

    project.sync.events.on(event, listen)
    project.write({"a.py": "X = 1 / 0" if event == "error" else "X = 2"})
    project.report()

    assert told == [threading.current_thread()]
    assert "ValueError: in listen" in caplog.text


@pytest.mark.parametrize("apply", [lambda sync: sync.refresh(), None])
def test_a_coroutine_function_listens_on_the_loop(project, apply, caplog):
    project.write({"a.py": "X = 1"})

    async def main():
        project.load("a")
        loop, told = asyncio.get_running_loop(), asyncio.Event()

        async def listen(report):
            assert asyncio.get_running_loop() is loop
            told.set()
            raise ValueError("in listen")

        project.sync.events.on("after", listen)
        project.write({"a.py": "X = 2"})
        if apply:
            apply(project.sync)
        else:
            await asyncio.to_thread(project.sync.refresh)
        await asyncio.wait_for(told.wait(), 20)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert ".listen raised" in caplog.text
