"""When a save is applied, and in which thread: loops, safe points, pauses."""

import asyncio
import os
import queue
import threading

import pytest

from heatsync import DisposedError, Heatsync, _lookout
from running import write
from waiting import PATIENCE, until


class Watched:
    """A project of one file, whose saves go through the real watcher; its reports are waited for."""

    def __init__(self, folder, **options):
        self.folder = folder
        self.reports = queue.SimpleQueue()
        self.told = queue.SimpleQueue()
        self.sync = Heatsync(**options)
        self._applying = self.sync._applying
        self._listen()
        self.sync.events.on("after", self._hear)
        self.sync.events.on("error", lambda _: None)
        self.a = self.sync.require(folder / "a.py")

    def _listen(self):
        """Know when the watcher has told of a save, whether that is applied or not."""
        touched = self.sync._watcher._touched

        def telling(files):
            touched(files)
            self.told.put(files)

        self.sync._watcher._touched = telling

    def _hear(self, report):
        self.reports.put((report, threading.current_thread()))

    def save(self, text):
        write(self.folder, {"a.py": text})

    def save_and_wait(self, text):
        """Until the watcher has done all that it does about it by itself."""
        self.save(text)
        self.told.get(timeout=PATIENCE)

    def next(self):
        report, thread = self.reports.get(timeout=PATIENCE)
        assert report.error is None
        return report, thread


@pytest.fixture
def watched(tmp_path, monkeypatch, fresh_modules):
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path, {"a.py": "X = 1\n"})
    made = []

    def make(**options):
        made.append(Watched(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.sync.dispose()


@pytest.mark.parametrize("apply", ["always", "", None])
def test_a_way_that_there_is_not_is_refused(apply):
    with pytest.raises(ValueError, match=r"give 'auto', 'thread', 'loop' or 'manual'"):
        Heatsync(apply=apply)


# ------------------------------------------------------------------------- event loops


def test_loop_needs_a_loop():
    with pytest.raises(ValueError, match="no event loop runs here"):
        Heatsync(apply="loop")


async def between_callbacks(project, pause):
    """What a coroutine sees of a save: nothing while it is at work, all once it has paused."""
    project.save("X = 2\n")
    project.told.get(timeout=PATIENCE)  # the loop is at work in here, and does not turn
    seen = [project.a.X]
    while project.reports.empty():
        await pause()
    seen.append(project.a.X)
    assert project.next()[1] is threading.current_thread()
    return seen


@pytest.mark.parametrize("apply", ["auto", "loop"])
def test_on_an_asyncio_loop_it_is_applied_between_callbacks(watched, apply):
    async def main():
        return await between_callbacks(watched(apply=apply), lambda: asyncio.sleep(0))

    assert asyncio.run(main()) == [1, 2]


def test_on_an_asyncio_loop_that_began_later_it_is_applied_between_callbacks(watched):
    project = watched()

    async def main():
        return await between_callbacks(project, lambda: asyncio.sleep(0))

    assert asyncio.run(main()) == [1, 2]
    project.save("X = 3\n")
    assert project.next()[1].name == "heatsync-watcher"


def test_on_a_loop_that_was_begun_by_hand_it_is_applied_between_callbacks(watched):
    project, loop = watched(), asyncio.new_event_loop()
    try:
        pause = lambda: asyncio.sleep(0)  # noqa: E731
        assert loop.run_until_complete(between_callbacks(project, pause)) == [1, 2]
    finally:
        loop.close()


def test_in_an_async_with_of_another_thread_it_is_applied_on_that_loop(watched):
    async def main():
        return await between_callbacks(watched(), lambda: asyncio.sleep(0))

    seen = []
    thread = threading.Thread(target=lambda: seen.append(asyncio.run(main())))
    thread.start()
    thread.join(PATIENCE)

    assert seen == [[1, 2]]


@pytest.mark.parametrize("early", [True, False], ids=["made before the loop", "made in it"])
def test_on_uvloop_it_is_applied_between_callbacks(watched, early):
    uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
    made = [watched()] if early else []

    async def main():
        project = made[0] if made else watched()
        return await between_callbacks(project, lambda: asyncio.sleep(0))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == [1, 2]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("apply", ["auto", "loop"])
def test_under_anyio_it_is_applied_between_callbacks(watched, backend, apply):
    anyio = pytest.importorskip("anyio")
    if backend == "trio":
        pytest.importorskip("trio", reason="trio is not installed")

    async def main():
        return await between_callbacks(watched(apply=apply), lambda: anyio.sleep(0))

    assert anyio.run(main, backend=backend) == [1, 2]


def test_under_trio_it_is_applied_between_turns_and_afterwards_in_the_watchers_thread(watched):
    trio = pytest.importorskip("trio", reason="trio is not installed")
    made = []

    async def main():
        made.append(watched())
        return await between_callbacks(made[0], trio.lowlevel.checkpoint)

    assert trio.run(main) == [1, 2]
    made[0].save("X = 3\n")
    assert made[0].next()[1].name == "heatsync-watcher"


def test_what_was_handed_to_a_loop_that_ended_is_applied_with_the_next_save(watched):
    async def main():
        project = watched()
        project.save_and_wait("X = 2\n")
        asyncio.get_running_loop().stop()  # before it could turn once more
        return project

    loop = asyncio.new_event_loop()
    made = []
    try:
        loop.create_task(main()).add_done_callback(lambda task: made.append(task.result()))
        loop.run_forever()
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        loop.close()
    [project] = made
    project.save("X = 3\n")
    while project.a.X != 3:
        project.next()


def test_saves_that_come_while_a_loop_is_busy_are_one_change(watched):
    async def main():
        project = watched()
        for text in ("X = 2\n", "X = 3\n", "X = 4\n"):
            project.save_and_wait(text)
        while project.reports.empty():
            await asyncio.sleep(0)
        return project

    project = asyncio.run(main())

    assert project.a.X == 4
    assert len(project.sync.history) == 1


def test_thread_means_the_watchers_thread_even_where_a_loop_runs(watched):
    async def main():
        project = watched(apply="thread")
        project.save("X = 2\n")
        return project.next()[1].name

    assert asyncio.run(main()) == "heatsync-watcher"


# ------------------------------------------------------------------------- safe points


def test_manual_waits_for_a_checkpoint(watched):
    project = watched(apply="manual")
    assert project.sync.checkpoint() is None
    project.save_and_wait("X = 2\n")
    project.save_and_wait("X = 3\n")
    assert project.a.X == 1

    assert project.sync.checkpoint().trace == ["run a.X"]

    assert project.a.X == 3
    assert project.next()[1] is threading.current_thread()
    assert project.sync.checkpoint() is None


def test_a_checkpoint_looks_at_no_file_that_the_watcher_did_not_name(watched, monkeypatch):
    project = watched(apply="manual")
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("a file was read"))
    monkeypatch.setattr(os, "stat", lambda *_: pytest.fail("a file was looked at"))

    assert project.sync.checkpoint() is None


def test_what_was_refreshed_is_not_applied_again_at_the_checkpoint(watched):
    project = watched(apply="manual")
    project.save_and_wait("X = 2\n")

    assert project.sync.refresh().trace == ["run a.X"]
    assert project.sync.checkpoint() is None


def test_it_is_applied_where_a_function_of_yours_has_it_called(watched):
    project, todo = watched(), queue.SimpleQueue()
    project.sync.apply_at(todo.put)
    project.save_and_wait("X = 2\n")
    assert project.a.X == 1

    todo.get(timeout=PATIENCE)()

    assert project.a.X == 2
    assert project.next()[1] is threading.current_thread()


def test_without_that_function_it_is_as_before(watched):
    project, todo = watched(), queue.SimpleQueue()
    project.sync.apply_at(todo.put)
    project.save_and_wait("X = 2\n")

    project.sync.apply_at(None)

    assert project.a.X == 2
    project.save("X = 3\n")
    assert project.next()[1] is threading.current_thread()
    assert project.next()[1].name == "heatsync-watcher"
    todo.get(timeout=PATIENCE)()  # too late, and nothing
    assert todo.empty()


def test_a_function_that_raises_is_logged_and_the_save_waits_for_the_next(watched, caplog):
    project, todo = watched(), queue.SimpleQueue()

    def closed(_):
        raise LookupError("the window was closed")

    project.sync.apply_at(closed)
    project.sync._watcher._touched = project.sync._applying.touched
    project.save("X = 2\n")
    until(lambda: "the window was closed" in caplog.text)
    assert project.a.X == 1
    project.sync.apply_at(todo.put)

    todo.get(timeout=PATIENCE)()

    assert project.a.X == 2


# ------------------------------------------------------------------------- pauses


def test_a_pause_holds_back_and_what_came_is_one_change(watched):
    project = watched()
    with project.sync.paused():
        project.save_and_wait("X = 2\n")
        project.save_and_wait("X = 3\n")
        assert project.a.X == 1
    assert project.a.X == 3

    assert project.next()[0].trace == ["run a.X"]
    assert project.reports.empty()
    project.save("X = 4\n")
    assert project.next()[1].name == "heatsync-watcher"


def test_pauses_may_be_nested(watched):
    project = watched()
    with project.sync.paused():
        with project.sync.paused():
            project.save_and_wait("X = 2\n")
        assert project.a.X == 1
    assert project.a.X == 2


def test_a_pause_that_another_thread_made_holds_on(watched):
    project, begun, end = watched(), threading.Event(), threading.Event()

    def other():
        with project.sync.paused():
            begun.set()
            end.wait(PATIENCE)

    thread = threading.Thread(target=other)
    thread.start()
    begun.wait(PATIENCE)
    with project.sync.paused():
        project.save_and_wait("X = 2\n")
    assert project.a.X == 1
    end.set()
    thread.join(PATIENCE)

    assert project.a.X == 2


def test_a_pause_ends_if_its_block_raises(watched):
    project = watched()
    with pytest.raises(LookupError), project.sync.paused():
        raise LookupError
    project.save("X = 2\n")

    assert project.next()[0].trace == ["run a.X"]


def test_a_pause_holds_back_what_other_heatsyncs_watch(watched):
    project, other = watched(), watched()
    with project.sync.paused():
        project.save("X = 2\n")
        for one in (project, other):
            one.told.get(timeout=PATIENCE)
        assert project.a.X == 1
    assert project.next()[0] is other.next()[0]


def test_a_pause_ends_on_the_loop_between_callbacks(watched):
    async def main():
        project = watched()
        with project.sync.paused():
            project.save_and_wait("X = 2\n")
            await asyncio.sleep(0)
            assert project.a.X == 1
        assert project.a.X == 1
        await asyncio.sleep(0)
        return project.a.X

    assert asyncio.run(main()) == 2


def test_a_pause_waits_for_the_change_that_is_being_applied(watched):
    begun, go = threading.Event(), threading.Event()
    text = "import threading\nX = {}\nfor event in threading.waited: event()\nY = {}\n"
    threading.waited = ()
    project = watched()
    project.save(text.format(0, 0))
    project.next()
    seen = []

    def other():
        with project.sync.paused():
            seen.append((project.a.X, project.a.Y))

    try:
        threading.waited = (begun.set, go.wait)
        project.save(text.format(1, 1).replace("event()", "event() "))
        project.save(text.format(1, 1).replace("event()", "event() or None"))
        begun.wait(PATIENCE)
        thread = threading.Thread(target=other)
        thread.start()
        go.set()
        thread.join(PATIENCE)
    finally:
        del threading.waited

    assert seen == [(1, 1)]


def test_in_a_pause_refresh_and_checkpoint_do_what_they_are_asked_for(watched):
    project = watched()
    with project.sync.paused():
        project.save_and_wait("X = 2\n")
        assert project.sync.checkpoint().trace == ["run a.X"]
        project.save_and_wait("X = 3\n")
        assert project.sync.refresh().trace == ["run a.X"]


@pytest.mark.parametrize("method", ["checkpoint", "paused"])
def test_after_its_end_nothing_is_there_to_wait_for(method):
    sync = Heatsync(watch=False)
    sync.dispose()
    with pytest.raises(DisposedError):
        getattr(sync, method)()
    with pytest.raises(DisposedError):
        sync.apply_at(None)


# ------------------------------------------------------------------------- taking long

STUCK = """
import threading
X = {n}
def wait():
    for event in threading.awaited: event()
wait()
"""


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(_lookout, "LONG", 0.05)


def told_by(caplog, word):
    """What is told with this word in it: on a slow machine heatsync's own work may be told of, too."""
    found = []
    until(lambda: found.extend(m for m in caplog.messages if word in m) or found)
    return found


def test_a_change_that_is_stuck_in_code_of_yours_is_told_with_its_line(
    watched, impatient, caplog, monkeypatch
):
    go = threading.Event()
    monkeypatch.setattr(threading, "awaited", [go.wait], raising=False)
    project = watched()

    project.save(STUCK.format(n=2))
    try:
        [told, *again] = told_by(caplog, "(wait)")
    finally:
        go.set()

    assert "a.py is still being applied: it runs line 5 of " in told
    assert project.next()[0].trace[0] == "run a.threading"
    assert all(told.endswith("(wait)") for told in again)


@pytest.mark.parametrize(("ask", "what"), [("refresh", "what refresh() found"), ("resync", "a.py")])
def test_so_is_one_that_was_asked_for(watched, impatient, caplog, monkeypatch, ask, what):
    go = threading.Event()
    monkeypatch.setattr(threading, "awaited", [go.wait], raising=False)
    project = watched(apply="manual")
    project.save_and_wait(STUCK.format(n=2))
    call = {"refresh": project.sync.refresh, "resync": lambda: project.sync.resync("a")}[ask]
    thread = threading.Thread(target=call)
    thread.start()
    try:
        told = told_by(caplog, "(wait)")
    finally:
        go.set()
        thread.join()

    assert f"{what} is still being applied: it runs line 5 of " in told[0]
    assert project.a.X == 2


def test_a_change_that_waits_for_a_busy_loop_is_told_with_what_that_does(
    watched, impatient, caplog
):
    async def main():
        project = watched()
        project.save("X = 2\n")
        told = told_by(caplog, "waits for its safe point")
        while project.reports.empty():
            await asyncio.sleep(0)
        return told[0]

    told = asyncio.run(main())

    assert "a.py waits for its safe point: the main thread is busy at line " in told


def test_a_change_that_is_quick_is_not_told(watched, monkeypatch, caplog):
    project = watched()
    lookout = project.sync._applying._lookout

    def as_long_as_it_takes(*_):
        """The lookout looks when the change is over: sooner than it had to, however slow all is."""
        until(lambda: lookout._first() is None)
        return 0

    monkeypatch.setattr(_lookout, "_left", as_long_as_it_takes)
    for number in (2, 3):
        project.save(f"X = {number}\n")
        project.next()
        until(lambda: not lookout._begun.is_set())  # it rests

    assert caplog.records == []
