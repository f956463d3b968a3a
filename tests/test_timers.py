"""Timers: they end with their statement, or go on if the reload fails."""

import asyncio
import threading
import time

import pytest

from heatsync import temporary
from waiting import PATIENCE, until

TICKING = """
    from heatsync import temporary
    from log import said
    NAME = "a"
    timer = temporary.interval(said, 0.001, NAME)
    """


def intervals():
    return [thread for thread in threading.enumerate() if thread.name.startswith("the interval")]


def test_an_interval_ticks_until_its_statement_runs_again(project, log):
    project.write({"app.py": TICKING})
    project.load("app")
    log.wait_for("a", 3)
    [before] = intervals()
    project.edit("app.py", '"a"', '"b"')

    assert project.refresh() == ["run app.NAME", "rerun app.timer"]
    before.join(PATIENCE)  # it may be in a call that began before
    many = log.count("a")
    log.wait_for("b", 3)
    assert log.count("a") == many

    project.edit("app.py", "timer = temporary.interval(said, 0.001, NAME)", "")
    project.refresh()
    until(lambda: not intervals())


def test_an_interval_goes_on_if_the_reload_fails_and_the_new_one_never_begins(project, log):
    project.write({"app.py": TICKING})
    app = project.load("app")
    timer = app.timer
    log.wait_for("a")
    project.edit("app.py", '"a"', '"b"')
    project.edit("app.py", "NAME)", "NAME)\n1 / 0")

    project.fail()

    log.wait_for("a", log.count("a") + 3)
    assert "b" not in log
    assert app.timer is timer


def test_a_timeout_that_falls_due_during_a_reload_that_fails_is_made_up_for(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            timer = temporary.timeout(said, 0.05, "time")
            """
        }
    )
    project.load("app")
    project.edit("app.py", '"time")', '"other")\nimport time; time.sleep(0.1)\n1 / 0')
    project.fail()

    log.wait_for("time")
    assert log == ["time"]


def test_a_timeout_comes_once(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            timer = temporary.timeout(said, 0, "time")
            later = temporary.timeout(said, 3600, "later")
            """
        }
    )
    app = project.load("app")
    log.wait_for("time")
    project.edit("app.py", "said, 0,", "said,  0,")
    app.later.cancel()

    assert project.refresh() == []
    assert log == ["time"]


def test_a_timer_s_callback_is_patched_without_any_running(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            def tick(): said("old")
            timer = temporary.interval(tick, 0.001)
            """
        }
    )
    project.load("app")
    log.wait_for("old")
    project.edit("app.py", '"old"', '"new"')

    assert project.refresh() == ["patch app.tick"]
    log.wait_for("new")


def test_what_a_timer_raises_is_logged_and_it_goes_on(project, log, caplog):
    project.write(
        {
            "app.py": """
            from heatsync import temporary
            from log import said
            def tick():
                said("tick")
                raise SystemExit(3)
            timer = temporary.interval(tick, 0.001)
            """
        }
    )
    project.load("app")
    log.wait_for("tick", 3)

    assert "app.py:6 raised" in caplog.text


def test_on_an_event_loop_a_timer_ticks_there(project, log):
    project.write(
        {
            "app.py": """
            import asyncio
            from heatsync import temporary
            from log import said
            NAME = "a"
            async def tick(name):
                said((name, asyncio.get_running_loop()))
            timer = temporary.interval(tick, 0.001, NAME)
            """
        }
    )

    async def main():
        loop = asyncio.get_running_loop()
        ticks = lambda name, more=3: come(lambda: log.count((name, loop)) >= more)  # noqa: E731
        project.load("app")
        await ticks("a")
        project.edit("app.py", '"a"', '"b"')
        project.refresh()
        await ticks("b")
        project.edit("app.py", '"b"', '"c"')
        report = await asyncio.to_thread(project.sync.refresh)  # as the watcher's thread does
        assert report.error is None
        await ticks("c")
        assert not intervals()
        project.edit("app.py", "NAME)", "NAME)\n1 / 0")
        project.fail()
        await ticks("c", log.count(("c", loop)) + 3)

    asyncio.run(main())


def test_calls_of_a_coroutine_function_do_not_overlap(log):
    async def main():
        go, under_way = asyncio.Event(), []

        async def tick():
            under_way.append(True)
            log.append(len(under_way))
            await go.wait()
            under_way.pop()

        timer = temporary.interval(tick, 0.001)
        await come(lambda: log)
        await asyncio.sleep(0.01)  # many are left out
        go.set()
        await come(lambda: len(log) > 3)
        timer.cancel()
        await come(lambda: not under_way)

    asyncio.run(main())
    assert {*log} == {1}


async def come(true):
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0)


def test_a_loop_that_is_being_closed_begins_no_coroutine_that_it_would_not_end(log):
    async def tick():
        log.append("tick")

    async def main():
        timer = temporary.interval(tick, 1e-6)
        lasting = asyncio.create_task(lingering())
        await come(lambda: log)
        assert not lasting.done()
        return timer

    async def lingering():
        try:
            await asyncio.Event().wait()
        finally:
            log.append("closing")
            await asyncio.sleep(0.01)  # in which the timer falls due again and again
            log.append("closed")

    asyncio.run(main()).cancel()
    assert log[-2:] == ["closing", "closed"]


LOOPS = ["asyncio", "uvloop", "trio", "anyio on asyncio", "anyio on trio"]


def run_on(loop, main):
    """Runs a coroutine function on the real loop, and gives the `sleep` that it has."""
    if "trio" in loop:
        trio = pytest.importorskip("trio", reason="trio is not installed")
    if loop == "trio":
        trio.run(main, trio.sleep)
    elif loop == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main(asyncio.sleep))
    elif loop == "asyncio":
        asyncio.run(main(asyncio.sleep))
    else:
        anyio = pytest.importorskip("anyio")
        anyio.run(main, anyio.sleep, backend=loop.removeprefix("anyio on "))


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_timer_ticks_where_the_loop_runs(project, log, loop, kind):
    project.write(
        {
            "app.py": f"""
            import threading
            from heatsync import temporary
            from log import said
            NAME = "a"
            {kind} tick(name): said((name, threading.current_thread()))
            timer = temporary.interval(tick, 0.001, NAME)
            """
        }
    )
    here = threading.current_thread()

    async def main(sleep):
        async def ticks(name, many):
            limit = time.monotonic() + PATIENCE
            while log.count((name, here)) < many:
                assert time.monotonic() < limit
                await sleep(0.001)

        app = project.load("app")
        await ticks("a", 3)
        project.edit("app.py", '"a"', '"b"')
        assert project.refresh() == ["run app.NAME", "rerun app.timer"]
        await ticks("b", 3)
        project.edit("app.py", '"b"', '"c"')
        project.edit("app.py", "NAME)", "NAME)\n1 / 0")
        project.fail()
        await ticks("b", log.count(("b", here)) + 3)
        app.timer.cancel()

    run_on(loop, main)
    assert {thread for _, thread in log} == {here}
    until(lambda: not intervals())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_timer_ends_with_its_loop_and_no_error(log, caplog, loop):
    async def tick():
        log.append("tick")

    async def main(sleep):
        made.append(temporary.interval(tick, 0.0001))
        while not log:
            await sleep(0.001)

    made = []
    run_on(loop, main)
    made[0].cancel()
    until(lambda: not intervals())
    assert caplog.text == ""


def test_a_timer_refuses_a_time_that_is_none():
    with pytest.raises(ValueError, match="seconds is -1: give seconds, 0 or more"):
        temporary.timeout(print, -1)
    with pytest.raises(ValueError, match="seconds is 0: give seconds, more than 0"):
        temporary.interval(print, 0)


def test_a_failed_first_import_leaves_nothing_ticking(project, log):
    project.write({"app.py": TICKING + "\n    1 / 0\n"})
    with pytest.raises(ZeroDivisionError):
        project.load("app")
    until(lambda: not intervals())
