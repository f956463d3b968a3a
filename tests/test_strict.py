"""Strict mode: nothing is run that somebody else could have written. Real files, real owners."""

import os
import stat
import sys

import pytest

from heatsync import Heatsync, RefusedError, UntrustedError
from heatsync._resident import texts
from heatsync._resident.live import LIVE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid(), reason="only root gives files away"
)
OTHER = 12345


@pytest.fixture
def strict(project):
    project.sync.dispose()
    project.sync = Heatsync(watch=False, strict=True)
    project.sync.track(project.root)
    project.write({"app.py": "X = 1\n", "pkg/__init__.py": "", "pkg/lib.py": "Y = 1\n"})
    for folder in (project.root, project.root / "pkg"):
        folder.chmod(0o755)
    for file in project.root.rglob("*.py"):
        file.chmod(0o644)
    return project


def refused(strict, name, text="X = 2\n"):
    """What is said of a file that is saved, and that nothing came of it."""
    before = strict.load("app").X
    (strict.root / name).write_text(text)
    error = strict.fail()
    assert isinstance(error, UntrustedError)
    assert before == strict.load("app").X
    assert strict.sync.refresh() is None  # it is told once
    return str(error)


def test_what_only_its_owner_can_write_is_live(strict):
    app = strict.load("app")
    strict.edit("app.py", "1", "2")

    assert strict.refresh() == ["run app.X"]

    assert app.X == 2


@pytest.mark.parametrize(
    ("mode", "who", "command"),
    [(0o664, "its group", "g-w"), (0o646, "everybody", "o-w"), (0o666, "everybody", "go-w")],
)
def test_a_file_that_others_can_write_is_refused_until_that_is_mended(strict, mode, who, command):
    app = strict.load("app")
    file = strict.root / "app.py"
    file.chmod(mode)

    said = refused(strict, "app.py")

    told = f"{file} can be written by {who} ({stat.filemode(file.stat().st_mode)})"
    assert said == (
        f"{file} cannot be kept live in strict mode: {told}. To mend it: chmod {command} {file}"
    )
    assert os.system(said.partition("To mend it: ")[2]) == 0
    strict.sync.resync("app")
    assert app.X == 2


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_directory_that_others_can_write_is_refused_however_far_up(strict, mode):
    strict.load("app")
    lib = strict.load("pkg.lib")
    strict.root.chmod(mode)
    strict.edit("pkg/lib.py", "1", "2")

    error = strict.fail()

    assert f"{strict.root} can be written by" in str(error)
    assert lib.Y == 1
    strict.root.chmod(0o755)
    strict.sync.resync("pkg.lib")
    assert lib.Y == 2


def test_in_a_sticky_directory_nobody_can_replace_what_is_anothers(strict):
    app = strict.load("app")
    strict.root.chmod(0o1777)
    strict.edit("app.py", "1", "2")

    assert strict.refresh() == ["run app.X"]
    assert app.X == 2


@as_root
def test_a_file_of_another_user_is_refused(strict):
    strict.load("app")
    os.chown(strict.root / "app.py", OTHER, -1)

    said = refused(strict, "app.py")

    assert f"app.py belongs to user {OTHER}, who may write it" in said
    assert said.endswith(f"To mend it: chown 0 {strict.root / 'app.py'}")


@as_root
def test_a_directory_of_another_user_is_refused(strict):
    strict.load("app")
    os.chown(strict.root, OTHER, -1)

    assert f"{strict.root} belongs to user {OTHER}" in refused(strict, "app.py")


@as_root
def test_another_users_link_to_a_file_that_can_be_trusted_is_refused(strict, tmp_path):
    strict.load("app")
    (strict.root / "app.py").unlink()
    (strict.root / "other.py").write_text("X = 3\n")
    (strict.root / "app.py").symlink_to("other.py")
    os.chown(strict.root / "app.py", OTHER, -1, follow_symlinks=False)

    error = strict.fail()

    assert str(error).endswith(f"To mend it: chown -h 0 {strict.root / 'app.py'}")
    os.chown(strict.root / "app.py", 0, -1, follow_symlinks=False)
    assert strict.sync.resync("app").X == 3


def test_what_a_link_leads_through_is_looked_at_too(strict, tmp_path):
    open_to_all = strict.root / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    (open_to_all / "real.py").write_text("X = 2\n")
    strict.load("app")
    (strict.root / "app.py").unlink()
    (strict.root / "app.py").symlink_to("open/real.py")

    assert f"{open_to_all} can be written by everybody" in str(strict.fail())


def test_an_import_is_refused_as_well(strict):
    (strict.root / "app.py").chmod(0o666)

    with pytest.raises(UntrustedError):
        strict.load("app")

    assert "app" not in sys.modules
    assert not LIVE.modules


def test_so_is_what_is_required_and_data(strict):
    strict.write({"data.json": "{}"})
    for name in ("app.py", "data.json"):
        (strict.root / name).chmod(0o666)
        with pytest.raises(UntrustedError):
            strict.sync.require(strict.root / name)
    (strict.root / "data.json").chmod(0o600)
    data = strict.sync.require(strict.root / "data.json")
    (strict.root / "data.json").chmod(0o606)
    strict.write({"data.json": '{"a": 1}'})

    assert isinstance(strict.fail(), UntrustedError)
    assert data == {}


def test_bytecode_is_not_trusted(strict):
    strict.load("app")
    [cached] = (strict.root / "__pycache__").glob("app.*")
    code = compile("X = 'evil'", str(strict.root / "app.py"), "exec")
    import marshal

    cached.write_bytes(cached.read_bytes()[:16] + marshal.dumps(code))
    del sys.modules["app"]
    LIVE.remove(str(strict.root / "app.py"))

    assert strict.load("app").X == 1


def test_what_was_checked_is_what_is_compiled(strict, monkeypatch):
    """Somebody exchanges the file between the check and the reading of it."""
    app = strict.load("app")
    strict.edit("app.py", "1", "2")
    guard = LIVE.guard

    def late(opened):
        guard(opened)
        (strict.root / "evil.py").write_text("X = 'evil'\n")
        os.replace(strict.root / "evil.py", opened.file)

    monkeypatch.setattr(LIVE, "guard", late)

    strict.sync.refresh()

    assert app.X == 2


def test_one_that_is_strict_makes_all_of_them_so_until_it_ends(strict):
    with Heatsync(watch=False) as other:
        other.track(strict.root)
        app = strict.load("app")
        (strict.root / "app.py").chmod(0o666)
        strict.edit("app.py", "1", "2")
        assert isinstance(other.refresh().error, UntrustedError)
        strict.sync.dispose()
        assert not LIVE.strict

        other.resync("app")

    assert app.X == 2


# Where a file may stand


def test_a_link_that_leads_out_of_the_tracked_folders_is_imported_and_not_live(
    project, tmp_path_factory, fresh_modules
):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "away.py").write_text("X = 1\n")
    (project.root / "linked").symlink_to(outside)
    (project.root / "away.py").symlink_to(outside / "away.py")

    assert project.load("away").X == project.load("linked.away").X == 1

    assert not LIVE.modules
    away = project.sync.require(project.root / "away.py")
    (outside / "away.py").write_text("X = 2\n")
    project.refresh()
    assert away.X == 2  # whoever requires it by name means it


def test_a_file_that_becomes_a_link_to_the_outside_is_not_run(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "evil.py"
    outside.write_text("X = 'evil'\n")
    project.write({"app.py": "X = 1\n"})
    app = project.load("app")
    (project.root / "app.py").unlink()
    (project.root / "app.py").symlink_to(outside)

    error = project.fail()

    assert type(error) is RefusedError
    assert f"it leads to {outside}, outside of the tracked folders" in str(error)
    assert app.X == 1


def test_a_root_that_is_a_link_follows_it_to_another_release(tmp_path, monkeypatch, fresh_modules):
    for number in (1, 2):
        (tmp_path / f"releases/{number}").mkdir(parents=True)
        (tmp_path / f"releases/{number}/app.py").write_text(f"X = {number}\n")
    (tmp_path / "current").symlink_to("releases/1")
    monkeypatch.syspath_prepend(tmp_path / "current")
    with Heatsync(watch=False) as sync:
        sync.track(tmp_path / "current")
        import app

        (tmp_path / "next").symlink_to("releases/2")
        os.replace(tmp_path / "next", tmp_path / "current")
        assert sync.refresh().trace == ["run app.X"]

    assert app.X == 2


# What is no file, and what is too much of one


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(project):
    project.write({"app.py": "X = 1\n"})
    app = project.load("app")
    project.delete("app.py")
    os.mkfifo(project.root / "app.py")

    assert "is gone" in str(project.report())

    assert app.X == 1
    project.delete("app.py")
    project.write({"app.py": "X = 2\n"})
    assert project.refresh() == ["run app.X"]


def test_a_file_of_50_mb_is_refused_and_the_old_one_runs_on(project):
    project.write({"app.py": "X = 1\n"})
    app = project.load("app")
    project.write({"app.py": b"X = 2\n" * (50_000_000 // 6)})

    error = project.fail()

    assert type(error) is RefusedError
    assert "it has 50 MB" in str(error)
    assert app.X == 1
    project.write({"app.py": "X = 3\n"})
    assert project.refresh() == ["run app.X"]


def test_one_that_is_imported_is_imported_and_not_kept_live(project, monkeypatch, caplog):
    monkeypatch.setattr(texts, "LARGEST", 100)
    project.write({"app.py": f"X = {'1' * 200}\n"})

    app = project.load("app")

    assert app.X
    assert not LIVE.modules
    assert "what is kept live is compared as a tree of at most" in caplog.text
    with pytest.raises(RefusedError):
        project.sync.require(app.__file__)
