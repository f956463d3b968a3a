"""Edits that reach other files: long chains, cycles, submodules, what is imported late or is not finished."""

from __future__ import annotations

import builtins
import importlib
import threading

import pytest

from running import Running, edit, write

# ------------------------------------------------------------------------------- chains


@pytest.mark.parametrize("how", ["from .{} import X, f", "from .{} import *"])
def test_a_chain_of_re_exports_over_six_packages(project, how):
    files = {f"p{n}/__init__.py": "" for n in range(6)}
    links = {
        f"pkg/p{n}/__init__.py": how.format(f"p{n + 1}").replace(".p", "..p") for n in range(5)
    }
    project.write(
        {
            "pkg/__init__.py": how.format("p0"),
            **{f"pkg/{name}": text for name, text in files.items()},
            **links,
            "pkg/p5/__init__.py": "X = 1\ndef f(): return X\n",
            "app.py": "from pkg import *\nY = X + f()\nSEEN = []\n",
        }
    )
    app = project.load("app")
    seen, f = app.SEEN, app.f
    project.edit("pkg/p5/__init__.py", "X = 1", "X = 2")
    trace = project.refresh()

    assert trace[0] == "run pkg.p5.X"
    assert trace[-1] == "rerun app.Y"
    assert (app.X, app.Y, app.SEEN is seen, app.f is f) == (2, 4, True, True)
    project.edit("pkg/p5/__init__.py", "return X", "return X * 10")
    assert project.refresh() == ["patch pkg.p5.f", "rerun app.Y"]
    assert app.Y == 22


def test_the_end_of_a_chain_is_exchanged(project):
    project.write(
        {
            "one.py": "class C:\n    who = 1\n",
            "two.py": "class C:\n    who = 2\n",
            "api.py": "from one import C\n",
            "mid.py": "from api import C as D\n",
            "app.py": "import mid, two\nE = mid.D\nthing = E()\n",
        }
    )
    app = project.load("app")
    project.edit("api.py", "one", "two")

    assert project.refresh() == ["run api.C", "rerun mid.D", "rerun app.E", "rerun app.thing"]

    assert app.E is app.two.C
    assert app.thing.who == 2


# ------------------------------------------------------------------------------- cycles


def test_a_cycle_whose_imports_stand_at_the_end(project):
    project.write(
        {
            "a.py": "X = 1\ndef f(): return g() + X\nfrom b import g\n",
            "b.py": "Y = 10\ndef g(): return Y\nfrom a import f, X\nZ = X\n",
        }
    )
    a, b = project.load("a"), project.load("b")
    project.edit("a.py", "X = 1", "X = 2")
    assert project.refresh() == ["run a.X", "rerun b.f, X", "rerun b.Z"]
    project.edit("b.py", "return Y", "return Y + 1")
    project.edit("a.py", "return g() + X", "return g() * X")

    assert sorted(project.refresh()) == ["patch a.f", "patch b.g"]

    assert (a.f(), b.f(), b.Z) == (22, 22, 2)


def test_a_cycle_in_a_package(project):
    project.write(
        {
            "pkg/__init__.py": "from .node import Node\nfrom .tree import Tree\n",
            "pkg/node.py": "from . import tree\nclass Node:\n    def grow(self): return tree.Tree()\n",
            "pkg/tree.py": "from . import node\nclass Tree:\n    def root(self): return node.Node()\n    N = 1\n",
        }
    )
    pkg = project.load("pkg")
    tree, grow = pkg.Tree(), pkg.Node().grow
    project.edit("pkg/tree.py", "N = 1", "N = 2")
    project.edit("pkg/node.py", "return tree.Tree()", "return tree.Tree().N")

    assert project.refresh() == ["patch pkg.node.Node.grow", "run pkg.tree.Tree.N"]

    assert (tree.N, grow()) == (2, 2)
    assert type(tree.root()) is pkg.Node


# --------------------------------------------------------------------------- submodules


def test_a_submodule_stays_an_attribute_of_its_package(project):
    project.write(
        {
            "pkg/__init__.py": "from . import sub\nX = 1\n",
            "pkg/sub.py": "Y = 1\n",
            "app.py": "import pkg.sub\nZ = pkg.sub.Y\n",
        }
    )
    app = project.load("app")
    project.edit("pkg/__init__.py", "from . import sub\n", "")
    assert project.refresh() == []
    assert app.pkg.sub.Y == 1

    project.edit("pkg/sub.py", "Y = 1", "Y = 2")
    assert project.refresh() == ["run pkg.sub.Y", "rerun app.Z"]
    assert app.Z == 2


def test_a_function_hides_the_submodule_of_its_name_until_it_goes(project):
    project.write(
        {
            "pkg/__init__.py": "from .sub import sub\n",
            "pkg/sub.py": "def sub(): return 1\n",
            "app.py": "import pkg\nfrom pkg.sub import sub\n",
        }
    )
    app = project.load("app")
    assert app.pkg.sub is app.sub
    project.edit("pkg/__init__.py", "from .sub import sub\n", "")
    project.refresh()

    assert app.pkg.sub is importlib.import_module("pkg.sub")


# ------------------------------------------------------------------------- imported late


def test_what_is_imported_late_is_new(project):
    project.write(
        {
            "lib.py": "def f(): return 1\n",
            "app.py": "import importlib\ndef one():\n    from lib import f\n    return f()\n"
            "def two():\n    return importlib.import_module('lib').f()\n",
        }
    )
    app = project.load("app")
    project.edit("lib.py", "return 1", "return 2")  # nobody has imported it yet
    assert project.sync.refresh() is None
    assert (app.one(), app.two()) == (2, 2)
    project.edit("lib.py", "return 2", "return 3")

    assert project.refresh() == ["patch lib.f"]

    assert (app.one(), app.two()) == (3, 3)


def test_what_was_imported_by_a_literal_name_at_the_top_follows(project):
    project.write(
        {
            "lib.py": "X = 1\n",
            "app.py": "import importlib\nlib = importlib.import_module('lib')\nY = lib.X\n",
        }
    )
    app = project.load("app")
    project.edit("lib.py", "X = 1", "X = 2")

    assert project.refresh() == ["run lib.X", "rerun app.Y"]

    assert app.Y == 2


def test_a_package_that_loads_its_parts_when_they_are_asked_for(project):
    project.write(
        {
            "pkg/__init__.py": "import importlib\ndef __getattr__(name):\n"
            "    if name.startswith('_'): raise AttributeError(name)\n"
            "    return importlib.import_module(f'.{name}', __name__)\n",
            "pkg/part.py": "def f(): return 1\n",
            "app.py": "import pkg\ndef late(): return pkg.part.f()\n",
        }
    )
    app = project.load("app")
    project.edit("pkg/part.py", "return 1", "return 2")
    assert app.late() == 2
    project.edit("pkg/part.py", "return 2", "return 3")

    assert project.refresh() == ["patch pkg.part.f"]

    assert app.late() == 3


# ------------------------------------------------------------------------- not finished


@pytest.fixture
def slow(project):
    """Begins to import slow.py in another thread; gives what lets it go on."""
    builtins.begun, builtins.goes_on = threading.Event(), threading.Event()
    threads = []

    def begin(text):
        project.write({"slow.py": text})
        threads.append(threading.Thread(target=project.load, args=("slow",)))
        threads[-1].start()
        assert builtins.begun.wait(20)

    def end():
        builtins.goes_on.set()
        threads[-1].join(20)
        return project.load("slow")

    yield begin, end
    builtins.goes_on.set()
    for thread in threads:
        thread.join(20)
    del builtins.begun, builtins.goes_on


WAIT = "import builtins\nbuiltins.begun.set()\nbuiltins.goes_on.wait(20)\n"


def test_what_a_module_imports_changes_while_another_thread_imports_it(project, slow):
    begin, end = slow
    project.write({"lib.py": "X = 1\ndef f(): return X\n"})
    begin(f"from lib import X, f\nA = X\n{WAIT}B = X + f()\n")
    project.edit("lib.py", "X = 1", "X = 2")

    assert project.refresh() == ["run lib.X", "rerun slow.X, f", "rerun slow.A"]

    module = end()
    assert (module.A, module.B) == (2, 4)


def test_an_edit_of_what_is_not_reached_yet_is_said_not_to_run(project, slow):
    begin, end = slow
    begin(f"RAN = []\n{WAIT}RAN.append('first')\n")
    project.edit("slow.py", "'first'", "'second'")
    report = project.report()

    assert report.trace == []
    [note] = report.notes
    assert "slow.py:5 is the program itself, which is not run again" in note
    assert end().RAN == ["first"]


def test_an_edit_imports_what_another_thread_is_importing(project, slow):
    begin, end = slow
    project.write({"app.py": "X = 1\n"})
    app = project.load("app")
    begin(f"RAN = []\n{WAIT}RAN.append(1)\n")
    project.write({"app.py": "import sys\nX = 2\n"})
    assert project.refresh() == ["run app.sys", "run app.X"]

    assert app.X == 2
    assert end().RAN == [1]


TELL = "report = sync.refresh()\n    print(report.trace, report.notes, f(), flush=True)\n"
MAIN = (
    "import heatsync, sys\nsync = heatsync.Heatsync(watch=False)\nsync.track('.')\n"
    "from {} import f\nprint('begun', flush=True)\nfor line in sys.stdin:\n    " + TELL
)


@pytest.mark.parametrize("words", [("-m", "pkg"), ("-m", "pkg.tool"), ("run.py",)])
def test_a_program_is_never_run_twice_however_it_was_started(tmp_path, words):
    main = MAIN.format("pkg.lib")
    write(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/__main__.py": main,
            "pkg/tool.py": main,
            "pkg/lib.py": "def f(): return 1\n",
            "run.py": "import runpy\nrunpy.run_module('pkg.tool', run_name='__main__', alter_sys=True)\n",
        },
    )
    file = tmp_path / ("pkg/__main__.py" if words[-1] == "pkg" else "pkg/tool.py")
    with Running(*words, cwd=tmp_path) as program:
        program.until("begun")
        edit(file, "for line in", "for other in")
        edit(tmp_path / "pkg/lib.py", "return 1", "return 2")
        program.process.stdin.write("go\n")
        program.process.stdin.flush()
        said = program.until("patch pkg.lib.f")

        assert said.endswith(" 2")
        assert f"{file.name}:6 is the program itself, which is not run again" in said
        assert program.text.count("begun") == 1


@pytest.mark.parametrize(
    ("lib", "name"),
    [("def f(x): return 1", "lib.f"), ("class C:\n    def f(x): return 1", "lib.C.f")],
)
def test_what_is_read_above_a_patch_is_the_original(project, lib, name):
    """As in a fresh import: the patch calls what it replaces, and not itself."""
    patched = f"import lib\noriginal = {name}\ndef more(x): return original(x) * 10\n"
    project.write({"lib.py": lib, "app.py": patched, "user.py": f"import app, lib\nX = {name}(0)"})
    user = project.load("user")
    project.write({"app.py": f"{patched}{name} = more\n"})
    assert project.refresh() == ["run app:4", "rerun user.X"]
    assert user.X == 10

    project.write({"app.py": f"{patched.replace('more', 'much')}{name} = much\n"})
    assert project.refresh() == ["drop app.more", "run app.much", "run app:4", "rerun user.X"]
    assert user.X == 10


def test_what_is_computed_above_a_patch_had_the_original(project):
    """Also by way of a function that reads the name when it is called, or a global of one."""
    text = """
        import lib
        def call(): return lib.f()
        def count():
            global number
            number = 2
        number = 1
        BEFORE = call(), number
        AFTER = call(), number
    """
    project.write({"lib.py": "def f(): return 1", "app.py": text})
    app = project.load("app")
    project.edit("app.py", "AFTER", "lib.f = int\ncount()\nAFTER")

    assert project.refresh() == ["run app:8", "run app:9", "rerun app.AFTER"]

    assert app.BEFORE == (1, 1)
    assert app.AFTER == (0, 2)
