"""What the oracle found: programs that were not as a fresh import of them, made small."""

from __future__ import annotations

import sys
import threading

import pytest

from heatsync._engine.objects.flights import names_in_flight


@pytest.mark.parametrize(
    "text",
    [
        "X = (lambda v: v + N)(1)\n",
        "import functools\ndef f(v): return v + N\nX = functools.partial(f, 1)()\n",
    ],
)
def test_what_is_called_where_it_is_made_is_called_now(project, text):
    project.write({"lib.py": "N = 1", "app.py": f"from lib import N\n{text}"})
    app = project.load("app")
    project.edit("lib.py", "1", "5")

    assert project.refresh() == ["run lib.N", "rerun app.N", "rerun app.X"]

    assert app.X == 6


def test_a_package_that_imports_its_own_module_reads_it(project):
    project.write(
        {"pkg/lib.py": "N = 1", "pkg/__init__.py": "from pkg import lib\nM = lib.N * 2\n"}
    )
    pkg = project.load("pkg")
    project.edit("pkg/lib.py", "1", "5")

    assert project.refresh() == ["run pkg.lib.N", "rerun pkg.M"]

    assert pkg.M == 10


def test_an_unedited_star_import_is_no_reason_to_run_it_again(project):
    project.write(
        {"lib.py": "N = 1", "app.py": "from lib import *\nL = [v * N for v in range(2)]\n"}
    )
    app = project.load("app")
    project.edit("app.py", "range(2)", "range(3)")

    assert project.refresh() == ["run app.L"]

    assert app.L == [0, 1, 2]


def test_names_that_only_a_star_had_brought_go_with_it(project):
    project.write({"lib.py": "A = 1\nB = 2", "app.py": "from lib import *\nX = A\n"})
    app = project.load("app")
    project.edit("app.py", "import *", "import A")

    assert project.refresh() == ["drop app.B", "run app.A"]

    assert not hasattr(app, "B")
    assert app.X == 1


def test_a_class_that_a_star_brought_is_looked_into(project):
    project.write(
        {
            "lib.py": "class C:\n    def m(self): return 1\n",
            "app.py": "from lib import *\nX = C().m()\nheld = C()\n",
        }
    )
    app = project.load("app")
    held = app.held
    project.edit("lib.py", "return 1", "return 2")

    assert project.refresh() == ["patch lib.C.m", "rerun app.X"]

    assert app.X == 2
    assert app.held is held


def test_who_holds_a_function_follows_when_it_becomes_a_lambda_and_back(project):
    project.write({"app.py": "def f(x): return x + 1\n"})
    held = project.load("app").f
    project.write({"app.py": "f = lambda x: x + 2\n"})

    assert project.refresh() == ["run app.f"]
    assert held(0) == 2

    project.write({"app.py": "def f(x): return x + 3\n"})

    assert project.refresh() == ["run app.f"]
    assert held(0) == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("__new__", "    def __new__(cls): return super().__new__(cls)\n"),
        ("__class_getitem__", "    def __class_getitem__(cls, key): return cls, key\n"),
    ],
)
def test_a_method_that_the_class_makes_another_kind_of_is_made_one(project, name, text):
    project.write({"app.py": "class C:\n    def m(self): return 1\n"})
    app = project.load("app")
    held = app.C
    project.write({"app.py": "class C:\n    def m(self): return 1\n" + text})

    assert project.refresh() == ["run app.C"]

    assert app.C is held
    assert type(vars(held)[name]) is (staticmethod if name == "__new__" else classmethod)
    assert isinstance(held(), held)


def test_two_wrappers_of_one_function_stay_the_ones_they_wrap(project):
    wrapper = """
        import functools
        def w(fn):
            @functools.wraps(fn)
            def wrapper(*args):
                return fn(*args) + 1
            return wrapper
        """
    project.write({"lib.py": wrapper, "app.py": "from lib import w\n@w\n@w\ndef f(): return 0\n"})
    app = project.load("app")
    held, inner = app.f, app.f.__wrapped__
    project.edit("lib.py", "+ 1", "+ 2")

    assert project.refresh() == ["patch lib.w", "rerun app.f"]

    assert app.f is held
    assert held.__wrapped__ is inner is held.__closure__[0].cell_contents
    assert held() == 4


def test_what_runs_again_gets_no_result_that_was_cached_before(project):
    project.write(
        {
            "app.py": """
        import functools
        @functools.cache
        def f(): return 1
        def g(): return f()
        X = g()
        """
        }
    )
    app = project.load("app")
    project.edit("app.py", "return 1", "return 2")

    assert project.refresh() == ["patch app.f", "rerun app.X"]

    assert (app.X, app.f()) == (2, 2)


def test_a_list_that_takes_the_rest_stays_the_same_list(project):
    project.write({"app.py": "first, *rest = [1, 2, 3]\n"})
    app = project.load("app")
    held = app.rest
    project.edit("app.py", "3]", "4]")

    assert project.refresh() == ["run app.first, rest"]

    assert held == [2, 4]
    assert app.rest is held


def test_a_member_that_fails_tells_its_class_where_it_stands_now(project):
    project.write({"app.py": "N = 1\n\n\nclass C:\n    a = N\n"})
    project.load("app")
    project.write({"app.py": "N = 1\nclass C:\n    a = N / 0\n"})

    error = project.fail()

    lines, step = [], error.__traceback__
    while step is not None:
        lines.append(step.tb_lineno)
        step = step.tb_next
    assert set(lines) <= {2, 3}


@pytest.mark.parametrize(
    ("base", "header"),
    [
        (
            "class M(type):\n    def __new__(m, *args):\n        made = super().__new__(m, *args)\n        made.tag = N\n        return made\n",
            "metaclass=M",
        ),
        ("class M:\n    def __init_subclass__(cls): cls.tag = N\n", "M"),
    ],
)
def test_what_makes_classes_behaves_anew(project, base, header):
    project.write(
        {"lib.py": f"N = 1\n{base}", "app.py": f"from lib import M\nclass C({header}): pass\n"}
    )
    app = project.load("app")
    held = app.C
    project.edit("lib.py", "N = 1", "N = 2")

    assert project.refresh() == ["run lib.N", "rerun app.C"]

    assert app.C is held
    assert held.tag == 2


def test_what_is_bound_anew_below_is_no_reason_for_what_reads_it_above(project):
    project.write({"app.py": "n = 2\nm = n + 1\nlast = 0\n"})
    app = project.load("app")
    project.edit("app.py", "last = 0\n", "last = 0\nn += m\n")

    assert project.refresh() == ["run app.n"]

    assert (app.n, app.m) == (5, 3)


def test_a_method_that_is_called_on_a_member_of_an_enum(project):
    project.write(
        {
            "lib.py": "import enum\nclass E(enum.Enum):\n    A = 1\n    def m(self): return self.value\n",
            "app.py": "from lib import E\nX = E.A.m()\nV = E.A.value\n",
        }
    )
    app = project.load("app")
    member = app.E.A
    project.edit("lib.py", "return self.value", "return self.value + 1")

    assert project.refresh() == ["patch lib.E.m", "rerun app.X"]

    assert (app.X, app.V) == (2, 1)
    assert app.E.A is member


def test_a_container_of_another_file_is_made_anew_before_it_is_filled(project):
    project.write(
        {
            "lib.py": "R = dict()\n",
            "app.py": "import lib\nlib.R['a'] = 1\nlib.R.setdefault('b', int('2'))\n",
        }
    )
    app = project.load("app")
    held = app.lib.R
    project.write({"app.py": "from lib import R\nR['a'] = 3\n"})

    project.refresh()

    assert held == {"a": 3}
    assert held is project.load("lib").R


def test_what_reads_a_name_between_two_that_bind_it(project):
    text = """
        from lib import N
        n = 5
        class C:
            def m(self, k=n * 10): return k
        m = n + N
        n += N
        """
    project.write({"lib.py": "N = 1\n", "app.py": text})
    app = project.load("app")
    project.edit("lib.py", "1", "2")
    project.refresh()

    assert (app.n, app.m, app.C().m()) == (7, 7, 50)


def test_an_equal_container_that_moved_is_the_one_that_is_imported(project):
    project.write(
        {"b.py": "A = 1\n", "c.py": "from b import *\nS = {1, 2}\n", "app.py": "import b, c\n"}
    )
    app = project.load("app")
    project.write({"b.py": "A = 1\nS = {1, 2}\n", "c.py": "from b import *\n"})
    project.refresh()

    assert app.c.S is app.b.S


def test_what_was_put_into_another_file_goes_with_its_import(project):
    project.write(
        {
            "lib.py": "R = dict()\n",
            "mid.py": "from lib import R\n",
            "other.py": "from mid import R\nR.setdefault('b', 2)\n",
            "app.py": "import other\nfrom mid import R\nR.setdefault('a', int('1'))\nX = 1\n",
        }
    )
    app = project.load("app")
    held = app.R
    project.write({"app.py": "import other\nX = 1\n"})
    project.refresh()

    assert held == {"b": 2}
    assert app.other.R is held


def test_what_a_call_handed_on_is_not_made_what_it_hands_on_now(project):
    project.write(
        {
            "lib.py": "import functools\ndef deco(fn):\n    return fn\n",
            "app.py": "from lib import deco\ndef f(x):\n    return x\ng = deco(f)\n",
        }
    )
    app = project.load("app")
    f = app.f
    wrapping = "    @functools.wraps(fn)\n    def w(x):\n        return fn(x) + 5\n    return w\n"
    project.edit("lib.py", "    return fn\n", wrapping)

    assert project.refresh() == ["patch lib.deco", "rerun app.g"]

    assert app.f is f
    assert (app.f(1), app.g(1)) == (1, 6)
    assert app.g.__wrapped__ is f

    project.edit("lib.py", wrapping, "    return fn\n")
    assert project.refresh() == ["patch lib.deco", "rerun app.g"]
    assert app.g is app.f is f
    assert f(1) == 1


def test_a_call_of_what_a_call_gives_takes_nothing_from_other_containers(project):
    project.write(
        {
            "lib.py": "def f(x, y=8):\n    return x * y\nK = {'n': 5, 'f': f}\n",
            "app.py": "import functools\nfrom lib import K, f\nassert functools.partial(f, 6)()\n",
        }
    )
    lib = project.load("lib")
    project.load("app")
    project.edit("lib.py", "y=8", "y=1")

    assert project.refresh() == ["run lib.f", "rerun app:3"]

    expected = {"n": 5, "f": lib.f}
    assert expected == lib.K


def test_what_reads_a_name_in_between_reads_it_before_it_is_bound_again(project):
    project.write({"app.py": "match 1:\n    case _: n = 1\nm = n\nn += 1\n"})
    app = project.load("app")
    project.edit("app.py", "_: n = 1", "_: n = 2")

    assert project.refresh() == ["run app.n", "rerun app.m", "rerun app.n"]

    assert (app.m, app.n) == (2, 3)


def test_a_function_is_compiled_as_in_a_file_that_imports_what_it_calls_a_method_of(project):
    project.write({"lib.py": "L = []\n", "app.py": "from lib import L\ndef f(x): L.append(x)\n"})
    app = project.load("app")
    project.write({"app.py": "def f(x): L.append(x)\nL = []\n"})

    assert project.refresh() == ["run app.L"]

    expected = {}
    exec(compile(project.read("app.py"), app.__file__, "exec"), expected)
    assert app.f.__code__.co_code == expected["f"].__code__.co_code


def test_a_class_that_moved_is_brought_by_a_star(project):
    project.write(
        {
            "b.py": "class C: x = 1\n",
            "lib.py": "import b\nf = 1\n",
            "app.py": "from lib import *\ng = f\n",
        }
    )
    app = project.load("app")
    project.write({"b.py": "", "lib.py": "import b\nf = 1\nclass C: x = 1\n"})

    assert project.refresh() == ["drop b.C", "run lib.C", "rerun app:1"]

    assert app.C.__module__ == "lib"


def test_a_member_reads_what_stands_above_its_class(project):
    text = "import lib\nn = 3\nclass C:\n    a = n + 8\n    b = a + 1\nn += lib.A\n"
    project.write({"lib.py": "A = 5\n", "app.py": text})
    app = project.load("app")
    project.edit("app.py", "+ 8", "+ 9")

    assert project.refresh() == ["rerun app.n", "run app.C.a", "rerun app.C.b", "rerun app.n"]

    assert (app.C.a, app.C.b, app.n) == (12, 13, 8)


def test_a_member_made_of_another_one_is_not_kept_when_its_class_is_made_anew(project):
    text = """
        from lib import N
        class M(type):
            def __new__(m, name, bases, space):
                return super().__new__(m, name, bases, space | {'c': N})
        class C(metaclass=M):
            a = N * 2
            b = a + 1
            kept = 0
        """
    project.write({"lib.py": "N = 5\n", "app.py": text})
    app = project.load("app")
    app.C.kept = 7
    project.edit("lib.py", "5", "6")

    assert project.refresh() == ["run lib.N", "rerun app.N", "rerun app.C"]

    assert (app.C.a, app.C.b, app.C.c, app.C.kept) == (12, 13, 6, 7)


def test_a_method_of_a_member_of_an_enum_that_is_called_in_a_walrus(project):
    enumeration = "import enum\nn = 8\nclass E(enum.Enum):\n    A = 2\n    def m(self): return n\n"
    project.write({"lib.py": enumeration, "app.py": "from lib import E\n(x := E.A.m())\n"})
    app = project.load("app")
    project.edit("lib.py", "8", "9")

    assert project.refresh() == ["run lib.n", "rerun app.x"]

    assert app.x == 9


def test_what_a_dataclass_took_from_its_block_moves_its_lines(project):
    text = "import dataclasses\n@dataclasses.dataclass\nclass D:\n    b: list = dataclasses.field(default_factory=lambda: [1])\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.write({"app.py": "#\n\n" + text})

    assert project.refresh() == []

    [field] = app.dataclasses.fields(app.D)
    assert field.default_factory.__code__.co_firstlineno == 6


def test_a_wrapper_that_moved_with_what_it_wraps_tells_its_new_home(project):
    deco = "import functools\ndef w(f):\n    @functools.wraps(f)\n    def wrapper(): return f()\n    return wrapper\n"
    text = "from deco import w\n@w\ndef f(): return 1\n"
    project.write({"deco.py": deco, "a.py": text, "b.py": "", "app.py": "import a, b\n"})
    app = project.load("app")
    project.write({"a.py": "", "b.py": text})
    project.refresh()

    assert app.b.f.__module__ == "b"


def test_a_method_that_is_called_for_an_argument_of_a_bare_call(project):
    project.write(
        {
            "lib.py": "class S:\n    def m(self): return 1\n    def go(self, x): L.append(x)\nL = []\n",
            "app.py": "from lib import S\ns = S()\ns.go(s.m())\n",
        }
    )
    app = project.load("app")
    held = app.s
    project.edit("lib.py", "return 1", "return 2")

    assert project.refresh() == ["patch lib.S.m", "rerun app:3"]

    assert app.s is held


def test_a_held_wrapper_has_the_annotations_of_what_it_wraps(project):
    text = "import functools\ndef w(f):\n    @functools.wraps(f)\n    def wrapper(*a): return f(*a)\n    return wrapper\ndef f(x: int): pass\nheld = [w(f)]\n"
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "x: int", "x: str")

    assert project.refresh() == ["run app.f"]

    assert app.held[0].__annotations__ is app.f.__annotations__
    assert app.f.__annotations__ == {"x": str}


def test_a_lambda_that_becomes_a_decorated_function_is_the_one_that_is_registered(project):
    register = "R = {}\ndef q(f):\n    R[f.__name__] = f, 1\n    return f\n"
    project.write({"app.py": register + "f = lambda x: x + 1\n"})
    app = project.load("app")
    held = app.f
    project.edit("app.py", "f = lambda x: x + 1\n", "@q\ndef f(x): return x + 2\n")

    assert project.refresh() == ["run app.f"]

    assert app.R["f"][0] is app.f is held


def test_another_import_of_the_same_package_makes_no_difference(project):
    project.write(
        {
            "pkg/__init__.py": "",
            "pkg/a.py": "N = 1",
            "app.py": "import pkg.a\nimport pkg\nX = pkg.a.N\n",
        }
    )
    project.load("app")
    project.edit("app.py", "import pkg\n", "")

    assert project.refresh() == []


def test_a_moved_function_that_a_star_brings_no_more_is_gone(project):
    f = "def f(): return 1\n"
    project.write(
        {
            "a.py": "n = 1\n",
            "lib.py": f"import a\n{f}g = 1\n__all__ = ['f', 'g']\n",
            "app.py": "from lib import *\nX = g\n",
        }
    )
    app = project.load("app")
    project.write({"a.py": f"n = 1\n{f}", "lib.py": "from a import f\ng = 1\n__all__ = ['g']\n"})
    project.refresh()

    assert not hasattr(app, "f")


def test_what_reads_a_name_above_the_last_that_binds_it_may_be_found_late(project):
    project.write(
        {
            "lib.py": "n = 4\nS = {n, int('5')}\n",
            "app.py": "from lib import S, n\nS.add(n + 6)\n",
        }
    )
    app = project.load("app")
    held = app.S
    project.write({"lib.py": "n = 4\nS = {n, int('5')}\nn = n + 8\n"})
    project.refresh()

    assert app.n == 12
    assert held == {4, 5, 18}


@pytest.mark.parametrize("call", ["f(1)", "(lambda: g())()", "C().m(1)", "partial(f, 1)()"])
def test_what_is_called_reads_a_name_as_it_stood_at_the_place_of_the_call(project, call):
    text = """
    from functools import partial
    n = 2
    def f(x): return n
    def g(): return f(1)
    class C:
        def m(self, x): return f(1)
    T = 0
    n += 7
    """
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "T = 0", f"T = {call}")

    assert project.refresh() == ["rerun app.n", "run app.T", "rerun app.n"]

    assert (app.T, app.n) == (2, 9)


@pytest.mark.parametrize("base", ["", "(Enum)"])
def test_what_a_class_block_calls_reads_a_name_as_it_stood_at_the_place_of_the_class(project, base):
    text = f"""
    from enum import Enum
    n = 2
    def f(x): return n + x
    class C{base}:
        a = 1
        b = f(3)
    n += 7
    """
    project.write({"app.py": text})
    app = project.load("app")
    project.edit("app.py", "n + x", "n - x")

    name = "app.C" if base else "app.C.b"
    assert project.refresh() == ["patch app.f", "rerun app.n", f"rerun {name}", "rerun app.n"]

    assert app.n == 9
    assert (app.C.b.value if base else app.C.b) == -1


def test_a_class_that_became_abstract_while_it_had_instances_is_edited_further(project):
    project.write({"app.py": "from abc import ABC\nclass C:\n    a = 1\nc = C()\n"})
    app = project.load("app")
    project.edit("app.py", "class C:", "class C(ABC):")
    project.refresh()
    project.edit("app.py", "a = 1", "a = 2")

    assert project.refresh() == ["run app.C.a"]

    assert isinstance(app.c, app.C)
    assert app.c.a == 2


def test_wrappers_of_wrappers_go_on_sharing_their_annotations(project):
    text = """
    from functools import wraps
    def inner(fn):
        def wrapper(x):
            return fn(x) * 2
        return wrapper
    def outer(fn):
        @wraps(fn)
        def wrapper(*args):
            return fn(*args)
        return wrapper
    @outer
    @inner
    def f(x: int) -> int:
        return x
    """
    project.write({"app.py": text})
    app = project.load("app")
    for old, new in (("* 2", "* 3"), ("* 3", "* 4")):
        project.edit("app.py", old, new)
        project.refresh()

        assert app.f.__annotations__ is app.f.__wrapped__.__annotations__
    assert app.f(2) == 8


def test_what_is_registered_with_a_dispatcher_is_called_by_those_who_call_that(project):
    project.write({
        "app.py": "import functools\n"
        "@functools.singledispatch\ndef show(x): return 0\n"
        "@show.register\ndef show_int(x: int): return x + 1\n"
        "N = show(1)\n"
    })  # fmt: skip
    app = project.load("app")
    project.edit("app.py", "x + 1", "x + 5")

    assert project.refresh() == ["patch app.show_int", "rerun app.N"]

    assert app.N == 6


def test_a_class_on_a_condition_goes_on_where_its_base_gets_another_member(project):
    project.write({
        "lib.py": "class Base:\n    a = 1\n",
        "app.py": "from lib import Base\nif len('x'):\n    class C(Base):\n        b = 2\n",
    })  # fmt: skip
    app = project.load("app")
    held = app.C
    project.edit("lib.py", "a = 1", "a = 5")

    assert project.refresh() == ["run lib.Base.a"]

    assert app.C is held
    assert held.a == 5


def test_a_class_on_a_condition_is_made_anew_where_its_base_hears_of_it(project):
    project.write({
        "lib.py": "class Base:\n    a = 1\n    def __init_subclass__(cls): cls.c = cls.a\n",
        "app.py": "from lib import Base\nif len('x'):\n    class C(Base):\n        b = 2\n",
    })  # fmt: skip
    app = project.load("app")
    held = app.C
    project.edit("lib.py", "a = 1", "a = 5")

    assert project.refresh() == ["run lib.Base.a", "rerun app.C"]

    assert app.C is held
    assert held.c == 5


def test_a_class_whose_name_goes_on_to_something_else_is_made_anew_for_what_it_reads(project):
    project.write({"app.py": "N = 1\nclass v:\n    a = N + 1\nv = v.a\n"})
    app = project.load("app")
    project.edit("app.py", "N = 1", "N = 5")

    assert project.refresh() == ["run app.N", "rerun app.v", "rerun app.v"]

    assert app.v == 6


@pytest.mark.parametrize("use", ["with Lock() as x: pass", "x = Lock() + 1", "x = len(Lock())"])
def test_what_computes_with_a_new_instance_runs_its_methods(project, use):
    project.write({
        "app.py": "N = 1\nclass Lock:\n"
        "    def __enter__(self): return N\n    def __exit__(self, *raised): pass\n"
        f"    def __add__(self, other): return N\n    def __len__(self): return N\n{use}\n"
    })  # fmt: skip
    app = project.load("app")
    project.edit("app.py", "N = 1", "N = 5")

    assert project.refresh() == ["run app.N", "rerun app.x"]

    assert app.x == 5


@pytest.mark.parametrize(
    ("made", "put", "left"),
    [
        ("[]", "L.extend([f, 7])", "[f, 8]"),
        ("[0, 7]", "L.extend([f, 7])", "[0, 7, f, 8]"),
        ("set()", "L.update([f, 7])", "{f, 8}"),
    ],
)
def test_of_several_entries_those_that_are_mere_values_are_taken_back_too(project, made, put, left):
    project.write({"app.py": f"L = {made}\ndef f(): pass\n{put}\n"})
    app = project.load("app")
    held = app.L
    project.edit("app.py", f"7{put[-2:]}", f"8{put[-2:]}")

    assert project.refresh() == ["rerun app.L", "run app:3"]

    assert app.L is held
    assert eval(left, vars(app)) == held


def test_a_value_put_in_beside_a_function_says_nothing_about_that(project):
    project.write({"app.py": "L = []\ndef f(): pass\nL.extend([f, 6])\nL.append(f)\n"})
    app = project.load("app")
    project.edit("app.py", "L.append(f)\n", "")

    assert project.refresh() == ["drop app:4"]

    assert list(app.L) == [app.f, 6]


GENERIC = """class C[T]:
    a: T = 1
    def m(self, x: T): pass
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
@pytest.mark.parametrize("edit", [("a: T = 1", "a: T = 2"), ("x: T", "x: T = 1")])
def test_a_member_of_a_generic_class_names_the_parameter_that_the_class_has(project, edit):
    project.write({"app.py": GENERIC})
    app = project.load("app")
    (parameter,) = app.C.__type_params__
    project.edit("app.py", *edit)

    project.refresh()

    assert app.C.__type_params__ == (parameter,)
    assert app.C.__annotations__["a"] is parameter
    assert app.C.m.__annotations__["x"] is parameter


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_a_class_that_was_to_get_type_parameters_has_none_where_that_fails(project):
    head = "import typing\nT = typing.TypeVar('T')\n"
    project.write({"app.py": f"{head}class C(typing.Generic[T]):\n    a = 1\n"})
    app = project.load("app")
    project.write({"app.py": f"{head}class C[T]:\n    a = 5\nundefined_\n"})

    assert "undefined_" in str(project.fail())

    assert app.C.a == 1
    assert app.C.__type_params__ == ()


def test_what_copies_a_docstring_does_so_again(project):
    project.write({
        "app.py": "import functools\ndef f(): 'One.'\n@functools.wraps(f)\ndef g(): pass\n"
    })  # fmt: skip
    app = project.load("app")
    project.edit("app.py", "One.", "Two.")

    assert project.refresh() == ["patch app.f", "rerun app.g"]

    assert app.g.__doc__ == "Two."


def test_a_failed_batch_leaves_a_bounded_cache_whole(project):
    project.write({
        "app.py": "import functools\n@functools.lru_cache(maxsize=1)\ndef f(x, y=0): return x + y\n"
        "HELD = (f, f(1, 1))\n"
    })  # fmt: skip
    app = project.load("app")
    for attempt in range(20):
        project.write({
            "app.py": "import functools\n@functools.lru_cache(maxsize=1)\n"
            "def f(x, y=0): return x + y\n"
            f"HELD = (f, f(1, 1), f({attempt}))\nundefined_\n"
        })  # fmt: skip
        assert "NameError" in repr(project.fail())

    assert [app.f(1, 1), app.f(3), app.f(2, 2)] == [2, 3, 4]


def test_an_enum_becomes_a_flag(project):
    project.write({"app.py": "import enum\nclass E(enum.Enum):\n    A = 'a'\n    B = 'b'\n"})
    app = project.load("app")
    held = app.E
    project.write({
        "app.py": "import enum\nclass E(enum.Flag):\n    A = enum.auto()\n    B = enum.auto()\n"
    })  # fmt: skip

    assert project.refresh() == ["run app.E"]

    assert [member.value for member in app.E] == [1, 2]
    assert held.A is app.E.A


def test_a_dataclass_with_instances_becomes_a_named_tuple(project):
    project.write({
        "app.py": "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\np = P()\n"
    })  # fmt: skip
    app = project.load("app")
    project.write({
        "app.py": "import typing\nclass P(typing.NamedTuple):\n    x: int = 5\np = P()\n"
    })  # fmt: skip

    assert project.refresh() == [
        "drop app.dataclasses",
        "run app.typing",
        "run app.P",
        "rerun app.p",
    ]

    assert app.p == (5,)


def test_a_named_tuple_keeps_one_function_under_two_names(project):
    project.write({"app.py": "import typing\nclass P(typing.NamedTuple):\n    x: int = 1\n"})
    app = project.load("app")
    project.edit("app.py", "1", "5")

    assert project.refresh() == ["run app.P"]

    assert getattr(app.P, "__replace__", app.P._replace) is app.P._replace
    assert app.P()._replace(x=2) == (2,)


def test_a_container_is_made_anew_before_a_file_that_begins_to_import_it_fills_it(project):
    project.write({
        "pkg/__init__.py": "",
        "pkg/leaf.py": "L = []\n",
        "pkg/one.py": "N = 7\n",
        "app.py": "import pkg.one\nfrom pkg.leaf import L\nL.append(1)\nL.append(2)\n",
    })  # fmt: skip
    app = project.load("app")
    project.write({
        "pkg/one.py": "from pkg import leaf\nN = 7\nleaf.L.append(N)\n",
        "app.py": "import pkg.one\nfrom pkg.leaf import L\nL.append(2)\n",
    })  # fmt: skip

    project.refresh()

    assert app.L == [7, 2]


def test_an_attribute_of_a_function_goes_with_the_line_that_set_it(project):
    project.write({"app.py": "def f(): pass\nf.title = 'one'\nf.rank = 1\n"})
    app = project.load("app")
    project.edit("app.py", "f.title = 'one'\n", "")

    assert project.refresh() == ["drop app.f.title"]

    assert vars(app.f) == {"rank": 1}


def test_a_function_begins_to_dispatch(project):
    project.write({"app.py": "def f(x): return 1\nHELD = [f]\n"})
    app = project.load("app")
    project.write({
        "app.py": "import functools\n@functools.singledispatch\ndef f(x): return 5\nHELD = [f]\n"
    })  # fmt: skip

    project.refresh()

    assert app.f.registry[object] is app.f.__wrapped__
    assert [app.f(1), app.HELD[0](1)] == [5, 5]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="classes tell their line from 3.13 on")
@pytest.mark.parametrize(
    "text", ["if True:\n    class C: pass\n", "def f():\n    class C: pass\n    return C\n"]
)
def test_a_class_that_is_not_at_the_top_tells_the_line_that_it_has_moved_to(project, text):
    project.write({"app.py": f"X = 1\n{text}"})
    app = project.load("app")
    project.edit("app.py", "X = 1\n", "X = 1\n\n\n")

    project.refresh()

    made = app.f() if hasattr(app, "f") else app.C
    assert made.__firstlineno__ == 5


def test_a_function_that_bears_the_name_of_another_is_still_itself(project):
    text = "import functools\ndef one(): pass\ndef two(): pass\n@functools.wraps({})\ndef f(): return {}\n"
    project.write({"app.py": text.format("one", 1)})
    app = project.load("app")
    held = app.f
    project.write({"app.py": text.format("two", 5)})

    assert project.refresh() == ["run app.f"]

    assert app.f is held
    assert (held.__name__, held()) == ("two", 5)


def test_a_class_that_was_on_a_condition_has_the_members_of_its_new_text(project):
    project.write({
        "app.py": "if len('x'):\n    class C:\n        a = 1\nelse:\n    C = None\nX = C.a\n"
    })  # fmt: skip
    app = project.load("app")
    project.write({"app.py": "class C:\n    a = 5\nX = C.a\n"})

    assert project.refresh() == ["run app.C", "rerun app.X"]

    assert (app.C.a, app.X) == (5, 5)


def test_what_runs_again_some_lines_further_down_is_still_made_of_the_same_functions(project):
    project.write({
        "app.py": "import functools\nN = 1\n"
        "class C:\n    a = N\n    @functools.singledispatchmethod\n    def m(self, x): return 1\n"
    })  # fmt: skip
    app = project.load("app")
    held = vars(app.C)["m"].func
    project.edit("app.py", "N = 1\n", "N = 1\nN = 5\n")

    assert project.refresh() == ["run app.N", "rerun app.C"]

    assert app.C.a == 5
    assert vars(app.C)["m"].dispatcher.registry[object] is held


def test_what_is_called_at_the_top_is_what_its_name_meant_there(project):
    project.write({"app.py": "n = 3\nn += n\n"})
    app = project.load("app")
    project.write({"app.py": "n = 3\ndef m(): return n * n\nm = m()\nn += n\n"})

    project.refresh()

    assert (app.m, app.n) == (9, 6)


@pytest.mark.parametrize("kind", ["1, {}", "[1, {}]", "{{'a': {}}}"])
def test_an_equal_value_that_leads_to_another_container_is_another_value(project, kind):
    text = "FIRST, SECOND = [], []\nHELD = {}\n"
    project.write({"app.py": text.format(kind.format("FIRST"))})
    app = project.load("app")
    project.write({"app.py": text.format(kind.format("SECOND"))})

    assert project.refresh() == ["run app.HELD"]

    assert app.SECOND is (app.HELD["a"] if isinstance(app.HELD, dict) else app.HELD[1])


def test_an_equal_value_with_containers_of_its_own_keeps_them(project):
    project.write({"lib.py": "N = 1\n", "app.py": "from lib import N\nHELD = N > 0, [1]\n"})
    app = project.load("app")
    held = app.HELD
    project.edit("lib.py", "1", "5")

    assert project.refresh() == ["run lib.N", "rerun app.N", "rerun app.HELD"]

    assert app.HELD is held


def test_a_builtin_that_is_named_does_not_claim_what_others_registered_under_it(project):
    project.write({
        "lib.py": "import functools\nN = 1\n@functools.singledispatch\ndef f(x): return 0\n"
        "@f.register\ndef _(x: int): return N\n",
        "app.py": "from lib import f\nclass Base: pass\nclass C(Base):\n    a: int = f(1)\n",
    })  # fmt: skip
    app = project.load("app")
    project.edit("lib.py", "return N", "return N + 1")

    assert project.refresh() == ["patch lib._", "rerun app.C.a"]

    assert app.C.a == 2
    assert int in app.f.registry


@pytest.mark.parametrize(
    "edit", [("x)", "x, y=2)"), ("x: int", "x: int, y=2"), ("x: int", "x: str")]
)
def test_a_dispatcher_that_is_made_anew_has_what_is_registered_with_it(project, edit):
    project.write({
        "app.py": "import functools\n@functools.singledispatch\ndef show(x): return 1\n"
        "@show.register\ndef _(x: int): return 2\n"
    })  # fmt: skip
    app = project.load("app")
    project.edit("app.py", *edit)

    report = project.report()

    assert report.error is None
    assert report.notes == ()
    kind = str if edit[1] == "x: str" else int
    assert set(app.show.registry) == {object, kind}
    assert app.show(kind()) == 2


def test_what_computed_with_a_container_does_so_again_where_its_import_went_with_what_filled_it(
    project,
):
    project.write({
        "lib.py": "K = {}\n",
        "more.py": "from lib import K\nK.update(a=1)\nN = 1\n",
        "app.py": "import more\nfrom lib import K\nBOTH = {} | K\n",
    })  # fmt: skip
    app = project.load("app")
    project.write({"more.py": "N = 1\n"})

    assert project.refresh() == ["drop more:2", "drop more.K", "rerun app.BOTH"]

    assert app.BOTH == {}


def test_a_star_that_brings_other_names_leaves_those_alone_that_it_had_brought(project):
    project.write({
        "lib.py": "def f(): return 1\nA = 2\n__all__ = ['f']\n",
        "app.py": "from lib import *\nX = f()\n",
    })  # fmt: skip
    app = project.load("app")
    project.edit("lib.py", "['f']", "['f', 'A']")

    assert project.refresh() == ["run lib.__all__", "rerun app:1"]

    assert (app.X, app.A) == (1, 2)


@pytest.mark.parametrize("loop", ["for i in range(2)", "while again"])
def test_a_program_in_its_main_loop_keeps_the_names_that_it_goes_on_reading(loop):
    text = (
        f"above = 1\nabove\nagain = True\n{loop}:\n    in_loop\n    wait()\n    again = 0\nbelow\n"
    )
    entered, go = threading.Event(), threading.Event()

    def wait():
        entered.set()
        go.wait(10)

    namespace = {"wait": wait, "in_loop": 1, "below": 1}
    code = compile(text, "app.py", "exec")
    thread = threading.Thread(target=exec, args=(code, namespace))
    thread.start()
    entered.wait(10)

    names = names_in_flight(namespace)
    go.set()
    thread.join()

    assert names.keys() - {"range", "again"} == {"in_loop", "wait", "below"}
    assert set(names.values()) == {"the main loop"}


def test_a_line_above_lends_no_name_that_another_line_binds_in_between(project):
    """`n += m` needs the first line for `n`, and the new one in between for `m`."""
    project.write({"app.py": "n, m = 2, 1\nother = 1\nn += m\n"})
    app = project.load("app")
    project.edit("app.py", "other = 1\n", "m += 1\nother = 1\n")

    assert project.refresh() == ["run app.m", "rerun app.n, m", "rerun app.n"]
    assert (app.n, app.m) == (4, 2)


def test_a_name_is_as_its_last_line_says_though_one_above_ran_after_it(project):
    """`n += n * m` needs the first `n`, which has the line in between run, after the last of `m`."""
    project.write({"app.py": "n = 1\na, m = n, 2\nm += 1\nn += n * m\n"})
    app = project.load("app")
    project.edit("app.py", "m += 1", "m = 1")

    assert project.refresh() == ["run app.m", "rerun app.n", "rerun app.a, m", "rerun app.n"]

    assert (app.a, app.m, app.n) == (1, 1, 2)


def test_a_lambda_that_is_gone_is_not_taken_for_one_that_stands_where_it_had_stood(project):
    project.write({"app.py": "n = 1\nclass C:\n    aa = (lambda v: v + n)(1)\n"})
    app = project.load("app")
    project.edit("app.py", "class C:", "class D:\n    ma = lambda self, x: x * n\nclass C:")
    assert project.refresh() == ["run app.D"]
    project.write({"app.py": project.read("app.py").replace("n)", "m)").replace("* n", "* m")})
    project.edit("app.py", "n = 1", "m = 2")

    project.refresh()

    assert app.D().ma(3) == 6
    assert app.C.aa == 3


def test_a_star_brings_a_function_that_looks_elsewhere_now_and_not_what_else_it_brings(project):
    """The module `functools`, by which the class works on the function, is as it was."""
    project.write(
        {
            "alpha.py": "import functools\ndef f(x, y=5): return x + y\nf.limit = 9\n",
            "app.py": "from alpha import *\nclass C:\n    aa = functools.partial(f, 1)()\n",
        }
    )
    app = project.load("app")
    project.edit("alpha.py", "y=5", "y=1")

    assert project.refresh() == ["run alpha.f", "rerun alpha:3", "rerun app.C.aa"]

    assert app.C.aa == 2
