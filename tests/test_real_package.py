"""A real package, moved to its next release while it runs."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from running import python

# The second pair leaves what a constructor stores as it is: there, commands made before run on. In
# the first one they lack an attribute that only the new constructor sets, as their state is kept.
PAIRS = [("8.1.7", "8.1.8"), ("8.2.0", "8.2.1")]

# What a release is, as far as one sees from outside: told by a process that just imported it, and
# by one that came to it while it ran.
TELL = """
import functools, inspect, json, re, types

def telling(value, seen=()):
    if id(value) in seen:
        return "..."
    seen = (*seen, id(value))
    if isinstance(value, types.FunctionType):
        return ["function", value.__qualname__, signature(value), code(value.__code__),
                value.__doc__, telling(value.__defaults__, seen)]
    if isinstance(value, type) and value.__module__.startswith("click"):
        return ["class", value.__qualname__, [base.__qualname__ for base in value.__mro__],
                value.__doc__, {name: telling(member, seen)
                                for name, member in sorted(vars(value).items())
                                if name not in ("__dict__", "__weakref__", "__abstractmethods__",
                                                "__static_attributes__")
                                and not name.startswith("_abc_")}]
    if isinstance(value, (staticmethod, classmethod)):
        return [type(value).__name__, telling(value.__func__, seen)]
    if isinstance(value, property):
        return ["property", *(telling(f, seen) for f in (value.fget, value.fset, value.fdel))]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(telling(one, seen) for one in value)]
    if isinstance(value, dict):
        return ["dict", *([str(key), telling(one, seen)] for key, one in value.items())]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(map(repr, value))]
    if value is None or isinstance(value, (str, bytes, int, float)):
        return repr(value)
    if isinstance(value, types.ModuleType):
        return ["module", value.__name__]
    return [type(value).__qualname__]

def signature(function):
    try:
        return re.sub(r" at 0x[0-9a-f]+", "", str(inspect.signature(function)))
    except ValueError:
        return None

def code(one):
    constants = [code(c) if isinstance(c, types.CodeType) else
                 sorted(map(repr, c)) if isinstance(c, frozenset) else repr(c)
                 for c in one.co_consts]
    return [one.co_name, one.co_code.hex(), constants, one.co_names, one.co_varnames,
            one.co_freevars, one.co_firstlineno]

def release():
    import sys
    told = {}
    for name in sorted(n for n in sys.modules if n == "click" or n.startswith("click.")):
        for key, value in vars(sys.modules[name]).items():
            if not (key.startswith("__") and key not in ("__all__", "__doc__", "__version__")):
                told[f"{name}.{key}"] = telling(value)
    return told
"""

FRESH = """
import sys; sys.path.insert(0, sys.argv[1])
import click, click.testing, click.shell_completion, click._textwrap, json
from tell import release
json.dump(release(), open(sys.argv[2], "w"))
"""

# It says when it is ready, is told that the files are new, and then says what it has become.
LIVE = """
import sys; sys.path.insert(0, sys.argv[1])
watch = sys.argv[3] == "watch"
import json, queue
from heatsync import Heatsync
reports = queue.SimpleQueue()
from heatsync import _looking
_looking.LOCK_AGE = 60  # or a slow git is taken for a dead one
sync = Heatsync(watch=watch)
sync.track(sys.argv[1])
sync.events.on("after", reports.put)
import click, click.testing, click.shell_completion, click._textwrap
from tell import release

held = {f"{m}.{k}": v for m in list(sys.modules) if m == "click" or m.startswith("click.")
        for k, v in vars(sys.modules[m]).items()
        if callable(v) and getattr(v, "__module__", "").startswith("click")}
from click import Choice, argument, echo, group, option
from click.testing import CliRunner

def build():
    @group()
    @option("--debug/--no-debug", default=False, show_default=True)
    def cli(debug): pass

    @cli.command()
    @argument("name", type=Choice(["a", "b"]))
    @option("--many", default=["x"], multiple=True, show_default=True)
    def hello(name, many):
        echo(f"hello {name}")

    return cli

def run(cli, *words):
    return runner.invoke(cli, words).output

cli, runner = build(), CliRunner()
before = run(cli, "hello", "a")
print("ready", flush=True)
sys.stdin.readline()
error = None
report = reports.get(timeout=60) if watch else sync.refresh()
if report.error is not None:
    raise report.error
new = build()
result = {
    "release": release(),
    "held": {name: getattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], None) is value
             for name, value in held.items()},
    "runs": [before, run(new, "hello", "a"), run(new, "hello", "--help"), run(new, "nope")],
    "kept": run(cli, "hello", "a"),
    "more": watch and sync.refresh() is not None,
}
json.dump(result, open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def releases(request):
    """The folders of two releases' sources."""
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir("releases")
    return [_release(folder, version) for version in request.param]


def _release(folder, version):
    found = folder / f"click-{version}"
    if not (found / "click" / "__init__.py").exists():
        download = folder / "downloads"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--dest", str(download), f"click=={version}"]
        # The wheel holds the same files, and nothing needs to be built to have it.
        for kind in (["--no-binary", ":all:"], ["--only-binary", ":all:"]):
            done = subprocess.run([*command, *kind], capture_output=True, text=True, timeout=120)
            if done.returncode == 0:
                break
        else:
            if _is_unreachable(done.stderr):
                pytest.skip(f"the package index cannot be reached: {done.stderr.strip()[-200:]}")
            pytest.fail(done.stderr)
        _unpack(download, version, found)
    return found


def _is_unreachable(said):
    signs = (
        "connection",
        "Could not find a version",
        "Temporary failure",
        "timed out",
        "No module named pip",
    )
    return any(sign.lower() in said.lower() for sign in signs)


def _unpack(download, version, found):
    unpacked = download / version
    for archive in download.glob(f"click-{version}[.-]*"):
        if archive.name.endswith(".tar.gz"):
            with tarfile.open(archive) as opened:
                opened.extractall(unpacked, filter="data")
        else:
            shutil.unpack_archive(archive, unpacked, "zip")
    [init, *_] = unpacked.rglob("click/__init__.py")
    shutil.copytree(init.parent, found / "click")
    shutil.rmtree(download / version)


@pytest.fixture
def place(tmp_path, releases):
    shutil.copytree(releases[0] / "click", tmp_path / "src" / "click")
    (tmp_path / "tell.py").write_text(TELL)
    (tmp_path / "fresh.py").write_text(FRESH)
    (tmp_path / "live.py").write_text(LIVE)
    return tmp_path


def fresh(place, release):
    done = python("fresh.py", release, "fresh.json", cwd=place)
    assert done.returncode == 0, done.stderr
    return json.loads((place / "fresh.json").read_text())


def overwrite(place, release):
    """As git does, with its lock to tell when all of it is there."""
    lock = place / ".git" / "index.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    for file in (release / "click").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            target = place / "src" / "click" / file.relative_to(release / "click")
            shutil.copyfile(file, target)
    for file in (place / "src" / "click").rglob("*.py"):
        if not (release / "click" / file.relative_to(place / "src" / "click")).exists():
            os.unlink(file)
    lock.unlink()


@pytest.mark.parametrize("how", ["refresh", "watch"])
def test_a_package_becomes_its_next_release_while_it_runs(place, releases, how):
    old, new = fresh(place, releases[0]), fresh(place, releases[1])
    assert old != new, "the releases are no test: nothing differs"

    result = moved(place, releases[1], how)

    assert result["release"].keys() == new.keys()
    assert {name: told for name, told in result["release"].items() if told != new[name]} == {}
    assert [name for name, same in result["held"].items() if not same and name in new] == []
    before, *runs = result["runs"]
    assert (before, runs[0]) == ("hello a\n", "hello a\n")
    assert "Usage: cli hello [OPTIONS] {a|b}" in runs[1]
    assert "No such command 'nope'" in runs[2]
    if releases[1].name != "click-8.1.8":
        assert result["kept"] == before
    assert not result["more"], "one batch was to be it"


def moved(place, release, how):
    from running import Running

    with Running("live.py", place / "src", place / "live.json", how, cwd=place) as program:
        program.until("ready")
        overwrite(place, release)
        program.process.stdin.write("new\n")
        program.process.stdin.flush()
        assert program.ended() == 0, program.text
    return json.loads((place / "live.json").read_text())


def test_the_installed_package_is_not_disturbed(place, releases):
    import click

    before = Path(click.__file__).read_bytes()
    moved(place, releases[1], "refresh")

    assert Path(click.__file__).read_bytes() == before
