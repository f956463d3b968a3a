"""Files that cannot be read, whatever the reason: it is told, nothing is lost, and all goes on."""

import errno
import os

import pytest

from heatsync import LostSourceError

FILES = {"app.py": "X = 1\n", "other.py": "Y = 1\n"}


@pytest.fixture
def modules(project):
    project.write(FILES)
    return project.load("app"), project.load("other")


def in_a_circle(path, monkeypatch):
    path.unlink()
    path.symlink_to(path)
    return path.unlink


def failing(number):
    """As the system fails: the tests may run as root, from whom no file can be kept."""

    def fails(path, monkeypatch):
        opened, forbidden = os.open, [str(path)]

        def fail(file, *words, **more):
            if file in forbidden:
                raise OSError(number, os.strerror(number), file)
            return opened(file, *words, **more)

        monkeypatch.setattr(os, "open", fail)
        return forbidden.clear

    return fails


FAULTS = {
    "a link in a circle": (in_a_circle, errno.ELOOP),
    "no permission": (failing(errno.EACCES), errno.EACCES),
    "a disk that fails": (failing(errno.EIO), errno.EIO),
    "a mount that is gone": (failing(errno.ESTALE), errno.ESTALE),
    "too many open files": (failing(errno.EMFILE), errno.EMFILE),
}


@pytest.mark.parametrize(("fault", "number"), FAULTS.values(), ids=FAULTS)
def test_a_file_that_cannot_be_read_is_told_and_its_batch_waits(
    project, modules, monkeypatch, fault, number
):
    app, other = modules
    mend = fault(project.root / "app.py", monkeypatch)
    project.edit("other.py", "Y = 1", "Y = 2")

    error = project.fail()

    assert isinstance(error, LostSourceError)
    assert str(error) == (
        f"{project.root}/app.py could not be read ({os.strerror(number)}); save it again"
    )
    assert (app.X, other.Y) == (1, 1)
    mend()
    project.write({"app.py": "X = 2\n"})
    assert project.refresh() == ["run app.X", "run other.Y"]
    assert (app.X, other.Y) == (2, 2)


def a_directory(path):
    path.mkdir()
    return path.rmdir


def a_pipe(path):
    os.mkfifo(path)
    return path.unlink


def a_device(path):
    path.symlink_to("/dev/zero")
    return path.unlink


def a_link_to_nowhere(path):
    path.symlink_to("nowhere")
    return path.unlink


def below_a_file(path):
    project = path.parent
    project.rename(f"{project}~")
    project.write_text("")

    def mend():
        project.unlink()
        os.rename(f"{project}~", project)

    return mend


@pytest.mark.skipif(os.name != "posix", reason="there are no such things here")
@pytest.mark.parametrize("put", [a_directory, a_pipe, a_device, a_link_to_nowhere, below_a_file])
def test_what_is_no_file_is_as_good_as_gone(project, modules, put):
    app, _ = modules
    path = project.root / "app.py"
    path.unlink()
    mend = put(path)

    report = project.report()

    assert (report.trace, report.error) == ([], None)
    assert f"{path} is gone: its code stays alive until there is a file again" in report.notes[0]
    assert app.X == 1
    mend()
    project.write({"app.py": "X = 2\n"})
    assert project.refresh() == ["run app.X"]
    assert app.X == 2


def test_a_file_that_is_cut_off_while_it_is_read_is_read_again(project, modules, monkeypatch):
    app, _ = modules
    project.write({"app.py": "X = 2\nZ = 3\n"})
    read, cuts = os.read, ["X = "]

    def reading(handle, size):
        data = read(handle, size)
        if data.startswith(b"X = 2") and cuts:
            return cuts.pop().encode()  # and the other half was not there yet
        return data

    monkeypatch.setattr(os, "read", reading)

    assert project.refresh() == ["run app.X", "run app.Z"]
    assert (app.X, app.Z) == (2, 3)
