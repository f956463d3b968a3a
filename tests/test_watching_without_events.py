"""What the watcher tells where there are no events, too few, or others."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
from pathlib import Path

import pytest

from heatsync import _inotify, _looking, _observing, _watching

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


def full(flags):
    ctypes.set_errno(errno.EMFILE)
    return -1


def test_when_no_inotify_instance_is_left_the_files_are_polled(
    start, heard, file, monkeypatch, caplog
):
    monkeypatch.setattr(_watching, "POLL", 0.02)
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


@pytest.fixture
def sockets_in_their_place(monkeypatch):
    """Puts sockets of the program where a watcher's descriptors were, as after closing all."""
    monkeypatch.setattr(_inotify, "LONGEST", 0.02)
    made = []

    def put(watcher):
        with watcher._events._lock:
            for number in (watcher._events._inotify, watcher._events._bell):
                one, other = socket.socketpair()
                os.dup2(one.fileno(), number)
                one.close()
                made.append((socket.socket(fileno=number), other))
                other.send(b"for the program")
        return made

    yield put
    for pair in made:
        for one in pair:
            one.close()  # an error if the watcher has closed it


def test_descriptors_that_the_program_closed_are_left_to_it_and_others_opened(
    start, heard, file, sockets_in_their_place, caplog
):
    caplog.set_level("INFO", "heatsync")
    watcher = start(file)
    sockets = sockets_in_their_place(watcher)

    heard.until(file, text="old")  # something may have happened to it
    file.write_text("new")
    heard.until(file, text="new")
    watcher.close()

    assert [mine.recv(100) for mine, _ in sockets] == [b"for the program"] * 2
    assert caplog.text.count("closed descriptors") == 1


def test_where_no_others_can_be_opened_the_files_are_polled(
    start, heard, file, sockets_in_their_place, monkeypatch, caplog
):
    monkeypatch.setattr(_watching, "POLL", 0.02)
    watcher = start(file)
    monkeypatch.setattr(_inotify, "INIT", full)
    sockets = sockets_in_their_place(watcher)

    file.write_text("a longer text")
    heard.until(file, text="a longer text")
    file.write_text("another one")
    heard.until(file, text="another one")
    watcher.close()

    assert [mine.recv(100) for mine, _ in sockets] == [b"for the program"] * 2
    assert caplog.text.count("looking at the files every 0.02 s instead") == 1


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
