"""A Heatsync that a live file makes: it ends when its statement runs again, and another takes its place."""

import threading

import pytest

from heatsync import DisposedError, _sharing
from heatsync._resident.live import LIVE
from waiting import until

WITHIN = """
from heatsync import Heatsync, remember
WATCH = False
sync = {made}
sync.track({root!r})
heard = []
@sync.events.on("any")
def hear(file): heard.append(file)
"""


@pytest.fixture
def within(project):
    """An application that makes its own Heatsync, and a library that both keep live."""

    def load(made="Heatsync(watch=WATCH)"):
        text = WITHIN.format(made=made, root=str(project.root))
        project.write({"app.py": text, "lib.py": "V = 1\n"})
        app, lib = project.load("app"), project.load("lib")
        loaded.append(app)
        return app, lib

    loaded = []
    yield load
    for app in loaded:
        app.sync.dispose()


def is_over(sync):
    try:
        sync.checkpoint()
    except DisposedError:
        return True
    return False


def test_it_ends_and_the_new_one_has_all_that_it_had(project, within):
    app, lib = within()
    first = app.sync
    project.edit("app.py", "watch=WATCH", "watch=WATCH, debounce=1")

    assert project.refresh() == ["run app.sync", "rerun app:4", "rerun app.hear"]

    assert is_over(first)
    assert not is_over(app.sync)
    project.edit("lib.py", "V = 1", "V = 2")
    assert app.sync.refresh().trace == ["run lib.V"]
    assert lib.V == 2
    assert app.heard == [f"{project.root}/app.py", f"{project.root}/lib.py"]


def test_it_goes_on_if_the_reload_fails_and_the_new_one_ends(project, within):
    app, _ = within()
    first, members = app.sync, list(_sharing.MEMBERS)
    project.write({"app.py": project.read("app.py") + "1 / 0\n"})
    project.edit("app.py", "watch=WATCH", "watch=WATCH, debounce=1")

    assert isinstance(project.fail(), ZeroDivisionError)

    assert app.sync is first
    assert not is_over(first)
    assert members == _sharing.MEMBERS


def test_it_ends_when_its_statement_is_taken_out(project, within):
    app, _ = within()
    first = app.sync
    project.write({"app.py": "X = 1\n"})
    project.refresh()
    assert is_over(first)
    app.sync = first


def test_one_that_is_remembered_goes_on_with_its_statement(project, within):
    app, _ = within("remember(lambda: Heatsync(watch=WATCH))")
    first = app.sync
    project.edit("app.py", "remember(lambda:", "remember(lambda :")
    project.edit("app.py", "watch=WATCH", "watch=WATCH, debounce=1")
    project.refresh()

    assert app.sync is first
    assert not is_over(first)
    project.edit("lib.py", "V = 1", "V = 2")
    assert first.refresh().trace == ["run lib.V"]


def test_an_edit_elsewhere_leaves_it_alone(project, within):
    app, _ = within()
    first = app.sync
    project.edit("app.py", "heard = []", "heard = ['more']")
    project.refresh()
    assert app.sync is first
    assert not is_over(first)


def test_it_may_apply_its_own_end(tmp_path, monkeypatch, fresh_modules):
    """In its own watcher's thread, where nobody else keeps the file live."""
    monkeypatch.syspath_prepend(tmp_path)
    text = WITHIN.format(made="Heatsync(watch=WATCH)", root=str(tmp_path))
    (tmp_path / "app.py").write_text(text.replace("WATCH = False", "WATCH = True"))
    import app

    first = app.sync
    first.track(tmp_path)
    sync = first.require(tmp_path / "app.py").sync
    assert sync is first
    (tmp_path / "next.py").write_text(
        text.replace("False", "True").replace("=WATCH", "=WATCH, debounce=1")
    )
    (tmp_path / "next.py").replace(tmp_path / "app.py")
    until(lambda: app.sync is not first and is_over(first))
    second = app.sync
    (tmp_path / "next.py").write_text(text.replace("False", "True") + "X = 5\n")
    (tmp_path / "next.py").replace(tmp_path / "app.py")
    until(lambda: getattr(app, "X", 0) == 5)
    until(lambda: is_over(second))
    app.sync.dispose()
    until(lambda: "heatsync-watcher" not in {t.name for t in threading.enumerate()})
    assert not LIVE.modules


def test_one_that_a_function_makes_is_nobodys(project):
    project.write(
        {
            "app.py": """
            from heatsync import Heatsync
            def make(): return Heatsync(watch=False)
            X = 1
            """
        }
    )
    app = project.load("app")
    sync = app.make()
    project.edit("app.py", "X = 1", "X = 2")
    project.refresh()
    project.sync.dispose()
    assert not is_over(sync)
    sync.dispose()


def test_what_a_remembered_value_was_made_with_goes_on_with_it(project, log):
    project.write(
        {
            "app.py": """
            from heatsync import on_dispose, remember
            from log import said
            def make(name):
                on_dispose(lambda: said(f"end of {name}"))
                return name
            value = remember(lambda: make("a"))
            """
        }
    )
    app = project.load("app")
    project.edit("app.py", 'make("a"))', 'make("b"))')
    assert project.refresh() == ["rerun app.value"]
    assert (app.value, log) == ("a", [])
    project.sync.dispose()
    assert log == ["end of a"]
