"""Code of the user's that a reload calls fails, or does what nobody expects: it is told, and no more."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import traceback

import pytest

import picture


def failing(project, files, edits):
    """Loads a project, edits it so that the batch fails, and sees that nothing has happened."""
    project.write(files)
    for name in files:
        project.load(name.removesuffix(".py"))
    before = picture.of_process(project.root)
    for name, (old, new) in edits.items():
        project.edit(name, old, new)
    report = project.report()
    assert report.error is not None
    assert report.notes == ()
    assert picture.differences(before, picture.of_process(project.root)) == []
    return report.error


def repaired(project, name, old, new):
    """Repairs what failed."""
    project.edit(name, old, new)
    return project.refresh()


@pytest.mark.parametrize(
    ("made", "old", "new"),
    [
        ("class C:\n    x = 1\n", "x = 1", "x = Refusing()"),
        ("class C:\n    x = Field()\n", "Field()", "Field('bad')"),
        ("class C(Watching):\n    x = 1\n", "x = 1", "x = 'bad'"),
        ("class C(metaclass=Strict):\n    x = 1\n", "x = 1", "x = 'bad'"),
        ("class C(metaclass=Frozen):\n    x = 1\n", "x = 1", "x = 1 / 0"),
        ("@checked\nclass C:\n    x = 1\n", "x = 1", "x = 'bad'"),
        ("D = {Key(1): 1, Key(2): 2}\n", "Key(2): 2", "Bad(1): 2"),
        ("D = {Key(1), Key(2)}\n", "Key(2)", "Bad(1)"),
        ("L = [1]\n", "[1]", "[n for n in broken()]"),
        ("@made_by\ndef f(): return 1\n", "@made_by\n", "@made_by_broken\n"),
        ("def f(a=1): return a\n", "a=1", "a=sys.exit(3)"),
        ("def f(a=1): return a\n", "a=1", "a=deep()"),
        ("N = 1\n", "N = 1", "N = Loud()"),
    ],
)
def test_code_that_fails_within_a_statement(project, made, old, new):
    lib = """
        import sys
        class Refusing:
            def __set_name__(self, owner, name): raise LookupError(name)
        class Field:
            def __init__(self, kind='good'): self.kind = kind
            def __set_name__(self, owner, name): assert self.kind == 'good'
        class Watching:
            def __init_subclass__(cls): assert cls.x != 'bad'
        class Strict(type):
            def __new__(meta, name, bases, block):
                assert block.get('x') != 'bad'
                return super().__new__(meta, name, bases, block)
        class Frozen(type):
            def __setattr__(cls, name, value): raise AttributeError(name)
            def __delattr__(cls, name): raise AttributeError(name)
        def checked(cls):
            cls.seen = True
            assert cls.x != 'bad'
            return cls
        class Key:
            def __init__(self, n): self.n = n
            def __hash__(self): return hash(self.n)
            def __eq__(self, other): return self.n == other.n
        class Bad(Key):
            __hash__ = Key.__hash__
            def __eq__(self, other): raise ArithmeticError('compared')
        def broken():
            yield 1
            raise OSError('in the middle')
        def made_by(f): return list(steps(f))[0]
        def made_by_broken(f): return list(steps(f) for _ in broken())[0]
        def steps(f): yield f
        def deep(): return deep()
        class Loud(Exception):
            def __init__(self): raise self
            def __str__(self): raise ValueError('no words')
        """
    files = {"lib.py": lib, "app.py": f"from lib import *\nimport sys\nM = 1\n{made}O = M\n"}

    failing(project, files, {"app.py": (old, new)})

    app, lib = sys.modules["app"], sys.modules["lib"]
    assert repaired(project, "app.py", new, old) == []
    assert app.M == 1
    assert lib.Key(1) == lib.Key(1)


def test_an_error_without_words_can_be_reported(project):
    project.write({"app.py": "N = 1\nclass Loud(Exception):\n    def __str__(self): raise self\n"})
    project.load("app")
    project.edit("app.py", "N = 1", "N = 2")
    project.write({"app.py": project.read("app.py") + "raise Loud\n"})

    assert "Loud" in str(project.report())


def test_a_metaclass_that_allows_no_writes_is_written_below(project):
    project.write(
        {
            "app.py": """
                class Frozen(type):
                    def __setattr__(cls, name, value): raise AttributeError(name)
                    def __delattr__(cls, name): raise AttributeError(name)
                class C(metaclass=Frozen):
                    x = 1
                    def m(self): return 1
                """
        }
    )
    app = project.load("app")
    project.edit("app.py", "x = 1", "x, y = 2, 3")

    assert project.refresh() == ["run app.C"]

    assert (app.C.x, app.C.y) == (2, 3)


@pytest.mark.parametrize("handled", [True, False])
def test_ctrl_c_in_code_that_is_run_again_arrives_there(project, handled):
    text = "import _thread\nN = 1\n"
    project.write({"app.py": text})
    project.load("app")
    before = picture.of_process(project.root)
    press = "import signal\nsignal.raise_signal(signal.SIGINT)\nM = 3\n"
    if handled:
        press = "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt:\n    M = 3\n"
    project.write({"app.py": text.replace("N = 1", "N = 2") + press})

    if handled:
        assert project.refresh()[-1] == "run app.M"
    else:
        with pytest.raises(KeyboardInterrupt):
            project.sync.refresh()
        assert picture.differences(before, picture.of_process(project.root)) == []
        project.write({"app.py": text})
        assert project.sync.refresh() is None


def test_ctrl_c_while_the_engine_works_takes_effect_when_the_change_is_told(project, monkeypatch):
    project.write({"app.py": "N = 1\n"})
    app = project.load("app")
    told = []
    project.sync.events.on("any", told.append)
    monkeypatch.setattr(
        "heatsync._engine.batches.caches.forget_made", lambda batch: _thread.interrupt_main()
    )
    project.edit("app.py", "1", "2")

    with pytest.raises(KeyboardInterrupt):
        project.sync.refresh()

    assert app.N == 2
    assert told == [str(project.root / "app.py")]
    assert project.sync.refresh() is None


def test_a_program_that_ignores_ctrl_c_goes_on_ignoring_it(project):
    project.write({"app.py": "N = 1\n"})
    project.load("app")
    project.edit("app.py", "1", "2\nimport _thread\n_thread.interrupt_main()")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert project.refresh() == ["run app.N", "run app._thread", "run app:3"]
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_refresh_near_the_limit_of_recursion_is_all_or_nothing(project):
    project.write({"app.py": "N = 1\nL = [1]\nclass C:\n    x = 1\ndef f(): return 1\n"})
    app = project.load("app")
    before = picture.of_process(project.root)
    changed = "N = 2\nL = [2]\nclass C:\n    x = 2\ndef f(a=1): return 2\n"
    project.write({"app.py": changed})

    def sink(depth):
        return sink(depth - 1) if depth else project.sync.resync("app")

    failed = 0
    for left in range(200, 10, -3):
        with contextlib.suppress(RecursionError):  # where it does not even come to the batch
            sink(sys.getrecursionlimit() - len_of_stack() - left)
        if app.N == 2:
            break
        failed += 1
        assert picture.differences(before, picture.of_process(project.root)) == []

    assert (app.N, app.L, app.C.x, app.f()) == (2, [2], 2, 2) or project.sync.resync("app").N == 2
    assert failed or app.N == 2


def len_of_stack():
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


@pytest.mark.parametrize("fails", [True, False])
def test_a_statement_that_takes_its_own_module_out_of_sys_modules(project, fails):
    project.write({"app.py": "import sys\nN = 1\n"})
    app = project.load("app")
    before = picture.of_process(project.root)
    end = "raise LookupError\n" if fails else ""
    project.write({"app.py": f"import sys\nN = 2\ndel sys.modules['app']\n{end}"})

    if fails:
        assert isinstance(project.fail(), LookupError)
        assert sys.modules["app"] is app
        assert picture.differences(before, picture.of_process(project.root)) == []
    else:
        assert project.refresh() == ["run app.N", "run app:3"]
        assert "app" not in sys.modules
        sys.modules["app"] = app
    project.write({"app.py": "import sys\nN = 3\n"})
    project.refresh()
    assert app.N == 3


def test_a_statement_that_imports_its_own_module_anew_and_fails(project):
    project.write({"app.py": "import sys\nN = 1\n", "lib.py": "X = 1\n"})
    app, lib = project.load("app"), project.load("lib")
    before = picture.of_process(project.root)
    project.write(
        {
            "app.py": "import sys, importlib\nN = 2\ndel sys.modules['lib']\nimport lib\nraise LookupError\n",
        }
    )
    project.write({"lib.py": "X = 2\n"})

    assert isinstance(project.fail(), LookupError)

    assert (sys.modules["app"], sys.modules["lib"], lib.X) == (app, lib, 1)
    assert picture.differences(before, picture.of_process(project.root)) == []


def test_what_refuses_to_be_put_back_is_told_and_the_rest_is_put_back(project, monkeypatch):
    monkeypatch.setattr(sys, "refusing", False, raising=False)
    project.write(
        {
            "lib.py": """
                import sys
                class Key:
                    def __hash__(self):
                        if sys.refusing: raise ArithmeticError('no hash')
                        return 1
                keys = {Key(), 2}
                others = [1]
                """,
            "app.py": "import lib\n",
        }
    )
    project.load("app")
    lib = sys.modules["lib"]
    project.write(
        {
            "app.py": """
                import lib, sys
                lib.others.append(2)
                lib.keys.clear()
                sys.refusing = True
                1 / 0
                """
        }
    )
    report = project.report()

    assert isinstance(report.error, ZeroDivisionError)
    assert lib.others == [1]
    assert report.notes == ("a set could not be put back: ArithmeticError: no hash",)
    assert report.notes[0] in str(report)
    assert report.notes[0] in "".join(traceback.format_exception(report.error))
