"""What is new is there before the code that calls it: another thread may run that at once."""

import pytest

from heatsync._engine.objects.journal import Journal


def at_the_swap(monkeypatch, call):
    """What another thread would get, were it to call right when the new code is in place."""
    found = []
    swap = Journal.swap

    def swapped(journal, writes):
        swap(journal, writes)
        found.append(call())

    monkeypatch.setattr(Journal, "swap", swapped)
    return found


@pytest.mark.parametrize(
    ("old", "new", "added"),
    [
        ("return 1", "return helper(1)", "def helper(n, m=1): return n + m\n"),
        ("return 1", "return MORE", "MORE = 2\n"),
        ("return 1", "return math.floor(2.5)", "import math\n"),
        ("return 1", "return ceil(1.5)", "from math import ceil\n"),
        ("return 1", "return C().n() * 2", "\n    def n(self): return 1\n"),
        ("return 1", "return C().n() * 2", "\n    def n(self): return __class__.__len__(self)\n"),
    ],
)
def test_new_code_finds_what_came_with_it(project, monkeypatch, old, new, added):
    project.write(
        {"app.py": "class C:\n    def __len__(self): return 2 - 1\n#\ndef f(): return 1\n"}
    )
    app = project.load("app")
    seen = at_the_swap(monkeypatch, app.f)
    project.edit("app.py", old, new)
    project.edit("app.py", "#\n", added)

    trace = project.refresh()

    assert seen == [2]
    assert len(trace) == 2
    assert (trace[0], trace[1][:4]) == ("patch app.f", "run ")
    assert app.f() == 2


def test_if_the_batch_fails_nothing_of_it_stays(project):
    project.write({"app.py": "class C: pass\ndef f(): return 1\n"})
    app = project.load("app")
    project.write(
        {
            "app.py": "class C:\n    def n(self): return 1\nM = 1\n"
            "def f(): return M + C().n() + g()\ndef g(): return 1\n1 / 0\n"
        }
    )

    assert isinstance(project.fail(), ZeroDivisionError)

    assert not {"M", "g"} & vars(app).keys()
    assert not hasattr(app.C, "n")
    assert app.f() == 1


def test_what_else_runs_does_not_see_it_too_early(project):
    project.write({"app.py": "def f(): return 1\n"})
    app = project.load("app")
    project.write({"app.py": "def f(): return g()\nX = g()\ndef g(): return 1\n"})

    assert isinstance(project.fail(), NameError)

    assert app.f() == 1


def test_a_function_that_moves_here_from_another_file(project):
    moved = "def helper(x):\n    class Local:\n        value = x\n    return Local.value\n"
    user = "def use():\n    return helper(3)\n"
    project.write({"a.py": moved, "b.py": f"import a\n{user.replace('helper', 'a.helper')}"})
    module = project.load("b")
    held = module.use
    project.write({"a.py": "", "b.py": f"# here now\n{moved}{user}"})

    project.refresh()

    assert held() == module.helper(3) == 3
