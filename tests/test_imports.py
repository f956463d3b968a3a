"""Imports: added, removed, star, re-exported, cyclic; new files, deleted files, files in odd encodings."""

from __future__ import annotations

import builtins
import os
import sys
import traceback

import pytest


@pytest.fixture
def ran(monkeypatch):
    """What the project's code had evaluated: `ran(x)` is x, and notes it here."""
    noted = []
    monkeypatch.setattr(builtins, "ran", lambda x: (noted.append(x), x)[1], raising=False)
    return noted


# ----------------------------------------------------------------- what is imported follows


def test_a_chain_over_four_files(project):
    project.write(
        {
            "a.py": "X = 1",
            "b.py": "from a import X as Y",
            "c.py": "import b\nZ = b.Y + 1",
            "d.py": "from c import *\nW = Z + 1",
        }
    )
    d = project.load("d")
    project.edit("a.py", "X = 1", "X = 10")

    assert project.refresh() == ["run a.X", "rerun b.Y", "rerun c.Z", "rerun d:1", "rerun d.W"]

    assert (d.Z, d.W) == (11, 12)


def test_a_re_export_through_a_package(project):
    project.write(
        {
            "pkg/__init__.py": "from .core import N, f\n__all__ = ['N', 'f']\n",
            "pkg/core.py": "N = 1\ndef f(): return N\n",
            "app.py": "import pkg\nfrom pkg import N\nM = pkg.N + N\n",
        }
    )
    app = project.load("app")
    project.edit("pkg/core.py", "N = 1", "N = 2")

    assert project.refresh() == [
        "run pkg.core.N",
        "rerun pkg.N, f",
        "rerun app.N",
        "rerun app.M",
    ]

    assert (app.N, app.M, app.pkg.f()) == (2, 4, 2)


def test_a_star_import_brings_a_new_name_and_takes_an_old_one(project):
    project.write({"config.py": "A = 1\nB = 2\n", "app.py": "from config import *\nS = A\n"})
    app = project.load("app")
    project.write({"config.py": "A = 1\nC = 3\n"})
    project.refresh()

    assert app.C == 3
    assert not hasattr(app, "B")
    assert app.S == 1


def test_a_constant_moves_to_another_file(project):
    project.write({"a.py": "X = 1\nY = 2\n", "b.py": "", "app.py": "from a import X, Y\n"})
    app, b = project.load("app"), project.load("b")
    project.write(
        {"a.py": "Y = 2\n", "b.py": "X = 5\n", "app.py": "from a import Y\nfrom b import X\n"}
    )
    project.refresh()

    assert (app.X, app.Y, b.X) == (5, 2, 5)
    assert not hasattr(app.__class__, "X")


def test_an_imported_container_is_never_overwritten(project):
    project.write({"config.py": "C = [1]", "other.py": "C = [2]", "app.py": "from config import C"})
    app, config, other = project.load("app"), project.load("config"), project.load("other")
    project.edit("app.py", "from config", "from other")

    assert project.refresh() == ["run app.C"]

    assert app.C is other.C
    assert config.C == [1]
    assert other.C == [2]


def test_an_import_becomes_a_definition_of_its_own(project):
    project.write(
        {
            "lib.py": "def f(): return 'lib'\nC = [1]",
            "app.py": "from lib import f\nfrom lib import C",
        }
    )
    app, lib = project.load("app"), project.load("lib")
    project.write({"app.py": "def f(): return 'own'\nC = [2]"})
    project.refresh()

    assert (app.f(), lib.f()) == ("own", "lib")
    assert (app.C, lib.C) == ([2], [1])


def test_what_is_imported_by_name_follows(project):
    project.write(
        {"config.py": "N = 1", "app.py": "from config import N\nM = N + 1\ndef f(): return N"}
    )
    app = project.load("app")
    project.edit("config.py", "N = 1", "N = 5")

    assert project.refresh() == ["run config.N", "rerun app.N", "rerun app.M"]

    assert (app.N, app.M, app.f()) == (5, 6, 5)


def test_what_is_read_through_the_module_at_the_top_follows(project):
    project.write(
        {
            "config.py": "N = 1",
            "app.py": "import config\nM = config.N + 1\ndef f(): return config.N",
        }
    )
    app = project.load("app")
    project.edit("config.py", "N = 1", "N = 5")

    assert project.refresh() == ["run config.N", "rerun app.M"]

    assert (app.M, app.f()) == (6, 5)


# ------------------------------------------------------------------- added and removed


def test_an_import_is_added_and_removed(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    project.write(
        {"app.py": "import math\nfrom os import path as p\ndef f(): return math.pi, p.sep"}
    )
    assert sorted(project.refresh()) == ["patch app.f", "run app.math", "run app.p"]
    assert app.f() == (3.141592653589793, os.sep)

    project.write({"app.py": "def f(): return 1"})
    assert project.refresh() == ["patch app.f", "drop app.math", "drop app.p"]
    assert not hasattr(app, "math")
    assert not hasattr(app, "p")


def test_a_name_is_added_to_an_import(project):
    project.write({"lib.py": "a = 1\nb = 2", "app.py": "from lib import a\nstate = []"})
    app = project.load("app")
    state = app.state
    project.edit("app.py", "import a", "import a, b")

    assert project.refresh() == ["run app.a, b"]

    assert (app.a, app.b) == (1, 2)
    assert app.state is state


def test_a_name_is_taken_from_an_import(project, ran):
    project.write({"lib.py": "a = 1\nb = 2", "app.py": "from lib import a, b\nC = ran(a)"})
    app = project.load("app")
    project.edit("app.py", "import a, b", "import a")

    assert project.refresh() == ["drop app.b", "run app.a"]

    assert not hasattr(app, "b")
    assert ran == [1]


def test_an_edited_file_imports_a_new_one(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    project.write(
        {
            "fresh.py": "def g(): return 2",
            "app.py": "from fresh import g\ndef f(): return g()",
        }
    )
    assert project.refresh() == ["patch app.f", "run app.g"]
    assert app.f() == 2

    project.edit("fresh.py", "return 2", "return 3")
    assert project.refresh() == ["patch fresh.g"]
    assert app.f() == 3


def test_a_new_file_that_fails_is_not_left_among_the_modules(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    project.write(
        {
            "fresh.py": "x = 1\nraise RuntimeError('no')",
            "app.py": "import fresh\ndef f(): return 2",
        }
    )

    assert str(project.fail()) == "no"

    assert "fresh" not in sys.modules
    assert app.f() == 1

    project.write({"fresh.py": "x = 1\n"})
    project.load("fresh")
    project.edit("app.py", "return 2", "return fresh.x")
    assert project.refresh() == ["patch app.f", "run app.fresh"]
    assert app.f() == 1


def test_new_files_of_a_batch_that_fails_later_are_forgotten(project):
    project.write({"app.py": "x = 1"})
    app = project.load("app")
    project.write({"fresh.py": "y = 1", "app.py": "import fresh\nx = 1 / 0"})
    assert isinstance(project.fail(), ZeroDivisionError)
    assert "fresh" not in sys.modules

    project.write({"fresh.py": "y = 2"})
    project.edit("app.py", "1 / 0", "fresh.y")
    assert project.refresh() == ["run app.fresh", "run app.x"]
    assert app.x == 2


def test_a_new_file_finds_what_it_imports_as_it_is_going_to_be(project, ran):
    project.write(
        {
            "config.py": "SIZE = 1",
            "base.py": "from config import SIZE as BASE",
            "app.py": "X = 1",
        }
    )
    app = project.load("app")
    project.load("base")
    project.write(
        {
            "config.py": "SIZE = 2",
            "fresh.py": "import inner\nfrom base import BASE\nY = ran(BASE + inner.Z)",
            "inner.py": "from config import SIZE\nZ = ran(SIZE * 10)",
            "app.py": "from fresh import Y\nX = Y",
        }
    )

    assert project.refresh() == ["run app.Y", "run config.SIZE", "rerun base.BASE", "run app.X"]

    assert app.X == 22
    assert ran == [20, 22]


def test_a_submodule_is_imported_anew(project):
    project.write(
        {"pkg/__init__.py": "", "pkg/a.py": "X = 1", "pkg/b.py": "Y = 2", "app.py": "import pkg.a"}
    )
    app = project.load("app")
    project.edit("app.py", "import pkg.a", "import pkg.a\nimport pkg.b\nY = pkg.b.Y")
    project.refresh()

    assert app.Y == 2
    project.edit("pkg/b.py", "Y = 2", "Y = 3")
    assert project.refresh() == ["run pkg.b.Y", "rerun app.Y"]
    assert app.Y == 3


def test_relative_imports(project):
    project.write(
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "X = 1",
            "pkg/sub/__init__.py": "from ..a import X",
            "pkg/sub/b.py": "from . import X\nfrom .. import a\nY = X + a.X",
        }
    )
    b = project.load("pkg.sub.b")
    project.edit("pkg/a.py", "X = 1", "X = 2")

    assert project.refresh() == [
        "run pkg.a.X",
        "rerun pkg.sub.X",
        "rerun pkg.sub.b.X",
        "rerun pkg.sub.b.Y",
    ]

    assert b.Y == 4


def test_an_import_moves_to_another_module_of_the_same_name(project):
    project.write(
        {
            "one.py": "def f(): return 1",
            "two.py": "def f(): return 2",
            "app.py": "from one import f\nX = f()",
        }
    )
    app, one = project.load("app"), project.load("one")
    project.load("two")
    project.edit("app.py", "from one", "from two")

    assert project.refresh() == ["run app.f", "rerun app.X"]

    assert app.X == 2
    assert one.f() == 1


def test_an_import_inside_a_function_sees_the_new(project):
    project.write(
        {
            "config.py": "N = 1",
            "app.py": "def f():\n    from config import N\n    return N\nX = f()",
        }
    )
    app = project.load("app")
    project.edit("config.py", "N = 1", "N = 2")

    assert project.refresh() == ["run config.N", "rerun app.X"]

    assert (app.X, app.f()) == (2, 2)


def test_an_optional_import_becomes_possible(project):
    project.write(
        {
            "app.py": "try:\n    import extra\nexcept ImportError:\n    extra = None\nON = extra is not None\n"
        }
    )
    app = project.load("app")
    project.write({"extra.py": "x = 1"})
    project.edit("app.py", "extra = None", "extra = 0")
    project.refresh()

    assert app.extra.x == 1
    assert app.ON is True


def test_a_name_in_all_is_added(project):
    project.write({"lib.py": "__all__ = ['a']\na = 1\nb = 2", "app.py": "from lib import *"})
    app = project.load("app")
    project.edit("lib.py", "['a']", "['a', 'b']")

    assert project.refresh() == ["run lib.__all__", "rerun app:1"]

    assert app.b == 2


def test_a_name_in_all_is_removed(project):
    project.write({"lib.py": "__all__ = ['a', 'b']\na = 1\nb = 2", "app.py": "from lib import *"})
    app = project.load("app")
    project.edit("lib.py", "['a', 'b']", "['a']")
    project.refresh()

    assert app.a == 1
    assert not hasattr(app, "b")


def test_type_checking_imports_are_never_run(project):
    project.write(
        {
            "app.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import nothing_like_it\nN = 1"
        }
    )
    app = project.load("app")
    project.edit("app.py", "import nothing_like_it", "import nothing_at_all")
    project.refresh()

    assert app.N == 1
    assert not hasattr(app, "nothing_at_all")


def test_a_lazy_module_attribute(project):
    project.write(
        {
            "lib.py": "def __getattr__(name):\n    if name == 'lazy': return 1\n    raise AttributeError(name)\n",
            "app.py": "from lib import lazy\nimport lib\n",
        }
    )
    app = project.load("app")
    project.edit("lib.py", "return 1", "return 2")
    project.refresh()

    assert app.lib.lazy == 2
    assert app.lazy == 2


# -------------------------------------------------------------------------------- cycles


def test_modules_that_import_one_another(project):
    project.write(
        {
            "a.py": "import b\nX = 1\ndef f(): return b.Y\n",
            "b.py": "import a\nY = 10\ndef g(): return a.X\n",
        }
    )
    a = project.load("a")
    b = a.b
    project.edit("a.py", "X = 1", "X = 2")
    project.edit("b.py", "Y = 10", "Y = 20")

    assert sorted(project.refresh()) == ["run a.X", "run b.Y"]

    assert (a.f(), b.g()) == (20, 2)


def test_a_value_that_goes_through_a_cycle(project):
    project.write(
        {
            "a.py": "X = 1\nfrom b import Y\nZ = X + Y\n",
            "b.py": "from a import X\nY = X * 10\n",
        }
    )
    a = project.load("a")
    project.edit("a.py", "X = 1", "X = 2")

    assert project.refresh() == ["run a.X", "rerun b.X", "rerun b.Y", "rerun a.Y", "rerun a.Z"]

    assert (a.Y, a.Z) == (20, 22)


def test_both_files_of_a_cycle_are_edited_at_once(project):
    project.write(
        {
            "a.py": "X = 1\nfrom b import Y\nZ = X + Y\n",
            "b.py": "from a import X\nY = X * 10\n",
        }
    )
    a = project.load("a")
    project.edit("a.py", "X = 1", "X = 2")
    project.edit("b.py", "X * 10", "X * 100")
    project.refresh()

    assert (a.Y, a.Z) == (200, 202)


def test_an_edit_makes_a_cycle(project):
    project.write({"a.py": "X = 1\n", "b.py": "from a import X\nY = X + 1\n"})
    a, b = project.load("a"), project.load("b")
    project.write({"a.py": "X = 2\nfrom b import Y\nZ = Y\n"})
    project.refresh()

    assert (a.X, b.X, b.Y) == (2, 2, 3)
    assert a.Y == a.Z == 3


# ----------------------------------------------------------------------------- the files


def test_a_file_becomes_empty_and_is_filled_again(project):
    project.write({"app.py": "def f(): return 1\nX = 1\n"})
    app = project.load("app")
    project.write({"app.py": ""})
    assert project.refresh() == ["drop app.f", "drop app.X"]

    project.write({"app.py": "def f(): return 2\nX = 1\n"})
    assert project.refresh() == ["run app.f", "run app.X"]
    assert app.f() == 2


def test_an_edit_that_keeps_the_size_and_the_time(project):
    project.write({"app.py": "def f(): return 1"})
    app = project.load("app")
    path = project.root / "app.py"
    before = path.stat()
    project.edit("app.py", "return 1", "return 2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size

    assert project.refresh() == ["patch app.f"]

    assert app.f() == 2


def test_a_file_that_is_only_touched(project):
    project.write({"app.py": "def f(): return 1"})
    project.load("app")
    os.utime(project.root / "app.py", (0, 0))

    assert project.sync.refresh() is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"def f():\n    return 1\n", b"def f():\r\n    return 2\r\n"),
        (b"def f():\r\n    return 1\r\nX = 1\r\n", b"def f():\r\n    return 2\r\nX = 1\r\n"),
        (b"def f():\r    return 1\r", b"def f():\r    return 2\r"),
        (b"\xef\xbb\xbfdef f(): return 1\n", b"\xef\xbb\xbfdef f(): return 2\n"),
        (b"def f(): return 1\n", b"\xef\xbb\xbfdef f(): return 2\n"),
        (b"# coding: latin-1\ndef f(): return '\xe4'\n", b"# coding: utf-8\ndef f(): return 2\n"),
        (b"def f(): return 1\n\x0c\nX = 1\n", b"def f(): return 2\n\x0c\nX = 1\n"),
        (b"def f(): return '\x0b'\nX = 1\n", b"def f(): return 2\nX = 1\n"),
        (b"def f(): return 1", b"def f(): return 2\n"),
    ],
)
def test_line_ends_marks_and_cookies(project, before, after):
    project.write({"app.py": before})
    app = project.load("app")
    f = app.f
    project.write({"app.py": after})

    assert project.refresh() == ["patch app.f"]

    assert f() == 2


def test_only_the_line_ends_change(project):
    project.write({"app.py": b'def f():\n    return """a\nb"""\nX = 1\n'})
    app = project.load("app")
    project.write({"app.py": b'def f():\r\n    return """a\r\nb"""\r\nX = 1\r\n'})

    assert project.refresh() == []

    assert app.f() == "a\nb"


def test_another_coding_of_the_same_characters(project):
    project.write({"app.py": "# coding: latin-1\nX = 'ä'\n".encode("latin-1")})
    app = project.load("app")
    project.write({"app.py": "# coding: utf-8\nX = 'ä'\n".encode()})

    assert project.refresh() == []

    assert app.X == "ä"


def test_characters_of_another_width(project):
    project.write({"app.py": "a = 'ä→😀'; f = lambda: 'ä'; g = lambda: 'ö'\n"})
    app = project.load("app")
    f, g = app.f, app.g
    project.edit("app.py", "'ö'", "'→' + 'ö'")
    assert project.refresh() == ["patch app.g"]

    assert (f(), g()) == ("ä", "→ö")


def test_a_future_import_compiles_everything_anew(project):
    project.write({"app.py": "def f(a: Nowhere = None): return 1\n".replace("Nowhere", "int")})
    app = project.load("app")
    project.write(
        {"app.py": "from __future__ import annotations\ndef f(a: Nowhere = None): return 1\n"}
    )
    project.refresh()

    assert app.f.__annotations__ == {"a": "Nowhere"}


def test_a_new_file_that_failed_is_repaired(project):
    project.write({"app.py": "X = 1"})
    app = project.load("app")
    project.write({"app.py": "import bad\nX = bad.Y", "bad.py": "Y = 1 / 0"})
    assert isinstance(project.fail(), ZeroDivisionError)
    assert project.sync.refresh() is None

    project.write({"bad.py": "Y = 2"})

    assert project.refresh() == ["run app.bad", "run app.X"]
    assert app.X == 2


def test_the_error_of_a_new_file_is_told_without_what_is_ours(project):
    project.write({"app.py": "X = 1"})
    project.load("app")
    project.write({"app.py": "import bad\nX = 2", "bad.py": "\n\nY = 1 / 0"})

    told = traceback.extract_tb(project.fail().__traceback__)

    files = [os.path.basename(frame.filename) for frame in told if "frozen" not in frame.filename]
    assert files == ["app.py", "bad.py"]


def test_a_new_module_of_a_package_whose_init_imports_it_too(project):
    project.write(
        {
            "pkg/__init__.py": "from .two import f\n",
            "pkg/two.py": "def f(): return 1\n",
        }
    )
    pkg = project.load("pkg")
    project.write(
        {
            "pkg/__init__.py": "from .two import f\nfrom .three import g\n",
            "pkg/two.py": "from .three import g\ndef f(): return g(), 2\n",
            "pkg/three.py": "from .four import N\ndef g(): return N\n",
            "pkg/four.py": "N = 3\n",
        }
    )
    project.refresh()

    assert (pkg.f(), pkg.g()) == ((3, 2), 3)


def test_a_star_import_goes_and_takes_its_names_along(project):
    project.write({"lib.py": "a = 1\nb = 2\n", "app.py": "from lib import *\nX = 1\n"})
    app = project.load("app")
    app.mine = 3
    project.edit("app.py", "from lib import *\n", "import lib\n")

    assert project.refresh() == ["drop app.a", "drop app.b", "run app.lib"]

    assert (app.mine, app.X, app.lib.a) == (3, 1, 1)
    assert not {"a", "b"} & vars(app).keys()


@pytest.mark.parametrize(
    ("files", "edits", "values", "trace"),
    [
        (
            {"base.py": "PORT = 1\n", "app.py": "from base import *\nPORT = 2\nV = PORT\n"},
            {"app.py": "from base import *\nV = PORT\n"},
            (1, 1),
            ["rerun app:1", "rerun app.V"],
        ),
        (
            {
                "base.py": "PORT = 1\n",
                "extra.py": "PORT = 2\nA = 1\n",
                "app.py": "from base import *\nfrom extra import *\nV = PORT\n",
            },
            {"extra.py": "A = 1\n"},
            (1, 1),
            ["drop extra.PORT", "rerun app:1", "rerun app.V"],
        ),
        (
            {"base.py": "PORT = 2\n", "app.py": "PORT = 1\nfrom base import *\nV = PORT\n"},
            {"base.py": "OTHER = 2\n"},
            (1, 1),
            ["drop base.PORT", "run base.OTHER", "rerun app.PORT", "rerun app:2", "rerun app.V"],
        ),
        (
            {"base.py": "PORT = 1\n", "app.py": "from base import *\nPORT = 2\nV = PORT\n"},
            {"app.py": "PORT = 2\nfrom base import *\nV = PORT\n"},
            (1, 1),
            ["rerun app:2", "rerun app.V"],
        ),
    ],
)
def test_a_name_that_a_star_and_another_statement_bind_has_the_value_of_the_last_one(
    project, files, edits, values, trace
):
    project.write(files)
    app = project.load("app")

    project.write(edits)

    assert project.refresh() == trace
    port, v = values
    assert port == app.PORT
    assert v == app.V


def test_a_name_that_is_deleted_at_the_end_is_brought_by_no_star(project):
    project.write({"lib.py": "a = 1\nb = 2\n", "app.py": "from lib import *\n"})
    app = project.load("app")

    project.write({"lib.py": "a = 1\nb = 2\ndel b\n"})

    assert project.refresh() == ["run lib.b", "drop app.b"]
    assert not hasattr(app, "b")


def test_a_del_of_several_names_is_edited(project):
    project.write({"app.py": "A = 1\nB = 2\ndel A, B\n"})
    app = project.load("app")

    project.edit("app.py", "del A, B", "del B")
    assert project.refresh() == ["rerun app.A", "rerun app.B", "run app.B"]
    assert [name for name in vars(app) if name[:2] != "__"] == ["A"]

    project.edit("app.py", "del B", "del A, B")
    assert project.refresh() == ["rerun app.B", "run app.A, B"]
    assert [name for name in vars(app) if name[:2] != "__"] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from math import *\n", ""),
        ("from math import *\n", "from math import sqrt\n"),
        ("from cmath import *\nfrom math import *\n", "from cmath import *\n"),
        ("from math import *\n", "from cmath import *\n"),
    ],
)
def test_names_that_a_star_had_brought_from_elsewhere_go_with_it(project, before, after):
    text = "def f(): return pow(2, 10)\n"
    project.write({"app.py": before + text})
    app = project.load("app")
    assert type(app.f()) is float
    project.write({"app.py": after + text})

    project.refresh()

    fresh = {}
    exec(after + text, fresh)
    assert vars(app).keys() - {*dir(type(app)), "__builtins__", "__file__", "__cached__"} >= {"f"}
    assert type(app.f()) is int
    assert {name for name in vars(app) if name[:2] != "__"} == {n for n in fresh if n[:2] != "__"}
    assert getattr(app, "sqrt", None) is fresh.get("sqrt")


def test_a_star_that_stays_is_left_alone(project):
    project.write({"app.py": "from math import *\nX = sqrt(4)\n"})
    app = project.load("app")
    project.write({"app.py": "Y = 1\nfrom math import *\nX = sqrt(9)\n"})

    assert project.refresh() == ["run app.Y", "run app.X"]

    assert app.X == 3


def test_a_decorator_comes_from_another_name_than_its_import_had(project):
    buses = "class Bus:\n    def __init__(self): self.heard = []\n"
    buses += "    def on(self, f):\n        self.heard.append(f)\n        return f\n"
    project.write({"buses.py": buses + "a, b = Bus(), Bus()\n"})
    project.write({"app.py": "from buses import a\n@a.on\ndef f(): ...\n"})
    app, buses = project.load("app"), project.load("buses")
    project.write({"app.py": "from buses import b\n@b.on\ndef f(): ...\n"})

    assert project.refresh() == ["drop app.a", "run app.b", "run app.f"]

    assert (buses.a.heard, buses.b.heard) == ([], [app.f])
