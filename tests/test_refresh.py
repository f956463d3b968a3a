"""refresh() and texts that are only half there: emptied to be filled, or still being written to."""

from __future__ import annotations

import time

import pytest

from heatsync import Heatsync, _applying
from heatsync._looking import is_fresh
from heatsync._resident.texts import signature
from waiting import until

TEXT = "SPEED = 1\nSTATE = {}\ndef f(): return SPEED\n"


@pytest.fixture
def pauses(monkeypatch):
    """What is done while refresh() waits, one after another."""
    todo, slept = [], []

    def sleep(seconds):
        slept.append(seconds)
        for do in todo[:1]:
            del todo[0]
            do()

    monkeypatch.setattr(_applying.time, "sleep", sleep)
    return todo, slept


def test_a_file_that_is_emptied_and_then_filled_is_one_edit(project, pauses):
    project.write({"app.py": TEXT})
    app = project.load("app")
    app.STATE["score"] = 7
    todo, slept = pauses
    project.write({"app.py": ""})
    todo += [lambda: None, lambda: project.write({"app.py": TEXT.replace("1", "2")})]

    assert project.sync.refresh().trace == ["run app.SPEED"]

    assert (app.f(), app.STATE, len(slept)) == (2, {"score": 7}, 2)


def test_a_file_that_stays_empty_is_applied_after_a_while(project):
    project.write({"app.py": TEXT})
    app = project.load("app")
    project.write({"app.py": ""})
    began = time.monotonic()

    assert project.refresh() == ["drop app.SPEED", "drop app.STATE", "drop app.f"]

    assert time.monotonic() - began >= 0.05
    assert not hasattr(app, "f")


def test_what_the_watcher_sees_being_written_is_left_for_later(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "half_there.py"
    file.write_text(TEXT)
    with Heatsync(apply="manual") as sync:
        sync.track(tmp_path)
        app = __import__("half_there")
        sync.refresh()
        with open(file, "w") as opened:
            opened.write(TEXT.replace("1", "2").partition("def")[0])
            opened.flush()

            assert sync.refresh() is None
            assert app.f() == 1

            opened.write("def f(): return SPEED\n")
        assert sync.refresh().trace == ["run half_there.SPEED"]
        assert app.f() == 2


def test_a_file_that_was_another_one_when_it_came_to_be_watched_is_applied(tmp_path, monkeypatch):
    """Nothing says that more of it is to come."""
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "came_later.py"
    file.write_text(TEXT)
    until(lambda: not is_fresh(signature(str(file))))
    with Heatsync(apply="manual") as sync:
        sync.track(tmp_path)
        with sync._watcher._lock:  # it does not see to it before it was written
            app = __import__("came_later")
            file.write_text(TEXT.replace("1", "2"))

            report = sync.refresh()

        assert report.trace == ["run came_later.SPEED"]
        assert app.f() == 2
