"""import_: the same as require, with the reading and compiling off the event loop."""

import asyncio
import inspect
import os
import sys
import threading

import pytest

from heatsync import DisposedError, NotFoundError, RefusedError, _importing
from heatsync._resident.live import LIVE


@pytest.fixture
def threads(monkeypatch):
    """The threads in which files were read, by the file's name."""
    seen = {}
    read = _importing.read

    def noting(file):
        seen.setdefault(os.path.basename(file), []).append(threading.get_ident())
        return read(file)

    monkeypatch.setattr(_importing, "read", noting)
    return seen


def test_it_gives_what_require_gives(project):
    project.write({"a.py": "", "pkg/__init__.py": "", "settings.json": '{"x": 1}'})
    root, sync = project.root, project.sync

    async def main():
        assert await sync.import_(root / "a") is project.load("a")
        assert await sync.import_("pkg") is project.load("pkg")
        settings = await sync.import_(str(root / "settings.json"))
        ids = [root / "settings.json", "a", root / "pkg"]
        assert await sync.import_(ids) == [settings, project.load("a"), project.load("pkg")]
        assert await sync.import_([]) == []

    asyncio.run(main())


def test_reading_and_compiling_are_done_off_the_loop_and_running_on_it(project, threads):
    project.write({"a.py": "import threading\nTHREAD = threading.get_ident()", "s.json": "{}"})

    async def main():
        a, _ = await project.sync.import_([project.root / "a.py", project.root / "s.json"])
        return a

    assert threading.get_ident() == asyncio.run(main()).THREAD
    assert threading.get_ident() not in threads["a.py"] + threads["s.json"]


def test_the_loop_goes_on_meanwhile(project, monkeypatch):
    project.write({"a.py": ""})
    compiled, read = threading.Event(), _importing.read

    def waiting(file):
        if file.endswith("a.py"):
            assert compiled.wait(20)
        return read(file)

    monkeypatch.setattr(_importing, "read", waiting)

    async def main():
        task = asyncio.ensure_future(project.sync.import_(project.root / "a.py"))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not task.done()
        compiled.set()
        return await task

    assert asyncio.run(main()).__name__ == "a"


def test_calls_at_the_same_time_load_a_file_once(project):
    project.write(
        {"a.py": "import sys\nsys.a_runs = getattr(sys, 'a_runs', 0) + 1", "s.json": "{}"}
    )

    async def main():
        ids = [project.root / "a.py", project.root / "s.json"]
        return await asyncio.gather(*[project.sync.import_(ids) for _ in range(10)])

    found = asyncio.run(main())

    assert sys.a_runs == 1
    del sys.a_runs
    assert len({(id(module), id(value)) for module, value in found}) == 1
    assert not _importing._PREPARED


def test_the_text_that_was_read_is_the_one_that_is_remembered(project):
    project.write({"a.py": "X = 1"})

    async def main():
        return await project.sync.import_(project.root / "a.py")

    a = asyncio.run(main())
    assert project.sync.refresh() is None
    project.edit("a.py", "1", "2")
    assert project.refresh() == ["run a.X"]
    assert a.X == 2


@pytest.mark.parametrize("name", ["a.py", "s.json"])
def test_a_file_that_changed_between_its_reading_and_its_running_is_read_again(
    project, monkeypatch, name
):
    project.write({"a.py": "X = 1", "s.json": '{"X": 1}'})
    prepare = _importing.prepare

    def and_then_saved(file, make):
        prepare(file, make)
        project.edit(name, "1", "2")

    monkeypatch.setattr(_importing, "prepare", and_then_saved)

    async def main():
        return await project.sync.import_(project.root / name)

    loaded = asyncio.run(main())
    assert (loaded["X"] if name == "s.json" else loaded.X) == 2
    assert project.sync.refresh() is None


def test_its_bytecode_is_kept_as_for_any_import(project):
    project.write({"a.py": "X = 1"})

    async def main():
        return await project.sync.import_(project.root / "a.py")

    assert os.path.exists(asyncio.run(main()).__cached__)


def test_a_path_is_relative_to_the_file_that_calls_also_from_a_task(project):
    project.write({"a.py": "def get(sync): return sync.import_('./b')", "b.py": ""})
    a = project.load("a")

    async def main():
        return await asyncio.create_task(a.get(project.sync))

    assert asyncio.run(main()) is project.load("b")


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        ("./missing", NotFoundError),
        ("sys", RefusedError),
        ("bad.py", ZeroDivisionError),
        ("worse.py", SyntaxError),
    ],
)
def test_first_errors_go_to_the_caller_and_nothing_is_left(project, id_, kind):
    project.write({"bad.py": "1 / 0", "worse.py": "def", "good.py": ""})
    before = dict(sys.modules)
    id_ = str(project.root / id_) if id_.endswith(".py") else id_

    async def main():
        before.update(sys.modules)
        with pytest.raises(kind):
            await project.sync.import_([project.root / "good.py", id_])

    asyncio.run(main())
    assert {name for name in sys.modules if name in ("good", "bad", "worse")} == set()
    assert not LIVE.modules
    assert not _importing._PREPARED
    assert not project.sync._keeper.claimed


def test_a_cancelled_call_leaves_nothing(project):
    project.write({"a.py": ""})

    async def main():
        task = asyncio.ensure_future(project.sync.import_(project.root / "a.py"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert "a" not in sys.modules
    assert not LIVE.modules


def test_disposed_of_meanwhile_it_says_so(project):
    project.write({"a.py": ""})

    async def main():
        waiting = project.sync.import_(project.root / "a.py")
        project.sync.dispose()
        with pytest.raises(DisposedError, match=r"import_\(\)"):
            await waiting

    asyncio.run(main())
    assert "a" not in sys.modules


def test_it_is_awaited_and_not_run_before(project):
    project.write({"a.py": ""})

    waiting = project.sync.import_(project.root / "a.py")

    assert inspect.iscoroutine(waiting)
    assert "a" not in sys.modules
    waiting.close()
