"""What the watcher tells, of real files."""

from __future__ import annotations

import math
import os
import queue
import threading

from heatsync import _looking, _watching
from heatsync._watching import Watcher
from waiting import PATIENCE, until
from watchers import NEVER

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
    watcher = start(*files)

    with watcher._lock:  # before its next turn, however long it takes
        for file in files:
            file.write_text("new")

    assert heard.until(*files, text="new") == [{*map(str, files)}]


def test_a_burst_of_renames_over_many_directories_is_told_together(start, heard, tmp_path):
    files = [tmp_path / f"package{number}" / "module.py" for number in range(50)]
    for file in files:
        file.parent.mkdir()
        file.write_text("old")
    watcher = start(*files)

    with watcher._lock:
        for file in files:
            file.with_suffix(".tmp").write_text("new")
            file.with_suffix(".tmp").replace(file)

    assert heard.until(*files, text="new") == [{*map(str, files)}]


def test_a_deleted_file_is_told_after_the_quiet_period(start, heard, file):
    start(file)

    file.unlink()

    assert heard.next() == ({str(file)}, {})


def test_a_file_that_stays_open_is_told_in_the_end(start, heard, file):
    start(file, debounce=0.02)

    with open(file, "w") as open_file:
        open_file.write("new")
        open_file.flush()
        heard.until(file, text="new")


def test_git_at_work_holds_everything_back(start, heard, file, monkeypatch):
    monkeypatch.setattr(_looking, "LOCK_AGE", NEVER)  # or a slow git is taken for a dead one
    lock = file.parent / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    start(file, debounce=0.01)

    file.write_text("half of a checkout")
    assert heard.nothing()
    lock.unlink()

    assert heard.next() == ({str(file)}, {str(file): "half of a checkout"})


def test_git_at_work_in_a_linked_work_tree_holds_everything_back(
    start, heard, file, tmp_path, monkeypatch
):
    monkeypatch.setattr(_looking, "LOCK_AGE", NEVER)  # or a slow git is taken for a dead one
    lock = tmp_path / "repository" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    (file.parent / ".git").write_text(f"gitdir: {lock.parent}\n")
    start(file, debounce=0.01)

    file.write_text("new")
    assert heard.nothing()
    lock.unlink()

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_folder_that_becomes_a_repository_is_known_as_one_after_a_while(tmp_path, monkeypatch):
    assert not _looking.locked({str(tmp_path)})
    lock = tmp_path / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()

    assert not _looking.locked({str(tmp_path)})  # which is believed, and not looked for each time
    monkeypatch.setattr(_looking, "_WITHOUT", dict.fromkeys(_looking._WITHOUT, 0.0))
    assert _looking.locked({str(tmp_path)})


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
    assert told.get(timeout=PATIENCE) == {str(file)}

    other.write_text("new")
    assert told.get(timeout=PATIENCE) == {str(other)}


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

    assert closed.wait(PATIENCE)
    until(lambda: all(thread.name != "heatsync-watcher" for thread in threading.enumerate()))


def test_it_may_be_closed_before_it_began(start, file):
    for _ in range(20):
        start(file).close()


def test_nothing_of_it_keeps_a_process_alive(start, file):
    before = set(threading.enumerate())
    start(file)

    assert all(thread.daemon for thread in set(threading.enumerate()) - before)


def test_it_does_nothing_while_nothing_happens(start, heard, tmp_path, monkeypatch):
    files = [tmp_path / f"package{number}" / "app.py" for number in range(100)]
    for file in files:
        file.parent.mkdir()
        file.write_text("old")
    patience, waits = Watcher._patience, []
    monkeypatch.setattr(_watching, "READY_AFTER", math.inf)  # which is once, and for the first edit
    monkeypatch.setattr(
        Watcher, "_patience", lambda self: waits.append(patience(self)) or waits[-1]
    )
    start(*files)

    assert heard.nothing()
    assert {*waits} == {None}  # others may do something in the folders above, and it waits again
