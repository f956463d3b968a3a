"""What goes on as it was before a reload: calls in progress, generators, coroutines, the program."""

import asyncio
import gc
import importlib
import threading

import pytest

from heatsync import Kind


@pytest.fixture
def app(project, monkeypatch):
    """Loads a module named app."""

    def load(text):
        monkeypatch.chdir(project.root)
        project.write({"app.py": text})
        return project.load("app")

    return load


TICKS = """
import os
def ticks():
    for n in range(9):
        yield n
def others():
    yield 1
    yield 2
"""


def test_a_generator_that_has_begun(app, project):
    module = app(TICKS)
    ticks, others = module.ticks(), module.others()
    next(ticks), next(others)
    project.edit("app.py", "range(9)", "range(8)")

    report = project.report()

    [old] = report.still_old
    assert old == "a generator of app.ticks goes on as it was, at line 4 of the previous app.py"
    assert (old.kind, old.ref, old.line, old.many, old.who) == (
        Kind.GENERATOR,
        "app.ticks",
        4,
        1,
        (),
    )
    assert old.file == str(project.root / "app.py")
    assert report.explain().split("\n") == [
        "app.ticks was patched: its body was edited at line 2 of app.py",
        old,
    ]
    assert report.trace == ["patch app.ticks"]
    assert report.notes == ()
    ticks.close()
    assert report.still_old == []


def test_generators_that_stand_at_the_same_place_are_told_together(app, project):
    module = app(TICKS)
    begun = [module.ticks() for _ in range(3)]
    for each in begun:
        next(each)
    begun.append(module.ticks())
    project.edit("app.py", "range(9)", "range(8)")

    assert project.report().still_old == [
        "a generator of app.ticks goes on as it was, at line 2 of the previous app.py",
        "3 generators of app.ticks go on as they were, at line 4 of the previous app.py",
    ]


def test_what_only_moved_is_not_old(app, project):
    module = app(TICKS)
    ticks = module.ticks()
    next(ticks)
    project.edit("app.py", "import os\n", "import os\n\n\nX = 1\n")

    assert project.report().still_old == []


def test_what_was_edited_and_is_as_before_again_is_not_old(app, project):
    module = app(TICKS)
    ticks = module.ticks()
    next(ticks)
    project.edit("app.py", "range(9)", "range(8)")
    first = project.report()
    between = module.ticks()
    project.edit("app.py", "range(8)", "range(9)")
    second = project.report()

    assert first.still_old == second.still_old
    assert second.still_old == [
        "a generator of app.ticks goes on as it was, at line 2 of the previous app.py"
    ]
    between.close()
    assert second.still_old == []


def test_a_generator_of_a_function_that_is_gone(app, project):
    module = app(TICKS)
    others = module.others()
    next(others)
    project.edit("app.py", "def others():\n    yield 1\n    yield 2\n", "")

    assert project.report().still_old == [
        "a generator of app.others goes on as it was, at line 6 of the previous app.py"
    ]


def test_generators_that_were_made_within_functions_and_in_classes(app, project):
    module = app(
        """
        class Box:
            @classmethod
            def all(cls):
                yield 1
                yield 2
            def squares(self):
                return (n * n for n in range(3))
        """
    )
    every, squares = module.Box.all(), module.Box().squares()
    next(every), next(squares)
    project.edit("app.py", "yield 1", "yield 7")
    assert project.report().still_old == [
        "a generator of app.Box.all goes on as it was, at line 4 of the previous app.py"
    ]

    project.edit("app.py", "n * n", "n * n * n")
    assert [old.ref for old in project.report().still_old] == [
        "app.Box.all",
        "app.Box.squares.<locals>.<genexpr>",
    ]


def test_coroutines_of_tasks_and_an_async_generator(app, project):
    module = app(
        """
        async def outer(go):
            await inner(go)
        async def inner(go):
            await go.wait()
        async def stream():
            yield 1
            yield 2
        """
    )

    async def main():
        go, stream = asyncio.Event(), module.stream()
        await anext(stream)
        tasks = [asyncio.create_task(module.outer(go), name=f"worker {n}") for n in range(2)]
        await asyncio.sleep(0)
        text = project.read("app.py")
        project.write({"app.py": text.replace("go.wait()", "go.wait() or 1").replace("2", "3")})
        report = project.report()
        assert report.still_old == [
            "2 coroutines of app.inner (tasks worker 0, worker 1) go on as they were, "
            "at line 4 of the previous app.py",
            "an async generator of app.stream goes on as it was, at line 6 of the previous app.py",
        ]
        assert report.still_old[0].who == ("worker 0", "worker 1")
        go.set()
        await asyncio.gather(*tasks)
        await stream.aclose()
        assert report.still_old == []

    asyncio.run(main())


def test_a_thread_inside_a_function(app, project):
    module = app("def f(entered, go):\n    entered.set()\n    go.wait(20)\n")
    entered, go = threading.Event(), threading.Event()
    thread = threading.Thread(target=module.f, args=(entered, go), name="worker")
    thread.start()
    entered.wait(20)
    project.edit("app.py", "go.wait(20)", "go.wait(10)")

    report = project.report()
    old = report.still_old
    go.set()
    thread.join()

    assert old == ["app.f goes on as it was in thread worker, at line 3 of the previous app.py"]
    assert (old[0].kind, old[0].who) == (Kind.CALL, ("worker",))
    assert report.still_old == []


def test_the_function_that_asked_for_the_reload(app, project):
    module = app("def loop(refresh):\n    return refresh().still_old\n")
    project.edit("app.py", "return refresh()", "return  (refresh or 1)()")

    [old] = module.loop(project.sync.refresh)

    assert old == (
        "app.loop goes on as it was in thread MainThread, at line 2 of the previous app.py"
    )


def test_a_call_that_is_passed_on_to_new_code_is_not_old(app, project):
    module = app(
        """
        class Base:
            def go(self, refresh): return refresh()
        class Part(Base):
            def go(self, refresh): return refresh()
        """
    )
    held = module.Part.go
    project.edit(
        "app.py",
        "Part(Base):\n    def go(self, refresh): return refresh()",
        "Part(Base):\n    def go(self, refresh): return super().go(refresh)",
    )
    project.refresh()
    project.edit("app.py", "Part(Base):", "Part(Base):\n    x = 1")

    report = held(module.Part(), project.sync.refresh)

    assert report.trace == ["run app.Part.x"]
    assert report.still_old == []


def test_the_program_is_among_what_is_old(app, project):
    app("if __name__ == '__main__':\n    X = 1\n")
    project.edit("app.py", "X = 1", "X = 2")

    report = project.report()

    [old] = report.still_old
    assert old == (
        "app.py:1 is the program itself, which is not run again: restart to run the new version"
    )
    assert (old.kind, old.ref, old.line) == (Kind.PROGRAM, "app:1", 1)
    assert report.notes == (old,)
    assert report.explain() == f"app.py: no code changed ({report.seconds * 1000:.1f} ms)\n{old}"


def test_objects_that_stay_with_the_previous_class(app, project):
    # With a `__del__`, so that they are not made anew.
    module = app("class Box:\n    __slots__ = ('a',)\n    def __del__(self): pass\n")
    boxes = [module.Box(), module.Box()]
    project.edit("app.py", "('a',)", "('a', 'b')")

    report = project.report()

    [old] = report.still_old
    assert (old.kind, old.ref, old.many) == (Kind.INSTANCE, "app.Box", len(boxes))
    assert old == "2 objects are still of the previous class Box: its layout changed"
    assert report.explain().split("\n")[1:] == [old]


def test_after_an_error_nothing_is_old(app, project):
    module = app(TICKS)
    ticks = module.ticks()
    next(ticks)
    project.edit("app.py", "import os\n", "import os\nX = 1 / 0\n")
    project.edit("app.py", "range(9)", "range(8)")

    assert project.report().still_old == []


def test_a_reload_does_not_look_through_the_heap_for_it(app, project, monkeypatch):
    module = app(TICKS)
    ticks = module.ticks()
    next(ticks)
    project.edit("app.py", "range(9)", "range(8)")
    looked = []
    look = gc.get_objects
    monkeypatch.setattr(gc, "get_objects", lambda: looked.append(1) or look())

    report = project.report()
    assert (str(report), looked) == (
        f"app.py: patch app.ticks ({report.seconds * 1000:.1f} ms)",
        [],
    )
    assert report.still_old
    assert looked


WAITS = {
    "a generator": "def waits():\n    yield\n    yield helper()\n",
    "a generator expression": "def waits(): return (helper() for _ in range(2))\n",
    "a generator in a class": (
        "class Box:\n"
        "    def all(self):\n        yield\n        yield helper()\n"
        "def waits(): return Box().all()\n"
    ),
}


@pytest.mark.parametrize("meanwhile", [[], ["2", "3"], ["importlib.reload"]])
@pytest.mark.parametrize("text", WAITS.values(), ids=WAITS)
def test_what_a_waiting_call_reads_stays_whatever_later_texts_read(project, text, meanwhile):
    project.write({"app.py": "def helper(): return 1\n" + text})
    app = project.load("app")
    waiting = app.waits()
    if "(helper" not in text:
        next(waiting)

    for number in meanwhile:
        project.write({"app.py": "def helper(): return 1\n" + text.replace("helper()", number)})
        if number == "importlib.reload":
            importlib.reload(app)
        else:
            project.refresh()
    project.write({"app.py": "def waits(): pass\n"})
    report = project.report()

    assert report.error is None
    assert [note for note in report.notes if note.startswith("app.helper is kept for ")]
    assert next(waiting) == 1
