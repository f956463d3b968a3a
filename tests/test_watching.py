"""What the watcher tells, of real files."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import queue
import shutil
import threading
import time
from pathlib import Path

import pytest

from heatsync import _inotify, _looking, _observing, _watching
from heatsync._watching import Watcher

LONG = 20  # to wait for what must come
SHORT = 0.15  # to wait for what must not
NEVER = 1000  # a quiet period that no test lasts: whatever is told was told at once


class Heard:
    """What a watcher told: each call's files, with the texts they had at that moment."""

    def __init__(self):
        self.calls = queue.SimpleQueue()

    def __call__(self, files):
        texts = {}
        for file in files:
            with contextlib.suppress(OSError):
                texts[file] = Path(file).read_text()
        self.calls.put((files, texts))

    def next(self):
        return self.calls.get(timeout=LONG)

    def until(self, *files, text=None):
        """The calls until all the files were told, and read the text, if one is given."""
        missing, calls = {str(file) for file in files}, []
        while missing:
            told, texts = self.next()
            calls.append(told)
            missing -= {file for file in told if text is None or texts.get(file) == text}
        return calls

    def nothing(self):
        with pytest.raises(queue.Empty):
            self.calls.get(timeout=SHORT)
        return True


def descriptors():
    return {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in own_descriptors()}


def own_descriptors():
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one that lists them
            os.fstat(int(fd))
            found.append(fd)
    return found


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def start(heard):
    """Make watchers, and see that they leave no thread and no descriptor behind."""
    made = []
    threads, before = set(threading.enumerate()), descriptors()

    def make(*files, debounce=0.05, poll=None, touched=heard):
        made.append(Watcher(touched, debounce=debounce, poll=poll))
        made[-1].watch(map(str, files))
        return made[-1]

    yield make
    for watcher in made:
        watcher.close()
    assert set(threading.enumerate()) <= threads
    assert descriptors().items() <= before.items()


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "project" / "app.py"
    file.parent.mkdir()
    file.write_text("old")
    return file


# A finished save is told at once


def test_a_save_in_place_is_told_at_once(start, heard, file):
    start(file, debounce=NEVER)

    with open(file, "r+") as open_file:
        open_file.write("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_save_that_truncates_is_told_at_once(start, heard, file):
    start(file, debounce=NEVER)

    file.write_text("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_save_renamed_into_place_is_told_at_once(start, heard, file):
    start(file, debounce=NEVER)

    temporary = file.with_name("app.py.tmp")
    temporary.write_text("new")
    temporary.replace(file)

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_save_renamed_from_another_directory_is_told_at_once(start, heard, file, tmp_path):
    start(file, debounce=NEVER)

    (tmp_path / "temporary").write_text("new")
    (tmp_path / "temporary").replace(file)

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_file_deleted_and_created_again_is_told_when_it_is_whole(start, heard, file):
    start(file, debounce=NEVER)

    file.unlink()
    assert heard.nothing()
    file.write_text("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_file_written_in_two_halves_is_told_when_it_is_closed(start, heard, file):
    start(file, debounce=NEVER)

    with open(file, "w") as open_file:
        open_file.write("one ")
        open_file.flush()
        assert heard.nothing()
        open_file.write("two")

    assert heard.next() == ({str(file)}, {str(file): "one two"})


def test_an_emptied_file_is_waited_for(start, heard, file):
    start(file, debounce=NEVER)

    file.write_text("")
    assert heard.nothing()
    file.write_text("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_backup_beside_the_file_delays_nothing(start, heard, file):
    start(file, debounce=NEVER)

    file.rename(file.with_name("app.py~"))
    file.write_text("new")
    file.with_name("app.py~").unlink()

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_backup_in_another_directory_delays_nothing(start, heard, file, tmp_path):
    start(file, debounce=NEVER)

    file.rename(tmp_path / "backup")
    file.write_text("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_swap_through_two_temporary_names_delays_nothing(start, heard, file):
    start(file, debounce=NEVER)

    file.with_name("app.py___tmp").write_text("new")
    file.rename(file.with_name("app.py___old"))
    file.with_name("app.py___tmp").rename(file)
    file.with_name("app.py___old").unlink()

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_each_save_of_one_file_is_told_at_once(start, heard, file):
    start(file, debounce=NEVER)

    for text in ("one", "two", "three"):
        file.write_text(text)
        assert heard.next() == ({str(file)}, {str(file): text})


# Evidence of more to come is waited for


def test_a_burst_of_files_is_told_together(start, heard, tmp_path):
    files = [tmp_path / f"module{number}.py" for number in range(200)]
    for file in files:
        file.write_text("old")
    start(*files, debounce=0.3)

    for file in files:
        file.write_text("new")

    assert len(heard.until(*files, text="new")) <= 2


def test_a_burst_of_renames_over_many_directories_is_told_together(start, heard, tmp_path):
    files = [tmp_path / f"package{number}" / "module.py" for number in range(50)]
    for file in files:
        file.parent.mkdir()
        file.write_text("old")
    start(*files, debounce=0.3)

    for file in files:
        file.with_suffix(".tmp").write_text("new")
        file.with_suffix(".tmp").replace(file)

    assert len(heard.until(*files, text="new")) <= 2


def test_a_deleted_file_is_told_after_the_quiet_period(start, heard, file):
    start(file)

    file.unlink()

    assert heard.next() == ({str(file)}, {})


def test_a_file_that_stays_open_is_told_in_the_end(start, heard, file):
    start(file, debounce=0.02)

    with open(file, "w") as open_file:
        open_file.write("new")
        open_file.flush()
        assert heard.next() == ({str(file)}, {str(file): "new"})


def test_git_at_work_holds_everything_back(start, heard, file):
    lock = file.parent / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    start(file, debounce=0.01)

    file.write_text("half of a checkout")
    assert heard.nothing()
    lock.unlink()

    assert heard.next() == ({str(file)}, {str(file): "half of a checkout"})


def test_git_at_work_in_a_linked_work_tree_holds_everything_back(start, heard, file, tmp_path):
    lock = tmp_path / "repository" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    (file.parent / ".git").write_text(f"gitdir: {lock.parent}\n")
    start(file, debounce=0.01)

    file.write_text("new")
    assert heard.nothing()
    lock.unlink()

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_lock_that_git_forgot_holds_nothing_back(start, heard, file):
    lock = file.parent / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    os.utime(lock, (0, 0))
    start(file, debounce=NEVER)

    file.write_text("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


# What is watched


def test_a_neighbour_that_nobody_watches_is_not_told(start, heard, file):
    start(file)

    file.with_name("other.py").write_text("new")

    assert heard.nothing()


def test_reading_a_file_is_not_told(start, heard, file):
    start(file)

    file.read_text()

    assert heard.nothing()


def test_files_may_be_added_at_any_time(start, heard, file, tmp_path):
    watcher = start(file)
    later = tmp_path / "later" / "more.py"
    later.parent.mkdir()

    watcher.watch([str(later)])
    watcher.watch([str(later)])
    later.write_text("new")

    heard.until(later, text="new")


def test_files_may_be_added_while_being_told(start, file):
    other = file.with_name("other.py")
    told = queue.SimpleQueue()
    watchers = []

    def touched(files):
        watchers[0].watch([str(other)])
        told.put(files)

    watchers.append(start(file, touched=touched))
    file.write_text("new")
    assert told.get(timeout=LONG) == {str(file)}

    other.write_text("new")
    assert told.get(timeout=LONG) == {str(other)}


def test_a_file_no_longer_watched_is_not_told(start, heard, file):
    other = file.with_name("other.py")
    watcher = start(file, other)

    watcher.unwatch([str(file)])
    file.write_text("new")
    assert heard.nothing()

    other.write_text("new")
    heard.until(other)


def test_a_file_that_does_not_exist_yet_is_told_when_it_comes(start, heard, tmp_path):
    file = tmp_path / "one" / "two" / "app.py"
    start(file)

    file.parent.mkdir(parents=True)
    file.write_text("new")
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


def test_two_paths_to_one_file_are_told_together_and_at_once(start, heard, file, tmp_path):
    (tmp_path / "link").symlink_to(file.parent)
    start(file, tmp_path / "link" / "app.py", debounce=NEVER)

    file.write_text("new")

    assert heard.next()[0] == {str(file), str(tmp_path / "link" / "app.py")}


# Directories that come and go


def test_a_directory_deleted_and_made_again_is_watched_again(start, heard, file):
    start(file)

    for text in ("one", "two", "three"):
        shutil.rmtree(file.parent)
        file.parent.mkdir()
        file.write_text(text)
        heard.until(file, text=text)


def test_a_tree_deleted_and_made_again_is_watched_again(start, heard, tmp_path):
    file = tmp_path / "a" / "b" / "c" / "app.py"
    file.parent.mkdir(parents=True)
    file.write_text("old")
    start(file)

    shutil.rmtree(tmp_path / "a")
    heard.until(file)
    file.parent.mkdir(parents=True)
    file.write_text("new")
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


def test_a_directory_moved_away_and_back_is_watched_again(start, heard, tmp_path):
    file = tmp_path / "a" / "b" / "app.py"
    file.parent.mkdir(parents=True)
    file.write_text("old")
    start(file)

    (tmp_path / "a").rename(tmp_path / "away")
    heard.until(file)
    (tmp_path / "away" / "b" / "app.py").write_text("new")
    (tmp_path / "away").rename(tmp_path / "a")
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


def test_a_directory_replaced_by_another_is_watched_again(start, heard, file, tmp_path):
    start(file)
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "app.py").write_text("new")

    file.parent.rename(tmp_path / "previous")
    (tmp_path / "next").rename(file.parent)
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")


# Links


def swap(link, target):
    temporary = link.with_name("temporary-link")
    temporary.symlink_to(target)
    temporary.replace(link)


def test_a_link_to_a_file_follows_its_target(start, heard, file, tmp_path):
    link = tmp_path / "link.py"
    link.symlink_to(file)
    start(link, debounce=NEVER)

    file.write_text("one")
    assert heard.next() == ({str(link)}, {str(link): "one"})

    file.with_name("temporary").write_text("two")
    file.with_name("temporary").replace(file)
    assert heard.next() == ({str(link)}, {str(link): "two"})


def test_a_link_to_a_file_may_be_swapped(start, heard, file, tmp_path):
    link, other = tmp_path / "link.py", tmp_path / "other" / "app.py"
    link.symlink_to(file)
    other.parent.mkdir()
    other.write_text("other")
    start(link, debounce=NEVER)

    swap(link, other)
    heard.until(link, text="other")
    other.write_text("newer")

    heard.until(link, text="newer")


def test_a_file_may_become_a_link(start, heard, file, tmp_path):
    other = tmp_path / "other.py"
    other.write_text("other")
    start(file)

    swap(file, other)
    heard.until(file, text="other")
    other.write_text("newer")

    heard.until(file, text="newer")


def test_a_link_to_a_directory_may_be_swapped(start, heard, tmp_path):
    for release in "12":
        (tmp_path / "releases" / release).mkdir(parents=True)
        (tmp_path / "releases" / release / "app.py").write_text(release)
    (tmp_path / "current").symlink_to("releases/1")
    file = tmp_path / "current" / "app.py"
    start(file, debounce=NEVER)

    swap(tmp_path / "current", "releases/2")
    heard.until(file, text="2")
    (tmp_path / "releases" / "2" / "app.py").write_text("newer")

    heard.until(file, text="newer")


def test_a_mounted_volume_of_settings_may_be_swapped(start, heard, tmp_path):
    for version in ("..v1", "..v2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "settings.json").write_text(version)
    (tmp_path / "..data").symlink_to("..v1")
    file = tmp_path / "settings.json"
    file.symlink_to("..data/settings.json")
    start(file, debounce=NEVER)

    swap(tmp_path / "..data", "..v2")
    shutil.rmtree(tmp_path / "..v1")

    heard.until(file, text="..v2")


def test_links_in_a_circle_are_survived(start, heard, tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    file = tmp_path / "a" / "app.py"
    start(file)

    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "app.py").write_text("new")

    heard.until(file, text="new")


# Without events


def test_polling_tells_every_kind_of_change(start, heard, file, tmp_path):
    (tmp_path / "link").symlink_to(file.parent)
    link = tmp_path / "link" / "app.py"
    start(file, link, debounce=0.01, poll=0.02)

    file.write_text("a longer text")
    heard.until(file, link, text="a longer text")
    file.with_name("temporary").write_text("renamed")
    file.with_name("temporary").replace(file)
    heard.until(file, link, text="renamed")
    shutil.rmtree(file.parent)
    heard.until(file, link)
    file.parent.mkdir()
    file.write_text("back")

    heard.until(file, link, text="back")


def test_when_watches_run_out_the_files_are_polled_and_one_warning_is_logged(
    start, heard, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(_watching, "POLL", 0.02)
    files = [tmp_path / name / "app.py" for name in "abc"]
    for file in files:
        file.parent.mkdir()
    watcher = start(files[0])

    def full(*_):
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(_inotify.InotifyEvents, "open", full)
    watcher.watch(map(str, files[1:]))
    for file in files:
        file.write_text("new")

    heard.until(*files, text="new")
    assert [record.levelname for record in caplog.records if record.name == "heatsync"] == [
        "WARNING"
    ]
    assert "max_user_watches" in caplog.text


def test_when_no_inotify_instance_is_left_the_files_are_polled(
    start, heard, file, monkeypatch, caplog
):
    monkeypatch.setattr(_watching, "POLL", 0.02)

    def full(flags):
        ctypes.set_errno(errno.EMFILE)
        return -1

    monkeypatch.setattr(_inotify, "INIT", full)
    start(file)
    file.write_text("a longer text")

    heard.until(file, text="a longer text")
    assert "max_user_instances" in caplog.text


def test_a_file_system_that_sends_no_events_is_polled_as_well(start, heard, file, monkeypatch):
    monkeypatch.setattr(_watching, "POLL", 0.02)
    monkeypatch.setattr(_looking, "sends_no_events", lambda device: True)
    watcher = start()
    monkeypatch.setattr(_inotify.InotifyEvents, "open", lambda *_: None)
    watcher.watch([str(file)])

    file.write_text("a longer text")

    heard.until(file, text="a longer text")


def test_what_an_event_told_is_not_told_again_by_polling(start, heard, file, monkeypatch):
    monkeypatch.setattr(_watching, "POLL", 0.02)
    monkeypatch.setattr(_looking, "sends_no_events", lambda device: True)
    monkeypatch.setattr(_watching, "is_fresh", lambda signature: False)
    start(file)

    file.write_text("a longer text")

    heard.until(file, text="a longer text")
    assert heard.nothing()


def test_lost_events_make_all_files_told(start, heard, file):
    other = file.with_name("other.py")
    watcher = start(file, other)
    many = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())

    with watcher._events._lock:  # as if the machine were too busy to listen
        names = file.with_name("noise1"), file.with_name("noise2")
        for number in range(many + 1):
            open(names[number % 2], "w").close()
        file.write_text("lost")
    assert set().union(*heard.until(file, text="lost")) == {str(file), str(other)}
    file.write_text("new")

    heard.until(file, text="new")


def test_the_observer_of_other_systems_tells_saves_too(start, heard, file, monkeypatch):
    monkeypatch.setattr(_watching, "native", _observing.ObserverEvents)
    watcher = start(file)

    file.write_text("new")
    heard.until(file, text="new")
    file.with_name("temporary").write_text("renamed")
    file.with_name("temporary").replace(file)
    heard.until(file, text="renamed")
    file.unlink()
    heard.until(file)
    file.write_text("back")
    heard.until(file, text="back")

    watcher.unwatch([str(file)])


# Its life


def test_what_fails_while_being_told_is_logged_and_survived(start, heard, file, caplog):
    def fails_once(files):
        heard(files)
        if files:
            raise LookupError("boom")

    start(file, touched=fails_once)

    file.write_text("new")
    heard.until(file, text="new")
    file.write_text("newer")

    heard.until(file, text="newer")
    assert "LookupError: boom" in caplog.text
    assert {record.name for record in caplog.records} == {"heatsync"}


def test_it_may_be_closed_twice_and_then_ignores_files(start, heard, file):
    watcher = start(file)

    watcher.close()
    watcher.close()
    watcher.watch([str(file.with_name("other.py"))])
    watcher.unwatch([str(file)])
    file.write_text("new")

    assert heard.nothing()


def test_it_may_be_closed_while_telling(start, file):
    closed = threading.Event()
    watchers = []

    def touched(files):
        watchers[0].close()
        closed.set()

    watchers.append(start(file, touched=touched))
    file.write_text("new")

    assert closed.wait(LONG)
    deadline = time.monotonic() + LONG
    while any(thread.name == "heatsync-watcher" for thread in threading.enumerate()):
        assert time.monotonic() < deadline


def test_it_may_be_closed_before_it_began(start, file):
    for _ in range(20):
        start(file).close()


def test_nothing_of_it_keeps_a_process_alive(start, file):
    before = set(threading.enumerate())
    start(file)

    assert all(thread.daemon for thread in set(threading.enumerate()) - before)


def test_it_does_nothing_while_nothing_happens(start, heard, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    files = [tmp_path / f"package{number}" / "app.py" for number in range(100)]
    for file in files:
        file.parent.mkdir()
        file.write_text("old")
    start(*files)
    before = time.process_time()

    assert heard.nothing()
    assert heard.nothing()

    assert time.process_time() - before < 0.05
