"""Who asks again and again whether there is something new has files looked at, not read."""

import os

import pytest

from heatsync._engine.files import sights, stale


@pytest.fixture
def asked(project, monkeypatch):
    """Refreshes, and tells which files were read for that."""
    read, plain = [], stale.read

    def noted(file, live):
        read.append(os.path.basename(file))
        return plain(file, live)

    monkeypatch.setattr(stale, "read", noted)

    def refresh():
        read.clear()
        return project.sync.refresh(), sorted(read)

    return refresh


@pytest.fixture
def over(monkeypatch):
    """The step of the file system's clock is over between one look and the next."""
    monkeypatch.setattr(sights, "STEP", 0.0)


@pytest.fixture
def app(project):
    project.write({"lib.py": "X = 1\n", "app.py": "from lib import X\n", "data.json": "[1]"})
    project.sync.require(project.root / "data.json")
    return project.load("app")


FILES = ["app.py", "data.json", "lib.py"]


def test_a_file_is_read_until_its_signs_are_sure_to_tell_every_change(asked, app, over):
    assert asked() == (None, FILES)
    assert asked() == (None, FILES)
    assert asked() == (None, [])
    assert asked() == (None, [])


def test_within_the_step_of_the_clock_signs_are_not_trusted(asked, app, project, monkeypatch):
    monkeypatch.setattr(sights, "signature", lambda file: (1, 2, 3, 4))
    monkeypatch.setattr(sights, "signature_of", lambda found: (1, 2, 3, 4))
    assert asked() == (None, FILES)
    assert asked() == (None, FILES)

    project.write({"lib.py": "X = 2\n"})  # as long as before, in the same moment

    report, read = asked()
    assert (read, [step.ref for step in report.steps], app.X) == (
        FILES,
        ["lib.X", "app.X"],
        2,
    )


def test_only_what_was_written_is_read(asked, app, project, over):
    for _ in range(3):
        asked()
    project.write({"lib.py": "X = 2\n"})

    report, read = asked()

    assert (read, report.error, app.X) == (["lib.py"], None, 2)
    assert asked() == (None, ["lib.py"])
    assert asked() == (None, ["lib.py"])
    assert asked() == (None, [])


def test_what_is_put_in_the_place_of_a_file_is_read_though_it_is_as_long_and_as_old(
    asked, app, project, over
):
    for _ in range(3):
        asked()
    file, other = project.root / "lib.py", project.root / "other"
    other.write_text("X = 2\n")
    found = os.stat(file)
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    os.replace(other, file)

    report, read = asked()

    assert (read, report.error, app.X) == (["lib.py"], None, 2)


def test_a_text_that_failed_is_read_at_every_change(asked, app, project, over):
    for _ in range(3):
        asked()
    project.write({"lib.py": "X = 1 / 0\n"})
    report, read = asked()
    assert (read, type(report.error)) == (["lib.py"], ZeroDivisionError)
    project.write({"lib.py": "X = 1\n"})

    report, read = asked()

    assert (read, report.files, report.error, app.X) == (
        ["lib.py"],
        (str(project.root / "lib.py"),),
        None,
        1,
    )


def test_a_file_that_goes_is_told_and_found_when_it_is_there_again(asked, app, project, over):
    for _ in range(3):
        asked()
    (project.root / "lib.py").unlink()
    report, read = asked()
    assert read == ["lib.py"]
    assert "is gone: its code stays alive" in report.notes[0]
    project.write({"lib.py": "X = 3\n"})

    report, read = asked()

    assert (read, report.error, app.X) == (["lib.py"], None, 3)
