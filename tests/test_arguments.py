"""What cannot be meant is refused at the call, and the message says what to give."""

from __future__ import annotations

import pytest

from heatsync import Heatsync, forget, on_dispose, temporary

WRONG = {
    "no id": (lambda sync: sync.require(None), "None is no id: give a path or a name"),
    "bytes": (lambda sync: sync.require(b"./x.py"), "is no id: give a path or a name"),
    "several": (lambda sync: sync.resync(["./a.py"]), r"call it once for each"),
    "a list of roots": (lambda sync: sync.track(["."]), r"is no folder: give each as a str"),
    "a text to call": (lambda sync: sync.apply_at("x"), "schedule is 'x': give a function"),
    "a number to call": (lambda sync: on_dispose(3), "callback is 3: give a function"),
    "a text to undo": (lambda sync: on_dispose(print, undo="x"), "undo is 'x': give a function"),
    "a timer of nothing": (lambda sync: temporary.timeout(3, 30), "callback is 3: give a function"),
    "a text for seconds": (lambda sync: temporary.timeout(print, "3"), "give a number of seconds"),
    "a thread of nothing": (lambda sync: temporary.thread(3), "target is 3: give a function"),
    "a task of nothing": (lambda sync: temporary.task(3), "coroutine is 3: call the coroutine"),
    "a function for a task": (lambda sync: temporary.task(print), "call the coroutine function"),
    "a name of a module": (lambda sync: forget(module="m"), "give the module itself"),
    "a text to wait": (lambda sync: Heatsync(debounce="1"), "debounce is '1': give a number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_of_another_kind(name):
    call, words = WRONG[name]
    with Heatsync(watch=False) as sync, pytest.raises(TypeError, match=words):
        call(sync)


@pytest.mark.parametrize("seconds", [float("inf"), 1e12, float("nan"), 0])
def test_no_time_to_wait(seconds):
    with pytest.raises(ValueError, match="give seconds, more than 0, and no more than"):
        temporary.interval(print, seconds)
