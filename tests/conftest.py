"""What the tests share: a project of real files in a folder of its own, kept live without a watcher."""

from __future__ import annotations

import gc
import importlib
import linecache
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from heatsync import Heatsync, Report
from heatsync._resident.live import LIVE
from waiting import Lines
from watchers import Heard, file_in, watchers

# Who starts the tests in the background of a shell has them ignore Ctrl-C, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="module")
def _small_heap() -> None:
    """Takes what earlier tests and their libraries loaded out of the heap that reloads look through.

    It is a hundred times what the program of a test has, and a look through it so much slower.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def whole_heap() -> None:
    """For tests in which something that was there before holds what the program has."""
    gc.unfreeze()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Who looks through the heap in the end sees all of it."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Libraries are loaded last: every reload looks through what is there by then."""
    items.sort(key=lambda item: item.get_closest_marker("needs") is not None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            pytest.importorskip(name, exc_type=ImportError)


class Project:
    """Files, the modules made of them, and a Heatsync that keeps them live."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sync = Heatsync(watch=False)
        self.sync.track(root)

    def write(self, files: dict[str, str | bytes]) -> None:
        """Writes files; texts are dedented."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, str):
                path.write_text(textwrap.dedent(text).removeprefix("\n"), "utf-8")
            else:
                path.write_bytes(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")

    def load(self, name: str) -> Any:
        """Imports a module as any program would."""
        return importlib.import_module(name)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a text that stands exactly once in a file."""
        text = self.read(name)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (self.root / name).write_text(text.replace(old, new), "utf-8")

    def delete(self, name: str) -> None:
        (self.root / name).unlink()

    def report(self) -> Report:
        """Applies what is pending; something must be."""
        plan = self.sync.plan()  # first, as it must not make a difference
        report = self.sync.refresh()
        assert report is not None, "nothing was pending"
        assert plan is not None
        assert {*plan.files} == {*report.files}
        return report

    def refresh(self) -> list[str]:
        """Applies what is pending, which must succeed, and gives the whole trace."""
        report = self.report()
        if report.error is not None:
            raise report.error
        return report.trace

    def fail(self) -> BaseException:
        """Applies what is pending, which must fail, and gives the error."""
        report = self.report()
        assert report.error is not None, report
        assert report.steps == ()
        return report.error

    def fail_leaving(self, thing: object) -> BaseException:
        """The same, where an object is left as it was, with the very attributes."""
        own, before = thing.__dict__, dict(thing.__dict__)
        error = self.fail()
        assert thing.__dict__ is own
        assert own == before
        return error

    def edit_fails(self, thing: object, name: str, old: str, new: str) -> None:
        """An edit that fails leaves an object as it was; it is taken back."""
        text = self.read(name)
        self.edit(name, old, new)
        self.fail_leaving(thing)
        self.write({name: text})
        self.sync.refresh()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    root = tmp_path / "project"
    root.mkdir()
    # A machine may have it set, which would hide what stale bytecode does.
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(root)
    modules = dict(sys.modules)
    project = Project(root)
    yield project
    project.sync.dispose()
    for name in sys.modules.keys() - modules.keys():
        spec = getattr(sys.modules[name], "__spec__", None)  # a folder alone has no file
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
        file = getattr(sys.modules[name], "__file__", None)
        if any(str(place).startswith(str(root)) for place in (file, *places)):
            del sys.modules[name]
    # Python keeps what it knows of each folder for good, and looks through it all the time.
    for path in [path for path in sys.path_importer_cache if path.startswith(str(root))]:
        del sys.path_importer_cache[path]
    linecache.clearcache()


@pytest.fixture
def log(project: Project) -> Lines:
    """What the code of a project says, by `from log import said`."""
    project.write({"log.py": "said = None\n"})
    module = project.load("log")
    module.lines = Lines()
    module.said = module.lines.append
    lines: Lines = module.lines
    return lines


@pytest.fixture(autouse=True)
def _nothing_is_left_alive() -> Iterator[None]:
    finders, threads = list(sys.meta_path), set(threading.enumerate())
    yield
    if LIVE.modules or sys.meta_path != finders:  # collecting costs more than most tests
        gc.collect()
    assert sys.meta_path == finders
    assert {
        thread for thread in threading.enumerate() if thread.name.startswith("heatsync")
    } <= threads
    assert not LIVE.modules, "a Heatsync was not disposed of"
    assert not LIVE.data


@pytest.fixture
def fresh_modules() -> Iterator[dict[str, ModuleType]]:
    """For tests that import on their own: what they imported is forgotten afterwards."""
    before = dict(sys.modules)
    yield before
    for name in sys.modules.keys() - before.keys():
        del sys.modules[name]


# ------------------------------------------------------------------ of a watcher by itself


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def start(heard: Heard) -> Iterator[Any]:
    with watchers(heard) as start:
        yield start


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return file_in(tmp_path)
