"""Files that are imported: watched as soon as the imports pause, and no write is missed meanwhile."""

from __future__ import annotations

import itertools
import math
import os

from heatsync._looking import is_fresh
from heatsync._newcomers import LONGEST, PAUSE, Newcomers
from heatsync._resident.texts import signature
from waiting import until
from watchers import NEVER

SIGNS = (1, 2, 3, 4)


def aged(file):
    """Its signs, once they would show another write."""
    os.utime(file, ns=(10**18, 10**18))
    until(lambda: not is_fresh(signature(file)))
    return signature(file)


# ------------------------------------------------------------------ when they are complete


def test_whoever_sees_to_them_is_woken_for_the_first():
    newcomers = Newcomers()

    assert newcomers.due() == math.inf
    assert [newcomers.add(name, SIGNS) for name in "abc"] == [True, False, False]
    assert newcomers.due() == -math.inf


def test_they_are_complete_when_none_has_come_for_a_while():
    newcomers = Newcomers()
    newcomers.add("a", SIGNS)

    assert not newcomers.are_complete(10.0)
    newcomers.add("b", SIGNS)
    assert not newcomers.are_complete(10.04)
    assert newcomers.due() == 10.04 + PAUSE
    assert not newcomers.are_complete(10.08)
    assert newcomers.are_complete(10.04 + PAUSE)

    assert list(newcomers.take()) == [("a", SIGNS), ("b", SIGNS)]
    assert not newcomers.are_complete(20.0)
    assert newcomers.add("c", SIGNS)


def test_a_long_import_is_not_waited_for():
    newcomers = Newcomers()
    for number in itertools.count():
        newcomers.add(str(number), SIGNS)
        if newcomers.are_complete(now := 10 + number * 0.04):
            break

    assert LONGEST <= now - 10 < LONGEST + 0.1


# ------------------------------------------------------------------------ real files


def test_a_save_after_the_imports_paused_is_told(start, heard, file):
    watcher = start(debounce=NEVER)
    assert not watcher.watch_soon(str(file), aged(file))
    until(lambda: watcher._newcomers.due() == math.inf)
    watcher.moment()  # after it has done what it is at

    file.write_text("new")

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_a_save_before_they_paused_is_told_too(start, heard, file):
    watcher = start(debounce=0.01)
    signs = aged(file)
    file.write_text("new")

    assert not watcher.watch_soon(str(file), signs)

    assert heard.next() == ({str(file)}, {str(file): "new"})


def test_who_reads_files_learns_of_one_that_was_written_since_it_was_imported(start, file):
    watcher = start(debounce=NEVER)
    signs = aged(file)
    before = watcher.moment()
    assert not watcher.watch_soon(str(file), signs)
    file.write_text("new")

    assert watcher.is_unfinished([str(file)], before)


def test_a_file_whose_next_write_would_not_show_is_watched_at_once(start, heard, file):
    watcher = start(debounce=NEVER)
    file.write_text("just now")

    assert watcher.watch_soon(str(file), signature(file))  # to be read again

    file.write_text("new")
    heard.until(file, text="new")


def test_one_that_nobody_wants_any_more_is_not_watched(start, heard, file):
    watcher = start(debounce=NEVER)
    watcher.watch_soon(str(file), aged(file))
    watcher.unwatch([str(file)])
    watcher.moment()

    file.write_text("new")

    assert heard.nothing()


def test_files_that_are_only_looked_at_are_taken_in_as_well(start, heard, file):
    watcher = start(debounce=0.01, poll=0.02)
    signs = aged(file)
    file.write_text("new")
    watcher.watch_soon(str(file), signs)

    heard.until(file, text="new")


def test_a_program_that_saves_while_it_imports_runs_the_new_text(project):
    """The module is written in the middle of its own import."""
    project.write({"app.py": "import lib\nX = lib.X\n", "lib.py": "import other\nX = 1\n"})
    write = "with open(__file__.replace('other', 'lib'), 'w') as file: file.write('X = 2\\n')\n"
    project.write({"other.py": write})
    for name in ("app", "lib", "other"):
        aged(project.root / f"{name}.py")
    app = project.load("app")

    project.refresh()

    assert app.X == 2
