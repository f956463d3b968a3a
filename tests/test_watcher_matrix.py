"""Every way in which files are changed: the last texts run, never half a one, one change for one act."""

import os
import queue
import shutil
import signal
import subprocess
import time
from contextlib import nullcontext

import pytest

from disk import Disk, text
from heatsync import _looking
from running import Running, save, write
from waiting import PATIENCE, until

BLINK = 0.2  # seconds that a slow writer takes between two halves
# A quiet period that no machine is too slow for. What is finished is applied at once all the same.
UNHURRIED = 5


@pytest.fixture
def disk(tmp_path, monkeypatch, fresh_modules):
    made = []
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.syspath_prepend(root)

    def make(*files, **options):
        made.append(Disk(root, files or ["app.py"], **options))
        return made[-1]

    yield make
    for one in made:
        one.end()


def run(*words, cwd):
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def program(name):
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


# ------------------------------------------------------------------- one file, one writer


def in_place(path, new):
    with open(path, "r+") as opened:
        opened.write(new)
        opened.truncate()


def truncated(path, new):
    path.write_text(new)


def renamed_over(path, new):
    save(path, new)


def in_two_halves(path, new):
    with open(path, "w") as opened:
        opened.write(new[: len(new) // 2])
        opened.flush()
        time.sleep(BLINK)
        opened.write(new[len(new) // 2 :])


def emptied_and_filled_later(path, new):
    open(path, "w").close()
    time.sleep(BLINK)
    path.write_text(new)


def in_two_goes_of_which_the_first_does_not_compile(path, new):
    path.write_text(new.replace("LAST = ", "LAST = ("))
    time.sleep(BLINK)
    path.write_text(new)


def deleted_and_created(path, new):
    path.unlink()
    path.write_text(new)


def through_another_name_of_it(path, new):
    (path.parent.parent / "other name").write_text(new)


def vim_with_a_backup(path, new):
    """backupcopy=no"""
    path.with_name("4913").write_text("")
    path.with_name("4913").unlink()
    path.rename(f"{path}~")
    path.write_text(new)
    os.chmod(path, 0o644)
    os.unlink(f"{path}~")


def vim_over_a_copy(path, new):
    """backupcopy=yes"""
    shutil.copy(path, f"{path}~")
    truncated(path, new)
    os.unlink(f"{path}~")


def emacs(path, new):
    lock = path.with_name(f".#{path.name}")
    lock.symlink_to("user@host.1234:5678")
    path.with_name(f"#{path.name}#").write_text(new[:100])
    path.rename(f"{path}~")
    path.write_text(new)
    path.with_name(f"#{path.name}#").unlink()
    lock.unlink()


def jetbrains(path, new):
    path.with_name(f"{path.name}___jb_tmp___").write_text(new)
    path.rename(path.with_name(f"{path.name}___jb_old___"))
    path.with_name(f"{path.name}___jb_tmp___").rename(path)
    path.with_name(f"{path.name}___jb_old___").unlink()


def vs_code(path, new):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        data = new.encode()
        while data:
            data = data[os.write(handle, data[:4096]) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def with_the_clock_set_back(path, new):
    path.write_text(new)
    os.utime(path, (1_000_000_000, 1_000_000_000))


def with_the_same_size_and_time(path, new):
    before = os.stat(path)
    path.write_text(new)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert os.stat(path).st_size == before.st_size


WRITERS = [
    in_place,
    truncated,
    renamed_over,
    in_two_halves,
    emptied_and_filled_later,
    in_two_goes_of_which_the_first_does_not_compile,
    deleted_and_created,
    through_another_name_of_it,
    vim_with_a_backup,
    vim_over_a_copy,
    emacs,
    jetbrains,
    vs_code,
    with_the_clock_set_back,
    with_the_same_size_and_time,
]


def give_it_another_name(made, writer):
    """It is taken out and back, as nothing tells that a file gets another name elsewhere."""
    if writer is through_another_name_of_it:
        path = made.folder / "app.py"
        os.link(path, made.folder.parent / "other name")
        made.sync._watcher.unwatch([str(path)])
        made.sync._watcher.watch([str(path)])


@pytest.mark.parametrize("writer", WRITERS)
def test_a_save_of_one_file(disk, writer):
    made = disk(debounce=UNHURRIED)
    give_it_another_name(made, writer)
    for number in (1, 2, 3):
        writer(made.folder / "app.py", made.whole(number))
        made.settled(changes=1, text=text(number))


@pytest.mark.parametrize("writer", WRITERS)
def test_a_save_of_one_file_that_is_polled(disk, writer):
    """Without events nothing tells that a text which compiles is only the first half of one."""
    takes_a_while = writer in (
        emptied_and_filled_later,
        in_two_goes_of_which_the_first_does_not_compile,
    )
    made = disk(poll=0.02, debounce=0.5 if takes_a_while else 0.02)
    give_it_another_name(made, writer)
    with nullcontext() if takes_a_while else made.at_once():
        writer(made.folder / "app.py", made.whole(1))
    made.settled(changes=1, text=text(1))


@pytest.mark.parametrize("writer", WRITERS)
def test_a_save_while_the_loop_is_busy(disk, writer):
    """It is applied much later, when the next save has begun: both are one change."""
    made, late = disk(debounce=UNHURRIED), queue.SimpleQueue()
    give_it_another_name(made, writer)
    made.sync.apply_at(late.put)
    writer(made.folder / "app.py", made.whole(1))
    apply = late.get(timeout=PATIENCE)
    with open(made.folder / "app.py", "w") as opened:
        opened.write(made.whole(2)[:5000])
        opened.flush()
        apply()
        assert made.modules[0].FIRST == 0
        opened.write(text(2)[5000:])
    made.sync.apply_at(None)
    made.settled(changes=1, text=text(2))


def test_a_save_by_the_real_vim(disk):
    vim, made = program("vim"), disk()
    made.whole(1)
    run(
        vim, "-u", "NONE", "-N", "-es", "-c", "%s/ = 0/ = 1/", "-c", "wq", "app.py", cwd=made.folder
    )
    made.settled(changes=1, text=text(1))


STORM = """
import sys, time
sys.path[:0] = sys.argv[1:2]
from disk import text
path, many, between = sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
begun = time.monotonic()
for number in range(1, many + 1):
    time.sleep(max(0, begun + number * between - time.monotonic()))
    with open(path, "w") as opened:
        opened.write(text(number))
"""


def test_a_save_every_hundredth_of_a_second(disk, tmp_path):
    made, many = disk(debounce=UNHURRIED), int(os.environ.get("HEATSYNC_SAVES", "150"))
    applied = []
    made.sync.events.on("after", lambda _: applied.append(made.modules[0].FIRST))
    for number in range(1, many + 1):
        made.whole(number)
    (tmp_path / "storm.py").write_text(STORM)
    tests, path = os.path.dirname(__file__), str(made.folder / "app.py")
    with Running(tmp_path / "storm.py", tests, path, many, 0.01, cwd=tmp_path) as storm:
        assert storm.ended() == 0, storm.text
        reports = made.settled(text=text(many))
    assert len(reports) == len(applied)
    assert applied == sorted({*applied}), "a save was applied twice, or after a later one"


# ------------------------------------------------------------------------ several files

PACKAGE = ["pkg/__init__.py", *(f"pkg/m{number}.py" for number in range(5))]


def folder_with(path, made, number):
    write(path, {name.removeprefix("pkg/"): made.whole(number) for name in PACKAGE})


def test_a_directory_moved_into_the_place_of_another(disk, tmp_path):
    made = disk(*PACKAGE)
    for number in (1, 2):
        folder_with(tmp_path / "next", made, number)
        with made.at_once():
            (made.folder / "pkg").rename(tmp_path / f"before {number}")
            (tmp_path / "next").rename(made.folder / "pkg")
        made.settled(changes=1, text=text(number))
    save(made.folder / "pkg/m1.py", made.whole(3))
    made.settled(changes=1)


def test_the_watched_directory_deleted_and_made_again(disk):
    made = disk(*PACKAGE)
    for number in (1, 2):
        with made.at_once():
            shutil.rmtree(made.folder / "pkg")
            folder_with(made.folder / "pkg", made, number)
        made.settled(changes=1, text=text(number))
    save(made.folder / "pkg/m1.py", made.whole(3))
    made.settled(changes=1)


def swap(link, target):
    beside = link.with_name("beside")
    beside.symlink_to(target)
    beside.replace(link)


def test_a_link_to_the_current_release_swapped(disk, tmp_path):
    root = tmp_path / "root"
    for number in range(3):
        (root / f"release{number}").mkdir()
    (root / "pkg").symlink_to("release0")
    made = disk(*PACKAGE)
    for number in (1, 2):
        folder_with(root / f"release{number}", made, number)
        swap(root / "pkg", f"release{number}")
        made.settled(changes=1, text=text(number))
    save(root / "release2/m1.py", made.whole(3))
    made.settled(changes=1)


def test_a_mounted_volume_swapped(disk, tmp_path):
    """As kubelet does: files are links into `..data`, a link that is swapped for all of them."""
    root = tmp_path / "root"
    names = ["a.py", "b.py", "c.py"]
    for number in range(3):
        write(root / f"..{number}", dict.fromkeys(names, text(number)))
    (root / "..data").symlink_to("..0")
    for name in names:
        (root / name).symlink_to(f"..data/{name}")
    made = disk(*names, there=True)
    for number in (1, 2):
        made.whole(number)
        swap(root / "..data", f"..{number}")
        shutil.rmtree(root / f"..{number - 1}")
        made.settled(changes=1, text=text(number))


@pytest.fixture
def git(tmp_path):
    name = program("git")

    def git(*words):
        run(name, "-c", "user.name=me", "-c", "user.email=me@here", *words, cwd=tmp_path / "root")

    return git


def write_all(root, names, text):
    write(root, dict.fromkeys(names, text))


def test_git_checkout_of_500_files(disk, git, tmp_path, monkeypatch):
    names = [f"pkg{number % 10}/m{number}.py" for number in range(500)]
    for number, branch in enumerate(("main", "other")):
        write_all(tmp_path / "root", names, text(number, ""))
        git("init", "-q", "-b", "main") if number == 0 else git("checkout", "-q", "-b", branch)
        git("add", "-A")
        git("commit", "-qm", branch)
    git("checkout", "-q", "main")
    monkeypatch.setattr(_looking, "LOCK_AGE", PATIENCE)  # or a slow git is taken for a dead one
    made = disk(*names, there=True, filler="")
    made.whole(1)
    git("checkout", "-q", "other")
    made.settled(changes=1, text=made.text(1))


def test_git_stash_and_pop(disk, git, monkeypatch):
    monkeypatch.setattr(_looking, "LOCK_AGE", PATIENCE)
    names = [f"pkg{number % 5}/m{number}.py" for number in range(30)]
    made = disk(*names, filler="")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "0")
    with made.at_once():
        write_all(made.folder, names, made.whole(1))
    made.settled(changes=1)
    git("stash", "-q")
    made.settled(changes=1, text=made.text(0))
    git("stash", "pop", "-q")
    made.settled(changes=1, text=made.text(1))


def test_rsync(disk, tmp_path):
    rsync, made = program("rsync"), disk(*PACKAGE)
    folder_with(tmp_path / "source", made, 1)
    with made.at_once():
        run(rsync, "-aI", f"{tmp_path}/source/", f"{made.folder}/pkg/", cwd=tmp_path)
    made.settled(changes=1, text=text(1))


def test_files_written_as_rsync_does(disk):
    made = disk(*PACKAGE)
    with made.at_once():
        for file in made.files:
            folder, name = os.path.split(file)
            beside = os.path.join(folder, f".{name}.Xa3b9Z")
            with open(beside, "w") as opened:
                opened.write(made.whole(1))
            os.utime(beside, (1_000_000_000, 1_000_000_000))
            os.chmod(beside, 0o644)
            os.rename(beside, file)
    made.settled(changes=1, text=text(1))


def test_one_of_10_000_files(disk):
    made = disk(*(f"pkg{number % 100}/m{number}.py" for number in range(10)))
    others = []
    for folder in range(100):
        (made.folder / f"many{folder}").mkdir()
        for number in range(100):
            others.append(made.folder / f"many{folder}/m{number}.py")
            others[-1].touch()
    made.sync._watcher.watch(map(str, others))
    save(made.folder / "pkg3/m3.py", made.whole(1))
    made.settled(changes=1)


# ------------------------------------------------------------------------ odd things


def test_a_file_replaced_by_a_directory_and_back(disk):
    made = disk()
    path = made.folder / "app.py"
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("")
    until(lambda: made.sync.history and made.sync.history[-1].notes)
    assert made.modules[0].FIRST == 0
    shutil.rmtree(path)
    save(path, made.whole(1))
    made.settled(text=text(1))


PROTECTED = """
import os, sys, threading
from heatsync import Heatsync
sync = Heatsync()
app = sync.require(os.path.abspath("app.py"))
sync.events.on("after", lambda report: print("applied", app.X, flush=True))
def save(text, mode):
    with open("app.py~", "w") as opened:
        opened.write(text)
    os.chmod("app.py~", mode)
    os.replace("app.py~", "app.py")
print("ready", flush=True)
for line in sys.stdin:
    exec(line)
    print("did", line, flush=True)
"""


def test_permissions_removed_and_given_back(tmp_path):
    """Root may read anything, so it is run without that right."""
    write(tmp_path, {"app.py": "X = 0\n", "main.py": PROTECTED})
    before = []
    if os.getuid() == 0:
        rights = "-dac_override,-dac_read_search"
        before = [program("setpriv"), f"--bounding-set={rights}", f"--inh-caps={rights}"]
    with Running("main.py", cwd=tmp_path, before=before) as running:
        running.until("ready")
        for line in ("os.chmod('app.py', 0)", "save('X = 1', 0)"):
            running.type(line)
            running.until("did")
        running.type("os.chmod('app.py', 0o600)")
        running.until("applied 1")
        running.type("save('X = 2', 0o600)")
        running.until("applied 2")


SLEEPER = """
import os, sys
from heatsync import Heatsync
sync = Heatsync()
app = sync.require(os.path.abspath("app.py"))
sync.events.on("after", lambda report: print("applied", app.X, len(sync.history), flush=True))
print("ready", flush=True)
sys.stdin.read()
"""


def test_suspended_and_resumed(tmp_path):
    write(tmp_path, {"app.py": "X = 0\n", "main.py": SLEEPER})
    with Running("main.py", cwd=tmp_path) as running:
        running.until("ready")
        running.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, running.process.pid, os.WSTOPPED | os.WNOWAIT)
        for number in range(1, 20):
            write(tmp_path, {"app.py": f"X = {number}\n"})
        running.process.send_signal(signal.SIGCONT)
        assert running.until("applied").endswith("applied 19 1")


LIMITED = """
import os, sys
from heatsync import Heatsync
with open("/proc/sys/user/max_inotify_watches", "w") as limit: limit.write("12")
sync = Heatsync()
apps = sync.require([os.path.abspath(f"p{n}/app.py") for n in range(20)])
sync.events.on("after", lambda report: print("applied", sum(app.X for app in apps), flush=True))
print("ready", flush=True)
sys.stdin.read()
"""


def test_when_watches_run_out_it_looks_and_says_so_once(tmp_path):
    unshare = program("unshare")
    probe = [
        unshare,
        "--user",
        "--map-root-user",
        "test",
        "-w",
        "/proc/sys/user/max_inotify_watches",
    ]
    if subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("user namespaces, in which the limit may be lowered, are not allowed here")
    write(tmp_path, {f"p{n}/app.py": "X = 0\n" for n in range(20)} | {"main.py": LIMITED})
    with Running("main.py", cwd=tmp_path, before=[unshare, "--user", "--map-root-user"]) as running:
        running.until("ready")
        write(tmp_path, {f"p{n}/app.py": "X = 1\n" for n in range(20)})
        running.until("applied 20")
        assert running.text.count("max_user_watches") == 1


def test_a_forgotten_lock_of_git_from_the_future_holds_nothing_back(disk):
    """A clock that was set back, or another machine's."""
    made = disk()
    lock = made.folder / ".git" / "index.lock"
    lock.parent.mkdir()
    lock.touch()
    then = time.time() + 86_400
    os.utime(lock, (then, then))
    save(made.folder / "app.py", made.whole(1))
    made.settled(changes=1, text=text(1))
