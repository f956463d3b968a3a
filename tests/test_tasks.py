"""Temporary tasks and asynchronous resources: they end on their loop, one after the other."""

import asyncio

import pytest

from heatsync import NoLoopError, temporary
from waiting import PATIENCE


def on_loop(project, main):
    """Runs a test on an event loop, whose errors fail it."""
    wrong = []

    async def run():
        asyncio.get_running_loop().set_exception_handler(
            lambda loop, context: wrong.append(context)
        )
        await asyncio.wait_for(main(), PATIENCE)

    asyncio.run(run())
    assert wrong == []


async def until(log, entry):
    while entry not in log:
        await asyncio.sleep(0)


TASK = """
    import asyncio
    from heatsync import temporary
    from log import said
    NAME = "a"
    async def work(name):
        said(f"{name} begins")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            said(f"{name} ends")
    task = temporary.task(work(NAME))
    """


def test_a_task_is_cancelled_and_awaited_before_the_next_one_begins(project, log):
    project.write({"app.py": TASK})

    async def main():
        project.load("app")
        await until(log, "a begins")
        project.edit("app.py", '"a"', '"b"')
        project.refresh()
        await until(log, "b begins")
        project.edit("app.py", '"b"', '"c"')
        await asyncio.to_thread(project.sync.refresh)
        await until(log, "c begins")
        project.edit("app.py", "task = temporary.task(work(NAME))", "")
        project.refresh()
        await until(log, "c ends")

    on_loop(project, main)
    assert log == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


def test_a_task_goes_on_if_the_reload_fails_and_the_new_one_never_begins(project, log):
    project.write({"app.py": TASK})

    async def main():
        app = project.load("app")
        await until(log, "a begins")
        project.edit("app.py", '"a"', '"b"')
        project.edit(
            "app.py",
            "task = temporary.task(work(NAME))",
            "task = temporary.task(work(NAME))\n1 / 0",
        )
        project.fail()
        await asyncio.to_thread(project.sync.resync, "app")
        for _ in range(5):
            await asyncio.sleep(0)
        assert log == ["a begins"]
        app.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await app.task

    on_loop(project, main)


def test_the_result_of_a_task_is_awaited_and_its_error_is_never_lost(project, caplog):
    async def fail():
        raise ValueError("lost")

    async def main():
        task = temporary.task(asyncio.sleep(0, "result"))
        assert await task == await task == "result"
        task = temporary.task(fail())
        with pytest.raises(ValueError, match="lost"):
            await task
        assert caplog.text == ""
        temporary.task(fail())
        for _ in range(5):
            await asyncio.sleep(0)
        assert "raised" in caplog.text
        assert "ValueError: lost" in caplog.text

    on_loop(project, main)


def test_a_task_that_does_not_end_is_told(project, log, caplog):
    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            while "has not ended 0.01 s after it was told to" not in caplog.text:
                await asyncio.sleep(0)
            log.append("over")

    async def main():
        task = temporary.task(stubborn(), limit=0.01)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await until(log, "over")

    on_loop(project, main)


def test_a_task_without_a_loop_is_refused_and_leaves_no_coroutine_behind():
    async def work():
        pass

    with pytest.raises(NoLoopError, match=r"test_tasks.py:\d+ has no event loop"):
        temporary.task(work())


def test_an_asynchronous_resource_is_left_by_its_own_task(project, log):
    project.write(
        {
            "app.py": """
            import asyncio, contextlib
            from heatsync import temporary
            from log import said
            NAME = "a"
            @contextlib.asynccontextmanager
            async def opened(name):
                async with asyncio.timeout(1000):  # which only the task that entered may leave
                    said(f"open {name}")
                    yield [name]
                    said(f"close {name}")
            pool = temporary.resource(opened(NAME))
            """
        }
    )

    async def main():
        app = project.load("app")
        assert await app.pool == await app.pool == ["a"]
        project.edit("app.py", '"a"', '"b"')
        project.edit("app.py", "opened(NAME))", "opened(NAME))\n1 / 0")
        project.fail()
        await asyncio.sleep(0)
        assert log == ["open a"]
        project.edit("app.py", "\n1 / 0", "")
        project.refresh()
        assert await app.pool == ["b"]
        assert log == ["open a", "close a", "open b"]
        async with project.sync:
            pass
        assert log[3:] == ["close b"]  # it was waited for

    on_loop(project, main)


def test_an_asynchronous_resource_that_cannot_be_entered_says_so(project, caplog):
    class Broken:
        async def __aenter__(self):
            raise OSError("no port")

        async def __aexit__(self, *error):
            pass

    async def main():
        with pytest.raises(OSError, match="no port"):
            await temporary.resource(Broken())
        assert caplog.text == ""

    on_loop(project, main)


def test_what_can_be_entered_both_ways_is_entered_at_once_unless_that_is_refused(project):
    class Both:
        refuses = False
        left = False

        def __enter__(self):
            if self.refuses:
                raise TypeError("use async with")
            return "at once"

        def __exit__(self, *error):
            self.left = True

        async def __aenter__(self):
            return "later"

        async def __aexit__(self, *error):
            self.left = True

    async def main():
        assert temporary.resource(Both()) == "at once"
        both = Both()
        both.refuses = True
        assert await temporary.resource(both) == "later"

    on_loop(project, main)


def test_a_task_that_is_new_in_a_thread_runs_on_the_main_thread_s_loop(project, log):
    project.write({"app.py": TASK.replace("task = temporary.task(work(NAME))", "")})

    async def main():
        project.load("app")
        project.write({"app.py": TASK})
        report = await asyncio.to_thread(project.sync.refresh)
        assert report.error is None
        await until(log, "a begins")
        project.sync.dispose()
        await until(log, "a ends")

    on_loop(project, main)
