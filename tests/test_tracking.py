"""Tracking: which modules are live, what text of them runs, and what resync does."""

import gc
import importlib
import importlib.util
import itertools
import os
import py_compile
import sys
import threading
import types
from pathlib import Path

import pytest

from heatsync import Heatsync
from heatsync._arguments import patterns
from heatsync._resident.live import LIVE
from heatsync._roots import Roots
from running import python, write


@pytest.fixture
def sync(tmp_path, monkeypatch, fresh_modules):
    """A Heatsync that tracks nothing yet, and a folder that is imported from."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(tmp_path)
    with Heatsync(watch=False) as sync:
        sync.folder = tmp_path
        yield sync


def live():
    return sorted(LIVE.modules)


# What is live


def test_a_root_is_relative_to_the_file_that_calls(sync, monkeypatch, tmp_path_factory):
    write(
        sync.folder,
        {
            "start.py": "def track(sync, *roots, **more): sync.track(*roots, **more)",
            "src/app/one.py": "",
            "plugins/two.py": "",
            "three.py": "",
        },
    )
    start = importlib.import_module("start")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    start.track(sync, "src/app", sync.folder / "plugins")
    for name in ("src.app.one", "plugins.two", "three"):
        importlib.import_module(name)

    assert live() == ["plugins.two", "src.app.one"]


def test_modules_imported_before_and_after_are_live(sync):
    write(sync.folder, {"before.py": "X = 1", "after.py": "X = 1"})
    before = importlib.import_module("before")
    sync.track(sync.folder)
    after = importlib.import_module("after")

    write(sync.folder, {"before.py": "X = 2", "after.py": "X = 2"})
    sync.refresh()

    assert (before.X, after.X) == (2, 2)


def test_a_module_that_another_finder_imports_is_live_with_the_next_refresh(sync):
    write(sync.folder, {"other.py": "X = 1"})
    sync.track(sync.folder)
    spec = importlib.util.spec_from_file_location("other", sync.folder / "other.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["other"] = module
    spec.loader.exec_module(module)
    sync.refresh()

    write(sync.folder, {"other.py": "X = 2"})
    sync.refresh()

    assert module.X == 2


def test_a_module_that_waits_for_its_first_use_is_left_waiting(sync):
    write(sync.folder, {"lazy.py": "import sys\nsys.lazy_ran = True\nX = 1"})
    spec = importlib.util.spec_from_file_location(
        "lazy",
        sync.folder / "lazy.py",
        loader=importlib.util.LazyLoader(
            importlib.machinery.SourceFileLoader("lazy", str(sync.folder / "lazy.py"))
        ),
    )
    lazy = sys.modules["lazy"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lazy)

    sync.track(sync.folder)
    assert not hasattr(sys, "lazy_ran")

    assert lazy.X == 1
    del sys.lazy_ran
    sync.track(sync.folder)
    assert live() == ["lazy"]


def test_installed_packages_environments_and_the_standard_library_are_left_out(sync):
    write(
        sync.folder,
        {
            "mine.py": "",
            "site-packages/installed.py": "",
            "env/pyvenv.cfg": "",
            "env/lib/environed.py": "",
            "left/out.py": "",
            "generated_a.py": "",
        },
    )
    sys.path[:0] = [str(sync.folder / "site-packages"), str(sync.folder / "env/lib")]
    sync.track(sync.folder, exclude=[str(sync.folder / "left"), "*/generated_*.py"])
    sync.track(os.path.dirname(os.__file__) + "/..")
    for name in ("mine", "installed", "environed", "left.out", "generated_a", "colorsys"):
        importlib.import_module(name)

    assert live() == ["mine"]
    del sys.path[:2]


def test_a_root_among_installed_packages_is_tracked(sync):
    write(sync.folder, {"site-packages/installed.py": ""})
    sys.path.insert(0, str(sync.folder / "site-packages"))
    sync.track(sync.folder / "site-packages")
    importlib.import_module("installed")

    assert live() == ["installed"]
    del sys.path[0]


def test_a_link_that_leads_below_a_root_is_below_it(sync, tmp_path_factory):
    real = tmp_path_factory.mktemp("real")
    write(real, {"linked.py": "X = 1"})
    (sync.folder / "link").symlink_to(real)
    sys.path.insert(0, str(sync.folder / "link"))

    sync.track(real)
    linked = importlib.import_module("linked")

    assert live() == ["linked"]
    write(real, {"linked.py": "X = 2"})
    sync.refresh()
    assert linked.X == 2
    del sys.path[0]


@pytest.mark.parametrize("root", ["nowhere", "file.py"])
def test_a_root_that_is_no_folder_is_told(sync, root):
    write(sync.folder, {"file.py": ""})

    with pytest.raises(NotADirectoryError, match=r"is no folder: track\(\) takes the folders"):
        sync.track(sync.folder / root)


def test_a_script_below_a_root_is_live_itself(tmp_path):
    write(
        tmp_path,
        {
            "main.py": """
import heatsync
sync = heatsync.Heatsync(watch=False)
sync.track(".")
def f(): return 1
text = open("main.py").read()
open("main.py", "w").write(text.replace("return " + "1", "return " + "2"))
print(sync.refresh().trace, f())
"""
        },
    )

    assert python("main.py", cwd=tmp_path).stdout == "['patch __main__.f'] 2\n"


def test_what_has_no_file_or_lies_about_itself_disturbs_nobody(sync, monkeypatch):
    class Hostile(types.ModuleType):
        def __getattribute__(self, name):
            raise AssertionError(name)

    monkeypatch.setitem(sys.modules, "hostile", Hostile("hostile"))
    monkeypatch.setitem(sys.modules, "number", 5)
    monkeypatch.setitem(sys.modules, "nothing", None)

    sync.track(sync.folder)

    assert sync.refresh() is None
    assert live() == []


# What text of it runs


def test_stale_bytecode_of_the_same_size_and_second_is_not_run(sync):
    """As left by another process: the file was saved again in the second of its last import."""
    file = sync.folder / "quick.py"
    write(sync.folder, {"quick.py": "X = 1"})
    before = importlib.import_module("quick").__cached__
    stat = os.stat(file)
    del sys.modules["quick"]
    sync.track(sync.folder)
    file.write_text("X = 2")
    for times in ((stat.st_atime_ns, stat.st_mtime_ns), (0, int(stat.st_mtime) * 10**9)):
        os.utime(file, ns=times)  # as copies and archives do
        assert os.path.exists(before)
        quick = importlib.import_module("quick")

        assert quick.X == 2
        assert LIVE.modules["quick"].data == b"X = 2"
        del sys.modules["quick"]


def test_bytecode_that_is_younger_is_used(sync, monkeypatch):
    write(sync.folder, {"a.py": "X = 1"})
    old = os.stat(sync.folder / "a.py").st_ctime_ns + 10**7
    importlib.import_module("a")
    del sys.modules["a"]
    cached = importlib.util.cache_from_source(str(sync.folder / "a.py"))
    os.utime(cached, ns=(old, old))
    sync.track(sync.folder)

    def never(*_, **__):
        raise AssertionError("it was compiled")

    monkeypatch.setattr(importlib.machinery.SourceFileLoader, "source_to_code", never)

    assert importlib.import_module("a").X == 1


def with_younger_bytecode(folder, name, **how):
    """Has a file that was written a while ago, and its bytecode just now."""
    file = folder / f"{name}.py"
    cached = py_compile.compile(str(file), doraise=True, **how)
    younger = os.stat(file).st_ctime_ns + 10**7
    os.utime(cached, ns=(younger, younger))
    return cached


def test_bytecode_that_tells_its_source_by_a_hash_is_used_as_python_does(sync):
    write(sync.folder, {"a.py": "X = 1", "b.py": "X = 1"})
    checked, unchecked = (
        py_compile.PycInvalidationMode.CHECKED_HASH,
        py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    with_younger_bytecode(sync.folder, "a", invalidation_mode=checked)
    with_younger_bytecode(sync.folder, "b", invalidation_mode=unchecked)
    sync.track(sync.folder)

    assert importlib.import_module("a").X == importlib.import_module("b").X == 1
    assert live() == ["a", "b"]


def test_bytecode_that_was_moved_with_its_source_tells_where_it_is_now(sync, monkeypatch):
    """As installers make it in a folder of their own; it is not read twice for that."""
    from heatsync import _importing

    write(sync.folder, {"a.py": "def f(): pass"})
    cached = with_younger_bytecode(sync.folder, "a", dfile="elsewhere/a.py")
    read, files = _importing.read, []
    monkeypatch.setattr(_importing, "read", lambda file: files.append(file) or read(file))
    sync.track(sync.folder)

    a = importlib.import_module("a")

    assert a.f.__code__.co_filename == str(sync.folder / "a.py")
    assert files.count(cached) == 1


@pytest.mark.parametrize("imports", ["", "import other\n"])
def test_a_module_reads_the_files_of_its_package_while_it_is_imported(sync, imports):
    """Through its loader, as `pkgutil.get_data` does, however old they are."""
    write(
        sync.folder,
        {
            "pkg/words.txt": "hello",
            "pkg/__init__.py": f"import pkgutil\n{imports}X = pkgutil.get_data(__name__, 'words.txt')",
            "other.py": "",
        },
    )
    os.utime(sync.folder / "pkg/words.txt", (0, 0))
    sync.track(sync.folder)

    assert importlib.import_module("pkg").X == b"hello"


def test_broken_bytecode_fails_as_it_does_without_heatsync(sync):
    write(sync.folder, {"a.py": "X = 1"})
    cached = Path(with_younger_bytecode(sync.folder, "a"))
    stat = os.stat(cached)
    cached.write_bytes(cached.read_bytes()[:20])
    os.utime(cached, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(EOFError, match="marshal data too short"):
        importlib.import_module("a")

    sync.track(sync.folder)

    with pytest.raises(EOFError, match="marshal data too short"):
        importlib.import_module("a")
    assert live() == []


def test_a_file_that_is_saved_while_it_is_imported_runs_the_text_that_is_remembered(
    sync, monkeypatch
):
    """And leaves no bytecode that says it was made of the other text."""
    from heatsync import _importing

    write(sync.folder, {"a.py": "X = 1"})
    read = _importing.read

    def and_then_saved(file):
        text = read(file)
        if file.endswith("a.py"):
            write(sync.folder, {"a.py": "X = 2"})
            os.utime(file, (text.stat.st_mtime + 5, text.stat.st_mtime + 5))
        return text

    sync.track(sync.folder)
    monkeypatch.setattr(_importing, "read", and_then_saved)
    a = importlib.import_module("a")
    monkeypatch.undo()

    assert a.X == 1
    assert sync.refresh().trace == ["run a.X"]
    assert a.X == 2
    assert python("-c", "import a; print(a.X)", cwd=sync.folder).stdout == "2\n"


def test_get_source_gives_what_is_on_disk(sync):
    write(sync.folder, {"a.py": "X = 1"})
    sync.track(sync.folder)
    a = importlib.import_module("a")
    write(sync.folder, {"a.py": "X = 22"})

    assert a.__spec__.loader.get_source("a") == "X = 22"
    assert a.__spec__.loader.get_data(a.__file__) == b"X = 22"


def test_a_traceback_of_a_first_error_has_no_frames_of_ours(sync):
    write(sync.folder, {"outer.py": "import bad", "bad.py": "1 / 0", "worse.py": "def"})
    sync.track(sync.folder)

    with pytest.raises(ZeroDivisionError) as caught:
        import outer  # noqa: F401
    assert [entry.name for entry in caught.traceback[1:]] == ["<module>", "<module>"]

    with pytest.raises(SyntaxError) as caught:
        import worse  # noqa: F401
    assert len(caught.traceback) == 1


def test_many_threads_may_import_while_changes_are_applied(sync):
    names = [f"many_{number}" for number in range(60)]
    write(sync.folder, {f"{name}.py": "X = 1\n" for name in names} | {"busy.py": "X = 0"})
    sync.track(sync.folder)
    busy, errors = importlib.import_module("busy"), []

    def load():
        for name in names:
            importlib.import_module(name)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(1, 100):
        write(sync.folder, {"busy.py": f"X = {number}"})
        errors.append(sync.refresh().error)
    for thread in threads:
        thread.join()

    assert errors == [None] * 99
    assert busy.X == 99
    assert live() == sorted([*names, "busy"])


def test_modules_may_come_and_go_whenever_the_garbage_collector_runs(sync):
    write(sync.folder, {"seen.py": "X = 0"})
    importlib.import_module("seen")
    thresholds, runs = gc.get_threshold(), itertools.count()
    module = types.ModuleType("comes_and_goes")

    def come_or_go(phase, info):
        next(runs)
        if phase == "start" and sys.modules.pop(module.__name__, None) is None:
            sys.modules[module.__name__] = module

    gc.callbacks.append(come_or_go)
    taken = [(number, number) for number in range(5_000)]  # the pairs that Python has in stock
    try:
        gc.set_threshold(1)
        sync.track(sync.folder)
        assert sync.require(sync.folder / "seen.py").X == 0
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(come_or_go)
        del taken
        sys.modules.pop(module.__name__, None)
    assert next(runs) > 0
    assert live() == ["seen"]


# resync


def test_resync_applies_what_is_pending_of_one_file_only(project):
    project.write({"a.py": "X = 1", "b.py": "X = 1"})
    a, b = project.load("a"), project.load("b")
    project.write({"a.py": "X = 2", "b.py": "X = 2"})

    assert project.sync.resync(project.root / "a.py") is a
    assert (a.X, b.X) == (2, 1)
    assert project.refresh() == ["run b.X"]


def test_resync_drops_nothing_of_identity_or_state(project):
    project.write(
        {"a.py": "import b\nclass A: pass\nALL = [A()]\nb.runs.append(1)", "b.py": "runs = []"}
    )
    a, b = project.load("a"), project.load("b")
    cls, held, first = a.A, a.ALL, a.ALL[0]

    assert project.sync.resync("a", recursive=True) is a

    assert a.A is cls
    assert a.ALL is held
    assert held == [first]
    assert b.runs == [1]
    assert project.sync.history == []


def test_resync_retries_what_failed(project):
    project.write({"a.py": "X = 1", "needed.json": "[0]"})
    a = project.load("a")
    project.write({"a.py": "import os\nX = 1 // os.stat(__file__.replace('a.py', 'sign')).st_size"})
    project.fail()
    assert project.sync.refresh() is None
    seen = []
    project.sync.events.on("error", seen.append)

    assert project.sync.resync("a") is a  # still not
    assert [type(error) for error in seen] == [FileNotFoundError]
    assert a.X == 1

    project.write({"sign": ""})
    project.sync.resync("a")
    assert [type(error) for error in seen] == [FileNotFoundError, ZeroDivisionError]

    project.write({"sign": "x"})
    project.sync.resync("a")
    assert project.sync.history[-1].error is None
    assert project.sync.history[-1].trace[-1] == "run a.X"


def test_resync_recursively_looks_at_all_that_it_imports_in_the_order_of_their_dependencies(
    project,
):
    project.write(
        {
            "a.py": "import b\nX = b.X + 1",
            "b.py": "from c import X as C\nX = C + 1",
            "c.py": "X = 1",
            "apart.py": "X = 1",
        }
    )
    a, apart = project.load("a"), project.load("apart")
    project.write(
        {"c.py": "X = 10", "b.py": "from c import X as C\nX = C + 10", "apart.py": "X = 2"}
    )

    project.sync.resync(project.root / "a", recursive=True)

    report = project.sync.history[-1]
    assert report.error is None
    assert report.trace.index("run c.X") < report.trace.index("run b.X")
    assert (a.X, apart.X) == (21, 1)
    project.refresh()
    assert apart.X == 2


def test_resync_follows_what_was_required_and_not_imported(project):
    project.write(
        {
            "a.py": "import heatsync\nsync = heatsync.Heatsync(watch=False)\nb = sync.require('./b')",
            "b.py": "X = 1",
        }
    )
    a = project.load("a")
    project.write({"b.py": "X = 2"})

    a.sync.resync(project.root / "a.py", recursive=True)

    assert a.b.X == 2
    a.sync.dispose()


def test_resync_is_relative_to_the_file_that_calls_and_loads_what_is_not_loaded(project):
    project.write({"a.py": "def resync(sync, id_): return sync.resync(id_)", "b.py": "X = 1"})
    a = project.load("a")

    assert a.resync(project.sync, "./b") is project.load("b")

    project.write({"bad.py": "1 / 0"})
    with pytest.raises(ZeroDivisionError):
        a.resync(project.sync, "./bad")


def test_resync_of_a_data_file(project):
    project.write({"s.json": "[1]"})
    value = project.sync.require(project.root / "s.json")
    project.write({"s.json": "[2]"})

    assert project.sync.resync(project.root / "s.json", recursive=True) is value
    assert value == [2]


# refresh asked for by code that a refresh runs


@pytest.mark.parametrize("again", ["sync.refresh()", "sync.resync(__name__)"])
def test_a_refresh_asked_for_by_code_that_is_being_reloaded_does_nothing(project, again):
    project.write({"a.py": "import builtins\nsync = builtins.sync_of_test\nX = 1"})
    import builtins

    builtins.sync_of_test = project.sync
    a = project.load("a")
    project.edit("a.py", "X = 1", f"{again}\nX = 2")

    assert project.report().error is None
    assert a.X == 2
    assert len(project.sync.history) == 1
    del builtins.sync_of_test


@pytest.mark.parametrize(
    ("exclude", "left_out"),
    [
        ("migrations", {"migrations/one.py", "blog/migrations/two.py"}),
        (["migrations"], {"migrations/one.py", "blog/migrations/two.py"}),
        ("*_pb2.py", {"blog/data_pb2.py"}),
        ("blog/migrations", {"blog/migrations/two.py"}),
        ("two*", {"blog/migrations/two.py"}),
        (Path("blog/migrations"), {"blog/migrations/two.py"}),
        (Path("migrations"), {"migrations/one.py"}),
        ([Path("blog")], {"blog/migrations/two.py", "blog/data_pb2.py"}),
        ("blog", {"blog/migrations/two.py", "blog/data_pb2.py"}),
    ],
)
def test_what_is_excluded(tmp_path, exclude, left_out):
    files = {"migrations/one.py", "blog/migrations/two.py", "blog/data_pb2.py", "blo.py"}
    roots = Roots()
    roots.add(str(tmp_path))
    roots.exclude(patterns(exclude), str(tmp_path))

    held = {file for file in files if roots.hold(str(tmp_path / file))}

    assert files - held == left_out


@pytest.mark.parametrize("exclude", ["vendor", "./vendor", "./vendor/*", "*/vendor/*"])
@pytest.mark.parametrize("root", ["vendor/mine", "vendor"])
def test_a_root_that_lies_in_what_is_excluded_is_tracked_all_the_same(tmp_path, exclude, root):
    write(tmp_path, {"vendor/mine/lib.py": "", "vendor/other.py": "", "app.py": ""})
    roots = Roots()
    roots.add(str(tmp_path))
    roots.exclude([exclude, "gen", "./vendor/mine/old"], str(tmp_path))
    assert not roots.hold(str(tmp_path / "vendor/mine/lib.py"))

    roots.add(str(tmp_path / root))

    assert roots.hold(str(tmp_path / "vendor/mine/lib.py"))
    assert roots.hold(str(tmp_path / "vendor/other.py")) is (root == "vendor")
    assert roots.hold(str(tmp_path / "app.py"))
    assert not roots.hold(str(tmp_path / "vendor/mine/gen/lib.py"))
    assert not roots.hold(str(tmp_path / "vendor/mine/old/lib.py"))


def test_a_root_that_nobody_named_is_excluded_like_any_folder(tmp_path):
    write(tmp_path, {"scripts/lib.py": ""})
    roots = Roots()
    roots.add(str(tmp_path), str(tmp_path / "scripts"), named=False)
    roots.exclude(["scripts"], str(tmp_path))

    assert not roots.hold(str(tmp_path / "scripts/lib.py"))


def test_a_bare_pattern_says_nothing_of_the_folders_above_the_roots(tmp_path):
    roots = Roots()
    roots.add(str(tmp_path))
    roots.exclude([f"*{tmp_path.name}*", f"*{tmp_path.parent.name}*"], str(tmp_path))

    assert roots.hold(str(tmp_path / "lib.py"))


@pytest.mark.parametrize("wrong", [[3], 3, b"x", [b"x"], [""], [None, "x"]])
def test_a_call_that_is_refused_has_changed_nothing(sync, wrong):
    with pytest.raises((TypeError, ValueError), match=r"nothing to exclude|empty pattern"):
        sync.track(sync.folder, exclude=wrong)
    with pytest.raises(NotADirectoryError):
        sync.track(sync.folder, "nowhere")

    write(sync.folder, {"lib.py": "X = 1"})
    import lib

    assert str(sync.folder / "lib.py") not in LIVE.files
    assert lib.X == 1


def test_a_pattern_may_be_given_alone_but_not_be_empty(sync):
    sync.track(sync.folder, exclude="left")

    with pytest.raises(ValueError, match="empty pattern"):
        sync.track(sync.folder, exclude=[""])
    with pytest.raises(TypeError, match=r"give each as a str"):
        sync.track([sync.folder])
