"""After dispose() nothing is alive, and it never hangs, wherever it is called."""

import asyncio
import builtins
import gc
import os
import sys
import threading
import weakref
from pathlib import Path

import pytest

from heatsync import DisposedError, Heatsync, _sharing
from heatsync._resident.live import LIVE
from running import python, write
from waiting import PATIENCE, until


@pytest.fixture
def watched(tmp_path, monkeypatch, fresh_modules):
    """Makes watching Heatsyncs; what is left of them is looked at in the end."""
    monkeypatch.syspath_prepend(tmp_path)
    threads, finders, handles = set(threading.enumerate()), list(sys.meta_path), _handles()
    made = []

    def make(**options):
        made.append(Heatsync(**options))
        made[-1].track(tmp_path)
        made[-1].folder = tmp_path
        builtins.sync_of_test = made[-1]
        return made[-1]

    yield make
    del builtins.sync_of_test
    for sync in made:
        sync.dispose()
    until(lambda: set(threading.enumerate()) <= threads)
    until(lambda: _handles() <= handles)
    assert sys.meta_path == finders
    assert not LIVE.modules
    assert not LIVE.data
    assert not _sharing.MEMBERS
    assert not _sharing._leaving


def _handles():
    found = set()
    for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        try:
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
        except OSError:
            continue  # the one that listed them
    return {(number, target) for number, target in found if "inotify" in target}


def _in_time(work):
    """Does it in a thread, as a hang is to fail and not to hang."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it hangs"


def test_nothing_of_it_is_alive(watched):
    sync = watched()
    write(sync.folder, {"a.py": "X = 1", "s.json": "[]"})
    sync.require([sync.folder / "a.py", sync.folder / "s.json"])
    sync.events.on("any", print)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("heatsync")]
    assert threads

    sync.dispose()

    assert not any(thread.is_alive() for thread in threads)
    assert not any(type(finder).__name__ == "LiveFinder" for finder in sys.meta_path)
    assert not sync.events.event_names()
    assert not LIVE.files


def test_it_can_be_forgotten_afterwards(watched):
    class Listening:
        def hear(self, _):
            pass

    sync, listening = Heatsync(), Listening()
    sync.track(Path(__file__).parent)
    sync.events.on("any", listening.hear)
    sync.dispose()
    gone = [weakref.ref(sync), weakref.ref(listening)]
    watched()
    del sync, listening
    gc.collect()

    assert [reference() for reference in gone] == [None, None]


def test_the_modules_stay_as_they_are(watched):
    sync = watched()
    write(sync.folder, {"a.py": "def f(): return 1"})
    a = sync.require(sync.folder / "a.py")

    sync.dispose()
    write(sync.folder, {"a.py": "def f(): return 2"})

    import a as again

    assert again is a
    assert a.f() == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda sync: sync.require("json"),
        lambda sync: sync.import_("json"),
        lambda sync: sync.track("/"),
        lambda sync: sync.refresh(),
        lambda sync: sync.resync("json"),
        lambda sync: sync.__enter__(),
        lambda sync: asyncio.run(sync.__aenter__()),
    ],
)
def test_every_other_method_says_so(use):
    sync = Heatsync(watch=False)
    sync.dispose()
    sync.dispose()  # that is no error

    with pytest.raises(DisposedError, match=r"was disposed of, so \w+\(\) does nothing any more"):
        use(sync)


def test_a_block_ends_it(watched):
    with Heatsync() as sync:
        pass
    with pytest.raises(DisposedError):
        sync.refresh()

    with pytest.raises(LookupError), Heatsync() as sync:
        raise LookupError
    with pytest.raises(DisposedError):
        sync.refresh()
    watched()


def test_an_async_block_ends_it(watched):
    async def main():
        async with Heatsync() as sync:
            return sync

    with pytest.raises(DisposedError):
        asyncio.run(main()).refresh()
    watched()


def test_a_module_that_is_imported_later_is_not_touched(watched):
    sync = watched()
    sync.dispose()
    write(sync.folder, {"late.py": ""})

    import late

    assert type(late.__spec__.loader).__module__ == "_frozen_importlib_external"


# From anywhere


def test_from_a_listener_in_refresh(watched):
    sync = watched(apply="manual")
    write(sync.folder, {"a.py": "X = 1"})
    a = sync.require(sync.folder / "a.py")
    after = []
    sync.events.on("any", lambda _: sync.dispose())
    sync.events.on("after", after.append)
    write(sync.folder, {"a.py": "X = 2"})

    _in_time(sync.refresh)

    assert (a.X, after) == (2, [])


def test_from_a_listener_in_the_watchers_thread(watched):
    sync = watched()
    write(sync.folder, {"a.py": "X = 1"})
    sync.require(sync.folder / "a.py")
    done = threading.Event()

    @sync.events.on("any")
    def end(_):
        sync.dispose()
        done.set()

    write(sync.folder, {"a.py": "X = 2"})

    assert done.wait(PATIENCE)


@pytest.mark.parametrize("apply", ["auto", "manual"])
def test_from_code_that_is_being_reloaded(watched, apply):
    sync = watched(apply=apply)
    write(sync.folder, {"a.py": "X = 1", "b.py": "Y = 1"})
    a, b = sync.require([sync.folder / "a.py", sync.folder / "b.py"])
    text = "import builtins\nbuiltins.sync_of_test.dispose()\nX = 2"
    write(sync.folder, {"a.py": text})

    if apply == "manual":
        _in_time(sync.refresh)

    until(lambda: a.X == 2)
    until(lambda: not LIVE.files)
    assert b.Y == 1


def test_from_code_that_is_being_reloaded_while_the_watcher_waits_for_it(watched, monkeypatch):
    sync = watched()
    write(sync.folder, {"a.py": "X = 1", "b.py": "Y = 1"})
    a, _ = sync.require([sync.folder / "a.py", sync.folder / "b.py"])
    builtins.waits = lambda: until(lambda: sync._applying._telling is not None)
    text = "import builtins\nbuiltins.waits()\nbuiltins.sync_of_test.dispose()\nX = 2"
    monkeypatch.setattr(_sharing, "PATIENCE", 2 * PATIENCE)  # only who waits in vain takes that

    def reload():
        with LIVE.lock:  # the watcher is kept out until the reload itself is at it
            (sync.folder / "a.py").write_text(text)
            sync.refresh()

    _in_time(reload)

    until(lambda: a.X == 2)
    del builtins.waits


def test_while_another_thread_reloads(watched):
    sync = watched(apply="manual")
    write(sync.folder, {"a.py": "X = 1"})
    a = sync.require(sync.folder / "a.py")
    builtins.begun, builtins.goes_on = threading.Event(), threading.Event()
    text = "import builtins\nbuiltins.begun.set()\nbuiltins.goes_on.wait()\nX = 2"
    write(sync.folder, {"a.py": text})
    refreshing = threading.Thread(target=sync.refresh)
    refreshing.start()
    assert builtins.begun.wait(PATIENCE)
    disposing = threading.Thread(target=sync.dispose)
    disposing.start()

    builtins.goes_on.set()
    refreshing.join(PATIENCE)
    disposing.join(PATIENCE)

    assert not refreshing.is_alive()
    assert not disposing.is_alive()
    assert a.X == 2
    assert not LIVE.files
    del builtins.begun, builtins.goes_on


def test_while_the_watchers_thread_waits_for_a_lock_that_the_caller_holds(watched, monkeypatch):
    monkeypatch.setattr(_sharing, "PATIENCE", 0.05)
    sync = watched()
    write(sync.folder, {"a.py": "X = 1"})
    sync.require(sync.folder / "a.py")
    lock, told = threading.Lock(), threading.Event()

    @sync.events.on("any")
    def wait(_):
        told.set()
        with lock:
            pass

    with lock:
        write(sync.folder, {"a.py": "X = 2"})
        assert told.wait(PATIENCE)
        _in_time(sync.dispose)


def test_from_an_event_loop_with_changes_on_their_way(watched):
    async def main():
        sync = watched()
        write(sync.folder, {"a.py": "X = 1"})
        a = sync.require(sync.folder / "a.py")
        for number in range(2, 20):
            write(sync.folder, {"a.py": f"X = {number}"})
        await asyncio.sleep(0)
        sync.dispose()
        kept = a.X
        for _ in range(5):
            await asyncio.sleep(0)
        assert kept == a.X

    _in_time(lambda: asyncio.run(main()))


def test_from_many_threads_at_once(watched):
    sync = watched()
    threads = [threading.Thread(target=sync.dispose) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert not any(thread.is_alive() for thread in threads)


def test_one_ends_another_from_code_that_is_being_reloaded(watched):
    first, second = watched(), watched()
    write(first.folder, {"a.py": "X = 1"})
    a = first.require(first.folder / "a.py")
    write(first.folder, {"a.py": "import builtins\nbuiltins.sync_of_test.dispose()\nX = 2"})

    until(lambda: a.X == 2)

    first.refresh()  # lives on
    with pytest.raises(DisposedError):
        second.refresh()
    write(first.folder, {"a.py": "X = 3"})
    until(lambda: a.X == 3)


# The end of the process


@pytest.mark.parametrize("apply", ["auto", "manual"])
def test_a_forgotten_one_does_not_keep_the_process_from_ending(tmp_path, apply):
    write(
        tmp_path,
        {
            "main.py": f"""
import heatsync
sync = heatsync.Heatsync(apply={apply!r}); sync.track(".")
other = heatsync.Heatsync(poll=0.01); other.track(".")
import helper
print("end")
""",
            "helper.py": "",
        },
    )

    done = python("-W", "error", "main.py", cwd=tmp_path)

    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)


def test_a_forgotten_one_on_an_event_loop_does_not_either(tmp_path):
    main = """
import asyncio, heatsync
async def main():
    global sync
    sync = heatsync.Heatsync()
    sync.track(".")
asyncio.run(main())
with open("main.py", "a") as file:
    file.write("# saved after the loop has ended")
sync.refresh()
print("end")
"""
    write(tmp_path, {"main.py": main})

    done = python("-W", "error", "main.py", cwd=tmp_path)

    assert (done.stdout, done.stderr, done.returncode) == ("end\n", "", 0)


def test_it_may_be_disposed_of_when_the_process_ends(tmp_path):
    write(
        tmp_path,
        {"main.py": "import atexit, heatsync\natexit.register(heatsync.Heatsync().dispose)"},
    )

    done = python("-W", "error", "main.py", cwd=tmp_path)

    assert (done.stderr, done.returncode) == ("", 0)


# What it is made with


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"apply": "later"}, "'loop' or 'manual'"),
        ({"debounce": -1}, "give seconds, 0 or more"),
        ({"debounce": float("nan")}, "give seconds, 0 or more"),
        ({"poll": 0}, "give seconds, more than 0"),
        ({"poll": -1}, "give seconds, more than 0"),
    ],
)
def test_a_wrong_option_is_told_and_leaves_nothing(options, said):
    with pytest.raises(ValueError, match=said):
        Heatsync(**options)


def test_options_are_given_by_name():
    with pytest.raises(TypeError):
        Heatsync(False)
